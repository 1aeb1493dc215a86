"""`targetfinder.nomenclature`: HGNC, gene space, atlases, retired ids and synonyms agree on one mapping, or say so."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.identity import Identity
from targetfinder.names import UNKNOWN
from targetfinder.nomenclature import identity_of, with_ids

PROTEIN = "gene with protein product"
CODES = "protein_coding"


def hgnc(*rows: tuple[str | None, str, str, str]) -> pd.DataFrame:
    """Make HGNC rows of (gene_id, symbol, previous, aliases)."""
    frame = pd.DataFrame(rows, columns=["gene_id", "symbol", "previous", "aliases"], dtype=object)
    return frame.assign(name="a gene", locus_type=PROTEIN, proteins=None)


def space(*rows: tuple[str, str | None, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["gene_id", "symbol", "biotype", "contig"], dtype=object)


def atlas(**symbols: str | None) -> pd.Series:
    return pd.Series(symbols, dtype=object).rename_axis("gene_id")


def retired(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["retired", "current"], dtype=object)


def synonyms(*rows: tuple[str, str, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["alias", "symbol", "settled"], dtype=object)


def by_name(identity: Identity, *symbols: str) -> list[str | None]:
    return [identity.names.match(symbol).gene for symbol in symbols]


def by_id(identity: Identity, *ids: str) -> list[str]:
    return identity.ids(pd.Series(ids, dtype=object)).tolist()


# ---------------------------------------------------------------- names


def test_previous_symbols_aliases_and_synonyms_lead_to_their_gene() -> None:
    identity = identity_of(
        hgnc(("ENSG1", "TNFRSF17", "BCMA|TNFRSF13A", "CD269")),
        atlas(),
        retired(),
        synonyms=synonyms(("TNFRSF17A", "TNFRSF17", False), ("X", "NOBODY", False)),
    )
    assert by_name(identity, "TNFRSF17", "BCMA", "TNFRSF13A", "CD269", "TNFRSF17A") == ["ENSG1"] * 5
    assert identity.names.match("X") == UNKNOWN


def test_a_symbol_wins_over_the_alias_of_another_gene_and_an_alias_over_a_synonym() -> None:
    table = hgnc(("ENSG1", "CD20L", "", "MS4A1"), ("ENSG2", "MS4A1", "", "CD20"))
    identity = identity_of(table, atlas(), retired(), synonyms=synonyms(("CD20", "CD20L", False)))
    assert by_name(identity, "MS4A1", "CD20") == ["ENSG2", "ENSG2"]


def test_an_alias_of_two_genes_leads_to_none_unless_the_registry_settles_it() -> None:
    table = hgnc(("ENSG1", "CSPG4", "", "NG2"), ("ENSG2", "RNF5", "", "NG2"))
    open_one = identity_of(table, atlas(), retired(), synonyms=synonyms(("NG2", "CSPG4", False)))
    settled = identity_of(table, atlas(), retired(), synonyms=synonyms(("NG2", "CSPG4", True)))
    assert open_one.names.match("NG2").genes == ("ENSG1", "ENSG2")
    assert by_name(settled, "NG2") == ["ENSG1"]


def test_the_symbol_of_the_gene_space_is_current_and_those_of_hgnc_and_the_atlases_are_previous() -> None:
    identity = identity_of(
        hgnc(("ENSG1", "GPR64", "", "")), atlas(ENSG1="GPR64B"), retired(), space(("ENSG1", "ADGRG2", CODES, "X"))
    )
    assert [identity.names.match(name).how for name in ("ADGRG2", "GPR64", "GPR64B")] == [
        "current symbol",
        "previous symbol",
        "previous symbol",
    ]
    assert by_name(identity, "ADGRG2", "GPR64", "GPR64B") == ["ENSG1"] * 3


def test_a_symbol_that_went_to_another_gene_is_that_genes() -> None:
    """HGNC's id of the symbol is older than the gene space: the rest of its row goes where the symbol is today."""
    identity = identity_of(
        hgnc(("ENSG1", "LRTOMT", "", "DFNB63")),
        atlas(),
        retired(),
        space(("ENSG1", "LRRC51", CODES, "11"), ("ENSG2", "LRTOMT", CODES, "11")),
    )
    assert by_name(identity, "LRTOMT", "DFNB63", "LRRC51") == ["ENSG2", "ENSG2", "ENSG1"]
    assert by_id(identity, "ENSG1") == ["ENSG1"]


