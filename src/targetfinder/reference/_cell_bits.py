"""Which normal cell has which surface gene, one bit each: what two genes do in one cell no mean can tell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.known_genes import known_genes
from targetfinder.reference._normals import coding_rows
from targetfinder.sources.readers.cells import cell_bits as written
from targetfinder.sources.registry import Registry

#: Folder of a bundle with one file for each atlas.
FOLDER = "cells"


def cell_bits(
    registry: Registry,
    parsed: Mapping[str, Any],
    paths: Mapping[str, Path],
    frames: list[tuple[tables.Table, pd.DataFrame]],
    folder: Path,
) -> pd.DataFrame:
    """Write the bits of each atlas of single cells into a bundle, and return `NORMAL_CELL_BITS`.

    Parameters
    ----------
    paths
        File of each source.
    frames
        Tables of the bundle.
    """
    atlases = [table for table in registry.tables("normal_cell") if parsed[table.id].cells is not None]
    if not atlases:
        return tables.NORMAL_CELL_BITS.empty()
    genes, donors = (next(f for t, f in frames if t is wanted) for wanted in (tables.GENES, tables.NORMAL_CELL_DONORS))
    universe = pd.Index(sorted(genes.loc[genes["universe"], "gene_id"]))
    _, identity = known_genes(registry, dict(parsed))
    (folder / FOLDER).mkdir()
    found = []
    for table in atlases:
        cells, own = parsed[table.id].cells, donors[donors["source"] == table.id]
        rows, ids = coding_rows(parsed[table.id], genes, identity)
        places = np.full(len(cells.symbols), -1)
        places[rows] = universe.get_indexer(ids)
        path = folder / FOLDER / f"{table.id}.npy"
        where = written(paths[table.source], table, cells.groups, places, len(universe), path)
        named = own[own["gene_id"] == own["gene_id"].iloc[0]][["tissue", "cell_type", "context"]].astype(str)
        groups = cells.groups[["tissue", "cell_type", "donor"]].assign(n_cells=where.sizes, bit=where.starts)
        groups = groups.merge(named.drop_duplicates(), on=["tissue", "cell_type"], validate="m:1")
        found.append(groups.assign(source=table.id, release=table.release))
    frame: pd.DataFrame = pd.concat(found, ignore_index=True)[tables.NORMAL_CELL_BITS.names]
    return frame
