"""Means and prevalences of incompletely detected proteins: intervals that hold the truth, beside what does not."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from targetfinder.cohort._censored import above, abundance
from targetfinder.cohort._dropout import Dropout, fit
from targetfinder.stats import wilson_of_count

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from bench_censored import LIMITS, Setting, covered, prevalence_covered, simulate

#: Detection around 24, one log2 unit between patients.
KNOWN = Dropout(middle=24.0, width=0.5, spread=1.0, freedom=8.0)


@pytest.mark.parametrize("setting", [Setting(10, 0.4), Setting(24, 0.3)])
def test_the_interval_holds_the_truth_in_ninety_percent_where_filling_in_does_not(setting: Setting) -> None:
    simulated = simulate(setting, seed=7, proteins=600)
    model = covered(simulated, "model")
    assert all(LIMITS[0] <= share <= LIMITS[1] for share in model), model
    for contender in ("minimum", "zero", "left out"):
        assert covered(simulated, contender)[1] < 0.8, contender


def test_the_interval_of_prevalence_holds_the_truth() -> None:
    assert prevalence_covered(simulate(Setting(16, 0.4), seed=8, proteins=250)) >= LIMITS[0]


def test_without_missing_values_it_is_the_moderated_t_interval() -> None:
    values = pd.DataFrame(np.random.default_rng(1).normal(27, 1, (40, 6)))
    found = abundance(values, Dropout(np.nan, np.nan, KNOWN.spread, KNOWN.freedom))
    degrees = KNOWN.freedom + 5
    moderated = np.sqrt((KNOWN.freedom * KNOWN.spread**2 + 5 * values.var(axis=1)) / degrees)
    half = stats.t.ppf(0.95, degrees) * moderated / np.sqrt(6)
    assert np.allclose(found["mu"], values.mean(axis=1), atol=0.01)
    assert np.allclose(found["hi"] - found["lo"], 2 * half, rtol=0.02)


def test_three_of_ten_detected_are_estimated_below_their_mean() -> None:
    values = pd.DataFrame([[24.5, 24.1, 24.3, *[np.nan] * 7]], index=["P1"])
    found = abundance(values, KNOWN).loc["P1"]
    assert found["lo"] < found["mu"] < 24.1
    assert found["n_detected"] == 3
    assert (found["detected_lo"], found["detected_hi"]) == pytest.approx(wilson_of_count(3, 10))


def test_a_protein_that_was_never_detected_has_only_an_upper_bound() -> None:
    values = pd.DataFrame(np.full((1, 10), np.nan))
    found = abundance(values, KNOWN)
    assert found[["mu", "lo"]].isna().all(axis=None)
    rng = np.random.default_rng(2)
    spread = KNOWN.spread * np.sqrt(KNOWN.freedom / rng.chisquare(KNOWN.freedom, 40_000))
    drawn = found["hi"][0] + spread[:, None] * rng.standard_normal((40_000, 10))
    missed = (drawn + KNOWN.width * rng.standard_normal(drawn.shape) < KNOWN.middle).all(axis=1)
    assert missed.mean() == pytest.approx(0.05, abs=0.01)
    share = above(values, found, KNOWN, 24.0).loc[0]
    assert np.isnan(share["prevalence"])
    assert share["prevalence_lo"] == 0
    assert share["prevalence_hi"] < 0.8


@given(st.integers(0, 11), st.integers(1, 6))
def test_one_more_missing_value_never_raises_the_mean(missing: int, more: int) -> None:
    seen = [25.0, 24.0, 26.0]
    rows = [[*seen, *[np.nan] * (missing + n), *[None] * 0] for n in (0, more)]
    first, second = (abundance(pd.DataFrame([row]), KNOWN)["mu"][0] for row in rows)
    assert second < first + 1e-9


def test_a_shift_of_all_values_and_of_the_curve_shifts_the_interval() -> None:
    values = pd.DataFrame([[25.0, np.nan, 24.2, np.nan, 26.1], [28.0, 28.2, 27.9, 28.4, 27.7]])
    moved = Dropout(KNOWN.middle + 3, KNOWN.width, KNOWN.spread, KNOWN.freedom)
    columns = ["mu", "lo", "hi"]
    assert np.allclose(abundance(values + 3, moved)[columns], abundance(values, KNOWN)[columns] + 3)


def test_prevalence_counts_the_detected_and_weighs_the_missing() -> None:
    values = pd.DataFrame([[27.0, 27.5, 28.0, 21.0, 22.0], [27.0, 27.5, 28.0, np.nan, np.nan]])
    found = abundance(values, KNOWN)
    share = above(values, found, KNOWN, 26.0)
    assert share.loc[0].tolist() == pytest.approx([0.6, *wilson_of_count(3, 5)])
    assert 0.6 <= share.loc[1, "prevalence"] < 0.62  # a value above 26 is hardly ever missed
    assert share.loc[1, "prevalence_lo"] == pytest.approx(wilson_of_count(3, 5)[0])
    assert above(values, found, KNOWN, 23.0).loc[1, "prevalence"] > 0.7


def test_values_missing_at_random_do_not_count() -> None:
    values = pd.DataFrame([[1.0, 2.0, np.nan, np.nan], [np.nan] * 4])
    dropout = fit(values.to_numpy(), at_random=True)
    found = abundance(values, dropout)
    assert found["mu"][0] == pytest.approx(1.5, abs=0.01)
    share = above(values, found, dropout, 1.5)
    assert share.loc[0, "prevalence"] == 0.5
    assert found.loc[1, ["mu", "lo", "hi"]].isna().all()
    assert share.loc[1].isna().all()
