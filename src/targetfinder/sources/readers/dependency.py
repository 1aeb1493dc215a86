"""Gene effects of knock-out screens."""

from __future__ import annotations

import re
from typing import IO

import numpy as np
import pandas as pd

from targetfinder.sources.readers._blocks import blocks
from targetfinder.sources.readers._checks import by_line, human, left_out, once, refuse
from targetfinder.sources.readers._common import bad
from targetfinder.sources.registry import SourceTable

#: A line counts as dependent on a gene below this effect; common essential genes have about -1.
DEPENDENT = -0.5
#: A line of the file has some 350 kB, and each block costs something for each of 18,000 columns.
BLOCK = 64 << 20


def gene_effect(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read `CRISPRGeneEffect.csv` of DepMap (cell lines × genes, Chronos effects), some lines at a time.

    Returns
    -------
    pandas.DataFrame
        One row for each gene: gene_id (missing: the file has none), symbol, entrez (missing if unknown),
        median_effect over the lines that have one, dependent_share (of these lines below `DEPENDENT`), n_lines.
        Genes without any effect are left out and counted in `attrs["left_out"]`.

    Raises
    ------
    InputError
        If a column is not `SYMBOL (Entrez id)` or occurs twice, a row is not of one cell line, a cell is no finite
        number, or no effect is negative.
    """
    genes = _genes(handle, table)
    columns = ["", *genes.index]
    rows = blocks(handle, table, columns, text=columns[:1], numbers=columns[1:], separator=",", size=BLOCK)
    parts = [_checked(by_line(batch.to_pandas(), line), table) for line, batch in rows]
    once(pd.DataFrame({"cell line": pd.concat([lines for lines, _ in parts])}), "cell line", table)
    effects = np.concatenate([values for _, values in parts])
    if not np.nanmin(effects, initial=0) < 0:
        raise bad(table, "no effect is negative: these are not gene effects (of dependency, there are probabilities)")
    n = (~np.isnan(effects)).sum(axis=0)
    with np.errstate(invalid="ignore"):  # a gene without any effect is left out below
        share = (effects < DEPENDENT).sum(axis=0) / n
    found = genes.assign(median_effect=pd.DataFrame(effects).median().to_numpy(), dependent_share=share, n_lines=n)
    return left_out(found[n > 0].reset_index(drop=True), {"no line has an effect": (n == 0).sum()})


def _genes(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Return symbol, entrez and gene_id of the columns, in order and indexed by them."""
    first = handle.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n")
    header = [name.strip('"') for name in first.split(",")]
    if len(header) < 2:
        raise bad(table, "no columns of genes in line 1")
    found = [re.fullmatch(r"(\S+) \((\d+|Unknown)\)", name) for name in header[1:]]
    wrong = [name for name, match in zip(header[1:], found, strict=True) if match is None]
    if wrong:
        raise bad(table, "column of line 1 is not 'SYMBOL (Entrez id)'", wrong[0])
    doubled = pd.Series(header[1:])[pd.Series(header[1:]).duplicated()]
    if len(doubled):
        raise bad(table, "column of line 1 occurs twice", doubled.iloc[0])
    pairs = [match.groups() for match in found if match is not None]
    genes = pd.DataFrame(pairs, columns=["symbol", "entrez"])
    human(genes[["symbol"]].set_axis([f"1, column {n}" for n in range(2, len(genes) + 2)]), table)
    genes = genes.assign(gene_id=None, entrez=genes["entrez"].mask(genes["entrez"] == "Unknown"))
    return genes.set_axis(header[1:])


def _checked(frame: pd.DataFrame, table: SourceTable) -> tuple[pd.Series, np.ndarray]:
    """Return the cell lines and the effects (lines × genes) of a block."""
    lines = frame.iloc[:, 0].astype(object).rename("cell line")
    refuse(~lines.fillna("").str.fullmatch(r"ACH-\d+"), lines, table, "not a cell line")
    values = frame.iloc[:, 1:].to_numpy(dtype=float)
    infinite = np.isinf(values).any(axis=1)
    if infinite.any():
        raise bad(table, f"infinite effect in line {frame.index[infinite][0]}")
    return lines, values
