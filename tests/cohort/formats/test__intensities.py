"""Intensities on another scale than claimed, relative ones and filled-in ones are refused; good ones are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from targetfinder.cohort.formats._intensities import LINEAR, LOG2, intensities
from targetfinder.errors import InputError


def proteome(seed: int = 0) -> np.ndarray:
    """Draw log2 intensities: 400 proteins from about 18 to 33, 8 samples, the low ones missing."""
    rng = np.random.default_rng(seed)
    values = rng.normal(25, 2.5, 400)[:, None] + rng.normal(0, 0.8, (400, 8))
    values[values + rng.normal(0, 0.7, values.shape) < 23] = np.nan
    return values


def checked(values: np.ndarray, unit: str, missing: str | None = None) -> np.ndarray:
    return intensities(Path("a.tsv"), values, lambda row: f"line {row + 2}", unit, missing)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("offset", [-40.0, 0.0])  # shares of a sum, and counts of an instrument
def test_good_intensities_pass_on_either_scale(seed: int, offset: float) -> None:
    values = proteome(seed) + offset
    assert np.array_equal(checked(values, LOG2), values, equal_nan=True)
    assert np.allclose(checked(2**values, LINEAR), 2**values, equal_nan=True)


def test_zero_is_missing_on_the_linear_scale_only() -> None:
    values = proteome() - 25
    values[0, 0] = 0
    assert checked(values, LOG2)[0, 0] == 0
    linear = 2 ** (values + 25)
    linear[0, 0] = 0
    assert np.isnan(checked(linear, LINEAR)[0, 0])


def test_the_number_that_stands_for_missing_is_missing() -> None:
    values = np.nan_to_num(proteome())
    assert np.isnan(checked(values, LOG2, "0")).sum() == (values == 0).sum() > 0


@pytest.mark.parametrize(
    ("values", "unit", "missing", "told"),
    [
        (2 ** proteome(), LOG2, None, "no log2 intensities"),
        (proteome(), LINEAR, None, "look log-transformed"),
        (np.log10(2 ** proteome()), LINEAR, None, "look log-transformed"),
        (-proteome(), LINEAR, None, "negative intensity .* in line 2"),
        (np.random.default_rng(0).normal(0, 1, (400, 8)), LOG2, None, "relative to a reference"),
        (np.nan_to_num(proteome()), LOG2, None, "filled in"),
        (np.where(np.isnan(proteome()), np.nanmin(proteome()), proteome()), LOG2, None, "filled in"),
        (np.zeros((5, 5)), LINEAR, None, "no protein was detected"),
        (proteome(), "TPM", None, "cannot be in TPM"),
        (proteome(), LOG2, "none", "missing=none is no number"),
    ],
)
def test_other_values_are_refused(values: np.ndarray, unit: str, missing: str | None, told: str) -> None:
    with pytest.raises(InputError, match=told):
        checked(values, unit, missing)
