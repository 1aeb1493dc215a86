"""Rules of malignant cells: read as written, refused by name, three states."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.cohort._malignant import MALIGNANT, OTHER, UNKNOWN, Condition, conditions, malignant
from targetfinder.errors import InputError

OBS = pd.DataFrame(
    {
        "cell_type": ["plasma cell", "T cell", "B, naive", None, "plasma cell", "Ewing's"],
        "cell type": ["a", "b", "a", "b", "a", "b"],
        "qc": ["good", "good", "bad", "good", None, "bad"],
    }
)


def states(rule: str) -> list[int]:
    return malignant(rule, list(OBS), lambda name: pd.Categorical(OBS[name]), len(OBS)).tolist()


M, N, U = MALIGNANT, OTHER, UNKNOWN


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("all", [M, M, M, M, M, M]),
        ("cell_type == plasma cell", [M, N, N, U, M, N]),
        ("cell_type==plasma cell", [M, N, N, U, M, N]),
        ("cell_type == 'plasma cell'", [M, N, N, U, M, N]),
        ("cell_type == Ewing's", [N, N, N, U, N, M]),
        ('cell_type in ["B, naive", plasma cell]', [M, N, M, U, M, N]),
        ("cell_type not in [T cell]", [M, N, M, U, M, M]),
        ("cell_type == plasma cell and qc == good", [M, N, N, U, U, N]),
        ("cell type == a", [M, N, M, N, M, N]),
        ("'cell type' in [a,b] and qc not in [ bad ]", [M, M, N, M, U, N]),
    ],
)
def test_a_rule_means_what_it_says_and_a_missing_label_says_nothing(rule: str, expected: list[int]) -> None:
    assert states(rule) == expected


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("celltype == plasma cell", "did you mean cell_type or cell type"),
        ("cell_type == plasma cel", "did you mean plasma cell?"),
        ("cell_type not in [T cells]", "did you mean T cell?"),
        ("tissue == marrow", "there is: cell_type, cell type, qc"),
        ("cell_type", "without column"),
        ("cell_type = plasma cell", "without column"),
        ("== plasma cell", "without column"),
        ("cell_type ==", "a name is missing"),
        ("cell_type in plasma cell", "must be in brackets"),
        ("cell_type in [", "must be in brackets"),
        ("cell_type in []", "a name is missing"),
        ("cell_type in [plasma cell,]", "a name is missing"),
        ("cell_type == B, naive", "must be in quotes"),
        ("cell_type == 'plasma cell", "not closed"),
        ("cell_type == 'plasma' cell", "partly in quotes"),
        ("cell_type == plasma cell and", "without column"),
        ("__import__('os').system('true')", "partly in quotes|without column|not closed"),
        ("", "without column"),
    ],
)
def test_a_rule_that_cannot_be_read_or_names_what_is_not_there_is_refused(rule: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        states(rule)
    assert error.value.field == "malignant"


NAMES = st.text(st.characters(exclude_characters='"', exclude_categories=("C", "Z")), min_size=1).filter(str.strip)


@given(NAMES, st.lists(NAMES, min_size=1), st.booleans())
def test_what_is_in_quotes_is_taken_as_it_is(column: str, values: list[str], excluded: bool) -> None:
    listed = ", ".join(f'"{value}"' for value in values)
    found = conditions(f'"{column}" {"not in" if excluded else "in"} [{listed}]')
    assert found == [Condition(column, tuple(values), excluded)]


@given(st.text())
def test_any_text_is_a_rule_or_an_error_of_input(rule: str) -> None:
    try:
        found = conditions(rule)
    except InputError:
        return
    assert all(one.values for one in found)


def test_the_states_of_many_cells_take_one_byte_each() -> None:
    assert malignant("all", [], lambda name: pd.Categorical([]), 3).dtype == np.int8
