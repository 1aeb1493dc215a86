"""What leads from ids and names to genes: the gene space, HGNC, the symbols of atlases, retired ids and synonyms."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pandas as pd

from targetfinder.identity import Identity
from targetfinder.names import ALIAS, CURRENT, PREVIOUS, SETTLED, SYNONYM, Names, index, unique

#: All genes of an Ensembl release, and synonyms, where the references have none.
NO_SPACE = pd.DataFrame(columns=["gene_id", "symbol", "biotype", "contig"], dtype=object)
NO_SYNONYMS = pd.DataFrame(columns=["alias", "symbol", "settled"], dtype=object)


def identity_of(
    hgnc: pd.DataFrame,
    atlas_symbols: pd.Series,
    retired: pd.DataFrame,
    space: pd.DataFrame = NO_SPACE,
    synonyms: pd.DataFrame = NO_SYNONYMS,
) -> Identity:
    """Make the mapping from all that names genes.

    Parameters
    ----------
    hgnc
        gene_id, symbol, previous, aliases, proteins (UniProt accessions); the last three joined by `|`.
    atlas_symbols
        Symbols of the atlases of protein-coding genes; the index is the gene id.
    retired
        retired, current: ids and what replaced them.
    space
        gene_id, symbol, biotype, contig of all genes of an Ensembl release.
    synonyms
        alias, symbol (the official one), settled (whether it decides between genes that HGNC gives the alias to).
    """
    copies = _y_copies(space)
    space = space[~space["gene_id"].isin(copies)]
    holders = _holders(space, set(hgnc["gene_id"]), set(atlas_symbols.index))
    symbols = dict(_pairs(holders.drop_duplicates("symbol", keep=False)))
    official = dict(zip(synonyms["alias"], synonyms["symbol"], strict=True))
    replaced, apart = _replaced(retired, hgnc, space, official)
    pairs = pd.concat(
        [hgnc[["gene_id", "symbol"]], atlas_symbols.rename("symbol").rename_axis("gene_id").reset_index()]
    )
    left = _left(pairs[~pairs["gene_id"].isin(replaced)], space, symbols, set(atlas_symbols.index))
    moved = copies | replaced | left
    apart = {one: reason for one, reason in apart.items() if one not in moved}
    identity = Identity(moved=moved, known=frozenset(space["gene_id"]), apart=apart, symbols=symbols)
    rows = hgnc.assign(gene_id=identity.of_hgnc(hgnc))
    unkeyed = rows[rows["gene_id"].isna()]
    rows = rows.drop(unkeyed.index)
    atlas_ids = identity.ids(pd.Series(atlas_symbols.index, dtype=object))
    atlas = pd.DataFrame({"gene_id": atlas_ids.to_numpy(), "symbol": atlas_symbols.to_numpy()}).dropna()
    in_use = {*space["gene_id"], *rows["gene_id"], *atlas_ids, *(gene for gene, _ in moved.values())}
    return Identity(
        moved=moved,
        names=Names(_kinds(holders, symbols, space, rows, atlas, synonyms)),
        known=frozenset(in_use),
        apart=apart,
        symbols=symbols,
        proteins=index(_listed(rows, "proteins")),
        unkeyed=dict(zip(unkeyed["symbol"], unkeyed["locus_type"].fillna("unknown"), strict=True)),
    )


def with_ids(hgnc: pd.DataFrame, pairs: pd.DataFrame, in_use: set[str]) -> pd.DataFrame:
    """Return HGNC with ids for genes that it gives none, where sources pair a symbol with exactly one unknown id.

    Such genes lie on alternative sequences only (KIR2DL2, say). `pairs` holds gene_id and symbol of sources.
    """
    without = hgnc["gene_id"].isna()
    free = pairs[pairs["symbol"].isin(hgnc.loc[without, "symbol"])].dropna()
    free = free[~free["gene_id"].isin(in_use | set(hgnc["gene_id"]))]
    return hgnc.assign(gene_id=hgnc["gene_id"].where(~without, hgnc["symbol"].map(unique(_pairs(free)))))


def _y_copies(space: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return the Y copies of pseudoautosomal genes: the same symbol and biotype exactly once on X and once on Y."""
    on = {name: space[space["contig"] == name].dropna(subset=["symbol"]) for name in ("X", "Y")}
    single = {name: genes.drop_duplicates("symbol", keep=False) for name, genes in on.items()}
    both = single["X"].merge(single["Y"], on=["symbol", "biotype"], suffixes=("_x", "_y"))
    reason = "Y copy of a pseudoautosomal gene"
    return {y: (x, reason) for x, y in zip(both["gene_id_x"], both["gene_id_y"], strict=True)}


