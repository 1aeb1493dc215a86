"""Intensities of proteins: on the scale that is claimed, missing where nothing was detected, and never filled in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from targetfinder.cohort._matrix import unfit
from targetfinder.units import Floats

LINEAR, LOG2 = "intensity", "log2 intensity"
#: No instrument counts to 2^64, so that a higher value is no log2.
LOG_CEILING = 64.0
#: Proteins span orders of magnitude: the 99th percentile of linear values is far above this many medians, and that of
#: their logarithms below (log2 intensities run from about 15 to 40).
FLAT = 4.0
#: Continuous values hardly ever repeat: the lowest in this share of all cells, and in so many, was filled in.
FILLED, FILLED_CELLS = 0.01, 5
#: Fewer rows or columns than these do not tell a scale from the values.
MIN_ROWS, MIN_COLUMNS = 20, 3


def intensities(path: Path, values: Floats, line: Callable[[int], str], unit: str, given: str | None = None) -> Floats:
    """Return intensities with NaN where nothing was detected: no number, or zero on a linear scale.

    Parameters
    ----------
    values
        Proteins × samples.
    line
        Says where a row stands in the file.
    unit
        `LINEAR` or `LOG2`, as the format implies it or the samplesheet claims it.
    given
        Number that stands for a missing value, as the samplesheet says.

    Raises
    ------
    InputError
        If the values are on another scale than claimed, relative to a reference, or filled in.
    """
    if unit not in (LINEAR, LOG2):
        raise unfit(path, f"intensities cannot be in {unit}", f"claim {LINEAR} or {LOG2}", "unit")
    missing = values == _number(path, given) if given else np.zeros(values.shape, dtype=bool)
    negative = np.argwhere((values < 0) & ~missing)
    if unit == LINEAR:
        missing |= values == 0
        if len(negative):
            at = f"{values[tuple(negative[0])]:g} in {line(int(negative[0][0]))}"
            raise unfit(path, f"negative intensity {at}", f"if these are logarithms, claim {LOG2}", "unit")
    found = np.where(missing, np.nan, values)
    if np.isnan(found).all():
        raise unfit(path, "no protein was detected in any sample", "check which columns hold the intensities")
    _check_scale(path, found, unit)
    _check_filled(path, found)
    return found


def _number(path: Path, given: str) -> float:
    try:
        return float(given)
    except ValueError as error:
        remedy = "write the number that stands for a missing value"
        raise unfit(path, f"missing={given} is no number", remedy, "mapping") from error


def _check_scale(path: Path, values: Floats, unit: str) -> None:
    seen = values[~np.isnan(values)]
    highest = float(seen.max())
    if unit == LOG2 and highest > LOG_CEILING:
        problem = f"values are no log2 intensities: the highest is {highest:.4g}"
        raise unfit(path, problem, f"claim {LINEAR} if they are linear", "unit")
    if unit == LINEAR and highest < LOG_CEILING and np.quantile(seen, 0.99) < FLAT * np.median(seen):
        problem = f"values look log-transformed: the highest is {highest:.4g}, the median {np.median(seen):.4g}"
        raise unfit(path, problem, f"claim {LOG2} if they are, in a format that allows it", "unit")
    if unit == LOG2 and _relative(values):
        problem = "values are relative to a reference: proteins differ less from each other than samples do"
        raise unfit(path, problem, "read it as format panel, which compares nothing between proteins", "format")


def _relative(values: Floats) -> bool:
    """Whether proteins differ less in their medians than the typical protein does over samples."""
    known = values[(~np.isnan(values)).sum(axis=1) >= MIN_COLUMNS]
    if len(known) < MIN_ROWS:
        return False
    return bool(np.nanmedian(known, axis=1).std() < np.median(np.nanstd(known, axis=1)))


def _check_filled(path: Path, values: Floats) -> None:
    lowest = np.nanmin(values)
    share = float((values == lowest).sum()) / values.size
    if share > FILLED and share * values.size > FILLED_CELLS:
        problem = f"the lowest value, {lowest:g}, stands in {share:.0%} of all cells: missing values seem filled in"
        raise unfit(path, problem, f"leave them empty, or say missing={lowest:g} in the mapping; give no counts")
