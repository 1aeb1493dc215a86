"""What an indication, the rules and a user tolerate: cell types, never whole tissues.

The RNA of a tissue is tolerated for a gene only where a tolerated cell type explains it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.errors import InputError
from targetfinder.evidence._attribution import Cells, by_tissue, cells_of, highest, lacking
from targetfinder.indications import Indication, Tolerated, check_tolerated
from targetfinder.settings import Rules
from targetfinder.store import read_table
from targetfinder.waivers import Waiver, read_waivers

COLUMNS = ["gene_id", "cell_type", "reason"]


class Origin(NamedTuple):
    """What tells the cells apart that a tissue's RNA comes from, and which of them are tolerated.

    `waivers` has the columns `COLUMNS`; a missing gene_id stands for every gene. `times` is that of `Attribution`.
    """

    cells: Cells
    waivers: pd.DataFrame
    times: float


def read_origin(bundle: Path, genes: pd.DataFrame, disease: Indication, rules: Rules, waivers: Path | None) -> Origin:
    """Read what tells cells apart, and all that is tolerated in an indication (`waivers_of`)."""
    cells = read_cells(bundle, genes)
    return Origin(cells, waivers_of(disease, rules, genes, cells.holdings, waivers), rules.attribution.times)


def read_cells(bundle: Path, genes: pd.DataFrame) -> Cells:
    """Read what the cell types of a bundle carry of `genes`, and which cells a tissue holds."""
    columns = ["gene_id", "context", "upper_tpm", "source", "release"]
    normal = read_table(bundle / "normal_cell.parquet", tables.NORMAL_CELL, columns, categorical=True)
    return cells_of(normal, read_table(bundle / "tissue_cells.parquet", tables.TISSUE_CELLS), genes)


def waivers_of(
    disease: Indication, rules: Rules, genes: pd.DataFrame, holdings: pd.DataFrame, waivers: Path | None = None
) -> pd.DataFrame:
    """Return what is tolerated by the rules, by an indication and by a user's file, with the columns `COLUMNS`.

    Raises
    ------
    InputError
        If a waiver names an unknown gene or cell type, or what can never be tolerated.
    """
    classes = dict(zip(holdings["cell_type"], holdings["criticality"], strict=True))
    parts = []
    for entries, file in ((rules.tolerated, "safety.toml"), (disease.tolerated, f"{disease.id}.toml")):
        check_tolerated(entries, classes, file)
        parts.append(_listed(entries, genes, file))
    if waivers is not None:
        own = read_waivers(waivers, classes)
        parts.append(_asked([one for one in own if one.gene or one.lineage == disease.lineage], genes, waivers))
    return pd.concat(parts, ignore_index=True)


def _listed(entries: tuple[Tolerated, ...], genes: pd.DataFrame, file: str) -> pd.DataFrame:
    rows = [
        (_gene_id(symbol, genes, file, "tolerated"), entry.name, _told(entry.reason, entry.reference))
        for entry in entries
        for symbol in (entry.genes or [""])
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def _asked(waivers: list[Waiver], genes: pd.DataFrame, file: Path) -> pd.DataFrame:
    rows = [
        (_gene_id(one.gene, genes, file, f"gene in line {one.line}"), one.cell_type, _told(one.reason, one.reference))
        for one in waivers
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def _told(reason: str, reference: str) -> str:
    """Return the reason of a waiver with where it was read."""
    return f"{reason} ({reference})"


def _gene_id(symbol: str, genes: pd.DataFrame, file: str | Path, field: str) -> str | None:
    """Return the id of an approved symbol of the universe; None for an empty one, which stands for every gene."""
    if not symbol:
        return None
    found = genes.loc[genes["symbol"] == symbol, "gene_id"]
    if len(found) == 1:
        return str(found.iloc[0])
    problem = f"no gene to rank has the symbol '{symbol}'"
    raise InputError(
        problem, file=file, field=field, remedy="write the approved symbol of HGNC, or take the waiver out"
    )


def waived_by(rows: pd.DataFrame, origin: Origin) -> pd.Series:
    """Return the reason why each value of a tissue is tolerated, or None, on the index of `rows`.

    It is where a tolerated cell type carries `times` as much as every other cell of the tissue, and no needed part of
    the tissue is missing from the cell atlas. In a vital tissue there is no benefit of the doubt: these cells must give
    the value if they are a tenth of it (1 / `times`).

    Parameters
    ----------
    rows
        gene_id, context (tissue), criticality and upper_tpm of bulk RNA.
    """
    reasons = pd.Series(None, index=rows.index, dtype=object)
    if origin.waivers.empty:
        return reasons
    told = reasons_of_cells(origin)
    lost, why = told.notna().to_numpy(), told.to_numpy()
    vital = (rows["criticality"] == "vital").to_numpy()
    genes = told.index.get_indexer(pd.Index(rows["gene_id"]))
    for at, bulk, values, tissue in by_tissue(rows, origin.cells):
        gene = genes[at]
        held = np.concatenate([tissue.own, tissue.guests])
        listed = held[lost[:, held].any(axis=0)]
        best = highest(np.where(lost[gene][:, listed], values[:, listed], np.nan), np.arange(len(listed)))
        gives = best.value * np.where(vital[at], 1 / origin.times, origin.times) >= bulk
        likely = np.flatnonzero((best.value > 0) & gives)
        rest = highest(np.where(lost[gene[likely]], np.nan, values[likely]), held)
        enough = likely[best.value[likely] >= origin.times * np.nan_to_num(rest.value)]
        sure = enough[lacking(values[enough], tissue) == ""]
        reasons.iloc[at[sure]] = why[gene[sure], listed[best.at[sure]]]
    return reasons


def waived_cells(rows: pd.DataFrame, origin: Origin) -> pd.Series:
    """Return the reason why each cell type of cell atlases (gene_id, context) is tolerated, or None."""
    reasons = pd.Series(None, index=rows.index, dtype=object)
    told = reasons_of_cells(origin)
    gene, cell = told.index.get_indexer(pd.Index(rows["gene_id"])), told.columns.get_indexer(pd.Index(rows["context"]))
    known = np.flatnonzero((gene >= 0) & (cell >= 0) & (rows["modality"] == "rna_cell").to_numpy())
    reasons.iloc[known] = told.to_numpy()[gene[known], cell[known]]
    return reasons


def reasons_of_cells(origin: Origin) -> pd.DataFrame:
    """Return the reason why each cell type is tolerated for each gene: gene × cell type, None where it is not.

    Of two waivers of a cell type the later one counts, and one of the gene before one of all genes.
    """
    values = origin.cells.values
    told = pd.DataFrame(None, index=values.index, columns=values.columns, dtype=object)
    known = origin.waivers[origin.waivers["cell_type"].isin(told.columns)]
    for row in known[known["gene_id"].isna()].itertuples(index=False):
        told[row.cell_type] = row.reason
    for row in known[known["gene_id"].isin(told.index)].itertuples(index=False):
        told.at[row.gene_id, row.cell_type] = row.reason
    return told
