"""Clinical precedent: therapies and the targets that they name."""

from __future__ import annotations

from typing import IO, Any

import pandas as pd

from targetfinder.sources.readers._common import bad, text
from targetfinder.sources.registry import SourceTable


def therapies(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read a table of therapies: one row a target of each agent.

    Several targets of one agent are separated by `;` in the symbol and id columns.
    """
    options = table.options
    columns = {key: options[key] for key in ("symbols", "gene_ids", "agent", "disease", "reference") if key in options}
    frame = text(handle, table, list(columns.values()))
    picked = pd.DataFrame({key: frame[column] for key, column in columns.items()})
    if "gene_ids" not in picked:
        picked["gene_ids"] = None
    picked = picked[picked["symbols"].notna() | picked["gene_ids"].notna()]
    rows = [
        (*(row[name] for name in ("agent", "disease", "reference")), symbol, gene_id)
        for row in picked.to_dict("records")
        for symbol, gene_id in _pairs(row["symbols"], row["gene_ids"])
    ]
    if not rows:
        raise bad(
            table, "names no target", ", ".join(columns[key] for key in ("symbols", "gene_ids") if key in columns)
        )
    found = pd.DataFrame(rows, columns=["agent", "disease", "reference", "symbol", "gene_id"])
    return found.fillna({"agent": "unnamed"}).assign(therapy=options["therapy"], status=options["status"])


def _pairs(symbols: Any, gene_ids: Any) -> list[tuple[str | None, str | None]]:
    """Pair `A;B` with `ENSG1;ENSG2`; where the counts differ, each name stands alone."""
    names = [part.strip() for part in str(symbols).split(";") if part.strip()] if pd.notna(symbols) else []
    ids = [part.strip() for part in str(gene_ids).split(";") if part.strip()] if pd.notna(gene_ids) else []
    if len(names) == len(ids):
        return list(zip(names, ids, strict=True))
    return [(None, gene_id) for gene_id in ids] or [(name, None) for name in names]
