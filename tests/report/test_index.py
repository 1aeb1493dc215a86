"""`report index`: the way in, and the summary that a run prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.report import frames

from targetfinder.errors import InputError
from targetfinder.report import index

MANIFEST = {"name": "demo", "description": "RNA references of three packages"}


def entry(planted: frames.Frames, **changed: str) -> index.Entry:
    indication = planted.indication | changed
    return index.Entry(indication, planted.targets, planted.cohorts[planted.cohorts["cohort"] == "EWS"])


@pytest.fixture(scope="module")
def entries() -> list[index.Entry]:
    ranks = frames.make(rank_only=True)
    return [entry(frames.make()), entry(ranks, id="planted_leukaemia", name="Leukaemia <rank>")]


def test_index_links_every_report_and_table(entries: list[index.Entry]) -> None:
    html = index.render(entries, MANIFEST, "9.9")
    for name in ("planted_sarcoma", "planted_leukaemia"):
        for file in ("report.html", "targets.tsv", "targets.xlsx", "targets.parquet"):
            assert f'href="{name}/{file}"' in html
    assert 'href="pipeline_info/"' in html
    assert "For research use only" in html and "no finding in what was measured" in html
    assert "<strong>demo</strong> (RNA references of three packages)" in html and "no finding in RNA" in html
    assert "Leukaemia &lt;rank&gt;" in html and "rank only" in html and "n = 101" in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
    assert "<script" not in html


def test_the_page_of_the_benchmark_is_linked_where_there_is_one(entries: list[index.Entry]) -> None:
    link = 'href="benchmark/benchmark.html"'
    assert link not in index.render(entries, MANIFEST, "9.9")
    assert link in index.render(entries, MANIFEST, "9.9", benchmark=True)


def test_hostile_symbols_are_text_and_safe_addresses() -> None:
    planted = frames.make()
    planted.targets["priority_rank"] = range(len(planted.targets), 0, -1)
    hostile = planted.targets["symbol"].isin(frames.HOSTILE)
    planted.targets.loc[hostile, "priority_rank"] = range(-3, 1)
    html = index.render([entry(planted)], MANIFEST, "9.9")
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "#gene=%3Cscript%3Ewindow.pwned%3D1%3C/script%3E" in html


def test_summary_is_aligned_and_names_what_binds(entries: list[index.Entry]) -> None:
    text = index.summarise(entries, MANIFEST)
    blocks = text.split("\n\n")
    assert blocks[0].startswith("Planted sarcoma: top 10 of 60 targets (EWS, n = 101, linear TPM)")
    head, rule, *rows, tiers = blocks[0].splitlines()[1:]
    shares = [float(share) for share in re.findall(r"([\d.]+)% \(", tiers)]
    assert len(shares) == 4 and sum(shares) == pytest.approx(100, abs=0.2)
    assert head.split()[:3] == ["rank", "symbol", "efficacy"] and set(rule) == {"-", " "}
    assert len(rows) == 10
    starts = [match.start() for match in re.finditer(r"-+", rule)]
    for row in rows:
        assert all(start == 0 or row[start - 1] == " " for start in starts if start < len(row))
    assert rows[0].split()[1] == "TNFRSF17" and "no finding" in rows[0]
    assert "research use only" in text


def test_summary_shows_a_dash_for_a_window_that_was_not_computed(entries: list[index.Entry]) -> None:
    rows = index.summarise(entries[1:], MANIFEST).splitlines()[3:13]
    assert all(row.split()[3] == "-" for row in rows)


def test_summary_shortens_the_first_reason_and_leaves_out_its_source() -> None:
    planted = frames.make(12)
    planted.targets["safety_reasons"] = "liver: 900 nTPM in bulk RNA (Atlas v0); lung: 1 nTPM"
    assert index.summarise([entry(planted)], MANIFEST).count("liver: 900 nTPM in bulk RNA\n") == 10
    planted.targets["safety_reasons"] = "long " * 40
    assert max(map(len, index.summarise([entry(planted)], MANIFEST).splitlines()[1:-2])) < 160


def test_run_writes_both_files(tmp_path: Path) -> None:
    planted = frames.make()
    paths = planted.save(tmp_path)
    out = {"html": tmp_path / "index.html", "summary": tmp_path / "summary.txt"}
    same = {"cohorts": paths["cohorts"], "manifest": MANIFEST, "version": "9.9"}
    index.run(indications=[planted.indication], targets=[paths["targets"]], **same, **out)
    first = {name: path.read_bytes() for name, path in out.items()}
    index.run(indications=[planted.indication], targets=[paths["targets"]], **same, **out)
    assert first == {name: path.read_bytes() for name, path in out.items()}
    with pytest.raises(InputError, match="1 indications, but 0 tables"):
        index.run(indications=[planted.indication], targets=[], **same, **out)


def test_index_without_indications() -> None:
    assert "0 indications" in index.render([], {}, "9.9")
    assert "research use only" in index.summarise([], {})
