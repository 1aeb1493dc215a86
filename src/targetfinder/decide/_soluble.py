"""Soluble antigen over the days of a therapy: baseline, nadir, rise, and whether it may act as a decoy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables

#: A rise to so many times the nadir, and to so much of the baseline: antigen that binds CARs before they reach a cell.
RISE, OF_BASELINE = 2.0, 0.5


def series(clinical: pd.DataFrame) -> pd.DataFrame:
    """Return `SOLUBLE` without its source: one row for each patient and antigen.

    Visits that were expected are the days on which any patient of the antigen was seen; those that a patient lacks are
    counted, and nothing is filled in. Baseline is the last value up to day 0, the nadir the lowest after it, the rise
    that of the last value over the nadir. Values below their limit stand at it, so that a rise from there is at least
    what is told.
    """
    rows = clinical[clinical["kind"] == "soluble"]
    if rows.empty:
        return tables.SOLUBLE.empty()
    parts = []
    for gene, of_gene in rows.groupby("gene_id"):
        expected = of_gene["day"].nunique()
        parts += [
            {"gene_id": gene, "patient": patient, **_summary(seen.sort_values("day"), expected)}
            for patient, seen in of_gene.groupby("patient")
        ]
    return pd.DataFrame(parts)


def _summary(seen: pd.DataFrame, expected: int) -> dict[str, Any]:
    value = np.fmax(seen["value"].to_numpy(), seen["limit"].to_numpy())
    day = seen["day"].to_numpy()
    before, after = day <= 0, day > 0
    baseline = value[before][-1] if before.any() else np.nan
    found: dict[str, Any] = {
        "symbol": seen["symbol"].iloc[0],
        "unit": seen["unit"].iloc[0],
        "n_visits": len(seen),
        "n_missing": expected - len(seen),
        "days": "|".join(f"{one:g}" for one in day),
        "values": "|".join(f"{one:g}" for one in value),
        "baseline": baseline,
        **dict.fromkeys(("nadir", "nadir_day", "last", "last_day", "fall_log2", "rise_log2"), np.nan),
    }
    if after.any():
        place = int(np.argmin(value[after]))
        low, last = value[after][place], value[after][-1]
        found |= {"nadir": low, "nadir_day": day[after][place], "last": last, "last_day": day[after][-1]}
        with np.errstate(divide="ignore", invalid="ignore"):
            found |= {"fall_log2": _log2(low, baseline), "rise_log2": _log2(last, low)}
    return found | _decoy(found)


def _log2(value: float, by: float) -> float:
    return float(np.log2(value / by)) if value > 0 and by > 0 else np.nan


def _decoy(found: dict[str, Any]) -> dict[str, str]:
    """Say whether soluble antigen has come back; unknown where what it would take to say so is missing."""
    if np.isnan(found["baseline"]) or np.isnan(found["last"]):
        which = "baseline" if np.isnan(found["baseline"]) else "value after day 0"
        return {"decoy_risk": "unknown", "decoy_reason": f"no {which}"}
    if found["last_day"] == found["nadir_day"]:
        return {"decoy_risk": "no", "decoy_reason": "lowest at the last visit"}
    risen = found["rise_log2"] >= np.log2(RISE) and found["last"] >= OF_BASELINE * found["baseline"]
    share = found["last"] / found["baseline"] if found["baseline"] else np.nan
    told = f"{2 ** found['rise_log2']:.1f} times the nadir and {share:.0%} of the baseline at the last visit"
    return {"decoy_risk": "yes" if risen else "no", "decoy_reason": told}
