"""`report page`: the file is whole, says what it must, and runs nothing that came with the data."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.report import cohort_frames, frames, patient_frames

from targetfinder.errors import InputError
from targetfinder.report import _html, page
from targetfinder.report._waterfall import waterfall
from targetfinder.report.tables import ranked
from targetfinder.tables import COMPATIBILITY, EVIDENCE, FEASIBILITY, LIABILITIES, PATIENTS, SAFETY, TARGETS


def inputs(planted: frames.Frames, **changed: Any) -> page.Inputs:
    same = {field.name for field in dataclasses.fields(frames.Frames)}
    return page.Inputs(**{name: getattr(planted, name) for name in same} | {"version": "9.9"} | changed)


@pytest.fixture(scope="module")
def planted() -> frames.Frames:
    return frames.make()


@pytest.fixture(scope="module")
def html(planted: frames.Frames) -> str:
    return page.render(inputs(planted, heat_map=b"\x89PNG"))


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
    assert found
    return dict(json.loads(found[1]))


class Seen(HTMLParser):
    """What a browser would find: elements with attributes, and the text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def test_first_screen_says_what_must_be_known(html: str) -> None:
    text = Seen(html).text
    for sentence in (
        "Planted sarcoma",
        "EWS n = 101",
        "OWN_BULK n = 12",
        "also: OWN_CELLS (single-cell RNA, n = 2), OWN_LATE (later timepoint: relapse, n = 3), OWN_PROTEIN (protein,",
        "OWN_BULK is compared against the verdict with v0: “the core facility <b>mislabelled</b> the unit”",
        "linear TPM",
        "demo RNA only",
        "With the reference set “demo” this is no finding in RNA",
        "For research use only",
        "gate needed",
        "veto",
    ):
        assert sentence in text, sentence


def test_below_the_table_stand_rules_sources_exclusions_and_context(html: str) -> None:
    text = Seen(html).text
    for sentence in (
        "Priority = efficacy less 0.1 for each tier above clear & a <b>note</b>.",
        "Planted atlas <of tissues>",
        "CC0",
        "not <protein> coding",
        "12,345",
        "54,321",
        "they grow <back>",
        "CD99 is high in <i>all</i>",
        "Rank, low",
    ):
        assert sentence in text, sentence
    assert all(column.description in text for column in TARGETS.columns)


def test_many_cohorts_are_counted_and_not_all_named_in_the_head(planted: frames.Frames) -> None:
    own = planted.cohorts[planted.cohorts["cohort"] == "OWN_BULK"]
    many = pd.concat([planted.cohorts, *(own.assign(cohort=f"MORE_{at}") for at in range(9))])
    head = Seen(page.render(inputs(planted, cohorts=many))).text.split("Scale of the values")[0]
    assert "MORE_4" in head and "MORE_5" not in head and "and 5 more also:" in head


def test_cohorts_stand_in_numbers_with_a_dash_for_what_is_missing(html: str) -> None:
    section = html.split('<section id="cohorts"')[1].split("</section>")[0]
    assert [cohort in section for cohort in ("EWS", "OWN_BULK", "OWN_LATE", "OWN_CELLS", "OWN_PROTEIN")] == [True] * 5
    highest = section.split("Highest median")[1].split("</tr>")[0]
    assert highest.count("0 TPM (COL1A1)") == 3 and highest.count('aria-label="not measured"') == 2


def test_verdicts_stand_with_reasons_and_the_written_reason(html: str) -> None:
    section = Seen(html.split('<section id="comparison"')[1].split("</section>")[0]).text
    for sentence in (
        "May the cohorts be compared with the atlases?",
        "refused, but compared",
        "the values fit <i>FPKM</i>",
        f"The samplesheet says why: {cohort_frames.OVERRIDE}",
        "87.5%",
        "OWN_CELLS, OWN_PROTEIN: single cells and proteins",
        "testis, Spearman 0.25",
    ):
        assert sentence in section, sentence
    assert "of another indication" not in section
    assert 'href="#comparison"' in html.split("</nav>")[0]


