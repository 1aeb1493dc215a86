"""What is known of each cell before it is measured: patient, state, kind, malignant or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from targetfinder.cohort._malignant import States, conditions, malignant, unknown_name
from targetfinder.cohort._matrix import unfit
from targetfinder.cohort.formats._cell_file import Cells
from targetfinder.errors import InputError
from targetfinder.sources.readers._h5ad import Integers


@dataclass(frozen=True)
class Labels:
    """Numbers of each cell's patient, state and kind (-1: not known), their names, and what the rule says of it.

    `type_names` is empty where nothing tells kinds of cells.
    """

    patients: pd.Index
    patient: Integers
    states: pd.Index
    state: Integers
    type_names: pd.Index
    types: Integers
    malignant: States


def labels_of(cells: Cells, rule: str) -> Labels:
    """Read the columns that the samplesheet names.

    Raises
    ------
    InputError
        If a column is not there, the rule does not fit, or no cell has a patient.
    """
    n = cells.rows.shape[0]
    try:
        first = [condition.column for condition in conditions(rule)][:1]
        found = malignant(rule, cells.columns, cells.column, n)
        patient = _column(cells, cells.meaning.patient, "patient")
        state = _column(cells, cells.meaning.state, "state")
        kind = _column(cells, cells.meaning.cell_type or next(iter(first), None), "cell_type")
    except InputError as error:
        raise unfit(cells.path, error.problem, error.remedy, error.field) from error
    patients, of_patient = patient or (pd.Index([cells.meaning.sample]), np.zeros(n, dtype=np.int64))
    if not len(patients):
        raise unfit(cells.path, "no cell has a patient", "name the column of patients in mapping", "patient")
    unknown = (pd.Index([], dtype=object), np.full(n, -1))
    (states, of_state), (kinds, of_kind) = state or unknown, kind or unknown
    return Labels(patients, of_patient, states, of_state, kinds, of_kind, found)


def _column(cells: Cells, name: str | None, role: str) -> tuple[pd.Index, Integers] | None:
    """Return names and numbers of the values that cells have in a column, if one is named."""
    if name is None:
        return None
    if name not in cells.columns:
        raise unknown_name(f"cells have no column '{name}'", name, cells.columns, role)
    label = cells.column(name).remove_unused_categories()
    return label.categories, label.codes.astype(np.int64)
