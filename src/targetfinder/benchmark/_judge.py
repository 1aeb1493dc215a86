"""Every order held against every list: values with intervals, p-values, and paired differences."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from targetfinder.benchmark._cases import Case
from targetfinder.benchmark._metrics import METRICS, Places, measure, places
from targetfinder.benchmark._resampling import Ids, bootstrap_weights, interval, like_positives, p_value
from targetfinder.units import Floats

__all__ = ["Draws", "Judged", "differences", "judge", "mean_of"]

#: Metrics with a p-value: those that look at the whole order.
TESTED = ("ap", "auroc", "bedroc")


@dataclass(frozen=True)
class Draws:
    """How many draws, and the seed of all of them."""

    bootstrap: int
    null: int
    seed: int

    def rng(self, *words: str) -> np.random.Generator:
        """Return a generator of its own for each name, so that no result depends on what else is judged."""
        return np.random.default_rng([self.seed, *(zlib.crc32(word.encode()) for word in words)])


@dataclass(frozen=True)
class Judged:
    """One list in all orders.

    Attributes
    ----------
    value
        Method to metric to value.
    drawn
        Method to metric to values of the bootstrap draws; draws are the same positives for all methods.
    p
        Method to metric to p-value.
    """

    value: dict[str, dict[str, float]]
    drawn: dict[str, dict[str, Floats]]
    p: dict[str, dict[str, float]]


def judge(case: Case, scores: Mapping[str, pd.Series], draws: Draws, classes: pd.Series | None = None) -> Judged:
    """Hold every order against one list.

    Parameters
    ----------
    scores
        Method to score; all have the same index, the universe.
    classes
        Class of each gene of the universe, within which the null draws; without it no order is tested.
    """
    weights = bootstrap_weights(len(case.genes), draws.bootstrap, draws.rng("bootstrap", case.name))
    stood = {method: places(score, case.genes) for method, score in scores.items()}
    value = {method: {name: float(v) for name, v in measure(at).items()} for method, at in stood.items()}
    drawn = {method: measure(at, weights) for method, at in stood.items()}
    if classes is None:
        return Judged(value, drawn, {})
    known = classes.index.get_indexer(pd.Index(case.genes))
    rng = draws.rng("null", case.name, case.indication)
    sets = like_positives(classes.to_numpy(), known[known >= 0], draws.null, rng)
    p = {}
    for method, score in scores.items():
        null = measure(_drawn_places(score.reindex(classes.index), stood[method], known, sets))
        p[method] = {name: p_value(value[method][name], null[name]) for name in TESTED}
    return Judged(value, drawn, p)


def _drawn_places(score: pd.Series, stood: Places, known: Ids, sets: Ids) -> Places:
    """Return the places of drawn sets in one order; positives outside the universe stay last in all of them."""
    every = places(score, list(score.index))
    absent = np.flatnonzero(known < 0)
    last = [np.broadcast_to(side[absent], (len(sets), len(absent))) for side in (stood.mean, stood.last)]
    mean, end = (np.hstack([side[sets], out]) for side, out in zip((every.mean, every.last), last, strict=True))
    return Places(mean, end, stood.n)


def mean_of(judged: Mapping[str, list[Judged]], draws: Draws) -> Judged:
    """Return the mean over diseases, each the mean over its indications; diseases are drawn too.

    Parameters
    ----------
    judged
        Disease (list) to what was judged in each of its indications.
    """
    diseases = sorted(judged)
    picks = draws.rng("diseases").integers(len(diseases), size=(draws.bootstrap, len(diseases)))
    rows = np.arange(draws.bootstrap)[:, None]
    value: dict[str, dict[str, float]] = {}
    drawn: dict[str, dict[str, Floats]] = {}
    known = [set(one.value) for name in diseases for one in judged[name]]
    for method in (method for method in judged[diseases[0]][0].value if all(method in one for one in known)):
        value[method], drawn[method] = {}, {}
        for metric in METRICS:
            each = [[one.value[method][metric] for one in judged[name]] for name in diseases]
            value[method][metric] = float(np.mean([np.mean(found) for found in each]))
            table = np.stack(
                [np.mean([one.drawn[method][metric] for one in judged[name]], axis=0) for name in diseases], axis=1
            )
            drawn[method][metric] = table[rows, picks].mean(axis=1)
    return Judged(value, drawn, {})


def differences(judged: Judged, ours: str, other: str) -> dict[str, tuple[float, float, float]]:
    """Return metric to our value less that of another order, and its interval over the same draws."""
    return {
        metric: (
            judged.value[ours][metric] - judged.value[other][metric],
            *interval(judged.drawn[ours][metric] - judged.drawn[other][metric]),
        )
        for metric in METRICS
    }
