"""Matrices of cells that are not stored by rows of genes only: put in order on disk, or some columns of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from targetfinder.cohort._matrix import unfit
from targetfinder.sources.readers._h5ad import Block, Integers, Numbers, Rows, SparseRows, damaged
from targetfinder.sources.readers._h5ad_file import opened

#: Entries of a matrix by columns that are turned in memory: about 1 GB with all copies.
TURNED = 1 << 25
CHUNK = 1 << 18


class Entries(NamedTuple):
    """Some entries of a matrix in the order of cells: number of cell and of gene, value."""

    cells: Integers
    genes: npt.NDArray[np.int32]
    values: Numbers


@contextmanager
def spooled(parts: Iterable[Entries], shape: tuple[int, int]) -> Iterator[Rows]:
    """Write a matrix by cells into a temporary file, part by part, and open it; the file is removed at the end.

    Parameters
    ----------
    parts
        Their cells ascend, within each part and from part to part.
    shape
        Cells, genes.
    """
    import h5py

    with TemporaryDirectory(prefix="cells_") as folder:
        path = Path(folder) / "cells.h5"
        sizes = np.zeros(shape[0] + 1, dtype=np.int64)
        with h5py.File(path, "w") as file:
            for part in parts:
                sizes[1:] += np.bincount(part.cells, minlength=shape[0])
                for name, array in (("indices", part.genes), ("data", part.values)):
                    _append(file, name, array)
            for name in {"indices", "data"} - set(file):
                file.create_dataset(name, data=np.empty(0, np.int32))
            file["indptr"] = np.cumsum(sizes)
        with opened(path) as (file, descriptor):
            yield SparseRows(file["/"], descriptor, shape)


def _append(file: Any, name: str, array: npt.NDArray[Any]) -> None:
    if name not in file:
        file.create_dataset(name, shape=(0,), maxshape=(None,), chunks=(CHUNK,), dtype=array.dtype)
    dataset = file[name]
    dataset.resize(dataset.size + array.size, axis=0)
    dataset[dataset.size - array.size :] = array


def by_cells(group: Any) -> Iterator[Entries]:
    """Turn a matrix that anndata stored by columns (CSC), if it is small enough.

    Raises
    ------
    InputError
        If it is too large or damaged.
    """
    from scipy.sparse import csc_array

    path, size = group.file.filename, group["data"].size
    if size > TURNED:
        problem = f"the matrix is stored by columns (CSC), and with {size:,} entries too large to be turned"
        remedy = "read the file with anndata, convert the matrix with .tocsr() and write it again"
        raise unfit(path, problem, remedy, group.name[1:])
    shape = tuple(group.attrs["shape"].tolist())
    try:
        made = csc_array((group["data"][:], group["indices"][:], group["indptr"][:]), shape=shape)
        made.check_format(full_check=True)
        turned = made.tocsr()  # adds nothing up: an entry that occurs twice is found later
    except (ValueError, OSError) as error:
        raise damaged(path, group.name[1:], str(error)) from error
    cells = np.repeat(np.arange(shape[0]), np.diff(turned.indptr))
    yield Entries(cells, turned.indices.astype(np.int32), turned.data)


class SomeGenes:
    """Those columns of a matrix that are chosen, for files in which other features stand among the genes."""

    def __init__(self, rows: Rows, chosen: npt.NDArray[np.bool_], file: str) -> None:
        self.shape = (rows.shape[0], int(chosen.sum()))
        self._rows, self._file = rows, file
        self._number = np.where(chosen, np.cumsum(chosen) - 1, -1)

    def row(self, number: int) -> tuple[Numbers, Numbers]:
        """Return the values of one row and their gene numbers."""
        values, genes = self._rows.row(number)
        numbers = self._numbers(genes)
        return values[numbers >= 0], numbers[numbers >= 0]

    def blocks(self, pool: ThreadPoolExecutor, wanted: npt.NDArray[np.bool_], log: bool) -> Iterator[Block]:
        """Yield the blocks with a wanted row, in order."""
        for block in self._rows.blocks(pool, wanted, log):
            numbers = self._numbers(block.genes)
            kept = numbers >= 0
            bounds = np.append(0, np.cumsum(kept))[block.bounds]
            values, genes = block.values[kept], numbers[kept].view(np.uint64)
            values.flags.writeable = genes.flags.writeable = False  # as in every other block
            yield Block(block.first, bounds, values, genes)

    def _numbers(self, genes: Numbers) -> Integers:
        if genes.size and int(genes.max()) >= self._number.size:
            raise damaged(self._file, "matrix", f"gene number {genes.max()} of {self._number.size}")
        return self._number[genes]
