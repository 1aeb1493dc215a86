"""Who has which gene, one bit each: cells or patients by group, counted for all pairs of genes.

One count of the cells that have both serves all operators: of a and b, |a AND b| is counted, |a OR b| =
|a| + |b| - |a AND b|, and |a AND NOT b| = |a| - |a AND b|.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

Words = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]
Result = TypeVar("Result")

WORD = 64
#: Genes by genes that are counted at a time.
BLOCK = 96
#: Rows come in multiples of so many (a multiple of the tiles of `_popcount`); those beyond the genes are empty.
PADDED = 12
THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Bits:
    """Bits of genes, group by group.

    Attributes
    ----------
    genes
        Gene id of each row.
    groups
        One row for each group of cells: a patient, or a tissue, cell type and donor.
    sizes
        Cells of each group.
    bounds
        First word of each group, and the end of the last: groups stand side by side.
    words
        Row × word (uint64). There are up to `PADDED` - 1 empty rows beyond the genes. Bits beyond the cells of a
        group are 0.
    """

    genes: pd.Index
    groups: pd.DataFrame
    sizes: Integers
    bounds: Integers
    words: Words

    def counts(self, words: Words | None = None) -> Integers:
        """Return how many cells of each group have each gene (gene × group); or each of other rows of words."""
        rows = self.words[: len(self.genes)] if words is None else words
        found = np.zeros((len(rows), len(self.sizes)), dtype=np.int64)
        for start in range(0, len(rows), BLOCK):
            bits = np.bitwise_count(rows[start : start + BLOCK])
            found[start : start + BLOCK] = np.add.reduceat(bits, self.bounds[:-1], axis=1, dtype=np.int64)
        return found

    def of_groups(self, chosen: npt.NDArray[np.bool_]) -> Bits:
        """Return the bits of some groups, in their order."""
        width = np.diff(self.bounds)
        words = np.ascontiguousarray(self.words[:, np.repeat(chosen, width)])
        bounds = np.concatenate([[0], np.cumsum(width[chosen])])
        return Bits(self.genes, self.groups[chosen].reset_index(drop=True), self.sizes[chosen], bounds, words)

    def with_all(self, genes: npt.NDArray[np.bool_]) -> Bits:
        """Return the same bits, but some genes in every cell."""
        full = np.zeros(self.words.shape[1] * WORD // 8, dtype=np.uint8)
        for start, size in zip(self.bounds[:-1].tolist(), self.sizes.tolist(), strict=True):
            cells = np.packbits(np.ones(size, dtype=bool))
            full[start * WORD // 8 : start * WORD // 8 + len(cells)] = cells
        words = self.words.copy()
        words[: len(self.genes)][genes] = full.view(np.uint64)
        return replace(self, words=words)

    def of_genes(self, genes: pd.Index) -> Bits:
        """Return the bits of some genes, in their order; a gene that is not there has none."""
        return Bits(genes, self.groups, self.sizes, self.bounds, _placed(self.words, self.genes, genes))


def _placed(words: Words, have: pd.Index, genes: pd.Index) -> Words:
    found = np.zeros((-(-len(genes) // PADDED) * PADDED, words.shape[1]), dtype=np.uint64)
    place = have.get_indexer(genes)
    found[np.flatnonzero(place >= 0)] = words[place[place >= 0]]
    return found


def pack(positive: npt.NDArray[np.bool_], genes: pd.Index, group: Integers, groups: pd.DataFrame) -> Bits:
    """Return the bits of a matrix of genes × cells; every group must have a cell.

    Parameters
    ----------
    group
        Row of `groups` of each cell.
    """
    sizes = np.bincount(group, minlength=len(groups))
    bounds = np.concatenate([[0], np.cumsum(-(-sizes // WORD))])
    words = np.zeros((-(-len(genes) // PADDED) * PADDED, int(bounds[-1])), dtype=np.uint64)
    for number in range(len(groups)):
        own = np.packbits(positive[:, group == number], axis=1)
        filled = np.zeros((len(genes), 8 * int(bounds[number + 1] - bounds[number])), dtype=np.uint8)
        filled[:, : own.shape[1]] = own
        words[: len(genes), bounds[number] : bounds[number + 1]] = filled.view(np.uint64)
    return Bits(genes, groups, sizes, bounds, words)


def joined(parts: list[Bits], genes: pd.Index, by: list[str]) -> Bits:
    """Return the bits of several files as one; what is one group by the columns `by` in two files becomes one group."""
    groups = pd.concat([part.groups for part in parts], ignore_index=True)
    number = groups.groupby(by, dropna=False, sort=True).ngroup().to_numpy()
    slices = [(part, slice(*pair)) for part in parts for pair in zip(part.bounds[:-1], part.bounds[1:], strict=True)]
    order = np.argsort(number, kind="stable")
    words = np.zeros((-(-len(genes) // PADDED) * PADDED, sum(int(part.bounds[-1]) for part in parts)), np.uint64)
    places = [part.genes.get_indexer(genes) for part in parts for _ in range(len(part.sizes))]
    at, width = 0, np.zeros(int(number.max()) + 1, dtype=np.int64)
    for k in order:
        part, own = slices[k]
        have = places[k] >= 0
        words[: len(genes)][have, at : at + own.stop - own.start] = part.words[places[k][have], own]
        at, width[number[k]] = at + own.stop - own.start, width[number[k]] + own.stop - own.start
    sizes = np.bincount(number, np.concatenate([part.sizes for part in parts])).astype(np.int64)
    first = groups.iloc[order].groupby(number[order]).head(1).reset_index(drop=True)
    return Bits(genes, first, sizes, np.concatenate([[0], np.cumsum(width)]), words)


def blocks_of(n: int) -> list[tuple[int, int]]:
    """Return the first genes of the blocks of all pairs of n genes, those of a block with itself among them."""
    starts = range(0, n, BLOCK)
    return [(i, j) for i in starts for j in starts if j >= i]


def common(bits: Bits, i: int, j: int) -> Counts:
    """Return how many cells of each group have both: genes from i, genes from j (up to `BLOCK` of each), groups."""
    from targetfinder._popcount import compiled

    a, b = bits.words[i : i + BLOCK], bits.words[j : j + BLOCK]
    found = np.zeros((len(a), len(b), len(bits.sizes)), dtype=np.int32)
    compiled()(a, b, bits.bounds, found)
    n = len(bits.genes)
    return found[: n - i, : n - j]


def over_blocks(
    bits: Bits, reduce: Callable[[int, int, Counts], Result], blocks: list[tuple[int, int]] | None = None
) -> Iterator[Result]:
    """Yield what `reduce` makes of the counts of each block of pairs, in the order of `blocks` (all of `blocks_of`).

    The counts of no more than a few blocks are in memory at a time; `THREADS` threads count and reduce.
    """
    chosen = blocks_of(len(bits.genes)) if blocks is None else blocks
    if chosen:
        common(bits, *chosen[0])  # compiles once, before threads would each
    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(lambda place: reduce(place[0], place[1], common(bits, place[0], place[1])), chosen)
