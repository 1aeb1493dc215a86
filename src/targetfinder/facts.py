"""Curated tables of facts: each line names a gene by its approved symbol, says one thing, and where that was read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from targetfinder import tables, tsv
from targetfinder.sources.files import sha256_of

REFERENCE = r"(?:PMID:[1-9]\d{0,8}|DOI:10\.\d{4,9}/\S*[^\s;,.]|NCT\d{8})"
REFERENCES = rf"{REFERENCE}(?:; {REFERENCE})*"
#: Digits of a checksum that tell the states of a curated file apart.
_DIGITS = 12


def read(path: Path, filled: list[str], optional: list[str]) -> pd.DataFrame:
    """Read a table with well-formed references, without which no line is verified."""
    frame = tsv.read(path, filled, [*optional, "reference"])
    tsv.listed(frame, "verified", ("yes", "no"), path)
    unclear = (frame["reference"] != "") & ~frame["reference"].str.fullmatch(REFERENCES)
    form = "write PMID:…, DOI:10.…/… or NCT and eight digits, several joined by '; '"
    tsv.refuse(unclear, frame, "reference", "no reference", path, form)
    bare = (frame["verified"] == "yes") & (frame["reference"] == "")
    tsv.refuse(bare, frame, "verified", "verified without a reference", path, "name it, or write no")
    return frame


def resolved(frame: pd.DataFrame, genes: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Add `gene_id` by approved symbol, which must name exactly one gene."""
    named = genes[genes["symbol"].isin(frame["symbol"])]
    count = frame["symbol"].map(named["symbol"].value_counts()).fillna(0)
    for problem, wrong in (("no gene of this symbol", count == 0), ("more than one gene of this symbol", count > 1)):
        symbol = frame.loc[wrong, "symbol"].iloc[0] if wrong.any() else ""
        tsv.refuse(wrong, frame, "symbol", problem, path, _advice(symbol, genes))
    return frame.assign(gene_id=frame["symbol"].map(named.set_index("symbol")["gene_id"]))


def _advice(name: str, genes: pd.DataFrame) -> str:
    aliases = genes["aliases"].fillna("").str.split("|")
    known = genes.loc[[bool(name) and name in names for names in aliases], "symbol"]
    if len(known):
        return f"'{name}' is an alias of {', '.join(sorted(known))}: write the symbol"
    return "write the approved symbol of HGNC"


def keyed(frame: pd.DataFrame, table: tables.Table, path: Path) -> pd.DataFrame:
    """Return the columns of `table`, sorted by its key, with the file and its state as source and release."""
    sourced = frame.assign(source=path.name, release=sha256_of(path)[:_DIGITS])[table.names]
    return sourced.sort_values(list(table.key), kind="stable", ignore_index=True)
