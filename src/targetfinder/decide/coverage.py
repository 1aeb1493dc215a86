"""Coverage: how many targets it takes to reach a stated share of the patients, within a safety budget.

Patients are counted only where they are known one by one. Of a cohort that is known by quartiles nobody can say who
carries two targets, or neither: a set then has bounds only, marked `bounds` and never put beside what was counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.cohorts import compared
from targetfinder.decide._cover import Flags, best_of_size, reached, resampled, shares_of
from targetfinder.indications import read_indication
from targetfinder.samplesheet import RANKED
from targetfinder.stats import wilson_of_count
from targetfinder.store import read_table, write_table

#: The worst safety tier that a budget allows; a veto is in none.
BUDGETS = tables.SAFETY_TIERS[:3]
#: Surface tiers of a candidate.
ON_SURFACE = ("confirmed", "likely", "possible")
#: Fewer patients are no sample of a disease: nothing is counted.
MIN_PATIENTS = 3
#: Largest set that is looked for: more targets than any CAR product carries.
MOST = 5
#: So many of the first targets by rank take part: who is reached by none of them is reached by nothing worth a CAR.
CANDIDATES = 300
#: Bootstrap draws of patients.
DRAWS, SEED = 30, 1
FEW = "fewer than {} patients are known one by one: bounds only"
NOBODY = "no patient is known one by one: bounds only"
BOUNDS = "the first targets by rank; at least the most prevalent of them, at most all of them added up"


def run(indication: Path, results: Path, cohorts: Path, goal: float, out: Path) -> None:
    """Write coverage.parquet of one indication.

    Parameters
    ----------
    results
        Folder with targets.parquet.
    cohorts
        Output of `cohort check`.
    goal
        Share of the patients to be reached.
    """
    disease = read_indication(indication)
    own = [("indication", "==", disease.id)]
    found = coverage(
        read_table(results / "targets.parquet", tables.TARGETS),
        read_table(cohorts / "individuals.parquet", tables.INDIVIDUALS, filters=own),
        compared(read_table(cohorts / "cohorts.parquet", tables.COHORTS), disease.model_dump()),
        goal,
    )
    write_table(found, tables.COVERAGE, out)


def coverage(
    targets: pd.DataFrame, individuals: pd.DataFrame, ranked_by: pd.DataFrame, goal: float, candidates: int = CANDIDATES
) -> pd.DataFrame:
    """Return `COVERAGE`: for each modality, budget and size the set that reaches most patients.

    Candidates are the first `candidates` targets by rank that are on the surface by `ON_SURFACE`, within the
    budget, and carried by a patient. A target that was not measured in a patient does not reach it, and is counted.

    Parameters
    ----------
    targets
        `TARGETS` of one indication.
    individuals
        Its rows of `INDIVIDUALS`; later timepoints are left out.
    ranked_by
        Rows of `COHORTS` that the indication is ranked by.
    goal
        Share of the patients to be reached.
    """
    first = individuals[individuals["timepoint"].fillna("").isin(RANKED)]
    allowed = targets[targets["surface_tier"].isin(ON_SURFACE)].sort_values("priority_rank")
    rows, note = [], NOBODY
    for modality, of_modality in first.groupby("modality", observed=True):
        known = _Patients.of(of_modality, allowed)
        if known is None:
            note = FEW.format(MIN_PATIENTS)
            continue
        for budget in BUDGETS:
            rows += _counted(known.within(budget, candidates), str(modality), budget, goal)
    quartiles = ranked_by[~ranked_by["cohort"].isin(first["cohort"]) | (not rows)]
    counted = bool(rows)
    if len(quartiles):
        for budget in BUDGETS:
            few = _within(allowed, budget).head(MOST)
            rows += _bounds(few, quartiles, budget, goal, None if counted else note)
    frame = pd.DataFrame(rows, columns=tables.COVERAGE.names)
    return frame.astype({"covered": "Int64", "unmeasured": "Int64", "candidates": "Int64"})


def _within(targets: pd.DataFrame, budget: str) -> pd.DataFrame:
    return targets[targets["safety_tier"].isin(BUDGETS[: BUDGETS.index(budget) + 1])]


@dataclass(frozen=True)
class _Patients:
    """Who carries what: patient × target, best target first; and where nobody looked."""

    carries: Flags
    unmeasured: Flags
    targets: pd.DataFrame
    cohorts: str
    source: dict[str, Any]

    @classmethod
    def of(cls, individuals: pd.DataFrame, targets: pd.DataFrame) -> _Patients | None:
        """Return the patients of one modality; a patient of two cohorts counts once, as positive if either is."""
        asked = individuals[individuals["gene_id"].isin(targets["gene_id"])]
        asked = asked.assign(known=asked["positive"].map({"yes": 1.0, "no": 0.0}))
        wide = asked.pivot_table(index="patient", columns="gene_id", values="known", aggfunc="max", observed=True)
        if len(wide) < MIN_PATIENTS:
            return None
        values = wide.reindex(columns=pd.Index(targets["gene_id"])).to_numpy(dtype=float)
        about = asked.iloc[0]
        names = "|".join(sorted(asked["cohort"].unique()))
        return cls(values == 1, np.isnan(values), targets, names, {key: about[key] for key in ("source", "release")})

    def within(self, budget: str, most: int) -> _Patients:
        """Return the same for the first `most` targets that the budget allows and a patient carries."""
        tier = self.targets["safety_tier"].isin(BUDGETS[: BUDGETS.index(budget) + 1]).to_numpy()
        places = np.flatnonzero(tier & self.carries.any(axis=0))[:most]
        some = self.targets.iloc[places]
        return _Patients(self.carries[:, places], self.unmeasured[:, places], some, self.cohorts, self.source)


def _counted(known: _Patients, modality: str, budget: str, goal: float) -> list[dict[str, Any]]:
    """Return the trade-off of one budget: sets of growing size, until the largest or until none reaches more."""
    n, rows, before = len(known.carries), [], 0
    need, done = int(np.ceil(goal * n)), False
    for size in range(1, MOST + 1):
        best = best_of_size(known.carries, size)
        if best.covered == before:
            break
        before, smallest = best.covered, best.covered >= need and not done
        done = done or smallest
        low, high = wilson_of_count(best.covered, n)
        rows.append(
            {
                "basis": "patients",
                "modality": modality,
                "cohorts": known.cohorts,
                "budget": budget,
                "n_targets": len(best.chosen),
                "goal": goal,
                "smallest": "yes" if smallest else "no",
                **_named(known.targets.iloc[list(best.chosen)]),
                "n": n,
                "covered": best.covered,
                "coverage": best.covered / n,
                "coverage_lo": low,
                "coverage_hi": high,
                **_judged(known.carries, size, best.chosen, DRAWS),
                "gap": best.gap,
                "candidates": len(known.targets),
                "unmeasured": int(known.unmeasured[:, list(best.chosen)].any(axis=1).sum()),
                "note": None,
                **known.source,
            }
        )
    return rows


def _named(members: pd.DataFrame) -> dict[str, str]:
    worst = max(members["safety_tier"], key=tables.SAFETY_TIERS.index)
    return {
        "gene_ids": "|".join(members["gene_id"]),
        "symbols": " | ".join(members["symbol"]),
        "safety_tier": worst,
    }


def _judged(carries: Flags, size: int, chosen: tuple[int, ...], draws: int) -> dict[str, float]:
    """Return what sets of the size reach among patients that had no part in choosing them, and how stable the set is.

    Patients are drawn with replacement; the best set of each draw is judged on the patients that were not drawn
    (about 37 %). Stability is the mean share of draws whose set holds a member of the set that is told.
    """
    outside, kept, same = [], np.zeros(len(chosen)), 0
    for weights in resampled(len(carries), draws, SEED):
        found = best_of_size(carries, size, weights)
        left = weights == 0
        outside += [reached(carries[left], found.chosen).mean()] if left.any() else []
        kept += np.isin(chosen, found.chosen)
        same += set(found.chosen) == set(chosen)
    mean, low, high = shares_of(np.array(outside))
    held = {"heldout": mean, "heldout_lo": low, "heldout_hi": high}
    return held | {"stability": float(kept.mean() / draws), "same_set": same / draws}


def _bounds(
    first: pd.DataFrame, quartiles: pd.DataFrame, budget: str, goal: float, note: str | None
) -> list[dict[str, Any]]:
    """Return what quartiles leave possible for the first targets of a budget: max(low) ≤ OR ≤ min(1, sum of high)."""
    known = first[first["prevalence_hi"].notna()]
    about = quartiles.iloc[0]
    return [
        {
            "basis": "bounds",
            "modality": about["modality"],
            "cohorts": "|".join(quartiles["cohort"]),
            "budget": budget,
            "n_targets": size,
            "goal": goal,
            **_named(known.head(size)),
            "n": int(quartiles["n"].sum()),
            "coverage_lo": known["prevalence_lo"].head(size).max(),
            "coverage_hi": min(1.0, known["prevalence_hi"].head(size).sum()),
            "candidates": len(known),
            "note": BOUNDS if note is None else f"{note}; {BOUNDS}",
            "source": about["source"],
            "release": about["release"],
        }
        for size in range(1, len(known) + 1)
    ]
