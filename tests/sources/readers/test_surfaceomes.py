"""`surfaceomes`: published lists of surface proteins as votes.

Tested on real files (skipped where they are absent): `surfy` on the text of table S3, `cspa` on the S2 workbook,
`gesp` on the workbook of Figure 1, `surface_flags` on the consensus by UniProt accession and on a catalogue by symbol.
On fixtures in the exact format only: table S3 as a workbook.
"""

from __future__ import annotations

import datetime
import functools
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import rows

SURFY = (
    b"UniProt name\tUniProt accession\tUniProt gene\tSurfaceome Label\tSurfaceome Label Source\tEnsembl gene\n"
    b"ZZZA_HUMAN\tP00001\tAAA1\tsurface\tmachine learning\tENSG00000000001\n"
    b"ZZZB_HUMAN\tP00002\tBBB1\tsurface\tpos. trainingset\tENSG00000000002;ENSG00000000003\n"
    b"ZZZC_HUMAN\tP00003\t\tsurface\tGPI (UniProt)\t\n"
    b"ZZZD_HUMAN\tP00004\tDDD1\tnonsurface\tneg. trainingset\tENSG00000000004\n"
)
CSPA = (
    b"organism\tID_link\tCSPA category\tUP_entry_name\tCD\tENTREZ gene symbol\n"
    b"Human\tP00001\t1 - high confidence\tZZZA_HUMAN\tCD1\tAAA1\n"
    b"Human\tP00002\t2 - putative\tZZZB_HUMAN\tno\t0\n"
    b"Human\tP00003\t3 - unspecific\tZZZC_HUMAN\tno\tCCC1\n"
)
GESP = (
    b"Ensembl ID\tGene Name\tCore Score\tCSPA*3\tTOPDB*2\tHMPAS*1\tRabbitts*1\n"
    b"ENSG00000000001\tAAA1\t7\t3\t2\t1\t1\n"
    b"ENSG00000000002\tBBB1\t1\t\t\t\t1\n"
    b"ENSG00000000003\tCCC1\t3\t3\t\t\t\n"
)
FLAGS = b'"Accession","SPC","SURFY","Town"\n"P00001",2,1,1\n"P00002",1,0,1\n"P00003",0,0,0\n'


def vote(voter: str, kind: str) -> dict[str, str]:
    return {"voter": voter, "kind": kind, "statement": f"in {voter}"}


LISTS = {"voter": "lists", "kind": "prediction"}
COLUMNS = {
    "TOPDB*2": vote("TOPDB", "experimental"),
    "HMPAS*1": LISTS | {"statement": "in HMPAS"},
    "Rabbitts*1": LISTS | {"statement": "in Rabbitts"},
}
#: parser -> (a good file, its separator, options)
GOOD: dict[str, tuple[bytes, bytes, dict[str, Any]]] = {
    "surfy": (SURFY, b"\t", {"voter": "surfaceome"}),
    "cspa": (CSPA, b"\t", {"voter": "surfaceome"}),
    "gesp": (GESP, b"\t", {"columns": COLUMNS, "separator": "\t"}),
    "surface_flags": (
        FLAGS,
        b",",
        {"ids": {"accession": "Accession"}, "columns": {"Town": vote("Town", "annotation")}},
    ),
}
SHEETS = {"surfy": 1, "cspa": 0, "gesp": 1}  # parser -> lines above the header of its workbook
each_parser = pytest.mark.parametrize("parser", GOOD)
each_workbook = pytest.mark.parametrize("parser", SHEETS)


def cells(text: bytes) -> list[list[Any]]:
    """Return the cells of a tab-separated text as a spreadsheet program has them: numbers and empty cells."""
    lines = [line.split("\t") for line in text.decode().splitlines()]
    return [[int(cell) if cell.isdigit() else cell or None for cell in line] for line in lines]


def workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sheets:
        page = book.create_sheet()
        for line in sheet:
            page.append(line)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@functools.cache  # a workbook holds the time when it was made
