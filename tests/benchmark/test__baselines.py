"""Simple rules and published formulas, each on a fixture that was worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from targetfinder.benchmark._baselines import BASELINES
from targetfinder.benchmark._features import Features, Normals
from targetfinder.benchmark._published import genie_score, gesp, gini
from targetfinder.benchmark._substitute import PARTS, Part, combined, curved, immunotar_formula

GENES = pd.Index(["A", "B", "C", "D"], name="gene_id")
TISSUES = pd.MultiIndex.from_tuples(
    [("gtex", "brain"), ("gtex", "skin"), ("hpa_tissue", "brain"), ("hpa_tissue", "liver")], names=["source", "context"]
)


@pytest.fixture
def features() -> Features:
    """Four genes; D was not measured in the tumour, C not in the liver."""
    upper = pd.DataFrame([[3.0, 0, 1, 7], [0, 0, 0, 0], [31, 15, 0, np.nan], [1, 1, 1, 1]], GENES, TISSUES)
    kinds = pd.MultiIndex.from_tuples(
        [("GO", "experimental"), ("surfaceome", "annotation"), ("surfaceome", "prediction")]
    )
    normals = Normals(
        upper=upper,
        own=upper * 2,
        vital=[("gtex", "brain"), ("hpa_tissue", "brain"), ("hpa_tissue", "liver")],
        brain=[("gtex", "brain"), ("hpa_tissue", "brain")],
        votes=pd.DataFrame([[1, 1, 0], [0, 0, 1], [0, 0, 0], [1, 0, 0]], GENES, kinds) > 0,
        ecd_length=pd.Series(np.nan, GENES),
        dependency=pd.Series(np.nan, GENES),
    )
    return Features(
        normals=normals,
        tumour=pd.Series([63.0, 15, 127, np.nan], GENES),
        high_share=pd.Series([0.5, 0.25, 1.0, np.nan], GENES),
        surface_probability=pd.Series([0.9, 0.5, 0.1, 0.4], GENES),
    )


def score(name: str, features: Features) -> list[float]:
    return next(rule for rule in BASELINES if rule.name == name).score(features).tolist()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("abundance", [63, 15, 127]),
        ("fold_vital", [6 - 3, 4 - 0, 7 - 5]),
        ("half_fold_vital", [6 - 1.5, 4 - 0, 7 - 2.5]),
        ("fold_mean", [6 - math.log2(10 / 3 + 1), 4 - 0, 7 - math.log2(23 + 1)]),
    ],
)
def test_rules_of_one_line_by_hand(features: Features, name: str, expected: list[float]) -> None:
    assert score(name, features)[:3] == pytest.approx(expected)
    assert math.isnan(score(name, features)[3])


def test_chance_knows_the_id_only_and_gives_each_gene_its_own_place(features: Features) -> None:
    assert len(set(score("random", features))) == 4
    turned = Features(features.normals, features.tumour[::-1], features.high_share, features.surface_probability)
    assert score("random", turned) == score("random", features)[::-1]


def test_gini_by_hand() -> None:
    assert gini(np.array([[1.0, 1, 1, 1], [0, 0, 0, 8], [0, 0, 0, 0], [1, 2, 3, 4]])) == pytest.approx(
        [0, 0.75, 0, 0.25]
    )


def test_genie_score_by_hand(features: Features) -> None:
    """B: 15 in the tumour, 0 in brain, skin and liver: Gini is Gmax; log10(16) · 1 list. C lacks the liver."""
    found = genie_score(features)
    assert found["B"] == pytest.approx(math.log10(16))
    assert found["C"] == 0  # no list names it
    a = (3 * 63 + 1 * 7 - 1 * 3 - 3 * 0) / (4 * 73)  # 0, 3, 7, 63
    assert found["A"] == pytest.approx((a / 0.75) ** 2 * math.log10(64) * 2)
    assert math.isnan(found["D"])


def test_gesp_counts_the_lists_that_the_bundle_has(features: Features) -> None:
    assert gesp(features).tolist() == [3 + 3 + 1, 3, 0, 1]


def test_a_curve_bends_between_its_ends() -> None:
    assert curved(np.array([0.0, 25, 100]), math.log(2)).tolist() == pytest.approx([0, 6.25, 100])
    assert curved(np.array([50.0, 62.5, 100]), math.log(0.5)).tolist() == pytest.approx([50, 75, 100])
    assert curved(np.array([4.0, 4]), 1.0).tolist() == [4, 4]


def test_the_formula_by_hand() -> None:
    """Two parts of five genes. Ranked: 0, 0, 2, 7, NaN as 0, so that three share rank 2 and y = 25, 25, 75, 100, 25.

    The curve exp(log 2) = 2 is taken between 25 and 100: 25, 25, (50/75)² · 75 + 25 = 58.333…, 100, 25.
    Linear: -1, 0, 1, 3, NaN as -1: y = 0, 25, 50, 100, 0; the curve 1 leaves them.
    S = (-2·ranked + 3·linear) / 5.
    """

    def part(name: str, weight: float, curve: float, linear: bool) -> Part:
        return Part(name, name, weight, curve, linear, lambda features: features.tumour)

    values = {"ranked": np.array([0, 0, 2, 7, np.nan]), "linear": np.array([-1, 0, 1, 3, np.nan])}
    parts = [part("ranked", -2.0, math.log(2), False), part("linear", 3.0, 0.0, True)]
    third = (50 / 75) ** 2 * 75 + 25
    expected = [-50 / 5, (-50 + 75) / 5, (-2 * third + 150) / 5, (-200 + 300) / 5, -50 / 5]
    assert np.abs(combined(values, parts) - expected).max() < 1e-9


def test_weights_and_curves_are_the_optimised_ones() -> None:
    assert [(p.weight, p.curve, p.linear) for p in PARTS] == [
        (-2.406, 0.494, False),
        (2.130, -0.054, True),
        (2.085, 0.016, False),
        (1.804, -0.408, True),
        (1.666, 0.626, True),
        (-1.616, 0.186, False),
        (1.374, -1.000, False),
        (1.165, -0.290, False),
        (-0.170, -1.116, False),
    ]


def test_parts_without_a_source_take_no_part(features: Features) -> None:
    """Extracellular length and dependency are missing: the other seven are summed, over their own weights."""
    kept = [p for p in PARTS if p.published not in ("extracellular length", "DepMap")]
    values = {
        "GTEx tissues above 10 TPM": np.array([0.0, 0, 2, 0]),
        "SPC": np.array([2.0, 1, 0, 1]),
        "COMPARTMENTS": np.array([0.9, 0.5, 0.1, 0.4]),
        "Evo-Devo samples above 10 RPKM without brain": np.array([1.0, 0, np.nan, 0]),
        "tumour mean": np.array([63.0, 15, 127, np.nan]),
        "tumour samples above the 80th percentile": np.array([0.5, 0.25, 1, np.nan]),
        "highest GTEx tissue without brain": np.array([0.0, 0, 30, 2]),
    }
    assert immunotar_formula(features).to_numpy() == pytest.approx(combined(values, kept), abs=1e-12)
