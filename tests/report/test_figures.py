"""`report figures`: what the heat map shows, and that missing is not zero."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.report import frames

from targetfinder.report import figures
from targetfinder.report._grid import grid
from targetfinder.tables import CRITICALITY, EVIDENCE
from targetfinder.units import log2p1


def test_rows_are_the_first_targets_and_blocks_the_classes() -> None:
    planted = frames.make()
    shown = grid(planted.targets, planted.evidence, planted.contexts, top=10)
    first = planted.targets.sort_values("priority_rank").head(10)
    assert shown.values.index.tolist() == first["symbol"].tolist()
    assert list(shown.blocks) == ["tumour", *CRITICALITY]
    assert set(shown.blocks["vital"]) == {t for t, c in frames.TISSUES.items() if c == "vital"}
    assert sum(map(len, shown.blocks.values())) == shown.values.shape[1]


def test_values_are_log2_of_the_highest_atlas() -> None:
    planted = frames.make()
    second = planted.evidence[planted.evidence["criterion"] == "normal_tpm"].copy()
    second["source"], second["value"] = "gtex", second["value"] * 2
    both = planted.evidence._append(second, ignore_index=True)
    shown = grid(planted.targets, both, planted.contexts)
    row = planted.targets.nsmallest(1, "priority_rank").iloc[0]
    here = second[(second["gene_id"] == row["gene_id"]) & (second["context"] == "liver")]
    assert shown.values.loc[row["symbol"], "liver"] == pytest.approx(log2p1(here["value"])[0])
    assert shown.values.loc[row["symbol"], "tumour"] == pytest.approx(np.log2(row["tumour_median"] + 1))
    assert shown.atlases == ["gtex", frames.BULK]


def test_missing_is_not_zero() -> None:
    planted = frames.make()
    shown = grid(planted.targets, planted.evidence, planted.contexts, top=60)
    assert shown.values.loc[frames.UNMEASURED].isna().all()
    assert np.isnan(shown.values.loc[frames.BELOW, "kidney"])
    assert shown.values.loc[frames.BELOW, "tumour"] == 0


def test_rank_only_cohorts_are_shown_as_percentiles() -> None:
    planted = frames.make(rank_only=True)
    shown = grid(planted.targets, planted.evidence, planted.contexts)
    assert shown.ranks
    assert shown.values.max().max() <= 1
    words = " ".join(text.get_text() for text in figures.heat_map(*_three(planted), top=3).texts)
    assert "percentiles" in words and "log2" not in words


def test_a_tissue_without_a_class_is_not_lost() -> None:
    planted = frames.make()
    contexts = planted.contexts[planted.contexts["context"] != "liver"]
    assert grid(planted.targets, planted.evidence, contexts).blocks["not classified"] == ["liver"]


@pytest.mark.parametrize("top", [1, 12])
def test_figure_names_the_targets_and_says_what_grey_means(top: int) -> None:
    figure = figures.heat_map(*_three(frames.make()), top)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == top and labels[0].endswith("  1")
    assert "not measured" in " ".join(text.get_text() for text in figure.texts)


def test_figure_without_evidence_or_targets() -> None:
    planted = frames.make()
    figures.heat_map(planted.targets, EVIDENCE.empty(), planted.contexts, top=3)


def test_same_input_gives_same_bytes(tmp_path: Path) -> None:
    paths = frames.make().save(tmp_path)
    inputs = (paths["targets"], paths["evidence"], paths["contexts"])
    for name in ("one", "two"):
        figures.draw(*inputs, tmp_path / f"{name}.png", tmp_path / f"{name}.svg", top=5)
    for end in ("png", "svg"):
        assert (tmp_path / f"one.{end}").read_bytes() == (tmp_path / f"two.{end}").read_bytes()
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    assert "<script" not in (tmp_path / "one.svg").read_text(encoding="utf-8")


def _three(planted: frames.Frames) -> tuple:
    return planted.targets, planted.evidence, planted.contexts
