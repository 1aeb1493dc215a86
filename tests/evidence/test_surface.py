"""`evidence surface`: independent votes, counted once, graded by a stated rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.evidence.surface import surface, tiers
from targetfinder.settings import Scoring
from targetfinder.sources.registry import read_registry
from targetfinder.tables import SURFACE_TIERS, VOTE_KINDS

if TYPE_CHECKING:
    from tests.conftest import Run

Vote = tuple[str, str]


def cast(votes: dict[str, list[Vote]]) -> pd.DataFrame:
    """Make `SURFACE_VOTES` from gene → [(voter, kind), …]."""
    rows = [(gene, voter, kind) for gene, pairs in votes.items() for voter, kind in pairs]
    frame = pd.DataFrame(rows, columns=["gene_id", "voter", "kind"])
    return frame.assign(statement="says so", source=frame["voter"].str.lower(), release="1")


def graded(scoring: Scoring, votes: dict[str, list[Vote]]) -> pd.DataFrame:
    genes = pd.DataFrame({"gene_id": list(votes), "symbol": list(votes)})
    return surface(genes, cast(votes), scoring.surface)


LIST, GUESS, TERM = ("surfaceome", "experimental"), ("surfaceome", "prediction"), ("GO", "annotation")
CLINIC = ("precedent", "clinical")


@pytest.mark.parametrize(
    ("votes", "tier", "n"),
    [
        ([], "unlikely", 0),
        ([CLINIC], "unlikely", 0),
        ([GUESS], "possible", 1),
        ([TERM], "possible", 1),
        ([TERM, CLINIC], "possible", 1),
        ([GUESS, TERM], "likely", 2),
        ([GUESS, ("GO", "prediction")], "likely", 2),
        ([GUESS, TERM, ("UniProt", "annotation")], "likely", 3),
        ([LIST], "likely", 1),
        ([LIST, CLINIC], "likely", 1),
        ([LIST, GUESS], "likely", 1),
        ([LIST, ("GO", "prediction")], "likely", 2),
        ([LIST, TERM], "confirmed", 2),
        ([LIST, ("GO", "experimental")], "confirmed", 2),
        ([("GO", "experimental"), ("surfaceome", "annotation")], "confirmed", 2),
        ([("GO", "experimental"), TERM], "likely", 1),
        ([TERM, TERM], "possible", 1),
        ([LIST, LIST, LIST], "likely", 1),
    ],
)
def test_the_tier_follows_from_experiments_and_independent_lines_and_not_from_the_clinic(
    scoring: Scoring, votes: list[Vote], tier: str, n: int
) -> None:
    row = graded(scoring, {"GENE": votes}).query("criterion == 'surface'").iloc[0]
    assert (row["context"], row["n"], row["value"]) == (tier, n, scoring.surface.model_dump()[tier])


@given(
    votes=st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(VOTE_KINDS)), min_size=1, max_size=6),
    more=st.tuples(st.sampled_from("ABCD"), st.sampled_from(VOTE_KINDS)),
)
def test_another_vote_never_lowers_the_tier_and_a_repeated_one_never_moves_it(votes: list[Vote], more: Vote) -> None:
    found = tiers(cast({"BASE": votes, "MORE": [*votes, more], "TWICE": votes * 2}))
    rank = {tier: i for i, tier in enumerate(SURFACE_TIERS)}
    assert rank[found.loc["MORE", "tier"]] <= rank[found.loc["BASE", "tier"]]
    assert found.loc["TWICE"].tolist() == found.loc["BASE"].tolist()


def test_every_vote_is_on_record_with_voter_and_kind_and_its_source(scoring: Scoring) -> None:
    found = graded(scoring, {"GENE": [LIST, TERM, TERM, CLINIC]})
    votes = found[found["criterion"] == "surface_vote"].set_index("context")
    assert votes["source"].to_dict() == {
        "surfaceome (experimental)": "surfaceome",
        "GO (annotation)": "go",
        "precedent (clinical)": "precedent",
    }
    assert (votes["value"] == 1.0).all()
    assert len(tables.EVIDENCE.check(found)) == 4


def test_votes_for_genes_outside_the_universe_are_left_out(scoring: Scoring) -> None:
    genes = pd.DataFrame({"gene_id": ["IN"], "symbol": ["IN"]})
    found = surface(genes, cast({"IN": [TERM], "OUT": [LIST]}), scoring.surface)
    assert set(found["gene_id"]) == {"IN"}


def test_every_gene_of_the_universe_has_one_score_whatever_the_order(scoring: Scoring) -> None:
    votes = {"B": [TERM], "A": [], "C": [LIST, TERM]}
    forward = graded(scoring, votes)
    backward = graded(scoring, dict(reversed(votes.items())))
    pd.testing.assert_frame_equal(forward, backward)
    assert forward.query("criterion == 'surface'")["gene_id"].tolist() == ["A", "B", "C"]


def test_all_genes_of_the_simulation_are_confirmed_by_two_independent_lines(simulated: Run) -> None:
    found = simulated.of_indication(tables.EVIDENCE, "planted").query("criterion == 'surface'")
    genes = simulated.of_bundle(tables.GENES).query("universe")
    assert sorted(found["gene_id"]) == sorted(genes["gene_id"])
    assert set(found["context"]) == {"confirmed"}
    assert found["n"].unique().tolist() == [2]


def test_the_source_of_every_measured_record_is_a_table_of_the_registry(simulated: Run) -> None:
    found = simulated.of_indication(tables.EVIDENCE, "planted")
    known = {table.id for table in read_registry(simulated.references / "sources.toml").table}
    assert set(found.loc[found["criterion"] != "surface", "source"]) <= known
    assert {"surface", "go", "sim_tissue", "cohorts"} <= set(found["source"])
