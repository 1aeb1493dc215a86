"""Tables of a user that are no text: workbooks and parquet files."""

from __future__ import annotations

import datetime
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from targetfinder.cohort._matrix import unfit
from targetfinder.cohort.formats._text import MISSING, Text, named, not_a_number
from targetfinder.units import Floats

NOTHING = "holds no rows", "give a table with a header and one row for each gene"


class Frame(NamedTuple):
    """A table in memory, and the row of the file that its first row is."""

    path: Path
    frame: pd.DataFrame
    first: int

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return list(self.frame.columns)

    def line(self, row: int) -> str:
        """Say where a row stands in the file."""
        return f"row {row + self.first}"

    def read(self, texts: Sequence[str], numbers: Sequence[str]) -> tuple[pd.DataFrame, Floats]:
        """Return some columns as texts (rows × `texts`) and some as numbers (rows × `numbers`).

        Raises
        ------
        InputError
            Naming row and column of the first cell of a column that is no finite number.
        """
        values = np.empty((len(numbers), len(self.frame)))
        for place, name in enumerate(numbers):
            values[place], wrong = _floats(self.frame[name])
            if wrong.any():
                row = int(wrong.argmax())
                raise not_a_number(self.path, self.frame[name].iloc[row], self.line(row), name)
        return self.frame[list(texts)].map(_spelled), values.T


#: Any table whose columns can be read by name.
Table = Text | Frame


def _floats(cells: pd.Series) -> tuple[Floats, np.ndarray]:
    """Return the numbers of a column, and which of its cells should be one and are none."""
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        values = cells.to_numpy(float, na_value=np.nan)
        return values, np.isinf(values)
    cells = cells.astype(object)
    numeric = ~np.array([isinstance(cell, bool | datetime.date) for cell in cells], dtype=bool)
    missing = (cells.isna() | cells.isin(MISSING)).to_numpy()
    values = np.full(len(cells), np.nan)
    values[numeric & ~missing] = pd.to_numeric(cells[numeric & ~missing], errors="coerce")
    return values, ~missing & ~np.isfinite(values)


def _spelled(cell: Any) -> str | None:
    """Return a cell as text; a date in the place of a symbol becomes an ISO date, which `names` understands."""
    return None if pd.isna(cell) or cell in MISSING else str(cell)


def workbook(path: Path) -> Frame:
    """Read the first sheet of a workbook, whose first row is the header.

    Raises
    ------
    InputError
        If it is no workbook, damaged or empty, or has a cell without a header.
    """
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # formatting that is not read
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            rows = list(book.worksheets[0].iter_rows(values_only=True))
            book.close()
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, SyntaxError, OSError, EOFError) as error:
        raise unfit(path, f"not a whole workbook: {error}", "save it as xlsx or as tab-separated text") from error
    filled = [max((place for place, cell in enumerate(row, 1) if cell is not None), default=0) for row in rows]
    width = max(filled, default=0)
    while filled and not filled[-1]:  # formatted, but empty
        filled.pop()
    cells = [(*row, *[None] * width)[:width] for row in rows[: len(filled)]]
    if len(cells) < 2:
        raise unfit(path, *NOTHING)
    header = ["" if name is None else str(name).strip() for name in cells[0]]
    return Frame(path, pd.DataFrame(cells[1:], columns=named(path, header, "row 1"), dtype=object), first=2)


def parquet(path: Path) -> Frame:
    """Read a parquet file; an index that is no mere count becomes the first column.

    Raises
    ------
    InputError
        If it is no parquet file, damaged or empty, or its index has several levels.
    """
    import pyarrow as pa

    try:
        frame = pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unfit(path, f"not a whole parquet file: {error}", "write it again") from error
    if frame.empty:
        raise unfit(path, *NOTHING)
    if frame.index.nlevels > 1:
        raise unfit(path, "its index has several levels", "write one column of gene ids")
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index(names="" if frame.index.name is None else str(frame.index.name))
    frame.columns = pd.Index(named(path, [str(name).strip() for name in frame.columns], "the schema"))
    return Frame(path, frame, first=1)
