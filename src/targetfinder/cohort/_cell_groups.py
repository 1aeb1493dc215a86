"""Groups of tumour cells as tables of genes: by patient, or by patient and state of the cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder.cohort._cells import TumourCells
from targetfinder.units import Floats


@dataclass(frozen=True)
class Aggregate:
    """Groups of cells, one row each, and their genes as group × gene frames: CPM, mean CP10k, share of the cells."""

    n_cells: pd.Series
    cpm: pd.DataFrame
    mean: pd.DataFrame
    detection: pd.DataFrame


def aggregate(found: TumourCells, by: Sequence[str] = ("patient",), *, malignant: bool = True) -> Aggregate:
    """Return the malignant cells, or the others, by patient or by (patient, state); cells without a state are one.

    CPM are of the sums of counts over all genes of the file: sums come before ratios, so that deep cells weigh more; in
    the mean of CP10k all cells weigh the same. Detection is the share of cells with a count of the gene.
    """
    groups = found.groups[found.groups["malignant"] == malignant]
    number = groups.groupby(list(by), dropna=False, sort=True).ngroup().to_numpy()
    names = groups.groupby(list(by), dropna=False, sort=True)["n_cells"].sum()
    place = groups.index.to_numpy()

    def added(array: npt.NDArray[Any]) -> Floats:
        total = np.zeros((len(names), array.shape[1]))
        np.add.at(total, number, array[place])
        return total

    def frame(values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, names.index, found.entries)

    sums, cells = added(found.sums), names.to_numpy()[:, None]
    with np.errstate(invalid="ignore"):
        cpm = sums / sums.sum(axis=1, keepdims=True) * 1e6
    return Aggregate(names, frame(cpm), frame(added(found.scaled) / cells), frame(added(found.detected) / cells))


def kinds_of_genes(gene_ids: pd.Series, genes: pd.DataFrame) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which genes are mitochondrial, and which of immunoglobulins (pseudogenes too: reads do not tell them).

    Parameters
    ----------
    gene_ids
        Current id of each column of a matrix, missing if nobody knows it.
    genes
        `GENES`.
    """
    mitochondrial = genes["symbol"].str.startswith("MT-", na=False)
    immunoglobulin = genes["locus_type"].str.contains("immunoglobulin", na=False)
    of_mt, of_ig = (genes.loc[mask, "gene_id"] for mask in (mitochondrial, immunoglobulin))
    return gene_ids.isin(of_mt).to_numpy(), gene_ids.isin(of_ig).to_numpy()
