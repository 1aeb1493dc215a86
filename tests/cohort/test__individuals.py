"""Patients one by one: positive at the level, and neither positive nor negative where nobody looked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.cohort._individuals import GIVEN, individuals, none

VALUES = pd.DataFrame({"P1": [12.0, 3.0, np.nan], "P2": [10.0, 0.0, 5.0]}, index=["A", "B", "C"])


def wide(found: pd.DataFrame, column: str) -> pd.DataFrame:
    return found.pivot(index="gene_id", columns="patient", values=column)


def test_a_patient_is_positive_from_the_level_on_and_unmeasured_is_neither() -> None:
    found = individuals(VALUES, 10.0)
    assert list(found) == list(GIVEN) == list(none())
    assert wide(found, "positive").to_dict("list") == {"P1": ["yes", "no", None], "P2": ["yes", "no", "no"]}
    assert wide(found, "value").equals(VALUES.rename_axis(index="gene_id", columns="patient"))
    assert found[["cells_positive", "n_cells"]].isna().all().all()


def test_without_a_level_of_a_gene_nobody_is_positive_or_negative_by_it() -> None:
    found = individuals(VALUES, pd.Series([np.nan, 2.0, 2.0], VALUES.index))
    assert wide(found, "positive").to_dict("list") == {"P1": [None, "yes", None], "P2": [None, "no", "yes"]}


def test_cells_are_judged_by_the_share_that_has_a_count_not_by_the_mean() -> None:
    share = pd.DataFrame({"P2": [0.05, 0.5, np.nan], "P1": [0.1, 0.0, np.nan]}, VALUES.index)
    found = individuals(VALUES, 0.1, share, pd.Series({"P1": 40, "P2": 7}))
    assert wide(found, "positive").to_dict("list") == {"P1": ["yes", "no", None], "P2": ["no", "yes", None]}
    assert found.drop_duplicates("patient").set_index("patient")["n_cells"].to_dict() == {"P1": 40, "P2": 7}
