"""What curators say of a target, in the words of a row of `TARGETS`: an unverified statement says so."""

from __future__ import annotations

import pandas as pd

#: What the panel of T and NK cells says of a gene that nobody looked up: unknown, which is not low.
NOT_MEASURED = "not measured"


def _joined(rows: pd.DataFrame, said: pd.Series) -> pd.Series:
    marked = said + rows["verified"].astype(bool).map({True: "", False: " (unverified)"})
    return marked.groupby(rows["gene_id"]).agg(" ".join)


def shed(liabilities: pd.DataFrame) -> pd.Series:
    """Return what is known of shed and soluble forms, by gene id."""
    found = liabilities[liabilities["kind"].isin(["shed", "soluble_isoform"])].sort_values(["kind", "statement"])
    return _joined(found, found["statement"])


def blind(spots: pd.DataFrame) -> pd.Series:
    """Return the places that the atlases miss, by gene id; rows of `BLIND_SPOTS` for all genes are left out."""
    found = spots[spots["gene_id"].notna()].sort_values(["place", "statement"])
    return _joined(found, found["place"] + ": " + found["statement"])


def activated(effectors: pd.DataFrame, cell: str, genes: pd.Index) -> pd.Series:
    """Return whether activated cells of the kind carry each of the genes, as rows of `EFFECTORS` tell it.

    Without a row a gene is not measured. So it is where an unverified row denies it: an antigen is never told to be
    absent without a source.
    """
    rows = effectors[(effectors["cell"] == cell) & (effectors["state"] == "activated")]
    found = rows[(rows["carries"] == "yes") | rows["verified"].astype(bool)]
    told = _joined(found, found["carries"] + ": " + found["statement"])
    return told.reindex(genes).fillna(NOT_MEASURED)


def therapies(precedent: pd.DataFrame) -> pd.Series:
    """Return each class of therapy that names a gene, once with its count, by gene id; rows of `PRECEDENT`."""
    classes = precedent.assign(label=precedent["therapy"] + " (" + precedent["status"] + ")")
    counts = classes.groupby(["gene_id", "label"]).size().rename("count").reset_index()
    counts["label"] += counts["count"].map(lambda n: f" ×{n}" if n > 1 else "")
    joined: pd.Series = counts.groupby("gene_id")["label"].agg("; ".join)
    return joined
