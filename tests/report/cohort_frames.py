"""Planted cohorts of every modality, shipped and own, and whether they may be compared, for the tests of reports."""

from __future__ import annotations

from typing import Any

import pandas as pd

from targetfinder import tables

ATLAS = "hpa_tissue"
#: What the samplesheet writes to compare a cohort that was refused.
OVERRIDE = "the core facility <b>mislabelled</b> the unit"
#: Columns of COHORTS that only bulk RNA has.
AMOUNTS = (
    *("top_median", "top_gene", "dynamic_range", "sum_of_medians", "kept_share", "kept_share_basis"),
    *("lowest_quartile", "immunoglobulin_share", "mitochondrial_share", "purity"),
)


def typed(frame: pd.DataFrame, table: tables.Table) -> pd.DataFrame:
    """Return `frame` with numbers as numbers, so that the contract can check them."""
    numbers = {c.name: c.dtype for c in table.columns if c.dtype in (tables.REAL, tables.COUNT)}
    return frame.assign(
        **{
            name: pd.to_numeric(frame[name], errors="coerce").astype("float64").astype(dtype)
            for name, dtype in numbers.items()
        }
    )


def cohorts(rank_only: bool) -> pd.DataFrame:
    """Return a shipped cohort, one of another indication, and own ones: bulk RNA, relapse, cells and protein."""
    row: dict[str, Any] = {c.name: 1 if c.dtype == tables.COUNT else 0.5 for c in tables.COHORTS.columns}
    row |= {
        **{column.name: None for column in tables.COHORTS.columns if column.dtype == tables.TEXT},
        "cohort": "EWS",
        "modality": "rna_bulk",
        "n": 101,
        "unit": "TPM",
        "material": "tumour",
        "scale": "rank_only" if rank_only else "linear",
        "reasons": "top median below 1,000" if rank_only else None,
        "top_gene": "COL1A1",
        "kept_share_basis": "mean",
        "study": "treehouse",
        "source": "tumours",
        "release": "v0",
    }
    own: dict[str, Any] = row | {"indication": "planted_sarcoma", "study": "mine", "source": "sheet.csv"}
    unlike: dict[str, Any] = own | dict.fromkeys(AMOUNTS) | {"scale": "rank_only"}
    cells = {"modality": "rna_cell", "n": 2, "n_samples": 1234, "material": "sorted", "selected_by": "CD19|CD99"}
    protein = {"modality": "protein", "n": 4, "unit": "log2", "reasons": "no amount of RNA"}
    return pd.DataFrame(
        [
            row,
            row | {"cohort": "OTHER", "n": 5},
            own | {"cohort": "OWN_BULK", "n": 12, "unit_seen": "TPM|FPKM", "library": "poly_a", "lost": 849},
            own | {"cohort": "OWN_LATE", "n": 3, "timepoint": "relapse"},
            unlike | {"cohort": "OWN_CELLS", "reasons": "pseudobulk is compared by rank"} | cells,
            unlike | {"cohort": "OWN_PROTEIN"} | protein,
        ]
    )


def compatibility() -> pd.DataFrame:
    """Verdicts: one cohort is fine, one is refused for one atlas but compared, two have no figures of RNA."""
    figures: dict[str, Any] = {
        column.name: 0.25 for column in tables.COMPATIBILITY.columns if column.dtype == tables.REAL
    }
    figures |= {"samples": 12, "unit_claimed": "TPM", "library_claimed": "unknown", "library_seen": "poly_a"}
    figures |= {"atlas_library": "total", "closest_tissue": "testis", "shift": -1.25, "untailed_expected": None}
    rows = []
    for atlas in (ATLAS, "second_atlas"):
        same = {"atlas": atlas, "gene_overlap": 0.875}
        told = {"verdict": "refuse", "reasons": "the values fit <i>FPKM</i>"} if atlas == ATLAS else {"verdict": "ok"}
        rows += [
            same | figures | {"cohort": "EWS", "verdict": "ok"},
            same | figures | {"cohort": "OWN_BULK", "override": OVERRIDE} | told,
            same | figures | {"cohort": "OTHER", "verdict": "rank_only", "reasons": "of another indication"},
            same | {"cohort": "OWN_CELLS", "verdict": "rank_only", "reasons": "pseudobulk is compared by rank"},
            same | {"cohort": "OWN_PROTEIN", "verdict": "rank_only", "reasons": "no amount of RNA"},
        ]
    frame = pd.DataFrame(rows).reindex(columns=list(tables.COMPATIBILITY.names))
    return tables.COMPATIBILITY.check(typed(frame, tables.COMPATIBILITY))
