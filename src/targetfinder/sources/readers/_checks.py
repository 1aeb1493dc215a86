"""Checks of what a file is about, told by line. Frames come indexed by the line of the file (`by_line`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from targetfinder.sources.readers._common import bad
from targetfinder.sources.registry import SourceTable

#: In an Ensembl id the species stands between ENS and the kind of thing: ENSMUSG is a mouse gene, ENSG a human one.
_FOREIGN_ID = r"^ENS[A-Z]{3,4}[GTP]\d"
_FOREIGN_ENTRY = r"_(?!HUMAN$)[A-Z0-9]{3,5}$"
#: Tnfrsf17 is the mouse's, TNFRSF17 the human's, C1orf112 too.
_FOREIGN_SYMBOL = r"^[A-Z][a-z]"


def by_line(frame: pd.DataFrame, first: int = 2) -> pd.DataFrame:
    """Return `frame` indexed by the line of the file that each row came from; `first` is that of the first row."""
    return frame.set_axis(pd.RangeIndex(first, first + len(frame)))


def refuse(rows: pd.Series, values: pd.Series, table: SourceTable, problem: str) -> None:
    """Refuse the file if any of `rows` is true, naming the first value, its column and its line."""
    for row in np.flatnonzero(rows.to_numpy(dtype=bool))[:1]:
        value, line = values.iloc[row], rows.index[row]
        told = "" if pd.isna(value) or value == "" else f": '{value}'"
        raise bad(table, f"{problem}{told} in line {line}", str(values.name))


def human(frame: pd.DataFrame, table: SourceTable) -> None:
    """Refuse ids, UniProt entry names and symbols of another species.

    Looks at the columns `gene_id`, `protein_id`, `entry` and `symbol` as far as they are there. Symbols are refused
    only if most are spelled like those of the mouse: a single one may be a name that a person chose.
    """
    problem = "not a human gene or protein"
    for column, foreign in (("gene_id", _FOREIGN_ID), ("protein_id", _FOREIGN_ID), ("entry", _FOREIGN_ENTRY)):
        if column in frame:
            refuse(_matches(frame[column], foreign), frame[column], table, problem)
    if "symbol" in frame:
        mouse = _matches(frame["symbol"], _FOREIGN_SYMBOL)
        if 2 * mouse.sum() > frame["symbol"].notna().sum():
            refuse(mouse, frame["symbol"], table, problem)


def _matches(values: pd.Series, pattern: str) -> pd.Series:
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = values.cat.categories
        return values.isin(categories[categories.astype(str).str.contains(pattern)])
    return values.astype("string").str.contains(pattern).fillna(False).astype(bool)


def once(frame: pd.DataFrame, key: str, table: SourceTable) -> None:
    """Refuse an empty cell of `key`, and one that occurs twice."""
    refuse(frame[key].isna(), frame[key], table, "empty cell")
    refuse(frame.duplicated(key), frame[key], table, "occurs twice")


def one_of(values: pd.Series, known: Sequence[str], table: SourceTable) -> None:
    """Refuse a value that is none of `known`, by its line."""
    refuse(~values.isin(list(known)), values, table, f"none of {', '.join(known)}")


def left_out(frame: pd.DataFrame, counts: Mapping[str, int]) -> pd.DataFrame:
    """Return `frame` with `attrs["left_out"]`: how many rows of the file are not in it, by reason."""
    frame.attrs["left_out"] = {reason: int(n) for reason, n in counts.items() if n}
    return frame
