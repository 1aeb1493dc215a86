"""`InputError`: one line with place, problem and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from targetfinder.errors import InputError


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"file": "a.csv", "field": "TPM"}, "a.csv: TPM: not a number (mend it)"),
        ({"file": Path("in/a.csv")}, "in/a.csv: not a number (mend it)"),
        ({"field": "--indications"}, "--indications: not a number (mend it)"),
        ({}, "not a number (mend it)"),
    ],
    ids=["file and field", "file", "field", "neither"],
)
def test_the_message_is_place_then_problem_then_remedy(place: dict[str, str], message: str) -> None:
    assert str(InputError("not a number", remedy="mend it", **place)) == message


def test_the_parts_stay_readable_one_by_one() -> None:
    error = InputError("truncated", remedy="fetch again", file="a.gz", field="member")
    assert (error.problem, error.remedy, error.file, error.field) == ("truncated", "fetch again", "a.gz", "member")


def test_a_remedy_is_required() -> None:
    with pytest.raises(TypeError, match="remedy"):
        InputError("truncated")  # type: ignore[call-arg]


def test_handlers_of_defects_do_not_catch_it() -> None:
    assert not issubclass(InputError, (OSError, ValueError, KeyError, RuntimeError))
