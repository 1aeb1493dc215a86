"""What the page says of logic gates: what was counted, which held in others, and what is only bounded."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from targetfinder.report._facts import amount, percent, records, signed

Row = dict[str, Any]
#: Gates of one operator that the page shows; the rest is in gates.parquet.
SHOWN: Final = 8
OPERATORS: Final = {
    "AND": "Both needed (AND)",
    "OR": "Either will do (OR)",
    "NOT": "Stopped by a blocker on healthy cells (NOT)",
}
BASES: Final = {
    "cells": "counted in single cells: gates were chosen on half of the patients and judged on the other half",
    "samples": "counted in patients: gates were chosen on half of them and judged on the other half",
    "bounds": "bounds only: the cohort gives estimated shares of patients, for one gene at a time",
}
VERDICTS: Final = {
    "improvement": ("holds", "clear"),
    "candidate": ("not proven", "caution"),
    "no gain": ("does not hold", "note"),
}


def section(gates: pd.DataFrame) -> Row:
    """Return what the template prints of GATES rows: one block a cohort and basis.

    Returns
    -------
    dict
        `any` (whether there is a row), `held` (how many gates hold in patients and donors left out), and `blocks`:
        cohort, n, basis in words, `tried`, `bounds`, and `groups` of operator, rows and how many are `more`.
    """
    blocks = [_block(rows) for _, rows in gates.groupby(["basis", "cohort"], sort=True)]
    order = {basis: at for at, basis in enumerate(BASES)}
    held = int((gates["verdict"] == "improvement").sum())
    return {"any": len(gates) > 0, "held": held, "blocks": sorted(blocks, key=lambda one: order[one["basis"]])}


def _block(rows: pd.DataFrame) -> Row:
    first = rows.iloc[0]
    groups = []
    for operator, title in OPERATORS.items():
        found = rows[rows["operator"] == operator].sort_values("gate_rank")
        if len(found):
            shown = [_row(row) for row in records(found.head(SHOWN))]
            groups.append({"title": title, "rows": shown, "more": max(0, len(found) - SHOWN), "operator": operator})
    return {
        "cohort": first["cohort"],
        "n": int(first["n_patients"]),
        "basis": first["basis"],
        "told": BASES[first["basis"]],
        "tried": int(first["tried"]),
        "bounds": first["basis"] == "bounds",
        "groups": groups,
        "notes": sorted({note for text in rows["note"].dropna() for note in text.split("; ")}),
    }


def _row(row: Row) -> Row:
    mark = VERDICTS[row["verdict"]]
    return {
        "name": row["name"].replace(" AND NOT ", " but not ").replace(" AND ", " and ").replace(" OR ", " or "),
        "reach": _reach(row),
        "escape": percent(row["escape_cost"]),
        "alone": _hit(row, "member_hit"),
        "gated": _hit(row, "normal_hit"),
        "where": row["worst_context"],
        "elsewhere": None if row["other_hit"] is None else f"{_hit(row, 'other_hit')} in {row['other_context']}",
        "gain": _gain(row),
        "q": None if row["q_value"] is None else f"{row['q_value']:.2g}",
        "verdict": {"label": mark[0], "mark": mark[1]},
    }


def _reach(row: Row) -> str:
    low, high = percent(row["coverage_lo"]), percent(row["coverage_hi"])
    if row["tumour_coverage"] is None:
        return f"{low} to {high} of patients" if low != high else f"{low} of patients"
    of = "patients" if row["basis"] == "samples" else "cells"
    return f"{percent(row['tumour_coverage'])} of {of}" + (f" ({low} to {high})" if low and high else "")


def _hit(row: Row, name: str) -> str | None:
    value = row[name]
    if value is None:
        return None
    return f"{percent(value)} of cells" if row["normal_basis"] == "cells" else f"{amount(value)} {row['hit_unit']}"


def _gain(row: Row) -> str | None:
    if row["gain"] is None:
        return None
    ratio = row["gain_unit"] == "log2 ratio"
    values = [row[name] for name in ("gain", "gain_lo", "gain_hi")]
    told = [None if value is None else signed(value) if ratio else f"{100 * value:+.0f} points" for value in values]
    interval = "" if told[1] is None else f" ({told[1]} to {told[2]})"
    return f"{told[0]}{' log2' if ratio else ''}{interval}"
