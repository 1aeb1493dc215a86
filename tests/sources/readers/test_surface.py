"""`surface`: COMPARTMENTS. The other readers of the module are tested in `tests/sources/test_readers.py`.

On fixtures in the exact format of the four channels and of the integrated file only: no real file was at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import rows

from targetfinder.sources.readers import _blocks, read

KNOWLEDGE = (
    "ENSP00000000001\tAAA1\tGO:0005886\tPlasma membrane\tUniProtKB\tCURATED\t4\n"
    "ENSP00000000001\tAAA1\tGO:0005886\tPlasma membrane\tGO_Central\tIDA\t5\n"
    "ENSP00000000001\tAAA1\tGO:0009986\tCell surface\tUniProtKB\tCURATED\t4\n"
    "ENSP00000000002\tBBB1\tGO:0005634\tNucleus\tUniProtKB\tCURATED\t5\n"
    "ENSP00000000003\tCCC1\tGO:0009897\tExternal side of plasma membrane\tHPA\tIEA\t2\n"
)
CHANNELS = {
    "knowledge": KNOWLEDGE,
    "integrated": (
        "ENSP00000000001\tAAA1\tGO:0005886\tPlasma membrane\t4.75\n18S_rRNA\t18S_rRNA\tGO:0009986\tCell surface\t0.5\n"
    ),
    "textmining": (
        "ENSP00000000001\tAAA1\tGO:0005886\tPlasma membrane\t9.5\t4.75\thttps://compartments.jensenlab.org/x\n"
        "ENSP00000000002\tBBB1\tGO:0009986\tCell surface\t1.0\t0.5\thttps://compartments.jensenlab.org/y\n"
    ),
    "predictions": "ENSP00000000001\tAAA1\tGO:0005886\tPlasma membrane\tPSORT\tplas 30\t4\n",
}
OPTIONS: dict[str, Any] = {"voter": "COMPARTMENTS", "kind": "annotation", "stars": 3}


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_broken_file_is_refused(refusal: Any, broken: Any, channel: str) -> None:
    good = CHANNELS[channel].encode()
    if good.count(b"\n") == 1:
        good += good
    data, name, told = broken(good, b"\t")
    assert told in refusal("compartments", data, name, **OPTIONS)


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
def test_a_file_with_a_garbled_passage_is_read_or_refused(survives: Any, channel: str, data: st.DataObject) -> None:
    survives(data, CHANNELS[channel].encode(), "compartments", **OPTIONS)


def test_proteins_of_the_mouse_are_refused_by_line(refusal: Any) -> None:
    data = KNOWLEDGE.replace("ENSP00000000003", "ENSMUSP00000000003").encode()
    told = refusal("compartments", data, **OPTIONS)
    assert "not a human gene or protein: 'ENSMUSP00000000003' in line 5" in told


def test_symbols_of_the_mouse_are_refused(refusal: Any) -> None:
    data = KNOWLEDGE.replace("AAA1", "Aaa1").replace("CCC1", "Ccc1").encode()
    assert "'Aaa1' in line 1" in refusal("compartments", data, **OPTIONS)


@pytest.mark.parametrize(
    ("stars", "told"), [("6", "not 0 to 5 stars: '6"), ("-1", "not 0 to 5"), ("", "not 0 to 5"), ("five", "'five'")]
)
def test_stars_that_are_no_number_from_0_to_5_are_refused_by_line(refusal: Any, stars: str, told: str) -> None:
    data = KNOWLEDGE.replace("IEA\t2", f"IEA\t{stars}").encode()
    message = refusal("compartments", data, **OPTIONS)
    assert told in message
    assert "line 5" in message


@pytest.mark.parametrize("first", ["ENSP1\tA\tGO:0005886\tPlasma membrane", "ENSP1\tA\tx\tPlasma membrane\t3", "a\tb"])
def test_a_first_line_of_another_format_is_refused(refusal: Any, first: str) -> None:
    assert "line 1 is not protein, gene, GO id" in refusal("compartments", first.encode(), **OPTIONS)


def test_a_file_without_a_protein_of_the_surface_is_refused(refusal: Any) -> None:
    inside = b"ENSP00000000002\tBBB1\tGO:0005634\tNucleus\tUniProtKB\tCURATED\t5\n"
    assert "no protein of the surface" in refusal("compartments", inside, **OPTIONS)


# ---------------------------------------------------------------- votes


def test_the_best_stars_of_each_term_vote_once_for_each_side(parse: Any) -> None:
    votes = parse("compartments", KNOWLEDGE.encode(), **OPTIONS)
    assert list(votes.columns) == ["gene_id", "symbol", "voter", "kind", "statement"]
    assert rows(votes) == [
        (None, "AAA1", "COMPARTMENTS", "annotation", "Cell surface (4 stars)"),
        (None, "AAA1", "COMPARTMENTS", "membrane", "Plasma membrane (5 stars)"),
    ]
    assert votes.attrs["left_out"] == {"too few stars": 1}


@pytest.mark.parametrize("channel", ["integrated", "textmining", "predictions"])
def test_the_stars_of_each_channel_are_found_in_their_column(parse: Any, channel: str) -> None:
    votes = parse("compartments", CHANNELS[channel].encode(), **OPTIONS)
    stars = {"integrated": "4.75", "textmining": "4.75", "predictions": "4"}[channel]
    assert votes["statement"].tolist() == [f"Plasma membrane ({stars} stars)"]


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [
        ("experimental", ["experimental", "membrane"]),
        ("annotation", ["annotation", "membrane"]),
        ("prediction", ["prediction"]),
    ],
)
def test_at_the_plasma_membrane_neither_image_nor_curator_tells_the_side(
    parse: Any, kind: str, kinds: list[str]
) -> None:
    votes = parse("compartments", KNOWLEDGE.encode(), **(OPTIONS | {"kind": kind}))
    assert votes["kind"].tolist() == kinds


def test_rows_that_are_read_from_their_own_source_do_not_vote_again(parse: Any) -> None:
    options = OPTIONS | {"stars": 1, "skip_sources": ["HPA"]}
    votes = parse("compartments", KNOWLEDGE.encode(), **options)
    assert set(votes["symbol"]) == {"AAA1"}
    assert votes.attrs["left_out"] == {"read from the source itself": 1}


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(["GO:0005886", "GO:0009986", "GO:0005634"]), st.integers(0, 5))
    )
)
def test_a_gene_votes_if_and_only_if_a_term_of_the_surface_has_enough_stars(
    tmp_path_factory: pytest.TempPathFactory, entry: Callable[..., Any], lines: list[tuple[int, str, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "compartments.tsv"
    lines = [*lines, (9, "GO:0009986", 5)]
    path.write_text("".join(f"ENSP{n:011d}\tG{n}\t{term}\tname of {term}\t{stars}\n" for n, term, stars in lines))
    votes = read(entry("compartments", **OPTIONS), path)
    expected = {f"G{n}" for n, term, stars in lines if term != "GO:0005634" and stars >= 3}
    assert set(votes["symbol"]) == expected


def test_lines_are_counted_and_votes_joined_across_blocks(
    parse: Any, refusal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"ENSP{n:011d}\tG{n % 7}\tGO:0009986\tCell surface\t{3 + n % 3}\n" for n in range(400)]
    whole = parse("compartments", "".join(lines).encode(), **OPTIONS)
    original = _blocks.blocks
    monkeypatch.setattr(
        "targetfinder.sources.readers.surface.blocks", lambda *given, **named: original(*given, **named, size=1000)
    )
    pd.testing.assert_frame_equal(parse("compartments", "".join(lines).encode(), **OPTIONS), whole)
    lines[333] = lines[333].replace("ENSP", "ENSMUSP")
    assert "line 334" in refusal("compartments", "".join(lines).encode(), **OPTIONS)
