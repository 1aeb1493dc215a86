"""Who is who: names of genes, ids in use and retired, lists of genes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

import pandas as pd

from targetfinder.sources.readers._checks import by_line, human, once, refuse
from targetfinder.sources.readers._common import bad, delimited
from targetfinder.sources.readers._lines import rectangular
from targetfinder.sources.registry import SourceTable


def hgnc(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read the HGNC complete set.

    Returns
    -------
    pandas.DataFrame
        One row a gene: gene_id (missing where HGNC has none), symbol, name, previous, aliases, proteins (UniProt
        accessions; these three joined by `|`, missing where there are none), locus_type.

    Raises
    ------
    InputError
        If the file is not of this format, a symbol is missing, an HGNC id occurs twice, or the genes are not human.
    """
    columns = {
        "ensembl_gene_id": "gene_id",
        "symbol": "symbol",
        "name": "name",
        "prev_symbol": "previous",
        "alias_symbol": "aliases",
        "locus_type": "locus_type",
    }
    found = _columns(handle, table, columns, "\t", {"uniprot_ids": "proteins", "hgnc_id": "hgnc_id"})
    refuse(found["symbol"].isna(), found["symbol"], table, "empty cell")
    if "hgnc_id" in found:
        once(found, "hgnc_id", table)
    return found.reindex(columns=[*columns.values(), "proteins"])


def gene_space(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read all genes of an Ensembl release.

    Returns
    -------
    pandas.DataFrame
        One row a gene: gene_id, symbol (missing where it has none), biotype, contig.

    Raises
    ------
    InputError
        If the file is not of this format, an id is missing or occurs twice, or the genes are not human.
    """
    columns = {"ensembl_gene_id": "gene_id", "symbol": "symbol", "biotype": "biotype", "seqname": "contig"}
    found = _columns(handle, table, columns)
    once(found, "gene_id", table)
    refuse(found["biotype"].isna(), found["biotype"], table, "empty cell")
    return found


def symbol_synonyms(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read synonyms and the official symbols that they stand for.

    Returns
    -------
    pandas.DataFrame
        alias, symbol, settled: whether the registry says so (`options.settled`, alias to symbol) because HGNC gives
        the alias to several genes.

    Raises
    ------
    InputError
        If the file is not of this format, a cell is empty, or a settled symbol is not in it.
    """
    found = _columns(handle, table, {"alias": "alias", "official_symbol": "symbol"})
    for column in found:
        refuse(found[column].isna(), found[column], table, "empty cell")
    settled = dict(table.options.get("settled", {}))
    unknown = sorted(set(settled.values()) - set(found["symbol"]))
    if unknown:
        raise bad(table, "settled symbol is not in the file", ", ".join(unknown))
    extra = pd.DataFrame(list(settled.items()), columns=["alias", "symbol"]).assign(settled=True)
    return pd.concat([extra, found.assign(settled=False)], ignore_index=True)


def id_aliases(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read Ensembl ids that are not in use and the ids to use instead: retired, current (rows without one left out)."""
    columns = {table.options["retired"]: "retired", table.options["current"]: "current"}
    found = _columns(handle, table, columns).dropna()
    for column in found:
        human(found[[column]].set_axis(["gene_id"], axis=1), table)
    return found


def gene_list(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read a list of genes: gene_id, symbol, and the vote that being listed means (`options.vote`), if any."""
    genes = _columns(handle, table, {"Ensembl_Gene_ID": "gene_id", "Symbol": "symbol"})
    return genes.assign(**table.options.get("vote", {}))


def _columns(
    handle: IO[bytes],
    table: SourceTable,
    columns: Mapping[str, str],
    separator: str = ",",
    optional: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return columns as text under own names, in their order, indexed by the line of the file; human genes only."""
    names = {**columns, **(optional or {})}
    rectangular(handle, table, separator)
    frame = delimited(
        handle,
        table,
        list(columns),
        sep=separator,
        dtype=str,
        usecols=lambda name: name in names,
        keep_default_na=False,
        na_values=[""],
    )
    found = by_line(frame[[name for name in names if name in frame]].rename(columns=names))
    human(found, table)
    return found
