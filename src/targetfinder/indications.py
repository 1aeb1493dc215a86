"""Indications are files: `references/indications/<id>.toml` is all that a new disease needs."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from targetfinder.config import Strict, read_toml, validated
from targetfinder.errors import InputError


class Tolerated(Strict):
    """A normal cell type, never a whole organ, whose loss is accepted for all genes or some (symbols), and why."""

    kind: Literal["cell_type"]
    name: str
    genes: tuple[str, ...] = ()
    reason: str = Field(min_length=1)
    reference: str

    @field_validator("kind", mode="before")
    @classmethod
    def _no_organ(cls, kind: object) -> object:
        if kind == "tissue":
            raise ValueError(
                "a whole organ is never tolerated, since other cells of it may carry the target too: write kind = "
                '"cell_type" and name the cells whose signal may be there, such as name = "B cells"'
            )
        return kind


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


#: Cells whose loss nobody may accept: T and NK cells, the patient's own and the product's, and what holds them.
NEVER_TOLERATED = (
    *("Activated T cells", "Lymphocytes", "Lymphoid tissue cells", "NK cells"),
    *("Peripheral blood mononuclear cells", "Regulatory T cells", "T cells", "Thymocytes"),
)


def never_tolerated(cell_type: str, criticality: str) -> bool:
    """Return whether the loss of a cell type can never be tolerated: vital ones, T cells and NK cells."""
    return criticality == "vital" or cell_type in NEVER_TOLERATED


def check_tolerated(entries: Sequence[Tolerated], classes: Mapping[str, str], file: str) -> None:
    """Refuse to tolerate what does not exist, what is vital, or T and NK cells.

    Parameters
    ----------
    classes
        Criticality of every cell type of the references.
    file
        Where the entries are from.

    Raises
    ------
    InputError
        Naming the entry.
    """
    for entry in entries:
        criticality = classes.get(entry.name)
        if criticality is None:
            near = difflib.get_close_matches(entry.name, classes, n=1)
            problem = f"no cell type is called '{entry.name}'"
            remedy = f"did you mean '{near[0]}'?" if near else "use a name of references/cell_types.tsv"
        elif never_tolerated(entry.name, criticality):
            problem, remedy = f"'{entry.name}' can never be tolerated", "remove the entry"
        else:
            continue
        raise InputError(problem, file=file, field="tolerated", remedy=remedy)


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