def test_a_page_without_a_verdict_says_so(planted: frames.Frames) -> None:
    text = Seen(page.render(inputs(planted, compatibility=COMPATIBILITY.empty()))).text
    assert "No verdict is on file for EWS, OWN_BULK" in text and "against the verdict" not in text


def test_a_patient_is_held_against_the_cohort_in_words(html: str, planted: frames.Frames) -> None:
    part = html.split('<section id="patient-1"')[1].split("</section>")[0]
    text = Seen(part).text
    absent, unknown = (
        planted.patients.loc[planted.patients["priority_rank"] == rank, "symbol"].iloc[0]
        for rank in (patient_frames.ABSENT, patient_frames.UNKNOWN)
    )
    for sentence in (
        "One patient: Q1",
        "patient <b>7</b>",
        "EWS n = 101, OWN_BULK n = 12",
        "xenograft (PDX)",
        "n = 1: one sample, no replicate.",
        "The first 30 targets in the order of Q1",
        "above 99% (10% to 100%)",
        "expresses 58 and does not express 1. Not measured in it, and so neither: 1.",
        f"does not express 1: {absent} (rank 2) . Not measured in it: {unknown} (rank 3).",
        "All genes, each with its own caveats, are in patients.tsv",
    ):
        assert sentence in text, sentence
    assert part.count("one sample, no replicate") == 1 and part.count('<tr><td class="number">') == 30
    scopes = [a.get("scope") for tag, a in Seen(part).elements if tag == "th"]
    assert scopes == ["col"] * 10 + ["row"] * 30 and "<caption>" in part
    assert '<a href="#patient-1">One patient</a>' in html.split("</nav>")[0]


def test_several_patients_are_linked_and_none_leaves_no_trace(planted: frames.Frames) -> None:
    other = planted.patients.assign(sample="Q2")
    html = page.render(inputs(planted, patients=pd.concat([planted.patients, other])))
    assert '<a href="#patient-1">Patients</a>' in html.split("</nav>")[0]
    assert "2 of 2 queries: Q1 , Q2" in Seen(html).text and 'id="patient-2"' in html
    bare = page.render(inputs(planted, patients=PATIENTS.empty()))
    assert "One patient" not in Seen(bare).text and "patients.tsv" not in Seen(bare).text


def test_origin_protein_and_sorting_travel_with_the_gene(html: str) -> None:
    data = data_of(html)
    at = data["data"]["symbol"].index("CD19")
    columns = {column["key"]: column for column in data["columns"]}
    for key, said in {"tumour_origin": "malignant cells: OWN_CELLS", "selection_marker": "OWN_CELLS"}.items():
        assert columns[key]["values"][data["data"][key][at]] == said
    assert columns["selection_marker"]["none"] == "no cohort was sorted by it"
    assert not columns["tumour_origin"]["shown"]
    kind, level = data["detail"]["proteins"][at]
    assert data["detail"]["protein_kinds"][kind] == ["OWN_PROTEIN", "log2"] and level == -0.5
    assert sum(map(len, data["detail"]["proteins"])) == 2


def test_prevalence_is_counted_or_estimated_as_its_evidence_says(html: str, planted: frames.Frames) -> None:
    assert data_of(html)["prevalence"] == frames.PREVALENCE
    assert f"Prevalence is the {frames.PREVALENCE}" in Seen(html).text
    counted = planted.evidence.replace({"unit": {frames.PREVALENCE: "share of patients above 10 TPM*, counted"}})
    html = page.render(inputs(planted, evidence=counted))
    assert data_of(html)["prevalence"].endswith("counted") and "counted and estimated" not in html


