"""What the values of a matrix of cells are, judged on a sample of its rows, and what is wrong with an unfit row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder.errors import InputError
from targetfinder.sources.readers._group_sums import UnfitRow
from targetfinder.sources.readers._h5ad import Integers, Rows, damaged

#: Counts per ten thousand: what the counts of each cell are scaled to.
CP10K = 10_000.0
#: How far the sum of a cell may be from that, and which share of the cells may be farther away.
TOLERANCE, OUTLIERS = 0.1, 0.1
#: A natural logarithm that no expression reaches.
LOG_LIMIT = 15.0
#: Cells looked at, spread over the file, to tell counts from what was made of them.
SAMPLED = 64
KINDS = ("CP10k", "log1p_CP10k", "counts")


def fitting(rows: Rows, cells: Integers) -> tuple[list[str], str]:
    """Return which of `KINDS` the values of some of the `cells` may be (all if nothing is expressed), and what is seen.

    Raises
    ------
    UnfitRow
        If a cell that is looked at has a value that is negative or not finite.
    """
    picked = cells[np.unique(np.linspace(0, len(cells) - 1, SAMPLED).astype(int))].tolist() if len(cells) else []
    values = {number: rows.row(number)[0].astype(float) for number in picked}
    for number, found in values.items():
        if not ((found >= 0) & (found < np.inf)).all():
            raise UnfitRow(number)
    expressed = [found for found in values.values() if found.any()]
    if not expressed:
        return list(KINDS), "no expression"
    everything = np.concatenate(expressed)
    sums = {"CP10k": np.array([found.sum() for found in expressed])}
    if everything.max() < LOG_LIMIT:
        sums["log1p_CP10k"] = np.array([np.expm1(found).sum() for found in expressed])
    fits = [name for name, total in sums.items() if (abs(total / CP10K - 1) > TOLERANCE).mean() <= OUTLIERS]
    whole = bool((everything == np.rint(everything)).all())
    seen = ", ".join(f"sums of cells as {name} from {n.min():.0f} to {n.max():.0f}" for name, n in sums.items())
    return fits + ["counts"] * whole, f"{'whole numbers only' if whole else 'fractions'}, {seen}"


def unfit_row(
    path: str | Path, layer: str, rows: Rows, number: int, cell: str, ids: pd.Index, values: str | None
) -> InputError:
    """Return what is wrong with a row that cannot be added up; `values` is what the matrix should hold."""
    found, numbers = rows.row(number)
    outside = numbers[(numbers < 0) | (numbers >= len(ids))]
    if outside.size:
        return damaged(str(path), layer, f"gene number {outside[0]} of {len(ids)} in cell {cell}")
    for problem, wrong_ones in (
        ("not a number", np.isnan(found)),
        ("negative expression", found < 0),
        ("infinite expression", np.isinf(found)),
        ("not a logarithm of expression", (found > LOG_LIMIT) & (values == "log1p_CP10k")),
    ):
        if wrong_ones.any():
            place = int(np.flatnonzero(wrong_ones)[0])
            told = f"{problem}: {found[place]:g} in cell {cell}, gene {ids[numbers[place]]}"
            remedy = "set options.layer and options.values to a matrix of counts or normalised expression"
            return InputError(told, file=path, field=layer, remedy=remedy)
    again = pd.Series(numbers)[pd.Series(numbers).duplicated()]
    remedy = "add such entries up with sum_duplicates() of scipy and write the file again"
    return InputError(f"gene {ids[int(again.iloc[0])]} twice in cell {cell}", file=path, field=layer, remedy=remedy)
