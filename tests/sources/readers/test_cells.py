"""Atlases of single cells: equal to scanpy however the matrix is stored; told by cell and gene where it is wrong."""

from __future__ import annotations

import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from targetfinder.errors import InputError
from targetfinder.sources.readers import _group_sums, _h5_array, _h5ad, read
from targetfinder.sources.readers._common import CellGroups, linear_scale
from targetfinder.sources.readers._group_sums import group_sums
from targetfinder.sources.readers.cells import CellOptions, cell_groups

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what scanpy's own imports warn of
    import anndata
    import scanpy

CELLS, GENES = 600, 80
TISSUES, TYPES, DONORS = ["blood", "bone marrow"], ["T cell", "plasma cell", "HSC"], ["D1", "D2", "D3"]
IDS = [f"ENSG{number:011d}" for number in range(GENES)]
NORMAL = {"values": "counts", "min_cells": 1}
Entry = Callable[..., Any]


def counts(cells: int = CELLS, genes: int = GENES) -> np.ndarray:
    """Counts of cells that differ in depth; no cell is empty."""
    rng = np.random.default_rng(2)
    level = rng.gamma(0.4, 2.0, (1, genes)) * rng.gamma(3.0, 0.5, (cells, 1))
    found = rng.poisson(level).astype(np.float32)
    found[:, 0] += 1
    return found


def atlas(matrix: Any = None, **columns: Any) -> anndata.AnnData:
    """An atlas as CELLxGENE publishes it: Ensembl ids as index of var, categories in obs, sparse by rows."""
    rng = np.random.default_rng(3)
    matrix = sparse.csr_matrix(counts()) if matrix is None else matrix
    n = matrix.shape[0]
    obs = {"tissue": rng.choice(TISSUES, n), "cell_type": rng.choice(TYPES, n), "donor_id": rng.choice(DONORS, n)}
    frame = pd.DataFrame(obs | columns, index=[f"cell{number}" for number in range(n)])
    var = pd.DataFrame({"feature_name": [f"S{number}" for number in range(matrix.shape[1])]}, IDS[: matrix.shape[1]])
    text = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    return anndata.AnnData(matrix, obs=frame.astype(dict.fromkeys(text, "category")), var=var)


def stored(path: Path, matrix: sparse.csr_matrix, name: str = "X", **storage: Any) -> None:
    """Put a sparse matrix into an h5ad, stored as wanted: `data` and `indices` are dtypes, the rest goes to HDF5."""
    dtypes = {part: storage.pop(part, getattr(matrix, part).dtype) for part in ("data", "indices")}
    with h5py.File(path, "a") as file:
        if name in file:
            del file[name]
        group = file.create_group(name)
        group.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": matrix.shape})
        group["indptr"] = matrix.indptr
        storage |= {"maxshape": (None,)} if "chunks" in storage else {}
        for part, dtype in dtypes.items():
            group.create_dataset(part, data=getattr(matrix, part).astype(dtype), **storage)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes an atlas as h5ad."""

    def written(made: anndata.AnnData | None = None, name: str = "a.h5ad", **storage: Any) -> Path:
        path = tmp_path / name
        (atlas() if made is None else made).write_h5ad(path, **storage)
        return path

    return written


@pytest.fixture
def groups(written: Callable[..., Path]) -> Callable[..., CellGroups]:
    """Return a function that writes an atlas, or takes a file, and streams it into groups."""

    def groups(made: anndata.AnnData | Path | None = None, **options: Any) -> CellGroups:
        path = made if isinstance(made, Path) else written(made)
        return cell_groups(path, CellOptions.model_validate(NORMAL | options))

    return groups


@pytest.fixture
def told(groups: Callable[..., CellGroups]) -> Callable[..., str]:
    """Return a function that gives the message with which an atlas is refused."""

    def told(made: anndata.AnnData | Path | None = None, **options: Any) -> str:
        with pytest.raises(InputError) as caught:
            groups(made, **options)
        assert str(caught.value.file).endswith("a.h5ad")
        assert caught.value.remedy
        return str(caught.value)

    return told


@pytest.fixture(scope="module")
def by_scanpy() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean and number of expressing cells of each group of `atlas()` by scanpy: frames of gene × group."""
    made = atlas()
    made.X = made.X.astype(np.float64)
    scanpy.pp.normalize_total(made, target_sum=1e4)
    found = scanpy.get.aggregate(made, by=["tissue", "cell_type", "donor_id"], func=["mean", "count_nonzero"])
    labels = pd.MultiIndex.from_frame(found.obs[["tissue", "cell_type", "donor_id"]].astype(str))
    mean, number = (
        pd.DataFrame(np.asarray(found.layers[name]), labels, IDS).sort_index() for name in ("mean", "count_nonzero")
    )
    return mean, number