def test_nothing_is_loaded_from_outside(html: str) -> None:
    for tag, attributes in Seen(html).elements:
        assert not attributes.get("src", "data:").startswith(("http", "//")), tag
        if tag == "link":
            pytest.fail("a style sheet from outside")
        if tag == "a":
            assert str(attributes["href"]).startswith(("#", "../", "https://doi.org/")), attributes
    policies = [a["content"] for _, a in Seen(html).elements if a.get("http-equiv")]
    assert len(policies) == 1 and str(policies[0]).startswith("default-src 'none'; script-src 'sha256-")


def test_hostile_text_makes_no_element(html: str) -> None:
    elements = Seen(html).elements
    scripts = [a for tag, a in elements if tag == "script"]
    assert [a.get("type") for a in scripts] == ["application/json", "application/json", "module"]
    pictures = [a for tag, a in elements if tag == "img"]
    assert len(pictures) == 1 and str(pictures[0]["src"]).startswith("data:image/png;base64,")
    assert not [a for _, a in elements if any(name.startswith("on") for name in a)]
    symbols = data_of(html)["data"]["symbol"]
    assert set(frames.HOSTILE) <= set(symbols)


def test_every_gene_is_there_once_in_the_order_of_ranks(html: str, planted: frames.Frames) -> None:
    data = data_of(html)["data"]
    assert data["priority_rank"] == list(range(1, len(planted.targets) + 1))
    assert sorted(data["gene_id"]) == sorted(planted.targets["gene_id"])


def test_numbers_agree_with_targets(html: str, planted: frames.Frames) -> None:
    data = data_of(html)
    wanted = planted.targets.set_index("gene_id").loc[data["data"]["gene_id"]]
    efficacy = pd.Series(data["data"]["efficacy"], index=wanted.index)
    assert (efficacy - wanted["efficacy"]).abs().max() <= 5e-5
    tier = next(column for column in data["columns"] if column["key"] == "safety_tier")["values"]
    assert [tier[at] for at in data["data"]["safety_tier"]] == wanted["safety_tier"].tolist()


def test_missing_is_null_and_never_zero(html: str) -> None:
    data = data_of(html)["data"]
    ghost, faint = (data["symbol"].index(symbol) for symbol in (frames.UNMEASURED, frames.BELOW))
    assert data["tumour_median"][ghost] is None and data["presence"][ghost] is None
    assert data["tumour_median"][faint] == 0


def test_wholly_empty_columns_are_left_out_and_named(html: str) -> None:
    assert not {"rank_lo", "p_top20", "hsc", "shed"} & {c["key"] for c in data_of(html)["columns"]}
    assert "Rank, low, Rank, high, P(top 20)" in Seen(html).text


def test_detail_has_the_worst_findings_and_says_how_many_more(html: str, planted: frames.Frames) -> None:
    data = data_of(html)
    at, detail = data["data"]["symbol"].index("ATP1A1"), data["detail"]
    count = (planted.safety["symbol"] == "ATP1A1").sum()
    shown = len(detail["findings"][at]) // 2
    assert shown == 8 and detail["more"][at] == count - 8
    kind, value = detail["finding_kinds"][detail["findings"][at][0]], detail["findings"][at][1]
    assert kind[8] == "gate_needed" and value == 900


def test_detail_has_the_highest_tissues_with_the_binding_one(html: str) -> None:
    data = data_of(html)
    detail, binding = data["detail"], data["data"]["binding_tissue"]
    names = next(column for column in data["columns"] if column["key"] == "binding_tissue")["values"]
    for at, packed in enumerate(detail["windows"]):
        values = packed[1::2]
        assert values == sorted(values, reverse=True) and len(values) <= 10
        tissues = [detail["window_kinds"][kind][0] for kind in packed[::2]]
        assert len(set(tissues)) == len(tissues)
        if binding[at] is not None:
            assert names[binding[at]] in tissues
    ghost = data["data"]["symbol"].index(frames.UNMEASURED)
    assert detail["windows"][ghost] == []
    assert "16 of 16" in detail["gap_kinds"][detail["gaps"][ghost][0]][0]