def _holders(space: pd.DataFrame, listed: set[Any], in_atlas: set[Any]) -> pd.DataFrame:
    """Return the genes that hold each symbol of the gene space: of several, those that code, then those in HGNC."""
    named = space.dropna(subset=["symbol"])
    codes = (named["biotype"] == "protein_coding") | named["gene_id"].isin(in_atlas)
    score = 2 * codes + named["gene_id"].isin(listed)
    return named[score == score.groupby(named["symbol"]).transform("max")]


def _replaced(
    retired: pd.DataFrame, hgnc: pd.DataFrame, space: pd.DataFrame, official: dict[str, str]
) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """Return the replacements of retired ids, and why some are not followed: another symbol, or several of them."""
    pairs = retired[~retired["retired"].isin(space["gene_id"])].drop_duplicates()
    several = pairs.loc[pairs["retired"].duplicated(), "retired"]
    apart = dict.fromkeys(several, "retired id with several replacements")
    direct = {old: new for old, new in zip(pairs["retired"], pairs["current"], strict=True) if old not in apart}
    replaced = {old: (_last(old, direct), "retired id") for old in direct}
    symbol_of = dict(zip(space["gene_id"], space["symbol"].fillna(""), strict=True))
    listed = hgnc[hgnc["gene_id"].isin(replaced)]
    others = listed["previous"].fillna("") + "|" + listed["aliases"].fillna("")
    for old, symbol, names in zip(listed["gene_id"], listed["symbol"], others, strict=True):
        new = symbol_of.get(replaced[old][0])
        if new and new not in {symbol, official.get(symbol), *names.split("|")}:
            apart[old] = f"retired id of {symbol}, replaced by that of {new}: symbols differ"
            del replaced[old]
    return replaced, apart


def _last(retired_id: str, retired: dict[str, str]) -> str:
    """Follow replacements of replacements to the id in use; a circle ends where it began."""
    seen, current = {retired_id}, retired[retired_id]
    while current in retired and current not in seen:
        seen.add(current)
        current = retired[current]
    return current


def _left(
    pairs: pd.DataFrame, space: pd.DataFrame, symbols: dict[str, str], in_atlas: set[Any]
) -> dict[str, tuple[str, str]]:
    """Return ids that the gene space does not know or leaves without protein or name, and who has their symbol."""
    now = dict(zip(space["gene_id"], space["symbol"].fillna(""), strict=True))
    codes = set(space.loc[space["biotype"] == "protein_coding", "gene_id"])

    def bare(one: str, symbol: str) -> bool:
        return one not in in_atlas and (not now[one] or (now[one] == symbol and one not in codes))

    found = unique(
        (one, symbols[symbol])
        for one, symbol in _pairs(pairs, "gene_id", "symbol")
        if symbols.get(symbol, one) != one and isinstance(one, str) and (one not in now or bare(one, symbol))
    )
    return {old: (new, "id that its symbol has left") for old, new in found.items()}


def _kinds(
    holders: pd.DataFrame,
    symbols: dict[str, str],
    space: pd.DataFrame,
    rows: pd.DataFrame,
    atlas: pd.DataFrame,
    synonyms: pd.DataFrame,
) -> dict[int, Iterator[tuple[str, str]]]:
    """Return (name, gene id) by kind of name; a symbol of HGNC or an atlas that the gene space replaced is previous."""
    told = pd.concat([rows[["symbol", "gene_id"]], atlas[["symbol", "gene_id"]]])
    named = space.dropna(subset=["symbol"])
    replaced = told["symbol"].isin(named["symbol"]) | told["gene_id"].isin(named["gene_id"])
    current = pd.concat([holders, told[~replaced]])
    unmet = told[told["symbol"].isin(set(synonyms["symbol"]) - set(symbols))]
    official = unique(_pairs(unmet)) | symbols
    meant = synonyms.assign(gene_id=synonyms["symbol"].map(official), symbol=synonyms["alias"]).dropna()
    settled = meant["settled"].astype(bool)
    return {
        CURRENT: _pairs(current),
        PREVIOUS: chain(_pairs(told[replaced]), _listed(rows, "previous")),
        SETTLED: _pairs(meant[settled]),
        ALIAS: _listed(rows, "aliases"),
        SYNONYM: _pairs(meant[~settled]),
    }


def _pairs(frame: pd.DataFrame, key: str = "symbol", value: str = "gene_id") -> Iterator[tuple[str, str]]:
    return zip(frame[key], frame[value], strict=True)


def _listed(rows: pd.DataFrame, column: str) -> Iterator[tuple[str, str]]:
    """Yield (name, gene id) for the names joined by | in a column."""
    filled = rows.dropna(subset=[column])
    return (
        (name, gene)
        for names, gene in zip(filled[column], filled["gene_id"], strict=True)
        for name in names.split("|")
        if name
    )
