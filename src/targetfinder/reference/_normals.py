"""Atlases of normal expression: one row a gene and context, renormalised so that tumours can be compared with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from targetfinder import tables, units
from targetfinder.errors import InputError
from targetfinder.genes import Identity
from targetfinder.reference._identity import entries_of
from targetfinder.sources.readers import Expression
from targetfinder.sources.registry import SourceTable


def normal(
    table: SourceTable, expression: Expression, genes: pd.DataFrame, identity: Identity, contexts: pd.DataFrame
) -> pd.DataFrame:
    """Return one atlas as rows of `NORMAL_BULK` or `NORMAL_CELL` for protein-coding genes.

    Renormalisation takes the sum of `mean` over the normaliser genes of each label. Of several labels with one
    canonical name the highest value counts, and the fewest donors.

    Parameters
    ----------
    genes
        `GENES` of the bundle.
    contexts
        Rows of `contexts_of`.

    Raises
    ------
    InputError
        If a label expresses no protein-coding gene.
    """
    own = contexts[contexts["source"] == table.id]
    canonical = dict(zip(own["label"], own["context"], strict=True))
    places, ids = coding_rows(expression, genes, identity)
    frames = (expression.value, expression.upper, expression.mean)
    value, upper, mean = (frame.iloc[places].set_axis(ids) for frame in frames)
    factor = factors(table, mean[ids.isin(genes.loc[genes["normaliser"], "gene_id"])].sum())
    wide = {"value": value, "upper": upper, "upper_tpm": upper * factor, "percentile": units.percentile_rank(value)}
    rows = _long({name: _highest(frame, canonical) for name, frame in wide.items()})
    donors = expression.donors.groupby(canonical).min() if expression.donors is not None else pd.Series(dtype=float)
    return rows.assign(
        n_donors=rows["context"].astype(object).map(donors).astype("Int64"),
        **{
            name: categorical(np.zeros(len(rows), dtype=np.int8), pd.Index([text]))
            for name, text in (("unit", table.unit), ("source", table.id), ("release", table.release))
        },
    )[tables.NORMAL_BULK.names]


def joined(atlases: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of several atlases, one after the other; text stays categorical, which is checked fast."""
    first = atlases[0]
    return pd.DataFrame(
        {
            name: union_categoricals([atlas[name] for atlas in atlases])
            if isinstance(first[name].dtype, pd.CategoricalDtype)
            else pd.concat([atlas[name] for atlas in atlases], ignore_index=True)
            for name in first
        }
    )


def _highest(frame: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Name the columns; of several with one name return the highest value of each row."""
    named = frame.rename(columns=names)
    return named.T.groupby(level=0).max().T if named.columns.has_duplicates else named


def coding_rows(expression: Expression, genes: pd.DataFrame, identity: Identity) -> tuple[np.ndarray, pd.Index]:
    """Return the rows of protein-coding genes, and their ids; of two rows of a gene its own id's."""
    spelt = entries_of(expression, identity)
    found = identity.explain(spelt["gene_id"], spelt["symbol"])
    found = found[found["gene_id"].isin(genes.loc[genes["protein_coding"], "gene_id"])]
    own_first = (found["outcome"] != "unchanged").sort_values(kind="stable").index
    keep = found.loc[own_first, "gene_id"].drop_duplicates().sort_index()
    return keep.index.to_numpy(), pd.Index(keep, name="gene_id")


def factors(table: SourceTable, totals: pd.Series) -> pd.Series:
    """Return what turns each label into TPM*, from the sum of its normaliser genes."""
    silent = totals.index[~(totals > 0)]
    if len(silent):
        raise InputError(
            "no protein-coding gene is expressed",
            file=table.id,
            field=", ".join(map(str, silent)),
            remedy="check the file, or list the label under skip_labels with a reason",
        )
    return totals.map(units.renormalisation_factor)


def _long(wide: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Stack frames of one shape (gene × context) into one row a gene and context, sorted by both."""
    ordered = {name: frame.sort_index().sort_index(axis=1) for name, frame in wide.items()}
    first = next(iter(ordered.values()))
    genes, contexts = first.shape
    return pd.DataFrame(
        {
            "gene_id": categorical(np.repeat(np.arange(genes), contexts), first.index),
            "context": categorical(np.tile(np.arange(contexts), genes), first.columns),
            **{name: frame.to_numpy().ravel() for name, frame in ordered.items()},
        }
    )


def categorical(codes: np.ndarray, categories: pd.Index) -> pd.Categorical:
    """Return text by its number among `categories`."""
    return pd.Categorical.from_codes(codes, categories)  # type: ignore[arg-type]  # the stubs want a list
