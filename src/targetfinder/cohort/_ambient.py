"""Immunoglobulin that is not the cell's own: plasma cells spill so much of it that every droplet holds some."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder.cohort._cell_labels import Labels
from targetfinder.cohort._cell_quality import Quality
from targetfinder.units import Floats

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
    shares = pd.Series(quality.immunoglobulin[makes_none]).groupby(labels.patient[makes_none])
    numbers = range(len(labels.patients))
    found = pd.DataFrame(
        {
            "ig_malignant": _share(quality, labels, tumour),
            "ig_other": _share(quality, labels, others),
            "ambient_ig": shares.median().reindex(numbers).to_numpy(),
            "n_ambient": shares.size().reindex(numbers, fill_value=0).to_numpy(),
            "reason": None,
        },
        labels.patients,
    )
    has_others = np.bincount(labels.patient[others], minlength=len(numbers)) > 0
    found.loc[found["n_ambient"] == 0, "reason"] = NO_CELLS
    found.loc[~has_others, "reason"] = NO_OTHERS
    if np.isnan(quality.immunoglobulin[quality.total > 0]).all():
        found["reason"] = NO_GENES
    return found


def _of_b_lineage(labels: Labels) -> Mask:
    """Return which cells are, by the name of their kind; of no use where there is no name."""
    named = [bool(B_LINEAGE.search(name)) for name in labels.type_names]
    return np.array([*named, False])[labels.types]


def _share(quality: Quality, labels: Labels, cells: Mask) -> Floats:
    """Return the share of immunoglobulin in the counts of some cells of each patient."""
    total = quality.total[cells]
    parts = (total * quality.immunoglobulin[cells], total)
    sums = [np.bincount(labels.patient[cells], part, len(labels.patients)) for part in parts]
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[0] / sums[1])
