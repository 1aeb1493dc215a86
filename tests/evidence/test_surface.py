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


EXPERIMENT, OTHER, THIRD = ("CSPA", "experimental"), ("SURFY", "prediction"), ("GO", "annotation")
CLINIC = ("precedent", "clinical")


@pytest.mark.parametrize(
    ("votes", "tier", "n"),
    [
        ([], "unlikely", 0),
        ([OTHER], "possible", 1),
        ([THIRD], "possible", 1),
        ([CLINIC], "possible", 1),
        ([EXPERIMENT], "likely", 1),
        ([OTHER, THIRD], "likely", 2),
        ([OTHER, THIRD, CLINIC], "likely", 3),
        ([EXPERIMENT, OTHER], "confirmed", 2),
        ([EXPERIMENT, CLINIC], "confirmed", 2),
        ([EXPERIMENT, ("GO", "experimental")], "confirmed", 2),
        ([OTHER, OTHER], "possible", 1),
        ([("GO", "experimental"), THIRD], "likely", 1),
        ([EXPERIMENT, EXPERIMENT, EXPERIMENT], "likely", 1),
    ],
)
def test_the_tier_follows_from_experiments_and_independent_lines(
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
    found = graded(scoring, {"GENE": [EXPERIMENT, OTHER, OTHER]})
    votes = found[found["criterion"] == "surface_vote"].set_index("context")
    assert votes["source"].to_dict() == {"CSPA (experimental)": "cspa", "SURFY (prediction)": "surfy"}
    assert (votes["value"] == 1.0).all()
    assert len(tables.EVIDENCE.check(found)) == 3


def test_votes_for_genes_outside_the_universe_are_left_out(scoring: Scoring) -> None:
    genes = pd.DataFrame({"gene_id": ["IN"], "symbol": ["IN"]})
    found = surface(genes, cast({"IN": [OTHER], "OUT": [EXPERIMENT]}), scoring.surface)
    assert set(found["gene_id"]) == {"IN"}


def test_every_gene_of_the_universe_has_one_score_whatever_the_order(scoring: Scoring) -> None:
    votes = {"B": [OTHER], "A": [], "C": [EXPERIMENT, OTHER]}
    forward = graded(scoring, votes)
    backward = graded(scoring, dict(reversed(votes.items())))
    pd.testing.assert_frame_equal(forward, backward)
    assert forward.query("criterion == 'surface'")["gene_id"].tolist() == ["A", "B", "C"]


def test_all_genes_of_the_simulation_are_confirmed_by_two_independent_lines(simulated: Run) -> None:
    found = simulated.of_indication(tables.EVIDENCE, "planted").query("criterion == 'surface'")
    genes = simulated.of_bundle(tables.GENES).query("universe")
    assert sorted(found["gene_id"]) == sorted(genes["gene_id"])
    assert set(found["context"]) == {"confirmed"}
    assert found["n"].between(2, 3).all()


def test_the_source_of_every_record_is_a_table_of_the_registry(simulated: Run) -> None:
    found = simulated.of_indication(tables.EVIDENCE, "planted")
    known = {"surface", "go", "therapies", "sim_tissue", "sim_cell", "cohorts"}
    assert set(found["source"]) <= known  # as the schema says of this column
