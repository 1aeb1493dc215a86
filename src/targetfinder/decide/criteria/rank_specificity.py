"""Rank specificity: the difference of percentiles within sample, which a change of platform leaves alone."""

from __future__ import annotations

from targetfinder.decide.criteria._criterion import Criterion, Parts, above_by_rank, needs
from targetfinder.settings import Scoring
from targetfinder.units import Floats


def score(parts: Parts, scoring: Scoring, linear: bool) -> Floats:
    """Return how far the tumour's percentile stands above that of the tissue which binds by rank, 0 to 1."""
    return above_by_rank(parts, "rank_limit")


RANK_SPECIFICITY = Criterion(
    "rank_specificity",
    "Rank specificity",
    "The percentile among the genes of the tumour less that in the tissue which binds by percentile (allowances "
    "divided by {log2_range:g}), spread from -1 to +1 over 0 to 1, times how far it reaches the median gene",
    "a higher place among the genes of the tumour than among those of any tissue",
    "ranks within one sample do not depend on the others: doi:10.1186/s12859-018-2435-4",
    needs("rank_limit", "tumour_percentile"),
    score,
)
