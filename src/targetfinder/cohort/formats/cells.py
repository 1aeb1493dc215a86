"""Single cells of a tumour: h5ad, 10x HDF5 and 10x Matrix Market, each as one stream of rows of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder.cohort._matrix import unfit
from targetfinder.cohort.formats import _mtx
from targetfinder.cohort.formats._cell_file import ID_COLUMNS, SYMBOL_COLUMNS, TYPES, Cells, cells_of, meaning_of
from targetfinder.cohort.formats._cell_rows import by_cells, spooled
from targetfinder.errors import InputError
from targetfinder.sources.readers._h5ad import SparseRows, damaged
from targetfinder.sources.readers._h5ad_file import column, columns, matrix, opened

#: What a file of 10x says about its cells.
_NOTHING: dict[str, pd.Categorical] = {}


@contextmanager
def h5ad(path: Path, options: Mapping[str, str]) -> Iterator[Cells]:
    """Open an h5ad file, by rows (CSR) or dense; one by columns (CSC) is turned on disk if it is small.

    Raises
    ------
    InputError
        If it is not a whole h5ad, an option names what is not there, the genes are not human or occur twice, or the
        values are none of those that `Meaning` knows.
    """
    meaning = meaning_of(path, options)
    with ExitStack() as stack:
        stack.enter_context(_in_words_of_the_sheet())
        file, descriptor = stack.enter_context(opened(path))
        found = file.get(meaning.layer)
        turned = found is not None and found.attrs.get("encoding-type") == "csc_matrix"
        if turned and {"data", "indices", "indptr"} <= set(found) and "shape" in found.attrs:
            rows = stack.enter_context(spooled(by_cells(found), tuple(found.attrs["shape"].tolist())))
        else:
            rows = matrix(file, meaning.layer, descriptor)
        frame, obs = columns(file, "raw/var" if meaning.layer.startswith("raw/") else "var"), columns(file, "obs")
        wanted = [meaning.gene_ids, meaning.symbols, *({TYPES, *ID_COLUMNS, *SYMBOL_COLUMNS} & {*frame, "_index"})]
        named = {name: column(frame, name, "gene_ids").astype(object) for name in wanted if name}
        if {len(names) for names in named.values()} != {rows.shape[1]}:
            raise damaged(str(path), frame.name, f"not one row for each of the {rows.shape[1]} columns of the matrix")
        var = pd.DataFrame(named)
        barcodes = obs[obs.attrs["_index"]]
        if not hasattr(barcodes, "dtype"):  # a group: text that may be missing, or categories
            barcodes = np.asarray(column(obs, "_index", "patient").astype(object))
        there = sorted(set(obs) - {obs.attrs["_index"], "__categories"})

        def labels(name: str) -> pd.Categorical:
            return column(obs, name, name)

        yield cells_of(Cells(path, meaning, rows, barcodes, there, labels, file), var)


@contextmanager
def tenx_h5(path: Path, options: Mapping[str, str]) -> Iterator[Cells]:
    """Open a feature-barcode matrix in HDF5 as Cell Ranger writes it (since version 3, or one genome of version 2).

    Features that are no genes (antibodies, guides) are left out and counted.

    Raises
    ------
    InputError
        As `h5ad`.
    """
    meaning = meaning_of(path, options)
    with _in_words_of_the_sheet(), opened(path) as (file, descriptor):
        group, var = _tenx_genes(file)
        shape = (group["barcodes"].size, len(var))
        if group["shape"][:].tolist() != [shape[1], shape[0]]:
            raise damaged(str(path), group.name, "its shape is not that of barcodes and features")
        rows = SparseRows(group, descriptor, shape)
        yield cells_of(Cells(path, meaning, rows, group["barcodes"], (), _NOTHING.__getitem__, file), var)


@contextmanager
def tenx_mtx(path: Path, options: Mapping[str, str]) -> Iterator[Cells]:
    """Open a folder of 10x (or the matrix in it); it is parsed once, into a temporary file of 12 bytes an entry.

    Raises
    ------
    InputError
        As `h5ad`, and if the three files do not belong together or the matrix is not sorted by cells.
    """
    meaning, files = meaning_of(path, options), _mtx.parts(path)
    barcodes, features = _mtx.lines(files["barcodes"])[0].tolist(), _mtx.lines(files["features"])
    named = features.rename(columns={0: "_index", 1: "symbol", 2: TYPES})
    shape = (len(barcodes), len(named))
    with spooled(_mtx.entries(files["matrix"], shape), shape) as rows:
        yield cells_of(Cells(files["matrix"], meaning, rows, barcodes, (), _NOTHING.__getitem__), named)


FORMATS: dict[str, Callable[[Path, Mapping[str, str]], AbstractContextManager[Cells]]] = {
    "h5ad": h5ad,
    "10x_h5": tenx_h5,
    "10x_mtx": tenx_mtx,
}


@contextmanager
def _in_words_of_the_sheet() -> Iterator[None]:
    """Say `mapping` where readers of atlases say `options`, as their registry does."""
    try:
        yield
    except InputError as error:
        remedy = error.remedy.replace("options.", "mapping: ")
        raise InputError(error.problem, remedy=remedy, file=error.file, field=error.field) from error


def _tenx_genes(file: Any) -> tuple[Any, pd.DataFrame]:
    """Return the group of the matrix and the names of its features."""
    groups = [file["matrix"]] if "matrix" in file else [file[name] for name in file if "gene_names" in file[name]]
    if len(groups) != 1 or not {"data", "indices", "indptr", "shape", "barcodes"} <= set(groups[0]):
        problem = f"{len(groups)} matrices of 10x" if groups else "no matrix of 10x"
        raise unfit(file.filename, problem, "give filtered_feature_bc_matrix.h5 of one sample and genome", "matrix")
    group = groups[0]
    features = group.get("features", group)
    names = {"_index": ("id", "genes"), "symbol": ("name", "gene_names"), TYPES: ("feature_type",)}
    there = {ours: name for ours, theirs in names.items() for name in theirs if name in features}
    return group, pd.DataFrame({ours: features[name].asstr()[:] for ours, name in there.items()})
