"""`locations`: where the Human Protein Atlas saw a protein, and its summary of every gene.

Tested on a real file (skipped where it is absent): `hpa_location` on release 22 as repacked in R (columns renamed). On
fixtures in the exact format only: the header that the atlas itself writes, and all of `hpa_proteinatlas`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import rows

from targetfinder import tables

LOCATIONS = (
    b"Gene\tGene name\tReliability\tMain location\tAdditional location\tExtracellular location\tEnhanced\tSupported\t"
    b"Approved\tUncertain\tSingle-cell variation intensity\tGO id\n"
    b"ENSG00000000003\tTSPAN6\tApproved\tPlasma membrane;Cytosol\tNucleoli\t\tPlasma membrane\t\tCytosol\tNucleoli\t\t"
    b"Cytosol (GO:0005829)\n"
    b"ENSG00000000971\tCFH\tUncertain\t\tVesicles\tPredicted to be secreted\t\t\t\tVesicles\t\tVesicles (GO:0043231)\n"
)
SUMMARY = (
    b"Gene\tGene synonym\tEnsembl\tGene description\tUniprot\tChromosome\tPosition\tProtein class\tEvidence\t"
    b"RNA tissue specificity\tSubcellular location\tSecretome location\n"
    b"TNFRSF17\tBCM, BCMA\tENSG00000048462\tTNF receptor\tQ02223\t16\t1-2\tCD markers, Predicted membrane proteins\t"
    b"Evidence at protein level\tTissue enhanced\t\t\n"
    b"AZGP1\t\tENSG00000160862\tzinc binding\tP25311, Q00001\t7\t1-2\tPlasma proteins, Predicted secreted proteins\t"
    b"Evidence at protein level\tTissue enriched\tVesicles\tSecreted to blood\n"
    b"GAPDH\t\tENSG00000111640\tdehydrogenase\tP04406\t12\t1-2\t\tEvidence at protein level\tLow tissue specificity\t"
    b"Cytosol\tIntracellular and membrane\n"
)
GOOD = {"hpa_location": LOCATIONS, "hpa_proteinatlas": SUMMARY}
each_parser = pytest.mark.parametrize("parser", GOOD)


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
    assert "no rows" in refusal(parser, GOOD[parser].split(b"\n")[0] + b"\n")


@each_parser
def test_genes_of_the_mouse_are_refused_by_line(refusal: Any, parser: str) -> None:
    ids = {"hpa_location": b"ENSG00000000971", "hpa_proteinatlas": b"ENSG00000160862"}
    told = refusal(parser, GOOD[parser].replace(ids[parser], b"ENSMUSG00000026365"))
    assert "not a human gene or protein: 'ENSMUSG00000026365' in line 3" in told


@each_parser
@pytest.mark.parametrize("second", [b"ENSG00000000003", b""], ids=["twice", "empty"])
def test_a_gene_that_is_empty_or_occurs_twice_is_refused_by_line(refusal: Any, parser: str, second: bytes) -> None:
    ids = {"hpa_location": (b"ENSG00000000003", b"ENSG00000000971")}
    ids["hpa_proteinatlas"] = (b"ENSG00000048462", b"ENSG00000160862")
    first, other = ids[parser]
    told = refusal(parser, GOOD[parser].replace(other, first if second else b""))
    assert "gene_id" in told
    assert "line 3" in told


@pytest.mark.parametrize(
    ("parser", "column"),
    [
        *(
            ("hpa_location", name)
            for name in ("Gene", "Gene name", "Main location", "Extracellular location", "Uncertain")
        ),
        *(("hpa_proteinatlas", name) for name in ("Uniprot", "Protein class", "Secretome location")),
    ],
)
def test_a_missing_column_is_refused_by_its_name(refusal: Any, parser: str, column: str) -> None:
    header, body = GOOD[parser].decode().split("\n", 1)
    names = ["other" if name == column else name for name in header.split("\t")]
    told = refusal(parser, ("\t".join(names) + "\n" + body).encode())
    assert f"{column}: missing column" in told


def test_a_summary_without_its_ids_is_refused(refusal: Any) -> None:
    assert "Gene name: missing column" in refusal("hpa_proteinatlas", SUMMARY.replace(b"\tEnsembl\t", b"\tother\t"))


# ---------------------------------------------------------------- locations


def test_each_location_has_its_own_reliability_which_may_be_less_than_that_of_the_gene(parse: Any) -> None:
    frame = parse("hpa_location", LOCATIONS)
    assert list(frame.columns) == ["gene_id", "symbol", "location", "reliability", "main"]
    assert rows(frame) == [
        ("ENSG00000000003", "TSPAN6", "Plasma membrane", "Enhanced", True),
        ("ENSG00000000003", "TSPAN6", "Cytosol", "Approved", True),
        ("ENSG00000000003", "TSPAN6", "Nucleoli", "Uncertain", False),
        ("ENSG00000000971", "CFH", "Vesicles", "Uncertain", False),
        ("ENSG00000000971", "CFH", "Predicted to be secreted", None, False),
    ]


def test_locations_fit_their_table(parse: Any) -> None:
    frame = parse("hpa_location", LOCATIONS).assign(source="atlas", release="1")
    assert len(tables.LOCATIONS.check(frame)) == 5


def test_a_location_without_a_reliability_is_refused_by_line(refusal: Any) -> None:
    told = refusal("hpa_location", LOCATIONS.replace(b"\tNucleoli\t\tPlasma", b"\tMidbody\t\tPlasma"))
    assert "'Midbody' in line 2" in told
    assert "reliability" in told


def test_an_unknown_reliability_is_refused_by_line(refusal: Any) -> None:
    told = refusal("hpa_location", LOCATIONS.replace(b"CFH\tUncertain", b"CFH\tSure"))
    assert "none of Enhanced, Supported, Approved, Uncertain: 'Sure' in line 3" in told


def test_the_real_locations_are_read_whole(parse: Any, shared_data: Path) -> None:
    frame = parse("hpa_location", shared_data / "surface" / "hpa_v22_subcellular_location.tsv.gz")
    assert frame["gene_id"].nunique() == 13_105
    assert frame["location"].value_counts()["Plasma membrane"] == 2044
    assert frame["location"].value_counts()["Predicted to be secreted"] == 680
    assert frame["reliability"].isna().sum() == 680
    assert not frame.duplicated(["gene_id", "location"]).any()
    seen = frame[frame["symbol"] == "TSPAN6"]
    assert dict(zip(seen["location"], seen["main"], strict=True)) == {
        "Cell Junctions": True,
        "Cytosol": True,
        "Nucleoli fibrillar center": False,
    }


# ---------------------------------------------------------------- summary


def test_the_summary_says_which_proteins_are_predicted_in_the_membrane_and_which_secreted(parse: Any) -> None:
    frame = parse("hpa_proteinatlas", SUMMARY)
    names = ["gene_id", "symbol", "uniprot", "secretome_location", "predicted_membrane", "predicted_secreted"]
    assert rows(frame[names]) == [
        ("ENSG00000048462", "TNFRSF17", "Q02223", None, True, False),
        ("ENSG00000160862", "AZGP1", "P25311, Q00001", "Secreted to blood", False, True),
        ("ENSG00000111640", "GAPDH", "P04406", "Intracellular and membrane", False, False),
    ]
    assert frame["protein_class"].isna().tolist() == [False, False, True]
    others = ["evidence", "subcellular_location", "rna_tissue_specificity"]
    assert rows(frame[others])[1] == ("Evidence at protein level", "Vesicles", "Tissue enriched")
