"""Where RNA and protein of a normal tissue contradict each other: shown, never averaged."""

from __future__ import annotations

import pandas as pd

from targetfinder import tables

#: Below this HPA counts RNA as not detected (nTPM); GTEx is held to the same in TPM.
DETECTED = 1.0
#: From here on RNA of a tissue is told as a note by references/safety.toml, so that a protein should be seen.
PLENTY = 20.0
STRONG = ("Medium", "High")
TRUSTED = ("Enhanced", "Supported")
WITHOUT_RNA, WITHOUT_STAIN = tables.CONFLICT_KINDS
_TISSUE = ["gene_id", "context"]


def conflicts(genes: pd.DataFrame, protein: pd.DataFrame, bulk: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return `CONFLICTS` of the genes of the universe.

    A stain of Medium or High contradicts RNA that no atlas detects in the tissue (below `DETECTED`), nor any cell atlas
    in that cell type. RNA of `PLENTY` contradicts a tissue none of whose cells is stained. What was not measured
    contradicts nothing.

    Parameters
    ----------
    genes, protein, bulk, cells
        `GENES`, `NORMAL_PROTEIN`, `NORMAL_BULK` and `NORMAL_CELL`.
    """
    universe = genes.loc[genes["universe"], ["gene_id", "symbol"]]
    stains = protein[(protein["unit"] == "stain") & protein["gene_id"].isin(universe["gene_id"])]
    stains = stains[stains["level"].isin(tables.STAIN_LEVELS)].astype({"gene_id": str, "context": str})
    if stains.empty:
        return tables.CONFLICTS.empty()
    highest = _highest(bulk[bulk["gene_id"].isin(stains["gene_id"])])
    stains = stains.merge(highest, on=_TISSUE).merge(_in_cells(cells, stains), on=["gene_id", "cell_type"], how="left")
    loud = stains["level"].isin(STRONG) & (stains["rna"] < DETECTED) & ~(stains["rna_cell"] >= DETECTED)
    silent = stains["level"].eq("Not detected").groupby([stains["gene_id"], stains["context"]]).transform("all")
    found = pd.concat(
        [
            stains[loud].assign(kind=WITHOUT_RNA),
            stains[silent & (stains["rna"] >= PLENTY)]
            .drop_duplicates(_TISSUE)
            .assign(kind=WITHOUT_STAIN, cell_type="all stained cells", rna_cell=float("nan")),
        ],
        ignore_index=True,
    )
    found = found.assign(trusted=found["reliability"].isin(TRUSTED)).merge(universe, on="gene_id")
    return tables.CONFLICTS.sort(found.rename(columns={"context": "tissue"})[tables.CONFLICTS.names])


def _highest(bulk: pd.DataFrame) -> pd.DataFrame:
    """Return what the atlas with most RNA of a gene has in a tissue."""
    known = bulk.loc[bulk["upper"].notna(), [*_TISSUE, "upper", "unit", "source", "release"]]
    known = known.astype(dict.fromkeys([*_TISSUE, "unit", "source", "release"], str))
    first = known.sort_values([*_TISSUE, "upper", "source"], ascending=[True, True, False, True])
    names = {"upper": "rna", "unit": "rna_unit", "source": "rna_source", "release": "rna_release"}
    return first.drop_duplicates(_TISSUE).rename(columns=names)


def _in_cells(cells: pd.DataFrame, stains: pd.DataFrame) -> pd.DataFrame:
    """Return the most that a cell atlas has of a gene in a cell type."""
    known = cells[cells["gene_id"].isin(stains["gene_id"]) & cells["context"].isin(stains["cell_type"])]
    known = known.astype({"gene_id": str, "context": str})
    highest = known.groupby(["gene_id", "context"])["upper"].max().rename("rna_cell").reset_index()
    return highest.rename(columns={"context": "cell_type"})
