"""`targetfinder.names`: the most trusted kind of name decides, and what stands for several genes is never guessed."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.names import (
    ALIAS,
    CURRENT,
    KINDS,
    PREVIOUS,
    SETTLED,
    SYNONYM,
    UNKNOWN,
    Names,
    dated,
    index,
    squeezed,
    unique,
)

NAMES = Names(
    {
        CURRENT: [("MS4A1", "1"), ("IL13RA2", "2"), ("TWIN", "3"), ("TWIN", "4"), ("CDA", "5"), ("SORF", "9")],
        PREVIOUS: [("SEPT2", "6"), ("MARCH1", "7"), ("MARC1", "8"), ("MARCH3", "3"), ("CD20", "1")],
        SETTLED: [("NG2", "2")],
        ALIAS: [("MS4A1", "9"), ("SEPT2", "9"), ("SEP2", "8"), ("CD-A", "7"), ("NG2", "1"), ("NG2", "2"), ("B1", "1")],
        SYNONYM: [("CD20", "9"), ("Bp35", "1"), ("FR-alpha", "4")],
    }
)


@pytest.mark.parametrize(
    ("name", "gene", "how"),
    [
        ("MS4A1", "1", "current symbol"),
        ("CD20", "1", "previous symbol"),
        ("NG2", "2", "settled name"),
        ("B1", "1", "alias"),
        ("Bp35", "1", "synonym"),
        ("  MS4A1 ", "1", "current symbol"),
        ("ms4a1", "1", "other case of a current symbol"),
        ("IL-13Ra2", "2", "other spelling of a name"),
        ("IL-13Rα2", "2", "other spelling of a name"),
        ("il13r_alpha 2", "2", "other spelling of a name"),
        ("FRα", "4", "other spelling of a name"),
        ("2-Sep", "6", "date made of a previous symbol"),
        ("Sep-02", "6", "date made of a previous symbol"),
        ("02-sept-2023", "6", "date made of a previous symbol"),
        ("2021-09-02 00:00:00", "6", "date made of a previous symbol"),
        ("3-Mar", "3", "date made of a previous symbol"),
        ("MS4A1;CD20", "1", "list of names"),
        ("MS4A1 /// Bp35", "1", "list of names"),
    ],
)
def test_a_name_leads_to_the_gene_of_the_most_trusted_kind_that_knows_it(name: str, gene: str, how: str) -> None:
    assert NAMES.match(name) == ((gene,), how)
    assert NAMES.match(name).gene == gene


@pytest.mark.parametrize(
    ("name", "genes"),
    [
        ("TWIN", ("3", "4")),
        ("twin", ("3", "4")),
        ("1-Mar", ("7", "8")),
        ("C-D-A", ("5", "7")),  # CDA of 5 and CD-A of 7: another spelling must lead to one gene whatever the kind
        ("MS4A1;SORF", ("1", "9")),
    ],
)
def test_a_name_of_several_genes_leads_to_none_of_them_but_tells_all(name: str, genes: tuple[str, ...]) -> None:
    assert NAMES.match(name).genes == genes
    assert NAMES.match(name).gene is None


@pytest.mark.parametrize("name", ["NOBODY", "", " ", "-", "31-Mar", "2-Xyz", "Sep-2021-3", "44256", ";", "13-13"])
def test_a_name_that_nobody_knows_leads_nowhere(name: str) -> None:
    assert NAMES.match(name) == UNKNOWN


def test_no_names_know_nothing() -> None:
    assert Names().match("MS4A1") == Names({}).match("ms4a1") == UNKNOWN


def test_find_keeps_the_index_and_what_is_missing() -> None:
    found = NAMES.find(pd.Series(["CD20", None, "NOBODY"], index=[7, 7, 3]))
    assert found.index.tolist() == [7, 7, 3]
    assert found.tolist() == [(("1",), "previous symbol"), None, UNKNOWN]


def test_a_number_is_a_spoilt_date_only_among_names() -> None:
    serial = "44441"  # 2 September 2021
    assert NAMES.find(pd.Series([f"GENE{n}" for n in range(200)] + [serial])).iloc[-1].gene == "6"
    assert NAMES.find(pd.Series([serial, "44442", "MS4A1"])).iloc[0] == UNKNOWN
    assert dated("44441") == []
    assert dated("44441", serials=True) == dated("2-Sep") == ["SEPT2", "SEP2"]
    assert dated("12345", serials=True) == dated("60000", serials=True) == []


def test_march_may_have_been_three_families() -> None:
    assert dated("1-Mar") == dated("Mar-01") == dated("2024-03-01") == ["MARCH1", "MARC1", "MAR1"]
    assert dated("4-Oct") == ["OCT4"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("B7-H3", "B7H3"),
        ("b7 h3", "B7H3"),
        ("TNF-alpha", "TNFA"),
        ("TNFα", "TNFA"),
        ("PDGFRβ", "PDGFRB"),
        ("Her2/neu", "HER2NEU"),
        ("CD85k", "CD85K"),
        ("MARCH‐I", "MARCHI"),
    ],
)
def test_squeezed_leaves_letters_and_digits(name: str, expected: str) -> None:
    assert squeezed(name) == expected


Pairs = list[tuple[str, str]]
pairs_of = st.lists(st.tuples(st.sampled_from(["A", "B", "a-b", "AB"]), st.sampled_from("123")), max_size=8)


@given(pairs=pairs_of)
def test_unique_are_exactly_the_unambiguous_names_in_any_order(pairs: Pairs) -> None:
    found = unique(pairs)
    for name in {name for name, _ in pairs}:
        genes = {gene for other, gene in pairs if other == name}
        assert ({found[name]} == genes) if len(genes) == 1 else (name not in found)
    assert index(reversed(pairs)) == index(pairs)


@given(kinds=st.lists(pairs_of, min_size=len(KINDS), max_size=len(KINDS)), name=st.sampled_from(["A", "B", "a-b"]))
def test_the_first_kind_that_knows_a_name_gives_all_its_genes_there(kinds: list[Pairs], name: str) -> None:
    knows = [{gene for other, gene in pairs if other == name} for pairs in kinds]
    found = Names(dict(enumerate(kinds))).match(name)
    first = next((kind for kind, genes in enumerate(knows) if genes), None)
    if first is not None:
        assert found == (tuple(sorted(knows[first])), KINDS[first])


@given(text=st.text(max_size=12))
def test_squeezing_is_idempotent_and_any_text_is_looked_up_without_an_error(text: str) -> None:
    assert squeezed(squeezed(text)).upper() == squeezed(squeezed(text))
    assert isinstance(NAMES.match(text, serials=True).genes, tuple)
