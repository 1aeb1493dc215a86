"""What readers share: delimited text with columns guaranteed, checked numbers, and errors that name the place."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder.errors import InputError
from targetfinder.sources.registry import SourceTable
from targetfinder.units import Floats

#: log2(TPM + 1) of the highest gene is below 20; in linear units the highest of so many genes is far above 30.
LOG_CEILING, MANY_GENES = 30.0, 1000
#: Counts per ten thousand of a cell are a hundredth of counts per million.
PER_CELL = 0.01

#: Between tissue and cell type in a label of an atlas of single cells.
JOIN = " | "

VOTE_COLUMNS = ["gene_id", "symbol", "voter", "kind", "statement"]


@dataclass(frozen=True)
class CellGroups:
    """Expression of genes in groups of cells.

    `symbols` is indexed by gene id. `groups` has a row for each group: tissue, cell_type, donor (missing where the
    atlas has none), n_cells. `mean` (in CP10k) and `detected` (share of the cells with any expression) are arrays of
    group × gene. `small` are the groups of too few cells, as rows of the same columns; `left_out` counts the cells
    that are in no group, by reason.
    """

    symbols: pd.Series
    groups: pd.DataFrame
    mean: Floats
    detected: npt.NDArray[np.float32]
    small: pd.DataFrame
    left_out: dict[str, int]


@dataclass(frozen=True)
class Expression:
    """Expression of genes in normal contexts: frames of gene id × label, in the unit of the table.

    `mean` is what the library total is computed from; it equals `value` where the source gives no mean.
    `donors` counts the donors behind each label; None where the source does not say.
    `excluded` says of each entry that the reader left out why.
    `cells` are the groups of single cells behind the labels, each with its `label`; None of any other atlas.
    """

    value: pd.DataFrame
    upper: pd.DataFrame
    mean: pd.DataFrame
    symbols: pd.Series
    donors: pd.Series | None = None
    excluded: dict[str, str] = field(default_factory=dict)
    cells: CellGroups | None = None


def bad(table: SourceTable, problem: str, field: str | None = None, remedy: str | None = None) -> InputError:
    release = f"check that source '{table.source}' is the release that references/sources.toml names"
    return InputError(problem, file=table.member or table.id, field=field, remedy=remedy or release)


def require(frame: pd.DataFrame, columns: Sequence[str], table: SourceTable) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise bad(table, "missing column", ", ".join(missing))
    if frame.empty:
        raise bad(table, "holds no rows")


def delimited(handle: IO[bytes], table: SourceTable, columns: Sequence[str], **options: Any) -> pd.DataFrame:
    """Read delimited text with `columns` guaranteed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a line with more cells than the header
            frame: pd.DataFrame = pd.read_csv(
                handle, encoding="utf-8-sig", low_memory=False, index_col=False, **options
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise bad(table, f"not delimited text: {error}") from error
    require(frame, columns, table)
    return frame


def text(handle: IO[bytes], table: SourceTable, columns: Sequence[str], separator: str = ",") -> pd.DataFrame:
    """Read delimited text as strings, with `columns` guaranteed."""
    return delimited(handle, table, columns, sep=separator, dtype=str)


def line_of(row: int) -> str:
    return f"line {row + 2}"


def numbers(frame: pd.DataFrame, table: SourceTable, at: Callable[[int], str] = line_of) -> pd.DataFrame:
    """Return `frame` as floats that are finite and not negative; empty cells stay missing."""
    numeric: pd.DataFrame = frame.apply(pd.to_numeric, errors="coerce").astype(float)
    values = numeric.to_numpy()
    for problem, wrong in (
        ("not a number", np.isnan(values) & frame.notna().to_numpy()),
        ("negative expression", values < 0),
        ("infinite expression", np.isinf(values)),
    ):
        if wrong.any():
            row, column = map(int, np.argwhere(wrong)[0])
            raise bad(table, f"{problem}: '{frame.iloc[row, column]}' in {at(row)}", str(frame.columns[column]))
    return numeric


def expression(
    table: SourceTable,
    value: pd.DataFrame,
    symbols: pd.Series,
    upper: pd.DataFrame | None = None,
    mean: pd.DataFrame | None = None,
    donors: pd.Series | None = None,
) -> Expression:
    """Return what a reader found without the labels that the registry skips, and without logarithms.

    `upper` and `mean` are `value` where the source gives none, and `upper` is also for `no_upper_labels`.
    """
    unknown = sorted(set(table.skip_labels | table.no_upper_labels) - set(value.columns))
    if unknown:
        raise bad(table, "label of the registry is not in the file", ", ".join(unknown))
    kept = [label for label in value.columns if label not in table.skip_labels]
    if not kept:
        raise bad(table, "holds no label that is not skipped")
    linear_scale(value[kept], table)
    upper = (value if upper is None else upper)[kept].copy()
    replaced = [label for label in table.no_upper_labels if label in kept]
    upper[replaced] = value[replaced]
    return Expression(
        value=value[kept],
        upper=upper,
        mean=(value if mean is None else mean)[kept],
        symbols=symbols,
        donors=None if donors is None else donors[kept],
    )


def linear_scale(values: pd.DataFrame, table: SourceTable) -> None:
    """Refuse linear expression (gene × context) of which a context looks like logarithms."""
    highest = values.max()[values.notna().sum() > MANY_GENES]
    low = highest.index[highest < LOG_CEILING * (PER_CELL if table.unit == "CP10k" else 1)]
    if len(low):
        raise bad(
            table,
            f"values look log-transformed, not linear: the highest of all genes is {highest[low[0]]:.4g}",
            str(low[0]),
            "give linear values: for log2(x + 1) that is 2 to the power of the value, less 1",
        )


def unique(ids: pd.Series, table: SourceTable) -> None:
    doubled = ids[ids.duplicated()]
    if len(doubled):
        raise bad(table, f"gene occurs twice: {doubled.iloc[0]}")
