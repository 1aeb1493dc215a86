"""Blood: stem cells, the lineages that would be lost, and the risk of cytopenia, each with its basis."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from targetfinder.decide._normal_cells import highest, in_words

STEM = ("Haematopoietic stem cells", "Haematopoietic progenitor cells")
#: Lineages by the cell types that stand for them.
LINEAGES = {
    "B cells": ("B cells",),
    "plasma cells": ("Plasma cells",),
    "T cells": ("T cells", "Regulatory T cells"),
    "NK cells": ("NK cells",),
    "monocytes": ("Monocytes",),
    "granulocytes": ("Neutrophils", "Eosinophils", "Basophils"),
    "erythroid cells": ("Erythroid cells",),
    "platelets": ("Platelets", "Megakaryocytes"),
}
#: Cells whose loss is a cytopenia. To see none, each of these groups must have been measured, in one of its types.
CYTOPENIA = {
    "stem or progenitor cells": STEM,
    "neutrophils or their progenitors": ("Neutrophils", "Myeloid progenitor cells"),
    "erythroid cells": ("Erythroid cells",),
    "platelets or megakaryocytes": ("Platelets", "Megakaryocytes"),
}
#: Measured in every set, but no witness for neutrophils: they add a risk and never take one away.
ALSO = {"monocytes": ("Monocytes",)}
CONTEXTS = sorted({kind for group in (LINEAGES, CYTOPENIA) for kinds in group.values() for kind in kinds})
#: Classes whose loss can be lived with, at a cost.
TOLERABLE = ("regenerable", "dispensable")
NO_STEM_CELLS = "no atlas of this reference set has blood stem or progenitor cells; bulk marrow is no substitute"


def blood(
    cells: pd.DataFrame, contexts: pd.DataFrame, liabilities: pd.DataFrame, genes: pd.Index, level: float
) -> pd.DataFrame:
    """Return hsc, hsc_basis, blood_lineages, cytopenia and cytopenia_basis of `TARGETS`, one row for each gene.

    Parameters
    ----------
    cells
        Rows of `NORMAL_CELL` of `CONTEXTS`.
    contexts
        `CONTEXTS` of the bundle: the criticality of each cell type.
    liabilities
        `LIABILITIES` of the bundle.
    genes
        Gene ids of the result.
    level
        TPM* from which a cell may be hit.
    """
    stem = highest(cells, STEM, genes)
    reason = "not measured in them" if cells["context"].isin(STEM).any() else NO_STEM_CELLS
    basis = (stem["context"] + ": " + in_words(stem)).where(stem["upper_tpm"].notna(), reason)
    own = {"hsc": stem["upper_tpm"], "hsc_basis": basis, "blood_lineages": _lineage(cells, contexts, genes, level)}
    return pd.DataFrame(own, index=genes).join(_cytopenia(cells, liabilities, genes, level))


def _lineage(cells: pd.DataFrame, contexts: pd.DataFrame, genes: pd.Index, level: float) -> pd.Series:
    """Return which lineages may be lost, those of tolerable loss apart, and which were not measured."""
    classes = contexts.drop_duplicates("context").set_index("context")["criticality"]
    found = {name: highest(cells, kinds, genes) for name, kinds in LINEAGES.items()}
    tolerable = {name: rows["context"].map(classes).isin(TOLERABLE) for name, rows in found.items()}
    parts = {
        told: _joined({name: _hit(name, found[name], level).where(tolerable[name] == spared) for name in found})
        for told, spared in (("tolerable at a cost: ", True), ("not tolerable: ", False))
    }
    lost = _joined({told: (told + part).where(part != "") for told, part in parts.items()}, "; ")
    return lost.where(lost != "", "none of those measured") + _rest(found, LINEAGES, level)


def _cytopenia(cells: pd.DataFrame, liabilities: pd.DataFrame, genes: pd.Index, level: float) -> pd.DataFrame:
    """Return the flag of cytopenia, one of `CYTOPENIA` of the tables, and its basis."""
    found = {name: highest(cells, kinds, genes) for name, kinds in (CYTOPENIA | ALSO).items()}
    kinds = {kind for group in (CYTOPENIA | ALSO).values() for kind in group}
    harm = liabilities[(liabilities["kind"] == "toxicity") & liabilities["tissue"].isin(kinds)]
    verified = harm["verified"].astype(bool)
    hit = _joined({name: _hit(name, rows, level) for name, rows in found.items()})
    incomplete = np.any([found[name]["upper_tpm"].isna() for name in CYTOPENIA], axis=0)
    flag = np.select(
        [genes.isin(harm.loc[verified, "gene_id"]), genes.isin(harm["gene_id"]) | (hit != ""), incomplete],
        ["reported", "possible", "unknown"],
        "not seen",
    )
    source = harm["reference"].where(verified, "unverified").astype(object)
    told = harm.assign(text=" On file: " + harm["statement"] + " (" + source + ")").sort_values("text")
    on_file = told.groupby("gene_id")["text"].agg("".join).reindex(genes, fill_value="")
    rna = "RNA: " + hit.where(hit != "", "little in those measured") + _rest(found, CYTOPENIA, level) + "."
    return pd.DataFrame({"cytopenia": flag, "cytopenia_basis": rna + on_file}, index=genes)


def _hit(name: str, rows: pd.DataFrame, level: float) -> pd.Series:
    """Return the name and amount where the cells reach the level, else missing."""
    value = rows["upper_tpm"]
    return (f"{name} " + value.round(0).map("{:,.0f}".format)).where(value >= level)


def _rest(found: dict[str, pd.DataFrame], asked: Collection[str], level: float) -> pd.Series:
    """Return which of the cells asked for were not measured, then unit and releases of the amounts."""
    unmeasured = {n: pd.Series(n, found[n].index).where(found[n]["upper_tpm"].isna()) for n in asked}
    names = _joined(unmeasured)
    releases = sorted({release for rows in found.values() for release in rows["release"].dropna()})
    counted = {r: pd.Series(False, names.index) for r in releases}
    for rows in found.values():
        for release in releases:
            counted[release] |= (rows["release"] == release) & (rows["upper_tpm"] >= level)
    sources = _joined({r: pd.Series(r, names.index).where(there) for r, there in counted.items()}, " and ")
    told = ("; not measured: " + names).where(names != "", "")
    return told + ("; TPM* of " + sources).where(sources != "", "") if releases else told


def _joined(parts: dict[str, pd.Series], between: str = ", ") -> pd.Series:
    """Return the texts of each gene that are not missing, joined."""
    wide = pd.DataFrame(parts)
    texts = [between.join(text for text in row if isinstance(text, str)) for row in wide.to_numpy(dtype=object)]
    return pd.Series(texts, wide.index, dtype=object)
