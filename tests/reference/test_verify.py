"""`reference verify`: every file of a set is held against its checksum, and all that is wrong is told at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from targetfinder.errors import InputError
from targetfinder.known_genes import read_known_genes
from targetfinder.reference.build import build
from targetfinder.reference.verify import verify
from targetfinder.sources.registry import read_registry

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
    digest = hashlib.sha256((shelf[1] / "simulated.zip").read_bytes()).hexdigest()
    assert line == f"simulated: simulated.zip sha256 {digest}"


def test_a_users_file_without_a_known_checksum_is_told_with_its_own(shelf: tuple[Path, Path], tmp_path: Path) -> None:
    (shelf[1] / "mine.tsv").write_bytes(b"gene\tK1\n")
    own = tmp_path / "mine.toml"
    own.write_text('extends = "simulated"\n[[normal]]\nfile = "mine.tsv"\nunit = "TPM"\n')
    digest = hashlib.sha256(b"gene\tK1\n").hexdigest()
    assert list(verify(*shelf, str(own)))[-1] == f"mine: mine.tsv sha256 {digest}"


Step = Callable[[Path, Path], object]
STEPS: dict[str, Step] = {
    "verify": lambda references, store: list(verify(references, store)),
    "build": lambda references, store: build(references, store, store / "bundle"),
    "known genes": lambda references, store: read_known_genes(read_registry(references / "sources.toml"), store),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_stored_file_is_hashed_once(shelf: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, step: Step) -> None:
    hashed, true_digest = [], hashlib.file_digest

    def digest(handle: Any, name: str) -> Any:
        hashed.append(Path(handle.name).name)
        return true_digest(handle, name)

    monkeypatch.setattr(hashlib, "file_digest", digest)
    step(*shelf)
    assert hashed.count("simulated.zip") == 1


@pytest.mark.parametrize("how", WRONG)
def test_what_is_wrong_is_told_and_fails(shelf: tuple[Path, Path], how: str) -> None:
    WRONG[how](shelf[1] / "simulated.zip")
    lines = verify(*shelf)
    assert "WRONG" in next(lines)
    with pytest.raises(InputError, match="1 of 1 sources") as caught:
        next(lines)
    assert caught.value.field == "simulated"
