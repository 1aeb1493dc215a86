"""Plain protein tables: intensities, panels of antibodies and stains, and what is refused of each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from targetfinder.cohort.formats.protein_tables import FORMATS, MODIFIED, ihc, panel, protein_matrix
from targetfinder.errors import InputError

LOG2, LINEAR = {"unit": "log2 intensity"}, {"unit": "intensity"}


def proteome(names: tuple[str, ...] = ("T1", "T2", "T3", "T4")) -> pd.DataFrame:
    """Make log2 intensities of 60 accessions, the low ones missing."""
    rng = np.random.default_rng(0)
    values = np.linspace(20, 33, 60)[:, None] + rng.normal(0, 0.7, (60, len(names)))
    values[values < 22] = np.nan
    frame = pd.DataFrame(values.round(3), columns=names)
    frame.insert(0, "Accession", [f"P{i:05d}" for i in range(60)])
    frame.insert(1, "Gene", [f"GENE{i}" for i in range(60)])
    return frame


def written(folder: Path, frame: pd.DataFrame, name: str = "table.tsv") -> Path:
    path = folder / name
    if path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, sep="," if ".csv" in name else "\t", index=False)
    return path


@pytest.mark.parametrize("name", ["a.tsv", "a.csv", "a.tsv.gz", "a.xlsx", "a.parquet"])
def test_intensities_are_read_from_any_table_on_either_scale(tmp_path: Path, name: str) -> None:
    frame = proteome()
    found = protein_matrix(written(tmp_path, frame, name), {**LOG2, "symbol": "Gene"})
    assert found.unit == "log2 intensity"
    assert found.values.index.tolist() == frame["Accession"].tolist()
    assert found.symbols is not None
    assert found.symbols.tolist() == frame["Gene"].tolist()
    assert np.array_equal(found.values.to_numpy(), frame.iloc[:, 2:].to_numpy(), equal_nan=True)
    frame.iloc[:, 2:] = (2.0 ** frame.iloc[:, 2:]).fillna(0)
    linear = protein_matrix(written(tmp_path, frame, name), {**LINEAR, "skip": "Gene"})
    assert np.allclose(np.log2(linear.values), found.values, equal_nan=True)
    assert linear.symbols is None


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        (lambda frame: frame, {}, "no unit is claimed"),
        (lambda frame: frame, LINEAR, "look log-transformed"),
        (lambda frame: frame.assign(T1=2 ** frame["T1"]), LOG2, "no log2 intensities"),
        (lambda frame: frame.assign(T1=-frame["T1"]), LINEAR, "negative intensity"),
        (lambda frame: frame.fillna(0), LOG2, "filled in"),
        (lambda frame: frame, {**LOG2, "gene": "Protein"}, "no such column"),
        (lambda frame: frame, {**LOG2, "column": "T1"}, "unknown key 'column'"),
        (lambda frame: frame.assign(Length=400), LOG2, "is no sample by its name"),
        (lambda frame: frame.assign(T1="high"), LOG2, "'high' in line 2 is not a finite number"),
        (lambda frame: frame.rename(columns={"T2": "T1"}), LOG2, "occurs twice"),
        (lambda frame: frame[["Accession", "Gene"]], LOG2, "holds no column of a sample"),
        (lambda frame: frame.iloc[:0], LOG2, "holds no"),
        (lambda frame: frame.assign(Accession=[f"Gene{i}" for i in range(60)]), LOG2, "mouse or rat"),
    ],
)
def test_a_matrix_that_is_not_what_is_claimed_is_refused(
    tmp_path: Path, change: object, options: dict[str, str], told: str
) -> None:
    path = written(tmp_path, change(proteome()))  # type: ignore[operator]
    with pytest.raises(InputError, match=told) as error:
        protein_matrix(path, {"skip": "Gene"} | options)
    assert error.value.file == str(path)


def arrays() -> pd.DataFrame:
    """Make a panel of samples × antibodies, as arrays of the MD Anderson core are shared."""
    antibodies = {"c.Kit": [2.6, 0.1], "HER2_Caution": [-0.4, 1.2], "HER2_pY1248_Caution": [0.0, 0.3]}
    return pd.DataFrame({"line": ["A673", "U266"], "lineage": ["bone", "blood"], **antibodies, "X4E.BP1": [1, np.nan]})


def test_a_panel_of_samples_as_rows_leaves_out_modified_forms(tmp_path: Path) -> None:
    found = panel(written(tmp_path, arrays()), {"samples": "line", "skip": "lineage"})
    assert found.values.index.tolist() == ["c.Kit", "HER2_Caution", "X4E.BP1"]
    assert found.values.columns.tolist() == ["A673", "U266"]
    assert found.values.loc["c.Kit", "A673"] == 2.6
    assert found.symbols is not None
    assert found.symbols.tolist() == ["c.Kit", "HER2", "4E.BP1"]
    assert found.left_out == {MODIFIED: 1}
    assert found.unit is None


def test_a_panel_of_antibodies_as_rows_is_the_same(tmp_path: Path) -> None:
    turned = arrays().drop(columns="lineage").set_index("line").T.rename_axis("antibody").reset_index()
    rows = panel(written(tmp_path, turned, "rows.tsv"), {})
    columns = panel(written(tmp_path, arrays()), {"samples": "line", "skip": "lineage"})
    pd.testing.assert_frame_equal(rows.values, columns.values, check_names=False)


def test_a_table_says_what_antibodies_bind(tmp_path: Path) -> None:
    names = tmp_path / "antibodies.csv"
    names.write_text("antibody,genes\nc.Kit,KIT\nHER2_pY1248_Caution,ERBB2\nX4E.BP1,EIF4EBP1;EIF4EBP2\n")
    options = {"samples": "line", "skip": "lineage", "genes": str(names)}
    found = panel(written(tmp_path, arrays()), options)
    assert found.symbols is not None
    assert found.symbols.fillna("").tolist() == ["KIT", "", "ERBB2", "EIF4EBP1;EIF4EBP2"]
    assert found.left_out == {}
    names.write_text("antibody,genes\nKit,KIT\n")
    with pytest.raises(InputError, match="lists none of the antibodies"):
        panel(written(tmp_path, arrays()), options)


@pytest.mark.parametrize(
    ("options", "change", "told"),
    [
        ({"samples": "line"}, {}, "'bone' in line 2 is not a finite number"),
        ({"samples": "name", "skip": "lineage"}, {}, "no such column"),
        ({"samples": "line", "skip": "lineage|tissue"}, {}, "no such column"),
        ({"samples": "line", "skip": "lineage"}, {"line": ["A673", "A673"]}, "sample occurs twice"),
        ({"samples": "line", "skip": "lineage"}, {"line": ["A673", None]}, "no name of a sample"),
        ({"skip": "lineage"}, {"line": ["c.Kit", "c.Kit"]}, "'c.Kit' has no name of its own"),
        ({"rows": "line"}, {}, "unknown key 'rows'"),
    ],
)
def test_a_panel_that_cannot_be_read_is_refused(
    tmp_path: Path, options: dict[str, str], change: dict[str, list[object]], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        panel(written(tmp_path, arrays().assign(**change)), options)


@pytest.mark.parametrize(
    ("scale", "scores", "values"),
    [
        ("h_score", ["0", "285", "NA"], [0, 285, np.nan]),
        ("intensity", ["0", "3", ""], [0, 3, np.nan]),
        ("percent", ["100", "2.5", "0"], [100, 2.5, 0]),
        ("level", ["Not detected", "medium ", ""], [0, 2, np.nan]),
    ],
)
def test_scores_of_each_scale_are_read_and_an_empty_cell_is_not_zero(
    tmp_path: Path, scale: str, scores: list[str], values: list[float]
) -> None:
    frame = pd.DataFrame({"sample": ["T1", "T2", "T3"], "CD99": scores, "STEAP1": scores})
    found = ihc(written(tmp_path, frame), {"scale": scale})
    assert found.values.columns.tolist() == ["T1", "T2", "T3"]
    assert np.array_equal(found.values.loc["STEAP1"], values, equal_nan=True)
    assert found.unit == "IHC score"


@pytest.mark.parametrize(
    ("options", "scores", "told"),
    [
        ({}, ["0", "1"], "scale of the scores is not given"),
        ({"scale": "allred"}, ["0", "1"], "scale of the scores is not given"),
        ({"scale": "intensity"}, ["0", "285"], "285 in line 3 is outside 0 to 3"),
        ({"scale": "percent"}, ["-1", "20"], "-1 in line 2 is outside 0 to 100"),
        ({"scale": "level"}, ["Low", "strong"], "'strong' in line 3 is no level"),
        ({"scale": "h_score"}, ["Low", "High"], "'Low' in line 2 is not a finite number"),
        ({"scale": "h_score", "samples": "patient"}, ["0", "1"], "no such column"),
        ({"scale": "h_score", "skip": "CD99"}, ["0", "1"], "holds no column of values"),
    ],
)
def test_scores_outside_their_scale_are_refused(
    tmp_path: Path, options: dict[str, str], scores: list[str], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        ihc(written(tmp_path, pd.DataFrame({"sample": ["T1", "T2"], "CD99": scores})), options)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"<html>", b"PK\x03\x04", b"\x1f\x8b\x08\x00"])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, form: str, content: bytes) -> None:
    path = tmp_path / "table.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        FORMATS[form](path, {"scale": "percent"} if form == "ihc" else LOG2)
    assert error.value.remedy


@pytest.mark.parametrize("form", FORMATS)
def test_a_header_alone_is_refused(tmp_path: Path, form: str) -> None:
    path = tmp_path / "table.tsv"
    path.write_text("entry\tT1\tT2\n")
    with pytest.raises(InputError, match="holds no"):
        FORMATS[form](path, {"scale": "percent"} if form == "ihc" else LOG2)


def test_the_relative_panel_of_cell_lines_is_no_matrix_of_intensities(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "cohorts" / "ccle_rppa_898lines_214antibodies.tsv.gz"
    turned = pd.read_csv(path, sep="\t", index_col="CCLE_Name").iloc[:, 6:]
    values = turned.T.rename_axis("antibody").reset_index()
    with pytest.raises(InputError, match="relative to a reference"):
        protein_matrix(written(tmp_path, values), LOG2)
