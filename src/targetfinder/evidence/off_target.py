"""Off target: the normal cell types that carry each gene, donor by donor, and which of them is the worst.

Expression must recur in two donors, and ambient RNA of the tissue is taken off first (`_cell_types`). The result serves
every indication: no tumour takes part.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from targetfinder import tables
from targetfinder.evidence._cell_types import cell_types, of_clusters, with_intervals
from targetfinder.evidence._records import together, universe
from targetfinder.settings import read_rules
from targetfinder.store import read_table, write_table


def run(bundle: Path, rules: Path, out: Path) -> None:
    """Write the cell types that carry each gene of the universe."""
    genes = universe(bundle)
    only = [("gene_id", "in", genes["gene_id"].tolist())]
    found = off_target(
        genes,
        read_table(bundle / "normal_cell.parquet", tables.NORMAL_CELL, filters=only),
        read_table(bundle / "normal_cell_donors.parquet", tables.NORMAL_CELL_DONORS, categorical=True),
        read_table(bundle / "contexts.parquet", tables.CONTEXTS),
        read_rules(rules).lowest,
    )
    write_table(found, tables.OFF_TARGET, out)


def off_target(
    genes: pd.DataFrame, clusters: pd.DataFrame, donors: pd.DataFrame, contexts: pd.DataFrame, note: float
) -> pd.DataFrame:
    """Return `OFF_TARGET`: the worst cell type of each gene, and all that reach the level of a note in any donor.

    A gene that no atlas of cells measured has no row.

    Parameters
    ----------
    genes
        gene_id and symbol of the universe.
    clusters
        `NORMAL_CELL`; the atlases that `donors` holds are left out.
    donors
        `NORMAL_CELL_DONORS`.
    contexts
        `CONTEXTS` of the bundle.
    note
        Level from which a cell type is told: `Rules.lowest`.
    """
    resolved = donors["source"].unique()
    light, kinds = cell_types(donors[donors["gene_id"].isin(genes["gene_id"])])
    parts = [of_clusters(clusters[~clusters["source"].isin(resolved)]), light]
    found = together(parts).reindex(columns=[*tables.OFF_TARGET.names, "at", "row"])
    most = found.groupby("gene_id", observed=True)["level"].transform("max")
    found = found[(found["highest"] >= note) | (found["level"] == most)]
    classes = contexts.loc[contexts["modality"] == "rna_cell", ["source", "context", "criticality"]]
    known = found.drop(columns=["criticality", "symbol", "worst"])
    found = _marked(known.merge(classes, on=["source", "context"], validate="m:1"), note)
    found = found[found["worst"] | (found["highest"] >= note)].merge(genes, on="gene_id", validate="m:1")
    resolved_rows = found["at"].notna()
    if resolved_rows.any():
        told = with_intervals(found[resolved_rows], kinds, note)
        found = together([found[~resolved_rows], told])
    return tables.OFF_TARGET.sort(found.reindex(columns=tables.OFF_TARGET.names).astype(_TYPES))


_TYPES = {name: object for name in ("tissue", "dismissed", "no_interval")} | {"n_donors": "Int64", "n_cells": "Int64"}


def _marked(found: pd.DataFrame, note: float) -> pd.DataFrame:
    """Mark the worst cell type of each gene, and leave one row a tissue and canonical cell type: its worst.

    Of those that reach the level of a note the least dispensable comes first, then the highest; below it, the highest.
    """
    spared = found["criticality"].astype(object).map(tables.CRITICALITY.index)
    ordered = found.assign(
        spared=spared.where(found["level"] >= note, len(tables.CRITICALITY)),
        size=-found["level"],
        most=-found["highest"],
    ).sort_values(["gene_id", "spared", "size", "most", "source", "tissue", "context", "cell_type"], kind="stable")
    ordered["worst"] = ~ordered["gene_id"].duplicated()
    return ordered.drop_duplicates(["gene_id", "tissue", "context", "source"]).drop(columns=["spared", "size", "most"])
