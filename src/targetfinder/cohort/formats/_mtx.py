"""The three files that 10x pipelines write: matrix.mtx, barcodes.tsv and features.tsv (or genes.tsv), gzip or not."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from targetfinder.cohort._matrix import unfit
from targetfinder.cohort.formats._cell_rows import Entries

#: Lines of the matrix that are parsed at a time.
LINES = 1 << 20
NAME = re.compile(r"(.*?)matrix\.mtx(\.gz)?")
AGAIN = "copy the file again from where it was made"
SORTED = "write it again by cells: scipy.io.mmwrite of the matrix after tocsc(), with genes as rows"
DTYPES = {"integer": np.int32, "real": np.float64}


def parts(path: Path) -> dict[str, Path]:
    """Return the paths of matrix, barcodes and features, for a folder with one matrix or for the matrix itself.

    What stands before `matrix.mtx` in the name must stand before the others.

    Raises
    ------
    InputError
        If one of them is not there, or a folder has several matrices.
    """
    found = [file for file in sorted(path.iterdir()) if NAME.fullmatch(file.name)] if path.is_dir() else [path]
    if len(found) != 1:
        problem = f"{len(found)} files named matrix.mtx or matrix.mtx.gz"
        raise unfit(path, problem, "give a folder with one matrix, or the matrix itself", "file")
    name = NAME.fullmatch(found[0].name)
    if name is None or not found[0].is_file():
        raise unfit(path, "is no matrix.mtx or matrix.mtx.gz", "give a folder of 10x, or the matrix in it", "file")
    made = {"matrix": found[0]}
    for part, names in (("barcodes", ["barcodes"]), ("features", ["features", "genes"])):
        options = [found[0].with_name(f"{name[1]}{one}.tsv{end}") for one in names for end in ("", ".gz")]
        there = [option for option in options if option.is_file()]
        if not there:
            told = " or ".join(option.name for option in options)
            raise unfit(path, f"beside {found[0].name} there is no {told}", "put the three files together", "file")
        made[part] = there[0]
    return made


@contextmanager
def inflated(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, gzip or not (told by its first bytes), as bytes.

    Raises
    ------
    InputError
        If it cannot be read or ends early.
    """
    from isal import igzip, isal_zlib

    archive: Any = igzip.IGzipFile
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            yield archive(fileobj=raw) if packed else raw
    except (OSError, EOFError, zlib.error, isal_zlib.error) as error:  # type: ignore[misc]  # the last is a class
        raise unfit(path, f"damaged or truncated: {error}", AGAIN) from error


def lines(path: Path) -> pd.DataFrame:
    """Read a small table by tabs without header as text, one row a line."""
    with inflated(path) as handle:
        try:
            found = pd.read_csv(handle, sep="\t", header=None, dtype=str, quoting=3, keep_default_na=False)
        except (pd.errors.ParserError, UnicodeDecodeError) as error:
            raise unfit(path, f"cannot be read: {error}", AGAIN) from error
        except pd.errors.EmptyDataError as error:
            raise unfit(path, "is empty", AGAIN) from error
    return found


def entries(path: Path, shape: tuple[int, int]) -> Iterator[Entries]:
    """Yield the entries of a Matrix Market file of genes × cells, some lines at a time.

    Parameters
    ----------
    shape
        Cells, genes, as the files beside it say.

    Raises
    ------
    InputError
        If the file is no such matrix, is damaged, has another shape, ends early, or is not sorted by cells.
    """
    with inflated(path) as handle:
        kind, total, above = _begun(path, handle, shape)
        found, last = 0, 0
        for numbers in _chunks(path, handle, kind, above):
            gene, cell = (numbers[name].to_numpy() for name in ("gene", "cell"))
            for name, values, most in (("gene", gene, shape[1]), ("cell", cell, shape[0])):
                outside = np.flatnonzero((values < 1) | (values > most))
                if outside.size:
                    line, value = above + found + outside[0] + 1, values[outside[0]]
                    raise unfit(path, f"{name} {value} of {most} in line {line}", AGAIN, f"line {line}")
            falls = np.flatnonzero(np.diff(cell, prepend=last) < 0)
            if falls.size:
                line = above + found + falls[0] + 1
                raise unfit(path, f"is not sorted by cells (columns): line {line}", SORTED, f"line {line}")
            found, last = found + len(cell), cell[-1]
            yield Entries(cell - 1, (gene - 1).astype(np.int32), numbers["value"].to_numpy())
        if found != total:
            raise unfit(path, f"holds {found} entries, where its head says {total}: truncated", AGAIN)


def _begun(path: Path, handle: IO[bytes], shape: tuple[int, int]) -> tuple[str, int, int]:
    """Read the head; return the kind of number, how many entries there are, and the lines of the head."""
    banner = handle.readline(200).decode(errors="replace").split()
    if banner[:3] != ["%%MatrixMarket", "matrix", "coordinate"] or len(banner) < 5:
        raise unfit(path, "does not begin as a sparse Matrix Market file", "give matrix.mtx as 10x writes it", "line 1")
    if banner[3] not in DTYPES or banner[4] != "general":
        problem = f"{' '.join(banner[3:5])} instead of integer general or real general"
        raise unfit(path, problem, "give a matrix of counts", "line 1")
    above, line = 2, handle.readline()
    while line.startswith(b"%"):
        above, line = above + 1, handle.readline()
    size = line.split()
    if len(size) != 3 or not all(part.isdigit() for part in size):
        raise unfit(path, "no numbers of genes, cells and entries", AGAIN, f"line {above}")
    genes, cells, total = map(int, size)
    for name, number, beside in (("features", genes, shape[1]), ("barcodes", cells, shape[0])):
        if number != beside:
            problem = f"the matrix is of {number} {name}, the file of {name} has {beside}"
            raise unfit(path, problem, "put together the three files of one sample", name)
    return banner[3], total, above


def _chunks(path: Path, handle: IO[bytes], kind: str, above: int) -> Iterator[pd.DataFrame]:
    """Yield gene, cell (both from 1) and value of some lines at a time."""
    dtypes: dict[Any, Any] = {"gene": np.int64, "cell": np.int64, "value": DTYPES[kind]}
    try:
        read = pd.read_csv(handle, sep=" ", header=None, names=list(dtypes), dtype=dtypes, chunksize=LINES)
        with read:
            for chunk in read:
                if not isinstance(chunk.index, pd.RangeIndex):  # a fourth cell makes the first one a name
                    raise ValueError("more than three cells in a line")
                yield chunk
    except pd.errors.EmptyDataError:
        return
    except (pd.errors.ParserError, ValueError, OverflowError) as error:
        problem = f"a line below line {above} is no gene, cell and value: {error}"
        raise unfit(path, problem, f"give {kind} numbers, three in a line by spaces", "matrix") from error
