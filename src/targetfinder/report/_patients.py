"""What the page says of each query: one patient held against the cohorts of the indication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from targetfinder.report._facts import amount, records, signed
from targetfinder.report._words import MATERIAL

Row = dict[str, Any]
#: Targets in the table of a patient, and targets of the indication that a patient is asked for by name.
FIRST: Final = 30
TOP: Final = 20
_SAMPLE: Final = ["sample", "cohort"]


def sections(patients: pd.DataFrame, queries: pd.DataFrame, targets: pd.DataFrame) -> list[Row]:
    """Return one section for each query, by sample and cohort.

    Parameters
    ----------
    patients
        PATIENTS rows of one indication, in any order.
    queries
        QUERY rows, at least sample, cohort and material.
    targets
        TARGETS rows of the indication.

    Returns
    -------
    list
        sample, patient, cohort, `material` (null if not stated), `caveats` (what all genes of the sample share),
        `linear` (amounts may be compared), `measures` (label, hint, and what a dash means), `rows` (the first targets
        in the order of the patient, cells in the order of `measures`), `counts` of expressed, not expressed and
        unmeasured targets, and which of the first targets of the indication are `absent` or `unknown`,
        by symbol and rank.
    """
    material = queries.drop_duplicates(_SAMPLE).set_index(_SAMPLE)["material"].to_dict()
    place = targets.set_index("gene_id")["tumour_percentile"]
    known = patients.assign(cohort_percentile=patients["gene_id"].map(place)).sort_values("patient_rank")
    return [_section(rows, MATERIAL.get(material.get(key, ""))) for key, rows in known.groupby(_SAMPLE)]


def _section(rows: pd.DataFrame, material: str | None) -> Row:
    linear = bool(rows["value_tpm"].notna().any() and rows["cohort_median"].notna().any())
    measures = _AMOUNTS if linear else _PLACES
    top = rows[rows["priority_rank"] <= TOP].sort_values("priority_rank")
    return {
        **{name: rows[name].iloc[0] for name in ("sample", "patient", "cohort")},
        "material": material,
        "caveats": _shared(rows["caveat"]),
        "linear": linear,
        "measures": [{"label": label, "hint": hint, "missing": missing} for label, hint, missing, _ in measures],
        "rows": [row | {"cells": [say(row) for *_, say in measures]} for row in records(rows.head(FIRST))],
        "counts": {
            "yes": int((rows["expressed"] == "yes").sum()),
            "no": int((rows["expressed"] == "no").sum()),
            "unmeasured": int(rows["expressed"].isna().sum()),
        },
        "absent": _named(top[top["expressed"] == "no"]),
        "unknown": _named(top[top["expressed"].isna()]),
    }


def _named(rows: pd.DataFrame) -> list[str]:
    return [f"{symbol} (rank {rank})" for symbol, rank in zip(rows["symbol"], rows["priority_rank"], strict=True)]


def _shared(caveats: pd.Series) -> list[str]:
    """Return the caveats that stand at every gene of a sample, in their order."""
    kinds = [text.split("; ") for text in caveats.unique()]
    return [
        told if told.startswith("n = ") else told[:1].upper() + told[1:]
        for told in kinds[0]
        if all(told in kind for kind in kinds)
    ]


def _amount(name: str) -> Callable[[Row], str | None]:
    return lambda row: None if row[name] is None else amount(row[name])


def _percentile(name: str) -> Callable[[Row], str | None]:
    return lambda row: None if row[name] is None else f"{100 * row[name]:.1f}"


def _window(row: Row) -> str | None:
    return None if row["window_log2"] is None else signed(row["window_log2"])


def _below(row: Row) -> str | None:
    """Return the estimated share with its bracket; what is estimated is never said to be none or all of them."""
    share = row["cohort_share_below"]
    if share is None:
        return None
    told = "below 1%" if share < 0.005 else "above 99%" if share > 0.995 else f"{share:.0%}"
    return f"{told} ({row['cohort_share_below_lo']:.0%} to {row['cohort_share_below_hi']:.0%})"


_HERE: Final = "not measured in this patient"
_THERE: Final = "not measured in the cohort"
_NEITHER: Final = "not measured in this patient, or not in the cohort"
#: Heading, what it is, what it means if it says nothing, and what a row of PATIENTS says under it.
_AMOUNTS: Final = (
    ("This patient", "TPM*", _HERE, _amount("value_tpm")),
    ("Cohort median", "TPM*", _THERE, _amount("cohort_median")),
    ("Share of the cohort below", "estimated, with its bounds", _NEITHER, _below),
    ("Window here", "log2", "not measured in this patient, or in no normal tissue", _window),
)
_PLACES: Final = (
    ("This patient", "percentile within the sample", _HERE, _percentile("percentile")),
    ("Cohort", "percentile within the cohort", _THERE, _percentile("cohort_percentile")),
)
