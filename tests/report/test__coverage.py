"""The section of sets of targets: the smallest is marked, bounds stand apart, nothing is counted in quartiles."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.decide.test_coverage import cohorts, individuals, targets
from tests.report import frames
from tests.report.test_page import inputs

from targetfinder.decide.coverage import coverage
from targetfinder.report import _coverage
from targetfinder.report.page import render
from targetfinder.tables import COVERAGE

PLANTED = frames.make(40)


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return COVERAGE.check(coverage(targets(), individuals(), cohorts("own", "SHIPPED"), 0.9))


def test_counted_patients_come_first_and_bounds_are_apart(found: pd.DataFrame) -> None:
    first, second = _coverage.sections(found.sample(frac=1, random_state=1))
    assert (first["basis"], first["n"], first["cohorts"], first["goal"]) == ("patients", 10, "own", "90%")
    assert (second["basis"], second["cohorts"]) == ("bounds", "SHIPPED")
    budgets = {budget["told"]: budget for budget in first["budgets"]}
    clear, caution = budgets["only targets without a finding"], budgets["none worse than caution"]
    assert (clear["reached"], caution["reached"]) == (False, True)
    assert [(row["symbols"], row["smallest"]) for row in caution["rows"]] == [(["SA"], False), (["SA", "SB"], True)]
    assert caution["rows"][1]["reached"] == "10 of 10" and caution["rows"][1]["share"].startswith("100% (")
    assert all(row["share"] is None and row["heldout"] is None for row in second["budgets"][0]["rows"])


def test_the_page_shows_the_sets_or_says_why_there_is_none(found: pd.DataFrame) -> None:
    page = render(inputs(PLANTED, coverage=found))
    assert "smallest set for 90%" in page and "bounds, not counted" in page
    none = render(inputs(PLANTED))
    assert "known by quartiles" in none and "smallest set for" not in none
