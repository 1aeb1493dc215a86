"""Findings that rest on harm to patients: what is on file in the curated liabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from targetfinder.evidence._proteins import COLUMNS
from targetfinder.settings import Toxicity


def harm_findings(liabilities: pd.DataFrame, rules: Toxicity) -> pd.DataFrame:
    """Return fatal and severe toxicity of `LIABILITIES`: one row for each gene, place, severity and whether verified.

    Harm that is not verified is a note. `waiver` says where an effective dose was reported in spite of the harm.

    Returns
    -------
    Columns `COLUMNS` and `waiver`.
    """
    grave = liabilities[(liabilities["kind"] == "toxicity") & liabilities["severity"].isin(["fatal", "severe"])]
    severe = grave["severity"] == "severe"
    conditions = [~grave["verified"], severe & (grave["criticality"] == "vital"), severe]
    chosen = np.select(conditions, ["clear", rules.severe_vital, rules.severe], rules.fatal)
    tier = pd.Series(chosen, index=grave.index, dtype=object)
    named = tier.where(grave["verified"], "note") + ": " + grave["severity"].astype(str) + " harm to patients"
    rows = grave.assign(
        modality="clinical",
        context=grave["tissue"],
        upper=1.0,
        unit="statement on file",
        n_donors=pd.array([pd.NA] * len(grave), dtype="Int64"),
        said=grave["statement"] + " (" + grave["reference"].fillna("unverified") + ")",
        rule=named.where(grave["verified"], named + ", unverified"),
        tier_before_waiver=tier,
        waiver=grave["tolerated"],
    )[[*COLUMNS, "waiver"]].astype({"said": object, "waiver": object})
    key = ["gene_id", "context", "rule"]
    joined = rows.groupby(key, sort=False)["said"].agg(" ".join).rename("said")
    borne = rows.groupby(key, sort=False)["waiver"].agg(_borne)
    first = rows.drop_duplicates(key).drop(columns=["said", "waiver"])
    return first.merge(joined, on=key).merge(borne, on=key)[[*COLUMNS, "waiver"]]


def _borne(told: pd.Series) -> Any:
    """Return where the harm was borne, if that is told of every statement."""
    return told.iloc[0] if told.notna().all() else None
