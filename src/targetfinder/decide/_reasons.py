"""Findings as sentences: the worst tier of a gene and the reasons for it, worst first."""

from __future__ import annotations

from typing import Any

import pandas as pd

from targetfinder.tables import SAFETY_TIERS, UNKNOWN_TUMOUR

#: Sentences a gene carries in `targets`; the rest is in `safety`.
SHOWN = 3
_MODALITY = {"rna_bulk": "bulk RNA", "rna_cell": "single-cell RNA", "protein": "protein"}


def worst_tier(safety: pd.DataFrame, column: str) -> pd.Series:
    """Return the highest tier of each gene that has a finding, indexed by gene id."""
    severity = safety[column].map(SAFETY_TIERS.index)
    return severity.groupby(safety["gene_id"]).max().map(dict(enumerate(SAFETY_TIERS)))


def reasons_of(safety: pd.DataFrame) -> pd.Series:
    """Return up to `SHOWN` sentences per gene for the findings behind its tier, and how many more there are.

    Tolerated findings are said with their reason; notes that move no tier are left to `safety`.
    """
    counted = safety[safety["tier_before_waiver"] != "clear"]
    if counted.empty:
        return pd.Series(dtype=object)
    ordered = counted.assign(
        severity=-counted["tier"].map(SAFETY_TIERS.index), size=-counted["value"].fillna(float("-inf"))
    ).sort_values(["gene_id", "severity", "size", "context", "source"], kind="stable")
    ordered["sentence"] = [sentence(row) for row in ordered.itertuples(index=False)]
    position = ordered.groupby("gene_id").cumcount()
    text = ordered[position < SHOWN].groupby("gene_id")["sentence"].agg("; ".join)
    more = (ordered.groupby("gene_id").size() - SHOWN).clip(lower=0)
    return text + more.map(lambda n: f"; and {n} more" if n else "")


def sentence(row: Any) -> str:
    """Return one finding (a row of `SAFETY`) as a sentence."""
    modality = _MODALITY[row.modality]
    if pd.isna(row.value):
        return f"{row.context}: not measured in {modality} ({row.release})"
    text = f"{row.context}: {row.value:.0f} {row.unit} in {modality} ({row.release})"
    if row.tier_before_waiver == "gate_needed":
        text += f", {UNKNOWN_TUMOUR}" if UNKNOWN_TUMOUR in row.rule else ", far above the tumour"
    return text if pd.isna(row.waiver) else f"{text}, tolerated: {row.waiver}"
