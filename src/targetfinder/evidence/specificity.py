"""Specificity: the therapeutic window against every normal tissue, and the tissue that binds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder import tables, units
from targetfinder.evidence._records import read_disease, records, scale_of, stack, tumour, universe
from targetfinder.settings import Window, read_scoring
from targetfinder.store import read_table, write_table
from targetfinder.units import Floats


@dataclass(frozen=True)
class Atlas:
    """Normal tissues of one or more atlases as genes × columns, one column a tissue of an atlas.

    Attributes
    ----------
    values
        Upper tail in TPM*, or percentile for rank_only comparison; NaN where unmeasured.
    columns
        context, criticality, source, release; one row a column of `values`.
    """

    values: Floats
    columns: pd.DataFrame


def run(indication: Path, bundle: Path, cohorts: Path, scoring: Path, out: Path) -> None:
    """Write the specificity evidence of one indication."""
    disease = read_disease(indication, bundle)
    genes = universe(bundle)
    scale = scale_of(disease, cohorts)
    numbers = read_scoring(scoring)
    evidence = specificity(
        genes,
        tumour(disease, cohorts, genes),
        read_atlas(bundle, genes, scale),
        scale=scale,
        tolerated=set(disease.waivers("tissue")),
        settings=numbers.window,
        level=numbers.presence.level,
    )
    write_table(evidence, tables.EVIDENCE, out)


def read_atlas(bundle: Path, genes: pd.DataFrame, scale: str) -> Atlas:
    """Read the bulk atlases of a bundle for `genes`, in TPM* or as percentiles."""
    wanted = "upper_tpm" if scale == "linear" else "percentile"
    normal = read_table(
        bundle / "normal_bulk.parquet",
        tables.NORMAL_BULK,
        columns=["gene_id", "context", "source", "release", wanted],
    )
    classes = read_table(bundle / "contexts.parquet", tables.CONTEXTS)
    wide = normal.pivot(index="gene_id", columns=["source", "release", "context"], values=wanted)
    wide = wide.reindex(genes["gene_id"]).sort_index(axis=1)
    columns = wide.columns.to_frame(index=False).merge(
        classes[["source", "context", "criticality"]], on=["source", "context"], how="left", validate="1:1"
    )
    return Atlas(wide.to_numpy(dtype=float), columns)


def specificity(
    genes: pd.DataFrame,
    values: pd.DataFrame,
    atlas: Atlas,
    *,
    scale: str,
    tolerated: set[str],
    settings: Window,
    level: float,
) -> pd.DataFrame:
    """Return `EVIDENCE` records of every normal value, every window, the binding window and the score.

    The window in a tissue is log2((tumour median + 1) / (upper tail + 1)), both in TPM*; for rank_only
    cohorts it is the difference of within-sample percentiles. The binding tissue has the smallest
    window after the allowance of its criticality; tolerated tissues never bind. For a gene that some
    vital tissue was not measured for, the highest tissue that was stands in without allowance (missing
    is not zero). Specificity scales the binding window after its allowance to 0 to 1, times how far the
    tumour median reaches `level` on the scale log2(TPM* + 1) (for rank_only: half of all genes).
    """
    linear = scale == "linear"
    tumour_value = values["median_tpm" if linear else "percentile"].to_numpy(dtype=float)
    gap = _window(tumour_value, atlas.values) if linear else tumour_value[:, None] - atlas.values
    reach = settings.log2_range if linear else 1.0
    classes = atlas.columns["criticality"].map(settings.allowance_log2.model_dump()).to_numpy(dtype=float)
    allowance = np.broadcast_to(classes * reach / settings.log2_range, atlas.values.shape).copy()
    allowance[_stands_in(atlas, tolerated)] = 0.0
    limit = _limit(atlas, allowance, tolerated, linear)
    binding = np.argmin(limit, axis=1)
    rows = np.arange(len(genes))
    bound = np.isfinite(limit[rows, binding])
    window = np.where(bound, gap[rows, binding], np.nan)
    credit = np.clip(((window + allowance[rows, binding]) / reach + 1.0) / 2.0, 0.0, 1.0)
    score = credit * _is_there(tumour_value, linear, level)
    n = int(values["n"].iloc[0])
    return stack(
        [
            *_per_tissue(genes, atlas, tumour_value, linear, n),
            *_binding(genes, atlas, binding, bound, {"binding_window": window, "specificity": score}, linear, n),
        ]
    )


def _is_there(tumour_value: Floats, linear: bool, level: float) -> Floats:
    """Return how far the tumour reaches the presence level, 0 to 1: what is not there is specific to nothing."""
    share = units.log2p1(tumour_value) / np.log2(level + 1.0) if linear else tumour_value / units.MEDIAN_GENE
    return np.clip(share, 0.0, 1.0)


def _limit(atlas: Atlas, allowance: Floats, tolerated: set[str], linear: bool) -> Floats:
    """Return how hard each tissue binds each gene: lowest is binding, +inf never binds.

    The tumour shifts all windows of a gene alike, so it takes no part.
    """
    limit = allowance - (units.log2p1(atlas.values) if linear else atlas.values)
    limit[:, atlas.columns["context"].isin(tolerated).to_numpy()] = np.inf
    return np.where(np.isnan(limit), np.inf, limit)


def _stands_in(atlas: Atlas, tolerated: set[str]) -> np.ndarray:
    """Mark the highest measured tissue of each gene that some vital tissue was not measured for.

    It stands in for that tissue and gets no allowance: missing is not zero. A tolerated tissue cannot.
    """
    measured = np.isfinite(atlas.values)
    can_bind = measured & ~atlas.columns["context"].isin(tolerated).to_numpy()
    vital = atlas.columns["criticality"] == "vital"
    contexts = atlas.columns.loc[vital, "context"].unique()
    seen = [measured[:, (atlas.columns["context"] == c).to_numpy()].any(axis=1) for c in contexts]
    gaps = can_bind.any(axis=1) & ~np.all(seen, axis=0)
    mask = np.zeros(atlas.values.shape, dtype=bool)
    highest = np.argmax(np.where(can_bind, atlas.values, -np.inf), axis=1)
    mask[np.flatnonzero(gaps), highest[gaps]] = True
    return mask


def _window(tumour_tpm: Floats, normal_tpm: Floats) -> Floats:
    return units.log2p1(tumour_tpm)[:, None] - units.log2p1(normal_tpm)


def _per_tissue(genes: pd.DataFrame, atlas: Atlas, tumour_value: Floats, linear: bool, n: int) -> list[pd.DataFrame]:
    name, unit = ("normal_tpm", units.RENORMALISED) if linear else ("normal_percentile", units.PERCENTILE)
    parts = []
    for i, column in enumerate(atlas.columns.itertuples(index=False)):
        normal = atlas.values[:, i]
        where = {name: str(getattr(column, name)) for name in ("context", "source", "release")}
        parts.append(records(genes, normal, criterion=name, unit=unit, n=None, **where))
        if linear:
            window = units.log2p1(tumour_value) - units.log2p1(normal)
            parts.append(records(genes, window, criterion="window", unit=units.LOG2_RATIO, n=n, **where))
    return parts


def _binding(
    genes: pd.DataFrame,
    atlas: Atlas,
    binding: np.ndarray,
    bound: np.ndarray,
    values: dict[str, Floats],
    linear: bool,
    n: int,
) -> list[pd.DataFrame]:
    """Return records of the genes that have a binding tissue, which is their context."""
    picked = atlas.columns.iloc[binding].reset_index(drop=True)[bound].reset_index(drop=True)
    parts = []
    for criterion, value in values.items():
        unit = "score" if criterion == "specificity" else units.LOG2_RATIO if linear else "difference of percentiles"
        part = records(
            genes[bound], value[bound], criterion=criterion, context="", unit=unit, n=n, source="", release=""
        )
        for name in ("context", "source", "release"):
            part[name] = picked[name].to_numpy()
        parts.append(part)
    return parts
