"""A one-dimensional dataset of HDF5, of which several threads read parts at once.

Chunks are read and inflated outside HDF5's lock, so that threads share the work; HDF5 itself reads what is stored in
any other way than plain or by gzip.
"""

from __future__ import annotations

import mmap
import os
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from targetfinder.errors import InputError

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[Any]

#: Numbers of the filters of HDF5 that are undone here.
DEFLATE, SHUFFLE = 1, 2


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
