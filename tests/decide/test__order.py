"""What a place is made of, what limits it, and the Pareto front."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.decide._order import limiting, pareto_front, parts_of_priority
from targetfinder.decide.criteria import REGISTRY, efficacy
from targetfinder.settings import Scoring

NAMES = [criterion.name for criterion in REGISTRY]


def random_scores(seed: int, genes: int = 20) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    made = pd.DataFrame(rng.random((genes, len(NAMES))), columns=NAMES)
    return made.mask(rng.random(made.shape) < 0.2).set_index(
        pd.Index([f"G{i:02d}" for i in range(genes)], name="gene_id")
    )


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_what_is_added_and_taken_sums_to_priority(scoring: Scoring, seed: int) -> None:
    made = random_scores(seed)
    taken = {"safety tier": pd.Series(0.06, made.index), "fratricide": pd.Series(0.015, made.index)}
    table = parts_of_priority(pd.Series(made.index, made.index), made, taken, scoring)
    expected = efficacy(made, scoring.weights.model_dump()) - 0.075
    found = table.groupby("gene_id", observed=True)["contribution"].sum()
    np.testing.assert_allclose(found, expected.reindex(found.index), rtol=0, atol=1e-12)


def test_the_table_passes_its_schema_and_weights_of_criteria_sum_to_one(scoring: Scoring) -> None:
    made = random_scores(1)
    table = parts_of_priority(
        pd.Series(made.index, made.index), made, {"safety tier": pd.Series(0.1, made.index)}, scoring
    )
    tables.CONTRIBUTIONS.check(table)
    assert table.groupby("gene_id", observed=True)["weight"].sum().tolist() == pytest.approx([1.0] * 20)
    assert "lineage" not in set(table["part"])  # its weight is 0


def test_what_limits_a_gene_is_what_costs_it_most(scoring: Scoring) -> None:
    made = pd.DataFrame(1.0, index=["A", "B", "C", "D"], columns=NAMES)
    made.loc["A", "specificity"] = 0.2
    made.loc["B", "specificity"] = np.nan
    made.loc["C", "surface"] = 0.9
    none = pd.Series(0.0, made.index)
    taken = {"safety tier": none.where(none.index != "C", 0.17), "fratricide": none}
    told = limiting(made, taken, scoring)
    assert told[["A", "B", "C"]].tolist() == ["specificity", "specificity (not measured)", "safety tier"]
    assert pd.isna(told["D"])


tiers = st.sampled_from(tables.SAFETY_TIERS)


@given(rows=st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5]), tiers), min_size=1, max_size=12))
def test_the_front_is_what_no_gene_surpasses_and_each_later_front_is_surpassed_by_the_one_before(
    rows: list[tuple[float, str]],
) -> None:
    frame = pd.DataFrame(rows, columns=["efficacy", "tier"])
    front = pareto_front(frame["efficacy"], frame["tier"]).to_numpy()
    points = [(-value, tables.SAFETY_TIERS.index(tier)) for value, tier in rows]

    def surpasses(a: tuple[float, int], b: tuple[float, int]) -> bool:
        return a != b and a[0] <= b[0] and a[1] <= b[1]

    for i, point in enumerate(points):
        above = [front[j] for j, other in enumerate(points) if surpasses(other, point)]
        assert front[i] == 1 + max(above, default=0)
