"""The facts that pages print around their tables, with every key that the templates ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from targetfinder.report._words import TIER_FULL, TIER_SHORT
from targetfinder.tables import SAFETY_TIERS

_SCALE: Final = {
    "linear": ("linear TPM", "Tumour and normal tissues are compared in TPM*, as windows."),
    "rank_only": (
        "rank only",
        "The values cannot be linear TPM: they are compared by rank within sample and tissue, "
        "and no amount and no ratio is given.",
    ),
}
_SOURCE: Final = ("id", "title", "release", "licence", "citation", "url", "package", "sha256")
_TABLE: Final = ("id", "source", "provides", "release", "citation", "unit")
_EXCLUDED: Final = ("source", "reason", "count")


def indication(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return an indication with every key that the template prints."""
    keys = {"tolerated": ("name", "genes", "reason", "reference"), "context": ("statement", "reference")}
    lists = {
        part: [{key: entry.get(key) for key in names} for entry in found.get(part, ())] for part, names in keys.items()
    }
    return {"group": "", "lineage": "", **found, **lists}


def manifest(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest of a bundle with every key that the template prints."""
    counts = {name: table["rows"] for name, table in found.get("tables", {}).items()}
    return {
        "name": found.get("name"),
        "description": found.get("description"),
        "sources": [{key: source.get(key) for key in _SOURCE} for source in found.get("sources", ())],
        "source_tables": [{key: row.get(key) for key in _TABLE} for row in found.get("source_tables", ())],
        "exclusions": [{key: row.get(key) for key in _EXCLUDED} for row in found.get("exclusions", ())],
        "tables": dict(sorted(counts.items())),
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dicts, with None for what is missing."""
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in frame.to_dict("records")]


def percent(share: float | None) -> str | None:
    """Return a share in per cent, with a second decimal where one would show nothing."""
    if share is None:
        return None
    return "below 0.01%" if 0 < share < 1e-4 else f"{share:.2%}" if 0 < share < 0.005 else f"{share:.1%}"


def amount(value: float) -> str:
    """Return an amount in TPM* as the table shows it: three significant digits below 100, whole numbers above."""
    if 0 < value < 0.01:
        return "<0.01"
    return f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def signed(log2: float) -> str:
    """Return a log2 ratio with its sign."""
    return f"{log2:+.2f}".replace("-", "−")


def prevalence(evidence: pd.DataFrame) -> str | None:
    """Return what the prevalence of an indication is and whether it was counted or estimated, as its evidence says."""
    told = sorted(evidence.loc[evidence["criterion"] == "prevalence", "unit"].unique())
    return "; ".join(told) or None


def scale(cohorts: pd.DataFrame) -> dict[str, str]:
    """Return key, label and meaning of the scale of an indication; one linear cohort makes it linear."""
    key = "linear" if (cohorts["scale"] == "linear").any() else "rank_only"
    return {"key": key, "label": _SCALE[key][0], "meaning": _SCALE[key][1]}


def tier_counts(targets: pd.DataFrame) -> list[dict[str, Any]]:
    """Return key, label, full label, count and share of each safety tier, mildest first."""
    count = targets["safety_tier"].value_counts()
    total = max(len(targets), 1)
    return [
        {
            "key": tier,
            "short": TIER_SHORT[tier],
            "full": TIER_FULL[tier],
            "count": int(count.get(tier, 0)),
            "share": int(count.get(tier, 0)) / total,
        }
        for tier in SAFETY_TIERS
    ]
