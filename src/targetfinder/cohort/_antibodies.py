"""Proteins on the surface of cells, measured by antibodies beside the RNA (CITE-seq, AbSeq): obsm of an h5ad."""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.cohort._cells import TumourCells
from targetfinder.cohort._malignant import unknown_name
from targetfinder.cohort._matrix import Matrix, unfit
from targetfinder.cohort.formats._cell_file import Cells
from targetfinder.sources.readers._h5ad import Integers
from targetfinder.sources.readers._obsm import REMEDY, names_of, parts
from targetfinder.units import Floats

#: Log values and centred log ratios are below this; counts of the antibodies of a cell reach far above.
LOG_CEILING = 30.0


def antibodies(cells: Cells, found: TumourCells) -> Matrix:
    """Return the mean of each antibody over the malignant cells of each patient, of the values as given.

    The unit is `log2 intensity` if a value is negative, or if there are fractions and none reaches 30: what
    normalisation made of counts, of whatever base; and `intensity` (counts of antibodies) else. Antibodies bind to some
    degree to any cell, so that no share of positive cells is claimed.

    Parameters
    ----------
    cells
        An open h5ad whose mapping names `proteins`.
    found
        What `tumour_cells` found in the same file: its malignant cells are those that count here.

    Raises
    ------
    InputError
        If there are no such values, they have no names, a name occurs twice, or a value is infinite.
    """
    key = cells.meaning.proteins or ""
    known = sorted(cells.file["obsm"]) if cells.file is not None and "obsm" in cells.file else []
    if key not in known:
        error = unknown_name(f"cells have no proteins '{key}' in obsm", key, known)
        remedy = error.remedy if known else "give an h5ad with the antibodies of its cells in obsm"
        raise unfit(cells.path, error.problem, remedy, "mapping, proteins")
    stored, field = cells.file[f"obsm/{key}"], f"obsm/{key}"
    names = names_of(cells.file, key)
    if names is None:
        raise unfit(cells.path, "antibodies have no names, or are no dense table", REMEDY.format(key), field)
    if len(set(names)) < len(names):
        raise unfit(cells.path, "antibody occurs twice", "give each a name of its own", field)
    bit, means = found.layout.bit, _Means(len(found.patients), len(names))
    for first, column, values in parts(stored, names):
        here = np.flatnonzero(bit[first : first + len(values)] >= 0)
        if first + len(values) > len(bit) or np.isinf(values[here]).any():
            raise unfit(cells.path, "infinite value, or more rows than cells", "write unknown values as NaN", field)
        means.add(found.layout.patient(bit[first + here]), column, values[here])
    table = pd.DataFrame(means.of_patients(), names, found.patients)
    return Matrix(table.loc[:, found.layout.sizes > 0], unit=means.unit())


class _Means:
    """Sums and numbers of the values that are given, by patient and antibody, and what they look like."""

    def __init__(self, patients: int, antibodies: int) -> None:
        self._sums, self._given = np.zeros((patients, antibodies)), np.zeros((patients, antibodies))
        self._low, self._high, self._whole = np.inf, -np.inf, True

    def add(self, patient: Integers, column: slice, values: Floats) -> None:
        known = ~np.isnan(values)
        np.add.at(self._sums[:, column], patient, np.where(known, values, 0.0))
        np.add.at(self._given[:, column], patient, known)
        seen = values[known]
        self._low, self._high = min(self._low, seen.min(initial=np.inf)), max(self._high, seen.max(initial=-np.inf))
        self._whole &= bool((seen == np.rint(seen)).all())

    def of_patients(self) -> Floats:
        """Return antibody × patient; NaN where no cell has a value."""
        with np.errstate(invalid="ignore"):
            return (self._sums / self._given).T

    def unit(self) -> str:
        logged = self._low < 0 or (not self._whole and self._high < LOG_CEILING)
        return "log2 intensity" if logged else "intensity"
