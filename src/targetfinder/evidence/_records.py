"""The shape that evidence modules share: an indication's cohorts and long records from wide frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from targetfinder import tables, units
from targetfinder.cohorts import compared
from targetfinder.indications import Indication
from targetfinder.store import read_table

PREVALENCE = ("prevalence", "prevalence_lo", "prevalence_hi")
_QUARTILES = ("q1_tpm", "median_tpm", "q3_tpm")


def universe(bundle: Path) -> pd.DataFrame:
    """Return gene_id and symbol of the genes to rank, sorted by gene id."""
    genes = read_table(bundle / "genes.parquet", tables.GENES, filters=[("universe", "==", True)])
    return genes[["gene_id", "symbol"]].sort_values("gene_id").reset_index(drop=True)


def cohorts_of(indication: Indication, folder: Path) -> pd.DataFrame:
    """Return the `COHORTS` rows whose RNA is compared (`targetfinder.cohorts.compared`)."""
    return compared(read_table(folder / "cohorts.parquet", tables.COHORTS), indication.model_dump())


def tumour(indication: Indication, folder: Path, genes: pd.DataFrame, without: str | None = None) -> pd.DataFrame:
    """Return one row per gene over the cohorts of an indication, all or but one, indexed by gene id.

    Columns q1_tpm, median_tpm, q3_tpm (TPM*; log2 means over cohorts weighted by n; NaN for rank_only
    or unmeasured), percentile and prevalence with its interval (means weighted by n), basis (of prevalence), n
    (patients), detection (the best of the cohorts).
    """
    chosen = cohorts_of(indication, folder)
    chosen = chosen[chosen["cohort"] != without]
    frames = [
        read_table(folder / f"{cohort}.parquet", tables.COHORT).set_index("gene_id").reindex(genes["gene_id"])
        for cohort in chosen["cohort"]
    ]
    weights = chosen["n"].to_numpy(dtype=float)
    result = pd.DataFrame({name: _log_mean([f[name] for f in frames], weights) for name in _QUARTILES})
    for name in ("percentile", "sister_log2", *PREVALENCE):
        result[name] = _mean([frame[name] for frame in frames], weights)
    bases = {basis for frame in frames for basis in frame["prevalence_basis"].dropna().unique()}
    result["basis"] = " and ".join(sorted(bases))
    states = pd.concat([frame["detection"].fillna("unmeasured") for frame in frames], axis=1)
    best = states.apply(lambda column: column.map(tables.DETECTION.index)).min(axis=1)
    result["detection"] = best.map(dict(enumerate(tables.DETECTION)))
    return result.assign(n=int(weights.sum()))


def _log_mean(parts: Sequence[pd.Series], weights: units.Floats) -> pd.Series:
    """Mean on the scale log2(x + 1); a single cohort passes through unchanged."""
    if len(parts) == 1:
        return parts[0]
    mean: pd.Series = np.exp2(_mean([np.log2(part + 1) for part in parts], weights))
    return mean - 1


def _mean(parts: Sequence[pd.Series], weights: units.Floats) -> pd.Series:
    """Mean over the cohorts that measured the gene, weighted by patients."""
    if len(parts) == 1:
        return parts[0]
    frame = pd.concat(parts, axis=1)
    weight = frame.notna() * weights
    total: pd.Series = (frame.fillna(0.0) * weight).sum(axis=1)
    return total / weight.sum(axis=1).replace(0, np.nan)


def scale_of(indication: Indication, folder: Path) -> str:
    """Return `linear` or `rank_only` for the cohorts of an indication."""
    return str(cohorts_of(indication, folder)["scale"].iloc[0])


def records(
    genes: pd.DataFrame,
    values: pd.Series | np.ndarray,
    *,
    criterion: str,
    context: str,
    unit: str,
    n: int | None,
    source: str,
    release: str,
) -> pd.DataFrame:
    """Return one evidence record per gene; `values` follow the order of `genes`."""
    same = [0] * len(genes)

    def all_the_same(word: str) -> pd.Categorical:
        return pd.Categorical.from_codes(same, pd.Index([word]))

    return pd.DataFrame(
        {
            "gene_id": genes["gene_id"].array,
            "symbol": genes["symbol"].array,
            "criterion": all_the_same(criterion),
            "context": all_the_same(context),
            "value": np.asarray(values, dtype=float),
            "unit": all_the_same(unit),
            "n": pd.arrays.IntegerArray(np.full(len(genes), n or 0), np.full(len(genes), n is None)),
            "source": all_the_same(source),
            "release": all_the_same(release),
        }
    )


def stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all parts; one that is categorical in each stays so, with sorted categories."""
    parts = [part for part in parts if len(part)] or parts[:1]
    names = [name for name in parts[0] if all(isinstance(part[name].dtype, pd.CategoricalDtype) for part in parts)]
    joined: dict[str, pd.Categorical] = {
        str(name): union_categoricals([part[name] for part in parts], sort_categories=True) for name in names
    }
    rest = pd.concat([part.drop(columns=names) for part in parts], ignore_index=True)
    return rest.assign(**joined)[list(parts[0])]


def together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all parts; a column that is empty in a part, or that it lacks, has no say in the dtype."""
    filled = [part.dropna(axis=1, how="all") for part in parts if len(part)]
    return pd.concat(filled or parts[:1], ignore_index=True)


def stack(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate records and sort them by the key of `EVIDENCE`."""
    return tables.EVIDENCE.sort(stacked(parts))
