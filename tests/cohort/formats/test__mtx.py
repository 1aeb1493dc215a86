"""Folders of 10x: found by name, read from a temporary file that goes away, and refused by file and line."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targetfinder.cohort.formats.cells import FORMATS
from targetfinder.errors import InputError


def test_a_matrix_beside_a_name_with_a_prefix_is_read_from_its_own_path(made: Any, writer: Any) -> None:
    _, folder = writer(made, "10x_mtx")
    for path in [*folder.iterdir()]:
        path.rename(folder / f"GSM1_{path.name}")
    for path in (folder, folder / "GSM1_matrix.mtx.gz"):
        with FORMATS["10x_mtx"](path, {}) as cells:
            values, genes = cells.rows.row(3)
            np.testing.assert_array_equal(np.bincount(genes, values, made.n_vars), made.X.toarray()[3])


def test_nothing_is_left_behind_of_what_was_put_in_order(
    made: Any, writer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    form, path = writer(made, "10x_mtx")
    with FORMATS[form](path, {}):
        assert len([*(tmp_path / "temporary").iterdir()]) == 1
    assert not [*(tmp_path / "temporary").iterdir()]


def without_barcodes(folder: Path) -> None:
    (folder / "barcodes.tsv").unlink()


def two_matrices(folder: Path) -> None:
    shutil.copy(folder / "matrix.mtx", folder / "b_matrix.mtx")


def fewer_barcodes(folder: Path) -> None:
    path = folder / "barcodes.tsv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def fewer_genes(folder: Path) -> None:
    path = folder / "genes.tsv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-2]))


def truncated(folder: Path) -> None:
    path = folder / "matrix.mtx"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def truncated_gzip(folder: Path) -> None:
    path = folder / "matrix.mtx"
    path.write_bytes(gzip.compress(path.read_bytes())[:-200])


def edited(number: int, line: str) -> Callable[[Path], None]:
    """Return what replaces a line of the matrix, from 1."""

    def edit(folder: Path) -> None:
        path = folder / "matrix.mtx"
        lines = path.read_text().splitlines()
        lines[number - 1] = line
        path.write_text("\n".join(lines) + "\n")

    return edit


def shuffled(folder: Path) -> None:
    path = folder / "matrix.mtx"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], *lines[:3:-1], lines[3]]) + "\n")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (without_barcodes, "there is no barcodes.tsv or barcodes.tsv.gz"),
        (two_matrices, "2 files named matrix.mtx"),
        (fewer_barcodes, "the matrix is of 400 barcodes, the file of barcodes has 399"),
        (fewer_genes, "the matrix is of 60 features, the file of features has 58"),
        (truncated, "entries, where its head says"),
        (truncated_gzip, "damaged or truncated"),
        (shuffled, "not sorted by cells (columns): line 5"),
        (edited(1, "%%MatrixMarket matrix array integer general"), "does not begin as a sparse Matrix Market file"),
        (edited(1, "%%MatrixMarket matrix coordinate pattern general"), "pattern general instead of integer general"),
        (edited(3, "60 400"), "no numbers of genes, cells and entries"),
        (edited(4, "61 1 3"), "gene 61 of 60 in line 4"),
        (edited(4, "0 1 3"), "gene 0 of 60 in line 4"),
        (edited(4, "1 401 3"), "cell 401 of 400 in line 4"),
        (edited(9, "1 1"), "is no gene, cell and value"),
        (edited(9, "1 1 3 4"), "is no gene, cell and value"),
        (edited(4, "1 1 3 4"), "is no gene, cell and value"),
        (edited(9, "1 1 many"), "is no gene, cell and value"),
        (edited(9, "1 1 2.5"), "is no gene, cell and value"),
    ],
)
def test_a_bad_folder_of_10x_is_told_by_file_and_line(made: Any, writer: Any, spoil: Any, problem: str) -> None:
    form, folder = writer(made, "10x_mtx plain")
    spoil(folder)
    with pytest.raises(InputError) as caught, FORMATS[form](folder, {}):
        pass
    assert problem in str(caught.value)
    assert str(folder) in str(caught.value)
