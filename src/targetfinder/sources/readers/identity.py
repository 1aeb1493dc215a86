"""Who is who: names of genes, retired ids, lists of genes."""

from __future__ import annotations

from typing import IO

import pandas as pd

from targetfinder.sources.readers._common import text
from targetfinder.sources.registry import SourceTable


def hgnc(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read the HGNC complete set: gene_id, symbol, name, aliases (joined by |), locus_type."""
    columns = ["ensembl_gene_id", "symbol", "name", "alias_symbol", "prev_symbol", "locus_type"]
    frame = text(handle, table, columns, "\t")
    other = frame["alias_symbol"].fillna("") + "|" + frame["prev_symbol"].fillna("")
    return pd.DataFrame(
        {
            "gene_id": frame["ensembl_gene_id"],
            "symbol": frame["symbol"],
            "name": frame["name"],
            "aliases": other.str.replace('"', "").str.strip("|"),
            "locus_type": frame["locus_type"],
        }
    )


def id_aliases(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read retired Ensembl ids and the ids that replace them: retired, current."""
    retired, current = table.options["retired"], table.options["current"]
    frame = text(handle, table, [retired, current])
    return frame.rename(columns={retired: "retired", current: "current"})[["retired", "current"]].dropna()


def gene_list(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read a list of genes: gene_id, symbol, and the vote that being listed means, if any."""
    frame = text(handle, table, ["Ensembl_Gene_ID", "Symbol"])
    genes = frame.rename(columns={"Ensembl_Gene_ID": "gene_id", "Symbol": "symbol"})[["gene_id", "symbol"]]
    return genes.assign(**table.options.get("vote", {}))
