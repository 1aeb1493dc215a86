"""The unit of a matrix, told from its numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.cohort._scale import ALL_BIOTYPES, contradiction, linearity, recognise, undo

N = ALL_BIOTYPES + 1000


def counts(seed: int = 0, genes: int = N, samples: int = 3) -> pd.DataFrame:
    """Draw reads: log-normal abundance of which most genes have next to nothing."""
    rng = np.random.default_rng(seed)
    mean = rng.lognormal(0, 2.8, genes)
    reads = rng.poisson(np.outer(mean / mean.sum() * 2e7, np.ones(samples))).astype(float)
    return pd.DataFrame(reads, [f"G{i}" for i in range(genes)], [f"S{i}" for i in range(samples)])


def lengths(genes: int = N) -> np.ndarray:
    return np.random.default_rng(9).lognormal(7.5, 0.7, genes)[:, None]


def tpm(seed: int = 0, genes: int = N, samples: int = 3) -> pd.DataFrame:
    rates = counts(seed, genes, samples) / lengths(genes)
    return rates / rates.sum() * 1e6


def cpm() -> pd.DataFrame:
    return counts() / counts().sum() * 1e6


def fpkm() -> pd.DataFrame:
    return cpm() / lengths() * 1e3


def array() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(0).normal(7, 1.5, (20_000, 3)).clip(3, 15))


def centred() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(0).normal(0, 1, (5_000, 4)))


@pytest.mark.parametrize(
    ("values", "units"),
    [
        (tpm(), {"TPM", "FPKM"}),
        (tpm(genes=20_000) * 0.3, {"TPM", "FPKM"}),
        (fpkm(), {"FPKM"}),
        (counts(), {"counts"}),
        (counts() * 0.97 + (counts() > 0) * 0.011, {"counts"}),
        (cpm(), {"CPM"}),
        (np.log2(tpm() + 1), {"log2(TPM+1)", "log2(FPKM+1)"}),
        (np.log2(fpkm() + 1), {"log2(FPKM+1)"}),
        (np.log1p(tpm()), {"ln(TPM+1)"}),
        (np.log10(tpm() + 1), {"log10(TPM+1)"}),
        (centred(), {"z-score"}),
        (array(), {"log2 intensity"}),
        (np.exp2(array() + np.random.default_rng(1).exponential(0.8, array().shape)), {"intensity"}),
        (tpm() * 1000, set()),
        (np.log2(tpm() + 0.001), set()),
        (tpm() * 0, set()),
        (tpm() * np.nan, set()),
    ],
    ids=[
        *("TPM", "TPM of coding genes", "FPKM", "counts", "expected counts", "CPM", "log2 TPM", "log2 FPKM", "ln TPM"),
        *("log10 TPM", "z-score", "log2 intensity", "intensity", "TPM in thousandths", "log2 with another offset"),
        *("zeros", "nothing"),
    ],
)
def test_each_unit_is_told_from_the_others(values: pd.DataFrame, units: set[str]) -> None:
    assert set(recognise(values).units) == units


def test_values_by_gene_are_centred_too() -> None:
    logs = np.log2(tpm(samples=6) + 1).iloc[:3000] + np.random.default_rng(1).normal(0, 0.1, (3000, 6))
    assert "z-score" in recognise(logs.sub(logs.mean(axis=1), axis=0)).units


@pytest.mark.parametrize(
    ("claim", "values", "words"),
    [
        ("TPM", np.log2(tpm() + 1), ["TPM is claimed", "the highest value is", "fit log2(TPM+1)"]),
        ("log2(TPM+1)", tpm(), ["log2(TPM+1) is claimed", "above 20", "fit TPM"]),
        ("TPM", fpkm(), ["sum to", "below 950,000", "fit FPKM"]),
        ("TPM", counts(), ["whole numbers", "fit counts"]),
        ("TPM", cpm(), ["multiples of the lowest", "fit CPM"]),
        ("counts", tpm(), ["are whole numbers in S", "below 99%"]),
        ("TPM", tpm() * 1000, ["above 1,050,000", "fit no known unit"]),
        (None, tpm() * 1000, ["no unit is claimed", "fit no known unit"]),
        ("TPM", tpm().assign(S1=np.log2(tpm()["S1"] + 1)), ["in S1"]),
        ("TPM", tpm().assign(S1=np.nan), ["nan in S1"]),
    ],
)
def test_a_wrong_claim_is_contradicted_with_number_sample_and_the_unit_that_fits(
    claim: str | None, values: pd.DataFrame, words: list[str]
) -> None:
    told = contradiction(claim, recognise(values))
    assert told is not None
    assert [word for word in words if word not in told] == []


@pytest.mark.parametrize(("claim", "values"), [("TPM", tpm()), (None, tpm()), ("log2(FPKM+1)", np.log2(fpkm() + 1))])
def test_a_right_claim_is_not_contradicted(claim: str | None, values: pd.DataFrame) -> None:
    assert contradiction(claim, recognise(values)) is None


def test_medians_need_not_sum_to_a_million() -> None:
    assert "TPM" not in recognise(tpm() * 0.7).units
    assert "TPM" in recognise(tpm()[["S0"]] * 0.7, medians=True).units


@given(seed=st.integers(0, 20), share=st.floats(0.1, 1.0), digits=st.integers(2, 6))
def test_tpm_is_tpm_whatever_else_is_in_the_library_and_however_rounded(seed: int, share: float, digits: int) -> None:
    assert "TPM" in recognise((tpm(seed, 15_000, 1) * share).round(digits)).units


@given(factor=st.floats(0.01, 1000))
def test_no_factor_makes_logarithms_look_linear_nor_linear_values_flattened(factor: float) -> None:
    values = tpm(0, 15_000, 1)
    assert recognise(np.log2(values + 1) * factor).flattened
    assert not recognise(values * factor).flattened


@pytest.mark.parametrize("unit", ["log2(TPM+1)", "log2(FPKM+1)"])
def test_undoing_a_logarithm_gives_back_the_values(unit: str) -> None:
    values = tpm(0, 1000, 1)
    np.testing.assert_allclose(undo(np.log2(values + 1), unit), values, atol=1e-9)
    assert undo(values, "TPM") is values


def test_linear_medians_pass_and_the_figures_are_those_of_the_summary() -> None:
    figures, reasons = linearity(tpm(0, 15_000, 1)["S0"], 0.0)
    assert reasons == []
    assert list(figures) == ["top_median", "lowest_quartile", "dynamic_range", "sum_of_medians"]
    assert figures["sum_of_medians"] == pytest.approx(1e6)
