"""One reader per file format. A reader knows the format, never where the file came from.

Each takes the open table and its registry entry, and returns plain frames keyed by the ids as the file spells
them; mapping ids is the work of `targetfinder.genes`. The registry says which module holds which parser.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from targetfinder.sources.files import open_table
from targetfinder.sources.parsers import PARSERS
from targetfinder.sources.readers import (  # noqa: F401 - found by name below; a digest follows this import
    antibodies,
    cells,
    clinical,
    cohorts,
    dependency,
    expression,
    feasibility,
    genome,
    gtex,
    hpa,
    identity,
    locations,
    protein,
    surface,
    surfaceomes,
    uniprot,
)
from targetfinder.sources.readers._common import Expression
from targetfinder.sources.registry import SourceTable

__all__ = ["READERS", "Expression", "read"]

READERS: dict[str, Callable[..., Any]] = {
    name: getattr(globals()[parser.module], name) for name, parser in PARSERS.items()
}


def read(table: SourceTable, path: Path) -> Any:
    """Read one table with the reader that its registry entry names.

    Raises
    ------
    InputError
        If the file does not hold what the parser expects.
    """
    if PARSERS[table.parser].streams:
        return READERS[table.parser](path, table)
    with open_table(table, path) as handle:
        return READERS[table.parser](handle, table)
