"""Which unit a matrix of expression can be in, told from its numbers alone.

Every limit follows from what a unit allows; none was fitted to a cohort.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from targetfinder.cohort._figures import dynamic_range, figures_of
from targetfinder.cohort._matrix import UNITS

# Limits of linear TPM, reasoned from what the unit allows, not from any cohort's name:
#: Some gene of every tissue is far above 1,000 TPM (translation factors, ribosomal proteins).
MIN_TOP_MEDIAN = 1_000.0
#: The 99th percentile of expressed genes is at least ten times their median; a log scale flattens it.
MIN_DYNAMIC_RANGE = 10.0
#: Samples sum to one million, so medians can sum to little more, nor to almost nothing.
SUM_LIMITS = (0.2e6, 1.05e6)
#: Samples of which some genes are given: in total RNA four fifths can be short RNA without poly-A tail, and of what is
#: left three quarters mitochondrial or immunoglobulin, so that other coding genes sum to one in twenty.
PARTIAL_SUM_LIMITS = (0.05e6, 1.05e6)
#: Samples of which all genes are given sum to one million, but for entries that were merged or lost.
WHOLE_SUM_LIMITS = (0.95e6, 1.05e6)
#: Coding genes are 20,000 and those of RefSeq 28,000: a file of more entries holds all biotypes.
ALL_BIOTYPES = 40_000
#: The same as `MIN_TOP_MEDIAN`, for a unit with another sum.
MIN_TOP_SHARE = MIN_TOP_MEDIAN / 1e6
#: FPKM of all genes sum to 1e9 times the mean of 1/length over reads: 1e5 for transcripts of 10,000 bases, 5e6 for
#: those of 200; one in twenty of the lower end, as above, where some genes are given.
FPKM_SUM_LIMITS = (5e3, 5e6)
#: From a library too shallow to be kept to the output of a flow cell spent on one sample.
COUNT_SUM_LIMITS = (1e5, 5e8)
#: Expected counts (RSEM, salmon) are not whole, but TPM and FPKM cannot sum to as much as they do.
FRACTIONAL_COUNTS = FPKM_SUM_LIMITS[1]
WHOLE_NUMBERS = 0.99
#: log2 of one million is 19.9.
LOG_CEILING = 20.0
#: Centred values have means of zero but for rounding and missing values: a tenth of a standard deviation.
CENTRED = 0.1
#: A tenth of centred values or more is negative.
MIN_NEGATIVE = 0.1
#: A tissue has up to 13,000 genes above 1 TPM: of more than `MORE_THAN_A_TISSUE` genes some are silent and have next to
#: no reads. A probe always has background and is never near zero.
MORE_THAN_A_TISSUE = 15_000
SILENT = 0.05
#: CPM are whole multiples of the CPM of one read: nearly all of the low ones, where 1 in 10 would be by chance.
MULTIPLES = 0.95

#: Scales that are recognised but cannot be claimed.
OTHER_BASES = ("ln(TPM+1)", "log10(TPM+1)")
OTHER_SCALES = ("CPM", *OTHER_BASES)
_BASES = {"log2(TPM+1)": 2.0, "log2(FPKM+1)": 2.0, "ln(TPM+1)": float(np.e), "log10(TPM+1)": 10.0}
#: Figure to (lowest, highest) value that a unit allows; None is no limit.
Limits = Mapping[str, tuple[float | None, float | None]]
_LINEAR: Limits = {
    "lowest": (0.0, None),
    "top_share": (MIN_TOP_SHARE, None),
    "dynamic_range": (MIN_DYNAMIC_RANGE, None),
}
_NO_READS: Limits = {"whole_share": (None, WHOLE_NUMBERS), "multiples_share": (None, MULTIPLES)}
_TPM: Limits = {**_LINEAR, **_NO_READS, "highest": (MIN_TOP_MEDIAN, None), "sum": PARTIAL_SUM_LIMITS}
LIMITS: Mapping[str, Limits] = {
    "TPM": _TPM,
    "FPKM": {**_LINEAR, **_NO_READS, "sum": FPKM_SUM_LIMITS},
    "counts": {**_LINEAR, "whole_share": (WHOLE_NUMBERS, None), "sum": COUNT_SUM_LIMITS},
    "CPM": {**_TPM, "multiples_share": (MULTIPLES, None)},
    "z-score": {"off_centre": (None, CENTRED), "negative_share": (MIN_NEGATIVE, None)},
    "log2 intensity": {
        "highest": (None, LOG_CEILING),
        "negative_share": (None, SILENT),
        "silent_share": (None, SILENT),
    },
    "intensity": {**_LINEAR, "highest": (MIN_TOP_MEDIAN, None), "silent_share": (None, SILENT)},
}
_WORDS = {
    "lowest": ("the lowest value is {}", ".4g"),
    "highest": ("the highest value is {}", ".6g"),
    "sum": ("the values sum to {}", ",.0f"),
    "dynamic_range": ("the 99th percentile is {} times the median of what is above zero", ".3g"),
    "top_share": ("the highest gene holds {} of the sum", ".2%"),
    "whole_share": ("{} of the values above zero are whole numbers", ".0%"),
    "negative_share": ("{} of the values are below zero", ".0%"),
    "silent_share": ("{} of the values are between -1 and 1", ".0%"),
    "multiples_share": ("{} of the low values are multiples of the lowest, which reads per million are", ".0%"),
    "off_centre": ("the means are {} standard deviations from zero", ".2g"),
}


@dataclass(frozen=True)
class Recognised:
    """What the numbers of a matrix say of its unit.

    Attributes
    ----------
    units
        The units that fit all samples: of `_matrix.UNITS` and `OTHER_SCALES`.
    objections
        Unit that does not fit to why, each with its number and the worst sample.
    figures
        One row a sample, one column for each figure of `LIMITS`.
    """

    units: tuple[str, ...]
    objections: dict[str, tuple[str, ...]]
    figures: pd.DataFrame

    @property
    def flattened(self) -> bool:
        """Whether the values cannot be linear in abundance, whatever factor they are multiplied by."""
        typical = self.figures.median()
        return bool(_broken(typical.to_frame("").T, _LINEAR))

    @property
    def claimable(self) -> tuple[str, ...]:
        """The units that fit and that a samplesheet may claim."""
        return tuple(unit for unit in self.units if unit in UNITS)


def recognise(values: pd.DataFrame, *, medians: bool = False) -> Recognised:
    """Return which units the values fit, and why they do not fit the others.

    Parameters
    ----------
    values
        Genes × samples, all that the file holds; NaN where there is no number.
    medians
        The columns are medians over patients: their sum tells less than that of a sample.
    """
    figures = figures_of(values)
    reads: Limits = {"silent_share": (SILENT, None)} if len(values) > MORE_THAN_A_TISSUE else {}
    one_million: Limits = {"sum": WHOLE_SUM_LIMITS} if not medians and len(values) > ALL_BIOTYPES else {}
    more = {"TPM": {**reads, **one_million}, "FPKM": reads, "CPM": {**reads, **one_million}, "counts": reads}
    objections = {unit: _broken(figures, {**limits, **more.get(unit, {})}) for unit, limits in LIMITS.items()}
    if not _broken(figures, {"sum": (FRACTIONAL_COUNTS, COUNT_SUM_LIMITS[1])}):
        objections["counts"] = _broken(figures, {**_LINEAR, **reads})
    objections |= _of_logs(values, figures, more)
    fitting = tuple(unit for unit, told in objections.items() if not told)
    return Recognised(fitting, {unit: told for unit, told in objections.items() if told}, figures)


def contradiction(claim: str | None, recognised: Recognised) -> str | None:
    """Return why the values cannot be in the unit that is claimed, or None if they can.

    Without a claim the only contradiction is that no unit fits.
    """
    if claim in recognised.units or (claim is None and recognised.claimable):
        return None
    found = f"the values fit {' or '.join(recognised.units)}" if recognised.units else "the values fit no known unit"
    if claim is None:
        return f"no unit is claimed and {found}"
    return f"{claim} is claimed, but {', '.join(recognised.objections.get(claim, ()))}; {found}"


def undo(values: pd.DataFrame, unit: str | None) -> pd.DataFrame:
    """Return values in linear units: 2^x - 1 of log2(x + 1), others as they are."""
    base = _BASES.get(unit or "")
    return values if base is None else _power(values, base)


def linearity(medians: pd.Series, lowest: float) -> tuple[dict[str, float], list[str]]:
    """Return the figures that tell linear TPM from other scales, and why these are not linear.

    Parameters
    ----------
    medians
        Medians of all genes of a cohort, as given.
    lowest
        The lowest quartile of any gene.
    """
    figures = {
        "top_median": float(medians.max()),
        "lowest_quartile": lowest,
        "dynamic_range": dynamic_range(medians.to_numpy(dtype=float)),
        "sum_of_medians": float(medians.sum()),
    }
    reasons = []
    if lowest < 0:
        reasons.append(f"lowest quartile is {lowest:.1f}, below zero")
    if figures["top_median"] < MIN_TOP_MEDIAN:
        reasons.append(f"highest median is {figures['top_median']:.0f} TPM, below {MIN_TOP_MEDIAN:.0f}")
    if figures["dynamic_range"] < MIN_DYNAMIC_RANGE:
        reasons.append(f"dynamic range is {figures['dynamic_range']:.1f}, below {MIN_DYNAMIC_RANGE:.0f}")
    low, high = SUM_LIMITS
    if not low <= figures["sum_of_medians"] <= high:
        reasons.append(f"medians sum to {figures['sum_of_medians']:.0f} TPM, outside {low:.0f} to {high:.0f}")
    return figures, reasons


def _of_logs(values: pd.DataFrame, figures: pd.DataFrame, more: Mapping[str, Limits]) -> dict[str, tuple[str, ...]]:
    """Return the objections to each logarithmic unit: those to its linear unit once the logarithm is undone.

    Another base than 2 is told by sums of one million only, so that all genes must be given.
    """
    no_log = _broken(figures, {"lowest": (0.0, None), "highest": (None, LOG_CEILING)})
    if no_log:
        return dict.fromkeys(_BASES, no_log)
    undone = {base: figures_of(_power(values, base)) for base in set(_BASES.values())}
    found = {}
    for unit in ("log2(TPM+1)", *OTHER_BASES):
        found[unit] = _undone(_broken(undone[_BASES[unit]], {**_TPM, **more["TPM"]}), _BASES[unit])
    found["log2(FPKM+1)"] = _undone(_broken(undone[2.0], {**LIMITS["FPKM"], **more["FPKM"]}), 2.0)
    for unit in OTHER_BASES:
        if "sum" not in more["TPM"]:
            found[unit] = (f"{len(values)} genes are too few to tell the base of the logarithm",)
        elif not found[unit]:
            found["log2(FPKM+1)"] = (f"{_BASES[unit]:.3g}^x - 1 sums to one million in every sample",)
    return found


def _undone(told: tuple[str, ...], base: float) -> tuple[str, ...]:
    return tuple(f"after {base:.3g}^x - 1 {one}" for one in told)


def _power(values: pd.DataFrame, base: float) -> pd.DataFrame:
    return pd.DataFrame(np.expm1(values.to_numpy(dtype=float) * np.log(base)), values.index, values.columns)


def _broken(figures: pd.DataFrame, limits: Limits) -> tuple[str, ...]:
    """Say which limits the samples (rows of `figures`) break, each by its worst sample."""
    told = []
    for name, (low, high) in limits.items():
        least, most = float(figures[name].min(skipna=False)), float(figures[name].max(skipna=False))
        if low is not None and not least >= low:
            told.append(_of_worst(figures[name], least, f"below {low:{_WORDS[name][1]}}"))
        elif high is not None and not most <= high:
            told.append(_of_worst(figures[name], most, f"above {high:{_WORDS[name][1]}}"))
    return tuple(told)


def _of_worst(column: pd.Series, value: float, bound: str) -> str:
    """Say a figure, of which sample it is if there are several, and the limit that it breaks."""
    text, form = _WORDS[str(column.name)]
    where = column.index[(column == value) | column.isna()][0]
    return f"{text.format(format(value, form))}{f' in {where}' if len(column) > 1 else ''}, {bound}"
