"""Abundance of proteins whose missing values are not at random, with the uncertainty that they leave.

The model is that of `targetfinder.cohort._dropout`. No missing value is filled in, neither by a minimum nor by zero.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.cohort._dropout import Dropout, Seen, likelihood, seen_of, spreads
from targetfinder.cohort._patients import shares
from targetfinder.units import Floats

CONFIDENCE = 0.9
#: Proteins whose likelihood is held in memory at once.
CHUNK = 1000


def abundance(values: pd.DataFrame, dropout: Dropout) -> pd.DataFrame:
    """Return mu, lo, hi, spread and the share of detected patients with its 90 % Wilson interval for each protein.

    The likelihood of the mean, with the variance integrated out over its shared distribution, is normalised; mu is
    its median and lo to hi its middle 90 %. Without a missing value that is the mean with the moderated t interval.
    A protein that no patient was detected with has no mu and no lo; hi is the mean at which that has a chance of 5 %.

    Parameters
    ----------
    values
        Proteins × patients, log2; NaN where missing.
    dropout
        From `fit`.

    Returns
    -------
    pandas.DataFrame
        Columns mu, lo, hi, spread (log2), n_detected, detected, detected_lo, detected_hi; in the index of `values`.
    """
    seen = seen_of(values.to_numpy(dtype=float))
    some = np.flatnonzero(seen.n > 0)
    found = np.full((len(values), 4), np.nan)
    for begin in range(0, len(some), CHUNK):
        rows = some[begin : begin + CHUNK]
        found[rows] = _estimates(Seen(*(each[rows] for each in seen)), dropout)
    never = seen.n == 0
    found[never, 2:] = _bound(values.shape[1], dropout), dropout.spread
    table = pd.DataFrame(found, values.index, ["mu", "lo", "hi", "spread"])
    detected = shares(seen.n.astype(int), np.full(len(seen.n), values.shape[1]))
    table["n_detected"] = seen.n.astype(int)
    return table.assign(**dict(zip(("detected", "detected_lo", "detected_hi"), detected.to_numpy().T, strict=True)))


def _estimates(seen: Seen, dropout: Dropout) -> Floats:
    """Return median, 5 % and 95 % point of the mean and the typical spread of each protein, as four columns."""
    spread = spreads(dropout)
    own = np.sqrt((dropout.freedom * dropout.spread**2 + seen.squares) / (dropout.freedom + np.maximum(seen.n - 1, 0)))
    error = own / np.sqrt(seen.n)
    low = seen.mean - 6 * error - np.where(seen.missing > 0, 2.5 * own, 0)
    mean = np.linspace(low, seen.mean + 6 * error, 121, axis=1)
    joint = dropout.of_spread(spread) + likelihood(seen, mean, spread)
    if not dropout.at_random:
        joint += seen.missing[:, None, None] * dropout.missed(mean[:, :, None], spread)
    chance = np.exp(joint - joint.max(axis=(1, 2), keepdims=True))
    chance /= chance.sum(axis=(1, 2), keepdims=True)
    of_mean = chance.sum(axis=2)
    upto = np.cumsum(of_mean, axis=1) - of_mean / 2
    tail = (1 - CONFIDENCE) / 2
    points = [np.interp((0.5, tail, 1 - tail), one, at) for one, at in zip(upto, mean, strict=True)]
    return np.column_stack([np.array(points), np.exp(chance.sum(axis=1) @ np.log(spread))])


def _bound(n: int, dropout: Dropout) -> float:
    """Return the mean at which all of n patients are missing with a chance of 5 %; NaN without a curve."""
    if dropout.at_random:
        return np.nan
    spread = spreads(dropout)
    weight = np.exp(dropout.of_spread(spread))
    reach = 10 * np.hypot(dropout.width, dropout.spread)
    means = np.linspace(dropout.middle + reach, dropout.middle - reach, 2001)
    chance = np.exp(n * dropout.missed(means[:, None], spread)) @ (weight / weight.sum())
    return float(np.interp((1 - CONFIDENCE) / 2, chance, means))


def above(values: pd.DataFrame, table: pd.DataFrame, dropout: Dropout, level: float) -> pd.DataFrame:
    """Return the share of patients above a level, as prevalence, prevalence_lo and prevalence_hi.

    A detected patient is counted. A missing one counts by the chance that its value is above the level although it
    was not detected, at mu; the interval is the 90 % Wilson interval of the fewest and the most patients that this
    chance, at lo and at hi, leaves likely (5 and 95 % of the binomial). A protein that was never detected has the
    upper end only. Where values are missing at random, only the patients seen count.

    Parameters
    ----------
    values, dropout
        As for `abundance`.
    table
        From `abundance`.
    level
        log2 abundance.
    """
    from scipy.stats import binom

    counted = (values > level).sum(axis=1).to_numpy()
    missing = values.isna().sum(axis=1).to_numpy()
    total = values.shape[1]
    if dropout.at_random:
        return shares(counted, total - missing).set_index(values.index)
    tail = (1 - CONFIDENCE) / 2
    chance = {end: _above_though_missed(table[end], table["spread"], dropout, level) for end in ("mu", "lo", "hi")}
    fewest = counted + np.nan_to_num(np.asarray(binom.ppf(tail, missing, chance["lo"])))
    of_missing = np.asarray(binom.ppf(1 - tail, missing, chance["hi"]))
    most = counted + np.where(np.isnan(of_missing), missing, of_missing)
    n = np.full(len(values), total)
    found = pd.DataFrame({"prevalence": (counted + missing * chance["mu"]) / total}, values.index)
    found.loc[missing == 0, "prevalence"] = (counted / total)[missing == 0]
    found["prevalence_lo"] = shares(fewest.astype(int), n)["prevalence_lo"].to_numpy()
    found["prevalence_hi"] = shares(most.astype(int), n)["prevalence_hi"].to_numpy()
    return found


def _above_though_missed(mean: pd.Series, spread: pd.Series, dropout: Dropout, level: float) -> Floats:
    """Return the chance that a missing value lies above the level, one a protein; NaN where there is no mean."""
    from scipy.special import ndtr

    step = np.linspace(-6, 6, 241)
    values = mean.to_numpy()[:, None] + spread.to_numpy()[:, None] * step
    weight = np.exp(-(step**2) / 2) * ndtr((dropout.middle - values) / dropout.width)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (weight * (values > level)).sum(axis=1) / weight.sum(axis=1)
    return found
