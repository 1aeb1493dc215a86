"""Draws behind intervals and p-values: like genes only, none twice, and uniform where nothing is to be found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from targetfinder.benchmark._cases import Case
from targetfinder.benchmark._judge import TESTED, Draws, judge
from targetfinder.benchmark._resampling import bootstrap_weights, interval, like_positives, p_value, strata

GENES = pd.Index([f"G{i:04d}" for i in range(2000)], name="gene_id")


@pytest.fixture(scope="module")
def world() -> tuple[pd.Series, pd.Series]:
    """Scores that follow expression, and the class of each gene: what the null must take out."""
    rng = np.random.default_rng(7)
    percentile = pd.Series(rng.random(len(GENES)), GENES)
    percentile[::9] = np.nan
    votes = pd.Series(rng.integers(0, 4, len(GENES)), GENES)
    scores = percentile.fillna(0) * 2 + votes + rng.normal(0, 0.3, len(GENES))
    return scores, strata(percentile, votes)


def case(genes: list[str]) -> Case:
    return Case("list", "disease", pd.DataFrame({"gene_id": genes}))


def test_a_drawn_set_has_the_classes_of_the_positives_and_no_gene_twice(world: tuple[pd.Series, pd.Series]) -> None:
    _, classes = world
    positives = np.array([0, 9, 18, 27, 36, 1, 2, 1999])
    drawn = like_positives(classes.to_numpy(), positives, 500, np.random.default_rng(1))
    assert (classes.to_numpy()[drawn] == classes.to_numpy()[positives]).all()
    assert all(len(set(row)) == len(positives) for row in drawn.tolist())
    assert len({tuple(row) for row in drawn.tolist()}) > 490


def test_a_class_that_the_positives_fill_is_drawn_whole() -> None:
    classes = np.array([1, 1, 1, 2, 2])
    drawn = like_positives(classes, np.array([0, 1, 2]), 50, np.random.default_rng(1))
    assert {tuple(sorted(row)) for row in drawn.tolist()} == {(0, 1, 2)}


def test_each_gene_of_a_class_is_drawn_equally_often() -> None:
    drawn = like_positives(np.zeros(30, dtype=np.int64), np.array([3, 4]), 15000, np.random.default_rng(1))
    counts = np.bincount(drawn.ravel(), minlength=30)
    assert np.abs(counts / 1000 - 1).max() < 0.15


def test_unmeasured_genes_are_a_class_of_their_own() -> None:
    classes = strata(pd.Series([0.1, 0.9, np.nan, np.nan]), pd.Series([1, 1, 1, 7]))
    assert classes.nunique() == 4
    assert strata(pd.Series([0.5, np.nan]), pd.Series([3, 9])).tolist()[1] == 3


def test_p_values_of_random_lists_are_uniform(world: tuple[pd.Series, pd.Series]) -> None:
    """Lists drawn like a fixed list know nothing that the null does not know: Kolmogorov-Smirnov does not object."""
    scores, classes = world
    rng = np.random.default_rng(5)
    pattern = rng.choice(len(GENES), 10, replace=False)
    lists = like_positives(classes.to_numpy(), pattern, 200, rng)
    found = [
        judge(case(list(GENES[genes])), {"order": scores}, Draws(10, 400, seed), classes).p["order"]
        for seed, genes in enumerate(lists)
    ]
    for metric in TESTED:
        assert kstest([one[metric] for one in found], "uniform").pvalue > 0.01


def test_without_matching_p_values_of_these_lists_would_not_be_uniform(world: tuple[pd.Series, pd.Series]) -> None:
    """The test above can fail: a null of any genes takes expression for skill."""
    scores, classes = world
    rng = np.random.default_rng(5)
    strong = np.flatnonzero(classes.to_numpy() >= 5 * 4)
    any_gene = pd.Series(0, GENES)
    found = [
        judge(
            case(list(GENES[rng.choice(strong, 10, replace=False)])), {"order": scores}, Draws(10, 200, seed), any_gene
        )
        for seed in range(40)
    ]
    assert kstest([one.p["order"]["ap"] for one in found], "uniform").pvalue < 1e-6


def test_a_list_that_the_order_finds_has_a_small_p_value_and_an_absent_gene_raises_it(
    world: tuple[pd.Series, pd.Series],
) -> None:
    scores, classes = world
    top = list(scores.groupby(classes).idxmax())[-8:]
    draws = Draws(10, 999, 1)
    alone = judge(case(top), {"order": scores}, draws, classes).p["order"]["ap"]
    assert alone == pytest.approx(1 / 1000)
    halves = judge(case([*top[:4], "a", "b", "c", "d"]), {"order": scores}, draws, classes)
    assert halves.value["order"]["recall_200"] <= 0.5


def test_the_observed_order_is_one_of_the_null() -> None:
    assert p_value(0.5, np.array([0.1, 0.5, 0.6, 0.2])) == pytest.approx(3 / 5)
    assert p_value(9.0, np.zeros(99)) == pytest.approx(0.01)


def test_bootstrap_draws_as_many_as_there_are() -> None:
    weights = bootstrap_weights(7, 400, np.random.default_rng(1))
    assert set(weights.sum(axis=1)) == {7}
    assert weights.mean() == pytest.approx(1)
    assert interval(np.arange(101.0)) == (5.0, 95.0)
