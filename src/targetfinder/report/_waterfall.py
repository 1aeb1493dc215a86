"""What priority is made of, packed for the page: what each criterion adds, and what penalties take."""

from __future__ import annotations

from typing import Any

import pandas as pd

from targetfinder.report._payload import rounded
from targetfinder.report._words import LABELS

#: Parts that take from efficacy: they have no weight.
TAKEN = ("safety tier", "fratricide")


def waterfall(contributions: pd.DataFrame, targets: pd.DataFrame) -> dict[str, Any]:
    """Return the parts with label and weight, and what each adds to the priority of each gene.

    Parameters
    ----------
    contributions
        `CONTRIBUTIONS` of the indication.
    targets
        `TARGETS` rows, best rank first.

    Returns
    -------
    dict
        `parts`: key, label, weight (null of a penalty); `added`: key -> one number for each gene, null where a
        criterion was not measured.
    """
    wide = contributions.astype({"part": str}).pivot(index="gene_id", columns="part", values="contribution")
    known = contributions.astype({"part": str}).set_index(["gene_id", "part"])["score"].unstack()
    weights = contributions.astype({"part": str}).groupby("part")["weight"].max()
    order = [part for part in targets.columns if part in wide] + [part for part in TAKEN if part in wide]
    added: dict[str, list[float | int | None]] = {}
    for part in order:
        numbers = wide[part].reindex(targets["gene_id"])
        missing = numbers.isna() if part in TAKEN else known[part].reindex(targets["gene_id"]).isna()
        added[part] = [None if gone else v for gone, v in zip(missing, rounded(numbers, 4), strict=True)]
    told = [[part, LABELS.get(part, part.capitalize()), None if part in TAKEN else weights[part]] for part in order]
    return {"parts": told, "added": added}
