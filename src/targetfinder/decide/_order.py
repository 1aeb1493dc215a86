"""What the place of a gene is made of: what each criterion adds, what limits it, and which genes none surpasses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.decide import _fratricide
from targetfinder.decide.criteria import REGISTRY, contributions, shares
from targetfinder.settings import Scoring

TITLES = {criterion.name: criterion.title.lower() for criterion in REGISTRY}


def penalties(frame: pd.DataFrame, scoring: Scoring, mode: str) -> dict[str, pd.Series]:
    """Return what safety tier, and fratricide among the effector cells of the mode, take from efficacy.

    Parameters
    ----------
    frame
        Columns of `TARGETS`, indexed by gene id.
    """
    tier = frame["safety_tier"].map(scoring.penalty.model_dump()).astype(float)
    return {
        "safety tier": tier,
        "fratricide": _fratricide.cost(frame, mode, scoring.fratricide.penalty.model_dump()),
    }


def parts_of_priority(
    symbols: pd.Series, scores: pd.DataFrame, taken: dict[str, pd.Series], scoring: Scoring
) -> pd.DataFrame:
    """Return `CONTRIBUTIONS`: what criteria add and penalties take; the sum over a gene is its priority.

    Parameters
    ----------
    symbols
        Symbol of each gene, by gene id.
    scores
        Genes × criteria.
    taken
        Output of `penalties`.
    """
    weights = scoring.weights.model_dump()
    added, share = contributions(scores, weights), shares(scores, weights)
    told = [
        pd.DataFrame({"score": scores[name], "weight": share[name], "contribution": added[name]}).assign(part=name)
        for name in share.index[share > 0]
    ]
    told += [
        pd.DataFrame({"score": np.nan, "weight": np.nan, "contribution": -lost}).assign(part=name)
        for name, lost in taken.items()
    ]
    long = pd.concat(told).rename_axis("gene_id").reset_index()
    return tables.CONTRIBUTIONS.sort(long.assign(symbol=long["gene_id"].map(symbols)))


def limiting(scores: pd.DataFrame, taken: dict[str, pd.Series], scoring: Scoring) -> pd.Series:
    """Return what costs each gene most: the criterion that falls furthest short of its weight, or a penalty."""
    weights = scoring.weights.model_dump()
    short = shares(scores, weights) - contributions(scores, weights)
    lost = short.rename(columns=TITLES).assign(**taken)
    missing = scores.rename(columns=TITLES).isna().reindex(columns=lost.columns, fill_value=False)
    worst = lost.to_numpy().argmax(axis=1)
    unmeasured = missing.to_numpy()[np.arange(len(lost)), worst]
    named = pd.Series(lost.columns.to_numpy()[worst], lost.index, dtype=object)
    return named.mask(unmeasured, named + " (not measured)").mask(lost.max(axis=1) <= 0, None)


def pareto_front(efficacy: pd.Series, tier: pd.Series) -> pd.Series:
    """Return the front of each gene: 1 where no gene is as good in efficacy and tier and better in one, and so on.

    A front is what no gene of a later front surpasses, once the earlier ones are taken away.
    """
    order = pd.DataFrame({"efficacy": efficacy, "tier": tier.map(tables.SAFETY_TIERS.index)})
    order = order.sort_values(["efficacy", "tier"], ascending=[False, True], kind="stable")
    deepest, fronts, before = np.zeros(len(tables.SAFETY_TIERS), dtype=int), [], (np.nan, -1)
    for value, at in zip(order["efficacy"].to_numpy(), order["tier"].to_numpy(), strict=True):
        if (value, at) != before:
            deepest[at] = 1 + deepest[: at + 1].max()
        fronts.append(deepest[at])
        before = (value, at)
    return pd.Series(fronts, order.index).reindex(efficacy.index)
