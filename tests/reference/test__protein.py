"""`reference/_protein.py`: what readers left out; the tables themselves are tested with the whole bundle."""

from __future__ import annotations

import pandas as pd

from targetfinder.reference._protein import left_out
from targetfinder.sources.readers import Expression
from targetfinder.sources.readers._checks import left_out as counted
from targetfinder.sources.registry import Registry, SourceTable
from targetfinder.tables import EXCLUDED


def registry(*ids: str) -> Registry:
    return Registry.model_construct(table=[SourceTable.model_construct(id=name, release=f"{name} 1") for name in ids])


def test_expression_tells_entries_and_a_frame_its_rows_by_reason() -> None:
    frame = pd.DataFrame({"gene_id": ["ENSG1"]})
    matrix = Expression(frame, frame, frame, pd.Series(dtype=object), excluded={"Blood": "no donor", "Brain": "why"})
    parsed = {"rna": matrix, "stains": counted(frame.copy(), {"no tissue": 1860, "no level": 2, "never": 0})}
    found = EXCLUDED.check(left_out(registry("rna", "stains", "cohorts"), parsed))
    assert found[["source", "release", "entry", "reason"]].to_numpy().tolist() == [
        ["rna", "rna 1", "Blood", "no donor"],
        ["rna", "rna 1", "Brain", "why"],
        ["stains", "stains 1", "1,860 rows", "no tissue"],
        ["stains", "stains 1", "2 rows", "no level"],
    ]


def test_nothing_left_out_is_an_empty_table() -> None:
    assert EXCLUDED.check(left_out(registry("a", "b"), {"a": pd.DataFrame(), "b": object()})).empty
