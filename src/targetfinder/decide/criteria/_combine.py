"""From evidence to scores of criteria, and from these to efficacy: a weighted mean, what is missing counting 0."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from targetfinder.decide.criteria._registry import REGISTRY
from targetfinder.settings import Scoring


def table(scoring: Scoring) -> str:
    """Return the criteria as a table of docs/method.md."""
    weights = scoring.weights.model_dump()
    rows = [
        f"| {c.title} | {weights[c.name]:g} | {c.sentence(scoring)} | {c.direction} | {c.citation} |" for c in REGISTRY
    ]
    rows = [row.replace("*", "\\*") for row in rows]
    return "\n".join(["| criterion | weight | score, 0 to 1 | rises with | source |", "|---|---|---|---|---|", *rows])


def sentences(scoring: Scoring) -> list[str]:
    """Return the criteria as sentences for the report."""
    weights = scoring.weights.model_dump()
    return [
        f"{c.title} (weight {weights[c.name]:g}, rises with {c.direction}): {c.sentence(scoring)} [{c.citation}]."
        for c in REGISTRY
    ]


def part_names() -> list[str]:
    """Return the evidence that the criteria read, on either scale."""
    return sorted({part for criterion in REGISTRY for parts in criterion.needs.values() for part in parts})


def parts_of(evidence: pd.DataFrame, genes: pd.Index) -> pd.DataFrame:
    """Return the evidence that the criteria read as genes × parts; NaN where there is no value.

    Parameters
    ----------
    evidence
        `EVIDENCE` of one indication. Each of the parts has at most one record a gene.
    """
    rows = evidence[evidence["criterion"].isin(part_names())]
    wide = rows.pivot(index="gene_id", columns="criterion", values="value")
    return wide.reindex(index=genes, columns=part_names()).astype(float)


def is_linear(parts: pd.DataFrame) -> bool:
    """Return whether amounts are known: rank_only cohorts have percentiles only."""
    return bool(parts["tumour_median"].notna().any())


def scores(parts: pd.DataFrame, scoring: Scoring) -> pd.DataFrame:
    """Return genes × criteria of the registry, each from 0 to 1; NaN where evidence is missing."""
    linear = is_linear(parts)
    arrays = {name: parts[name].to_numpy(dtype=float) for name in part_names()}
    return pd.DataFrame({c.name: c.score(arrays, scoring, linear) for c in REGISTRY}, index=parts.index)


def shares(scores: pd.DataFrame, weights: Mapping[str, float]) -> pd.Series:
    """Return the weights of the criteria, adding up to 1.

    A criterion that no gene has (prevalence in a rank_only indication, breadth of a single cohort) takes no part, so
    that the scale of efficacy is the same everywhere. Of two genes neither gains by that.

    Raises
    ------
    ValueError
        If no criterion with a weight above zero has a value.
    """
    asked = pd.Series({name: weights[name] for name in scores.columns}, dtype=float)
    asked = asked.where(scores.notna().any(), 0.0)
    if not asked.sum() > 0:
        raise ValueError("at least one weight must be above zero")
    return asked / asked.sum()


def contributions(scores: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Return what each criterion adds to efficacy, genes × criteria; a missing criterion adds 0, its worst value."""
    return scores.fillna(0.0) * shares(scores, weights)


def efficacy(scores: pd.DataFrame, weights: Mapping[str, float]) -> pd.Series:
    """Return the weighted mean of the criteria, 0 to 1: the sum of their `contributions`.

    Parameters
    ----------
    scores
        Genes × criteria, each from 0 to 1; NaN is missing.
    weights
        At least one for each of the criteria; only their ratios matter.

    Raises
    ------
    ValueError
        If all weights are zero.
    """
    return contributions(scores, weights).sum(axis=1)
