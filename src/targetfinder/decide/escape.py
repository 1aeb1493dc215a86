"""Escape: what became of each antigen between selection and relapse, what relapses still carry, and prior risk of loss.

Pairs come from a samplesheet (bulk RNA, cells, proteins; timepoints selection and relapse) and from a clinical table.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.decide._clinical import FACTS, facts, read_clinical
from targetfinder.decide._lost import of_targets
from targetfinder.decide._paired import ALONE, CONTROL, DRIVER, MIN_OTHERS, Pair, of_clinical, of_cohorts
from targetfinder.decide._pairs import Change, changed, lost_cells
from targetfinder.decide._prior import prior
from targetfinder.decide._soluble import series
from targetfinder.indications import read_indication
from targetfinder.samplesheet import RANKED
from targetfinder.settings import read_scoring
from targetfinder.sources.files import sha256_of
from targetfinder.store import read_table, write_table

#: Cells of the donor from which a sample after an allogeneic transplant says nothing of the tumour.
MOSTLY_DONOR = 0.5
DONOR = "{:.0%} of the cells are the donor's: what fell may be the share of the tumour"
NOT_TYPED = "after an allogeneic transplant, host or donor not told"
#: Symbols that a row of a patient names.
NAMED = 5
DIGITS = 12


def run(
    indication: Path, results: Path, cohorts: Path, bundle: Path, scoring: Path, clinical: Path | None, out: Path
) -> None:
    """Write escape, escape_patients, escape_targets and soluble.parquet of one indication into `out`.

    Parameters
    ----------
    results
        Folder with targets.parquet.
    cohorts
        Output of `cohort check`.
    clinical
        Clinical table of all indications, if there is one.
    """
    name = read_indication(indication).id
    targets = read_table(results / "targets.parquet", tables.TARGETS)
    told, source = None, {"source": "none", "release": "none"}
    if clinical is not None:
        told = read_clinical(clinical, targets, name)
        source = {"source": clinical.name, "release": sha256_of(clinical)[:DIGITS]}
    found = escape(
        targets,
        read_table(cohorts / "individuals.parquet", tables.INDIVIDUALS, filters=[("indication", "==", name)]),
        read_table(bundle / "liabilities.parquet", tables.LIABILITIES),
        read_table(bundle / "dependency.parquet", tables.DEPENDENCY),
        read_scoring(scoring).presence.level,
        told,
        source,
    )
    for table in (tables.ESCAPE, tables.ESCAPE_PATIENTS, tables.ESCAPE_TARGETS, tables.SOLUBLE):
        write_table(getattr(found, table.name), table, out / f"{table.name}.parquet")


@dataclass(frozen=True)
class Escape:
    """The tables of the names of `tables`."""

    escape: pd.DataFrame
    escape_patients: pd.DataFrame
    escape_targets: pd.DataFrame
    soluble: pd.DataFrame


def escape(
    targets: pd.DataFrame,
    individuals: pd.DataFrame,
    liabilities: pd.DataFrame,
    dependency: pd.DataFrame,
    level: float,
    clinical: pd.DataFrame | None = None,
    source: dict[str, Any] | None = None,
) -> Escape:
    """Return what became of the antigens of one indication.

    Parameters
    ----------
    targets, individuals
        `TARGETS` and `INDIVIDUALS` of the indication.
    liabilities, dependency
        `LIABILITIES` and `DEPENDENCY` of the bundle.
    level
        From which bulk RNA is carried, TPM*.
    clinical
        What `read_clinical` returns.
    source
        source and release of the clinical table.

    Raises
    ------
    InputError
        If a patient has two samples of one modality and time.
    """
    genes = targets.sort_values("gene_id", ignore_index=True)
    pairs, lone = of_cohorts(individuals, genes, level)
    if clinical is not None:
        more, none = of_clinical(clinical, source or {})
        pairs, lone = [*pairs, *more], [*lone, *none]
    about = facts(clinical) if clinical is not None else pd.DataFrame(columns=[*FACTS, "donor_share"])
    each = [_of_pair(pair, genes, about) for pair in pairs]
    rows = pd.concat([rows for rows, _ in each], ignore_index=True) if each else tables.ESCAPE.empty()
    patients = [_of_patient(pair, change, rows, genes) for pair, (rows, change) in zip(pairs, each, strict=True)]
    everyone = pd.DataFrame([*patients, *({"paired": "no", **one} for one in lone)], columns=_OWN)
    everyone = everyone.join(about, on="patient")
    drivers, _ = of_cohorts(individuals, genes, level, DRIVER, (CONTROL, *RANKED))
    risks = prior(genes, individuals, clinical, liabilities, dependency, drivers)
    soluble = series(clinical).assign(**(source or {})) if clinical is not None else tables.SOLUBLE.empty()
    return Escape(
        tables.ESCAPE.sort(rows) if len(rows) else rows,
        everyone.reindex(columns=tables.ESCAPE_PATIENTS.names).sort_values(["basis", "patient"], ignore_index=True),
        of_targets(rows, genes, risks),
        soluble,
    )


_OWN = [name for name in tables.ESCAPE_PATIENTS.names if name not in (*FACTS, "donor_share")]


def _of_pair(pair: Pair, genes: pd.DataFrame, about: pd.DataFrame) -> tuple[pd.DataFrame, Change]:
    """Return the rows of `ESCAPE` of one pair."""
    change = changed(pair.before, pair.after, pair.panel, pair.least)
    frame = pd.DataFrame(
        {
            "basis": pair.basis,
            "patient": pair.patient,
            "gene_id": pair.genes,
            "symbol": genes.set_index("gene_id")["symbol"].reindex(pair.genes).to_numpy(),
            "before": pair.before.log2,
            "after": pair.after.log2,
            "unit": pair.unit,
            "below_limit": np.where(pair.after.below, "yes", "no"),
            "change_log2": change.log2,
            "change_lo": change.low,
            "change_hi": change.high,
            "call": change.call,
            **dict.fromkeys(_CELLS, np.nan),
            "note": None if pair.notes is None else pair.notes.to_numpy(),
            **pair.source,
        }
    )
    if pair.cells is not None:
        before, after, n = pair.cells
        frame["cells_negative_before"], frame["cells_negative_after"] = 1 - before, 1 - after
        for name, values in zip(_CELLS[2:], lost_cells(pair.before, after, change.shift, n), strict=True):
            frame[name] = np.where(pair.before.carried, values, np.nan)
    return _of_host(frame[frame["call"].notna()].reset_index(drop=True), about), change


_CELLS = ("cells_negative_before", "cells_negative_after", "cells_lost", "cells_lost_lo", "cells_lost_hi")


def _of_host(rows: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a patient, in which no fall counts that the cells of a donor explain."""
    known = about.loc[about.index == rows["patient"].iloc[0]] if len(rows) else about.head(0)
    if known.empty or known["transplant"].iloc[0] != "allogeneic":
        return rows
    share = known["donor_share"].iloc[0]
    told = NOT_TYPED if pd.isna(share) else DONOR.format(share)
    fell = rows["call"].isin(["lost", "reduced"])
    unclear = fell & (share >= MOSTLY_DONOR)
    note = rows["note"].where(~fell, told if rows["note"].isna().all() else rows["note"].fillna("") + "; " + told)
    return rows.assign(call=rows["call"].mask(unclear, "unclear"), note=note)


