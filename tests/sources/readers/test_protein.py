"""`protein`: stains and mass spectrometry of normal tissues.

Tested on real files (skipped where they are absent): `hpa_ihc` on release 22 as repacked in R (columns renamed),
`protein_matrix` on E-PROT-29. On fixtures in the exact format only: the headers that the atlas itself writes, with and
without `IHC tissue name`.
"""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import rows

from targetfinder.sources.readers import read
from targetfinder.tables import NORMAL_PROTEIN, RELIABILITY, STAIN_LEVELS

HEAD = "Gene\tGene name\tTissue\tCell type\tLevel\tReliability\n"
STAINS = (
    HEAD + "ENSG00000000003\tTSPAN6\tliver\thepatocytes\tHigh\tApproved\n"
    "ENSG00000000003\tTSPAN6\tskin\tmelanocytes\tNot detected\tApproved\n"
    "ENSG00000000005\tTNMD\tliver\thepatocytes\tLow\tEnhanced\n"
).encode()
MATRIX = (
    b"# Expression Atlas\n# Timestamp: Mon, 27-Apr-2020\n"
    b"Gene ID\tGene Name\tliver\tadipose tissue\n"
    b"ENSG00000000003\tTSPAN6\t10\t\n"
    b"ENSG00000000005\tTNMD\t100000.0\t4.5e6\n"
    b"ENSG00000000419\tDPM1\t200\t30\n"
)
GOOD = {"hpa_ihc": STAINS, "protein_matrix": MATRIX}
each_parser = pytest.mark.parametrize("parser", GOOD)


def stained(*lines: str) -> bytes:
    return (HEAD + "\n".join(f"ENSG00000000003\tTSPAN6\t{line}" for line in lines) + "\n").encode()


# ---------------------------------------------------------------- bad input


@each_parser
def test_a_broken_file_is_refused(refusal: Any, broken: Any, parser: str) -> None:
    data, name, told = broken(GOOD[parser], b"\t")
    assert told in refusal(parser, data, name)


@each_parser
@given(data=st.data())
def test_a_file_with_a_garbled_passage_is_read_or_refused(survives: Any, parser: str, data: st.DataObject) -> None:
    survives(data, GOOD[parser], parser)


@each_parser
def test_a_header_without_rows_is_refused(refusal: Any, parser: str) -> None:
    header = b"\n".join(line for line in GOOD[parser].split(b"\n") if not line.startswith(b"ENSG"))
    assert "no rows" in refusal(parser, header + b"\n")


@each_parser
def test_genes_of_the_mouse_are_refused_by_line(refusal: Any, parser: str) -> None:
    data = GOOD[parser].replace(b"ENSG00000000005", b"ENSMUSG00000031250")
    line = 1 + data.count(b"\n", 0, data.index(b"ENSMUSG"))
    assert f"not a human gene or protein: 'ENSMUSG00000031250' in line {line}" in refusal(parser, data)


@each_parser
def test_symbols_of_the_mouse_are_refused_if_most_are_spelled_so(refusal: Any, parser: str) -> None:
    data = GOOD[parser].replace(b"TSPAN6", b"Tspan6").replace(b"TNMD", b"Tnmd")
    assert "Tspan6" in refusal(parser, data)


@each_parser
@pytest.mark.parametrize("column", [0, 1])
def test_a_missing_column_is_refused_by_its_name(refusal: Any, parser: str, column: int) -> None:
    header = next(line for line in GOOD[parser].split(b"\n") if line.startswith(b"Gene"))
    names = header.split(b"\t")
    other = b"\t".join([*names[:column], b"other", *names[column + 1 :]])
    told = refusal(parser, GOOD[parser].replace(header, other))
    assert "missing column" in told
    assert names[column].decode() in told


# ---------------------------------------------------------------- stains


def test_a_stain_is_a_level_of_a_gene_in_a_cell_type_of_a_tissue(parse: Any) -> None:
    frame = parse("hpa_ihc", STAINS)
    assert list(frame.columns) == ["gene_id", "symbol", "tissue", "cell_type", "level", "reliability"]
    assert rows(frame) == [
        ("ENSG00000000003", "TSPAN6", "liver", "hepatocytes", "High", "Approved"),
        ("ENSG00000000003", "TSPAN6", "skin", "melanocytes", "Not detected", "Approved"),
        ("ENSG00000000005", "TNMD", "liver", "hepatocytes", "Low", "Enhanced"),
    ]
    assert frame.attrs["left_out"] == {}


