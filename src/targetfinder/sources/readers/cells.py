"""Atlases of single cells, streamed from h5ad: expression of each group of cells by tissue, cell type and donor."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field

from targetfinder.config import Strict, validated
from targetfinder.detection import Layout, layout, writing
from targetfinder.sources.readers._cell_values import CP10K, fitting, unfit_row
from targetfinder.sources.readers._common import JOIN, CellGroups, Expression, bad, expression
from targetfinder.sources.readers._group_sums import THREADS, GroupSums, UnfitRow, group_sums
from targetfinder.sources.readers._h5ad import Integers, Rows, damaged
from targetfinder.sources.readers._h5ad_file import column, columns, entry, genes, matrix, opened, wrong
from targetfinder.sources.registry import SourceTable
from targetfinder.units import Floats

GROUPS = ("tissue", "cell_type", "donor")


class CellOptions(Strict):
    """What the matrix and the columns of an h5ad file mean.

    Parameters
    ----------
    values
        What the matrix holds: counts, counts per ten thousand (CP10k), or the natural logarithm of these plus one.
    layer
        The matrix: X, raw/X or layers/<name>.
    tissue, cell_type, donor
        Columns of obs. `donor = false` says that the atlas has none: nothing then shows that expression recurs.
    where
        Column of obs to the value, or values, of the cells that are wanted.
    gene_ids
        Column of var with Ensembl gene ids; `_index` is its index.
    symbols
        Column of var with symbols; if not given, `feature_name` where there is one.
    min_cells
        Groups of fewer cells are left out.
    """

    values: Literal["counts", "CP10k", "log1p_CP10k"]
    layer: str = "X"
    tissue: str = "tissue"
    cell_type: str = "cell_type"
    donor: str | Literal[False] = "donor_id"
    where: dict[str, str | list[str]] = Field(default_factory=dict)
    gene_ids: str = "_index"
    symbols: str | None = None
    min_cells: int = Field(default=20, ge=1)


def cell_atlas(path: Path, table: SourceTable) -> Expression:
    """Read an atlas of single cells; `options` are those of `CellOptions`.

    A label is a cell type if all groups are of one tissue, else `<tissue> | <cell type>`. A donor has a mean in a label
    if at least `min_cells` of its cells do. `value` is the median of the means of all donors and `upper` the highest of
    them, both in CP10k; `mean` is `value`; `donors` counts the donors of each label, if the atlas has any. `cells` are
    the groups themselves, with their label. `excluded` tells the labels that no donor has a mean in, how many cells
    were left out for which reason, and where the atlas can show nothing that recurs in a second donor.

    Raises
    ------
    InputError
        As `cell_groups`, and if an option or a label of the registry is unknown.
    """
    if table.member:
        raise bad(
            table, "is read from a file of its own only", "member", "unpack the archive, register the h5ad itself"
        )
    options = validated(CellOptions, table.options, Path(f"sources.toml, options of {table.id}"))
    found = cell_groups(path, options)
    several = found.groups["tissue"].nunique() > 1
    rows = {name: list(places) for name, places in _labels(found.groups, several).groupby(level=0).indices.items()}
    value, upper = (
        pd.DataFrame({name: take(found.mean[places], axis=0) for name, places in rows.items()}, found.symbols.index)
        for take in (np.median, np.max)
    )
    donors = pd.Series({name: len(places) for name, places in rows.items()}) if options.donor else None
    lost = sorted(set(_labels(found.small, several)) - set(rows))
    excluded = dict.fromkeys(lost, f"no donor has {options.min_cells} cells")
    excluded |= {f"{n} cells: {reason}": "cells in no group" for reason, n in found.left_out.items() if n}
    excluded |= _without_second(found.groups, options)
    made = expression(table.model_copy(update={"member": path.name}), value, found.symbols, upper, donors=donors)
    labelled = found.groups.assign(label=_labels(found.groups, several).to_numpy())
    return replace(made, excluded=excluded, cells=replace(found, groups=labelled))


def _without_second(groups: pd.DataFrame, options: CellOptions) -> dict[str, str]:
    """Return what must be told of an atlas without a second donor."""
    cells, donors = int(groups["n_cells"].sum()), groups["donor"].unique()
    if not options.donor:
        return {f"{cells} cells without donor": "the atlas has no donors: its cell types reach caution and no more"}
    if len(donors) == 1:
        return {f"{cells} cells of donor {donors[0]}": "the atlas has one donor: its cell types move no tier"}
    return {}


def _labels(groups: pd.DataFrame, several: bool) -> pd.Series:
    """Return the label of each group, also as index."""
    labels = groups["tissue"] + JOIN + groups["cell_type"] if several else groups["cell_type"]
    return labels.set_axis(labels)


def cell_groups(path: Path, options: CellOptions) -> CellGroups:
    """Stream an h5ad file into the mean and the share of detection of each group of cells.

    The counts of a cell are scaled to 10,000 over all genes of the matrix; logarithms are never averaged. Cells without
    any expression, and those without a tissue, cell type or donor, are in no group. Needs 12 bytes of memory for each
    group and gene, and a fixed amount for the stream.

    Raises
    ------
    InputError
        If the file is not a whole h5ad, lacks what the options name, holds a matrix by columns (CSC), ids that are not
        human Ensembl gene ids or occur twice, a value that is negative or infinite, other values than the options say
        (judged on a sample of the cells), or no group that is large enough.
    """
    with opened(path) as (file, descriptor):
        rows = matrix(file, options.layer, descriptor)
        symbols = genes(file, options.layer, options.gene_ids, options.symbols)
        group, groups, left = _grouped(file, rows.shape[0], options)
        if rows.shape[1] != len(symbols):
            raise damaged(str(path), options.layer, f"{rows.shape[1]} columns for {len(symbols)} genes")
        large = groups["n_cells"] >= options.min_cells
        log, total = options.values == "log1p_CP10k", CP10K if options.values == "counts" else 0.0
        try:
            _check_values(file, rows, np.flatnonzero(group >= 0), options)
            found = group_sums(rows, group, int(large.sum()), log=log, total=total)
        except UnfitRow as unfit:
            number = int(unfit.args[0])
            cell = entry(columns(file, "obs"), number)
            raise unfit_row(path, options.layer, rows, number, cell, symbols.index, options.values) from unfit
    left["no expression"] = int((group >= 0).sum() - found.rows.sum())
    summed = groups[large].assign(n_cells=found.rows)
    enough = found.rows >= options.min_cells
    small = pd.concat([groups[~large], summed[~enough]], ignore_index=True)
    left[f"in a group of fewer than {options.min_cells} cells"] = int(small["n_cells"].sum())
    mean, detected = _averages(found)
    kept: Any = slice(None) if enough.all() else enough  # there may be gigabytes of them
    return CellGroups(symbols, summed[enough].reset_index(drop=True), mean[kept], detected[kept], small, left)


def cell_bits(
    path: Path, table: SourceTable, groups: pd.DataFrame, places: Integers, n_genes: int, out: Path
) -> Layout:
    """Write which cell of each group has which gene (`targetfinder.detection`), in a second pass over an h5ad file.

    Parameters
    ----------
    groups
        Those of `cell_groups`.
    places
        Row of each gene of the matrix in the file, -1 if it has none.
    n_genes
        Rows of the file.
    """
    options = CellOptions.model_validate(table.options)
    with opened(path) as (file, descriptor):
        rows = matrix(file, options.layer, descriptor)
        number, found, _ = _grouped(file, rows.shape[0], options)
        kept = {tuple(group): at for at, group in enumerate(groups[list(GROUPS)].to_numpy(dtype=object))}
        large = found.loc[found["n_cells"] >= options.min_cells, list(GROUPS)].to_numpy(dtype=object)
        place = np.array([*(kept.get(tuple(group), -1) for group in large), -1])
        group = place[number]  # the last one is that of no group
        where = layout(group, len(groups))
        with ThreadPoolExecutor(THREADS) as pool, writing(out, places, n_genes, where) as add:
            for block in rows.blocks(pool, group >= 0, False):
                add(block)
    return where


def _averages(found: GroupSums) -> tuple[Floats, npt.NDArray[np.float32]]:
    """Turn sums into means and numbers of cells into shares, in place."""
    shares = found.positive.view(np.float32)
    for mean, share, positive, n in zip(found.sums, shares, found.positive, found.rows.tolist(), strict=True):
        mean /= max(n, 1)
        share[:] = positive  # exact up to 16 million cells
        share /= max(n, 1)
    return found.sums, shares


def _grouped(file: Any, n_cells: int, options: CellOptions) -> tuple[Integers, pd.DataFrame, dict[str, int]]:
    """Return the number of each cell's group among the large ones (-1: none), all groups, cells left out by reason."""
    frame = columns(file, "obs")
    nobody = pd.Categorical([""] * n_cells)
    named = {role: getattr(options, role) for role in GROUPS}
    labels = {role: column(frame, name, role) if name else nobody for role, name in named.items()}
    chosen, left = wanted(file, labels, n_cells, options.where)
    shape = [max(len(label.categories), 1) for label in labels.values()]
    combined = np.ravel_multi_index([label.codes[chosen].astype(np.int64) for label in labels.values()], shape)
    number, found = pd.factorize(combined, sort=True)
    places = np.unravel_index(found, shape)
    texts = {role: labels[role].categories[place].to_numpy() for role, place in zip(GROUPS, places, strict=True)}
    groups = pd.DataFrame(texts, dtype=object).assign(n_cells=np.bincount(number, minlength=len(found)))
    groups["donor"] = groups["donor"] if options.donor else None
    large = (groups["n_cells"] >= options.min_cells).to_numpy()
    if not large.any():
        told = [f"{n} cells: {reason}" for reason, n in left.items() if n]
        problem = "; ".join([f"no group of {options.min_cells} cells", *told])
        raise wrong(file, "obs", problem, "mend options.where or the columns of obs, or lower options.min_cells")
    group = np.full(n_cells, -1)
    group[chosen] = np.where(large, np.cumsum(large) - 1, -1)[number]
    return group, groups, left


