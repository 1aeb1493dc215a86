"""A planted patient that lacks the second target of its cohort, and in whom the third was not measured."""

from __future__ import annotations

from typing import Any

import pandas as pd
from tests.report.cohort_frames import typed

from targetfinder import tables

SAMPLE, PATIENT, COHORT = "Q1", "patient <b>7</b>", "OWN_QUERIES"
ABSENT, UNKNOWN = 2, 3
SHARED = ["n = 1: one sample, no replicate", "a xenograft, no tumour of a patient"]
ESTIMATED = "share below estimated from quartiles of EWS"


def patients(targets: pd.DataFrame, rank_only: bool = False) -> pd.DataFrame:
    """Return PATIENTS: 42 TPM* in all genes but two; a quarter of the cohort has less, in the first gene nearly all."""
    told = ["gene_id", "symbol", "priority_rank", "binding_tissue", "safety_tier", "safety_reasons"]
    frame = targets.sort_values("priority_rank")[told].reset_index(drop=True)
    absent, unknown = (frame["priority_rank"] == rank for rank in (ABSENT, UNKNOWN))
    amounts: dict[str, Any] = {
        "value_tpm": 42.0,
        "cohort_median": 1234.0,
        "cohort_share_below": 0.25,
        "cohort_share_below_lo": 0.1,
        "cohort_share_below_hi": 0.5,
        "window_log2": -1.5,
    }
    frame = frame.assign(
        **{"sample": SAMPLE, "patient": PATIENT, "cohort": COHORT, "source": "sheet.csv", "release": "0" * 12},
        **{name: None if rank_only else value for name, value in amounts.items()},
        percentile=0.75,
        expressed="yes",
        caveat="; ".join([*SHARED, ESTIMATED]),
    )
    if not rank_only:
        frame.loc[0, ["cohort_share_below", "cohort_share_below_hi"]] = [0.9999, 1.0]
        frame.loc[absent, "value_tpm"] = 0.001
    frame.loc[absent, "expressed"] = "no"
    frame.loc[unknown, [*(name for name in amounts if name != "cohort_median"), "percentile", "expressed"]] = None
    frame.loc[unknown, "caveat"] = "; ".join([*SHARED, "not measured in this patient: neither present nor absent"])
    order = (absent + 2 * unknown).sort_values(kind="stable").index
    frame = frame.loc[order].assign(patient_rank=range(1, len(frame) + 1))
    return tables.PATIENTS.check(typed(frame[list(tables.PATIENTS.names)], tables.PATIENTS))


def queries(targets: pd.DataFrame) -> pd.DataFrame:
    """Return QUERY of the same patient, a xenograft."""
    rows = targets[["gene_id", "symbol"]].assign(
        **{"sample": SAMPLE, "patient": PATIENT, "cohort": COHORT, "material": "pdx", "indication": "planted_sarcoma"},
        **{"value_tpm": 42.0, "percentile": 0.75, "source": "sheet.csv", "release": "0" * 12},
    )
    return tables.QUERY.check(typed(rows[list(tables.QUERY.names)], tables.QUERY))
