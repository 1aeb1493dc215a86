"""What is around the matrix of an h5ad file: opening it, finding the matrix, reading columns of obs and var."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder.errors import InputError
from targetfinder.sources.readers._h5ad import DenseRows, Rows, SparseRows, damaged

#: Spike-ins, viruses and the like may stand among human genes, but not be more than this share.
OTHER_IDS = 0.1
HUMAN = re.compile(r"ENSGR?\d")
#: ENSMUSG is a gene of the mouse; ENSSASG one of SARS-CoV-2, which may stand among human genes.
SPECIES = re.compile(r"ENS(?!SAS)[A-Z]{3,4}G\d")
REWRITE = "if it was written by an anndata before 0.7, read it with anndata.read_h5ad and write it with write_h5ad"


def wrong(file: Any, field: str, problem: str, remedy: str) -> InputError:
    """Return what is wrong with an open file as an error."""
    return InputError(problem, file=file.filename, field=field, remedy=remedy)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, int]]:
    """Open a file for h5py, and for reading past h5py.

    Raises
    ------
    InputError
        If it is no HDF5 file, or one that ends early or is damaged.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file, path.open("rb") as raw:
            yield file, raw.fileno()
    except (OSError, KeyError, RuntimeError, OverflowError) as error:  # h5py tells damage by any of these
        remedy = "give an h5ad file, unpacked; fetch it again if it is truncated, damaged or a web page"
        raise InputError(f"not a whole HDF5 file: {error}", file=path, remedy=remedy) from error


def matrix(file: Any, layer: str, descriptor: int) -> Rows:
    """Open a matrix, sparse by rows or dense.

    Raises
    ------
    InputError
        If it is not there, stored by columns, or damaged.
    """
    import h5py

    found = file.get(layer)
    form = "" if found is None else found.attrs.get("encoding-type", "")
    if isinstance(found, h5py.Dataset) and found.ndim == 2:
        return DenseRows(found)
    if form == "csc_matrix":
        remedy = "store it by rows: read the file with anndata, convert the matrix with tocsr() and write it again"
        raise wrong(file, layer, "the matrix is stored by columns (CSC)", remedy)
    if form != "csr_matrix":
        layers = [name for name in ("X", "raw/X", *(f"layers/{key}" for key in file.get("layers", ()))) if name in file]
        remedy = f"set options.layer to what it has: {', '.join(layers)}" if layers else REWRITE
        raise wrong(file, layer, "no matrix of this name", remedy)
    if not {"data", "indices", "indptr"} <= set(found) or "shape" not in found.attrs:
        raise damaged(file.filename, layer, "lacks data, indices, indptr or shape")
    return SparseRows(found, descriptor)


def columns(file: Any, name: str) -> Any:
    """Return the HDF5 group of obs, var or raw/var."""
    frame = file.get(name)
    if frame is None or "_index" not in frame.attrs:
        raise wrong(file, name, "no table of this name that can be read", REWRITE)
    return frame


def _stored(frame: Any, name: str, option: str) -> Any:
    """Read one column as it is; `_index` is the index."""
    import h5py
    from anndata.io import read_elem

    key = frame.attrs["_index"] if name == "_index" else name
    field = f"{frame.name[1:]}/{key}"
    if key not in frame:
        there = ", ".join(sorted(set(frame) - {"__categories"}))
        raise wrong(frame.file, field, "missing column", f"set options.{option} to what it has: {there[:300]}")
    try:
        stored = frame[key]
        if "categories" in stored.attrs:  # anndata 0.7: codes, and a reference to what they stand for
            return pd.Categorical.from_codes(stored[:], frame.file[stored.attrs["categories"]].asstr()[:])
        if isinstance(stored, h5py.Dataset):
            return (stored.asstr() if h5py.check_string_dtype(stored.dtype) else stored)[:]
        return read_elem(stored)
    except Exception as error:  # of many classes, none of them shared
        raise wrong(frame.file, field, f"cannot be read: {error}", REWRITE) from error


def column(frame: Any, name: str, option: str) -> pd.Categorical:
    """Read one column as text of few different values; empty text is missing.

    Raises
    ------
    InputError
        If it is not there, naming the option to set and the columns that are there; or if it cannot be read.
    """
    values = pd.Categorical(_stored(frame, name, option))
    number, texts = pd.factorize(values.categories.astype(str).str.strip(), sort=True)
    codes = np.append(np.where(texts[number] == "", -1, number), -1)
    return pd.Categorical.from_codes(codes[values.codes], texts)


def _texts(frame: Any, name: str, option: str) -> list[str | None]:
    values = pd.array(_stored(frame, name, option), dtype=object)
    return [
        None if missing else str(value).strip() or None for value, missing in zip(values, pd.isna(values), strict=True)
    ]


def entry(frame: Any, number: int) -> str:
    """Return the name of one row."""
    name = frame[frame.attrs["_index"]][number]
    return name.decode() if isinstance(name, bytes) else str(name)


def genes(file: Any, layer: str, gene_ids: str, symbols: str | None) -> pd.Series:
    """Return the symbols of the genes of a matrix, missing if there are none, indexed by gene id as the file spells it.

    Raises
    ------
    InputError
        If ids are missing, occur twice, are of another species or for the most part no Ensembl gene ids.
    """
    frame = columns(file, "raw/var" if layer.startswith("raw/") else "var")
    ids = _texts(frame, gene_ids, "gene_ids")
    strange = [gene for gene in ids if not HUMAN.match(gene or "")]
    species = [gene for gene in strange if SPECIES.match(gene or "")]
    field = f"{frame.name[1:]}/{gene_ids}"
    remedy = "set options.gene_ids to the column of var that holds a human Ensembl gene id (ENSG…) for each gene"
    if species or None in strange or len(strange) > OTHER_IDS * len(ids):
        raise wrong(file, field, f"not a human Ensembl gene id: '{[*species, *strange][0] or ''}'", remedy)
    index = pd.Index(ids, name="gene_id", dtype=object)
    if index.has_duplicates:
        raise wrong(file, field, f"gene occurs twice: {index[index.duplicated()][0]}", remedy)
    name = symbols or "feature_name"
    known = _texts(frame, name, "symbols") if symbols or name in frame else None
    return pd.Series(known, index=index, dtype=object)
