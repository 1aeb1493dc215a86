"""The order taken apart: efficacy is the weighted mean of criteria, and priority is it less the penalties."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from targetfinder import tables
from targetfinder.errors import InputError
from targetfinder.settings import Scoring

__all__ = ["Order", "order_of", "tiers_without"]

_TOLERANCE = 1e-9
#: Kinds of data to the criteria that are made of them.
DATA = {
    "tumour_rna": ("presence", "prevalence", "breadth"),
    "normal_rna": ("specificity", "profile", "rank_specificity"),
    "surface_evidence": ("surface",),
}


class Order:
    """The criteria of one indication with their weights, as the ranking used them.

    Parameters
    ----------
    values
        Genes × criteria, 0 to 1; NaN is missing, which counts as 0, its worst value.
    weights
        Weight of each criterion; one that no gene has takes no part.
    penalties
        Genes × penalties, what each takes from efficacy.
    """

    def __init__(self, values: pd.DataFrame, weights: Mapping[str, float], penalties: pd.DataFrame) -> None:
        asked = pd.Series({name: weight for name, weight in weights.items() if name in values}, dtype=float)
        self.values, self.penalties = values, penalties
        self.weights = asked.where(values.notna().any(), 0.0)

    def efficacy(self, without: Collection[str] = ()) -> pd.Series:
        """Return the weighted mean, of all criteria or without some of them."""
        kept = self.weights.drop(list(without))
        return (self.values[kept.index].fillna(0.0) * kept).sum(axis=1) / kept.sum()

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """What can be left out, so that something else is left: each criterion, and each kind of data."""
        counting = list(self.weights.index[self.weights > 0])
        kinds = {kind: tuple(name for name in names if name in counting) for kind, names in DATA.items()}
        parts = {name: (name,) for name in counting} | {k: names for k, names in kinds.items() if len(names) > 1}
        return {part: names for part, names in parts.items() if len(names) < len(counting)}

    def priority(self, tiers: pd.Series, penalty: Mapping[str, float]) -> pd.Series:
        """Return efficacy less the penalties, with other safety tiers than those of the table."""
        others = self.penalties.drop(columns="safety").sum(axis=1)
        return self.efficacy() - tiers.map(dict(penalty)).astype(float) - others

    def lost(self) -> pd.DataFrame:
        """Return genes × what holds them down: efficacy that a criterion lacks of its best value, and the penalties."""
        share = self.weights / self.weights.sum()
        return pd.concat([(1.0 - self.values.fillna(0.0)) * share, self.penalties], axis=1)


def order_of(targets: pd.DataFrame, scoring: Scoring) -> Order:
    """Return the order of one indication, having checked that it is the one of the table.

    Parameters
    ----------
    targets
        `TARGETS`, indexed by gene id: it has a column for each criterion.
    scoring
        Weights and penalties that it was ranked with.

    Raises
    ------
    InputError
        If efficacy of the table is not the weighted mean of its criteria with these weights.
    """
    weights = scoring.weights.model_dump()
    safety = targets["safety_tier"].map(scoring.penalty.model_dump()).astype(float)
    penalties = pd.DataFrame({"safety": safety, "fratricide": targets["efficacy"] - safety - targets["priority"]})
    order = Order(targets[list(weights)].astype(float), weights, penalties)
    apart = (order.efficacy() - targets["efficacy"]).abs().max()
    if not apart < _TOLERANCE:
        raise InputError(
            f"efficacy is not the weighted mean of the criteria, apart by up to {apart:.3g}",
            file="targets.parquet",
            field="efficacy",
            remedy="give the scoring file that the ranking was made with",
        )
    return order


def tiers_without(safety: pd.DataFrame, modality: str, genes: pd.Index) -> pd.Series:
    """Return the worst tier of each gene over the findings (`SAFETY`) of all modalities but one."""
    kept = safety[safety["modality"] != modality]
    severity = kept["tier"].map(tables.SAFETY_TIERS.index).groupby(kept["gene_id"]).max()
    return severity.reindex(genes, fill_value=0).map(dict(enumerate(tables.SAFETY_TIERS)))
