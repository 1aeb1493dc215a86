"""The samplesheet: every wrong cell is told at once, with its line and column; paths start at the sheet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from targetfinder.cohort._matrix import UNITS
from targetfinder.errors import InputError
from targetfinder.samplesheet import FORMATS, cohorts, of_cohort, read_samplesheet

SCHEMA = Path(__file__).parent.parent / "pipeline" / "assets" / "schema_input.json"
HEADER = "sample,indication,modality,file,format"
ROW = "s1,ewing_sarcoma,rna_bulk,a.tsv,matrix"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    for name in ("a.tsv", "b.tsv", "many/x.sf", "many/y.sf", "many/.hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    return tmp_path / "sheet.csv"


def read(sheet: Path, *lines: str) -> list:
    sheet.write_text("\n".join(lines) + "\n")
    return read_samplesheet(sheet, SCHEMA)


def test_defaults_say_the_least(sheet: Path) -> None:
    (one,) = read(sheet, HEADER, ROW)
    assert (one.line, one.patient, one.column, one.cohort) == (2, "s1", "s1", "ewing_sarcoma_rna_bulk")
    assert (one.library, one.material, one.role, one.unit, one.purity) == ("unknown", "tumour", "cohort", None, None)
    assert one.files == (sheet.parent / "a.tsv",)


def test_all_columns_are_read(sheet: Path) -> None:
    given = {
        "patient": "p1", "cohort": "mine", "timepoint": "relapse", "unit": "TPM", "library": "poly_a", "purity": "0.8",
        "material": "sorted", "selected_by": "SDC1;CD38", "malignant": '"state in [a, b]"',
        "mapping": "gene=Name;skip=a|b", "column": "Sample 1", "role": "query", "override": '"we looked, it is fine"',
    }  # fmt: skip
    (one,) = read(sheet, ",".join([HEADER, *given]), ",".join([ROW, *given.values()]))
    assert (one.patient, one.cohort, one.timepoint, one.unit, one.purity) == ("p1", "mine", "relapse", "TPM", 0.8)
    assert one.selected_by == ("SDC1", "CD38")
    assert one.mapping == {"gene": "Name", "skip": "a|b"}
    assert (one.column, one.role, one.override) == ("Sample 1", "query", "we looked, it is fine")


def test_a_timepoint_makes_a_cohort_of_its_own(sheet: Path) -> None:
    found = read(sheet, f"{HEADER},timepoint", f"{ROW},selection", ROW.replace("s1", "s2") + ",relapse", "")
    assert list(cohorts(found)) == ["ewing_sarcoma_rna_bulk_relapse", "ewing_sarcoma_rna_bulk_selection"]
    assert [one.sample for one in of_cohort(found, "ewing_sarcoma_rna_bulk_relapse", sheet)] == ["s2"]
    with pytest.raises(InputError, match=r"no cohort 'x'.*use one of ewing_sarcoma_rna_bulk_relapse"):
        of_cohort(found, "x", sheet)


@pytest.mark.parametrize("given", ["many", "many/*.sf", "absolute"])
def test_a_folder_or_a_pattern_stands_for_its_files(sheet: Path, given: str) -> None:
    place = f"{sheet.parent}/many/*.sf" if given == "absolute" else given
    (one,) = read(sheet, HEADER, f"*,ewing_sarcoma,rna_bulk,{place},salmon_genes")
    assert [path.name for path in one.files] == ["x.sf", "y.sf"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([f"{HEADER},purety", f"{ROW},0.5"], "unknown column 'purety', did you mean 'purity'?"),
        ([HEADER, ROW.replace("s1", "")], "line 2, sample: is empty"),
        ([HEADER, ROW.replace("s1", "<b>s1</b>")], "line 2, sample: '<b>s1</b>' must be letters"),
        ([HEADER, ROW.replace("s1", '"my ""tumour"""')], "line 2, sample: 'my \"tumour\"' must be letters"),
        ([HEADER, ROW.replace("rna_bulk", "rna")], "line 2, modality: 'rna' must be rna_bulk"),
        ([HEADER, ROW.replace("matrix", "matriks")], "line 2, format: 'matriks' must be a format"),
        ([HEADER, ROW.replace("a.tsv", "none.tsv")], "line 2, file: no such file 'none.tsv'"),
        ([HEADER, ROW.replace("a.tsv", "../a.tsv")], "leaves the folder of the samplesheet"),
        ([HEADER, ROW.replace("a.tsv", "../*.tsv")], "leaves the folder of the samplesheet"),
        ([HEADER, ROW.replace("a.tsv", "z*.tsv")], "nothing is there that 'z*.tsv' stands for"),
        ([HEADER, ROW.replace("a.tsv", "many")], "file: is 2 files for one sample"),
        ([f"{HEADER},purity", f"{ROW},80"], "line 2, purity: '80' must be a share"),
        ([f"{HEADER},purity", f"{ROW},nan"], "line 2, purity: 'nan' must be a share"),
        ([f"{HEADER},override", f"{ROW},because"], "must be a written reason"),
        ([f"{HEADER},mapping", f"{ROW},gene"], "must be key=value pairs"),
        ([f"{HEADER},mapping", f"{ROW},gene=a;gene=b"], "mapping: names a key twice"),
        ([f"{HEADER},genes", f"{ROW},none.gtf"], "genes: no such file 'none.gtf'"),
        ([f"{HEADER},patient", "*,ewing_sarcoma,rna_bulk,a.tsv,matrix,p1"], "patient and column must be empty"),
        ([HEADER, "s1,ewing_sarcoma,rna_cell,a.tsv,h5ad"], "malignant: is empty"),
        ([f"{HEADER},malignant,role", "s1,ewing_sarcoma,rna_cell,a.tsv,h5ad,all,query"], "role: a query of rna_cell"),
        ([HEADER, "s1,ewing_sarcoma,protein,a.tsv,gct"], "format: 'gct' holds no protein; use one of maxquant"),
        ([HEADER, ROW, ROW], "line 3, sample: repeats the sample of line 2"),
        ([f"{HEADER},column", f"{ROW},c", ROW.replace("s1", "s2") + ",c"], "repeats the file and column of line 2"),
        ([f"{HEADER},unit,cohort", f"{ROW},TPM,c", "s2,ewing_sarcoma,rna_bulk,b.tsv,gct,FPKM,c"], "differ (FPKM, TPM)"),
        ([HEADER], "holds no sample"),
        ([HEADER, f"{ROW},more"], "line 2 has more cells than the header"),
        ([f"{HEADER},sample", f"{ROW},s2"], "column sample occurs twice"),
        ([""], "is empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_line_and_column(sheet: Path, lines: list[str], told: str) -> None:
    with pytest.raises(InputError) as error:
        read(sheet, *lines)
    assert told in str(error.value)
    assert str(sheet) in str(error.value)


def test_all_errors_come_at_once(sheet: Path) -> None:
    with pytest.raises(InputError) as error:
        read(sheet, HEADER, ROW.replace("a.tsv", "none.tsv"), ROW.replace("a.tsv", "nil.tsv"), ROW, ROW)
    assert all(told in str(error.value) for told in ("line 2, file", "line 3, file", "line 5, sample: repeats"))
    with pytest.raises(InputError) as error:
        read(sheet, HEADER, "a b,Ewing,rna,,x", "s2,ewing,rna_bulk,a.tsv,y")
    assert str(error.value).count("line ") == 6


def test_a_sheet_that_is_no_text_is_refused(sheet: Path) -> None:
    sheet.write_bytes(b"\xff\xfe\x00x")
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_samplesheet(sheet, SCHEMA)


def test_every_column_says_what_it_is_and_what_it_must_be() -> None:
    schema = json.loads(SCHEMA.read_text())["items"]["properties"]
    assert all({"description", "errorMessage"} <= set(rule) for rule in schema.values())
    assert schema["unit"]["enum"] == list(UNITS)
    assert set(schema["format"]["enum"]) == {form for forms in FORMATS.values() for form in forms}
    assert set(schema["modality"]["enum"]) == set(FORMATS)
