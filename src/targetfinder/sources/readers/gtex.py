"""Samples of GTEx, or of any matrix written the same way, as statistics by tissue."""

from __future__ import annotations

from csv import QUOTE_NONE
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder.sources.readers._common import Expression, bad, delimited, expression, line_of
from targetfinder.sources.readers._decimals import Counts
from targetfinder.sources.readers._gct import open_gct, reduced
from targetfinder.sources.registry import SourceTable
from targetfinder.units import Floats

QUANTILES = {"median": 0.5, "p90": 0.9, "p95": 0.95, "maximum": 1.0}


@dataclass(frozen=True)
class TissueStatistics:
    """Statistics of each gene in each tissue: arrays of gene × tissue, in the unit of the file.

    `n` counts the values that are not missing; without any the statistics are NaN. `samples` is the tissue of each
    sample that has one, `unlabelled` are the others. `par_y` are genes left out because they repeat one of X on the
    pseudoautosomal region of Y, where all reads are given to X.
    """

    genes: list[str]
    symbols: list[str]
    tissues: list[str]
    median: Floats
    p90: Floats
    p95: Floats
    maximum: Floats
    mean: Floats
    n: Counts
    samples: pd.Series
    unlabelled: list[str]
    par_y: list[str]


def tissue_statistics(path: Path, tissues: pd.Series) -> TissueStatistics:
    """Stream a gct of samples, plain or gzip, into statistics by tissue, in memory that only grows by the result.

    Quantiles are those of `numpy.quantile` (linear) over the values that are not missing.

    Parameters
    ----------
    path
        A gct 1.2 file of linear expression with unique human Ensembl gene ids.
    tissues
        Tissue of each sample (index), missing where it has none.

    Raises
    ------
    InputError
        If no sample has a tissue, or if anything is wrong with the file (see `open_gct` and `reduced`).
    """
    with open_gct(path) as gct:
        tissue = tissues.reindex(gct.samples).sort_values(kind="stable")
        samples = tissue.dropna()
        if samples.empty:
            raise gct.wrong("no sample has a tissue", "give the attributes of the samples of this release")
        sizes = samples.groupby(samples).size()
        place = pd.Series(np.arange(len(tissue)), tissue.index)[gct.samples]  # those without a tissue behind all others
        summary = partial(_summary, edges=np.concatenate([[0], sizes.cumsum()]))
        blocks = list(reduced(gct, place.to_numpy(), summary))
    rows = [row for block in blocks for row in block.rows]
    kept = [row for row in rows if not row.par_y]
    return TissueStatistics(
        genes=[row.gene for row in kept],
        symbols=[row.symbol for row in kept],
        tissues=list(sizes.index),
        samples=samples,
        unlabelled=list(tissue.index[tissue.isna()]),
        par_y=[row.gene for row in rows if row.par_y],
        **{name: np.concatenate([block.reduced[name] for block in blocks]) for name in blocks[0].reduced},
    )


def _summary(values: Floats, edges: Counts) -> dict[str, npt.NDArray[Any]]:
    """Reduce gene × sample, sorted by tissue, to statistics of gene × tissue; sorts the values of each tissue."""
    ordered, first = values[:, : edges[-1]], edges[:-1]
    for start, end in pairwise(edges):
        ordered[:, start:end].sort(axis=1)  # missing values go last
    n = np.broadcast_to(np.diff(edges), (len(ordered), len(first)))
    counted = ordered
    if np.isnan(ordered[:, edges[1:] - 1]).any():
        n = np.add.reduceat(~np.isnan(ordered), first, axis=1, dtype=np.int64)
        counted = np.nan_to_num(ordered)
    total = np.add.reduceat(counted, first, axis=1)
    quantiles = {name: _quantile(ordered, first, n, level) for name, level in QUANTILES.items()}
    mean = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    return {**quantiles, "mean": mean, "n": n}


def _quantile(ordered: Floats, first: Counts, n: Counts, level: float) -> Floats:
    """Interpolate linearly between the two of `n` values in order from column `first` on (Hyndman and Fan's type 7).

    The two forms of the interpolation are those of `numpy.quantile`, so that results are equal to the last bit.
    """
    last = np.maximum(n - 1, 0)
    exact = last * level
    low = exact.astype(np.int64)
    below = np.take_along_axis(ordered, first + low, axis=1)
    above = np.take_along_axis(ordered, first + np.minimum(low + 1, last), axis=1)
    share, step = exact - low, above - below
    return np.where(share < 0.5, below + step * share, above - step * (1 - share))


def sample_attributes(path: Path, table: SourceTable, column: str) -> pd.DataFrame:
    """Read tissue and donor of each sample (index) from a GTEx file of sample attributes.

    The tissue is what `column` says, and may be missing; the donor is the first two parts of the sample's name.

    Raises
    ------
    InputError
        If the file is missing, or lacks a column, or names a sample twice.
    """
    here = table.model_copy(update={"member": path.name})
    try:
        with path.open("rb") as handle:
            frame = delimited(handle, here, ["SAMPID", column], sep="\t", dtype=str, quoting=QUOTE_NONE)
    except OSError as error:
        raise bad(here, f"cannot be read: {error}", "options.attributes", "put it beside the gct") from error
    samples = frame["SAMPID"]
    wrong = samples.index[samples.isna() | samples.duplicated()]
    if len(wrong):
        raise bad(here, f"sample missing or named twice: '{samples[wrong[0]]}' in {line_of(wrong[0])}", "SAMPID")
    donor = samples.str.split("-").str[:2].str.join("-")
    return pd.DataFrame({"tissue": frame[column].to_numpy(), "donor": donor.to_numpy()}, index=pd.Index(samples))


def gtex_samples(path: Path, table: SourceTable) -> Expression:
    """Read a gct of samples as median (value), 95th percentile (upper) and mean of each tissue, with its donors.

    `options.attributes` names the file of sample attributes in the same folder, `options.group` its column of tissues
    (SMTSD), `options.upper` the upper tail (p95, or p90). Samples without a tissue and genes that repeat one of X on
    Y are told as `excluded`.

    Raises
    ------
    InputError
        If a file cannot be read (see `tissue_statistics`), holds logarithms, or lacks a label of the registry.
    """
    here = table.model_copy(update={"member": path.name})
    options = {"group": "SMTSD", "upper": "p95", **table.options}
    if table.member:
        raise bad(table, "is read from a file of its own only", "member", "unpack the archive, register the gct itself")
    if options["upper"] not in ("p90", "p95"):
        raise bad(here, f"'{options['upper']}' is no upper tail", "options.upper", "use p90 or p95")
    attributes = sample_attributes(path.parent / options["attributes"], table, options["group"])
    found = tissue_statistics(path, attributes["tissue"])
    genes = pd.Index(found.genes, name="gene_id")
    value, upper, mean = (
        pd.DataFrame(values, genes, found.tissues)
        for values in (found.median, getattr(found, options["upper"]), found.mean)
    )
    symbols = pd.Series(found.symbols, genes, dtype=object).replace("", None)
    donors = attributes["donor"].reindex(found.samples.index).groupby(found.samples).nunique()
    return replace(expression(here, value, symbols, upper, mean, donors), excluded=_excluded(found))


def _excluded(found: TissueStatistics) -> dict[str, str]:
    without = dict.fromkeys(found.unlabelled, "sample without a tissue in the attributes")
    return without | dict.fromkeys(found.par_y, "pseudoautosomal gene on Y, whose reads are counted on X")
