"""Protein groups of search engines: what is read, what is left out and counted, and what is refused."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from targetfinder.cohort._matrix import Matrix
from targetfinder.cohort.formats.protein import (
    BY_SITE,
    CONTAMINANT,
    DECOY,
    FORMATS,
    OTHER_SPECIES,
    SHARED_SPECIES,
)
from targetfinder.errors import InputError

Rows = list[dict[str, object]]


def maxquant() -> Rows:
    """Make proteinGroups.txt of two samples, with one group of each kind that is left out."""

    def row(ids: str, gene: str, lfq: tuple[object, object], header: str = "HUMAN", **marks: str) -> dict[str, object]:
        first = ids.split(";")[0]
        return {
            "Protein IDs": ids + ";Q99999",
            "Majority protein IDs": ids,
            "Gene names": gene,
            "Fasta headers": f"sp|{first}|X_{header} Some protein OS=Homo sapiens",
            "Peptides": 7,
            "Intensity": 5e9,
            "Intensity T1": 9e8,
            "Intensity T2": 8e8,
            "iBAQ peptides": 12,
            "iBAQ T1": 5e6,
            "iBAQ T2": 4e6,
            "LFQ intensity T1": lfq[0],
            "LFQ intensity T2": lfq[1],
            "Only identified by site": marks.get("site", ""),
            "Reverse": marks.get("reverse", ""),
            "Potential contaminant": marks.get("contaminant", ""),
        }

    return [
        row("Q02223", "TNFRSF17", (3.2e7, 0)),
        row("P16070;P16070-2", "CD44", (8.1e9, 7.7e9)),
        row("Q9Y5Y6", "ST14", (0, 0)),
        row("REV__P12345", "", (1e7, 1e7), reverse="+"),
        row("CON__P04264", "KRT1", (4e9, 5e9), contaminant="+"),
        row("P05067", "APP", (1e6, 2e6), site="+"),
        row("P01901", "H2-K1", (1e6, 2e6), header="MOUSE"),
    ]


def diann() -> Rows:
    """Make report.pg_matrix.tsv as DIA-NN 2 writes it, of runs on Windows and Linux."""
    runs = ("C:\\data\\ms runs\\T1.raw", "/data/T2.mzML")
    rows = [
        ("Q02223", "TNR17_HUMAN", "TNFRSF17", 380503.0, ""),
        ("P16070;P16070-2", "CD44_HUMAN", "CD44", 8.1e9, 7.7e9),
        ("P60709;P60710", "ACTB_HUMAN;ACTB_MOUSE", "ACTB;Actb", 1e10, 1e10),
        ("Cont_P00761", "TRYP_PIG", "", 1e9, 1e9),
    ]
    about = ("Protein.Group", "Protein.Names", "Genes")
    more = {"First.Protein.Description": "words", "N.Sequences": 7, "N.Proteotypic.Sequences": 6}
    return [dict(zip(about, row[:3], strict=True)) | more | dict(zip(runs, row[3:], strict=True)) for row in rows]


def fragpipe() -> Rows:
    """Make combined_protein.tsv of two samples."""
    rows = [
        ("sp|Q02223|TNR17_HUMAN", "TNFRSF17", "", 3.2e7, 0.0),
        ("sp|P16070|CD44_HUMAN", "CD44", "sp|P16070-2|CD44_HUMAN, tr|H0Y5E4|H0Y5E4_HUMAN", 8.1e9, 7.7e9),
        ("rev_sp|P12345|AATM_HUMAN", "GOT2", "", 1e7, 0.0),
        ("contam_sp|P00761|TRYP_PIG", "", "", 1e7, 1e9),
    ]
    return [
        {
            "Protein": protein,
            "Protein ID": protein.split("|")[1],
            "Entry Name": protein.split("|")[2],
            "Gene": gene,
            "Protein Length": 184,
            "Combined Total Spectral Count": 12,
            "T1 Spectral Count": 4,
            "T2 Spectral Count": 3,
            "T1 Intensity": first * 2,
            "T2 Intensity": second * 2,
            "T1 MaxLFQ Intensity": first,
            "T2 MaxLFQ Intensity": second,
            "Indistinguishable Proteins": others,
        }
        for protein, gene, others, first, second in rows
    ]


ROWS: dict[str, Callable[[], Rows]] = {"maxquant": maxquant, "diann": diann, "fragpipe": fragpipe}


def written(folder: Path, frame: pd.DataFrame, name: str = "table.tsv") -> Path:
    path = folder / name
    frame.to_csv(path, sep="\t", index=False)
    return path


def read(folder: Path, form: str, **options: str) -> Matrix:
    return FORMATS[form](written(folder, pd.DataFrame(ROWS[form]())), options)


def test_maxquant_leaves_out_what_is_no_protein_of_the_tumour_and_counts_it(tmp_path: Path) -> None:
    found = read(tmp_path, "maxquant")
    assert found.values.columns.tolist() == ["T1", "T2"]
    assert found.values.index.tolist() == ["Q02223", "P16070;P16070-2", "Q9Y5Y6"]
    assert found.symbols is not None
    assert found.symbols.tolist() == ["TNFRSF17", "CD44", "ST14"]
    assert found.unit == "intensity"
    assert found.left_out == dict.fromkeys([DECOY, CONTAMINANT, BY_SITE, OTHER_SPECIES], 1)


def test_zero_of_maxquant_is_missing(tmp_path: Path) -> None:
    found = read(tmp_path, "maxquant").values
    assert np.isnan(found.loc["Q02223", "T2"])
    assert found.loc["Q9Y5Y6"].isna().all()
    assert found.loc["Q02223", "T1"] == 3.2e7


@pytest.mark.parametrize(("quantity", "value"), [("Intensity", 9e8), ("iBAQ", 5e6)])
def test_the_samplesheet_chooses_the_quantity(tmp_path: Path, quantity: str, value: float) -> None:
    found = read(tmp_path, "maxquant", quantity=quantity)
    assert found.values.columns.tolist() == ["T1", "T2"]
    assert found.values.loc["Q02223", "T1"] == value


def test_maxquant_without_lfq_gives_intensities(tmp_path: Path) -> None:
    frame = pd.DataFrame(maxquant()).drop(columns=["LFQ intensity T1", "LFQ intensity T2", "Fasta headers"])
    found = FORMATS["maxquant"](written(tmp_path, frame), {})
    assert found.values.loc["Q02223", "T1"] == 9e8


def test_diann_names_samples_by_their_runs(tmp_path: Path) -> None:
    found = read(tmp_path, "diann")
    assert found.values.columns.tolist() == ["T1", "T2"]
    assert found.values.index.tolist() == ["Q02223", "P16070;P16070-2"]
    assert np.isnan(found.values.loc["Q02223", "T2"])
    assert found.left_out == {SHARED_SPECIES: 1, CONTAMINANT: 1}


def test_fragpipe_prefers_maxlfq_and_keeps_what_no_peptide_tells_apart(tmp_path: Path) -> None:
    found = read(tmp_path, "fragpipe")
    assert found.values.index.tolist() == ["Q02223", "P16070;P16070-2;H0Y5E4"]
    assert found.values.loc["Q02223", "T1"] == 3.2e7
    assert np.isnan(found.values.loc["Q02223", "T2"])
    assert found.left_out == {DECOY: 1, CONTAMINANT: 1}
    assert read(tmp_path, "fragpipe", quantity="Intensity").values.loc["Q02223", "T1"] == 6.4e7


@pytest.mark.parametrize("form", FORMATS)
def test_a_packed_table_is_the_same(tmp_path: Path, form: str) -> None:
    plain = written(tmp_path, pd.DataFrame(ROWS[form]()))
    packed = tmp_path / "table.tsv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    pd.testing.assert_frame_equal(FORMATS[form](packed, {}).values, FORMATS[form](plain, {}).values)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: "", "is empty"),
        (lambda text: text.splitlines()[0] + "\n", "holds no"),
        (lambda text: text[: len(text) - 30], "cells in line"),
        (lambda text: text.replace("rotein", "rot"), "missing column"),
        (lambda text: text.replace("T2", "T1"), "occurs twice"),
        (lambda text: text.replace("7700000000.0", "-7700000000.0"), "negative intensity"),
        (lambda text: text.replace("7700000000.0", "inf"), "not a finite number"),
        (lambda text: text.replace("7700000000.0", "<b>"), "not a finite number"),
        (lambda text: text.replace("HUMAN", "MOUSE"), "not human"),
        (lambda text: text.replace("Intensity", "Amount").replace("intensity", "amount").replace("data", "N."), None),
    ],
    ids=["empty", "header only", "truncated", "header", "twice", "negative", "inf", "text", "mouse", "no samples"],
)
def test_a_bad_table_is_refused(tmp_path: Path, form: str, spoil: Callable[[str], str], told: str | None) -> None:
    path = written(tmp_path, pd.DataFrame(ROWS[form]()))
    text = path.read_text()
    if told is None:
        columns = [name for name in ROWS[form]()[0] if not ("ntensity" in name or "data" in name)]
        path, told = written(tmp_path, pd.DataFrame(ROWS[form]())[columns]), "no column of intensities"
    else:
        path.write_text(spoil(text))
    with pytest.raises(InputError) as error:
        FORMATS[form](path, {})
    assert told in error.value.problem
    assert error.value.file == str(path)
    assert error.value.remedy


@pytest.mark.parametrize("form", FORMATS)
def test_logarithms_in_the_place_of_intensities_are_refused(tmp_path: Path, form: str) -> None:
    frame = pd.DataFrame(ROWS[form]())
    numbers = [name for name in frame if "ntensity" in name or "data" in name]
    linear = frame[numbers].apply(pd.to_numeric, errors="coerce")
    frame[numbers] = np.log2(linear.where(linear > 0))
    with pytest.raises(InputError, match="look log-transformed"):
        FORMATS[form](written(tmp_path, frame), {})


@pytest.mark.parametrize(
    ("form", "options", "told"),
    [
        ("maxquant", {"quantity": "TMT"}, "unknown quantity 'TMT'"),
        ("fragpipe", {"quantity": "LFQ"}, "unknown quantity 'LFQ'"),
        ("diann", {"quantity": "LFQ"}, "unknown key 'quantity'"),
        ("diann", {"unit": "log2 intensity"}, "this format holds linear intensities"),
    ],
)
def test_options_that_a_format_has_not_are_refused(
    tmp_path: Path, form: str, options: dict[str, str], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        read(tmp_path, form, **options)


def test_labelled_samples_of_maxquant_are_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame(maxquant()).assign(**{"Reporter intensity corrected 1 T1": 5e5})
    with pytest.raises(InputError, match="labelled samples"):
        FORMATS["maxquant"](written(tmp_path, frame), {})
