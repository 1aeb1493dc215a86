"""`reference fetch`: what enters the store is what it must be, from wherever it comes, and nothing else ever does."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import socket
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from targetfinder.errors import InputError
from targetfinder.reference.fetch import fetch
from targetfinder.reference.list import overview
from targetfinder.reference.verify import verify
from targetfinder.sources.lock import LOCK

DATA = {"a.tsv": b"first source\n" * 20_000, "b.tsv.gz": gzip.compress(b"second source\n" * 1000, mtime=0)}


class Server(BaseHTTPRequestHandler):
    """Serves a folder over HTTP with ranges; can cut answers short, and refuses what is not there."""

    folder: Path
    seen: list[tuple[str, str | None]]
    cut: dict[str, int]

    def do_GET(self) -> None:
        name, asked = self.path.lstrip("/"), self.headers.get("Range")
        self.seen.append((name, asked))
        path = self.folder / name
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if asked and start >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start : self.cut.pop(name, len(data))])

    def log_message(self, *_: Any) -> None:
        """Keep the tests quiet."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[type[Server]]:
    """A server on the loopback that holds `DATA`."""
    folder = tmp_path / "site"
    folder.mkdir()
    for name, data in DATA.items():
        (folder / name).write_bytes(data)
    handler = type("Site", (Server,), {"folder": folder, "seen": [], "cut": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    handler.address = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def source(name: str, data: bytes | None, **changed: str) -> str:
    """One source and one table of it; without data, nothing is known of the file beforehand."""
    about = {"id": name.split(".")[0], "title": name, "release": "1", "kind": "url", "file": name}
    about |= {"citation": "nobody", "licence": "CC BY 4.0"}
    if data is not None:
        about |= {"sha256": hashlib.sha256(data).hexdigest()}
    about |= changed
    lines = ["[[source]]", *(f'{key} = "{value}"' for key, value in about.items())]
    lines += [f"size = {len(data)}"] if data is not None else []
    table = {"id": f"table_{about['id']}", "source": about["id"], "parser": "gene_list", "provides": "gene_names"}
    table |= {"release": "1", "citation": "nobody"}
    return "\n".join([*lines, "[[table]]", *(f'{key} = "{value}"' for key, value in table.items()), ""])


def registry(folder: Path, *sources: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "sources.toml").write_text("\n".join(["[sets]", 'mine = "tests"', *sources]))
    return folder


@pytest.fixture
def references(tmp_path: Path, site: Any) -> Path:
    """A references folder with two downloads whose checksums are known."""
    entries = [source(name, data, url=f"{site.address}/{name}") for name, data in DATA.items()]
    return registry(tmp_path / "references", *entries)


@pytest.fixture
def unpinned(tmp_path: Path, site: Any) -> Path:
    """The same downloads, of which nothing is known beforehand."""
    entries = [source(name, None, url=f"{site.address}/{name}") for name in DATA]
    return registry(tmp_path / "references", *entries)


def brought(references: Path, store: Path, *rest: Any, **named: Any) -> list[str]:
    return list(fetch(references, store, *rest, **named))


def stored(store: Path) -> dict[str, bytes]:
    """The files of a store under final names; locks and interrupted downloads are hidden files."""
    files = store.iterdir() if store.is_dir() else ()
    return {path.name: path.read_bytes() for path in files if path.name[0] != "." and path.name != LOCK}


# ---------------------------------------------------------------- downloads


def test_all_sources_enter_the_store_and_each_licence_is_shown_before_its_download(
    references: Path, tmp_path: Path, site: Any
) -> None:
    lines = fetch(references, tmp_path / "store")
    assert "CC BY 4.0" in next(lines)
    assert site.seen == []
    rest = list(lines)
    assert stored(tmp_path / "store") == DATA
    assert [line.split(":")[0] for line in rest] == ["a", "b", "b"]
    assert "checksum verified" in rest[0]
    assert [name for name, _ in site.seen] == list(DATA)


def test_only_the_sources_that_are_asked_for_are_fetched(references: Path, tmp_path: Path) -> None:
    brought(references, tmp_path / "store", ["b"])
    assert stored(tmp_path / "store") == {"b.tsv.gz": DATA["b.tsv.gz"]}


def test_a_second_fetch_asks_for_nothing_and_writes_nothing(references: Path, tmp_path: Path, site: Any) -> None:
    brought(references, tmp_path / "store")
    site.seen.clear()
    for name in DATA:
        os.utime(tmp_path / "store" / name, ns=(1, 1))
    lines = brought(references, tmp_path / "store")
    assert [line.split(": ")[1] for line in lines] == ["a.tsv is in the store", "b.tsv.gz is in the store"]
    assert {(tmp_path / "store" / name).stat().st_mtime_ns for name in DATA} == {1}
    assert site.seen == []


def test_a_stored_file_that_was_damaged_is_replaced(references: Path, tmp_path: Path) -> None:
    brought(references, tmp_path / "store")
    (tmp_path / "store" / "a.tsv").write_bytes(b"half")
    brought(references, tmp_path / "store")
    assert stored(tmp_path / "store") == DATA


def test_a_wrong_checksum_never_enters_the_store(references: Path, tmp_path: Path, site: Any) -> None:
    (site.folder / "a.tsv").write_bytes(b"another release")
    with pytest.raises(InputError, match="wrong checksum") as caught:
        brought(references, tmp_path / "store")
    assert (caught.value.file, caught.value.field) == ("a.tsv", "a")
    assert hashlib.sha256(b"another release").hexdigest() in caught.value.problem
    assert stored(tmp_path / "store") == {}


def test_a_wrong_checksum_leaves_the_older_file_as_it_was(references: Path, tmp_path: Path, site: Any) -> None:
    brought(references, tmp_path / "store")
    registry(references, source("a.tsv", b"a release that nobody has", url=f"{site.address}/a.tsv"))
    with pytest.raises(InputError, match="wrong checksum"):
        brought(references, tmp_path / "store")
    assert stored(tmp_path / "store") == DATA


def test_a_download_that_was_cut_off_never_enters_and_goes_on_where_it_stopped(
    references: Path, tmp_path: Path, site: Any
) -> None:
    site.cut["a.tsv"] = 200_000
    with pytest.raises(InputError, match="cannot be downloaded") as caught:
        brought(references, tmp_path / "store", ["a"])
    assert "goes on where it stopped" in str(caught.value.remedy)
    assert stored(tmp_path / "store") == {}
    site.seen.clear()
    brought(references, tmp_path / "store", ["a"])
    assert site.seen == [("a.tsv", f"bytes={3 << 16}-")]  # whole blocks are kept
    assert stored(tmp_path / "store") == {"a.tsv": DATA["a.tsv"]}


def test_what_is_left_of_a_longer_file_does_not_stop_a_download(references: Path, tmp_path: Path, site: Any) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / ".a.tsv.partial").write_bytes(b"?" * 300_000)
    brought(references, tmp_path / "store", ["a"])
    assert [asked for _, asked in site.seen] == ["bytes=300000-", None]
    assert stored(tmp_path / "store") == {"a.tsv": DATA["a.tsv"]}


def test_a_file_that_is_not_there_is_refused_by_its_address(references: Path, tmp_path: Path, site: Any) -> None:
    (site.folder / "b.tsv.gz").unlink()
    with pytest.raises(InputError, match="404") as caught:
        brought(references, tmp_path / "store", ["b"])
    assert caught.value.file == f"{site.address}/b.tsv.gz"
    assert stored(tmp_path / "store") == {}


def test_an_unknown_source_is_refused_with_the_known_ones_before_anything_is_fetched(
    references: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no such source: c, d") as caught:
        brought(references, tmp_path / "store", ["a", "d", "c"])
    assert caught.value.remedy == "use one of a, b"
    assert stored(tmp_path / "store") == {}


def test_a_registry_that_is_not_there_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        brought(tmp_path, tmp_path / "store")
    assert caught.value.file == tmp_path / "sources.toml"


# ---------------------------------------------------------------- trust on first use


def test_what_is_not_known_beforehand_is_pinned_at_the_first_fetch_and_said_so(unpinned: Path, tmp_path: Path) -> None:
    lines = brought(unpinned, tmp_path / "store")
    assert stored(tmp_path / "store") == DATA
    assert sum("pinned on first fetch: trusted, not known beforehand" in line for line in lines) == len(DATA)
    pins = json.loads((tmp_path / "store" / LOCK).read_text())
    assert {pin["file"]: pin["sha256"] for pin in pins.values()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in DATA.items()
    }


def test_a_pinned_download_that_changed_is_refused_and_the_lock_is_kept(
    unpinned: Path, tmp_path: Path, site: Any
) -> None:
    brought(unpinned, tmp_path / "store")
    before = (tmp_path / "store" / LOCK).read_bytes()
    (tmp_path / "store" / "a.tsv").unlink()
    (site.folder / "a.tsv").write_bytes(b"changed without a word\n")
    with pytest.raises(InputError, match="wrong checksum") as caught:
        brought(unpinned, tmp_path / "store")
    assert "lock" in str(caught.value.remedy)
    assert (tmp_path / "store" / LOCK).read_bytes() == before
    assert "a.tsv" not in stored(tmp_path / "store")


def test_two_releases_of_a_source_stand_side_by_side(unpinned: Path, tmp_path: Path, site: Any) -> None:
    brought(unpinned, tmp_path / "store", ["a"])
    (site.folder / "a-2.tsv").write_bytes(b"second release\n")
    registry(unpinned, source("a-2.tsv", None, id="a", release="2", url=f"{site.address}/a-2.tsv"))
    brought(unpinned, tmp_path / "store")
    assert set(stored(tmp_path / "store")) == {"a.tsv", "a-2.tsv"}
    assert sorted(json.loads((tmp_path / "store" / LOCK).read_text())) == ["a 1", "a 2"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "an HTML page, not data"),
        (b"", "the file is empty"),
        (DATA["b.tsv.gz"][:-20], "damaged or truncated"),
        (b"no gzip at all", "damaged or truncated"),
    ],
    ids=["error page", "empty", "truncated", "no archive"],
)
def test_what_cannot_be_data_never_enters_even_where_no_checksum_is_known(
    unpinned: Path, tmp_path: Path, site: Any, data: bytes, problem: str
) -> None:
    (site.folder / "b.tsv.gz").write_bytes(data)
    with pytest.raises(InputError, match=problem):
        brought(unpinned, tmp_path / "store", ["b"])
    assert stored(tmp_path / "store") == {}
    assert not (tmp_path / "store" / LOCK).exists()


