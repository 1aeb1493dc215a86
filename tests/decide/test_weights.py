"""`decide weights`: learned on other diseases, judged on those left out, and never on the diseases held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.decide import weights as module
from targetfinder.decide.weights import LEARNED, LINEAGE, NAMES, REASONED, Disease, gain, judge, learn, summary, trials
from targetfinder.errors import InputError
from targetfinder.settings import Scoring
from targetfinder.target_lists import HELD_OUT

SCORING = Path(__file__).parent.parent.parent / "conf" / "scoring.toml"


def disease(group: str, seed: int, matters: str = "lineage", genes: int = 400, targets: int = 12) -> Disease:
    """Make a disease whose targets are high in one criterion and like other genes in the rest."""
    rng = np.random.default_rng(seed)
    scores = pd.DataFrame(rng.random((genes, len(NAMES))), columns=NAMES, index=[f"G{i:03d}" for i in range(genes)])
    known = pd.Series(np.arange(genes) < targets, scores.index)
    scores.loc[known, matters] = rng.uniform(0.8, 1.0, targets)
    return Disease(group, scores, known, 0)


def test_what_tells_targets_apart_is_learned_and_nothing_weighs_less_than_zero() -> None:
    learned = learn([disease(f"D{i}", i) for i in range(4)])
    assert max(learned, key=learned.__getitem__) == "lineage"
    assert sum(learned.values()) == pytest.approx(1.0) and min(learned.values()) >= 0


def test_a_planted_gain_is_found_on_diseases_left_out_and_told(scoring: Scoring) -> None:
    found = trials([disease(f"D{i}", i) for i in range(6)], scoring)
    assert len(tables.WEIGHTS.check(found)) == 6 * 3
    by, low, high = gain(found, LEARNED, "average_precision")
    assert low > 0 and low <= by <= high
    assert "learned: average precision" in summary(found) and "better" in summary(found)


def test_without_a_difference_the_reasoned_weights_stay(scoring: Scoring) -> None:
    blank = [disease(f"D{i}", i, "surface", targets=10)._replace(scores=disease("", 50 + i).scores) for i in range(6)]
    shuffled = [
        d._replace(known=d.known.sample(frac=1, random_state=i).set_axis(d.known.index)) for i, d in enumerate(blank)
    ]
    found = trials(shuffled, scoring)
    assert gain(found, LEARNED, "average_precision")[1] <= 0
    assert "not kept" in summary(found)


def test_a_disease_takes_no_part_in_the_weights_that_it_is_judged_by(scoring: Scoring) -> None:
    diseases = [disease("A", 1), disease("A", 2), disease("B", 3), disease("C", 4)]
    found = trials(diseases, scoring).astype({"candidate": str, "left_out": str}).set_index(["candidate", "left_out"])
    alone = learn([d for d in diseases if d.group != "A"])
    told = {name: found.at[(LEARNED, "A"), f"weight_{name}"] for name in NAMES}
    assert told == pytest.approx(alone)
    assert found["weight_lineage"].xs("A", level="left_out")[[REASONED, LINEAGE]].gt(0).tolist() == [False, True]


def test_average_precision_and_recall_worked_by_hand() -> None:
    scores = pd.DataFrame(0.0, index=list("ABCD"), columns=NAMES).assign(presence=[0.9, 0.8, 0.7, 0.6])
    known = pd.Series([True, False, True, False], scores.index)
    weights = dict.fromkeys(NAMES, 0.0) | {"presence": 1.0}
    assert judge(Disease("X", scores, known, 0), weights) == pytest.approx(((1 + 2 / 3) / 2, 1.0))
    assert judge(Disease("X", scores, known, 2), weights) == pytest.approx(((1 + 2 / 3) / 4, 0.5))


@pytest.mark.parametrize("held_out", HELD_OUT)
def test_results_of_held_out_diseases_are_refused_before_anything_is_read(held_out: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=held_out):
        module.run([tmp_path / held_out, tmp_path / "osteosarcoma"], tmp_path, SCORING, tmp_path / "out.parquet")


def test_files_are_read_and_a_comparison_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    head = "symbol\tindications\tlevel\tyear\tagent\treference\tverified\tseen\n"
    made = {f"d{i}": disease(f"d{i}", i) for i in range(3)}
    for name in made:
        rows = [f"G{i:03d}\t{name}\ttrial\t2020\tCAR\tPMID:1\tyes\tabstract\n" for i in range(12)]
        (lists / f"{name}.tsv").write_text(head + "".join(rows) + f"GONE\t{name}\ttrial\t\t\tPMID:1\tyes\tabstract\n")
    frames = {name: d.scores.rename_axis("gene_id").reset_index() for name, d in made.items()}
    monkeypatch.setattr(
        module, "read_table", lambda path, *_, **__: frames[path.parent.name].assign(symbol=lambda f: f["gene_id"])
    )
    told = module.run([tmp_path / name for name in made], lists, SCORING, tmp_path / "weights.parquet")
    assert "3 groups of diseases" in told
    with pytest.raises(InputError, match="2 groups"):
        module.run([tmp_path / "d0", tmp_path / "d1"], lists, SCORING, tmp_path / "weights.parquet")
