"""`targetfinder.genes`: every id and name leads to one current gene, or to none."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.genes import Identity, gene_table, identity_of, unique_names

PROTEIN = "gene with protein product"
NO_RETIRED = pd.DataFrame({"retired": [], "current": []}, dtype=object)
Row = tuple[str | None, str, str, str]


def hgnc(rows: Sequence[Row]) -> pd.DataFrame:
    """Make HGNC rows of (gene_id, symbol, aliases, locus_type)."""
    frame = pd.DataFrame(rows, columns=["gene_id", "symbol", "aliases", "locus_type"], dtype=object)
    return frame.assign(name="full name of " + frame["symbol"])


def atlas(symbols: dict[str, str | None] | None = None) -> pd.Series:
    return pd.Series(symbols or {}, dtype=object).rename_axis("gene_id")


def retired(pairs: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"retired": list(pairs), "current": list(pairs.values())})


def resolve(identity: Identity, ids: list[str | None], symbols: list[str | None]) -> list[str | None]:
    found = identity.resolve(pd.Series(ids, dtype=object), pd.Series(symbols, dtype=object))
    return [None if pd.isna(gene_id) else gene_id for gene_id in found]


def by_name(identity: Identity, *symbols: str) -> list[str | None]:
    return resolve(identity, [None] * len(symbols), list(symbols))


# ---------------------------------------------------------------- ids


def test_versions_are_cut_off_and_retired_ids_follow_their_replacement() -> None:
    identity = Identity({"ENSG9": "ENSG1"}, {}, {})
    ids = identity.ids(pd.Series(["ENSG1", "ENSG1.12", "ENSG9", "ENSG9.3", "ENSG5"]))
    assert ids.tolist() == ["ENSG1", "ENSG1", "ENSG1", "ENSG1", "ENSG5"]


def test_a_missing_id_stays_missing() -> None:
    assert Identity({"ENSG9": "ENSG1"}, {}, {}).ids(pd.Series([None, "ENSG1"], dtype=object)).isna().tolist() == [
        True,
        False,
    ]


def test_ids_of_an_empty_column_are_empty() -> None:
    assert Identity({}, {}, {}).ids(pd.Series([], dtype=object)).empty


# ---------------------------------------------------------------- names


def test_a_name_of_one_gene_is_kept_and_a_name_of_two_is_not() -> None:
    assert unique_names([("A", "1"), ("A", "1"), ("B", "1"), ("B", "2"), ("C", "2")]) == {"A": "1", "C": "2"}


@given(pairs=st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("123")), max_size=12))
def test_unique_names_are_exactly_the_unambiguous_ones_in_any_order(pairs: list[tuple[str, str]]) -> None:
    found = unique_names(pairs)
    for name in "ABCD":
        ids = {gene_id for other, gene_id in pairs if other == name}
        assert ({found[name]} == ids) if len(ids) == 1 else (name not in found)
    assert unique_names(reversed(pairs)) == found


def test_a_unique_alias_leads_to_its_gene_and_an_ambiguous_one_to_none() -> None:
    table = hgnc(
        [
            ("ENSG1", "TNFRSF17", "BCMA|CD269", PROTEIN),
            ("ENSG2", "X2", "SHARED", PROTEIN),
            ("ENSG3", "X3", "SHARED", PROTEIN),
        ]
    )
    identity = identity_of(table, atlas(), NO_RETIRED)
    assert by_name(identity, "BCMA", "CD269", "SHARED", "TNFRSF17", "NOBODY") == ["ENSG1", "ENSG1", None, "ENSG1", None]


def test_a_symbol_wins_over_the_alias_of_another_gene() -> None:
    table = hgnc([("ENSG1", "CD20L", "MS4A1", PROTEIN), ("ENSG2", "MS4A1", "CD20", PROTEIN)])
    assert by_name(identity_of(table, atlas(), NO_RETIRED), "MS4A1", "CD20") == ["ENSG2", "ENSG2"]


def test_a_symbol_of_two_genes_leads_to_none() -> None:
    table = hgnc([("ENSG1", "TWIN", "", PROTEIN), ("ENSG2", "TWIN", "", PROTEIN)])
    assert by_name(identity_of(table, atlas(), NO_RETIRED), "TWIN") == [None]


def test_the_newer_symbol_of_an_atlas_is_known_and_the_old_one_still_is() -> None:
    identity = identity_of(hgnc([("ENSG1", "GPR64", "", PROTEIN)]), atlas({"ENSG1": "ADGRG2"}), NO_RETIRED)
    assert by_name(identity, "ADGRG2", "GPR64") == ["ENSG1", "ENSG1"]


def test_a_gene_of_hgnc_without_an_id_gives_no_name() -> None:
    table = hgnc([(None, "GHOST", "SPOOK", PROTEIN), ("ENSG1", "A", "", PROTEIN)])
    assert by_name(identity_of(table, atlas(), NO_RETIRED), "GHOST", "SPOOK", "A") == [None, None, "ENSG1"]


def test_an_empty_alias_is_no_name() -> None:
    table = hgnc([("ENSG1", "A", "", PROTEIN)])
    assert by_name(identity_of(table, atlas(), NO_RETIRED), "") == [None]


def test_the_id_wins_over_the_symbol_which_fills_in_where_there_is_no_id() -> None:
    table = hgnc([("ENSG1", "A", "", PROTEIN), ("ENSG2", "B", "", PROTEIN)])
    identity = identity_of(table, atlas(), NO_RETIRED)
    assert resolve(identity, ["ENSG1.4", None, "ENSG7", None], ["B", "B", None, None]) == [
        "ENSG1",
        "ENSG2",
        "ENSG7",
        None,
    ]


def test_a_symbol_that_hgnc_or_an_atlas_lists_under_a_retired_id_leads_to_the_current_one() -> None:
    table = hgnc([("ENSG8", "OLDH", "OLDALIAS", PROTEIN)])
    identity = identity_of(table, atlas({"ENSG9": "OLDA"}), retired({"ENSG8": "ENSG1", "ENSG9": "ENSG2"}))
    assert by_name(identity, "OLDA", "OLDH", "OLDALIAS") == ["ENSG2", "ENSG1", "ENSG1"]


def test_a_retired_id_that_was_replaced_twice_leads_to_the_id_in_use() -> None:
    identity = identity_of(hgnc([]), atlas(), retired({"ENSG8": "ENSG9", "ENSG9": "ENSG1"}))
    assert identity.ids(pd.Series(["ENSG8"])).tolist() == ["ENSG1"]


# ---------------------------------------------------------------- the table of genes


def table_of(rows: Sequence[Row], symbols: dict[str, str | None] | None = None, **classes: set[str]) -> pd.DataFrame:
    frame = gene_table(hgnc(rows), atlas(symbols), classes.get("receptors", set()), classes.get("mitochondrial", set()))
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


def test_the_symbol_is_that_of_the_atlas_then_of_hgnc_then_the_id() -> None:
    frame = table_of([("ENSG1", "GPR64", "", PROTEIN), ("ENSG2", "B", "", PROTEIN)], {"ENSG1": "ADGRG2", "ENSG3": None})
    assert frame["symbol"].to_dict() == {"ENSG1": "ADGRG2", "ENSG2": "B", "ENSG3": "ENSG3"}


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
