"""Statistics over patients whose values are known one by one: quartiles, prevalence counted, detection."""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder import units
from targetfinder.stats import wilson_of_count
from targetfinder.units import Floats


def renormalised(tpm: pd.DataFrame, genes: pd.DataFrame) -> pd.DataFrame:
    """Return TPM (gene id × sample) in TPM*, sample by sample (`units.RENORMALISED`).

    Raises
    ------
    ValueError
        If a sample expresses none of the genes that TPM* keeps.
    """
    kept = tpm.index.isin(genes.loc[genes["normaliser"], "gene_id"])
    totals = tpm[kept].sum()
    return tpm * totals.map(units.renormalisation_factor)


def by_patient(values: pd.DataFrame, patients: pd.Series) -> pd.DataFrame:
    """Return gene × patient: the median over the samples of each patient, so that a patient counts once.

    Parameters
    ----------
    values
        Genes × samples.
    patients
        Patient of each sample, indexed by sample.
    """
    owner = patients.reindex(values.columns)
    if owner.is_unique:
        return values.set_axis(pd.Index(owner), axis=1)
    return values.T.groupby(owner).median().T


def quartiles(values: pd.DataFrame) -> pd.DataFrame:
    """Return q1, median and q3 over the patients that were measured, one row a gene; missing if none was."""
    found = values.quantile([0.25, 0.5, 0.75], axis=1).T
    return found.set_axis(["q1", "median", "q3"], axis=1)


def prevalence(values: pd.DataFrame, level: float) -> pd.DataFrame:
    """Count the patients at or above a level: share, and its 90 % Wilson interval; missing where none was measured.

    Parameters
    ----------
    values
        Genes × patients.
    level
        In the unit of `values`.
    """
    measured = values.notna().sum(axis=1).to_numpy()
    above = (values >= level).sum(axis=1).to_numpy()
    return shares(above, measured).set_index(values.index)


def shares(above: np.ndarray, measured: np.ndarray) -> pd.DataFrame:
    """Return prevalence, prevalence_lo and prevalence_hi of `above` of `measured` patients (90 % Wilson interval)."""
    pairs = pd.DataFrame({"above": above, "measured": measured})
    known = {
        (a, n): (a / n, *wilson_of_count(a, n)) if n else (np.nan,) * 3
        for a, n in pairs.drop_duplicates().itertuples(index=False)
    }
    rows = [known[pair] for pair in pairs.itertuples(index=False, name=None)]
    return pd.DataFrame(rows, columns=["prevalence", "prevalence_lo", "prevalence_hi"])


def mean_over_patients(values: Floats, seed: int = 1, replicates: int = 1000) -> tuple[Floats, Floats, Floats]:
    """Return the mean over patients of each gene and its 90 % interval by a bootstrap of whole patients.

    A patient stands for all its cells, which are no independent witnesses (cluster bootstrap: Davison & Hinkley 1997,
    Bootstrap Methods and their Application, section 3.8). One patient gives no interval.

    Parameters
    ----------
    values
        Genes × patients; NaN where a patient was not measured.
    """
    with np.errstate(invalid="ignore"):
        mean = np.nansum(values, axis=1) / (~np.isnan(values)).sum(axis=1)
    n = values.shape[1]
    low, high = np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    known = ~np.isnan(values)
    some = known.any(axis=1)
    if n == 1 or not some.any():
        return mean, low, high
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=replicates).T.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (np.nan_to_num(values[some]) @ drawn) / (known[some].astype(float) @ drawn)
    low[some], high[some] = np.nanquantile(means, [0.05, 0.95], axis=1)
    return mean, low, high


def bulk_statistics(tpm: pd.DataFrame, genes: pd.DataFrame, patients: pd.Series, level: float) -> pd.DataFrame:
    """Return the statistics of `COHORT` for a matrix of linear TPM, one row for each protein-coding gene.

    Parameters
    ----------
    tpm
        Gene id × sample, TPM over all genes of the file.
    genes
        `GENES`.
    patients
        Patient of each sample, indexed by sample.
    level
        Level of prevalence, in TPM*.
    """
    coding = pd.Index(genes.loc[genes["protein_coding"], "gene_id"])
    given = by_patient(tpm, patients).reindex(coding)
    scaled = by_patient(renormalised(tpm, genes), patients).reindex(coding)
    found = quartiles(scaled).add_suffix("_tpm").join(prevalence(scaled, level))
    found["median"] = given.quantile(0.5, axis=1)
    found["coverage"] = given.notna().mean(axis=1)
    found["percentile"] = units.percentile_rank(found["median_tpm"])
    found["prevalence_basis"] = pd.Series("counted", coding).where(found["prevalence"].notna())
    return found


def rank_statistics(values: pd.DataFrame, genes: pd.DataFrame, patients: pd.Series) -> pd.DataFrame:
    """Return what `bulk_statistics` does for values on another scale: median as given, percentile, coverage."""
    coding = pd.Index(genes.loc[genes["protein_coding"], "gene_id"])
    given = by_patient(values, patients).reindex(coding)
    median = given.quantile(0.5, axis=1)
    return pd.DataFrame(
        {"median": median, "coverage": given.notna().mean(axis=1), "percentile": units.percentile_rank(median)}
    )
