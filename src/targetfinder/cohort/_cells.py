"""Tumour cells of patients: sums, detection, quality and ambient immunoglobulin, streamed in bounded memory.

The file is read twice: limits of quality are medians over all cells, so that no cell can be added up before the last
was measured.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder.cohort import _ambient
from targetfinder.cohort._cell_labels import Labels, labels_of
from targetfinder.cohort._cell_quality import DROPLET, Quality, judged, measured, repeated, summary
from targetfinder.cohort._malignant import MALIGNANT, OTHER, UNKNOWN
from targetfinder.cohort._matrix import unfit
from targetfinder.cohort.formats._cell_file import Cells
from targetfinder.compiled import compiled
from targetfinder.detection import Layout, layout, writing
from targetfinder.sources.readers._cell_values import CP10K
from targetfinder.sources.readers._group_sums import THREADS, shares
from targetfinder.sources.readers._h5ad import Integers
from targetfinder.units import Floats

#: Groups of patients and states; more would be cells, or take more than 2 GB.
MOST = 4_000


class Bits(NamedTuple):
    """Where to write the detection matrix, the row of each gene of the file in it (-1: none), and how many it has."""

    path: Path
    places: Integers
    n_genes: int


@dataclass(frozen=True)
class TumourCells:
    """What the cells of a file come to.

    Attributes
    ----------
    groups
        One row for each group with cells: patient, state (missing without one, and for other than malignant cells),
        malignant, n_cells.
    sums, scaled, detected
        Group × gene: sum of counts (of CP10k where the file has no counts), sum of CP10k, cells with the gene.
    entries, symbols
        Genes, as `Cells` has them.
    quality
        For each patient, malignant and other cells: n_cells, medians of scanpy's metrics, cells left out by reason,
        n_kept.
    ambient
        For each patient: ig_malignant, ig_other, ambient_ig, n_ambient, reason; see `_ambient`.
    left_out
        Reason to number of cells, or features, that count nowhere.
    layout
        Where in the detection matrix the bit of each cell is; its patients are in the order of `patients`.
    patients
        Patients of the file with cells.
    """

    groups: pd.DataFrame
    sums: Floats
    scaled: Floats
    detected: npt.NDArray[np.int32]
    entries: pd.Index
    symbols: pd.Series | None
    quality: pd.DataFrame
    ambient: pd.DataFrame
    left_out: dict[str, int]
    layout: Layout
    patients: pd.Index


def tumour_cells(
    cells: Cells,
    rule: str,
    mitochondrial: npt.NDArray[np.bool_],
    immunoglobulin: npt.NDArray[np.bool_],
    bits: Bits | None = None,
) -> TumourCells:
    """Stream an open file of cells into statistics of patients.

    Needs 20 bytes of memory for each group (patient and state, and the other cells of each patient) and gene, some 100
    bytes a cell, and a fixed amount for the stream.

    Parameters
    ----------
    rule
        Which cells are malignant; see `_malignant`.
    mitochondrial, immunoglobulin
        Which columns of the matrix are such genes; see `_cell_groups.kinds_of_genes`.
    bits
        If given, the detection matrix of the malignant cells is written.

    Raises
    ------
    InputError
        If the rule or a column does not fit, a value is no expression, the file was not filtered, or no malignant cell
        is left.
    """
    labels = labels_of(cells, rule)
    quality = measured(cells, mitochondrial, immunoglobulin)
    counted = cells.values == "counts"
    if counted and (quality.total < DROPLET).mean() > 0.5:
        problem = f"more than half of the barcodes have fewer than {DROPLET} counts: droplets, most of them empty"
        raise unfit(cells.path, problem, "give the filtered matrix, of cells only")
    looked_at = (labels.patient >= 0) & (labels.malignant != UNKNOWN)
    kind = np.where(looked_at, 2 * labels.patient + (labels.malignant == OTHER), -1)
    fails = judged(quality, kind, repeated(cells, quality, labels.patient), counted)
    kept = looked_at & ~fails.to_numpy().any(axis=1)
    tumour = kept & (labels.malignant == MALIGNANT)
    left = _left_out(labels, looked_at, fails)
    if not tumour.any():
        told = "; ".join(f"{number} cells: {reason}" for reason, number in left.items())
        problem = f"no malignant cell is left by the rule '{rule}'; {told}"
        raise unfit(cells.path, problem, "mend the rule of malignant cells, or give another file", "malignant")
    where = layout(np.where(tumour, labels.patient, -1), len(labels.patients))
    group, groups = _groups(labels, kept, tumour)
    if len(groups) > MOST:
        problem = f"{len(groups):,} patients and states of {int(kept.sum()):,} cells"
        raise unfit(cells.path, problem, "name a column of patients, and one of few states, in mapping", "patient")
    return TumourCells(
        groups,
        *_sums(cells, group, len(groups), quality, bits, where),
        cells.entries,
        cells.symbols,
        summary(quality, fails, kind, _kinds(labels.patients)),
        _ambient.immunoglobulin(quality, labels, tumour, kept & ~tumour),
        cells.left_out | left,
        where,
        labels.patients,
    )


def _left_out(labels: Labels, looked_at: npt.NDArray[np.bool_], fails: pd.DataFrame) -> dict[str, int]:
    known = labels.patient >= 0
    found = {"no patient": (~known).sum(), "no label in a column of the rule": (known & ~looked_at).sum()}
    found |= {str(reason): number for reason, number in fails.sum().items()}
    return {reason: int(number) for reason, number in found.items() if number}


def _kinds(patients: pd.Index) -> pd.DataFrame:
    """Return patient and kind of the groups within which quality is judged."""
    return pd.DataFrame({"patient": np.repeat(patients, 2), "malignant": [True, False] * len(patients)})


def _groups(
    labels: Labels, kept: npt.NDArray[np.bool_], tumour: npt.NDArray[np.bool_]
) -> tuple[Integers, pd.DataFrame]:
    """Return the number of each cell's group (-1: none), and the groups: of malignant cells by state, of others not."""
    state = np.where(tumour, labels.state, -1)
    table = pd.DataFrame({"patient": labels.patient, "other": ~tumour, "state": state})[kept]
    by = table.groupby(["patient", "other", "state"], sort=True)
    group = np.full(len(kept), -1)
    group[kept] = by.ngroup()
    found = by.size().reset_index(name="n_cells")
    names = np.array([*labels.states, None], dtype=object)
    groups = pd.DataFrame(
        {
            "patient": labels.patients[found["patient"]],
            "state": names[found["state"]],
            "malignant": ~found["other"],
            "n_cells": found["n_cells"],
        }
    )
    return group, groups


