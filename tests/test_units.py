"""`targetfinder.units`: the arithmetic of scales."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import units

positive = st.floats(1e-3, 1e7)
expression = st.floats(0, 1e6)


@given(total=positive)
def test_the_factor_brings_the_total_to_one_million(total: float) -> None:
    assert total * units.renormalisation_factor(total) == pytest.approx(1e6)


@pytest.mark.parametrize("total", [0.0, -1.0, float("nan")])
def test_nothing_to_renormalise_is_an_error(total: float) -> None:
    with pytest.raises(ValueError, match="nothing is expressed"):
        units.renormalisation_factor(total)


@pytest.mark.parametrize(("quartiles", "mean"), [((0, 0, 0), 0), ((1, 2, 3), 2), ((0, 3, 12), 5), ((5, 5, 5), 5)])
def test_the_mean_is_a_third_of_the_sum_of_the_quartiles(quartiles: tuple[float, ...], mean: float) -> None:
    q1, median, q3 = (np.array([value], dtype=float) for value in quartiles)
    assert units.mean_from_quartiles(q1, median, q3)[0] == pytest.approx(mean)


def test_the_mean_of_a_normal_sample_is_recovered_from_its_quartiles() -> None:
    sample = np.random.default_rng(0).normal(50, 5, 20_000)
    q1, median, q3 = np.quantile(sample, [[0.25], [0.5], [0.75]], axis=0)
    assert units.mean_from_quartiles(q1, median, q3)[0] == pytest.approx(sample.mean(), abs=0.2)


def test_an_unknown_quartile_gives_no_mean() -> None:
    assert np.isnan(units.mean_from_quartiles(np.array([1.0]), np.array([2.0]), np.array([np.nan]))[0])


@pytest.mark.parametrize("kind", [np.array, pd.Series])
def test_log2p1_of_powers_of_two_less_one_is_whole(kind: type) -> None:
    assert units.log2p1(kind([0, 1, 3, 1023])).tolist() == [0.0, 1.0, 2.0, 10.0]


@given(values=st.lists(expression, min_size=2, max_size=20))
def test_log2p1_keeps_the_order_and_can_be_undone(values: list[float]) -> None:
    ordered = np.sort(values)
    logs = units.log2p1(ordered)
    assert (np.diff(logs) >= 0).all()
    np.testing.assert_allclose(np.exp2(logs) - 1, ordered, rtol=1e-9, atol=1e-9)


def test_percentile_ranks_ties_by_their_average_and_keeps_missing_missing() -> None:
    ranks = units.percentile_rank(pd.Series([0.0, 0.0, 5.0, np.nan, 9.0]))
    assert ranks.drop(3).tolist() == [0.375, 0.375, 0.75, 1.0]
    assert np.isnan(ranks[3])


def test_percentile_ranks_each_column_by_itself() -> None:
    ranks = units.percentile_rank(pd.DataFrame({"a": [1.0, 2.0], "b": [200.0, 100.0]}))
    assert ranks.to_dict("list") == {"a": [0.5, 1.0], "b": [1.0, 0.5]}


@given(values=st.lists(st.integers(0, 1000), min_size=1, max_size=30))
def test_percentile_survives_any_change_of_platform_that_keeps_the_order(values: list[int]) -> None:
    raw = pd.Series(values, dtype=float)
    ranks = units.percentile_rank(raw)
    assert ((ranks > 0) & (ranks <= 1)).all()
    pd.testing.assert_series_equal(ranks, units.percentile_rank(np.log2(raw + 1) * 7 + 3))