def as_workbook(parser: str) -> bytes:
    """Return the good file of a parser as a workbook: another sheet before it, titles above its header."""
    titles = [["A title", None, "another"]] * SHEETS[parser]
    return workbook([["notes"], ["nothing of interest"]], [*titles, *cells(GOOD[parser][0])])


# ---------------------------------------------------------------- bad input


@each_parser
def test_a_broken_file_is_refused(refusal: Any, broken: Any, parser: str) -> None:
    good, separator, options = GOOD[parser]
    data, name, told = broken(good, separator)
    assert told in refusal(parser, data, name, **options)


@each_parser
@given(data=st.data())
def test_a_file_with_a_garbled_passage_is_read_or_refused(survives: Any, parser: str, data: st.DataObject) -> None:
    survives(data, GOOD[parser][0], parser, **GOOD[parser][2])


@each_parser
def test_a_header_without_rows_is_refused(refusal: Any, parser: str) -> None:
    good, _, options = GOOD[parser]
    assert "no rows" in refusal(parser, good.split(b"\n")[0] + b"\n", **options)


@each_parser
def test_an_id_that_occurs_twice_is_refused_by_line(refusal: Any, parser: str) -> None:
    good, _, options = GOOD[parser]
    first, second = (b"ENSG00000000001", b"ENSG00000000002") if parser == "gesp" else (b"P00001", b"P00002")
    told = refusal(parser, good.replace(second, first), **options)
    assert f"occurs twice: '{first.decode()}' in line 3" in told


@pytest.mark.parametrize(
    ("parser", "human", "mouse"),
    [
        ("surfy", b"ZZZB_HUMAN", b"ZZZB_MOUSE"),
        ("surfy", b"ENSG00000000002;ENSG00000000003", b"ENSMUSG00000000002"),
        ("cspa", b"ZZZB_HUMAN", b"ZZZB_MOUSE"),
        ("cspa", b"Human\tP00002", b"Mouse\tP00002"),
        ("gesp", b"ENSG00000000002", b"ENSMUSG00000000002"),
    ],
)
def test_proteins_of_the_mouse_are_refused_by_line(refusal: Any, parser: str, human: bytes, mouse: bytes) -> None:
    good, _, options = GOOD[parser]
    told = refusal(parser, good.replace(human, mouse), **options)
    assert mouse.decode().split("\t")[0] in told
    assert "line 3" in told


@each_parser
def test_a_missing_column_is_refused_by_its_name(refusal: Any, parser: str) -> None:
    good, separator, options = GOOD[parser]
    needed = {"surfy": b"Surfaceome Label Source", "cspa": b"CSPA category", "gesp": b"TOPDB*2"}
    column = needed.get(parser, b'"Town"')
    told = refusal(
        parser, good.replace(column + separator, b"other" + separator, 1).replace(b',"Town"', b',"x"'), **options
    )
    assert column.decode().strip('"') in told


@pytest.mark.parametrize(
    ("parser", "known", "unknown"),
    [
        ("surfy", b"pos. trainingset", b"a hunch"),
        ("surfy", b"BBB1\tsurface", b"BBB1\tperhaps"),
        ("cspa", b"2 - putative", b"4 - odd"),
    ],
)
def test_an_unknown_class_is_refused_by_line(refusal: Any, parser: str, known: bytes, unknown: bytes) -> None:
    good, _, options = GOOD[parser]
    told = refusal(parser, good.replace(known, unknown), **options)
    assert unknown.decode().split("\t")[-1] in told
    assert "line 3" in told


@pytest.mark.parametrize("cell", ["yes", "-1", "inf"])
@pytest.mark.parametrize(("parser", "at"), [("gesp", b"\t1\t1\n"), ("surface_flags", b",1,1\n")])
def test_a_flag_that_is_no_number_of_at_least_zero_is_refused_by_line(
    refusal: Any, parser: str, at: bytes, cell: str
) -> None:
    good, _, options = GOOD[parser]
    told = refusal(parser, good.replace(at, at[:3] + cell.encode() + b"\n"), **options)
    assert f"not a flag: '{cell}' in line 2" in told


