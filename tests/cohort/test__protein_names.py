"""Which gene a protein group or an antibody stands for: one gene, or a reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from targetfinder.cohort._matrix import Matrix
from targetfinder.cohort._protein_names import NO_SYMBOL, NOT_LISTED, UNKNOWN, owners
from targetfinder.errors import InputError
from targetfinder.identity import Identity
from targetfinder.names import ALIAS, CURRENT, Names

BCMA, CD44, KIT, PECAM1, CTNNB1, H4A, H4B = (f"ENSG{i:011d}" for i in range(7))
SYMBOLS = {"TNFRSF17": BCMA, "CD44": CD44, "KIT": KIT, "PECAM1": PECAM1, "CTNNB1": CTNNB1, "H4C1": H4A, "H4C2": H4B}
IDENTITY = Identity(
    names=Names({CURRENT: SYMBOLS.items(), ALIAS: [("CD31", PECAM1), ("BCMA", BCMA), ("c-Kit", KIT)]}),
    known=frozenset(SYMBOLS.values()),
    moved={"ENSG00000000099": (CD44, "retired")},
    symbols=SYMBOLS,
    proteins={"Q02223": BCMA, "P16070": CD44, "P62805": (H4A, H4B), "P10721": KIT},
)


def matrix(entries: list[str], symbols: list[str | None] | None = None) -> Matrix:
    values = pd.DataFrame(np.ones((len(entries), 2)), pd.Index(entries, name="entry"), ["T1", "T2"])
    return Matrix(values, symbols=None if symbols is None else pd.Series(symbols, dtype=object))


@pytest.mark.parametrize(
    ("entry", "symbol", "gene", "reason"),
    [
        ("Q02223", "other", BCMA, None),  # the accession decides
        ("P16070-4", None, CD44, None),
        ("P16070;P16070-2;p16070", None, CD44, None),
        ("P16070;H0YXX1", "CD44", CD44, None),
        ("H0YXX1", "BCMA", BCMA, None),
        ("ENSG00000000002.7", None, KIT, None),
        ("ENSG00000000099", None, CD44, None),
        ("PECAM1", None, PECAM1, None),
        ("P16070;Q02223", "CD44", None, f"ambiguous group: {BCMA}, {CD44}"),
        ("P16070;H0YXX1", "CD44;KIT", None, f"ambiguous group: {CD44}, {KIT}"),
        ("P62805", "H4C1", None, f"ambiguous group: {H4A}, {H4B}"),
        ("H0YXX1", "NOBODY", None, UNKNOWN),
        ("H0YXX1", None, None, UNKNOWN),
    ],
)
def test_a_group_stands_for_a_gene_if_all_its_members_do(
    entry: str, symbol: str | None, gene: str | None, reason: str | None
) -> None:
    found = owners(matrix(["Q02223", entry], [None, symbol]), IDENTITY, "maxquant", {}).loc[1]
    assert found["entry"] == entry
    assert (found["gene_id"], found["reason"]) == (gene, reason)


@pytest.mark.parametrize(
    ("name", "gene"), [("Pecam-1", PECAM1), ("CD31", PECAM1), ("c.Kit", None), ("BCMA", None), ("p38", None)]
)
def test_an_antibody_without_a_table_is_a_current_symbol_or_a_cd_number(name: str, gene: str | None) -> None:
    found = owners(matrix(["KIT", name]), IDENTITY, "panel", {}).loc[1]
    assert found["gene_id"] == gene
    assert found["reason"] == (None if gene else NO_SYMBOL)


def test_an_antibody_of_a_table_is_what_the_table_says() -> None:
    named = matrix(["one", "two", "CD44"], ["c-Kit", "CD44;KIT", None])
    found = owners(named, IDENTITY, "panel", {"genes": "table.tsv"})
    assert found["gene_id"][0] == KIT
    assert found["reason"][1:].tolist() == [f"ambiguous group: {CD44}, {KIT}", NOT_LISTED]


@pytest.mark.parametrize(
    ("entries", "symbols", "form", "told"),
    [
        (["P01901", "P01902", "Q02223"], None, "maxquant", "1 of 3 entries stand for a gene, not for instance 'P01901"),
        (["P01901", "P01902", "Q02223"], ["Cd44", "Kit", "TNFRSF17"], "diann", "as those of mouse or rat"),
        (["p38", "p27"], None, "panel", "0 of 2 entries stand for a gene"),
    ],
)
def test_entries_that_are_not_those_of_human_genes_are_refused(
    entries: list[str], symbols: list[str | None] | None, form: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        owners(matrix(entries, symbols), IDENTITY, form, {})
