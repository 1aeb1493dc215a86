"""All orders of one indication: ours, the rules, and ours without one criterion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from targetfinder import tables
from targetfinder.benchmark._baselines import BASELINES
from targetfinder.benchmark._cases import universe_digest
from targetfinder.benchmark._criteria import Order, order_of, tiers_without
from targetfinder.benchmark._features import Normals, features_of, normals_of
from targetfinder.benchmark._resampling import strata
from targetfinder.errors import InputError
from targetfinder.settings import Scoring
from targetfinder.store import read_table

__all__ = ["OURS", "Orders", "Results", "read_normals", "read_orders"]

#: Our orders; the first is taken apart by criterion.
OURS = ("efficacy", "priority")
QUARTILES = ("tumour_q1", "tumour_q3")
#: What the rules and the null need of the table of targets.
COLUMNS = ("gene_id", "safety_tier", "tumour_median", "tumour_percentile", "surface_probability", "surface_votes")


class Results(NamedTuple):
    """Files of one ranked indication."""

    targets: Path
    evidence: Path
    safety: Path


@dataclass(frozen=True)
class Orders:
    """Orders of one indication on the frozen universe.

    Attributes
    ----------
    scores
        Method to score, higher is better; all indexed by the genes of the universe.
    kinds
        Method to whose it is, a word of `tables.ORDERS`.
    classes
        Class of each gene, within which the null draws.
    ours
        Our order, taken apart.
    """

    scores: dict[str, pd.Series]
    kinds: dict[str, str]
    classes: pd.Series
    ours: Order

    @property
    def rules(self) -> list[str]:
        """Names of the simple rules."""
        return [name for name, kind in self.kinds.items() if kind == "rule"]


def read_normals(bundle: Path, genes: pd.Index) -> Normals:
    """Read what the rules need of a bundle, for a universe."""
    kept = [("gene_id", "in", list(genes))]
    return normals_of(
        genes,
        read_table(bundle / "normal_bulk.parquet", tables.NORMAL_BULK, filters=kept),
        read_table(bundle / "contexts.parquet", tables.CONTEXTS),
        read_table(bundle / "surface_votes.parquet", tables.SURFACE_VOTES, filters=kept),
        read_table(bundle / "topology.parquet", tables.TOPOLOGY, columns=["gene_id", "canonical", "ecd_length"]),
        read_table(bundle / "dependency.parquet", tables.DEPENDENCY),
    )


def read_orders(results: Results, normals: Normals, scoring: Scoring) -> Orders:
    """Read the results of one indication and order its genes in every way.

    Raises
    ------
    InputError
        If a table was made on another universe, or with other weights.
    """
    genes = normals.upper.index
    columns = dict.fromkeys((*COLUMNS, *OURS, *scoring.weights.model_dump()))
    about = read_table(results.targets, tables.TARGETS, list(columns)).set_index("gene_id")
    if universe_digest(about.index) != universe_digest(genes):
        remedy = "rank again with this bundle"
        raise InputError("was ranked on another universe", file=results.targets, field="gene_id", remedy=remedy)
    about = about.reindex(genes)
    wanted = [("criterion", "in", list(QUARTILES))]
    rows = read_table(results.evidence, tables.EVIDENCE, ["gene_id", "criterion", "value"], wanted)
    quartiles = rows.groupby(["criterion", "gene_id"])["value"].mean()
    q1, q3 = (
        quartiles.xs(name) if name in quartiles.index.get_level_values(0) else about["tumour_median"]
        for name in QUARTILES
    )
    features = features_of(normals, about, q1, q3)
    ours = order_of(about, scoring)
    without = {f"without_{part}": ours.efficacy(names) for part, names in ours.parts.items()}
    safety = read_table(results.safety, tables.SAFETY, ["gene_id", "modality", "tier"])
    for modality in sorted(safety["modality"].unique()):
        tiers = tiers_without(safety, modality, genes)
        without[f"blind_to_{modality}"] = ours.priority(tiers, scoring.penalty.model_dump())
    rules = {rule.name: rule.score(features) for rule in BASELINES}
    return Orders(
        scores={name: about[name].astype(float) for name in OURS} | rules | without,
        kinds=dict.fromkeys(OURS, "ours") | dict.fromkeys(rules, "rule") | dict.fromkeys(without, "ablation"),
        classes=strata(about["tumour_percentile"], about["surface_votes"]),
        ours=ours,
    )
