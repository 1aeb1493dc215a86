"""Specificity: the therapeutic window in the normal tissue that binds it."""

from __future__ import annotations

from targetfinder.decide.criteria._criterion import Criterion, Parts, above, needs
from targetfinder.settings import Scoring
from targetfinder.units import Floats


def score(parts: Parts, scoring: Scoring, linear: bool) -> Floats:
    """Return how far the tumour stands above the binding tissue after its allowance, 0 to 1."""
    return above(parts, "normal_limit", scoring, linear)


SPECIFICITY = Criterion(
    "specificity",
    "Specificity",
    "The window in the binding tissue with its allowance, spread from -{log2_range:g} to +{log2_range:g} log2 units "
    "over 0 to 1, times how far log2(median + 1) reaches the level of {level:g} TPM* (at most 1): what is not there is "
    "specific to nothing",
    "a wider window in the tissue that binds it",
    "reasoned: the worst vital tissue, not the mean, ends a trial (PMID:20179677)",
    needs("normal_limit", linear=("tumour_median",), rank_only=("tumour_percentile",)),
    score,
)