def test_detail_has_the_liabilities_with_reference_and_mark(html: str) -> None:
    data = data_of(html)
    detail, at = data["detail"], data["data"]["symbol"].index("TNFRSF17")
    shed, loss = (detail["liability_kinds"][kind] for kind in detail["liabilities"][at])
    assert shed == ["shed", "The ectodomain is cut off.", None, None, "humans", None, False]
    assert loss[:2] == ["antigen_loss", "Cells without BCMA grew back."] and loss[6] is True
    assert loss[5] == [
        ["PMID:12345678", "https://pubmed.ncbi.nlm.nih.gov/12345678/"],
        ["; ", None],
        ["NCT01234567", "https://clinicaltrials.gov/study/NCT01234567"],
    ]
    assert detail["liabilities"][data["data"]["symbol"].index("CD19")] == []
    assert "No liability on file." in html and "no liabilities" not in html.lower()


def test_detail_has_what_bears_on_making_a_binder(html: str) -> None:
    data = data_of(html)
    detail, at = data["detail"], data["data"]["symbol"].index("TNFRSF17")
    lines = [detail["binder_kinds"][kind] for kind in detail["binder"][at]]
    assert [line[0] for line in lines] == [
        "Mouse: no orthologue that is one to one, 62% of residues identical.",
        "Cynomolgus: one orthologue, one to one.",
        "Closest paralogue: TNFRSF13B, 31% of its extracellular residues identical.",
        "Normal epithelium: apical. It faces the lumen.",
    ]
    assert [line[2] for line in lines] == [True, True, True, False]


def test_a_tissue_that_never_binds_says_why_for_its_gene_alone(html: str) -> None:
    data = data_of(html)
    detail, at = data["detail"], data["data"]["symbol"].index("CD19")
    shown = [[detail["window_kinds"][kind] for kind in gene[::2]] for gene in detail["windows"]]
    assert sorted(kind[4] or "" for kind in shown[at])[-2:] == ["", "B cells <come> back"]
    assert {kind[4] for gene in [*shown[:at], *shown[at + 1 :]] for kind in gene} == {None}


def test_unmeasured_vital_contexts_are_gathered_into_one_statement(planted: frames.Frames) -> None:
    row = planted.safety.iloc[[0]].assign(value=float("nan"), rule="unmeasured", tier="caution")
    safety = pd.concat([row.assign(context=name) for name in ("lung", "liver")])
    data = data_of(page.render(inputs(planted, safety=safety)))
    assert [f"caution: not measured in 2 {row['criticality'].iloc[0]} tissues: liver, lung"] in data["detail"][
        "gap_kinds"
    ]


def test_rank_only_is_said_and_gives_no_amount() -> None:
    html = page.render(inputs(frames.make(rank_only=True)))
    assert "rank only" in Seen(html).text and "no amount and no ratio" in Seen(html).text
    assert "percentile within the sample" in Seen(html).text and "Window here" not in Seen(html).text
    data = data_of(html)
    assert data["detail"]["ranks"] and "tumour_median" not in data["data"] and "window_log2" not in data["data"]
    assert max(value for packed in data["detail"]["windows"] for value in packed[1::2]) <= 1


def test_empty_tables_and_a_bare_manifest_still_make_a_page(planted: frames.Frames) -> None:
    bare = {"id": "x", "name": "X", "cohorts": ["EWS"]}
    empty = {table.name: table.empty() for table in (SAFETY, EVIDENCE, LIABILITIES, FEASIBILITY)}
    changed = empty | {"manifest": {}, "rules": ()}
    text = Seen(page.render(inputs(planted, indication=bare, **changed))).text
    assert "No source was named to this page." in text and "No picture was made." in text


