"""Units of bulk RNA to TPM, by hand, by property, and against a real file that was converted by others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.cohort._tpm import RANK_ONLY_UNITS, to_tpm
from targetfinder.cohort.formats.bulk import matrix
from targetfinder.errors import InputError

LENGTHS = pd.DataFrame({"length": [1000.0, 2000.0, 500.0]}, index=["A", "B", "C"])


def one(*values: float, sample: str = "S1") -> pd.DataFrame:
    return pd.DataFrame({sample: values}, index=["A", "B", "C"][: len(values)], dtype=float)


def test_tpm_stays_as_it_is_even_where_it_does_not_add_up() -> None:
    pd.testing.assert_frame_equal(to_tpm(one(10, np.nan, 30), "TPM"), one(10, np.nan, 30))


def test_fpkm_is_scaled_to_a_million_and_missing_counts_for_nothing() -> None:
    pd.testing.assert_frame_equal(to_tpm(one(1, np.nan, 3), "FPKM"), one(250_000, np.nan, 750_000))


def test_counts_are_divided_by_length() -> None:
    # 10/1000, 20/2000, 10/500 = 0.01, 0.01, 0.02
    pd.testing.assert_frame_equal(to_tpm(one(10, 20, 10), "counts", LENGTHS), one(250_000, 250_000, 500_000))


def test_lengths_may_differ_between_samples_whatever_their_order() -> None:
    counts = pd.concat([one(10, 10), one(10, 10, sample="S2")], axis=1)
    lengths = pd.concat([one(100, 300, sample="S2"), one(100, 100)], axis=1)
    np.testing.assert_allclose(to_tpm(counts, "counts", lengths), [[500_000, 750_000], [500_000, 250_000]])


def test_a_gene_without_length_has_no_tpm() -> None:
    found = to_tpm(one(10, 20, 10), "counts", LENGTHS.assign(length=[1000.0, np.nan, 1000.0]))
    pd.testing.assert_frame_equal(found, one(500_000, np.nan, 500_000))


@given(st.lists(st.floats(0, 1e5), min_size=3, max_size=3).filter(lambda x: sum(x) > 1e-3), st.floats(0.1, 10))
def test_whatever_the_depth_and_the_logarithm_tpm_is_the_same(values: list[float], depth: float) -> None:
    linear = one(*values)
    expected = to_tpm(linear, "FPKM")
    assert expected["S1"].sum() == pytest.approx(1e6)
    pd.testing.assert_frame_equal(to_tpm(linear * depth, "FPKM"), expected)
    pd.testing.assert_frame_equal(to_tpm(np.log2(linear + 1), "log2(FPKM+1)"), expected, rtol=1e-6, atol=1e-3)
    pd.testing.assert_frame_equal(to_tpm(np.log2(linear + 1), "log2(TPM+1)"), linear, rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize(
    ("values", "unit", "told"),
    [
        (one(1, -2, 3), "TPM", "sample S1: negative TPM: -2 of B"),
        (one(1, -2, 3), "FPKM", "negative FPKM: -2 of B"),
        (one(-1, 2, 3), "counts", "negative counts: -1 of A"),
        (one(1, -0.5, 3), "log2(TPM+1)", "negative log2"),
        (one(1, 2, 300), "log2(TPM+1)", "impossibly high log2(TPM+1): 300 of C (say unit TPM"),
        (one(1, 2, 2000), "log2(FPKM+1)", "impossibly high"),
        (one(0, np.nan, 0), "FPKM", "all FPKM are zero or missing"),
        (one(0, 0, 0), "counts", "all counts are zero"),
    ],
)
def test_impossible_values_are_refused_with_gene_and_sample(values: pd.DataFrame, unit: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        to_tpm(values, unit, LENGTHS, Path("file.tsv"))
    assert told in str(error.value)
    assert "sample S1" in str(error.value)


def test_one_gene_may_have_the_whole_million() -> None:
    assert to_tpm(one(np.log2(1e6 + 1), 0, 0), "log2(TPM+1)").iat[0, 0] == pytest.approx(1e6)


def test_counts_need_lengths_that_are_possible() -> None:
    with pytest.raises(InputError, match="counts without lengths"):
        to_tpm(one(1, 2, 3), "counts")
    with pytest.raises(InputError, match="impossible length: 0 of B"):
        to_tpm(one(1, 2, 3), "counts", LENGTHS.assign(length=[1.0, 0.0, 1.0]))


@pytest.mark.parametrize("unit", [*RANK_ONLY_UNITS, "intensity"])
def test_no_tpm_is_made_of_what_is_none(unit: str) -> None:
    with pytest.raises(ValueError, match="no TPM"):
        to_tpm(one(1, 2, 3), unit)


def test_real_fpkm_gives_the_real_tpm(shared_data: Path) -> None:
    folder = shared_data / "cohorts"
    fpkm, tpm = (matrix(folder / f"mm_commpass_10patients_{u}.tsv.gz", {"symbol": "symbol"}) for u in ("fpkm", "tpm"))
    assert fpkm.values.shape == (56457, 10)
    assert fpkm.symbols is not None
    assert fpkm.symbols.duplicated().sum() == 957  # kept as given
    np.testing.assert_allclose(to_tpm(fpkm.values, "FPKM"), tpm.values, atol=1e-4)  # both are rounded to 4 digits
