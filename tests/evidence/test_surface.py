"""`evidence surface`: independent votes, counted once, weighed by what they were right about, graded by a rule."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.evidence._surface_probability import FOR, SILENT, UNSEEN, heard, probability, stances, weights
from targetfinder.evidence.surface import grades, surface
from targetfinder.settings import Scoring, Surface, Voter, Voters, read_scoring, read_voters
from targetfinder.sources.registry import read_registry
from targetfinder.tables import SURFACE_TIERS

if TYPE_CHECKING:
    from tests.conftest import Run

ROOT = Path(__file__).parents[2]
SHIPPED = read_voters(ROOT / "references" / "surface.toml")
SETTINGS = read_scoring(ROOT / "conf" / "scoring.toml").surface
DEMO = ("GO", "GO organelle", "HLDA", "surfaceome")
Vote = tuple[str, str]


def cast(votes: dict[str, list[Vote]]) -> pd.DataFrame:
    """Make `SURFACE_VOTES` from gene → [(voter, kind), …]."""
    rows = [(gene, voter, kind) for gene, pairs in votes.items() for voter, kind in pairs]
    frame = pd.DataFrame(rows, columns=["gene_id", "voter", "kind"], dtype=object)
    return frame.assign(statement="says so", source=frame["voter"].str.lower(), release="1")


#: Somebody for whom every voter of the demo set says something, so that all of them are there.
CROWD = {"CROWD": [(name, "against" if name == "GO organelle" else "experimental") for name in DEMO]}


def graded(votes: list[Vote], voters: Voters = SHIPPED, settings: Surface = SETTINGS) -> pd.Series:
    """Return the grade of a gene with these votes, where all voters of the demo set are in the bundle."""
    return grades(cast({"GENE": votes, **CROWD}), pd.Index(["GENE"]), voters, settings).iloc[0]


def voter(name: str, seen: dict[str, Any], **more: Any) -> Voter:
    return Voter(id=name, title=name, labels="none", seen=seen, **more)


def own(*voters: Voter, prior: float = 0.5, dependence: float = 0.0) -> Voters:
    return Voters(version="1", fitted="by hand", prior=prior, dependence=dependence, voter=list(voters))


def chance(votes: dict[str, list[Vote]], voters: Voters) -> dict[str, float]:
    told = heard(cast(votes), voters)
    return probability(stances(told, pd.Index(list(votes)), voters), voters).to_dict()


# ---------------------------------------------------------------- probability

#: Odds by hand, half a protein added: a word 7.5 to 1.5 is 5 to 1, silence 2.5 to 8.5; totals are alike.
A = voter("A", {"experimental": (7, 1), SILENT: (2, 8)})
B = voter("B", {"annotation": (4, 1), SILENT: (1, 4)})


def odds(share: float) -> float:
    return share / (1 - share)


def test_a_weight_is_the_log_ratio_of_the_shares() -> None:
    assert weights(A) == pytest.approx({"experimental": math.log(5), SILENT: math.log(2.5 / 8.5)})
    uneven = voter("U", {"annotation": (9, 9), SILENT: (0, 89)})
    assert weights(uneven)["annotation"] == pytest.approx(math.log((9.5 / 10) / (9.5 / 99)))


def test_odds_are_those_of_the_prior_times_every_voters_ratio() -> None:
    votes = {"BOTH": [("A", "experimental"), ("B", "annotation")], "ONE": [("A", "experimental")]}
    found = chance(votes, own(A, B, prior=0.2))
    assert odds(found["BOTH"]) == pytest.approx(0.25 * 5 * 3)
    assert odds(found["ONE"]) == pytest.approx(0.25 * 5 / 3)


def test_dependent_voters_count_as_the_design_effect_says() -> None:
    found = chance({"GENE": [("A", "experimental"), ("B", "annotation")]}, own(A, B, dependence=0.5))
    assert odds(found["GENE"]) == pytest.approx((5 * 3) ** (1 / 1.5))
    alone = chance({"GENE": [("A", "experimental")]}, own(A, dependence=0.5))
    assert odds(alone["GENE"]) == pytest.approx(5)


def test_a_voter_that_is_not_in_the_bundle_says_nothing_not_even_by_silence() -> None:
    votes: dict[str, list[Vote]] = {"GENE": [("A", "experimental")]}
    assert chance(votes, own(A, B, dependence=0.5)) == chance(votes, own(A, dependence=0.5))


@pytest.mark.parametrize("how", ["no exhaustive voter", "a vote that says so"])
def test_a_voter_that_did_not_look_weighs_nothing_and_is_no_voter(how: str) -> None:
    partial = how == "no exhaustive voter"
    blind = voter("B", {"annotation": (4, 1), "against": (1, 4)}, exhaustive=False) if partial else B
    votes: dict[str, list[Vote]] = {"GENE": [("A", "experimental")], "OTHER": [("B", "annotation")]}
    if not partial:
        votes["GENE"].append(("B", UNSEEN))
    voters = own(A, blind, dependence=0.5)
    assert stances(heard(cast(votes), voters), pd.Index(["GENE"]), voters).loc["GENE", "B"] == UNSEEN
    assert odds(chance(votes, voters)["GENE"]) == pytest.approx(5)


def test_of_several_words_of_one_voter_the_strongest_is_heard_once() -> None:
    both = voter("A", {"experimental": (7, 1), "prediction": (1, 1), SILENT: (1, 7)})
    once, more = [("A", "experimental")], [("A", "prediction"), ("A", "experimental"), ("A", "experimental")]
    found = chance({"ONCE": once, "MORE": more}, own(both))
    assert found["ONCE"] == found["MORE"]


def test_a_voter_that_repeats_another_is_heard_only_where_the_other_is_absent() -> None:
    echo = voter("E", {"annotation": (4, 1), SILENT: (1, 4)}, rests_on=["A"])
    voters = own(A, echo)
    votes = cast({"GENE": [("E", "annotation"), ("A", "experimental")]})
    assert set(heard(votes, voters)["voter"]) == {"A"}
    assert set(heard(votes[votes["voter"] == "E"], voters)["voter"]) == {"E"}


def test_a_list_of_the_user_gets_the_smallest_weight_of_its_kind_and_its_silence_none() -> None:
    strong = voter("S", {"annotation": (7, 1), SILENT: (1, 7)})
    found = chance({"GENE": [("mine", "annotation")], "OTHER": []}, own(strong, B))
    assert odds(found["GENE"]) == pytest.approx(3)
    assert odds(found["OTHER"]) == pytest.approx(1)


def test_in_the_shipped_file_every_word_for_the_surface_weighs_more_than_silence_and_against_less() -> None:
    for known in SHIPPED.voter:
        if not sum(sum(pair) for pair in known.seen.values()):
            assert known.rests_on  # not counted: it is heard only where nothing that it repeats is there
            continue
        weighed = weights(known)
        silence = weighed.get(SILENT, 0.0)
        assert all(weighed[word] > silence for word in FOR if word in weighed), known.id
        assert weighed.get("against", -math.inf) < silence


def test_every_voter_of_the_shipped_sources_has_been_counted() -> None:
    registry = read_registry(ROOT / "references" / "sources.toml")
    options = [table.options for table in registry.tables("surface_votes")]
    named = {vote["voter"] for given in options for vote in given.get("votes", {}).values()}
    named |= {given["vote"]["voter"] for given in options if "vote" in given}
    assert named | {"GO", "GO organelle", "HLDA"} <= {known.id for known in SHIPPED.voter}


# ---------------------------------------------------------------- tiers

LIST, GUESS = ("surfaceome", "annotation"), ("surfaceome", "prediction")
SHOWN, TERM, MEMBRANE, COMPUTED = (("GO", kind) for kind in ("experimental", "annotation", "membrane", "prediction"))
CD, ORGANELLE, CLINIC, GLYCAN = (
    ("HLDA", "experimental"),
    ("GO organelle", "against"),
    ("precedent", "clinical"),
    ("GD2", "proxy"),
)


@pytest.mark.parametrize(
    ("votes", "tier", "lines"),
    [
        ([], "unlikely", 0),
        ([CLINIC], "unlikely", 0),
        ([COMPUTED], "unlikely", 1),
        ([MEMBRANE], "unlikely", 1),
        ([MEMBRANE, CLINIC], "unlikely", 1),
        ([GUESS], "possible", 1),
        ([TERM], "possible", 1),
        ([SHOWN], "possible", 1),
        ([TERM, ORGANELLE], "unlikely", 1),
        ([GUESS, MEMBRANE], "likely", 2),
        ([GUESS, COMPUTED], "likely", 2),
        ([LIST, TERM], "likely", 2),  # probable, yet no experiment
        ([SHOWN, GUESS], "likely", 2),  # an experiment, and a mere prediction
        ([LIST, SHOWN], "confirmed", 2),
        ([LIST, SHOWN, TERM, COMPUTED], "confirmed", 2),
        ([LIST, SHOWN, ORGANELLE], "likely", 2),  # as many saw it in an organelle
        ([LIST, SHOWN, ("HPA", "against")], "likely", 2),
        ([LIST, CD, ORGANELLE, MEMBRANE], "confirmed", 3),
        ([CD], "possible", 1),
        ([CD, TERM], "confirmed", 2),
        ([CD, GUESS], "likely", 2),
        ([GLYCAN], "possible", 0),
        ([GLYCAN, CD, SHOWN], "possible", 2),
    ],
)
def test_the_tier_follows_from_experiments_second_lines_and_the_probability(
    votes: list[Vote], tier: str, lines: int
) -> None:
    found = graded(votes)
    assert (found["tier"], found["votes"]) == (tier, lines)


@given(said=st.dictionaries(st.sampled_from(DEMO[:1] + DEMO[2:]), st.sampled_from(FOR)))
def test_breaking_a_silence_for_the_surface_never_lowers_anything_and_repeating_it_changes_nothing(
    said: dict[str, str],
) -> None:
    for name in ("GO", "HLDA", "surfaceome"):
        others = [(who, word) for who, word in said.items() if who != name]
        words = [word for known in SHIPPED.voter if known.id == name for word in known.seen if word in FOR]
        votes = {"SILENT": others, "OPPOSED": [*others, ORGANELLE], **CROWD}
        votes |= {word: [*others, (name, word)] for word in words}
        votes |= {f"{word} twice": [*others, (name, word), (name, word)] for word in words}
        found = grades(cast(votes), pd.Index(votes), SHIPPED, SETTINGS)
        rank = found["tier"].map(SURFACE_TIERS.index)
        for word in words:
            assert rank[word] <= rank["SILENT"]
            assert found.loc[word, "probability"] > found.loc["SILENT", "probability"]
            assert found.loc[word].tolist() == found.loc[f"{word} twice"].tolist()
        assert rank["OPPOSED"] >= rank["SILENT"]
        assert found.loc["OPPOSED", "probability"] < found.loc["SILENT", "probability"]


@pytest.mark.parametrize(("votes", "free"), [([], True), ([SHOWN], True), ([LIST], False), ([GUESS, SHOWN], False)])
def test_secreted_is_what_is_seen_free_and_called_anchored_by_nobody(votes: list[Vote], free: bool) -> None:
    assert graded([("GO", "secreted"), *votes])["secreted"] == free
    assert not graded(votes)["secreted"]


# ---------------------------------------------------------------- evidence


def evidence(votes: dict[str, list[Vote]]) -> pd.DataFrame:
    genes = pd.DataFrame({"gene_id": list(votes), "symbol": list(votes)})
    return surface(genes, cast(votes), SHIPPED, SETTINGS)


def test_every_vote_is_on_record_with_voter_kind_direction_and_source() -> None:
    found = evidence({"GENE": [LIST, TERM, TERM, CLINIC, ORGANELLE, ("GO", "secreted"), ("HLDA", "unseen")]})
    votes = found[found["criterion"] == "surface_vote"].set_index("context")
    assert votes["source"].to_dict() == {
        "surfaceome (annotation)": "surfaceome",
        "GO (annotation)": "go",
        "precedent (clinical)": "precedent",
        "GO organelle (against)": "go organelle",
        "GO (secreted)": "go",
        "HLDA (unseen)": "hlda",
    }
    assert votes.loc[["GO organelle (against)", "GO (secreted)"], "value"].tolist() == [-1.0, -1.0]
    assert votes.loc[["surfaceome (annotation)", "precedent (clinical)"], "value"].tolist() == [1.0, 1.0]
    assert votes["value"].isna().to_dict()["HLDA (unseen)"]
    tables.EVIDENCE.check(found)


def test_tier_probability_and_flag_are_records_of_their_own(scoring: Scoring) -> None:
    found = evidence({"GOOD": [LIST, SHOWN], "FREE": [SHOWN, ("GO", "secreted")], "NONE": []})
    by_gene = found.set_index(["criterion", "gene_id"]).sort_index()
    assert by_gene.loc["surface", "context"].to_dict() == {"GOOD": "confirmed", "FREE": "possible", "NONE": "unlikely"}
    assert by_gene.loc["surface", "value"]["GOOD"] == scoring.surface.confirmed
    likely = by_gene.loc["surface_probability"]
    assert by_gene["symbol"].notna().all()
    assert likely["value"].between(0, 1).all()
    assert likely["value"].idxmax() == "GOOD"
    assert likely["n"].to_dict() == {"GOOD": 2, "FREE": 1, "NONE": 0}
    assert by_gene.loc["secreted"].index.tolist() == ["FREE"]


def test_votes_for_genes_outside_the_universe_are_left_out() -> None:
    genes = pd.DataFrame({"gene_id": ["IN"], "symbol": ["IN"]})
    assert set(surface(genes, cast({"IN": [TERM], "OUT": [LIST]}), SHIPPED, SETTINGS)["gene_id"]) == {"IN"}


def test_every_gene_of_the_universe_has_one_score_whatever_the_order() -> None:
    votes = {"B": [TERM], "A": [], "C": [LIST, TERM]}
    forward, backward = evidence(votes), evidence(dict(reversed(votes.items())))
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
    computed = found["criterion"].isin(["surface", "surface_probability", "surface_without", "secreted"])
    assert set(found.loc[~computed, "source"]) <= known
    assert set(found.loc[computed, "source"]) == {"surface_votes"}
    assert {"surface", "go", "sim_tissue", "cohorts"} <= set(found["source"])
