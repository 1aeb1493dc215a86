"""A gene that loses normal values is never better for it: a third of simulated ones is masked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.decide._intervals import intervals
from targetfinder.decide.criteria import efficacy, parts_of, scores
from targetfinder.evidence._records import tumour, universe
from targetfinder.evidence._tolerance import read_origin
from targetfinder.evidence.specificity import read_atlases, specificity
from targetfinder.indications import read_indication
from targetfinder.settings import Rules, Scoring

if TYPE_CHECKING:
    from tests.conftest import Run

LOST = 0.3


def evidence(simulated: Run, scoring: Scoring, rules: Rules, seed: int | None) -> pd.DataFrame:
    """Return the evidence of the planted indication, with `LOST` of all normal values masked if there is a seed."""
    disease = read_indication(simulated.references / "indications" / "planted.toml")
    genes = universe(simulated.bundle)
    atlases = read_atlases(simulated.bundle, genes, read_origin(simulated.bundle, genes, disease, rules, None))
    gone = np.random.default_rng(seed).random(atlases[0].values.shape) < (0 if seed is None else LOST)
    masked = [replace(atlas, values=np.where(gone, np.nan, atlas.values)) for atlas in atlases]
    same: dict[str, Any] = {"settings": scoring.window, "intervals": scoring.intervals, "scale": "linear"}
    told = specificity(genes, tumour(disease, simulated.cohorts, genes), *masked, **same)
    others = simulated.of_indication(tables.EVIDENCE, "planted")
    kept = others[~others["criterion"].isin(told["criterion"].astype(str).unique())]
    return pd.concat([part.astype({"criterion": str, "context": str}) for part in (kept, told)])


def test_a_gene_that_loses_a_third_of_its_normal_values_does_not_rank_beyond_its_interval(
    simulated: Run, scoring: Scoring, rules: Rules
) -> None:
    targets = simulated.of_indication(tables.TARGETS, "planted").set_index("gene_id").sort_index()
    cost = (targets["efficacy"] - targets["priority"]).astype(float)
    weights = scoring.weights.model_dump()
    numbers = scoring.model_copy(update={"intervals": scoring.intervals.model_copy(update={"replicates": 200})})
    whole = evidence(simulated, scoring, rules, None)
    priority = efficacy(scores(parts_of(whole, targets.index), scoring), weights) - cost
    order, drawn = np.sort(-priority.to_numpy()), intervals(whole, cost, numbers)
    before = np.searchsorted(order, -priority.to_numpy()) + 1
    beyond, entered = [], 0
    for seed in (1, 2, 3):
        poorer = efficacy(scores(parts_of(evidence(simulated, scoring, rules, seed), targets.index), scoring), weights)
        poorer -= np.maximum(cost, scoring.penalty.caution)  # what is vital and was not measured costs this or more
        after = np.searchsorted(order, -poorer.to_numpy()) + 1  # each gene alone loses values, the others keep theirs
        beyond.append((after < drawn["rank_lo"].to_numpy()).mean())
        entered += int(((after <= 50) & (before > 50)).sum())
    print(f"masking {LOST:.0%}: {np.mean(beyond):.4f} rank better than their interval, {entered} enter the top 50")
    assert np.mean(beyond) <= 0.1
    assert entered == 0
    assert priority.to_numpy() == pytest.approx(targets["priority"].to_numpy(), abs=1e-9)
