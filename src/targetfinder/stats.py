"""Statistics that several steps need; the numerics are scipy's."""

from __future__ import annotations

import numpy as np

from targetfinder.units import Floats, log2p1

#: Interquartile range of the standard normal distribution.
NORMAL_IQR = 1.3489795003921634


def prevalence_from_quartiles(
    q1: Floats, median: Floats, q3: Floats, n: int, level: float | Floats
) -> tuple[Floats, Floats, Floats]:
    """Estimate the share of patients above `level` from quartiles alone.

    The estimate is a normal distribution of log2(TPM* + 1) through the quartiles (scale = interquartile
    range / 1.349), kept inside the bracket that the quartiles prove: 75 to 100 % if q1 reaches the
    level, 50 to 75 % if the median does, and so on. The bounds are that bracket, widened by the 90 %
    Wilson intervals of its ends for n patients.

    Parameters
    ----------
    q1, median, q3
        Quartiles in TPM*, one entry a gene. q3 may be NaN (unknown) while the others are not.
    n
        Patients.
    level
        Level in TPM*, one for all genes or one entry a gene.

    Returns
    -------
    estimate, low, high
        Shares from 0 to 1; NaN where a gene is unmeasured; the estimate also where q3 is unknown.
    """
    from scipy.special import ndtr

    unknown_q3 = np.isnan(q3) & ~np.isnan(median)
    bracket_low = np.select([q1 >= level, median >= level, q3 >= level], [0.75, 0.5, 0.25], 0.0)
    bracket_high = np.select([q1 >= level, median >= level, (q3 >= level) | unknown_q3], [1.0, 0.75, 0.5], 0.25)
    scale = (log2p1(q3) - log2p1(q1)) / NORMAL_IQR
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (log2p1(median) - np.log2(level + 1.0)) / scale
    estimate = np.clip(ndtr(np.nan_to_num(distance, nan=0.0, posinf=np.inf, neginf=-np.inf)), bracket_low, bracket_high)
    ends = {share: wilson(share, n) for share in (0.0, 0.25, 0.5, 0.75, 1.0)}
    low = np.array([ends[share][0] for share in bracket_low])
    high = np.array([ends[share][1] for share in bracket_high])
    missing = np.isnan(median)
    return (
        np.where(missing | unknown_q3, np.nan, estimate),
        np.where(missing, np.nan, low),
        np.where(missing, np.nan, high),
    )


def share_below_from_quartiles(
    value: Floats, q1: Floats, median: Floats, q3: Floats, n: int
) -> tuple[Floats, Floats, Floats]:
    """Estimate the share of patients that have less than one patient has, from quartiles alone.

    It is what `prevalence_from_quartiles` leaves with that patient's value as level: the same distribution inside the
    same bracket. Amounts are not negative, so that nobody has less than 0.

    Parameters
    ----------
    value
        The patient, in TPM*, one entry a gene.
    q1, median, q3
        Quartiles of the others in TPM*; q3 may be NaN (unknown) while the others are not.
    n
        Patients behind the quartiles.

    Returns
    -------
    estimate, low, high
        Shares from 0 to 1; NaN where patient or quartiles are unmeasured; the estimate also where q3 is unknown.
    """
    at_least, low, high = prevalence_from_quartiles(q1, median, q3, n, value)
    known, nothing = ~(np.isnan(value) | np.isnan(median)), value <= 0
    estimate, low, high = (
        np.where(known, np.where(nothing, 0.0, 1.0 - share), np.nan) for share in (at_least, high, low)
    )
    return estimate, low, high


def wilson(share: float, n: int, confidence: float = 0.9) -> tuple[float, float]:
    """Return the Wilson interval of a share of n patients; a fraction of a patient is rounded outwards."""
    low, _ = wilson_of_count(int(np.floor(share * n)), n, confidence)
    _, high = wilson_of_count(int(np.ceil(share * n)), n, confidence)
    return low, high


def wilson_of_count(count: int, n: int, confidence: float = 0.9) -> tuple[float, float]:
    """Return the Wilson interval of the share of `count` of n patients."""
    from scipy.stats import binomtest

    interval = binomtest(count, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