def _sums(
    cells: Cells, group: Integers, n_groups: int, quality: Quality, bits: Bits | None, where: Layout
) -> tuple[Floats, Floats, npt.NDArray[np.int32]]:
    """Stream the file again: add up the cells of each group, and write the bits of the malignant ones."""
    shape = (n_groups, cells.rows.shape[1])
    found = (np.zeros(shape), np.zeros(shape), np.zeros(shape, np.int32))
    with np.errstate(divide="ignore"):
        factor = CP10K / quality.total if cells.values == "counts" else np.ones(len(group))
    add = compiled(_add)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(THREADS))
        write = stack.enter_context(writing(*bits, where)) if bits else lambda block: None
        for block in cells.rows.blocks(pool, group >= 0, cells.values == "log1p_CP10k"):
            here = slice(block.first, block.first + block.bounds.size - 1)
            parts = shares(group[here], np.diff(block.bounds))
            jobs = [pool.submit(add, part, *block[1:], group[here], factor[here], *found) for part in parts]
            write(block)
            for job in jobs:
                job.result()
    return found


def _add(
    order: Any, bounds: Any, values: Any, genes: Any, group: Any, factor: Any, sums: Any, scaled: Any, detected: Any
) -> None:
    for row in order:
        to_sums, to_scaled, to_detected = sums[group[row]], scaled[group[row]], detected[group[row]]
        for k in range(bounds[row], bounds[row + 1]):
            to_sums[genes[k]] += values[k]
            to_scaled[genes[k]] += values[k] * factor[row]
            to_detected[genes[k]] += values[k] > 0
