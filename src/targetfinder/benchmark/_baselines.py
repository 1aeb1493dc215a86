"""The orders that a ranking must beat: chance, rules of one line, and published formulas, on the same universe."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from targetfinder.benchmark._features import Features
from targetfinder.benchmark._published import genie_score, gesp
from targetfinder.benchmark._substitute import immunotar_formula
from targetfinder.units import log2p1

__all__ = ["BASELINES", "Baseline"]


@dataclass(frozen=True)
class Baseline:
    """One order: a score, higher is better, NaN is last.

    Attributes
    ----------
    name, title
        Word of the tables, and words for people.
    formula
        What is computed.
    citation
        Where the formula is from, or None.
    score
        Features to a score for each gene.
    """

    name: str
    title: str
    formula: str
    citation: str | None
    score: Callable[[Features], pd.Series]


def _chance(features: Features) -> pd.Series:
    """Return one order that knows nothing: by the checksum of the gene id."""
    genes = features.tumour.index
    digests = [int(hashlib.sha256(gene.encode()).hexdigest()[:12], 16) for gene in genes]
    return pd.Series(digests, index=genes, dtype=float)


def _log(amount: pd.Series) -> pd.Series:
    return pd.Series(log2p1(amount), index=amount.index)


def _worst_vital(features: Features) -> pd.Series:
    return features.normals.upper[features.normals.vital].max(axis=1)


def _over_worst_vital(features: Features, share: float) -> pd.Series:
    return _log(features.tumour) - share * _log(_worst_vital(features))


def _over_mean(features: Features) -> pd.Series:
    tissues = features.normals.upper.T.groupby(level="context").max().T
    return _log(features.tumour) - _log(tissues.mean(axis=1))


BASELINES = (
    Baseline("random", "chance", "order of the checksums of the gene ids", None, _chance),
    Baseline("abundance", "tumour abundance", "median of the tumour", None, lambda f: f.tumour),
    Baseline(
        "fold_vital",
        "fold change over the worst vital tissue",
        "log2(T + 1) - log2(V + 1), V the highest upper tail of all vital tissues",
        None,
        lambda f: _over_worst_vital(f, 1.0),
    ),
    Baseline(
        "half_fold_vital",
        "abundance less half of the worst vital tissue",
        "log2(T + 1) - 0.5 · log2(V + 1)",
        None,
        lambda f: _over_worst_vital(f, 0.5),
    ),
    Baseline(
        "fold_mean",
        "fold change over the mean normal tissue",
        "log2(T + 1) - log2(M + 1), M the mean over tissues of the upper tail",
        None,
        _over_mean,
    ),
    Baseline(
        "genie_score",
        "GenieScore",
        "(Gini / Gmax)² · log10(max + 1) · SPC over tumour and tissues, SPC counted from the lists of the bundle",
        "doi:10.1101/575969",
        genie_score,
    ),
    Baseline(
        "gesp",
        "GESP, surface evidence only",
        "3·CSPA + 2·HPA + 2·TOPDB + 3·SURFY + UniProt + COMPARTMENTS + PANTHER + HMPAS + Rabbitts, where in the bundle",
        "PMC9940627",
        gesp,
    ),
    Baseline(
        "immunotar_formula",
        "the ImmunoTar formula on substitute features",
        "weighted and curved percentiles of nine features, of which several are substitutes (docs/method.md)",
        "doi:10.1093/bioinformatics/btaf060",
        immunotar_formula,
    ),
)
