"""In which cell each gene was detected: one bit each, gene by gene, written while the cells stream past.

The file is a .npy array of bytes, gene × width, bits as `numpy.packbits` orders them. The cells of a patient (of a
normal atlas: of a tissue, cell type and donor) stand side by side and begin at a multiple of 64 bits; bits between
patients are 0. So the cells that have two genes are counted, for each patient, by the bits of `a & b`, also as 64-bit
words: `matrix.view(numpy.uint64)`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from targetfinder.compiled import compiled

if TYPE_CHECKING:
    from targetfinder.sources.readers._h5ad import Block, Integers

#: Patients begin at a multiple of so many bits.
WORD = 64
#: Cells that are written by cell, and turned to be by gene, at a time.
CELLS = 1 << 15

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Layout:
    """Where the bit of each cell is.

    Attributes
    ----------
    bit
        Place of each cell of the file in a row of bits; -1 for a cell that has none.
    starts, sizes
        First bit and number of cells of each patient.
    width
        Bytes in a row: a multiple of 8.
    """

    bit: Integers
    starts: Integers
    sizes: Integers
    width: int

    def patient(self, bits: Integers) -> Integers:
        """Return the patient of each of some bits of cells."""
        return np.searchsorted(self.starts, bits, side="right") - 1

    def words(self, patient: int) -> slice:
        """Return the columns of a patient in a matrix of 64-bit words."""
        start = int(self.starts[patient]) // WORD
        return slice(start, start - int(-self.sizes[patient] // WORD))


def layout(patient: Integers, n_patients: int) -> Layout:
    """Return where the bits of cells go, by patient and then as the file orders them.

    Parameters
    ----------
    patient
        Number of each cell's patient; -1 for a cell that has no bit.
    """
    sizes = np.bincount(patient[patient >= 0], minlength=n_patients)
    padded = -(-sizes // WORD) * WORD
    starts = np.cumsum(padded) - padded
    order = np.argsort(patient, kind="stable")
    order = order[np.searchsorted(patient[order], 0) :]
    first = np.cumsum(sizes) - sizes
    bit = np.full(len(patient), -1)
    owner = patient[order]
    bit[order] = starts[owner] + np.arange(len(order)) - first[owner]
    return Layout(bit, starts, sizes, int(padded.sum()) // 8)


@contextmanager
def writing(path: Path, places: Integers, n_genes: int, where: Layout) -> Iterator[Any]:
    """Return a function that takes each `Block` of the matrix; at the end the file is there, and never a part of it.

    Needs some 50 MB of memory whatever the number of cells, and as much disk again as the file until the end.

    Parameters
    ----------
    places
        Row of each gene of the matrix in the file, -1 if it has none; genes of one row are joined by OR.
    n_genes
        Rows of the file; a row of no gene stays 0, so that it is for the caller to know what was measured.
    """
    by_cell, part = path.with_name(f"{path.name}.cells"), path.with_name(f"{path.name}.part")
    size = -(-n_genes // 8)
    try:
        with by_cell.open("w+b") as handle:
            handle.truncate(where.width * 8 * size)
            yield lambda block: _add(block, places, where, size, handle.fileno())
            _turn(handle.fileno(), size, part, n_genes, where.width)
        part.replace(path)
    finally:
        by_cell.unlink(missing_ok=True)
        part.unlink(missing_ok=True)


def _add(block: Block, places: Integers, where: Layout, size: int, descriptor: int) -> None:
    """Write the bits of a block, one row a cell, each run of neighbours at once."""
    here = where.bit[block.first : block.first + block.bounds.size - 1]
    cells = np.flatnonzero(here >= 0)
    for start in range(0, len(cells), CELLS):
        some = cells[start : start + CELLS]
        some = some[np.argsort(here[some])]
        rows = np.zeros((len(some), size), dtype=np.uint8)
        compiled(_set)(some, block.bounds, block.values, block.genes, places, rows)
        runs = np.append(np.flatnonzero(np.diff(here[some], prepend=-9) != 1), len(some)).tolist()
        for a, b in pairwise(runs):
            _write(descriptor, rows[a:b], int(here[some[a]]) * size)


def _set(cells: Any, bounds: Any, values: Any, genes: Any, places: Any, rows: Any) -> None:
    for n in range(cells.size):
        for k in range(bounds[cells[n]], bounds[cells[n] + 1]):
            place = places[genes[k]]
            if place >= 0 and values[k] > 0:
                rows[n, place >> 3] |= np.uint8(128 >> (place & 7))


def _turn(descriptor: int, size: int, path: Path, n_genes: int, width: int) -> None:
    """Write rows of genes from rows of cells."""
    with path.open("w+b") as out:
        head = {"descr": "|u1", "fortran_order": False, "shape": (n_genes, width)}
        np.lib.format.write_array_header_1_0(out, head)
        out.flush()
        begin = out.tell()
        out.truncate(begin + n_genes * width)
        for first in range(0, width * 8, CELLS):
            cells = min(CELLS, width * 8 - first)
            rows = np.frombuffer(os.pread(descriptor, cells * size, first * size), np.uint8).reshape(cells, size)
            genes = np.zeros((8 * size, cells // 8), dtype=np.uint8)
            compiled(_transpose)(rows, genes)
            for n in range(n_genes):
                _write(out.fileno(), genes[n], begin + n * width + first // 8)


def _transpose(rows: Any, genes: Any) -> None:
    for cell in range(rows.shape[0]):
        for byte in range(rows.shape[1]):
            bits = rows[cell, byte]
            for k in range(8 if bits else 0):
                if bits & (128 >> k):
                    genes[8 * byte + k, cell >> 3] |= np.uint8(128 >> (cell & 7))


def _write(descriptor: int, data: Bytes, place: int) -> None:
    """Write all of it, however much the system takes at a time."""
    view = memoryview(data.tobytes())
    while len(view):
        done = os.pwrite(descriptor, view, place)
        view, place = view[done:], place + done
