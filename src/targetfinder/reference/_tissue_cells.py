"""Which cells each tissue is made of: the curated table tissue_cells.tsv."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from targetfinder import facts, tables, tsv
from targetfinder.reference._curated import TISSUES

FILE = "tissue_cells.tsv"
_SEPARATOR = "; "


def tissue_cells(references: Path, classes: pd.Series) -> pd.DataFrame:
    """Read tissue_cells.tsv as `TISSUE_CELLS`: one row for each tissue, part and cell type.

    Parameters
    ----------
    references
        Folder of the curated tables.
    classes
        Criticality by tissue and cell type (`classes_of`).

    Raises
    ------
    InputError
        Naming the file, the column and the line: an unknown tissue or cell type, a part that is told twice, a word
        other than yes or no, or a part of every tissue that is none of `GUESTS`.
    """
    path = references / FILE
    frame = tsv.read(path, ["tissue", "part", "cell_types", "needed", "reason", "reference"])
    tissues = tsv.read(references / TISSUES.file, [TISSUES.name])[TISSUES.name]
    tsv.listed(frame, "tissue", [tables.ANY_TISSUE, *tissues], path)
    tsv.listed(frame, "needed", tables.YES_OR_NO, path)
    tsv.once(frame, ["tissue", "part"], "part", path)
    tsv.listed(frame[frame["tissue"] == tables.ANY_TISSUE], "part", tables.GUESTS, path)
    cells = classes.index.difference(list(tissues))
    every = frame.assign(cell_types=frame["cell_types"].str.split(_SEPARATOR)).explode("cell_types")
    unknown = ~every["cell_types"].isin(cells)
    tsv.listed(every[unknown].head(1), "cell_types", cells, path)
    every = every.rename(columns={"cell_types": "cell_type"}).reset_index(drop=True)
    every = every.assign(needed=every["needed"] == "yes", criticality=every["cell_type"].map(classes))
    return facts.keyed(every.drop_duplicates(list(tables.TISSUE_CELLS.key)), tables.TISSUE_CELLS, path)
