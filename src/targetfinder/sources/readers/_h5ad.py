"""The matrix of an h5ad file as a stream of blocks of rows, in memory that does not grow with the number of rows.

Chunks are read and inflated outside HDF5's lock, so that threads share the work; HDF5 itself reads what is stored in
any other way than plain or by gzip.
"""

from __future__ import annotations

import mmap
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt

from targetfinder.errors import InputError

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[Any]

#: Elements in one block: the more cells of a group meet in it, the more of its sums stay in the processor's cache.
BLOCK = 8 << 20
#: Blocks that are fetched while one is added up.
AHEAD = 2
#: Numbers of the filters of HDF5 that are undone here.
DEFLATE, SHUFFLE = 1, 2


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


def damaged(file: str, field: str, problem: str) -> InputError:
    """Return the error that an array is not what its file says."""
    return InputError(f"damaged or truncated: {problem}", file=file, field=field, remedy="fetch the file again")


class Array:
    """A one-dimensional dataset of which several threads read parts at once."""

    def __init__(self, dataset: Any, descriptor: int) -> None:
        self.dtype, self.size = dataset.dtype, dataset.size
        self._dataset, self._descriptor, self._chunks = dataset, descriptor, dataset.chunks
        made = dataset.id.get_create_plist()
        self._filters = [made.get_filter(number)[0] for number in range(made.get_nfilters())]
        self._pieces = _pieces(dataset, self._filters)

    def part(self, start: int, stop: int, buffer: Numbers) -> Numbers:
        """Return the elements from `start` to `stop`: in `buffer`, or in the file itself if it has them in one run."""
        from isal import isal_zlib

        out = buffer[: stop - start]
        try:
            if self._pieces is None:
                self._dataset.read_direct(out, np.s_[start:stop])
            elif out.size:
                low, high = np.searchsorted(self._pieces[:, 0], [start, stop - 1], side="right")
                pieces = self._pieces[low - 1 : high].tolist()
                if len(pieces) > 1 or self._filters:
                    self._fill(out, start, pieces)
                else:
                    place = pieces[0][1] + (start - pieces[0][0]) * self.dtype.itemsize
                    return np.frombuffer(_mapped(self._descriptor, place, out.nbytes), self.dtype)
        except (OSError, EOFError, ValueError, cast("type[Exception]", isal_zlib.error)) as error:
            raise damaged(self._dataset.file.filename, self._dataset.name, str(error)) from error
        return out

    def _fill(self, out: Numbers, start: int, pieces: list[list[int]]) -> None:
        for first, place, size, skipped in pieces:
            elements = self._chunks[0] if self._filters else size // self.dtype.itemsize
            low, high = max(start, first), min(start + out.size, first + elements)
            target = out[low - start : high - start]
            if self._filters:
                packed = os.pread(self._descriptor, size, place)
                target[:] = self._inflated(packed, skipped, elements)[low - first : high - first]
            else:
                begin = place + (low - first) * self.dtype.itemsize
                if os.preadv(self._descriptor, [target.view(np.uint8).data], begin) < target.nbytes:
                    raise EOFError("the file ends early")

    def _inflated(self, data: Any, skipped: int, elements: int) -> Numbers:
        """Undo the filters of one chunk; `skipped` has a bit set for each that HDF5 did not apply to it."""
        from isal import isal_zlib

        for number, code in reversed(list(enumerate(self._filters))):
            if skipped >> number & 1:
                continue
            if code == DEFLATE:
                data = isal_zlib.decompress(data, bufsize=elements * self.dtype.itemsize)
            else:
                data = _unshuffled(data, self.dtype)
        return np.frombuffer(data, self.dtype, elements)


def _pieces(dataset: Any, filters: list[int]) -> Integers | None:
    """Return first element, place, size and skipped filters of each chunk or run of plain chunks.

    None if HDF5 has to read them: another filter, another byte order, or chunks that were never written.
    """
    from h5py import h5d

    made, itemsize = dataset.id.get_create_plist(), dataset.dtype.itemsize
    found: list[tuple[int, ...]] = []
    if not (dataset.dtype.isnative and np.little_endian) or dataset.file.userblock_size:
        return None
    if made.get_layout() == h5d.CONTIGUOUS and not made.get_external_count():
        place = dataset.id.get_offset()
        return None if place is None or place % itemsize else np.array([(0, place, dataset.nbytes, 0)])
    if made.get_layout() != h5d.CHUNKED or not {DEFLATE, SHUFFLE}.issuperset(filters):
        return None
    dataset.id.chunk_iter(lambda c: found.append((c.chunk_offset[0], c.byte_offset, c.size, c.filter_mask)))
    if not found or len(found) < -(-dataset.size // dataset.chunks[0]):
        return None
    pieces = np.array(sorted(found), dtype=np.int64)
    if filters or (pieces[:, 1] % itemsize).any():
        return pieces
    breaks = np.flatnonzero(np.diff(pieces[:, 1]) != pieces[:-1, 2]) + 1
    runs = pieces[[0, *breaks]]
    runs[:, 2] = np.add.reduceat(pieces[:, 2], [0, *breaks])
    return runs


def _mapped(descriptor: int, place: int, size: int) -> memoryview:
    """Map some bytes of a file into memory, for as long as the result is in use."""
    before = place % mmap.ALLOCATIONGRANULARITY
    found = mmap.mmap(descriptor, before + size, access=mmap.ACCESS_READ, offset=place - before)
    found.madvise(mmap.MADV_WILLNEED)
    return memoryview(found)[before:]


def _unshuffled(data: bytes, dtype: np.dtype[Any]) -> Numbers:
    """Put the bytes of each element together again: HDF5 stored all first bytes, then all second ones."""
    planes = np.frombuffer(data, np.uint8).reshape(dtype.itemsize, -1)
    words: Numbers = planes[-1].astype(f"u{dtype.itemsize}")
    for plane in planes[-2::-1]:
        words <<= 8
        words |= plane
    return words


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
