"""`dependency`: gene effects of DepMap.

On fixtures in the exact format only: no real `CRISPRGeneEffect.csv` was at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from targetfinder import tables
from targetfinder.sources.readers import dependency, read

GOOD = (
    b",A1BG (1),TNFRSF17 (608),NOBODY (Unknown)\n"
    b"ACH-000001,-0.1,-1.5,\n"
    b"ACH-000002,0.25,-0.5,\n"
    b"ACH-000003,-0.3,,\n"
    b"ACH-000004,0.05,-0.6,\n"
)


def matrix(effects: np.ndarray) -> bytes:
    """Return effects (lines × genes) as DepMap writes them."""
    lines = ["," + ",".join(f"G{n} ({n})" for n in range(effects.shape[1]))]
    for n, row in enumerate(effects):
        lines.append(",".join([f"ACH-{n:06d}", *("" if np.isnan(value) else repr(float(value)) for value in row)]))
    return ("\n".join(lines) + "\n").encode()


# ---------------------------------------------------------------- bad input


def test_a_broken_file_is_refused(refusal: Any, broken: Any) -> None:
    data, name, told = broken(GOOD, b",")
    assert told in refusal("gene_effect", data, name)


@given(data=st.data())
def test_a_file_with_a_garbled_passage_is_read_or_refused(survives: Any, data: st.DataObject) -> None:
    survives(data, GOOD, "gene_effect")


def test_a_header_without_rows_is_refused(refusal: Any) -> None:
    assert "no rows" in refusal("gene_effect", GOOD.split(b"\n")[0] + b"\n")


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        (b"0.25", b"abc", "A1BG (1): not a number: 'abc' in line 3"),
        (b"0.25", b"inf", "infinite effect in line 3"),
        (b"0.25", b"-inf", "infinite effect in line 3"),
        (b"ACH-000002", b"Heart", "cell line: not a cell line: 'Heart' in line 3"),
        (b"ACH-000002", b"", "cell line: not a cell line in line 3"),
        (b"ACH-000002", b"ACH-000001", "cell line: occurs twice: 'ACH-000001' in line 3"),
        (b"TNFRSF17 (608)", b"TNFRSF17", "TNFRSF17: column of line 1 is not 'SYMBOL (Entrez id)'"),
        (b"TNFRSF17 (608)", b"A1BG (1)", "A1BG (1): column of line 1 occurs twice"),
    ],
)
def test_a_wrong_cell_is_refused_by_its_place(refusal: Any, good: bytes, bad: bytes, told: str) -> None:
    assert told in refusal("gene_effect", GOOD.replace(good, bad))


def test_genes_of_the_mouse_are_refused(refusal: Any) -> None:
    data = GOOD.replace(b"A1BG", b"A1bg").replace(b"TNFRSF17", b"Tnfrsf17").replace(b"NOBODY", b"Nobody")
    assert "not a human gene or protein: 'Tnfrsf17' in line 1, column 3" in refusal("gene_effect", data)


def test_probabilities_of_dependency_are_not_taken_for_effects(refusal: Any) -> None:
    assert "no effect is negative" in refusal("gene_effect", GOOD.replace(b"-0.", b"0.").replace(b"-1.", b"1."))


# ---------------------------------------------------------------- effects


def test_each_gene_has_the_median_effect_and_the_share_of_dependent_lines_among_those_that_have_one(parse: Any) -> None:
    frame = parse("gene_effect", GOOD)
    columns = ["gene_id", "symbol", "entrez", "median_effect", "dependent_share", "n_lines"]
    assert sorted(frame.columns) == sorted(columns)
    assert frame["gene_id"].isna().all()
    assert frame[columns[1:]].to_numpy().tolist() == [
        ["A1BG", "1", pytest.approx(-0.025), 0.0, 4],
        ["TNFRSF17", "608", -0.6, pytest.approx(2 / 3), 3],
    ]


def test_effects_fit_their_table(parse: Any) -> None:
    frame = parse("gene_effect", GOOD).assign(gene_id=["ENSG1", "ENSG2"], source="screen", release="1")
    assert len(tables.DEPENDENCY.check(frame)) == 2


def test_a_gene_without_any_effect_is_counted_and_not_given_a_zero(parse: Any) -> None:
    frame = parse("gene_effect", GOOD)
    assert "NOBODY" not in set(frame["symbol"])
    assert frame.attrs["left_out"] == {"no line has an effect": 1}


def test_an_unknown_entrez_id_is_missing(parse: Any) -> None:
    frame = parse("gene_effect", GOOD.replace(b"-0.1,-1.5,\n", b"-0.1,-1.5,-2\n"))
    unknown = frame[frame["symbol"] == "NOBODY"].iloc[0]
    assert (unknown["median_effect"], unknown["n_lines"], pd.isna(unknown["entrez"])) == (-2.0, 1, True)


@pytest.mark.parametrize("first", [b"ModelID", b"\xef\xbb\xbf", b'""'])
def test_headers_of_other_releases_are_read_alike(parse: Any, first: bytes) -> None:
    pd.testing.assert_frame_equal(parse("gene_effect", first + GOOD), parse("gene_effect", GOOD))


def test_blocks_do_not_change_the_result(parse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    effects = np.random.default_rng(0).normal(-0.3, 0.5, (300, 20))
    whole = parse("gene_effect", matrix(effects))
    monkeypatch.setattr(dependency, "BLOCK", 2000)
    pd.testing.assert_frame_equal(parse("gene_effect", matrix(effects)), whole)
    np.testing.assert_allclose(whole["median_effect"], np.median(effects, axis=0))


@given(
    arrays.arrays(
        np.float64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.floats(-3, 2) | st.just(float("nan"))
    )
)
def test_medians_and_shares_equal_those_of_numpy(
    tmp_path_factory: pytest.TempPathFactory, entry: Callable[..., Any], effects: np.ndarray
) -> None:
    effects = np.hstack([effects, np.full((len(effects), 1), -1.0)])  # some effect is negative
    path = tmp_path_factory.getbasetemp() / "effects.csv"
    path.write_bytes(matrix(effects))
    frame = read(entry("gene_effect"), path).set_index("symbol")
    for n, column in enumerate(effects.T):
        known = column[~np.isnan(column)]
        if len(known) == 0:
            assert f"G{n}" not in frame.index
            continue
        row = frame.loc[f"G{n}"]
        assert row["median_effect"] == pytest.approx(np.median(known))
        assert row["dependent_share"] == pytest.approx((known < -0.5).mean())
        assert row["n_lines"] == len(known)
