"""Antibodies on healthy cells: each that leads to one gene, by canonical cell type."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from targetfinder import tables, tsv
from targetfinder.antibodies import gene_of_antibody
from targetfinder.identity import Identity
from targetfinder.sources.registry import Registry, SourceTable

NO_GENE = "the antibody leads to no protein-coding gene"


def normal_antibody(
    registry: Registry, parsed: Mapping[str, Any], identity: Identity, coding: pd.Series, curated: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `NORMAL_ANTIBODY` and what was lost as `EXCLUDED`.

    Labels of one canonical name are joined: their cells add up, share and mean are those of all cells together. A label
    without a canonical name keeps its own.

    Parameters
    ----------
    parsed
        What the readers made of the tables, by id of the table.
    coding
        Ids of protein-coding genes.
    curated
        Rows of `curated_contexts`.

    Raises
    ------
    InputError
        If a table gives a label a name that no curated cell type has.
    """
    cell_types = sorted(curated.loc[curated["modality"] == "rna_cell", "context"].unique())
    gene_of, found, lost = gene_of_antibody(identity), [tables.NORMAL_ANTIBODY.empty()], [tables.EXCLUDED.empty()]
    for table in registry.tables("normal_antibody"):
        about = {"source": table.id, "release": table.release}
        rows = parsed[table.id].rows
        gene = {
            name: identity.names.match(symbol).gene if isinstance(symbol, str) else gene_of(name)
            for name, symbol in rows[["antibody", "named"]].drop_duplicates().itertuples(index=False)
        }
        rows = rows.assign(gene_id=rows["antibody"].map(gene).astype(object), context=_context(rows, table, cell_types))
        known = rows["gene_id"].isin(coding)
        found.append(_joined(rows[known]).assign(**about))
        gone = dict.fromkeys(rows.loc[~known, "antibody"].unique(), NO_GENE) | parsed[table.id].left_out
        lost.append(pd.DataFrame({"entry": list(gone), "reason": list(gone.values())}, dtype=object).assign(**about))
    return tables.NORMAL_ANTIBODY.sort(_stacked(found)), _stacked(lost)[tables.EXCLUDED.names]


def _context(rows: pd.DataFrame, table: SourceTable, cell_types: list[str]) -> pd.Series:
    own = pd.DataFrame({"label": list(table.labels), "context": list(table.labels.values())}, dtype=object)
    tsv.listed(own, "context", cell_types, Path(f"table '{table.id}'"))
    return rows["label"].replace(table.labels)


def _joined(rows: pd.DataFrame) -> pd.DataFrame:
    key = ["gene_id", "context", "antibody"]
    weighed = rows.assign(**{name: rows[name] * rows["n_cells"] for name in ("positive", "mean")})
    sums = weighed.groupby(key, sort=False)[["n_cells", "positive", "mean"]].sum()
    told = rows.groupby(key, sort=False)[["unit", "background"]].first()
    shares = sums[["positive", "mean"]].div(sums["n_cells"], axis=0)
    return told.join(sums[["n_cells"]]).join(shares).reset_index()


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]
