"""Profile: the window over all normal tissues, each weighing what its loss would cost."""

from __future__ import annotations

from targetfinder.decide.criteria._criterion import Criterion, Parts, above, needs
from targetfinder.settings import Scoring
from targetfinder.units import Floats


def score(parts: Parts, scoring: Scoring, linear: bool) -> Floats:
    """Return how far the tumour stands above the weighted mean of normal tissues, 0 to 1."""
    return above(parts, "normal_profile", scoring, linear)


PROFILE = Criterion(
    "profile",
    "Profile",
    "The window over the mean of all normal tissues on the scale log2(TPM* + 1), a tissue weighing 2 to the minus its "
    "allowance, scaled as specificity; the highest tissue stands in for one that was not measured",
    "a wider window over normal tissues as a whole",
    "reasoned: two genes with one binding tissue differ in how many others they would harm",
    needs("normal_profile", linear=("tumour_median",), rank_only=("tumour_percentile",)),
    score,
)
