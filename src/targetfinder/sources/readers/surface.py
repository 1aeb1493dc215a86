"""Evidence for the cell surface: one vote for each gene and statement."""

from __future__ import annotations

import json
from typing import IO, Any

import pandas as pd

from targetfinder.sources.readers._common import VOTE_COLUMNS, bad, text
from targetfinder.sources.registry import SourceTable


def surface_categories(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read surface proteins by category: one vote a row, as `options.votes` translates categories."""
    frame = text(handle, table, ["Ensembl_Gene_ID", "Symbol", "Category"])
    votes = table.options["votes"]
    empty = frame.index[frame["Category"].isna()]
    if len(empty):
        raise bad(table, f"empty cell in line {empty[0] + 2}", "Category")
    unknown = sorted(set(frame["Category"]) - set(votes))
    if unknown:
        raise bad(table, f"unknown category: {', '.join(unknown)}", "Category")
    details = pd.DataFrame([votes[category] for category in frame["Category"]])
    genes = frame.rename(columns={"Ensembl_Gene_ID": "gene_id", "Symbol": "symbol"})
    return pd.concat([genes[["gene_id", "symbol"]], details], axis=1)


def gene_ontology(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read direct annotations to cell-surface and plasma-membrane terms: one vote a gene and kind.

    An experimental code on an outside term is an experimental vote; a code that no curator looked at is
    a prediction; everything else is annotation.
    """
    try:
        terms = json.load(handle)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise bad(table, f"not JSON: {error}") from error
    options = table.options
    rows = []
    for term in (*options["outside_terms"], *options["membrane_terms"]):
        name, genes_of = _term(terms, term, table)
        for code, genes in genes_of.items():
            shown_outside = term in options["outside_terms"] and code in options["experimental_codes"]
            computed = code in options["computed_codes"]
            kind = "experimental" if shown_outside else "prediction" if computed else "annotation"
            rows += [(gene, None, "GO", kind, f"{name} ({code})") for gene in genes]
    votes = pd.DataFrame(rows, columns=VOTE_COLUMNS)
    joined = votes.groupby(["gene_id", "voter", "kind"], sort=True)["statement"]
    return joined.agg(lambda texts: "; ".join(sorted(set(texts)))).reset_index().assign(symbol=None)[VOTE_COLUMNS]


def _term(terms: Any, term: str, table: SourceTable) -> tuple[str, dict[str, list[str]]]:
    """Return name and genes by evidence code of one term of the ontology."""
    if not isinstance(terms, dict) or term not in terms:
        raise bad(table, "term is not in the ontology", term)
    entry = terms[term]
    genes = entry.get("genes") if isinstance(entry, dict) else None
    lists = genes.values() if isinstance(genes, dict) else [None]
    if not all(isinstance(part, list) and all(isinstance(gene, str) for gene in part) for part in lists):
        raise bad(table, "term has no lists of genes by evidence code", term)
    return str(entry.get("name", term)), dict(genes or {})
