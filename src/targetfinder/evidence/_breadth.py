"""How many cohorts and modalities show a gene, and what other tumours have of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables, units
from targetfinder.cohorts import POSITIVE_CELLS, of_indication
from targetfinder.evidence._records import records
from targetfinder.indications import Indication
from targetfinder.samplesheet import RANKED
from targetfinder.store import read_table
from targetfinder.units import Floats

#: Other cohorts that it takes to tell what tumours have in common.
LEAST_OTHERS = 4
SHOWN = (
    "share of cohorts that show it, mean over modalities: half of the patients at the level, a tenth of malignant "
    "cells, or a protein in half of the patients"
)


def breadth(disease: Indication, folder: Path, genes: pd.DataFrame, level: float) -> list[pd.DataFrame]:
    """Return `EVIDENCE` records of the share of the cohorts that show each gene; none if there is one cohort only.

    A cohort that did not measure a gene does not show it: missing is not zero, but no witness either. A gene that no
    cohort measured has no value.
    """
    cohorts = _own(disease, folder)
    if len(cohorts) < 2:
        return []
    shown: dict[str, list[Floats]] = {}
    for about in cohorts.to_dict("records"):
        columns = ["gene_id", "median_tpm", "percentile", "prevalence", "cells_positive"]
        frame = read_table(folder / f"{about['cohort']}.parquet", tables.COHORT, columns=columns)
        found = _shows(frame.set_index("gene_id").reindex(genes["gene_id"]), about, level)
        shown.setdefault(str(about["modality"]), []).append(found)
    told = [value for values in shown.values() for value in values]
    share = np.mean([np.nan_to_num(np.array(values)).mean(axis=0) for values in shown.values()], axis=0)
    value = np.where(np.isnan(told).all(axis=0), np.nan, share)
    return [records(genes, value, criterion="breadth", unit=SHOWN, **_where(cohorts), n=int(cohorts["n"].sum()))]


def _own(disease: Indication, folder: Path) -> pd.DataFrame:
    cohorts = of_indication(read_table(folder / "cohorts.parquet", tables.COHORTS), disease.model_dump())
    return cohorts[cohorts["timepoint"].fillna("").isin(RANKED)]


def _where(cohorts: pd.DataFrame) -> dict[str, Any]:
    names = {"context": ", ".join(cohorts["cohort"]), "source": ", ".join(sorted(set(cohorts["source"])))}
    return names | {"release": ", ".join(sorted(set(cohorts["release"])))}


def _shows(frame: pd.DataFrame, about: Mapping[Hashable, Any], level: float) -> Floats:
    """Return 1 where a cohort shows a gene, 0 where it does not, NaN where it did not measure it."""
    if about["modality"] == "rna_cell" and frame["cells_positive"].notna().any():
        value, least = frame["cells_positive"], POSITIVE_CELLS
    elif about["modality"] == "protein":
        value, least = frame["prevalence"], 0.5
    elif about["scale"] == "linear":
        value, least = frame["median_tpm"], level
    else:
        value, least = frame["percentile"], units.MEDIAN_GENE
    return np.where(value.isna(), np.nan, (value >= least).astype(float))


def other_tumours(disease: Indication, folder: Path, genes: pd.DataFrame, scale: str) -> list[pd.DataFrame]:
    """Return `EVIDENCE` records of the upper quartile over the medians of all other bulk cohorts of the same scale.

    On the scale log2(TPM* + 1); of percentiles for rank_only cohorts, over cohorts of either scale. No record with
    fewer than `LEAST_OTHERS` cohorts. A cohort is one witness, whatever its size; a gene that some did not measure
    is told of the others.
    """
    cohorts, linear = read_table(folder / "cohorts.parquet", tables.COHORTS), scale == "linear"
    other = ~cohorts["cohort"].isin(_own(disease, folder)["cohort"]) & (cohorts["modality"] == "rna_bulk")
    others = cohorts[other & ((cohorts["scale"] == "linear") | (not linear))]
    if len(others) < LEAST_OTHERS:
        return []
    column = "median_tpm" if linear else "percentile"
    medians = [
        read_table(folder / f"{cohort}.parquet", tables.COHORT, columns=["gene_id", column])
        .set_index("gene_id")[column]
        .reindex(genes["gene_id"])
        .to_numpy(dtype=float)
        for cohort in others["cohort"]
    ]
    known = np.stack(medians)
    value = np.full(len(genes), np.nan)
    seen = ~np.isnan(known).all(axis=0)
    value[seen] = np.nanquantile(units.log2p1(known[:, seen]) if linear else known[:, seen], 0.75, axis=0)
    unit = f"{'log2(TPM* + 1)' if linear else units.PERCENTILE}, upper quartile over cohorts"
    where = _where(others) | {"context": f"{len(others)} other tumour cohorts"}
    return [records(genes, value, criterion="other_tumours", unit=unit, n=len(others), **where)]
