"""Weights: those learned from known targets of other diseases beside the reasoned ones, judged on diseases left out.

A person runs it; no process does. The reasoned weights stay unless the gain is certain. Ewing sarcoma and multiple
myeloma never take part: `target_lists` leaves their lists out, and their results are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.decide.criteria import REGISTRY, efficacy
from targetfinder.errors import InputError
from targetfinder.settings import Scoring, read_scoring
from targetfinder.store import read_table, write_table
from targetfinder.target_lists import HELD_OUT, read_target_lists

NAMES = [criterion.name for criterion in REGISTRY]
#: What lineage contrast weighs where it is tried: as much as specificity.
TRIED = {"lineage": 1.0}
REASONED, LEARNED, LINEAGE = "reasoned", "learned", "reasoned with lineage"
DRAWS, SEED, TOP = 10_000, 1, 50


class Disease(NamedTuple):
    """Scores of one indication (genes × criteria) and which of its genes are known targets.

    `group` is the list of targets: indications that share one are judged together. `absent` counts targets that are
    not in the universe: they come last.
    """

    group: str
    scores: pd.DataFrame
    known: pd.Series
    absent: int


def run(results: list[Path], lists: Path, scoring: Path, out: Path) -> str:
    """Write the comparison as `WEIGHTS` and return it as text.

    Parameters
    ----------
    results
        Folders with targets.parquet, each named as its indication.
    lists
        Folder of lists of known targets, references/targets.
    """
    refused = sorted({folder.name for folder in results} & set(HELD_OUT))
    if refused:
        raise InputError(f"{', '.join(refused)} may teach no weights", file=lists, remedy="name other diseases")
    known = read_target_lists(lists, held_out=False)
    told = known[known["indication"].isin([folder.name for folder in results])]
    diseases = [_disease(folder, told[told["indication"] == folder.name]) for folder in sorted(results)]
    found = trials([d for d in diseases if d is not None], read_scoring(scoring))
    write_table(found, tables.WEIGHTS, out)
    return summary(found)


def _disease(folder: Path, targets: pd.DataFrame) -> Disease | None:
    if targets.empty:
        return None
    genes = read_table(folder / "targets.parquet", tables.TARGETS, columns=["gene_id", "symbol", *NAMES])
    scores = genes.sort_values("gene_id").set_index("gene_id")
    wanted = set(targets["symbol"])
    group = "; ".join(sorted(set(targets["list"])))
    return Disease(group, scores[NAMES], scores["symbol"].isin(wanted), len(wanted - set(scores["symbol"])))


def learn(diseases: list[Disease]) -> dict[str, float]:
    """Return weights of the criteria, adding up to 1, by non-negative least squares on labels.

    Positive and unlabelled: genes on no list are taken as negatives, which leaves the order right if targets are listed
    at random (Elkan & Noto 2008, unverified). Each indication weighs the same, its known targets as much as all of its
    other genes.
    """
    from sklearn.linear_model import LinearRegression

    values = np.concatenate([d.scores.fillna(0.0).to_numpy() for d in diseases])
    labels = np.concatenate([d.known.to_numpy(dtype=float) for d in diseases])
    each = [np.where(d.known, 0.5 / max(d.known.sum(), 1), 0.5 / (~d.known).sum()) for d in diseases]
    fitted = LinearRegression(positive=True).fit(values, labels, sample_weight=np.concatenate(each))
    total = fitted.coef_.sum()
    return dict(zip(NAMES, fitted.coef_ / total if total > 0 else np.full(len(NAMES), 1 / len(NAMES)), strict=True))


def trials(diseases: list[Disease], scoring: Scoring) -> pd.DataFrame:
    """Return `WEIGHTS`: how each candidate ranks each group of diseases, learned weights without that group."""
    reasoned = scoring.weights.model_dump()
    groups = sorted({disease.group for disease in diseases})
    if len(groups) < 3:
        raise InputError(
            f"{len(groups)} groups of diseases with known targets", remedy="name results of at least three"
        )
    rows = []
    for group in groups:
        own = [d for d in diseases if d.group == group]
        learned = learn([d for d in diseases if d.group != group])
        for name, weights in {REASONED: reasoned, LEARNED: learned, LINEAGE: reasoned | TRIED}.items():
            ap, recall = np.mean([judge(d, weights) for d in own], axis=0)
            share = {f"weight_{n}": weights[n] / sum(weights.values()) for n in NAMES}
            rows.append({"candidate": name, "left_out": group, "average_precision": ap, "recall_50": recall, **share})
    return tables.WEIGHTS.sort(pd.DataFrame(rows)[tables.WEIGHTS.names])


def judge(disease: Disease, weights: Mapping[str, float]) -> tuple[float, float]:
    """Return average precision and recall among the first 50 of the efficacy order; absent targets come last."""
    order = efficacy(disease.scores, weights).sort_values(ascending=False, kind="stable")
    hit = disease.known.reindex(order.index).to_numpy(dtype=bool)
    total = hit.sum() + disease.absent
    if not total:
        return 0.0, 0.0
    precision = np.cumsum(hit) / np.arange(1, len(hit) + 1)
    return float(precision[hit].sum() / total), float(hit[:TOP].sum() / total)


def gain(found: pd.DataFrame, candidate: str, measure: str) -> tuple[float, float, float]:
    """Return the mean gain of a candidate over the reasoned weights and its 90 % interval, by a bootstrap of groups."""
    wide = found.astype({"candidate": str}).pivot(index="left_out", columns="candidate", values=measure)
    gained = (wide[candidate] - wide[REASONED]).to_numpy()
    drawn = np.random.default_rng(SEED).choice(gained, (DRAWS, len(gained))).mean(axis=1)
    low, high = np.quantile(drawn, [0.05, 0.95])
    return float(gained.mean()), float(low), float(high)


def summary(found: pd.DataFrame) -> str:
    """Return the comparison, and which weights are kept, as text."""
    means = found.groupby("candidate", observed=True)[["average_precision", "recall_50"]].mean()
    lines = [f"{found['left_out'].nunique()} groups of diseases, each left out once; mean over groups"]
    for name in (REASONED, LEARNED, LINEAGE):
        ap, recall = means.loc[name]
        line = f"{name}: average precision {ap:.3f}, recall of the first {TOP} {recall:.3f}"
        if name != REASONED:
            by, low, high = gain(found, name, "average_precision")
            line += f"; gain {by:+.3f} ({low:+.3f} to {high:+.3f}): {'better' if low > 0 else 'not kept'}"
        lines.append(line)
    rows = found[found["candidate"] == LEARNED]
    lines.append("learned: " + ", ".join(f"{name} {rows[f'weight_{name}'].mean():.2f}" for name in NAMES))
    return "\n".join(lines)
