"""`targetfinder.tables`: every table refuses what its columns say it refuses, and the dictionary publishes it all."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from targetfinder import tables
from targetfinder.tables import ALL, COUNT, FLAG, REAL, TEXT, Column, Table

ROWS = 3


def cell(column: Column, row: int) -> object:
    """Return a value that the column must take; it differs from row to row where nothing limits it."""
    if column.dtype == TEXT:
        return column.values[0] if column.values else f"{column.name}{row}"
    if column.dtype == FLAG:
        return True
    low = 0.0 if column.low is None else column.low
    return int(low) + 1 + (row if column.high is None else 0) if column.dtype == COUNT else low + 0.5


def valid(table: Table) -> pd.DataFrame:
    return pd.DataFrame({column.name: [cell(column, row) for row in range(ROWS)] for column in table.columns})


def with_first_row(table: Table, values: dict[str, object]) -> pd.DataFrame:
    """Return a valid frame with other values in its first row."""
    frame = valid(table)
    frame[list(values)] = frame[list(values)].astype(object)
    for name, value in values.items():
        frame.loc[0, name] = value
    return frame


def refused(table: Table, frame: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the columns that the table refuses, each with the name of the check it fails."""
    with pytest.raises(SchemaErrors) as caught:
        table.check(frame)
    cases = caught.value.failure_cases
    return {
        (str(column), str(check).split("(")[0]) for column, check in zip(cases["column"], cases["check"], strict=True)
    }


def limited_to(condition: Callable[[Column], object]) -> pytest.MarkDecorator:
    """Parametrise over the tables that have a column for which the condition holds."""
    chosen = [table for table in ALL if any(condition(column) for column in table.columns)]
    return pytest.mark.parametrize("table", chosen, ids=lambda table: table.name)


each_table = pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)


def test_all_holds_every_table_of_the_module_once() -> None:
    defined = [table.name for table in vars(tables).values() if isinstance(table, Table)]
    assert sorted(table.name for table in ALL) == sorted(defined)
    assert len(set(defined)) == len(defined)


@each_table
def test_the_key_is_made_of_columns_and_no_column_comes_twice(table: Table) -> None:
    assert set(table.key) <= set(table.names)
    assert len(set(table.names)) == len(table.names)


@each_table
def test_a_good_frame_passes_in_the_order_and_dtypes_of_the_table(table: Table) -> None:
    shuffled = valid(table)[table.names[::-1]].set_axis(range(5, 5 + ROWS))
    checked = table.check(shuffled)
    assert list(checked.columns) == table.names
    assert checked.index.tolist() == list(range(ROWS))
    kinds = {REAL: "float64", COUNT: "Int64", FLAG: "bool"}
    found = {c.name: str(checked[c.name].dtype) for c in table.columns if c.dtype != TEXT}
    assert found == {c.name: kinds[c.dtype] for c in table.columns if c.dtype != TEXT}


