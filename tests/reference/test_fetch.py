"""`reference fetch`: what enters the store has the pinned checksum, and nothing else ever does."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from targetfinder.errors import InputError
from targetfinder.reference.fetch import fetch

DATA = {"a.zip": b"first source", "b.zip": b"second source"}


def source(name: str, data: bytes, **changed: str) -> str:
    about = {
        "id": name.split(".")[0],
        "title": name,
        "release": "1",
        "kind": "file",
        "file": name,
        "citation": "nobody",
    }
    about |= {"sha256": hashlib.sha256(data).hexdigest(), "licence": "MIT"} | changed
    lines = [f'{key} = "{value}"' for key, value in about.items()]
    return "\n".join(["[[source]]", *lines, f"size = {len(data)}", ""])


@pytest.fixture
def references(tmp_path: Path) -> Path:
    """A references folder with two sources of kind `file`."""
    folder = tmp_path / "references"
    folder.mkdir()
    for name, data in DATA.items():
        (folder / name).write_bytes(data)
    registry(folder, *(source(name, data) for name, data in DATA.items()))
    return folder


def registry(folder: Path, *sources: str) -> None:
    (folder / "sources.toml").write_text("\n".join(['name = "mine"', 'description = "tests"', "table = []", *sources]))


def stored(store: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.iterdir()} if store.is_dir() else {}


def test_all_sources_enter_the_store_and_each_line_names_the_licence(references: Path, tmp_path: Path) -> None:
    lines = fetch(references, tmp_path / "store")
    assert stored(tmp_path / "store") == DATA
    assert [line.split(":")[0] for line in lines] == ["a", "b"]
    assert all("checksum verified" in line and "MIT" in line for line in lines)


def test_only_the_sources_that_are_asked_for_are_fetched(references: Path, tmp_path: Path) -> None:
    fetch(references, tmp_path / "store", ["b"])
    assert stored(tmp_path / "store") == {"b.zip": DATA["b.zip"]}


def test_a_second_fetch_reads_and_writes_nothing_new(references: Path, tmp_path: Path) -> None:
    fetch(references, tmp_path / "store")
    for name in DATA:
        (references / name).unlink()  # a second copy would now fail
        os.utime(tmp_path / "store" / name, ns=(1, 1))
    assert [line.split(": ")[1] for line in fetch(references, tmp_path / "store")] == [
        "a.zip is in the store",
        "b.zip is in the store",
    ]
    assert {path.stat().st_mtime_ns for path in (tmp_path / "store").iterdir()} == {1}


def test_a_stored_file_that_was_damaged_is_replaced(references: Path, tmp_path: Path) -> None:
    fetch(references, tmp_path / "store")
    (tmp_path / "store" / "a.zip").write_bytes(b"half")
    fetch(references, tmp_path / "store")
    assert stored(tmp_path / "store") == DATA


def test_a_wrong_checksum_never_enters_the_store(references: Path, tmp_path: Path) -> None:
    (references / "a.zip").write_bytes(b"another release")
    with pytest.raises(InputError, match="wrong checksum") as caught:
        fetch(references, tmp_path / "store")
    assert (caught.value.file, caught.value.field) == ("a.zip", "a")
    assert hashlib.sha256(b"another release").hexdigest() in caught.value.problem
    assert stored(tmp_path / "store") == {}


def test_a_wrong_checksum_leaves_the_older_file_as_it_was(references: Path, tmp_path: Path) -> None:
    fetch(references, tmp_path / "store")
    registry(references, source("a.zip", b"a release that nobody has"))
    with pytest.raises(InputError, match="wrong checksum"):
        fetch(references, tmp_path / "store")
    assert stored(tmp_path / "store") == DATA


def test_an_unknown_source_is_refused_with_the_known_ones_before_anything_is_fetched(
    references: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no such source: c, d") as caught:
        fetch(references, tmp_path / "store", ["a", "d", "c"])
    assert caught.value.remedy == "use one of a, b"
    assert stored(tmp_path / "store") == {}


def test_a_file_that_is_not_there_is_refused_by_its_path(references: Path, tmp_path: Path) -> None:
    (references / "b.zip").unlink()
    with pytest.raises(InputError, match="no such file") as caught:
        fetch(references, tmp_path / "store", ["b"])
    assert caught.value.file == references / "b.zip"
    assert stored(tmp_path / "store") == {}


def test_a_registry_that_is_not_there_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        fetch(tmp_path, tmp_path / "store")
    assert caught.value.file == tmp_path / "sources.toml"


# ---------------------------------------------------------------- packages: real pip, on a folder instead of an index


WHEEL = "tiny_data-1.0-py3-none-any.whl"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Put a tiny wheel where pip looks instead of on the network; return its bytes."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    with zipfile.ZipFile(shelf / WHEEL, "w") as archive:
        archive.writestr("tiny_data/table.csv", "a,b\n1,2\n")
        archive.writestr("tiny_data-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-data\nVersion: 1.0\n")
        archive.writestr(
            "tiny_data-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tiny_data-1.0.dist-info/RECORD", "")
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(shelf), "DISABLE_PIP_VERSION_CHECK": "1"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return (shelf / WHEEL).read_bytes()


def packaged(folder: Path, data: bytes, release: str = "1.0", file: str = WHEEL) -> Path:
    registry(folder, source(file, data, id="tiny", kind="pypi", package="tiny-data", release=release))
    return folder


def test_a_package_enters_the_store_as_the_wheel_that_it_is(tmp_path: Path, wheel: bytes) -> None:
    fetch(packaged(tmp_path, wheel), tmp_path / "store")
    assert stored(tmp_path / "store") == {WHEEL: wheel}


def test_a_package_with_another_checksum_never_enters_the_store(tmp_path: Path, wheel: bytes) -> None:
    with pytest.raises(InputError, match="cannot be downloaded") as caught:
        fetch(packaged(tmp_path, wheel + b"?"), tmp_path / "store")
    assert (caught.value.file, caught.value.field) == (WHEEL, "tiny")
    assert stored(tmp_path / "store") == {}


@pytest.mark.usefixtures("wheel")
def test_a_release_that_cannot_be_had_is_refused_with_the_reason_of_pip(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be downloaded.*tiny-data==2.0"):
        fetch(packaged(tmp_path, b"x", "2.0", "tiny_data-2.0-py3-none-any.whl"), tmp_path / "store")
    assert stored(tmp_path / "store") == {}
