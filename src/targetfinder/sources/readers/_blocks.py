"""Large delimited text by blocks, through pyarrow: bounded memory, text as categories, errors that name the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, Any

from targetfinder.errors import InputError
from targetfinder.sources.readers._common import bad
from targetfinder.sources.registry import SourceTable

_MISSING = ["", "NA", "NaN", "nan"]


def blocks(
    handle: IO[bytes],
    table: SourceTable,
    columns: Sequence[str],
    *,
    text: Sequence[str],
    numbers: Sequence[str] = (),
    separator: str = "\t",
    first: int = 2,
    size: int = 8 << 20,
) -> Iterator[tuple[int, Any]]:
    """Yield (line of its first row, pyarrow record batch) from where `handle` stands.

    Parameters
    ----------
    columns
        Names of all columns of the file, in order.
    text, numbers
        Names of the columns to keep, as dictionaries of text and as floats (missing: `_MISSING`). Quotes are letters.
    first
        Line of the file at which `handle` stands.
    size
        Bytes of a block; wide tables need large ones, because each block costs something for each column.

    Raises
    ------
    InputError
        If there is no row, a line has not as many cells as `columns`, a cell is no number, or the text is not UTF-8.
    """
    import pyarrow as pa
    from pyarrow import csv

    types = dict.fromkeys(text, pa.dictionary(pa.int32(), pa.string())) | dict.fromkeys(numbers, pa.float64())
    try:
        reader = csv.open_csv(
            handle,
            read_options=csv.ReadOptions(column_names=list(columns), block_size=size),
            parse_options=csv.ParseOptions(delimiter=separator, quote_char=False),
            convert_options=csv.ConvertOptions(include_columns=list(types), column_types=types, null_values=_MISSING),
        )
        line = first
        for batch in reader:
            yield line, batch
            line += batch.num_rows
        if line == first:
            raise bad(table, "holds no rows")
    except pa.ArrowInvalid as error:
        raise _fault(handle, table, list(columns), set(numbers), separator, first) from error


def _fault(
    handle: IO[bytes], table: SourceTable, columns: list[str], numbers: set[str], separator: str, first: int
) -> InputError:
    """Read again from the start to find the line at fault; slow, and only on the way to an error."""
    handle.seek(0)
    rows = 0
    for line, raw in enumerate(handle, start=1):
        cells = raw.decode("utf-8", errors="replace").rstrip("\r\n").split(separator)
        if line < first or cells == [""]:
            continue
        rows += 1
        if len(cells) != len(columns):
            return bad(table, f"line {line} has {len(cells)} cells, not {len(columns)}")
        for name, cell in zip(columns, cells, strict=True):
            if name in numbers and not _is_number(cell):
                return bad(table, f"not a number: '{cell}' in line {line}", name)
    return bad(table, "not text in UTF-8, or not separated as it should be" if rows else "holds no rows")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell in _MISSING
    return True
