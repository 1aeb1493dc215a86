"""Rows of a user's file to genes: every row leads to one gene, or is told as lost."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from targetfinder import tables
from targetfinder.cohort._matrix import unfit
from targetfinder.identity import Identity

#: Share of rows that may be named in the rarer of two ways: a few controls among ids are no mixture.
MAX_OTHER_KIND = 0.05


class Mapped(NamedTuple):
    """Gene of each row (missing if lost), and the rows that are lost as `EXCLUDED` without source and release."""

    genes: pd.Series
    lost: pd.DataFrame


def to_genes(entries: pd.Index, symbols: pd.Series | None, identity: Identity, path: Path) -> Mapped:
    """Return the gene of each entry, by Ensembl id, by symbol, or by both.

    Raises
    ------
    InputError
        If ids and symbols are mixed in one column, so that a gene may hide under both.
    """
    spelt = pd.Series(entries.astype(str), dtype=object)
    is_id = spelt.str.upper().str.match(r"ENS[A-Z]*G?R?\d")
    rarer = min(is_id.mean(), 1 - is_id.mean())
    if rarer > MAX_OTHER_KIND:
        examples = f"{spelt[is_id].iloc[0]} and {spelt[~is_id].iloc[0]}"
        told = f"{rarer:.0%} of the rows are named in another way than the rest, such as {examples}"
        raise unfit(path, told, "name all rows by Ensembl ids, or all by symbols")
    names = spelt.where(~is_id) if symbols is None else symbols.reset_index(drop=True)
    found = identity.explain(spelt.where(is_id), names)
    known = found["gene_id"].isin(identity.known)
    lost = pd.DataFrame({"entry": spelt, "reason": found["reason"].fillna("not a known gene")})[~known]
    return Mapped(found["gene_id"].where(known).set_axis(entries), lost.drop_duplicates(ignore_index=True))


def by_gene(values: pd.DataFrame, genes: pd.Series, *, additive: bool) -> pd.DataFrame:
    """Return one row a gene: the sum of its rows where values are amounts, else the first of them.

    Parameters
    ----------
    values
        Entries × samples.
    genes
        Gene of each entry, in the order of `values`; missing ones are left out.
    additive
        Whether values are linear amounts; a gene that no row was measured for in a sample stays missing.
    """
    rows = values.set_axis(pd.Index(genes, name="gene_id"))
    rows = rows[rows.index.notna()]
    if rows.index.is_unique:
        return rows.sort_index()
    grouped = rows.groupby(level=0)
    return grouped.sum(min_count=1) if additive else grouped.first()


def excluded(lost: pd.DataFrame, source: str, release: str) -> pd.DataFrame:
    """Return lost entries as `EXCLUDED`."""
    return lost.assign(source=source, release=release)[tables.EXCLUDED.names].sort_values(["entry", "reason"])
