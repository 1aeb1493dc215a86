"""`cohort build`: one shape for every cohort, missing told from zero, and no ratio from what is not linear."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.cohort.build import build, common_shape, current_ids, linearity
from targetfinder.demo.simulate import COHORTS
from targetfinder.errors import InputError
from targetfinder.identity import Identity
from targetfinder.sources.registry import SourceTable, read_registry
from targetfinder.stats import wilson
from targetfinder.units import log2p1

if TYPE_CHECKING:
    from tests.conftest import Run

#: Level of prevalence in TPM*.
LEVEL = 10.0
TABLE = SourceTable(
    id="cohort_table",
    source="one",
    parser="cohort_quantiles",
    provides="cohorts",
    release="7",
    citation="nobody",
)
N_GENES = 200
IDS = [f"ENSG{i:011d}" for i in range(N_GENES)]
IG, MT = "ENSG90000000001", "ENSG90000000002"


def genes() -> pd.DataFrame:
    """Make the `GENES` of a bundle: protein-coding ones, one immunoglobulin and one mitochondrial gene."""
    ids = [*IDS, IG, MT]
    return pd.DataFrame(
        {
            "gene_id": ids,
            "symbol": [f"S{i}" for i in range(N_GENES)] + ["IGHG1", "MT-CO1"],
            "name": None,
            "aliases": None,
            "locus_type": ["gene with protein product"] * N_GENES
            + ["immunoglobulin gene", "gene with protein product"],
            "protein_coding": [gene_id != IG for gene_id in ids],
            "normaliser": [gene_id not in (IG, MT) for gene_id in ids],
            "universe": False,
        }
    )


def library(seed: int = 0) -> np.ndarray:
    """Draw the medians of a linear cohort: log-normal, adding up to 900,000 TPM."""
    drawn = np.random.default_rng(seed).lognormal(0, 2.5, N_GENES)
    return drawn / drawn.sum() * 9e5


def rows(
    cohort: str,
    medians: Iterable[float],
    ids: Iterable[str] = IDS,
    *,
    study: str = "A",
    n: int = 40,
    mean: float = np.nan,
) -> pd.DataFrame:
    """Make the rows of one cohort: quartiles at half and twice the median, a mean as a multiple of it."""
    median = np.asarray(list(medians), dtype=float)
    symbols = dict(zip(genes()["gene_id"], genes()["symbol"], strict=True))
    ids = list(ids)
    frame = pd.DataFrame({"gene_id": ids, "symbol": [symbols.get(gene_id, gene_id) for gene_id in ids]})
    frame = frame.assign(cohort=cohort, study=study, q1=median / 2, median=median, q3=median * 2)
    return frame.assign(mean=median * mean, n=float(n))


Shaped = dict[str, tuple[pd.DataFrame, dict[str, Any]]]


def shaped(*parts: pd.DataFrame, table: SourceTable = TABLE) -> Shaped:
    """Return cohort id → (frame by gene id, summary)."""
    quantiles = pd.concat(parts).astype(dict.fromkeys(("gene_id", "symbol", "cohort", "study"), "category"))
    found = common_shape(quantiles, genes(), table, LEVEL)
    return {about["cohort"]: (frame.set_index("gene_id", drop=False), about) for frame, about in found}


# ---------------------------------------------------------------- ids


def test_rows_follow_their_ids_and_of_two_rows_of_a_gene_in_a_cohort_that_of_its_own_id_stays() -> None:
    given = pd.DataFrame(
        [
            ("ENSG9.1", "ONE", 1.0),
            ("ENSG1", "ONE", 2.0),
            ("ENSG2", "ONE", 3.0),
            ("ENSG9.1", "TWO", 4.0),
            ("ENSG8", "TWO", 5.0),
            ("ENSG2_PAR_Y", "ONE", 6.0),
        ],
        columns=["gene_id", "cohort", "median"],
    ).astype({"gene_id": "category", "cohort": "category"})
    moved = {one: ("ENSG1", "retired id") for one in ("ENSG9", "ENSG8")}
    found = current_ids(given, Identity(moved=moved))
    assert found.astype(object).to_numpy().tolist() == [
        ["ENSG1", "ONE", 2.0],
        ["ENSG2", "ONE", 3.0],
        ["ENSG1", "TWO", 4.0],
    ]


# ---------------------------------------------------------------- the shape


def test_every_cohort_has_one_row_for_each_protein_coding_gene_and_passes_its_schema() -> None:
    for frame, about in shaped(rows("ONE", library()), rows("TWO", library(1))).values():
        assert frame["gene_id"].tolist() == [*IDS, MT]
        assert len(tables.COHORT.check(frame)) == N_GENES + 1
        assert (frame[["source", "release"]] == ["cohort_table", "7"]).all(axis=None)
        assert len(tables.COHORTS.check(pd.DataFrame([about]))) == 1


def test_quartiles_are_scaled_by_one_factor_and_the_median_is_also_kept_as_given() -> None:
    frame, about = shaped(rows("ONE", library()))["ONE"]
    factor = 1e6 / (library() * 3.5 / 3).sum()  # the mean of m/2, m and 2m
    measured = frame.loc[IDS]
    np.testing.assert_allclose(measured["median"], library())
    np.testing.assert_allclose(measured["median_tpm"], library() * factor)
    np.testing.assert_allclose(measured["q1_tpm"], library() / 2 * factor)
    np.testing.assert_allclose(measured["q3_tpm"], library() * 2 * factor)
    assert (about["kept_share_basis"], about["kept_share"]) == ("quartiles", pytest.approx(1.0))


def test_given_means_are_preferred_and_taken_as_shares_of_one_million() -> None:
    frame, about = shaped(rows("ONE", library(), mean=0.5))["ONE"]
    np.testing.assert_allclose(frame.loc[IDS, "median_tpm"].sum(), 2e6)
    assert (about["kept_share_basis"], about["kept_share"]) == ("mean", pytest.approx(0.45))


def test_means_of_some_genes_only_are_not_used() -> None:
    part = rows("ONE", library(), mean=0.5)
    part.loc[3, "mean"] = np.nan
    assert shaped(part)["ONE"][1]["kept_share_basis"] == "quartiles"


def test_percentile_ranks_the_medians_among_protein_coding_genes() -> None:
    frame = shaped(rows("ONE", library()))["ONE"][0]
    assert frame.loc[IDS[int(library().argmax())], "percentile"] == 1.0
    pd.testing.assert_series_equal(frame["percentile"], frame["median"].rank(pct=True), check_names=False)


def test_the_summary_names_size_top_gene_and_study() -> None:
    _, about = shaped(rows("ONE", library(), n=77, study="B"))["ONE"]
    assert (about["n"], about["study"], about["source"], about["release"]) == (77, "B", "cohort_table", "7")
    assert about["top_gene"] == f"S{library().argmax()}"
    assert about["top_median"] == pytest.approx(library().max())
    assert about["sum_of_medians"] == pytest.approx(9e5)


# ---------------------------------------------------------------- missing is not zero


@pytest.fixture(scope="module")
def partial() -> Shaped:
    """Gene 0 lacks a row in ONE, gene 1 in ONE and its sister TWO, gene 2 everywhere but in OTHER of another study."""
    medians = library()
    return shaped(
        rows("ONE", medians[3:], IDS[3:]),
        rows("TWO", [medians[0], *medians[3:]], [IDS[0], *IDS[3:]]),
        rows("OTHER", medians, study="B"),
    )


def test_a_gene_without_a_row_is_below_detection_only_if_a_sister_has_one(partial: Shaped) -> None:
    found = {cohort: frame.loc[IDS[:4], "detection"].tolist() for cohort, (frame, _) in partial.items()}
    assert found["ONE"] == ["below_detection", "unmeasured", "unmeasured", "measured"]
    assert found["TWO"] == ["measured", "unmeasured", "unmeasured", "measured"]
    assert found["OTHER"] == ["measured"] * 4


def test_below_detection_is_zero_with_an_unknown_upper_quartile(partial: Shaped) -> None:
    row = partial["ONE"][0].loc[IDS[0]]
    assert row[["median", "q1_tpm", "median_tpm"]].tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(row["q3_tpm"])
    assert row["percentile"] == partial["ONE"][0]["percentile"].min()


def test_unmeasured_has_no_value_at_all(partial: Shaped) -> None:
    values = ["median", "q1_tpm", "median_tpm", "q3_tpm", "percentile", "sister_log2"]
    assert partial["ONE"][0].loc[IDS[1], values].isna().all()


def test_the_summary_counts_every_protein_coding_gene_once(partial: Shaped) -> None:
    counts = {cohort: [about[state] for state in tables.DETECTION] for cohort, (_, about) in partial.items()}
    assert counts["ONE"] == [N_GENES - 3, 1, 3]  # the mitochondrial gene is measured nowhere
    assert counts["TWO"] == [N_GENES - 2, 0, 3]
    assert counts["OTHER"] == [N_GENES, 0, 1]


def test_the_planted_genes_of_the_simulation_are_below_detection_there_and_measured_in_the_sister(
    simulated: Run, truth: pd.DataFrame
) -> None:
    undetected = truth.index[truth["role"] == "undetected"]
    assert len(undetected) == 10
    assert simulated.cohort("PLANTED").loc[undetected, "detection"].unique().tolist() == ["below_detection"]
    assert simulated.cohort("SISTER").loc[undetected, "detection"].unique().tolist() == ["measured"]
    assert simulated.built().loc["PLANTED", "below_detection"] == 10


# ---------------------------------------------------------------- linear or not


def test_the_log_cohort_of_the_simulation_and_only_it_is_rank_only_with_reasons(simulated: Run) -> None:
    verdicts = simulated.built()
    assert verdicts["scale"].to_dict() == {name: "rank_only" if name == "LOGGED" else "linear" for name in COHORTS}
    assert verdicts["reasons"].isna().to_dict() == {name: name != "LOGGED" for name in COHORTS}
    assert "dynamic range" in verdicts.loc["LOGGED", "reasons"]


def test_a_rank_only_cohort_has_percentiles_and_not_one_value_in_renormalised_units(simulated: Run) -> None:
    frame = simulated.cohort("LOGGED")
    assert frame[["q1_tpm", "median_tpm", "q3_tpm", "sister_log2"]].isna().all(axis=None)
    assert frame.loc[frame["detection"] == "measured", "percentile"].between(0, 1, inclusive="right").all()


GOOD_SCALE = pd.Series([2000.0] + [500.0] * 4 + [10.0] * 95) * 100


@pytest.mark.parametrize(
    ("medians", "lowest", "told"),
    [
        (GOOD_SCALE, 0.0, []),
        (GOOD_SCALE, -67.2, ["lowest quartile is -67.2, below zero"]),
        (pd.Series([999.0] * 300 + [10.0] * 20_000), 0.0, ["highest median is 999 TPM, below 1000"]),
        (pd.Series([2000.0] * 60 + [250.0] * 600), 0.0, ["dynamic range is 8.0, below 10"]),
        (GOOD_SCALE / 10, 0.0, ["medians sum to 49500 TPM, outside 200000 to 1050000"]),
        (GOOD_SCALE * 3, 0.0, ["medians sum to 1485000 TPM, outside 200000 to 1050000"]),
        (pd.Series([0.0, 0.0]), 0.0, ["highest median is 0", "dynamic range is 0.0", "medians sum to 0"]),
        (pd.Series([66.0] * 9990 + [232.0] * 10), -77.0, ["lowest quartile", "highest median", "dynamic range"]),
    ],
    ids=["linear", "negative", "flat top", "narrow", "too little", "too much", "nothing", "log"],
)
def test_each_limit_of_linear_tpm_gives_its_own_reason_with_the_number(
    medians: pd.Series, lowest: float, told: list[str]
) -> None:
    _, reasons = linearity(medians, lowest)
    assert len(reasons) == len(told)
    assert all(reason.startswith(start) for reason, start in zip(reasons, told, strict=True))


def test_a_log_transform_makes_any_linear_cohort_rank_only() -> None:
    logs = log2p1(library())
    found = shaped(rows("LINEAR", library()), rows("LOG", logs / logs.sum() * 1e6, study="B"))
    assert found["LINEAR"][1]["scale"] == "linear"
    assert found["LOG"][1]["scale"] == "rank_only"
    pd.testing.assert_series_equal(found["LOG"][0]["percentile"], found["LINEAR"][0]["percentile"])


# ---------------------------------------------------------------- renormalisation


@settings(max_examples=20)
@given(share=st.floats(0.3, 1.0), seed=st.integers(0, 50))
def test_what_else_is_in_the_library_does_not_change_renormalised_values(share: float, seed: int) -> None:
    medians = library(seed)
    pure = shaped(rows("ONE", medians))["ONE"]
    mixed = shaped(rows("ONE", [*(medians * share), 9e5 * (1 - share)], [*IDS, IG]))["ONE"]
    assert pure[1]["scale"] == mixed[1]["scale"] == "linear"
    for name in ("q1_tpm", "median_tpm", "q3_tpm"):
        np.testing.assert_allclose(mixed[0].loc[IDS, name], pure[0].loc[IDS, name], rtol=1e-9)


@pytest.mark.parametrize("mean", [np.nan, 1.0], ids=["from quartiles", "from means"])
def test_an_immunoglobulin_with_60_percent_of_the_library_leaves_renormalised_values_unchanged(mean: float) -> None:
    pure, mixed = (
        shaped(rows("ONE", [*(library() * (1 - share)), 9e5 * share], [*IDS, IG], mean=mean))["ONE"]
        for share in (0.0, 0.6)
    )
    assert mixed[1]["scale"] == pure[1]["scale"] == "linear"
    np.testing.assert_allclose(mixed[0].loc[IDS, "median"], pure[0].loc[IDS, "median"] * 0.4)
    np.testing.assert_allclose(mixed[0].loc[IDS, "median_tpm"], pure[0].loc[IDS, "median_tpm"], rtol=1e-9)
    basis = 0.9 if mean == 1.0 else 1.0
    assert mixed[1]["immunoglobulin_share"] == pytest.approx(0.6 * basis)
    assert mixed[1]["kept_share"] == pytest.approx(0.4 * basis)


def test_mitochondrial_rna_is_measured_and_left_out_of_the_million() -> None:
    frame, about = shaped(rows("ONE", [*(library() * 0.8), 1.8e5], [*IDS, MT]))["ONE"]
    pure = shaped(rows("ONE", library()))["ONE"][0]
    assert about["mitochondrial_share"] == pytest.approx(0.2)
    assert frame.loc[MT, "detection"] == "measured"
    np.testing.assert_allclose(frame.loc[IDS, "median_tpm"], pure.loc[IDS, "median_tpm"], rtol=1e-9)


@settings(max_examples=15)
@given(data=st.data())
def test_neither_the_order_of_cohorts_nor_that_of_genes_matters(data: st.DataObject) -> None:
    parts = {
        "ONE": rows("ONE", library()[5:], IDS[5:]),
        "TWO": rows("TWO", library(1)),
        "X": rows("X", library(2), study="B"),
    }
    order = data.draw(st.permutations(list(parts)))
    seed = data.draw(st.integers(0, 1000))
    expected = shaped(*parts.values())
    found = shaped(pd.concat([parts[name] for name in order]).sample(frac=1, random_state=seed))
    assert list(found) == sorted(parts)
    for name in parts:
        pd.testing.assert_frame_equal(found[name][0], expected[name][0])
        assert found[name][1] == pytest.approx(expected[name][1], nan_ok=True)


# ---------------------------------------------------------------- against the sisters


def test_sister_log2_is_the_ratio_to_the_highest_sister_in_renormalised_units() -> None:
    found = shaped(*(rows(name, library(seed)) for seed, name in enumerate(("ONE", "TWO", "THREE"))))
    one, two, three = (found[name][0].loc[IDS, "median_tpm"] for name in ("ONE", "TWO", "THREE"))
    expected = np.log2((one + 1) / (np.maximum(two, three) + 1))
    np.testing.assert_allclose(found["ONE"][0].loc[IDS, "sister_log2"], expected, atol=1e-12)


def test_a_sister_that_did_not_detect_the_gene_counts_as_zero(partial: Shaped) -> None:
    frame = partial["TWO"][0]
    assert frame.loc[IDS[0], "sister_log2"] == pytest.approx(float(np.log2(frame.loc[IDS[0], "median_tpm"] + 1)))


def test_a_cohort_without_a_sister_has_no_such_ratio(partial: Shaped) -> None:
    assert partial["OTHER"][0]["sister_log2"].isna().all()


def test_a_sister_that_is_rank_only_is_never_put_in_a_ratio() -> None:
    logs = log2p1(library(1))
    found = shaped(rows("LINEAR", library()), rows("LOG", logs / logs.sum() * 1e6))
    assert found["LOG"][1]["scale"] == "rank_only"
    assert found["LINEAR"][0]["sister_log2"].isna().all()


# ---------------------------------------------------------------- the folder


def test_the_folder_holds_one_file_a_cohort_and_the_verdicts(simulated: Run) -> None:
    assert {path.name for path in simulated.shipped.iterdir()} == {f"{name}.parquet" for name in (*COHORTS, "cohorts")}
    assert simulated.built()["n"].to_dict() == {name: n for name, (n, _) in COHORTS.items()}


def test_building_again_gives_identical_bytes_and_removes_what_is_old(simulated: Run, tmp_path: Path) -> None:
    out = tmp_path / "cohorts"
    out.mkdir()
    for name in ("REMOVED.parquet", "cohorts.parquet"):
        (out / name).write_text("of an older release")
    build(simulated.references, simulated.store, out, LEVEL)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == {
        p.name: p.read_bytes() for p in simulated.shipped.iterdir()
    }
    assert list(tmp_path.iterdir()) == [out]


def test_a_damaged_source_is_refused_and_leaves_the_older_folder(simulated: Run, tmp_path: Path) -> None:
    source = read_registry(simulated.references / "sources.toml").source[0]
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / source.file).write_bytes(b"not the archive that is pinned")
    (tmp_path / "cohorts").mkdir()
    with pytest.raises(InputError, match="wrong checksum"):
        build(simulated.references, tmp_path / "store", tmp_path / "cohorts", LEVEL)
    assert list((tmp_path / "cohorts").iterdir()) == []


def test_prevalence_is_estimated_within_what_the_quartiles_and_the_patients_allow() -> None:
    found = shaped(rows("ONE", library()[:-1], IDS[:-1]))["ONE"][0]
    told = found[found["detection"] != "unmeasured"]
    assert (told["prevalence_basis"] == "estimated").all()
    assert ((told["prevalence_lo"] <= told["prevalence_hi"]) & (told["coverage"] == 1)).all()
    high = told[told["q1_tpm"] >= LEVEL]
    assert len(high)
    assert (high["prevalence"] >= 0.75).all()
    assert (high["prevalence_lo"] == wilson(0.75, 40)[0]).all()
    silent = found[found["detection"] == "unmeasured"]
    assert silent.index.tolist() == [IDS[-1], MT]
    assert silent[["prevalence", "prevalence_lo", "prevalence_hi", "prevalence_basis"]].isna().all(axis=None)
    assert (silent["coverage"] == 0).all()


def test_what_cells_were_sorted_by_is_said_by_the_registry() -> None:
    table = TABLE.model_copy(update={"options": {"sorted_by": {"ONE": ["SDC1"]}}})
    found = shaped(rows("ONE", library()), rows("TWO", library(1)), table=table)
    about = {name: (row["material"], row["selected_by"]) for name, (_, row) in found.items()}
    assert about == {"ONE": ("sorted", "SDC1"), "TWO": ("tumour", None)}


def test_the_genes_are_those_of_the_bundle(simulated: Run) -> None:
    genes = simulated.of_bundle(tables.GENES)
    coding = genes.loc[genes["protein_coding"], "gene_id"]
    assert simulated.cohort("PLANTED")["gene_id"].tolist() == coding.tolist()
