"""`targetfinder.settings` and every shipped TOML file: read, checked, and refused by file and field."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from targetfinder.errors import InputError
from targetfinder.indications import read_indication
from targetfinder.settings import read_rules, read_scoring
from targetfinder.sources.registry import read_registry

ROOT = Path(__file__).parent.parent
SCORING, RULES = ROOT / "conf" / "scoring.toml", ROOT / "references" / "safety.toml"
READERS = {"scoring": read_scoring, "rules": read_rules}
FILES = {"scoring": SCORING, "rules": RULES}


def refusal(folder: Path, kind: str, old: str, new: str) -> InputError:
    """Return the refusal of a shipped file in which one passage was replaced."""
    text = FILES[kind].read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path = folder / f"{kind}.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        READERS[kind](path)
    assert caught.value.file == path
    return caught.value


def shipped() -> list[Path]:
    return [SCORING, RULES, ROOT / "references" / "sources.toml", *sorted((ROOT / "references" / "indications").glob("*.toml"))]


def test_this_file_reads_every_toml_that_is_shipped() -> None:
    found = [path for folder in ("conf", "references") for path in (ROOT / folder).rglob("*.toml")]
    assert sorted(found) == sorted(shipped())


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_every_shipped_toml_passes_its_model(path: Path) -> None:
    reader = {"scoring": read_scoring, "safety": read_rules, "sources": read_registry}.get(path.stem, read_indication)
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    model = reader(path).model_dump(exclude_unset=True)  # type: ignore[operator]
    assert model == data


@pytest.mark.parametrize(
    ("kind", "old", "new", "field"),
    [
        ("scoring", "[weights]\npresence = 1.0", "[weights]\npresence = -1.0", "weights.presence"),
        ("scoring", "specificity = 2.0", "specificity = -0.1", "weights.specificity"),
        ("scoring", "surface = 2.0", "surface = nan", "weights.surface"),
        ("scoring", "surface = 2.0", "surface = inf", "weights.surface"),
        ("scoring", "specificity = 2.0", 'specificity = "high"', "weights.specificity"),
        ("scoring", "specificity = 2.0", "specificity = [2.0]", "weights.specificity"),
        ("scoring", "specificity = 2.0", "specifity = 2.0", "weights.specificity"),
        ("scoring", "specificity = 2.0", "specificity = 2.0\nbeauty = 1.0", "weights.beauty"),
        ("scoring", "level = 10.0", "level = 0.0", "presence.level"),
        ("scoring", "log2_at_one = 10.0", "log2_at_one = 0", "presence.log2_at_one"),
        ("scoring", "log2_range = 10.0", "log2_range = -10.0", "window.log2_range"),
        ("scoring", "important = 1.0", "important = -1.0", "window.allowance_log2.important"),
        ("scoring", "confirmed = 1.0", "confirmed = 1.1", "surface.confirmed"),
        ("scoring", "unlikely = 0.4", "unlikely = -0.4", "surface.unlikely"),
        ("scoring", "caution = 0.04", "caution = -0.04", "penalty.caution"),
        ("scoring", "veto = 0.24", "", "penalty.veto"),
        ("rules", "at_least = 50.0", "at_least = 0", "caution.at_least"),
        ("rules", "times_tumour = 4.0", "times_tumour = -4.0", "gate_needed.times_tumour"),
        ("rules", "times_tumour = 4.0", "", "gate_needed.times_tumour"),
        ("rules", 'criticality = ["vital"]', 'criticality = ["vitall"]', "caution.criticality.0"),
        ("rules", 'criticality = ["vital"]', "criticality = []", "caution.criticality"),
        ("rules", 'criticality = ["vital"]', 'criticality = "vital"', "caution.criticality"),
        ("rules", 'tier = "caution"', 'tier = "veto"', "unmeasured.tier"),
        ("rules", 'version = "1"', 'version = "1"\nmood = "mild"', "mood"),
        ("rules", 'version = "1"', "version = 1", "version"),
    ],
)
def test_a_wrong_value_is_refused_by_file_and_field(tmp_path: Path, kind: str, old: str, new: str, field: str) -> None:
    assert refusal(tmp_path, kind, old, new).field == field


def test_weights_that_are_all_zero_are_refused(tmp_path: Path) -> None:
    old = "presence = 1.0\nspecificity = 2.0\nsurface = 2.0"
    new = "presence = 0.0\nspecificity = 0.0\nsurface = 0.0"
    assert str(refusal(tmp_path, "scoring", old, new).field).startswith("weights")


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
    worth, cost = list(scoring.surface.model_dump().values()), list(scoring.penalty.model_dump().values())
    allowance = list(scoring.window.allowance_log2.model_dump().values())
    assert worth == sorted(worth, reverse=True)
    assert cost == sorted(cost)
    assert allowance == sorted(allowance)