def _of_patient(pair: Pair, change: Change, rows: pd.DataFrame, genes: pd.DataFrame) -> dict[str, Any]:
    """Return the row of `ESCAPE_PATIENTS` of one pair, without the facts of the clinical table."""
    counts = rows["call"].value_counts()
    known = rows.merge(genes[["gene_id", "priority_rank", "surface_tier", "safety_tier"]], on="gene_id")
    known = known.sort_values("priority_rank")
    still = known["call"].isin(["retained", "emerged", "reduced"]) & (known["below_limit"] == "no")
    useful = known["surface_tier"].isin(["confirmed", "likely"]) & (known["safety_tier"] != "veto")
    alone = change.n_panel < pair.least
    return {
        "basis": pair.basis,
        "patient": pair.patient,
        "paired": "yes",
        "shift_log2": np.nan if alone else change.shift,
        "spread_log2": change.spread,
        "n_panel": change.n_panel if pair.least > MIN_OTHERS + 1 else max(change.n_panel - 1, 0),
        **{f"n_{call}": int(counts.get(call, 0)) for call in tables.ESCAPE_CALLS},
        "lost": _first(known.loc[known["call"] == "lost", "symbol"]),
        "next_targets": _first(known.loc[still & useful, "symbol"]),
        "note": ALONE if alone else None,
    }


def _first(symbols: pd.Series) -> str | None:
    return "|".join(list(symbols)[:NAMED]) or None
