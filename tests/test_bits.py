"""Bits of cells: packed, joined and counted for all pairs as brute force counts them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import bits as module
from targetfinder.bits import BLOCK, Bits, joined, over_blocks, pack


def made(seed: int, genes: int, groups: int, cells: int) -> tuple[np.ndarray, np.ndarray, Bits]:
    rng = np.random.default_rng(seed)
    group = np.concatenate([np.arange(groups), rng.integers(0, groups, max(0, cells - groups))])
    positive = rng.random((genes, len(group))) < rng.random((genes, 1))
    names = pd.DataFrame({"patient": [f"P{n}" for n in range(groups)]})
    return positive, group, pack(positive, pd.Index([f"G{n:03d}" for n in range(genes)]), group, names)


def both(positive: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Cells that have both genes, by plain products."""
    return np.stack(
        [positive[:, group == g].astype(int) @ positive[:, group == g].T.astype(int) for g in range(groups)], axis=-1
    )


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 6), st.integers(1, 700))
def test_all_pairs_are_counted_as_brute_force_does(seed: int, genes: int, groups: int, cells: int) -> None:
    positive, group, bits = made(seed, genes, groups, cells)
    (found,) = over_blocks(bits, lambda i, j, counts: counts)
    expected = both(positive, group, groups)
    assert (found == expected).all()
    assert (bits.counts() == np.einsum("iig->ig", expected)).all()
    assert (bits.sizes == np.bincount(group, minlength=groups)).all()


def test_200_genes_in_20_000_cells_of_patients() -> None:
    positive, group, bits = made(3, 200, 7, 20_000)
    expected = both(positive, group, 7)
    places = iter(module.blocks_of(200))
    for found in over_blocks(bits, lambda i, j, counts: counts):
        i, j = next(places)
        assert (found == expected[i : i + BLOCK, j : j + BLOCK]).all()
    assert next(places, None) is None


def test_groups_of_every_length_and_a_long_one_are_counted_to_the_bit() -> None:
    rng = np.random.default_rng(0)
    sizes = np.array([1, 63, 64, 65, 511, 512, 513, 64 * 512, 64 * 512 + 1, 100_000])
    group = np.repeat(np.arange(len(sizes)), sizes)
    positive = rng.random((13, len(group))) < 0.5
    bits = pack(positive, pd.Index(list("ABCDEFGHIJKLM")), group, pd.DataFrame({"patient": range(len(sizes))}))
    (found,) = over_blocks(bits, lambda i, j, counts: counts)
    assert (found == both(positive, group, len(sizes))).all()


def test_files_are_joined_by_patient_and_genes_by_id() -> None:
    positive, group, bits = made(5, 6, 4, 900)
    first, second = (
        bits.of_groups(np.array([True, True, False, True])),
        bits.of_groups(np.array([False, False, True, True])),
    )
    genes = bits.genes[[4, 0, 2]].append(pd.Index(["NEW"]))
    together = joined([first, second], genes, ["patient"])
    assert together.groups["patient"].tolist() == ["P0", "P1", "P2", "P3"]
    expected = bits.counts()[[4, 0, 2]]
    expected[:, 3] *= 2  # P3 is in both files
    assert (together.counts()[:3] == expected).all() and (together.counts()[3] == 0).all()
    (found,) = over_blocks(together, lambda i, j, counts: counts)
    assert (found[0, 2, :3] == both(positive, group, 4)[4, 2, :3]).all()


def test_genes_are_taken_by_id_and_one_that_is_not_there_has_no_cell() -> None:
    _, _, bits = made(6, 5, 2, 200)
    taken = bits.of_genes(pd.Index(["G004", "NONE", "G001"]))
    assert (taken.counts() == np.stack([bits.counts()[4], [0, 0], bits.counts()[1]])).all()


@pytest.mark.parametrize("n", [1, BLOCK, BLOCK + 1, 3 * BLOCK - 1])
def test_blocks_hold_every_pair_once(n: int) -> None:
    seen = np.zeros((n, n), dtype=int)
    for i, j in module.blocks_of(n):
        seen[i : i + BLOCK, j : j + BLOCK] += 1
    assert (seen[np.triu_indices(n)] == 1).all()
