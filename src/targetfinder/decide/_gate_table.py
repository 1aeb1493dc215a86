"""Rows of `GATES` from judged gates and from bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder import tables
from targetfinder.decide import _gate_rules as rules
from targetfinder.decide._gate_inputs import Cohort
from targetfinder.decide._gate_judge import Judged, q_values
from targetfinder.decide._gate_normals import Clusters, Normals
from targetfinder.decide._gate_rules import Gate
from targetfinder.decide._gate_search import Found
from targetfinder.decide._gate_tumour import Bounded, Counted
from targetfinder.units import LOG2_RATIO

WORDS = {"AND": " AND ", "OR": " OR ", "NOT": " AND NOT "}
NO_DONORS = "the normal side is not held out: the atlas tells too few donors apart"
NO_POWER = "it is not shown that tumour cells lack the blocker: {}"
BEYOND = "cells that no donor shows may be hit: {} {}"
BOUNDS = "only bounds: nobody knows whether the same patients, or cells, have both"
UNIT_OF_RISE = "share of tumour"
#: Says how likely a blocker (gene id) is seen in a tumour cell that has what a normal context has; NaN if unknown.
Power = Callable[[str, str], float]


@dataclass(frozen=True)
class Rows:
    """Makes rows of one cohort.

    `genes` are the ids of gate rows, `tiers` numbers of their safety tiers; `beyond` are the vital clusters and tissues
    that donors lack, where `normals` are cells of donors.
    """

    cohort: Cohort
    genes: pd.Index
    normals: Normals
    tiers: npt.NDArray[np.int64]
    tried: int
    beyond: Clusters | None = None

    def judged(self, gates: list[Judged], tumour: Counted, power: Power) -> pd.DataFrame:
        """Return the rows of judged gates, best first, at most `LISTED`."""
        rates = q_values(np.array([one.p_value for one in gates]), self.tried)
        rows = []
        for one, rate in zip(gates, rates, strict=True):
            row = self._shared(one.gate, one.part) | _measured(one, tumour, self.normals.unit)
            row |= {"p_value": one.p_value, "q_value": float(rate)}
            if one.gate.operator == "NOT":
                row |= _blocker(one.gate, tumour, power, self._endangered(one))
            rows.append(row | _verdict(row, self._beyond(one.gate)))
        return self._ranked(rows)

    def bounded(self, found: Found, tumour: Bounded) -> pd.DataFrame:
        """Return the rows of gates that bounds guarantee, best first, at most `LISTED`."""
        rows = []
        for _, gate, genes in found:
            part = Gate("AND", genes)
            (low, high), (reach, _) = tumour.coverage(gate), tumour.coverage(part)
            row = self._shared(gate, part) | {"coverage_lo": low, "coverage_hi": high, "member_coverage": reach}
            widest = max(tumour.coverage(Gate("AND", (gene,)))[0] for gene in _activators(gate))
            row |= {"coverage_loss": max(0.0, reach - low), "escape_cost": widest - low, "verdict": "candidate"}
            if gate.operator == "NOT":
                row["blocker_in_tumour"] = tumour.coverage(Gate("AND", gate.genes[-1:]))[1]
            rows.append(row | {"heldout": False, "note": "; ".join(filter(None, (BOUNDS, self.cohort.note)))})
        return self._ranked(rows)

    def _beyond(self, gate: Gate) -> str | None:
        """Return what a gate still hits in vital cells that no donor shows; None if nothing is known to be hit."""
        if self.beyond is None or gate.operator == "OR":
            return None
        hits = np.nan_to_num(self.beyond.hits(gate), nan=0.0)
        at = int(np.argmax(hits))
        told = "is not measured" if np.isinf(hits[at]) else f"has {hits[at]:.0f} {self.beyond.unit}"
        return BEYOND.format(self.beyond.groups["context"][at], told) if hits[at] >= rules.NEEDED["clusters"] else None

    @property
    def _vital(self) -> npt.NDArray[np.bool_]:
        return (self.normals.groups["criticality"] == "vital").to_numpy(dtype=bool)

    def _shared(self, gate: Gate, part: Gate) -> dict[str, Any]:
        ids, symbols = [str(self.genes[k]) for k in gate.genes], pd.Index(self.cohort.genes.reindex(self.genes))
        hits = self.normals.hits(gate)
        worst = self.normals.hits(part)[self._vital & ~np.isnan(hits)].max(initial=0.0)
        is_or, row = gate.operator == "OR", self._hits(hits)
        if self.normals.basis == "clusters" and not is_or:
            row |= {"gain": float(np.log2((worst + 1) / (row["normal_hit"] + 1))), "gain_unit": LOG2_RATIO}
        return {
            **dict.fromkeys(tables.GATES.names),
            **{"cohort": self.cohort.name, "basis": self.cohort.basis, "n_patients": self.cohort.n},
            **{"gate": spelt(gate, self.genes), "name": spelt(gate, symbols), "operator": gate.operator},
            **dict(zip(("gene_a", "gene_b", "gene_c"), ids, strict=False)),
            **{"member": spelt(part, self.genes), "member_hit": worst if np.isfinite(worst) else np.nan},
            **{"normal_basis": self.normals.basis, "hit_unit": self.normals.unit, "tried": self.tried},
            "safety_tier": tables.SAFETY_TIERS[max(self.tiers[list(gate.genes)])] if is_or else None,
            **{"source": self.cohort.source, "release": self.cohort.release},
            **row,
        }

    def _hits(self, hits: npt.NDArray[np.float64]) -> dict[str, Any]:
        """Return the columns of the worst hits; infinite, since unmeasured, is missing."""
        groups, judged = self.normals.groups, ~np.isnan(hits)
        found: dict[str, Any] = {}
        counts = groups["counts"].to_numpy(dtype=bool)
        for prefix, name, chosen in (("normal", "worst", self._vital), ("other", "other", ~self._vital & counts)):
            at = int(np.argmax(np.where(chosen & judged, hits, -1.0)))
            there = bool((chosen & judged).any() and np.isfinite(hits[at]))
            found |= {f"{prefix}_hit": float(hits[at]) if there else np.nan}
            found |= {f"{name}_{column}": groups[column][at] if there else None for column in _OF_GROUP[name]}
        return found

    def _endangered(self, one: Judged) -> str | None:
        """Return the context that the activator of a NOT gate endangers most."""
        judged = self._vital & ~np.isnan(self.normals.hits(one.gate))
        hits = np.where(judged, self.normals.hits(one.part), -1.0)
        return str(self.normals.groups["context"][int(np.argmax(hits))]) if judged.any() else None

    def _ranked(self, rows: list[dict[str, Any]]) -> pd.DataFrame:
        if not rows:
            return tables.GATES.empty()
        frame = pd.DataFrame(rows)
        reach = frame["tumour_coverage"].astype(float).fillna(frame["coverage_lo"].astype(float))
        score = reach - frame["normal_hit"].astype(float).fillna(np.inf) / self.normals.level
        verdict = frame["verdict"].map(tables.GATE_VERDICTS.index)
        order = pd.DataFrame({"v": verdict, "s": -score.round(rules.DIGITS), "g": frame["gate"]}).sort_values(
            ["v", "s", "g"]
        )
        kept = frame.loc[order.index].head(rules.LISTED)
        ranked = kept.assign(gate_rank=np.arange(1, len(kept) + 1)).reset_index(drop=True)
        return pd.DataFrame({column.name: typed(ranked[column.name], column.dtype) for column in tables.GATES.columns})


def typed(values: pd.Series, dtype: str) -> pd.Series:
    """Return a column in its dtype also where all of it is missing, so that tables of cohorts can be joined."""
    kinds: dict[str, Any] = {"str": object}
    found: pd.Series = values.astype(kinds.get(dtype, dtype))
    return found.mask(found.isna(), None) if dtype == "str" else found


_OF_GROUP = {"worst": ("context", "donor"), "other": ("context", "criticality")}


def spelt(gate: Gate, names: pd.Index) -> str:
    """Return a gate by the names of its genes."""
    return WORDS[gate.operator].join(str(names[gene]) for gene in gate.genes)


def _activators(gate: Gate) -> tuple[int, ...]:
    return gate.genes[:-1] if gate.operator == "NOT" else gate.genes


def _measured(one: Judged, tumour: Counted, unit: str) -> dict[str, Any]:
    is_or = one.gate.operator == "OR"
    own = float(tumour.coverage(one.gate).mean())
    widest = max(float(tumour.coverage(Gate("AND", (gene,))).mean()) for gene in _activators(one.gate))
    gain = {"gain": one.gain.value, "gain_lo": one.gain.low, "gain_hi": one.gain.high}
    seen = is_or or bool(np.isfinite(one.gain.value))
    return {
        "tumour_coverage": one.coverage.value,
        **{"coverage_lo": _share(one.coverage.low), "coverage_hi": _share(one.coverage.high)},
        **{"member_coverage": _share(one.part_coverage), "coverage_loss": 0.0 if is_or else one.loss},
        "escape_cost": None if is_or else max(0.0, widest - own),
        **(gain | {"gain_unit": UNIT_OF_RISE if is_or else unit} if seen else {}),
        "heldout": seen,
    }


def _share(value: float) -> float:
    """Return a share from 0 to 1; an end of an interval may lie beyond."""
    return float(np.clip(value, 0.0, 1.0))


def _blocker(gate: Gate, tumour: Counted, power: Power, endangered: str | None) -> dict[str, Any]:
    seen = float(tumour.coverage(Gate("AND", gate.genes[-1:])).mean())
    return {
        "blocker_in_tumour": seen,
        "blocker_power": power(str(tumour.genes[gate.genes[-1]]), endangered) if endangered else np.nan,
    }


def _verdict(row: dict[str, Any], beyond: str | None) -> dict[str, Any]:
    """Return verdict and note: what is not held out, or rests on an unseen blocker, is a candidate at best."""
    notes = [] if row["heldout"] else [NO_DONORS]
    notes += [beyond] if beyond else []
    if row["operator"] == "NOT":
        power = row["blocker_power"]
        told = (
            "its counts are not known" if np.isnan(power) else f"it would be seen in {power:.0%} of those that have it"
        )
        notes += [NO_POWER.format(told)] if not power >= rules.LEAST_POWER else []
    holds = row["q_value"] <= rules.FDR
    refuted = row["heldout"] and not (np.isfinite(row["gain_lo"]) and row["gain_lo"] > 0)
    held = "candidate" if notes else "improvement"
    return {"verdict": held if holds and not refuted else "no gain", "note": "; ".join(notes) or None}
