"""Expression in a kind of normal cell over all atlases of a bundle, as numbers and in words."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from targetfinder.decide._curated import NOT_MEASURED


def highest(cells: pd.DataFrame, contexts: Iterable[str], genes: pd.Index) -> pd.DataFrame:
    """Return upper_tpm, release and context of the row of each gene with the highest upper tail; missing if unmeasured.

    Parameters
    ----------
    cells
        Rows of `NORMAL_CELL`.
    contexts
        Cell types that count as this kind of cell.
    genes
        Gene ids of the result.
    """
    found = cells[cells["context"].isin(list(contexts)) & cells["upper_tpm"].notna()]
    ordered = found.sort_values(["upper_tpm", "source", "context"], ascending=[False, True, True], kind="stable")
    first = ordered.drop_duplicates("gene_id").set_index("gene_id")[["upper_tpm", "release", "context"]]
    return first.astype({"release": object, "context": object}).reindex(genes)


def most_positive(antibodies: pd.DataFrame, context: str, genes: pd.Index) -> pd.DataFrame:
    """Return the row of each gene of `NORMAL_ANTIBODY` with the highest share in a context; missing if unmeasured."""
    found = antibodies[antibodies["context"] == context]
    order = ["positive", "source", "antibody"]
    ordered = found.sort_values(order, ascending=[False, True, True], kind="stable")
    columns = ["positive", "n_cells", "antibody", "background", "release"]
    first = ordered.drop_duplicates("gene_id").set_index("gene_id")[columns]
    return first.astype(dict.fromkeys(columns[2:], object)).reindex(genes)


def in_words(rows: pd.DataFrame) -> pd.Series:
    """Return rows of `highest` as `<amount> TPM* (<release>)`, or that nothing was measured."""
    value = rows["upper_tpm"]
    number = value.round(0).map("{:,.0f}".format).where(value >= 10, value.map("{:.1f}".format))
    return (number + " TPM* (" + rows["release"] + ")").where(value.notna(), NOT_MEASURED)
