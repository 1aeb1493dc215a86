"""`reference._votes`: what lists, therapies, stained cells and topology say of a place, and who is a candidate."""

from __future__ import annotations

import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.genes import Identity
from targetfinder.names import Names
from targetfinder.reference._votes import candidates, clinical, located, spanning, surface_votes, unanswered
from targetfinder.sources.registry import Registry, Source, SourceTable

GENES = ("LISTED", "STAINED", "SPANNING", "ORGANELLE", "FREE", "GOLGI")
IDENTITY = Identity(moved={}, names=Names({}), known=frozenset(GENES))
ABOUT = {"release": "1", "citation": "nobody"}
REGISTRY = Registry(
    name="mine",
    description="one list",
    source=[Source(id="one", title="one", kind="file", file="one.csv", licence="none", **ABOUT)],
    table=[SourceTable(id="lists", source="one", parser="gene_list", provides="surface_votes", **ABOUT)],
)


def cast(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Make `SURFACE_VOTES` of the table `lists` from (gene, voter, kind)."""
    frame = pd.DataFrame(rows, columns=["gene_id", "voter", "kind"], dtype=object)
    return frame.assign(statement="says so", source="lists", release="1")


def seen_at(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    """Make `LOCATIONS` from (gene, location, reliability)."""
    frame = pd.DataFrame(rows, columns=["gene_id", "location", "reliability"], dtype=object)
    return frame.assign(main=True, source="hpa_location", release="24")


def isoforms(*rows: tuple[str, str, str, int | None, str]) -> pd.DataFrame:
    """Make `TOPOLOGY` from (gene, architecture, anchor, extracellular residues, evidence); the first is canonical."""
    frame = pd.DataFrame(rows, columns=["gene_id", "architecture", "anchor", "ecd_length", "evidence"])
    frame["ecd_length"] = frame["ecd_length"].astype("Int64")
    return frame.assign(canonical=~frame.duplicated("gene_id"), source="uniprot", release="1")


# ---------------------------------------------------------------- all voters


def test_all_votes_stand_in_one_table_each_once_and_of_candidates_it_is_told_who_never_looked() -> None:
    lists = cast(*[("LISTED", "GO", "annotation")] * 2, ("ORGANELLE", "GO", "against"))
    stained = located(seen_at(("STAINED", "Plasma membrane", "Enhanced"), ("GOLGI", "Golgi apparatus", "Enhanced")))
    topology = isoforms(
        ("SPANNING", "type I", "span", 54, "annotation"), ("FREE", "secreted", "none", None, "annotation")
    )
    parsed = {"lists": lists.copy()}
    parsed["lists"].attrs["covered"] = {"LISTED", "ORGANELLE"}
    found = surface_votes(REGISTRY, parsed, IDENTITY, [lists, stained, spanning(topology)], topology)
    tables.SURFACE_VOTES.check(found)
    assert sorted(found[["gene_id", "voter", "kind"]].itertuples(index=False, name=None)) == [
        ("FREE", "UniProt", "secreted"),
        ("GOLGI", "HPA", "against"),
        ("LISTED", "GO", "annotation"),
        ("LISTED", "UniProt", "unseen"),
        ("ORGANELLE", "GO", "against"),
        ("SPANNING", "GO", "unseen"),
        ("SPANNING", "UniProt", "annotation"),
        ("STAINED", "GO", "unseen"),
        ("STAINED", "HPA", "membrane"),
        ("STAINED", "UniProt", "unseen"),
    ]
    assert set(candidates(found)) == {"LISTED", "SPANNING", "STAINED"}


@pytest.mark.parametrize("voter", ["GO", "HPA", "nobody knows it"])
def test_the_kind_of_a_vote_makes_a_candidate_whoever_the_voter_is(voter: str) -> None:
    votes = cast(*((kind, voter, kind) for kind in tables.VOTE_KINDS))
    assert candidates(votes).tolist() == ["experimental", "annotation", "membrane", "prediction", "proxy", "clinical"]


def test_a_target_of_several_therapies_has_one_clinical_vote_and_the_approved_one_is_named() -> None:
    rows = [("A", "CAR-T", "trial", "x-cel"), ("A", "ADC", "approved", "y-tin"), ("B", "CAR-T", "trial", None)]
    precedent = pd.DataFrame(rows, columns=["gene_id", "therapy", "status", "agent"])
    found = clinical(precedent).set_index("gene_id")
    assert found["statement"].to_dict() == {
        "A": "target of ADC (approved): y-tin",
        "B": "target of CAR-T (trial): unnamed",
    }
    assert set(found["kind"]) == {"clinical"}


# ---------------------------------------------------------------- Human Protein Atlas


def test_what_a_trusted_antibody_saw_is_membrane_or_against_and_the_rest_is_no_vote() -> None:
    found = located(
        seen_at(
            ("BOTH", "Plasma membrane", "Supported"),
            ("BOTH", "Golgi apparatus", "Enhanced"),
            ("JUNCTION", "Cell Junctions", "Enhanced"),
            ("INSIDE", "Golgi apparatus", "Supported"),
            ("INSIDE", "Vesicles", "Enhanced"),
            ("DOUBT", "Golgi apparatus", "Supported"),
            ("DOUBT", "Plasma membrane", "Uncertain"),
            ("WEAK", "Plasma membrane", "Approved"),
            ("FREE", "Predicted to be secreted", None),
        )
    ).set_index("gene_id")
    assert found["kind"].to_dict() == {
        "BOTH": "membrane",
        "JUNCTION": "membrane",
        "INSIDE": "against",
        "FREE": "secreted",
    }
    assert found.loc["INSIDE", "statement"] == "Golgi apparatus (Supported); Vesicles (Enhanced)"
    assert found.loc["FREE", "statement"] == "Predicted to be secreted"
    assert set(found["voter"]) == {"HPA"}


# ---------------------------------------------------------------- UniProt

TOLD = isoforms(
    ("RECEPTOR", "type I", "span", 54, "annotation"),
    ("RECEPTOR", "secreted", "none", None, "annotation"),
    ("ANCHORED", "GPI", "GPI", 90, "annotation"),
    ("LUMENAL", "type I", "span", 0, "annotation"),
    ("HORMONE", "secreted", "none", None, "annotation"),
    ("GUESSED", "multi-pass", "span", 20, "prediction"),
    ("SIDELESS", "multi-pass", "span", None, "annotation"),
)


def test_uniprot_speaks_for_an_anchor_with_a_part_outside_and_tells_the_secreted() -> None:
    found = spanning(TOLD).set_index("gene_id")
    assert found["kind"].to_dict() == {"RECEPTOR": "annotation", "ANCHORED": "annotation", "HORMONE": "secreted"}
    assert found.loc["RECEPTOR", "statement"] == "type I, 54 residues outside"
    assert set(found["voter"]) == {"UniProt"}
    assert found.notna().all(axis=None)


def test_uniprot_never_looked_at_genes_without_an_entry_and_spans_without_sides() -> None:
    genes = pd.Series(["RECEPTOR", "LUMENAL", "HORMONE", "GUESSED", "SIDELESS", "NOBODY"])
    found = tables.SURFACE_VOTES.check(unanswered(TOLD, genes))
    assert found["gene_id"].tolist() == ["GUESSED", "SIDELESS", "NOBODY"]
    assert set(found["voter"]) == {"UniProt"}
    assert set(found["kind"]) == {"unseen"}


@pytest.mark.parametrize(
    "votes",
    [
        located(tables.LOCATIONS.empty()),
        spanning(tables.TOPOLOGY.empty()),
        unanswered(tables.TOPOLOGY.empty(), pd.Series(["GENE"])),
    ],
    ids=["locations", "topology", "candidates without topology"],
)
def test_a_set_without_such_a_source_has_no_such_voter(votes: pd.DataFrame) -> None:
    assert votes.empty
    assert list(votes.columns) == tables.SURFACE_VOTES.names
