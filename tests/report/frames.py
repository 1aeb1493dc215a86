"""Small seeded tables with planted truth, in the shapes of `targetfinder.tables`, for the tests of reports.

The numbers are invented. The symbols that tests search for are real, and a few rows hold hostile text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tests.report import cohort_frames, gate_frames, nk_frames, patient_frames
from tests.report.cohort_frames import typed

from targetfinder import store, tables

#: canonical tissue -> criticality
TISSUES = {
    "cerebral cortex": "vital",
    "heart muscle": "vital",
    "kidney": "vital",
    "liver": "vital",
    "lung": "vital",
    "spinal cord": "vital",
    "adrenal gland": "important",
    "colon": "important",
    "pancreas": "important",
    "skin": "important",
    "bone marrow": "regenerable",
    "lymph node": "regenerable",
    "spleen": "regenerable",
    "fallopian tube": "dispensable",
    "placenta": "dispensable",
    "testis": "dispensable",
}
CELLS = {"Cardiomyocytes": "vital", "Hepatocytes": "vital", "T-cells": "important"}
BULK, CELL = "hpa_tissue", "hpa_cell"
#: symbol -> aliases
PLANTED = {
    "TNFRSF17": "BCMA|CD269|TNFRSF13A",
    "ADGRG2": "GPR64|HE6",
    "CD19": "B4",
    "ATP1A1": "",
    "CD99": "MIC2",
}
#: symbol -> name; nothing of this may ever run, nor be read as a formula
HOSTILE = {
    "<script>window.pwned=1</script>": "</script><img src=x onerror=window.pwned=2>",
    "=1+1": "+cmd|' /C calc'!A0",
    "@SUM(A1)": 'he said "no" & left',
    "-2+3": "Ωβ–gen ‮ ünïcödé <!-- <script>",
}
UNMEASURED, BELOW = "GHOST1", "FAINT1"
PREVALENCE = "share of patients above 10 TPM*, counted and estimated"
_PRINTED = (tables.TARGETS, tables.SAFETY, tables.CONTEXTS, tables.LIABILITIES, tables.FEASIBILITY)


@dataclass(frozen=True)
class Frames:
    """Everything that the report of one indication is made from."""

    targets: pd.DataFrame
    contributions: pd.DataFrame
    safety: pd.DataFrame
    evidence: pd.DataFrame
    contexts: pd.DataFrame
    liabilities: pd.DataFrame
    feasibility: pd.DataFrame
    cohorts: pd.DataFrame
    compatibility: pd.DataFrame
    indication: dict[str, Any]
    manifest: dict[str, Any]
    patients: pd.DataFrame
    queries: pd.DataFrame
    nk_view: pd.DataFrame
    gates: pd.DataFrame
    blind_spots: pd.DataFrame
    conflicts: pd.DataFrame
    rules: tuple[str, ...] = (
        "Efficacy = (presence + specificity + surface) / 3.",
        "Priority = efficacy less 0.1 for each tier above clear & a <b>note</b>.",
    )

    def save(self, folder: Path) -> dict[str, Path]:
        """Write every table under its own name and return the paths."""
        paths = {}
        for table in (
            *_PRINTED,
            tables.CONTRIBUTIONS,
            tables.EVIDENCE,
            tables.COHORTS,
            tables.COMPATIBILITY,
            tables.PATIENTS,
            tables.GATES,
            tables.BLIND_SPOTS,
            tables.CONFLICTS,
        ):
            paths[table.name] = folder / f"{table.name}.parquet"
            store.write_table(getattr(self, table.name), table, paths[table.name])
        paths["queries"] = folder / "queries.parquet"
        store.write_table(self.queries, tables.QUERY, paths["queries"])
        paths["nk_view"] = folder / "nk_view.parquet"
        store.write_table(self.nk_view, tables.TUMOUR_NK_VIEW, paths["nk_view"])
        return paths


def _blind_spots() -> pd.DataFrame:
    frame = pd.DataFrame({"place": ["nail <bed>"], "absent_from": ["demo"], "statement": ["No atlas has it."]})
    frame = frame.assign(
        reference="DOI:10.1000/blind", verified=True, seen="abstract", source="blind_spots.tsv", release="0" * 12
    )
    return tables.BLIND_SPOTS.check(typed(frame.reindex(columns=tables.BLIND_SPOTS.names), tables.BLIND_SPOTS))


def _conflicts(ids: pd.Series) -> pd.DataFrame:
    """One contradiction of a trusted antibody, and one of another."""
    frame = pd.DataFrame(
        {
            "symbol": ["CD19", "TNFRSF17"],
            "tissue": ["cerebellum", "colon"],
            "cell_type": ["Purkinje cells", "all stained cells"],
            "kind": tables.CONFLICT_KINDS,
            "level": ["High", "Not detected"],
            "reliability": ["Approved", "Enhanced"],
            "trusted": [False, True],
            "rna": [0.2, 31.0],
        }
    )
    frame["gene_id"] = frame["symbol"].map(ids)
    frame = frame.assign(source="stains", release="stains 1", rna_unit="nTPM", rna_source=BULK, rna_release="v0")
    return tables.CONFLICTS.check(typed(frame.reindex(columns=tables.CONFLICTS.names), tables.CONFLICTS))


def _symbols(genes: int) -> list[str]:
    fixed = [*PLANTED, *HOSTILE, UNMEASURED, BELOW]
    return fixed + [f"GENE{i}" for i in range(genes - len(fixed))]


def _contexts() -> pd.DataFrame:
    rows = [("rna_bulk", BULK, t, t, "organ", c) for t, c in TISSUES.items()]
    rows += [("rna_cell", CELL, t, t, "cells", c) for t, c in CELLS.items()]
    frame = pd.DataFrame(rows, columns=["modality", "source", "label", "context", "system", "criticality"])
    return frame.assign(reason="planted", reference="unverified", parenchyma=True)


def _normals(rng: np.random.Generator, symbols: list[str]) -> pd.DataFrame:
    """Normal expression, shape (genes, tissues and cells)."""
    names = [*TISSUES, *CELLS]
    base = rng.lognormal(0.5, 1.6, len(symbols))[:, None]
    values = pd.DataFrame(base * rng.lognormal(0, 1.0, (len(symbols), len(names))), symbols, names)
    values.loc[["TNFRSF17", "CD19"]] = 0.3
    values.loc["ATP1A1"] = 900.0
    values.loc[UNMEASURED] = np.nan
    values.loc[BELOW, "kidney"] = np.nan
    return values


def _evidence(ids: pd.Series, normals: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    long = normals.rename_axis("symbol").melt(ignore_index=False, var_name="context").reset_index()
    bulk = long[long["context"].isin(TISSUES)]
    share = bulk.assign(value=bulk.groupby("context")["value"].rank(pct=True))
    cells = long[~long["context"].isin(TISSUES)]
    voted = targets.loc[targets["surface_votes"] > 0, ["symbol"]]
    parts = [
        bulk.assign(criterion="normal_tpm", unit="TPM*", source=BULK),
        share.assign(criterion="normal_percentile", unit="share", source=BULK),
        cells.assign(criterion="normal_cell", unit="nTPM", source=CELL),
        targets[["symbol"]].assign(
            criterion="prevalence", context="EWS", value=targets["prevalence"], unit=PREVALENCE, source="tumours"
        ),
        pd.DataFrame(
            {"symbol": ["CD19"], "criterion": "tumour_protein", "context": "OWN_PROTEIN", "value": [-0.5]}
        ).assign(unit="log2", source="sheet.csv"),
        pd.DataFrame({"symbol": ["CD19"], "criterion": "tolerated", "value": [1.0]}).assign(
            context=normals.loc["CD19", list(TISSUES)].idxmax(), unit="B cells <come> back", source=BULK
        ),
        voted.assign(criterion="surface_vote", context="SURFY (prediction)", value=1.0, unit="vote", source="list"),
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["gene_id"] = frame["symbol"].map(ids)
    return frame.assign(n=pd.array([None] * len(frame), "Int64"), release="v0")[tables.EVIDENCE.names]


def _safety(ids: pd.Series, normals: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, critical in (TISSUES | CELLS).items():
        high = normals.index[normals[name] > 20]
        for symbol in high if critical in ("vital", "important") else []:
            before = "gate_needed" if normals.loc[symbol, name] > 500 else "caution"
            waived = name == "T-cells"
            rows.append(
                {
                    "gene_id": ids[symbol],
                    "symbol": symbol,
                    "modality": "rna_bulk" if name in TISSUES else "rna_cell",
                    "context": name,
                    "criticality": critical,
                    "value": normals.loc[symbol, name],
                    "unit": "nTPM",
                    "source": BULK if name in TISSUES else CELL,
                    "release": "v0",
                    "rule": f"{critical} context at or above 20 nTPM",
                    "tier": "clear" if waived else before,
                    "tier_before_waiver": before,
                    "waiver": "T cells grow <back>" if waived else None,
                }
            )
    frame = pd.DataFrame(rows, columns=[n for n in tables.SAFETY.names if n != "n_donors"])
    frame["n_donors"] = pd.array([None] * len(frame), "Int64")
    return frame[tables.SAFETY.names] if rows else tables.SAFETY.empty()


def _targets(rng: np.random.Generator, symbols: list[str], rank_only: bool) -> pd.DataFrame:
    """Everything of TARGETS that does not depend on normal tissues, one row for each symbol."""
    size = len(symbols)
    frame = pd.DataFrame({name: [None] * size for name in tables.TARGETS.names}, dtype="object")
    frame["symbol"] = symbols
    frame["gene_id"] = [f"ENSG{i:011d}" for i in range(size)]
    frame["name"] = [HOSTILE.get(s, f"{s.lower()} surface protein") for s in symbols]
    frame["aliases"] = [PLANTED.get(s) or None for s in symbols]
    tumour = rng.lognormal(2, 1.7, size)
    frame["tumour_median"] = tumour
    frame["tumour_percentile"] = pd.Series(tumour).rank(pct=True)
    frame["detection"] = "measured"
    frame["prevalence"] = rng.uniform(0.3, 0.95, size)
    frame["prevalence_lo"], frame["prevalence_hi"] = frame["prevalence"] - 0.2, frame["prevalence"] + 0.05
    frame["surface_votes"] = rng.integers(0, 6, size)
    frame["surface_probability"] = frame["surface_votes"] / 6
    frame["surface_tier"] = [tables.SURFACE_TIERS[3 - (int(v) + 1) // 2] for v in frame["surface_votes"]]
    frame["t_cell"], frame["nk_cell"] = rng.lognormal(0, 2, size), rng.lognormal(0, 2, size)
    frame["precedent"] = ["CAR-T approved: Abecma" if s == "TNFRSF17" else None for s in symbols]
    frame["tumour_origin"] = ["malignant cells: OWN_CELLS" if s == "CD19" else "stroma possible" for s in symbols]
    frame["selection_marker"] = ["OWN_CELLS" if s == "CD19" else None for s in symbols]
    frame["rna_protein"] = ["protein high, RNA low (OWN_PROTEIN)" if s == "CD99" else None for s in symbols]
    frame["cells_positive"] = rng.uniform(0, 1, size)
    _add_worst_cells(frame)
    frame["n_sources"], frame["coverage"] = 4, 1.0
    ghost, faint = frame["symbol"] == UNMEASURED, frame["symbol"] == BELOW
    blank = ["tumour_median", "tumour_percentile", "prevalence", "prevalence_lo", "prevalence_hi", "t_cell"]
    frame.loc[ghost, [*blank, "nk_cell"]] = np.nan
    frame.loc[ghost, ["detection", "coverage"]] = ["unmeasured", 0.0]
    frame.loc[faint, ["tumour_median", "detection"]] = [0.0, "below_detection"]
    if rank_only:
        frame["tumour_median"] = np.nan
    return frame


def _add_worst_cells(frame: pd.DataFrame) -> None:
    """One gene with five donors, one in clusters of all donors, one in an atlas of one donor; all others unknown."""
    told = {
        "CD19": {
            "worst_cell": "kidney: Proximal tubule cells",
            "worst_cell_unit": "TPM*",
            **{
                "worst_cell_level": 48.0,
                "worst_cell_mean": 61.0,
                "worst_cell_mean_lo": 42.0,
                "worst_cell_mean_hi": 83.0,
            },
            **{"worst_cell_detected": 0.34, "worst_cell_detected_lo": 0.21, "worst_cell_detected_hi": 0.46},
            **{"worst_cell_donors": 5, "worst_cell_cells": 1234},
        },
        "TNFRSF17": {
            **{"worst_cell": "Plasma cells", "worst_cell_level": 400.0, "worst_cell_unit": "nTPM"},
            "worst_cell_no_interval": "no donors",
        },
        "CD99": {
            **{"worst_cell": "blood: T cells", "worst_cell_level": 0.0, "worst_cell_mean": 0.0},
            **{"worst_cell_unit": "TPM*", "worst_cell_detected": 0.05, "worst_cell_donors": 1, "worst_cell_cells": 40},
            "worst_cell_no_interval": "one donor",
            "worst_cell_dismissed": "explained by ambient RNA",
        },
    }
    for symbol, values in told.items():
        for name, value in values.items():
            frame.loc[frame["symbol"] == symbol, name] = value


def _decide(frame: pd.DataFrame, normals: pd.DataFrame, safety: pd.DataFrame) -> pd.DataFrame:
    bulk = normals[list(TISSUES)].reset_index(drop=True)
    tumour = frame["tumour_median"].astype(float)
    window = (np.log2(tumour + 1) - np.log2(bulk.max(axis=1) + 1)).astype(float)
    named = bulk.fillna(-1).idxmax(axis=1)
    frame["window_log2"], frame["binding_tissue"] = window, named.where(bulk.notna().any(axis=1), None)
    frame["presence"] = (np.log2(tumour + 1) / 12).clip(0, 1).fillna(frame["tumour_percentile"].astype(float))
    frame["specificity"] = ((window + 6) / 12).clip(0, 1)
    frame["surface"] = surface = frame["surface_votes"].astype(float).clip(0, 4) / 4
    frame["efficacy"] = (frame["presence"].astype(float).fillna(0) + frame["specificity"].fillna(0) + surface) / 3
    for column, source in (("safety_tier", "tier"), ("safety_tier_before_waiver", "tier_before_waiver")):
        worst = safety[source].map(tables.SAFETY_TIERS.index).groupby(safety["symbol"]).max()
        code = frame["symbol"].map(worst).fillna(0).astype(int)
        frame[column] = [tables.SAFETY_TIERS[c] for c in code]
    told = safety.assign(text=safety["context"] + " " + safety["value"].astype(float).round(0).astype(str))
    frame["safety_reasons"] = frame["symbol"].map(told.groupby("symbol")["text"].agg("; ".join))
    penalty = frame["safety_tier"].map(tables.SAFETY_TIERS.index).astype(float) / 10
    frame["priority"] = frame["efficacy"] - penalty
    frame["priority_rank"] = frame["priority"].rank(ascending=False, method="first").astype(int)
    frame["t_activated"], frame["nk_activated"] = "not measured", "yes: It comes."
    frame["pareto_front"] = 1 + (frame["priority_rank"] > 1)
    frame["hsc_basis"], frame["blood_lineages"] = (
        "no atlas of this reference set has them",
        "tolerable at a cost: <b>B cells</b> 12",
    )
    frame["cytopenia"], frame["cytopenia_basis"] = "unknown", "RNA: little in those measured; not measured: platelets."
    frame["mode"], frame["rank_car_t"] = "car_t", frame["priority_rank"]
    frame["rank_car_nk"] = len(frame) + 1 - frame["priority_rank"]
    frame["t_fratricide"] = np.where(frame["t_cell"].isna(), "possible", "unknown")
    frame["nk_fratricide"] = "carried"
    frame["t_fratricide_basis"] = "RNA at rest: not measured. RNA of activated cells: not measured."
    frame["nk_fratricide_basis"] = "RNA of <b>activated</b> cells: not measured. On file, activated, yes: It comes."
    return frame.astype(object).where(frame.notna(), None)


def _indication() -> dict[str, Any]:
    return {
        "id": "planted_sarcoma",
        "name": "Planted sarcoma",
        "group": "sarcoma",
        "lineage": "mesenchymal",
        "cohorts": ["EWS"],
        "tolerated": [
            {"kind": "cell_type", "name": "T-cells", "reason": "they grow <back>", "reference": "unverified"},
            {"kind": "cell_type", "name": "B cells", "reason": "it can be spared", "reference": "unverified"},
        ],
        "context": [{"statement": "CD99 is high in <i>all</i>", "reference": "doi:10.1000/planted"}],
    }


def _manifest() -> dict[str, Any]:
    source = {
        "id": "planted",
        "title": "Planted atlas <of tissues>",
        "release": "v0",
        "licence": "CC0",
        "citation": "Nobody 2020, doi:10.1000/atlas",
        "package": "planted==0",
        "sha256": "0" * 64,
    }
    return {
        "name": "demo",
        "sources": [source, {"id": "bare"}],
        "source_tables": [{"id": BULK, "source": "planted", "provides": "normal_bulk", "release": "v0"}],
        "exclusions": [{"source": BULK, "reason": "not <protein> coding", "count": 12345}],
        "tables": {"genes": {"rows": 54321, "sha256": "0" * 64}},
    }


def _liabilities(ids: pd.Series) -> pd.DataFrame:
    """Two liabilities of a target, one of them without a reference, and one with hostile text."""
    curated = {"evidence": "humans", "seen": "abstract", "source": "liabilities.tsv", "release": "0" * 12}
    nobody = {"agent": None, "indication": None, "reference": None, "verified": False}
    loss = {
        "symbol": "TNFRSF17",
        "kind": "antigen_loss",
        "statement": "Cells without BCMA grew back.",
        "agent": "a CAR T",
        "indication": "myeloma",
        "reference": "PMID:12345678; NCT01234567",
        "verified": True,
    }
    shed = {"symbol": "TNFRSF17", "kind": "shed", "statement": "The ectodomain is cut off.", **nobody}
    harm = {"symbol": "ATP1A1", "kind": "toxicity", "statement": '<img src=x onerror="window.pwned=3">', **nobody}
    rows = pd.DataFrame([loss, shed, harm]).assign(**curated).reindex(columns=tables.LIABILITIES.names)
    rows = rows.assign(gene_id=rows["symbol"].map(ids), verified=rows["verified"].astype("bool"))
    return tables.LIABILITIES.check(typed(rows[list(tables.LIABILITIES.names)], tables.LIABILITIES))


def _feasibility(ids: pd.Series) -> pd.DataFrame:
    """Orthologues and paralogue of a target from one source, its polarity from another."""
    resolved = {
        "mouse_orthologue": "other",
        "mouse_identity": 0.62,
        "cynomolgus_orthologue": "one2one",
        "paralogue": "TNFRSF13B",
        "paralogue_identity": 0.314,
        "source": "topology",
        "release": "v0",
    }
    curated = {
        "polarity": "apical",
        "statement": "It faces the lumen.",
        "reference": "unverified",
        "source": "feasibility.tsv",
        "release": "0" * 12,
    }
    rows = pd.DataFrame([resolved, curated]).reindex(columns=list(tables.FEASIBILITY.names))
    rows = rows.assign(gene_id=ids["TNFRSF17"], symbol="TNFRSF17")
    return tables.FEASIBILITY.check(typed(rows, tables.FEASIBILITY))


def _contributions(targets: pd.DataFrame) -> pd.DataFrame:
    """What makes the planted priority: a third of each score, less the penalty of the tier."""
    parts = []
    for name in ("presence", "specificity", "surface"):
        score = targets[name].astype(float)
        told = {"part": name, "score": score, "weight": 1 / 3, "contribution": score.fillna(0) / 3}
        parts.append(targets[["gene_id", "symbol"]].assign(**told))
    lost = (targets["priority"] - targets["efficacy"]).astype(float)
    blank = {"part": "safety tier", "score": np.nan, "weight": np.nan, "contribution": lost}
    parts.append(targets[["gene_id", "symbol"]].assign(**blank))
    return tables.CONTRIBUTIONS.check(typed(pd.concat(parts, ignore_index=True), tables.CONTRIBUTIONS))


def make(genes: int = 60, *, rank_only: bool = False, seed: int = 7) -> Frames:
    """Return the planted tables for a universe of `genes` genes, in any order of rank."""
    rng = np.random.default_rng(seed)
    symbols = _symbols(genes)
    targets = _targets(rng, symbols, rank_only)
    ids = targets.set_index("symbol")["gene_id"]
    normals = _normals(rng, symbols)
    targets.loc[targets["symbol"] == "TNFRSF17", ["tumour_median", "surface_votes"]] = [
        None if rank_only else 800.0,
        5,
    ]
    targets.loc[targets["symbol"] == "ATP1A1", "tumour_median"] = None if rank_only else 1645.0
    safety = _safety(ids, normals)
    targets = _decide(targets, normals, safety)
    return Frames(
        targets=tables.TARGETS.check(typed(targets, tables.TARGETS)),
        contributions=_contributions(targets),
        safety=tables.SAFETY.check(typed(safety, tables.SAFETY)),
        evidence=tables.EVIDENCE.check(typed(_evidence(ids, normals, targets), tables.EVIDENCE)),
        contexts=_contexts(),
        liabilities=_liabilities(ids),
        feasibility=_feasibility(ids),
        cohorts=cohort_frames.cohorts(rank_only),
        compatibility=cohort_frames.compatibility(),
        indication=_indication(),
        manifest=_manifest(),
        patients=patient_frames.patients(targets, rank_only),
        queries=patient_frames.queries(targets),
        nk_view=nk_frames.nk_view(),
        gates=gate_frames.gates(),
        blind_spots=_blind_spots(),
        conflicts=_conflicts(ids),
    )