@pytest.mark.parametrize(
    ("biotypes", "listed", "holder"),
    [
        (("lncRNA", CODES), "ENSG1", "ENSG2"),
        ((CODES, CODES), "ENSG1", "ENSG1"),
        ((CODES, CODES), "ENSG9", None),
        (("lncRNA", "lncRNA"), "ENSG9", None),
    ],
)
def test_of_two_genes_of_one_symbol_the_one_that_codes_holds_it_then_the_one_of_hgnc_else_nobody(
    biotypes: tuple[str, str], listed: str, holder: str | None
) -> None:
    genes = space(*((f"ENSG{n}", "PINX1", biotype, "8") for n, biotype in enumerate(biotypes, start=1)))
    identity = identity_of(hgnc((listed, "OTHER", "", "")), atlas(), retired(), genes)
    assert by_name(identity, "PINX1") == [holder]
    if holder is None:
        assert identity.names.match("PINX1").genes == ("ENSG1", "ENSG2")


def test_a_gene_of_hgnc_without_an_id_gives_no_name_but_is_known_to_have_none() -> None:
    identity = identity_of(hgnc((None, "GHOST", "", "SPOOK"), ("ENSG1", "A", "", "")), atlas(), retired())
    assert by_name(identity, "GHOST", "SPOOK", "A") == [None, None, "ENSG1"]
    assert identity.unkeyed == {"GHOST": PROTEIN}


def test_a_gene_without_an_id_takes_the_one_unknown_id_that_sources_pair_with_its_symbol() -> None:
    table = hgnc((None, "KIR2DL2", "", ""), (None, "TWO", "", ""), (None, "USED", "", ""), ("ENSG4", "HAS", "", ""))
    pairs = [("ENSG1", "KIR2DL2"), ("ENSG2", "TWO"), ("ENSG3", "TWO"), ("ENSG9", "USED"), ("ENSG5", "HAS")]
    frame = pd.DataFrame([*pairs, (None, "KIR2DL2")], columns=["gene_id", "symbol"], dtype=object)
    found = with_ids(table, frame, {"ENSG9"})["gene_id"]
    assert [None if pd.isna(one) else one for one in found] == ["ENSG1", None, None, "ENSG4"]


# ---------------------------------------------------------------- ids


def test_a_retired_id_follows_all_its_replacements_but_an_id_in_use_follows_none() -> None:
    pairs = retired(("ENSG8", "ENSG9"), ("ENSG9", "ENSG1"), ("ENSG2", "ENSG1"))
    identity = identity_of(hgnc(), atlas(), pairs, space(("ENSG1", "A", CODES, "1"), ("ENSG2", "B", CODES, "1")))
    assert by_id(identity, "ENSG8", "ENSG9", "ENSG2", "ENSG1") == ["ENSG1", "ENSG1", "ENSG2", "ENSG1"]


def test_an_id_with_two_replacements_is_kept_apart() -> None:
    identity = identity_of(hgnc(), atlas(), retired(("ENSG8", "ENSG1"), ("ENSG8", "ENSG2"), ("ENSG7", "ENSG1")))
    assert by_id(identity, "ENSG8", "ENSG7") == ["ENSG8", "ENSG1"]
    assert identity.apart == {"ENSG8": "retired id with several replacements"}


GENES = space(("ENSG1", "KIR2DL1", CODES, "19"), ("ENSG2", "H2AC18", CODES, "1"))


@pytest.mark.parametrize(
    ("row", "other", "gene"),
    [
        (("ENSG8", "KIR2DL1", "", ""), synonyms(), "ENSG1"),
        (("ENSG8", "CL42", "KIR2DL1", ""), synonyms(), "ENSG1"),
        (("ENSG8", "CL42", "", "NKAT1|KIR2DL1"), synonyms(), "ENSG1"),
        (("ENSG8", "CL42", "", ""), synonyms(("CL42", "KIR2DL1", False)), "ENSG1"),
        (("ENSG8", "KIR2DS1", "", "EB6ActI"), synonyms(), "ENSG8"),
        (("ENSG8", "H2AC18", "", ""), synonyms(), "ENSG2"),  # neither kept nor redirected: the symbol has a gene
    ],
)
def test_a_retired_id_follows_only_if_the_symbol_of_hgnc_is_a_name_of_the_replacement(
    row: tuple[str, str, str, str], other: pd.DataFrame, gene: str
) -> None:
    identity = identity_of(hgnc(row), atlas(), retired(("ENSG8", "ENSG1")), GENES, other)
    assert by_id(identity, "ENSG8") == [gene]
    assert by_name(identity, row[1]) == [gene]
    assert set(identity.apart) == ({"ENSG8"} if gene == "ENSG8" else set())


