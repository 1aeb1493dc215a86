"""Bad files and bad mixes by a samplesheet: each is told with its file, place and remedy, and nothing is left."""

from __future__ import annotations

import contextlib
import gzip
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anndata
import numpy as np
import pandas as pd
import pytest
from tests.cohort.good_files import GOOD, SAMPLES, write_good

from targetfinder import cli, tables
from targetfinder.cohort.check import check
from targetfinder.cohort.read import read
from targetfinder.errors import InputError
from targetfinder.known_genes import read_known_genes
from targetfinder.samplesheet import FORMATS
from targetfinder.sources.registry import read_registry

if TYPE_CHECKING:
    from tests.conftest import Run

SCHEMA = Path(__file__).parent.parent.parent / "pipeline" / "assets" / "schema_input.json"
LEVEL = 10.0
#: Formats of one text that can be opened by an editor.
TEXTS = [form for form in GOOD if form not in ("h5ad", "10x_h5", "10x_mtx")]


@pytest.fixture(scope="module", autouse=True)
def known(simulated: Run) -> Iterator[None]:
    """Read the names of genes once for all tests."""
    found = read_known_genes(read_registry(simulated.references / "sources.toml"), simulated.store)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("targetfinder.cohort.read.read_known_genes", lambda *_: found)
        yield


@pytest.fixture(scope="module")
def typical(simulated: Run) -> pd.DataFrame:
    """TPM of six samples that are like the normal tissues of the simulation, by gene id."""
    values = simulated.of_bundle(tables.NORMAL_BULK).groupby("gene_id")["value"].median()
    drawn = values.to_numpy()[:, None] * np.exp2(np.random.default_rng(6).normal(0, 0.5, (len(values), len(SAMPLES))))
    return pd.DataFrame(drawn / drawn.sum(axis=0) * 1e6, values.index, SAMPLES)


