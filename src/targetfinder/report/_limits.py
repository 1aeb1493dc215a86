"""What the normal atlases cannot show, and where their RNA and protein contradict each other."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from targetfinder.report._facts import amount, records
from targetfinder.tables import SAFETY_TIERS

#: Contradictions that the page lists; all are in conflicts.parquet.
SHOWN: Final = 400


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
        `blind`: blind spots of all genes; `rows`: the first `SHOWN` contradictions, those of trusted antibodies first,
        each by the rank of its gene; `kinds`: for each kind and trust rows and genes; `more`: rows left out; `protein`:
        whether any finding rests on protein; `raised`: genes whose tier is higher for it.
    """
    everywhere = blind_spots[blind_spots["gene_id"].isna()].sort_values("place", key=lambda names: names.str.lower())
    rank = conflicts["gene_id"].map(targets.set_index("gene_id")["priority_rank"])
    ordered = conflicts.assign(rank=rank, doubtful=~conflicts["trusted"].astype(bool)).dropna(subset=["rank"])
    ordered = ordered.sort_values(["doubtful", "rank", "tissue", "cell_type"], kind="stable")
    count = ordered.groupby(["kind", "trusted"], observed=True)["gene_id"].agg(["size", "nunique"]).reset_index()
    return {
        "blind": records(everywhere[["place", "absent_from", "statement", "reference", "verified"]]),
        "rows": [
            row | {"rna_said": amount(row["rna"]), "rank": int(row["rank"])} for row in records(ordered.head(SHOWN))
        ],
        "more": max(len(ordered) - SHOWN, 0),
        "kinds": records(count),
        "protein": bool((safety["modality"] == "protein").any()) or len(conflicts) > 0,
        "raised": _raised(safety),
    }


def _raised(safety: pd.DataFrame) -> int:
    """Return how many genes have a higher tier than they would have without findings of protein."""
    order = safety["tier"].map(SAFETY_TIERS.index).astype(int)
    every = order.groupby(safety["gene_id"]).max()
    others = safety["modality"] != "protein"
    rest = order[others].groupby(safety.loc[others, "gene_id"]).max().reindex(every.index, fill_value=0)
    return int((every > rest).sum())
