"""Findings that rest on harm to patients."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from tests.evidence.test_safety import RULES

from targetfinder.evidence._harm import harm_findings


def found(*changes: dict[str, Any]) -> pd.DataFrame:
    """Findings of severe, verified harm to a vital tissue, one row for each of `changes` to that."""
    plain = {
        "gene_id": "G",
        "kind": "toxicity",
        "statement": "It harms.",
        "severity": "severe",
        "tissue": "lung",
        "criticality": "vital",
        "tolerated": None,
        "verified": True,
        "reference": "PMID:1",
        "source": "liabilities.tsv",
        "release": "0",
    }
    return harm_findings(pd.DataFrame([plain | change for change in changes]), RULES.toxicity)


@pytest.mark.parametrize(
    ("change", "tier", "rule"),
    [
        ({}, "veto", "veto: severe harm to patients"),
        ({"severity": "fatal", "criticality": "regenerable"}, "veto", "veto: fatal harm to patients"),
        ({"criticality": "important"}, "gate_needed", "gate_needed: severe harm to patients"),
        ({"verified": False, "reference": None}, "clear", "note: severe harm to patients, unverified"),
        ({"verified": False, "severity": "fatal"}, "clear", "note: fatal harm to patients, unverified"),
    ],
)
def test_severity_place_and_source_make_the_tier(change: dict[str, Any], tier: str, rule: str) -> None:
    row = found(change).iloc[0]
    assert (row["tier_before_waiver"], row["rule"]) == (tier, rule)


@pytest.mark.parametrize("change", [{"severity": "other"}, {"kind": "shed", "severity": None}])
def test_other_harm_and_other_liabilities_are_no_finding(change: dict[str, Any]) -> None:
    assert found(change).empty


def test_the_sentence_and_its_source_are_told() -> None:
    row = found({}).iloc[0]
    assert row[["modality", "context", "said", "source"]].tolist() == [
        "clinical",
        "lung",
        "It harms. (PMID:1)",
        "liabilities.tsv",
    ]


def test_two_statements_of_one_place_are_one_finding_and_borne_only_if_both_were() -> None:
    borne = {"statement": "It also harms.", "tolerated": "Borne (PMID:2)."}
    row = found({}, borne)
    assert row["said"].tolist() == ["It harms. (PMID:1) It also harms. (PMID:1)"]
    assert row["waiver"].isna().all()
    assert found(borne)["waiver"].tolist() == ["Borne (PMID:2)."]
