"""What other cells spilt into every droplet: read from what cell types lack, never invented."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.reference._ambient import ABUNDANT, MOST, ambient, share_of_soup

TYPES = 4


def mixed(share: float, seed: int = 1, genes: int = 400) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return groups of one tissue and donor, their means, and their soup; each type has genes of its own."""
    rng = np.random.default_rng(seed)
    own = rng.lognormal(0, 1, genes) * rng.lognormal(0, 0.5, (TYPES, genes))
    marks = rng.random(genes) < 0.5
    own[:, marks] *= np.eye(TYPES)[:, rng.integers(TYPES, size=marks.sum())] * 10
    own *= 1e4 / own.sum(axis=1, keepdims=True)
    groups = pd.DataFrame({"tissue": "kidney", "cell_type": [f"t{n}" for n in range(TYPES)], "donor": "D1"})
    groups["n_cells"] = rng.integers(20, 500, TYPES)
    soup = np.average(own, axis=0, weights=groups["n_cells"])
    return groups, (1 - share) * own + share * soup, soup


@given(share=st.floats(0, 0.15), seed=st.integers(0, 1000))
def test_the_share_of_soup_is_found(share: float, seed: int) -> None:
    groups, mean, soup = mixed(share, seed)
    found, told = ambient(groups, mean)
    np.testing.assert_allclose(told, share, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found, share * np.tile(soup, (TYPES, 1)), rtol=1e-6, atol=1e-9)


def test_each_tissue_and_donor_has_a_soup_of_its_own() -> None:
    (first, mean, soup), (second, other, other_soup) = mixed(0.05), mixed(0.1, seed=2)
    both = pd.concat([first, second.assign(donor="D2")], ignore_index=True)
    found, _ = ambient(both, np.concatenate([mean, other]))
    np.testing.assert_allclose(found[0], 0.05 * soup)
    np.testing.assert_allclose(found[-1], 0.1 * other_soup)


def test_too_few_cell_types_tell_nothing_and_no_donor_is_one_donor() -> None:
    groups, mean, soup = mixed(0.05)
    assert all(np.isnan(found).all() for found in ambient(groups[:2], mean[:2]))
    np.testing.assert_allclose(ambient(groups.assign(donor=None), mean)[0][0], 0.05 * soup)


def test_no_more_than_a_fifth_is_ever_taken_for_soup() -> None:
    groups, _, soup = mixed(0.0)
    alike = np.tile(soup, (TYPES, 1))
    np.testing.assert_allclose(ambient(groups, alike)[0], MOST * alike)


@pytest.mark.parametrize("genes", [0, 1, ABUNDANT - 1])
def test_few_genes_or_none_are_no_error(genes: int) -> None:
    mean = np.ones((3, genes))
    assert 0 <= share_of_soup(mean, mean.mean(axis=0), np.ones(3)) <= MOST
    assert share_of_soup(mean * 0, mean.mean(axis=0) * 0, np.ones(3)) == 0