def same(found: CellGroups, expected: tuple[pd.DataFrame, pd.DataFrame], tolerance: float = 1e-12) -> bool:
    mean, number = expected
    assert [*zip(*(found.groups[name] for name in ("tissue", "cell_type", "donor")), strict=True)] == [*mean.index]
    np.testing.assert_allclose(found.mean, mean, rtol=tolerance)
    np.testing.assert_allclose(found.detected, number.to_numpy() / found.groups[["n_cells"]].to_numpy(), rtol=1e-6)
    return True


# ---------------------------------------------------------------- the same however it is stored

STORAGE: dict[str, dict[str, Any]] = {
    "contiguous": {},
    "chunks": {"chunks": (997,)},
    "one chunk": {"chunks": (1 << 16,)},
    "gzip": {"chunks": (997,), "compression": "gzip"},
    "gzip and shuffle": {"chunks": (997,), "compression": "gzip", "shuffle": True},
    "shuffle only": {"chunks": (997,), "shuffle": True},
    "lzf": {"chunks": (997,), "compression": "lzf"},
    "gzip with checksums": {"chunks": (997,), "compression": "gzip", "fletcher32": True},
    "big-endian": {"chunks": (997,), "compression": "gzip", "data": ">f4", "indices": ">i4"},
    "double": {"chunks": (997,), "compression": "gzip", "shuffle": True, "data": "f8", "indices": "i8"},
    "whole numbers": {"chunks": (997,), "compression": "gzip", "data": "u2", "indices": "u4"},
    "long whole numbers": {"data": "i8", "indices": "i8"},
}


@pytest.mark.parametrize("storage", STORAGE)
@pytest.mark.parametrize("block", [1000, 1 << 20])
def test_groups_equal_those_of_scanpy_however_the_matrix_is_stored(
    written: Any, groups: Any, by_scanpy: Any, monkeypatch: pytest.MonkeyPatch, storage: str, block: int
) -> None:
    monkeypatch.setattr(_h5ad, "BLOCK", block)
    path = written()
    stored(path, atlas().X, **STORAGE[storage])
    assert same(groups(path), by_scanpy)


@pytest.mark.parametrize("chunks", [None, (50, 7)])
def test_a_dense_matrix_gives_the_same_groups(
    written: Any, groups: Any, by_scanpy: Any, monkeypatch: pytest.MonkeyPatch, chunks: Any
) -> None:
    monkeypatch.setattr(_h5ad, "BLOCK", 1000)
    path = written()
    with h5py.File(path, "a") as file:
        del file["X"]
        file.create_dataset("X", data=counts(), chunks=chunks)
    assert same(groups(path), by_scanpy)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("values", ["CP10k", "log1p_CP10k"])
def test_logarithms_are_averaged_as_what_they_stand_for(
    written: Any, groups: Any, by_scanpy: Any, values: str, dense: bool
) -> None:
    made = counts().astype(float)
    made *= 1e4 / made.sum(axis=1, keepdims=True)
    made = np.log1p(made) if values == "log1p_CP10k" else made
    assert same(groups(atlas(made if dense else sparse.csr_matrix(made)), values=values), by_scanpy)


