"""Proteins as plain tables: intensities, panels of antibodies, and scores of stains."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder.cohort._matrix import Matrix, unfit
from targetfinder.cohort.formats._entries import known_options, sample_names
from targetfinder.cohort.formats._frames import Table, parquet, workbook
from targetfinder.cohort.formats._intensities import intensities
from targetfinder.cohort.formats._text import open_text
from targetfinder.cohort.formats.bulk import of_table
from targetfinder.tables import STAIN_LEVELS
from targetfinder.units import Floats

MODIFIED = "antibody of a modified form"
#: Phosphorylated at a residue, cleaved or acetylated: not the amount of the protein.
MODIFICATION = re.compile(r"[_.-]p[STY]\d+|cleaved|acetyl|phospho", re.IGNORECASE)
#: What validation adds to the name of an antibody, and R to a name that begins with a digit.
AROUND_NAME = re.compile(r"^X(?=\d)|_Caution$|\.+(?=_Caution$|$)")
#: Scale of a stain to its highest value.
SCALES = {"h_score": 300.0, "intensity": 3.0, "percent": 100.0, "level": 3.0}


def protein_matrix(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read intensities of proteins or genes × samples: delimited text (gzip or not), xlsx or parquet.

    Parameters
    ----------
    options
        `unit`: intensity or log2 intensity, which the values must fit; `gene`, column of accessions, ids or symbols
        (the first one by default); `symbol`, column of symbols; `skip`, columns joined by | that are no samples;
        `missing`, number that stands for a missing value (0 does on the linear scale).

    Raises
    ------
    InputError
        If the file is damaged, no such table, on another scale, relative to a reference, or filled in.
    """
    known_options(path, options, "gene", "symbol", "skip", "missing", "unit", "enriched", "level")
    if "unit" not in options:
        raise unfit(path, "no unit is claimed", "claim intensity or log2 intensity", "unit")
    table = _opened(path)
    found = of_table(table, options.get("gene", table.names[0]), options.get("symbol"), _skipped(options))
    values = found.values.to_numpy()
    at = [f"the row of {name}" for name in found.values.index]
    checked = intensities(path, values, at.__getitem__, options["unit"], options.get("missing"))
    frame = pd.DataFrame(checked, found.values.index, found.values.columns)
    return Matrix(frame, symbols=found.symbols, unit=options["unit"], left_out=found.left_out)


