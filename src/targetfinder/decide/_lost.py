"""Antigens over all patients: how often each was lost, and with which others."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.stats import wilson_of_count
from targetfinder.units import Floats

#: Fewer patients are not tested.
MIN_TESTED = 3
#: Patients up to which the distribution of the test is counted, not approached.
EXACT = 25
#: Others that are named beside a lost antigen, if they were lost in so many of the same patients.
WITH, MIN_WITH = 5, 2


def of_targets(rows: pd.DataFrame, genes: pd.DataFrame, risks: pd.DataFrame) -> pd.DataFrame:
    """Return `ESCAPE_TARGETS`.

    Parameters
    ----------
    rows
        `ESCAPE`.
    genes
        `TARGETS`, by gene id.
    risks
        What `_prior.prior` returns.
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