@pytest.fixture(scope="module")
def good(simulated: Run, typical: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good file of every format."""
    folder = tmp_path_factory.mktemp("good")
    symbols = simulated.of_bundle(tables.GENES).set_index("gene_id")["symbol"].reindex(typical.index)
    write_good(folder, typical, symbols)
    return folder


def row(form: str, sample: str = "*", **cells: str) -> dict[str, str]:
    """Return one row of a samplesheet."""
    given = {"modality": "rna_bulk", "cohort": "own", "indication": "planted", **GOOD[form]}
    return {"sample": sample, "format": form, **given, **cells}


def sheet_of(folder: Path, *rows: dict[str, str]) -> Path:
    """Write a samplesheet."""
    pd.DataFrame(list(rows)).to_csv(folder / "sheet.csv", index=False)
    return folder / "sheet.csv"


def run(simulated: Run, folder: Path, *rows: dict[str, str], compare: bool = False) -> Path:
    """Read the cohort `own` of a samplesheet, and judge it if asked for."""
    out, sheet = folder / "out", sheet_of(folder, *rows)
    read(sheet, SCHEMA, "own", simulated.bundle, simulated.references, simulated.store, LEVEL, out)
    if compare:
        check(simulated.shipped, [out], [], simulated.bundle, folder / "checked")
    return out


def refused(simulated: Run, folder: Path, *rows: dict[str, str], compare: bool = False) -> InputError:
    """Return the error of a samplesheet, which has a remedy and leaves nothing behind."""
    with pytest.raises(InputError) as caught:
        run(simulated, folder, *rows, compare=compare)
    assert caught.value.remedy
    assert not (folder / ("checked" if compare else "out")).exists()
    return caught.value


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    """A copy of the good files to be damaged."""
    for path in good.rglob("*"):
        if path.is_file():
            (tmp_path / path.relative_to(good)).parent.mkdir(exist_ok=True)
            (tmp_path / path.relative_to(good)).write_bytes(path.read_bytes())
    return tmp_path


def test_no_format_of_the_samplesheet_is_left_out() -> None:
    assert set(GOOD) == {form for forms in FORMATS.values() for form in forms}


@pytest.mark.parametrize("form", GOOD)
def test_the_good_file_of_every_format_is_read(simulated: Run, folder: Path, form: str) -> None:
    assert (run(simulated, folder, row(form)) / "own.parquet").is_file()


def test_a_good_mix_is_compared(simulated: Run, folder: Path) -> None:
    run(simulated, folder, row("matrix"), compare=True)
    assert (folder / "checked" / "own.parquet").is_file()


# ---------------------------------------------------------------- files that are not whole


def cut(path: Path) -> None:
    """End a file in the middle of a line, or of its bytes."""
    content = path.read_bytes()[: path.stat().st_size * 6 // 10]
    with contextlib.suppress(ValueError):
        content = content.decode()[: content.rindex(b"\t")].encode()
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "cut": cut,
    "empty": lambda path: path.write_bytes(b""),
    "a web page": lambda path: path.write_text("<!DOCTYPE html>\n<html><body>404: not found</body></html>\n"),
    "noise": lambda path: path.write_bytes(np.random.default_rng(1).bytes(5000)),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("form", GOOD)
def test_a_file_that_is_not_whole_is_refused_by_name(simulated: Run, folder: Path, form: str, damage: str) -> None:
    path = folder / GOOD[form]["file"]
    DAMAGES[damage](path)
    error = refused(simulated, folder, row(form))
    assert path.name in str(error)


@pytest.mark.parametrize("form", TEXTS)
def test_a_gzip_that_ends_early_is_refused_by_name(simulated: Run, folder: Path, form: str) -> None:
    path = folder / GOOD[form]["file"]
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])
    error = refused(simulated, folder, row(form))
    assert path.name in str(error)
    assert "truncated" in str(error)


@pytest.mark.parametrize("form", [form for form in TEXTS if form != "star_counts"])  # which has none
def test_a_file_without_its_header_is_refused(simulated: Run, folder: Path, form: str) -> None:
    path = folder / GOOD[form]["file"]
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[1 + lines[0].startswith("#") :]))
    error = refused(simulated, folder, row(form))
    assert path.name in str(error)


# ---------------------------------------------------------------- rows of the samplesheet

SHEETS: dict[str, tuple[list[dict[str, str]], list[str]]] = {
    "a sample twice": (
        [row("matrix", "s0"), row("matrix", "s0")],
        ["line 3", "sample", "repeats the sample of line 2"],
    ),
    "a column twice": (
        [row("matrix", "a", column="s0"), row("matrix", "b", column="s0")],
        ["line 3", "repeats the file and column of line 2"],
    ),
    "an unknown column": ([row("matrix") | {"purty": "0.5"}], ["unknown column 'purty'", "did you mean 'purity'"]),
    "a path outside": ([row("matrix", file="../tpm.tsv")], ["line 2, file", "'../tpm.tsv' leaves the folder"]),
    "no such file": ([row("matrix", file="none.tsv")], ["line 2, file", "no such file 'none.tsv'"]),
    "HTML in a name": ([row("matrix", "<b>s0</b>")], ["line 2, sample", "'<b>s0</b>' must be letters"]),
    "a space and quotes in a name": ([row("matrix", 'my "s0"')], ["line 2, sample", "must be letters"]),
    "purity in percent": ([row("matrix") | {"purity": "80"}], ["line 2, purity", "'80' must be a share"]),
    "two units in a cohort": (
        [row("matrix", "s0"), row("matrix", "s1", unit="FPKM")],
        ["cohort own, unit", "differ (FPKM, TPM)"],
    ),
    "a query of proteins": ([row("panel", "s0", role="query")], ["line 2, role", "only rna_bulk can"]),
    "a query of quartiles": ([row("quantiles", "s0", role="query")], ["quartiles"]),
    "quartiles among samples": (
        [row("matrix", unit=""), row("quantiles", "s9")],
        ["cohort own, format", "a cohort of its own"],
    ),
    "cells without a rule": ([row("h5ad", malignant="")], ["line 2, malignant", "say which cells are malignant"]),
    "a sample that is not in the file": ([row("matrix", "s9")], ["tpm.tsv", "line 2, column", "no sample 's9'"]),
    "an unknown key of the mapping": ([row("matrix", mapping="genes_at=x")], ["tpm.tsv", "mapping", "genes_at"]),
    "an unknown key for quartiles": ([row("quantiles", mapping="n=30;q4=x")], ["quartiles.tsv", "mapping", "q4"]),
    "a unit that the format denies": ([row("salmon_genes", unit="FPKM")], ["line 2, unit", "holds TPM"]),
    "no number of patients": ([row("quantiles", mapping="n=many")], ["quartiles.tsv", "line 2, mapping", "n=<number>"]),
    "a rule with an unknown column": ([row("h5ad", malignant="type == tumour")], ["cells.h5ad", "no column 'type'"]),
    "a rule with an unknown value": (
        [row("h5ad", malignant="kind == tumor")],
        ["cells.h5ad", "no cell has 'tumor' in column 'kind'", "did you mean tumour?"],
    ),
    "a rule that cannot be read": ([row("h5ad", malignant="kind is tumour")], ["cells.h5ad", "without column"]),
    "a rule that leaves no cell": (
        [row("h5ad", malignant="kind not in [tumour, T cell]")],
        ["cells.h5ad", "malignant"],
    ),
    "a patient column that is not there": ([row("h5ad", mapping="patient=who")], ["cells.h5ad", "no column 'who'"]),
    "antibodies that are not there": (
        [row("h5ad", modality="protein", mapping="patient=donor;proteins=adt")],
        ["cells.h5ad", "no proteins 'adt' in obsm"],
    ),
    "proteins of two files": (
        [row("panel", "s0"), row("panel", "s1", file="protein.tsv")],
        ["panel.tsv", "is made of 2 files", "one table"],
    ),
    "no scale of a stain": ([row("ihc", mapping="")], ["ihc.tsv", "mapping", "scale="]),
    "log2 read as linear": ([row("protein_matrix", unit="intensity")], ["protein.tsv", "unit", "log-transformed"]),
    "linear read as log2": (
        [row("protein_matrix", unit="log2 intensity", file="report.pg_matrix.tsv", mapping="skip=Genes")],
        ["report.pg_matrix.tsv", "unit", "no log2 intensities"],
    ),
    "a panel read as intensities": (
        [row("protein_matrix", file="panel.tsv")],
        ["panel.tsv", "relative to a reference"],
    ),
    "a table of antibodies that lists none": ([row("panel", genes="tx2gene.tsv")], ["tx2gene.tsv", "panel.tsv"]),
    "a GTF that is none": (
        [row("star_counts", genes="tpm.tsv")],
        ["tpm.tsv", "not a GTF", "line 1"],
    ),
}


@pytest.mark.parametrize("case", SHEETS)
def test_a_row_that_is_wrong_is_told(simulated: Run, folder: Path, case: str) -> None:
    rows, told = SHEETS[case]
    error = str(refused(simulated, folder, *rows))
    assert [one for one in told if one not in error] == []


# ---------------------------------------------------------------- cells of a file


def put(column: str, value: object, line: int = 5) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return what writes one cell of a matrix."""

    def edit(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.astype(object)
        frame.loc[frame.index[line - 2], column] = value
        return frame

    return edit


EDITS: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame], list[str]]] = {
    "a word": ("matrix", put("s3", "missing"), ["s3", "'missing' in line 5", "NA where missing"]),
    "infinity": ("matrix", put("s3", "inf"), ["s3", "'inf' in line 5", "finite"]),
    "a decimal comma": ("matrix", put("s3", "1,5"), ["s3", "'1,5' in line 5", "decimal point"]),
    "a negative TPM": ("matrix", put("s3", -1), ["s3", "negative TPM", "ENSG"]),
    "HTML in the name of a gene": ("matrix", put("gene_id", "<i>x</i>"), ["line 5", "<i>x</i>"]),
    "a gene twice": ("matrix", lambda f: pd.concat([f, f.iloc[[3]]]), ["occurs in line 5", "and line"]),
    "HTML in the name of a sample": ("matrix", lambda f: f.rename(columns={"s3": "<b>s3</b>"}), ["column 4", "<b>s3"]),
    "samples of one name": ("matrix", lambda f: f.rename(columns={"s3": "s0"}), ["s0", "twice"]),
    "names of two kinds": (
        "matrix",
        lambda f: f.assign(gene_id=[f"GOOD{n}" if n % 5 == 0 else one for n, one in enumerate(f["gene_id"])]),
        ["named in another way", "GOOD0"],
    ),
    "rows and columns swapped": ("matrix", lambda f: f.set_index("gene_id").T.reset_index(), ["genes are columns"]),
    "genes of the mouse": (
        "matrix",
        lambda f: f.assign(gene_id=f["gene_id"].str.replace("ENSG", "ENSMUSG")),
        ["another species", "line 2"],
    ),
    "symbols of the mouse": (
        "matrix",
        lambda f: f.assign(gene_id=[f"Cd{n}a" for n in range(len(f))]),
        ["mouse or rat", "line 2"],
    ),
    "transcripts": (
        "matrix",
        lambda f: f.assign(gene_id=f["gene_id"].str.replace("ENSG", "ENST")),
        ["transcripts", "line 2"],
    ),
    "a sample of nothing": ("matrix", lambda f: f.assign(s3=0), ["s3", "zero or missing"]),
    "entrez ids as a sample": ("matrix", lambda f: f.assign(entrez_id=range(len(f))), ["entrez_id", "skip=entrez_id"]),
    "z-scores as TPM": (
        "matrix",
        lambda f: f.set_index("gene_id").apply(lambda s: (s - s.mean()) / s.std()).reset_index(),
        ["negative TPM", "z-score"],
    ),
    "quartiles out of order": ("quantiles", put("q1", 1e6), ["not in order", "ENSG", "q1"]),
    "no upper quartile": ("quantiles", lambda f: f.drop(columns="q3"), ["q3", "missing column of quartiles"]),
    "a stain out of its scale": ("ihc", put("GOOD1", 301), ["GOOD1", "301 in line 5", "outside 0 to 300"]),
    "missing proteins filled in": (
        "protein_matrix",
        lambda f: f.fillna(20.0),
        ["stands in", "missing values seem filled in", "missing=20"],
    ),
    "proteins of the mouse": (
        "protein_matrix",
        lambda f: f.assign(gene=[f"Cd{n}a" for n in range(len(f))]),
        ["mouse or rat", "line 2"],
    ),
    "negative intensities": ("diann", put("s3.raw", -5), ["negative intensity -5", "line 5"]),
    "an antibody twice": ("panel", put("antibody", "GOOD1"), ["GOOD1", "name of its own"]),
}


