"""Rank: efficacy from evidence, tier from findings, priority from both, by a rule stated in `RULES`."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.decide import _blood, _fratricide, _order, criteria
from targetfinder.decide._curated import blind, shed, therapies
from targetfinder.decide._intervals import NORMALS, TAKEN, intervals
from targetfinder.decide._reasons import reasons_of, worst_tier
from targetfinder.decide._worst_cell import add_worst_cell
from targetfinder.errors import InputError
from targetfinder.settings import Scoring, read_scoring
from targetfinder.store import read_table, read_tables, replacing, write_table

#: Evidence that each of the tables brings: presence, specificity and surface.
REQUIRED = ("tumour_percentile", "normal_limit", "surface")
#: Criteria that are computed from other records: no source of their own.
COMPUTED = (
    *("surface", "surface_probability", "secreted", "breadth", "normal_profile"),
    *(f"{name}_sd" for name in NORMALS),
    *(f"{name}_without" for name in TAKEN),
    *("stroma_possible", "tumour_intrinsic", "selection_marker", "rna_protein"),
    *("tolerated", "binding_attribution"),
)
#: Criteria with one record a gene; the others have one a gene and tissue or voter.
ONE_PER_GENE = (
    "surface",
    *("tumour_q3", "tumour_median", "tumour_percentile", "prevalence", "prevalence_lo", "prevalence_hi"),
    *("binding_window", "binding_attribution", "surface_probability"),
)
#: Measurements that coverage counts: each is expected once a gene and context.
EXPECTED = ("tumour_percentile", "normal_tpm", "normal_percentile")

_CELLS = sorted({*_fratricide.CONTEXTS, *_blood.CONTEXTS})
_OF_CELLS = ["gene_id", "context", "value", "upper_tpm", "source", "release"]


def run(
    evidence: list[Path], findings: Path, off_target: Path, bundle: Path, scoring: Path, mode: str, out: Path
) -> None:
    """Write targets, contributions, evidence and safety of one indication into `out`, a parquet file each."""
    long = _together(evidence)
    safety, numbers = read_table(findings, tables.SAFETY), read_scoring(scoring)
    genes = read_table(bundle / "genes.parquet", tables.GENES, filters=[("universe", "==", True)])
    scores = criteria.scores(criteria.parts_of(long, pd.Index(genes["gene_id"])), numbers)
    wanted = [("context", "in", _CELLS), ("gene_id", "in", genes["gene_id"].to_list())]
    ranked = rank(
        genes,
        scores,
        long,
        safety,
        read_table(bundle / "normal_cell.parquet", tables.NORMAL_CELL, _OF_CELLS, wanted),
        read_table(bundle / "contexts.parquet", tables.CONTEXTS, filters=[("modality", "==", "rna_cell")]),
        read_table(off_target, tables.OFF_TARGET, filters=[("worst", "==", True)]),
        read_table(bundle / "precedent.parquet", tables.PRECEDENT),
        read_table(bundle / "liabilities.parquet", tables.LIABILITIES),
        read_table(bundle / "blind_spots.parquet", tables.BLIND_SPOTS),
        read_table(bundle / "effectors.parquet", tables.EFFECTORS),
        read_table(bundle / "normal_antibody.parquet", tables.NORMAL_ANTIBODY, filters=[("context", "in", _CELLS)]),
        read_table(bundle / "topology.parquet", tables.TOPOLOGY, columns=["gene_id", "canonical", "ecd_length"]),
        numbers,
        mode,
    )
    by_gene = ranked.set_index("gene_id")
    taken = _order.penalties(by_gene, numbers, mode)
    told = _order.parts_of_priority(by_gene["symbol"], scores.reindex(by_gene.index), taken, numbers)
    write_table(_with_intervals(ranked, long, taken, numbers), tables.TARGETS, out / "targets.parquet")
    write_table(told, tables.CONTRIBUTIONS, out / "contributions.parquet")
    write_table(tables.EVIDENCE.sort(long), tables.EVIDENCE, out / "evidence.parquet")
    with replacing(out / "safety.parquet") as temporary:  # as it was found
        shutil.copyfile(findings, temporary)


def _with_intervals(
    ranked: pd.DataFrame, evidence: pd.DataFrame, taken: dict[str, pd.Series], scoring: Scoring
) -> pd.DataFrame:
    """Fill in what the draws say; an interval holds the rank itself."""
    drawn = intervals(evidence, sum(taken.values(), pd.Series(0.0, ranked["gene_id"])), scoring)
    drawn = drawn.reindex(ranked["gene_id"]).set_axis(ranked.index)
    place = ranked["priority_rank"].astype("Int64")
    held = drawn.assign(rank_lo=drawn["rank_lo"].clip(upper=place), rank_hi=drawn["rank_hi"].clip(lower=place))
    ranked[list(held.columns)] = held
    return ranked


def _together(evidence: list[Path]) -> pd.DataFrame:
    """Read evidence tables as one, refusing doubled records and a missing criterion."""
    long = read_tables(evidence, tables.EVIDENCE)
    files = ", ".join(str(path) for path in evidence)
    if long.duplicated(list(tables.EVIDENCE.key)).any():
        raise InputError("the same record comes twice", file=files, field="evidence", remedy="name each table once")
    missing = [name for name in REQUIRED if not (long["criterion"] == name).any()]
    if missing:
        told, remedy = f"no record of {', '.join(missing)}", "name the tables of all criteria"
        raise InputError(told, file=files, field="criterion", remedy=remedy)
    return long


def rank(
    genes: pd.DataFrame,
    scores: pd.DataFrame,
    evidence: pd.DataFrame,
    safety: pd.DataFrame,
    cells: pd.DataFrame,
    contexts: pd.DataFrame,
    off_target: pd.DataFrame,
    precedent: pd.DataFrame,
    liabilities: pd.DataFrame,
    blind_spots: pd.DataFrame,
    effectors: pd.DataFrame,
    antibodies: pd.DataFrame,
    topology: pd.DataFrame,
    scoring: Scoring,
    mode: str,
) -> pd.DataFrame:
    """Return `TARGETS`, one row per gene of the universe, best priority first.

    Efficacy is the weighted mean of the criteria, a missing criterion counting as 0, its worst value.
    Priority is efficacy less the penalty of the safety tier and that of fratricide among the effector cells of the
    mode. Ties fall to efficacy, then to gene id. The order of the other mode is a column of its own.

    Parameters
    ----------
    genes
        Rows of `GENES` in the universe.
    scores
        Genes × criteria (`criteria.scores`), by gene id.
    evidence, safety
        `EVIDENCE` and `SAFETY` of one indication.
    cells
        Rows of `NORMAL_CELL` for T and NK cells, at rest and activated, and for other cells of the blood.
    contexts
        Rows of `CONTEXTS` for cell types.
    off_target
        Rows of `OFF_TARGET` with the worst cell type of each gene.
    precedent, liabilities, blind_spots, effectors, antibodies, topology
        `PRECEDENT`, `LIABILITIES`, `BLIND_SPOTS`, `EFFECTORS`, `NORMAL_ANTIBODY` and `TOPOLOGY` of the bundle.
    mode
        One of `MODES`: which cells carry the CAR.
    """
    frame = genes.set_index("gene_id")[["symbol", "name", "aliases"]].copy()
    _add_evidence(frame, evidence)
    told = scores.reindex(frame.index)
    frame = frame.drop(columns=told.columns, errors="ignore").join(told)
    _add_safety(frame, safety)
    frame["precedent"] = therapies(precedent).reindex(frame.index)
    add_worst_cell(frame, off_target)
    frame["shed"] = shed(liabilities).reindex(frame.index)
    frame["blind_spots"] = blind(blind_spots).reindex(frame.index)
    level, share = scoring.fratricide.at_least, scoring.fratricide.positive_share
    frame = frame.join(_fratricide.judged(cells, effectors, antibodies, frame.index, level, share))
    frame = frame.join(_blood.blood(cells, contexts, liabilities, frame.index, scoring.fratricide.at_least))
    canonical = topology[topology["canonical"].astype(bool)]
    frame["ecd_length"] = canonical.groupby("gene_id")["ecd_length"].max().reindex(frame.index).astype("Int64")
    frame["efficacy"] = criteria.efficacy(told, scoring.weights.model_dump())
    taken = _order.penalties(frame, scoring, mode)
    frame["limiting"] = _order.limiting(told, taken, scoring)
    frame["pareto_front"] = _order.pareto_front(frame["efficacy"], frame["safety_tier"])
    later = {"rank_median": "Int64", "rank_lo": "Int64", "rank_hi": "Int64", "p_top20": "float64", "p_top50": "float64"}
    for column, dtype in later.items():
        frame[column] = pd.Series(None, index=frame.index, dtype=dtype)
    _add_orders(frame, scoring, mode)
    return frame.reset_index().sort_values("priority_rank", ignore_index=True)[tables.TARGETS.names]


def _add_orders(frame: pd.DataFrame, scoring: Scoring, mode: str) -> None:
    """Add the place of each gene in every mode, and priority and place of the mode that was asked for."""
    safe = frame["efficacy"] - frame["safety_tier"].map(scoring.penalty.model_dump()).astype(float)
    penalty = scoring.fratricide.penalty.model_dump()
    for name in tables.MODES:
        priority = safe - _fratricide.cost(frame, name, penalty)
        ordered = frame.assign(priority=priority).reset_index()
        best_first = ordered.sort_values(["priority", "efficacy", "gene_id"], ascending=[False, False, True])
        frame[f"rank_{name}"] = pd.Series(np.arange(1, len(frame) + 1), best_first["gene_id"]).reindex(frame.index)
        if name == mode:
            frame["mode"], frame["priority"], frame["priority_rank"] = mode, priority, frame[f"rank_{name}"]


def _add_evidence(frame: pd.DataFrame, evidence: pd.DataFrame) -> None:
    single = evidence[evidence["criterion"].isin(ONE_PER_GENE)]
    by_gene = single.set_index(["gene_id", "criterion"])
    value = by_gene["value"].unstack("criterion").reindex(frame.index)
    columns = ("prevalence_lo", "prevalence_hi", "tumour_percentile", "tumour_median", "surface_probability")
    for name in columns:
        frame[name] = value.get(name, np.nan)
    linear = "tumour_median" in value
    frame["window_log2"] = value["binding_window"] if linear and "binding_window" in value else np.nan
    context = by_gene["context"].unstack("criterion").reindex(frame.index)
    frame["binding_tissue"] = context.get("binding_window")
    frame["binding_cells"] = _after(context, "binding_attribution", ", ")
    frame["surface_tier"] = context["surface"]
    frame["surface_votes"] = by_gene["n"].unstack("criterion").reindex(frame.index)["surface"]
    frame["detection"] = _detection(value)
    _add_origin(frame, evidence)
    known = evidence[evidence["value"].notna() & ~evidence["criterion"].isin(COMPUTED)]
    frame["n_sources"] = known.groupby("gene_id", observed=True)["source"].nunique().reindex(frame.index, fill_value=0)
    expected = evidence[evidence["criterion"].isin(EXPECTED)]
    frame["coverage"] = (
        expected["value"].notna().groupby(expected["gene_id"], observed=True).mean().reindex(frame.index)
    )


def _after(context: pd.DataFrame, criterion: str, mark: str) -> pd.Series:
    """Return what the context of a criterion says after a mark."""
    told = context[criterion] if criterion in context else pd.Series(None, index=context.index, dtype=object)
    return told.astype(object).str.split(mark, n=1).str[1]


def _detection(value: pd.DataFrame) -> pd.Series:
    """Unmeasured has no percentile; below detection has a median of zero and no upper quartile."""
    percentile = value["tumour_percentile"]
    q3_unknown = value["tumour_q3"].isna() if "tumour_q3" in value else pd.Series(False, value.index)
    return pd.Series(
        np.select([percentile.isna(), q3_unknown], ["unmeasured", "below_detection"], "measured"), value.index
    )


def _add_origin(frame: pd.DataFrame, evidence: pd.DataFrame) -> None:
    """Add what cohorts of cells and proteins say."""
    found = evidence[evidence["criterion"].isin(["cells_positive", "tumour_protein_percentile"])]
    means = found.groupby(["criterion", "gene_id"], observed=True)["value"].mean()
    flagged = evidence[evidence["value"] == 1].astype({"context": str}).sort_values(["gene_id", "context"])

    def cohorts(criterion: str) -> pd.Series:
        rows = flagged[flagged["criterion"] == criterion]
        return rows.groupby("gene_id", observed=True)["context"].agg(", ".join).reindex(frame.index)

    for column, criterion in (("cells_positive",) * 2, ("protein_percentile", "tumour_protein_percentile")):
        known = criterion in means.index.get_level_values(0)
        frame[column] = means.loc[criterion].reindex(frame.index) if known else np.nan
    frame["tumour_origin"] = None
    frame.loc[cohorts("stroma_possible").notna(), "tumour_origin"] = "stroma possible"
    carried = "malignant cells: " + cohorts("tumour_intrinsic").dropna().astype(str)
    frame.loc[carried.index, "tumour_origin"] = carried
    frame["selection_marker"] = cohorts("selection_marker")
    against = flagged[flagged["criterion"] == "rna_protein"]
    told = against["unit"].astype(str) + " (" + against["context"] + ")"
    frame["rna_protein"] = told.groupby(against["gene_id"], observed=True).agg("; ".join).reindex(frame.index)


def _add_safety(frame: pd.DataFrame, safety: pd.DataFrame) -> None:
    frame["safety_tier"] = worst_tier(safety, "tier").reindex(frame.index).fillna("clear")
    frame["safety_tier_before_waiver"] = worst_tier(safety, "tier_before_waiver").reindex(frame.index).fillna("clear")
    frame["safety_reasons"] = reasons_of(safety).reindex(frame.index)
