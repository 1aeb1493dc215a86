"""The cohorts in the head of the page and in numbers: every modality is told, and missing is not zero."""

from __future__ import annotations

import pytest
from tests.report import cohort_frames

from targetfinder.cohorts import compared, of_indication
from targetfinder.report import _cohorts

DISEASE = {"id": "planted_sarcoma", "cohorts": ["EWS"]}


@pytest.fixture(scope="module")
def cells() -> dict[str, dict[str, str | None]]:
    """Return what the table says: heading of the line -> cohort -> cell."""
    found = _cohorts.numbers(of_indication(cohort_frames.cohorts(False), DISEASE))
    return {line["label"]: dict(zip(found["cohorts"], line["cells"], strict=True)) for line in found["lines"]}


def test_head_names_what_is_compared_and_why_the_others_are_not() -> None:
    known = cohort_frames.cohorts(False)
    found = _cohorts.named(of_indication(known, DISEASE), compared(known, DISEASE))
    assert [(row["cohort"], row["n"], row["told"]) for row in found["compared"]] == [
        ("EWS", 101, ""),
        ("OWN_BULK", 12, ""),
    ]
    assert {row["cohort"]: row["told"] for row in found["also"]} == {
        "OWN_LATE": "later timepoint: relapse",
        "OWN_CELLS": "single-cell RNA",
        "OWN_PROTEIN": "protein",
    }


def test_a_rank_only_cohort_beside_linear_ones_is_told() -> None:
    known = cohort_frames.cohorts(False)
    known.loc[known["cohort"] == "OWN_BULK", "scale"] = "rank_only"
    found = _cohorts.named(of_indication(known, DISEASE), compared(known, DISEASE))
    assert ("OWN_BULK", "rank only") in [(row["cohort"], row["told"]) for row in found["also"]]


@pytest.mark.parametrize(
    ("line", "cohort", "said"),
    [
        ("Measured by", "OWN_CELLS", "single-cell RNA"),
        ("Material", "OWN_CELLS", "sorted cells"),
        ("Cells sorted by", "OWN_CELLS", "CD19, CD99"),
        ("Cells sorted by", "EWS", None),
        ("Timepoint", "OWN_LATE", "relapse"),
        ("Patients", "EWS", "101"),
        ("Samples", "EWS", "1 sample"),
        ("Samples", "OWN_CELLS", "1,234 cells"),
        ("Units that the numbers fit", "OWN_BULK", "TPM, FPKM"),
        ("Library, as stated", "OWN_BULK", "poly-A"),
        ("Library, as stated", "EWS", None),
        ("Entries that stand for no protein-coding gene", "OWN_BULK", "849"),
        ("Scale", "EWS", "linear"),
        ("Scale", "OWN_CELLS", "rank only: pseudobulk is compared by rank"),
        ("Highest median", "EWS", "0 TPM (COL1A1)"),
        ("Highest median", "OWN_CELLS", None),
        ("RNA in the genes that TPM* keeps", "EWS", "50.0% (by mean)"),
        ("RNA in the genes that TPM* keeps", "OWN_PROTEIN", None),
        ("Tumour cells in the samples, as stated", "OWN_PROTEIN", None),
    ],
)
def test_numbers_say_what_is_known_and_nothing_else(
    cells: dict[str, dict[str, str | None]], line: str, cohort: str, said: str | None
) -> None:
    assert cells[line][cohort] == said
