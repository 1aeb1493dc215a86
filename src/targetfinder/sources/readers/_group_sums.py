"""Sums and counts of the rows of a matrix by group, while they stream past: in double precision, by threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from targetfinder.compiled import compiled
from targetfinder.sources.readers._h5ad import Integers, Rows
from targetfinder.units import Floats

THREADS = min(4, os.cpu_count() or 1)


class UnfitRow(Exception):
    """A row that cannot be added up; its number is the argument."""


class GroupSums(NamedTuple):
    """Sums and numbers of positive values (both group × gene), and the number of rows in each group."""

    sums: Floats
    positive: npt.NDArray[np.int32]
    rows: Integers


def group_sums(rows: Rows, group: Integers, n_groups: int, *, log: bool, total: float) -> GroupSums:
    """Add up the rows of each group; 12 bytes of memory a group and gene.

    Threads share each block by group, and one block follows the other: the sums do not depend on the number of threads.

    Parameters
    ----------
    group
        Group of each row, -1 if it is not wanted. A row without any positive value is in no group.
    log
        Whether values are natural logarithms of x + 1: x is added up.
    total
        What the sum of each row is scaled to; 0 leaves it as it is.

    Raises
    ------
    UnfitRow
        If a wanted row has a negative or infinite value or none (NaN), or a gene that does not exist or occurs twice.
    InputError
        If the file is damaged.
    """
    found = GroupSums(
        np.zeros((n_groups, rows.shape[1])), np.zeros((n_groups, rows.shape[1]), np.int32), np.zeros(n_groups, np.int64)
    )
    add = compiled(_add)
    with ThreadPoolExecutor(THREADS) as pool:
        for block in rows.blocks(pool, group >= 0, log):
            own = group[block.first : block.first + block.bounds.size - 1]
            jobs = [
                pool.submit(add, share, *block[1:], own, total, *found) for share in shares(own, np.diff(block.bounds))
            ]
            unfit = [row for job in jobs if (row := job.result()) >= 0]
            if unfit:
                raise UnfitRow(block.first + min(unfit))
    return found


def shares(group: Integers, sizes: Integers) -> list[Integers]:
    """Return the wanted rows sorted by group, cut between groups into shares of about one size."""
    order = np.argsort(group, kind="stable")
    order = order[np.searchsorted(group[order], 0) :]
    ends, groups = np.cumsum(sizes[order]), group[order]
    middles = np.searchsorted(ends, ends[-1] * np.arange(1, THREADS) // THREADS)
    return np.split(order, np.searchsorted(groups, groups[middles]))


def _add(
    order: Any, bounds: Any, values: Any, genes: Any, group: Any, total: float, sums: Any, positive: Any, rows: Any
) -> int:
    """Add the rows of `order` to their groups; return the first unfit row, or -1.

    Genes that do not ascend are looked at one by one. `reassoc` concerns the sum of a row only, exact for counts.
    """
    seen = np.full(sums.shape[1], -1)
    for row in order:
        value, gene = values[bounds[row] : bounds[row + 1]], genes[bounds[row] : bounds[row + 1]]
        found, unfit, unsorted = 0.0, 0, 0
        for k in range(value.size):
            found += value[k]
            unfit += not value[k] >= 0
        left, right = gene[:-1], gene[1:]
        for k in range(right.size):
            unsorted += right[k] <= left[k]
        if unfit or not found < np.inf:
            return int(row)
        if unsorted:
            for k in range(gene.size):
                if gene[k] >= sums.shape[1] or seen[gene[k]] == row:
                    return int(row)
                seen[gene[k]] = row
        elif gene.size and gene[-1] >= sums.shape[1]:
            return int(row)
        if found > 0:
            factor = total / found if total > 0 else 1.0
            to_sums, to_positive = sums[group[row]], positive[group[row]]
            rows[group[row]] += 1
            for k in range(value.size):
                to_sums[gene[k]] += value[k] * factor
                to_positive[gene[k]] += value[k] > 0
    return -1
