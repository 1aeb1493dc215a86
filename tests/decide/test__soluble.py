"""Soluble antigen over days: baseline, nadir and rise, with visits missing and limits kept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.decide._soluble import series


def table(values: dict[str, dict[int, float]], limit: float = 1.0) -> pd.DataFrame:
    rows = [(who, day, value) for who, days in values.items() for day, value in days.items()]
    frame = pd.DataFrame(rows, columns=["patient", "day", "value"]).astype({"day": float})
    return frame.assign(kind="soluble", gene_id="G1", symbol="TNFRSF17", unit="ng/mL", limit=limit)


def summary(values: dict[str, dict[int, float]]) -> pd.DataFrame:
    found = series(table(values)).assign(source="clinical.tsv", release="0")
    return tables.SOLUBLE.check(found).set_index("patient")


FULL = {-5: 310.0, 0: 300.0, 1: 280.0, 28: 3.0, 91: 6.0, 365: 240.0}


def test_a_series_is_its_baseline_its_nadir_and_its_rise() -> None:
    row = summary({"P1": FULL}).loc["P1"]
    assert (row["baseline"], row["nadir"], row["nadir_day"], row["last"]) == (300.0, 3.0, 28.0, 240.0)
    np.testing.assert_allclose([row["fall_log2"], row["rise_log2"]], np.log2([0.01, 80]))
    assert (row["decoy_risk"], row["n_missing"]) == ("yes", 0)
    assert row["decoy_reason"] == "80.0 times the nadir and 80% of the baseline at the last visit"


def test_missing_visits_are_counted_and_not_filled() -> None:
    found = summary({"P1": FULL, "P2": {0: 200.0, 28: 5.0}, "P3": {28: 9.0, 91: 90.0}, "P4": {-5: 100.0}})
    assert found["n_missing"].tolist() == [0, 4, 4, 5]
    assert found["decoy_risk"].tolist() == ["yes", "no", "unknown", "unknown"]
    assert (
        found.loc["P3", "decoy_reason"] == "no baseline" and found.loc["P4", "decoy_reason"] == "no value after day 0"
    )
    assert found.loc["P2", "decoy_reason"] == "lowest at the last visit"


def test_a_little_that_came_back_is_no_decoy_and_less_than_the_limit_stands_at_it() -> None:
    found = summary({"P1": {0: 300.0, 28: 0.2, 91: 30.0}})
    row = found.loc["P1"]
    assert (row["nadir"], row["values"], row["decoy_risk"]) == (1.0, "300|1|30", "no")


def test_without_soluble_antigen_there_is_no_row() -> None:
    assert len(series(table({}).assign(kind="surface"))) == 0
