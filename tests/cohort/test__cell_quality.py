"""Which cells are left out, and which are not: planted ones, by kind of cell, and none where nothing can be said."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from targetfinder.cohort._cell_quality import FEW, REASONS, Quality, judged
from targetfinder.errors import InputError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what its own imports warn of
    import anndata


#: Reasons of the limits.
_, _, COUNTS, GENES, MITOCHONDRIAL = REASONS


def of(total: np.ndarray, mitochondrial: np.ndarray | None = None, n_genes: np.ndarray | None = None) -> Quality:
    """Metrics of which only some differ."""
    same = np.full(len(total), 1000)
    share = np.full(len(total), 0.05) if mitochondrial is None else mitochondrial
    return Quality(same if n_genes is None else n_genes, total, share, np.zeros(len(total)))


def left_out(quality: Quality, group: np.ndarray | None = None, counted: bool = True) -> dict[str, list[int]]:
    """Cells that fail, by reason."""
    group = np.zeros(len(quality.total), int) if group is None else group
    fails = judged(quality, group, np.zeros(len(group), bool), counted)
    return {name: np.flatnonzero(fails[name]).tolist() for name in REASONS if fails[name].any()}


#: Evenly spread on the scale of logarithms: median 1000, MAD 0.25 on it.
LEVEL = np.exp(np.linspace(-0.5, 0.5, 41)) * 1000
EVEN = np.append(LEVEL, 1000.0)


@pytest.mark.parametrize(("distance", "failing"), [(1.2, False), (1.35, True), (-1.2, False), (-1.35, True)])
def test_a_cell_farther_than_five_mad_from_the_median_fails(distance: float, failing: bool) -> None:
    total = np.append(LEVEL, 1000 * np.exp(distance))
    expected = [41] if failing else []
    assert left_out(of(total)).get(COUNTS, []) == expected
    assert left_out(of(EVEN, n_genes=total)).get(GENES, []) == expected
    assert not left_out(of(total), counted=False)


@pytest.mark.parametrize(
    ("typical", "spread", "share", "failing"),
    [(0.04, 0.01, 0.09, True), (0.04, 0.01, 0.075, False), (0.20, 0.04, 0.25, False), (0.20, 0.04, 0.34, True)],
)
def test_mitochondria_must_pass_both_limits(typical: float, spread: float, share: float, failing: bool) -> None:
    shares = np.append(typical + spread * np.linspace(-2, 2, 41), share)
    assert left_out(of(EVEN, shares)).get(MITOCHONDRIAL, []) == ([41] if failing else [])


def test_a_rare_kind_with_more_rna_is_judged_by_itself() -> None:
    total = np.concatenate([np.tile(LEVEL, 5), 20 * LEVEL[10:31]])
    group = np.repeat([1, 0], [205, 21])
    assert not left_out(of(total), group)
    assert len(left_out(of(total))[COUNTS]) == 21


def test_of_few_cells_or_of_cells_that_are_alike_none_is_left_out() -> None:
    assert not left_out(of(np.append(LEVEL[: FEW - 2], 1e6)))
    assert left_out(of(np.append(LEVEL[: FEW - 1], 1e6)))
    assert not left_out(of(np.append(np.full(50, 1000.0), 1200.0)))


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 9000), st.floats(0, 1), st.integers(-1, 2)), min_size=1),
    st.integers(1, 3),
)
def test_a_cell_fails_for_one_reason_at_most_and_never_without_a_group(rows: Any, times: int) -> None:
    total, genes, share, group = (np.array(column) for column in zip(*(rows * 15 * times), strict=True))
    fails = judged(Quality(genes, total.astype(float), share, share), group, np.zeros(len(group), bool), True)
    assert fails.sum(axis=1).max() <= 1
    assert not fails[group < 0].any(axis=None)
    assert (fails["no counts"] == (total == 0) & (group >= 0)).all()


@pytest.mark.filterwarnings("ignore:Observation names are not unique")
def test_the_same_cell_counts_once_but_a_barcode_may_occur_again(made: Any, streamed: Any) -> None:
    made.obs_names = [*made.obs_names[:200], *made.obs_names[:200]]  # of another lane: other counts
    once = streamed(made, "all")
    assert "same cell again" not in once.left_out
    twice = anndata.concat([made, made[:30]])
    twice.var = made.var
    assert streamed(twice, "all").left_out["same cell again"] == 30


def test_droplets_that_were_not_filtered_are_refused(made: Any, streamed: Any) -> None:
    counts = made.X.toarray()
    counts[: made.n_obs * 3 // 4, :-1] = 0
    made.X = sparse.csr_matrix(counts)
    with pytest.raises(InputError, match="droplets"):
        streamed(made)
