"""`targetfinder.settings` and every shipped TOML file: read, checked, and refused by file and field."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from targetfinder.errors import InputError
from targetfinder.indications import read_indication
from targetfinder.settings import read_rules, read_scoring, read_voters
from targetfinder.sources.registry import read_catalogue

ROOT = Path(__file__).parent.parent
SCORING, RULES = ROOT / "conf" / "scoring.toml", ROOT / "references" / "safety.toml"
VOTERS = ROOT / "references" / "surface.toml"
READERS = {"scoring": read_scoring, "rules": read_rules, "voters": read_voters}
FILES = {"scoring": SCORING, "rules": RULES, "voters": VOTERS}


def refusal(folder: Path, kind: str, key: str, line: str) -> InputError:
    """Return the refusal of a shipped file in which the line of one key (`section.key`) was replaced."""
    section, _, name = key.rpartition(".")
    text = FILES[kind].read_text(encoding="utf-8")
    start = text.index(f"[{section}]") if section else 0
    changed, n = re.subn(rf"^{name} *=.*$", lambda _: line, text[start:], count=1, flags=re.MULTILINE)
    assert n == 1
    path = folder / f"{kind}.toml"
    path.write_text(text[:start] + changed, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        READERS[kind](path)
    assert caught.value.file == path
    return caught.value


def shipped() -> list[Path]:
    return [
        SCORING,
        RULES,
        VOTERS,
        ROOT / "references" / "sources.toml",
        *sorted((ROOT / "references" / "indications").glob("*.toml")),
    ]


def test_this_file_reads_every_toml_that_is_shipped() -> None:
    found = [path for folder in ("conf", "references") for path in (ROOT / folder).rglob("*.toml")]
    assert sorted(found) == sorted(shipped())


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_every_shipped_toml_passes_its_model(path: Path) -> None:
    readers = {"scoring": read_scoring, "safety": read_rules, "surface": read_voters, "sources": read_catalogue}
    reader = readers.get(path.stem, read_indication)
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    model = reader(path).model_dump(mode="json", exclude_unset=True)  # type: ignore[operator]
    assert model == data


@pytest.mark.parametrize(
    ("kind", "key", "line", "field"),
    [
        ("scoring", "weights.presence", "presence = -1.0", "weights.presence"),
        ("scoring", "weights.specificity", "specificity = -0.1", "weights.specificity"),
        ("scoring", "weights.surface", "surface = nan", "weights.surface"),
        ("scoring", "weights.surface", "surface = inf", "weights.surface"),
        ("scoring", "weights.specificity", 'specificity = "high"', "weights.specificity"),
        ("scoring", "weights.specificity", "specificity = [2.0]", "weights.specificity"),
        ("scoring", "weights.specificity", "specifity = 2.0", "weights.specificity"),
        ("scoring", "weights.specificity", "specificity = 2.0\nbeauty = 1.0", "weights.beauty"),
        ("scoring", "presence.level", "level = 0.0", "presence.level"),
        ("scoring", "presence.log2_at_one", "log2_at_one = 0", "presence.log2_at_one"),
        ("scoring", "window.log2_range", "log2_range = -10.0", "window.log2_range"),
        ("scoring", "window.allowance_log2.important", "important = -1.0", "window.allowance_log2.important"),
        ("scoring", "surface.confirmed", "confirmed = 1.1", "surface.confirmed"),
        ("scoring", "surface.unlikely", "unlikely = -0.4", "surface.unlikely"),
        ("scoring", "penalty.caution", "caution = -0.04", "penalty.caution"),
        ("scoring", "penalty.veto", "", "penalty.veto"),
        ("scoring", "fratricide.at_least", "at_least = 0.0", "fratricide.at_least"),
        ("scoring", "fratricide.positive_share", "positive_share = 1.5", "fratricide.positive_share"),
        ("scoring", "fratricide.penalty.unknown", "unknown = 0.05", "fratricide.penalty"),
        ("scoring", "fratricide.penalty.not_seen", "not_seen = -0.1", "fratricide.penalty.not_seen"),
        ("rules", "caution.at_least", "at_least = 0", "caution.at_least"),
        ("rules", "gate_needed.times_tumour", "times_tumour = -4.0", "gate_needed.times_tumour"),
        ("rules", "gate_needed.times_tumour", "", "gate_needed.times_tumour"),
        ("rules", "caution.criticality", 'criticality = ["vitall"]', "caution.criticality.0"),
        ("rules", "caution.criticality", "criticality = []", "caution.criticality"),
        ("rules", "note.criticality", 'criticality = "vital"', "note.criticality"),
        ("rules", "unmeasured.tissue", 'tissue = "veto"', "unmeasured.tissue"),
        ("rules", "version", 'version = "1"\nmood = "mild"', "mood"),
        ("rules", "version", "version = 1", "version"),
        ("rules", "protein.caution", 'caution = "Strong"', "protein.caution"),
        ("rules", "protein.caution", 'caution = "High"', "protein"),
        ("rules", "protein.reliability", 'reliability = ["Trusted"]', "protein.reliability.0"),
        ("rules", "protein.surface", "surface = []", "protein.surface"),
        ("rules", "protein.top_share", "top_share = 25", "protein.top_share"),
        ("rules", "veto.times_tumour", "times_tumour = 0.0", "veto.times_tumour"),
        ("rules", "toxicity.fatal", 'fatal = "stop"', "toxicity.fatal"),
        ("scoring", "surface.at_least.likely", "likely = 1.5", "surface.at_least.likely"),
        ("voters", "prior", "prior = 0.0", "prior"),
        ("voters", "prior", "prior = 1.0", "prior"),
        ("voters", "dependence", "dependence = -0.1", "dependence"),
        ("voters", "seen", "seen = { experimental = [1, 2] }", "voter.0.seen"),
        ("voters", "seen", "seen = { experimental = [1, -2], silent = [1, 1] }", "voter.0.seen.experimental.1"),
        ("voters", "seen", "seen = { experimental = [1], silent = [1, 1] }", "voter.0.seen.experimental.1"),
        ("voters", "seen", "seen = { hearsay = [1, 2], silent = [1, 1] }", "voter.0.seen.hearsay.[key]"),
        ("voters", "id", 'id = "HLDA"', "file"),
    ],
)
def test_a_wrong_value_is_refused_by_file_and_field(tmp_path: Path, kind: str, key: str, line: str, field: str) -> None:
    assert refusal(tmp_path, kind, key, line).field == field


def test_weights_that_are_all_zero_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "scoring.toml"
    before, weights = SCORING.read_text(encoding="utf-8").split("[weights]")
    path.write_text(before + "[weights]" + re.sub(r"= \d.*", "= 0.0", weights, count=8), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_scoring(path)
    assert caught.value.file == path
    assert str(caught.value.field).startswith("weights")


@pytest.mark.parametrize("kind", ["scoring", "rules"])
def test_what_is_not_toml_is_refused_with_the_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text("[weights]\npresence 1.0\n")
    with pytest.raises(InputError, match=r"not valid TOML.*line 2"):
        READERS[kind](path)


@pytest.mark.parametrize("kind", ["scoring", "rules"])
def test_a_missing_file_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    with pytest.raises(InputError, match="no such file") as caught:
        READERS[kind](tmp_path / "a.toml")
    assert caught.value.file == tmp_path / "a.toml"


def test_settings_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_scoring(SCORING).weights.presence = 5.0  # type: ignore[misc]


def test_tiers_are_worth_less_and_cost_more_the_worse_they_are() -> None:
    scoring = read_scoring(SCORING)
    worth = list(scoring.surface.model_dump(exclude={"at_least"}).values())
    cost = list(scoring.penalty.model_dump().values())
    allowance = list(scoring.window.allowance_log2.model_dump().values())
    assert worth == sorted(worth, reverse=True)
    assert cost == sorted(cost)
    assert allowance == sorted(allowance)
