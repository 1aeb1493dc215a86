"""`report tables`: both files say what targets.parquet says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from tests.report import frames

from targetfinder import store
from targetfinder.errors import InputError
from targetfinder.report import tables
from targetfinder.tables import COUNT, REAL, TARGETS

NUMBERS = [c.name for c in TARGETS.columns if c.dtype in (REAL, COUNT)]
TEXTS = [c.name for c in TARGETS.columns if c.name not in NUMBERS]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    shuffled = frames.make().targets.sample(frac=1, random_state=1)
    store.write_table(shuffled, TARGETS, folder / "targets.parquet")
    tables.export(folder / "targets.parquet", folder / "targets.tsv", folder / "targets.xlsx")
    return folder


def expected(folder: Path) -> pd.DataFrame:
    return store.read_table(folder / "targets.parquet", TARGETS).sort_values("priority_rank", ignore_index=True)


def test_tsv_agrees_with_parquet_in_the_order_of_ranks(exported: Path) -> None:
    plain = {"keep_default_na": False, "na_values": [""], "float_precision": "round_trip"}
    found = pd.read_csv(exported / "targets.tsv", sep="\t", **plain)
    assert list(found.columns) == TARGETS.names
    wanted = expected(exported)
    for name in NUMBERS:
        np.testing.assert_array_equal(found[name].to_numpy(float), wanted[name].to_numpy(float, na_value=np.nan))
    for name in TEXTS:
        assert found[name].fillna("").tolist() == wanted[name].fillna("").tolist()


def test_xlsx_agrees_with_parquet(exported: Path) -> None:
    book = openpyxl.load_workbook(exported / "targets.xlsx")
    assert book.sheetnames == ["targets", "columns", "about"]
    rows = list(book["targets"].iter_rows(values_only=True))
    assert list(rows[0]) == TARGETS.names
    found, wanted = pd.DataFrame(rows[1:], columns=TARGETS.names), expected(exported)
    for name in NUMBERS:
        theirs = wanted[name].to_numpy(float, na_value=np.nan)
        np.testing.assert_allclose(found[name].astype(float).to_numpy(), theirs, rtol=1e-14)
    for name in TEXTS:
        assert found[name].fillna("").tolist() == wanted[name].fillna("").tolist()


def test_text_that_looks_like_a_formula_stays_text(exported: Path) -> None:
    sheet = openpyxl.load_workbook(exported / "targets.xlsx")["targets"]
    by_symbol = {row[1].value: row for row in sheet.iter_rows(min_row=2)}
    for symbol in frames.HOSTILE:
        assert [by_symbol[symbol][at].data_type for at in (1, 2)] == ["s", "s"]


def test_missing_is_an_empty_cell_and_never_zero(exported: Path) -> None:
    sheet = openpyxl.load_workbook(exported / "targets.xlsx")["targets"]
    ghost = next(row for row in sheet.iter_rows(min_row=2) if row[1].value == frames.UNMEASURED)
    for name in ("tumour_median", "presence", "rank_lo", "t_cell"):
        assert ghost[TARGETS.names.index(name)].value is None
    faint = next(row for row in sheet.iter_rows(min_row=2) if row[1].value == frames.BELOW)
    assert faint[TARGETS.names.index("tumour_median")].value == 0


def test_xlsx_is_ready_to_use(exported: Path) -> None:
    book = openpyxl.load_workbook(exported / "targets.xlsx")
    sheet = book["targets"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert [cell.value for cell in book["columns"]["A"][1:]] == TARGETS.names
    assert "research use only" in str(book["about"]["A3"].value)


def test_same_input_gives_same_bytes(exported: Path) -> None:
    tables.export(exported / "targets.parquet", exported / "again.tsv", exported / "again.xlsx")
    for end in ("tsv", "xlsx"):
        assert (exported / f"again.{end}").read_bytes() == (exported / f"targets.{end}").read_bytes()


def test_another_file_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "targets.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(InputError, match=r"targets\.parquet"):
        tables.export(tmp_path / "targets.parquet", tmp_path / "targets.tsv", tmp_path / "targets.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["targets.parquet"]
