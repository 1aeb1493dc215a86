"""`demo simulate`: the same seed gives the same bytes, and what is planted is there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from targetfinder.demo.simulate import CELLS, COHORTS, PLANTED, ROLES, TISSUES, draw, simulate
from targetfinder.errors import InputError
from targetfinder.indications import read_indication
from targetfinder.settings import read_rules
from targetfinder.sources.lock import verified
from targetfinder.sources.registry import read_registry

SMALLEST = 2 * PLANTED * (len(ROLES) - 1)


@pytest.fixture(scope="module")
def rules_file(repository: Path) -> Path:
    """The shipped safety.toml."""
    return repository / "references" / "safety.toml"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, rules_file: Path) -> Path:
    """The smallest simulation with seed 1."""
    folder = tmp_path_factory.mktemp("written")
    simulate(folder, rules_file, 1, SMALLEST)
    return folder


def test_the_folder_holds_what_the_pipeline_reads(written: Path, rules_file: Path) -> None:
    indications = {f"indications/{cohort.lower()}.toml" for cohort in COHORTS}
    curated = {"tissues.tsv", "cell_types.tsv", "labels.tsv", "stained_cells.tsv", "liabilities.tsv", "feasibility.tsv"}
    curated |= {"glycans.tsv", "blind_spots.tsv", "effectors.tsv", "nk_view.tsv", "surface.toml", "tissue_cells.tsv"}
    curated |= {"own/samplesheet.csv", "own/tumours.tsv", "targets/planted.tsv"}
    files = {"sources.toml", "simulated.zip", "safety.toml", "truth.tsv"} | curated
    assert set(contents(written)) == files | indications
    registry = read_registry(written / "sources.toml")
    assert verified(registry.source[0], written) == written / "simulated.zip"
    assert registry.source[0].size == (written / "simulated.zip").stat().st_size
    assert read_rules(written / "safety.toml") == read_rules(rules_file)
    for cohort in COHORTS:
        assert read_indication(written / "indications" / f"{cohort.lower()}.toml").cohorts == [cohort]


def test_the_same_seed_gives_the_same_bytes(written: Path, tmp_path: Path, rules_file: Path) -> None:
    simulate(tmp_path, rules_file, 1, SMALLEST)
    assert contents(tmp_path) == contents(written)


def test_no_date_of_writing_enters_the_archive(written: Path) -> None:
    with zipfile.ZipFile(written / "simulated.zip") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_another_seed_gives_other_numbers_with_the_same_roles(written: Path, tmp_path: Path, rules_file: Path) -> None:
    simulate(tmp_path, rules_file, 2, SMALLEST)
    ours, theirs = contents(tmp_path), contents(written)
    assert {name for name in ours if ours[name] != theirs[name]} == {"simulated.zip", "sources.toml", "own/tumours.tsv"}


def test_too_few_genes_are_refused_with_the_least_number(tmp_path: Path, rules_file: Path) -> None:
    assert len(draw(1, SMALLEST).truth) == SMALLEST
    with pytest.raises(InputError, match=f"at least {SMALLEST}"):
        simulate(tmp_path / "out", rules_file, 1, SMALLEST - 1)
    assert not (tmp_path / "out").exists()


def test_too_few_genes_on_the_command_line_are_one_line_and_exit_code_2(
    tmp_path: Path, rules_file: Path, repository: Path
) -> None:
    command = [sys.executable, "-m", "targetfinder", "demo", "simulate", "--genes", "10"]
    command += ["--out", str(tmp_path / "out"), "--rules", str(rules_file)]
    environment = os.environ | {"PYTHONPATH": str(repository / "src")}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 2
    assert f"at least {SMALLEST}" in result.stderr
    assert "Traceback" not in result.stderr


def test_every_planted_role_has_its_genes_and_says_what_must_come_out(written: Path) -> None:
    truth = pd.read_csv(written / "truth.tsv", sep="\t")
    counts = truth["role"].value_counts().to_dict()
    assert counts == {role: PLANTED for role in ROLES if role != "background"} | {"background": SMALLEST // 2}
    assert (truth["expected"] == truth["role"].map(ROLES)).all()
    assert truth["gene_id"].is_unique
    assert truth["symbol"].is_unique


@pytest.mark.parametrize("seed", range(6))
def test_what_is_planted_is_there_whatever_the_seed(seed: int) -> None:
    drawn = draw(seed, 400)
    role = drawn.truth["role"].to_numpy()
    tumour = drawn.patients["PLANTED"]
    median = np.median(tumour, axis=1)
    heart_cells = list(CELLS).index("Cardiomyocytes")
    assert median[role == "good"].min() > 100
    assert drawn.tissues[role == "good"].max() <= 1.0
    assert drawn.cells[role == "good"].max() <= 1.0
    assert drawn.tissues[role == "ubiquitous"].min() >= 200.0
    assert drawn.cells[role == "hidden", heart_cells].min() >= 100.0
    assert np.delete(drawn.cells[role == "hidden"], heart_cells, axis=1).max() <= 1.0
    assert (tumour[role == "undetected"] == 0).all()
    assert (np.median(drawn.patients["SISTER"][role == "undetected"], axis=1) > 100).all()


def test_patchy_genes_lack_in_a_quarter_and_are_nearly_good_in_the_median_whatever_the_seed() -> None:
    broken = []
    for seed in range(6):
        drawn = draw(seed, 400)
        role = drawn.truth["role"].to_numpy()
        tumour = drawn.patients["PLANTED"]
        patchy, good = (np.quantile(tumour[role == name], [0.25, 0.5], axis=1) for name in ("patchy", "good"))
        if patchy[0].max() > 0 or patchy[1].min() < good[1].mean() / 2:
            broken.append(seed)
    assert broken == []


def test_tumours_add_up_to_one_million_and_the_log_cohort_does_too(written: Path) -> None:
    drawn = draw(1, SMALLEST)
    for cohort, (n, _) in COHORTS.items():
        assert drawn.patients[cohort].shape == (SMALLEST, n)
        np.testing.assert_allclose(drawn.patients[cohort].sum(axis=0), 1e6)
    assert drawn.tissues.shape == (SMALLEST, len(TISSUES))
    assert drawn.cells.shape == (SMALLEST, len(CELLS))