# ---------------------------------------------------------------- workbooks


@each_workbook
def test_a_workbook_is_read_as_the_text_whatever_stands_above_the_header(parse: Any, parser: str) -> None:
    good, _, options = GOOD[parser]
    expected = parse(parser, good, **options)
    found = parse(parser, as_workbook(parser), "a.xlsx", **options)
    assert (rows(found), list(found.columns), found.attrs) == (rows(expected), list(expected.columns), expected.attrs)


@each_workbook
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_workbook_is_refused(refusal: Any, parser: str, share: float) -> None:
    data = as_workbook(parser)
    assert "workbook" in refusal(parser, data[: int(len(data) * share)], "a.xlsx", **GOOD[parser][2])


@each_workbook
@given(data=st.data())
def test_a_workbook_with_a_garbled_passage_is_read_or_refused(survives: Any, parser: str, data: st.DataObject) -> None:
    survives(data, as_workbook(parser), parser, **GOOD[parser][2])


@each_workbook
def test_a_workbook_without_the_table_is_refused_by_its_columns(refusal: Any, parser: str) -> None:
    told = refusal(parser, workbook([["a", "b"], [1, 2]]), "a.xlsx", **GOOD[parser][2])
    assert "no sheet of the workbook has the columns" in told


@each_workbook
def test_a_row_of_a_workbook_that_is_longer_than_the_header_is_refused_by_line(refusal: Any, parser: str) -> None:
    table = cells(GOOD[parser][0])
    table[2].append("surplus")
    told = refusal(parser, workbook(table), "a.xlsx", **GOOD[parser][2])
    assert "line 3 has a cell without a header: 'surplus'" in told


@each_workbook
def test_errors_in_a_workbook_name_its_line(refusal: Any, parser: str) -> None:
    table = cells(GOOD[parser][0])
    table[2] = list(table[1])
    told = refusal(parser, workbook([["title"], [], *table]), "a.xlsx", **GOOD[parser][2])
    assert "occurs twice" in told
    assert "line 5" in told


def test_a_symbol_that_became_a_date_is_missing_and_never_guessed(parse: Any) -> None:
    table = cells(CSPA)
    table[1][-1] = datetime.datetime(2015, 3, 1)
    votes = parse("cspa", workbook(table), "a.xlsx", voter="CSPA")
    assert votes["symbol"].isna().all()
    assert votes["accession"].tolist() == ["P00001", "P00002"]


# ---------------------------------------------------------------- what they say


def test_surfy_predicts_or_annotates_and_a_protein_of_two_genes_votes_for_both(parse: Any) -> None:
    votes = parse("surfy", SURFY, voter="surfaceome")
    assert rows(votes) == [
        ("ENSG00000000001", "AAA1", "surfaceome", "prediction", "predicted by the SURFY classifier", "P00001"),
        ("ENSG00000000002", "BBB1", "surfaceome", "annotation", "in the positive training set of SURFY", "P00002"),
        ("ENSG00000000003", "BBB1", "surfaceome", "annotation", "in the positive training set of SURFY", "P00002"),
        (None, None, "surfaceome", "annotation", "annotated with a GPI anchor", "P00003"),
    ]
    assert votes.attrs["left_out"] == {"called nonsurface": 1}


def test_only_high_confidence_is_an_experiment_and_unspecific_is_no_vote_but_counted(parse: Any) -> None:
    votes = parse("cspa", CSPA, voter="CSPA")
    assert rows(votes.drop(columns="statement")) == [
        (None, "AAA1", "CSPA", "experimental", "P00001"),
        (None, None, "CSPA", "annotation", "P00002"),
    ]
    assert votes.attrs["left_out"] == {"category 3 - unspecific": 1}


