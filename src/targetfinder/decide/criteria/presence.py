"""Presence: abundance in the tumour, the lower quartile counting as much as the median."""

from __future__ import annotations

import numpy as np

from targetfinder import units
from targetfinder.decide.criteria._criterion import Criterion, Parts, needs
from targetfinder.settings import Scoring
from targetfinder.units import Floats


def score(parts: Parts, scoring: Scoring, linear: bool) -> Floats:
    """Return presence, 0 to 1."""
    if not linear:
        return parts["tumour_percentile"]
    mean = (units.log2p1(parts["tumour_q1"]) + units.log2p1(parts["tumour_median"])) / 2.0
    return np.clip(mean / scoring.presence.log2_at_one, 0.0, 1.0)


PRESENCE = Criterion(
    "presence",
    "Presence",
    "The mean of log2(lower quartile + 1) and log2(median + 1) in TPM*, divided by {log2_at_one:g} and kept between 0 "
    "and 1; of rank only cohorts the percentile of the median",
    "more of it, in the lower quarter of patients too",
    "CAR T cells need a least density of antigen: PMC7939454",
    needs(linear=("tumour_q1", "tumour_median"), rank_only=("tumour_percentile",)),
    score,
)
