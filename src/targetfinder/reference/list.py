"""List the sources of a reference set, and what of them is in the store."""

from __future__ import annotations

from pathlib import Path

from targetfinder.sources.lock import pinned
from targetfinder.sources.registry import Registry, Source, read_registry

_HEAD = ("source", "release", "kind", "size", "checksum", "stored", "licence", "provides")


def overview(references: Path, store: Path, chosen: str | None = None) -> str:
    """Return one line for each source, as aligned text, under the name of the set.

    `checksum` tells what a file is held against: `pinned` by the registry, `first fetch` in the lock of the
    store, `own file` for a file of the user, or `unknown` until it is fetched.

    Raises
    ------
    InputError
        If the registry is not as it should be, or there is no such set.
    """
    registry = read_registry(references / "sources.toml", chosen)
    rows = [_HEAD, *(_row(source, registry, store) for source in registry.source)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"{registry.name}: {registry.description}", "", *lines])


def _row(source: Source, registry: Registry, store: Path) -> tuple[str, ...]:
    path = store / source.file
    size = source.size or (path.stat().st_size if path.is_file() else None)
    provides = dict.fromkeys(table.provides for table in registry.table if table.source == source.id)
    return (
        source.id,
        source.release,
        source.kind,
        "unknown" if size is None else f"{size / 1e6:,.1f} MB",
        _held_against(source, store),
        "yes" if path.is_file() else "no",
        source.licence,
        ", ".join(provides),
    )


def _held_against(source: Source, store: Path) -> str:
    if source.sha256:
        return "pinned"
    if source.kind == "file":
        return "own file"
    return "first fetch" if pinned(source, store) else "unknown"
