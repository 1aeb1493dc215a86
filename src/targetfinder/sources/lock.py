"""What a stored source must be: the checksum of the registry, or of the first fetch (trust on first use).

The pins of a store are the file `sources.lock.json` in it: source id → file, sha256, size.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from targetfinder.config import read_json
from targetfinder.errors import InputError
from targetfinder.sources.files import sha256_of
from targetfinder.sources.registry import Source
from targetfinder.store import write_text

LOCK = "sources.lock.json"


def pinned(source: Source, store: Path) -> str | None:
    """Return the SHA-256 that a source must have: of the registry, else of the lock; None before the first fetch."""
    lock = store / LOCK
    if source.sha256 or source.kind == "file" or not lock.is_file():
        return source.sha256
    entry = read_json(lock).get(_key(source))
    return str(entry["sha256"]) if entry else None


def pin(source: Source, path: Path, store: Path) -> None:
    """Write the checksum of a download that was fetched for the first time into the lock of the store."""
    store.mkdir(parents=True, exist_ok=True)
    with _alone(store):
        lock = store / LOCK
        pins = read_json(lock) if lock.is_file() else {}
        pins[_key(source)] = {"file": source.file, "sha256": sha256_of(path), "size": path.stat().st_size}
        write_text(json.dumps(dict(sorted(pins.items())), indent=2) + "\n", lock)


def verified(source: Source, store: Path) -> Path:
    """Return the stored file of a source after checking its SHA-256.

    Raises
    ------
    InputError
        If the file is missing, was never pinned, or its checksum differs.
    """
    path = store / source.file
    remedy = "delete it if it is there and run `targetfinder reference fetch` again"
    if not path.is_file():
        raise InputError("the source is not in the store", file=path, field=source.id, remedy=remedy)
    if source.kind == "file" and source.sha256 is None:
        return path
    expected = pinned(source, store)
    if expected is None:
        raise InputError(f"has no checksum in {LOCK}", file=path, field=source.id, remedy=remedy)
    found = sha256_of(path)
    if found != expected:
        problem = f"wrong checksum: expected {expected[:12]}…, found {found[:12]}…"
        raise InputError(problem, file=path, field=source.id, remedy=remedy)
    return path


def checksum(source: Source, path: Path, store: Path) -> str:
    """Return the SHA-256 of a `verified` file; it is computed only where none was known to hold the file against."""
    return pinned(source, store) or sha256_of(path)


def _key(source: Source) -> str:
    return f"{source.id} {source.release}"


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Hold the store's lock: two fetches at a time must not lose each other's pins."""
    import fcntl

    with (store / f".{LOCK}").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
