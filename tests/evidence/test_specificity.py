"""`evidence specificity`: the window in every tissue, and the tissue that binds it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.decide.criteria.specificity import score
from targetfinder.evidence._records import tumour, universe
from targetfinder.evidence._references import Atlas
from targetfinder.evidence._tolerance import read_origin
from targetfinder.evidence.specificity import read_atlases, specificity
from targetfinder.indications import read_indication
from targetfinder.settings import AtlasError, Intervals, PerCriticality, Rules, Scoring, Window

if TYPE_CHECKING:
    from tests.conftest import Run

SETTINGS = Window(
    log2_range=10.0,
    unmeasured_log2=0.0,
    allowance_log2=PerCriticality(vital=0.0, important=1.0, regenerable=2.0, dispensable=4.0),
)
#: tissue of an atlas: (name, criticality, atlas); the liver is in two atlases
COLUMNS = [
    ("colon", "important", "hpa"),
    ("heart", "vital", "hpa"),
    ("liver", "vital", "hpa"),
    ("skin", "regenerable", "hpa"),
    ("testis", "dispensable", "hpa"),
    ("liver", "vital", "gtex"),
]
LEVEL = 7.0  # TPM*: log2(7 + 1) = 3
NAN = float("nan")
Values = Sequence[Sequence[float]]
ERROR = AtlasError(gene=0.5, tissue=0.3)
INTERVALS = Intervals(replicates=100, seed=1, weight_jitter=0.2, atlas_log2=ERROR, atlas_percentile=ERROR)
#: How the score is made of what is recorded; its numbers are those of this file.
SCORING = SimpleNamespace(window=SETTINGS, presence=SimpleNamespace(level=LEVEL))


def evidence(
    tumours: Sequence[float], normal: Values, tolerated: Sequence[str] = (), scale: str = "linear"
) -> pd.DataFrame:
    """Return the evidence of genes G0, G1, …, given tumour medians (or percentiles) and one row of normals each."""
    ids = [f"G{i}" for i in range(len(tumours))]
    genes = pd.DataFrame({"gene_id": ids, "symbol": ids})
    column = "median_tpm" if scale == "linear" else "percentile"
    other = "percentile" if scale == "linear" else "median_tpm"
    values = pd.DataFrame({column: tumours, other: NAN, "n": 40}, index=ids)
    columns = pd.DataFrame(COLUMNS, columns=["context", "criticality", "source"]).assign(release="1")
    array = np.array(normal, dtype=float)
    lost = np.broadcast_to(np.where(columns["context"].isin(list(tolerated)), "they can be lost", None), array.shape)
    atlas = Atlas(array, columns.assign(system=columns["context"]), lost)
    ranks = Atlas(pd.DataFrame(array).rank(pct=True).to_numpy(), atlas.columns, lost)
    numbers = {"settings": SETTINGS, "intervals": INTERVALS}
    found = specificity(genes, values, atlas, ranks, scale=scale, **numbers)  # type: ignore[arg-type]
    return found.assign(tumour=found["gene_id"].map(dict(zip(ids, tumours, strict=True))))


def binding(found: pd.DataFrame, gene: str = "G0") -> tuple[str, float, float] | None:
    """Return binding tissue, window in it and score of a gene; None if it has no binding tissue."""
    rows = found[found["gene_id"] == gene].set_index("criterion")
    if "binding_window" not in rows.index:
        return None
    assert rows.loc["normal_limit", "context"] == rows.loc["binding_window", "context"]
    limit, linear = rows.loc["normal_limit"], "log2" in rows.loc["normal_limit", "unit"]
    name = "tumour_median" if linear else "tumour_percentile"
    parts = {name: np.array([limit["tumour"]], float), "normal_limit": np.array([limit["value"]], float)}
    made = score(parts, cast("Scoring", SCORING), linear)[0]
    return str(rows.loc["binding_window", "context"]), float(rows.loc["binding_window", "value"]), float(made)


# Worked by hand. Tumour 255: log2(255 + 1) = 8.
#          colon    heart    liver    skin     testis   liver (gtex)
NORMAL = [[15, 3, 7, 63, 127, 1]]
#  log2 + 1   4        2        3        6        7        1
#  window     4        6        5        2        1        7
#  allowance  1        0        0        2        4        0
#  sum        5        6        5        4        5        7     the least is skin's 4: (4 / 10 + 1) / 2 = 0.7


def test_the_binding_tissue_has_the_least_window_plus_allowance_worked_by_hand() -> None:
    assert binding(evidence([255], NORMAL)) == ("skin", pytest.approx(2.0), pytest.approx(0.7))


def test_every_window_and_every_normal_value_is_recorded_with_its_atlas() -> None:
    found = evidence([255], NORMAL)
    for criterion, expected in (("window", [4, 6, 5, 2, 1, 7]), ("normal_tpm", NORMAL[0])):
        rows = found[found["criterion"] == criterion].set_index(["context", "source"])["value"]
        assert rows.to_dict() == pytest.approx(
            {(name, atlas): v for (name, _, atlas), v in zip(COLUMNS, expected, strict=True)}
        )


def test_records_pass_their_schema_and_name_unit_patients_and_release() -> None:
    found = evidence([255, 3], NORMAL * 2)
    references = 3 + 3 + 3 * 2  # limit, profile and rank limit, each with its error and without one of two atlases
    assert len(tables.EVIDENCE.check(found[tables.EVIDENCE.names])) == 2 * (6 + 6 + 1 + references)
    units = found.astype({"criterion": str}).groupby("criterion")["unit"].unique().map(list).to_dict()
    assert units == {
        "normal_tpm": ["TPM*"],
        "window": ["log2 ratio"],
        "binding_window": ["log2 ratio"],
        "normal_limit": ["log2(TPM* + 1) less allowance"],
        "normal_limit_sd": ["standard deviation of log2(TPM* + 1)"],
        "normal_limit_without": ["log2(TPM* + 1)"],
        "normal_profile": ["log2(TPM* + 1)"],
        "normal_profile_sd": ["standard deviation of log2(TPM* + 1)"],
        "normal_profile_without": ["log2(TPM* + 1)"],
        "rank_limit": ["percentile less allowance"],
        "rank_limit_sd": ["standard deviation of percentile"],
        "rank_limit_without": ["percentile"],
    }
    assert found.loc[found["criterion"] == "window", "n"].unique().tolist() == [40]
    assert found.loc[found["criterion"] == "normal_tpm", "n"].isna().all()
    assert set(found["release"]) == {"1"}


def test_the_profile_is_the_mean_over_organ_systems_of_what_binds_each_and_never_below_nothing() -> None:
    found = evidence([255], NORMAL).set_index("criterion")["value"]
    # colon 4 - 1, heart 2, liver 3, skin 6 - 2, testis 7 - 4
    assert found["normal_profile"] == pytest.approx((3 + 2 + 3 + 4 + 3) / 5)
    nothing = evidence([255], [[0] * 6]).set_index("criterion")["value"]
    assert nothing["normal_profile"] == 0.0


def test_without_one_atlas_the_other_tells_alone() -> None:
    found = evidence([255], NORMAL)
    rows = found[found["criterion"] == "normal_limit_without"].set_index("context")["value"]
    assert rows.to_dict() == {"gtex": pytest.approx(4.0), "hpa": pytest.approx(1.0)}


def test_the_error_of_a_limit_grows_with_that_of_the_atlases_and_is_nothing_where_nothing_is() -> None:
    found = evidence([255, 255], [NORMAL[0], [0.0] * 6])
    spread = found[found["criterion"] == "normal_limit_sd"].set_index("gene_id")["value"]
    assert 0.3 < spread["G0"] < 0.8  # one tissue alone has an error of (0.5² + 0.3²)½ = 0.58
    assert spread["G1"] == 0.0


def test_a_tolerated_tissue_never_binds_and_stays_on_record() -> None:
    found = evidence([255], NORMAL, tolerated=["skin"])
    assert binding(found) == ("colon", pytest.approx(4.0), pytest.approx(0.75))  # colon, liver and testis tie at 5
    assert found.query("criterion == 'window' and context == 'skin'")["value"].tolist() == pytest.approx([2.0])


def test_a_tissue_is_tolerated_in_every_atlas() -> None:
    normal = [[0, 0, 7, 0, 0, 1023]]
    assert binding(evidence([255], normal))[:2] == ("liver", pytest.approx(-2.0))  # type: ignore[index]
    assert binding(evidence([255], normal, tolerated=["liver"]))[0] != "liver"  # type: ignore[index]


def test_a_gene_whose_measured_tissues_are_all_tolerated_has_no_specificity() -> None:
    normal = [[5, 1, 1, NAN, NAN, 1]]
    assert binding(evidence([255], normal, tolerated=["colon", "heart", "liver"])) is None


@pytest.mark.parametrize(
    ("tumours", "normal", "score"), [(1e6, 0.0, 1.0), (7.0, 1e6, 0.0), (7.0, 7.0, 0.5), (31.0, 0.0, 0.75)]
)
def test_the_score_spreads_the_range_of_windows_over_zero_to_one(tumours: float, normal: float, score: float) -> None:
    tissues = [[0, normal, 0, 0, 0, 0]]
    assert binding(evidence([tumours], tissues))[2] == pytest.approx(score)  # type: ignore[index]


# log2(median + 1) over log2(7 + 1) = 3: none, one, two and three thirds
@pytest.mark.parametrize(("tumours", "share"), [(0.0, 0.0), (1.0, 1 / 3), (3.0, 2 / 3), (7.0, 1.0), (15.0, 1.0)])
def test_what_is_hardly_there_is_specific_to_hardly_anything(tumours: float, share: float) -> None:
    window = float(np.log2(tumours + 1))
    found = binding(evidence([tumours], [[0, 0, 0, 0, 0, 0]]))
    assert found is not None
    assert found[1:] == (pytest.approx(window), pytest.approx((window / 10 + 1) / 2 * share))


# ---------------------------------------------------------------- missing is not zero


def test_the_highest_measured_tissue_stands_in_for_an_unmeasured_vital_one_without_its_allowance() -> None:
    # testis: log2(127 + 1) = 7, its window is 1, and its allowance of 4 is gone because the heart was not measured
    assert binding(evidence([255], [[0, NAN, 1, 0, 127, 1]])) == ("testis", pytest.approx(1.0), pytest.approx(0.55))
    assert binding(evidence([255], [[0, 0, 1, 0, 127, 1]])) == ("testis", pytest.approx(1.0), pytest.approx(0.75))


def test_a_tissue_that_stands_in_counts_as_higher_by_what_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "SETTINGS", SETTINGS.model_copy(update={"unmeasured_log2": 2.0}))
    # the window in the testis is 1; the heart that was not measured may be 2 higher: (1 - 2) / 10 of the range
    assert binding(evidence([255], [[0, NAN, 1, 0, 127, 1]])) == ("testis", pytest.approx(1.0), pytest.approx(0.45))
    assert binding(evidence([255], [[0, 0, 1, 0, 127, 1]])) == ("testis", pytest.approx(1.0), pytest.approx(0.75))


def test_a_tolerated_tissue_does_not_stand_in_and_the_next_highest_does() -> None:
    # without the skin, the colon is the highest: log2(15 + 1) = 4, its window is 4, and its allowance of 1 is gone
    normal = [[15, NAN, 7, 63, 1, 1]]
    assert binding(evidence([255], normal, tolerated=["skin"])) == ("colon", pytest.approx(4.0), pytest.approx(0.7))


def test_a_vital_tissue_that_one_of_two_atlases_measured_is_measured() -> None:
    normal = [[0, 0, NAN, 0, 127, 3]]  # with liver at 127 the window would be 1
    assert binding(evidence([255], normal)) == ("testis", pytest.approx(1.0), pytest.approx(0.75))


def test_an_unmeasured_tissue_that_is_not_vital_takes_no_part() -> None:
    assert binding(evidence([255], [[NAN, 3, 7, NAN, NAN, 1]])) == ("liver", pytest.approx(5.0), pytest.approx(0.75))


def test_a_gene_that_no_atlas_measured_has_no_specificity_and_others_keep_theirs() -> None:
    found = evidence([255, 255], [[NAN] * 6, NORMAL[0]])
    assert binding(found, "G0") is None
    assert binding(found, "G1") == ("skin", pytest.approx(2.0), pytest.approx(0.7))
    assert found.loc[found["gene_id"] == "G0", "value"].isna().all()


def test_a_gene_unmeasured_in_the_tumour_has_a_binding_tissue_and_no_score() -> None:
    found = binding(evidence([NAN], NORMAL))
    assert found is not None
    assert found[0] == "skin"
    assert np.isnan(found[1:]).all()


level = st.floats(0, 1e5)
six = st.lists(level, min_size=6, max_size=6)


@settings(max_examples=60)
@given(
    tumours=level,
    normal=st.lists(st.sampled_from([0.0, 1.0, 3.0, 5.0, 7.0, 15.0, 31.0]), min_size=6, max_size=6),
    hidden=st.sampled_from([(1,), (2, 5)]),  # the heart, or the liver in both atlases
    tolerated=st.sets(st.sampled_from(["colon", "skin", "testis"])),
)
def test_masking_a_vital_tissue_that_is_not_the_highest_never_raises_specificity(
    tumours: float, normal: list[float], hidden: tuple[int, ...], tolerated: set[str]
) -> None:
    others = [i for i, (name, _, _) in enumerate(COLUMNS) if i not in hidden and name not in tolerated]
    assume(max(normal[i] for i in others) >= max(normal[i] for i in hidden))
    masked = [NAN if i in hidden else value for i, value in enumerate(normal)]
    found = evidence([tumours, tumours], [normal, masked], sorted(tolerated))
    before, after = binding(found, "G0"), binding(found, "G1")
    assert before is not None
    assert after is not None
    assert after[2] <= before[2] + 1e-12


@given(tumours=level, normal=six, raised=st.integers(0, 5), by=st.floats(0, 1e4))
def test_more_normal_expression_never_raises_specificity_and_more_tumour_never_lowers_it(
    tumours: float, normal: list[float], raised: int, by: float
) -> None:
    worse = [value + by * (i == raised) for i, value in enumerate(normal)]
    found = evidence([tumours, tumours, tumours + by], [normal, worse, normal])
    base, with_more_normal, with_more_tumour = (binding(found, f"G{i}")[2] for i in range(3))  # type: ignore[index]
    assert with_more_normal <= base <= with_more_tumour


@given(tumours=level, normal=six, times=st.floats(0.1, 10))
def test_the_binding_tissue_does_not_depend_on_the_tumour(tumours: float, normal: list[float], times: float) -> None:
    found = evidence([tumours, tumours * times], [normal, normal])
    assert binding(found, "G0")[0] == binding(found, "G1")[0]  # type: ignore[index]


@settings(max_examples=20)
@given(seed=st.integers(0, 100), data=st.data())
def test_neither_the_order_of_genes_nor_their_company_matters(seed: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    tumours, normal = rng.lognormal(3, 2, 5), rng.lognormal(2, 2, (5, 6))
    normal[rng.random((5, 6)) < 0.3] = NAN
    order = data.draw(st.permutations(range(5)))[: data.draw(st.integers(1, 5))]
    every, some = evidence(list(tumours), normal.tolist()), evidence(list(tumours[order]), normal[order].tolist())
    assert [binding(some, f"G{i}") for i in range(len(order))] == [binding(every, f"G{i}") for i in order]


# ---------------------------------------------------------------- rank_only cohorts


# differences 0.4, 0.6, 0.7, 0.2, 0.1, 0.8; allowances over a range of 10: 0.1, 0, 0, 0.2, 0.4, 0
RANKS = [[0.5, 0.3, 0.2, 0.7, 0.8, 0.1]]


def test_a_rank_only_cohort_is_compared_by_percentile_worked_by_hand() -> None:
    assert binding(evidence([0.9], RANKS, scale="rank_only")) == ("skin", pytest.approx(0.2), pytest.approx(0.7))


def test_a_gene_of_a_rank_only_cohort_below_the_median_gene_is_hardly_there() -> None:
    found = binding(evidence([0.25], [[0, 0, 0, 0, 0, 0]], scale="rank_only"))
    assert found is not None
    assert found[2] == pytest.approx((0.25 + 1) / 2 * 0.5)


def test_a_rank_only_cohort_has_no_record_in_renormalised_units_and_no_ratio(simulated: Run) -> None:
    by_hand = evidence([0.9], [[0.5, 0.3, 0.2, 0.7, 0.9, NAN]], scale="rank_only")
    for found in (by_hand, simulated.of_indication(tables.EVIDENCE, "logged")):
        assert set(found["criterion"]) & {"normal_tpm", "window", "tumour_median"} == set()
        assert not set(found["unit"]) & {"TPM*", "log2 ratio"}
        assert "normal_percentile" in set(found["criterion"])


# ---------------------------------------------------------------- the simulation


def test_the_atlas_of_a_bundle_has_one_column_a_tissue_and_one_row_a_gene(simulated: Run, rules: Rules) -> None:
    genes = universe(simulated.bundle)
    disease = read_indication(simulated.references / "indications" / "planted.toml")
    atlas = read_atlases(simulated.bundle, genes, read_origin(simulated.bundle, genes, disease, rules, None))[0]
    normal = simulated.of_bundle(tables.NORMAL_BULK).pivot(index="gene_id", columns="context", values="upper_tpm")
    assert atlas.columns["context"].tolist() == sorted(normal.columns)
    np.testing.assert_array_equal(atlas.values, normal.reindex(genes["gene_id"])[atlas.columns["context"]])
    assert atlas.columns.set_index("context").loc["liver", "criticality"] == "vital"


def test_genes_that_no_simulated_atlas_holds_have_no_binding_tissue(simulated: Run, truth: pd.DataFrame) -> None:
    found = simulated.of_indication(tables.EVIDENCE, "planted").query("criterion == 'normal_limit'")
    without = set(universe(simulated.bundle)["gene_id"]) - set(found["gene_id"])
    assert without == set(truth.index[truth["role"] == "unmeasured"])


def test_the_windows_of_the_simulation_follow_from_its_own_tables(simulated: Run, scoring: Scoring) -> None:
    genes = universe(simulated.bundle)
    disease = read_indication(simulated.references / "indications" / "planted.toml")
    median = tumour(disease, simulated.cohorts, genes)["median_tpm"]
    normal = simulated.of_bundle(tables.NORMAL_BULK).merge(
        simulated.of_bundle(tables.CONTEXTS), on=["source", "context"]
    )
    normal["window"] = np.log2(normal["gene_id"].map(median) + 1) - np.log2(normal["upper_tpm"] + 1)
    normal["allowed"] = normal["window"] + normal["criticality"].map(scoring.window.allowance_log2.model_dump())
    least = normal.dropna(subset="allowed").sort_values("allowed").drop_duplicates("gene_id").set_index("gene_id")
    found = simulated.of_indication(tables.EVIDENCE, "planted").set_index("gene_id")
    window = found[found["criterion"] == "binding_window"]
    least = least.reindex(window.index)
    np.testing.assert_allclose(window["value"], least["window"], atol=1e-9)
    assert (window["context"] == least["context"]).all()
