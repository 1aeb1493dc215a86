"""`targetfinder.sources.readers.uniprot`: exports of UniProt in both forms, and predictions, as the same frames.

There is no export of UniProt here: the two below are made up in its format. Phobius and TMHMM are also read as
published files where they are at hand.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import rows

from targetfinder.sources.readers.uniprot import COLUMNS, Proteins

ONE = {
    "Entry": "P00001",
    "Entry Name": "ONE_HUMAN",
    "Gene Names (primary)": "ONE",
    "Organism": "Homo sapiens (Human)",
    "Length": "60",
    "Topological domain": 'TOPO_DOM 6..30; /note="Extracellular"; /evidence="ECO:0000255"; '
    'TOPO_DOM 52..60; /note="Cytoplasmic"; /evidence="ECO:0000305|PubMed:1"',
    "Transmembrane": 'TRANSMEM 31..51; /note="Helical; Name=1"; /evidence="ECO:0000255"',
    "Intramembrane": "",
    "Signal peptide": 'SIGNAL 1..5; /evidence="ECO:0000255"',
    "Lipidation": 'LIPID 55; /note="S-palmitoyl cysteine"',
    "Alternative sequence": 'VAR_SEQ 8..9; /note="KA -> NNN (in isoform OA-2 and isoform 3)"; /evidence="ECO:1"; '
    '/id="VSP_000001"; VAR_SEQ 31..60; /note="Missing (in isoform 3)"; /id="VSP_000002"',
    "Subcellular location [CC]": "SUBCELLULAR LOCATION: [Isoform 1]: Cell membrane {ECO:1}; Single-pass type I "
    "membrane protein.; SUBCELLULAR LOCATION: [Isoform 3]: Secreted {ECO:0000303|PubMed:2}.",
    "Alternative products (isoforms)": "ALTERNATIVE PRODUCTS:  Event=Alternative splicing; Named isoforms=4; "
    "Comment=So. {ECO:1}; Name=1; Synonyms=Long; IsoId=P00001-1, Q00009-4; Sequence=Displayed; Name=OA-2 "
    "{ECO:0000303|PubMed:2}; IsoId=P00001-2; Sequence=VSP_000001; Note=May be.; "
    "Name=3; IsoId=P00001-3; Sequence=VSP_000001, VSP_000002;"
    " Name=4; IsoId=P00001-4; Sequence=Not described;",
    "Keywords": "Membrane;Signal",
    "Ensembl": "ENST00000000001.5 [P00001-1];ENST00000000002 [P00001-3];ENST00000000003.1 [P00001-1];",
    "Glycosylation": 'CARBOHYD 12; /note="N-linked (GlcNAc...) asparagine"',
}
TWO = dict.fromkeys(ONE, "") | {
    "Entry": "A0A000BBB1",
    "Entry Name": "TWO_HUMAN",
    "Organism": "Homo sapiens (Human)",
    "Length": "40",
    "Topological domain": 'TOPO_DOM <1..20; /note="Extracellular"; TOPO_DOM ?..?35; /note="Cytoplasmic"; '
    'TOPO_DOM 36..>40; /note="Lumenal"',
    "Ensembl": '"ENST00000000009.1; ENSP00000000009.1; ENSG00000000009.1."',
}
GFF = """##gff-version 3
##sequence-region P00001 1 60
P00001\tUniProtKB\tSignal peptide\t1\t5\t.\t.\t.\tOntology_term=ECO:0000255;evidence=ECO:0000255
P00001\tUniProtKB\tChain\t6\t60\t.\t.\t.\tID=PRO_0000000001;Note=Protein one
P00001\tUniProtKB\tTopological domain\t6\t30\t.\t.\t.\tNote=Extracellular;Ontology_term=ECO:0000255;evidence=ECO:0000255
P00001\tUniProtKB\tTransmembrane\t31\t51\t.\t.\t.\tNote=Helical%3B Name%3D1;evidence=ECO:0000255
P00001\tUniProtKB\tTopological domain\t52\t60\t.\t.\t.\tNote=Cytoplasmic;evidence=ECO:0000305|PubMed:1;Dbxref=PMID:1\t
P00001\tUniProtKB\tAlternative sequence\t8\t9\t.\t.\t.\tID=VSP_000001;Note=In isoform OA-2 and isoform 3. KA->NNN
P00001\tUniProtKB\tAlternative sequence\t31\t60\t.\t.\t.\tID=VSP_000002;Note=In isoform 3.
##sequence-region A0A000BBB1 1 40
A0A000BBB1\tUniProtKB\tTopological domain\t.\t>40\t.\t.\t.\tNote=Extracellular
"""
PHOBIUS = """SEQENCE ID                     TM SP PREDICTION
sp|P00001|ONE_HUMAN             1  Y n2-4c5/6o31-51i
sp|P00002|TWO_HUMAN             0  0 i
P00003                          2  0 i1-20o25-44i
"""
TMHMM = """sp|P00001|ONE_HUMAN\tlen=60\tExpAA=22.5\tFirst60=22.5\tPredHel=1\tTopology=o31-53i
P00002\tlen=9\tExpAA=0.00\tFirst60=0.00\tPredHel=0\tTopology=o
"""


def tsv(*records: dict[str, str]) -> bytes:
    """Return records as the website exports them: no quoting, quotes inside cells."""
    lines = ["\t".join(records[0]), *("\t".join(record.values()) for record in records)]
    return ("\n".join(lines) + "\n").encode()


GOOD = {"uniprot_tsv": tsv(ONE, TWO), "uniprot_gff": GFF.encode(), "phobius": PHOBIUS.encode(), "tmhmm": TMHMM.encode()}
each_parser = pytest.mark.parametrize("parser", GOOD)


@pytest.fixture
def parse(parse: Callable[..., Any]) -> Callable[..., Proteins]:
    """Return a function that reads the good file of a parser, or what it is given instead."""

    def proteins(parser: str, data: bytes | Path | None = None, name: str = "a.tsv") -> Proteins:
        about = {"provides": "proteins", "release": "2026_01"}
        found = parse(parser, GOOD[parser] if data is None else data, name, about)
        assert isinstance(found, Proteins)
        return found

    return proteins


# ---------------------------------------------------------------- what is read


def test_a_tsv_gives_entries_with_length_location_and_source(parse: Any) -> None:
    found = parse("uniprot_tsv").entries
    assert rows(found[["accession", "gene", "length", "keywords", "source", "release", "evidence"]]) == [
        ("P00001", "ONE", 60, "Membrane;Signal", "mine", "2026_01", "annotation"),
        ("A0A000BBB1", None, 40, None, "mine", "2026_01", "annotation"),
    ]
    assert found["location"].iloc[0] == ONE["Subcellular location [CC]"]


def test_a_tsv_gives_every_feature_with_exact_positions_notes_evidence_and_ids(parse: Any) -> None:
    found = parse("uniprot_tsv").features
    assert rows(found[found["accession"] == "P00001"]) == [
        ("P00001", "Topological domain", 6, 30, "Extracellular", "ECO:0000255", None),
        ("P00001", "Topological domain", 52, 60, "Cytoplasmic", "ECO:0000305|PubMed:1", None),
        ("P00001", "Transmembrane", 31, 51, "Helical; Name=1", "ECO:0000255", None),
        ("P00001", "Signal peptide", 1, 5, None, "ECO:0000255", None),
        ("P00001", "Lipidation", 55, 55, "S-palmitoyl cysteine", None, None),
        ("P00001", "Alternative sequence", 8, 9, "KA -> NNN (in isoform OA-2 and isoform 3)", "ECO:1", "VSP_000001"),
        ("P00001", "Alternative sequence", 31, 60, "Missing (in isoform 3)", None, "VSP_000002"),
        ("P00001", "Glycosylation", 12, 12, "N-linked (GlcNAc...) asparagine", None, None),
    ]


def test_positions_beyond_a_fragment_are_exact_and_unknown_ones_missing(parse: Any) -> None:
    found = parse("uniprot_tsv").features
    places = found.loc[found["accession"] == "A0A000BBB1", ["start", "end"]]
    assert rows(places) == [(1, 20), (None, None), (36, 40)]


def test_isoforms_come_with_their_changes_transcripts_and_location(parse: Any) -> None:
    found = parse("uniprot_tsv").isoforms
    secreted = "Secreted {ECO:0000303|PubMed:2}."
    membrane = "Cell membrane {ECO:1}; Single-pass type I membrane protein.;"
    assert rows(found.drop(columns="accession")) == [
        ("P00001-1", "1", "displayed", "", "ENST00000000001;ENST00000000003", membrane),
        ("P00001-2", "OA-2", "described", "VSP_000001", "", None),
        ("P00001-3", "3", "described", "VSP_000001;VSP_000002", "ENST00000000002", secreted),
        ("P00001-4", "4", "not described", "", "", None),
        ("A0A000BBB1", None, "displayed", "", "ENST00000000009", None),
    ]


def test_a_feature_of_another_isoform_is_kept_under_that_isoform(parse: Any) -> None:
    found = parse("uniprot_tsv", tsv(ONE | {"Lipidation": 'LIPID P00001-2:61; /note="GPI-anchor amidated serine"'}))
    lipid = found.features[found.features["type"] == "Lipidation"]
    assert rows(lipid[["accession", "start", "end"]]) == [("P00001-2", 61, 61)]


def test_features_without_semicolons_as_older_exports_write_them_read_the_same(parse: Any) -> None:
    older = {name: cell.replace("; /", " /") for name, cell in ONE.items()}
    pd.testing.assert_frame_equal(parse("uniprot_tsv", tsv(older)).features, parse("uniprot_tsv", tsv(ONE)).features)


def test_a_tsv_without_glycosylation_and_in_any_order_is_read(parse: Any) -> None:
    some = {name: ONE[name] for name in reversed(COLUMNS)}
    assert "Glycosylation" not in set(parse("uniprot_tsv", tsv(some)).features["type"])


def test_a_gff_gives_the_same_features_as_a_tsv_where_both_say_something(parse: Any) -> None:
    columns = ["accession", "type", "start", "end", "id"]
    one, other = (parse(parser).features for parser in ("uniprot_gff", "uniprot_tsv"))
    kinds = ["Topological domain", "Transmembrane", "Signal peptide", "Alternative sequence"]
    same = [f[f["type"].isin(kinds) & (f["accession"] == "P00001")][columns] for f in (one, other)]
    ordered = [frame.sort_values(["type", "start"], ignore_index=True) for frame in same]
    pd.testing.assert_frame_equal(*ordered)
    assert one["note"].iloc[2] == "Helical; Name=1"
    assert "Chain" not in set(one["type"])


def test_a_gff_gives_lengths_and_the_isoforms_that_its_features_mention(parse: Any) -> None:
    found = parse("uniprot_gff")
    assert rows(found.entries[["accession", "length"]]) == [("P00001", 60), ("A0A000BBB1", 40)]
    assert rows(found.isoforms[["accession", "isoform", "sequence", "changes"]]) == [
        ("P00001", "P00001", "displayed", ""),
        ("A0A000BBB1", "A0A000BBB1", "displayed", ""),
        ("P00001", "P00001 isoform OA-2", "described", "VSP_000001"),
        ("P00001", "P00001 isoform 3", "described", "VSP_000001;VSP_000002"),
    ]
    assert rows(found.features[["start", "end"]].tail(1)) == [(None, 40)]


@pytest.mark.parametrize(
    ("topology", "spans", "expected"),
    [
        ("i", 0, [("Topological domain", 1, 60, "Cytoplasmic")]),
        (
            "o11-30i",
            1,
            [
                ("Topological domain", 1, 10, "Extracellular"),
                ("Transmembrane", 11, 30, "Helical"),
                ("Topological domain", 31, 60, "Cytoplasmic"),
            ],
        ),
        (
            "n2-4c5/6o31-51i",
            1,
            [
                ("Signal peptide", 1, 5, None),
                ("Topological domain", 6, 30, "Extracellular"),
                ("Transmembrane", 31, 51, "Helical"),
                ("Topological domain", 52, 60, "Cytoplasmic"),
            ],
        ),
        (
            "i1-20o41-60i",
            2,
            [
                ("Transmembrane", 1, 20, "Helical"),
                ("Topological domain", 21, 40, "Extracellular"),
                ("Transmembrane", 41, 60, "Helical"),
            ],
        ),
    ],
)
def test_a_predicted_topology_becomes_the_same_parts_with_the_length_and_open_without(
    parse: Any, topology: str, spans: int, expected: list[tuple[Any, ...]]
) -> None:
    line = f"P00001\tlen=60\tExpAA=1\tFirst60=1\tPredHel={spans}\tTopology={topology}\n"
    with_length = parse("tmhmm", line.encode())
    columns = ["type", "start", "end", "note"]
    assert rows(with_length.features[columns]) == expected
    assert set(with_length.features["evidence"]) == {"TMHMM"}
    assert with_length.entries["evidence"].tolist() == ["prediction"]
    without = parse("phobius", f"P00001 {spans} 0 {topology}\n".encode())
    tail = [row for row in expected if row[2] != 60] + [
        (row[0], row[1], None if row[0] == "Topological domain" else 60, row[3]) for row in expected if row[2] == 60
    ]
    if expected[-1][0] == "Transmembrane":  # nobody knows whether anything follows
        tail.append(("Topological domain", 61, None, "Cytoplasmic"))
    assert rows(without.features[columns]) == tail


# ---------------------------------------------------------------- what is refused


@each_parser
def test_a_file_of_another_kind_is_refused(fault: Any, foreign: bytes, parser: str) -> None:
    fault(parser, foreign)


@each_parser
def test_a_truncated_gz_is_refused(fault: Any, truncated: Any, parser: str) -> None:
    fault(parser, truncated(GOOD[parser]), name="a.gz")


@each_parser
def test_a_gz_and_windows_line_ends_change_nothing(parse: Any, parser: str) -> None:
    plain = parse(parser)
    for data, name in ((gzip.compress(GOOD[parser]), "a.gz"), (GOOD[parser].replace(b"\n", b"\r\n"), "b")):
        other = parse(parser, data, name=name)
        for frame in vars(plain):
            pd.testing.assert_frame_equal(getattr(plain, frame), getattr(other, frame))


@each_parser
def test_a_wrong_separator_is_refused(fault: Any, parser: str) -> None:
    data = GOOD[parser].replace(b" ", b",") if parser == "phobius" else GOOD[parser].replace(b"\t", b",")
    fault(parser, data)


@each_parser
def test_an_entry_that_occurs_twice_is_refused_by_its_accession(fault: Any, parser: str) -> None:
    lines = GOOD[parser].splitlines(keepends=True)
    assert "P00001" in fault(parser, b"".join([*lines, lines[1] if parser != "tmhmm" else lines[0]])).problem


@pytest.mark.parametrize("column", COLUMNS)
def test_each_missing_column_is_refused_by_its_name(fault: Any, column: str) -> None:
    record = {("other" if name == column else name): cell for name, cell in ONE.items()}
    assert column in str(fault("uniprot_tsv", tsv(record)))


def test_a_line_that_is_shifted_against_the_header_is_refused_by_its_number(fault: Any) -> None:
    data = tsv(ONE, TWO).rstrip(b"\n") + b"\tsurplus\n"
    assert "line 3" in fault("uniprot_tsv", data).problem


@pytest.mark.parametrize(
    ("changed", "problem", "field"),
    [
        ({"Organism": "Mus musculus (Mouse)"}, "not a human protein: 'Mus musculus (Mouse)' in line 3", "Organism"),
        ({"Organism": ""}, "not a human protein", "Organism"),
        ({"Entry Name": "TWO_MOUSE"}, "not a human protein", "Organism"),
        ({"Entry": "ENSG00000000001"}, "not a UniProt accession: 'ENSG00000000001' in line 3", "Entry"),
        ({"Length": "-40"}, "not a length: '-40' in line 3", "Length"),
        ({"Length": "1e9"}, "not a length: '1e9' in line 3", "Length"),
        ({"Topological domain": "TOPO_DOM 1 to 20"}, "not features, in line 3", "Topological domain"),
        ({"Topological domain": "TRANSMEM 1..20"}, "not features, in line 3", "Topological domain"),
        ({"Transmembrane": "TRANSMEM 1..2?0"}, "not features, in line 3", "Transmembrane"),
        ({"Transmembrane": "TRANSMEM 30..41"}, "feature outside its protein: Transmembrane 30..41 of A0A000BBB1", None),
        ({"Transmembrane": "TRANSMEM 20..10"}, "feature outside its protein: Transmembrane 20..10 of A0A000BBB1", None),
        ({"Transmembrane": "TRANSMEM 0..10"}, "feature outside its protein: Transmembrane 0..10 of A0A000BBB1", None),
        (
            {"Alternative products (isoforms)": "Name=1; IsoId=A0A000BBB1-1; Sequence=VSP_1;"},
            "not one canonical isoform, but several or none: A0A000BBB1",
            None,
        ),
    ],
)
def test_what_is_wrong_with_an_entry_is_told_with_its_line_or_accession(
    fault: Any, changed: dict[str, str], problem: str, field: str | None
) -> None:
    error = fault("uniprot_tsv", tsv(ONE, TWO | changed))
    assert error.problem.startswith(problem)
    assert error.field == field


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("P00001\tUniProtKB\tChain", "P00001\tChain", "line 4"),
        ("P00001\tUniProtKB\tChain", "chr1\tUniProtKB\tChain", "line 4"),
        ("\t31\t51\t", "\t31\tx\t", "line 6"),
        ("P00001 1 60", "P00001 60", "line 2"),
        ("##sequence-region P00001 1 60\n", "", "feature outside its protein"),
        ("P00001 1 60", "P00001 1 59", "feature outside its protein: Topological domain 52..60 of P00001"),
    ],
)
def test_a_wrong_line_of_a_gff_is_told(fault: Any, old: str, new: str, told: str) -> None:
    assert told in fault("uniprot_gff", GFF.replace(old, new).encode()).problem


@pytest.mark.parametrize(
    ("parser", "old", "new", "told"),
    [
        ("phobius", "n2-4c5/6o31-51i", "n2-4c5/6o31-51", "line 2"),
        ("phobius", " 1  Y n2", " 2  Y n2", "line 2"),
        ("phobius", "ONE_HUMAN", "ONE_MOUSE", "not a human protein: 'sp|P00001|ONE_MOUSE' in line 2"),
        ("phobius", "P00003 ", "ENSMUSP0001 ", "line 4"),
        ("phobius", "  0  0 i\n", "\n", "line 3"),
        ("tmhmm", "PredHel=1", "PredHel=3", "line 1"),
        ("tmhmm", "Topology=o\n", "\n", "line 2"),
        ("tmhmm", "ONE_HUMAN", "ONE_MOUSE", "not a human protein"),
        ("tmhmm", "len=60", "len=50", "feature outside its protein"),
    ],
)
def test_a_wrong_line_of_a_prediction_is_told(fault: Any, parser: str, old: str, new: str, told: str) -> None:
    assert told in fault(parser, GOOD[parser].decode().replace(old, new).encode()).problem


@each_parser
@given(data=st.data())
def test_a_file_with_a_garbled_passage_is_read_or_refused(survives: Any, parser: str, data: st.DataObject) -> None:
    survives(data, GOOD[parser], parser)


# ---------------------------------------------------------------- real files


@pytest.mark.parametrize("parser", ["phobius", "tmhmm"])
def test_the_published_predictions_of_all_human_proteins_are_read(parse: Any, shared_data: Path, parser: str) -> None:
    found = parse(parser, shared_data / "surface" / f"cirfess_{parser}_human.txt.gz")
    assert len(found.entries) == found.entries["accession"].nunique() == 20392
    assert found.entries["length"].isna().all() == (parser == "phobius")
    of_bcma = found.features[found.features["accession"] == "Q02223"]
    span = of_bcma.loc[of_bcma["type"] == "Transmembrane", ["start", "end"]]
    assert rows(span) == [(54, 77)] if parser == "phobius" else [(54, 76)]
    start = of_bcma.sort_values("start")["note"].iloc[0]
    assert start == ("Extracellular" if parser == "phobius" else "Cytoplasmic")  # TMHMM has it the wrong way round
