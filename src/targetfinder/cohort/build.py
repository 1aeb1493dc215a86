"""Bring shipped tumour cohorts into the common shape, one parquet a cohort, with a verdict on each.

A gene that is absent from a cohort but present in a sister cohort of the same study release is below
detection (median 0, upper quartile unknown); absent from all of them it is unmeasured (missing).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables, units
from targetfinder.cohort._scale import linearity
from targetfinder.identity import Identity
from targetfinder.known_genes import read_known_genes
from targetfinder.sources import readers
from targetfinder.sources.lock import verified
from targetfinder.sources.registry import SourceTable, read_registry
from targetfinder.stats import prevalence_from_quartiles
from targetfinder.store import replacing_folder, write_table
from targetfinder.units import Floats


def build(references: Path, store: Path, out: Path, level: float, chosen: str | None = None) -> None:
    """Write `cohorts.parquet` and `<cohort>.parquet` for every cohort of a reference set into `out`.

    `level` is that of prevalence, in TPM*.
    """
    registry = read_registry(references / "sources.toml", chosen)
    genes, identity = read_known_genes(registry, store)
    summaries = []
    with replacing_folder(out, marker="cohorts.parquet") as folder:
        for table in registry.tables("cohorts"):
            quantiles = readers.read(table, verified(registry.source_of(table), store))
            for frame, summary in common_shape(current_ids(quantiles, identity), genes, table, level):
                write_table(frame, tables.COHORT, folder / f"{summary['cohort']}.parquet")
                summaries.append(summary)
        write_table(pd.DataFrame(summaries), tables.COHORTS, folder / "cohorts.parquet")


def current_ids(quantiles: pd.DataFrame, identity: Identity) -> pd.DataFrame:
    """Return `quantiles` under ids in use; of two rows of one gene in a cohort, that of the gene's own id stays.

    Parameters
    ----------
    quantiles
        Output of `readers.cohort_quantiles`.
    identity
        What leads ids to genes (`known_genes`).
    """
    gene = quantiles["gene_id"].cat
    place, ids = pd.factorize(identity.ids(pd.Series(gene.categories)).to_numpy(dtype=object))
    other = np.asarray(gene.categories) != ids[place]
    codes = place[gene.codes]
    found = quantiles.assign(gene_id=pd.Categorical.from_codes(codes, ids))  # type: ignore[arg-type]  # wants a list
    touched = np.flatnonzero(np.isin(codes, place[other]))
    own_first = touched[np.argsort(other[gene.codes[touched]], kind="stable")]
    doubled = own_first[found.iloc[own_first].duplicated(["gene_id", "cohort"])]
    return found.drop(index=found.index[doubled])


#: What quantiles of bulk RNA cannot tell.
NOT_IN_QUANTILES = {
    **dict.fromkeys(("median_lo", "median_hi", "cells_positive", "cells_positive_lo", "cells_positive_hi"), np.nan),
    "note": None,
}


@dataclass(frozen=True)
class _Quantiles:
    """The quantile table of a source as dense matrices, genes × cohorts; NaN where a cohort has no row."""

    genes: pd.Index
    symbols: np.ndarray
    cohorts: pd.DataFrame
    values: dict[str, Floats]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> _Quantiles:
        gene, cohort = rows["gene_id"].cat, rows["cohort"].cat
        shape = (len(gene.categories), len(cohort.categories))
        values = {}
        for name in ("q1", "median", "q3", "mean"):
            values[name] = np.full(shape, np.nan)
            values[name][gene.codes, cohort.codes] = rows[name]
        symbols = np.empty(shape[0], dtype=object)
        symbols[gene.codes] = rows["symbol"].astype(object)
        about = rows.groupby("cohort", observed=True).agg(n=("n", "max"), study=("study", "first"))
        return cls(pd.Index(gene.categories), symbols, about.reindex(cohort.categories), values)


def common_shape(
    quantiles: pd.DataFrame, genes: pd.DataFrame, table: SourceTable, level: float
) -> list[tuple[pd.DataFrame, dict[str, Any]]]:
    """Return (`COHORT` frame, `COHORTS` row) for each cohort, in the order of their ids.

    Parameters
    ----------
    quantiles
        Output of `readers.cohort_quantiles`.
    genes
        `GENES`.
    level
        Level of prevalence, in TPM*.
    """
    dense = _Quantiles.of(quantiles)
    coding = genes.loc[genes["protein_coding"], ["gene_id", "symbol"]].reset_index(drop=True)
    place = dense.genes.get_indexer(pd.Index(coding["gene_id"]))
    given = {name: np.where(place[:, None] < 0, np.nan, matrix[place]) for name, matrix in dense.values.items()}
    classes = _classes(dense, genes)
    summaries = [_summary(dense, column, classes, table) for column in range(len(dense.cohorts))]
    factors = np.array([row.pop("factor") for row in summaries])
    sisters = _highest_sister(given["median"] * factors, dense.cohorts["study"].to_numpy(), np.isfinite(factors))
    found = []
    for column, summary in enumerate(summaries):
        study = (dense.cohorts["study"] == summary["study"]).to_numpy()
        measured = ~np.isnan(given["median"][:, column])
        below = ~measured & ~np.isnan(given["median"][:, study]).all(axis=1)
        one = {name: given[name][:, column] for name in ("q1", "median", "q3")}
        frame = _frame(coding, one, measured, below, factors[column])
        frame["sister_log2"] = units.log2p1(frame["median_tpm"]) - units.log2p1(sisters[:, column])
        frame = frame.assign(**{name: summary[name] for name in ("cohort", "n", "source", "release")})
        frame = frame.assign(**_prevalence(frame, int(summary["n"]), level), **NOT_IN_QUANTILES)
        counts = frame["detection"].value_counts()
        found.append((frame[tables.COHORT.names], summary | {s: int(counts.get(s, 0)) for s in tables.DETECTION}))
    return sorted(found, key=lambda pair: str(pair[1]["cohort"]))


def _classes(dense: _Quantiles, genes: pd.DataFrame) -> dict[str, np.ndarray]:
    """Masks over `dense.genes`: which are kept by TPM*, immune receptors, mitochondrial."""
    immune = genes["locus_type"].fillna("").str.contains("immunoglobulin|T cell receptor")
    return {
        "kept": dense.genes.isin(genes.loc[genes["normaliser"], "gene_id"]),
        "immunoglobulin": dense.genes.isin(genes.loc[immune, "gene_id"]),
        "mitochondrial": np.array([str(symbol).startswith("MT-") for symbol in dense.symbols]),
    }


def _highest_sister(medians: Floats, study: np.ndarray, linear: np.ndarray) -> Floats:
    """For each cohort, the highest median among the other linear cohorts of its study; NaN if there is none.

    A sister without a row for a gene counts as 0: the gene is below detection there.
    """
    highest = np.full(medians.shape, np.nan)
    for column in range(medians.shape[1]):
        others = linear & (study == study[column]) & (np.arange(len(study)) != column)
        if others.any():
            highest[:, column] = np.nan_to_num(np.fmax.reduce(medians[:, others], axis=1))
    return highest


def _prevalence(frame: pd.DataFrame, n: int, level: float) -> dict[str, Any]:
    """Return prevalence estimated from quartiles, and coverage: a cohort measured a gene in all patients or in none."""
    q1, median, q3 = (frame[f"{name}_tpm"].to_numpy(dtype=float) for name in ("q1", "median", "q3"))
    share, low, high = prevalence_from_quartiles(q1, median, q3, n, level)
    return {
        "prevalence": share,
        "prevalence_lo": low,
        "prevalence_hi": high,
        "prevalence_basis": pd.Series("estimated", frame.index).where(~np.isnan(low)),
        "coverage": (frame["detection"] != "unmeasured").astype(float),
    }


def _summary(dense: _Quantiles, column: int, classes: dict[str, np.ndarray], table: SourceTable) -> dict[str, Any]:
    """Return the `COHORTS` row of one cohort (without detection counts) and its renormalisation `factor`."""
    q1, median, q3, mean = (dense.values[name][:, column] for name in ("q1", "median", "q3", "mean"))
    present = ~np.isnan(median)
    figures, reasons = linearity(pd.Series(median[present]), float(q1[present].min()))
    has_mean = not np.isnan(mean[present]).any()
    expected = np.nan_to_num(mean if has_mean else units.mean_from_quartiles(q1, median, q3))
    everything = 1e6 if has_mean else float(expected.sum())
    share = {name: float(expected[mask].sum() / everything) for name, mask in classes.items()}
    cohort, n = str(dense.cohorts.index[column]), int(dense.cohorts["n"].iloc[column])
    markers = table.options.get("sorted_by", {}).get(cohort, [])
    return {
        "cohort": cohort,
        "modality": "rna_bulk",
        **dict.fromkeys(("indication", "timepoint", "unit_seen", "lost")),
        "n": n,
        "n_samples": n,
        "unit": table.unit,
        "library": "unknown",
        "material": "sorted" if markers else "tumour",
        "selected_by": "|".join(markers) or None,
        "purity": np.nan,
        "scale": "rank_only" if reasons else "linear",
        "reasons": "; ".join(reasons) or None,
        "top_gene": str(dense.symbols[np.nanargmax(median)]),
        **figures,
        "kept_share": share["kept"],
        "kept_share_basis": "mean" if has_mean else "quartiles",
        "immunoglobulin_share": share["immunoglobulin"],
        "mitochondrial_share": share["mitochondrial"],
        "study": str(dense.cohorts["study"].iloc[column]),
        "source": table.id,
        "release": table.release,
        "factor": np.nan if reasons else units.renormalisation_factor(float(expected[classes["kept"]].sum())),
    }


def _frame(
    coding: pd.DataFrame, given: dict[str, Floats], measured: np.ndarray, below: np.ndarray, factor: float
) -> pd.DataFrame:
    """Return detection, medians, quartiles in TPM* and percentile of one cohort; below detection is 0, q3 unknown."""
    filled = {name: np.where(below & (name != "q3"), 0.0, values) for name, values in given.items()}
    return coding.assign(
        detection=np.select([measured, below], ["measured", "below_detection"], "unmeasured"),
        median=filled["median"],
        **{f"{name}_tpm": values * factor for name, values in filled.items()},
        percentile=units.percentile_rank(pd.Series(filled["median"])),
    )
