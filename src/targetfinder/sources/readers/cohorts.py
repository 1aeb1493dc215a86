"""Tumour cohorts as quantiles."""

from __future__ import annotations

import re
from typing import IO

import numpy as np
import pandas as pd

from targetfinder.sources.readers._common import bad, require
from targetfinder.sources.registry import SourceTable


def _line_that_is_no_number(handle: IO[bytes], column: int) -> int | str:
    """Read again from the start to find the line; slow, and only on the way to an error."""
    handle.seek(0)
    for line, raw in enumerate(handle, start=1):
        cells = raw.decode("utf-8", errors="replace").rstrip("\r\n").split(",")
        try:
            float(cells[column] or "nan")
        except (ValueError, IndexError):
            if line > 1:
                return line
    return "unknown"


def cohort_quantiles(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read tumour cohorts as quantiles, in bounded memory.

    Returns one row for each gene and cohort: gene_id, symbol, cohort, study (categories), q1, median,
    q3, mean (NaN where the source gives none) in TPM, and n. Values may be negative: whether a cohort
    is on a linear scale is judged later, by numbers.
    """
    import pyarrow as pa
    from pyarrow import csv

    names = {
        "Ensembl_Gene_ID": "gene_id",
        "Symbol": "symbol",
        "cancer_code": "cohort",
        "source_cohort": "study",
        "TPM_q1": "q1",
        "TPM_median": "median",
        "TPM_q3": "q3",
        "TPM_mean": "mean",
        "n_samples": "n",
    }
    text = pa.dictionary(pa.int32(), pa.string())
    types = {name: text if i < 4 else pa.float64() for i, name in enumerate(names)}
    first = handle.readline().decode("utf-8-sig", errors="replace")
    header = [name.strip().strip('"') for name in first.split(",")]
    missing = [name for name in names if name not in header]
    if missing:
        raise bad(table, "missing column", ", ".join(missing))
    try:
        arrow = csv.read_csv(
            handle,
            read_options=csv.ReadOptions(block_size=4 << 20, column_names=header),
            convert_options=csv.ConvertOptions(
                include_columns=list(names),
                column_types=types,
                null_values=["", "NA", "NaN", "nan"],
                strings_can_be_null=True,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        if "Empty CSV" in str(error):
            raise bad(table, "holds no rows") from error
        column = re.search(r"In CSV column #(\d+)", str(error))
        if column is None:
            raise bad(table, f"not a cohort table: {error}") from error
        line = _line_that_is_no_number(handle, int(column[1]))
        raise bad(table, f"not a number in line {line}: {error}", header[int(column[1])]) from error
    frame: pd.DataFrame = arrow.select(list(names)).rename_columns(list(names.values())).to_pandas()
    require(frame, list(names.values()), table)
    values = {name: frame[name].to_numpy() for name in ("q1", "median", "q3", "mean", "n")}
    wrong = {name: ~np.isfinite(values[name]) for name in ("q1", "median", "q3")}
    wrong |= {"mean": np.isinf(values["mean"]), "n": ~(values["n"] >= 1) | np.isinf(values["n"])}
    wrong |= {name: frame[name].isna().to_numpy() for name in ("gene_id", "symbol", "cohort", "study")}
    for name, rows in wrong.items():
        if rows.any():
            field = next(given for given, own in names.items() if own == name)
            raise bad(table, f"missing or impossible value in line {int(np.argmax(rows)) + 2}", field)
    disordered = ((frame["q1"] > frame["median"]) | (frame["median"] > frame["q3"])).to_numpy()
    if disordered.any():
        line = int(np.argmax(disordered)) + 2
        raise bad(table, f"quartiles are not in order: line {line}", "TPM_q1, TPM_median, TPM_q3")
    doubled = frame.duplicated(["gene_id", "cohort"]).to_numpy()
    if doubled.any():
        raise bad(table, f"gene occurs twice in one cohort: line {int(np.argmax(doubled)) + 2}", "Ensembl_Gene_ID")
    return frame
