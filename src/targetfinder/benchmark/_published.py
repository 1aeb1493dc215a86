"""GenieScore and GESP, written anew from their formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.benchmark._features import Features
from targetfinder.units import Floats

__all__ = ["genie_score", "gesp", "gini", "list_count"]

#: Most surface lists that SPC counts.
MOST_LISTS = 4
#: Weight of each list of GESP, and the votes (voter, kind) of the bundle that stand for it. Four lists have no source.
GESP_LISTS = {
    "CSPA": (3.0, (("CSPA", None), ("surfaceome", "annotation"))),
    "SURFY": (3.0, (("SURFY", None), ("surfaceome", "annotation"), ("surfaceome", "prediction"))),
    "HPA": (2.0, (("HPA", None),)),
    "UniProt": (1.0, (("UniProt", None),)),
    "COMPARTMENTS": (1.0, (("COMPARTMENTS", None), ("GO", "experimental"), ("GO", "annotation"))),
}


def gini(values: Floats) -> Floats:
    """Return the Gini coefficient of each row of not negative values (genes × samples); 0 where all are 0."""
    n = values.shape[1]
    ordered = np.sort(values, axis=1)
    total = ordered.sum(axis=1)
    spread = (ordered * (2.0 * np.arange(1, n + 1) - n - 1.0)).sum(axis=1)
    return np.asarray(np.divide(spread, n * total, out=np.zeros(len(values)), where=total > 0))


def genie_score(features: Features) -> pd.Series:
    """Return (Gini / Gmax)² · log10(max + 1) · SPC over the tumour and each tissue, Gmax = 1 - 1/N (Waas et al. 2019).

    Of a gene that is not measured in some tissue the others count; one that is not measured in the tumour has no score.
    """
    tissues = features.normals.upper.T.groupby(level="context").max().T
    samples = pd.concat([features.tumour, tissues], axis=1).to_numpy(dtype=float)
    score = pd.Series(np.nan, index=features.tumour.index)
    counts = np.isfinite(samples).sum(axis=1)
    lists = list_count(features).to_numpy()
    for n in np.unique(counts[counts > 1]):
        rows = np.flatnonzero(counts == n)
        known = samples[rows][np.isfinite(samples[rows])].reshape(len(rows), n)
        score.iloc[rows] = (gini(known) / (1 - 1 / n)) ** 2 * np.log10(known.max(axis=1) + 1) * lists[rows]
    return score.where(features.tumour.notna())


def list_count(features: Features) -> pd.Series:
    """Return how many surface lists name the protein, four at most; the four lists of SPC are not in the bundle."""
    return features.normals.votes.sum(axis=1).clip(upper=MOST_LISTS).astype(float)


def gesp(features: Features) -> pd.Series:
    """Return the weighted count of surfaceomes of the cancer surfaceome atlas (Hu et al. 2021), without any tumour."""
    votes = features.normals.votes
    score = pd.Series(0.0, index=votes.index)
    for weight, standing in GESP_LISTS.values():
        columns = [c for c in votes.columns if any(c[0] == voter and kind in (None, c[1]) for voter, kind in standing)]
        score += weight * votes[columns].any(axis=1)
    return score
