"""Delimited text of a user: every line has as many cells as the header, and every number is one.

The fast way (pyarrow, all cores) only says that something is wrong; where it is, a second, slow reading says.
"""

from __future__ import annotations

import csv
import io
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import numpy as np
import pandas as pd

from targetfinder.cohort._matrix import unfit
from targetfinder.errors import InputError
from targetfinder.units import Floats

#: What a cell without a value holds.
MISSING = ("", "NA", "NaN", "nan", "N/A", "#N/A")
NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
#: Bytes that pyarrow parses at once; a line must fit in.
BLOCK = 8 << 20
#: First bytes of what is often saved under the name of a text, and what it is.
NO_TEXT = {
    b"PK\x03\x04": "a workbook or zip archive",
    b"\xd0\xcf\x11\xe0": "an old workbook (xls)",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a parquet file",
    b"BZh": "packed by bzip2",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, inflated if its first bytes are those of gzip.

    Raises
    ------
    InputError
        If it cannot be read or inflated to its end, or is no text.
    """
    from isal import igzip, isal_zlib

    inflated: Any = igzip.IGzipFile
    try:
        with path.open("rb") as raw:
            start = raw.read(4)
            raw.seek(0)
            with inflated(fileobj=raw) if start.startswith(b"\x1f\x8b") else raw as handle:
                kind = next((kind for first, kind in NO_TEXT.items() if start.startswith(first)), None)
                if kind:
                    raise unfit(path, f"is {kind}, not a text", "save it as tab-separated text in UTF-8")
                yield handle
    except (OSError, EOFError, zlib.error, cast("type[Exception]", isal_zlib.error)) as error:
        raise unfit(path, f"cannot be read, damaged or truncated: {error}", "bring the whole file again") from error


class Text(NamedTuple):
    """A delimited text: its separator, the names of its columns, and how many lines are above the first row."""

    path: Path
    separator: str
    names: list[str]
    above: int

    def read(self, texts: Sequence[str], numbers: Sequence[str]) -> tuple[pd.DataFrame, Floats]:
        """Return some columns as texts (rows × `texts`) and some as numbers (rows × `numbers`); empty lines are none.

        Raises
        ------
        InputError
            Naming line and column of a cell that is no finite number, or the first line that has more or
            fewer cells than the header.
        """
        import pyarrow as pa
        from pyarrow import csv as arrow

        kinds = {name: pa.string() for name in texts} | {name: pa.float64() for name in numbers}
        options = arrow.ConvertOptions(
            column_types=kinds, include_columns=list(kinds), null_values=list(MISSING), strings_can_be_null=True
        )
        names = arrow.ReadOptions(column_names=self.names, skip_rows=self.above, block_size=BLOCK)
        cells = arrow.ParseOptions(delimiter=self.separator)
        try:
            with opened(self.path) as handle:
                table = arrow.read_csv(handle, names, cells, options)
        except pa.ArrowInvalid as error:
            column = re.search(r"CSV column #(\d+)", str(error))
            suspects = {self.names[int(column[1])]} & set(numbers) if column else set()
            raise self._first_wrong(suspects, str(error)) from error
        values = np.empty((len(numbers), table.num_rows))
        for place, name in enumerate(numbers):  # a column is forgotten as soon as it is copied
            values[place] = table.column(name).to_numpy()
            table = table.drop_columns([name])
        infinite = np.isinf(values).any(axis=1)
        if infinite.any():
            raise self._first_wrong({numbers[int(infinite.argmax())]}, "a number is infinite")
        return table.select(list(texts)).to_pandas(), values.T

    def line(self, row: int) -> str:
        """Say where a row stands in the file."""
        return next((f"line {line}" for nth, (line, _) in enumerate(self.rows()) if nth == row), f"row {row + 1}")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line number and cells of every line below the header that is not empty."""
        with opened(self.path) as handle:
            for line, cells in _cells(handle, self.path, self.separator):
                if line > self.above and cells:
                    yield line, cells

    def _first_wrong(self, suspects: set[str], told: str) -> InputError:
        """Return the first line that is not as long as the header, or has no number in a suspected column."""
        places = [(self.names.index(name), name) for name in suspects]
        line = self.above
        for line, cells in self.rows():
            if len(cells) != len(self.names):
                problem = f"{len(cells)} cells in line {line}, where the header has {len(self.names)}"
                remedy = "give every line the same cells, by the same separator (in R: write.table with col.names=NA)"
                return unfit(self.path, problem, remedy)
            if "UTF8" in told and any("\ufffd" in cell for cell in cells):
                return unfit(self.path, f"line {line} is not UTF-8", "save it as tab-separated text in UTF-8")
            for place, name in places:
                if not _is_number(cells[place]):
                    return not_a_number(self.path, cells[place], f"line {line}", name)
        if line == self.above:
            return unfit(self.path, "holds no rows", "give a file with one row for each gene")
        return unfit(self.path, f"not delimited text: {told}", "save it as tab-separated text in UTF-8")


def not_a_number(path: Path, cell: object, at: str, column: str) -> InputError:
    """Return the error of a cell that should be a number."""
    remedy = "write finite numbers with a decimal point, NA where missing; name a column that is no sample in skip="
    return unfit(path, f"'{str(cell)[:40]}' in {at} is not a finite number", remedy, column)


def _is_number(cell: str) -> bool:
    return cell in MISSING or (NUMBER.fullmatch(cell.strip()) is not None and math.isfinite(float(cell)))


def _cells(handle: IO[bytes], path: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of every line."""
    text = io.TextIOWrapper(handle, encoding="utf-8-sig", errors="replace", newline="")
    reader = csv.reader(text, delimiter=separator)
    above = 0
    try:
        for cells in reader:
            if reader.line_num > above + 1:
                remedy = "write cells without line ends, and quotes in pairs"
                raise unfit(path, f"a quote that opens in line {above + 1} closes in another line", remedy)
            above = reader.line_num
            yield above, cells
    except csv.Error as error:
        raise unfit(path, f"line {above + 1}: {error}", "write every quote in pairs, and text only") from error
    finally:
        text.detach()


def open_text(path: Path, above: int = 0) -> Text:
    """Return a text by its header, which is in line `above` + 1; tab, comma or semicolon separates cells.

    Raises
    ------
    InputError
        If the file is empty, a web page or no table, or if a column has no name (but the first) or that of another.
    """
    separator, names = first_cells(path, above)
    return Text(path, separator, named(path, names, f"line {above + 1}"), above + 1)


def first_cells(path: Path, above: int = 0) -> tuple[str, list[str]]:
    """Return the separator and the cells of line `above` + 1.

    Raises
    ------
    InputError
        If the line is empty, of a web page, or one cell.
    """
    with opened(path) as handle:
        for _ in range(above):
            handle.readline()
        line = handle.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n")
    at = f"line {above + 1}"
    if not line.strip():
        raise unfit(path, f"is empty, or {at} is", "give the whole file, its first line as the tool writes it")
    if line.lstrip().startswith("<"):
        raise unfit(path, f"a web page and no table: '{line.strip()[:40]}' in {at}", "download the file itself")
    if "\r" in line:
        raise unfit(path, f"a carriage return inside {at}", "save it with the line ends of Unix or Windows")
    separator = next((sign for sign in "\t,;" if sign in line), None)
    if separator is None:
        remedy = "give its format as gct" if line.startswith("#1.") else "separate cells by tab, comma or semicolon"
        raise unfit(path, f"only one column in {at}: '{line[:40]}'", remedy)
    return separator, [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


def named(path: Path, names: list[str], at: str) -> list[str]:
    """Return the names of columns; all but the first must have one, and none twice.

    Raises
    ------
    InputError
        Naming the column.
    """
    for place, name in enumerate(names):
        if place and not name:
            raise unfit(path, f"column {place + 1} has no name in {at}", "name every column, or delete it")
        if name in names[:place]:
            raise unfit(path, f"column occurs twice in {at}", "give every column a name of its own", name)
    return names
