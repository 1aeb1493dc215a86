"""How the curated tables of `references/` are read: as text, with a wrong cell told by file, column and line."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from targetfinder.errors import InputError

#: So many allowed words are listed in a message; of more, the nearest is told.
FEW = 10


def read(path: Path, filled: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
    """Read a tab-separated table as text without missing cells; a quotation mark is a letter like any other.

    Parameters
    ----------
    filled
        Columns that hold something in every row.
    optional
        Columns that must be there but may hold empty cells.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or has an empty cell in a column of `filled`.
    """
    try:
        frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, index_col=False, quoting=3).fillna("")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"cannot be read: {error}", file=path, remedy="restore the file") from error
    missing = [column for column in (*filled, *optional) if column not in frame]
    if missing:
        raise InputError("missing column", file=path, field=", ".join(missing), remedy="add it to the header")
    for column in filled:
        refuse(frame[column].str.strip() == "", frame, column, "empty cell", path, "fill it in")
    return frame


def refuse(wrong: pd.Series, frame: pd.DataFrame, column: str, problem: str, path: Path, remedy: str) -> None:
    """Refuse the table if any row is `wrong`, with the first such line and its cell of `column`.

    `frame` holds what `read` returned, or some of its rows under the same index.
    """
    if wrong.any():
        row = int(wrong.idxmax())
        cell = str(frame.at[row, column])
        told = f": '{cell}'" if cell.strip() else ""
        raise InputError(f"{problem}{told} in line {row + 2}", file=path, field=column, remedy=remedy)


def listed(frame: pd.DataFrame, column: str, allowed: Collection[str], path: Path) -> None:
    """Refuse a cell of `column` that is none of the `allowed` words."""
    wrong = ~frame[column].isin(list(allowed))
    if len(allowed) <= FEW:
        remedy = f"use one of {', '.join(allowed)}"
    else:
        near = difflib.get_close_matches("".join(frame.loc[wrong, column].head(1)), allowed, n=1)
        remedy = f"did you mean '{near[0]}'?" if near else "use a name of the other curated tables"
    refuse(wrong, frame, column, "not a known word", path, remedy)


def once(frame: pd.DataFrame, key: Sequence[str], column: str, path: Path) -> None:
    """Refuse a line whose `key` occurs in an earlier one; it is told by its cell of `column`."""
    refuse(frame.duplicated(list(key)), frame, column, "occurs twice", path, f"give each {' and '.join(key)} one line")
