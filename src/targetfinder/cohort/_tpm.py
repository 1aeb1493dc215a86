"""Units of bulk RNA to transcripts per million (TPM)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder.errors import InputError
from targetfinder.units import Floats

#: Units that order genes within a sample but cannot be turned into TPM; compare them by `units.percentile_rank`.
RANK_ONLY_UNITS = ("z-score",)
#: Linear unit below each logarithm.
LINEAR = {"log2(TPM+1)": "TPM", "log2(FPKM+1)": "FPKM"}
#: Highest value that a linear unit can have: all transcripts are of one gene; all fragments fall on one base.
CEILING = {"TPM": 1e6, "FPKM": 1e9}
#: Rounding of values that add up to a ceiling.
TOLERANCE = 1e-3


def to_tpm(
    values: pd.DataFrame, unit: str, lengths: pd.DataFrame | None = None, path: Path | None = None
) -> pd.DataFrame:
    """Return expression in TPM; missing stays missing and counts for nothing in the sum of a sample.

    TPM = 10^6 · (x / l) / Σ (x / l) for counts x and lengths l, and 10^6 · FPKM / Σ FPKM. Source: Li & Dewey 2011,
    BMC Bioinformatics 12:323, doi:10.1186/1471-2105-12-323; Pachter 2011, arXiv:1104.3889. A gene without a length
    has no TPM from counts. The logarithm of x + 1 is undone first.

    Parameters
    ----------
    values
        Genes × samples.
    unit
        One of TPM, FPKM, counts, log2(TPM+1), log2(FPKM+1).
    lengths
        For counts: length in bases of each gene, in the order of `values`; one column, or one for each sample.
    path
        The file, for errors.

    Raises
    ------
    InputError
        If a value is negative, or as a logarithm impossibly high (naming gene and sample); if a sample has nothing,
        or if there are counts without lengths.
    ValueError
        If the unit is one of `RANK_ONLY_UNITS` or none of RNA.
    """
    linear = LINEAR.get(unit, unit)
    if linear not in ("TPM", "FPKM", "counts"):
        raise ValueError(f"no TPM can be made of {unit}")
    given = values.to_numpy(float)
    _refuse(given < 0, values, f"negative {unit}", "give the right unit: only a z-score may be negative", path)
    if unit in LINEAR:
        high = given > np.log2(CEILING[linear] * (1 + TOLERANCE) + 1)
        _refuse(high, values, f"impossibly high {unit}", f"say unit {linear} if the values are linear", path)
        given = np.exp2(given) - 1
    if linear == "counts":
        given = given / _lengths(values, lengths, path)
    sums = _sums(given, values, unit, path)
    if linear != "TPM":
        given = given * (1e6 / sums)
    return pd.DataFrame(given, values.index, values.columns, copy=False)


def _refuse(wrong: npt.NDArray[np.bool_], values: pd.DataFrame, problem: str, remedy: str, path: Path | None) -> None:
    if wrong.any():
        row, column = map(int, np.argwhere(wrong)[0])
        told = f"{problem}: {values.iat[row, column]:.6g} of {values.index[row]}"
        raise InputError(told, file=path, field=f"sample {values.columns[column]}", remedy=remedy)


def _lengths(values: pd.DataFrame, lengths: pd.DataFrame | None, path: Path | None) -> Floats:
    """Return lengths as genes × 1 or genes × samples; NaN where one is missing."""
    if lengths is None:
        remedy = "name the GTF that the reads were counted with in column genes, or give TPM"
        raise InputError("counts without lengths of genes", file=path, field="genes", remedy=remedy)
    found = lengths if lengths.shape[1] == 1 else lengths[list(values.columns)]
    bases: Floats = found.to_numpy(float)
    _refuse(bases <= 0, found, "impossible length", "give lengths of one base or more", path)
    return bases


def _sums(given: Floats, values: pd.DataFrame, unit: str, path: Path | None) -> Floats:
    sums: Floats = np.nansum(given, axis=0)
    if not (sums > 0).all():
        sample = values.columns[int((sums > 0).argmin())]
        told = f"all {unit} are zero or missing"
        raise InputError(told, file=path, field=f"sample {sample}", remedy="leave the sample out")
    return sums
