"""Breadth: how many cohorts and modalities agree that it is there."""

from __future__ import annotations

from targetfinder.decide.criteria._criterion import Criterion, Parts, needs
from targetfinder.settings import Scoring
from targetfinder.units import Floats


def score(parts: Parts, scoring: Scoring, linear: bool) -> Floats:
    """Return the share of cohorts and modalities that show it."""
    return parts["breadth"]


BREADTH = Criterion(
    "breadth",
    "Breadth",
    "The share of the indication's cohorts that show it, the mean over modalities; one that did not measure it does "
    "not show it. An indication with a single cohort has no breadth",
    "more cohorts and modalities that show it",
    "reasoned: what one laboratory sees may be that laboratory's",
    needs("breadth"),
    score,
)
