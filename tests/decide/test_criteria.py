"""The registry of criteria: what each is, and how they combine."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.decide import criteria
from targetfinder.decide.criteria import REGISTRY, Criterion, contributions, efficacy, parts_of, scores
from targetfinder.settings import Scoring, Weights

FOLDER = Path(criteria.__file__).parent
#: Evidence of which less is better; of all other evidence more is.
AGAINST = {"normal_limit", "normal_profile", "rank_limit", "other_tumours"}
SHARES = {"tumour_percentile", "prevalence", "breadth", "surface", "rank_limit"}
NAMES = [criterion.name for criterion in REGISTRY]


def test_each_criterion_is_one_file_of_its_name_and_each_file_is_one_criterion() -> None:
    files = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    assert files == sorted(NAMES)
    for name in files:
        module = importlib.import_module(f"targetfinder.decide.criteria.{name}")
        assert [c for c in REGISTRY if c.score is module.score] == [getattr(module, name.upper())]


def test_each_criterion_has_a_weight_and_a_column_and_each_weight_a_criterion() -> None:
    assert list(Weights.model_fields) == NAMES
    assert set(NAMES) <= set(tables.TARGETS.names)


@pytest.mark.parametrize("criterion", REGISTRY, ids=NAMES)
def test_each_criterion_tells_formula_direction_and_source(criterion: Criterion, scoring: Scoring) -> None:
    assert criterion.title and criterion.direction
    assert re.match(r"reasoned: .|.*(doi:10\.|PMID:|PMC\d|docs/)", criterion.citation)
    told = criterion.sentence(scoring)
    assert "{" not in told and told[0].isupper()


def test_the_method_page_says_of_each_criterion_what_the_registry_says(repository: Path, scoring: Scoring) -> None:
    page = (repository / "docs" / "method.md").read_text()
    assert criteria.table(scoring) in page


def parts(rows: int, seed: int, linear: bool) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    made = {name: rng.random(rows) if name in SHARES else rng.uniform(0, 9, rows) for name in criteria.part_names()}
    made |= {name: np.exp2(rng.uniform(0, 9, rows)) - 1 for name in ("tumour_q1", "tumour_median")}
    return made if linear else made | {name: rng.random(rows) for name in AGAINST}


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), linear=st.booleans(), data=st.data())
def test_each_score_is_a_share_and_monotone_in_all_of_its_evidence(
    scoring: Scoring, seed: int, linear: bool, data: st.DataObject
) -> None:
    given_parts = parts(50, seed, linear)
    for criterion in REGISTRY:
        before = criterion.score(given_parts, scoring, linear)
        assert ((before >= 0) & (before <= 1)).all()
        for name in criterion.needs["linear" if linear else "rank_only"]:
            by = data.draw(st.floats(0, 0.2 if name in SHARES else 3.0), label=name)
            top = 1.0 if name in SHARES else np.inf
            more = given_parts | {name: np.minimum(given_parts[name] + by, np.maximum(top, given_parts[name]))}
            change = criterion.score(more, scoring, linear) - before
            assert (change * (-1 if name in AGAINST else 1) >= -1e-12).all()


@pytest.mark.parametrize("linear", [True, False], ids=["linear", "rank_only"])
@pytest.mark.parametrize("criterion", REGISTRY, ids=NAMES)
def test_a_criterion_reads_what_it_says_and_is_missing_where_any_of_it_is(
    criterion: Criterion, linear: bool, scoring: Scoring
) -> None:
    named = criterion.needs["linear" if linear else "rank_only"]
    some = {name: value for name, value in parts(5, 1, linear).items() if name in named}
    assert np.isfinite(criterion.score(some, scoring, linear)).all()
    for name in named:
        masked = some | {name: np.full(5, np.nan)}
        assert np.isnan(criterion.score(masked, scoring, linear)).all()


# log2(q1 + 1) and log2(median + 1), the mean over 7 (conf/scoring.toml)
@pytest.mark.parametrize(
    ("q1", "median", "score"), [(0, 0, 0.0), (0, 127, 0.5), (3, 7, 2.5 / 7), (127, 127, 1.0), (1e5, 1e6, 1.0)]
)
def test_presence_weighs_the_lower_quartile_like_the_median(
    q1: float, median: float, score: float, scoring: Scoring
) -> None:
    found = criteria.presence.score(
        {"tumour_q1": np.array([q1], float), "tumour_median": np.array([median], float)}, scoring, True
    )
    assert found[0] == pytest.approx(score)


def test_specificity_profile_and_lineage_worked_by_hand(scoring: Scoring) -> None:
    # tumour 127: 7 on the log scale, well above the level; the reference 2 lower, of 7 either way
    given_parts = {"tumour_median": np.array([127.0])}
    for name, reference in (
        ("specificity", "normal_limit"),
        ("profile", "normal_profile"),
        ("lineage", "other_tumours"),
    ):
        criterion = next(c for c in REGISTRY if c.name == name)
        found = criterion.score(given_parts | {reference: np.array([5.0])}, scoring, True)
        assert found[0] == pytest.approx((2 / 7 + 1) / 2)


def test_rank_specificity_worked_by_hand(scoring: Scoring) -> None:
    given_parts = {"tumour_percentile": np.array([0.9, 0.25]), "rank_limit": np.array([0.5, 0.25])}
    found = criteria.rank_specificity.score(given_parts, scoring, True)
    assert found.tolist() == pytest.approx([0.7, 0.25])  # the second is half way to the median gene


# ---------------------------------------------------------------- the combination

matrix = st.integers(0, 10_000).map(lambda seed: np.random.default_rng(seed))


@given(rng=matrix)
def test_contributions_add_up_to_efficacy(rng: np.random.Generator) -> None:
    table = pd.DataFrame(rng.random((30, len(NAMES))), columns=NAMES)
    table = table.mask(rng.random(table.shape) < 0.2)
    weights = dict(zip(NAMES, rng.random(len(NAMES)), strict=True))
    total = sum(w for name, w in weights.items() if table[name].notna().any())
    expected = sum(table[name].fillna(0) * w / total for name, w in weights.items())
    found = contributions(table, weights)
    np.testing.assert_allclose(found.sum(axis=1), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(efficacy(table, weights), expected, rtol=0, atol=1e-12)
    assert (found.to_numpy() >= 0).all()


@given(rng=matrix, name=st.sampled_from(NAMES), by=st.floats(0, 1))
def test_efficacy_rises_with_each_criterion_and_falls_when_one_is_masked(
    rng: np.random.Generator, name: str, by: float
) -> None:
    table = pd.DataFrame(rng.random((20, len(NAMES))), columns=NAMES)
    weights = dict(zip(NAMES, rng.random(len(NAMES)) + 0.01, strict=True))
    before = efficacy(table, weights)
    better = table.assign(**{name: np.minimum(table[name] + by, 1.0)})
    assert (efficacy(better, weights) >= before - 1e-12).all()
    masked = table.assign(**{name: table[name].mask(rng.random(20) < 0.5)})
    if masked[name].notna().any():
        assert (efficacy(masked, weights) <= before + 1e-12).all()


@given(rng=matrix)
def test_the_order_of_genes_does_not_matter(rng: np.random.Generator) -> None:
    table = pd.DataFrame(rng.random((20, len(NAMES))), columns=NAMES)
    weights = dict.fromkeys(NAMES, 1.0)
    order = rng.permutation(20)
    pd.testing.assert_series_equal(efficacy(table.iloc[order], weights), efficacy(table, weights).iloc[order])


def test_the_parts_are_taken_from_evidence_and_a_gene_without_a_record_has_none(scoring: Scoring) -> None:
    rows = [("A", "tumour_median", 7.0), ("A", "surface", 1.0), ("B", "surface", 0.5), ("A", "window", 3.0)]
    found = parts_of(pd.DataFrame(rows, columns=["gene_id", "criterion", "value"]), pd.Index(["B", "A", "C"]))
    assert found.index.tolist() == ["B", "A", "C"] and list(found) == criteria.part_names()
    assert found["surface"].tolist()[:2] == [0.5, 1.0] and found.loc["C"].isna().all()
    assert scores(found, scoring)["specificity"].isna().all()