def wanted(
    file: Any, labels: dict[str, pd.Categorical], n_cells: int, where: dict[str, str | list[str]]
) -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    """Return the cells that `where` wants and that have all labels, and the numbers of the others by reason."""
    kept = {}
    for name, values in where.items():
        allowed = [values] if isinstance(values, str) else values
        kept[f"{name} is not {' or '.join(allowed)}"] = column(columns(file, "obs"), name, "where").isin(allowed)
    kept |= {f"no {role}": label.codes >= 0 for role, label in labels.items()}
    chosen, left = np.ones(n_cells, dtype=bool), {}
    for reason, cells in kept.items():
        if len(cells) != n_cells:
            raise damaged(file.filename, "obs", f"{len(cells)} rows for {n_cells} cells")
        left[reason] = int((chosen & ~cells).sum())
        chosen &= cells
    return chosen, left


def _check_values(file: Any, rows: Rows, cells: Integers, options: CellOptions) -> None:
    """Refuse a matrix of which some of the `cells` hold something else than `options.values` says."""
    fits, seen = fitting(rows, cells)
    if options.values not in fits:
        remedy = f"set options.values to {fits[0]}" if fits else "set options.layer to a matrix of counts"
        raise wrong(file, options.layer, f"holds no {options.values}: {seen}", remedy)
