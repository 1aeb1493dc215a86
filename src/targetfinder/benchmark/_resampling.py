"""Draws behind intervals and p-values: positives with replacement, and genes like the positives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder.units import Floats

__all__ = ["bootstrap_weights", "interval", "like_positives", "p_value", "strata"]

Ids = npt.NDArray[np.int64]
#: Fifths of expression and, at most, this many lines of surface evidence tell genes apart in the null.
FIFTHS, MOST_VOTES = 5, 3


def bootstrap_weights(positives: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return how often each positive is drawn when as many are drawn with replacement (draws × positives)."""
    return rng.multinomial(positives, np.full(positives, 1.0 / positives), size=draws).astype(float)


def interval(values: Floats) -> tuple[float, float]:
    """Return the middle 90 % of draws."""
    low, high = np.quantile(values, [0.05, 0.95])
    return float(low), float(high)


def p_value(observed: float, null: Floats) -> float:
    """Return the share of the null that is at least as good, what was observed being one of it."""
    return float((1 + np.sum(null >= observed - 1e-12)) / (1 + len(null)))


def strata(percentile: pd.Series, votes: pd.Series) -> pd.Series:
    """Return the class of each gene: its fifth of expression in the tumour, or unmeasured, and its lines of evidence.

    Parameters
    ----------
    percentile
        Expression in the tumour, of any monotone scale; NaN is unmeasured.
    votes
        Independent lines of evidence that the protein is on the surface.
    """
    fifth = (percentile.rank(pct=True) * FIFTHS).fillna(0.0).map(np.ceil).astype(int)
    return fifth * (MOST_VOTES + 1) + votes.clip(upper=MOST_VOTES).astype(int)


def like_positives(classes: npt.NDArray[np.int64], positives: Ids, draws: int, rng: np.random.Generator) -> Ids:
    """Return sets of genes with the classes of the positives, each gene at most once in a set (draws × positives).

    Parameters
    ----------
    classes
        Class of each gene of the universe.
    positives
        Positions of the positives in it.
    """
    drawn = np.empty((draws, len(positives)), dtype=np.int64)
    for one in np.unique(classes[positives]):
        members = np.flatnonzero(classes == one)
        columns = np.flatnonzero(classes[positives] == one)
        drawn[:, columns] = members[_distinct(len(members), len(columns), draws, rng)]
    return drawn


def _distinct(n: int, many: int, draws: int, rng: np.random.Generator) -> Ids:
    """Return `many` distinct numbers below n in each draw; those with a repeat are drawn again."""
    if many * many > n:
        return np.argsort(rng.random((draws, n)), axis=1)[:, :many]
    found = rng.integers(n, size=(draws, many))
    while True:
        ordered = np.sort(found, axis=1)
        again = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(again):
            return found
        found[again] = rng.integers(n, size=(len(again), many))
