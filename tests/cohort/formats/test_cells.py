"""Files of cells: the same stream from every format, recognised values and genes, and bad files told by place."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from targetfinder.cohort.formats import _cell_rows, _mtx
from targetfinder.cohort.formats._cell_file import Cells
from targetfinder.cohort.formats.cells import FORMATS
from targetfinder.errors import InputError
from targetfinder.sources.readers import _h5ad

#: The gene that gets a bad value.
IDS5 = "ENSG00000000005"


def matrix_of(cells: Cells) -> np.ndarray:
    """The whole matrix of an open file, put together from its blocks."""
    found = np.zeros(cells.rows.shape)
    with ThreadPoolExecutor(2) as pool:
        for block in cells.rows.blocks(pool, np.ones(cells.rows.shape[0], dtype=bool), log=False):
            for n, (a, b) in enumerate(itertools.pairwise(block.bounds)):
                found[block.first + n, block.genes[a:b].astype(int)] += block.values[a:b]
    return found


@pytest.fixture
def told(opened_cells: Any) -> Callable[..., str]:
    """Return a function that opens a file that must be refused, and returns what is said of it."""

    def told(made: Any, how: str = "CSR", **options: str) -> str:
        with pytest.raises(InputError) as caught, opened_cells(made, how, **options) as cells:
            matrix_of(cells)
        assert caught.value.file and caught.value.remedy
        return str(caught.value)

    return told


def test_every_format_gives_the_same_cells(
    made: Any, opened_cells: Any, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_h5ad, "BLOCK", 1000)
    monkeypatch.setattr(_mtx, "LINES", 700)
    monkeypatch.setattr(_cell_rows, "CHUNK", 512)
    with opened_cells(made, way) as cells:
        np.testing.assert_array_equal(matrix_of(cells), made.X.toarray())
        assert cells.entries.tolist() == made.var_names.tolist()
        assert cells.symbols.tolist() == made.var["symbol"].tolist()
        assert cells.values == "counts"
        assert [str(name) for name in np.asarray(cells.barcodes[:2], dtype="U")] == made.obs_names[:2].tolist()
        columns = {name: cells.column(name).tolist() for name in cells.columns}
    assert columns == ({name: made.obs[name].tolist() for name in made.obs} if "10x" not in way else {})


@pytest.mark.parametrize("values", ["counts", "CP10k", "log1p_CP10k"])
@pytest.mark.parametrize("claimed", [True, False])
def test_values_are_recognised_or_checked(made: Any, opened_cells: Any, values: str, claimed: bool) -> None:
    scaled = made.X.multiply(1e4 / made.X.sum(axis=1)).tocsr()
    made.X = {"counts": made.X, "CP10k": scaled, "log1p_CP10k": scaled.log1p()}[values]
    with opened_cells(made, **({"values": values} if claimed else {})) as cells:
        assert cells.values == values


def test_ids_are_found_in_the_column_that_has_them_and_symbols_beside(made: Any, opened_cells: Any) -> None:
    made.var = pd.DataFrame({"gene_ids": made.var_names}, index=made.var["symbol"].rename(None))
    with opened_cells(made) as cells:
        assert (cells.entries[0], cells.symbols.iloc[0]) == ("ENSG00000000000", "MT-X0")
    with opened_cells(made, gene_ids="_index") as cells:
        assert cells.entries[0] == "MT-X0"
        assert cells.symbols is None


def test_names_of_cells_that_are_stored_as_text_that_may_be_missing_are_read(made: Any, writer: Any) -> None:
    form, path = writer(made)
    with h5py.File(path, "a") as file:
        names = file["obs/_index"][:]
        del file["obs/_index"]
        group = file.create_group("obs/_index")
        group.attrs.update({"encoding-type": "nullable-string-array", "encoding-version": "0.1.0"})
        group["values"], group["mask"] = names, np.zeros(len(names), dtype=bool)
        for name, kind in (("values", "string-array"), ("mask", "array")):
            group[name].attrs.update({"encoding-type": kind, "encoding-version": "0.2.0"})
    with FORMATS[form](path, {}) as cells:
        assert list(cells.barcodes[:2]) == made.obs_names[:2].tolist()


@pytest.mark.parametrize("how", ["CSR", "10x_h5", "10x_mtx"])
def test_antibodies_among_the_features_are_no_genes(made: Any, opened_cells: Any, how: str) -> None:
    genes = np.arange(made.n_vars) % 5 > 0
    made.var["feature_types"] = np.where(genes, "Gene Expression", "Antibody Capture")
    with opened_cells(made, how) as cells:
        np.testing.assert_array_equal(matrix_of(cells), made.X.toarray()[:, genes])
        values, numbers = cells.rows.row(7)
        np.testing.assert_array_equal(np.bincount(numbers, values, genes.sum()), made.X.toarray()[7, genes])
        assert cells.entries.tolist() == made.var_names[genes].tolist()
        assert cells.left_out == {"no gene but another kind of feature": int((~genes).sum())}


# ---------------------------------------------------------------- bad files


@pytest.mark.parametrize(
    ("way", "value", "problem"),
    [
        *((way, -1.0, "negative") for way in ("CSR", "CSC", "dense", "10x_h5", "10x_mtx")),
        *((way, np.nan, "not a number") for way in ("CSR", "CSC", "dense")),
        *((way, np.inf, "infinite") for way in ("CSR", "CSC", "dense")),
    ],
)
def test_a_value_that_is_no_expression_is_told_by_cell_and_gene(
    made: Any, told: Any, way: str, value: float, problem: str
) -> None:
    matrix = made.X.toarray()
    matrix[0, 5] = value
    made.X = sparse.csr_matrix(matrix)
    message = told(made, way)
    assert problem in message
    assert "BARCODE0-1" in message
    assert IDS5 in message


@pytest.mark.parametrize("cut", [10, 0.3, 0.9, -3])
@pytest.mark.parametrize("way", ["CSR", "10x_h5"])
def test_a_truncated_hdf5_file_is_refused(made: Any, writer: Any, way: str, cut: float) -> None:
    form, path = writer(made, way)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(cut * len(whole)) if 0 < cut < 1 else int(cut)])
    with pytest.raises(InputError, match=r"not a whole HDF5 file|damaged") as caught, FORMATS[form](path, {}) as cells:
        matrix_of(cells)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("form", ["h5ad", "10x_h5", "10x_mtx"])
@pytest.mark.parametrize("content", [b"", b"<html>Not found</html>", b"cell,gene\n1,2\n", b"\x1f\x8b\x08"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, form: str, content: bytes) -> None:
    path = tmp_path / "matrix.mtx"
    for name in ("matrix.mtx", "barcodes.tsv", "features.tsv"):
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught, FORMATS[form](path, {}):
        pass
    assert str(tmp_path) in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for form, read in FORMATS.items():
        with pytest.raises(InputError, match=r"not a whole HDF5|is no matrix\.mtx"), read(tmp_path / form, {}):
            pass


def renamed(names: list[str], number: int, name: str) -> list[str]:
    return [name if n == number else old for n, old in enumerate(names)]


@pytest.mark.parametrize(
    ("number", "name", "problem"),
    [
        (9, "ENSMUSG00000000009", "another species"),
        (9, "mm10___ENSMUSG00000000009", "another species"),
        (9, "ENSG00000000003", "gene occurs twice: ENSG00000000003"),
        (9, " ", "gene 10 has no name"),
    ],
)
@pytest.mark.filterwarnings("ignore:Variable names are not unique")
@pytest.mark.parametrize("how", ["CSR", "10x_h5", "10x_mtx"])
def test_genes_that_cannot_be_are_refused(made: Any, told: Any, how: str, number: int, name: str, problem: str) -> None:
    made.var_names = renamed(made.var_names.tolist(), number, name)
    assert problem in told(made, how)


def test_symbols_of_the_mouse_are_refused(made: Any, told: Any) -> None:
    made.var_names = [f"Slc{number}a" for number in range(made.n_vars)]
    assert "another species: Slc0a" in told(made, gene_ids="_index")


def scaled(made: Any) -> None:
    made.X = made.X.toarray() / 3


def csc(made: Any) -> None:
    made.X = sparse.csc_matrix(made.X)


@pytest.mark.parametrize(
    ("change", "options", "problem"),
    [
        (scaled, {}, "holds no counts, CP10k or log1p of these: fractions"),
        (None, {"values": "log1p_CP10k"}, "set mapping values=counts"),
        (None, {"values": "TPM"}, "Input should be 'counts'"),
        (None, {"layer": "layers/counts"}, r"set mapping: layer to what it has: X"),
        (None, {"gene_ids": "ensembl"}, "missing column"),
        (None, {"organ": "bone"}, "cells know patient, state"),
    ],
)
def test_what_does_not_fit_the_options_is_refused(
    made: Any, told: Any, change: Any, options: dict[str, str], problem: str
) -> None:
    if change:
        change(made)
    assert problem in told(made, **options)


def test_a_large_matrix_by_columns_is_refused_with_the_way_to_convert_it(
    made: Any, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_cell_rows, "TURNED", 100)
    assert ".tocsr()" in told(made, "CSC")


def test_a_matrix_by_columns_of_which_the_numbers_are_wrong_is_refused(made: Any, writer: Any) -> None:
    form, path = writer(made, "CSC")
    with h5py.File(path, "a") as file:
        file["X/indices"][3] = 10_000
    with pytest.raises(InputError, match="damaged"), FORMATS[form](path, {}):
        pass


def test_a_shape_that_is_not_that_of_cells_and_genes_is_refused(made: Any, writer: Any) -> None:
    form, path = writer(made)
    with h5py.File(path, "a") as file:
        file["X"].attrs["shape"] = [made.n_obs, made.n_vars + 1]
    with pytest.raises(InputError, match="not one row for each of the 61 columns"), FORMATS[form](path, {}):
        pass


def test_a_matrix_of_no_cells_is_refused(made: Any, told: Any) -> None:
    for how in ("CSR", "10x_h5"):
        assert "holds no cells or no genes" in told(made[:0].copy(), how)


# ---------------------------------------------------------------- real files


def test_a_real_file_of_myeloma_cells_is_counts_under_ensembl_ids(shared_data: Path) -> None:
    with FORMATS["h5ad"](shared_data / "cohorts" / "mm16_23cells.h5ad", {}) as cells:
        assert (cells.values, cells.rows.shape) == ("counts", (23, 14454))
        assert cells.entries[0] == "ENSG00000000003"
        assert cells.symbols is not None
        assert cells.symbols.iloc[0] == "TSPAN6"


def test_a_real_file_by_columns_is_turned_and_its_two_layers_are_told_apart(shared_data: Path) -> None:
    path = shared_data / "rna_cell" / "bm_citeseq_triana2021_healthy_250cells_462genes_197proteins.h5ad"
    for layer, values in (("X", "log1p_CP10k"), ("layers/counts", "counts")):
        with FORMATS["h5ad"](path, {"layer": layer}) as cells:
            assert (cells.values, cells.symbols) == (values, None)


def test_a_real_file_of_an_old_anndata_is_refused_with_what_to_do(shared_data: Path) -> None:
    path = shared_data / "rna_cell" / "10x_pbmc68k_reduced.h5ad"
    with pytest.raises(InputError, match=r"before 0\.7"), FORMATS["h5ad"](path, {}):
        pass
