"""What a table is, how it is checked, and the columns that many tables share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

TEXT, REAL, COUNT, FLAG = "str", "float64", "Int64", "bool"


@dataclass(frozen=True)
class Column:
    """One column: its dtype, what it means, and what values it may hold."""

    name: str
    dtype: str
    description: str
    unit: str = ""
    nullable: bool = False
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest value, infinite where there is none."""
        return -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high

    @property
    def coerced(self) -> bool:
        """Whether values are brought into the dtype: a missing flag must not become a false one."""
        return self.dtype not in (TEXT, FLAG)


@dataclass(frozen=True)
class Table:
    """One table: its columns in order and the columns that identify a row."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        """Return the table without rows."""
        kinds = {column.name: object if column.dtype == TEXT else column.dtype for column in self.columns}
        return pd.DataFrame(columns=self.names).astype(kinds)

    def sort(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` sorted by the key; key columns become categorical, which sorts fast."""
        keyed = frame.astype(dict.fromkeys(self.key, "category"))
        return keyed.sort_values(list(self.key), kind="stable", ignore_index=True)

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` in the order and dtypes of this table; text may be categorical in memory.

        Raises
        ------
        pandera.errors.SchemaErrors
            Listing every column, row and key that breaks the contract.
        """
        given = frame[[name for name in self.names if name in frame.columns]].reset_index(drop=True)
        kept = self._kept(given)
        return self._told(given) if kept is None else kept

    def _kept(self, frame: pd.DataFrame) -> pd.DataFrame | None:
        """Return `frame` in the dtypes of this table, or nothing if it breaks the contract.

        Nearly every frame keeps it, and a task writes few tables: to load pandera takes longer than to check them.
        """
        if list(frame.columns) != self.names:
            return None
        try:
            cast = frame.astype({c.name: c.dtype for c in self.columns if c.coerced}, copy=False)
        except (TypeError, ValueError):
            return None
        good = all(_holds(cast[column.name], column) for column in self.columns)
        return cast if good and not cast.duplicated(list(self.key)).any() else None

    def _told(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Let pandera judge a frame, and tell all that is wrong with it."""
        import pandera.pandas as pa

        def checks(column: Column) -> list[Any]:
            found = [pa.Check.isin(column.values)] if column.values else []
            if column.dtype == TEXT:
                found.append(pa.Check(_is_text, name="text"))
            if column.low is not None or column.high is not None:
                found.append(pa.Check.in_range(*column.range))
            return found

        schema = pa.DataFrameSchema(
            {
                column.name: pa.Column(
                    None if column.dtype == TEXT else column.dtype,
                    checks=checks(column),
                    nullable=column.nullable,
                    coerce=column.coerced,
                )
                for column in self.columns
            },
            unique=list(self.key),
            strict=True,
            name=self.name,
        )
        return schema.validate(frame, lazy=True)


def _holds(values: pd.Series, column: Column) -> bool:
    """Return whether a column in its dtype keeps the contract."""
    missing = values.isna()
    if missing.any() and not column.nullable:
        return False
    known = values[~missing] if missing.any() else values
    if column.dtype == FLAG and values.dtype != bool:
        return False
    if column.dtype == TEXT and not _is_text(known):
        return False
    if column.values and not known.isin(column.values).all():
        return False
    return column.dtype in (TEXT, FLAG) or bool(known.between(*column.range).all())


def _is_text(values: pd.Series) -> bool:
    if values.empty:
        return True
    found = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else values
    return pd.api.types.infer_dtype(found, skipna=True) in ("string", "empty")


def gene(*, symbol: bool = True) -> tuple[Column, ...]:
    columns = (Column("gene_id", TEXT, "Ensembl gene id without version"),)
    return (*columns, Column("symbol", TEXT, "gene symbol, for people")) if symbol else columns


def interval(name: str, told: str) -> tuple[tuple[str, str], ...]:
    ends = (("_lo", "lower end of the 90 % interval of the"), ("_hi", "upper end of the 90 % interval of the"))
    return ((name, told), *((name + end, f"{words} {told}") for end, words in ends))


SOURCE = (
    Column(
        "source",
        TEXT,
        "id of the source table in references/sources.toml, or a samplesheet; surface_votes if computed from votes",
    ),
    Column("release", TEXT, "release of that source"),
)


def share(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, REAL, description, "share", nullable=nullable, low=0, high=1)
