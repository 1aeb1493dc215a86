"""An atlas of single cells with planted truth: a rare cell type, RNA that other cells spilt, and a donor like no other.

Used by tests (as h5ad, through the reader) and by `tests/benchmarks/bench_off_target.py` (as sums of groups).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

#: Cell type to share of the cells; the first one is rare.
SHARES = {"Cardiomyocytes": 0.01, "T cells": 0.45, "B cells": 0.3, "NK cells": 0.24}
RARE, SPILLER = "Cardiomyocytes", "B cells"
#: Counts of a cell, and how much cells differ (standard deviation of the logarithm).
DEPTH, DEPTH_SPREAD = 3000, 0.4
#: Donors differ by this much in each gene (standard deviation of the logarithm). One gene in ten is a marker: a type
#: has this many times as much of it, and all others have a hundredth of what they had.
DONOR_SPREAD, MARKERS, MARKER_TIMES, ELSEWHERE = 0.3, 0.1, 10.0, 0.01
#: Share of a droplet that is soup, by donor, and how much droplets differ (standard deviation of the logarithm).
SOUP, SOUP_SPREAD = (0.03, 0.12), 0.4
#: What the spilling cells have of a contaminant, in TPM: a tenth of it in the soup would be far above any rule.
SPILT = 10_000.0


@dataclass(frozen=True)
class Planted:
    """Positions of the planted genes; TPM of each that the rare cell type has, and that one donor has in it."""

    rare: dict[int, float]
    spilt: list[int]
    single: list[int]
    single_level: float = 600.0


@dataclass(frozen=True)
class Cells:
    """Counts of cells × genes, tissue, cell type and donor of each cell, true means (donor, type, gene) in TPM."""

    counts: sparse.csr_matrix
    obs: pd.DataFrame
    truth: np.ndarray
    soup: np.ndarray


def typical(rng: np.random.Generator, genes: int, planted: Planted) -> np.ndarray:
    """Return TPM of cell type × gene; the planted genes are nowhere but where they are planted."""
    types = list(SHARES)
    base = rng.lognormal(np.log(5), 1.5, genes) * rng.lognormal(0, 0.5, (len(types), genes))
    marks = np.flatnonzero(rng.random(genes) < MARKERS)
    base[:, marks] *= ELSEWHERE
    base[rng.integers(len(types), size=marks.size), marks] *= MARKER_TIMES / ELSEWHERE
    base[:, [*planted.rare, *planted.spilt, *planted.single]] = 0
    base *= 1e6 / base.sum(axis=1, keepdims=True)
    base[types.index(RARE), list(planted.rare)] = list(planted.rare.values())
    base[types.index(SPILLER), planted.spilt] = SPILT
    return np.asarray(base)


def of_donors(rng: np.random.Generator, base: np.ndarray, donors: int, planted: Planted) -> np.ndarray:
    """Return TPM of donor × cell type × gene; the first donor is the one that is like no other."""
    found = base * rng.lognormal(0, DONOR_SPREAD, (donors, *base.shape))
    found[0, list(SHARES).index(RARE), planted.single] = planted.single_level
    return np.asarray(found / found.sum(axis=2, keepdims=True) * 1e6)


def numbers_of(cells: int) -> np.ndarray:
    """Return the number of cells of each type among so many."""
    return np.maximum(np.rint(np.array([*SHARES.values()]) * cells).astype(int), 1)


def draw(seed: int, genes: int, donors: int, cells: int, planted: Planted, most: int | None = None) -> Cells:
    """Draw `cells` cells of each donor, of which `SHARES` are of each type; of no type more than `most`."""
    rng = np.random.default_rng(seed)
    truth = of_donors(rng, typical(rng, genes, planted), donors, planted)
    numbers = numbers_of(cells)
    share = rng.uniform(*SOUP, donors)
    blocks, rows = [], []
    for donor in range(donors):
        soup = numbers @ truth[donor] / numbers.sum()
        for kind, (name, n) in enumerate(zip(SHARES, np.minimum(numbers, most or cells), strict=True)):
            part = np.clip(share[donor] * rng.lognormal(0, SOUP_SPREAD, n), 0, 0.9)[:, None]
            depth = DEPTH * rng.lognormal(0, DEPTH_SPREAD, n)[:, None] / 1e6
            blocks.append(sparse.csr_matrix(rng.poisson(depth * ((1 - part) * truth[donor, kind] + part * soup))))
            rows += [("heart muscle", name, f"D{donor + 1}")] * n
    obs = pd.DataFrame(rows, columns=["tissue", "cell_type", "donor_id"])
    return Cells(sparse.vstack(blocks, format="csr").astype(np.float32), obs, truth, share)


def write(cells: Cells, gene_ids: list[str], path: Path) -> None:
    """Write cells as h5ad as CELLxGENE does: counts by rows, categories in obs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what anndata's own imports warn of
        import anndata
    obs = cells.obs.astype("category").set_axis([f"cell{number}" for number in range(len(cells.obs))])
    anndata.AnnData(cells.counts, obs=obs, var=pd.DataFrame(index=gene_ids)).write_h5ad(path)
