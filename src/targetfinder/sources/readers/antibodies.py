"""Proteins on healthy cells, measured by antibodies beside the RNA (CITE-seq, AbSeq): obsm of an h5ad."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from targetfinder.config import Strict, validated
from targetfinder.sources.readers._common import bad
from targetfinder.sources.readers._h5ad import damaged
from targetfinder.sources.readers._h5ad_file import column, columns, opened, wrong
from targetfinder.sources.readers._obsm import REMEDY, names_of, parts
from targetfinder.sources.readers.cells import wanted
from targetfinder.sources.registry import SourceTable
from targetfinder.tables import CONTROLS
from targetfinder.units import Floats

#: Of normal values, 1.5 in 1,000 lie more than three standard deviations above their centre.
SPREADS = 3.0
#: From the median absolute deviation to the standard deviation of a normal distribution.
MAD = 1.4826


class AntibodyOptions(Strict):
    """What the antibodies and the columns of an h5ad file mean.

    Parameters
    ----------
    values
        What obsm holds: counts, of which ln(x + 1) less its median over the antibodies of the cell is taken (the mean
        would fall with every antigen that a cell carries much of), or normalised values, which are taken as they are.
    proteins
        Entry of obsm with the antibodies.
    cell_type
        Column of obs.
    where
        Column of obs to the value, or values, of the cells that are wanted, the healthy ones say.
    controls
        Antibodies that bind nothing (isotype controls).
    suffix
        Ending of all names that belongs to none of them.
    genes
        Name of an antibody, without suffix, to the symbol of the one gene that it binds.
    min_cells
        Cell types of fewer cells are left out.
    """

    values: Literal["counts", "normalised"]
    proteins: str = "protein"
    cell_type: str = "cell_type"
    where: dict[str, str | list[str]] = Field(default_factory=dict)
    controls: list[str] = Field(default_factory=list)
    suffix: str = ""
    genes: dict[str, str] = Field(default_factory=dict)
    min_cells: int = Field(default=20, ge=2)


@dataclass(frozen=True)
class Antibodies:
    """Antibodies on groups of cells.

    `rows` has antibody, named (symbol that the registry gives it; missing if none), label (cell type as the file spells
    it), n_cells, positive (share of cells), mean, unit, background (what it was held against). `left_out` says of each
    entry why it has no rows.
    """

    rows: pd.DataFrame
    left_out: dict[str, str]


def cell_antibodies(path: Path, table: SourceTable) -> Antibodies:
    """Read the antibodies of an h5ad; `options` are those of `AntibodyOptions`.

    A cell is positive if its value is more than three robust standard deviations (1.4826 times the median absolute
    deviation; the plain one where that is 0) above the median of the background: all controls of the file in the cells
    of its own cell type or, without controls, the same antibody in the cell type whose median is lowest. In that case
    an antigen of all cells is positive in few of them, so that a low share never says that an antigen is absent.

    Raises
    ------
    InputError
        If the file has no such antibodies or columns, the antibodies have no names or share one, the values are not
        what the options say, an option names an antibody that is not there, or there is nothing to tell background by.
    """
    if table.member:
        raise bad(table, "is read from a file of its own only", "member", "unpack the archive, register the h5ad")
    options = validated(AntibodyOptions, table.options, Path(f"sources.toml, options of {table.id}"))
    with opened(path) as (file, _):
        labels = column(columns(file, "obs"), options.cell_type, "cell_type")
        stored, names = _names(file, options)
        values = _values(file, stored, len(labels), options)
        kept, left = wanted(file, {"cell_type": labels}, len(labels), options.where)
        unread = np.isnan(values).any(axis=1)
        left["a value is missing"] = int((kept & unread).sum())
        kept &= ~unread
        groups = {label: np.flatnonzero(kept & (labels == label)) for label in labels.categories}
        large = {label: cells for label, cells in groups.items() if len(cells) >= options.min_cells}
        if not large or (len(large) == 1 and not options.controls):
            problem = f"{len(large)} cell types of {options.min_cells} cells: no background can be told"
            raise wrong(file, f"obs/{options.cell_type}", problem, "name controls, or lower options.min_cells")
    lost = {f"{n} cells: {reason}": "cells in no group" for reason, n in left.items() if n}
    small = [label for label, cells in groups.items() if len(cells) and label not in large]
    lost |= dict.fromkeys(small, f"fewer than {options.min_cells} cells")
    unit = "log count less median" if options.values == "counts" else "normalised value"
    rows = _rows(pd.DataFrame(values, columns=names), large, options.controls).assign(unit=unit)
    rows.insert(1, "named", rows["antibody"].map(options.genes).astype(object))
    return Antibodies(rows, lost)


def _names(file: Any, options: AntibodyOptions) -> tuple[list[str], list[str]]:
    """Return the names of the antibodies as stored, and without suffix; all that the options name are among them."""
    field, there = f"obsm/{options.proteins}", sorted(file.get("obsm", ()))
    if options.proteins not in there:
        remedy = f"set options.proteins to one of {', '.join(there)}" if there else "give a file of CITE-seq"
        raise wrong(file, field, "no antibodies of this name", remedy)
    stored = names_of(file, options.proteins)
    if stored is None:
        raise wrong(file, field, "antibodies have no names, or are no dense table", REMEDY.format(options.proteins))
    names = [name.removesuffix(options.suffix) for name in stored]
    if len(set(names)) < len(names):
        raise wrong(file, field, "antibody occurs twice", "give each a name of its own")
    unknown = sorted({*options.controls, *options.genes} - set(names))
    if unknown:
        remedy = f"write options.controls and options.genes as the file does, without suffix: {', '.join(names)[:300]}"
        raise wrong(file, field, f"no antibody of this name: {unknown[0]}", remedy)
    return stored, names


def _values(file: Any, names: list[str], n_cells: int, options: AntibodyOptions) -> Floats:
    """Return cell × antibody, of counts their logarithm less its median in the cell."""
    stored, field = file[f"obsm/{options.proteins}"], f"obsm/{options.proteins}"
    values = np.full((n_cells, len(names)), np.nan)
    for first, place, part in parts(stored, names):
        if first + len(part) > n_cells:
            raise damaged(file.filename, field, f"more than {n_cells} rows for {n_cells} cells")
        values[first : first + len(part), place] = part
    given = values[~np.isnan(values)]
    whole = bool((given == np.rint(given)).all() and (given >= 0).all())
    if np.isinf(given).any() or whole != (options.values == "counts"):
        seen = "whole numbers" if whole else "values that are negative, infinite or no whole numbers"
        raise wrong(file, field, f"holds {seen}", "set options.values to counts or normalised, as it is")
    if options.values == "counts":
        values = np.log1p(values)
        values -= np.median(values, axis=1, keepdims=True)
    return values


def _cutoff(values: Floats) -> float:
    centre = float(np.median(values))
    spread = MAD * float(np.median(np.abs(values - centre)))
    return centre + SPREADS * (spread or float(np.std(values)))


def _rows(values: pd.DataFrame, groups: dict[str, Any], controls: list[str]) -> pd.DataFrame:
    """Return antibody, label, n_cells, positive, mean and background, for each antibody that is no control."""
    of = {label: values.iloc[cells] for label, cells in groups.items()}
    against = {label: _cutoff(frame[controls].to_numpy()) for label, frame in of.items() if controls}
    rows = []
    for name in values.columns.difference(controls, sort=False):
        lowest = min(of, key=lambda label: (float(of[label][name].median()), label))
        shared = _cutoff(of[lowest][name].to_numpy())
        background = CONTROLS if controls else lowest
        for label, frame in of.items():
            positive = float((frame[name] > against.get(label, shared)).mean())
            rows.append((name, label, len(frame), positive, float(frame[name].mean()), background))
    return pd.DataFrame(rows, columns=["antibody", "label", "n_cells", "positive", "mean", "background"])
