"""`targetfinder.method`: the sentences of a report say the numbers that were used."""

from __future__ import annotations

from typing import Any

import pytest

from targetfinder import method
from targetfinder.decide import criteria
from targetfinder.settings import Rules, Scoring

#: In no shipped setting, valid as a share, a weight, a threshold and a scale.
ODD = 0.4375

SCORING = [
    "presence.level",
    "presence.log2_at_one",
    "window.log2_range",
    "window.unmeasured_log2",
    *(f"window.allowance_log2.{name}" for name in ("vital", "important", "regenerable", "dispensable")),
    *(f"surface.{name}" for name in ("confirmed", "likely", "possible", "unlikely")),
    *(f"surface.at_least.{name}" for name in ("confirmed", "likely", "possible")),
    *(f"weights.{criterion.name}" for criterion in criteria.REGISTRY),
    *(f"penalty.{name}" for name in ("clear", "caution", "gate_needed", "veto")),
    "fratricide.at_least",
    "fratricide.positive_share",
    "nk_view.absent",
    "nk_view.share",
    *(f"fratricide.penalty.{name}" for name in ("carried", "possible", "unknown", "not_seen")),
]
SCORING += [f"intervals.{name}" for name in ("replicates", "seed", "weight_jitter")]
SCORING += [f"intervals.{atlas}.{name}" for atlas in ("atlas_log2", "atlas_percentile") for name in ("gene", "tissue")]
RULES = ["caution.at_least", "gate_needed.at_least", "gate_needed.times_tumour", "note.at_least"]


def sentences(scoring: Scoring, rules: Rules) -> list[str]:
    """Return what the report is given."""
    return method.sentences(scoring, rules, criteria.sentences(scoring))


def changed(settings: Any, path: str, value: Any) -> Any:
    """Return the settings with one leaf changed, whether or not they stay in order."""
    first, _, rest = path.partition(".")
    return settings.model_copy(update={first: changed(getattr(settings, first), rest, value) if rest else value})


def leaves(data: dict[str, Any], prefix: str = "") -> list[str]:
    return [
        leaf
        for key, value in data.items()
        for leaf in (leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"])
    ]


def test_this_file_tries_every_number_of_the_scoring(scoring: Scoring) -> None:
    assert sorted(SCORING) == sorted(leaves(scoring.model_dump()))


@pytest.mark.parametrize("path", SCORING)
def test_a_changed_number_of_the_scoring_is_said_wherever_it_counts(scoring: Scoring, rules: Rules, path: str) -> None:
    before, after = sentences(scoring, rules), sentences(changed(scoring, path, ODD), rules)
    differing = [new for old, new in zip(before, after, strict=True) if old != new]
    assert differing
    assert all(f"{ODD:g}" in sentence for sentence in differing)
    assert f"{ODD:g}" not in " ".join(before)


@pytest.mark.parametrize("path", RULES)
def test_a_changed_threshold_changes_one_sentence_which_then_says_it(scoring: Scoring, rules: Rules, path: str) -> None:
    before, after = sentences(scoring, rules), sentences(scoring, changed(rules, path, ODD))
    differing = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(differing) == 1
    assert f"{ODD:g}" in differing[0]


@pytest.mark.parametrize("rule", ["caution", "gate_needed", "unmeasured"])
def test_a_rule_that_holds_in_more_contexts_says_so(scoring: Scoring, rules: Rules, rule: str) -> None:
    wider = changed(rules, f"{rule}.criticality", ["vital", "regenerable"])
    differing = [
        new for old, new in zip(sentences(scoring, rules), sentences(scoring, wider), strict=True) if old != new
    ]
    assert len(differing) == 1
    assert "regenerable" in differing[0]


def test_the_limits_of_the_method_are_always_told(scoring: Scoring, rules: Rules) -> None:
    told = " ".join(sentences(scoring, rules))
    for phrase in (
        "without immunoglobulin, T-cell-receptor and mitochondrial genes",
        "Only quartiles are known",
        "A criterion that was not measured counts as 0;",
        "Where a vital tissue was not measured",
        "what is not there is specific to nothing",
        "Being a target in the clinic does not count",
        "A reference set without protein shows none of this",
        "It does not mean safe.",
        "No gene is ever removed.",
        "no amount or ratio is given",
    ):
        assert phrase in told


def test_every_sentence_is_whole_and_none_comes_twice(scoring: Scoring, rules: Rules) -> None:
    told = sentences(scoring, rules)
    assert all(text[0].isupper() and text.endswith((".", "].")) for text in told)
    assert len(set(told)) == len(told)
