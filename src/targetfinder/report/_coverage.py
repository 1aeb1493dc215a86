"""What the page says of sets of targets: how many it takes to reach the patients, or why that cannot be counted."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from targetfinder.report._facts import records
from targetfinder.report._words import MODALITY, TIER_SHORT

Row = dict[str, Any]
_BUDGET: Final = {
    "clear": "only targets without a finding",
    "caution": "none worse than caution",
    "gate_needed": "none worse than gate needed",
}


def sections(coverage: pd.DataFrame) -> list[Row]:
    """Return one section for each modality whose patients were counted, and one of bounds, if there are any.

    Parameters
    ----------
    coverage
        COVERAGE rows of one indication; none if the step did not run.

    Returns
    -------
    list
        `basis`, `modality` in words, `cohorts`, `n`, `goal`, `notes`, and `budgets`: each in words, with its `rows` by
        size (numbers in words) and whether any of them reaches the goal.
    """
    keys = ["basis", "modality"]
    parts = [_section(part) for _, part in coverage.groupby(keys, observed=True) if len(part)]
    return sorted(parts, key=lambda part: (part["basis"] == "bounds", part["modality"]))


def _section(rows: pd.DataFrame) -> Row:
    first = rows.iloc[0]
    return {
        "basis": first["basis"],
        "modality": MODALITY[first["modality"]][:1].upper() + MODALITY[first["modality"]][1:],
        "cohorts": first["cohorts"].replace("|", ", "),
        "n": int(first["n"]),
        "goal": f"{first['goal']:.0%}",
        "notes": sorted({note[:1].upper() + note[1:] for note in rows["note"].dropna()}),
        "unproven": int((rows["gap"] > 0).sum()),
        "unmeasured": int(rows["unmeasured"].max()) if rows["unmeasured"].notna().any() else 0,
        "budgets": [
            {
                "told": told,
                "rows": [_told(row) for row in records(rows[rows["budget"] == budget].sort_values("n_targets"))],
                "reached": bool((rows.loc[rows["budget"] == budget, "smallest"] == "yes").any()),
            }
            for budget, told in _BUDGET.items()
        ],
    }


def _told(row: Row) -> Row:
    between = f"{row['coverage_lo']:.0%} to {row['coverage_hi']:.0%}"
    counted = row["covered"] is not None
    return {
        "size": row["n_targets"],
        "symbols": row["symbols"].split(" | "),
        "smallest": row["smallest"] == "yes",
        "tier": TIER_SHORT[row["safety_tier"]],
        "tier_key": row["safety_tier"],
        "reached": f"{row['covered']} of {row['n']}" if counted else between,
        "share": f"{row['coverage']:.0%} ({between})" if counted else None,
        "bar": f"{100 * row['coverage']:.1f}" if counted else None,
        "heldout": None
        if row["heldout"] is None
        else f"{row['heldout']:.0%} ({row['heldout_lo']:.0%} to {row['heldout_hi']:.0%})",
        "stability": None if row["stability"] is None else f"{row['stability']:.0%}",
    }
