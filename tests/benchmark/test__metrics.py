"""Metrics of orders: hand-worked values, scikit-learn as an oracle, and what must hold of any order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from targetfinder.benchmark._metrics import ALPHA, CUTS, METRICS, measure, places

UNIVERSE = [f"G{i:03d}" for i in range(60)]


def scored(values: list[float]) -> pd.Series:
    return pd.Series(values, index=UNIVERSE[: len(values)], dtype=float)


def of(scores: pd.Series, genes: list[str], weights: np.ndarray | None = None) -> dict[str, float]:
    return {name: float(value) for name, value in measure(places(scores, genes), weights).items()}


def test_three_targets_by_hand() -> None:
    found = of(scored([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), ["G000", "G002", "G009"])
    assert found["ap"] == pytest.approx((1 / 1 + 2 / 3 + 3 / 10) / 3)
    assert found["auroc"] == pytest.approx(1 - (0 + 1 + 7) / 21)
    assert found["recall_20"] == 1


def test_ties_count_by_their_average_rank() -> None:
    tied = places(scored([5, 5, 5, 1]), ["G001"])
    assert (tied.mean.item(), tied.last.item(), tied.n) == (2, 3, 4)
    assert of(scored([5, 5, 5, 1]), ["G001"])["auroc"] == pytest.approx(1 - 1 / 3)
    forty = scored([1.0] * 40)
    assert of(forty, ["G000"])["recall_20"] == 0
    assert of(forty, ["G000"])["recall_50"] == 1


def test_a_gene_without_score_is_last_and_an_absent_one_comes_after_it() -> None:
    scores = scored([3, np.nan, 2, np.nan])
    stood = places(scores, ["G001", "G003", "nowhere", "G000"])
    assert stood.mean.tolist() == [3.5, 3.5, 5, 1]
    assert stood.last.tolist() == [4, 4, 5, 1]
    assert stood.n == 5
    two = places(scores, ["nowhere", "neither"])
    assert (two.mean.tolist(), two.n) == ([5.5, 5.5], 6)


def test_bedroc_by_hand() -> None:
    """Truchon & Bayly 2007: (RIE - RIE_min) / (RIE_max - RIE_min), worked from the definition of RIE."""
    n, ranks = 50, np.array([1, 4, 20])
    weight = np.exp(-ALPHA * np.arange(1, n + 1) / n)
    rie = weight[ranks - 1].sum() / (3 / n * weight.sum())
    best, worst = (part.sum() / (3 / n * weight.sum()) for part in (weight[:3], weight[-3:]))
    scores = scored(list(range(n, 0, -1)))
    found = of(scores, [UNIVERSE[rank - 1] for rank in ranks])["bedroc"]
    assert found == pytest.approx((rie - worst) / (best - worst), abs=1e-9)


@st.composite
def orders(draw: st.DrawFn) -> tuple[pd.Series, list[str]]:
    n = draw(st.integers(5, 60))
    values = draw(st.lists(st.integers(0, 12), min_size=n, max_size=n))
    chosen = draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=min(8, n - 1)))
    return scored([float(v) for v in values]), [UNIVERSE[i] for i in sorted(chosen)]


@given(orders())
def test_precision_and_auroc_are_those_of_scikit_learn(drawn: tuple[pd.Series, list[str]]) -> None:
    scores, genes = drawn
    truth = scores.index.isin(genes)
    found = of(scores, genes)
    assert found["ap"] == pytest.approx(average_precision_score(truth, scores))
    assert found["auroc"] == pytest.approx(roc_auc_score(truth, scores))


@given(orders(), st.integers(0, 2**32 - 1))
def test_a_weighted_positive_counts_as_in_scikit_learn(drawn: tuple[pd.Series, list[str]], seed: int) -> None:
    scores, genes = drawn
    weights = np.random.default_rng(seed).multinomial(len(genes), np.full(len(genes), 1 / len(genes))).astype(float)
    sample = pd.Series(1.0, scores.index)
    sample[genes] = weights
    truth = scores.index.isin(genes)
    found = of(scores, genes, weights)
    assert found["ap"] == pytest.approx(average_precision_score(truth, scores, sample_weight=sample))
    assert found["auroc"] == pytest.approx(roc_auc_score(truth, scores, sample_weight=sample))


@given(orders(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_a_monotone_scale_change_nothing(drawn: tuple[pd.Series, list[str]], random) -> None:  # type: ignore[no-untyped-def]
    scores, genes = drawn
    rows = list(scores.index)
    random.shuffle(rows)
    random.shuffle(genes)
    assert of(np.exp(scores[rows] / 3), genes) == pytest.approx(of(scores, genes))


@given(st.integers(1, 10), st.integers(1, 40))
def test_a_perfect_order_has_one_and_the_worst_none(positives: int, others: int) -> None:
    n = positives + others
    scores = scored([float(v) for v in range(n, 0, -1)])
    best, worst = of(scores, UNIVERSE[:positives]), of(-scores, UNIVERSE[:positives])
    assert [best[name] for name in METRICS] == pytest.approx([1.0] * len(METRICS))
    assert (worst["auroc"], worst["bedroc"]) == pytest.approx((0.0, 0.0))
    assert all(0 <= worst[name] <= 1 for name in METRICS)


@given(orders())
def test_recall_grows_with_the_cut(drawn: tuple[pd.Series, list[str]]) -> None:
    found = of(*drawn)
    recalls = [found[f"recall_{cut}"] for cut in CUTS]
    assert recalls == sorted(recalls)


@given(orders())
def test_weights_of_one_each_change_nothing(drawn: tuple[pd.Series, list[str]]) -> None:
    scores, genes = drawn
    assert of(scores, genes, np.ones(len(genes))) == pytest.approx(of(scores, genes))


def test_many_draws_are_measured_as_each_alone() -> None:
    rng = np.random.default_rng(3)
    scores = scored(list(rng.integers(0, 9, 60)))
    genes = [UNIVERSE[i] for i in (1, 7, 30, 41)]
    weights = rng.multinomial(4, [0.25] * 4, size=20).astype(float)
    together = measure(places(scores, genes), weights)
    for row, weight in enumerate(weights):
        assert {name: value[row] for name, value in together.items()} == pytest.approx(of(scores, genes, weight))
