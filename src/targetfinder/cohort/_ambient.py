"""Immunoglobulin that is not the cell's own: plasma cells spill so much of it that every droplet holds some."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder.cohort._cell_labels import Labels
from targetfinder.cohort._cell_quality import Quality

Mask = npt.NDArray[np.bool_]

#: Kinds of cells that make immunoglobulin, as annotations call them: B in any spelling, plasma cells and blasts, their
#: tumours; not plasmacytoid dendritic cells.
B_LINEAGE = re.compile(
    r"plasma(?!cytoid)|(?<![a-z0-9])b(?![a-z0-9])|(?<![a-z])(pre|pro)?[-_. ]?b[-_. ]?(cells?|lymph|lineage)"
    r"|(?<![a-z])(pre|pro)b(?![a-z])|myeloma|lymphoma|b-?all(?![a-z])|germinal",
    re.IGNORECASE,
)
NO_GENES = "the file has no immunoglobulin gene"
NO_OTHERS = "all cells are malignant"
NO_CELLS = "no cell is neither malignant, B nor plasma cell"


def immunoglobulin(quality: Quality, labels: Labels, tumour: Mask, others: Mask) -> pd.DataFrame:
    """Return ig_malignant, ig_other, ambient_ig, n_ambient and reason for each patient.

    Parameters
    ----------
    tumour, others
        Malignant and other cells that count.

    Returns
    -------
    pandas.DataFrame
        Indexed by patient. `ig_malignant` and `ig_other` are shares of all counts of such cells. `ambient_ig` is the
        median share in cells that make none (neither malignant, B nor plasma cells), `n_ambient` their number;
        missing, with a `reason`, where there are none.
    """
    makes_none = others & (labels.types >= 0) & ~_of_b_lineage(labels)
    rows = []
    for number in range(len(labels.patients)):
        own = labels.patient == number
        shares = quality.immunoglobulin[own & makes_none]
        rows.append(
            {
                "ig_malignant": _share(quality, own & tumour),
                "ig_other": _share(quality, own & others),
                "ambient_ig": float(np.median(shares)) if len(shares) else np.nan,
                "n_ambient": len(shares),
                "reason": _reason(quality, labels, own & others, len(shares)),
            }
        )
    return pd.DataFrame(rows, index=labels.patients)


def _of_b_lineage(labels: Labels) -> Mask:
    """Return which cells are, by the name of their kind; of no use where there is no name."""
    named = [bool(B_LINEAGE.search(name)) for name in labels.type_names]
    return np.array([*named, False])[labels.types]


def _share(quality: Quality, cells: Mask) -> float:
    total = float(quality.total[cells].sum())
    return float((quality.immunoglobulin * quality.total)[cells].sum()) / total if total > 0 else np.nan


def _reason(quality: Quality, labels: Labels, others: Mask, n: int) -> str | None:
    if np.isnan(quality.immunoglobulin[quality.total > 0]).all():
        return NO_GENES
    if not others.any():
        return NO_OTHERS
    return None if n else NO_CELLS
