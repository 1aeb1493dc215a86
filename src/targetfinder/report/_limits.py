"""What the normal atlases cannot show, and where their RNA and protein contradict each other."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from targetfinder.report._facts import amount, records
from targetfinder.tables import CONFLICT_KINDS, SAFETY_TIERS, STAIN_LEVELS

#: Targets with RNA and no stain that the page lists, those with a stain and no RNA all being there; and places of each.
SHOWN: Final = 200
PLACES: Final = 3


def section(
    blind_spots: pd.DataFrame, conflicts: pd.DataFrame, safety: pd.DataFrame, targets: pd.DataFrame
) -> dict[str, Any]:
    """Return what the template prints.

    Parameters
    ----------
    blind_spots, conflicts, safety
        BLIND_SPOTS, CONFLICTS and SAFETY rows.
    targets
        TARGETS rows, for the rank of a gene.

    Returns
    -------
    dict
        `blind`: blind spots of all genes; `rows`: contradictions by gene, stains without RNA first, each by rank, with
        the strongest `PLACES`; `kinds`: for each kind and trust rows and genes; `more`: genes left out; `protein`:
        whether any finding rests on protein; `raised`: genes whose tier is higher for it.
    """
    everywhere = blind_spots[blind_spots["gene_id"].isna()].sort_values("place", key=lambda names: names.str.lower())
    rank = conflicts["gene_id"].map(targets.set_index("gene_id")["priority_rank"])
    ordered = conflicts.assign(rank=rank).dropna(subset=["rank"])
    count = ordered.groupby(["kind", "trusted"], observed=True)["gene_id"].agg(["size", "nunique"]).reset_index()
    genes = _by_gene(ordered)
    silent = genes[genes["kind"] != CONFLICT_KINDS[0]]
    listed = genes.drop(silent.index[SHOWN:])
    return {
        "blind": records(everywhere[["place", "absent_from", "statement", "reference", "verified"]]),
        "rows": [row | {"rank": int(row["rank"])} for row in records(listed)],
        "more": len(genes) - len(listed),
        "kinds": records(count),
        "protein": bool((safety["modality"] == "protein").any()) or len(conflicts) > 0,
        "raised": _raised(safety),
    }


def _by_gene(conflicts: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each gene, kind and trust: its strongest places, with stain and RNA of each."""
    order = conflicts.assign(strength=-conflicts["level"].map(STAIN_LEVELS.index).astype(int))
    order = order.sort_values(["strength", "rna", "tissue", "cell_type"], ascending=[True, False, True, True])
    said = order["tissue"] + ", " + order["cell_type"] + ": " + order["level"].astype(str) + ", RNA "
    order["said"] = said + order["rna"].map(amount) + " " + order["rna_unit"]
    order["sources"] = order["release"] + "; " + order["rna_release"]
    groups = order.groupby(["kind", "rank", "symbol", "trusted", "reliability"], dropna=False, observed=True)
    told = groups.agg(
        said=("said", lambda x: list(x.head(PLACES))), places=("said", "size"), sources=("sources", "first")
    )
    told = told.reset_index()
    told["first"] = told["kind"] != CONFLICT_KINDS[0]
    return told.sort_values(["first", "rank", "reliability"], kind="stable", ignore_index=True)


def _raised(safety: pd.DataFrame) -> int:
    """Return how many genes have a higher tier than they would have without findings of protein."""
    order = safety["tier"].map(SAFETY_TIERS.index).astype(int)
    every = order.groupby(safety["gene_id"]).max()
    others = safety["modality"] != "protein"
    rest = order[others].groupby(safety.loc[others, "gene_id"]).max().reindex(every.index, fill_value=0)
    return int((every > rest).sum())
