"""Units of expression, and the two scales on which tumour and normal tissue are compared."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

#: TPM rescaled so that protein-coding genes without immunoglobulin, T-cell-receptor and
#: mitochondrial genes add up to one million. Only this unit is ever put into a ratio.
RENORMALISED = "TPM*"
#: Share (0 to 1) of protein-coding genes that the gene equals or exceeds within one sample or tissue.
PERCENTILE = "percentile"
#: That of the median protein-coding gene: below it, a gene of a rank_only cohort is hardly there.
MEDIAN_GENE = 0.5
#: Log2 ratio of two values in `RENORMALISED`, each plus one.
LOG2_RATIO = "log2 ratio"

Frame = TypeVar("Frame", pd.DataFrame, pd.Series)
Floats = npt.NDArray[np.float64]


def renormalisation_factor(total: float) -> float:
    """Return the factor that turns TPM into `RENORMALISED`.

    Parameters
    ----------
    total
        Expected sum, in TPM, of the genes that are kept (see `RENORMALISED`).

    Raises
    ------
    ValueError
        If the total is not a positive number.
    """
    if not total > 0:
        raise ValueError(f"nothing is expressed: the kept genes add up to {total}")
    return 1e6 / total


def mean_from_quartiles(q1: Floats, median: Floats, q3: Floats) -> Floats:
    """Estimate a mean from quartiles as (q1 + median + q3) / 3.

    Source: Wan et al. 2014, BMC Med Res Methodol 14:135, scenario C3, doi:10.1186/1471-2288-14-135.
    """
    return (q1 + median + q3) / 3.0


def log2p1(value: Floats | pd.Series) -> Floats:
    """Return log2(value + 1), the scale of presence and of the therapeutic window."""
    return np.log2(np.asarray(value, dtype=float) + 1.0)


def percentile_rank(values: Frame) -> Frame:
    """Rank within each column, as a share from 0 to 1; ties get their average rank, missing stays missing."""
    return values.rank(pct=True)
