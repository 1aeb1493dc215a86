"""What must hold of the scenarios in test_pipeline.yml."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from targetfinder.store import read_table
from targetfinder.tables import COMPATIBILITY, EVIDENCE, PATIENTS, TARGETS

RUNS_AFTER_RANK = {"DECIDE_RANK", "DECIDE_QUERY", "REPORT_TABLES", "REPORT_FIGURES", "REPORT_PAGE", "REPORT_INDEX"}
RUNS_AFTER_RANK |= {"DECIDE_GATES", "DECIDE_COVERAGE", "DECIDE_ESCAPE", "BENCHMARK_RUN", "REPORT_BENCHMARK"}


def trace(outdir: Path) -> pd.DataFrame:
    frame = pd.read_csv(outdir / "pipeline_info" / "trace.tsv", sep="\t")
    frame["process"] = frame["name"].str.split(":").str[-1].str.split(" ").str[0]
    return frame


def published(outdir: Path) -> dict[str, bytes]:
    kinds = {".parquet", ".tsv", ".xlsx", ".html", ".svg", ".png", ".txt"}
    files = (file for file in outdir.rglob("*") if file.suffix in kinds and "pipeline_info" not in file.parts)
    return {str(file.relative_to(outdir)): file.read_bytes() for file in files}


def gibibytes(memory: str) -> float:
    number, unit = memory.split()
    return float(number) * {"KB": 2**-20, "MB": 2**-10, "GB": 1.0}[unit]


@pytest.mark.workflow("stub")
def test_a_stub_run_leaves_nothing_in_the_store(workflow_dir: Path) -> None:
    assert not (workflow_dir / "store").exists()


@pytest.mark.workflow("simulated")
def test_planted_targets_are_found_end_to_end(workflow_dir: Path) -> None:
    truth = pd.read_csv(workflow_dir / "simulated" / "truth.tsv", sep="\t").set_index("gene_id")["role"]
    targets = read_table(workflow_dir / "first" / "planted" / "targets.parquet", TARGETS)
    role = targets["gene_id"].map(truth)
    assert set(role.head(10)) == {"good"}
    assert "intracellular" not in set(role)


@pytest.mark.workflow("simulated")
def test_a_cohort_on_a_log_scale_is_never_put_in_a_ratio(workflow_dir: Path) -> None:
    targets = read_table(workflow_dir / "first" / "logged" / "targets.parquet", TARGETS)
    assert targets[["window_log2", "tumour_median", "prevalence"]].isna().all(axis=None)
    assert targets["tumour_percentile"].notna().any()


@pytest.mark.workflow("simulated")
def test_your_own_indication_over_two_cohorts_runs_from_its_file(workflow_dir: Path) -> None:
    assert len(read_table(workflow_dir / "first" / "own" / "targets.parquet", TARGETS)) > 1000


@pytest.mark.workflow("simulated")
def test_resume_right_after_executes_nothing(workflow_dir: Path) -> None:
    assert set(trace(workflow_dir / "resumed")["status"]) == {"CACHED"}


@pytest.mark.workflow("simulated")
def test_an_edit_of_the_ranking_code_reruns_ranking_and_what_follows_only(workflow_dir: Path) -> None:
    done = trace(workflow_dir / "edited")
    assert set(done.loc[done["status"] == "COMPLETED", "process"]) == RUNS_AFTER_RANK
    assert set(done.loc[done["status"] == "CACHED", "process"]).isdisjoint(RUNS_AFTER_RANK)


@pytest.mark.workflow("simulated")
@pytest.mark.parametrize("other", ["resumed", "edited", "second"])
def test_every_run_gives_the_same_bytes(workflow_dir: Path, other: str) -> None:
    first, again = published(workflow_dir / "first"), published(workflow_dir / other)
    assert len(first) > 20
    assert sorted(first) == sorted(again)
    assert [name for name in first if first[name] != again[name]] == []


@pytest.mark.workflow("simulated")
def test_versions_are_recorded_for_every_process(workflow_dir: Path) -> None:
    versions = (workflow_dir / "first" / "pipeline_info" / "versions.yml").read_text()
    processes = set(trace(workflow_dir / "first")["process"]) - {"REFERENCE_FETCH"}
    assert {line[:-1] for line in versions.splitlines() if not line.startswith(" ")} == processes


BAD = {
    "unknown_indication": ["unknown indication 'ewing'", "logged, planted, sister, small"],
    "wrong_parameters": ["--indicatons: unknown parameter, did you mean --indications?", "--min_patients: must be"],
    "too_few_patients": ["small.toml: cohorts: too few patients: SMALL has 5", "--min_patients"],
    "wrong_checksum": ["simulated.zip", "wrong checksum", "sources.toml"],
    "wrong_class": ["tissues.tsv: criticality: 'vitall' of 'heart muscle' in line 2 is no class", "mean 'vital'?"],
    "wrong_samplesheet": ["line 2, file: no such file 'none.tsv'", "line 3, file", "leaves the folder"],
    "unreadable_cohorts": ["cohort truncated", "cut.tsv.gz", "cohort murine", "mouse.tsv"],
    "refused_cohort": ["turned with", "the values are not the abundance of the genes in their rows", "override"],
    "missing_column": ["cohorts.csv: TPM_mean, n_samples: missing column", "sources.toml"],
}


@pytest.mark.workflow("bad_input")
@pytest.mark.parametrize("case", BAD)
def test_bad_input_stops_the_run_with_one_message_and_no_table(workflow_dir: Path, case: str) -> None:
    output = (workflow_dir / f"{case}.out").read_text()
    assert int((workflow_dir / f"{case}.exit").read_text()) != 0
    assert [told for told in BAD[case] if told not in output] == []
    assert "Traceback" not in output
    assert output.count("error: ") == 1
    assert list((workflow_dir / case).glob("*/targets.*")) == []


@pytest.mark.workflow("simulated")
def test_own_tumours_of_a_samplesheet_are_counted_beside_the_shipped_ones(workflow_dir: Path) -> None:
    first = workflow_dir / "first"
    evidence = read_table(first / "planted" / "evidence.parquet", EVIDENCE)
    told = evidence[evidence["criterion"] == "tumour_median"]
    assert set(told["context"]) == {"PLANTED, own"}
    assert set(told["n"]) == {40 + 11}
    verdicts = read_table(first / "cohorts" / "compatibility.parquet", COMPATIBILITY).set_index("cohort")["verdict"]
    assert (verdicts["own"], verdicts["LOGGED"]) == ("ok", "rank_only")
    kept = sorted(path.name for path in (first / "cohorts" / "own").iterdir())
    tables = ("about", "individuals", "lost", "own", "queries")
    assert kept == sorted(["own.h5ad", *(f"{name}.parquet" for name in tables)])


@pytest.mark.workflow("own")
def test_every_modality_of_real_tumours_stands_beside_the_shipped_cohorts(workflow_dir: Path) -> None:
    if (workflow_dir / "own.skipped").is_file():
        pytest.skip((workflow_dir / "own.skipped").read_text().strip())
    out = workflow_dir / "own"
    verdicts = read_table(out / "cohorts" / "compatibility.parquet", COMPATIBILITY)
    assert set(verdicts["verdict"]) == {"ok", "rank_only"}
    assert (verdicts.loc[verdicts["cohort"].isin(["A673", "commpass"]), "verdict"] == "ok").all()
    assert (verdicts.loc[verdicts["cohort"].str.startswith("LAML_"), "verdict"] == "rank_only").all()
    myeloma = read_table(out / "multiple_myeloma" / "targets.parquet", TARGETS).set_index("symbol")
    assert myeloma.loc["TNFRSF17", "tumour_origin"] == "malignant cells: MM, MM16, commpass"
    assert myeloma.loc["TNFRSF17", "cells_positive"] == 1
    assert myeloma["selection_marker"].dropna().to_dict() == {"SDC1": "MM, MM16, commpass"}
    ewing = read_table(out / "ewing_sarcoma" / "targets.parquet", TARGETS).set_index("symbol")
    assert ewing.loc["STEAP1", "tumour_origin"] == "malignant cells: A673"
    assert (ewing["tumour_origin"] == "stroma possible").any()
    evidence = read_table(out / "ewing_sarcoma" / "evidence.parquet", EVIDENCE)
    panel = evidence[(evidence["criterion"] == "tumour_protein") & (evidence["context"] == "rppa")].set_index("symbol")
    assert set(panel.index[panel["value"].notna()]) == {"KIT", "CAV1", "EGFR", "ERBB2", "TFRC"}
    assert set(panel["n"]) == {7}
    patients = read_table(out / "ewing_sarcoma" / "patients.parquet", PATIENTS).set_index("symbol")
    assert set(patients["sample"]) == {"shCTR3"}
    assert patients.loc[["CD99", "STEAP1", "CD19"], "expressed"].tolist() == ["yes", "yes", "no"]
    assert not (out / "multiple_myeloma" / "patients.parquet").exists()


@pytest.mark.workflow("demo")
@pytest.mark.parametrize("indication", ["ewing_sarcoma", "multiple_myeloma"])
def test_the_demo_writes_the_contract(workflow_dir: Path, indication: str) -> None:
    folder = workflow_dir / "local" / indication
    targets = read_table(folder / "targets.parquet", TARGETS)
    assert len(targets) >= 2500
    assert targets["gene_id"].is_unique
    assert targets["priority_rank"].tolist() == list(range(1, len(targets) + 1))
    for file in ("evidence.parquet", "safety.parquet", "nk_view.parquet", "report.html", "figures/heat_map.png"):
        assert (folder / file).stat().st_size > 10_000


@pytest.mark.workflow("demo")
@pytest.mark.parametrize("indication", ["ewing_sarcoma", "multiple_myeloma"])
def test_tsv_and_xlsx_agree_with_the_parquet(workflow_dir: Path, indication: str) -> None:
    folder = workflow_dir / "local" / indication
    targets = read_table(folder / "targets.parquet", TARGETS)
    plain = targets.astype(object).where(targets.notna(), None)
    for other in (
        pd.read_csv(folder / "targets.tsv", sep="\t", keep_default_na=False, na_values=[""]),
        pd.read_excel(folder / "targets.xlsx", keep_default_na=False, na_values=[""]),
    ):
        assert other.columns.tolist() == targets.columns.tolist()
        for column in targets.columns:
            if pd.api.types.is_numeric_dtype(targets[column]):
                pd.testing.assert_series_equal(
                    targets[column].astype(float), other[column].astype(float), rtol=1e-14, check_names=False
                )
            else:
                found = other[column].astype(object).where(other[column].notna(), None)
                assert found.tolist() == plain[column].tolist()


@pytest.mark.workflow("demo")
def test_no_task_of_the_demo_takes_more_than_two_gibibytes(workflow_dir: Path) -> None:
    peak = trace(workflow_dir / "local")["peak_rss"].map(gibibytes)
    assert peak.max() <= 2.0


@pytest.mark.workflow("demo")
def test_the_demo_resumes_without_executing_anything(workflow_dir: Path) -> None:
    assert set(trace(workflow_dir / "resumed")["status"]) == {"CACHED"}


@pytest.mark.workflow("demo")
@pytest.mark.slurm
def test_slurm_gives_the_bytes_of_the_local_run(workflow_dir: Path) -> None:
    reason = workflow_dir / "slurm.skipped"
    if reason.exists():
        pytest.skip(reason.read_text().strip())
    here, there = published(workflow_dir / "local"), published(workflow_dir / "slurm")
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name] != there[name]] == []
    jobs = (workflow_dir / "jobs.txt").read_text().splitlines()
    assert len(jobs) >= len(trace(workflow_dir / "slurm")) - 2
    assert all("JobState=COMPLETED" in job for job in jobs)
