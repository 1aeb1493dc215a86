"""Which samples of a patient are a pair, and why others are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from targetfinder.cohorts import POSITIVE_CELLS
from targetfinder.decide._clinical import AFTER, BEFORE
from targetfinder.decide._pairs import MIN_PANEL, Flags, Sample, of_bulk, of_cells, of_measures, of_protein
from targetfinder.errors import InputError
from targetfinder.samplesheet import RANKED

#: Timepoints of a driver that is knocked down, and of what it is held against, if that is no tumour to be ranked.
DRIVER, CONTROL = "knock_down", "control"
#: Other antigens of the same tube that it takes to see all of them fall together.
MIN_OTHERS = 3
INTENSITY = "log2 intensity"
ALONE = "too few other antigens tell what purity, depth or gating did to all of them"
NO_LIMIT = "no limit of detection: little cannot be told from none"


@dataclass(frozen=True)
class Pair:
    """Two times of a patient over the same antigens (gene ids), as `_pairs.changed` takes them."""

    basis: str
    patient: str
    genes: pd.Index
    before: Sample
    after: Sample
    panel: Flags
    least: int
    unit: str
    source: dict[str, Any]
    cells: tuple[np.ndarray, np.ndarray, int] | None = None
    notes: pd.Series | None = None


def of_cohorts(
    individuals: pd.DataFrame, genes: pd.DataFrame, level: float, later: str = AFTER, first: tuple[str, ...] = RANKED
) -> tuple[list[Pair], list[dict[str, Any]]]:
    """Return the pairs of a samplesheet, and for each patient without one (basis, patient, note).

    Parameters
    ----------
    individuals
        `INDIVIDUALS` of one indication.
    genes
        gene_id and window_log2 of the universe.
    level
        From which bulk RNA is carried, TPM*.
    later, first
        Timepoints of the second and of the first sample.

    Raises
    ------
    InputError
        If a patient has two samples of one modality and time in different cohorts.
    """
    pairs, lone = [], []
    known = individuals.assign(timepoint=individuals["timepoint"].fillna(""))
    if not any(known["timepoint"] == later):
        return [], []
    for (basis, patient), rows in known.groupby(["modality", "patient"], observed=True):
        before, after = rows[rows["timepoint"].isin(first)], rows[rows["timepoint"] == later]
        if before.empty and after.empty:
            continue
        for part in (before, after):
            _one_cohort(part, str(patient))
        why = _unpaired(before, after)
        if why:
            lone.append({"basis": basis, "patient": patient, "note": why})
        else:
            pairs.append(_pair(str(basis), str(patient), before, after, genes, level))
    return pairs, lone


def _one_cohort(rows: pd.DataFrame, patient: str) -> None:
    names = sorted(rows["cohort"].unique())
    if len(names) > 1:
        when = rows["timepoint"].iloc[0] or "no timepoint"
        raise InputError(
            f"patient {patient} is in cohorts {' and '.join(names)} of one modality and time ({when})",
            field="timepoint",
            remedy="give one of them another timepoint, or put the samples into one cohort, which takes their median",
        )


def _unpaired(before: pd.DataFrame, after: pd.DataFrame) -> str | None:
    if before.empty or after.empty:
        return f"no sample of {BEFORE if before.empty else AFTER}"
    units = sorted({before["unit"].iloc[0], after["unit"].iloc[0]})
    return f"units differ: {' and '.join(units)}" if len(units) > 1 else None


def _pair(
    basis: str, patient: str, before: pd.DataFrame, after: pd.DataFrame, genes: pd.DataFrame, level: float
) -> Pair:
    index = pd.Index(genes["gene_id"])
    one, two = (rows.set_index("gene_id").reindex(index) for rows in (before, after))
    listed = (one["value"].notna() | two["value"].notna()).to_numpy()
    panel, unit, cells = np.ones(len(index), dtype=bool), str(after["unit"].iloc[0]), None
    if basis == "rna_bulk":
        panel = genes["window_log2"].to_numpy(dtype=float) >= 0
    elif basis == "rna_cell":
        unit = "molecules per cell"
        shares = [rows["cells_positive"].to_numpy(dtype=float) for rows in (one, two)]
        cells = (shares[0], shares[1], int(after["n_cells"].max()))
    about = {name: after[name].iloc[0] for name in ("source", "release")}
    first, second = (_sample(basis, rows, level, listed, unit) for rows in (one, two))
    return Pair(basis, patient, index, first, second, panel, MIN_PANEL, unit, about, cells)


def _sample(basis: str, rows: pd.DataFrame, level: float, listed: Flags, unit: str) -> Sample:
    if basis == "rna_bulk":
        return of_bulk(rows["value"].to_numpy(dtype=float), level)
    if basis == "rna_cell":
        return of_cells(rows["cells_positive"].to_numpy(dtype=float), int(rows["n_cells"].max()), POSITIVE_CELLS)
    return _protein(rows, listed, unit)


def _protein(rows: pd.DataFrame, listed: Flags, unit: str) -> Sample:
    """Return a protein sample; a value that is missing in one time only lies below the limit of that time."""
    values = rows["value"].to_numpy(dtype=float)
    if unit.startswith("IHC"):
        return of_measures(values + 1.0, np.full(len(values), 2.0))
    found = of_protein(values, missing_is_low=unit == INTENSITY)
    return Sample(np.where(listed, found.log2, np.nan), found.error, found.below & listed, found.level)


def of_clinical(clinical: pd.DataFrame, source: dict[str, Any]) -> tuple[list[Pair], list[dict[str, Any]]]:
    """Return the pairs of the clinical table, and for each patient without one (basis, patient, note)."""
    surface = clinical[clinical["kind"] == "surface"]
    pairs, lone = [], []
    for patient, rows in surface.groupby("patient"):
        by = {time: rows[rows["visit"] == time].set_index("gene_id") for time in (BEFORE, AFTER)}
        genes = by[BEFORE].index.intersection(by[AFTER].index).sort_values()
        if not len(genes):
            lacks = [time for time, part in by.items() if part.empty]
            why = f"no sample of {lacks[0]}" if lacks else "no antigen was measured at both times"
            lone.append({"basis": "clinical", "patient": patient, "note": why})
            continue
        one, two = (by[time].loc[genes] for time in (BEFORE, AFTER))
        limits = np.fmax(one["limit"].to_numpy(dtype=float), two["limit"].to_numpy(dtype=float))
        before, after = (of_measures(part["value"].mask(part["below"], 0).to_numpy(), limits) for part in (one, two))
        notes = pd.Series([NO_LIMIT if missing else None for missing in np.isnan(limits)], genes, dtype=object)
        everything = np.ones(len(genes), dtype=bool)
        units = "|".join(sorted(set(two["unit"])))
        pairs.append(
            Pair("clinical", str(patient), genes, before, after, everything, MIN_OTHERS + 1, units, source, None, notes)
        )
    return pairs, lone
