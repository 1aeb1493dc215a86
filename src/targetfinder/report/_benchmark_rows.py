"""What benchmark.html prints: the tables of the benchmark as rows of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from targetfinder.report._facts import records

#: Name of the mean over diseases, as the tables have it.
OTHERS: Final = "other_diseases"
ORDERS: Final = {"efficacy": "by efficacy", "priority": "by priority"}
#: What was to be reached before anything was measured: list -> metric -> at least (a count of targets, or a share).
AIMS: Final[dict[str, dict[str, float]]] = {
    "ewing12": {"recall_50": 6, "recall_200": 10},
    "mm17": {"recall_50": 9},
    "mm14": {"recall_50": 9},
    OTHERS: {"recall_50": 0.7, "ap": 0.35},
}
#: Metrics of the tables of the page, and how they are called.
METRICS: Final = {
    "recall_20": "in the first 20",
    "recall_50": "in the first 50",
    "recall_100": "in the first 100",
    "recall_200": "in the first 200",
    "ap": "average precision",
    "auroc": "AUROC",
    "bedroc": "BEDROC",
}
TITLES: Final = {
    "ewing12": "Ewing sarcoma, 12 published targets",
    "mm17": "Multiple myeloma, 17 published targets",
    "mm17_without_three": "Multiple myeloma, 17 published less 3 that are no targets",
    "mm14": "Multiple myeloma, 14 clinical targets",
    OTHERS: "Mean of the other diseases",
}
SUBSETS: Final = {
    "all": "all targets",
    "verified": "targets whose reference was seen",
    "earlier": "first reported before 2019",
    "later": "first reported in 2019 or later",
}


@dataclass(frozen=True)
class Found:
    """The tables of the benchmark.

    Attributes
    ----------
    values, methods, differences, positives
        Rows of BENCHMARK, BENCHMARK_METHODS, BENCHMARK_DIFFERENCES and BENCHMARK_POSITIVES.
    """

    values: pd.DataFrame
    methods: pd.DataFrame
    differences: pd.DataFrame
    positives: pd.DataFrame

    @property
    def titles(self) -> dict[str, str]:
        """Word of each order to its name for people."""
        return dict(zip(self.methods["method"], self.methods["title"], strict=True))


def title_of(name: str) -> str:
    """Return the name of a list for people."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def names(values: pd.DataFrame) -> list[str]:
    """Return the lists: those with an aim first, then by name."""
    names = set(values["list"])
    return [*(name for name in TITLES if name in names), *sorted(names - set(TITLES))]


def _count(row: Mapping[str, Any]) -> str:
    """Return a value as text: recall of a list as a count of targets, everything else as a share."""
    if str(row["metric"]).startswith("recall") and row["list"] != OTHERS:
        return f"{round(row['value'] * row['n_positives'])} of {row['n_positives']}"
    return f"{row['value']:.2f}" if row["metric"] != "ap" else f"{row['value']:.3f}"


def about(values: pd.DataFrame, name: str) -> dict[str, Any]:
    """Return one list with every metric of our two orders, in each indication."""
    rows = values[(values["list"] == name) & values["method"].isin(list(ORDERS))]
    lines = []
    for (indication, method), part in rows.groupby(["indication", "method"], sort=True):
        cells = {row["metric"]: row for row in records(part)}
        p = cells["ap"]["p_value"]
        lines.append(
            {
                "indication": str(indication).replace("_", " "),
                "order": ORDERS[str(method)],
                "cells": [_cell(cells[metric]) for metric in METRICS],
                "p": "not tested" if pd.isna(p) else f"{p:.4f}",
            }
        )
    one = rows.iloc[0]
    return {"title": title_of(name), "n": int(one["n_positives"]), "absent": int(one["n_absent"]), "lines": lines}


def _cell(row: Mapping[str, Any]) -> dict[str, str]:
    return {"value": _count(row), "interval": f"{row['lo']:.2f} to {row['hi']:.2f}"}


