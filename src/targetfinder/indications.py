"""Indications are files: `references/indications/<id>.toml` is all that a new disease needs."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from targetfinder.config import Strict, read_toml, validated
from targetfinder.errors import InputError


class Tolerated(Strict):
    """A normal tissue or cell type whose loss this indication accepts, and why."""

    kind: Literal["tissue", "cell_type"]
    name: str
    reason: str = Field(min_length=1)
    reference: str


class Statement(Strict):
    """A known fact that a CAR designer needs, with its reference."""

    statement: str
    reference: str


class Indication(Strict):
    """One disease: its cohorts, its cell of origin, and what it tolerates."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    group: str
    lineage: str
    cohorts: list[str] = Field(min_length=1)
    tolerated: tuple[Tolerated, ...] = ()
    context: tuple[Statement, ...] = ()

    @field_validator("cohorts")
    @classmethod
    def _once(cls, cohorts: list[str]) -> list[str]:
        if len(set(cohorts)) < len(cohorts):
            raise ValueError("a cohort is named twice")
        return cohorts

    def waivers(self, kind: Literal["tissue", "cell_type"]) -> dict[str, str]:
        """Return name to reason of what is tolerated."""
        return {entry.name: entry.reason for entry in self.tolerated if entry.kind == kind}


def read_indication(path: Path) -> Indication:
    """Read and validate one indication file.

    Raises
    ------
    InputError
        If it is missing, not TOML, breaks the model, or its id is not its file name.
    """
    indication = validated(Indication, read_toml(path), path)
    if indication.id != path.stem:
        raise InputError(
            f"id '{indication.id}' is not the file name", file=path, field="id", remedy=f'set id = "{path.stem}"'
        )
    return indication


#: Cells whose loss no indication may accept: the patient's own, and the product's.
NEVER_TOLERATED = ("T cells", "NK cells")


def check_tolerated(indication: Indication, classes: Mapping[tuple[str, str], str]) -> None:
    """Refuse an indication that tolerates what does not exist, what is vital, or T and NK cells.

    Parameters
    ----------
    classes
        (kind, name) to criticality for every tissue and cell type of the references; kind is `tissue`
        or `cell_type`.

    Raises
    ------
    InputError
        Naming the entry.
    """
    for entry in indication.tolerated:
        criticality = classes.get((entry.kind, entry.name))
        if criticality is None:
            names = [name for kind, name in classes if kind == entry.kind]
            near = difflib.get_close_matches(entry.name, names, n=1)
            problem, remedy = f"no {entry.kind} is called '{entry.name}'", f"did you mean '{near[0]}'?" if near else ""
        elif criticality == "vital" or entry.name in NEVER_TOLERATED:
            problem, remedy = f"'{entry.name}' can never be tolerated", "remove the entry"
        else:
            continue
        raise InputError(
            problem,
            file=f"{indication.id}.toml",
            field="tolerated",
            remedy=remedy or "use a name of references/tissues.tsv or references/cell_types.tsv",
        )


def find_indication(name: str, references: Path) -> Path:
    """Return the file of an indication given by id, or by the path of a TOML file.

    Raises
    ------
    InputError
        If there is none.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if path.is_file():
            return path
        raise InputError("no such file", file=path, field="indications", remedy="check the path")
    folder = references / "indications"
    path = folder / f"{name}.toml"
    if path.is_file():
        return path
    known = sorted(file.stem for file in folder.glob("*.toml"))
    raise InputError(
        f"unknown indication '{name}'",
        file=folder,
        field="indications",
        remedy=f"use {', '.join(known)}, or the path of your own TOML file",
    )
