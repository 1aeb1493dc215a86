"""The numbers of the heat map: the first targets by tumour and normal tissue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from targetfinder.tables import CRITICALITY
from targetfinder.units import log2p1

TUMOUR: Final = "tumour"
UNCLASSED: Final = "not classified"
#: The evidence that a heat map is made from.
CRITERIA: Final = ("normal_tpm", "normal_percentile")
COLUMNS: Final = ("gene_id", "criterion", "context", "value", "source")


@dataclass(frozen=True)
class Grid:
    """What the heat map shows.

    Attributes
    ----------
    values
        Shape (genes, 1 + tissues), best rank first; index = symbol; the first column is the tumour.
        NaN = not measured.
    blocks
        Block title -> column names, from left to right.
    genes
        The TARGETS rows of `values`, in the same order.
    ranks
        True if `values` are percentiles (0 to 1), False if log2(TPM* + 1).
    atlases
        Ids of the sources of the tissues.
    """

    values: pd.DataFrame
    blocks: dict[str, list[str]]
    genes: pd.DataFrame
    ranks: bool
    atlases: list[str]


def grid(targets: pd.DataFrame, evidence: pd.DataFrame, contexts: pd.DataFrame, top: int = 30) -> Grid:
    """Arrange the values of the first `top` targets by gene and by tissue.

    Parameters
    ----------
    targets
        TARGETS rows. If every `tumour_median` is null, percentiles are shown on both sides.
    evidence
        EVIDENCE rows; used are those with criterion `normal_tpm` (TPM*) or `normal_percentile`.
    contexts
        CONTEXTS rows, for the criticality of each tissue.
    top
        Number of targets.
    """
    genes = targets.nsmallest(top, "priority_rank")
    ranks = bool(targets["tumour_median"].isna().all())
    criterion = "normal_percentile" if ranks else "normal_tpm"
    rows = evidence[(evidence["criterion"] == criterion) & evidence["gene_id"].isin(genes["gene_id"])]
    normal = rows.pivot_table(index="gene_id", columns="context", values="value", aggfunc="max", dropna=False)
    normal = normal.reindex(genes["gene_id"])
    tumour = genes["tumour_percentile" if ranks else "tumour_median"].to_numpy(float)
    values = normal.astype(float).set_axis(genes["symbol"].to_list())
    values.insert(0, TUMOUR, tumour)
    if not ranks:
        values = pd.DataFrame(log2p1(values.to_numpy()), values.index, values.columns)
    blocks = {TUMOUR: [TUMOUR], **_classes(values.columns[1:].to_list(), contexts)}
    return Grid(values, blocks, genes, ranks, sorted(rows["source"].unique()))


def _classes(tissues: Sequence[str], contexts: pd.DataFrame) -> dict[str, list[str]]:
    """Return the tissues of each criticality class, each class in the order of the alphabet."""
    known = contexts.drop_duplicates("context").set_index("context")["criticality"]
    of = {tissue: known.get(tissue, UNCLASSED) for tissue in tissues}
    blocks = {c: sorted(t for t in tissues if of[t] == c) for c in (*CRITICALITY, UNCLASSED)}
    return {c: members for c, members in blocks.items() if members}
