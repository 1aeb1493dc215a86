"""Proteins of a cohort: one row for each protein-coding gene."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from targetfinder.cohort._matrix import Matrix
from targetfinder.cohort._patients import by_patient
from targetfinder.cohort._protein_names import NOT_CODING, WEAKER, owners
from targetfinder.cohort._protein_statistics import measured, relative, stained
from targetfinder.errors import InputError
from targetfinder.identity import Identity

ENRICHED = "surface-enriched run: that a protein is absent is weak evidence"


def protein_cohort(
    matrix: Matrix,
    patients: pd.Series,
    genes: pd.DataFrame,
    identity: Identity,
    form: str,
    options: Mapping[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return statistics for each protein-coding gene, the entries that stand for none, and the values of patients.

    Intensities (formats of search engines, `protein_matrix`): median is the mean log2 abundance of the left-censored
    model with its 90 % interval, and prevalence the share of patients above the median of all proteins. `panel`:
    median is the mean of the relative values, prevalence the share above twice the typical sample of the file that is
    not of the cohort. `ihc`: median score with its distribution-free interval, prevalence the share at moderate
    staining of half of the cells or more. A percentile among proteins exists for intensities only.

    Parameters
    ----------
    matrix
        All samples of the file.
    patients
        Patient of each sample of the cohort, indexed by sample; the median over the samples stands for a patient.
    genes
        `GENES`.
    form
        Format in the samplesheet.
    options
        Mapping of the samplesheet: `enriched=surface`; `level`, another level of prevalence, in the unit of median;
        `scale` of `ihc`; `unit`.

    Returns
    -------
    frame
        Index gene_id; n, n_detected, detected (+ _lo, _hi), detection (`tables.DETECTION`; below_detection is listed
        in the file but seen in no patient), median (+ _lo, _hi), percentile, prevalence (+ _lo, _hi),
        prevalence_basis, level, unit, entry, note. A gene never detected has an upper bound in median_hi only.
    lost
        entry, reason.
    values
        Gene id × patient, in the unit of median; NaN where missing.

    Raises
    ------
    InputError
        If a sample is not in the file, an option is unknown, or entries are not those of human genes.
    """
    missing = patients.index.difference(matrix.values.columns)
    if len(missing):
        told = ", ".join(map(str, matrix.values.columns[:6]))
        raise InputError("no such sample in the file", field=str(missing[0]), remedy=f"use the names it has: {told}")
    if options.get("enriched", "surface") != "surface":
        raise InputError(f"enriched={options['enriched']}", field="mapping", remedy="say enriched=surface, or nothing")
    values = matrix.values.reset_index(drop=True)
    if matrix.unit == "intensity":
        values = values.apply(np.log2)
    chosen, lost = _one_a_gene(owners(matrix, identity, form, options), values[patients.index], genes)
    cohort = by_patient(values[patients.index], patients)
    if form == "panel":
        found = relative(cohort, values.drop(columns=patients.index), options)
    elif form == "ihc":
        found = stained(cohort, options)
    else:
        found = measured(cohort, options)
    found["entry"] = matrix.values.index.astype(str)
    found = found.loc[chosen.index].set_index(pd.Index(chosen, name="gene_id"))
    coding = pd.Index(genes.loc[genes["protein_coding"], "gene_id"], name="gene_id")
    found = found.reindex(coding).assign(n=cohort.shape[1])
    found["n_detected"] = found["n_detected"].astype("Int64")
    found["detection"] = found["detection"].fillna("unmeasured")
    if "enriched" in options:
        unseen = found["detection"] != "measured"
        found["note"] = found["note"].mask(unseen, ENRICHED)
    return found, lost, cohort.loc[chosen.index].set_axis(pd.Index(chosen)).reindex(coding)


def _one_a_gene(owner: pd.DataFrame, values: pd.DataFrame, genes: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Return the gene of each entry that is kept, indexed by row, and the entries that are not, each with its reason.

    Of several entries of a gene that with values in most samples is kept; of these, the highest.
    """
    coding = set(genes.loc[genes["protein_coding"], "gene_id"])
    known = owner["gene_id"].notna()
    reason = owner["reason"].mask(known & ~owner["gene_id"].isin(coding), NOT_CODING)
    order = pd.DataFrame({"seen": values.notna().sum(axis=1), "high": values.mean(axis=1)}).sort_values(
        ["seen", "high"], ascending=False, kind="stable"
    )
    ranked = owner["gene_id"].where(reason.isna()).reindex(order.index)
    reason = reason.mask((ranked.notna() & ranked.duplicated()).reindex(owner.index), WEAKER)
    kept = owner.loc[reason.isna(), "gene_id"]
    return kept, owner.assign(reason=reason).loc[reason.notna(), ["entry", "reason"]].reset_index(drop=True)
