"""Plain matrices: every container gives the same matrix, and everything bad is told by line and column."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targetfinder.cohort.formats.bulk import gct, matrix
from targetfinder.errors import InputError

IDS = ["ENSG00000000003.15", "ENSG00000000005.6", "ENSG00000000419.14", "ENSG00000002586.20_PAR_Y"]
SYMBOLS = ["TSPAN6", "TNMD", "DPM1", "CD99"]
VALUES = np.array([[1.5, 0.0], [np.nan, -2.25], [1e-3, 1e6], [7.0, 8.0]])
SAMPLES = ["P1", "P 2"]


def table() -> pd.DataFrame:
    frame = pd.DataFrame(VALUES, columns=SAMPLES)
    frame.insert(0, "gene_id", IDS)
    frame.insert(1, "gene_name", SYMBOLS)
    return frame.assign(biotype="protein_coding")


def to_gz(path: Path) -> None:
    path.write_bytes(gzip.compress(table().to_csv(sep="\t", index=False).encode()))


def to_h5ad(path: Path) -> None:
    var = table().set_index("gene_id")[["gene_name", "biotype"]]
    anndata.AnnData(VALUES.T, pd.DataFrame(index=SAMPLES), var).write_h5ad(path)


CONTAINERS: dict[str, Callable[[Path], object]] = {
    "m.tsv": lambda path: table().to_csv(path, sep="\t", index=False, na_rep="NA"),
    "m.txt": lambda path: table().to_csv(path, sep="\t", index=False, na_rep="NaN", lineterminator="\r\n"),
    "bom.csv": lambda path: table().to_csv(path, index=False, encoding="utf-8-sig", quoting=1),
    "semicolon.csv": lambda path: table().to_csv(path, sep=";", index=False),
    "blank.tsv": lambda path: path.write_text(table().to_csv(sep="\t", index=False).replace("\nENSG", "\n\nENSG", 2)),
    "m.tsv.gz": to_gz,
    "misnamed.tsv": to_gz,
    "m.xlsx": lambda path: table().to_excel(path, index=False),
    "m.parquet": lambda path: table().to_parquet(path, index=False),
    "index.parquet": lambda path: table().set_index("gene_id").to_parquet(path),
    "m.h5ad": to_h5ad,
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_gives_the_same_matrix(name: str, tmp_path: Path) -> None:
    CONTAINERS[name](tmp_path / name)
    options = {"symbol": "gene_name"} | ({} if name == "m.h5ad" else {"skip": "biotype"})
    found = matrix(tmp_path / name, options)
    np.testing.assert_array_equal(found.values, VALUES)
    assert list(found.values.index) == IDS
    assert list(found.values.columns) == SAMPLES
    assert found.symbols is not None
    assert found.symbols.tolist() == SYMBOLS
    assert (found.unit, found.lengths, found.left_out) == (None, None, {})


def text(*lines: str) -> str:
    return "\n".join(line.replace(" ", "\t") for line in lines) + "\n"


def written(folder: Path, content: str | bytes, name: str = "m.tsv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_the_column_of_ids_may_be_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, text("no symbol S1", "1 CD19 5"))
    assert matrix(path, {"gene": "symbol", "skip": "no"}).values.loc["CD19", "S1"] == 5


def test_symbols_may_repeat_and_rows_without_a_gene_are_counted(tmp_path: Path) -> None:
    rows = text("gene S1", "CD99 1", "CD99 2", "__no_feature 30", "N_unmapped 40", "NA 5", " 6".replace(" ", "\t", 0))
    found = matrix(written(tmp_path, rows), {})
    assert list(found.values.index) == ["CD99", "CD99"]
    assert list(found.values["S1"]) == [1, 2]
    assert found.left_out == {"row without an id": 2, "row of reads that belong to no gene": 2}


def test_dates_of_a_spreadsheet_keep_a_spelling_that_names_can_read(tmp_path: Path) -> None:
    path = tmp_path / "m.xlsx"
    pd.DataFrame({"gene": [datetime(2024, 3, 1), "CD19", 7], "S1": [1, "NA", 3]}).to_excel(path, index=False)
    found = matrix(path, {})
    assert list(found.values.index) == ["2024-03-01 00:00:00", "CD19", "7"]
    assert list(matrix(written(tmp_path, text("gene S1", "1-Mar 3", "CD19 4")), {}).values.index) == ["1-Mar", "CD19"]


GOOD = text("gene S1 S2", "CD19 1 2", "CD38 3 4")
BAD = {
    "empty": ("", "is empty"),
    "only a header": ("gene\tS1\n", "holds no genes"),
    "blank header": ("\n" + GOOD, "line 1 is"),
    "web page": ("<!DOCTYPE html>\n<html></html>\n", "a web page and no table"),
    "no separator": ("gene S1 S2\nCD19 1 2\n", "only one column in line 1"),
    "other separator below": ("gene\tS1\tS2\nCD19,1,2\n", "1 cells in line 2, where the header has 3"),
    "header short (R)": (text("S1 S2", "CD19 1 2"), "3 cells in line 2, where the header has 2"),
    "header long": (text("gene S1 S2 S3", "CD19 1 2"), "3 cells in line 2, where the header has 4"),
    "cut line": (GOOD + "CD20\t1\n", "2 cells in line 4, where the header has 3"),
    "no header": (text("ENSG00000000003 1 2", "ENSG00000000005 3 4"), "in the place of a header"),
    "gct": ("#1.2\n1\t1\n", "give its format as gct"),
    "word": (text("gene S1 S2", "CD19 1 2", "CD38 3 high"), "S2: 'high' in line 3 is not a finite number"),
    "word after blank line": ("gene\tS1\n\nCD19\thigh\n", "S1: 'high' in line 3"),
    "annotation": (text("gene S1 biotype", "CD19 1 coding"), "biotype: 'coding' in line 2"),
    "missing with a space": ("gene\tS1\nCD19\t1\nCD38\tNA \n", "S1: 'NA ' in line 3"),
    "infinite": (text("gene S1 S2", "CD19 1 2", "CD38 inf 4"), "S1: 'inf' in line 3"),
    "minus infinite": (text("gene S1", "CD38 -Infinity"), "S1: '-Infinity' in line 2"),
    "too large": (text("gene S1", "CD38 1e999"), "S1: '1e999' in line 2"),
    "decimal comma": ("gene;S1\nCD19;1,5\n", "S1: '1,5' in line 2"),
    "thousands": ('gene,S1\nCD19,"1,500"\n', "S1: '1,500' in line 2"),
    "doubled sample": (text("gene S1 S1", "CD19 1 2"), "S1: column occurs twice"),
    "nameless sample": ("gene\tS1\t\nCD19\t1\t2\n", "column 3 has no name"),
    "doubled gene": (
        text("gene S1", "ENSG00000000003.1 1", "CD19 2", "ENSG00000000003.2 3"),
        "gene ENSG00000000003 occurs in line 2 and line 4",
    ),
    "mouse ids": (text("gene S1", "CD19 1", "ENSMUSG00000000001 1"), "another species: 'ENSMUSG00000000001' in line 3"),
    "mouse symbols": (text("gene S1", "Cd19 1", "Ptprc 2", "Il2ra 3"), "mouse or rat, as 'Cd19'"),
    "transcripts": (text("gene S1", "ENST00000000233.10 1", "ENST00000000412 2"), "transcripts, not genes"),
    "transposed": (text("sample ENSG00000000003 ENSG00000000005", "S1 1 2"), "transpose it"),
    "no sample": ("gene\tsymbol\nENSG00000000003\tTSPAN6\n", "symbol: 'TSPAN6' in line 2"),
    "length as sample": (text("gene Length S1", "CD19 1000 2"), "skip=Length"),
    "html in sample": (text("gene <b>S1</b> S2", "CD19 1 2"), "'<b>S1</b>' is no name of a sample"),
    "html in gene": (text("gene S1", "<i>CD19</i> 1"), "no name of a gene: '<i>CD19</i>' in line 2"),
    "lone quote": ('gene\tS1\nCD19\t1\n"CD38\t2\nCD20\t3\n', "quote that opens in line 3"),
    "old Mac": ("gene\tS1\rCD19\t1\r", "a carriage return inside line 1"),
    "utf-16": (GOOD.encode("utf-16"), "text in UTF-16"),
    "latin-1": ("gene\tS1\nCD19\t1\nIFN-\xdf\t2\n".encode("latin-1"), "line 3 is not UTF-8"),
    "workbook as text": (b"PK\x03\x04" + bytes(50), "a workbook or zip archive, not a text"),
    "nul": (b"gene\tS1\nCD19\t1\x00\n", "not a finite number"),
    "truncated gzip": (gzip.compress(GOOD.encode() * 1000)[:-20], "damaged or truncated"),
    "damaged gzip": (b"\x1f\x8b\x08\x00nonsense that is no gzip", "damaged or truncated"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_told_with_its_place(case: str, tmp_path: Path) -> None:
    content, told = BAD[case]
    with pytest.raises(InputError) as error:
        matrix(written(tmp_path, content), {})
    assert told in str(error.value)
    assert error.value.file == str(tmp_path / "m.tsv")
    assert error.value.remedy


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"symbol": "name"}, "name: no such column"),
        ({"skip": "S2|S9"}, "S9: no such column"),
        ({"gen": "gene"}, "mapping: unknown key 'gen'"),
        ({"skip": "S1|S2"}, "no column of a sample"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        matrix(written(tmp_path, GOOD), options)
    assert told in str(error.value)


def test_the_column_of_a_wrong_cell_is_that_of_the_file(tmp_path: Path) -> None:
    rows = text("note S1 gene S2", "x 1 CD19 2", "y 3 CD38 high")
    with pytest.raises(InputError, match="S2: 'high' in line 3"):
        matrix(written(tmp_path, rows), {"gene": "gene", "skip": "note"})


def test_a_file_that_is_not_there_is_an_error_of_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        matrix(tmp_path / "m.tsv", {})


@pytest.mark.parametrize("name", ["m.xlsx", "m.parquet", "m.h5ad"])
@pytest.mark.parametrize("damage", [b"", b"<html></html>", None])
def test_a_damaged_container_is_refused(name: str, damage: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / name
    CONTAINERS[name](path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if damage is None else damage)
    with pytest.raises(InputError, match="not a whole"):
        matrix(path, {})


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"gene": ["CD19", "CD38"], "S1": [1.0, "high"]}, "S1: 'high' in row"),
        ({"gene": ["CD19", "CD38"], "S1": [1.0, np.inf]}, "S1: 'inf' in row"),
        ({"gene": ["CD19", "CD38"], "S1": [True, False]}, "S1: 'True' in row"),
        ({"gene": ["CD19"], "": [1.0]}, "column 2 has no name"),
        ({"gene": [], "S1": []}, "holds no rows"),
    ],
)
def test_bad_cells_of_a_container_are_told(
    kind: str, columns: dict[str, list[object]], told: str, tmp_path: Path
) -> None:
    path = tmp_path / f"m.{kind}"
    frame = pd.DataFrame(columns)
    if kind == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.astype({"S1": str} if told.startswith("S1: 'high'") else {}).to_parquet(path)
    with pytest.raises(InputError) as error:
        matrix(path, {})
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data[["P1", "P1"]].copy(), "P1: sample occurs twice"),
        (lambda data: anndata.AnnData(np.full(data.shape, np.inf), data.obs, data.var), "gene ENSG00000000003.15"),
        (lambda data: anndata.AnnData(obs=data.obs, var=data.var), "not a whole h5ad file: .*X"),
        (lambda data: anndata.AnnData(np.zeros((20_001, 1), np.int8)), "are cells, not samples"),
    ],
)
@pytest.mark.filterwarnings("ignore:Observation names are not unique")
def test_h5ad_that_does_not_fit_is_refused(
    change: Callable[[anndata.AnnData], anndata.AnnData], told: str, tmp_path: Path
) -> None:
    to_h5ad(tmp_path / "a.h5ad")
    change(anndata.read_h5ad(tmp_path / "a.h5ad")).write_h5ad(tmp_path / "b.h5ad")
    with pytest.raises(InputError, match=told):
        matrix(tmp_path / "b.h5ad", {})


def test_sparse_h5ad_is_the_same_as_dense(tmp_path: Path) -> None:
    from scipy.sparse import csr_matrix

    data = anndata.AnnData(csr_matrix([[0.0, 2.0], [3.0, 0.0]]), pd.DataFrame(index=["P1", "P2"]))
    data.var_names = IDS[:2]
    data.write_h5ad(tmp_path / "m.h5ad")
    np.testing.assert_array_equal(matrix(tmp_path / "m.h5ad", {}).values, [[0, 3], [2, 0]])


GCT2 = text("#1.2", "2 2", "Name Description S1 S2", f"{IDS[0]} TSPAN6 1 2", f"{IDS[1]} TNMD 3 NA")
GCT3 = text("#1.3", "2 2 1 1", "id pr_symbol S1 S2", "age NA 34 text", "CD19 B 1 2", "CD38 C 3 -4")


def test_gct_of_both_versions(tmp_path: Path) -> None:
    found = gct(written(tmp_path, gzip.compress(GCT2.encode()), "m.gct.gz"), {})
    np.testing.assert_array_equal(found.values, [[1, 2], [3, np.nan]])
    assert found.symbols is not None
    assert found.symbols.tolist() == ["TSPAN6", "TNMD"]
    found = gct(written(tmp_path, GCT3), {"symbol": "pr_symbol"})
    np.testing.assert_array_equal(found.values, [[1, 2], [3, -4]])
    assert found.symbols is not None
    assert found.symbols.tolist() == ["B", "C"]
    assert gct(written(tmp_path, GCT3), {}).symbols is None


def test_a_description_beside_names_is_no_symbol(tmp_path: Path) -> None:
    assert gct(written(tmp_path, GCT2.replace(IDS[0], "CD19").replace(IDS[1], "CD38")), {}).symbols is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("#1.2", "#1.4", "'#1.4' in line 1"),
        ("2\t2\n", "2\n", "in line 2 instead of 2 counts"),
        ("2\t2\n", "3\t2\n", "line 2 announces 3 genes, but there are 2"),
        ("2\t2\n", "2\t3\n", "line 2 announces 3 samples, line 3 names 2"),
        ("\tNA\n", "\tx\n", "S2: 'x' in line 5"),
        ("\tNA\n", "\n", "3 cells in line 5"),
        ("S1\tS2", "S1\tS1", "S1: column occurs twice in line 3"),
    ],
)
def test_gct_that_is_not_as_announced_is_refused(old: str, new: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        gct(written(tmp_path, GCT2.replace(old, new)), {})
    assert told in str(error.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=20))
def test_every_finite_number_comes_back_exactly(tmp_path: Path, numbers: list[float | None]) -> None:
    lines = [f"G{n}\t{'' if number is None else repr(number)}" for n, number in enumerate(numbers)]
    found = matrix(written(tmp_path, "gene\tS1\n" + "\n".join(lines)), {})
    assert [None if np.isnan(value) else value for value in found.values["S1"]] == numbers


@pytest.mark.parametrize("damage", range(40))
def test_damage_anywhere_gives_a_matrix_or_an_error_of_input(damage: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(damage)
    content = bytearray(GOOD.encode() if damage % 2 else gzip.compress(GOOD.encode()))
    for place in rng.integers(len(content), size=3):
        content[place] = rng.integers(256)
    try:
        assert matrix(written(tmp_path, bytes(content)), {}).values.shape[1] >= 1
    except InputError as error:
        assert error.remedy


def test_real_ewing_samples_are_read(shared_data: Path) -> None:
    found = matrix(shared_data / "cohorts" / "ewing_SRP015989_recount2_tpm.tsv.gz", {"symbol": "symbol"})
    assert found.values.shape == (58037, 7)
    assert found.values.index.str.endswith("_PAR_Y").sum() == 45
    np.testing.assert_allclose(found.values.sum(), 1e6, rtol=1e-6)
    assert found.symbols is not None
    cd99 = found.values.loc[(found.symbols == "CD99").to_numpy(), "SRR579382_shCTR"]
    assert cd99.max() > 500
