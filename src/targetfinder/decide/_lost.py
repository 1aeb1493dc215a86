"""Antigens over all patients: how often each was lost, with which others, and what makes its loss likely beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.decide._paired import Pair
from targetfinder.samplesheet import RANKED
from targetfinder.stats import wilson_of_count
from targetfinder.units import Floats

#: Fewer patients are not tested.
MIN_TESTED = 3
#: Patients up to which the distribution of the test is counted, not approached.
EXACT = 25
#: Others that are named beside a lost antigen, if they were lost in so many of the same patients.
WITH, MIN_WITH = 5, 2
#: Share of malignant cells without the antigen, and fall with the driver (log2), from which loss is likely: most of the
#: cells need not change, and half of the antigen hangs on the driver.
PATCHY, DRIVEN = 0.5, -1.0


def of_targets(rows: pd.DataFrame, genes: pd.DataFrame, risks: pd.DataFrame) -> pd.DataFrame:
    """Return `ESCAPE_TARGETS`.

    Parameters
    ----------
    rows
        `ESCAPE`.
    genes
        `TARGETS`, by gene id.
    risks
        What `prior` returns.
    """
    bases = sorted(rows["basis"].unique()) or ["rna_bulk"]
    parts = [_of_basis(basis, rows[rows["basis"] == basis], genes, risks) for basis in bases]
    return pd.concat(parts, ignore_index=True)[tables.ESCAPE_TARGETS.names]


def _of_basis(basis: str, rows: pd.DataFrame, genes: pd.DataFrame, risks: pd.DataFrame) -> pd.DataFrame:
    counts = rows.groupby(["gene_id", "call"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(tables.ESCAPE_CALLS), fill_value=0)
    known = counts.index if len(counts) else pd.Index(genes["gene_id"])
    frame = genes.set_index("gene_id").loc[known.sort_values(), ["symbol", "priority_rank", "safety_tier"]]
    counts = counts.reindex(frame.index, fill_value=0)
    carried = counts[["retained", "reduced", "lost", "unclear"]].sum(axis=1)
    told = carried - counts["unclear"]
    frame = frame.assign(
        basis=basis,
        n_pairs=counts.sum(axis=1),
        n_carried=carried,
        **{f"n_{call}": counts[call] for call in tables.ESCAPE_CALLS},
        **_shares(counts["lost"], told),
        carried_at_relapse=_still(rows, frame.index),
        **_tested(rows[rows["call"].isin(["retained", "reduced", "lost", "unclear"])], frame.index),
        lost_with=_together(rows, frame),
    )
    return frame.join(risks).reset_index()


def _shares(lost: pd.Series, told: pd.Series) -> dict[str, Floats]:
    known = [(k / n, *wilson_of_count(k, n)) if n else (np.nan,) * 3 for k, n in zip(lost, told, strict=True)]
    columns = np.array(known, dtype=float).reshape(-1, 3).T
    return dict(zip(("lost_share", "lost_share_lo", "lost_share_hi"), columns, strict=True))


def _still(rows: pd.DataFrame, index: pd.Index) -> pd.Series:
    """Return the share of relapses that carry each antigen; what is unclear does not tell."""
    told = rows[rows["call"] != "unclear"]
    held = told["call"].isin(["retained", "reduced", "emerged"]) & (told["below_limit"] == "no")
    return held.groupby(told["gene_id"]).mean().reindex(index)


def _tested(rows: pd.DataFrame, index: pd.Index) -> dict[str, pd.Series]:
    """Test the changes of the patients that carried each antigen (Wilcoxon signed-rank), with FDR over the antigens."""
    from scipy.stats import false_discovery_control, wilcoxon

    by = rows.groupby("gene_id")["change_log2"]
    found = pd.Series(dtype=float)
    for n, genes in by.size().groupby(by.size()).groups.items():
        if int(str(n)) >= MIN_TESTED:  # antigens of as many patients are one matrix: scipy tests its rows at once
            some = rows[rows["gene_id"].isin(genes)].sort_values(["gene_id", "patient"])
            values = some["change_log2"].to_numpy().reshape(len(genes), -1)
            moved = (values != 0).any(axis=1)
            p = np.ones(len(genes))
            how: Literal["exact", "approx"] = "exact" if int(str(n)) <= EXACT else "approx"
            p[moved] = wilcoxon(values[moved], axis=1, method=how).pvalue if moved.any() else 1.0
            found = pd.concat([found, pd.Series(p, sorted(genes))])
    q = pd.Series(false_discovery_control(found) if len(found) else [], found.index, dtype=float)
    columns = {"median_change_log2": by.median(), "p_value": found, "q_value": q}
    return {name: values.reindex(index) for name, values in columns.items()}


def _together(rows: pd.DataFrame, frame: pd.DataFrame) -> pd.Series:
    """Name the antigens that were lost in the same patients as each, most often first, then by rank."""
    lost = rows[rows["call"] == "lost"]
    wide = pd.crosstab(lost["patient"], lost["gene_id"]).clip(upper=1)
    wide = wide.loc[:, wide.sum() >= MIN_WITH]
    order = frame["priority_rank"].reindex(wide.columns).sort_values(kind="stable").index
    matrix = wide[order].to_numpy()
    both = matrix.T @ matrix
    told = {}
    for place, gene in enumerate(order):
        others = [n for n in np.argsort(-both[place], kind="stable") if n != place and both[place, n] >= MIN_WITH]
        names = [f"{frame['symbol'][order[n]]} ({both[place, n]})" for n in others[:WITH]]
        told[gene] = "|".join(names) or None
    return pd.Series(told, dtype=object).reindex(frame.index)


def prior(
    genes: pd.DataFrame,
    individuals: pd.DataFrame,
    clinical: pd.DataFrame | None,
    liabilities: pd.DataFrame,
    dependency: pd.DataFrame,
    drivers: Sequence[Pair],
) -> pd.DataFrame:
    """Return what makes the loss of each antigen likely: columns of `ESCAPE_TARGETS` from cells_negative on.

    Parameters
    ----------
    drivers
        Pairs of a driver that is there and the same patient or line with the driver knocked down; their change is not
        freed of a shift, since the driver may move all antigens of the tumour.
    """
    index = pd.Index(genes["gene_id"])
    first = individuals["timepoint"].fillna("").isin(RANKED) & (individuals["modality"] == "rna_cell")
    negative = 1 - individuals[first].groupby("gene_id")["cells_positive"].mean()
    frame = pd.DataFrame(
        {
            "cells_negative": negative.reindex(index),
            "single_copy": _single(clinical).reindex(index),
            "known_loss": _known(liabilities).reindex(index),
            "dependency": dependency.groupby("gene_id")["median_effect"].mean().reindex(index),
        },
        index,
    ).join(_driven(drivers, index))
    return frame.assign(prior_risk=pd.Series(map(_risk, frame.itertuples()), index, dtype=object))


def _single(clinical: pd.DataFrame | None) -> pd.Series:
    if clinical is None:
        return pd.Series(dtype=float)
    known = clinical.dropna(subset=["copy_number"]).groupby(["gene_id", "patient"])["copy_number"].min()
    return (known <= 1).groupby(level="gene_id").mean()


def _known(liabilities: pd.DataFrame) -> pd.Series:
    rows = liabilities[liabilities["kind"] == "antigen_loss"].sort_values("statement")
    where = rows["indication"].fillna("disease not given") + ", " + rows["evidence"]
    reference = rows["reference"].where(rows["verified"].astype(bool), "unverified").fillna("no reference")
    said = rows["statement"].str.rstrip(".") + " (" + where + "; " + reference + ")."
    return said.groupby(rows["gene_id"]).agg(" ".join)


def _driven(drivers: Sequence[Pair], index: pd.Index) -> pd.DataFrame:
    carried = [np.where(pair.before.carried, pair.after.log2 - pair.before.log2, np.nan) for pair in drivers]
    values = np.array(carried).reshape(len(drivers), len(index))
    n = (~np.isnan(values)).sum(axis=0)
    median = pd.DataFrame(values).median().reindex(range(len(index))).to_numpy(dtype=float)
    counts = pd.Series(n, index).astype("Int64")
    return pd.DataFrame({"driver_change_log2": median, "driver_n": counts.mask(counts == 0)}, index)


def _risk(row: object) -> str | None:
    get = row.__getattribute__
    told = []
    if get("cells_negative") >= PATCHY:
        told.append(f"{get('cells_negative'):.0%} of malignant cells without it")
    if get("single_copy") > 0:
        told.append(f"one copy or none in {get('single_copy'):.0%} of the patients")
    if isinstance(get("known_loss"), str):
        told.append("loss on file")
    if get("driver_change_log2") <= DRIVEN:
        left = 2 ** get("driver_change_log2")
        told.append(f"falls to {left:.0%} where the driver is knocked down (n = {get('driver_n')})")
    return "; ".join(told) or None
