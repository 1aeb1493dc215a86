"""Statistics over patients: counted by hand, and with properties that hold for any values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from targetfinder.cohort import _patients as patients

GENES = pd.DataFrame(
    {
        "gene_id": ["A", "B", "IG", "NC"],
        "protein_coding": [True, True, True, False],
        "normaliser": [True, True, False, False],
    }
)
TPM = pd.DataFrame(
    {"s1": [100.0, 300, 600, 0], "s2": [50, 50, 0, 900], "s3": [0, np.nan, 1, 1]}, index=GENES["gene_id"]
)
OWNERS = pd.Series({"s1": "p1", "s2": "p2", "s3": "p2"})


def test_immunoglobulin_and_non_coding_genes_take_no_part_in_the_sum_of_one_million() -> None:
    found = patients.renormalised(TPM[["s1", "s2"]], GENES)
    assert found.loc["A"].tolist() == [250_000, 500_000]
    assert found.loc["IG", "s1"] == 1_500_000
    with pytest.raises(ValueError, match="nothing is expressed"):
        patients.renormalised(TPM, GENES)


def test_a_patient_counts_once_by_the_median_of_its_samples() -> None:
    found = patients.by_patient(TPM, OWNERS)
    assert list(found.columns) == ["p1", "p2"]
    assert found.loc["A"].tolist() == [100, 25]
    assert found.loc["B"].tolist() == [300, 50]


def test_prevalence_is_counted_over_measured_patients_with_a_wilson_interval() -> None:
    values = pd.DataFrame([[5.0, 10, 20, np.nan], [np.nan] * 4], index=["A", "B"])
    found = patients.prevalence(values, level=10)
    z, n, share = 1.6448536269514722, 3, 2 / 3
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    np.testing.assert_allclose(found.loc["A"], [share, centre - half, centre + half])
    assert found.loc["B"].isna().all()


def test_statistics_of_bulk_say_missing_where_a_gene_was_not_measured() -> None:
    found = patients.bulk_statistics(TPM[["s1", "s2"]].drop("B"), GENES, OWNERS, level=10)
    assert list(found.index) == ["A", "B", "IG"]
    assert found.loc["B", ["median", "median_tpm", "percentile", "prevalence", "prevalence_basis"]].isna().all()
    assert found.loc["B", "coverage"] == 0
    assert found.loc["A", ["median", "median_tpm", "coverage"]].tolist() == [75, 1_000_000, 1]
    assert found.loc["A", "prevalence_basis"] == "counted"


def test_ranks_need_no_unit() -> None:
    found = patients.rank_statistics(pd.DataFrame({"s1": [-1.0, 2.0]}, index=["A", "B"]), GENES, OWNERS)
    assert found["percentile"].tolist()[:2] == [0.5, 1.0]
    assert found.loc["IG"].isna().tolist() == [True, False, True]


def test_one_patient_gives_a_mean_and_no_interval() -> None:
    mean, low, high = patients.mean_over_patients(np.array([[0.25], [np.nan]]))
    assert mean[0] == 0.25
    assert np.isnan([mean[1], low[0], high[0]]).all()


def test_a_gene_that_no_patient_has_is_missing_and_a_gene_of_some_is_their_mean() -> None:
    mean, low, high = patients.mean_over_patients(np.array([[np.nan, np.nan, np.nan], [0.2, np.nan, 0.4]]))
    assert np.isnan([mean[0], low[0], high[0]]).all()
    assert (low[1], mean[1], high[1]) == pytest.approx((0.2, 0.3, 0.4))


def test_the_bootstrap_of_patients_covers_the_truth_and_is_the_same_each_time() -> None:
    rng = np.random.default_rng(3)
    values = rng.beta(2, 3, size=(2000, 20))
    mean, low, high = patients.mean_over_patients(values)
    assert 0.84 < ((low <= 0.4) & (high >= 0.4)).mean() < 0.94  # the bootstrap of 20 is a little short, as known
    assert all(
        np.array_equal(a, b) for a, b in zip((mean, low, high), patients.mean_over_patients(values), strict=True)
    )


@settings(max_examples=40, deadline=None)
@given(arrays(float, (3, 7), elements=st.floats(0, 1e6)), st.floats(0.1, 1e5), st.permutations(range(7)))
def test_order_of_patients_and_level_behave(values: np.ndarray, level: float, order: list[int]) -> None:
    frame = pd.DataFrame(values)
    found, turned = patients.prevalence(frame, level), patients.prevalence(frame[order], level)
    pd.testing.assert_frame_equal(found, turned)
    assert (patients.prevalence(frame, level * 2)["prevalence"] <= found["prevalence"]).all()
    assert (found["prevalence_lo"] <= found["prevalence"]).all()
    assert (found["prevalence"] <= found["prevalence_hi"]).all()
