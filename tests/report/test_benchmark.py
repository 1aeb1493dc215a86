"""The page of the benchmark: aims, what was reached, where a rule is better, and why targets are missed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.report.benchmark_frames import found

from targetfinder.report import _benchmark_rows as rows
from targetfinder.report.benchmark import render, run


@pytest.fixture(scope="module")
def page() -> str:
    return render(found(), "1.0")


def test_the_page_is_offline_and_the_same_every_time(page: str) -> None:
    assert re.findall(r'(?:src|href)="(?!data:|\.\./|[\w.]+parquet|universe)([^"]+)"', page) == [
        *("https://doi.org/10.1021/ci600426e", "https://doi.org/10.1101/575969")
    ]
    assert "<script" not in page
    assert page == render(found(), "1.0")
    assert "&lt;MUC1&gt;" in page
    assert "For research use only" in page
    assert "3 lists, held against the order of the same 5,193 genes by 5 methods" in page


def test_an_aim_is_told_whichever_way_it_falls() -> None:
    lines = {(line["list"], line["metric"], line["order"]): line for line in rows.aims(found().values)}
    ewing = lines["Ewing sarcoma, 12 published targets", "in the first 50", "by efficacy"]
    assert (ewing["aim"], ewing["reached"], ewing["met"]) == ("6", "6", True)
    later = lines["Ewing sarcoma, 12 published targets", "in the first 200", "by efficacy"]
    assert (later["reached"], later["met"], later["missing"]) == ("6", False, "4")
    mean = lines["Mean of the other diseases", "average precision", "by efficacy"]
    assert (mean["aim"], mean["reached"], mean["met"]) == ("0.35", "0.50", True)
    assert not any(line["list"].endswith("17 published targets") for line in lines.values())


def test_aims_are_told_of_all_targets_and_not_of_a_part_of_them() -> None:
    whole = found().values
    assert len(rows.aims(whole[whole["subset"] == "all"])) == len(
        set(map(str, rows.aims(whole[whole["subset"] == "all"])))
    )


def test_where_a_rule_is_better_the_page_says_so(page: str) -> None:
    told = {(line["list"], line["against"]): line["cells"][0] for line in rows.differences(found())}
    assert told["Multiple myeloma, 14 clinical targets", "GenieScore"]["verdict"] == "worse"
    assert told["Multiple myeloma, 14 clinical targets", "chance"]["verdict"] == "better"
    assert told["Ewing sarcoma, 12 published targets", "GenieScore"]["verdict"] == "no clear difference"
    assert ">worse<" in page


def test_missed_targets_come_with_what_holds_them_down(page: str) -> None:
    (one,) = rows.positives(found())
    assert (one["missed"], one["n"], one["causes"]) == (2, 3, [("safety", 1)])
    assert [row["symbol"] for row in one["rows"]] == ["TNFRSF17", "<MUC1>", "DERL3"]
    assert one["rows"][1]["cause"] == "safety (0.17)"
    assert one["rows"][2]["efficacy_rank"] is None
    assert "not among the genes" in page


def test_counts_are_counts_and_means_are_shares(page: str) -> None:
    lines = {
        line["title"]: line for line in (rows.about(found().values, name) for name in ("ewing12", "other_diseases"))
    }
    assert lines["Ewing sarcoma, 12 published targets"]["lines"][0]["cells"][0]["value"] == "6 of 12"
    assert lines["Mean of the other diseases"]["lines"][0]["cells"][0]["value"] == "0.50"
    assert lines["Mean of the other diseases"]["lines"][0]["p"] == "not tested"
    assert "1 not among the genes" in page


def test_parts_of_a_list_are_told_apart() -> None:
    told = [(line["list"], line["subset"], line["n"]) for line in rows.subsets(found().values)]
    assert ("Multiple myeloma, 14 clinical targets", "first reported in 2019 or later", 5) in told


def test_a_benchmark_of_one_simulated_list_has_a_page(simulated, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    from tests.conftest import SCORING

    from targetfinder.benchmark.run import Results
    from targetfinder.benchmark.run import run as judge

    folder = simulated.results("planted")
    tables = {"planted": Results(*(folder / f"{name}.parquet" for name in ("targets", "evidence", "safety")))}
    judge(simulated.references / "targets", tables, simulated.bundle, SCORING, tmp_path)
    run(folder=tmp_path, version="1.0", html=tmp_path / "benchmark.html")
    text = (tmp_path / "benchmark.html").read_text()
    assert "Planted" in text
    assert "without surface" in text
