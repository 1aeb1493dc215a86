"""Antigens of planted pairs: what was lost, what is left, who has no pair, and a whole trial of simulated patients."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from targetfinder import cli, tables
from targetfinder.decide import _prior
from targetfinder.decide._clinical import read_clinical
from targetfinder.decide.escape import Escape, escape, run
from targetfinder.demo._trial import LOST, PATIENTS, REDUCED, trial
from targetfinder.errors import InputError
from targetfinder.store import read_table, write_table, write_tsv

if TYPE_CHECKING:
    from tests.conftest import Run

GENES = [f"G{n:03d}" for n in range(60)]
#: So many of them are carried by the tumours.
CARRIED = 40
PAIRED = [f"P{n}" for n in range(6)]


def targets() -> pd.DataFrame:
    """TARGETS as far as escape reads it: sixty antigens of the tumour alone, in the order of their ids."""
    frame = pd.DataFrame({"gene_id": GENES, "symbol": [f"S{gene}" for gene in GENES], "aliases": None})
    frame["priority_rank"] = range(1, len(GENES) + 1)
    return frame.assign(safety_tier="clear", surface_tier="confirmed", window_log2=3.0)


def sample(patient: str, timepoint: str | None, seed: int, lost: int = 0, **columns: Any) -> pd.DataFrame:
    """INDIVIDUALS of one sample; the first `lost` antigens are gone."""
    value = np.random.default_rng(1).lognormal(5, 0.5, len(GENES))
    value[CARRIED:] = np.random.default_rng(2).lognormal(-2, 1, len(GENES) - CARRIED)
    value *= np.random.default_rng(seed).lognormal(0, 0.2, len(GENES))
    value[:lost] = 0.0
    frame = pd.DataFrame({"gene_id": GENES, "value": value, "patient": patient, "timepoint": timepoint})
    shared = {"cohort": timepoint or "own", "indication": "planted", "modality": "rna_bulk", "unit": "TPM*"}
    shared |= {"positive": "yes", "cells_positive": np.nan, "n_cells": pd.NA, "source": "s", "release": "0"}
    return frame.assign(**shared).assign(**columns)


def found(individuals: pd.DataFrame, clinical: pd.DataFrame | None = None) -> Escape:
    liabilities = tables.LIABILITIES.empty()
    liabilities.loc[0, ["gene_id", "kind", "statement", "evidence", "verified", "reference"]] = (
        *(GENES[0], "antigen_loss", "It was lost.", "humans", True, "PMID:1"),
    )
    made = escape(
        targets(), individuals, liabilities, tables.DEPENDENCY.empty(), 10.0, clinical, {"source": "c", "release": "0"}
    )
    for table in (tables.ESCAPE, tables.ESCAPE_PATIENTS, tables.ESCAPE_TARGETS, tables.SOLUBLE):
        table.check(getattr(made, table.name))
    return made


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    """Six pairs, four of which lost the first two antigens; one patient without a relapse, one without a selection."""
    parts = [sample(patient, "selection", n) for n, patient in enumerate(PAIRED)]
    parts += [sample(patient, "relapse", 10 + n, lost=2 if n < 4 else 0) for n, patient in enumerate(PAIRED)]
    return pd.concat([*parts, sample("P8", "selection", 8), sample("P9", "relapse", 9)], ignore_index=True)


@pytest.fixture(scope="module")
def made(pairs: pd.DataFrame) -> Escape:
    return found(pairs)


def test_what_was_lost_is_lost_and_nothing_else(made: Escape) -> None:
    lost = made.escape[made.escape["call"] == "lost"]
    assert set(zip(lost["patient"], lost["gene_id"], strict=True)) == {(p, g) for p in PAIRED[:4] for g in GENES[:2]}
    assert set(made.escape.loc[made.escape["call"] != "lost", "call"]) == {"retained", "absent"}
    assert lost["change_lo"].isna().all() and (lost["below_limit"] == "yes").all()


def test_a_patient_without_a_pair_is_told_and_not_dropped(made: Escape) -> None:
    about = made.escape_patients.set_index("patient")
    assert about.loc[["P8", "P9"], "paired"].tolist() == ["no", "no"]
    assert about.loc[["P8", "P9"], "note"].tolist() == ["no sample of relapse", "no sample of selection"]
    assert (about.loc[PAIRED, "paired"] == "yes").all() and about.loc["P0", "n_lost"] == 2


def test_a_relapse_names_what_it_lost_and_the_next_targets(made: Escape) -> None:
    row = made.escape_patients.set_index("patient").loc["P0"]
    assert row["lost"] == "SG000|SG001" and row["next_targets"] == "SG002|SG003|SG004|SG005|SG006"


def test_over_patients_a_loss_has_its_share_its_test_and_what_was_lost_with_it(made: Escape) -> None:
    row = made.escape_targets.set_index("gene_id").loc[GENES[0]]
    assert (row["n_pairs"], row["n_carried"], row["n_lost"], row["n_retained"]) == (6, 6, 4, 2)
    assert row["lost_share"] == pytest.approx(4 / 6) and row["carried_at_relapse"] == pytest.approx(2 / 6)
    assert row["lost_with"] == "SG001 (4)" and row["p_value"] <= row["q_value"] <= 1
    assert row["prior_risk"] == "loss on file" and "PMID:1" in row["known_loss"]
    assert made.escape_targets.set_index("gene_id").loc[GENES[5:], "lost_with"].isna().all()


def test_the_order_of_rows_does_not_matter(pairs: pd.DataFrame, made: Escape) -> None:
    mixed = found(pairs.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(mixed.escape, made.escape)
    pd.testing.assert_frame_equal(mixed.escape_targets, made.escape_targets)


def test_two_patients_are_called_but_not_tested(pairs: pd.DataFrame) -> None:
    few = found(pairs[pairs["patient"].isin(PAIRED[:2])])
    assert few.escape_targets["p_value"].isna().all() and few.escape_targets["n_lost"].max() == 2


def test_a_patient_in_two_cohorts_of_one_time_is_refused(pairs: pd.DataFrame) -> None:
    again = sample("P0", "selection", 3, cohort="another")
    with pytest.raises(InputError, match="patient P0 is in cohorts another and selection of one modality and time"):
        found(pd.concat([pairs, again]))


def test_samples_in_other_units_are_no_pair() -> None:
    mixed = found(pd.concat([sample("P0", "selection", 1), sample("P0", "relapse", 2, unit="log2 intensity")]))
    assert mixed.escape_patients["note"].tolist() == ["units differ: TPM* and log2 intensity"] and mixed.escape.empty


def test_a_driver_that_is_knocked_down_tells_prior_risk_and_is_no_relapse() -> None:
    before, after = sample("LINE", "control", 1), sample("LINE", "knock_down", 1)
    after.loc[3, "value"] = before.loc[3, "value"] / 4
    made = found(pd.concat([before, after]))
    row = made.escape_targets.set_index("gene_id").loc[GENES[3]]
    assert row["driver_change_log2"] == pytest.approx(-2) and row["driver_n"] == 1
    assert row["prior_basis"].endswith("change of -2.0 log2 without the driver (pairs: 1)")
    assert row["prior_risk"] == "falls to 25% where the driver is knocked down (n = 1)"
    assert made.escape.empty and made.escape_patients.empty


def test_each_line_of_prior_risk_says_what_it_knows_or_why_it_knows_nothing() -> None:
    cells = {"modality": "rna_cell", "unit": "CP10k", "n_cells": 500, "cells_positive": 0.4}
    unmeasured = sample("P1", None, 1, **cells)
    unmeasured.loc[1, "cells_positive"] = np.nan
    blank = found(unmeasured).escape_targets.set_index("gene_id")["prior_basis"].str.split(" | ", regex=False)
    assert blank.loc[GENES[0]] == [
        *("60% of malignant cells without it (samples: 1)", _prior.NO_COPIES, "on file"),
        *(_prior.NO_SCREEN, _prior.NO_DRIVER),
    ]
    assert blank.loc[GENES[1]][0] == _prior.NO_CELLS and blank.loc[GENES[1]][2] == _prior.NO_LOSS
    screen = pd.DataFrame({"gene_id": GENES[:2], "median_effect": [-0.9, 0.1]})
    genes = targets().sort_values("gene_id")
    told = _prior.prior(genes, unmeasured, None, tables.LIABILITIES.empty(), screen, [])["prior_basis"]
    needed = [text.split(" | ")[3] for text in told.head(3)]
    assert needed[:2] == ["cell lines need it (median effect -0.90)", "cell lines grow without it (median effect 0.10)"]
    assert needed[2] == _prior.NOT_SCREENED


def test_a_patient_of_two_cohorts_is_no_matter_where_nobody_relapsed() -> None:
    assert found(pd.concat([sample("P0", None, 1), sample("P0", None, 2, cohort="b")])).escape_patients.empty


def test_cells_tell_the_clone_that_lost_an_antigen() -> None:
    share = np.linspace(0.3, 0.8, len(GENES))
    later = share.copy()
    later[0] = 0.0
    cells = {"modality": "rna_cell", "unit": "CP10k", "n_cells": 500}
    parts = [
        sample("P0", "selection", 1, cells_positive=share, **cells),
        sample("P0", "relapse", 1, cells_positive=later, **cells),
    ]
    row = found(pd.concat(parts)).escape.set_index("gene_id").loc[GENES[0]]
    assert (row["call"], row["cells_lost"], row["cells_negative_after"]) == ("lost", 1.0, 1.0)
    assert row["cells_negative_before"] == pytest.approx(0.7)


@pytest.fixture(scope="module")
def simulated_trial(tmp_path_factory: pytest.TempPathFactory) -> Escape:
    """Twenty-five simulated patients, the first antigen being that of the CAR."""
    path = tmp_path_factory.mktemp("trial") / "clinical.tsv"
    write_tsv(trial("planted", ["SG000", "SG001", "SG002", "SG003", "SG004"]), path)
    return found(sample("x", None, 1).head(0), read_clinical(path, targets(), "planted"))


def test_a_simulated_trial_tells_who_lost_the_antigen_of_the_car(simulated_trial: Escape) -> None:
    about = simulated_trial.escape_patients.set_index("patient")
    assert len(about) == PATIENTS and (about["paired"] == "no").sum() == 1
    target = simulated_trial.escape[simulated_trial.escape["symbol"] == "SG000"].set_index("patient")["call"]
    lost = {f"SIM{n + 1:02d}" for n in LOST}
    assert set(target[target == "lost"].index) <= lost and (target.reindex(sorted(lost)) == "lost").sum() >= 5
    assert (target.reindex([f"SIM{n + 1:02d}" for n in REDUCED]) == "reduced").sum() >= 2
    others = simulated_trial.escape[simulated_trial.escape["symbol"] != "SG000"]
    assert (others["call"] == "retained").mean() >= 0.95 and (others["call"] != "lost").all()
    row = simulated_trial.escape_targets.set_index("symbol").loc["SG000"]
    assert row["p_value"] < 0.01 and row["single_copy"] == pytest.approx(3 / PATIENTS)


def test_a_simulated_trial_keeps_the_facts_of_patients_and_flags_donors(simulated_trial: Escape) -> None:
    about = simulated_trial.escape_patients.set_index("patient")
    assert (
        about["cytopenia_grade"].notna().all() and about["mrd"].notna().all() and about["car_persistence"].notna().all()
    )
    assert about.loc["SIM21", "donor_share"] == 0.8 and about.loc["SIM21", "transplant"] == "allogeneic"


def test_soluble_antigen_comes_back_with_tumours_that_carry_it(simulated_trial: Escape) -> None:
    soluble = simulated_trial.soluble.set_index("patient")
    assert len(soluble) == PATIENTS and (soluble["n_missing"] > 0).any()
    lost = [f"SIM{n + 1:02d}" for n in LOST]
    assert (soluble.loc[lost, "decoy_risk"] != "yes").all()
    assert (soluble.drop(index=lost)["decoy_risk"] == "yes").mean() > 0.5


def test_what_fell_in_cells_of_a_donor_is_unclear() -> None:
    rows = [("selection", 4000.0, np.nan), ("relapse", 100.0, 0.8)]
    frame = pd.DataFrame(rows, columns=["visit", "value", "donor_share"]).assign(
        patient="P1",
        below=False,
        kind="surface",
        gene_id=GENES[0],
        symbol="S",
        unit="MFI",
        limit=150.0,
        transplant="allogeneic",
        copy_number=np.nan,
        cytopenia_grade=None,
        mrd=None,
        car_persistence=None,
        day=0.0,
    )
    row = found(sample("x", None, 1).head(0), frame).escape.iloc[0]
    assert row["call"] == "unclear" and row["note"].startswith("80% of the cells are the donor's")
    untyped = frame.assign(donor_share=np.nan)
    row = found(sample("x", None, 1).head(0), untyped).escape.iloc[0]
    assert row["call"] == "lost" and row["note"] == "after an allogeneic transplant, host or donor not told"


def test_a_run_writes_all_tables_of_a_simulated_indication(simulated: Run, scoring: Any, tmp_path: Path) -> None:
    from tests.conftest import SCORING

    clinical = tmp_path / "clinical.tsv"
    write_tsv(trial("planted", ["GOOD1", "GOOD2", "GOOD3", "GOOD4"]), clinical)
    disease, results = simulated.references / "indications" / "planted.toml", simulated.results("planted")
    run(disease, results, simulated.cohorts, simulated.bundle, SCORING, clinical, tmp_path)
    assert len(read_table(tmp_path / "escape_patients.parquet", tables.ESCAPE_PATIENTS)) == PATIENTS
    assert set(read_table(tmp_path / "escape.parquet", tables.ESCAPE)["source"]) == {"clinical.tsv"}
    assert len(read_table(tmp_path / "soluble.parquet", tables.SOLUBLE)) == PATIENTS


def asked(simulated: Run, rows: pd.DataFrame, folder: Path, *more: str) -> None:
    """Ask for the escape of a simulated indication on the command line, over other INDIVIDUALS."""
    from tests.conftest import SCORING

    cohorts, results = folder / "cohorts", simulated.results("planted")
    cohorts.mkdir()
    genes = read_table(results / "targets.parquet", tables.TARGETS)["gene_id"].sort_values().head(len(GENES))
    known = rows.assign(gene_id=rows["gene_id"].map(dict(zip(GENES, genes, strict=True))))
    frame = known.astype({"n_cells": "Int64"})[tables.INDIVIDUALS.names]
    write_table(frame, tables.INDIVIDUALS, cohorts / "individuals.parquet")
    disease = simulated.references / "indications" / "planted.toml"
    words = ["--indication", disease, "--results", results, "--cohorts", cohorts, "--bundle", simulated.bundle]
    command = [*words, "--scoring", SCORING, "--out", folder, *more]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["targetfinder", "decide", "escape", *map(str, command)])
        cli.main()
    assert ended.value.code in (0, 2)
    if ended.value.code:
        raise ended.value


def test_two_samples_of_a_time_are_refused_on_the_command_line(
    simulated: Run, pairs: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = pd.concat([pairs, sample("P0", "selection", 3, cohort="another")])
    with pytest.raises(SystemExit):
        asked(simulated, again, tmp_path)
    said = capsys.readouterr().err
    assert said.startswith("error: timepoint: patient P0 is in cohorts another and selection of one modality and time")
    assert said.count("\n") == 1 and not (tmp_path / "escape.parquet").exists()


def test_a_visit_that_comes_twice_is_refused_on_the_command_line(
    simulated: Run, pairs: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = trial("planted", ["GOOD1", "GOOD2", "GOOD3", "GOOD4"])
    first = rows[(rows["kind"] == "surface") & (rows["visit"] == "selection")].head(1)
    write_tsv(pd.concat([rows, first]), tmp_path / "clinical.tsv")
    with pytest.raises(SystemExit):
        asked(simulated, pairs.head(0), tmp_path, "--clinical", str(tmp_path / "clinical.tsv"))
    said = capsys.readouterr().err
    told = f"visit: patient {first['patient'].iloc[0]} has two values of GOOD1 at selection"
    assert told in said and said.count("\n") == 1 and "Traceback" not in said


def test_few_pairs_and_patients_without_one_are_counted_on_the_command_line(
    simulated: Run, pairs: pd.DataFrame, tmp_path: Path
) -> None:
    asked(simulated, pairs[pairs["patient"].isin([*PAIRED[:2], "P8", "P9"])], tmp_path)
    about = read_table(tmp_path / "escape_patients.parquet", tables.ESCAPE_PATIENTS)
    assert about["paired"].value_counts().to_dict() == {"yes": 2, "no": 2}
    found = read_table(tmp_path / "escape_targets.parquet", tables.ESCAPE_TARGETS)
    assert found["p_value"].isna().all() and found["n_pairs"].max() == 2
