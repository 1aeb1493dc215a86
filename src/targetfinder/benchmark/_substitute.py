"""The ImmunoTar formula on substitute features: the published weights and curves, on what this bundle measures.

It is never called ImmunoTar: several of its features have no source here, and its authors are not to blame for ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from targetfinder.benchmark._features import EXPRESSED, Features
from targetfinder.benchmark._published import list_count
from targetfinder.units import Floats

__all__ = ["PARTS", "Part", "combined", "curved", "immunotar_formula"]


@dataclass(frozen=True)
class Part:
    """One feature: its optimised weight and curve (Shraim et al. 2025), and what stands for it here.

    Attributes
    ----------
    published
        The feature of the publication.
    here
        What stands for it, and None of `values` if nothing does.
    weight, curve
        Optimised weight, and exponent of the curve before exp().
    linear
        Whether it is rescaled by minimum and maximum instead of by percentile.
    values
        Features to a value for each gene; empty or all missing where the bundle has no source.
    """

    published: str
    here: str
    weight: float
    curve: float
    linear: bool
    values: Callable[[Features], pd.Series]


def _over(features: Features, source: str, without_brain: bool) -> pd.Series:
    own = _atlas(features, features.normals.own, source, without_brain)
    return (own > EXPRESSED).sum(axis=1).where(own.notna().any(axis=1)).astype(float)


def _highest(features: Features, source: str) -> pd.Series:
    return _atlas(features, features.normals.own, source, True).max(axis=1)


def _atlas(features: Features, table: pd.DataFrame, source: str, without_brain: bool) -> pd.DataFrame:
    """Return the tissues of an atlas; of all atlases where it is not in the bundle."""
    columns = [c for c in table.columns if c[0] == source] or list(table.columns)
    return table[columns].drop(columns=features.normals.brain if without_brain else [], errors="ignore")


PARTS = (
    Part("GTEx tissues above 10 TPM", "the same, GTEx", -2.406, 0.494, False, lambda f: _over(f, "gtex", False)),
    Part("SPC", "surface lists of the bundle, four at most", 2.130, -0.054, True, list_count),
    Part(
        "extracellular length",
        "the same, where topology is in the set",
        2.085,
        0.016,
        False,
        lambda f: f.normals.ecd_length,
    ),
    Part("COMPARTMENTS", "probability of the surface", 1.804, -0.408, True, lambda f: f.surface_probability),
    Part(
        "DepMap",
        "share of cell lines that need the gene, where it is in the set",
        1.666,
        0.626,
        True,
        lambda f: f.normals.dependency,
    ),
    Part(
        "Evo-Devo samples above 10 RPKM without brain",
        "HPA tissues above 10 nTPM without the nervous system",
        *(-1.616, 0.186, False),
        lambda f: _over(f, "hpa_tissue", True),
    ),
    Part("tumour mean", "tumour median in TPM*", 1.374, -1.000, False, lambda f: f.tumour),
    Part(
        "tumour samples above the 80th percentile",
        "share of patients above it, estimated from quartiles",
        *(1.165, -0.290, False),
        lambda f: f.high_share,
    ),
    Part("highest GTEx tissue without brain", "the same, GTEx", -0.170, -1.116, False, lambda f: _highest(f, "gtex")),
)


def immunotar_formula(features: Features) -> pd.Series:
    """Return Σ w·y / Σ|w| over the parts that have a source; a gene without tumour counts as 0 there, as published."""
    given = [(part, part.values(features)) for part in PARTS]
    known = [(part, values) for part, values in given if values.notna().any()]
    table = {part.published: values.to_numpy(dtype=float) for part, values in known}
    score = combined(table, [part for part, _ in known])
    return pd.Series(score, index=features.tumour.index)


def combined(values: dict[str, Floats], parts: list[Part]) -> Floats:
    """Return the weighted sum of rescaled and curved features.

    Parameters
    ----------
    values
        One array a part by its published name; NaN becomes 0, or the minimum where a value is negative.
    parts
        Parts to sum; the weights are divided by the sum of their absolute values.
    """
    from scipy.stats import rankdata

    total = np.zeros(len(values[parts[0].published]))
    for part in parts:
        given = values[part.published]
        least = np.nanmin(given)
        filled = np.where(np.isnan(given), min(least, 0.0), given)
        scaled = _percent(filled) if part.linear else (rankdata(filled) - 1.0) / (len(filled) - 1.0) * 100.0
        total += part.weight * curved(scaled, part.curve)
    return total / sum(abs(part.weight) for part in parts)


def _percent(values: Floats) -> Floats:
    """Return (x - min) / (max - min) · 100; 0 where all are the same."""
    low, high = values.min(), values.max()
    return np.zeros_like(values) if high == low else (values - low) / (high - low) * 100.0


def curved(values: Floats, curve: float) -> Floats:
    """Return ((y - min) / (max - min))^exp(curve) · (max - min) + min."""
    low, span = values.min(), values.max() - values.min()
    return values if span == 0 else ((values - low) / span) ** np.exp(curve) * span + low
