"""Who is who: one table of genes, and the mapping of every id and symbol of every source onto it.

Genes are keyed by unversioned Ensembl gene id. A retired id follows its replacement; a symbol is
followed only if it names exactly one gene. What cannot be followed is returned, never dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

#: HGNC locus types whose genes make no protein of their own, or rearrange (IG, TCR).
NOT_PROTEIN = ("immunoglobulin", "T cell receptor", "readthrough", "RNA", "endogenous retrovirus")


class Identity:
    """Maps ids and symbols to current gene ids.

    Parameters
    ----------
    retired
        Retired Ensembl id to current id.
    symbols
        Approved or atlas symbol to gene id.
    aliases
        Alias or previous symbol to gene id, unique ones only.
    """

    def __init__(self, retired: dict[str, str], symbols: dict[str, str], aliases: dict[str, str]) -> None:
        self._retired = {old: _last(old, retired) for old in retired}
        self._names = {name: self._retired.get(gene_id, gene_id) for name, gene_id in (aliases | symbols).items()}

    def ids(self, ids: pd.Series) -> pd.Series:
        """Return current ids for ids with or without version, missing staying missing."""
        plain = ids.astype("string").str.split(".").str[0].astype(object)
        return plain.map(self._retired).where(plain.isin(self._retired), plain)

    def resolve(self, ids: pd.Series, symbols: pd.Series) -> pd.Series:
        """Return current ids, using the symbol where there is no id; unresolved ones are missing."""
        by_id = self.ids(ids)
        names = symbols.astype(object)
        by_symbol = names.map(self._names)
        return by_id.where(by_id.notna(), by_symbol)


def _last(retired_id: str, retired: dict[str, str]) -> str:
    """Follow replacements of replacements to the id in use; a circle ends where it began."""
    seen, current = {retired_id}, retired[retired_id]
    while current in retired and current not in seen:
        seen.add(current)
        current = retired[current]
    return current


def unique_names(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return name to id for the names that stand for exactly one id."""
    found: dict[str, set[str]] = {}
    for name, gene_id in pairs:
        found.setdefault(name, set()).add(gene_id)
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


def identity_of(hgnc: pd.DataFrame, atlas_symbols: pd.Series, retired: pd.DataFrame) -> Identity:
    """Make the mapping from HGNC, the symbols of the atlases (index: gene id) and retired ids."""
    known = hgnc.dropna(subset=["gene_id"])
    named = atlas_symbols.dropna()
    symbols = unique_names(zip(known["symbol"], known["gene_id"], strict=True))
    symbols |= unique_names((symbol, str(gene_id)) for gene_id, symbol in named.items())
    other = known.assign(alias=known["aliases"].str.split("|")).explode("alias")
    other = other[other["alias"].fillna("") != ""]
    aliases = unique_names(zip(other["alias"], other["gene_id"], strict=True))
    return Identity(dict(zip(retired["retired"], retired["current"], strict=True)), symbols, aliases)


def gene_table(
    hgnc: pd.DataFrame,
    atlas_symbols: pd.Series,
    immune_receptor: set[str],
    mitochondrial: set[str],
) -> pd.DataFrame:
    """Return the genes known to HGNC or an atlas: the columns of `GENES` without `universe`.

    A gene is protein-coding if an atlas of protein-coding genes lists it or HGNC says so, unless
    HGNC's locus type is an immunoglobulin, T-cell receptor, readthrough or RNA locus.
    `normaliser` leaves out immune-receptor and mitochondrial genes.
    """
    names = hgnc.dropna(subset=["gene_id"]).drop_duplicates("gene_id").set_index("gene_id")
    ids = pd.Index(sorted(set(names.index) | set(atlas_symbols.index)), name="gene_id")
    approved = names["symbol"].reindex(ids)
    symbol = atlas_symbols.reindex(ids).fillna(approved).fillna(pd.Series(ids, ids))
    locus_type = names["locus_type"].reindex(ids)
    blocked = locus_type.fillna("").str.contains("|".join(NOT_PROTEIN)) | ids.isin(immune_receptor)
    called = ids.isin(atlas_symbols.index) | (locus_type == "gene with protein product").to_numpy()
    protein_coding = called & ~blocked.to_numpy()
    return pd.DataFrame(
        {
            "gene_id": ids,
            "symbol": symbol.to_numpy(),
            "name": names["name"].reindex(ids).to_numpy(),
            "aliases": _aliases(names["aliases"].reindex(ids), approved, symbol).to_numpy(),
            "locus_type": locus_type.to_numpy(),
            "protein_coding": protein_coding,
            "normaliser": protein_coding & ~ids.isin(mitochondrial | immune_receptor),
        }
    )


def _aliases(aliases: pd.Series, approved: pd.Series, symbol: pd.Series) -> pd.Series:
    """Join aliases and an approved symbol that differs from the one shown; missing if there are none."""
    differs = approved.where(approved.notna() & (approved != symbol), "").astype(str)
    joined = (aliases.fillna("") + "|" + differs).str.replace(r"\|+", "|", regex=True).str.strip("|")
    return joined.mask(joined == "")
