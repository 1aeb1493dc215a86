"""What voters say of the place of a protein: lists, therapies, glycans, stained cells and topology in one table.

A gene is a candidate by the kinds of its votes alone (`tables.NO_CANDIDATE`), whoever the voter is: how far each is
believed is weighed later. Only of candidates is it told which voters never looked at them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from targetfinder import tables
from targetfinder.identity import Identity
from targetfinder.sources.registry import Registry

#: Locations of the Human Protein Atlas at the plasma membrane, whose two sides a microscope cannot tell apart.
AT_MEMBRANE = ("plasma membrane", "cell junctions")
FREE = "predicted to be secreted"
#: Only these grades of an antibody bear on where a protein is; the others say nothing.
TRUSTED = ("Enhanced", "Supported")


def surface_votes(
    registry: Registry, parsed: dict[str, Any], identity: Identity, said: Sequence[pd.DataFrame], topology: pd.DataFrame
) -> pd.DataFrame:
    """Return `SURFACE_VOTES`: what was said, each vote once, and which voters never looked at the candidates.

    Parameters
    ----------
    parsed
        What the readers made of the tables of a registry, by id of the table.
    said
        Votes of any number of voters, with at least the columns of `SURFACE_VOTES`.
    topology
        `TOPOLOGY`.
    """
    votes = pd.concat([part[tables.SURFACE_VOTES.names] for part in said]).drop_duplicates()
    genes = candidates(votes)
    votes = pd.concat([votes, unnamed(registry, parsed, identity, genes), unanswered(topology, genes)])
    return votes.sort_values(list(tables.SURFACE_VOTES.key), ignore_index=True)


def candidates(votes: pd.DataFrame) -> pd.Series:
    """Return the ids of genes with a vote of any kind that makes a candidate."""
    return votes.loc[~votes["kind"].isin(tables.NO_CANDIDATE), "gene_id"].drop_duplicates()


def clinical(precedent: pd.DataFrame) -> pd.DataFrame:
    """Return one vote a gene of `PRECEDENT` for being the target of a surface-directed therapy."""
    first = precedent.sort_values(["gene_id", "status", "agent"]).drop_duplicates("gene_id")
    statement = "target of " + first["therapy"] + " (" + first["status"] + "): " + first["agent"].fillna("unnamed")
    return first.assign(voter="precedent", kind="clinical", statement=statement)


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
    statements = rows.assign(statement=graded).groupby(keys, observed=True)["statement"]
    return statements.agg(lambda said: "; ".join(said)).reset_index().assign(voter="HPA")[tables.SURFACE_VOTES.names]


def spanning(topology: pd.DataFrame) -> pd.DataFrame:
    """Return the votes of the voter UniProt: which proteins have an anchor and a part outside the cell.

    Any isoform with both: `annotation`; UniProt calls the inside of an organelle lumenal, never extracellular. No
    isoform with an anchor and one that is secreted: `secreted`. What a program predicts takes no part: it cannot
    tell the outside of the cell from the inside of an organelle.

    Parameters
    ----------
    topology
        `TOPOLOGY`.
    """
    told = topology[topology["evidence"] == "annotation"]
    outside = told[told["anchor"].isin(("span", "GPI")) & (told["ecd_length"].fillna(0) > 0)]
    held = told.loc[told["anchor"] != "none", "gene_id"]
    free = told[(told["architecture"] == "secreted") & ~told["gene_id"].isin(held)]
    residues = outside["architecture"] + ", " + outside["ecd_length"].astype(str) + " residues outside"
    parts = [
        outside.assign(kind="annotation", statement=residues),
        free.assign(kind="secreted", statement="secreted, no anchor"),
    ]
    rows = pd.concat(parts).sort_values("canonical", ascending=False, kind="stable")
    return rows.drop_duplicates(["gene_id", "kind"]).assign(voter="UniProt")[tables.SURFACE_VOTES.names]


def unanswered(topology: pd.DataFrame, genes: pd.Series) -> pd.DataFrame:
    """Return `unseen` of the voter UniProt for genes without an entry, or with spans whose sides are not known.

    Parameters
    ----------
    topology
        `TOPOLOGY`; if empty, there is no such voter.
    genes
        Gene ids to look for.
    """
    if topology.empty:
        return tables.SURFACE_VOTES.empty()
    told = topology[topology["evidence"] == "annotation"]
    answered = told.loc[(told["anchor"] == "none") | told["ecd_length"].notna(), "gene_id"]
    missing = pd.DataFrame({"gene_id": genes[~genes.isin(answered)], "voter": "UniProt", "kind": "unseen"})
    missing["statement"] = "no entry, or sides of the membrane not known"
    missing["source"], missing["release"] = topology["source"].iloc[0], topology["release"].iloc[0]
    return missing[tables.SURFACE_VOTES.names]


def unnamed(registry: Registry, parsed: dict[str, Any], identity: Identity, genes: pd.Series) -> pd.DataFrame:
    """Return `unseen` of each list that tells which genes it covers for the genes that it does not."""
    rows = [
        (gene, voter, "unseen", "names this gene nowhere", table.id, table.release)
        for table in registry.tables("surface_votes")
        if "covered" in parsed[table.id].attrs
        for gene in sorted(set(genes) - set(identity.ids(pd.Series(sorted(parsed[table.id].attrs["covered"])))))
        for voter in sorted(set(parsed[table.id]["voter"]))
    ]
    return pd.DataFrame(rows, columns=tables.SURFACE_VOTES.names, dtype=object)
