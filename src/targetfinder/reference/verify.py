"""Check the stored sources of a reference set against their checksums; the network is not touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from targetfinder.errors import InputError
from targetfinder.sources.lock import checksum, verified
from targetfinder.sources.registry import read_registry


def verify(references: Path, store: Path, chosen: str | None = None) -> Iterator[str]:
    """Yield one line for each source of a set, then fail if any was not as it must be.

    Raises
    ------
    InputError
        After all were checked, naming each source that is missing, changed or damaged.
    """
    registry = read_registry(references / "sources.toml", chosen)
    wrong: dict[str, InputError] = {}
    for source in registry.source:
        try:
            path = verified(source, store)
        except InputError as error:
            wrong[source.id] = error
            yield f"{source.id}: WRONG, {error.problem}"
        else:
            yield f"{source.id}: {source.file} sha256 {checksum(source, path, store)}"
    if wrong:
        first = next(iter(wrong.values()))
        raise InputError(
            f"{len(wrong)} of {len(registry.source)} sources are not as they must be: {first.problem}",
            file=first.file,
            field=", ".join(wrong),
            remedy=first.remedy,
        )
