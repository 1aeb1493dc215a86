"""Surface: graded evidence that the protein stands outside the cell, from independent votes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.evidence._records import universe
from targetfinder.settings import Surface, read_scoring
from targetfinder.store import read_table, write_table

RULE = (
    "confirmed: an experiment saw the protein outside the cell and a second independent line, not a mere prediction, "
    "agrees; likely: one experiment, or two independent lines; possible: one line; unlikely: none"
)
#: Being a target in the clinic names a gene for the universe; it says nothing new of its place in the cell,
#: and would let a list of known targets into the score.
NOT_COUNTED = ("clinical",)


def run(bundle: Path, scoring: Path, out: Path) -> None:
    """Write the surface evidence of every gene of the universe."""
    votes = read_table(bundle / "surface_votes.parquet", tables.SURFACE_VOTES)
    write_table(surface(universe(bundle), votes, read_scoring(scoring).surface), tables.EVIDENCE, out)


def tiers(votes: pd.DataFrame) -> pd.DataFrame:
    """Return tier and number of independent lines for each gene that has any vote, by `RULE`.

    Votes of one voter count once. Votes of the kinds `NOT_COUNTED` take no part.
    """
    counted = votes[~votes["kind"].isin(NOT_COUNTED)]

    def voters(kinds: tuple[str, ...]) -> pd.Series:
        chosen = counted[counted["kind"].isin(kinds)]
        return chosen.groupby("gene_id")["voter"].nunique()

    lines = pd.DataFrame(
        {
            "all": voters(tables.VOTE_KINDS),
            "curated": voters(("experimental", "annotation")),
            "experimental": voters(("experimental",)),
        },
        index=pd.Index(votes["gene_id"].unique(), name="gene_id"),
    ).fillna(0)
    seen = lines["experimental"] >= 1
    conditions = [seen & (lines["curated"] >= 2), seen | (lines["all"] >= 2), lines["all"] >= 1]
    tier = np.select(conditions, ["confirmed", "likely", "possible"], "unlikely")
    return pd.DataFrame({"tier": tier, "votes": lines["all"].astype(int)}, index=lines.index)


def surface(genes: pd.DataFrame, votes: pd.DataFrame, settings: Surface) -> pd.DataFrame:
    """Return `EVIDENCE` records: every vote (context = voter and kind), and the score (context = tier)."""
    symbols = genes.set_index("gene_id")["symbol"]
    own = votes[votes["gene_id"].isin(symbols.index)]
    cast = pd.DataFrame(
        {
            "gene_id": own["gene_id"],
            "criterion": "surface_vote",
            "context": own["voter"] + " (" + own["kind"] + ")",
            "value": 1.0,
            "unit": "vote",
            "n": pd.array([1] * len(own), dtype="Int64"),
            "source": own["source"],
            "release": own["release"],
        }
    ).drop_duplicates(["gene_id", "context", "source"])
    graded = tiers(own).reindex(genes["gene_id"]).fillna({"tier": "unlikely", "votes": 0})
    score = pd.DataFrame(
        {
            "gene_id": graded.index,
            "criterion": "surface",
            "context": graded["tier"].to_numpy(),
            "value": graded["tier"].map(settings.model_dump()).to_numpy(),
            "unit": "score",
            "n": graded["votes"].astype("Int64").to_numpy(),
            "source": "surface_votes",
            "release": "bundle",
        }
    )
    both = pd.concat([cast, score], ignore_index=True)
    both.insert(1, "symbol", both["gene_id"].map(symbols))
    return tables.EVIDENCE.sort(both)