def panel(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read relative log values of antibodies × samples, or of samples × antibodies.

    Antibodies of modified forms are left out and counted, unless the table `genes` lists them.

    Parameters
    ----------
    options
        `samples`: column of the names of the samples, if they are rows; `skip`, columns joined by | that are neither
        sample nor antibody; `genes`: table whose first two columns are antibody and symbols joined by `;`. Without
        it the name of the antibody stands for the gene.

    Returns
    -------
    Entries are the antibodies as spelled, `symbols` what they bind.

    Raises
    ------
    InputError
        If the file is damaged or no such table, or `genes` lists none of its antibodies.
    """
    known_options(path, options, "samples", "skip", "unit", "level")
    found = _antibodies(path, options)
    names = pd.Series(found.index, dtype=object)
    if "genes" in options:
        return Matrix(found, symbols=bound(names, Path(options["genes"]), path))
    plain = ~names.map(lambda name: bool(MODIFICATION.search(name))).to_numpy(dtype=bool)
    symbols = names[plain].map(lambda name: AROUND_NAME.sub("", name)).reset_index(drop=True)
    modified = int((~plain).sum())
    return Matrix(found[plain], symbols=symbols, left_out={MODIFIED: modified} if modified else {})


def ihc(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read scores of stains, samples × markers; zero is seen and not stained, an empty cell not seen.

    Parameters
    ----------
    options
        `scale`: h_score (0 to 300), intensity (0 to 3), percent (0 to 100) or level (Not detected, Low, Medium, High,
        returned as 0 to 3); `samples`, column of the names of the samples (the first one by default); `skip`, columns
        joined by | that are neither; `genes`, table as of `panel`.

    Raises
    ------
    InputError
        If the file is damaged or no such table, a score is outside its scale, or `genes` lists none of its markers.
    """
    known_options(path, options, "scale", "samples", "skip", "unit", "level")
    scale = options.get("scale")
    if scale not in SCALES:
        raise unfit(path, "the scale of the scores is not given", f"say scale= one of {', '.join(SCALES)}", "mapping")
    table = _opened(path)
    at = options.get("samples", table.names[0])
    markers = _rest(table, [at, *_skipped(options)])
    if scale == "level":
        texts, _ = table.read([at, *markers], [])
        scores = np.column_stack([_levels(table, texts[marker], marker) for marker in markers])
    else:
        texts, scores = table.read([at], markers)
    for row, column in np.argwhere((scores < 0) | (scores > SCALES[scale]))[:1]:
        problem = f"{scores[row, column]:g} in {table.line(row)} is outside 0 to {SCALES[scale]:g}"
        raise unfit(path, problem, f"mend the score, or the scale={scale} of the mapping", markers[column])
    symbols = pd.Series(markers, dtype=object)
    if "genes" in options:
        symbols = bound(symbols, Path(options["genes"]), path)
    return Matrix(_of_samples(table, texts[at], markers, scores), symbols=symbols, unit="IHC score")


def _opened(path: Path) -> Table:
    return {".xlsx": workbook, ".parquet": parquet}.get(path.suffix.lower(), open_text)(path)


def _skipped(options: Mapping[str, str]) -> list[str]:
    return [name.strip() for name in options.get("skip", "").split("|") if name.strip()]


def _rest(table: Table, about: list[str]) -> list[str]:
    """Return the columns that are not about the rows."""
    for name in about:
        if name not in table.names:
            told = ", ".join(repr(known) for known in table.names[:6])
            raise unfit(table.path, "no such column", f"mend the mapping; the first columns are {told}", name)
    found = [name for name in table.names if name not in about]
    if not found:
        raise unfit(table.path, "holds no column of values", "give one column for each marker or sample")
    return found


def _of_samples(table: Table, samples: pd.Series, entries: list[str], values: Floats) -> pd.DataFrame:
    """Return rows of samples as entries × samples."""
    names = sample_names(table.path, ["" if pd.isna(name) else name for name in samples])
    return pd.DataFrame(values.T, pd.Index(entries, name="entry"), pd.Index(names))


def _antibodies(path: Path, options: Mapping[str, str]) -> pd.DataFrame:
    table = _opened(path)
    rows = options.get("samples", table.names[0])
    columns = _rest(table, [rows, *_skipped(options)])
    texts, values = table.read([rows], columns)
    if "samples" in options:
        found = _of_samples(table, texts[rows], columns, values)
    else:
        found = pd.DataFrame(values, pd.Index(texts[rows], name="entry"), sample_names(path, columns))
    if not found.notna().any(axis=None):
        raise unfit(path, "holds no value", "give relative log values of antibodies and samples")
    twice = found.index[found.index.isna() | found.index.duplicated()]
    if len(twice):
        raise unfit(path, f"antibody '{twice[0]}' has no name of its own", "name every antibody once", rows)
    return found


def bound(antibodies: pd.Series, genes: Path, path: Path) -> pd.Series:
    """Return the symbols that the table `genes` gives to the antibodies of `path`; missing where it does not list one.

    Raises
    ------
    InputError
        If it lists none of them.
    """
    table = open_text(genes)
    antibody, symbol = table.names[:2]
    texts, _ = table.read([antibody, symbol], [])
    found = antibodies.map(dict(texts.dropna().itertuples(index=False, name=None)))
    if found.isna().all():
        told = f"lists none of the antibodies of {path.name}, such as '{antibodies.iloc[0]}'"
        raise unfit(genes, told, "spell antibodies as in the table of values", "genes")
    return found


def _levels(table: Table, cells: pd.Series, marker: str) -> Floats:
    """Return the strengths of a stain as 0 to 3."""
    known = {level.lower(): float(strength) for strength, level in enumerate(STAIN_LEVELS)}
    found = cells.str.strip().str.lower().map(known)
    for row in np.flatnonzero(cells.notna() & found.isna())[:1]:
        problem = f"'{cells.iloc[row][:40]}' in {table.line(int(row))} is no level"
        raise unfit(table.path, problem, f"write one of {', '.join(STAIN_LEVELS)}", marker)
    return np.asarray(found, dtype=np.float64)


FORMATS = {"protein_matrix": protein_matrix, "panel": panel, "ihc": ihc}
