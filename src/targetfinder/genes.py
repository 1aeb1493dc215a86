"""Who is who: one table of genes, keyed by unversioned Ensembl gene id.

The gene space (all genes of an Ensembl release) decides which ids are in use, which symbol is current and what is
protein-coding; where it says nothing, HGNC and the atlases do. `targetfinder.nomenclature` makes of them what leads
every id and name of a source to a gene; how one is looked up is in `targetfinder.identity` and `targetfinder.names`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from targetfinder.identity import Identity
from targetfinder.nomenclature import NO_SPACE, NO_SYNONYMS, identity_of, with_ids

__all__ = ["NO_SPACE", "NO_SYNONYMS", "PROTEIN", "Identity", "gene_table", "identity_of", "with_ids"]

PROTEIN = "gene with protein product"
#: HGNC locus types whose genes rearrange, or join two genes: never targets of their own.
NEVER_PROTEIN = ("immunoglobulin", "T cell receptor", "readthrough")
#: HGNC locus types that make no protein, where the gene space does not know the gene.
NOT_PROTEIN = (*NEVER_PROTEIN, "RNA", "endogenous retrovirus")
#: Biotypes of the gene space that rearrange.
RECEPTOR = ("IG_", "TR_")


def gene_table(
    hgnc: pd.DataFrame,
    atlas_symbols: pd.Series,
    immune_receptor: set[str],
    mitochondrial: set[str],
    space: pd.DataFrame = NO_SPACE,
    synonyms: pd.DataFrame = NO_SYNONYMS,
) -> pd.DataFrame:
    """Return the genes known to HGNC, to an atlas, or protein-coding in the gene space: `GENES` without `universe`.

    A gene that the gene space knows is protein-coding if it or an atlas of protein-coding genes says so; any other
    gene if an atlas lists it or HGNC says so and its locus type is not one of RNA. Immunoglobulin, T-cell-receptor
    and readthrough genes are none, whoever says so; a symbol made of two other symbols is that of a readthrough.
    `normaliser` leaves out mitochondrial genes too.

    Parameters
    ----------
    hgnc, atlas_symbols, space
        As for `identity_of`, under current gene ids; the space without Y copies.
    immune_receptor, mitochondrial
        Current gene ids.
    """
    names = hgnc.dropna(subset=["gene_id"]).drop_duplicates("gene_id").set_index("gene_id")
    known = space.set_index("gene_id")
    codes = known.index[known["biotype"] == "protein_coding"]
    ids = pd.Index(sorted({*names.index, *atlas_symbols.index, *codes}), name="gene_id")
    biotype, locus_type = known["biotype"].reindex(ids), names["locus_type"].reindex(ids)
    approved = names["symbol"].reindex(ids)
    symbol = known["symbol"].reindex(ids)
    for other in (atlas_symbols.reindex(ids), approved, ids.to_series()):
        symbol = symbol.where(symbol.notna(), other)
    listed, spaced = ids.isin(atlas_symbols.index), ids.isin(known.index)
    never = _contains(locus_type, NEVER_PROTEIN) | _contains(biotype, RECEPTOR)
    symbols = {*known["symbol"], *names["symbol"]}
    never |= ids.isin(immune_receptor) | np.array(["-" in one and _joins(one, symbols) for one in symbol], dtype=bool)
    by_hgnc = (listed | (locus_type == PROTEIN).to_numpy()) & ~_contains(locus_type, NOT_PROTEIN)
    protein_coding = (listed | ids.isin(codes)) & spaced | by_hgnc & ~spaced
    protein_coding &= ~never
    mitochondrial = mitochondrial | set(known.index[known["contig"] == "MT"])
    return pd.DataFrame(
        {
            "gene_id": ids,
            "symbol": symbol.to_numpy(),
            "name": names["name"].reindex(ids).to_numpy(),
            "aliases": _aliases(names, symbol, atlas_symbols.reindex(ids), synonyms),
            "locus_type": locus_type.to_numpy(),
            "protein_coding": protein_coding,
            "normaliser": protein_coding & ~ids.isin(mitochondrial),
        }
    )


def _contains(kinds: pd.Series, words: Sequence[str]) -> np.ndarray:
    """Whether each locus type or biotype holds one of the words."""
    holding = [kind for kind in kinds.dropna().unique() if any(word in kind for word in words)]
    return kinds.isin(holding).to_numpy()


def _joins(symbol: str, others: set[Any]) -> bool:
    """Whether a symbol is made of two others, `A-B`."""
    cuts = [at for at, letter in enumerate(symbol) if letter == "-"]
    return any(symbol[:at] in others and symbol[at + 1 :] in others for at in cuts)


def _aliases(names: pd.DataFrame, symbol: pd.Series, atlas: pd.Series, synonyms: pd.DataFrame) -> list[str | None]:
    """Join all other names of each gene (index of `symbol`), those of HGNC first; missing if there are none."""
    rows = names.reindex(symbol.index)
    told = {*"|".join([*rows["aliases"].dropna(), *rows["previous"].dropna()]).split("|"), *rows["symbol"], *atlas}
    new: dict[str, str] = {}
    for alias, official in zip(synonyms["alias"], synonyms["symbol"], strict=True):
        if alias not in told:
            new[official] = f"{new[official]}|{alias}" if official in new else alias
    approved = rows["symbol"].where(rows["symbol"] != symbol)
    other = atlas.where((atlas != symbol) & (atlas != approved))
    texts = (rows["aliases"], rows["previous"], approved, other, symbol.map(new))
    joined = []
    for shown, *parts in zip(symbol, *(text.fillna("") for text in texts), strict=True):
        text = "|".join(filter(None, parts))
        if shown in text:
            text = "|".join(name for name in text.split("|") if name != shown)
        joined.append(text or None)
    return joined
