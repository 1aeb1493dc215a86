"""Planted gates: one that holds, one that does not, one that is a candidate, and bounds."""

from __future__ import annotations

from typing import Any

import pandas as pd
from tests.report.cohort_frames import typed

from targetfinder import tables

HOSTILE = "<script>alert(1)</script>"
_COUNTED: dict[str, Any] = {
    **{"cohort": "OWN_CELLS", "basis": "cells", "n_patients": 24, "tried": 4041, "heldout": True},
    **{"tumour_coverage": 0.95, "coverage_lo": 0.93, "coverage_hi": 0.97, "member": "G1", "member_coverage": 0.97},
    **{
        "escape_cost": 0.03,
        "normal_basis": "cells",
        "normal_hit": 0.02,
        "member_hit": 0.5,
        "hit_unit": "share of cells",
    },
    **{"worst_context": "Cardiomyocytes", "worst_donor": "D1", "other_hit": 0.1, "other_context": "T-cells"},
    **{"other_criticality": "important", "gain": 0.48, "gain_lo": 0.41, "gain_hi": 0.55, "gain_unit": "share of cells"},
    **{"coverage_loss": 0.02, "p_value": 1e-6, "q_value": 0.0001, "source": "sheet.csv", "release": "0" * 12},
}
_BOUNDS: dict[str, Any] = {
    **_COUNTED,
    **{"cohort": "EWS", "basis": "bounds", "n_patients": 101, "heldout": False, "tumour_coverage": None},
    **{"normal_basis": "clusters", "normal_hit": 4.2, "member_hit": 123.4, "hit_unit": "TPM*", "worst_donor": None},
    **dict.fromkeys(("gain_lo", "gain_hi", "p_value", "q_value")),
    **{"gain": 4.58, "gain_unit": "log2 ratio", "verdict": "candidate", "note": "only bounds"},
}


def gates(*, held: bool = True) -> pd.DataFrame:
    """Return GATES; without a gate that holds if not `held`."""
    rows = [
        _gate(_COUNTED, "AND", "STEAP1", "CD99", 1, verdict="improvement" if held else "no gain"),
        _gate(_COUNTED, "NOT", "MSLN", "MUC16", 2, verdict="candidate", note="it is not shown", blocker_power=0.2),
        _gate(_COUNTED, "OR", "GPC2", HOSTILE, 3, verdict="no gain", gain_unit="share of tumour", escape_cost=None),
        _gate(_BOUNDS, "AND", "STEAP1", "CD99", 1),
        *(_gate(_BOUNDS, "NOT", "MSLN", f"B{n}", 2 + n) for n in range(10)),
    ]
    frame = pd.DataFrame(rows).reindex(columns=tables.GATES.names)
    return tables.GATES.check(typed(frame, tables.GATES))


def _gate(base: dict[str, Any], operator: str, a: str, b: str, rank: int, **changed: Any) -> dict[str, Any]:
    word = {"AND": " AND ", "OR": " OR ", "NOT": " AND NOT "}[operator]
    names = {"name": word.join([a, b]), "gate": word.join([f"ENSG_{a}", f"ENSG_{b}"])}
    return base | names | {"operator": operator, "gene_a": a, "gene_b": b, "gate_rank": rank} | changed
