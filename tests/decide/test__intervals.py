"""Intervals of ranks: they hold the truth as often as they say, and what is missing widens and never helps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from targetfinder.decide import _intervals
from targetfinder.decide._intervals import Known, concentration, intervals
from targetfinder.decide.criteria import REGISTRY, efficacy, part_names, parts_of, scores
from targetfinder.settings import Scoring

GENES, PATIENTS = 400, 60
#: Criteria that the planted worlds hold; breadth and lineage are those of one cohort and nothing else.
MADE = ("presence", "prevalence", "specificity", "profile", "rank_specificity", "surface")


def fewer(scoring: Scoring, replicates: int = 200, **changed: Any) -> Scoring:
    numbers = scoring.intervals.model_copy(update={"replicates": replicates, **changed})
    return scoring.model_copy(update={"intervals": numbers})


def truth(rng: np.random.Generator) -> pd.DataFrame:
    """Make the true parts of a world, genes × parts."""
    median = rng.uniform(1, 9, GENES)
    spread = rng.uniform(0.3, 1.5, GENES)
    world = pd.DataFrame(index=pd.Index([f"G{i:03d}" for i in range(GENES)], name="gene_id"))
    for name, z in (("tumour_q1", -0.6745), ("tumour_median", 0.0), ("tumour_q3", 0.6745)):
        world[name] = np.exp2(np.maximum(median + z * spread, 0)) - 1
    world["prevalence"] = norm.cdf((median - np.log2(11)) / spread)
    world["tumour_percentile"] = pd.Series(median).rank(pct=True).to_numpy()
    world["normal_limit"] = rng.uniform(0, 9, GENES)
    world["normal_profile"] = world["normal_limit"] * rng.uniform(0.3, 0.9, GENES)
    world["rank_limit"] = (world["normal_limit"] / 10).clip(0, 1)
    world["surface"] = rng.choice([0.1, 0.55, 0.85, 1.0], GENES)
    return world.assign(spread=spread, breadth=np.nan, other_tumours=np.nan)


def seen(world: pd.DataFrame, rng: np.random.Generator, scoring: Scoring) -> pd.DataFrame:
    """Observe a world: quartiles of `PATIENTS` patients, and normal values with the errors of an atlas."""
    center = np.log2(world["tumour_median"] + 1).to_numpy()
    log2 = np.maximum(center[:, None] + world["spread"].to_numpy()[:, None] * rng.standard_normal((GENES, PATIENTS)), 0)
    found = world.drop(columns="spread")
    found[["tumour_q1", "tumour_median", "tumour_q3"]] = (np.exp2(np.quantile(log2, [0.25, 0.5, 0.75], axis=1)) - 1).T
    k = (log2 >= np.log2(scoring.presence.level + 1)).mean(axis=1)
    half = 1.645 * np.sqrt(np.maximum(k * (1 - k), 0.25 / PATIENTS) / PATIENTS)
    found["prevalence"], found["prevalence_lo"], found["prevalence_hi"] = (
        k,
        (k - half).clip(0),
        (k + half).clip(None, 1),
    )
    error, percentile = scoring.intervals.atlas_log2.gene, scoring.intervals.atlas_percentile.gene
    z = rng.standard_normal(GENES)
    for name, sd in (("normal_limit", error), ("normal_profile", error / 2), ("rank_limit", percentile)):
        found[name], found[f"{name}_sd"] = found[name] + z * sd, sd
    return found


def evidence(found: pd.DataFrame) -> pd.DataFrame:
    """Make the records of observed parts."""
    long = found.rename_axis("gene_id").reset_index().melt("gene_id", var_name="criterion")
    return long.assign(context="all", n=PATIENTS)


def ranks(value: pd.Series) -> pd.Series:
    return value.rank(ascending=False, method="first").astype(int)


def true_ranks(world: pd.DataFrame, weights: dict[str, float], scoring: Scoring, penalty: pd.Series) -> pd.Series:
    return ranks(efficacy(scores(world[part_names()], scoring), weights) - penalty)


def test_nine_tenths_of_the_intervals_hold_the_true_rank(scoring: Scoring) -> None:
    numbers, held, top = fewer(scoring, 300), [], []
    base = {name: scoring.weights.model_dump()[name] for name in MADE}
    share = np.array(list(base.values())) / sum(base.values())
    for seed in range(8):
        rng = np.random.default_rng(seed)
        world = truth(rng)
        penalty = pd.Series(rng.choice([0, 0.06, 0.17], GENES), world.index)
        drawn = rng.dirichlet(share * concentration(share, scoring.intervals.weight_jitter))
        weights = dict.fromkeys((c.name for c in REGISTRY), 0.0) | dict(zip(base, drawn, strict=True))
        real = true_ranks(world, weights, scoring, penalty)
        found = intervals(evidence(seen(world, rng, scoring)), penalty, numbers)
        inside = (found["rank_lo"] <= real) & (real <= found["rank_hi"])
        held.append(inside.mean())
        top.append(inside[real <= 50].mean())
    print(f"90 % intervals hold the true rank: {np.mean(held):.3f} of all genes, {np.mean(top):.3f} of the true top 50")
    assert 0.85 <= np.mean(held) <= 0.95
    assert 0.85 <= np.mean(top) <= 0.97


@pytest.fixture(scope="module")
def world(scoring: Scoring) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    return seen(truth(rng), rng, scoring)


def no_penalty(found: pd.DataFrame) -> pd.Series:
    return pd.Series(0.0, found.index)


def test_the_same_seed_gives_the_same_intervals_whatever_the_order_of_genes_and_records(
    world: pd.DataFrame, scoring: Scoring
) -> None:
    numbers, long = fewer(scoring, 60), evidence(world)
    first = intervals(long, no_penalty(world), numbers)
    shuffled = intervals(long.sample(frac=1, random_state=3), no_penalty(world).sample(frac=1, random_state=4), numbers)
    pd.testing.assert_frame_equal(first, shuffled)
    other = intervals(long, no_penalty(world), fewer(scoring, 60, seed=2))
    assert not first.equals(other)


def test_draws_come_in_blocks_that_bound_memory_and_change_nothing_but_the_stream(
    world: pd.DataFrame, scoring: Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers, long = fewer(scoring, 600), evidence(world)
    before = intervals(long, no_penalty(world), numbers)
    monkeypatch.setattr(_intervals, "BLOCK", 120)
    after = intervals(long, no_penalty(world), numbers)
    assert (before["rank_median"] - after["rank_median"]).abs().mean() < 3


def test_an_interval_holds_its_median_and_the_probabilities_follow_the_ranks(
    world: pd.DataFrame, scoring: Scoring
) -> None:
    found = intervals(evidence(world), no_penalty(world), fewer(scoring))
    assert ((found["rank_lo"] <= found["rank_median"]) & (found["rank_median"] <= found["rank_hi"])).all()
    assert (found["p_top20"] <= found["p_top50"]).all()
    assert found["p_top20"].sum() == pytest.approx(20) and found["p_top50"].sum() == pytest.approx(50)


@pytest.mark.parametrize("part", ["normal_limit", "prevalence", "tumour_median", "rank_limit"])
def test_a_gene_that_loses_evidence_gains_no_probability_and_its_worst_end_does_not_improve(
    world: pd.DataFrame, scoring: Scoring, part: str
) -> None:
    numbers, lost = fewer(scoring), world.index[::9]
    before = intervals(evidence(world), no_penalty(world), numbers)
    masked = world.copy()
    masked.loc[lost, part] = np.nan
    after = intervals(evidence(masked), no_penalty(world), numbers)
    assert (after.loc[lost, ["p_top20", "p_top50"]] <= before.loc[lost, ["p_top20", "p_top50"]]).all(axis=None)
    # others fall below a gene only because that one lost what it had
    assert (after.loc[lost, "rank_hi"] >= before.loc[lost, "rank_hi"] - len(lost)).all()
    widths = [(found["rank_hi"] - found["rank_lo"])[lost].median() for found in (before, after)]
    assert widths[1] > widths[0]


def test_a_larger_error_widens_and_a_penalty_lowers(world: pd.DataFrame, scoring: Scoring) -> None:
    numbers, gene = fewer(scoring), world.index[5]
    before = intervals(evidence(world), no_penalty(world), numbers).loc[gene]
    vague = world.copy()
    vague.loc[gene, "normal_limit_sd"] = 4.0
    wider = intervals(evidence(vague), no_penalty(world), numbers).loc[gene]
    assert wider["rank_hi"] - wider["rank_lo"] > before["rank_hi"] - before["rank_lo"]
    dangerous = no_penalty(world)
    dangerous[gene] = 0.3
    assert intervals(evidence(world), dangerous, numbers).loc[gene, "rank_median"] > before["rank_median"]


def test_each_source_is_left_out_in_turn(world: pd.DataFrame, scoring: Scoring) -> None:
    gene = world.index[5]
    left = evidence(world[["normal_limit"]].rename(columns={"normal_limit": "normal_limit_without"}))
    left = pd.concat([left.assign(context="first"), left.assign(context="second")])
    left.loc[(left["gene_id"] == gene) & (left["context"] == "second"), "value"] = 14.0
    long = pd.concat([evidence(world), left])
    assert list(Known.of(long, world.index).without) == ["first", "second"]
    before = intervals(evidence(world), no_penalty(world), fewer(scoring, 300)).loc[gene]
    after = intervals(long, no_penalty(world), fewer(scoring, 300)).loc[gene]
    assert after["rank_hi"] > before["rank_hi"]


def test_the_jitter_of_weights_is_what_was_asked_for() -> None:
    weights = np.array([0.1, 0.05, 0.2, 0.1, 0.1, 0.45, 0.0])
    drawn = np.random.default_rng(1).dirichlet(weights[:-1] * concentration(weights, 0.2), 20_000)
    assert np.mean(drawn.std(axis=0) / drawn.mean(axis=0)) == pytest.approx(0.2, rel=0.03)
    np.testing.assert_allclose(drawn.mean(axis=0), weights[:-1], rtol=0.02)


def test_a_rank_only_indication_has_intervals_too(world: pd.DataFrame, scoring: Scoring) -> None:
    ranked = world.assign(
        **dict.fromkeys(("tumour_q1", "tumour_median", "tumour_q3", "prevalence"), np.nan),
        normal_limit=world["rank_limit"],
        normal_profile=world["rank_limit"] / 2,
        normal_limit_sd=0.07,
        normal_profile_sd=0.03,
    )
    found = intervals(evidence(ranked), no_penalty(world), fewer(scoring))
    place = ranks(efficacy(scores(parts_of(evidence(ranked), world.index), scoring), scoring.weights.model_dump()))
    assert ((found["rank_lo"] <= place) & (place <= found["rank_hi"])).mean() > 0.97
    assert (found["rank_hi"] > found["rank_lo"]).mean() > 0.9
