"""`targetfinder.genes`: which genes there are, what they are called, and which of them make a protein of their own."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.genes import NO_SPACE, NO_SYNONYMS, gene_table

PROTEIN = "gene with protein product"
Row = tuple[str | None, str, str, str]


def hgnc(rows: Sequence[Row]) -> pd.DataFrame:
    """Make HGNC rows of (gene_id, symbol, aliases, locus_type)."""
    frame = pd.DataFrame(rows, columns=["gene_id", "symbol", "aliases", "locus_type"], dtype=object)
    return frame.assign(name="full name of " + frame["symbol"], previous=None)


def atlas(symbols: dict[str, str | None] | None = None) -> pd.Series:
    return pd.Series(symbols or {}, dtype=object).rename_axis("gene_id")


def space(*rows: tuple[str, str | None, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["gene_id", "symbol", "biotype", "contig"], dtype=object)


def table_of(
    rows: Sequence[Row],
    symbols: dict[str, str | None] | None = None,
    genes: pd.DataFrame = NO_SPACE,
    synonyms: pd.DataFrame = NO_SYNONYMS,
    **classes: set[str],
) -> pd.DataFrame:
    receptors, mitochondrial = (classes.get(name, set()) for name in ("receptors", "mitochondrial"))
    frame = gene_table(hgnc(rows), atlas(symbols), receptors, mitochondrial, genes, synonyms)
    return frame.set_index("gene_id", drop=False)


@pytest.mark.parametrize(
    ("locus_type", "in_atlas", "coding"),
    [
        (PROTEIN, False, True),
        (PROTEIN, True, True),
        ("unknown", True, True),
        ("pseudogene", True, True),
        ("unknown", False, False),
        ("pseudogene", False, False),
        ("immunoglobulin gene", True, False),
        ("T cell receptor gene", True, False),
        ("T cell receptor pseudogene", True, False),
        ("readthrough", True, False),
        ("RNA, long non-coding", True, False),
        ("RNA, transfer", True, False),
        ("endogenous retrovirus", True, False),
    ],
)
def test_protein_coding_is_what_hgnc_or_a_protein_atlas_calls_so_unless_the_locus_makes_no_protein_of_its_own(
    locus_type: str, in_atlas: bool, coding: bool
) -> None:
    row = table_of([("ENSG1", "A", "", locus_type)], {"ENSG1": "A"} if in_atlas else {}).loc["ENSG1"]
    assert (row["protein_coding"], row["normaliser"]) == (coding, coding)


@pytest.mark.parametrize(
    ("biotype", "locus_type", "in_atlas", "coding"),
    [
        ("protein_coding", "unknown", False, True),
        ("protein_coding", "RNA, long non-coding", False, True),  # Ensembl is newer
        ("protein_coding", "readthrough", True, False),
        ("protein_coding", "T cell receptor gene", True, False),
        ("lncRNA", PROTEIN, False, False),
        ("lncRNA", PROTEIN, True, True),
        ("IG_V_gene", "unknown", True, False),
        ("TR_C_gene", "unknown", True, False),
    ],
)
def test_of_a_gene_that_the_gene_space_knows_it_or_an_atlas_decides_whether_it_codes(
    biotype: str, locus_type: str, in_atlas: bool, coding: bool
) -> None:
    symbols: dict[str, str | None] = {"ENSG1": "A"} if in_atlas else {}
    row = table_of([("ENSG1", "A", "", locus_type)], symbols, space(("ENSG1", "A", biotype, "1"))).loc["ENSG1"]
    assert (row["protein_coding"], row["normaliser"]) == (coding, coding)


def test_of_a_gene_that_the_gene_space_does_not_know_hgnc_decides() -> None:
    rows: list[Row] = [("ENSG1", "KIR2DS1", "", PROTEIN), ("ENSG2", "XIST", "", "RNA, long non-coding")]
    frame = table_of(rows, genes=space(("ENSG3", "A", "protein_coding", "1")))
    assert frame["protein_coding"].to_dict() == {"ENSG1": True, "ENSG2": False, "ENSG3": True}


@pytest.mark.parametrize(
    ("symbol", "joins"),
    [
        ("C-A", True),
        ("A-C", True),
        ("A-NKX2-1", True),
        ("NKX2-1", False),
        ("HLA-A", False),
        ("A-", False),
        ("A", False),
    ],
)
def test_a_symbol_made_of_two_others_is_a_readthrough(symbol: str, joins: bool) -> None:
    genes = space(
        ("ENSG1", symbol, "protein_coding", "1"),
        ("ENSG2", "A", "protein_coding", "1"),
        ("ENSG3", "NKX2-1", "protein_coding", "1"),
    )
    frame = table_of([("ENSG4", "C", "", "pseudogene")], {"ENSG1": symbol}, genes)
    assert frame.loc["ENSG1", "protein_coding"] == (not joins)
    assert frame.loc[["ENSG2", "ENSG3"], "protein_coding"].all()


def test_genes_of_the_mitochondrion_code_but_do_not_count_towards_the_million() -> None:
    row = table_of([], genes=space(("ENSG1", "MT-CO1", "protein_coding", "MT"))).loc["ENSG1"]
    assert (row["protein_coding"], row["normaliser"]) == (True, False)


def test_genes_of_the_gene_space_that_nobody_else_names_are_listed_only_if_they_code() -> None:
    genes = space(("ENSG1", None, "protein_coding", "1"), ("ENSG2", "LINC1", "lncRNA", "1"))
    frame = table_of([], genes=genes)
    assert frame["symbol"].to_dict() == {"ENSG1": "ENSG1"}


def test_a_gene_of_an_atlas_that_hgnc_does_not_know_is_protein_coding() -> None:
    row = table_of([], {"ENSG1": "NEW1"}).loc["ENSG1"]
    assert (row["symbol"], row["protein_coding"], row["normaliser"]) == ("NEW1", True, True)
    assert row[["name", "aliases", "locus_type"]].isna().all()


def test_immune_receptors_readthroughs_and_mitochondrial_genes_do_not_count_towards_the_million() -> None:
    rows: list[Row] = [
        ("ENSG1", "CD19", "", PROTEIN),
        ("ENSG2", "IGHG1", "", "immunoglobulin gene"),
        ("ENSG3", "TRAC", "", "T cell receptor gene"),
        ("ENSG4", "A-B", "", "readthrough"),
        ("ENSG5", "MT-CO1", "", PROTEIN),
        ("ENSG6", "IGLL-LIKE", "", PROTEIN),
    ]
    frame = table_of(
        rows, {gene_id: symbol for gene_id, symbol, *_ in rows if gene_id}, receptors={"ENSG6"}, mitochondrial={"ENSG5"}
    )
    assert frame["normaliser"].to_dict() == {f"ENSG{i}": i == 1 for i in range(1, 7)}
    assert frame["protein_coding"].to_dict() == {f"ENSG{i}": i in (1, 5) for i in range(1, 7)}


def test_the_symbol_is_that_of_the_gene_space_then_of_the_atlas_then_of_hgnc_then_the_id() -> None:
    rows: list[Row] = [("ENSG1", "GPR64", "", PROTEIN), ("ENSG2", "B", "", PROTEIN), ("ENSG4", "D", "", PROTEIN)]
    genes = space(("ENSG1", "ADGRG2", "protein_coding", "X"), ("ENSG4", None, "protein_coding", "1"))
    frame = table_of(rows, {"ENSG1": "GPR64B", "ENSG3": None, "ENSG4": "D2"}, genes)
    assert frame["symbol"].to_dict() == {"ENSG1": "ADGRG2", "ENSG2": "B", "ENSG3": "ENSG3", "ENSG4": "D2"}


def test_every_other_name_of_a_gene_is_an_alias_once_and_the_symbol_itself_is_none() -> None:
    synonyms = pd.DataFrame(
        [("HE6", "ADGRG2", False), ("EDDM6", "ADGRG2", False), ("X", "OTHER", False)],
        columns=["alias", "symbol", "settled"],
    )
    genes = space(("ENSG1", "ADGRG2", "protein_coding", "X"))
    frame = table_of([("ENSG1", "GPR64", "HE6|ADGRG2", PROTEIN)], {"ENSG1": "GPR64B"}, genes, synonyms)
    assert frame.loc["ENSG1", "aliases"] == "HE6|GPR64|GPR64B|EDDM6"


def test_an_approved_symbol_that_is_not_shown_becomes_an_alias_and_nothing_else_does() -> None:
    rows: list[Row] = [
        ("ENSG1", "GPR64", "HE6|TM7LN2", PROTEIN),
        ("ENSG2", "B", "", PROTEIN),
        ("ENSG3", "C", "OLD", PROTEIN),
    ]
    frame = table_of(rows, {"ENSG1": "ADGRG2", "ENSG2": "B2", "ENSG3": "C"})
    assert frame["aliases"].to_dict() == {"ENSG1": "HE6|TM7LN2|GPR64", "ENSG2": "B", "ENSG3": "OLD"}


def test_a_gene_without_another_name_has_no_alias() -> None:
    assert pd.isna(table_of([("ENSG1", "A", "", PROTEIN)], {"ENSG1": "A"}).loc["ENSG1", "aliases"])


@given(order=st.permutations(range(4)))
def test_genes_come_once_and_sorted_whatever_the_order_of_the_sources(order: list[int]) -> None:
    rows: list[Row] = [(f"ENSG{i}", f"S{i}", "", PROTEIN) for i in range(4)]
    frame = gene_table(
        hgnc([rows[i] for i in order]), atlas({f"ENSG{i}": f"S{i}" for i in reversed(order)}), set(), set()
    )
    assert frame["gene_id"].tolist() == ["ENSG0", "ENSG1", "ENSG2", "ENSG3"]
    assert frame["symbol"].tolist() == ["S0", "S1", "S2", "S3"]
