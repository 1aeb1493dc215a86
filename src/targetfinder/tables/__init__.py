"""The schema of every table that passes between steps, and the vocabulary of its columns.

A table is checked when it is written and named in the file's metadata when it is read
(`targetfinder.store`). `data_dictionary` publishes the same truth for people. One file for each step.
"""

from __future__ import annotations

from collections.abc import Sequence

from targetfinder.tables._benchmark import *
from targetfinder.tables._cohort import *
from targetfinder.tables._decide import *
from targetfinder.tables._escape import *
from targetfinder.tables._evidence import *
from targetfinder.tables._reference import *
from targetfinder.tables._schema import *
from targetfinder.tables._words import *

#: Raised whenever a column is renamed, removed or changes its meaning.
SCHEMA_VERSION = 1

ALL: tuple[Table, ...] = (
    GENES,
    EXCLUDED,
    SURFACE_VOTES,
    PRECEDENT,
    NORMAL_BULK,
    NORMAL_CELL,
    NORMAL_CELL_DONORS,
    NORMAL_CELL_BITS,
    CONTEXTS,
    TISSUE_CELLS,
    COHORTS,
    COHORT,
    COMPATIBILITY,
    QUERY,
    INDIVIDUALS,
    EVIDENCE,
    OFF_TARGET,
    SAFETY,
    TUMOUR_NK_VIEW,
    NORMAL_PROTEIN,
    NORMAL_ANTIBODY,
    CONFLICTS,
    LOCATIONS,
    DEPENDENCY,
    LIABILITIES,
    FEASIBILITY,
    BLIND_SPOTS,
    EFFECTORS,
    NK_VIEW,
    TOPOLOGY,
    TOPOLOGY_SEGMENTS,
    IDENTITY,
    TARGETS,
    CONTRIBUTIONS,
    WEIGHTS,
    PATIENTS,
    COVERAGE,
    ESCAPE,
    ESCAPE_PATIENTS,
    ESCAPE_TARGETS,
    SOLUBLE,
    GATES,
    BENCHMARK,
    BENCHMARK_METHODS,
    BENCHMARK_DIFFERENCES,
    BENCHMARK_POSITIVES,
)


def data_dictionary(tables: Sequence[Table] = ALL) -> str:
    """Return the schema of `tables` as Markdown, for docs/data_dictionary.md."""
    parts = ["# Data dictionary", f"Schema version {SCHEMA_VERSION}. Made from `targetfinder.tables`."]
    for table in tables:
        rows = [
            f"| `{c.name}` | {c.dtype} | {c.unit} | {'yes' if c.nullable else ''} | "
            f"{c.description}{': ' + ', '.join(c.values) if c.values else ''} |"
            for c in table.columns
        ]
        parts += [
            f"## {table.name}",
            table.description,
            f"One row for each {', '.join(f'`{name}`' for name in table.key)}.",
            "\n".join(["| column | dtype | unit | may be null | meaning |", "|---|---|---|---|---|", *rows]),
        ]
    return "\n\n".join(parts) + "\n"
