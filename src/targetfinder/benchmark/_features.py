"""What the simple rules are made of: the tumour and normal tissues of one universe, and its surface lists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from targetfinder.stats import prevalence_from_quartiles

__all__ = ["Features", "Normals", "features_of", "normals_of"]

#: Kinds of votes that a surfaceome list stands for.
LISTS = ("experimental", "annotation", "prediction")
#: Amount from which a tissue counts as expressing, in the unit of the atlas (TPM, nTPM).
EXPRESSED = 10.0
#: Share of genes below the level that a tumour must exceed in `high_share`.
HIGH = 0.8


@dataclass(frozen=True)
class Normals:
    """Normal tissues and surface lists of a bundle, on the frozen universe: the same for every indication.

    Attributes
    ----------
    upper
        Upper tail in TPM*, genes × (source, tissue).
    own
        Value in the unit of the atlas, genes × (source, tissue).
    vital
        Columns of both that are vital.
    brain
        Columns of both that are parts of the brain.
    votes
        Genes × (voter, kind), whether it says that the protein is on the surface.
    ecd_length, dependency
        Residues outside the cell, and share of cell lines that need the gene; empty where the bundle has no source.
    """

    upper: pd.DataFrame
    own: pd.DataFrame
    vital: list[tuple[str, str]]
    brain: list[tuple[str, str]]
    votes: pd.DataFrame
    ecd_length: pd.Series
    dependency: pd.Series


@dataclass(frozen=True)
class Features:
    """One tumour beside the normals.

    Attributes
    ----------
    tumour
        Median in TPM*, or the percentile within sample where the cohorts are compared by rank only; NaN is unmeasured.
    high_share
        Share of patients in whom the gene is above four fifths of the genes; NaN where it cannot be estimated.
    surface_probability
        Probability of the surface.
    """

    normals: Normals
    tumour: pd.Series
    high_share: pd.Series
    surface_probability: pd.Series


def normals_of(
    genes: pd.Index,
    bulk: pd.DataFrame,
    contexts: pd.DataFrame,
    votes: pd.DataFrame,
    topology: pd.DataFrame,
    dependency: pd.DataFrame,
) -> Normals:
    """Return the normals of a universe from `NORMAL_BULK`, `CONTEXTS`, `SURFACE_VOTES`, `TOPOLOGY` and `DEPENDENCY`."""
    kept = bulk[bulk["gene_id"].isin(genes)]
    upper, own = (
        kept.pivot(index="gene_id", columns=["source", "context"], values=name).reindex(genes)
        for name in ("upper_tpm", "value")
    )
    about = contexts[contexts["modality"] == "rna_bulk"].drop_duplicates(["source", "context"])
    about = about.set_index(["source", "context"]).reindex(own.columns)
    said = votes[votes["gene_id"].isin(genes) & votes["kind"].isin(LISTS)]
    canonical = topology[topology["canonical"].astype(bool)]
    return Normals(
        upper=upper,
        own=own,
        vital=list(about.index[about["criticality"] == "vital"]),
        brain=list(about.index[about["system"] == "nervous"]),
        votes=pd.crosstab(said["gene_id"], [said["voter"], said["kind"]]).reindex(genes, fill_value=0) > 0,
        ecd_length=canonical.groupby("gene_id")["ecd_length"].max().reindex(genes).astype(float),
        dependency=dependency.set_index("gene_id")["dependent_share"].reindex(genes).astype(float),
    )


def features_of(normals: Normals, targets: pd.DataFrame, q1: pd.Series, q3: pd.Series) -> Features:
    """Return the features of one indication.

    Parameters
    ----------
    targets
        `TARGETS`, indexed by gene id.
    q1, q3
        Quartiles of the tumour in TPM* by gene id; all missing where it is compared by rank only.
    """
    genes = normals.upper.index
    about = targets.reindex(genes)
    linear = bool(about["tumour_median"].notna().any())
    return Features(
        normals=normals,
        tumour=about["tumour_median" if linear else "tumour_percentile"].astype(float),
        high_share=_high_share(about, q1, q3) if linear else _high_or_not(about["tumour_percentile"]),
        surface_probability=about["surface_probability"].astype(float),
    )


def _high_or_not(percentile: pd.Series) -> pd.Series:
    """Return 1 or 0 where a percentile of the median is all that is known."""
    return (percentile >= HIGH).astype(float).where(percentile.notna())


def _high_share(about: pd.DataFrame, q1: pd.Series, q3: pd.Series) -> pd.Series:
    """Estimate from quartiles in how many patients a gene is above four fifths of the protein-coding genes."""
    median = about["tumour_median"].astype("float64")
    level = float(median[about["tumour_percentile"] >= HIGH].min())
    if not np.isfinite(level):
        return pd.Series(np.nan, about.index)
    low, middle, high = (np.asarray(side.reindex(about.index), dtype=np.float64) for side in (q1, median, q3))
    estimate, _, _ = prevalence_from_quartiles(low, middle, high, 1, level)
    return pd.Series(estimate, about.index)
