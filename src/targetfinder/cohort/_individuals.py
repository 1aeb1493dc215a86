"""What each patient of a cohort carries, gene by gene, where patients are known one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Columns of `INDIVIDUALS` that a modality gives.
GIVEN = ("patient", "gene_id", "value", "positive", "cells_positive", "n_cells")


def none() -> pd.DataFrame:
    """Return what a cohort gives of which no patient is known."""
    return pd.DataFrame(columns=list(GIVEN))


def individuals(
    values: pd.DataFrame,
    level: float | pd.Series,
    share: pd.DataFrame | None = None,
    n_cells: pd.Series | None = None,
) -> pd.DataFrame:
    """Return the columns `GIVEN`, one row for each patient and gene.

    Parameters
    ----------
    values
        Gene id × patient; NaN where a patient was not measured.
    level
        From which a patient is positive, in the unit of `values`, one for all genes or one a gene (NaN: nobody knows);
        of single cells in that of `share`.
    share
        Gene id × patient: share of malignant cells with a count; None if these are no single cells.
    n_cells
        Malignant cells of each patient.
    """
    compared = values if share is None else share.reindex_like(values)
    limit = level.to_numpy(dtype=float)[:, None] if isinstance(level, pd.Series) else np.full((len(values), 1), level)
    amounts = compared.to_numpy(dtype=float)
    words = np.array(["no", "yes", None], dtype=object)[np.where(np.isnan(amounts - limit), 2, amounts >= limit)]
    found = pd.DataFrame(
        {
            "patient": np.tile(values.columns.astype(str), len(values)),
            "gene_id": np.repeat(values.index.to_numpy(), values.shape[1]),
            "value": values.to_numpy(dtype=float).ravel(),
            "positive": words.ravel(),
            "cells_positive": np.nan if share is None else amounts.ravel(),
        }
    )
    cells = pd.Series(pd.NA, found.index) if n_cells is None else found["patient"].map(n_cells)
    return found.assign(n_cells=cells.astype("Int64"))[list(GIVEN)]
