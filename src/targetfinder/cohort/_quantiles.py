"""A cohort of which only quartiles are known: a table of q1, median and q3 of each gene over patients."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import units
from targetfinder.cohort._compatibility import Cohort, Profile
from targetfinder.cohort._figures import dynamic_range
from targetfinder.cohort._mapping import by_gene, to_genes
from targetfinder.cohort._matrix import Read, unfit
from targetfinder.cohort.formats._entries import known_options
from targetfinder.identity import Identity
from targetfinder.samplesheet import Sample
from targetfinder.stats import prevalence_from_quartiles

QUARTILES = ("q1", "median", "q3")


def read_quantiles(rows: Sequence[Sample], genes: pd.DataFrame, identity: Identity, level: float) -> Read:
    """Read one table of quartiles in TPM; `mapping` says n (patients), and what q1, median and q3 are called.

    Raises
    ------
    InputError
        If there is more than one table, n or a quartile is missing, or quartiles are not in order.
    """
    row, path = rows[0], rows[0].files[0]
    if len(row.files) > 1:
        raise unfit(path, f"cohort {row.cohort} has more than one table", "give each its own cohort", "file")
    known_options(path, row.mapping, "gene", "symbol", "skip", "n", *QUARTILES)
    values, lost, entries = _quartiles(row, path, identity)
    n = _patients(row, path)
    cohort = Cohort(
        row.cohort,
        values[["median"]].dropna(),
        unit=row.unit or "TPM",
        library=row.library,
        purity=row.purity,
        lost=lost["entry"].tolist(),
        entries=entries,
        medians=True,
    )
    profile = Profile.of(cohort, genes)
    linear = profile.linear and row.unit in (None, "TPM")
    found = _statistics(values, genes, n, level, linear=linear)
    about = {
        "n": n,
        "n_samples": n,
        "unit": row.unit or "TPM",
        "unit_seen": "|".join(profile.recognised.units) or None,
        "scale": "linear" if linear else "rank_only",
        "reasons": None if linear else profile.contradiction or "quartiles are compared in TPM only",
        "top_median": float(values["median"].max()),
        "lowest_quartile": float(values["q1"].min()),
        "top_gene": genes.set_index("gene_id")["symbol"].get(values["median"].idxmax()),
        "dynamic_range": dynamic_range(values["median"].to_numpy(dtype=float)),
        "sum_of_medians": float(values["median"].sum()),
    }
    said = {"unit": row.unit or "TPM", "entries": entries, "medians": True}
    return Read(found, about, _kept(values, row, path), lost, said=said)


def _quartiles(row: Sample, path: Path, identity: Identity) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return q1, median and q3 by gene, the entries of no gene, and the number of entries."""
    from targetfinder.cohort.formats import bulk

    options = {name: value for name, value in row.mapping.items() if name in ("gene", "symbol", "skip")}
    matrix = bulk.matrix(path, options)
    names = [row.mapping.get(name, name) for name in QUARTILES]
    missing = [name for name in names if name not in matrix.values]
    if missing:
        remedy = "name the columns in mapping, such as q1=TPM_q1; median=TPM_median; q3=TPM_q3; n=101"
        raise unfit(path, "missing column of quartiles", remedy, ", ".join(missing))
    given = matrix.values[names].set_axis(list(QUARTILES), axis=1)
    wrong = (given["q1"] > given["median"]) | (given["median"] > given["q3"])
    if wrong.any():
        raise unfit(path, f"quartiles are not in order: {given.index[wrong][0]}", "mend the row", ", ".join(names))
    genes, lost = to_genes(given.index, matrix.symbols, identity, path)
    return by_gene(given, genes, additive=False), lost, len(given)


def _patients(row: Sample, path: Path) -> int:
    text = row.mapping.get("n", "")
    if not text.isdigit() or int(text) < 1:
        raise unfit(
            path, f"the number of patients is '{text}'", "write mapping n=<number>", f"line {row.line}, mapping"
        )
    return int(text)


def _statistics(values: pd.DataFrame, genes: pd.DataFrame, n: int, level: float, *, linear: bool) -> pd.DataFrame:
    coding = pd.Index(genes.loc[genes["protein_coding"], "gene_id"], name="gene_id")
    given = values.reindex(coding)
    found = given[["median"]].assign(coverage=given["median"].notna().astype(float))
    found["percentile"] = units.percentile_rank(given["median"])
    if not linear:
        return found
    expected = units.mean_from_quartiles(*(values[name].to_numpy(dtype=float) for name in QUARTILES))
    kept = values.index.isin(genes.loc[genes["normaliser"], "gene_id"])
    scaled = given * units.renormalisation_factor(float(np.nansum(expected[kept])))
    q1, median, q3 = (scaled[name].to_numpy(dtype=float) for name in QUARTILES)
    share, low, high = prevalence_from_quartiles(q1, median, q3, n, level)
    return found.assign(
        q1_tpm=q1,
        median_tpm=median,
        q3_tpm=q3,
        prevalence=share,
        prevalence_lo=low,
        prevalence_hi=high,
        prevalence_basis=pd.Series("estimated", coding).where(~np.isnan(low)),
    )


def _kept(values: pd.DataFrame, row: Sample, path: Path) -> Any:
    """Return quartiles × genes; of them the median stands for the cohort."""
    from anndata import AnnData

    obs = pd.DataFrame(
        {"patient": row.cohort, "role": ["quartile", "cohort", "quartile"], "purity": np.nan, "file": path.name},
        index=list(QUARTILES),
    )
    found = AnnData(values.T.to_numpy(dtype=np.float32), obs=obs)
    found.var_names = values.index.astype(str)
    return found
