"""Expression by the Human Protein Atlas, in the long tables that it publishes."""

from __future__ import annotations

from typing import IO

import numpy as np
import pandas as pd

from targetfinder.sources.readers._checks import by_line, human, refuse
from targetfinder.sources.readers._common import Expression, delimited, expression, numbers
from targetfinder.sources.readers._lines import rectangular
from targetfinder.sources.registry import SourceTable


def hpa_expression(handle: IO[bytes], table: SourceTable) -> Expression:
    """Read one line a gene and label: Gene, Gene name, `options.label` (`Tissue`, `Cell type`, …), `options.value`.

    Reads rna_tissue_consensus, rna_tissue_hpa, rna_tissue_gtex, rna_tissue_fantom, rna_single_cell_type,
    rna_blood_cell and rna_immune_cell. A gene without a line or with an empty cell for a label is missing there.

    Raises
    ------
    InputError
        If the file is no such table, a gene occurs twice for one label or is of another species, or a value is no
        number, negative, infinite or a logarithm.
    """
    label, value = table.options["label"], table.options["value"]
    names = ["Gene", "Gene name", label]
    rectangular(handle, table, "\t")
    frame = delimited(handle, table, [*names, value], sep="\t", dtype=dict.fromkeys(names, "category"))
    frame = by_line(frame)
    for name in ("Gene", label):
        refuse(frame[name].isna(), frame[name], table, "empty cell")
    human(frame[["Gene", "Gene name"]].set_axis(["gene_id", "symbol"], axis=1), table)
    refuse(frame.duplicated(["Gene", label]), frame["Gene"], table, "gene occurs twice for one label")
    values = numbers(frame[[value]], table)
    genes, labels = frame["Gene"].cat, frame[label].cat
    wide = np.full((len(genes.categories), len(labels.categories)), np.nan)
    wide[genes.codes, labels.codes] = values[value]
    symbols = frame.drop_duplicates("Gene").set_index("Gene")["Gene name"].astype(object)
    index = pd.Index(genes.categories, name="gene_id")
    return expression(table, pd.DataFrame(wide, index, list(labels.categories)), symbols.reindex(index))