@pytest.mark.parametrize("case", EDITS)
def test_a_cell_that_is_wrong_is_told_with_its_place(simulated: Run, folder: Path, case: str) -> None:
    form, edit, told = EDITS[case]
    path = folder / GOOD[form]["file"]
    edit(pd.read_csv(path, sep="\t")).to_csv(path, sep="\t", index=False)
    error = str(refused(simulated, folder, row(form)))
    assert [one for one in [path.name, *told] if one not in error] == []


def minus(cells: anndata.AnnData) -> None:
    cells.X[3, 5] = -1


def logarithms(cells: anndata.AnnData) -> None:
    cells.X = cells.X.astype(float).power(0.3)


def twice(cells: anndata.AnnData) -> None:
    cells.var_names = ["GOOD1", *cells.var_names[1:-1], "GOOD1"]


def mouse(cells: anndata.AnnData) -> None:
    cells.var_names = cells.var_names.str.replace("ENSG", "ENSMUSG")


CELLS_EDITS = {
    minus: ["c3", "-1"],
    logarithms: ["counts"],
    twice: ["GOOD1"],
    mouse: ["another species"],
}


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
@pytest.mark.parametrize("edit", CELLS_EDITS, ids=lambda edit: edit.__name__)
def test_cells_that_are_wrong_are_told(simulated: Run, folder: Path, edit: Callable[[Any], None]) -> None:
    path = folder / "cells.h5ad"
    cells = anndata.read_h5ad(path)
    edit(cells)
    cells.write_h5ad(path)
    error = str(refused(simulated, folder, row("h5ad")))
    assert [one for one in ["cells.h5ad", *CELLS_EDITS[edit]] if one not in error] == []