@pytest.mark.parametrize("layer", ["layers/counts", "raw/X"])
def test_counts_are_found_in_a_layer_or_in_raw_with_its_own_genes(groups: Any, by_scanpy: Any, layer: str) -> None:
    made = atlas()
    made.layers["counts"] = made.X.copy()
    if layer == "raw/X":
        made.raw = made
        made = made[:, :10].copy()
    made.X = sparse.csr_matrix(np.log1p(made.X.toarray()))
    assert same(groups(made, layer=layer), by_scanpy)


def test_categories_as_anndata_0_7_wrote_them_are_read(written: Any, groups: Any, by_scanpy: Any) -> None:
    path = written()
    with h5py.File(path, "a") as file:
        obs = file["obs"]
        obs.attrs["encoding-version"] = "0.1.0"
        for name in ("tissue", "cell_type", "donor_id"):
            codes, categories = obs[name]["codes"][:], obs[name]["categories"][:]
            del obs[name]
            obs[f"__categories/{name}"] = categories
            obs[name] = codes
            obs[name].attrs["categories"] = obs[f"__categories/{name}"].ref
    assert same(groups(path), by_scanpy)


def test_columns_without_categories_are_read_as_text(written: Any, groups: Any) -> None:
    found = groups(atlas(donor_id=np.arange(CELLS) % 2 + 7))
    assert set(found.groups["donor"]) == {"7", "8"}
    path = written()
    with h5py.File(path, "a") as file:
        del file["obs/donor_id"]
        file["obs"].create_dataset("donor_id", data=[f"P{n % 2}" for n in range(CELLS)], dtype=h5py.string_dtype())
    assert set(groups(path).groups["donor"]) == {"P0", "P1"}


