"""Findings as sentences: the worst tier of a gene and the reasons for it, worst first."""

from __future__ import annotations

from typing import Any

import pandas as pd

from targetfinder.tables import CRITICALITY, SAFETY_TIERS, UNKNOWN_TUMOUR

#: Sentences a gene carries in `targets`; the rest is in `safety`.
SHOWN = 3
_MODALITY = {"rna_bulk": "bulk RNA", "rna_cell": "single-cell RNA", "protein": "protein"}


def worst_tier(safety: pd.DataFrame, column: str) -> pd.Series:
    """Return the highest tier of each gene that has a finding, indexed by gene id."""
    severity = safety[column].map(SAFETY_TIERS.index)
    return severity.groupby(safety["gene_id"]).max().map(dict(enumerate(SAFETY_TIERS)))


def reasons_of(safety: pd.DataFrame) -> pd.Series:
    """Return up to `SHOWN` sentences per gene, worst first, and how many more findings there are.

    Notes, which move no tier, are said only of genes that have nothing worse: `note: …`, the highest of
    the least dispensable contexts, so that no gene reads as if nothing had been found. Tolerated findings are
    said with their reason.
    """
    if safety.empty:
        return pd.Series(dtype=object)
    moving = safety["tier_before_waiver"] != "clear"
    noted = ~moving & ~safety["gene_id"].isin(safety.loc[moving, "gene_id"])
    findings, notes = _joined(safety[moving], SHOWN, ""), _joined(safety[noted], 1, "note: ")
    told: pd.Series = pd.concat([findings, notes])
    return told


def _joined(findings: pd.DataFrame, shown: int, prefix: str) -> pd.Series:
    if findings.empty:
        return pd.Series(dtype=object)
    ordered = findings.assign(
        severity=-findings["tier"].map(SAFETY_TIERS.index),
        tolerated=findings["waiver"].notna(),
        spared=findings["criticality"].map(CRITICALITY.index),
        size=-findings["value"].fillna(float("-inf")),
    ).sort_values(["gene_id", "severity", "tolerated", "spared", "size", "context", "source"], kind="stable")
    first = ordered[ordered.groupby("gene_id").cumcount() < shown]
    text = pd.Series([prefix + sentence(row) for row in first.itertuples(index=False)], index=first["gene_id"])
    more = (ordered.groupby("gene_id").size() - shown).clip(lower=0).map(lambda n: f"; and {n} more" if n else "")
    joined: pd.Series = text.groupby(level=0).agg("; ".join)
    return joined + more


def sentence(row: Any) -> str:
    """Return one finding (a row of `SAFETY`) as a sentence."""
    if isinstance(row.said, str):
        text = f"{_place(row.context)}: {row.said}"
        if row.tier_before_waiver == "veto" and row.modality == "protein":
            text += ", no less than in the tumour"
        return text if pd.isna(row.waiver) else f"{text}, tolerated: {row.waiver}"
    modality = _MODALITY[row.modality]
    if pd.isna(row.value):
        return f"{row.context}: not measured in {modality} ({row.release})"
    donors = f", {row.n_donors} donors" if _in_cells_of_a_tissue(row) and row.n_donors > 1 else ""
    text = f"{_place(row.context)}: {row.value:.0f} {row.unit} in {modality} ({row.release}{donors}){_origin(row)}"
    if row.tier_before_waiver == "gate_needed":
        text += f", {UNKNOWN_TUMOUR}" if UNKNOWN_TUMOUR in row.rule else ", far above the tumour"
    return text if pd.isna(row.waiver) else f"{text}, tolerated: {row.waiver}"


def _in_cells_of_a_tissue(row: Any) -> bool:
    return row.modality == "rna_cell" and ": " in row.context and not pd.isna(row.n_donors)


def _origin(row: Any) -> str:
    """Return whose RNA a tissue shows, as the end of a sentence; of guests with what they would have to be of it."""
    if not isinstance(row.attribution, str) or row.attribution == "mixed":
        return ", from its own cells and guests alike" if row.attribution == "mixed" else ""
    cells = _in_words(row.attribution_cell)
    if row.attribution == "parenchyma":
        return f", from its own {cells}"
    share = "at most in part" if row.attribution_share > 1 else f"if they are {row.attribution_share:.0%} of it"
    return f", from {cells} {share}"


#: Names of people, which keep their capital inside a sentence.
_PEOPLE = ("Hofbauer", "Kupffer", "Langerhans", "Leydig", "Muller", "Paneth", "Purkinje", "Schwann", "Sertoli")


def _in_words(cell: str) -> str:
    """Return the name of a cell type as it stands inside a sentence: Plasma cells, plasma cells; T cells, T cells."""
    return cell if cell[1:2] in (" ", cell[1:2].upper()) or cell.startswith(_PEOPLE) else cell[0].lower() + cell[1:]


def _place(context: str) -> str:
    """Return `<tissue>: <cell type>` as words: heart muscle, cardiomyocytes."""
    tissue, _, cell = context.partition(": ")
    return f"{tissue}, {_in_words(cell)}" if cell else tissue