def test_what_a_rank_is_made_of_travels_and_adds_up_to_priority(planted: frames.Frames) -> None:
    made = waterfall(planted.contributions, ranked(planted.targets))
    assert [part[:2] for part in made["parts"]] == [
        ["presence", "Presence"],
        ["specificity", "Specificity"],
        ["surface", "Surface value"],
        ["safety tier", "Safety tier"],
    ]
    sums = pd.DataFrame(made["added"]).astype(float).fillna(0.0).sum(axis=1)
    np.testing.assert_allclose(sums, ranked(planted.targets)["priority"].astype(float), atol=2e-4 + 1e-12)
    unmeasured = ranked(planted.targets)["presence"].isna().to_numpy()
    assert [value is None for value in made["added"]["presence"]] == unmeasured.tolist() and unmeasured.any()


def test_same_input_gives_same_text_in_any_order_of_rows(html: str, planted: frames.Frames) -> None:
    mixed = {
        name: getattr(planted, name).sample(frac=1, random_state=3)
        for name in (
            "targets",
            "contributions",
            "safety",
            "evidence",
            "contexts",
            "liabilities",
            "feasibility",
            "compatibility",
            "patients",
            "queries",
            "gates",
        )
    }
    again = page.render(inputs(dataclasses.replace(planted, **mixed), heat_map=b"\x89PNG"))
    assert again == html


def test_text_does_not_depend_on_the_process(planted: frames.Frames, tmp_path: Path) -> None:
    paths = planted.save(tmp_path)
    (tmp_path / "heat.png").write_bytes(b"\x89PNG")
    code = (
        "import sys; from pathlib import Path; from targetfinder.report import page; "
        "rest = {'indication': {'id': 'x', 'name': 'X', 'cohorts': ['EWS']}, 'manifest': {}, 'rules': ()}; "
        f"page.run(**{paths!r}, **rest, heat_map=Path({str(tmp_path / 'heat.png')!r}), version='9', "
        "html=Path(sys.argv[1]))"
    ).replace("PosixPath", "Path")
    made = []
    for seed in ("1", "2"):
        html = tmp_path / f"{seed}.html"
        path = os.pathsep.join(sys.path)
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path}
        subprocess.run([sys.executable, "-c", code, str(html)], check=True, env=environment)
        made.append(html.read_bytes())
    assert made[0] == made[1]
    assert b"object at 0x" not in made[0]


def test_a_cohort_without_a_row_is_bad_input(planted: frames.Frames) -> None:
    with pytest.raises(InputError, match="NOWHERE"):
        page.render(inputs(planted, indication=planted.indication | {"cohorts": ["NOWHERE"]}))


def test_run_reads_files_and_writes_one(planted: frames.Frames, tmp_path: Path) -> None:
    paths = planted.save(tmp_path)
    same = {"indication": planted.indication, "manifest": planted.manifest, "rules": planted.rules}
    rest = same | {"version": "9.9", "html": tmp_path / "report.html"}
    with pytest.raises(InputError, match=r"heat\.png"):
        page.run(**paths, heat_map=tmp_path / "heat.png", **rest)
    assert not (tmp_path / "report.html").exists()
    (tmp_path / "heat.png").write_bytes(b"\x89PNG")
    page.run(**paths, heat_map=tmp_path / "heat.png", **rest)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Planted sarcoma" in text and "xenograft (PDX)" in text
    page.run(**paths | {"patients": None, "queries": tmp_path / "none"}, heat_map=tmp_path / "heat.png", **rest)
    assert "One patient" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    paths["compatibility"].unlink()
    with pytest.raises(InputError, match="compatibility"):
        page.run(**paths, heat_map=tmp_path / "heat.png", **rest)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("see doi:10.1126/science.1260419.", 'href="https://doi.org/10.1126/science.1260419"'),
        ("NCT01454297", 'href="https://clinicaltrials.gov/study/NCT01454297"'),
        ("PMID:39054331", 'href="https://pubmed.ncbi.nlm.nih.gov/39054331/"'),
        ('https://a.org/x"onclick="', 'href="https://a.org/x"'),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_references_become_plain_links(text: str, html: str) -> None:
    made = str(_html.links(text))
    assert html in made
    assert "<b>" not in made and 'onclick="' not in made and 'href="javascript' not in made
