"""Statistics of intensities, panels and stains, held against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from targetfinder.cohort._protein_statistics import NO_MODEL, NO_OTHERS, measured, relative, stained
from targetfinder.errors import InputError
from targetfinder.stats import wilson_of_count


def proteome(patients: int = 12, seed: int = 1) -> pd.DataFrame:
    """Draw log2 intensities of 120 proteins, the low ones missing; the last was never detected."""
    rng = np.random.default_rng(seed)
    values = np.linspace(20, 32, 120)[:, None] + rng.normal(0, 0.8, (120, patients))
    values[values + rng.normal(0, 0.7, values.shape) < 23.5] = np.nan
    values[-1] = np.nan
    return pd.DataFrame(values)


@pytest.fixture(scope="module")
def found_proteome() -> pd.DataFrame:
    return measured(proteome(), {})


def test_intensities_keep_what_was_never_detected_apart_and_rank_the_others(found_proteome: pd.DataFrame) -> None:
    found = found_proteome
    last = found.iloc[-1]
    assert last["detection"] == "below_detection"
    assert last[["median", "median_lo", "percentile", "prevalence", "prevalence_basis"]].isna().all()
    assert np.isfinite(last["median_hi"])
    assert found["percentile"].max() == 1
    assert found.loc[100, "percentile"] > found.loc[60, "percentile"]
    assert found["level"].nunique() == 1
    assert found["level"].iloc[0] == found["median"].median()
    assert (found.loc[118, "prevalence"], found.loc[118, "prevalence_basis"]) == (1, "counted")
    some = (found["n_detected"] > 0) & (found["n_detected"] < 12)
    assert (found.loc[some, "prevalence_basis"] == "estimated").all()
    assert found["note"].isna().all()


def test_a_missing_value_is_neither_the_minimum_nor_zero(found_proteome: pd.DataFrame) -> None:
    values, found = proteome(), found_proteome
    some = (found["n_detected"] >= 3) & (found["n_detected"] < 12)
    filled = values.fillna(values.min()).mean(axis=1)
    assert (found.loc[some, "median"] < values[some].mean(axis=1)).all()
    assert (found.loc[some, "median"] > values[some].fillna(0).mean(axis=1)).all()
    assert not np.allclose(found.loc[some, "median"], filled[some], atol=0.2)


@pytest.mark.parametrize("patients", [1, 2])
def test_few_patients_give_no_interval_and_no_estimate_where_one_is_missing(patients: int) -> None:
    values = proteome(patients)
    found = measured(values, {})
    missing = values.isna().any(axis=1)
    assert found[["median_lo", "median_hi"]].isna().all(axis=None)
    assert np.allclose(found.loc[~missing, "median"], values[~missing].mean(axis=1))
    assert found.loc[missing, ["median", "prevalence"]].isna().all(axis=None)
    assert found.loc[missing, "note"].eq(NO_MODEL).all()
    assert found.loc[~missing, "note"].isna().all()


def test_few_proteins_tell_no_curve() -> None:
    found = measured(pd.DataFrame([[25.0, 26, 27, 26], [24, np.nan, 24, 25]]), {"level": "25.5"})
    assert found["median"].tolist() == pytest.approx([26, np.nan], nan_ok=True)
    assert found["note"].isna()[0]
    assert found["note"][1] == NO_MODEL
    low, high = wilson_of_count(0, 4)[0], wilson_of_count(1, 4)[1]
    assert found.loc[1, ["prevalence_lo", "prevalence_hi"]].tolist() == pytest.approx([low, high])
    assert found.loc[0, "prevalence"] == 0.75


def test_a_panel_compares_an_antibody_with_the_other_samples_of_its_own_only() -> None:
    cohort = pd.DataFrame([[2.0, 3.0, 0.5, 2.5], [5.0, np.nan, 5.2, 5.1], [np.nan] * 4])
    others = pd.DataFrame([[0.0, 0.2, -0.2], [4.9, 5.0, 5.1], [0.0, 0.0, 0.0]])
    found = relative(cohort, others, {})
    assert found["level"].tolist() == [1.0, 6.0, 1.0]
    assert found["prevalence"].tolist() == pytest.approx([0.75, 0, np.nan], nan_ok=True)
    assert found["detection"].tolist() == ["measured", "measured", "unmeasured"]
    assert found["percentile"].isna().all()
    assert found.loc[1, "median"] == pytest.approx(5.1, abs=0.01)  # the failed spot says nothing
    assert found.loc[0, "median_lo"] < 2 < found.loc[0, "median_hi"]


def test_a_panel_without_other_samples_has_no_prevalence_and_says_so() -> None:
    found = relative(pd.DataFrame([[2.0, 3.0, 0.5]]), pd.DataFrame(index=[0]), {})
    assert found["prevalence"].isna().all()
    assert found["note"].tolist() == [NO_OTHERS]


@pytest.mark.parametrize(("scale", "share"), [("h_score", 0.5), ("percent", 0.75)])
def test_stains_are_counted_at_moderate_staining_of_half_of_the_cells(scale: str, share: float) -> None:
    values = pd.DataFrame([[0.0, 60, 100, 100], [0, 0, 0, 0], [np.nan] * 4])
    found = stained(values, {"scale": scale})
    assert found.loc[0, "prevalence"] == share
    assert found["detection"].tolist() == ["measured", "below_detection", "unmeasured"]
    assert found.loc[1, "prevalence"] == 0  # seen, and not stained
    assert np.isnan(found.loc[2, "prevalence"])
    assert found["percentile"].isna().all()


@pytest.mark.parametrize("n", [4, 5, 9, 20, 31])
def test_the_interval_of_a_median_stain_holds_it_in_ninety_percent(n: int) -> None:
    found = stained(pd.DataFrame([np.arange(1.0, n + 1)]), {"scale": "percent"}).loc[0]
    if n < 5:
        assert np.isnan(found["median_lo"])
        assert np.isnan(found["median_hi"])
        return
    rank = int(found["median_lo"])
    assert found["median_hi"] == n + 1 - rank
    assert 1 - 2 * binom.cdf(rank - 1, n, 0.5) >= 0.9 > 1 - 2 * binom.cdf(rank, n, 0.5)


def test_a_level_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="level=high is no number"):
        stained(pd.DataFrame([[1.0]]), {"scale": "percent", "level": "high"})