@each_table
def test_a_good_frame_is_checked_without_pandera_which_takes_long_to_load(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = valid(table)
    told = table._told(frame)
    monkeypatch.delattr(Table, "_told")
    pd.testing.assert_frame_equal(table.check(frame), told)


@each_table
def test_a_missing_value_is_refused_in_exactly_the_columns_that_do_not_allow_it(table: Table) -> None:
    frame = with_first_row(table, dict.fromkeys(table.names))
    assert {name for name, _ in refused(table, frame)} == {c.name for c in table.columns if not c.nullable}


@each_table
def test_columns_that_allow_it_may_be_missing_throughout(table: Table) -> None:
    nullable = [column.name for column in table.columns if column.nullable]
    assert table.check(valid(table).assign(**dict.fromkeys(nullable)))[nullable].isna().all(axis=None)


@limited_to(lambda column: column.low is not None)
def test_a_value_below_the_range_is_refused_in_every_column_with_a_lower_end(table: Table) -> None:
    below = {column.name: column.low - 1 for column in table.columns if column.low is not None}
    assert refused(table, with_first_row(table, below)) == {(name, "in_range") for name in below}


@limited_to(lambda column: column.high is not None)
def test_a_value_above_the_range_is_refused_in_every_column_with_an_upper_end(table: Table) -> None:
    above = {column.name: column.high + 0.01 for column in table.columns if column.high is not None}
    assert refused(table, with_first_row(table, above)) == {(name, "in_range") for name in above}


@limited_to(lambda column: column.low is not None)
def test_the_ends_of_the_range_are_inside(table: Table) -> None:
    low = {column.name: column.low for column in table.columns if column.low is not None}
    high = {column.name: column.high for column in table.columns if column.high is not None}
    assert table.check(with_first_row(table, low)).loc[0, list(low)].tolist() == list(low.values())
    assert table.check(with_first_row(table, high)).loc[0, list(high)].tolist() == list(high.values())


@limited_to(lambda column: column.values)
def test_an_unknown_category_is_refused_in_every_column_with_listed_values(table: Table) -> None:
    unknown = {column.name: "unheard of" for column in table.columns if column.values}
    assert refused(table, with_first_row(table, unknown)) == {(name, "isin") for name in unknown}


@limited_to(lambda column: column.values)
def test_every_listed_category_passes(table: Table) -> None:
    listed = [column for column in table.columns if column.values]
    for i in range(max(len(column.values) for column in listed)):
        row = {column.name: column.values[i % len(column.values)] for column in listed}
        assert table.check(with_first_row(table, row)).loc[0, list(row)].to_dict() == row


@limited_to(lambda column: column.dtype in (REAL, COUNT))
def test_text_is_refused_in_every_column_of_numbers(table: Table) -> None:
    numbers = {column.name for column in table.columns if column.dtype in (REAL, COUNT)}
    assert {name for name, _ in refused(table, with_first_row(table, dict.fromkeys(numbers, "many")))} >= numbers


@limited_to(lambda column: column.dtype == COUNT)
def test_a_fraction_is_refused_in_every_count(table: Table) -> None:
    counts = {column.name for column in table.columns if column.dtype == COUNT}
    assert {name for name, _ in refused(table, with_first_row(table, dict.fromkeys(counts, 1.5)))} >= counts


def test_numbers_are_refused_in_a_column_of_text() -> None:
    assert {name for name, _ in refused(tables.GENES, valid(tables.GENES).assign(symbol=range(ROWS)))} == {"symbol"}


@each_table
def test_two_rows_with_one_key_are_refused(table: Table) -> None:
    frame = valid(table)
    doubled = pd.concat([frame, frame.head(1)])
    assert {name for _, name in refused(table, doubled)} == {"multiple_fields_uniqueness"}


def test_rows_that_differ_in_one_part_of_the_key_are_not_duplicates() -> None:
    frame = valid(tables.EVIDENCE).assign(gene_id="ENSG1", criterion="window", source="atlas")
    assert tables.EVIDENCE.check(frame)["context"].nunique() == ROWS


def test_every_missing_column_is_named_in_one_error() -> None:
    with pytest.raises(SchemaErrors) as caught:
        tables.GENES.check(valid(tables.GENES).drop(columns=["symbol", "universe"]))
    assert {"symbol", "universe"} <= set(caught.value.failure_cases["failure_case"])


def test_all_violations_come_in_one_error() -> None:
    frame = valid(tables.TARGETS).assign(efficacy=2.0, symbol=None, safety_tier="fine")
    expected = {("efficacy", "in_range"), ("symbol", "not_nullable"), ("safety_tier", "isin")}
    assert refused(tables.TARGETS, frame) == expected


def test_text_may_be_categorical_in_memory() -> None:
    frame = valid(tables.SAFETY).astype({"gene_id": "category", "tier": "category"})
    assert tables.SAFETY.check(frame)["tier"].tolist() == ["clear"] * ROWS


@given(order=st.permutations(range(12)))
def test_sort_gives_one_order_whatever_came_in(order: list[int]) -> None:
    keys = [(g, c, s) for g in ("ENSG2", "ENSG10", "ENSG1") for c in ("window", "presence") for s in ("b", "a")]
    rows = [
        {"gene_id": g, "criterion": c, "context": "liver", "source": s, "value": i} for i, (g, c, s) in enumerate(keys)
    ]
    frame = pd.DataFrame(rows).iloc[order]
    result = tables.EVIDENCE.sort(frame)
    assert result["gene_id"].tolist() == ["ENSG1"] * 4 + ["ENSG10"] * 4 + ["ENSG2"] * 4
    assert result["criterion"].tolist() == ["presence", "presence", "window", "window"] * 3
    assert result["source"].tolist() == ["a", "b"] * 6
    assert result["value"].tolist() == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert result.index.tolist() == list(range(12))


def test_sort_keeps_the_order_of_rows_with_equal_keys() -> None:
    frame = pd.DataFrame({"gene_id": ["b", "a", "b", "a"], "value": [1, 2, 3, 4]})
    assert Table("t", "", (Column("gene_id", TEXT, ""),), ("gene_id",)).sort(frame)["value"].tolist() == [2, 4, 1, 3]


@each_table
def test_empty_has_all_columns_and_no_row(table: Table) -> None:
    assert table.empty().shape == (0, len(table.columns))
    assert list(table.empty().columns) == table.names


@each_table
def test_the_data_dictionary_describes_every_column_under_its_table(table: Table) -> None:
    section = tables.data_dictionary().split(f"## {table.name}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == table.names
    for row, column in zip(rows, table.columns, strict=True):
        _, _, dtype, unit, null, meaning, _ = (part.strip() for part in row.split("|", 6))
        assert (dtype, unit, null) == (column.dtype, column.unit, "yes" if column.nullable else "")
        assert column.description in f"{meaning}{row}"
        assert all(value in row for value in column.values)
    assert f"One row for each {', '.join(f'`{name}`' for name in table.key)}." in section


def test_the_data_dictionary_can_be_limited_to_some_tables() -> None:
    text = tables.data_dictionary([tables.GENES])
    assert "## genes" in text
    assert "## targets" not in text
    assert f"Schema version {tables.SCHEMA_VERSION}." in text
