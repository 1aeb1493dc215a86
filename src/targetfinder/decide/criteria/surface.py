"""Surface: how sure it is that the protein stands outside the cell."""

from __future__ import annotations

from targetfinder.decide.criteria._criterion import Criterion, Parts, needs
from targetfinder.settings import Scoring
from targetfinder.units import Floats


def score(parts: Parts, scoring: Scoring, linear: bool) -> Floats:
    """Return the value of the surface tier."""
    return parts["surface"]


SURFACE = Criterion(
    "surface",
    "Surface",
    "The value of the surface tier, which follows from the calibrated probability and from what was seen",
    "better evidence for the cell surface",
    "votes of independent sources: docs/method.md, surface tiers",
    needs("surface"),
    score,
)
