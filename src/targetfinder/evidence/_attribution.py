"""Which cells the RNA of a normal tissue comes from: its own, or guests that may be in any tissue.

A bulk value is a sum over cells, so that the cell types that carry a gene tell where its value can come from. Own cells
are most of a tissue, guests about a tenth. So own cells that carry as much as any guest decide (`parenchyma`), while
guests decide only if they carry `times` as much as every own cell (settings: `Attribution`); else it is `mixed`. What
guests would have to be of the tissue to give its value is told beside. All values are TPM*, the highest of the cell
atlases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from targetfinder import tables, units
from targetfinder.units import Floats

NUMBERS = ("attribution_value", "attribution_share")
COLUMNS = ["attribution", "attribution_cell", *NUMBERS, "attribution_basis"]


@dataclass(frozen=True)
class Cells:
    """What cell types carry, and which of them a tissue holds.

    Attributes
    ----------
    values
        Gene × cell type, TPM*; missing where unmeasured.
    holdings
        `TISSUE_CELLS`.
    atlas, source
        Releases of the cell atlases, in words, and their ids.
    """

    values: pd.DataFrame
    holdings: pd.DataFrame
    atlas: str
    source: str


class Tissue(NamedTuple):
    """A tissue: the columns of `Cells.values` that it holds, the part of each, and the columns of each needed part."""

    name: str
    own: np.ndarray
    guests: np.ndarray
    parts: np.ndarray
    needed: dict[str, np.ndarray]


class Top(NamedTuple):
    """The highest cell type of each row: what it carries (missing if none was measured), and its column."""

    value: Floats
    at: np.ndarray


def cells_of(normal: pd.DataFrame, holdings: pd.DataFrame, genes: pd.DataFrame) -> Cells:
    """Return `Cells` from rows of `NORMAL_CELL` with gene_id, context, upper_tpm, source and release."""
    release, source = (", ".join(sorted(map(str, normal[name].unique()))) for name in ("release", "source"))
    known = normal[normal["gene_id"].isin(genes["gene_id"])]
    rows, types = pd.Index(genes["gene_id"]), pd.Index(sorted(known["context"].unique()), name="context")
    values = np.full((len(rows), len(types)), np.nan)
    at = rows.get_indexer(pd.Index(known["gene_id"])), types.get_indexer(pd.Index(known["context"]))
    np.fmax.at(values, at, known["upper_tpm"].to_numpy(dtype=float))
    return Cells(pd.DataFrame(values, rows, types), holdings, release, source)


def attributed(rows: pd.DataFrame, cells: Cells, times: float) -> pd.DataFrame:
    """Return where the RNA of tissues comes from: `COLUMNS`, on the index of `rows`.

    Nothing is attributed where guests would decide although no cell of a needed part of the tissue was measured, and
    where the tissue has more than `times` what any of its cells carries. `attribution_basis` says so.

    Parameters
    ----------
    rows
        gene_id, context (tissue) and upper_tpm of bulk RNA.
    times
        How many times what own cells carry guests must carry to decide.
    """
    parts = [
        _attribute(rows.index[at], bulk, values, tissue, cells, times)
        for at, bulk, values, tissue in by_tissue(rows, cells)
    ]
    found = pd.concat(parts) if parts else pd.DataFrame(columns=COLUMNS)
    return found.reindex(rows.index).astype(dict.fromkeys(NUMBERS, float))


def _attribute(
    index: pd.Index, bulk: Floats, values: Floats, tissue: Tissue, cells: Cells, times: float
) -> pd.DataFrame:
    own, guest = highest(values, tissue.own), highest(values, tissue.guests)
    lacks, top = lacking(values, tissue), np.fmax(own.value, guest.value)
    types = cells.values.columns.to_numpy(dtype=object)
    basis = _basis(own, guest, types) + f" ({cells.atlas})"
    beyond = f"it has more than {times:g} times what any of its cells carries: " + basis
    unseen, above, ours = np.isnan(top), bulk > times * top, own.value >= guest.value
    conditions = [unseen, above, ours, lacks != "", guest.value >= times * np.nan_to_num(own.value)]
    none = np.full(len(index), None, dtype=object)
    parenchyma = np.full(len(index), "parenchyma", dtype=object)
    word = np.select(conditions, [none, none, parenchyma, none, tissue.parts[guest.at]], "mixed")
    why = np.select(conditions, ["no cell type of it was measured", beyond, basis, lacks, basis], basis)
    known = pd.notna(word)
    cell = np.where(ours, types[own.at], types[guest.at])
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(known, bulk / top, np.nan)
    columns = (word, np.where(known, cell, None), np.where(known, top, np.nan), share, why)
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)), index=index)


def _basis(own: Top, guest: Top, types: np.ndarray) -> np.ndarray:
    """Return the highest own cell type and the highest guest, with what they carry, as words."""

    def said(top: Top) -> np.ndarray:
        amount = [f"{value:.1f} {units.RENORMALISED}" for value in top.value]
        return np.where(np.isnan(top.value), "none measured", types[top.at] + " " + np.array(amount, dtype=object))

    return np.asarray("own cells: " + said(own) + "; guests: " + said(guest), dtype=object)


def by_tissue(rows: pd.DataFrame, cells: Cells) -> Iterator[tuple[np.ndarray, Floats, Floats, Tissue]]:
    """Yield for each tissue the positions of its rows, their bulk values, what cells carry, and the tissue."""
    gene = cells.values.index.get_indexer(pd.Index(rows["gene_id"]))
    carried = np.vstack([cells.values.to_numpy(dtype=float), np.full((1, cells.values.shape[1]), np.nan)])
    bulk = rows["upper_tpm"].to_numpy(dtype=float)
    listed = [*cells.holdings[["tissue", "cell_type", "part", "needed"]].itertuples(index=False, name=None)]
    for name, found in rows.groupby(rows["context"].astype(str), sort=True).indices.items():
        at = np.asarray(found)
        yield at, bulk[at], carried[gene[at]], _tissue(str(name), listed, cells.values.columns)


def _tissue(name: str, listed: list[tuple[str, str, str, bool]], types: pd.Index) -> Tissue:
    """Return what a tissue holds; a guest that is listed for single tissues only is in no other."""
    own = [line for line in listed if line[0] == name and line[2] not in tables.GUESTS]
    ours, guests, needed = {cell for _, cell, _, _ in own}, dict[str, str](), dict[str, set[str]]()
    for tissue, cell, part, _ in listed:
        if tissue in (name, tables.ANY_TISSUE) and part in tables.GUESTS and cell not in ours:
            guests.setdefault(cell, part)
    for _, cell, part, must in own:
        if must:
            needed.setdefault(part, set()).add(cell)
    parts = np.array([guests.get(cell, "") for cell in types], dtype=object)
    of_parts = {part: _among(types, of) for part, of in needed.items()}
    return Tissue(name, _among(types, ours), _among(types, guests), parts, of_parts)


def _among(types: pd.Index, cells: Collection[str]) -> np.ndarray:
    return np.flatnonzero([cell in cells for cell in types])


def lacking(values: Floats, tissue: Tissue) -> np.ndarray:
    """Return the needed parts of a tissue of which no cell was measured for each row, as words; "" if none lacks."""
    told = np.full(len(values), "", dtype=object)
    for part, columns in tissue.needed.items():
        lacking = ~np.isfinite(values[:, columns]).any(axis=1)
        told = np.where(lacking, told + np.where(told == "", "", ", ") + part, told)
    if not tissue.needed:
        return np.where(told == "", f"no cells of {tissue.name} are listed", told)
    return np.where(told == "", "", f"no cell type of {tissue.name} in the cell atlas: " + told)


def highest(values: Floats, columns: np.ndarray) -> Top:
    """Return the highest of some columns in each row."""
    if not len(columns):
        return Top(np.full(len(values), np.nan), np.zeros(len(values), dtype=int))
    chosen = np.where(np.isnan(values[:, columns]), -1.0, values[:, columns])
    at = np.argmax(chosen, axis=1)
    top = chosen[np.arange(len(values)), at]
    return Top(np.where(top < 0, np.nan, top), columns[at])
