"""What the table of the page knows, packed small enough to travel inside one HTML file.

Text that repeats is stored once and referred to by number; tables travel by column. The page's own script
(assets/*.js) is the only reader.
"""

from __future__ import annotations

import json
from typing import Any, Final

import pandas as pd

from targetfinder.report._words import LABELS, NONE, TIER_COLOUR, TIER_FULL, TIER_SHORT, VISIBLE
from targetfinder.tables import COUNT, REAL, SAFETY_TIERS, TARGETS, Column

_REPEATED: Final = (
    *("binding_tissue", "binding_cells", "limiting", "tumour_origin", "selection_marker", "rna_protein"),
    *("worst_cell", "worst_cell_unit", "worst_cell_no_interval", "worst_cell_dismissed"),
    *("hsc_basis", "blood_lineages", "cytopenia_basis"),
)
#: Places from left to right; a rank that is switched on stands right of the symbol.
_PLACE: Final = dict(zip(VISIBLE, range(len(VISIBLE)), strict=True)) | dict.fromkeys(("rank_car_t", "rank_car_nk"), 1)
_DECIMALS: Final = {"share": 4, "log2 ratio": 3}


def embed(value: Any) -> str:
    """Return compact JSON that is inert inside a script element and equal for equal values."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def empty_columns(targets: pd.DataFrame) -> list[str]:
    """Return the nullable columns of TARGETS that hold nothing at all, in the order of the contract."""
    return [c.name for c in TARGETS.columns if c.nullable and targets[c.name].isna().all()]


def table(targets: pd.DataFrame) -> dict[str, Any]:
    """Pack the rows of the table.

    Parameters
    ----------
    targets
        TARGETS rows, best rank first; shape (genes, columns).

    Returns
    -------
    dict
        `columns`: what each column is and how it is shown; `data`: column name -> values, null if missing.
        Columns of kind `category` hold positions in their `values`. Wholly empty columns are left out.
    """
    left_out = set(empty_columns(targets))
    columns, data = [], {}
    for column in TARGETS.columns:
        if column.name not in left_out:
            told = _column(column, targets[column.name])
            columns.append(told)
            data[column.name] = _values(targets[column.name], column, told.get("values"))
    return {
        "columns": columns,
        "data": data,
        "tiers": {"values": SAFETY_TIERS, "short": TIER_SHORT, "full": TIER_FULL, "colour": TIER_COLOUR},
    }


def _column(column: Column, values: pd.Series) -> dict[str, Any]:
    kind = {COUNT: "count", REAL: "number"}.get(column.dtype, "text")
    told: dict[str, Any] = {
        "key": column.name,
        "label": LABELS.get(column.name, column.name),
        "unit": column.unit,
        "help": column.description,
        "kind": column.unit if column.unit in _DECIMALS else kind,
        "none": NONE.get(column.name, "not measured"),
        "shown": column.name in VISIBLE,
        "at": _PLACE.get(column.name, len(VISIBLE)),
    }
    repeated = sorted(values.dropna().unique()) if column.name in _REPEATED else []
    if column.values or repeated:
        told |= {"kind": "category", "values": list(column.values) or repeated, "closed": bool(column.values)}
    return told


def _values(values: pd.Series, column: Column, named: list[str] | None) -> list[Any]:
    missing = values.isna().to_numpy()
    if named is not None:
        place = {name: at for at, name in enumerate(named)}
        plain: list[Any] = [place.get(value) for value in values]
    elif column.dtype == COUNT:
        plain = values.astype("float64").fillna(0).astype("int64").tolist()
    elif column.dtype == REAL:
        plain = rounded(values, _DECIMALS.get(column.unit))
    else:
        plain = values.tolist()
    return [None if gone else value for gone, value in zip(missing, plain, strict=True)]


def rounded(values: pd.Series, decimals: int | None) -> list[float | int]:
    """Round to a number of decimals, or to five significant digits; whole numbers lose their point."""
    numbers = values.astype("float64").fillna(0).tolist()
    short = [round(v, decimals) if decimals is not None else float(f"{v:.5g}") for v in numbers]
    return [int(v) if v == int(v) else v for v in short]
