"""`targetfinder.store`: tables are checked, written in one step, and the same bytes for the same frame."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from targetfinder import tables
from targetfinder.errors import InputError
from targetfinder.store import (
    read_table,
    read_tables,
    replacing,
    replacing_folder,
    write_table,
    write_text,
    write_tsv,
)


def genes(n: int = 3) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "gene_id": [f"ENSG{i:011d}" for i in range(n)],
            "symbol": [f"G{i}" for i in range(n)],
            "name": [None if i % 2 else f"gene {i}" for i in range(n)],
            "aliases": None,
            "locus_type": "gene with protein product",
            "protein_coding": True,
            "normaliser": [bool(i % 2) for i in range(n)],
            "universe": False,
        }
    )


def normal() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "gene_id": ["ENSG1", "ENSG2"],
            "context": "liver",
            "value": [1.5, np.nan],
            "upper": [2.5, np.nan],
            "unit": "nTPM",
            "upper_tpm": [0.0, np.nan],
            "percentile": [1.0, np.nan],
            "n_donors": pd.array([4, None], dtype="Int64"),
            "source": "atlas",
            "release": "1",
        }
    )


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_table(genes(), tables.GENES, tmp_path / "genes.parquet")
    pd.testing.assert_frame_equal(read_table(tmp_path / "genes.parquet", tables.GENES), genes())


def test_missing_numbers_and_zeros_stay_apart(tmp_path: Path) -> None:
    write_table(normal(), tables.NORMAL_BULK, tmp_path / "t.parquet")
    back = read_table(tmp_path / "t.parquet", tables.NORMAL_BULK)
    assert back["upper_tpm"].tolist()[0] == 0.0
    assert back[["value", "upper", "upper_tpm", "percentile", "n_donors"]].isna().all(axis=1).tolist() == [False, True]
    assert back["n_donors"].iloc[0] == 4


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    write_table(tables.EXCLUDED.empty(), tables.EXCLUDED, tmp_path / "t.parquet")
    back = read_table(tmp_path / "t.parquet", tables.EXCLUDED)
    assert (list(back.columns), len(back)) == (tables.EXCLUDED.names, 0)


def test_columns_and_filters_read_only_what_is_asked_for(tmp_path: Path) -> None:
    write_table(genes(), tables.GENES, tmp_path / "t.parquet")
    back = read_table(tmp_path / "t.parquet", tables.GENES, ["symbol"], filters=[("normaliser", "==", True)])
    assert back.to_dict("list") == {"symbol": ["G1"]}


@given(order=st.permutations(tables.GENES.names), categorical=st.sets(st.sampled_from(["gene_id", "symbol", "name"])))
def test_the_same_frame_gives_identical_bytes_whatever_its_column_order_and_text_dtype(
    tmp_path_factory: pytest.TempPathFactory, order: list[str], categorical: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    write_table(genes(), tables.GENES, folder / "a.parquet")
    write_table(genes()[order].astype(dict.fromkeys(categorical, "category")), tables.GENES, folder / "b.parquet")
    assert (folder / "a.parquet").read_bytes() == (folder / "b.parquet").read_bytes()


def test_another_frame_gives_other_bytes(tmp_path: Path) -> None:
    write_table(genes(3), tables.GENES, tmp_path / "a.parquet")
    write_table(genes(3).assign(universe=True), tables.GENES, tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() != (tmp_path / "b.parquet").read_bytes()


def test_a_frame_that_breaks_its_contract_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(SchemaErrors):
        write_table(genes().assign(symbol=None), tables.GENES, tmp_path / "genes.parquet")
    assert list(tmp_path.iterdir()) == []


def test_tables_of_one_kind_are_read_as_one_with_words_that_sort_by_the_alphabet(tmp_path: Path) -> None:
    frame, paths = genes(4), [tmp_path / "last.parquet", tmp_path / "first.parquet"]
    for part, path in zip((frame[2:], frame[:2]), paths, strict=True):
        write_table(part, tables.GENES, path)
    both = read_tables(paths, tables.GENES)
    assert list(both.columns) == tables.GENES.names
    assert both["gene_id"].astype(str).tolist() == [*frame["gene_id"][2:], *frame["gene_id"][:2]]
    assert both.sort_values("gene_id")["gene_id"].astype(str).tolist() == sorted(frame["gene_id"])


@pytest.mark.parametrize("kind", [ValueError, OSError, KeyboardInterrupt])
def test_an_exception_inside_leaves_no_file_and_no_temporary_file(tmp_path: Path, kind: type[BaseException]) -> None:
    with pytest.raises(kind, match="stop"), replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise kind("stop")
    assert list(tmp_path.iterdir()) == []


def test_an_exception_inside_leaves_the_older_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(ValueError, match="stop"), replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise ValueError("stop")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]


def test_the_final_name_appears_only_when_the_block_is_done(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "er" / "a.txt"
    with replacing(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
        assert temporary.parent == target.parent  # a rename is atomic within one folder only
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_a_table_under_the_wrong_schema_is_refused_by_both_names(tmp_path: Path) -> None:
    path = tmp_path / "genes.parquet"
    write_table(genes(), tables.GENES, path)
    with pytest.raises(InputError, match=r"holds table 'genes' version 1, expected 'targets'") as caught:
        read_table(path, tables.TARGETS)
    assert caught.value.file == path


def test_a_table_that_lacks_a_column_of_this_release_is_refused(tmp_path: Path) -> None:
    write_table(genes(), tables.GENES, tmp_path / "genes.parquet")
    whole = pq.read_table(tmp_path / "genes.parquet")
    pq.write_table(whole.drop_columns(["aliases"]), tmp_path / "older.parquet")
    with pytest.raises(InputError, match="table 'genes' lacks column aliases"):
        read_table(tmp_path / "older.parquet", tables.GENES)
    assert len(read_table(tmp_path / "older.parquet", tables.GENES, columns=["symbol"])) == 3


@pytest.mark.parametrize(
    "metadata",
    [{"targetfinder.table": "genes", "targetfinder.schema_version": "0"}, {"targetfinder.table": "genes"}, None],
    ids=["older schema", "no version", "made by another program"],
)
def test_a_table_of_another_release_or_program_is_refused(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    path = tmp_path / "genes.parquet"
    pq.write_table(pa.Table.from_pandas(genes()).replace_schema_metadata(metadata), path)
    with pytest.raises(InputError, match="expected 'genes' version 1"):
        read_table(path, tables.GENES)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_a_truncated_parquet_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "genes.parquet"
    write_table(genes(50), tables.GENES, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match="cannot be read as parquet") as caught:
        read_table(path, tables.GENES)
    assert caught.value.file == path


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir], ids=["missing", "a folder"])
def test_what_is_no_file_is_refused_by_name(tmp_path: Path, make: object) -> None:
    path = tmp_path / "genes.parquet"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError) as caught:
        read_table(path, tables.GENES)
    assert caught.value.file == path


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused_by_name(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="no permission") as caught:
        write_text("x", tmp_path / "a.txt")
    tmp_path.chmod(0o700)
    assert caught.value.file == tmp_path / "a.txt"


@pytest.mark.parametrize("below", ["a.txt", "deep/a.txt"])
def test_a_path_below_a_file_is_refused_by_name(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("I am no folder")
    with pytest.raises(InputError) as caught:
        write_text("x", tmp_path / "file" / below)
    assert caught.value.file == tmp_path / "file" / below


# ---------------------------------------------------------------- whole folders


def kept(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_replaced_as_a_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    for content in ("old", "new"):
        with replacing_folder(tmp_path / "deep" / "out", marker="m.json") as folder:
            (folder / "m.json").write_text(content)
            (folder / f"only_{content}.txt").write_text(content)
    assert kept(tmp_path) == {"deep/out/m.json": "new", "deep/out/only_new.txt": "new"}


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_the_older_folder_as_it_was(tmp_path: Path, kind: type[BaseException]) -> None:
    with replacing_folder(tmp_path / "out", marker="m.json") as folder:
        (folder / "m.json").write_text("old")
    with pytest.raises(kind, match="stop"), replacing_folder(tmp_path / "out", marker="m.json") as folder:
        (folder / "m.json").write_text("half")
        raise kind("stop")
    assert kept(tmp_path) == {"out/m.json": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_of_another_kind_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("three years of work")
    with (
        pytest.raises(InputError, match=r"holds no m\.json") as caught,
        replacing_folder(tmp_path / "thesis", "m.json"),
    ):
        pass
    assert caught.value.file == tmp_path / "thesis"
    assert kept(tmp_path) == {"thesis/chapter.txt": "three years of work"}


def test_a_file_is_never_replaced_by_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError) as caught, replacing_folder(tmp_path / "out", "m.json"):
        pass
    assert caught.value.file == tmp_path / "out"
    assert kept(tmp_path) == {"out": "a file"}


def test_an_empty_folder_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with replacing_folder(tmp_path / "out", marker="m.json") as folder:
        (folder / "m.json").write_text("new")
    assert kept(tmp_path) == {"out/m.json": "new"}


# ---------------------------------------------------------------- text


def test_text_is_written_as_utf8(tmp_path: Path) -> None:
    write_text("IFN-γ\n", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes() == b"IFN-\xce\xb3\n"


def test_tsv_has_empty_cells_for_what_is_missing_and_unix_line_ends(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": ["x", None], "b": [0.5, np.nan], "c": pd.array([1, None], dtype="Int64")})
    write_tsv(frame, tmp_path / "a.tsv")
    assert (tmp_path / "a.tsv").read_bytes() == b"a\tb\tc\nx\t0.5\t1\n\t\t\n"
