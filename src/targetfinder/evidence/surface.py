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

#: Locations of the Human Protein Atlas at the plasma membrane, whose two sides a microscope cannot tell apart.
AT_MEMBRANE = ("plasma membrane", "cell junctions")
FREE = "predicted to be secreted"
#: Only these grades of an antibody bear on where a protein is; the others say nothing.
TRUSTED = ("Enhanced", "Supported")


def run(bundle: Path, voters: Path, scoring: Path, out: Path) -> None:
    """Write the surface evidence of every gene of the universe."""
    genes = universe(bundle)
    parts = [read_table(bundle / "surface_votes.parquet", tables.SURFACE_VOTES)]
    if (bundle / "locations.parquet").is_file():
        parts.append(located(read_table(bundle / "locations.parquet", tables.LOCATIONS)))
    if (bundle / "topology.parquet").is_file():
        parts.append(spanning(read_table(bundle / "topology.parquet", tables.TOPOLOGY), genes["gene_id"]))
    votes = pd.concat([part for part in parts if len(part)], ignore_index=True)
    write_table(surface(genes, votes, read_voters(voters), read_scoring(scoring).surface), tables.EVIDENCE, out)


def located(locations: pd.DataFrame) -> pd.DataFrame:
    """Return the votes of the voter HPA: where immunofluorescence with a trusted antibody saw a protein.

    At the plasma membrane, on either side: `membrane`. Elsewhere only, and not even with a weak antibody at the
    membrane: `against`. The atlas's own prediction of the secretome: `secreted`. All others it says nothing of.

    Parameters
    ----------
    locations
        `LOCATIONS`.
    """
    where = locations["location"].str.lower()
    trusted, at_membrane = locations["reliability"].isin(TRUSTED), where.isin(AT_MEMBRANE)
    doubtful = locations["gene_id"].isin(locations.loc[at_membrane, "gene_id"])
    kinds = {
        "membrane": trusted & at_membrane,
        "against": trusted & ~at_membrane & (where != FREE) & ~doubtful,
        "secreted": where == FREE,
    }
    rows = pd.concat([locations[chosen].assign(kind=kind) for kind, chosen in kinds.items()])
    graded = rows["location"] + (" (" + rows["reliability"].astype(object) + ")").fillna("")
    keys = ["gene_id", "kind", "source", "release"]
    joined = rows.assign(statement=graded).groupby(keys, observed=True)["statement"].agg(lambda said: "; ".join(said))
    return joined.reset_index().assign(voter="HPA")[tables.SURFACE_VOTES.names]


def spanning(topology: pd.DataFrame, genes: pd.Series) -> pd.DataFrame:
    """Return the votes of the voter UniProt: which proteins have an anchor and a part outside the cell.

    Any isoform with both: `annotation`; UniProt calls the inside of an organelle lumenal, never extracellular. No
    isoform with an anchor and one that is secreted: `secreted`. Genes without an entry, or with spans whose sides are
    not known: `unseen`. What a program predicts takes no part: it cannot tell the outside of the cell from the
    inside of an organelle.

    Parameters
    ----------
    topology
        `TOPOLOGY`.
    genes
        Gene ids to look for.
    """
    if topology.empty:
        return tables.SURFACE_VOTES.empty()
    told = topology[topology["evidence"] == "annotation"]
    outside = told[told["anchor"].isin(("span", "GPI")) & (told["ecd_length"].fillna(0) > 0)]
    held = told.loc[told["anchor"] != "none", "gene_id"]
    free = told[(told["architecture"] == "secreted") & ~told["gene_id"].isin(held)]
    parts = [
        outside.assign(
            kind="annotation",
            statement=outside["architecture"] + ", " + outside["ecd_length"].astype(str) + " residues outside",
        ),
        free.assign(kind="secreted", statement="secreted, no anchor"),
    ]
    rows = (
        pd.concat(parts).sort_values("canonical", ascending=False, kind="stable").drop_duplicates(["gene_id", "kind"])
    )
    answered = told.loc[(told["anchor"] == "none") | told["ecd_length"].notna(), "gene_id"]
    missing = pd.DataFrame({"gene_id": genes[~genes.isin(answered)], "kind": UNSEEN})
    missing["statement"] = "no entry, or sides of the membrane not known"
    missing["source"], missing["release"] = topology["source"].iloc[0], topology["release"].iloc[0]
    return pd.concat([rows, missing]).assign(voter="UniProt")[tables.SURFACE_VOTES.names]


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
    ]
    parts = [cast.drop_duplicates(["gene_id", "context", "source"]), *computed]
    both = pd.concat([part for part in parts if len(part)], ignore_index=True)
    both.insert(1, "symbol", both["gene_id"].map(symbols))
    return tables.EVIDENCE.sort(both)


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
