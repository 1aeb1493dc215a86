"""Where RNA and protein of a tumour contradict each other: a flag, never an average."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: RNA or protein is high in the top third of all genes, low in the bottom third.
HIGH, LOW = 2 / 3, 1 / 3
#: A run that sees so many of the proteins of genes with as much RNA would have seen this one.
SEEN = 0.8
BINS = 20
NOT_SEEN = "RNA high, protein not seen where most of such genes are"
NOT_MADE = "protein high, RNA low"


def discordance(rna: pd.Series, protein: pd.DataFrame) -> pd.Series:
    """Return where protein and RNA of a gene contradict each other, as a text; missing where they do not.

    A gene in the top third of RNA whose protein was not seen is flagged if the proteins of at least 80 % of the
    genes with as much RNA (the same twentieth of all genes) were seen; a gene in the top third of proteins and the
    bottom third of RNA always is. Nothing is averaged, and a protein without percentile is compared with nothing.

    Parameters
    ----------
    rna
        Percentile of RNA (0 to 1) by gene id; missing where unmeasured.
    protein
        detection and percentile of `COHORT`, by gene id.
    """
    percentile = protein["percentile"].reindex(rna.index)
    seen = (protein["detection"].reindex(rna.index) == "measured") & bool(percentile.notna().any())
    alike = np.minimum((rna * BINS).fillna(-1).astype(int), BINS - 1)
    usual = seen.groupby(alike).transform("mean")
    flags = pd.Series(None, rna.index, dtype=object)
    flags = flags.mask((rna >= HIGH) & ~seen & (usual >= SEEN), NOT_SEEN)
    return flags.mask((percentile >= HIGH) & (rna <= LOW), NOT_MADE)
