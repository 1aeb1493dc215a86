"""Plain matrices of bulk RNA: genes × samples."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from targetfinder.cohort._matrix import Matrix, unfit
from targetfinder.cohort.formats._entries import ENSEMBL, as_matrix, known_options
from targetfinder.cohort.formats._frames import Frame, Table, parquet, workbook
from targetfinder.cohort.formats._gene_models import lengths_of
from targetfinder.cohort.formats._text import not_a_number, open_text, opened

#: More observations than any cohort of patients has: these are cells.
MOST_SAMPLES = 20_000

_READERS: dict[str, Callable[[Path], Table]] = {"xlsx": workbook, "xlsm": workbook, "parquet": parquet}


def matrix(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read a table of genes × samples: delimited text (gzip or not), xlsx, parquet or h5ad (samples × genes).

    Parameters
    ----------
    options
        `gene`, column of the ids: the first one by default, which is the index of parquet and the names of `var` in
        h5ad; `symbol`, column of symbols; `skip`, columns joined by | that are no samples. Every other column is a
        sample. `genes`: GTF that gives `lengths`, for counts.

    Returns
    -------
    Entries as spelled; names may occur several times, Ensembl ids not. Values may be negative. The unit is not known.

    Raises
    ------
    InputError
        If the file is damaged or no such table, naming line and column.
    """
    known_options(path, options, "gene", "symbol", "skip")
    kind = path.suffix.lower().removeprefix(".")
    if kind == "h5ad":
        found = _h5ad(path, options)
    else:
        table = _READERS.get(kind, open_text)(path)
        skipped = [name.strip() for name in options.get("skip", "").split("|") if name.strip()]
        found = of_table(table, options.get("gene", table.names[0]), options.get("symbol"), skipped)
    return with_lengths(found, options)


def with_lengths(found: Matrix, options: Mapping[str, str]) -> Matrix:
    """Return a matrix with the lengths of its genes, if `options` name a GTF."""
    if "genes" not in options:
        return found
    return replace(found, lengths=lengths_of(found.values.index, Path(options["genes"])))


def of_table(table: Table, gene: str, symbol: str | None, skipped: Sequence[str], unit: str | None = None) -> Matrix:
    """Return an open table as a matrix; columns that are neither `gene`, `symbol` nor `skipped` are samples.

    Raises
    ------
    InputError
        If one of these columns is missing, or the table is no matrix of genes.
    """
    first = table.names[0]
    if ENSEMBL.fullmatch(first):
        raise unfit(table.path, f"'{first}' in the place of a header", "name the columns in the first line")
    about = [gene, *([symbol] if symbol else []), *skipped]
    for name in about:
        if name not in table.names:
            told = ", ".join(repr(known) for known in table.names[:6])
            raise unfit(table.path, "no such column", f"mend the mapping; the first columns are {told}", name)
    samples = [name for name in table.names if name not in about]
    texts, values = table.read(list(dict.fromkeys(about[: 2 if symbol else 1])), samples)
    symbols = texts[symbol] if symbol else None
    return as_matrix(table.path, texts[gene], values, samples, table.line, symbols=symbols, unit=unit)


def gct(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read a GCT file, version 1.2 or 1.3, gzip or not.

    Parameters
    ----------
    options
        `symbol`, column of symbols: `Description` by default where most names are Ensembl ids (as GTEx writes it).
        `genes`: GTF that gives `lengths`, for counts.

    Raises
    ------
    InputError
        If the file is damaged or not as its first three lines announce.
    """
    known_options(path, options, "symbol")
    rows, columns, about_rows, about_samples = _shape(path)
    table = open_text(path, above=2)
    table = table._replace(above=table.above + about_samples)
    about = table.names[1 : 1 + about_rows]
    samples = len(table.names) - 1 - about_rows
    if samples != columns:
        raise unfit(path, f"line 2 announces {columns} samples, line 3 names {samples}", "write the file again")
    symbol = options.get("symbol", "Description" if "Description" in about else None)
    found = of_table(table, table.names[0], symbol, [name for name in about if name != symbol])
    given = len(found.values) + sum(found.left_out.values())
    if given != rows:
        raise unfit(path, f"line 2 announces {rows} genes, but there are {given}", "bring the whole file again")
    ids = [ENSEMBL.fullmatch(name) is not None for name in found.values.index]
    if "symbol" not in options and np.mean(ids) <= 0.5:
        found = replace(found, symbols=None)  # a free text
    return with_lengths(found, options)


def _shape(path: Path) -> tuple[int, int, int, int]:
    """Return how many rows, samples, columns about rows and lines about samples a GCT file announces."""
    with opened(path) as handle:
        version, numbers = (handle.readline().decode("utf-8-sig", errors="replace").strip() for _ in range(2))
    wanted = {"#1.2": 2, "#1.3": 4}.get(version)
    if wanted is None:
        raise unfit(path, f"'{version[:40]}' in line 1 instead of #1.2 or #1.3", "give a GCT file, or format matrix")
    found = re.findall(r"\d+", numbers)
    if len(found) != wanted:
        raise unfit(path, f"'{numbers[:40]}' in line 2 instead of {wanted} counts", "write the file again")
    rows, columns, about_rows, about_samples = (int(count) for count in (*found, 1, 0)[:4])
    return rows, columns, about_rows, about_samples


def _h5ad(path: Path, options: Mapping[str, str]) -> Matrix:
    data = _loaded(path)
    about = data.var.reset_index(names="")
    table = Frame(path, about, first=1)
    gene, symbol = options.get("gene", ""), options.get("symbol")
    for name in (gene, symbol or ""):
        if name not in about:
            raise unfit(path, "no such column of var", f"var has {', '.join(map(str, data.var)) or 'none'}", name)
    values = np.asarray(data.X.toarray() if hasattr(data.X, "toarray") else data.X, dtype=float).T
    texts, _ = table.read(list(dict.fromkeys([gene, symbol or gene])), [])
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        row, column = infinite[0]
        raise not_a_number(path, values[row, column], f"gene {texts[gene].iloc[row]}", data.obs_names[column])
    symbols = texts[symbol] if symbol else None
    return as_matrix(path, texts[gene], values, list(data.obs_names), table.line, symbols=symbols)


def _loaded(path: Path) -> Any:
    import anndata

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # names that occur twice are found below
            data = anndata.read_h5ad(path, backed="r")
            if data.n_obs <= MOST_SAMPLES:
                data = data.to_memory()
    except Exception as error:  # of anndata, h5py or pandas, by what is damaged
        raise unfit(
            path, f"not a whole h5ad file: {error}", "write it again with anndata, the values of the samples in X"
        ) from error
    if data.n_obs > MOST_SAMPLES:
        raise unfit(path, f"{data.n_obs} observations are cells, not samples", "give it as modality rna_cell")
    return data


FORMATS = {"matrix": matrix, "gct": gct}
