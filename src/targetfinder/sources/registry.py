"""The registry of data sources, `sources.toml`: its models, and reading one set of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

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
    "normal_antibody",
    "surface_votes",
    "locations",
    "proteins",
    "gene_models",
    "dependency",
    "precedent",
    "feasibility",
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
    """One file that is fetched as a whole: a data package from PyPI, a download, or a file of the user.

    `sha256` and `size` are known for packages. A download whose checksum is not known here is pinned when it
    is first fetched (`targetfinder.sources.lock`); a file of the user is what it is when the bundle is built.
    """

    id: Name
    title: str
    release: Name
    kind: Literal["pypi", "url", "file"]
    package: Name | None = None
    url: str | None = Field(default=None, pattern=r"^https?://")
    file: Name
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    size: int | None = Field(default=None, gt=0)
    licence: str
    citation: str

    @model_validator(mode="after")
    def _place_is_named(self) -> Source:
        for kind, key, value in (("pypi", "package", self.package), ("url", "url", self.url)):
            if (self.kind == kind) != (value is not None):
                raise ValueError(f"`{key}` belongs to kind = '{kind}', and only there")
        if self.kind == "pypi" and (self.sha256 is None or self.size is None):
            raise ValueError(f"source '{self.id}': a package is pinned by `sha256` and `size`")
        return self


class SourceTable(Strict):
    """One table inside a source: where it is, which parser reads it, and what it provides.

    `labels` gives a label of the file the name of a curated tissue or cell type; labels that it does not name
    are looked up in the curated tables under `labels_of`, or else under the id of the table. `sets` names the
    reference sets that the table belongs to, and is empty for all; `also` names sources whose files lie beside.
    """

    id: Name
    source: str
    also: list[str] = Field(default_factory=list)
    sets: list[str] = Field(default_factory=list)
    member: str | None = None
    parser: str
    provides: Provides
    release: str
    citation: str
    unit: str = ""
    options: dict[str, Any] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    labels_of: str | None = None
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
    """One reference set: its sources and the tables inside them."""

    name: Name
    description: str
    source: list[Source]
    table: list[SourceTable]

    @model_validator(mode="after")
    def _ids_are_unique_and_known(self) -> Registry:
        for kind, values in (
            ("source ids", [s.id for s in self.source]),
            ("table ids", [t.id for t in self.table]),
            ("file names", [s.file for s in self.source]),
        ):
            doubled = sorted({i for i in values if values.count(i) > 1})
            if doubled:
                raise ValueError(f"{kind} occur twice: {', '.join(doubled)}")
        unknown = sorted({name for t in self.table for name in (t.source, *t.also)} - {s.id for s in self.source})
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


class Catalogue(Strict):
    """The whole of `sources.toml`: all sources and tables, and the named sets made of them, the default first."""

    sets: dict[Name, str] = Field(min_length=1)
    source: list[Source]
    table: list[SourceTable]

    @model_validator(mode="after")
    def _every_set_is_whole(self) -> Catalogue:
        unknown = sorted({name for table in self.table for name in table.sets} - set(self.sets))
        if unknown:
            raise ValueError(f"tables name sets that are not there: {', '.join(unknown)}")
        Registry(name="all", description="", source=self.source, table=self.table)
        return self

    def chosen(self, name: str | None = None) -> Registry:
        """Return one set with the sources that its tables need; the first set if none is named.

        Raises
        ------
        KeyError
            If there is no set of this name.
        """
        name = name or next(iter(self.sets))
        tables = [table for table in self.table if name in (table.sets or self.sets)]
        needed = {name for table in tables for name in (table.source, *table.also)}
        sources = [source for source in self.source if source.id in needed]
        return Registry(name=name, description=self.sets[name], source=sources, table=tables)


class Normal(Strict):
    """A user's own matrix of normal expression in a few words: `file` lies beside the TOML.

    `labels` names the curated tissue (or cell type) of each column; `options` are those of the parser.
    """

    file: Name
    unit: str
    provides: Literal["normal_bulk", "normal_cell", "normal_antibody"] = "normal_bulk"
    parser: str = "gene_matrix"
    title: str = "own normal samples"
    release: Name = "own"
    options: dict[str, Any] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    skip_labels: dict[str, str] = Field(default_factory=dict)

    @property
    def id(self) -> str:
        """The name of the file without its endings."""
        return self.file.split(".")[0]

    def source(self) -> Source:
        """Return the file as a source."""
        about = {"kind": "file", "licence": "the user's own", "citation": "unpublished"}
        return Source.model_validate({**about, "id": self.id, **self.model_dump(include={"file", "title", "release"})})

    def table(self) -> SourceTable:
        """Return the matrix as a table of that source."""
        told = self.model_dump(exclude={"file", "title"})
        return SourceTable.model_validate({**told, "id": self.id, "source": self.id, "citation": "unpublished"})


class Extension(Strict):
    """A user's own TOML: a shipped set, and what the user adds to it."""

    extends: str
    description: str = ""
    normal: list[Normal] = Field(default_factory=list)
    source: list[Source] = Field(default_factory=list)
    table: list[SourceTable] = Field(default_factory=list)


def read_catalogue(path: Path) -> Catalogue:
    """Read and validate the whole of `sources.toml`."""
    return validated(Catalogue, read_toml(path), path)


def read_registry(path: Path, chosen: str | None = None) -> Registry:
    """Read one set of `sources.toml`.

    Parameters
    ----------
    path
        The file `sources.toml`.
    chosen
        The name of a set (the first if None), or the path of a TOML file that extends one; such a path may be
        relative to the folder of `path`.

    Raises
    ------
    InputError
        If a file is not as it should be, or there is no such set.
    """
    catalogue = read_catalogue(path)
    if chosen is None or not chosen.endswith(".toml"):
        return _set(catalogue, chosen, path)
    own_file = next((file for file in (Path(chosen), path.parent / chosen) if file.is_file()), Path(chosen))
    own = validated(Extension, read_toml(own_file), own_file)
    sources = [*own.source, *(normal.source() for normal in own.normal)]
    base = _set(catalogue, own.extends, own_file)
    merged = {
        "name": own_file.stem,
        "description": own.description or f"{base.description}; with {', '.join(s.title for s in sources)}",
        "source": [*base.source, *sources],
        "table": [*base.table, *own.table, *(normal.table() for normal in own.normal)],
    }
    return validated(Registry, merged, own_file)


def _set(catalogue: Catalogue, name: str | None, path: Path) -> Registry:
    if name is not None and name not in catalogue.sets:
        raise InputError(
            f"there is no reference set '{name}'",
            file=path,
            field="sets",
            remedy=f"use one of {', '.join(catalogue.sets)}, or the path of a TOML file that extends one",
        )
    return catalogue.chosen(name)
