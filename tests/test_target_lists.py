"""Lists of known targets: each line has its reference, and the two diseases of the aims are kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from targetfinder.errors import InputError
from targetfinder.target_lists import COLUMNS, HELD_OUT, read_target_lists

HEAD = "symbol\tindications\tlevel\tyear\tagent\treference\tverified\tseen\n"
GOOD = "A\tone; two\ttrial\t2019\tCAR T cells\tNCT01234567\tyes\ttrial record\nB\ttwo\tlisted\t\t\t\tno\t\n"


def test_a_line_of_two_diseases_is_two_rows_and_a_year_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text(HEAD + GOOD)
    found = read_target_lists(tmp_path, held_out=True)
    assert found.columns.tolist() == list(COLUMNS)
    assert found[["list", "indication", "symbol"]].to_numpy().tolist() == [
        ["mine", "one", "A"],
        ["mine", "two", "A"],
        ["mine", "two", "B"],
    ]
    assert found["year"].tolist()[:2] == [2019, 2019]
    assert found["year"].isna().tolist() == [False, False, True]
    assert found["verified"].tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("old", "new", "field", "problem"),
    [
        ("trial\t", "phase 1\t", "level", "not a known word: 'phase 1' in line 2"),
        ("2019", "19", "year", "no year: '19' in line 2"),
        ("NCT01234567", "a paper", "reference", "no reference: 'a paper' in line 2"),
        ("NCT01234567", "", "verified", "verified without a reference: 'yes' in line 2"),
        ("B\t", "A\t", "symbol", "occurs twice: 'A' in line 3"),
        ("one; two", "", "indications", "empty cell in line 2"),
    ],
)
def test_a_wrong_line_is_told_by_its_number(tmp_path: Path, old: str, new: str, field: str, problem: str) -> None:
    (tmp_path / "mine.tsv").write_text(HEAD + GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as error:
        read_target_lists(tmp_path, held_out=True)
    assert (error.value.field, error.value.problem) == (field, problem)


def test_a_folder_without_lists_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no list of targets"):
        read_target_lists(tmp_path, held_out=True)


def test_the_shipped_lists_are_of_shipped_diseases_and_those_of_the_aims_stay_out_of_learning(repository: Path) -> None:
    folder = repository / "references" / "targets"
    judged, learned = (read_target_lists(folder, held_out=held_out) for held_out in (True, False))
    shipped = {path.stem for path in (repository / "references" / "indications").glob("*.toml")}
    assert set(judged["indication"]) <= shipped
    assert set(judged.loc[judged["indication"].isin(HELD_OUT), "list"]) == {
        "ewing12",
        "mm17",
        "mm17_without_three",
        "mm14",
    }
    assert set(learned["indication"]).isdisjoint(HELD_OUT)
    assert len(learned) == len(judged) - 12 - 17 - 14 - 14
    assert learned["list"].nunique() >= 10
    assert judged.groupby(["list", "indication"]).size().min() >= 2
