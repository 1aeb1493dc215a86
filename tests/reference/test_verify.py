"""`reference verify`: every file of a set is held against its checksum, and all that is wrong is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from targetfinder.errors import InputError
from targetfinder.reference.verify import verify

WRONG = {
    "missing": lambda path: path.unlink(),
    "changed": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:100]),
}


@pytest.fixture
def shelf(simulated: object, tmp_path: Path) -> tuple[Path, Path]:
    """References of a simulation, and a store of its own with a true copy of the file."""
    store = tmp_path / "store"
    store.mkdir()
    references = simulated.references  # type: ignore[attr-defined]
    (store / "simulated.zip").write_bytes((references / "simulated.zip").read_bytes())
    return references, store


def test_a_true_file_is_told_with_its_checksum(shelf: tuple[Path, Path]) -> None:
    (line,) = verify(*shelf)
    assert line.startswith("simulated: simulated.zip sha256 ")


@pytest.mark.parametrize("how", WRONG)
def test_what_is_wrong_is_told_and_fails(shelf: tuple[Path, Path], how: str) -> None:
    WRONG[how](shelf[1] / "simulated.zip")
    lines = verify(*shelf)
    assert "WRONG" in next(lines)
    with pytest.raises(InputError, match="1 of 1 sources") as caught:
        next(lines)
    assert caught.value.field == "simulated"