def test_y_copies_of_pseudoautosomal_genes_are_the_gene_on_x_and_other_genes_on_y_are_their_own() -> None:
    genes = space(
        ("ENSG1", "CD99", CODES, "X"),
        ("ENSG2", "CD99", CODES, "Y"),
        ("ENSG3", "AMELX", CODES, "X"),
        ("ENSG4", "AMELY", CODES, "Y"),
        ("ENSG5", "XG", CODES, "X"),
        ("ENSG6", "Y_RNA", "misc_RNA", "X"),
        ("ENSG7", "Y_RNA", "misc_RNA", "X"),
        ("ENSG8", "Y_RNA", "misc_RNA", "Y"),
        ("ENSG9", None, "lncRNA", "X"),
        ("ENSG10", None, "lncRNA", "Y"),
    )
    identity = identity_of(hgnc(), atlas(), retired(), genes)
    assert set(identity.moved) == {"ENSG2"}
    assert by_id(identity, "ENSG2", "ENSG4") == ["ENSG1", "ENSG4"]
    assert by_name(identity, "CD99", "AMELY", "XG") == ["ENSG1", "ENSG4", "ENSG5"]


@pytest.mark.parametrize(
    ("old", "in_atlas", "moves"),
    [
        (None, False, True),  # the gene space does not know the id
        ((None, CODES), False, True),  # it has lost its symbol
        (("SIGLEC5", "lncRNA"), False, True),  # it has lost its protein
        (("SIGLEC5", "lncRNA"), True, False),  # an atlas measures it as protein-coding
        (("OTHER", CODES), False, False),  # it is a gene of another name now
    ],
)
def test_an_id_that_its_symbol_has_left_follows_the_symbol(
    old: tuple[str | None, str] | None, in_atlas: bool, moves: bool
) -> None:
    genes = space(("ENSG2", "SIGLEC5", CODES, "19"), *([("ENSG1", *old, "19")] if old else []))
    measured = atlas(ENSG1="SIGLEC5", ENSG2="SIGLEC5") if in_atlas else atlas(ENSG2="SIGLEC5")
    identity = identity_of(hgnc(("ENSG1", "SIGLEC5", "", "CD170")), measured, retired(), genes)
    assert by_id(identity, "ENSG1") == ["ENSG2" if moves else "ENSG1"]


def test_an_accession_of_one_gene_leads_to_it_and_one_of_two_to_none() -> None:
    table = hgnc(("ENSG1", "A", "", ""), ("ENSG2", "B", "", ""))
    identity = identity_of(table.assign(proteins=["P00001|P00003", "P00002|P00003"]), atlas(), retired())
    assert identity.proteins == {"P00001": "ENSG1", "P00002": "ENSG2", "P00003": ("ENSG1", "ENSG2")}
    assert identity.accessions(pd.Series(["P00002", "P00003"])).notna().tolist() == [True, False]


@given(order=st.permutations(range(4)))
def test_the_order_of_the_rows_of_any_source_does_not_matter(order: Sequence[int]) -> None:
    rows = [(f"ENSG{n}", f"S{n}", f"OLD{n // 2}", f"A{n}|SHARED") for n in range(4)]
    genes = [(f"ENSG{n}", f"S{n}", CODES, "1") for n in range(4)]
    gone = [(f"ENSG9{n}", f"ENSG{n}") for n in range(4)]
    identity = identity_of(
        hgnc(*(rows[i] for i in order)), atlas(), retired(*(gone[i] for i in order)), space(*(genes[i] for i in order))
    )
    assert by_name(identity, "S0", "A3", "SHARED", "OLD1") == ["ENSG0", "ENSG3", None, None]
    assert identity.names.match("OLD1").genes == ("ENSG2", "ENSG3")
    assert by_id(identity, "ENSG92") == ["ENSG2"]
