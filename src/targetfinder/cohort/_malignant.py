"""Which cells of a file are malignant: a rule in the samplesheet, read as a small language of its own.

all
cell_type == plasma cell
cell_type in [tumour, "tumour, cycling"] and qc not in [doublet]
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder.errors import InputError

#: What the rule says of a cell. A cell without a label in a column of the rule is neither malignant nor not.
OTHER, UNKNOWN, MALIGNANT = 0, 1, 2
ALL = "all"
TOKEN = re.compile(r"""\s*("[^"]*"|'[^']*'|==|[\[\],]|(?:(?!==)[^\s\[\],])+)""")
NO_COLUMNS = "the file says nothing about its cells but the barcode; annotate them in an h5ad, or let the rule be: all"
REMEDY = (
    "write: all; column == value; column in [a, b]; column not in [a, b]; join by ' and '; quote what holds , ] [ and"
)

States = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Condition:
    """A column of cells and the values that it must have, or must not have if `excluded`."""

    column: str
    values: tuple[str, ...]
    excluded: bool = False


@dataclass(frozen=True)
class _Token:
    """One sign or word of a rule and where it stands; `plain` unless it is in quotes."""

    text: str
    start: int
    end: int
    plain: bool


def conditions(rule: str) -> list[Condition]:
    """Return the conditions that a malignant cell meets, none if all cells are malignant.

    Raises
    ------
    InputError
        If the rule cannot be read.
    """
    if rule.strip() == ALL:
        return []
    parts: list[list[_Token]] = [[]]
    depth = 0
    for token in _tokens(rule):
        depth += (token.text == "[") - (token.text == "]") if token.plain else 0
        if token.plain and token.text == "and" and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [_condition(rule, part) for part in parts]


def malignant(rule: str, columns: Sequence[str], column: Callable[[str], pd.Categorical], n_cells: int) -> States:
    """Return `OTHER`, `UNKNOWN` or `MALIGNANT` for each cell.

    Parameters
    ----------
    columns
        Names of the columns that cells have.
    column
        Reads one of them.

    Raises
    ------
    InputError
        If the rule cannot be read, or names a column that is not there or a value that no cell has.
    """
    found = np.full(n_cells, MALIGNANT, dtype=np.int8)
    for condition in conditions(rule):
        if condition.column not in columns:
            raise unknown_name(f"cells have no column '{condition.column}'", condition.column, columns)
        labels = column(condition.column)
        for value in condition.values:
            if value not in labels.categories:
                problem = f"no cell has '{value}' in column '{condition.column}'"
                raise unknown_name(problem, value, labels.categories.tolist())
        matches = np.isin(labels.categories, condition.values) != condition.excluded
        states = np.append(np.where(matches, MALIGNANT, OTHER), UNKNOWN).astype(np.int8)
        found = np.minimum(found, states[labels.codes])
    return found


def unknown_name(problem: str, name: str, known: Sequence[str], field: str = "malignant") -> InputError:
    """Return the error that a name is not among those known, with the nearest of them."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    there = f"there is: {', '.join(known)[:300]}" if len(known) else NO_COLUMNS
    return InputError(problem, field=field, remedy=f"did you mean {' or '.join(near)}?" if near else there)


def _unread(rule: str, problem: str) -> InputError:
    return InputError(f"rule '{rule}': {problem}", field="malignant", remedy=REMEDY)


def _tokens(rule: str) -> list[_Token]:
    found, at = [], 0
    while rule[at:].strip():
        match: Any = TOKEN.match(rule, at)
        text, at = match[1], match.end()
        quoted = len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]
        if text[0] in "\"'" and not quoted:
            raise _unread(rule, f"a quote is not closed: {text}")
        found.append(_Token(text[1:-1] if quoted else text, match.start(1), at, not quoted))
    return found


def _condition(rule: str, tokens: list[_Token]) -> Condition:
    signs = [token.text if token.plain else "" for token in tokens]
    at = next((n for n, sign in enumerate(signs) if sign in ("==", "in") and n), None)
    if at is None:
        raise _unread(rule, "a condition without column, '==', 'in' or 'not in'")
    excluded = signs[at] == "in" and signs[at - 1] == "not"
    column, values = tokens[: at - excluded], tokens[at + 1 :]
    if signs[at] == "==":
        listed = [values]
    elif signs[at + 1 : at + 2] == ["["] and signs[-1] == "]" and len(values) > 1:
        listed = _split(values[1:-1])
    else:
        raise _unread(rule, "values after 'in' must be in brackets")
    return Condition(_text(rule, column), tuple(_text(rule, value) for value in listed), excluded)


def _split(tokens: list[_Token]) -> list[list[_Token]]:
    """Return the tokens between commas."""
    parts: list[list[_Token]] = [[]]
    for token in tokens:
        if token.plain and token.text == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _text(rule: str, tokens: list[_Token]) -> str:
    """Return a name as it is written: one in quotes without them, words with the space between them."""
    plain = [token.text for token in tokens if token.plain]
    if not tokens or {"[", "]", ",", "=="} & set(plain):
        raise _unread(rule, "a name is missing or has a sign that must be in quotes")
    if len(tokens) > 1 and len(plain) < len(tokens):
        raise _unread(rule, "a name is partly in quotes")
    return tokens[0].text if len(tokens) == 1 else rule[tokens[0].start : tokens[-1].end]
