"""Statistics over patients of intensities, of relative values of antibodies and of scores of stains."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from targetfinder.cohort._censored import above, abundance
from targetfinder.cohort._dropout import Dropout, fit
from targetfinder.cohort._patients import prevalence, shares
from targetfinder.errors import InputError
from targetfinder.units import percentile_rank

#: Fewer patients tell no variance.
MIN_PATIENTS = 3
#: Moderate staining of half of the cells, on each scale of a stain; an H-score is the sum of strength × percent.
STAINED = {"h_score": 100.0, "intensity": 2.0, "percent": 50.0, "level": 2.0}
#: A relative log2 value of one is twice the typical other sample of the file.
TWOFOLD = 1.0
NO_MODEL = "too few patients or proteins to model missing values: no estimate where one is missing"
NO_OTHERS = "values are relative within this cohort: no other sample tells what is high"


def measured(values: pd.DataFrame, options: Mapping[str, str]) -> pd.DataFrame:
    """Return the statistics of log2 intensities, entries × patients."""
    dropout = _fitted(values)
    if dropout is None:
        table = _complete(values)
        level = _level(options, float(table["mu"].median()))
        share = _bracket(values, level)
    else:
        table = abundance(values, dropout)
        level = _level(options, float(table["mu"].median()))
        share = above(values, table, dropout, level)
    share = share if np.isfinite(level) else share * np.nan
    never = table["n_detected"] == 0
    counted = values.notna().all(axis=1)
    found = _named(table).join(share)
    return found.assign(
        detection=np.where(never, "below_detection", "measured"),
        percentile=percentile_rank(table["mu"]),
        prevalence_basis=np.where(counted, "counted", "estimated"),
        level=level,
        unit="log2 intensity",
        note=None if dropout else pd.Series(None, values.index, dtype=object).mask(~counted, NO_MODEL),
    ).assign(prevalence_basis=lambda frame: frame["prevalence_basis"].where(frame["prevalence"].notna()))


def _fitted(values: pd.DataFrame, *, at_random: bool = False) -> Dropout | None:
    """Return the model of a run set, or None where it is too small for one."""
    if values.shape[1] < MIN_PATIENTS:
        return None
    try:
        return fit(values.to_numpy(dtype=float), at_random=at_random)
    except ValueError:
        return None


def _complete(values: pd.DataFrame) -> pd.DataFrame:
    """Return what needs no model: the mean without interval, of entries that every patient was detected with."""
    seen = values.notna().sum(axis=1)
    detected = shares(seen.to_numpy(), np.full(len(values), values.shape[1])).to_numpy().T
    mean = values.mean(axis=1).where(seen == values.shape[1])
    table = pd.DataFrame({"mu": mean, "lo": np.nan, "hi": np.nan, "n_detected": seen}, values.index)
    return table.assign(**dict(zip(("detected", "detected_lo", "detected_hi"), detected, strict=True)))


def _bracket(values: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the prevalence that is counted where none is missing, and elsewhere the interval that missing leave."""
    n = np.full(len(values), values.shape[1])
    counted = (values > level).sum(axis=1).to_numpy()
    missing = values.isna().sum(axis=1).to_numpy()
    found = shares(counted, n).set_index(values.index)
    found["prevalence_hi"] = shares(counted + missing, n)["prevalence_hi"].to_numpy()
    found["prevalence"] = found["prevalence"].where(missing == 0)
    return found


def relative(values: pd.DataFrame, others: pd.DataFrame, options: Mapping[str, str]) -> pd.DataFrame:
    """Return the statistics of relative log values, which failed at random where they are missing."""
    dropout = _fitted(values, at_random=True)
    table = abundance(values, dropout) if dropout else _complete(values)
    if dropout is None:
        table["mu"] = values.mean(axis=1)
    level = others.median(axis=1) + _level(options, TWOFOLD)
    over = values.sub(level, axis=0)
    found = _named(table).join(prevalence(over.where(level.notna()), 0.0))
    return found.assign(
        detection=np.where(table["n_detected"] > 0, "measured", "unmeasured"),
        percentile=np.nan,
        prevalence_basis=pd.Series("counted", values.index).where(found["prevalence"].notna()),
        level=level,
        unit=options.get("unit", "relative log2"),
        note=NO_OTHERS if others.empty else None,
    )


def stained(values: pd.DataFrame, options: Mapping[str, str]) -> pd.DataFrame:
    """Return the statistics of stains: the median, and its interval by the order of the patients (90 % or more)."""
    from scipy.stats import binom

    level = _level(options, STAINED[options["scale"]])
    stained, seen = (values > 0).sum(axis=1), values.notna().sum(axis=1)
    ordered = np.sort(values.to_numpy(dtype=float), axis=1)
    cut = np.asarray(binom.ppf(0.05, np.maximum(seen, 1), 0.5)).astype(int) - 1
    few = cut < 0  # not even the lowest and the highest patient hold the median with 90 %
    rows = np.arange(len(values))
    detected = shares(stained.to_numpy(), seen.to_numpy()).to_numpy().T
    table = pd.DataFrame(
        {
            "mu": values.median(axis=1),
            "lo": np.where(few, np.nan, ordered[rows, cut]),
            "hi": np.where(few, np.nan, ordered[rows, np.clip(seen - 1 - cut, 0, values.shape[1] - 1)]),
            "n_detected": stained,
            "detected": detected[0],
            "detected_lo": detected[1],
            "detected_hi": detected[2],
        },
        values.index,
    )
    found = _named(table).join(prevalence(values, level))
    return found.assign(
        detection=np.select([stained > 0, seen > 0], ["measured", "below_detection"], "unmeasured"),
        percentile=np.nan,
        prevalence_basis=pd.Series("counted", values.index).where(seen > 0),
        level=level,
        unit=f"IHC {options['scale']}",
        note=None,
    )


def _level(options: Mapping[str, str], default: float) -> float:
    """Return the level of prevalence that the samplesheet states, or the default."""
    try:
        return float(options.get("level", default))
    except ValueError as error:
        problem = f"level={options['level']} is no number"
        raise InputError(problem, field="mapping", remedy="write a number in the unit of the values") from error


def _named(table: pd.DataFrame) -> pd.DataFrame:
    names = {"mu": "median", "lo": "median_lo", "hi": "median_hi"}
    return table.rename(columns=names).drop(columns="spread", errors="ignore")
