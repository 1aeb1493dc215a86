"""`identity`: HGNC, the gene space, retired ids, synonyms and lists of genes.

On real files: the HGNC complete set of 2018 and the three tables of oncoref. On a fixture in the exact format:
the current complete set of HGNC, which has the same columns.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import rows

HGNC = (
    b"hgnc_id\tsymbol\tname\tlocus_group\tlocus_type\tstatus\talias_symbol\tprev_symbol\tensembl_gene_id\tuniprot_ids\n"
    b"HGNC:11913\tTNFRSF17\tTNF receptor superfamily member 17\tprotein-coding gene\tgene with protein product\t"
    b'Approved\t"BCM|CD269|TNFRSF13A"\tBCMA\tENSG00000048462\tQ02223\n'
    b"HGNC:5232\tHSPA1A\theat shock protein family A member 1A\tprotein-coding gene\tgene with protein product\t"
    b"Approved\tHSP70-1\tHSPA1\tENSG00000204389\tP0DMV8\n"
    b"HGNC:6604\tLILRA3\tleukocyte receptor A3\tprotein-coding gene\tgene with protein product\tApproved\t\t\t\t\n"
)
SPACE = (
    b"ensembl_gene_id,symbol,biotype,seqname,ensembl_release\n"
    b"ENSG00000002586,CD99,protein_coding,X,115\n"
    b"ENSG00000292348,CD99,protein_coding,Y,115\n"
    b"ENSG00000284552,,lncRNA,1,115\n"
)
SYNONYMS = b"alias,official_symbol\nHER2,ERBB2\nNAN,KIR3DL1\nB7-H3,CD276\n"
ALIASES = (
    b"alt_haplotype_id,primary_contig_id,symbol,source\n"
    b"ENSG00000196661,ENSG00000284609,OR8B3,ensembl_id_history_name\n"
    b"ENSG00000206297,,TAP1,ensembl_alt_contig\n"
)
LIST = b"Symbol,Ensembl_Gene_ID\nCD19,ENSG00000177455\nNOBODY,\n"
RETIRED = {"retired": "alt_haplotype_id", "current": "primary_contig_id"}
FORMATS: dict[str, tuple[bytes, bytes, dict[str, Any]]] = {
    "hgnc": (HGNC, b"\t", {}),
    "gene_space": (SPACE, b",", {}),
    "symbol_synonyms": (SYNONYMS, b",", {}),
    "id_aliases": (ALIASES, b",", RETIRED),
    "gene_list": (LIST, b",", {}),
}
every = pytest.mark.parametrize("parser", list(FORMATS))


# ---------------------------------------------------------------- what is read


def test_hgnc_keeps_previous_symbols_aliases_and_proteins_apart(parse: Callable[..., Any]) -> None:
    found = parse("hgnc", HGNC)
    assert list(found) == ["gene_id", "symbol", "name", "previous", "aliases", "locus_type", "proteins"]
    protein = "gene with protein product"
    assert rows(found.drop(columns="name")) == [
        ("ENSG00000048462", "TNFRSF17", "BCMA", "BCM|CD269|TNFRSF13A", protein, "Q02223"),
        ("ENSG00000204389", "HSPA1A", "HSPA1", "HSP70-1", protein, "P0DMV8"),
        (None, "LILRA3", None, None, protein, None),
    ]


def test_hgnc_may_lack_proteins_and_its_own_ids(parse: Callable[..., Any]) -> None:
    data = b"symbol\tname\tlocus_type\talias_symbol\tprev_symbol\tensembl_gene_id\nCD19\tCD19\tx\t\t\tENSG00000177455\n"
    assert rows(parse("hgnc", data)) == [("ENSG00000177455", "CD19", "CD19", None, None, "x", None)]


def test_the_gene_space_has_genes_without_symbols(parse: Callable[..., Any]) -> None:
    assert rows(parse("gene_space", SPACE)) == [
        ("ENSG00000002586", "CD99", "protein_coding", "X"),
        ("ENSG00000292348", "CD99", "protein_coding", "Y"),
        ("ENSG00000284552", None, "lncRNA", "1"),
    ]


def test_synonyms_come_after_the_names_that_the_registry_settles(parse: Callable[..., Any]) -> None:
    found = parse("symbol_synonyms", SYNONYMS, settled={"NEU": "ERBB2"})
    assert rows(found) == [
        ("NEU", "ERBB2", True),
        ("HER2", "ERBB2", False),
        ("NAN", "KIR3DL1", False),
        ("B7-H3", "CD276", False),
    ]


def test_retired_ids_without_a_replacement_are_left_out(parse: Callable[..., Any]) -> None:
    found = parse("id_aliases", ALIASES, **RETIRED)
    assert (list(found), rows(found)) == (["retired", "current"], [("ENSG00000196661", "ENSG00000284609")])


def test_a_list_gives_its_vote_to_every_gene(parse: Callable[..., Any]) -> None:
    found = parse("gene_list", LIST, vote={"voter": "CSPA"})
    assert rows(found) == [("ENSG00000177455", "CD19", "CSPA"), (None, "NOBODY", "CSPA")]


@every
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(parse: Callable[..., Any], parser: str) -> None:
    good, _, options = FORMATS[parser]
    windows = b"\xef\xbb\xbf" + good.replace(b"\n", b"\r\n")
    assert rows(parse(parser, windows, **options)) == rows(parse(parser, good, **options))


# ---------------------------------------------------------------- bad input


@every
def test_a_broken_file_is_refused(refusal: Any, broken: Any, parser: str) -> None:
    good, separator, options = FORMATS[parser]
    data, name, told = broken(good, separator)
    assert told in refusal(parser, data, name, **options)


@every
@given(data=st.data())
def test_a_file_with_a_garbled_passage_is_read_or_refused(survives: Any, data: st.DataObject, parser: str) -> None:
    good, _, options = FORMATS[parser]
    survives(data, good, parser, **options)


@every
def test_a_header_without_rows_is_refused(refusal: Any, parser: str) -> None:
    good, _, options = FORMATS[parser]
    assert "no rows" in refusal(parser, good.split(b"\n")[0] + b"\n", **options)


@pytest.mark.parametrize(
    ("parser", "good", "wrong", "told"),
    [
        ("hgnc", b"ensembl_gene_id", b"ensembl_id", "ensembl_gene_id: missing column"),
        (
            "hgnc",
            b"ENSG00000204389",
            b"ENSMUSG00000091971",
            "not a human gene or protein: 'ENSMUSG00000091971' in line 3",
        ),
        ("hgnc", b"HGNC:5232", b"HGNC:11913", "hgnc_id: occurs twice: 'HGNC:11913' in line 3"),
        ("hgnc", b"\tHSPA1A\t", b"\t\t", "symbol: empty cell in line 3"),
        ("gene_space", b"seqname", b"contig", "seqname: missing column"),
        ("gene_space", b"ENSG00000292348", b"ENSG00000002586", "occurs twice: 'ENSG00000002586' in line 3"),
        (
            "gene_space",
            b"ENSG00000292348",
            b"ENSMUSG00000025902",
            "not a human gene or protein: 'ENSMUSG00000025902' in",
        ),
        ("gene_space", b"ENSG00000292348", b"", "gene_id: empty cell in line 3"),
        ("gene_space", b"lncRNA", b"", "biotype: empty cell in line 4"),
        ("symbol_synonyms", b"ERBB2", b"", "symbol: empty cell in line 2"),
        ("symbol_synonyms", b"HER2", b"", "alias: empty cell in line 2"),
        (
            "symbol_synonyms",
            b"ERBB2\nNAN,KIR3DL1",
            b"Erbb2\nNAN,Kir3dl1",
            "not a human gene or protein: 'Erbb2' in line 2",
        ),
        (
            "id_aliases",
            b"ENSG00000284609",
            b"ENSMUSG00000025902",
            "not a human gene or protein: 'ENSMUSG00000025902' in",
        ),
        (
            "id_aliases",
            b"ENSG00000196661",
            b"ENSMUSG00000025902",
            "not a human gene or protein: 'ENSMUSG00000025902' in",
        ),
        (
            "gene_list",
            b"ENSG00000177455",
            b"ENSMUSG00000030724",
            "not a human gene or protein: 'ENSMUSG00000030724' in",
        ),
    ],
)
def test_what_is_wrong_is_told_by_its_place(refusal: Any, parser: str, good: bytes, wrong: bytes, told: str) -> None:
    data, _, options = FORMATS[parser]
    assert told in refusal(parser, data.replace(good, wrong, 1), **options)


def test_a_settled_symbol_that_the_file_does_not_know_is_refused(refusal: Any) -> None:
    assert "settled symbol is not in the file" in refusal("symbol_synonyms", SYNONYMS, settled={"NG2": "CSPG5"})


# ---------------------------------------------------------------- real files


def test_the_hgnc_of_2018(parse: Callable[..., Any], shared_data: Path) -> None:
    found = parse("hgnc", shared_data / "annotation" / "hgnc_complete_set_2018.tsv.gz")
    assert len(found) == 42_483
    assert (found["locus_type"] == "gene with protein product").sum() == 19_202
    bcma = found.set_index("symbol").loc["TNFRSF17"]
    assert (bcma["gene_id"], bcma["previous"], bcma["proteins"]) == ("ENSG00000048462", "BCMA", "Q02223")


def test_the_genes_of_ensembl_115(parse: Callable[..., Any], shared_data: Path) -> None:
    found = parse("gene_space", shared_data / "annotation" / "oncoref_canonical-gene-space.csv.gz")
    assert (len(found), (found["biotype"] == "protein_coding").sum()) == (78_691, 20_097)
    assert set(found.loc[found["symbol"] == "CD99", "contig"]) == {"X", "Y"}


def test_the_synonyms_of_ncbi(parse: Callable[..., Any], shared_data: Path) -> None:
    found = parse("symbol_synonyms", shared_data / "annotation" / "oncoref_ncbi-symbol-synonyms.csv.gz")
    assert len(found) == 65_454
    assert found.set_index("alias")["symbol"][["HER2", "B7-H3"]].tolist() == ["ERBB2", "CD276"]


def test_the_retired_ids_of_ensembl(parse: Callable[..., Any], shared_data: Path) -> None:
    found = parse("id_aliases", shared_data / "annotation" / "oncoref_ensembl-id-aliases.csv", **RETIRED)
    assert len(found) == 6_104
    assert found["retired"].is_unique


def test_a_truncated_real_file_is_refused(refusal: Any, shared_data: Path) -> None:
    data = gzip.decompress((shared_data / "annotation" / "oncoref_canonical-gene-space.csv.gz").read_bytes())
    assert "cells in line" in refusal("gene_space", data[: len(data) // 2])
