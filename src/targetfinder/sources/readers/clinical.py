"""Clinical precedent: therapies and the targets that they name."""

from __future__ import annotations

from typing import IO, Any

import pandas as pd

from targetfinder.sources.readers._checks import by_line, human, left_out
from targetfinder.sources.readers._common import bad, text
from targetfinder.sources.readers._lines import rectangular
from targetfinder.sources.registry import SourceTable

_COLUMNS = ("symbols", "gene_ids", "agent", "disease", "reference")


def therapies(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read a table of therapies: one row a target of each agent.

    `options.symbols`, `gene_ids`, `agent`, `disease` and `reference` name columns; only the first must be there.
    `options.therapy` and `options.status` are one word for the whole table, or `{ column = …, values = { … } }` to
    translate a column: rows with a value that is not translated are left out (a table may list what is no therapy
    of this kind). `options.separator` is a comma if not given. Several targets of one agent are separated by `;`.

    Returns
    -------
    pandas.DataFrame
        agent ("unnamed" if not given), disease, reference, symbol, gene_id, therapy, status. `attrs["left_out"]`
        counts the rows of the file that are not in it, by reason.

    Raises
    ------
    InputError
        If a column is missing, no row names a target, or the targets are of another species.
    """
    options = table.options
    columns = {key: options[key] for key in _COLUMNS if key in options}
    classes = {key: options[key] for key in ("therapy", "status")}
    translated = {key: entry for key, entry in classes.items() if isinstance(entry, dict)}
    needed = [*columns.values(), *(entry["column"] for entry in translated.values())]
    separator = options.get("separator", ",")
    rectangular(handle, table, separator)
    frame = by_line(text(handle, table, needed, separator))
    picked = pd.DataFrame({key: frame[columns[key]] if key in columns else None for key in _COLUMNS})
    for key, entry in classes.items():
        picked[key] = frame[entry["column"]].map(entry["values"]) if key in translated else entry
    kept = picked["symbols"].notna() | picked["gene_ids"].notna()
    counts = {"names no target": int((~kept).sum())}
    for key, entry in translated.items():
        other = frame.loc[kept & picked[key].isna(), entry["column"]].fillna("")
        counts |= {f"{entry['column']} is '{value}'": n for value, n in other.value_counts().items()}
        kept &= picked[key].notna()
    picked = picked[kept]
    if picked.empty:
        fields = ", ".join(columns[key] for key in ("symbols", "gene_ids") if key in columns)
        raise bad(table, "names no target" + " of a known therapy and status" * bool(translated), fields)
    return left_out(_targets(picked, table), counts)


def _targets(picked: pd.DataFrame, table: SourceTable) -> pd.DataFrame:
    """Return one row a target."""
    about = ["agent", "disease", "reference"]
    rows = [
        (line, *(row[name] for name in about), symbol, gene_id, row["therapy"], row["status"])
        for line, row in zip(picked.index, picked.to_dict("records"), strict=True)
        for symbol, gene_id in _pairs(row["symbols"], row["gene_ids"])
    ]
    found = pd.DataFrame(rows, columns=["line", *about, "symbol", "gene_id", "therapy", "status"]).set_index("line")
    human(found, table)
    return found.fillna({"agent": "unnamed"}).reset_index(drop=True)


def _pairs(symbols: Any, gene_ids: Any) -> list[tuple[str | None, str | None]]:
    """Pair `A;B` with `ENSG1;ENSG2`; where the counts differ, each name stands alone."""
    names = [part.strip() for part in str(symbols).split(";") if part.strip()] if pd.notna(symbols) else []
    ids = [part.strip() for part in str(gene_ids).split(";") if part.strip()] if pd.notna(gene_ids) else []
    if len(names) == len(ids):
        return list(zip(names, ids, strict=True))
    return [(None, gene_id) for gene_id in ids] or [(name, None) for name in names]