# ---------------------------------------------------------------- mirrors and files of one's own


@pytest.mark.parametrize("served", [True, False], ids=["over HTTP", "as a folder"])
def test_a_mirror_stands_in_for_everything_else(tmp_path: Path, site: Any, served: bool) -> None:
    nowhere = [source(name, data, url=f"http://127.0.0.1:9/{name}") for name, data in DATA.items()]
    package = source("c.whl", b"wheel", id="c", kind="pypi", package="nowhere")
    (site.folder / "c.whl").write_bytes(b"wheel")
    references = registry(tmp_path / "references", *nowhere, package)
    brought(references, tmp_path / "store", mirror=site.address if served else str(site.folder))
    assert stored(tmp_path / "store") == {**DATA, "c.whl": b"wheel"}
    assert bool(site.seen) == served


def test_a_mirror_is_held_against_the_checksum_too(references: Path, tmp_path: Path, site: Any) -> None:
    (site.folder / "a.tsv").write_bytes(b"wrong")
    with pytest.raises(InputError, match="wrong checksum"):
        brought(references, tmp_path / "store", mirror=str(site.folder))
    assert stored(tmp_path / "store") == {}


def test_a_mirror_that_lacks_a_file_is_refused_by_the_path(references: Path, tmp_path: Path, site: Any) -> None:
    (site.folder / "b.tsv.gz").unlink()
    with pytest.raises(InputError, match="no such file in the mirror") as caught:
        brought(references, tmp_path / "store", ["b"], mirror=str(site.folder))
    assert caught.value.file == site.folder / "b.tsv.gz"


