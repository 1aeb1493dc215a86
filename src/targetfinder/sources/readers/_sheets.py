"""Tables that are published as text or as a workbook: found by their header, indexed by line."""

from __future__ import annotations

import datetime
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, Any

import pandas as pd

from targetfinder.sources.readers._checks import by_line
from targetfinder.sources.readers._common import bad, require, text
from targetfinder.sources.readers._lines import rectangular
from targetfinder.sources.registry import SourceTable

_ZIP = b"PK\x03\x04"
#: A workbook may have titles above its header, no more than this.
_TITLES = 10


def sheet(handle: IO[bytes], table: SourceTable, columns: Sequence[str], separator: str) -> pd.DataFrame:
    """Read the table that has `columns`, as strings, indexed by the line of the file.

    In a workbook it is the first sheet with these columns in one of its first rows. Empty cells are missing, and so
    are cells that a spreadsheet program turned into dates: no symbol can be told from them.

    Raises
    ------
    InputError
        If no sheet has these columns, the file is damaged, or a row has a cell beyond the header.
    """
    start = handle.read(len(_ZIP))
    handle.seek(0)
    if start != _ZIP:
        rectangular(handle, table, separator)
        return by_line(text(handle, table, columns, separator))
    for rows in _worksheets(handle, table):
        for line, header in enumerate(islice(rows, _TITLES), start=1):
            if set(columns) <= set(header):
                return _frame(header, rows, line + 1, columns, table)
    raise bad(table, "no sheet of the workbook has the columns", ", ".join(columns))


def _worksheets(handle: IO[bytes], table: SourceTable) -> Iterator[Iterator[tuple[Any, ...]]]:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Unknown extension")  # formatting that is not read
            book = openpyxl.load_workbook(handle, read_only=True, data_only=True)
            for worksheet in book.worksheets:
                yield worksheet.iter_rows(values_only=True)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, SyntaxError, EOFError, OSError) as error:
        raise bad(table, f"not a whole workbook: {error}") from error


def _frame(
    header: tuple[Any, ...], rows: Iterator[tuple[Any, ...]], first: int, columns: Sequence[str], table: SourceTable
) -> pd.DataFrame:
    """Return the rows under a header as strings, refusing those that are longer."""
    named = [i for i, name in enumerate(header) if name is not None]
    cells = []
    for line, row in enumerate(rows, start=first):
        beyond = [cell for i, cell in enumerate(row) if cell is not None and i not in named]
        if beyond:
            raise bad(table, f"line {line} has a cell without a header: '{beyond[0]}'")
        cells.append([_text(row[i]) if i < len(row) else None for i in named])
    frame = pd.DataFrame(cells, columns=[str(header[i]) for i in named], dtype=object)
    require(frame, columns, table)
    return by_line(frame, first).dropna(how="all")


def _text(cell: Any) -> str | None:
    return None if cell is None or isinstance(cell, datetime.datetime | datetime.date) else str(cell).strip() or None
