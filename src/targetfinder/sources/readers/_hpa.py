"""Headers of the Human Protein Atlas, in its own spelling and in that of the R package HPAanalyze."""

from __future__ import annotations

from collections.abc import Sequence

from targetfinder.sources.readers._common import bad
from targetfinder.sources.registry import SourceTable


def own_names(header: Sequence[str], wanted: Sequence[str], table: SourceTable) -> list[str]:
    """Return the header in own names: `gene_id`, `symbol`, and all others in lower case with underscores.

    The atlas calls the Ensembl id `Gene` where the symbol is `Gene name`, and `Ensembl` where the symbol is `Gene`.

    Raises
    ------
    InputError
        If an id or a column of `wanted` is missing.
    """
    plain = [name.strip().lower().replace(" ", "_") for name in header]
    ids, symbols = ("ensembl", "gene") if "ensembl" in plain else ("gene", "gene_name")
    missing = [name.replace("_", " ").capitalize() for name in (ids, symbols, *wanted) if name not in plain]
    if missing:
        raise bad(table, "missing column in line 1", ", ".join(missing))
    return [{ids: "gene_id", symbols: "symbol"}.get(name, name) for name in plain]
