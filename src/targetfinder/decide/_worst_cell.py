"""The worst normal cell type of each gene, as columns of `targets`."""

from __future__ import annotations

import pandas as pd

_COLUMNS = {
    "worst_cell_level": "level",
    "worst_cell_mean": "mean",
    "worst_cell_mean_lo": "mean_lo",
    "worst_cell_mean_hi": "mean_hi",
    "worst_cell_unit": "unit",
    "worst_cell_detected": "detected",
    "worst_cell_detected_lo": "detected_lo",
    "worst_cell_detected_hi": "detected_hi",
    "worst_cell_donors": "n_donors",
    "worst_cell_cells": "n_cells",
    "worst_cell_no_interval": "no_interval",
    "worst_cell_dismissed": "dismissed",
}


def add_worst_cell(frame: pd.DataFrame, off_target: pd.DataFrame) -> None:
    """Add the worst cell type to a frame indexed by gene id; missing where no atlas of cells measured the gene.

    Parameters
    ----------
    off_target
        Rows of `OFF_TARGET` that are `worst`, at most one a gene.
    """
    worst = off_target.set_index("gene_id")
    tissue = worst["tissue"].astype(object)
    name = worst["context"].astype(object)
    frame["worst_cell"] = name.where(tissue.isna(), tissue + ": " + name).reindex(frame.index)
    for column, found in _COLUMNS.items():
        frame[column] = worst[found].reindex(frame.index)