# ---------------------------------------------------------------- mixes that only a comparison finds

MIXES: dict[str, tuple[dict[str, str], Callable[[pd.DataFrame], pd.DataFrame], list[str]]] = {
    "logarithms as TPM": ({}, lambda tpm: np.log2(tpm + 1), ["TPM is claimed"]),
    "counts as TPM": ({}, lambda tpm: (tpm * 30).round(), ["TPM is claimed", "counts"]),
    "TPM as logarithms": ({"unit": "log2(TPM+1)"}, lambda tpm: tpm, ["log2(TPM+1)"]),
    "a sample under two names": ({}, lambda tpm: tpm.assign(copy=tpm["s0"]), ["samples are the same", "s0 and copy"]),
    "values beside other genes": (
        {},
        lambda tpm: tpm.set_axis(np.random.default_rng(1).permutation(tpm.index)),
        ["not the abundance of the genes in their rows"],
    ),
    "a third of the genes": ({}, lambda tpm: tpm.sample(frac=0.3, random_state=1), ["of the atlas's genes are given"]),
    "genes of nobody": (
        {},
        lambda tpm: tpm.rename(index={one: one.replace("ENSG0", "ENSG9") for one in tpm.index[::2]}),
        ["lead to no human gene", "ENSG9"],
    ),
}