def test_levels_are_ordered_from_not_detected_to_high(parse: Any) -> None:
    levels = parse("hpa_ihc", STAINS)["level"]
    assert tuple(levels.cat.categories) == STAIN_LEVELS
    assert levels.max() == "High"
    assert levels.min() == "Not detected"


@pytest.mark.parametrize(
    "header",
    [
        "Gene\tGene name\tTissue\tIHC tissue name\tCell type\tLevel\tReliability",
        "ensembl\tgene\ttissue\tname\tcell_type\tlevel\treliability",
    ],
    ids=["current release", "renamed in R"],
)
def test_headers_of_other_releases_are_read_alike(parse: Any, header: str) -> None:
    lines = STAINS.decode().splitlines()[1:]
    wider = ["\t".join([*line.split("\t")[:3], "x", *line.split("\t")[3:]]) for line in lines]
    data = "\n".join([header, *wider]) + "\n"
    pd.testing.assert_frame_equal(parse("hpa_ihc", data.encode()), parse("hpa_ihc", STAINS))


def test_zip_and_gzip_are_read_as_the_plain_file(parse: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("normal_tissue.tsv", STAINS)
    zipped = parse("hpa_ihc", tmp_path / "a.zip", about={"member": "normal_tissue.tsv"})
    packed = parse("hpa_ihc", gzip.compress(STAINS), "a.tsv.gz")
    for frame in (zipped, packed):
        pd.testing.assert_frame_equal(frame, parse("hpa_ihc", STAINS))


def test_words_that_are_no_level_are_counted_and_never_read_as_not_detected(parse: Any) -> None:
    words = ["Ascending", "Descending", "Not representative", "N/A", "Ascending"]
    lines = [f"skin\tcell {n}\t{word}\tApproved" for n, word in enumerate(words)]
    frame = parse("hpa_ihc", stained(*lines, "skin\tmelanocytes\tNot detected\tApproved"))
    assert frame["cell_type"].tolist() == ["melanocytes"]
    assert frame.attrs["left_out"] == {
        "level 'Ascending' is no level": 2,
        "level 'Descending' is no level": 1,
        "level 'Not representative' is no level": 1,
        "level 'N/A' is no level": 1,
    }


def test_rows_without_a_tissue_are_counted_once(parse: Any) -> None:
    frame = parse("hpa_ihc", stained("N/A\tN/A\tN/A\tApproved", "\t\t\t", "skin\tmelanocytes\tLow\tApproved"))
    assert len(frame) == 1
    assert frame.attrs["left_out"] == {"no tissue": 2}


def test_of_several_levels_of_the_same_cells_the_strongest_is_kept_with_its_reliability(parse: Any) -> None:
    lines = ["skin\tmelanocytes\tLow\tEnhanced", "liver\thepatocytes\tNot detected\tApproved"]
    lines += ["skin\tmelanocytes\tHigh\tUncertain", "skin\tmelanocytes\tMedium\tSupported"]
    frame = parse("hpa_ihc", stained(*lines))
    assert rows(frame[["tissue", "level", "reliability"]]) == [
        ("liver", "Not detected", "Approved"),
        ("skin", "High", "Uncertain"),
    ]
    assert frame.attrs["left_out"] == {"weaker than another level of the same gene, tissue and cell type": 2}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("skin\tmelanocytes\tStrong\tApproved", "none of Not detected, Low, Medium, High"),
        ("skin\tmelanocytes\t\tApproved", "none of Not detected"),
        ("skin\tmelanocytes\tLow\tSure", "none of Enhanced, Supported, Approved, Uncertain: 'Sure'"),
        ("skin\t\tLow\tApproved", "cell_type: empty cell"),
    ],
)
def test_a_word_that_the_atlas_does_not_know_is_refused_by_line(refusal: Any, line: str, told: str) -> None:
    message = refusal("hpa_ihc", stained("liver\thepatocytes\tLow\tApproved", line))
    assert told in message
    assert "line 3" in message


