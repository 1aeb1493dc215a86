"""Atlases of single cells donor by donor: a row for each gene, tissue, cell type and donor, with its ambient RNA."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from targetfinder.genes import Identity
from targetfinder.reference._ambient import ambient
from targetfinder.reference._normals import categorical, coding_rows, factors
from targetfinder.sources.readers import Expression
from targetfinder.sources.readers._common import CellGroups
from targetfinder.sources.registry import SourceTable


def donors(
    table: SourceTable, expression: Expression, genes: pd.DataFrame, identity: Identity, contexts: pd.DataFrame
) -> pd.DataFrame:
    """Return the groups of cells of one atlas as rows of `NORMAL_CELL_DONORS`.

    Each group is renormalised by itself, so that a gene has the same unit in every donor: TPM*.

    Parameters
    ----------
    expression
        Of an atlas of single cells (`cells` is not None).
    genes
        `GENES` of the bundle.
    contexts
        Rows of `contexts_of`.

    Raises
    ------
    InputError
        If a group expresses no protein-coding gene.
    """
    cells = cast("CellGroups", expression.cells)
    kept = cells.groups["label"].isin(expression.value.columns).to_numpy()
    groups, mean = cells.groups[kept].reset_index(drop=True), cells.mean[kept]
    rows, ids = coding_rows(expression, genes, identity)
    summed = ids.isin(genes.loc[genes["normaliser"], "gene_id"])
    totals = pd.Series(mean[:, rows[summed]].sum(axis=1), groups["label"])
    factor = factors(table, totals).to_numpy()[:, None]
    order = ids.argsort()
    order = order[ids[order].isin(genes.loc[genes["universe"], "gene_id"])]
    chosen = rows[order]
    own = contexts[contexts["source"] == table.id]
    part, share = ambient(groups, mean)
    values = {
        "mean": mean[:, chosen] * factor,
        "detected": cells.detected[kept][:, chosen].astype(float),
        "ambient": part[:, chosen] * factor,
    }
    places = np.tile(np.arange(len(groups)), len(chosen))
    text = groups.assign(context=groups["label"].map(dict(zip(own["label"], own["context"], strict=True))))
    named = {name: _repeated(text[name], places) for name in ("tissue", "cell_type", "context", "donor")}
    one = np.zeros(len(places), dtype=np.int8)
    return pd.DataFrame(
        {
            "gene_id": categorical(np.repeat(np.arange(len(chosen)), len(groups)), ids[order]),
            **named,
            "n_cells": pd.array(groups["n_cells"].to_numpy()[places], dtype="Int64"),
            **{name: value.T.ravel() for name, value in values.items()},
            "soup": share[places],
            "source": categorical(one, pd.Index([table.id])),
            "release": categorical(one, pd.Index([table.release])),
        }
    )


def _repeated(text: pd.Series, places: np.ndarray) -> pd.Categorical:
    codes, names = pd.factorize(text, sort=True)
    return categorical(codes[places], pd.Index(names, dtype=object))
