"""Sets of targets over planted patients: the smallest one, its budget, what was left out, and bounds of quartiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.decide.coverage import BUDGETS, coverage, run
from targetfinder.store import read_table, write_table

if TYPE_CHECKING:
    from tests.conftest import Run

GENES = ["A", "B", "C", "D", "E"]
PATIENTS = [f"P{n}" for n in range(10)]
#: A reaches seven patients, B the other three; D reaches all at a worse tier, E is a veto, C is on no surface.
CARRIED = {"A": range(7), "B": range(7, 10), "C": range(10), "D": range(10), "E": range(10)}


def targets(**columns: object) -> pd.DataFrame:
    """TARGETS as far as coverage reads it, in the order of ranks."""
    frame = pd.DataFrame({"gene_id": GENES, "symbol": [f"S{gene}" for gene in GENES], "priority_rank": range(1, 6)})
    frame["safety_tier"] = ["clear", "caution", "clear", "gate_needed", "veto"]
    frame["surface_tier"] = ["confirmed", "likely", "unlikely", "possible", "confirmed"]
    frame["prevalence_lo"], frame["prevalence_hi"] = [0.5, 0.25, 0.1, 0.6, 0.9], [0.75, 0.5, 0.2, 1.0, 1.0]
    return frame.assign(**columns)


def individuals(**columns: object) -> pd.DataFrame:
    rows = [
        ("own", patient, gene, 42.0, "yes" if number in CARRIED[gene] else "no")
        for number, patient in enumerate(PATIENTS)
        for gene in GENES
    ]
    frame = pd.DataFrame(rows, columns=["cohort", "patient", "gene_id", "value", "positive"])
    shared = {"indication": "planted", "modality": "rna_bulk", "timepoint": None, "unit": "TPM*"}
    return frame.assign(**shared, source="sheet.csv", release="0").assign(**columns)


def cohorts(*names: str) -> pd.DataFrame:
    shared = {"modality": "rna_bulk", "n": 100, "source": "shipped", "release": "1"}
    return pd.DataFrame({"cohort": names}).assign(**shared)


def row(found: pd.DataFrame, budget: str, size: int) -> pd.Series:
    (one,) = found[(found["budget"] == budget) & (found["n_targets"] == size)].to_dict("records")
    return pd.Series(one)


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return tables.COVERAGE.check(coverage(targets(), individuals(), cohorts("own"), 0.9))


def test_each_budget_has_its_smallest_set_and_its_worst_tier(found: pd.DataFrame) -> None:
    assert (row(found, "clear", 1)["symbols"], row(found, "clear", 1)["smallest"]) == ("SA", "no")
    pair = row(found, "caution", 2)
    assert (pair["gene_ids"], pair["safety_tier"], pair["smallest"]) == ("A|B", "caution", "yes")
    assert (pair["covered"], pair["coverage"], pair["gap"], pair["n"]) == (10, 1.0, 0.0, 10)
    single = row(found, "gate_needed", 1)
    assert (single["symbols"], single["safety_tier"], single["smallest"]) == ("SD", "gate_needed", "yes")
    assert set(found["basis"]) == {"patients"}


def test_neither_a_veto_nor_what_is_hardly_on_the_surface_is_ever_in_a_set(found: pd.DataFrame) -> None:
    assert not set("|".join(found["gene_ids"]).split("|")) & {"C", "E"}


def test_a_set_does_not_grow_where_nobody_is_added(found: pd.DataFrame) -> None:
    assert found.groupby("budget")["n_targets"].max().to_dict() == {"clear": 1, "caution": 2, "gate_needed": 1}


def test_what_was_chosen_is_judged_on_patients_that_were_not_drawn(found: pd.DataFrame) -> None:
    sure = row(found, "gate_needed", 1)
    assert sure["heldout"] >= 0.95 and sure["stability"] == sure["same_set"] >= 0.95  # few draws lack all three of B
    lone = row(found, "clear", 1)
    assert lone["heldout_lo"] < lone["heldout"] < lone["heldout_hi"]
    rng = np.random.default_rng(0)
    noise = rng.random((len(GENES), 30)) < 0.5
    rows = [
        individuals().iloc[:1].assign(patient=f"N{p}", gene_id=gene, positive="yes" if noise[g, p] else "no")
        for g, gene in enumerate(GENES)
        for p in range(30)
    ]
    free = targets(safety_tier="clear", surface_tier="likely")
    fitted = coverage(free, pd.concat(rows), cohorts("own"), 0.9)
    two = fitted[(fitted["budget"] == "clear") & (fitted["n_targets"] == 2)].iloc[0]
    assert two["heldout"] < two["coverage"]


def test_an_unmeasured_target_reaches_nobody_and_is_counted() -> None:
    asked = individuals()
    unknown = (asked["gene_id"] == "A") & (asked["patient"] == "P0")
    found = coverage(targets(), asked.assign(positive=asked["positive"].mask(unknown, None)), cohorts("own"), 0.9)
    assert (row(found, "clear", 1)["covered"], row(found, "clear", 1)["unmeasured"]) == (6, 1)


def test_later_timepoints_are_not_counted_and_a_patient_of_two_cohorts_counts_once() -> None:
    first, later = individuals(), individuals(cohort="later", timepoint="relapse", positive="yes")
    again = individuals(cohort="again")
    found = coverage(targets(), pd.concat([first, again, later]), cohorts("own"), 0.9)
    assert (row(found, "clear", 1)["n"], row(found, "clear", 1)["covered"]) == (10, 7)
    assert row(found, "clear", 1)["cohorts"] == "again|own"


def test_the_order_of_rows_does_not_matter() -> None:
    ranked, each = (frame.sample(frac=1, random_state=1) for frame in (targets(), individuals()))
    mixed = coverage(ranked, each, cohorts("own"), 0.9)
    assert mixed.equals(coverage(targets(), individuals(), cohorts("own"), 0.9))


def test_quartiles_leave_bounds_which_are_never_put_beside_counts() -> None:
    found = tables.COVERAGE.check(coverage(targets(), individuals().head(0), cohorts("SHIPPED"), 0.9))
    assert set(found["basis"]) == {"bounds"} and found[["covered", "coverage", "smallest", "gap"]].isna().all().all()
    pair = row(found, "caution", 2)
    assert (pair["symbols"], pair["coverage_lo"], pair["coverage_hi"]) == ("SA | SB", 0.5, 1.0)
    assert (row(found, "clear", 1)["coverage_hi"], pair["cohorts"], pair["n"]) == (0.75, "SHIPPED", 100)
    assert found["note"].str.startswith("no patient is known one by one").all()


def test_two_patients_are_no_sample_of_a_disease() -> None:
    few = individuals().query("patient in ['P0', 'P1']")
    found = coverage(targets(), few, cohorts("own"), 0.9)
    assert set(found["basis"]) == {"bounds"}
    assert found["note"].str.startswith("fewer than 3 patients").all()


def test_counted_patients_stand_beside_the_bounds_of_a_shipped_cohort() -> None:
    found = tables.COVERAGE.check(coverage(targets(), individuals(), cohorts("own", "SHIPPED"), 0.9))
    assert set(found["basis"]) == {"patients", "bounds"}
    assert set(found.loc[found["basis"] == "bounds", "cohorts"]) == {"SHIPPED"}


def test_a_run_writes_the_table_of_a_simulated_indication(simulated: Run, tmp_path: Path) -> None:
    results = simulated.results("planted")
    universe = read_table(results / "targets.parquet", tables.TARGETS)["gene_id"]
    drawn = np.random.default_rng(1).random((len(universe), 6)) < 0.5
    blank = pd.DataFrame({"gene_id": universe, "value": 1.0, "cells_positive": np.nan, "n_cells": pd.NA})
    shared = {"cohort": "own", "indication": "planted", "modality": "rna_bulk", "timepoint": None, "unit": "TPM*"}
    parts = [
        blank.assign(**shared, patient=f"P{n}", positive=np.where(drawn[:, n], "yes", "no"), source="s", release="0")
        for n in range(6)
    ]
    for path in simulated.cohorts.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    frame = pd.concat(parts).astype({"n_cells": "Int64"})[tables.INDIVIDUALS.names]
    write_table(frame, tables.INDIVIDUALS, tmp_path / "individuals.parquet")
    run(simulated.references / "indications" / "planted.toml", results, tmp_path, 0.9, tmp_path / "coverage.parquet")
    found = read_table(tmp_path / "coverage.parquet", tables.COVERAGE)
    assert (found.loc[found["basis"] == "patients", "gap"] == 0).all()
    assert set(found["budget"]) <= set(BUDGETS) and {"patients", "bounds"} == set(found["basis"])