def aims(values: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what was aimed at, what was reached, and by how much it was missed."""
    known = {(row["list"], row["metric"], row["method"]): row for row in records(values)}
    wanted = [(name, metric, least) for name, aims in AIMS.items() for metric, least in aims.items()]
    return [
        _aim(known[name, metric, method], least)
        for name, metric, least in wanted
        for method in ORDERS
        if (name, metric, method) in known
    ]


def _aim(row: Mapping[str, Any], least: float) -> dict[str, Any]:
    counted = isinstance(least, int)
    reached = row["value"] * (row["n_positives"] if counted else 1)
    aim, got, missing = (f"{number:.{0 if counted else 2}f}" for number in (least, reached, least - reached))
    words = {"list": title_of(row["list"]), "metric": METRICS[row["metric"]], "order": ORDERS[row["method"]]}
    return {**words, "aim": aim, "reached": got, "met": bool(reached >= least - 1e-9), "missing": missing}


def differences(found: Found) -> list[dict[str, Any]]:
    """Return our efficacy less each rule in average precision, for lists with an aim and the mean."""
    kinds = dict(zip(found.methods["method"], found.methods["kind"], strict=True))
    rows = found.differences[found.differences["order"] == "efficacy"]
    rows = rows[rows["metric"].isin(["ap", "recall_50"]) & rows["against"].map(kinds).eq("rule")]
    known = {(row["list"], row["against"], row["metric"]): row for row in records(rows)}
    return [
        {
            "list": title_of(name),
            "against": found.titles[rule],
            "cells": [_signed(known[name, rule, metric]) for metric in ("ap", "recall_50")],
        }
        for name in TITLES
        for rule in (method for method, kind in kinds.items() if kind == "rule")
        if (name, rule, "ap") in known
    ]


def _signed(row: Mapping[str, Any]) -> dict[str, str]:
    verdict = "better" if row["lo"] > 0 else "worse" if row["hi"] < 0 else "no clear difference"
    return {
        "value": f"{row['difference']:+.3f}",
        "interval": f"{row['lo']:+.3f} to {row['hi']:+.3f}",
        "verdict": verdict,
    }


def positives(found: Found) -> list[dict[str, Any]]:
    """Return each list with its targets, best rank first, and what holds down those that are not in the first 50."""
    lists = []
    for name in (name for name in names(found.values) if name != OTHERS):
        for indication, part in found.positives[found.positives["list"] == name].groupby("indication", sort=True):
            ordered = part.sort_values(["efficacy_rank", "symbol"], na_position="last")
            missed = ordered[~(ordered["efficacy_rank"] <= 50)]
            causes = missed["held_down_by"].dropna().value_counts()
            lists.append(
                {
                    "title": title_of(name),
                    "indication": str(indication).replace("_", " "),
                    "missed": len(missed),
                    "n": len(ordered),
                    "causes": [(str(cause).replace("_", " "), int(n)) for cause, n in causes.items()],
                    "rows": [_positive(row, found.titles) for row in records(ordered)],
                }
            )
    return lists


def _positive(row: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    ranks = {name: None if pd.isna(row[name]) else f"{row[name]:,.0f}" for name in ("efficacy_rank", "priority_rank")}
    year = None if pd.isna(row["year"]) else int(row["year"])
    cause = None if row["held_down_by"] is None else f"{str(row['held_down_by']).replace('_', ' ')} ({row['lost']:.2f})"
    best = f"{row['best_rule_rank']:,.0f} by {titles[row['best_rule']]}"
    return {**ranks, "symbol": row["symbol"], "level": row["level"], "year": year, "cause": cause, "best": best}


def subsets(values: pd.DataFrame) -> list[dict[str, Any]]:
    """Return average precision and recall of efficacy for each part of the lists, of lists with an aim and the mean."""
    rows = values[(values["method"] == "efficacy") & values["list"].isin(list(TITLES))]
    known = {(row["list"], row["subset"], row["metric"]): row for row in records(rows)}
    return [
        {
            "list": title_of(name),
            "subset": words,
            "n": known[name, subset, "ap"]["n_positives"],
            "cells": [_cell(known[name, subset, metric]) for metric in ("recall_50", "recall_200", "ap")],
        }
        for name in TITLES
        for subset, words in SUBSETS.items()
        if (name, subset, "ap") in known
    ]
