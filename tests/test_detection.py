"""Bits of detection: each cell where it belongs, patients side by side, no file of a part."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import detection
from targetfinder.detection import WORD, layout, writing
from targetfinder.sources.readers._h5ad import Block


def blocks(matrix: np.ndarray, step: int) -> Any:
    """Yield rows of a matrix as the readers do."""
    for first in range(0, len(matrix), step):
        some = matrix[first : first + step]
        cells, genes = np.nonzero(some)
        bounds = np.searchsorted(cells, np.arange(len(some) + 1))
        values, numbers = some[cells, genes].astype(np.float32), genes.astype(np.uint32)
        values.flags.writeable = numbers.flags.writeable = False
        yield Block(first, bounds, values, numbers)


def written(path: Path, matrix: np.ndarray, patient: np.ndarray, places: np.ndarray, n: int, step: int) -> Any:
    where = layout(patient, int(patient.max(initial=-1)) + 1)
    with writing(path, places, n, where) as add:
        for block in blocks(matrix, step):
            add(block)
    return np.load(path), where


@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(1, 20), st.sampled_from([1, 7, 1000]))
def test_bits_are_those_of_the_matrix(tmp_path_factory: Any, seed: int, cells: int, genes: int, step: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.poisson(0.6, (cells, genes))
    patient = rng.integers(-1, 3, cells)
    places = rng.permutation(genes) - 1  # one gene has no row
    path = tmp_path_factory.mktemp("bits") / "bits.npy"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detection, "CELLS", 64)
        found, where = written(path, matrix, patient, places, genes, step)
    bits = np.unpackbits(found, axis=1)
    assert bits.sum() == (matrix[patient >= 0][:, places >= 0] > 0).sum()
    for cell, gene in itertools.product(np.flatnonzero(patient >= 0), np.flatnonzero(places >= 0)):
        assert bits[places[gene], where.bit[cell]] == (matrix[cell, gene] > 0)
    assert (where.patient(where.bit[patient >= 0]) == patient[patient >= 0]).all()
    for number in range(len(where.sizes)):
        own = where.bit[patient == number]
        assert own.tolist() == list(range(where.starts[number], where.starts[number] + len(own)))
        assert where.starts[number] % WORD == 0


def test_cells_with_two_genes_are_counted_by_words(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    matrix, patient = rng.poisson(0.7, (500, 4)), rng.integers(0, 3, 500)
    found, where = written(tmp_path / "b.npy", matrix, patient, np.arange(4), 4, 100)
    words = found.view(np.uint64)
    both = (matrix[:, 1] > 0) & (matrix[:, 3] > 0)
    for number in range(3):
        own = words[:, where.words(number)]
        assert np.bitwise_count(own[1] & own[3]).sum() == both[patient == number].sum()


def test_genes_that_share_a_row_are_joined(tmp_path: Path) -> None:
    matrix = np.array([[1, 0], [0, 2], [0, 0]])
    found, _ = written(tmp_path / "b.npy", matrix, np.zeros(3, int), np.zeros(2, int), 1, 2)
    assert np.unpackbits(found)[:3].tolist() == [1, 1, 0]


def test_nothing_is_left_of_a_matrix_that_was_not_finished(tmp_path: Path) -> None:
    where = layout(np.zeros(10, int), 1)
    with pytest.raises(KeyError), writing(tmp_path / "b.npy", np.arange(3), 3, where):
        raise KeyError
    assert not [*tmp_path.iterdir()]
