"""All cohorts together: problems at once, verdicts that stop or turn into ranks, and nothing changed that holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from tests.cohort.test_read import row, run

from targetfinder import tables
from targetfinder.cohort.check import check
from targetfinder.errors import InputError
from targetfinder.store import read_table

if TYPE_CHECKING:
    from tests.conftest import Run


@pytest.fixture(scope="module")
def likeness(simulated: Run) -> pd.DataFrame:
    """TPM of eight samples that are like the normal tissues of the simulation."""
    normal = simulated.of_bundle(tables.NORMAL_BULK)
    typical = normal.groupby("gene_id")["value"].median()
    noise = np.random.default_rng(6).normal(0, 0.5, (len(typical), 8))
    drawn = typical.to_numpy()[:, None] * np.exp2(noise)
    return pd.DataFrame(drawn / drawn.sum(axis=0) * 1e6, typical.index, [f"s{n}" for n in range(8)])


def own(simulated: Run, folder: Path, values: pd.DataFrame, **cells: str) -> Path:
    values.to_csv(folder / "tpm.tsv", sep="\t", index_label="gene_id")
    return run(simulated, folder, row(**cells))


def joined(simulated: Run, folder: Path, *cohorts: Path) -> Path:
    check(simulated.shipped, list(cohorts), [], simulated.bundle, folder / "joined")
    return folder / "joined"


def verdicts(folder: Path) -> pd.DataFrame:
    return read_table(folder / "compatibility.parquet", tables.COMPATIBILITY).set_index("cohort")


def test_a_cohort_like_the_atlas_is_ok_and_stands_beside_the_shipped_ones_unchanged(
    simulated: Run, likeness: pd.DataFrame, tmp_path: Path
) -> None:
    folder = own(simulated, tmp_path, likeness)
    found = joined(simulated, tmp_path, folder)
    assert verdicts(found).loc["own", "verdict"] == "ok"
    assert (found / "own.parquet").read_bytes() == (folder / "own.parquet").read_bytes()
    cohorts = read_table(found / "cohorts.parquet", tables.COHORTS).set_index("cohort")
    assert {"own", "PLANTED", "LOGGED"} <= set(cohorts.index)
    assert cohorts.loc["own", "scale"] == "linear"
    assert len(read_table(found / "queries.parquet", tables.QUERY)) == 0


def test_the_logged_cohort_is_caught_by_its_numbers(simulated: Run, tmp_path: Path) -> None:
    found = verdicts(joined(simulated, tmp_path))
    assert found.loc["LOGGED", "verdict"] == "rank_only"
    assert "TPM is claimed" in found.loc["LOGGED", "reasons"]


def test_half_of_the_genes_gone_leaves_ranks_and_no_amounts(
    simulated: Run, likeness: pd.DataFrame, tmp_path: Path
) -> None:
    half = likeness.sample(frac=0.55, random_state=1)
    found = joined(simulated, tmp_path, own(simulated, tmp_path, half))
    assert verdicts(found).loc["own", "verdict"] == "rank_only"
    about = read_table(found / "cohorts.parquet", tables.COHORTS).set_index("cohort").loc["own"]
    assert about["scale"] == "rank_only"
    assert "of the atlas's genes are given" in about["reasons"]
    frame = read_table(found / "own.parquet", tables.COHORT)
    assert frame[["q1_tpm", "median_tpm", "q3_tpm", "prevalence", "prevalence_basis"]].isna().all(axis=None)
    assert frame["percentile"].notna().sum() == len(half)


def test_a_shuffled_file_is_refused_unless_a_reason_is_written(
    simulated: Run, likeness: pd.DataFrame, tmp_path: Path
) -> None:
    shuffled = likeness.set_axis(np.random.default_rng(1).permutation(likeness.index))
    folder = own(simulated, tmp_path, shuffled)
    with pytest.raises(InputError, match="cohorts that cannot be compared") as caught:
        joined(simulated, tmp_path, folder)
    assert "own with" in str(caught.value)
    assert caught.value.field == "override"
    assert not (tmp_path / "joined").exists()
    reason = "it is a test of what happens then"
    folder = own(simulated, tmp_path, shuffled, override=reason)
    found = verdicts(joined(simulated, tmp_path, folder)).loc["own"]
    assert (found["verdict"], found["override"]) == ("refuse", reason)


def test_a_sample_that_comes_twice_is_refused(simulated: Run, likeness: pd.DataFrame, tmp_path: Path) -> None:
    folder = own(simulated, tmp_path, likeness.assign(again=likeness["s0"]))
    with pytest.raises(InputError, match="s0"):
        joined(simulated, tmp_path, folder)


def test_queries_alone_are_judged_too(simulated: Run, likeness: pd.DataFrame, tmp_path: Path) -> None:
    found = joined(simulated, tmp_path, own(simulated, tmp_path, likeness[["s0"]], role="query"))
    assert verdicts(found).loc["own", "verdict"] == "ok"
    assert "own" not in set(read_table(found / "cohorts.parquet", tables.COHORTS)["cohort"])
    assert set(read_table(found / "queries.parquet", tables.QUERY)["sample"]) == {"s0"}
    wrong = likeness[["s0"]].set_axis(np.random.default_rng(1).permutation(likeness.index))
    with pytest.raises(InputError, match="cohorts that cannot be compared"):
        joined(simulated, tmp_path, own(simulated, tmp_path, wrong, role="query"))


def test_an_own_cohort_may_not_have_the_id_of_a_shipped_one(
    simulated: Run, likeness: pd.DataFrame, tmp_path: Path
) -> None:
    likeness.to_csv(tmp_path / "tpm.tsv", sep="\t", index_label="gene_id")
    folder = run(simulated, tmp_path, row(cohort="PLANTED"), cohort="PLANTED")
    with pytest.raises(InputError, match="PLANTED is also one of the shipped"):
        joined(simulated, tmp_path, folder)


def test_problems_of_all_cohorts_come_at_once(simulated: Run, tmp_path: Path) -> None:
    for name in ("a", "b", "none"):
        (tmp_path / name).write_text("" if name == "none" else f"cohort {name}: is wrong\n")
    problems = [tmp_path / name for name in ("a", "b", "none")]
    with pytest.raises(InputError, match="cohort a: is wrong\ncohort b: is wrong"):
        check(simulated.shipped, [], problems, simulated.bundle, tmp_path / "joined")
