"""The matrix of an h5ad file as a stream of blocks of rows, in memory that does not grow with the number of rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt

from targetfinder.sources.readers._h5_array import Array, Integers, Numbers, damaged

__all__ = ["Block", "DenseRows", "Integers", "Numbers", "Rows", "SparseRows", "damaged"]

#: Elements in one block: the more cells of a group meet in it, the more of its sums stay in the processor's cache.
BLOCK = 8 << 20
#: Blocks that are fetched while one is added up.
AHEAD = 2


class Block(NamedTuple):
    """Some whole rows: the number of the first, where each begins and the last ends, values and gene numbers.

    Values are float32 or float64, gene numbers unsigned; both are read-only.
    """

    first: int
    bounds: Integers
    values: Numbers
    genes: Numbers


class Rows(Protocol):
    """A matrix of cell × gene in a file."""

    shape: tuple[int, int]

    def row(self, number: int) -> tuple[Numbers, Numbers]:
        """Return the values of one row and their gene numbers, as stored."""

    def blocks(self, pool: ThreadPoolExecutor, wanted: npt.NDArray[np.bool_], log: bool) -> Iterator[Block]:
        """Yield the blocks with a wanted row, in order, each valid until the next; exp(x) - 1 of values if `log`."""


class SparseRows:
    """A compressed sparse row (CSR) matrix: `data`, `indices`, `indptr`; its shape is an attribute if not given."""

    def __init__(self, group: Any, descriptor: int, shape: tuple[int, int] | None = None) -> None:
        self.shape: tuple[int, int] = shape or tuple(group.attrs["shape"].tolist())
        self._bounds: Integers = group["indptr"][:].astype(np.int64)
        self._values, self._genes = (Array(group[name], descriptor) for name in ("data", "indices"))
        fits = self._bounds.size == self.shape[0] + 1 and self._bounds[0] == 0 and (np.diff(self._bounds) >= 0).all()
        if not fits or {self._values.size, self._genes.size} != {int(self._bounds[-1])}:
            raise damaged(group.file.filename, f"{group.name}/indptr", "does not fit to data, indices and shape")

    def row(self, number: int) -> tuple[Numbers, Numbers]:
        start, stop = self._bounds[number : number + 2].tolist()
        values, genes = (np.empty(stop - start, array.dtype) for array in (self._values, self._genes))
        return self._values.part(start, stop, values), self._genes.part(start, stop, genes)

    def blocks(self, pool: ThreadPoolExecutor, wanted: npt.NDArray[np.bool_], log: bool) -> Iterator[Block]:
        spans = [(a, b) for a, b in pairwise(self._cuts()) if wanted[a:b].any()]
        longest = max((int(self._bounds[b] - self._bounds[a]) for a, b in spans), default=0)
        ring = [[np.empty(longest, array.dtype) for array in (self._values, self._genes)] for _ in range(AHEAD + 1)]

        def fetch(number: int) -> Callable[[], Block]:
            first, last = spans[number]
            start, stop = self._bounds[[first, last]].tolist()
            values, genes = ring[number % len(ring)]
            fetched = pool.submit(lambda: _linear(self._values.part(start, stop, values), log))
            numbers = pool.submit(lambda: _unsigned(self._genes.part(start, stop, genes)))
            bounds = self._bounds[first : last + 1] - start
            return lambda: Block(first, bounds, fetched.result(), numbers.result())

        fetches = map(fetch, range(len(spans)))
        under_way = deque(islice(fetches, len(ring)))
        while under_way:
            yield under_way.popleft()()
            under_way.extend(islice(fetches, 1))

    def _cuts(self) -> list[int]:
        """Return the rows at which blocks begin, and the end."""
        cuts = [0]
        while cuts[-1] < self.shape[0]:
            fitting = int(np.searchsorted(self._bounds, self._bounds[cuts[-1]] + BLOCK, side="right")) - 1
            cuts.append(max(fitting, cuts[-1] + 1))
        return cuts


class DenseRows:
    """A dense matrix, of which some rows at a time are made sparse."""

    def __init__(self, dataset: Any) -> None:
        self.shape: tuple[int, int] = dataset.shape
        self._dataset = dataset
        tall = dataset.chunks[0] if dataset.chunks else 1
        self._step = max(BLOCK // max(self.shape[1], 1) // tall, 1) * tall

    def _rows(self, first: int, last: int) -> Numbers:
        try:
            return cast("Numbers", self._dataset[first:last])
        except OSError as error:
            raise damaged(self._dataset.file.filename, self._dataset.name, str(error)) from error

    def row(self, number: int) -> tuple[Numbers, Numbers]:
        values = self._rows(number, number + 1)[0]
        return values, np.arange(values.size)

    def blocks(self, pool: ThreadPoolExecutor, wanted: npt.NDArray[np.bool_], log: bool) -> Iterator[Block]:
        from scipy.sparse import csr_array

        for first in range(0, self.shape[0], self._step):
            if wanted[first : first + self._step].any():
                rows = csr_array(self._rows(first, first + self._step))
                yield Block(first, rows.indptr.astype(np.int64), _linear(rows.data, log), _unsigned(rows.indices))


def _linear(values: Numbers, log: bool) -> Numbers:
    """Return values as floats; exp(x) - 1 of them if `log`, which becomes infinite for what is far too large."""
    values = values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)
    with np.errstate(over="ignore"):
        return _readonly(np.expm1(values, out=values if values.flags.writeable else None) if log else values)


def _unsigned(genes: Numbers) -> Numbers:
    """Return gene numbers as unsigned integers of the same bytes: a negative one becomes far too large."""
    genes = genes if genes.dtype in (np.int32, np.int64) else genes.astype(np.int64)
    return _readonly(genes.view(f"u{genes.itemsize}"))


def _readonly(array: Numbers) -> Numbers:
    """Return a view that cannot be written to, as a part of a file cannot: one type for compiled functions."""
    view = array.view()
    view.flags.writeable = False
    return view
