"""`report tables`: the ranked targets as tab-separated text and as a spreadsheet.

export(targets: Path, tsv: Path, xlsx: Path) -> None
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from targetfinder import store
from targetfinder.tables import COUNT, REAL, SAFETY_TIERS, TARGETS, Column

__all__ = ["ABOUT", "export", "ranked", "write_xlsx"]

ABOUT: Final = (
    "For research use only. Not for diagnosis, treatment or any clinical decision.",
    "One row is one gene of the universe, ranked for one indication; rows are never deleted.",
    "The safety tier 'clear' means: no finding in what was measured. It does not mean that a target is safe.",
    "An empty cell means: not measured or not yet computed. It never means zero.",
    "TPM* is TPM rescaled so that protein-coding genes without immunoglobulin, T-cell-receptor and "
    "mitochondrial genes add up to one million.",
    "The sheet 'columns' explains every column. The numbers behind this table are in evidence.parquet, "
    "the findings behind the safety tier in safety.parquet.",
)
#: The longest text that a cell of a spreadsheet can hold.
_CELL: Final = 32_767
#: A date inside the file that does not change from run to run.
_CREATED: Final = datetime(2020, 1, 1)
_WIDTHS: Final = {"gene_id": 17, "name": 34, "safety_reasons": 60, "precedent": 40}
_FILLS: Final = dict(zip(SAFETY_TIERS, ("#E3F1F4", "#FBF0CF", "#F8DDC6", "#F3D3D8"), strict=True))
_DICTIONARY: Final = ("column", "dtype", "unit", "may be null", "meaning", "values")


def ranked(targets: pd.DataFrame) -> pd.DataFrame:
    """Return TARGETS rows, best first, with the columns of the contract in order.

    Parameters
    ----------
    targets
        Rows of `targetfinder.tables.TARGETS`, in any order; shape (genes, columns).
    """
    return targets[TARGETS.names].sort_values("priority_rank", kind="stable").reset_index(drop=True)


def write_xlsx(targets: pd.DataFrame, xlsx: Path) -> None:
    """Write the sheets `targets`, `columns` and `about`; the same frame gives the same bytes.

    Parameters
    ----------
    targets
        Rows of TARGETS in the order wanted; missing values become empty cells, text stays text.
    xlsx
        The spreadsheet to write.

    Raises
    ------
    InputError
        If the folder may not be written to.
    """
    import xlsxwriter

    with store.replacing(xlsx) as temporary:
        book = xlsxwriter.Workbook(str(temporary), {"strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"title": "targetfinder targets", "comments": ABOUT[0], "created": _CREATED})
        head = book.add_format({"bold": True, "bg_color": "#1F3A4D", "font_color": "#FFFFFF", "valign": "top"})
        _targets_sheet(book, targets, head)
        _columns_sheet(book, head)
        _about_sheet(book)
        book.close()


def export(targets: Path, tsv: Path, xlsx: Path) -> None:
    """Write targets.tsv and targets.xlsx from targets.parquet, sorted by priority_rank.

    Parameters
    ----------
    targets
        targets.parquet.
    tsv, xlsx
        The files to write; both hold the columns of TARGETS in the order of the contract.

    Raises
    ------
    InputError
        If `targets` is not a table of targets, or a folder may not be written to.
    """
    frame = ranked(store.read_table(targets, TARGETS))
    store.write_tsv(frame, tsv)
    write_xlsx(frame, xlsx)


def _format(column: Column) -> str:
    if column.dtype == COUNT:
        return "0"
    return "#,##0.00" if column.unit in ("TPM*", "nTPM", "log2 ratio") else "0.000"


def _targets_sheet(book: Any, targets: pd.DataFrame, head: Any) -> None:
    sheet = book.add_worksheet("targets")
    tiers = {tier: book.add_format({"bg_color": fill}) for tier, fill in _FILLS.items()}
    for at, column in enumerate(TARGETS.columns):
        sheet.write_string(0, at, column.name, head)
        number = column.dtype in (REAL, COUNT)
        style = book.add_format({"num_format": _format(column)}) if number else None
        sheet.set_column(at, at, _WIDTHS.get(column.name, max(11, len(column.name) + 3)), style)
        known = targets[column.name].dropna()
        rows = [int(row) + 1 for row in targets.index.get_indexer(known.index)]
        for row, value in zip(rows, known.tolist(), strict=True):
            if number:
                sheet.write_number(row, at, value, style)
            else:
                tier = tiers.get(value) if column.name == "safety_tier" else None
                sheet.write_string(row, at, value[:_CELL], tier)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(len(targets), 1), len(TARGETS.columns) - 1)


def _columns_sheet(book: Any, head: Any) -> None:
    sheet = book.add_worksheet("columns")
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for at, (title, width) in enumerate(zip(_DICTIONARY, (26, 10, 12, 12, 70, 44), strict=True)):
        sheet.write_string(0, at, title, head)
        sheet.set_column(at, at, width)
    for row, c in enumerate(TARGETS.columns, start=1):
        told = (c.name, c.dtype, c.unit, "yes" if c.nullable else "no", c.description, ", ".join(c.values))
        for at, text in enumerate(told):
            sheet.write_string(row, at, text, wrap)
    sheet.freeze_panes(1, 1)


def _about_sheet(book: Any) -> None:
    sheet = book.add_worksheet("about")
    bold, wrap = book.add_format({"bold": True, "font_size": 14}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, "targetfinder: ranked surface targets", bold)
    for row, sentence in enumerate(ABOUT, start=2):
        sheet.write_string(row, 0, sentence, wrap)
