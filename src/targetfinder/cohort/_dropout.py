"""How detection depends on abundance, and how abundance varies over patients: what all proteins of a run set share.

The model (`Dropout`): log2 abundance of a protein over patients is normal, its variance drawn from a distribution
that all proteins share, and a value x is detected with probability Φ((x − middle) / width). The idea is that of
probabilistic dropout (Ahlmann-Eltze & Anders 2019, doi:10.1101/661496), with the one curve of a run set that Li &
Smyth 2022 (doi:10.1101/2022.07.02.498573) find in label-free data; the moderated variance is that of Smyth 2004
(doi:10.2202/1544-6115.1027). No missing value is filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from targetfinder.units import Floats

#: Fewer proteins than these do not tell a curve of detection from the spread of the proteins.
MIN_PROTEINS = 50
#: Proteins that the curve is fitted to, evenly over their abundance: in simulations they give its middle to 0.1.
FITTED = 400


@dataclass(frozen=True)
class Dropout:
    """What all proteins of a run set share.

    Attributes
    ----------
    middle, width
        log2 abundance that is detected every second time, and standard deviation of the curve around it; NaN if
        values are missing at random, or none is.
    spread, freedom
        Scaled inverse χ² of the variance over patients: its scale as a standard deviation (log2), and its degrees.
    """

    middle: float
    width: float
    spread: float
    freedom: float

    @property
    def at_random(self) -> bool:
        """Whether a missing value says nothing about the abundance."""
        return bool(np.isnan(self.middle))

    def missed(self, mean: Floats, spread: Floats) -> Floats:
        """Return the log probability that a value of a normal distribution is missing; in the shape of both."""
        from scipy.special import log_ndtr

        found: Floats = log_ndtr((self.middle - mean) / np.hypot(self.width, spread))
        return found

    def of_spread(self, spread: Floats) -> Floats:
        """Return the log density of the logarithm of a standard deviation."""
        from scipy.special import gammaln

        half = self.freedom / 2
        ratio = (self.spread / spread) ** 2
        found: Floats = half * np.log(half * ratio) - half * ratio - gammaln(half) + np.log(2)
        return found


class Seen(NamedTuple):
    """What the likelihood needs of each protein: values seen and missing, mean and sum of squares of those seen."""

    n: Floats
    missing: Floats
    mean: Floats
    squares: Floats


def seen_of(values: Floats) -> Seen:
    """Return what is seen of proteins × patients; NaN where missing."""
    n = (~np.isnan(values)).sum(axis=1).astype(float)
    mean = np.divide(np.nansum(values, axis=1), n, out=np.full(len(n), np.nan), where=n > 0)
    return Seen(n, values.shape[1] - n, mean, np.nansum((values - mean[:, None]) ** 2, axis=1))


def spreads(dropout: Dropout) -> Floats:
    """Return standard deviations evenly over a logarithmic scale, from a seventh to seven times the shared one."""
    return dropout.spread * np.exp(np.linspace(-2, 2, 13))


def likelihood(seen: Seen, mean: Floats, spread: Floats) -> Floats:
    """Return the log likelihood of the values seen (protein × mean × spread), without its constant.

    Parameters
    ----------
    mean
        Protein × mean, or 1 × mean.
    spread
        One axis.
    """
    squares = seen.squares[:, None] + seen.n[:, None] * (seen.mean[:, None] - mean) ** 2
    return -seen.n[:, None, None] * np.log(spread) - squares[:, :, None] / (2 * spread**2)


def fit(values: Floats, *, at_random: bool = False) -> Dropout:
    """Fit the curve and the variance that all proteins share, by maximum marginal likelihood.

    Abundances of the proteins of a sample are taken as normal for this fit only, and a protein as listed because it
    was detected at least once. A set without a missing value has no curve.

    Parameters
    ----------
    values
        Proteins × patients, log2; NaN where missing. At least two patients.
    at_random
        Whether missing values say nothing about the abundance, as failed spots of an array do.

    Raises
    ------
    ValueError
        If fewer than `MIN_PROTEINS` proteins were detected and some values are missing.
    """
    listed = values[(~np.isnan(values)).any(axis=1)]
    start = _variance(seen_of(listed))
    if at_random or not np.isnan(listed).any():
        return start
    if len(listed) < MIN_PROTEINS:
        raise ValueError(f"{len(listed)} proteins do not tell how detection depends on abundance")
    return _curve(listed, start)


def _variance(seen: Seen) -> Dropout:
    """Fit the shared variance to those of the values seen: F-distributed over their shared scale."""
    from scipy.optimize import minimize
    from scipy.stats import f

    several = seen.n > 1
    degrees = seen.n[several] - 1
    variance = np.maximum(seen.squares[several] / degrees, 1e-6)
    if not len(variance):
        return Dropout(np.nan, np.nan, 1.0, 1.0)

    def loss(at: Floats) -> float:
        return float(-np.mean(f.logpdf(variance / np.exp(at[0]), degrees, np.exp(at[1])) - at[0]))

    first = [float(np.log(np.median(variance))), np.log(5.0)]
    found = minimize(loss, first, method="L-BFGS-B", bounds=[(None, None), (0.0, 4.0)]).x
    return Dropout(np.nan, np.nan, float(np.exp(found[0] / 2)), float(np.exp(found[1])))


def _curve(values: Floats, start: Dropout) -> Dropout:
    """Fit curve and variance together, beginning at the variance of `start`; the means are normal here."""
    from scipy.optimize import minimize
    from scipy.special import log_ndtr

    order = np.argsort(np.nanmean(values, axis=1))
    values = values[order[np.linspace(0, len(order) - 1, min(FITTED, len(order))).astype(int)]]
    seen, detected = seen_of(values), values[~np.isnan(values)]
    low, high = seen.mean.min() - 6 * start.spread, seen.mean.max() + 3 * start.spread
    means = np.linspace(low, high, int(min(250, (high - low) / (0.3 * start.spread))))

    def loss(at: Floats) -> float:
        dropout, middle, width = _unpacked(at)
        spread = spreads(dropout)
        prior = dropout.of_spread(spread) - (((means - middle) / width) ** 2 / 2 + np.log(width))[:, None]
        missed = dropout.missed(means[:, None], spread)
        joint = prior + seen.missing[:, None, None] * missed + likelihood(seen, means[None, :], spread)
        top = joint.max(axis=(1, 2))
        protein = top + np.log(np.exp(joint - top[:, None, None]).sum(axis=(1, 2)))
        listed = np.log((np.exp(prior) * -np.expm1(values.shape[1] * missed)).sum())
        curve = log_ndtr((detected - dropout.middle) / dropout.width).sum()
        return float(-(protein.sum() + curve) / len(values) + listed)

    first = [np.quantile(detected, 0.02), 0.0, seen.mean.mean(), np.log(seen.mean.std() + start.spread)]
    first += [np.log(start.spread), np.log(start.freedom)]
    bounds = [(low, high), (-3.0, 2.0), (2 * low - high, high), (first[3] - 2, first[3] + 2)]
    bounds += [(first[4] - 1, first[4] + 1), (0.0, 4.0)]
    return _unpacked(minimize(loss, first, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-6}).x)[0]


def _unpacked(at: Floats) -> tuple[Dropout, float, float]:
    """Return the dropout, and the mean and standard deviation of the means of all proteins."""
    middle, width, mean, of_means, spread, freedom = map(float, (at[0], *np.exp(at[1:2]), at[2], *np.exp(at[3:])))
    return Dropout(middle, width, spread, freedom), mean, of_means
