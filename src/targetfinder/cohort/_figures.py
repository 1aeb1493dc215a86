"""Numbers of each sample that tell in which unit it is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.units import Floats

FIGURES = (
    *("lowest", "highest", "sum", "dynamic_range", "top_share", "whole_share", "negative_share", "silent_share"),
    *("multiples_share", "off_centre"),
)


def figures_of(values: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of genes × samples that tell a unit, one row a sample.

    Returns
    -------
    pandas.DataFrame
        Columns lowest, highest, sum; dynamic_range (99th percentile over median of the values above zero); top_share
        (highest value over sum); whole_share and multiples_share (of the values above zero, or of the low ones);
        negative_share; silent_share (between -1 and 1); off_centre (distance of means from zero in standard deviations,
        of samples or of genes, whichever is less). NaN in a sample without a number.
    """
    rows = values.to_numpy(dtype=float)
    given = rows[~np.isnan(rows).all(axis=1)]
    of_rows = _off_centre(given.T) if given.shape[1] > 2 else np.inf
    columns = [_of_sample(rows[:, place]) for place in range(rows.shape[1])]
    figures = pd.DataFrame(columns, index=pd.RangeIndex(rows.shape[1]))
    figures["off_centre"] = np.minimum(figures["off_centre"], of_rows)
    return figures.set_axis(pd.Index(values.columns.astype(str)))


def _of_sample(values: Floats) -> dict[str, float]:
    """Return the figures of one sample; all are NaN if it holds no number."""
    found = values[~np.isnan(values)]
    if not len(found):
        return {**dict.fromkeys(FIGURES, np.nan), "off_centre": np.inf}
    total, above = float(found.sum()), found[found > 0]
    return {
        "lowest": float(found.min()),
        "highest": float(found.max()),
        "sum": total,
        "dynamic_range": dynamic_range(found),
        "top_share": float(found.max()) / total if total > 0 else 0.0,
        "whole_share": float((above == np.rint(above)).mean()) if len(above) else 0.0,
        "negative_share": float((found < 0).mean()),
        "silent_share": float((np.abs(found) < 1).mean()),
        "multiples_share": _multiples_share(above),
        "off_centre": float(_off_centre(found[:, None])),
    }


def dynamic_range(values: Floats) -> float:
    """Return the 99th percentile over the median of the values above zero; 0 if there are none."""
    above = values[values > 0]
    return float(np.quantile(above, 0.99) / np.median(above)) if len(above) else 0.0


def _off_centre(columns: Floats) -> float:
    """Return how many standard deviations the mean of the typical column is from zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(np.nanmean(columns, axis=0)) / np.nanstd(columns, axis=0)
    return float(np.median(ratio[np.isfinite(ratio)])) if np.isfinite(ratio).any() else np.inf


def _multiples_share(above: Floats) -> float:
    """Return the share of low values that are whole multiples of the lowest, which then is that of one read.

    A lowest value that is a power of ten is the last digit of rounded values, or a count of one.
    """
    if not len(above):
        return 0.0
    one = float(above.min())
    low = above[above <= 20 * one] / one
    rounded = abs(np.log10(one) - round(np.log10(one))) < 1e-6
    return 0.0 if rounded or len(low) < 100 else float((np.abs(low - np.rint(low)) < 0.05).mean())
