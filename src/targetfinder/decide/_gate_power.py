"""Whether a blocker that tumour cells had would have been seen there: single cells miss most of the RNA of a gene.

A cell with depth N (counts) in which a share s of the RNA is the gene shows it with chance 1 - exp(-N s) (Poisson). The
share is taken from the endangered normal cells, the lowest of the atlases that have them; the depth from the patients.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from targetfinder import tables
from targetfinder.decide._gate_inputs import Cohort
from targetfinder.decide._gate_table import Power
from targetfinder.store import read_table

#: Parts of all RNA that one unit is.
PARTS = {"nTPM": 1e-6, "TPM": 1e-6, "CP10k": 1e-4}


def seen(share: float, depths: np.ndarray) -> float:
    """Return the chance that a gene with a share of the RNA has a count, in the median patient."""
    return float(np.median(-np.expm1(-share * depths)))


def power_of(cohort: Cohort, bundle: Path) -> Power:
    """Return the power in a cohort; NaN where no depth or no amount is known, 1 of bulk RNA at its presence level."""
    depths = None if cohort.bits is None else cohort.bits.groups.get("depth")

    @cache
    def share(gene: str, context: str) -> float:
        columns = ["gene_id", "context", "value", "unit"]
        wanted = [("gene_id", "==", gene), ("context", "==", context)]
        rows = read_table(bundle / "normal_cell.parquet", tables.NORMAL_CELL, columns, filters=wanted)
        return float((rows["value"] * rows["unit"].astype(str).map(PARTS)).min())

    def power(gene: str, context: str) -> float:
        if cohort.basis == "samples":
            return 1.0
        return np.nan if depths is None else seen(share(gene, context), depths.to_numpy(dtype=float))

    return power
