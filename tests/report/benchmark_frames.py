"""Tables of a small benchmark: two lists with an aim, two other diseases and their mean."""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.report._benchmark_rows import METRICS, Found

METHODS = pd.DataFrame(
    [
        ("efficacy", "ours", "our efficacy", "weighted mean", None),
        ("priority", "ours", "our priority", "less penalties", None),
        ("random", "rule", "chance", "checksums", None),
        ("genie_score", "rule", "GenieScore", "Gini", "doi:10.1101/575969"),
        ("without_surface", "ablation", "without surface", "weight 0 for surface", None),
    ],
    columns=["method", "kind", "title", "formula", "citation"],
)
LISTS = [("ewing12", "ewing_sarcoma", 12), ("mm14", "multiple_myeloma", 14), ("a_disease", "a_disease", 4)]
LISTS += [("other_diseases", "all", 2)]


def found() -> Found:
    """Return tables in which ours is a tenth better than chance, and GenieScore better than ours in myeloma."""
    level = {"efficacy": 0.5, "priority": 0.4, "random": 0.1, "genie_score": 0.3, "without_surface": 0.2}
    rows, apart = [], []
    for name, indication, n in LISTS:
        for metric in METRICS:
            for method, value in level.items():
                about = {"list": name, "indication": indication, "subset": "all", "method": method, "metric": metric}
                p = np.nan if name == "other_diseases" or not metric.islower() else 0.002
                ends = {"value": value, "lo": value - 0.1, "hi": value + 0.1, "p_value": p}
                rows.append(about | ends | {"n_positives": n, "n_absent": int(name == "mm14")})
            for method in ("random", "genie_score", *(() if name == "other_diseases" else ("without_surface",))):
                better = {("mm14", "genie_score"): -0.2, ("ewing12", "genie_score"): 0.05}.get((name, method), 0.2)
                key = {"list": name, "indication": indication, "order": "efficacy", "against": method, "metric": metric}
                apart.append(key | {"difference": better, "lo": better - 0.1, "hi": better + 0.1})
    values = pd.DataFrame(rows).assign(kind="ours", n_genes=5193, universe="ab12")
    later = values[values["list"] == "mm14"].assign(subset="later", n_positives=5)
    positives = pd.DataFrame(
        [
            ("mm14", "multiple_myeloma", "G1", "TNFRSF17", "approved", 2013, True, 1.0, 2.0, "specificity", 0.1),
            ("mm14", "multiple_myeloma", "G2", "<MUC1>", "trial", None, False, 712.5, 900.0, "safety", 0.17),
            ("mm14", "multiple_myeloma", "G3", "DERL3", "listed", 2025, True, np.nan, np.nan, None, np.nan),
        ],
        columns=[
            *("list", "indication", "gene_id", "symbol", "level", "year", "verified"),
            *("efficacy_rank", "priority_rank", "held_down_by", "lost"),
        ],
    ).assign(best_rule="genie_score", best_rule_rank=33.0)
    return Found(pd.concat([values, later]), METHODS, pd.DataFrame(apart), positives)
