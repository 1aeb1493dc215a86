"""`targetfinder.identity`: every entry of a source leads to one gene or to none, and what became of it is told."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.identity import NO_ID, Identity, plain_id
from targetfinder.names import ALIAS, CURRENT, PREVIOUS, Names

X, Y, OLD, APART = "ENSG00000002586", "ENSG00000292348", "ENSG00000196661", "ENSG00000276387"
IDENTITY = Identity(
    moved={Y: (X, "Y copy"), OLD: ("ENSG1", "retired id")},
    names=Names(
        {
            CURRENT: [("CD99", X), ("OR8B3", "ENSG1"), ("OR8B2", "ENSG2"), ("KIR2DS1", APART)],
            PREVIOUS: [("MIC2", X)],
            ALIAS: [("SHARED", "ENSG1"), ("SHARED", "ENSG2")],
        }
    ),
    known=frozenset({X, "ENSG1", "ENSG2", APART}),
    apart={APART: "symbols differ"},
    proteins={"P14209": X, "P62805": ("ENSG1", "ENSG2")},
    unkeyed={"LILRA3": "gene with protein product"},
)
Text = str | None


def series(values: Sequence[Text]) -> pd.Series:
    return pd.Series(values, dtype=object)


def explained(one: Text, symbol: Text) -> tuple[Text, ...]:
    found = IDENTITY.explain(series([one]), series([symbol])).iloc[0]
    return tuple(None if pd.isna(found[name]) else found[name] for name in ("gene_id", "outcome", "reason"))


@pytest.mark.parametrize(
    "spelt",
    [X, f"{X}.20", f" {X} ", X.lower(), f"{X}.20_PAR_Y", f"{X}_PAR_Y", "ENSGR0000002586", "ENSGR0000002586.11"],
)
def test_an_id_in_any_spelling_is_the_same_id(spelt: str) -> None:
    assert plain_id(spelt) == X
    assert IDENTITY.ids(series([spelt])).tolist() == [X]
    assert explained(spelt, None) == (X, "unchanged", None)


def test_ids_follow_their_replacements_and_missing_and_unknown_ones_stay() -> None:
    ids = pd.Series([Y, f"{OLD}.3", None, "ENSG9.1"], index=[4, 4, 5, 6], dtype=object)
    found = IDENTITY.ids(ids)
    assert found.index.tolist() == [4, 4, 5, 6]
    assert found.tolist() == [X, "ENSG1", None, "ENSG9"]
    assert IDENTITY.ids(series([])).empty


@pytest.mark.parametrize(
    ("one", "symbol", "expected"),
    [
        (X, "CD99", (X, "unchanged", None)),
        (X, "OR8B2", (X, "unchanged", None)),  # an id in use is trusted more than any symbol
        (None, "CD99", (X, "unchanged", None)),
        (None, "MIC2", (X, "renamed", "previous symbol")),
        (None, "cd99", (X, "renamed", "other case of a current symbol")),
        (Y, "CD99", (X, "renamed", "Y copy")),
        (OLD, None, ("ENSG1", "renamed", "retired id")),
        (OLD, "RP11-1.2", ("ENSG1", "renamed", "retired id")),
        (
            OLD,
            "OR8B2",
            ("ENSG2", "renamed", "retired id, but its symbol is not that of the replacement ENSG1"),
        ),
        (APART, "KIR2DS1", (APART, "kept apart", "symbols differ")),
        ("ENSG9", "CD99", (X, "renamed", "unknown id, found by its current symbol")),
        ("ENSG9", "MIC2", (X, "renamed", "unknown id, found by its previous symbol")),
        ("ENSG9", None, ("ENSG9", "lost", "unknown id")),
        ("ENSG9", "NOBODY", ("ENSG9", "lost", "unknown id")),
        ("ENSG9", "SHARED", ("ENSG9", "ambiguous", "unknown id, alias of several genes: ENSG1, ENSG2")),
        ("P62805-1", None, ("P62805-1", "ambiguous", "protein of several genes: ENSG1, ENSG2")),
        ("P62805", "OR8B3", ("ENSG1", "renamed", "unknown id, found by its current symbol")),
        (None, "SHARED", (None, "ambiguous", "alias of several genes: ENSG1, ENSG2")),
        (None, "NOBODY", (None, "lost", "no gene of this name")),
        (None, "LILRA3", (None, "lost", f"{NO_ID}gene with protein product")),
        (None, None, (None, "lost", "neither id nor name")),
    ],
)
def test_what_becomes_of_an_entry_and_why(one: Text, symbol: Text, expected: tuple[Text, ...]) -> None:
    assert explained(one, symbol) == expected


def test_resolve_is_the_gene_of_explain_in_the_index_of_the_entries() -> None:
    ids, symbols = pd.Series([X, None, OLD], index=[3, 3, 1], dtype=object), pd.Series(["a", "MIC2", None], [3, 3, 1])
    found = IDENTITY.resolve(ids, symbols)
    assert found.index.tolist() == [3, 3, 1]
    assert found.tolist() == [X, X, "ENSG1"]
    assert IDENTITY.resolve(series([]), series([])).empty


def test_an_accession_leads_to_its_gene_with_or_without_isoform() -> None:
    given = pd.Series(["P14209", "p14209-2 ", "Q99999", "P62805", None], index=[1, 1, 2, 3, 4], dtype=object)
    found = IDENTITY.accessions(given)
    assert found.index.tolist() == [1, 1, 2, 3, 4]
    assert found.iloc[:2].tolist() == [X, X]
    assert found.iloc[2:].isna().all()


ENTRY = st.sampled_from([X, Y, OLD, APART, "ENSG1", "ENSG9", "ENSMUSG1", None])
SYMBOL = st.sampled_from(["CD99", "MIC2", "OR8B2", "KIR2DS1", "SHARED", "NOBODY", "1-Mar", None])


@given(entries=st.lists(st.tuples(ENTRY, SYMBOL), max_size=12))
def test_entries_are_judged_one_by_one_and_each_outcome_keeps_its_promise(entries: list[tuple[Text, Text]]) -> None:
    found = IDENTITY.explain(series([one for one, _ in entries]), series([symbol for _, symbol in entries]))
    assert len(found) == len(entries)
    for row, entry in zip(found.itertuples(), entries, strict=True):
        assert explained(*entry) == tuple(None if pd.isna(value) else value for value in row[1:])
        assert (row.outcome == "unchanged") == pd.isna(row.reason)
        if row.outcome in ("unchanged", "renamed", "kept apart"):
            assert row.gene_id in IDENTITY.known
