"""The files of sources: where a user's own lies, what its checksum is, and a table inside it as a stream."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from targetfinder.errors import InputError
from targetfinder.sources.registry import Source, SourceTable


def own_file(source: Source, references: Path, chosen: str | None = None, mirror: str | None = None) -> Path:
    """Return where a user's file is: beside the TOML that names it, beside sources.toml, or in the mirror.

    Raises
    ------
    InputError
        If it is in none of them.
    """
    folders = [Path(chosen).parent] if chosen and chosen.endswith(".toml") else []
    folders += [references, *([Path(mirror)] if mirror else [])]
    found = next((folder / source.file for folder in folders if (folder / source.file).is_file()), None)
    if found is None:
        looked = ", ".join(str(folder) for folder in folders)
        raise InputError(
            f"no such file in {looked}", file=source.file, field=source.id, remedy="check `file` of the source"
        )
    return found


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def open_table(table: SourceTable, path: Path) -> Iterator[IO[bytes]]:
    """Stream one table of a source as bytes, through zip and gzip.

    Raises
    ------
    InputError
        If the archive is damaged or truncated, or lacks the member.
    """
    name = table.member or path.name
    with ExitStack() as stack:
        try:
            if table.member is None:
                raw: Any = stack.enter_context(path.open("rb"))
            else:
                archive = stack.enter_context(zipfile.ZipFile(path))
                raw = stack.enter_context(archive.open(table.member))
            plain = stack.enter_context(gzip.GzipFile(fileobj=raw)) if name.endswith(".gz") else raw
        except (KeyError, zipfile.BadZipFile, OSError) as error:
            raise _damaged(path, name, error) from error
        try:
            yield cast("IO[bytes]", plain)
        except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise _damaged(path, name, error) from error


def _damaged(path: Path, name: str, error: Exception) -> InputError:
    return InputError(
        f"cannot be read, damaged or truncated: {error}",
        file=path,
        field=name,
        remedy="delete the file and fetch the source again",
    )
