"""Results of the benchmark as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from targetfinder.benchmark._baselines import BASELINES
from targetfinder.benchmark._cases import Case
from targetfinder.benchmark._judge import Judged, differences
from targetfinder.benchmark._metrics import METRICS, places
from targetfinder.benchmark._orders import OURS, Orders
from targetfinder.benchmark._resampling import interval

__all__ = ["apart", "counts", "methods", "values", "where"]


_MODALITY = {"rna_bulk": "bulk RNA", "rna_cell": "single-cell RNA", "clinical": "patients"}


def counts(case: Case, orders: Orders) -> dict[str, Any]:
    """Return what was judged: list, indication, and how many of it are there."""
    absent = int((~case.positives["gene_id"].isin(orders.classes.index)).sum())
    return {"list": case.name, "indication": case.indication, "n_positives": len(case.positives), "n_absent": absent}


def methods(kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return rows of `BENCHMARK_METHODS` for the orders that were judged."""
    said = {rule.name: (rule.title, rule.formula, rule.citation) for rule in BASELINES}
    said["efficacy"] = ("our efficacy", "weighted mean of the criteria (docs/method.md)", None)
    said["priority"] = ("our priority", "efficacy less the penalties of safety and fratricide (docs/method.md)", None)
    for name in (name for name, kind in kinds.items() if kind == "ablation"):
        left_out, of_priority = name.removeprefix("without_").removeprefix("blind_to_"), name.startswith("blind_to_")
        words = _MODALITY.get(left_out, left_out.replace("_", " ").replace("rna", "RNA"))
        told = (
            f"our priority without safety findings in {words}"
            if of_priority
            else f"our efficacy with weight 0 for {words}"
        )
        said[name] = (f"no findings in {words}" if of_priority else f"without {words}", told, None)
    rows = [(name, kind, *said[name]) for name, kind in kinds.items()]
    return pd.DataFrame(rows, columns=["method", "kind", "title", "formula", "citation"])


def values(judged: Judged, kinds: Mapping[str, str], about: Mapping[str, Any]) -> pd.DataFrame:
    """Return rows of `BENCHMARK` with the columns of `about`."""
    rows = []
    for method, found in judged.value.items():
        for metric in METRICS:
            low, high = interval(judged.drawn[method][metric])
            p = judged.p.get(method, {}).get(metric, np.nan)
            ends = {"value": found[metric], "lo": low, "hi": high, "p_value": p}
            rows.append({"method": method, "kind": kinds[method], "metric": metric} | ends)
    return pd.DataFrame(rows).assign(**about)


def apart(judged: Judged, about: Mapping[str, Any]) -> pd.DataFrame:
    """Return rows of `BENCHMARK_DIFFERENCES`: each of our orders less each order that is not it."""
    rows = [
        {"order": ours, "against": other, "metric": metric, "difference": value, "lo": low, "hi": high}
        for ours in OURS
        for other in judged.value
        if other != ours
        for metric, (value, low, high) in differences(judged, ours, other).items()
    ]
    return pd.DataFrame(rows).assign(list=about["list"], indication=about["indication"])


def where(case: Case, orders: Orders) -> pd.DataFrame:
    """Return rows of `BENCHMARK_POSITIVES`."""
    ranks = {name: places(orders.scores[name], case.genes).mean for name in (*OURS, *orders.rules)}
    rules = pd.DataFrame({name: ranks[name] for name in orders.rules if name != "random"}, index=case.genes)
    inside = pd.Index(case.genes).isin(orders.classes.index)
    lost = orders.ours.lost().reindex(case.genes)
    frame = case.positives[["gene_id", "symbol", "level", "year", "verified"]].assign(
        list=case.name,
        indication=case.indication,
        held_down_by=lost.fillna(-1.0).idxmax(axis=1).astype(object).mask(~inside, None).to_numpy(),
        lost=lost.max(axis=1).to_numpy(),
        best_rule=rules.idxmin(axis=1).to_numpy(),
        best_rule_rank=rules.min(axis=1).to_numpy(),
    )
    for name in OURS:
        frame[f"{name}_rank"] = np.where(inside, ranks[name], np.nan)
    return frame
