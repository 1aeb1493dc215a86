"""What is judged: one list in one indication, with its positives found among the genes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from targetfinder.errors import InputError
from targetfinder.target_lists import HELD_OUT

__all__ = ["OTHERS", "Case", "cases_of", "universe_digest"]

#: Name of the mean over all diseases that are not held out.
OTHERS = "other_diseases"
#: A list of one gene says nothing of an order.
FEWEST = 2


@dataclass(frozen=True)
class Case:
    """A list of targets in one indication.

    Attributes
    ----------
    name, indication
        List and indication.
    positives
        `symbol`, `gene_id`, `level`, `year` and `verified`, sorted by gene id.
    """

    name: str
    indication: str
    positives: pd.DataFrame

    @property
    def genes(self) -> list[str]:
        """Ids of the positives."""
        return list(self.positives["gene_id"])

    @property
    def held_out(self) -> bool:
        """Whether the disease takes part in no choice, so that it is no part of the mean of others."""
        return self.indication in HELD_OUT


def cases_of(lists: pd.DataFrame, genes: pd.DataFrame, indications: Collection[str], folder: Path) -> list[Case]:
    """Return the lists of the given indications, sorted by list and indication.

    Parameters
    ----------
    lists
        What `read_target_lists` returned.
    genes
        `GENES`, of the universe or not.
    indications
        Indications that were ranked.
    folder
        Folder of the lists, for messages.

    Raises
    ------
    InputError
        If a symbol names no gene, or no list is of a ranked indication.
    """
    ids = genes.drop_duplicates("symbol", keep=False).set_index("symbol")["gene_id"]
    found = lists.assign(gene_id=lists["symbol"].map(ids))
    unknown = found[found["gene_id"].isna()]
    if len(unknown):
        first = unknown.iloc[0]
        raise InputError(
            f"no gene, or more than one, is called '{first['symbol']}'",
            file=folder / f"{first['list']}.tsv",
            field="symbol",
            remedy="write the approved symbol of HGNC",
        )
    ours = found[found["indication"].isin(list(indications))].sort_values(["list", "indication", "gene_id"])
    groups = ours.groupby(["list", "indication"], sort=True)
    cases = [
        Case(str(name), str(of), rows.reset_index(drop=True)) for (name, of), rows in groups if len(rows) >= FEWEST
    ]
    if not cases:
        raise InputError(
            f"no list of two targets or more is of {', '.join(sorted(indications))}",
            file=folder,
            field="indications",
            remedy="rank an indication that a list names, or add a list",
        )
    return cases


def universe_digest(genes: pd.Index) -> str:
    """Return the SHA-256 of the sorted gene ids, one a line."""
    import hashlib

    return hashlib.sha256("".join(f"{gene}\n" for gene in sorted(genes)).encode()).hexdigest()
