"""Which cohorts speak for an indication: those that its file names, and those that a samplesheet gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from targetfinder.errors import InputError
from targetfinder.samplesheet import RANKED

#: Share of malignant cells with a count from which they carry a gene. A transcript is caught in a fraction of the cells
#: that have it, while ambient RNA puts single counts into a few per cent of all cells: a tenth stands above that.
POSITIVE_CELLS = 0.1


def of_indication(cohorts: pd.DataFrame, disease: Mapping[str, Any]) -> pd.DataFrame:
    """Return the `COHORTS` rows of an indication: named by its file in that order, then a user's own by id.

    Parameters
    ----------
    cohorts
        `COHORTS`.
    disease
        id and cohorts of an indication.

    Raises
    ------
    InputError
        If a cohort that the file names is missing, or there is none at all.
    """
    known = cohorts.set_index("cohort", drop=False).sort_index()
    lost = [cohort for cohort in disease["cohorts"] if cohort not in known.index]
    own = known.index[(known["indication"] == disease["id"]) & ~known.index.isin(disease["cohorts"])]
    if lost or not len(own) + len(disease["cohorts"]):
        told = f"unknown cohort {', '.join(lost)}" if lost else "names no cohort, and the samplesheet has none for it"
        file, remedy = f"{disease['id']}.toml", f"use one of {', '.join(known.index)}"
        raise InputError(told, file=file, field="cohorts", remedy=remedy)
    return known.loc[[*disease["cohorts"], *own]].reset_index(drop=True)


def compared(cohorts: pd.DataFrame, disease: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of `of_indication` whose RNA is compared with normal tissue.

    Bulk RNA before pseudobulk of cells, linear before rank_only: values of two scales are never mixed. A later
    timepoint, such as relapse, is not compared.

    Raises
    ------
    InputError
        As `of_indication`, and if no cohort of RNA is left.
    """
    found = of_indication(cohorts, disease)
    first = found[found["timepoint"].fillna("").isin(RANKED)]
    for modality, scale in (("rna_bulk", "linear"), ("rna_bulk", "rank_only"), ("rna_cell", "rank_only")):
        chosen = first[(first["modality"] == modality) & (first["scale"] == scale)]
        if len(chosen):
            return chosen.reset_index(drop=True)
    raise InputError(
        "has no cohort of RNA that could be compared with normal tissue",
        file=f"{disease['id']}.toml",
        field="cohorts",
        remedy="add a cohort of rna_bulk or rna_cell, without timepoint or of selection",
    )