def test_a_stain_without_a_gene_id_is_refused_by_line(refusal: Any) -> None:
    data = STAINS.replace(b"ENSG00000000005", b"")
    assert "gene_id: empty cell in line 4" in refusal("hpa_ihc", data)


@given(
    st.lists(
        st.tuples(st.sampled_from(["liver", "skin", "N/A"]), st.sampled_from("ab"), st.sampled_from(STAIN_LEVELS)),
        min_size=1,
        max_size=20,
    )
)
def test_every_line_is_in_the_frame_or_counted_and_the_strongest_wins(
    tmp_path_factory: pytest.TempPathFactory, entry: Callable[..., Any], lines: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "stains.tsv"
    path.write_bytes(stained(*("\t".join([*line, "Approved"]) for line in lines)))
    frame = read(entry("hpa_ihc"), path)
    assert len(frame) + sum(frame.attrs["left_out"].values()) == len(lines)
    strongest: dict[tuple[str, str], int] = {}
    for tissue, cells, level in lines:
        if tissue != "N/A":
            strongest[tissue, cells] = max(strongest.get((tissue, cells), 0), STAIN_LEVELS.index(level))
    found = {(row.tissue, row.cell_type): STAIN_LEVELS.index(row.level) for row in frame.itertuples()}
    assert found == strongest


def test_the_real_stains_are_read_whole(parse: Any, shared_data: Path) -> None:
    frame = parse("hpa_ihc", shared_data / "protein" / "hpa_v22_normal_tissue_ihc.tsv.gz")
    left_out = frame.attrs["left_out"]
    assert left_out["no tissue"] == 1860
    assert {reason: n for reason, n in left_out.items() if "no level" in reason} == {
        "level 'Ascending' is no level": 172,
        "level 'Descending' is no level": 73,
        "level 'Not representative' is no level": 9,
    }
    assert len(frame) + sum(left_out.values()) == 1_194_479
    assert frame["tissue"].nunique() == 63
    assert set(frame["reliability"].unique()) == set(RELIABILITY)
    assert not {"TNFRSF17", "FCRL5", "ITGB7", "ROR1", "EPHA2", "XG"} & set(frame["symbol"].unique())
    cd19 = frame[(frame["symbol"] == "CD19") & (frame["tissue"] == "lymph node")]
    assert cd19["level"].max() == "High"
    assert frame.memory_usage(deep=True).sum() < 100e6


# ---------------------------------------------------------------- mass spectrometry


def test_blank_is_not_detected_which_is_missing_and_never_zero(parse: Any) -> None:
    frame = parse("protein_matrix", MATRIX, about={"unit": "ppb"})
    columns = ["gene_id", "symbol", "tissue", "value", "unit", "percentile", "n_detected"]
    assert list(frame.columns) == columns
    assert rows(frame) == [
        ("ENSG00000000003", "TSPAN6", "liver", 10.0, "ppb", 1 / 3, 3),
        ("ENSG00000000003", "TSPAN6", "adipose tissue", None, "ppb", None, 2),
        ("ENSG00000000005", "TNMD", "liver", 100000.0, "ppb", 1.0, 3),
        ("ENSG00000000005", "TNMD", "adipose tissue", 4.5e6, "ppb", 1.0, 2),
        ("ENSG00000000419", "DPM1", "liver", 200.0, "ppb", 2 / 3, 3),
        ("ENSG00000000419", "DPM1", "adipose tissue", 30.0, "ppb", 0.5, 2),
    ]


def test_a_zero_is_kept_but_has_no_rank_among_the_detected(parse: Any) -> None:
    frame = parse("protein_matrix", MATRIX.replace(b"\t10\t", b"\t0\t"))
    zero = frame[(frame["symbol"] == "TSPAN6") & (frame["tissue"] == "liver")].iloc[0]
    assert (zero["value"], np.isnan(zero["percentile"]), zero["n_detected"]) == (0.0, True, 2)


def test_a_matrix_by_protein_goes_by_the_columns_that_the_registry_names(parse: Any) -> None:
    data = b"Protein\tliver\nP00001\t1\nP00002\t9000\nP00003\t20\n"
    frame = parse("protein_matrix", data, ids={"accession": "Protein"})
    assert frame["accession"].tolist() == ["P00001", "P00002", "P00003"]
    assert frame[["gene_id", "symbol"]].isna().all(axis=None)


def test_a_skipped_tissue_is_gone_and_an_unknown_one_refused(parse: Any, refusal: Any) -> None:
    frame = parse("protein_matrix", MATRIX, about={"skip_labels": {"liver": "squamous proteins"}})
    assert set(frame["tissue"]) == {"adipose tissue"}
    assert "ovary" in refusal("protein_matrix", MATRIX, about={"skip_labels": {"ovary": "typo"}})


@pytest.mark.parametrize(
    ("cell", "told"),
    [("abc", "not a number: 'abc'"), ("-3", "negative expression: '-3"), ("inf", "infinite expression: 'inf'")],
)
def test_a_wrong_value_is_refused_by_line_and_tissue(refusal: Any, cell: str, told: str) -> None:
    message = refusal("protein_matrix", MATRIX.replace(b"\t10\t", f"\t{cell}\t".encode()))
    assert told in message
    assert "line 4" in message
    assert "liver" in message


def test_a_gene_that_occurs_twice_is_refused_by_line(refusal: Any) -> None:
    data = MATRIX.replace(b"ENSG00000000419", b"ENSG00000000003")
    assert "gene_id: occurs twice: 'ENSG00000000003' in line 6" in refusal("protein_matrix", data)


def test_stains_and_abundances_fit_their_table(parse: Any) -> None:
    of = {"source": "atlas", "release": "1"}
    stains = parse("hpa_ihc", STAINS).rename(columns={"tissue": "context"})
    stains = stains.assign(value=np.nan, unit="stain", percentile=np.nan, n_detected=pd.NA, **of)
    values = parse("protein_matrix", MATRIX, about={"unit": "ppb"}).rename(columns={"tissue": "context"})
    values = values.assign(cell_type="whole tissue", level=None, reliability=None, **of)
    for frame in (stains, values):
        assert len(NORMAL_PROTEIN.check(frame)) == len(frame)


def logged(data: bytes) -> bytes:
    """Return the matrix with the binary logarithm of every value, plus 1."""
    lines = data.decode().splitlines()
    cells = [line.split("\t") for line in lines[3:]]
    small = [[*row[:2], *(str(np.log2(float(cell) + 1)) if cell else "" for cell in row[2:])] for row in cells]
    return "\n".join([*lines[:3], *("\t".join(row) for row in small)]).encode()


def test_logarithms_given_as_linear_are_refused(refusal: Any) -> None:
    told = refusal("protein_matrix", logged(MATRIX))
    assert "log-transformed" in told
    assert "2 to the power" in told


def test_a_narrow_range_is_refused_however_large_the_values(refusal: Any) -> None:
    lines = [f"ENSG{n:011d}\tG{n}\t{1000 + n}" for n in range(201)]
    narrow = "\n".join(["Gene ID\tGene Name\tliver", *lines]).encode()
    assert "99th percentile over median 1.09" in refusal("protein_matrix", narrow)


def test_a_matrix_without_a_tissue_is_refused(refusal: Any) -> None:
    assert "no column of a tissue" in refusal("protein_matrix", b"Gene ID\tGene Name\nENSG1\tA\n")


def test_the_real_proteome_is_read_whole(parse: Any, shared_data: Path) -> None:
    frame = parse("protein_matrix", shared_data / "protein" / "E-PROT-29-query-results.tsv.gz")
    assert (len(frame), frame["tissue"].nunique(), frame["gene_id"].nunique()) == (12_832 * 31, 31, 12_832)
    assert frame["value"].isna().mean() == pytest.approx(0.2227, abs=1e-4)
    assert not (frame["value"] == 0).any()
    assert frame.groupby("tissue", observed=True)["percentile"].max().eq(1).all()
    highest = frame.loc[frame.groupby("symbol")["value"].idxmax().loc[["MYH7", "GFAP", "TG", "CPA1"]], "tissue"]
    assert highest.tolist() == ["heart", "brain", "thyroid", "pancreas"]
    assert not {"TNFRSF17", "GPRC5D", "TNFRSF13B", "LILRB4", "XG"} & set(frame["symbol"])
