"""Pairs of one patient: purity and depth are no loss, a loss is seen, and what cannot be seen is unclear."""

from __future__ import annotations

import numpy as np
import pytest
from tests.decide.simulated_pairs import SETTINGS, drawn

from targetfinder.decide._pairs import Sample, changed, lost_cells, of_bulk, of_cells, of_measures, of_protein, rate_of

LEVEL = 10.0


@pytest.mark.parametrize("setting", SETTINGS)
def test_at_most_one_retained_antigen_in_twenty_is_called_lost_whatever_purity_and_depth_do(setting: str) -> None:
    false, seen = [], []
    for seed in range(4):
        pair = drawn(seed, **SETTINGS[setting])
        before, after = of_bulk(pair.before, LEVEL), of_bulk(pair.after, LEVEL)
        call = changed(before, after, pair.specific).call
        fell = np.isin(call, ["lost", "reduced"])
        false.append(fell[before.carried & ~pair.lost].mean())
        seen += fell[before.carried & pair.lost & pair.specific].tolist()
    assert np.mean(false) <= 0.05
    assert np.mean(seen) >= (0.8 if setting in ("alike", "depth 20 M to 1 M") else 0.4)


def test_a_shift_is_the_fall_of_purity() -> None:
    pair = drawn(1, purity=(0.8, 0.2))
    found = changed(of_bulk(pair.before, LEVEL), of_bulk(pair.after, LEVEL), pair.specific)
    assert found.shift == pytest.approx(np.log2(0.2 / 0.8), abs=0.6) and found.n_panel >= 100


def of(values: list[float], limit: float = 100.0) -> Sample:
    return of_measures(np.array(values), np.full(len(values), limit))


def test_of_a_few_markers_all_fall_together_or_one_is_lost() -> None:
    before = of([4000.0, 4000.0, 4000.0, 4000.0, 50.0])
    everything = np.ones(5, dtype=bool)
    together = changed(before, of([800.0, 900.0, 700.0, 850.0, 50.0]), everything, least=4)
    assert together.call.tolist() == ["retained"] * 4 + ["absent"] and together.shift < -2
    alone = changed(before, of([90.0, 4100.0, 3900.0, 4000.0, 3000.0]), everything, least=4)
    assert alone.call.tolist() == ["lost", "retained", "retained", "retained", "emerged"]
    assert np.isnan(alone.low[0]) and alone.high[0] < -2


def test_what_a_retained_antigen_would_not_show_either_is_unclear() -> None:
    found = changed(of([150.0]), of([20.0]), np.ones(1, dtype=bool))
    assert found.call.tolist() == ["unclear"]


def test_without_a_limit_nothing_is_lost_and_without_a_measurement_nothing_is_called() -> None:
    before, after = (
        of_measures(np.array([4000.0]), np.array([np.nan])),
        of_measures(np.array([2.0]), np.array([np.nan])),
    )
    assert changed(before, after, np.ones(1, dtype=bool)).call.tolist() == ["reduced"]
    nothing = of([np.nan])
    assert changed(of([4000.0]), nothing, np.ones(1, dtype=bool)).call.tolist() == [None]


def test_cells_that_were_read_less_deeply_have_lost_nothing_and_a_lost_clone_is_counted() -> None:
    rng = np.random.default_rng(1)
    rate = rng.uniform(0.3, 2.0, 60)
    later = rate * 0.4
    later[0] = rate[0] * 0.4 * 0.02
    n = 2000
    before, after = (rng.binomial(n, -np.expm1(-one)) / n for one in (rate, later))
    one, two = of_cells(before, n, 0.1), of_cells(after, n, 0.1)
    found = changed(one, two, np.ones(60, dtype=bool))
    assert found.shift == pytest.approx(np.log2(0.4), abs=0.1)
    assert found.call[0] == "lost" and set(found.call[1:]) == {"retained"}
    lost, low, high = lost_cells(one, after, found.shift, n)
    assert lost[0] > 0.9 and (low <= lost).all() and (lost <= high).all()
    assert np.median(lost[1:]) < 0.1


def test_rates_are_those_of_poisson() -> None:
    np.testing.assert_allclose(rate_of(-np.expm1(-np.array([0.1, 1.0, 3.0]))), [0.1, 1.0, 3.0])


def test_a_protein_that_is_missing_lies_below_the_limit_of_intensities_only() -> None:
    values = np.array([20.0, 25.0, np.nan, 30.0])
    assert of_protein(values, missing_is_low=True).below.tolist() == [False, False, True, False]
    assert np.isnan(of_protein(values, missing_is_low=False).log2[2])
