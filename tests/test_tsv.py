"""`reference/tsv.py`: cells come back as they were written, and a wrong one is told by file, column and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import tsv
from targetfinder.errors import InputError

TABLE = 'name\tkind\tnote\nliver\torgan\tit\'s "big"\nNA\torgan\t\n007\tspy\tnan\n'
ROWS = [["liver", "organ", 'it\'s "big"'], ["NA", "organ", ""], ["007", "spy", "nan"]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "a.tsv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "a.tsv"


def told(refused: Callable[[], object], path: Path) -> tuple[str, str | None, str]:
    """Return problem, field and remedy of a refusal."""
    with pytest.raises(InputError) as caught:
        refused()
    assert caught.value.file == path
    return caught.value.problem, caught.value.field, caught.value.remedy


def test_cells_are_text_as_written_and_none_is_missing(path: Path) -> None:
    assert tsv.read(path, ["name", "kind"], ["note"]).to_numpy().tolist() == ROWS


@given(st.lists(st.lists(st.text("aé1.,;\"' ", min_size=1, max_size=5).map("x".__add__), min_size=2, max_size=2)))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in [["a", "b"], *rows]), encoding="utf-8")
    assert tsv.read(path, ["a", "b"]).to_numpy().tolist() == rows


def test_an_optional_column_may_be_empty_and_no_other(path: Path) -> None:
    assert told(lambda: tsv.read(path, ["name", "note"]), path) == ("empty cell in line 3", "note", "fill it in")
    path.write_text(TABLE.replace("\tspy", "\t  "), encoding="utf-8")
    assert told(lambda: tsv.read(path, ["kind"]), path) == ("empty cell in line 4", "kind", "fill it in")


def test_all_missing_columns_are_named(path: Path) -> None:
    problem = told(lambda: tsv.read(path, ["name", "reason"], ["note", "reference"]), path)
    assert problem == ("missing column", "reason, reference", "add it to the header")


@pytest.mark.parametrize(
    "spoil",
    [Path.unlink, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"\xff\xfe\x00")],
    ids=["missing", "empty", "binary"],
)
def test_a_file_that_cannot_be_read_is_refused(path: Path, spoil: Callable[[Path], object]) -> None:
    spoil(path)
    problem, field, remedy = told(lambda: tsv.read(path, ["name"]), path)
    assert problem.startswith("cannot be read: ")
    assert (field, remedy) == (None, "restore the file")


MANY = [f"organ {i}" for i in range(tsv.FEW)]


@pytest.mark.parametrize(
    ("allowed", "remedy"),
    [
        (["organ", "tissue"], "use one of organ, tissue"),
        ([*MANY, "spies"], "did you mean 'spies'?"),
        ([*MANY, "organ"], "use a name of the other curated tables"),
    ],
    ids=["few", "near", "none near"],
)
def test_an_unknown_word_is_told_with_what_to_write(path: Path, allowed: list[str], remedy: str) -> None:
    frame = pd.DataFrame({"kind": [allowed[0], "spys"]})
    refused = told(lambda: tsv.listed(frame, "kind", allowed, path), path)
    assert refused == ("not a known word: 'spys' in line 3", "kind", remedy)


def test_known_words_and_keys_that_differ_pass(path: Path) -> None:
    frame = tsv.read(path, ["name", "kind"])
    tsv.listed(frame, "kind", ("organ", "spy"), path)
    tsv.once(frame, ["name"], "name", path)
    tsv.once(frame, ["kind", "name"], "name", path)


def test_a_key_that_occurs_twice_is_told_at_its_second_line(path: Path) -> None:
    frame = tsv.read(path, ["name", "kind"])
    refused = told(lambda: tsv.once(frame, ["kind"], "name", path), path)
    assert refused == ("occurs twice: 'NA' in line 3", "name", "give each kind one line")


def test_the_line_is_that_of_the_file_when_some_rows_are_looked_at(path: Path) -> None:
    frame = tsv.read(path, ["name"])
    some = frame[frame["kind"] == "spy"]
    refused = told(lambda: tsv.refuse(pd.Series(True, some.index), some, "name", "odd", path, "mend it"), path)
    assert refused == ("odd: '007' in line 4", "name", "mend it")
