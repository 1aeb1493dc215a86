"""What every file of cells is opened as: a stream of rows, checked names of genes, and columns of cells to be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import ValidationError

from targetfinder.cohort._matrix import unfit
from targetfinder.cohort.formats._cell_rows import SomeGenes
from targetfinder.config import Strict
from targetfinder.errors import InputError
from targetfinder.sources.readers._cell_values import fitting, unfit_row
from targetfinder.sources.readers._group_sums import UnfitRow
from targetfinder.sources.readers._h5ad import Rows, damaged
from targetfinder.sources.readers._h5ad_file import HUMAN, OTHER_IDS, SPECIES

#: Columns of genes that hold Ensembl ids or symbols where the samplesheet names none, in the order of trust.
ID_COLUMNS = ("_index", "gene_ids", "gene_id", "ensembl_id", "ensembl", "feature_id")
SYMBOL_COLUMNS = ("feature_name", "symbol", "gene_symbols", "gene_symbol", "gene_name", "gene_names", "_index")
TYPES, EXPRESSION = "feature_types", "Gene Expression"
#: A symbol as the mouse's are written; those of human genes are capitals but for the orf of C1orf112.
MOUSE = re.compile(r"[A-Z][a-z]+[a-z0-9-]*")


class Meaning(Strict):
    """What a file of cells means: the `mapping` of a samplesheet.

    Parameters
    ----------
    patient, state, cell_type
        Columns of cells. Without a patient, all cells are of `sample`; `cell_type` tells B and plasma cells from
        others (default: the column that the rule of malignant cells begins with).
    layer
        The matrix of an h5ad: X (default), raw/X or layers/<name>.
    values
        What it holds; recognised if not given.
    gene_ids, symbols
        Columns of genes; `_index` is the index. If not given, the first that fits.
    proteins
        Key in obsm of the antibodies of CITE-seq.
    sample
        What to call the only patient of a file.
    genes
        Not used by cells.
    """

    patient: str | None = None
    state: str | None = None
    cell_type: str | None = None
    layer: str = "X"
    values: Literal["counts", "CP10k", "log1p_CP10k"] | None = None
    gene_ids: str | None = None
    symbols: str | None = None
    proteins: str | None = None
    sample: str = "sample"
    genes: str | None = None


@dataclass(frozen=True)
class Cells:
    """An open file of cells.

    Attributes
    ----------
    rows
        Cells × genes, as a stream.
    entries, symbols
        Gene of each column as the file spells it, and its symbol (None if entries are symbols).
    values
        What the matrix holds: counts, CP10k or log1p_CP10k.
    columns, column
        Names of the columns of cells, and what reads one as text; empty text is missing.
    barcodes
        Names of cells, to be sliced.
    left_out
        Reason to number of entries that are no genes.
    file
        The HDF5 file, for what else is in it; None for text.
    """

    path: Path
    meaning: Meaning
    rows: Rows
    barcodes: Any
    columns: Sequence[str]
    column: Callable[[str], pd.Categorical]
    file: Any = None
    entries: pd.Index = field(default_factory=lambda: pd.Index([]))
    symbols: pd.Series | None = None
    values: str = ""
    left_out: dict[str, int] = field(default_factory=dict)

    def unfit(self, row: UnfitRow) -> InputError:
        """Return what is wrong with a row of the matrix."""
        number = int(row.args[0])
        cell = text_of(self.barcodes[number])
        return unfit_row(self.path, self.meaning.layer, self.rows, number, cell, self.entries, self.values)


def meaning_of(path: Path, options: Mapping[str, str]) -> Meaning:
    """Return the mapping of a samplesheet as what it means for cells."""
    try:
        return Meaning.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        known = ", ".join(Meaning.model_fields)
        name = ".".join(map(str, first["loc"]))
        raise unfit(path, first["msg"], f"of the keys of mapping, cells know {known}", f"mapping, {name}") from error


def cells_of(made: Cells, var: pd.DataFrame) -> Cells:
    """Check genes and values of a file that was opened, and recognise what is not given.

    Parameters
    ----------
    made
        Without entries, symbols and values, its rows with all features.
    var
        Text columns of features, one row a column of the matrix; `feature_types`, if there, tells genes from others.

    Raises
    ------
    InputError
        See `formats.cells`.
    """
    if made.rows.shape != (len(made.barcodes), len(var)):
        told = f"{made.rows.shape} for {len(made.barcodes)} cells and {len(var)} genes"
        raise damaged(str(made.path), made.meaning.layer, f"a matrix of {told}")
    if not len(made.barcodes) or not len(var):
        raise unfit(made.path, "holds no cells or no genes", "give the file of one experiment, with its cells")
    var = var.apply(lambda names: names.str.strip()).replace("", None)
    others = np.zeros(len(var), dtype=bool)
    if EXPRESSION in set(var.get(TYPES, ())):
        others = var[TYPES].ne(EXPRESSION).to_numpy()
    entries, symbols = _genes(made.path, made.meaning, var[~others])
    if others.any():
        left = {"no gene but another kind of feature": int(others.sum())}
        made = replace(made, rows=SomeGenes(made.rows, ~others, str(made.path)), left_out=left)
    return _with_values(replace(made, entries=entries, symbols=symbols))


def _genes(path: Path, meaning: Meaning, var: pd.DataFrame) -> tuple[pd.Index, pd.Series | None]:
    """Return the entries and their symbols, if entries are ids."""
    for name in (meaning.gene_ids, meaning.symbols):
        if name and name not in var:
            told = ", ".join(map(str, var))
            raise unfit(path, f"genes have no column '{name}'", f"set mapping to one of: {told}", "gene_ids")
    named = [name for name in ID_COLUMNS if name in var and _ensembl(var[name])]
    column = meaning.gene_ids or (named or ["_index"])[0]
    entries = var[column]
    _check_genes(path, entries, column)
    if not _ensembl(entries):
        return pd.Index(entries), None
    name = meaning.symbols or next((one for one in SYMBOL_COLUMNS if one in var and one != column), None)
    return pd.Index(entries), var[name].set_axis(entries) if name else None


def _ensembl(names: pd.Series) -> bool:
    return float(names.fillna("").str.match(HUMAN).mean()) >= 1 - OTHER_IDS


def _check_genes(path: Path, entries: pd.Series, column: str) -> None:
    field = f"genes, {column}"
    remedy = "set mapping gene_ids to the column of genes with a human Ensembl id or symbol for each gene"
    if entries.isna().any():
        number = int(np.flatnonzero(entries.isna())[0]) + 1
        raise unfit(path, f"gene {number} has no name", remedy, field)
    other = entries[entries.str.contains(SPECIES)]
    mouse = entries.str.fullmatch(MOUSE)
    if len(other) or mouse.mean() > 0.5:
        problem = f"genes of another species: {(entries[mouse] if other.empty else other).iloc[0]}"
        raise unfit(path, problem, "give human cells, or map the genes to human orthologues first", field)
    doubled = entries[entries.duplicated()]
    if len(doubled):
        raise unfit(path, f"gene occurs twice: {doubled.iloc[0]}", remedy, field)


def _with_values(made: Cells) -> Cells:
    """Recognise what the matrix holds, or check it."""
    claimed = made.meaning.values
    try:
        fits, seen = fitting(made.rows, np.arange(made.rows.shape[0]))
    except UnfitRow as row:
        raise made.unfit(row) from row
    if (claimed or "counts") in fits:
        return replace(made, values=claimed or "counts")
    if claimed or not fits:
        problem = f"holds no {claimed or 'counts, CP10k or log1p of these'}: {seen}"
        remedy = f"set mapping values={fits[0]}" if fits else "set mapping layer to the matrix of counts"
        raise unfit(made.path, problem, remedy, made.meaning.layer)
    return replace(made, values=fits[0])


def text_of(name: Any) -> str:
    """Return a name that HDF5 may give as bytes."""
    return name.decode() if isinstance(name, bytes) else str(name)