def test_a_file_of_ones_own_is_linked_and_never_stale(tmp_path: Path) -> None:
    references = registry(tmp_path / "references", source("mine.tsv", None, kind="file"))
    (references / "mine.tsv").write_bytes(b"one")
    brought(references, tmp_path / "store")
    (references / "mine.tsv").write_bytes(b"two")
    assert stored(tmp_path / "store") == {"mine.tsv": b"two"}
    assert "own file" in overview(references, tmp_path / "store")


def test_a_file_of_ones_own_that_is_not_there_names_where_it_was_looked_for(tmp_path: Path) -> None:
    references = registry(tmp_path / "references", source("mine.tsv", None, kind="file"))
    with pytest.raises(InputError, match="no such file in") as caught:
        brought(references, tmp_path / "store")
    assert str(references) in caught.value.problem


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
    brought(packaged(tmp_path, wheel), tmp_path / "store")
    assert stored(tmp_path / "store") == {WHEEL: wheel}


def test_a_package_with_another_checksum_never_enters_the_store(tmp_path: Path, wheel: bytes) -> None:
    with pytest.raises(InputError, match="cannot be downloaded") as caught:
        brought(packaged(tmp_path, wheel + b"?"), tmp_path / "store")
    assert (caught.value.file, caught.value.field) == (WHEEL, "tiny")
    assert stored(tmp_path / "store") == {}


@pytest.mark.usefixtures("wheel")
def test_a_release_that_cannot_be_had_is_refused_with_the_reason_of_pip(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be downloaded.*tiny-data==2.0"):
        brought(packaged(tmp_path, b"x", "2.0", "tiny_data-2.0-py3-none-any.whl"), tmp_path / "store")
    assert stored(tmp_path / "store") == {}


# ---------------------------------------------------------------- what the network is for


def test_nothing_but_a_fetch_touches_the_network(
    references: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(references, tmp_path / "store")

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    overview(references, tmp_path / "store")
    assert len(list(verify(references, tmp_path / "store"))) == len(DATA)
    assert len(brought(references, tmp_path / "store")) == len(DATA)
