"""Quality of each cell by scanpy's metrics, and which cells are left out for it, in one pass over the file.

Limits are those of the single-cell best practices: median absolute deviations (MAD, not scaled) from the median
(Heumos et al. 2023, doi:10.1038/s41576-023-00586-w). They are set apart for malignant and other cells of each patient,
since tumour cells hold more RNA than lymphocytes: limits of the mixture would throw out the rarer kind
(Subramanian et al. 2022, doi:10.1186/s13059-022-02820-w, set them by kind of cell for this reason).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder.cohort.formats._cell_file import Cells
from targetfinder.compiled import compiled
from targetfinder.sources.readers._group_sums import THREADS, UnfitRow
from targetfinder.sources.readers._h5ad import Integers
from targetfinder.units import Floats

#: MAD from the median beyond which a cell is left out, on log(1 + x) of counts and of genes.
MADS = 5.0
#: Mitochondrial share: MAD above the median, and percent. Both must be passed, or a tumour that is rich in mitochondria
#: as a whole would be left out for its percent, and one that is even in it for its MAD.
MT_MADS, MT_PERCENT = 3.0, 8.0
#: With fewer cells MAD is too uncertain to leave one out: of normally distributed log counts, whose 5 MAD leave out
#: 0.08 % of many cells, it leaves out 6 % of 5 cells, 1.9 % of 10 and 0.8 % of 20 (simulated).
FEW = 20
#: A droplet with fewer counts holds no cell; a file in which most are such was not filtered.
DROPLET = 10
REASONS = (
    "no counts",
    "same cell again",
    f"counts over {MADS:g} MAD from the median",
    f"genes over {MADS:g} MAD from the median",
    f"mitochondrial share over {MT_MADS:g} MAD above the median and over {MT_PERCENT:g} %",
)


@dataclass(frozen=True)
class Quality:
    """Metrics of each cell, by scanpy's definitions.

    `n_genes` and `total` are `n_genes_by_counts` and `total_counts`; `mitochondrial` and `immunoglobulin` the shares
    (0 to 1) of the counts in such genes, all NaN if the file has none of them.
    """

    n_genes: npt.NDArray[np.int32]
    total: Floats
    mitochondrial: Floats
    immunoglobulin: Floats


def measured(cells: Cells, mitochondrial: npt.NDArray[np.bool_], immunoglobulin: npt.NDArray[np.bool_]) -> Quality:
    """Stream a file once, and check every value of it.

    Parameters
    ----------
    mitochondrial, immunoglobulin
        Which columns of the matrix are such genes.

    Raises
    ------
    InputError
        If a value is negative or not finite, a cell has a gene twice, or the file is damaged.
    """
    n = cells.rows.shape[0]
    genes, sums = np.zeros(n, np.int32), np.zeros((n, 3))
    kind = (mitochondrial + 2 * immunoglobulin).astype(np.uint8)
    measure = compiled(_measure)
    with ThreadPoolExecutor(THREADS) as pool:
        for block in cells.rows.blocks(pool, np.ones(n, dtype=bool), cells.values == "log1p_CP10k"):
            rows = block.bounds.size - 1
            here = slice(block.first, block.first + rows)
            cuts = np.linspace(0, rows, THREADS + 1).astype(int).tolist()
            jobs = [pool.submit(measure, a, b, *block[1:], kind, genes[here], sums[here]) for a, b in pairwise(cuts)]
            unfit = [row for job in jobs if (row := job.result()) >= 0]
            if unfit:
                error = UnfitRow(block.first + min(unfit))
                raise cells.unfit(error) from error
    total = sums[:, 0].copy()
    with np.errstate(invalid="ignore"):
        mt, ig = (sums[:, k] / total if there else np.full(n, np.nan) for k, there in _there(kind))
    return Quality(genes, total, mt, ig)


def _there(kind: npt.NDArray[np.uint8]) -> list[tuple[int, bool]]:
    return [(1, bool((kind & 1).any())), (2, bool((kind & 2).any()))]


def _measure(first: int, last: int, bounds: Any, values: Any, genes: Any, kind: Any, n_genes: Any, sums: Any) -> int:
    """Measure some rows of a block; return the first unfit one, or -1."""
    seen = np.full(kind.size, -1)
    for row in range(first, last):
        for k in range(bounds[row], bounds[row + 1]):
            value, gene = values[k], genes[k]
            if not (0 <= value < np.inf) or gene >= kind.size or seen[gene] == row:
                return row
            seen[gene] = row
            n_genes[row] += value > 0
            sums[row, 0] += value
            if kind[gene] & 1:
                sums[row, 1] += value
            if kind[gene] & 2:
                sums[row, 2] += value
    return -1


def judged(quality: Quality, group: Integers, again: npt.NDArray[np.bool_], counted: bool) -> pd.DataFrame:
    """Return, for each cell, whether it fails for each of `REASONS`; only the first reason of a cell is True.

    Parameters
    ----------
    group
        Patient and kind of each cell as a number; -1 for cells that are not looked at.
    again
        Cells that occurred before.
    counted
        Whether totals are counts: else they are all alike and say nothing.
    """
    fails = np.zeros((len(group), len(REASONS)), dtype=bool)
    fails[:, 0], fails[:, 1] = quality.total <= 0, again
    usable = (group >= 0) & ~fails.any(axis=1)
    for cells in _members(group, usable):
        if len(cells) < FEW:
            continue
        if counted:
            fails[cells, 2] = _far(np.log1p(quality.total[cells]), MADS)
        fails[cells, 3] = _far(np.log1p(quality.n_genes[cells]), MADS)
        share = quality.mitochondrial[cells]
        above = _far(share, MT_MADS) & (share > np.median(share))
        fails[cells, 4] = above & (100 * share > MT_PERCENT)
    fails &= np.cumsum(fails, axis=1) == 1
    return pd.DataFrame(fails & (group >= 0)[:, None], columns=list(REASONS))


def _members(group: Integers, usable: npt.NDArray[np.bool_]) -> list[Integers]:
    """Return the cells of each group."""
    cells = np.flatnonzero(usable)
    order = cells[np.argsort(group[cells], kind="stable")]
    return [part for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if part.size]


def _far(values: Floats, mads: float) -> npt.NDArray[np.bool_]:
    """Return which values are farther from the median than some MAD; none if most are equal, or unknown."""
    distance = np.abs(values - np.median(values))
    mad = float(np.median(distance))
    return distance > mads * mad if mad > 0 else np.zeros(len(values), dtype=bool)


def repeated(cells: Cells, quality: Quality, patient: Integers) -> npt.NDArray[np.bool_]:
    """Return which cells were there before: the same barcode, patient, counts and genes.

    A barcode alone may occur in several lanes of one patient, by chance.
    """
    n = cells.rows.shape[0]
    hashes = np.empty(n, dtype=np.uint64)
    for start in range(0, n, 1 << 16):
        names = np.asarray(cells.barcodes[start : start + (1 << 16)], dtype=object)
        hashes[start : start + len(names)] = pd.util.hash_array(names)
    key = pd.DataFrame({"name": hashes, "patient": patient, "total": quality.total, "genes": quality.n_genes})
    return key.duplicated().to_numpy()


def summary(quality: Quality, fails: pd.DataFrame, group: Integers, names: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each group: cells, medians of the metrics over all of them, and cells that fail by reason.

    Parameters
    ----------
    names
        Patient and kind of each group, in the order of their numbers.
    """
    wanted = group >= 0
    metrics = pd.DataFrame(
        {
            "n_genes_by_counts": quality.n_genes,
            "total_counts": quality.total,
            "pct_counts_mt": 100 * quality.mitochondrial,
            "pct_counts_ig": 100 * quality.immunoglobulin,
        }
    )[wanted]
    by = group[wanted]
    numbers = fails[wanted].groupby(by).sum()
    found = pd.concat([metrics.groupby(by).median(), numbers], axis=1)
    found.insert(0, "n_cells", np.bincount(by, minlength=len(names))[found.index])
    found["n_kept"] = found["n_cells"] - numbers.sum(axis=1)
    return names.join(found, how="inner").reset_index(drop=True)
