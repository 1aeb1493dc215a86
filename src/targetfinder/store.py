"""The only reader and writer of tables between steps: checked, atomic, deterministic."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import union_categoricals

from targetfinder.errors import InputError
from targetfinder.tables import SCHEMA_VERSION, Table

_NAME, _VERSION = b"targetfinder.table", b"targetfinder.schema_version"


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` only if the block succeeds."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(target)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}",
            file=target,
            remedy="choose a folder that you may write to",
        ) from error
    finally:
        if temporary.is_file():
            temporary.unlink()


@contextmanager
def replacing_folder(path: str | Path, marker: str) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; put it in the place of `path` only if the block succeeds.

    Parameters
    ----------
    marker
        Name of a file that every folder of this kind holds.

    Raises
    ------
    InputError
        If `path` is there and is neither empty nor a folder of this kind: it is not ours to replace.
    """
    target = Path(path).absolute()
    if target.exists() and not (target.is_dir() and (not any(target.iterdir()) or (target / marker).is_file())):
        raise InputError(f"is there and holds no {marker}", file=target, remedy="name a new or an empty folder")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        shutil.rmtree(target, ignore_errors=True)
        temporary.replace(target)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}", file=target, remedy="name a folder that you may write to"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_table(frame: pd.DataFrame, table: Table, path: str | Path) -> None:
    """Check `frame` against `table` and write it as parquet under its final name in one step.

    Raises
    ------
    pandera.errors.SchemaErrors
        If the frame breaks its contract: that is a defect of the program, not of the input.
    """
    checked = table.check(frame)
    arrow = _plain_text(pa.Table.from_pandas(checked, preserve_index=False))
    arrow = arrow.replace_schema_metadata({_NAME: table.name.encode(), _VERSION: str(SCHEMA_VERSION).encode()})
    with replacing(path) as temporary:
        pq.write_table(arrow, temporary, compression="zstd")


def _plain_text(arrow: pa.Table) -> pa.Table:
    """Return `arrow` with categorical and wholly empty columns as plain strings."""
    types = [
        pa.string() if pa.types.is_dictionary(field.type) or pa.types.is_null(field.type) else field.type
        for field in arrow.schema
    ]
    return arrow.cast(pa.schema([pa.field(name, kind) for name, kind in zip(arrow.column_names, types, strict=True)]))


def read_table(
    path: str | Path,
    table: Table,
    columns: Sequence[str] | None = None,
    filters: Any = None,
    *,
    categorical: bool = False,
) -> pd.DataFrame:
    """Read a table written by `write_table`, refusing any other file.

    Parameters
    ----------
    columns, filters
        Passed to pyarrow so that only what is needed is read.
    categorical
        Give text as categories, which needs little memory and time where it repeats.

    Raises
    ------
    InputError
        If the file is missing, truncated, holds another table, or lacks a column.
    """
    try:
        schema = pq.read_schema(path)
        metadata = schema.metadata or {}
        found = metadata.get(_NAME, b"?").decode(), metadata.get(_VERSION, b"?").decode()
        if found != (table.name, str(SCHEMA_VERSION)):
            raise InputError(
                f"holds table '{found[0]}' version {found[1]}, expected '{table.name}' version {SCHEMA_VERSION}",
                file=path,
                remedy="run the step that makes it again with this release",
            )
        missing = [name for name in columns or table.names if name not in schema.names]
        if missing:
            raise InputError(
                f"table '{table.name}' lacks column {', '.join(missing)}",
                file=path,
                remedy="run the step that makes it again with this release",
            )
        text = [field.name for field in schema if pa.types.is_string(field.type)] if categorical else None
        arrow = pq.read_table(path, columns=list(columns) if columns else None, filters=filters, read_dictionary=text)
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"cannot be read as parquet: {error}", file=path, remedy="run the step that makes it again"
        ) from error
    frame: pd.DataFrame = arrow.to_pandas(strings_to_categorical=categorical)
    return frame


def read_tables(paths: Sequence[str | Path], table: Table) -> pd.DataFrame:
    """Read tables of one kind as one, in the order of `paths`; text as categories, in the order of the alphabet.

    Raises
    ------
    InputError
        As `read_table`.
    """
    frames = [read_table(path, table, categorical=True) for path in paths]
    text = [name for name in table.names if isinstance(frames[0][name].dtype, pd.CategoricalDtype)]
    numbers = pd.concat([frame.drop(columns=text) for frame in frames], ignore_index=True)
    words = {name: union_categoricals([frame[name] for frame in frames], sort_categories=True) for name in text}
    return numbers.assign(**words)[table.names]


def write_text(text: str, path: str | Path) -> None:
    """Write a text file under its final name in one step."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_tsv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write tab-separated text with Unix line ends; missing values are empty cells."""
    with replacing(path) as temporary:
        frame.to_csv(temporary, sep="\t", index=False, lineterminator="\n")
