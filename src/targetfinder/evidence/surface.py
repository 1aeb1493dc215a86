"""Surface: graded evidence that the protein stands outside the cell, from independent votes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.evidence._records import universe
from targetfinder.evidence._surface_probability import FOR, UNSEEN, heard, probability, stances
from targetfinder.settings import Surface, Voters, read_scoring, read_voters
from targetfinder.store import read_table, write_table


def run(bundle: Path, voters: Path, scoring: Path, out: Path) -> None:
    """Write the surface evidence of every gene of the universe."""
    votes = read_table(bundle / "surface_votes.parquet", tables.SURFACE_VOTES)
    found = surface(universe(bundle), votes, read_voters(voters), read_scoring(scoring).surface)
    write_table(found, tables.EVIDENCE, out)


def grades(votes: pd.DataFrame, genes: pd.Index, voters: Voters, settings: Surface) -> pd.DataFrame:
    """Return tier, votes (independent lines for the surface), probability and secreted of each gene.

    Confirmed: probable enough; an experiment saw the protein outside the cell; a second voter agrees that is more than
    a prediction; and more voters saw it at the membrane or outside than in an organelle, a voter that saw both
    counting on both sides. Likely and possible: probable enough. Unlikely: the rest. The synthase of a glycan antigen
    is possible, whatever its own place: it stands for the glycan. Therapies aimed at a gene and lists of targets take
    no part.

    Parameters
    ----------
    votes
        `SURFACE_VOTES`, of all genes: a voter without a word on `genes` is still there.
    genes
        Gene ids, the index of the result.
    """
    told = heard(votes, voters)
    said = stances(told, genes, voters)
    chance = probability(said, voters)
    lines = said.isin(FOR).sum(axis=1)
    shown = lines - (said == "prediction").sum(axis=1)
    counts = {
        side: told[told["kind"].isin(kinds)].groupby("gene_id")["voter"].nunique().reindex(genes, fill_value=0)
        for side, kinds in {"outside": ("experimental", "membrane"), "inside": ("against",)}.items()
    }
    least = settings.at_least
    proven = (said == "experimental").any(axis=1) & (shown >= 2) & (counts["outside"] > counts["inside"])
    proxy = genes.isin(votes.loc[votes["kind"] == "proxy", "gene_id"])
    enough = [proven & (chance >= least.confirmed), chance >= least.likely, chance >= least.possible]
    conditions = [proxy, *(condition.to_numpy(dtype=bool) for condition in enough)]
    tier = np.select(conditions, ["possible", "confirmed", "likely", "possible"], "unlikely")
    anchored = said[[name for name in said.columns if name in {v.id for v in voters.voter if v.anchored}]]
    free = genes.isin(votes.loc[votes["kind"] == "secreted", "gene_id"]) & ~anchored.isin(FOR).any(axis=1)
    return pd.DataFrame({"tier": tier, "votes": lines, "probability": chance, "secreted": free}, index=genes)


def surface(genes: pd.DataFrame, votes: pd.DataFrame, voters: Voters, settings: Surface) -> pd.DataFrame:
    """Return `EVIDENCE` records of the genes.

    surface_vote
        Every vote: context = voter and kind, value 1 for the surface, -1 for another place, null if unseen.
    surface
        The score; context = tier, n = independent lines.
    surface_probability
        Calibrated probability; context = the voters that were there.
    secreted
        1 for proteins that are seen free outside the cell and that no voter calls anchored; no record otherwise.
    surface_without
        The score without one voter, which is the context; no record where that changes nothing.
    """
    symbols = genes.set_index("gene_id")["symbol"]
    own = votes[votes["gene_id"].isin(symbols.index)]
    graded = grades(votes, pd.Index(genes["gene_id"]), voters, settings)
    cast = _records(
        own["gene_id"],
        "surface_vote",
        own["voter"] + " (" + own["kind"] + ")",
        np.select([own["kind"] == UNSEEN, own["kind"].isin(tables.NO_CANDIDATE)], [np.nan, -1.0], 1.0),
        "vote",
        1,
    ).assign(source=own["source"].to_numpy(), release=own["release"].to_numpy())
    score = graded["tier"].map(settings.model_dump(exclude={"at_least"})).to_numpy()
    present = ", ".join(sorted(set(heard(votes, voters)["voter"])))
    free = graded[graded["secreted"]]
    computed = [
        _records(graded.index, "surface", graded["tier"], score, "score", graded["votes"]),
        _records(graded.index, "surface_probability", present, graded["probability"], "probability", graded["votes"]),
        _records(free.index, "secreted", "seen free, no anchor known", 1.0, "flag", free["votes"]),
        *_left_out(votes, score, pd.Index(genes["gene_id"]), voters, settings),
    ]
    parts = [cast.drop_duplicates(["gene_id", "context", "source"]), *computed]
    both = pd.concat([part for part in parts if len(part)], ignore_index=True)
    both.insert(1, "symbol", both["gene_id"].map(symbols))
    return tables.EVIDENCE.sort(both)


def _left_out(
    votes: pd.DataFrame, score: np.ndarray, genes: pd.Index, voters: Voters, settings: Surface
) -> list[pd.DataFrame]:
    """Return the scores that change when one voter is silent, for each voter that is heard."""
    values, parts = settings.model_dump(exclude={"at_least"}), []
    for voter in sorted(set(heard(votes, voters)["voter"])):
        graded = grades(votes[votes["voter"] != voter], genes, voters, settings)
        left = graded["tier"].map(values).to_numpy()
        moved = left != score
        parts.append(_records(genes[moved], "surface_without", voter, left[moved], "score", graded.loc[moved, "votes"]))
    return parts


def _records(
    genes: pd.Index | pd.Series,
    criterion: str,
    context: str | pd.Series,
    value: float | pd.Series | np.ndarray,
    unit: str,
    n: int | pd.Series,
) -> pd.DataFrame:
    """Return records without symbol, computed from the votes of the bundle."""
    frame = pd.DataFrame({"gene_id": np.asarray(genes), "criterion": criterion})
    columns = {"context": context, "value": value, "unit": unit, "n": n}
    for name, given in columns.items():
        frame[name] = given.to_numpy() if isinstance(given, pd.Series) else given
    return frame.astype({"n": "Int64"}).assign(source="surface_votes", release="bundle")
