"""`evidence presence`: what the tumour has of each gene, and nothing in TPM* for cohorts that are not linear."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.errors import InputError
from targetfinder.evidence import presence as module
from targetfinder.evidence._records import cohorts_of, tumour, universe
from targetfinder.evidence.presence import presence
from targetfinder.indications import Indication, read_indication
from targetfinder.settings import Presence

if TYPE_CHECKING:
    from tests.conftest import Run

SETTINGS = Presence(level=7.0, log2_at_one=10.0)
SCORING = Path(__file__).parent.parent.parent / "conf" / "scoring.toml"
LINEAR = {
    *("tumour_q1", "tumour_median", "tumour_q3", "tumour_percentile", "tumour_over_sisters"),
    *("prevalence", "prevalence_lo", "prevalence_hi"),
}


def tumours(rows: dict[str, tuple[float, float, float]], n: int = 40) -> pd.DataFrame:
    """Make the output of `_records.tumour` from quartiles in TPM*."""
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["q1_tpm", "median_tpm", "q3_tpm"]).rename_axis(
        "gene_id"
    )
    frame = frame.assign(percentile=frame["median_tpm"].rank(pct=True), sister_log2=1.5, detection="measured", n=n)
    return frame.assign(prevalence=0.5, prevalence_lo=0.25, prevalence_hi=0.75, basis="counted")


def records(values: pd.DataFrame, scale: str = "linear", settings: Presence = SETTINGS) -> pd.DataFrame:
    genes = pd.DataFrame({"gene_id": values.index, "symbol": "S" + values.index})
    where = {"context": "COHORT", "source": "table", "release": "1"}
    return presence(genes, values, scale=scale, settings=settings, **where)


def wide(evidence: pd.DataFrame) -> pd.DataFrame:
    return evidence.pivot(index="gene_id", columns="criterion", values="value")


# ---------------------------------------------------------------- linear cohorts


def test_each_gene_has_one_record_of_each_criterion_and_they_pass_the_schema() -> None:
    evidence = records(tumours({"G1": (3, 7, 15), "G2": (0, 0, np.nan)}))
    assert len(tables.EVIDENCE.check(evidence)) == 2 * len(LINEAR)
    assert set(evidence["criterion"]) == LINEAR
    assert (evidence[["context", "source", "release", "n"]] == ["COHORT", "table", "1", 40]).all(axis=None)


def test_quartiles_percentile_and_ratio_to_sisters_are_reported_as_they_are() -> None:
    row = wide(records(tumours({"G1": (3, 7, 15), "G2": (30, 70, 150)}))).loc["G1"]
    names = ["tumour_q1", "tumour_median", "tumour_q3", "tumour_percentile", "tumour_over_sisters"]
    assert row[names].tolist() == [3, 7, 15, 0.5, 1.5]


def test_every_record_names_its_unit() -> None:
    units = records(tumours({"G1": (3, 7, 15)})).set_index("criterion")["unit"].astype(str)
    assert units[["tumour_q1", "tumour_median", "tumour_q3"]].unique().tolist() == ["TPM*"]
    assert units[["tumour_percentile", "tumour_over_sisters"]].tolist() == ["percentile", "log2 ratio"]
    assert units["prevalence"] == "share of patients above 7 TPM*, counted"


def test_prevalence_is_that_of_the_cohorts() -> None:
    row = wide(records(tumours({"G1": (3, 7, 15)}))).loc["G1"]
    assert row[["prevalence", "prevalence_lo", "prevalence_hi"]].tolist() == [0.5, 0.25, 0.75]


def test_an_unmeasured_gene_has_records_without_values() -> None:
    evidence = records(tumours({"G1": (np.nan, np.nan, np.nan), "G2": (3, 7, 15)}))
    assert wide(evidence).loc["G1", ["tumour_q1", "tumour_median", "tumour_q3"]].isna().all()
    assert wide(evidence).loc["G2"].notna().all()


# ---------------------------------------------------------------- rank_only cohorts


def test_a_rank_only_cohort_gives_the_percentile_and_no_other_record() -> None:
    values = tumours({"G1": (np.nan, np.nan, np.nan), "G2": (np.nan, np.nan, np.nan)}).assign(percentile=[0.9, np.nan])
    evidence = records(values, scale="rank_only")
    assert set(evidence["criterion"]) == {"tumour_percentile"}
    assert set(evidence["unit"]) == {"percentile"}
    assert wide(evidence).loc["G1"].to_dict() == {"tumour_percentile": 0.9}
    assert wide(evidence).loc["G2"].isna().all()


def test_the_log_cohort_of_the_simulation_has_no_amount_and_no_ratio_in_its_evidence(simulated: Run) -> None:
    evidence = simulated.of_indication(tables.EVIDENCE, "logged")
    kept = ~evidence["criterion"].isin(["stroma_possible", "other_tumours", "tolerated", "binding_attribution"])
    units = set(evidence.loc[kept, "unit"])
    ranks = {"percentile", "difference of percentiles", "percentile less allowance", "standard deviation of percentile"}
    assert units == ranks | {"score", "vote", "probability"}
    assert (
        not evidence["criterion"]
        .str.contains("tpm|median|window$|prevalence|sisters")
        .drop(evidence.index[evidence["criterion"] == "binding_window"])
        .any()
    )


# ---------------------------------------------------------------- the indication's cohorts


def disease(*cohorts: str) -> Indication:
    about = {"id": "mine", "name": "Mine", "group": "x", "lineage": "x"}
    return Indication.model_validate({**about, "cohorts": list(cohorts)})


def test_a_cohort_that_is_not_there_is_refused_with_those_that_are(simulated: Run) -> None:
    with pytest.raises(InputError, match="unknown cohort NOBODY") as caught:
        cohorts_of(disease("PLANTED", "NOBODY"), simulated.cohorts)
    assert (caught.value.file, caught.value.field) == ("mine.toml", "cohorts")
    assert "LOGGED, PLANTED, SISTER, SMALL" in caught.value.remedy


def test_a_rank_only_cohort_is_left_out_beside_a_linear_one_and_used_alone(simulated: Run) -> None:
    assert cohorts_of(disease("LOGGED", "PLANTED"), simulated.cohorts)["cohort"].tolist() == ["PLANTED"]
    assert cohorts_of(disease("LOGGED"), simulated.cohorts)["cohort"].tolist() == ["LOGGED"]


def test_one_cohort_passes_through_unchanged(simulated: Run) -> None:
    genes = universe(simulated.bundle)
    names = ["q1_tpm", "median_tpm", "q3_tpm", "percentile", "sister_log2", "detection"]
    found = tumour(disease("PLANTED"), simulated.cohorts, genes)
    pd.testing.assert_frame_equal(
        found[names], simulated.cohort("PLANTED").loc[genes["gene_id"], names], check_dtype=False
    )
    assert found["n"].unique().tolist() == [40]


def test_several_cohorts_are_averaged_on_the_log_scale_by_patients(simulated: Run) -> None:
    genes = universe(simulated.bundle)
    found = tumour(disease("PLANTED", "SISTER"), simulated.cohorts, genes)
    parts = [simulated.cohort(name).loc[genes["gene_id"], "median_tpm"] for name in ("PLANTED", "SISTER")]
    expected = np.exp2((40 * np.log2(parts[0] + 1) + 30 * np.log2(parts[1] + 1)) / 70) - 1
    np.testing.assert_allclose(found["median_tpm"], expected, rtol=1e-9, atol=1e-9)
    assert found["n"].unique().tolist() == [70]


def test_each_of_several_cohorts_is_left_out_in_turn_and_one_alone_is_not(simulated: Run) -> None:
    genes, folder = universe(simulated.bundle), simulated.cohorts
    both = disease("PLANTED", "SISTER")
    found = pd.concat(module._without_each(both, folder, genes, cohorts_of(both, folder)))
    left = found[(found["criterion"] == "tumour_median_without") & (found["context"] == "SISTER")].set_index("gene_id")
    pd.testing.assert_series_equal(
        left["value"], tumour(disease("PLANTED"), folder, genes)["median_tpm"], check_names=False
    )
    assert set(left["n"]) == {40} and set(found["context"]) == {"PLANTED", "SISTER"}
    alone = disease("PLANTED")
    assert module._without_each(alone, folder, genes, cohorts_of(alone, folder)) == []


def test_a_gene_that_one_of_several_cohorts_measured_is_measured_and_its_mean_leaves_the_other_out(
    simulated: Run, truth: pd.DataFrame
) -> None:
    undetected = truth.index[truth["role"] == "undetected"]
    found = tumour(disease("PLANTED", "SISTER"), simulated.cohorts, universe(simulated.bundle)).loc[undetected]
    sister = simulated.cohort("SISTER").loc[undetected]
    assert (found["detection"] == "measured").all()
    # below detection is a zero that counts for the median, while the unknown upper quartile does not
    np.testing.assert_allclose(found["median_tpm"], np.exp2(30 * np.log2(sister["median_tpm"] + 1) / 70) - 1)
    np.testing.assert_allclose(found["q3_tpm"], sister["q3_tpm"])


@pytest.mark.parametrize(("least", "refused"), [(41, True), (40, False)])
def test_a_cohort_with_fewer_patients_than_asked_for_is_refused_by_its_number(
    simulated: Run, tmp_path: Path, least: int, refused: bool
) -> None:
    file = simulated.references / "indications" / "planted.toml"
    arguments = (file, simulated.bundle, simulated.cohorts, SCORING, tmp_path / "out.parquet", least)
    if not refused:
        module.run(*arguments)
        return
    with pytest.raises(InputError, match="PLANTED has 40") as caught:
        module.run(*arguments)
    assert (caught.value.file, caught.value.field) == ("planted.toml", "cohorts")
    assert not (tmp_path / "out.parquet").exists()


def test_the_simulated_indications_name_their_own_cohort(simulated: Run) -> None:
    assert read_indication(simulated.references / "indications" / "planted.toml").cohorts == ["PLANTED"]
    evidence = simulated.of_indication(tables.EVIDENCE, "planted")
    assert set(evidence.loc[evidence["criterion"] == "tumour_median", "context"]) == {"PLANTED"}
