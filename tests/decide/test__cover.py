"""Best sets of targets: equal to enumeration and to HiGHS, whatever the order, and proven."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import Bounds, LinearConstraint, milp

from targetfinder.decide._cover import Flags, Integers, best_of_size, covered_by, resampled, shares_of, smallest

CARRIES = arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 9)))


def once(carries: Flags) -> Integers:
    return np.ones(len(carries), dtype=np.int64)


def enumerated(carries: Flags, size: int, weights: Integers) -> int:
    sets = combinations(range(carries.shape[1]), min(size, carries.shape[1]))
    return max(covered_by(carries, chosen, weights) for chosen in sets)


def of_highs(carries: Flags, size: int) -> tuple[int, float]:
    """Return the optimum of the integer programme and the gap that HiGHS proved."""
    patients, targets = carries.shape
    reach = np.hstack([-carries.astype(float), np.eye(patients)])
    limit = np.concatenate([np.ones(targets), np.zeros(patients)])[None, :]
    found = milp(
        np.concatenate([np.zeros(targets), -np.ones(patients)]),
        constraints=[LinearConstraint(reach, -np.inf, 0), LinearConstraint(limit, 0, size)],
        integrality=np.concatenate([np.ones(targets), np.zeros(patients)]),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    return round(-found.fun), found.mip_gap


@given(CARRIES, st.integers(1, 4), st.integers(0, 100))
def test_the_best_set_is_that_of_enumeration_with_any_weights(carries: Flags, size: int, seed: int) -> None:
    weights = resampled(len(carries), 1, seed)[0]
    found = best_of_size(carries, size, weights)
    assert found.covered == covered_by(carries, found.chosen, weights) == enumerated(carries, size, weights)
    assert len(found.chosen) <= size and found.gap == 0


@given(CARRIES, st.integers(0, 100))
def test_the_smallest_set_is_that_of_enumeration(carries: Flags, seed: int) -> None:
    need = int(np.random.default_rng(seed).integers(1, len(carries) + 1))
    reach = [enumerated(carries, size, once(carries)) for size in range(1, carries.shape[1] + 1)]
    found = smallest(carries, need, carries.shape[1])
    if max(reach) < need:
        assert found is None
    else:
        assert found is not None and len(found.chosen) == 1 + next(n for n, got in enumerate(reach) if got >= need)


@pytest.mark.parametrize("seed", range(3))
def test_the_best_set_of_many_is_that_of_an_integer_programme_with_a_gap_of_zero(seed: int) -> None:
    rng = np.random.default_rng(seed)
    carries = rng.random((60, 40)) < rng.beta(1, 6, 40)
    for size in (1, 2, 3, 4):
        assert of_highs(carries, size) == (best_of_size(carries, size).covered, 0.0)


@given(CARRIES, st.integers(1, 3), st.integers(0, 100))
def test_the_order_of_patients_does_not_matter(carries: Flags, size: int, seed: int) -> None:
    mixed = np.random.default_rng(seed).permutation(len(carries))
    assert best_of_size(carries, size) == best_of_size(carries[mixed], size)


def test_of_equal_sets_the_earlier_targets_are_taken_and_none_that_adds_nothing() -> None:
    carries = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
    assert best_of_size(carries, 4).chosen == (0, 2)
    assert best_of_size(carries[:, ::-1], 4).chosen == (0, 2)


def test_a_search_that_is_cut_says_how_far_its_bound_is() -> None:
    carries = np.random.default_rng(3).random((80, 60)) < 0.1
    whole, cut = best_of_size(carries, 4), best_of_size(carries, 4, most=3)
    assert whole.gap == 0 and cut.gap > 0
    assert cut.covered <= whole.covered <= round(cut.covered * (1 + cut.gap))


def test_nobody_carries_anything() -> None:
    found = best_of_size(np.zeros((3, 2), dtype=bool), 2)
    assert (found.chosen, found.covered, found.gap) == ((), 0, 0.0)


def test_shares_of_nothing_are_missing() -> None:
    assert np.isnan(shares_of(np.array([]))).all()
    assert shares_of(np.array([0.5, 0.5])) == (0.5, 0.5, 0.5)
