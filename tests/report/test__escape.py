"""The section of escape: what was lost and is still carried, who has no pair, and soluble antigen with its gaps."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.decide.test_escape import found, sample, targets
from tests.report import frames
from tests.report.test_page import inputs

from targetfinder.decide._clinical import read_clinical
from targetfinder.demo._trial import trial
from targetfinder.report import _escape
from targetfinder.report.page import render
from targetfinder.store import write_tsv

PLANTED = frames.make(40)


@pytest.fixture(scope="module")
def escape(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    path = tmp_path_factory.mktemp("trial") / "clinical.tsv"
    write_tsv(trial("planted", ["SG000", "SG001", "SG002", "SG003", "SG004"]), path)
    made = found(sample("x", None, 1).head(0), read_clinical(path, targets(), "planted"))
    return {name: getattr(made, name) for name in ("escape_patients", "escape_targets", "soluble")}


def test_the_antigen_of_the_car_comes_first_and_a_patient_without_a_pair_is_named(
    escape: dict[str, pd.DataFrame],
) -> None:
    (part,) = _escape.sections(escape)["bases"]
    assert (part["name"], part["paired"]) == ("Clinical table", 24)
    assert part["lone"] == ["SIM25 (no sample of relapse)"]
    assert part["antigens"][0]["symbol"] == "SG000" and part["antigens"][0]["n_lost"] >= 5
    assert part["facts"] and part["patients"][0]["lost_named"] == ["SG000"]
    assert part["patients"][0]["next_named"][0] == "SG001"
    host = {row["patient"]: row["host"] for row in part["patients"]}
    assert (host["SIM21"], host["SIM22"]) == ("allogeneic, donor 80%", "allogeneic, host or donor not told")


def test_each_series_has_a_point_a_visit_and_counts_what_is_missing(escape: dict[str, pd.DataFrame]) -> None:
    series = _escape.sections(escape)["soluble"]
    assert len(series) == 25
    assert all(len(row["points"].split()) == row["n_visits"] for row in series)
    assert any(row["n_missing"] for row in series)


def test_the_page_shows_escape_only_where_there_is_any(escape: dict[str, pd.DataFrame]) -> None:
    page = render(inputs(PLANTED, escape=escape))
    assert "Antigen escape" in page and "SIM25 (no sample of relapse)" in page and "<polyline" in page
    assert "Antigen escape" not in render(inputs(PLANTED))


def test_prior_risk_is_told_of_the_first_targets_where_nobody_relapsed() -> None:
    made = found(sample("P0", None, 1))
    alone = {name: getattr(made, name) for name in ("escape_patients", "escape_targets", "soluble")}
    rows = _escape.sections(alone)["prior"]
    assert len(rows) == _escape.ANTIGENS and rows[0]["symbol"] == "SG000" and {len(row["lines"]) for row in rows} == {5}
    page = render(inputs(PLANTED, escape=alone))
    assert "What makes loss likely beforehand" in page and "PMID:1" in page
    assert "what relapses lose is not known here" in page and "no screen of cell lines" in page


def test_no_more_patients_than_the_page_holds(escape: dict[str, pd.DataFrame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_escape, "PATIENTS", 4)
    (part,) = _escape.sections(escape)["bases"]
    assert len(part["patients"]) == 4 and part["more"] == 20