def test_sources_that_depend_on_each_other_vote_once_with_all_that_they_say(parse: Any) -> None:
    votes = parse("gesp", GESP, columns=COLUMNS, separator="\t")
    assert rows(votes) == [
        ("ENSG00000000001", "AAA1", "TOPDB", "experimental", "in TOPDB", None),
        ("ENSG00000000001", "AAA1", "lists", "prediction", "in HMPAS; in Rabbitts", None),
        ("ENSG00000000002", "BBB1", "lists", "prediction", "in Rabbitts", None),
    ]
    assert votes.attrs["left_out"] == {"no vote in any column": 1}


def test_flags_by_accession_come_with_the_accession_and_nothing_else(parse: Any) -> None:
    votes = parse("surface_flags", FLAGS, **GOOD["surface_flags"][2])
    assert rows(votes) == [
        (None, None, "Town", "annotation", "in Town", "P00001"),
        (None, None, "Town", "annotation", "in Town", "P00002"),
    ]
    assert votes.attrs["left_out"] == {"no vote in any column": 1}


# ---------------------------------------------------------------- real files


def test_the_real_surfy_is_read_whole(parse: Any, shared_data: Path) -> None:
    votes = parse("surfy", shared_data / "surface" / "surfy_bausch-fluck2018_table_S3.tsv.gz", voter="SURFY")
    assert votes["accession"].nunique() == 2886
    assert votes.drop_duplicates("accession")["kind"].value_counts().to_dict() == {
        "prediction": 1631,
        "annotation": 1255,
    }
    assert votes.loc[votes["gene_id"].isna(), "accession"].nunique() == 103
    assert {"TNFRSF17", "CD19", "FCRL5", "GPRC5D"} <= set(votes["symbol"])
    assert not {"STEAP1", "CD99", "XG", "ADGRG2"} & set(votes["symbol"])


def test_the_real_cspa_is_read_whole(parse: Any, shared_data: Path) -> None:
    votes = parse("cspa", shared_data / "surface" / "cspa_bausch-fluck2015_S2_File.xlsx", voter="CSPA")
    assert votes["kind"].value_counts().to_dict() == {"experimental": 1039, "annotation": 247}
    assert votes.attrs["left_out"] == {"category 3 - unspecific": 206}
    assert votes.loc[votes["accession"] == "P08473", "symbol"].tolist() == ["MME"]


def test_the_real_gesp_is_read_whole(parse: Any, shared_data: Path) -> None:
    path = shared_data / "surface" / "tcsa_hu2021_Figure1_GESPscore.xlsx"
    columns = {"TOPDB*2": vote("TOPDB", "experimental"), "SURFY2*3": vote("SURFY", "prediction")}
    votes = parse("gesp", path, columns=columns)
    assert votes["voter"].value_counts().to_dict() == {"SURFY": 2810, "TOPDB": 585}
    assert votes["gene_id"].nunique() + votes.attrs["left_out"]["no vote in any column"] == 3567


def test_the_real_consensus_is_read_whole(parse: Any, shared_data: Path) -> None:
    path = shared_data / "surface" / "surfacegenie_SPC_by_Source_sprot.csv"
    columns = {name: vote("surfaceome", "prediction") for name in ("SURFY", "Town", "Cunha", "Diaz.Ramos")}
    votes = parse("surface_flags", path, ids={"accession": "Accession"}, columns=columns)
    assert len(votes) == votes["accession"].nunique() == 20_425 - 15_018
    assert votes.attrs["left_out"] == {"no vote in any column": 15_018}


def test_a_real_catalogue_by_symbol_is_read_with_all_its_ids(parse: Any, shared_data: Path) -> None:
    path = shared_data / "surface" / "accessible_surfaceome_whole_proteome_catalog.tsv"
    ids = {"symbol": "hgnc_symbol", "gene_id": "ensembl_gene", "accession": "uniprot_acc"}
    columns = {"hpa_surface_flag": vote("HPA", "experimental")}
    votes = parse("surface_flags", path, ids=ids, columns=columns, separator="\t")
    assert len(votes) + votes.attrs["left_out"]["no vote in any column"] == 19_324
    assert votes["symbol"].notna().all()
