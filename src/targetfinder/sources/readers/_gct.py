"""The lines of a large gct file as blocks of numbers, in bounded memory.

One thread inflates the file. Others take whole lines of it, parse them with a compiled function and reduce them at
once; the numbers are then forgotten. Every number is a float64 and equals Python's `float` of its text.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Generic, NamedTuple, TypeVar

import numpy as np

from targetfinder.errors import InputError
from targetfinder.sources.readers._decimals import BadCell, Counts, parse_line
from targetfinder.units import Floats

Reduced = TypeVar("Reduced")

#: Bytes of text in one task: some fifty lines of GTEx, ten megabytes as numbers.
BLOCK = 4 << 20
WORKERS = 3
COUNT = re.compile(rb"[1-9]\d{0,8}")
GENE_ID = re.compile(r"ENSG(R?)\d+(\.\d+)?(_PAR_Y)?")
OTHER_SPECIES = re.compile(r"ENS[A-Z]+G\d+")


class Gct(NamedTuple):
    """An open gct file behind its header: how many genes it announces, and its samples."""

    path: Path
    announced: int
    samples: list[str]
    body: IO[bytes]

    def wrong(self, problem: str, remedy: str, field: str | None = None) -> InputError:
        """Return what is wrong with this file as an error."""
        return InputError(problem, file=self.path, field=field, remedy=remedy)


class Row(NamedTuple):
    """One line; `par_y` if its gene repeats one of X on the pseudoautosomal region of Y."""

    gene: str
    symbol: str
    line: int
    par_y: bool


class Block(NamedTuple, Generic[Reduced]):
    """Some lines of the file, and what became of the values of those that are not `par_y`."""

    rows: list[Row]
    reduced: Reduced


@contextmanager
def open_gct(path: Path) -> Iterator[Gct]:
    """Open a gct 1.2 file, plain or gzip (told apart by its first bytes; several members are read as one).

    Raises
    ------
    InputError
        If the file cannot be opened or inflated to its end, or does not begin as a gct does.
    """
    from isal import igzip, isal_zlib

    inflated: Any = igzip.IGzipFile
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            yield _begun(path, inflated(fileobj=raw) if packed else raw)
    except (OSError, EOFError, zlib.error, isal_zlib.error) as error:  # type: ignore[misc]  # the last is a class
        problem = f"cannot be read, damaged or truncated: {error}"
        raise InputError(problem, file=path, remedy="fetch the file again") from error


def _begun(path: Path, body: IO[bytes]) -> Gct:
    """Read the three lines of the header."""

    def wrong(problem: str, line: int) -> InputError:
        remedy = "give a gct 1.2 file: '#1.2', genes and samples, then Name, Description and the samples, all by tabs"
        return InputError(f"{problem} in line {line}", file=path, remedy=remedy)

    version = body.readline(BLOCK).removeprefix(b"\xef\xbb\xbf").strip()
    if version != b"#1.2":
        raise wrong("HTML or XML" if version.startswith(b"<") else f"'{_shown(version)}' instead of '#1.2'", 1)
    shape = body.readline(BLOCK).split()
    if len(shape) != 2 or not all(COUNT.fullmatch(part) for part in shape):
        raise wrong("no numbers of genes and samples", 2)
    names = body.readline().decode(errors="replace").rstrip("\r\n").split("\t")
    samples = names[2:]
    if names[:2] != ["Name", "Description"]:
        raise wrong("no columns Name and Description", 3)
    if len(samples) != int(shape[1]):
        raise wrong(f"line 2 announces {int(shape[1])} samples, but there are {len(samples)}", 3)
    if len(set(samples)) != len(samples):
        raise wrong(f"sample '{next(s for s in samples if samples.count(s) > 1)}' twice", 3)
    return Gct(path, int(shape[0]), samples, body)


def reduced(gct: Gct, place: Counts, reduce: Callable[[Floats], Reduced]) -> Iterator[Block[Reduced]]:
    """Parse the body of a gct in blocks, in the order of the file.

    Parameters
    ----------
    gct
        The open file.
    place
        The column in which the values of each sample are wanted.
    reduce
        Takes the values of a block (gene × sample, missing ones NaN), which it may change; runs in threads.

    Raises
    ------
    InputError
        Naming the line, if one is ragged or holds a gene of another species or one that occurred before, or a cell
        that is negative, infinite or no number; or if there are fewer or more genes than the header announces.
    """
    lines: dict[str, int] = {}
    for block in _in_threads(gct, place, reduce):
        for row in block.rows:
            key = row.gene if row.par_y else row.gene.partition(".")[0]
            if key in lines:
                problem = f"gene '{key}' occurs twice, in line {lines[key]} and line {row.line}"
                raise gct.wrong(problem, "keep one line for each gene", "Name")
            lines[key] = row.line
        yield block
    if len(lines) != gct.announced:
        problem = f"line 2 announces {gct.announced} genes, but there are {len(lines)}"
        raise gct.wrong(problem, "fetch the file again: it is truncated, or was changed")


def _in_threads(gct: Gct, place: Counts, reduce: Callable[[Floats], Reduced]) -> Iterator[Block[Reduced]]:
    """Parse and reduce blocks while the next ones are inflated; only a few are under way at a time."""
    with ThreadPoolExecutor(WORKERS) as pool:
        under_way: deque[Future[Block[Reduced]]] = deque()
        for line, text in _whole_lines(gct.body, first=4):
            under_way.append(pool.submit(_block, text, line, gct, place, reduce))
            if len(under_way) > WORKERS:
                yield under_way.popleft().result()
        for future in under_way:
            yield future.result()


def _whole_lines(body: IO[bytes], first: int) -> Iterator[tuple[int, bytes]]:
    """Yield some lines at a time, each ended by a line feed, with the number of the first."""
    rest = b""
    while chunk := body.read(BLOCK):
        cut = chunk.rfind(b"\n") + 1
        if cut:
            text, rest = rest + chunk[:cut], chunk[cut:]
            yield first, text
            first += text.count(b"\n")
        else:
            rest += chunk
    if rest:
        yield first, rest + b"\n"


def _block(text: bytes, line: int, gct: Gct, place: Counts, reduce: Callable[[Floats], Reduced]) -> Block[Reduced]:
    values = np.empty((text.count(b"\n"), len(place)))
    rows: list[Row] = []
    filled = start = 0
    while start < len(text):
        feed = text.index(b"\n", start)
        end = feed - text.endswith(b"\r", start, feed)
        if end > start:
            row, cells = _named(text, start, end, line, gct)
            _fill(values[filled], place, text, cells, end, line, gct)
            rows.append(row)
            filled += not row.par_y  # else the next line overwrites it
        start, line = feed + 1, line + 1
    return Block(rows, reduce(values[:filled]))


def _named(text: bytes, start: int, end: int, line: int, gct: Gct) -> tuple[Row, int]:
    """Return gene and symbol of a line, and where its values begin."""
    first = text.find(b"\t", start, end)
    second = text.find(b"\t", first + 1, end)
    if min(first, second) < 0:
        raise _ragged(text.count(b"\t", start, end) + 1, line, gct)
    gene, symbol = (part.decode(errors="replace") for part in (text[start:first], text[first + 1 : second]))
    known = GENE_ID.fullmatch(gene)
    if not known:
        kind = "gene of another species" if OTHER_SPECIES.match(gene) else "not a human Ensembl gene id"
        remedy = "give a human matrix with Ensembl gene ids as Name"
        raise gct.wrong(f"{kind}: '{gene[:40]}' in line {line}", remedy, "Name")
    return Row(gene, symbol, line, bool(known[1] or known[3])), second + 1


def _fill(values: Floats, place: Counts, text: bytes, start: int, end: int, line: int, gct: Gct) -> None:
    try:
        if not parse_line(text, start, end, place, values):
            raise _ragged(text.count(b"\t", start, end) + 3, line, gct)
    except BadCell as error:
        problem = f"{error.problem}: '{_shown(error.cell)}' in line {line}"
        remedy = "give linear expression, which is finite and not negative; what is missing stays empty, NA or NaN"
        raise gct.wrong(problem, remedy, gct.samples[error.column]) from error


def _ragged(cells: int, line: int, gct: Gct) -> InputError:
    problem = f"{cells} cells in line {line}, where the header has {len(gct.samples) + 2}"
    return gct.wrong(problem, "separate the cells by single tabs, or fetch the file again if it is truncated")


def _shown(cell: bytes) -> str:
    return cell[:40].decode(errors="backslashreplace")
