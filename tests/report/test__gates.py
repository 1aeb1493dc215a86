"""What the page says of gates: what holds is told from what is not proven, and bounds never stand as counts."""

from __future__ import annotations

import dataclasses

import pytest
from tests.report import frames, gate_frames
from tests.report.test_page import Seen, inputs

from targetfinder import tables
from targetfinder.report import _gates, page


@pytest.fixture(scope="module")
def planted() -> frames.Frames:
    return frames.make()


def text_of(planted: frames.Frames, **changed: object) -> str:
    return Seen(page.render(inputs(dataclasses.replace(planted, **changed)))).text  # type: ignore[arg-type]


def test_a_gate_that_holds_is_said_to_and_bounds_come_last(planted: frames.Frames) -> None:
    found = _gates.section(planted.gates)
    assert found["held"] == 1
    assert [block["basis"] for block in found["blocks"]] == ["cells", "bounds"]
    text = text_of(planted)
    assert "1 gate holds" in text
    assert "STEAP1 and CD99" in text and "MSLN but not MUC16" in text
    assert "95.0% of cells (93.0% to 97.0%)" in text and "+48 points (+41 points to +55 points)" in text
    assert "93.0% to 97.0% of patients" in text and "4.20 TPM*" in text


def test_it_is_said_when_no_gate_holds(planted: frames.Frames) -> None:
    text = text_of(planted, gates=gate_frames.gates(held=False))
    assert "No gate is proven here." in text and "gate holds" not in text
    assert "No gate is shown." in text_of(planted, gates=tables.GATES.empty())


def test_what_is_not_shown_is_counted_and_what_a_reader_must_know_is_told(planted: frames.Frames) -> None:
    text = text_of(planted)
    assert f"{10 - _gates.SHOWN} more in gates.parquet" in text
    assert "Only bounds." in text and "It is not shown." in text


def test_hostile_names_stay_text(planted: frames.Frames) -> None:
    assert gate_frames.HOSTILE not in page.render(inputs(planted))
