"""What the page says of antigen escape: what relapses lost, what they still carry, and soluble antigen over days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from targetfinder.report._facts import amount, records, signed
from targetfinder.report._words import MODALITY

Row = dict[str, Any]
#: Antigens, and patients, that the page shows of each basis; the rest is in the tables.
ANTIGENS: Final = 15
PATIENTS: Final = 40
_BASIS: Final = {**MODALITY, "clinical": "clinical table"}
#: Size of the picture of a series, in its own units.
_WIDTH, _HEIGHT = 120, 28


def sections(escape: Mapping[str, pd.DataFrame]) -> Row:
    """Return what the template prints: `bases` (antigens and patients), `soluble` and `prior`; each may be empty.

    Parameters
    ----------
    escape
        ESCAPE_PATIENTS, ESCAPE_TARGETS and SOLUBLE rows by the names of their tables; nothing if the step did not run.
    """
    if not escape:
        return {"bases": [], "soluble": [], "prior": []}
    patients, targets = escape["escape_patients"], escape["escape_targets"]
    bases = [_of_basis(basis, rows, targets[targets["basis"] == basis]) for basis, rows in patients.groupby("basis")]
    soluble = escape["soluble"].sort_values(["symbol", "patient"])
    first = targets.sort_values(["priority_rank", "basis"]).drop_duplicates("gene_id").head(ANTIGENS)
    prior = [row | {"lines": row["prior_basis"].split(" | ")} for row in records(first)]
    return {"bases": bases, "soluble": [_series(row) for row in records(soluble)], "prior": prior}


def _of_basis(basis: Any, patients: pd.DataFrame, targets: pd.DataFrame) -> Row:
    known = targets[targets["n_carried"] > 0]
    fallen = known.assign(fallen=known["n_lost"] + known["n_reduced"])
    first = fallen.sort_values(["fallen", "priority_rank"], ascending=[False, True]).head(ANTIGENS)
    paired = patients[patients["paired"] == "yes"]
    lone = patients.loc[patients["paired"] == "no", ["patient", "note"]]
    return {
        "name": _BASIS[basis][:1].upper() + _BASIS[basis][1:],
        "paired": len(paired),
        "lone": [f"{row.patient} ({row.note})" for row in lone.itertuples()],
        "measured": len(targets),
        "ever_lost": int((targets["n_lost"] > 0).sum()),
        "antigens": [_antigen(row) for row in records(first)],
        "patients": [_patient(row) for row in records(paired.head(PATIENTS))],
        "more": max(len(paired) - PATIENTS, 0),
        "facts": bool(paired[["transplant", "cytopenia_grade", "mrd", "car_persistence"]].notna().any().any()),
    }


def _antigen(row: Row) -> Row:
    told = row["lost_share"] is not None
    share = f"{row['lost_share']:.0%} ({row['lost_share_lo']:.0%} to {row['lost_share_hi']:.0%})" if told else None
    return row | {
        "lost_told": share,
        "change": None if row["median_change_log2"] is None else signed(row["median_change_log2"]),
        "q": None if row["q_value"] is None else f"{row['q_value']:.2g}",
        "still": None if row["carried_at_relapse"] is None else f"{row['carried_at_relapse']:.0%}",
        "with": (row["lost_with"] or "").replace("|", ", "),
    }


def _patient(row: Row) -> Row:
    donor = None if row["donor_share"] is None else f"donor {row['donor_share']:.0%}"
    if donor is None and row["transplant"] == "allogeneic":
        donor = "host or donor not told"
    return row | {
        "shift": None if row["shift_log2"] is None else signed(row["shift_log2"]),
        "lost_named": (row["lost"] or "").split("|") if row["lost"] else [],
        "next_named": (row["next_targets"] or "").split("|") if row["next_targets"] else [],
        "host": ", ".join(filter(None, (row["transplant"], donor))),
    }


def _series(row: Row) -> Row:
    """Return a series with the points of its picture: days and amounts on logarithmic scales."""
    days = np.array([float(day) for day in row["days"].split("|")])
    values = np.array([float(value) for value in row["values"].split("|")])
    across = np.log2(days - min(days.min(), 0) + 1)
    up = np.log2(np.maximum(values, 1e-9))
    x = 2 + (_WIDTH - 4) * across / max(float(across.max()), 1e-9)
    y = _HEIGHT - 3 - (_HEIGHT - 6) * (up - up.min()) / max(float(np.ptp(up)), 1e-9)
    when = {name: None if row[name] is None else f"day {row[name]:.0f}" for name in ("nadir_day", "last_day")}
    shown = {name: None if row[name] is None else amount(row[name]) for name in ("baseline", "nadir", "last")}
    return row | shown | when | {"points": " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))}
