"""The shape of delimited text: every line has as many cells as the header."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import IO

import numpy as np

from targetfinder.sources.readers._common import bad
from targetfinder.sources.registry import SourceTable

BLOCK = 4 << 20


def rectangular(handle: IO[bytes], table: SourceTable, separator: str, first: int = 1) -> list[str]:
    """Return the header, in line `first`, of a table in which every line has as many cells; rewind to the header.

    What pandas would let pass is refused here: a line that was cut, a separator that changes, a name of a column that
    occurs twice. Cells may be quoted, but must not hold a line end.
    """
    start = handle.tell()
    header = _cells(handle.readline().decode("utf-8-sig", errors="replace"), separator)
    if not header:
        raise bad(table, f"line {first}, where the header should be, is empty")
    if header[0].lstrip().startswith("<"):
        raise bad(table, f"a web page and no table: '{header[0][:40]}' in line {first}", None, "fetch the file again")
    doubled = next((name for n, name in enumerate(header) if name in header[:n]), None)
    if doubled is not None:
        raise bad(table, f"column occurs twice in line {first}", doubled, "give every column a name of its own")
    above = first
    for text in _whole_lines(handle):
        for nth, line in _suspects(text, separator, len(header)):
            cells = len(_cells(line, separator))
            if cells != len(header) and line.strip():
                raise bad(table, f"{cells} cells in line {above + nth + 1}, where the header has {len(header)}")
        above += text.count(b"\n")
    handle.seek(start)
    return header


def _whole_lines(handle: IO[bytes]) -> Iterator[bytes]:
    """Yield some lines at a time, each ended by a line feed."""
    rest = b""
    while chunk := handle.read(BLOCK):
        text, end, rest = (rest + chunk).rpartition(b"\n")
        yield text + end
    if rest:
        yield rest + b"\n"


def _suspects(text: bytes, separator: str, cells: int) -> Iterator[tuple[int, str]]:
    """Yield lines, and which they are, that have another number of separators; all lines if some cell is quoted."""
    codes = np.frombuffer(text, np.uint8)
    counted = np.cumsum(codes == ord(separator))[codes == ord("\n")]
    uneven = (np.diff(counted, prepend=0) != cells - 1) | (b'"' in text)
    if uneven.any():
        lines = text.split(b"\n")
        yield from ((int(nth), lines[nth].decode(errors="replace")) for nth in np.flatnonzero(uneven))


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []
