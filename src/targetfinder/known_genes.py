"""The genes of a reference set: read from the sources that name genes, the same for atlases and for tumours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from targetfinder.genes import NO_SPACE, NO_SYNONYMS, Identity, gene_table, identity_of, with_ids
from targetfinder.sources import readers
from targetfinder.sources.lock import verified
from targetfinder.sources.registry import Registry, SourceTable

#: Kinds of data that name genes or class them.
NAMING = (
    *("gene_names", "id_aliases", "gene_space", "symbol_synonyms"),
    *("immune_receptor_genes", "mitochondrial_genes", "surface_votes"),
)
#: Parsers of votes that give ids and no symbols, so that they cannot tell what an id is called.
WITHOUT_SYMBOLS = ("gene_ontology",)


def read_known_genes(registry: Registry, store: Path) -> tuple[pd.DataFrame, Identity]:
    """Read what names genes from the store, and return `known_genes` of it.

    Raises
    ------
    InputError
        If a source is missing or damaged.
    """
    naming = [table for table in registry.table if _names_genes(table) or _lists_proteins(table)]
    needed = {table.source for table in naming}
    paths = {source.id: verified(source, store) for source in registry.source if source.id in needed}
    parsed = {table.id: readers.read(table, paths[table.source]) for table in naming}
    return known_genes(registry, parsed)


def _names_genes(table: SourceTable) -> bool:
    return table.provides in NAMING and table.parser not in WITHOUT_SYMBOLS


def _lists_proteins(table: SourceTable) -> bool:
    """Whether an atlas lists protein-coding genes only."""
    return bool(table.options.get("protein_coding"))


def known_genes(registry: Registry, parsed: dict[str, Any]) -> tuple[pd.DataFrame, Identity]:
    """Return `GENES` without `universe`, and what leads an entry of a source to one of them.

    Parameters
    ----------
    parsed
        What the readers made of the tables of a registry, by id of the table.
    """
    hgnc = pd.concat([parsed[table.id] for table in registry.tables("gene_names")], ignore_index=True)
    retired = pd.concat([parsed[table.id] for table in registry.tables("id_aliases")])
    space = pd.concat([NO_SPACE, *(parsed[table.id] for table in registry.tables("gene_space"))])
    synonyms = pd.concat([NO_SYNONYMS, *(parsed[table.id] for table in registry.tables("symbol_synonyms"))])
    votes = pd.concat(
        [parsed[table.id][["gene_id", "symbol"]] for table in registry.tables("surface_votes") if _names_genes(table)]
    )
    hgnc = with_ids(hgnc, votes, {*space["gene_id"], *retired["retired"]})
    atlases = [t for t in registry.table if _lists_proteins(t) and t.id in parsed]
    named = pd.concat([parsed[table.id].symbols for table in atlases])
    identity = identity_of(hgnc, named, retired, space, synonyms)
    named.index = pd.Index(identity.ids(pd.Series(named.index)), name="gene_id")
    classes = {
        provides: {
            gene for table in registry.tables(provides) for gene in identity.ids(parsed[table.id]["gene_id"]).dropna()
        }
        for provides in ("immune_receptor_genes", "mitochondrial_genes")
    }
    genes = gene_table(
        hgnc.assign(gene_id=identity.of_hgnc(hgnc)),
        named[~named.index.duplicated()],
        classes["immune_receptor_genes"],
        classes["mitochondrial_genes"],
        space[~space["gene_id"].isin(identity.moved)],
        synonyms,
    )
    return genes, identity
