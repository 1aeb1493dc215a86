"""Whose signal it is: of malignant cells, or perhaps of stroma, endothelium or immune cells of the sample.

Bulk RNA of a tumour holds all of its cells. Cohorts of malignant cells (single cells, sorted cells, cell lines, PDX)
tell; a gene that is high in bulk and that none of them shows is `stroma_possible`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables, units
from targetfinder.cohorts import POSITIVE_CELLS, of_indication
from targetfinder.evidence._discordance import discordance
from targetfinder.evidence._records import records
from targetfinder.indications import Indication
from targetfinder.samplesheet import RANKED
from targetfinder.store import read_table

CARRIES = f"1 if malignant cells carry it: at the level in sorted cells, lines or PDX, in {POSITIVE_CELLS:.0%} of cells"
STROMA = "1 if bulk tumour reaches the level and no cohort of malignant cells is known to carry it"
SORTED = "1 if the cells of the cohort were sorted by it"


def origin(
    disease: Indication, folder: Path, genes: pd.DataFrame, values: pd.DataFrame, level: float
) -> list[pd.DataFrame]:
    """Return `EVIDENCE` records of what cells and proteins of the tumour say.

    cells_positive, tumour_protein (with percentile and prevalence), tumour_intrinsic of each cohort that can tell;
    stroma_possible of each gene; selection_marker of the genes that a cohort was sorted by; rna_protein of those whose
    RNA and protein contradict each other, the unit saying how.

    Parameters
    ----------
    folder
        Cohorts in the common shape.
    genes
        gene_id and symbol, one row a gene.
    values
        Output of `_records.tumour`, in the order of `genes`.
    level
        Level of presence, in TPM*.
    """
    cohorts = of_indication(read_table(folder / "cohorts.parquet", tables.COHORTS), disease.model_dump())
    cohorts = cohorts[cohorts["timepoint"].fillna("").isin(RANKED)]
    parts, carried = [], np.zeros(len(genes), dtype=bool)
    for about in cohorts.fillna({"selected_by": ""}).to_dict("records"):
        frame = read_table(folder / f"{about['cohort']}.parquet", tables.COHORT).set_index("gene_id")
        frame = frame.reindex(genes["gene_id"])
        told = _carries(frame, about["modality"], about["material"], level)
        carried |= told == 1
        parts += _of_cohort(genes, frame, about, told)
        if about["modality"] == "protein":
            parts += _contradictions(genes, frame, about, values["percentile"])
    stroma = np.where(_is_there(values, level), (~carried).astype(float), np.nan)
    names = {"context": ", ".join(cohorts["cohort"]), "source": ", ".join(sorted(set(cohorts["source"])))}
    names["release"] = ", ".join(sorted(set(cohorts["release"])))
    n = int(cohorts["n"].sum())
    return [*parts, records(genes, stroma, criterion="stroma_possible", unit=STROMA, n=n, **names)]


def _carries(frame: pd.DataFrame, modality: str, material: str, level: float) -> units.Floats:
    """Return 1 where malignant cells carry a gene, 0 where they do not, NaN where the cohort cannot tell."""
    if modality == "rna_cell":
        share = frame["cells_positive"].to_numpy(dtype=float)
        return np.where(np.isnan(share), np.nan, share >= POSITIVE_CELLS)
    if modality == "rna_bulk" and material != "tumour":
        return np.where(frame["percentile"].isna(), np.nan, _is_there(frame, level))
    return np.full(len(frame), np.nan)


def _is_there(values: pd.DataFrame, level: float) -> np.ndarray:
    """Mark genes whose median reaches the level; where no amount is known, half of all genes must be below them."""
    amount = values["median_tpm"].to_numpy(dtype=float)
    if np.isnan(amount).all():
        return values["percentile"].to_numpy(dtype=float) >= units.MEDIAN_GENE
    return amount >= level


def _of_cohort(
    genes: pd.DataFrame, frame: pd.DataFrame, about: Mapping[Hashable, Any], told: units.Floats
) -> list[pd.DataFrame]:
    unit = "share of malignant cells with a count, mean over patients"
    found: dict[str, tuple[pd.Series | units.Floats, str]] = {}
    if about["modality"] == "rna_cell":
        found["cells_positive"] = (frame["cells_positive"], unit)
    if not np.isnan(told).all():
        found["tumour_intrinsic"] = (told, CARRIES)
    if about["modality"] == "protein":
        found["tumour_protein"] = (frame["median"], about["unit"])
        found["tumour_protein_percentile"] = (frame["percentile"], "rank among measured proteins")
        found["tumour_protein_prevalence"] = (frame["prevalence"], "share of patients above the level of the cohort")
    where = {name: about[name] for name in ("source", "release", "n")} | {"context": about["cohort"]}
    parts = [records(genes, value, criterion=name, unit=unit, **where) for name, (value, unit) in found.items()]
    markers = genes[genes["symbol"].isin(about["selected_by"].split("|"))]
    return [*parts, records(markers, np.ones(len(markers)), criterion="selection_marker", unit=SORTED, **where)]


def _contradictions(
    genes: pd.DataFrame, frame: pd.DataFrame, about: Mapping[Hashable, Any], rna: pd.Series
) -> list[pd.DataFrame]:
    flags = discordance(rna.set_axis(frame.index), frame)
    where = {name: about[name] for name in ("source", "release", "n")} | {"context": about["cohort"]}
    chosen = {told: genes[(flags == told).to_numpy()] for told in sorted(flags.dropna().unique())}
    return [
        records(rows, np.ones(len(rows)), criterion="rna_protein", unit=told, **where) for told, rows in chosen.items()
    ]
