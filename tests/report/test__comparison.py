"""Verdicts on cohorts and atlases: in full, with the written reason where it was needed, and their figures."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from tests.report import cohort_frames

from targetfinder.cohorts import of_indication
from targetfinder.report import _comparison

MANIFEST = {"source_tables": [{"id": "hpa_tissue", "release": "Atlas v0"}, {"id": "bare"}]}


@pytest.fixture(scope="module")
def pairs() -> list[dict[str, Any]]:
    mixed = cohort_frames.compatibility().sample(frac=1, random_state=1)
    own = of_indication(cohort_frames.cohorts(False), {"id": "planted_sarcoma", "cohorts": ["EWS"]})
    return _comparison.pairs(own, mixed, MANIFEST)


def test_only_own_cohorts_stand_there_in_their_order_with_the_release_of_the_atlas(pairs: list[dict[str, Any]]) -> None:
    assert [(pair["cohort"], pair["name"]) for pair in pairs] == [
        (cohort, atlas)
        for cohort in ("EWS", "OWN_BULK", "OWN_CELLS", "OWN_PROTEIN")
        for atlas in ("Atlas v0", "second_atlas")
    ]


def test_atlases_share_a_row_only_where_the_same_is_said(pairs: list[dict[str, Any]]) -> None:
    found = [(row["cohort"], row["label"], len(row["atlases"]), row["reasons"]) for row in _comparison.verdicts(pairs)]
    assert found == [
        ("EWS", "ok", 2, ""),
        ("OWN_BULK", "refused, but compared", 1, "the values fit <i>FPKM</i>"),
        ("OWN_BULK", "ok", 1, ""),
        ("OWN_CELLS", "rank only", 2, "pseudobulk is compared by rank"),
        ("OWN_PROTEIN", "rank only", 2, "no amount of RNA"),
    ]


def test_the_written_reason_stands_only_where_it_was_needed(pairs: list[dict[str, Any]]) -> None:
    found = [(row["cohort"], row["override"]) for row in _comparison.verdicts(pairs) if row["override"]]
    assert found == [("OWN_BULK", cohort_frames.OVERRIDE)]


def test_a_refused_pair_without_a_reason_is_no_compared_one(pairs: list[dict[str, Any]]) -> None:
    bare = [pair | {"override": None} for pair in pairs]
    assert [row["label"] for row in _comparison.verdicts(bare)][1] == "refused"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Unit", "stated: TPM; the numbers fit no known unit"),
        ("Library", "stated: nothing; seen: poly-A; atlas: total RNA"),
        ("Samples looked at", "12"),
        ("Genes of the atlas that the cohort has", "25.0%"),
        ("Closest tissue", "testis, Spearman 0.25"),
        ("Shift, log2", "−1.25 from the typical tissue, +0.25 from the closest one"),
        ("Mitochondrial RNA", "25.0%; atlas: up to 25.0%"),
        ("RNA without poly-A tail", "25.0%; atlas: not measured"),
    ],
)
def test_figures_stand_beside_those_of_the_atlas(pairs: list[dict[str, Any]], line: str, said: str) -> None:
    lines = {row["label"]: row["cells"] for row in _comparison.figures(pairs)["lines"]}
    assert lines[line] == [said] * 4


def test_a_figure_that_is_missing_is_no_zero(pairs: list[dict[str, Any]]) -> None:
    bare = [{name: None for name in pair} | {"cohort": "x", "name": "y", "samples": 1} for pair in pairs[:1]]
    lines = {row["label"]: row["cells"] for row in _comparison.figures(bare)["lines"]}
    stated = {"Unit", "Library", "Samples looked at"}
    assert all(cells == [None] for label, cells in lines.items() if label not in stated)


def test_cells_and_proteins_are_named_where_they_have_no_figures(pairs: list[dict[str, Any]]) -> None:
    found = _comparison.figures(pairs)
    assert found["cohorts"] == [{"name": "EWS", "columns": 2}, {"name": "OWN_BULK", "columns": 2}]
    assert found["atlases"] == ["Atlas v0", "second_atlas"] * 2
    assert found["left_out"] == ["OWN_CELLS", "OWN_PROTEIN"]


def test_without_verdicts_there_are_no_tables() -> None:
    none = _comparison.pairs(cohort_frames.cohorts(False), pd.DataFrame(columns=["cohort", "atlas"]), {})
    assert _comparison.verdicts(none) == [] and _comparison.figures(none)["atlases"] == []
