"""Cell types that carry a gene, in the shape that safety rules are applied to."""

from __future__ import annotations

import pandas as pd


def carriers(cells: pd.DataFrame, lowest: float) -> pd.DataFrame:
    """Return the rows of `OFF_TARGET` that may cross a rule.

    `upper` is what recurs in two donors. Where that is below `lowest`, and the highest donor is not, `upper` is the
    latter and `dismissed` says why it does not count. Excess over the tumour is a matter of bulk RNA.
    """
    recurs = cells["level"] >= lowest
    kept = cells[recurs | (cells["highest"] >= lowest)]
    return pd.DataFrame(
        {
            **{name: kept[name] for name in ("gene_id", "tissue", "context", "criticality", "dismissed", "unit")},
            "upper": kept["level"].where(recurs, kept["highest"]),
            "upper_tpm": float("nan"),
            "tumour": float("nan"),
            "modality": "rna_cell",
            **{name: kept[name] for name in ("n_donors", "source", "release")},
        }
    )


def in_tissue(found: pd.DataFrame) -> pd.Series:
    """Return the context of each finding, of a cell type with a known tissue as `<tissue>: <cell type>`."""
    if "tissue" not in found:
        return found["context"]
    context = found["context"].astype(object)
    return context.where(found["tissue"].isna(), found["tissue"].astype(object) + ": " + context)
