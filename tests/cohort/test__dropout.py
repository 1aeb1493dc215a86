"""The shared curve of detection and the shared variance are found again where they are known."""

from __future__ import annotations

import numpy as np
import pytest

from targetfinder.cohort._dropout import MIN_PROTEINS, Dropout, fit

MIDDLE, WIDTH, SPREAD, FREEDOM = 24.0, 0.7, 0.8, 6.0


def proteins(n: int = 400, samples: int = 20, seed: int = 3) -> np.ndarray:
    """Draw proteins around 25, with a scaled inverse χ² variance."""
    rng = np.random.default_rng(seed)
    spread = SPREAD * np.sqrt(FREEDOM / rng.chisquare(FREEDOM, n))
    return rng.normal(25, 2.5, n)[:, None] + spread[:, None] * rng.standard_normal((n, samples))


def censored(values: np.ndarray, seed: int = 4) -> np.ndarray:
    curve = np.random.default_rng(seed).normal(0, WIDTH, values.shape)
    return np.where(values + curve > MIDDLE, values, np.nan)


def test_curve_and_variance_are_found_again() -> None:
    found = fit(censored(proteins()))
    assert found.middle == pytest.approx(MIDDLE, abs=0.15)
    assert found.width == pytest.approx(WIDTH, abs=0.15)
    assert found.spread == pytest.approx(SPREAD, rel=0.1)
    assert 3.5 < found.freedom < 11


def test_values_missing_at_random_have_no_curve_but_a_variance() -> None:
    values = proteins(1500, 8)
    values[np.random.default_rng(1).random(values.shape) < 0.3] = np.nan
    found = fit(values, at_random=True)
    assert found.at_random
    assert found.spread == pytest.approx(SPREAD, rel=0.05)
    assert found.freedom == pytest.approx(FREEDOM, rel=0.3)
    assert fit(proteins()).at_random  # nothing is missing


def test_proteins_that_were_never_detected_do_not_move_the_curve() -> None:
    values = censored(proteins(80, 6))
    never = np.full((100, values.shape[1]), np.nan)
    assert fit(np.vstack([values, never])) == fit(values)


def test_the_chance_of_a_missing_value_is_that_of_a_draw() -> None:
    dropout = Dropout(MIDDLE, WIDTH, SPREAD, FREEDOM)
    rng = np.random.default_rng(5)
    drawn = 24.5 + 1.2 * rng.standard_normal(200_000) + WIDTH * rng.standard_normal(200_000)
    missed = np.exp(dropout.missed(np.array(24.5), np.array(1.2)))
    assert missed == pytest.approx((drawn < MIDDLE).mean(), abs=0.005)


def test_the_variance_of_the_model_is_a_density() -> None:
    at = np.linspace(-6, 6, 4001)
    density = np.exp(Dropout(MIDDLE, WIDTH, SPREAD, FREEDOM).of_spread(np.exp(at)))
    assert np.trapezoid(density, at) == pytest.approx(1, abs=1e-6)


def test_few_proteins_do_not_tell_a_curve() -> None:
    values = proteins(MIN_PROTEINS - 1)
    values[0, 0] = np.nan
    with pytest.raises(ValueError, match="49 proteins"):
        fit(values)
