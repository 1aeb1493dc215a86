"""The section of the NK view: counts of the panel, the lines that argue first, and no score."""

from __future__ import annotations

import pytest
from tests.report import nk_frames

from targetfinder import tables
from targetfinder.report import _html, _nk_view
from targetfinder.tables import NK_GROUPS, NK_SAYS


@pytest.fixture(scope="module")
def html() -> str:
    return _html.page("nk_view.html", nk_view=_nk_view.section(nk_frames.nk_view()))


def test_lines_are_counted_by_part_call_and_what_they_say() -> None:
    counts = _nk_view.section(nk_frames.nk_view())["counts"]
    assert [part["lines"] for part in counts] == [3, 2, 0]
    assert dict(counts[0]["calls"]) == {"high": 1, "intermediate": 1, "low": 0, "not compared": 0, "unmeasured": 1}
    assert [part["says"] for part in counts[:2]] == [{"for": 1, "against": 0}, {"for": 0, "against": 1}]


def test_lines_that_argue_come_first_and_no_line_is_lost() -> None:
    found = _nk_view.section(nk_frames.nk_view().sample(frac=1, random_state=1))
    assert [row["symbol"] for row in found["rows"]] == ["MICA", "<b>CD47</b>"]
    assert [row["symbol"] for row in found["others"]] == ["NECTIN2", "NECTIN2", "CLEC2A"]
    assert (found["both"], found["unverified"]) == (["NECTIN2"], 1)


def test_a_line_says_its_amount_and_place_and_nothing_where_it_was_not_measured() -> None:
    found = _nk_view.section(nk_frames.nk_view())
    assert [(row["amount"], row["place"]) for row in found["rows"]] == [
        ("40.0 TPM*", "20 of 30"),
        ("1,234 TPM*", "29 of 30"),
    ]
    assert [(row["amount"], row["place"]) for row in found["others"][1:]] == [("12.0 TPM*", "10.5 of 30"), (None, None)]


def test_a_tumour_known_by_rank_is_told_by_percentile() -> None:
    ranked = nk_frames.nk_view().assign(tumour_median=float("nan"), tumour_percentile=0.5)
    assert _nk_view.section(ranked)["rows"][0]["amount"] == "percentile 50"


def test_the_page_says_what_rna_cannot_tell_and_escapes_every_text(html: str) -> None:
    for told in (
        "HLA and KIR typing",
        "There is no score",
        "may come from infiltrate",
        "1 lines of the panel are unverified",
    ):
        assert told in html
    assert "&lt;b&gt;CD47&lt;/b&gt;" in html and "<b>CD47" not in html and "<i>it</i>" not in html
    assert html.index("MICA") < html.index("CD47") < html.index("CLEC2A")


def test_an_empty_panel_has_no_section() -> None:
    empty = _nk_view.section(tables.TUMOUR_NK_VIEW.empty())
    assert empty["counts"] == [] and 'id="nk-view"' not in _html.page("nk_view.html", nk_view=empty)


def test_every_word_of_the_table_has_words_of_the_page() -> None:
    assert tuple(_nk_view.GROUPS) == NK_GROUPS and tuple(_nk_view.SAYS) == NK_SAYS
