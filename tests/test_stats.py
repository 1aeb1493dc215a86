"""`targetfinder.stats`: prevalence from quartiles stays inside what the quartiles prove."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.stats import prevalence_from_quartiles, share_below_from_quartiles, wilson

quartiles = st.lists(st.floats(0, 1e5), min_size=3, max_size=3).map(sorted)
patients = st.integers(1, 1000)
levels = st.floats(0.01, 1e4)


def prevalence(q1: float, median: float, q3: float, n: int = 40, level: float = 10.0) -> tuple[float, float, float]:
    arrays = (np.array([value], dtype=float) for value in (q1, median, q3))
    estimate, low, high = prevalence_from_quartiles(*arrays, n, level)
    return float(estimate[0]), float(low[0]), float(high[0])


# Newcombe 1998, Stat Med 17:857, table I, method 3; the last two by the closed formula.
@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 20, 0.0, 0.1611), (10, 20, 0.2993, 0.7007), (20, 20, 0.8389, 1.0), (1, 4, 0.0456, 0.6994)],
)
def test_wilson_gives_published_values(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits / n, n, confidence=0.95) == pytest.approx((low, high), abs=5e-5)


@given(n=patients, quarter=st.integers(0, 4))
def test_wilson_is_the_closed_formula_at_90_percent_around_a_share_rounded_outwards(n: int, quarter: int) -> None:
    z = 1.6448536269514722

    def end(hits: int, sign: int) -> float:
        p = hits / n
        return (p + z * z / 2 / n + sign * z * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n)) / (1 + z * z / n)

    expected = end(quarter * n // 4, -1), end(-(-quarter * n // 4), 1)
    assert wilson(quarter / 4, n) == pytest.approx(expected, abs=1e-9)


@given(n=patients, share=st.floats(0, 1))
def test_wilson_always_contains_the_share(n: int, share: float) -> None:
    low, high = wilson(share, n)
    assert 0 <= low <= share <= high <= 1


# log2(TPM* + 1) of the quartiles is 2, 3, 4: the scale is 2 / 1.349, and a level at a quartile gives its share.
@pytest.mark.parametrize(("level", "share"), [(3, 0.75), (7, 0.5), (15, 0.25), (31, 0.0887), (1, 0.9113)])
def test_the_estimate_is_the_normal_distribution_through_the_quartiles(level: float, share: float) -> None:
    assert prevalence(3, 7, 15, level=level)[0] == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize(
    ("values", "bracket"),
    [((10, 20, 30), (0.75, 1.0)), ((9, 10, 30), (0.5, 0.75)), ((0, 9, 10), (0.25, 0.5)), ((0, 0, 9), (0.0, 0.25))],
)
def test_each_quartile_that_reaches_the_level_proves_a_quarter(
    values: tuple[float, float, float], bracket: tuple[float, float]
) -> None:
    estimate, low, high = prevalence(*values, n=40)
    assert bracket[0] <= estimate <= bracket[1]
    assert (low, high) == (wilson(bracket[0], 40)[0], wilson(bracket[1], 40)[1])


@given(values=quartiles, n=patients, level=levels)
def test_the_bounds_always_contain_the_estimate_and_the_bracket(values: list[float], n: int, level: float) -> None:
    estimate, low, high = prevalence(*values, n=n, level=level)
    proven = sum(value >= level for value in values) / 4
    assert proven <= estimate <= proven + 0.25
    assert 0 <= low <= proven
    assert proven + 0.25 <= high + 1e-12 <= 1 + 1e-12


@given(values=quartiles, n=patients, steps=st.lists(levels, min_size=2, max_size=8).map(sorted))
def test_a_higher_level_never_raises_prevalence(values: list[float], n: int, steps: list[float]) -> None:
    found = np.array([prevalence(*values, n=n, level=level) for level in steps])
    assert (np.diff(found, axis=0) <= 1e-12).all()


@given(values=quartiles, n=patients, level=levels)
def test_estimates_of_many_genes_do_not_touch_each_other(values: list[float], n: int, level: float) -> None:
    q1, median, q3 = (np.array([value, 0.0, np.nan, 7.0]) for value in values)
    together = prevalence_from_quartiles(q1, median, np.maximum(q3, median), n, level)
    assert tuple(float(part[0]) for part in together) == prevalence(*values, n=n, level=level)


def test_more_patients_narrow_the_bounds_and_leave_the_estimate() -> None:
    few, many = prevalence(3, 20, 40, n=20), prevalence(3, 20, 40, n=400)
    assert few[0] == many[0]
    assert few[1] < many[1] < 0.5
    assert few[2] > many[2] > 0.75


def test_an_unmeasured_gene_has_no_prevalence_and_no_bounds() -> None:
    assert np.isnan(prevalence(np.nan, np.nan, np.nan)).all()


def test_below_detection_leaves_half_of_the_patients_open() -> None:
    estimate, low, high = prevalence(0, 0, np.nan, n=40)
    assert np.isnan(estimate)
    assert low == 0.0
    assert high == wilson(0.5, 40)[1]


def test_quartiles_that_are_all_equal_put_all_patients_on_one_side() -> None:
    assert prevalence(20, 20, 20)[0] == 1.0
    assert prevalence(5, 5, 5)[0] == 0.0


@pytest.mark.parametrize("level", [2.0, 10.0, 40.0])
def test_the_share_of_a_log_normal_sample_is_recovered_from_its_quartiles(level: float) -> None:
    sample = np.exp2(np.random.default_rng(0).normal(3.5, 1.2, 20_000)) - 1
    estimate, low, high = prevalence(*np.quantile(sample, [0.25, 0.5, 0.75]), n=len(sample), level=level)
    assert estimate == pytest.approx((sample > level).mean(), abs=0.01)
    assert low < estimate < high


def below(value: float, q1: float, median: float, q3: float, n: int = 40) -> tuple[float, float, float]:
    arrays = (np.array([number], dtype=float) for number in (value, q1, median, q3))
    estimate, low, high = share_below_from_quartiles(*arrays, n)
    return float(estimate[0]), float(low[0]), float(high[0])


amounts = st.one_of(st.just(0.0), st.floats(0, 1e5))


# As above: 2, 3, 4 on the log scale; a patient at a quartile has the share below that the quartile says.
@pytest.mark.parametrize(
    ("value", "share"), [(3, 0.25), (7, 0.5), (15, 0.75), (31, 0.9113), (1, 0.0887), (0, 0.0), (1e4, 1.0)]
)
def test_the_share_below_a_patient_is_the_normal_distribution_through_the_quartiles(value: float, share: float) -> None:
    assert below(value, 3, 7, 15)[0] == pytest.approx(share, abs=1e-4)


@given(value=st.floats(0.01, 1e5), values=quartiles, n=patients)
def test_the_share_below_stays_in_the_bracket_and_is_what_prevalence_leaves(
    value: float, values: list[float], n: int
) -> None:
    estimate, low, high = below(value, *values, n=n)
    proven = sum(quartile < value for quartile in values) / 4
    assert proven - 1e-12 <= estimate <= proven + 0.25 + 1e-12
    assert 0 <= low <= proven + 1e-12
    assert proven + 0.25 <= high + 1e-12 <= 1 + 1e-12
    assert estimate + prevalence(*values, n=n, level=value)[0] == pytest.approx(1.0)


@given(values=quartiles, n=patients, steps=st.lists(amounts, min_size=2, max_size=8).map(sorted))
def test_a_patient_with_more_never_has_fewer_below(values: list[float], n: int, steps: list[float]) -> None:
    found = np.array([below(value, *values, n=n) for value in steps])
    assert (np.diff(found, axis=0) >= -1e-12).all()


@given(values=quartiles, n=patients, value=amounts)
def test_patients_are_placed_gene_by_gene(values: list[float], n: int, value: float) -> None:
    q1, median, q3 = (np.array([number, 0.0, np.nan, 7.0]) for number in values)
    together = share_below_from_quartiles(np.array([value, 3.0, 2.0, np.nan]), q1, median, np.maximum(q3, median), n)
    assert tuple(float(part[0]) for part in together) == below(value, *values, n=n)
    assert np.isnan([part[2:] for part in together]).all()


def test_nobody_has_less_than_nothing_even_where_most_have_nothing() -> None:
    assert below(0, 0, 0, 0) == (0.0, 0.0, 0.0)
    assert below(0, 0, 0, np.nan) == (0.0, 0.0, 0.0)


def test_over_a_cohort_below_detection_at_least_half_have_less() -> None:
    estimate, low, high = below(5, 0, 0, np.nan)
    assert np.isnan(estimate)
    assert (low, high) == (1 - wilson(0.5, 40)[1], 1.0)


def test_the_share_below_of_a_log_normal_sample_is_recovered_from_its_quartiles() -> None:
    sample = np.exp2(np.random.default_rng(0).normal(3.5, 1.2, 20_000)) - 1
    for value in (2.0, 10.0, 40.0):
        assert below(value, *np.quantile(sample, [0.25, 0.5, 0.75]), n=len(sample))[0] == pytest.approx(
            (sample < value).mean(), abs=0.01
        )
