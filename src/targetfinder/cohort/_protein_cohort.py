"""Proteins of a user's own tumours: files of one cohort to statistics of genes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder.cohort._bulk import raise_together
from targetfinder.cohort._individuals import individuals
from targetfinder.cohort._matrix import Matrix, Read, unfit
from targetfinder.cohort._proteins import protein_cohort
from targetfinder.errors import InputError
from targetfinder.identity import Identity
from targetfinder.samplesheet import CELLS, EVERY, Sample

RELATIVE = "protein abundance is no amount of RNA: it is shown beside it and never put into a ratio"
#: Antibodies on single cells are read as a panel: values of two antibodies cannot be compared.
PANEL = "panel"
#: What the statistics need to know of the samplesheet.
OF_STATISTICS = ("enriched", "level", "scale", "genes")
#: What tools add to the name of an antibody to tell it from the gene.
TAG = re.compile(r"[-_. ](AB|ADT|TotalSeq[- ]?[A-D]?|protein)$", re.IGNORECASE)


def read_proteins(rows: Sequence[Sample], genes: pd.DataFrame, identity: Identity) -> Read:
    """Read a cohort of proteins: one file with all samples, or one file of cells with antibodies for each patient.

    Raises
    ------
    InputError
        If a file cannot be read, or the cohort is more than one table.
    """
    matrix, patients, form = _matrix(rows, genes, identity)
    options = {name: value for name, value in _options(rows[0]).items() if name in OF_STATISTICS}
    try:
        found, lost, values = protein_cohort(matrix, patients, genes, identity, form, options)
    except InputError as error:
        raise unfit(rows[0].files[0], error.problem, error.remedy, error.field) from error
    given = found["unit"].dropna()
    left = [f"{number:,} left out: {reason}" for reason, number in sorted(matrix.left_out.items()) if number]
    about = {
        "n": patients.nunique(),
        "n_samples": len(patients),
        "unit": str(given.iloc[0]) if len(given) else str(matrix.unit),
        "scale": "rank_only",
        "reasons": "; ".join([RELATIVE, *left]),
    }
    names = [*_OF_COHORT, "prevalence", "prevalence_lo", "prevalence_hi", "prevalence_basis", "note"]
    statistics = found[names].assign(coverage=(found["detection"] != "unmeasured").astype(float))
    return Read(statistics, about, _kept(matrix, patients), lost, individuals=individuals(values, found["level"]))


_OF_COHORT = ("detection", "median", "median_lo", "median_hi", "percentile")


def _matrix(rows: Sequence[Sample], genes: pd.DataFrame, identity: Identity) -> tuple[Matrix, pd.Series, str]:
    """Return entries × samples of the whole file, the patient of each sample of the cohort, and the format."""
    if rows[0].format in CELLS:
        return (*_of_cells(rows, genes, identity), PANEL)
    first = rows[0]
    tables = {(row.files, row.format, row.genes, tuple(row.mapping.items())) for row in rows}
    files = {path for row in rows for path in row.files}
    if len(tables) > 1 or len(files) > 1:
        told = f"is made of {len(files)} files" if len(files) > 1 else "differs in format, genes or mapping"
        remedy = "proteins of one cohort must stand in one table, searched together"
        raise unfit(first.files[0], f"cohort {first.cohort} {told}", remedy, "file")
    from targetfinder.cohort.formats import protein, protein_tables

    path = first.files[0]
    matrix = (protein.FORMATS | protein_tables.FORMATS)[first.format](path, _options(first))
    if first.sample == EVERY:
        return matrix, pd.Series(matrix.values.columns, matrix.values.columns), first.format
    missing = [row for row in rows if row.column not in matrix.values]
    raise_together([_unknown(row, path, matrix) for row in missing])
    named = {row.column: row.sample for row in rows}
    values = matrix.values.rename(columns=named)
    return (
        Matrix(values, matrix.symbols, matrix.unit, matrix.lengths, matrix.left_out),
        pd.Series({row.sample: row.patient for row in rows}),
        first.format,
    )


def _options(row: Sample) -> dict[str, str]:
    genes = {"genes": str(row.genes)} if row.genes else {}
    return {**row.mapping, **genes, **({"unit": row.unit} if row.unit else {})}


def _unknown(row: Sample, path: Path, matrix: Matrix) -> InputError:
    there = ", ".join(map(str, matrix.values.columns[:5]))
    remedy = f"write the name that it has in the file in column 'column'; there are {there} …"
    return unfit(path, f"no sample '{row.column}'", remedy, f"line {row.line}, column")


def _of_cells(rows: Sequence[Sample], genes: pd.DataFrame, identity: Identity) -> tuple[Matrix, pd.Series]:
    """Return antibodies × patients of files of cells; log2(x + 1) of counts of antibodies."""
    from targetfinder.cohort._single_cells import read_files
    from targetfinder.cohort.formats.protein_tables import bound

    lacking = [row for row in rows if "proteins" not in row.mapping]
    if lacking:
        told = "antibodies of cells are asked for, but mapping names no proteins"
        raise unfit(lacking[0].files[0], told, "write proteins=<key in obsm>", f"line {lacking[0].line}, mapping")
    parts = [file.antibodies for file in read_files(rows, genes, identity, None) if file.antibodies is not None]
    found = [part.values.add(1).apply(np.log2) if part.unit == "intensity" else part.values for part in parts]
    values = pd.concat(found, axis=1)
    if not values.columns.is_unique:
        twice = values.columns[values.columns.duplicated()][0]
        raise unfit(rows[0].files[0], f"patient '{twice}' is in several files", "give one file a patient", "patient")
    names, listed = pd.Series(values.index.astype(str), dtype=object), rows[0].genes
    symbols = bound(names, listed, rows[0].files[0]) if listed else None
    values.index = values.index.str.replace(TAG, "", regex=True)
    return Matrix(values, symbols, unit="log2 intensity"), pd.Series(values.columns, values.columns)


def _kept(matrix: Matrix, patients: pd.Series) -> Any:
    """Return samples of the cohort × entries, as given; missing values are missing."""
    from anndata import AnnData

    values = matrix.values[patients.index]
    found = AnnData(values.T.to_numpy(dtype=np.float32), obs=patients.rename("patient").astype(str).to_frame())
    found.var_names = values.index.astype(str)
    found.var_names_make_unique()
    return found
