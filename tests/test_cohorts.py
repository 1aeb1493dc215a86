"""Which cohorts speak for an indication: named ones, own ones, one scale, no later timepoint."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from targetfinder.cohorts import compared, of_indication
from targetfinder.errors import InputError

COLUMNS = ["cohort", "modality", "scale", "indication", "timepoint"]
COHORTS = pd.DataFrame(
    [
        ("SHIPPED", "rna_bulk", "linear", None, None),
        ("LOGGED", "rna_bulk", "rank_only", None, None),
        ("own", "rna_bulk", "linear", "mine", "selection"),
        ("later", "rna_bulk", "linear", "mine", "relapse"),
        ("cells", "rna_cell", "rank_only", "mine", None),
        ("protein", "protein", "rank_only", "mine", None),
        ("cells_2", "rna_cell", "rank_only", "other", None),
        ("protein_3", "protein", "rank_only", "third", None),
    ],
    columns=COLUMNS,
)


def disease(name: str, *cohorts: str) -> dict[str, Any]:
    return {"id": name, "cohorts": list(cohorts)}


@pytest.mark.parametrize(
    ("asked", "all_of_it", "used"),
    [
        (disease("mine", "SHIPPED"), ["SHIPPED", "cells", "later", "own", "protein"], ["SHIPPED", "own"]),
        (disease("mine", "LOGGED"), ["LOGGED", "cells", "later", "own", "protein"], ["own"]),
        (disease("mine", "own"), ["own", "cells", "later", "protein"], ["own"]),
        (disease("none", "LOGGED"), ["LOGGED"], ["LOGGED"]),
        (disease("other"), ["cells_2"], ["cells_2"]),
    ],
)
def test_bulk_comes_before_cells_linear_before_ranks_and_relapse_never(
    asked: dict[str, Any], all_of_it: list[str], used: list[str]
) -> None:
    assert of_indication(COHORTS, asked)["cohort"].tolist() == all_of_it
    assert compared(COHORTS, asked)["cohort"].tolist() == used


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (disease("mine", "NOBODY"), "unknown cohort NOBODY"),
        (disease("nobody"), "names no cohort"),
        (disease("third"), "has no cohort of RNA"),
    ],
)
def test_an_indication_without_a_cohort_that_counts_is_refused(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        compared(COHORTS, asked)
    assert caught.value.field == "cohorts"