@st.composite
def sparse_rows(draw: st.DrawFn) -> tuple[sparse.csr_matrix, np.ndarray]:
    """A matrix with empty rows, stored zeros and genes in any order, and the groups of its rows, -1 for some."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    cells, genes = draw(st.integers(1, 40)), draw(st.integers(1, 30))
    found = sparse.random(cells, genes, draw(st.sampled_from([0.0, 0.2, 1.0])), format="csr", rng=rng, dtype=np.float64)
    found.data[rng.random(found.nnz) < 0.2] = 0
    for row in range(cells):
        part = slice(*found.indptr[row : row + 2])
        order = rng.permutation(part.stop - part.start)
        found.indices[part], found.data[part] = found.indices[part][order], found.data[part][order]
    return found, rng.integers(-1, 3, cells)


@given(drawn=sparse_rows(), block=st.integers(1, 60), chunk=st.integers(1, 50), packed=st.booleans())
def test_sums_equal_dense_ones_and_are_the_same_to_the_last_bit_with_any_number_of_threads(
    drawn: Any, block: int, chunk: int, packed: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    matrix, group = drawn
    path = tmp_path_factory.getbasetemp() / "sums.h5"
    stored(path, matrix, chunks=(chunk,), compression="gzip" if packed else None)
    found = []
    for threads in (1, 3):
        with pytest.MonkeyPatch.context() as patch, h5py.File(path) as file, path.open("rb") as raw:
            patch.setattr(_h5ad, "BLOCK", block)
            patch.setattr(_group_sums, "THREADS", threads)
            found.append(group_sums(_h5ad.SparseRows(file["X"], raw.fileno()), group, 3, log=False, total=0.0))
    dense, expressed = matrix.toarray(), matrix.toarray().sum(axis=1) > 0
    for number in range(3):
        rows = dense[(group == number) & expressed]
        np.testing.assert_allclose(found[0].sums[number], rows.sum(axis=0), rtol=1e-12)
        assert found[0].positive[number].tolist() == (rows > 0).sum(axis=0).tolist()
        assert found[0].rows[number] == len(rows)
    assert all(np.array_equal(first, second) for first, second in zip(*found, strict=True))


@given(data=st.data())
def test_any_part_of_an_array_is_what_h5py_reads(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    storage = data.draw(st.sampled_from([*STORAGE.values()]))
    values = np.arange(data.draw(st.integers(1, 3000)), dtype=storage.get("data", "f4")) % 251
    path = tmp_path_factory.getbasetemp() / "parts.h5"
    with h5py.File(path, "w", userblock_size=data.draw(st.sampled_from([0, 512]))) as file:
        file["before"] = np.zeros(data.draw(st.integers(0, 9)), "u1")
        storage = {name: wanted for name, wanted in storage.items() if name not in ("data", "indices")}
        file.create_dataset("a", data=values, **storage, maxshape=(None,) if "chunks" in storage else None)
    start = data.draw(st.integers(0, len(values)))
    stop = data.draw(st.integers(start, len(values)))
    with h5py.File(path) as file, path.open("rb") as raw:
        array = _h5_array.Array(file["a"], raw.fileno())
        assert array.part(start, stop, np.empty(3000, values.dtype)).tolist() == values[start:stop].tolist()


def test_chunks_that_were_never_written_are_read_as_what_they_stand_for(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("a", shape=(100,), chunks=(10,), dtype="f4", fillvalue=3.0)[50:60] = 1
        file.create_dataset("b", shape=(100,), dtype="f4")
    with h5py.File(tmp_path / "a.h5") as file, (tmp_path / "a.h5").open("rb") as raw:
        parts = [_h5_array.Array(file[name], raw.fileno()).part(45, 65, np.empty(20, "f4")) for name in "ab"]
    assert [part.tolist() for part in parts] == [[3.0] * 5 + [1.0] * 10 + [3.0] * 5, [0.0] * 20]


def test_memory_does_not_grow_with_the_number_of_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_h5ad, "BLOCK", 50_000)
    peaks = []
    for cells in (4000, 16_000):
        path = tmp_path / f"{cells}.h5"
        stored(path, sparse.csr_matrix(np.tile(counts(500), (cells // 500, 1))), chunks=(4096,), compression="gzip")
        with h5py.File(path) as file, path.open("rb") as raw:
            rows, group = _h5ad.SparseRows(file["X"], raw.fileno()), np.arange(cells) % 5
            tracemalloc.start()
            group_sums(rows, group, 5, log=False, total=1e4)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < 0.5 * 8 * np.count_nonzero(counts(500)) * cells / 500  # of the bytes of the matrix


# ---------------------------------------------------------------- what is left out is told


def test_cells_that_are_in_no_group_are_counted_by_reason(groups: Any) -> None:
    made = atlas()
    made.obs["disease"] = np.where(np.arange(CELLS) < 100, "lymphoma", "normal")
    made.obs.loc["cell50":"cell119", "donor_id"] = np.nan
    made.obs["cell_type"] = made.obs["cell_type"].cat.add_categories("")
    made.obs.loc["cell110":"cell129", "cell_type"] = ""
    large = made.obs[130:].groupby(["tissue", "cell_type", "donor_id"], observed=True).size().idxmax()
    empty = np.flatnonzero((made.obs[["tissue", "cell_type", "donor_id"]] == large).all(axis=1))[-3:]
    matrix = made.X.toarray()
    matrix[empty] = 0
    made.X = sparse.csr_matrix(matrix)
    found = groups(made, where={"disease": "normal"}, min_cells=27)
    left = CELLS - 100 - 10 - 20 - 3 - found.groups["n_cells"].sum()
    assert {reason: n for reason, n in found.left_out.items() if n} == {
        "disease is not normal": 100,
        "no cell_type": 20,
        "no donor": 10,
        "no expression": 3,
        "in a group of fewer than 27 cells": left,
    }
    assert (found.groups["n_cells"] >= 27).all()
    assert found.small["n_cells"].sum() == left > 0
    assert (found.small["n_cells"] < 27).all()
    assert len(found.mean) == len(found.detected) == len(found.groups)
    assert len(found.groups) + len(found.small) == len(TISSUES) * len(TYPES) * len(DONORS)


def test_a_group_that_is_too_small_without_its_empty_cells_is_left_out(groups: Any) -> None:
    matrix = counts(60)
    matrix[:5] = 0
    made = atlas(sparse.csr_matrix(matrix), tissue="blood", cell_type="HSC", donor_id=np.repeat(["D1", "D2"], 30))
    found = groups(made, min_cells=30)
    assert found.groups["donor"].tolist() == ["D2"]
    assert found.small[["donor", "n_cells"]].values.tolist() == [["D1", 25]]
    np.testing.assert_allclose(found.mean[0], (matrix[30:] * 1e4 / matrix[30:].sum(axis=1)[:, None]).mean(axis=0), 1e-6)


def test_several_values_of_a_column_may_be_wanted(groups: Any) -> None:
    made = atlas()
    made.obs["assay"] = pd.Categorical(np.array(["10x 3'", "10x 5'", "Smart-seq2"])[np.arange(CELLS) % 3])
    found = groups(made, where={"assay": ["10x 3'", "10x 5'"]})
    assert found.groups["n_cells"].sum() == 400
    assert found.left_out["assay is not 10x 3' or 10x 5'"] == 200


def test_symbols_and_ids_come_from_the_columns_that_the_options_name(groups: Any) -> None:
    made = atlas()
    assert groups(made).symbols.tolist() == made.var["feature_name"].tolist()
    made.var = pd.DataFrame({"ensemblid": [f"{gene}.{3}" for gene in IDS]}, index=made.var["feature_name"].tolist())
    found = groups(made, gene_ids="ensemblid", symbols="_index").symbols
    assert (found.index[0], found.iloc[0]) == ("ENSG00000000000.3", "S0")
    assert groups(made, gene_ids="ensemblid").symbols.isna().all()


def test_a_few_spike_ins_and_viral_genes_may_stand_among_human_ones(groups: Any) -> None:
    made = atlas()
    made.var.index = ["ERCC-00002", "ENSSASG00005000002", *IDS[2:]]
    assert groups(made).symbols.index[0] == "ERCC-00002"


# ---------------------------------------------------------------- labels of an atlas


@pytest.fixture
def parsed(written: Any, entry: Entry) -> Callable[..., Any]:
    """Return a function that reads an atlas as a source of the registry."""

    def parsed(made: anndata.AnnData, about: dict[str, Any] | None = None, **options: Any) -> Any:
        return read(entry("cell_atlas", about, **({"values": "counts"} | options)), written(made))

    return parsed


def planted(tissue: Any = "blood") -> anndata.AnnData:
    """Three donors whose T cells have CP10k 1000, 2000 and 6000 in the first gene, and too few HSC of each."""
    donors = np.repeat([0, 1, 2], 25)
    first = np.array([1000, 2000, 6000])[donors]
    matrix = np.stack([first, 10_000 - first], axis=1)
    types = np.where(np.arange(75) % 25 < 20, "T cell", "HSC")
    return atlas(sparse.csr_matrix(matrix), tissue=tissue, cell_type=types, donor_id=np.array(DONORS)[donors])


def test_a_label_has_the_median_and_the_highest_of_its_donors(parsed: Any) -> None:
    found = parsed(planted())
    assert list(found.value.columns) == ["T cell"]
    assert found.value["T cell"].tolist() == [2000, 8000]
    assert found.upper["T cell"].tolist() == [6000, 9000]
    assert found.mean.equals(found.value)
    assert found.donors.to_dict() == {"T cell": 3}
    assert found.value.index.tolist() == IDS[:2]
    assert found.excluded == {
        "HSC": "no donor has 20 cells",
        "15 cells: in a group of fewer than 20 cells": "cells in no group",
    }


def test_labels_name_the_tissue_where_there_are_several(parsed: Any) -> None:
    tissue = np.where(np.arange(75) < 50, "blood", "spleen")
    found = parsed(planted(tissue), min_cells=5)
    assert found.donors.to_dict() == {
        "blood | HSC": 2,
        "blood | T cell": 2,
        "spleen | HSC": 1,
        "spleen | T cell": 1,
    }
    assert found.value["blood | T cell"].tolist() == [1500, 8500]
    assert found.excluded == {}


def test_labels_of_the_registry_are_skipped_or_refused(parsed: Any) -> None:
    about = {"skip_labels": {"HSC": "few"}, "no_upper_labels": {"T cell": "doublets"}}
    found = parsed(planted(), about, min_cells=5)
    assert list(found.value.columns) == ["T cell"]
    assert found.upper["T cell"].tolist() == [2000, 8000]
    with pytest.raises(InputError, match="HSCs"):
        parsed(planted(), {"skip_labels": {"HSCs": "few"}}, min_cells=5)


@pytest.mark.parametrize("options", [{"values": "TPM"}, {"doner": "donor_id"}, {"min_cells": 0}])
def test_a_wrong_option_is_refused_by_its_name(parsed: Any, options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        parsed(planted(), **options)


def test_counts_per_ten_thousand_are_not_taken_for_logarithms_because_their_highest_is_low(entry: Entry) -> None:
    values = pd.DataFrame({"neurons": np.linspace(0, 20, 1500)})  # 20 CP10k are 2,000 counts per million
    linear_scale(values, entry("cell_atlas", {"unit": "CP10k"}, values="counts"))
    with pytest.raises(InputError, match="look log-transformed"):
        linear_scale(values, entry("gene_matrix", {"unit": "nTPM"}))


def test_a_member_of_an_archive_cannot_be_streamed(parsed: Any) -> None:
    with pytest.raises(InputError, match="unpack"):
        parsed(planted(), {"member": "a.h5ad"})


# ---------------------------------------------------------------- whatever is wrong is told


@pytest.mark.parametrize(
    ("claim", "change", "remedy"),
    [
        ("counts", lambda x: x / 3, "matrix of counts"),
        ("counts", lambda x: x * 1e4 / x.sum(axis=1, keepdims=True), "values to CP10k"),
        ("counts", lambda x: np.log1p(x * 1e4 / x.sum(axis=1, keepdims=True)), "values to log1p_CP10k"),
        ("CP10k", lambda x: np.log1p(x * 1e4 / x.sum(axis=1, keepdims=True)), "values to log1p_CP10k"),
        ("CP10k", lambda x: x, "values to counts"),
        ("log1p_CP10k", lambda x: x * 1e4 / x.sum(axis=1, keepdims=True), "values to CP10k"),
        ("log1p_CP10k", lambda x: np.log2(x * 1e4 / x.sum(axis=1, keepdims=True) + 1), "matrix of counts"),
        ("log1p_CP10k", lambda x: x, "values to counts"),
    ],
)
def test_a_matrix_that_holds_something_else_than_claimed_is_refused_with_what_it_holds(
    told: Any, claim: str, change: Any, remedy: str
) -> None:
    message = told(atlas(sparse.csr_matrix(change(counts()))), values=claim)
    assert f"X: holds no {claim}" in message
    assert remedy in message


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("cell", [0, 301])  # one that is looked at first, and one that is only found on the way
@pytest.mark.parametrize(
    ("value", "problem"),
    [(-1, "negative expression: -1"), (np.nan, "not a number"), (np.inf, "infinite"), (-np.inf, "negative")],
)
def test_a_value_that_is_no_expression_is_refused_by_cell_and_gene(
    told: Any, value: float, problem: str, cell: int, dense: bool
) -> None:
    matrix = counts()
    matrix[cell, 7] = value
    message = told(atlas(matrix if dense else sparse.csr_matrix(matrix)))
    assert problem in message
    assert f"in cell cell{cell}, gene {IDS[7]}" in message


def test_a_logarithm_that_is_far_too_large_is_refused_by_cell_and_gene(told: Any) -> None:
    matrix = counts()
    matrix = np.log1p(matrix * 1e4 / matrix.sum(axis=1, keepdims=True))
    matrix[301, 7] = 800
    assert f"800 in cell cell301, gene {IDS[7]}" in told(atlas(sparse.csr_matrix(matrix)), values="log1p_CP10k")


@pytest.mark.parametrize(
    ("indices", "problem"),
    [
        (lambda of: np.append(of[0], of[:-1]), "gene ENSG00000000000 twice in cell cell301"),
        (lambda of: np.append(of[:-1], GENES), "gene number 80 of 80 in cell cell301"),
        (lambda of: np.append(of[1:], -5), "gene number -5 of 80 in cell cell301"),
    ],
    ids=["twice", "too large", "negative"],
)
def test_a_gene_that_is_not_there_or_twice_in_a_cell_is_refused(
    written: Any, told: Any, indices: Any, problem: str
) -> None:
    path, matrix = written(), atlas().X.tocsr()
    part = slice(*matrix.indptr[301:303])
    matrix.indices[part] = indices(matrix.indices[part].copy())
    stored(path, matrix)
    assert problem in told(path)


@pytest.mark.parametrize(
    ("ids", "problem"),
    [
        ([f"ENSMUSG{number:011d}" for number in range(GENES)], "'ENSMUSG00000000000'"),
        ([*IDS[:-1], "ENSMUSG00000000001"], "'ENSMUSG00000000001'"),
        ([f"S{number}" for number in range(GENES)], "not a human Ensembl gene id: 'S0'"),
        ([*IDS[:-1], ""], "not a human Ensembl gene id"),
        ([*IDS[:-1], IDS[0]], f"gene occurs twice: {IDS[0]}"),
    ],
    ids=["mouse", "one of the mouse", "symbols", "empty", "twice"],
)
def test_ids_that_are_not_human_or_not_unique_are_refused(
    written: Any, told: Any, ids: list[str], problem: str
) -> None:
    path = written()
    with h5py.File(path, "a") as file:
        file["var"][file["var"].attrs["_index"]][:] = np.array(ids, dtype=object)
    message = told(path)
    assert problem in message
    assert "options.gene_ids" in message


@pytest.mark.parametrize("option", ["tissue", "cell_type", "donor", "gene_ids", "symbols"])
def test_a_missing_column_is_refused_with_the_option_and_the_columns_that_are_there(told: Any, option: str) -> None:
    message = told(**{option: "nowhere"})
    assert "/nowhere: missing column" in message
    assert f"options.{option}" in message
    assert ("feature_name" if option in ("gene_ids", "symbols") else "donor_id") in message


def test_a_matrix_that_is_not_there_is_refused_with_those_that_are(told: Any) -> None:
    made = atlas()
    made.layers["counts"] = made.X.copy()
    assert "X, layers/counts" in told(made, layer="raw/X")


def test_a_matrix_by_columns_is_refused_and_the_remedy_helps(groups: Any, told: Any, by_scanpy: Any) -> None:
    made = atlas()
    made.X = made.X.tocsc()
    assert "tocsr()" in told(made)
    made.X = made.X.tocsr()
    assert same(groups(made), by_scanpy)


def test_too_few_cells_for_any_group_are_refused_with_what_was_left_out(told: Any) -> None:
    made = atlas()
    made.obs["disease"] = pd.Categorical(["lymphoma"] * CELLS)
    assert "600 cells: disease is not normal" in told(made, where={"disease": "normal"})
    assert "options.min_cells" in told(min_cells=1000)


@pytest.mark.parametrize(
    "data",
    [b"", b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n", b"a,b\n1,2\n"],
    ids=["empty", "HTML", "csv"],
)
def test_a_file_that_is_no_hdf5_is_refused(tmp_path: Path, told: Any, data: bytes) -> None:
    (tmp_path / "a.h5ad").write_bytes(data)
    message = told(tmp_path / "a.h5ad")
    assert "not a whole HDF5 file" in message
    assert "web page" in message


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(written: Any, told: Any, share: float) -> None:
    path = written(compression="gzip")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert "truncated" in told(path)


def test_a_damaged_chunk_is_refused_by_its_array(written: Any, told: Any) -> None:
    path = written()
    stored(path, atlas().X, chunks=(997,), compression="gzip")
    with h5py.File(path) as file:
        place = file["X/data"].id.get_chunk_info(7).byte_offset
    with path.open("r+b") as raw:
        raw.seek(place + 20)
        raw.write(bytes(40))
    assert "/X/data: damaged" in told(path)


@pytest.mark.parametrize("signature", [b"SNOD", b"HEAP"])
def test_damaged_tables_of_contents_are_refused(written: Any, told: Any, signature: bytes) -> None:
    path = written()
    path.write_bytes(path.read_bytes().replace(signature, b"XXXX"))
    assert "not a whole HDF5 file" in told(path)


@pytest.mark.parametrize("broken", ["indptr", "shape", "data", "obs"])
def test_arrays_that_do_not_fit_to_each_other_are_refused(written: Any, told: Any, broken: str) -> None:
    path = written()
    with h5py.File(path, "a") as file:
        if broken == "indptr":
            file["X/indptr"][5] = file["X/indptr"][4] - 1
        elif broken == "shape":
            file["X"].attrs["shape"] = (CELLS, GENES + 1)
        elif broken == "data":
            del file["X/data"]
        else:
            del file["obs/tissue"]
            file["obs/tissue"] = np.zeros(CELLS - 1)
    assert "damaged" in told(path)


def test_a_file_of_an_old_anndata_is_refused_with_what_to_do(shared_data: Path) -> None:
    with pytest.raises(InputError, match="write_h5ad"):
        cell_groups(shared_data / "rna_cell" / "10x_pbmc68k_reduced.h5ad", CellOptions(values="counts"))


# ---------------------------------------------------------------- real files


def real(path: Path) -> anndata.AnnData:
    """Read a real file; its genes have symbols only, so their Ensembl ids are made up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the old format
        made = anndata.read_h5ad(path)
    made.var["gene_id"] = [f"ENSG{number:011d}" for number in range(made.n_vars)]
    return made


