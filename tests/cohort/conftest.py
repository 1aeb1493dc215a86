"""Cells of two made-up patients, and what writes them in each format of a user's files."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import io, sparse

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what its own imports warn of
    import anndata

CELLS, GENES = 400, 60
#: The first genes are mitochondrial, the next ones of immunoglobulins.
MITOCHONDRIAL, IMMUNOGLOBULIN = 3, 4
IDS = [f"ENSG{number:011d}" for number in range(GENES)]
SYMBOLS = [
    *(f"MT-X{n}" for n in range(MITOCHONDRIAL)),
    *(f"IGHX{n}" for n in range(IMMUNOGLOBULIN)),
    *(f"S{n}" for n in range(GENES - MITOCHONDRIAL - IMMUNOGLOBULIN)),
]
RULE = "cell_type == plasma cell"
KINDS = ["plasma cell", "T cell", "B cell", "monocyte"]


def made_cells(cells: int = CELLS) -> anndata.AnnData:
    """Counts of cells that differ in depth; plasma cells are malignant and hold most immunoglobulin."""
    rng = np.random.default_rng(5)
    kind = rng.choice(KINDS, cells, p=[0.5, 0.25, 0.1, 0.15])
    level = rng.gamma(0.5, 2.0, GENES) * np.ones((cells, 1))
    level[:, MITOCHONDRIAL : MITOCHONDRIAL + IMMUNOGLOBULIN] = np.where(kind == "plasma cell", 20.0, 0.3)[:, None]
    depth = rng.gamma(20.0, 0.05, (cells, 1)) * np.where(kind == "plasma cell", 3.0, 1.0)[:, None]
    counts = rng.poisson(level * depth).astype(np.float32)
    counts[:, -1] += 1
    obs = pd.DataFrame(
        {
            "cell_type": kind,
            "patient": rng.choice(["P1", "P2"], cells),
            "state": rng.choice(["cycling", "resting"], cells),
        },
        index=[f"BARCODE{number}-1" for number in range(cells)],
    ).astype("category")
    return anndata.AnnData(sparse.csr_matrix(counts), obs=obs, var=pd.DataFrame({"symbol": SYMBOLS}, index=IDS))


def types_of(made: anndata.AnnData) -> list[str]:
    """What each feature is: genes, if the cells do not say."""
    return list(made.var.get("feature_types", ["Gene Expression"] * made.n_vars))


def write_h5(made: anndata.AnnData, path: Path) -> None:
    """Write as Cell Ranger does since version 3."""
    matrix = sparse.csr_matrix(made.X)
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        group["barcodes"] = np.array(made.obs_names, dtype="S")
        group.create_dataset(
            "data", data=matrix.data.astype(np.int32), chunks=(1000,), maxshape=(None,), compression="gzip"
        )
        group.create_dataset(
            "indices", data=matrix.indices.astype(np.int64), chunks=(1000,), maxshape=(None,), compression="gzip"
        )
        group["indptr"] = matrix.indptr.astype(np.int64)
        group["shape"] = np.array([made.n_vars, made.n_obs], dtype=np.int32)
        group["features/id"] = np.array(made.var_names, dtype="S")
        group["features/name"] = np.array(made.var["symbol"], dtype="S")
        group["features/feature_type"] = np.array(types_of(made), dtype="S")


def write_h5_of_version_2(made: anndata.AnnData, path: Path) -> None:
    """Write as Cell Ranger did before version 3."""
    with h5py.File(path, "w") as file:
        group = file.create_group("GRCh38")
        matrix = sparse.csr_matrix(made.X)
        for name in ("data", "indices", "indptr"):
            group[name] = getattr(matrix, name).astype(np.int64)
        group["shape"] = np.array([made.n_vars, made.n_obs])
        group["barcodes"] = np.array(made.obs_names, dtype="S")
        group["genes"], group["gene_names"] = np.array(made.var_names, "S"), np.array(made.var["symbol"], "S")


def write_mtx(made: anndata.AnnData, folder: Path, packed: bool = True) -> None:
    """Write the three files of Cell Ranger, by gzip as since version 3 or plain as before."""
    folder.mkdir()
    io.mmwrite(folder / "matrix.mtx", sparse.csc_matrix(made.X.T).astype(np.int32))
    (folder / "barcodes.tsv").write_text("".join(f"{name}\n" for name in made.obs_names))
    names = zip(made.var_names, made.var["symbol"], types_of(made), strict=True)
    rows = ["\t".join(row[: 3 if packed else 2]) for row in names]
    (folder / ("features.tsv" if packed else "genes.tsv")).write_text("\n".join(rows) + "\n")
    for path in [*folder.iterdir()] if packed else []:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()


def write(made: anndata.AnnData, folder: Path, how: str) -> tuple[str, Path]:
    """Write cells in one of many ways; return the name of the format and the path."""
    path = folder / how.replace(" ", "_")
    if how.startswith("10x_mtx"):
        write_mtx(made, path, packed=how != "10x_mtx plain")
        return "10x_mtx", path
    if how.startswith("10x_h5"):
        (write_h5 if how == "10x_h5" else write_h5_of_version_2)(made, path)
        return "10x_h5", path
    made = made.copy()
    made.X = {"CSC": sparse.csc_matrix, "dense": lambda x: x.toarray()}.get(how, sparse.csr_matrix)(made.X)
    made.write_h5ad(path, compression="gzip")
    return "h5ad", path


WAYS = ["CSR", "CSC", "dense", "10x_h5", "10x_h5 of version 2", "10x_mtx", "10x_mtx plain"]


@pytest.fixture
def made() -> anndata.AnnData:
    """Cells that a test may change."""
    return made_cells()


@pytest.fixture
def writer(tmp_path: Path) -> Callable[..., tuple[str, Path]]:
    """Return a function that writes cells in one of `WAYS`."""
    return lambda made, how="CSR": write(made, tmp_path, how)


@pytest.fixture
def opened_cells(writer: Any) -> Callable[..., Any]:
    """Return a function that writes cells and opens the file."""
    from targetfinder.cohort.formats.cells import FORMATS

    def opened(made: anndata.AnnData, how: str = "CSR", **options: str) -> Any:
        form, path = writer(made, how)
        return FORMATS[form](path, options)

    return opened


@pytest.fixture
def kinds() -> tuple[np.ndarray, np.ndarray]:
    """Which genes are mitochondrial, and which of immunoglobulins."""
    number = np.arange(GENES)
    end = MITOCHONDRIAL + IMMUNOGLOBULIN
    return number < MITOCHONDRIAL, (number >= MITOCHONDRIAL) & (number < end)


@pytest.fixture
def streamed(opened_cells: Any, kinds: Any) -> Any:
    """Return a function that writes cells and streams them."""

    from targetfinder.cohort._cells import tumour_cells

    def streamed(made: Any, rule: str = RULE, how: str = "CSR", bits: Any = None, **options: str) -> Any:
        with opened_cells(made, how, **options) as cells:
            return tumour_cells(cells, rule, *kinds, bits)

    return streamed


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Each way in which cells can be written."""
    return str(request.param)
