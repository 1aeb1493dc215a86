"""Lineage contrast: what other tumours have less of."""

from __future__ import annotations

from targetfinder.decide.criteria._criterion import Criterion, Parts, above, needs
from targetfinder.settings import Scoring
from targetfinder.units import Floats


def score(parts: Parts, scoring: Scoring, linear: bool) -> Floats:
    """Return how far the tumour stands above the upper quartile of other tumour cohorts, 0 to 1."""
    return above(parts, "other_tumours", scoring, linear)


LINEAGE = Criterion(
    "lineage",
    "Lineage contrast",
    "The window over the upper quartile of the medians of all other tumour cohorts, scaled as specificity",
    "less of it in other tumours",
    "reasoned: a target that one lineage keeps to itself is easier, but many share CD276, which is good too",
    needs("other_tumours", linear=("tumour_median",), rank_only=("tumour_percentile",)),
    score,
)