@pytest.mark.parametrize(("values", "layer"), [("counts", "layers/counts"), ("log1p_CP10k", "X")])
def test_real_marrow_and_blood_by_counts_and_by_logarithms(
    shared_data: Path, told: Any, groups: Any, values: str, layer: str
) -> None:
    made = real(shared_data / "rna_cell" / "bm_citeseq_triana2021_healthy_250cells_462genes_197proteins.h5ad")
    made.obs["donor_id"] = "a healthy donor"
    options = {"values": values, "layer": layer, "tissue": "Batch", "cell_type": "condensed_cell_type"}
    options |= {"gene_ids": "gene_id", "symbols": "_index", "min_cells": 5}
    assert "CSC" in told(made, **options)
    made.X, made.layers["counts"] = made.X.tocsr(), made.layers["counts"].tocsr()
    found = groups(made, **options)
    assert found.groups["n_cells"].sum() == 249
    assert found.small.values.tolist() == [["PBMC_200AB", "Primitive", "a healthy donor", 1]]
    made.X = made.layers["counts"].astype(float)
    scanpy.pp.normalize_total(made, target_sum=1e4)
    by = scanpy.get.aggregate(made, by=["Batch", "condensed_cell_type"], func=["mean", "count_nonzero"])
    labels = (found.groups["tissue"] + "_" + found.groups["cell_type"]).tolist()
    np.testing.assert_allclose(found.mean, by[labels].layers["mean"], rtol=1e-6, atol=1e-9)
    mean = pd.DataFrame(found.mean, found.groups["cell_type"], found.symbols.tolist())
    best = {"MS4A1": "B Cells", "CD3D": "CD8+ T Cells", "GNLY": "NK Cells", "CD34": "Primitive", "CD38": "Plasma cells"}
    assert mean.groupby(level=0).mean()[[*best]].idxmax().to_dict() == best


def test_real_blood_of_which_only_some_genes_are_there_is_refused_as_normalised(shared_data: Path, told: Any) -> None:
    made = real(shared_data / "rna_cell" / "10x_pbmc68k_reduced.h5ad")
    options = {"values": "log1p_CP10k", "cell_type": "bulk_labels", "tissue": "phase", "donor": "louvain"}
    assert "options.gene_ids" in told(made, **options)
    assert "negative expression" in told(made, **options, gene_ids="gene_id")  # X is scaled
    made.X = made.raw.X
    message = told(made, **options, gene_ids="gene_id")
    assert "sums of cells as log1p_CP10k from 1232 to 2676" in message
    assert "matrix of counts" in message