@pytest.mark.parametrize("case", MIXES)
def test_a_mix_that_cannot_be_compared_is_refused(
    simulated: Run, folder: Path, typical: pd.DataFrame, case: str
) -> None:
    cells, edit, told = MIXES[case]
    edit(typical).to_csv(folder / "tpm.tsv", sep="\t", index_label="gene_id")
    error = str(refused(simulated, folder, row("matrix", **cells), compare=True))
    assert [one for one in told if one not in error] == []


# ---------------------------------------------------------------- all at once, and by the command line


def test_all_wrong_files_of_a_sheet_are_told_at_once(simulated: Run, folder: Path) -> None:
    (folder / "one.tsv").write_text("")
    (folder / "two.tsv").write_text("gene_id\ts8\nENSG00000000001\tmany\n")
    rows = [row("matrix", "s7", file="one.tsv"), row("matrix", "s8", file="two.tsv"), row("matrix", "s9")]
    error = str(refused(simulated, folder, *rows, row("matrix", "s0")))
    assert [told for told in ("one.tsv: is empty", "'many' in line 2", "no sample 's9'") if told not in error] == []
    problems = folder / "problems.txt"
    for cohort, one in (("own", rows[0]), ("other", rows[1] | {"cohort": "other"})):
        sheet, out = sheet_of(folder, one), folder / "out" / cohort
        read(sheet, SCHEMA, cohort, simulated.bundle, simulated.references, simulated.store, LEVEL, out, None, problems)
        problems.rename(folder / f"{cohort}.txt")
    with pytest.raises(InputError) as caught:
        check(simulated.shipped, [], [folder / "own.txt", folder / "other.txt"], simulated.bundle, folder / "checked")
    assert all(told in str(caught.value) for told in ("cohort own: ", "one.tsv", "cohort other: ", "two.tsv"))


@pytest.mark.parametrize("case", ["web page", "own is no cohort"])
def test_the_command_ends_with_2_and_one_line(
    simulated: Run, folder: Path, case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    DAMAGES["a web page"](folder / "tpm.tsv")
    bundle = ["--bundle", str(simulated.bundle), "--out", str(folder / "out")]
    told = "tpm.tsv"
    command = ["check", "--shipped", str(simulated.shipped), "--own", str(folder), *bundle]
    if case == "web page":
        places = ["--references", str(simulated.references), "--store", str(simulated.store)]
        sheet = ["--sheet", str(sheet_of(folder, row("matrix"))), "--schema", str(SCHEMA)]
        command = ["read", *sheet, "--cohort", "own", "--level", "10", *places, *bundle]
    else:
        told = f"{folder}: own: is no output of `cohort read`"
    monkeypatch.setattr(sys, "argv", ["targetfinder", "cohort", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert (said.count("\n"), said.startswith("error: "), "Traceback" in said) == (1, True, False)
    assert told in said
