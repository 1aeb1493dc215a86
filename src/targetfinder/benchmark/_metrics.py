"""How early known targets stand in an order: average precision, AUROC, BEDROC and recall, over many draws at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from targetfinder.units import Floats

__all__ = ["CUTS", "METRICS", "Places", "measure", "places"]

#: Ranks to which recall looks: a screen of proteins, a year of binders, a programme, all that could be kept in mind.
CUTS = (20, 50, 100, 200)
METRICS = ("ap", "auroc", "bedroc", *(f"recall_{cut}" for cut in CUTS))
#: Weight of early ranks in BEDROC: with 20, the first 8 % of the order make 80 % of it (Truchon & Bayly 2007).
ALPHA = 20.0


@dataclass(frozen=True)
class Places:
    """Where genes stand in one order.

    Attributes
    ----------
    mean
        Average rank of the ties of each gene, 1 is first; any shape, the last axis runs over genes.
    last
        Last rank of these ties, of the same shape.
    n
        Genes in the order.
    """

    mean: Floats
    last: Floats
    n: int


def places(scores: pd.Series, genes: list[str]) -> Places:
    """Return where `genes` stand when all are ordered by score, highest first.

    A gene without score shares the last places; one that is not in the index at all comes after them.

    Parameters
    ----------
    scores
        One score for each gene of the universe; NaN where there is none.
    genes
        Ids to place, each once.
    """
    from scipy.stats import rankdata

    down = -scores.fillna(-np.inf).to_numpy(dtype=float)
    at = scores.index.get_indexer(pd.Index(genes))
    absent = int((at < 0).sum())
    n = len(scores) + absent
    found = at >= 0
    mean, last = np.full(len(genes), len(scores) + (absent + 1) / 2), np.full(len(genes), float(n))
    mean[found], last[found] = rankdata(down)[at[found]], rankdata(down, method="max")[at[found]]
    return Places(mean, last, n)


def measure(positives: Places, weights: Floats | None = None) -> dict[str, Floats]:
    """Return each of `METRICS` for the positives of an order, one value for each draw.

    Ties count by their average rank; average precision takes the precision after all genes of a tie, as
    scikit-learn does. With weights, a positive counts as so many, and what is not positive as one.

    Parameters
    ----------
    positives
        Places of the positives (… × positives); all positives of the list, absent ones included.
    weights
        Weight of each positive (draws × positives), not negative; None is one each.
    """
    weight = np.ones(positives.mean.shape[-1:]) if weights is None else weights
    total = weight.sum(axis=-1)

    def mean(values: Floats) -> Floats:
        return np.asarray((values * weight).sum(axis=-1) / total)

    early = np.exp(-ALPHA * positives.mean / positives.n)
    return {
        "ap": _unweighted_precision(positives) if weights is None else _average_precision(positives, weight),
        "auroc": _unweighted_auroc(positives) if weights is None else 1.0 - mean(_share_of_others_before(positives)),
        "bedroc": _bedroc(mean(early), positives.mean.shape[-1], positives.n),
        **{f"recall_{cut}": mean((positives.mean <= cut).astype(float)) for cut in CUTS},
    }


def _unweighted_precision(positives: Places) -> Floats:
    """Return the mean over positives of the precision after their ties, by one sort a draw: the null has many."""
    last = np.sort(positives.last, axis=-1)
    found = np.broadcast_to(np.arange(1.0, last.shape[-1] + 1), last.shape).copy()
    for at in range(last.shape[-1] - 2, -1, -1):
        tied = last[..., at] == last[..., at + 1]
        found[..., at] = np.where(tied, found[..., at + 1], found[..., at])
    return np.asarray((found / last).mean(axis=-1))


def _unweighted_auroc(positives: Places) -> Floats:
    """Return the area from the mean rank (Mann & Whitney)."""
    many = positives.mean.shape[-1]
    return np.asarray(1.0 - (positives.mean.mean(axis=-1) - (many + 1) / 2) / (positives.n - many))


def _average_precision(positives: Places, weight: Floats) -> Floats:
    """Return Σ w·P / Σ w, P being the precision after the ties of a positive."""
    before = (positives.last[..., None, :] <= positives.last[..., :, None]).astype(float)
    others = positives.last - before.sum(axis=-1)
    found = (before @ weight[..., None])[..., 0]
    precision = found / np.maximum(found + others, np.finfo(float).tiny)
    return np.asarray((precision * weight).sum(axis=-1) / weight.sum(axis=-1))


def _share_of_others_before(positives: Places) -> Floats:
    """Return for each positive the share of what is not positive that stands before it; ties count half."""
    mean = positives.mean
    before = (mean[..., None, :] < mean[..., :, None]).sum(axis=-1)
    tied = (mean[..., None, :] == mean[..., :, None]).sum(axis=-1)
    others = mean - before - (tied + 1) / 2
    return np.asarray(others / (positives.n - mean.shape[-1]))


def _bedroc(mean_weight: Floats, found: int, n: int) -> Floats:
    """Return BEDROC from the mean of exp(-α·rank/n) (Truchon & Bayly 2007, equation 36, doi:10.1021/ci600426e).

    A draw that counts early positives twice would exceed 1: it is kept in the range of the metric.
    """
    share = found / n
    rie = mean_weight * n * (np.exp(ALPHA / n) - 1.0) / (1.0 - np.exp(-ALPHA))
    scale = share * np.sinh(ALPHA / 2) / (np.cosh(ALPHA / 2) - np.cosh(ALPHA / 2 - ALPHA * share))
    value = rie * scale + 1.0 / (1.0 - np.exp(ALPHA * (1.0 - share)))
    return np.asarray(np.clip(value, 0.0, 1.0))
