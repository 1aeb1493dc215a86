"""Protein in normal tissues: stained cells and mass spectrometry."""

from __future__ import annotations

from typing import IO

import numpy as np
import pandas as pd

from targetfinder import units
from targetfinder.sources.readers._blocks import blocks
from targetfinder.sources.readers._checks import by_line, human, left_out, once, one_of, refuse
from targetfinder.sources.readers._common import bad, delimited, numbers
from targetfinder.sources.readers._hpa import own_names
from targetfinder.sources.readers._lines import rectangular
from targetfinder.sources.registry import SourceTable
from targetfinder.tables import RELIABILITY, STAIN_LEVELS

#: What the atlas writes where a stain has no strength.
NO_LEVEL = ("Ascending", "Descending", "Not representative", "N/A")
NO_TISSUE = ("N/A", "")
#: Of intensities in linear units the largest are far above this; of their logarithms none is.
LOG_MAXIMUM = 100
#: The 99th percentile over the median of a proteome: about 200 to 800 in linear units, below 2 for logarithms.
LOG_RANGE, MANY_GENES = 5, 100


def hpa_ihc(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read the stains of normal tissues of the Human Protein Atlas (normal_tissue.tsv, normal_ihc_data.tsv).

    Where a gene was judged more than once in one cell type of one tissue, the strongest level is kept: the reader
    serves questions of safety.

    Returns
    -------
    pandas.DataFrame
        One row for each gene, tissue and cell type: gene_id, symbol, tissue, cell_type, level (ordered categories
        `STAIN_LEVELS`), reliability; all categories. `attrs["left_out"]` counts what is not in it, by reason: rows
        without a tissue, words that are no level (which are not "Not detected"), weaker levels of the same cells.

    Raises
    ------
    InputError
        If the file is not of this format, names another level or reliability, or is of another species.
    """
    frame = _stains(handle, table)
    homeless = frame["tissue"].isin(NO_TISSUE)
    housed = frame[~homeless]
    refuse(housed["gene_id"] == "", housed["gene_id"], table, "empty cell")
    refuse(housed["cell_type"] == "", housed["cell_type"], table, "empty cell")
    one_of(housed["level"], [*STAIN_LEVELS, *NO_LEVEL], table)
    one_of(housed["reliability"], RELIABILITY, table)
    human(housed, table)
    words = {f"level '{word}' is no level": (housed["level"] == word).sum() for word in NO_LEVEL}
    graded = housed[housed["level"].isin(STAIN_LEVELS)]
    graded = graded.assign(level=graded["level"].cat.set_categories(STAIN_LEVELS, ordered=True))
    strongest = _strongest(graded)
    counts = {"no tissue": homeless.sum(), **words}
    counts["weaker than another level of the same gene, tissue and cell type"] = len(graded) - len(strongest)
    return left_out(strongest.reset_index(drop=True), counts)


def _stains(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    import pyarrow as pa

    header = handle.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n").split("\t")
    wanted = ["tissue", "cell_type", "level", "reliability"]
    names = own_names(header, wanted, table)
    wanted = ["gene_id", "symbol", *wanted]
    batches = [batch for _, batch in blocks(handle, table, names, text=wanted)]
    frame: pd.DataFrame = pa.Table.from_batches(batches).unify_dictionaries().to_pandas()
    return by_line(frame)


def _strongest(graded: pd.DataFrame) -> pd.DataFrame:
    """Return the strongest level of each gene, tissue and cell type, in the order of the file."""
    key = ["gene_id", "tissue", "cell_type"]
    cells = np.zeros(len(graded), dtype=np.int64)
    for name in key:
        cells = cells * len(graded[name].cat.categories) + graded[name].cat.codes.to_numpy()
    if not pd.Series(cells).duplicated().any():
        return graded
    ordered = graded.assign(cells=cells).sort_values("level", ascending=False, kind="stable")
    return ordered.drop_duplicates("cells").sort_index().drop(columns="cells")


def protein_matrix(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read a gene × tissue matrix of mass-spectrometry abundances in linear units (Expression Atlas export).

    Lines that begin with # are comments. `options.ids` names the columns of `gene_id`, `symbol` or `accession`;
    without it they are `Gene ID` and `Gene Name`. All other columns are tissues, but those of `skip_labels`.

    Returns
    -------
    pandas.DataFrame
        One row for each gene and tissue: gene_id, symbol, tissue, value (missing where blank: not detected, which is
        not zero), unit, percentile (rank among the genes detected in the tissue, 0 to 1; missing where not detected),
        n_detected (genes detected in the tissue).

    Raises
    ------
    InputError
        If the file is not of this format, a gene occurs twice, a value is no number, negative or infinite, or the
        values are logarithms.
    """
    ids = table.options.get("ids", {"gene_id": "Gene ID", "symbol": "Gene Name"})
    header = _after_comments(handle)
    rectangular(handle, table, "\t", header)
    frame = delimited(handle, table, list(ids.values()), sep="\t", dtype=dict.fromkeys(ids.values(), str))
    frame = by_line(frame, header + 1).rename(columns={given: own for own, given in ids.items()})
    human(frame, table)
    once(frame, next(iter(ids)), table)
    cells = frame.drop(columns=list(ids))
    if cells.columns.empty:
        raise bad(table, "no column of a tissue")
    unknown = sorted(set(table.skip_labels) - set(cells.columns))
    if unknown:
        raise bad(table, "label of the registry is not in the file", ", ".join(unknown))
    values = numbers(cells, table, at=lambda row: f"line {frame.index[row]}").drop(columns=list(table.skip_labels))
    _linear(values, table)
    return _ranked(frame, values, list(ids), table.unit)


def _after_comments(handle: IO[bytes]) -> int:
    """Return the first line that is no comment, leaving the handle at its start."""
    line, start = 1, handle.tell()
    while handle.readline().startswith(b"#"):
        line, start = line + 1, handle.tell()
    handle.seek(start)
    return line


def _linear(values: pd.DataFrame, table: SourceTable) -> None:
    """Refuse what can only be logarithms: small maxima, or a narrow range in the typical tissue."""
    detected = values.where(values > 0)
    highest = detected.max().max()
    broad = detected.loc[:, detected.notna().sum() > MANY_GENES]
    spread = (broad.quantile(0.99) / broad.median()).median()
    if not highest >= LOG_MAXIMUM or spread < LOG_RANGE:
        raise bad(
            table,
            f"the values look log-transformed, not linear: maximum {highest:.3g}, "
            f"99th percentile over median {spread:.3g} in the typical tissue",
            remedy="give linear values: for log2 values that is 2 to the power of the value",
        )


def _ranked(frame: pd.DataFrame, values: pd.DataFrame, ids: list[str], unit: str) -> pd.DataFrame:
    detected = values.where(values > 0)
    genes, tissues = values.shape
    keys = frame.reindex(columns=list(dict.fromkeys(["gene_id", "symbol", *ids])))
    return pd.DataFrame(
        {
            **{name: np.repeat(keys[name].to_numpy(dtype=object), tissues) for name in keys},
            "tissue": pd.Categorical(values.columns).take(np.tile(np.arange(tissues), genes)),
            "value": values.to_numpy().ravel(),
            "unit": unit,
            "percentile": units.percentile_rank(detected).to_numpy().ravel(),
            "n_detected": np.tile(detected.notna().sum().to_numpy(), genes),
        }
    )
