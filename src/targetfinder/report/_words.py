"""The words and colours that every report uses for the same thing."""

from __future__ import annotations

from typing import Final

from targetfinder.tables import SAFETY_TIERS

RESEARCH_USE: Final = "For research use only. Not for diagnosis, treatment or any clinical decision."
#: What a reader sees in place of a safety tier: short, for chips, and in full.
TIER_SHORT: Final = dict(zip(SAFETY_TIERS, ("no finding", "caution", "gate needed", "veto"), strict=True))
TIER_FULL: Final = {
    **TIER_SHORT,
    "clear": "no finding in what was measured",
    "gate_needed": "gate needed: too high in a normal tissue for a target on its own",
}
#: One letter for places without room for words; colour never stands alone.
TIER_LETTER: Final = dict(zip(SAFETY_TIERS, ("–", "C", "G", "V"), strict=True))
#: Told apart with any kind of colour vision. 'clear' is not green: nobody measured that it is safe.
TIER_COLOUR: Final = dict(zip(SAFETY_TIERS, ("#5B7C99", "#E0A100", "#D1571B", "#8C1D5B"), strict=True))


def clear_means(reference_set: str | None) -> str:
    """Return what the tier *clear* says under a reference set, for readers who see only its label."""
    name = reference_set or "not stated"
    return (
        f"“No finding” means no finding in what was measured. With the reference set “{name}” "
        "this is no finding in RNA: no vital tissue or cell type crosses a rule, and no harm to patients is on file "
        "that is not tolerated; notes tell what else is high. "
        "It does not mean that a target is safe."
    )


MODALITY: Final = {"rna_bulk": "bulk RNA", "rna_cell": "single-cell RNA", "protein": "protein", "clinical": "patients"}
MATERIAL: Final = {"tumour": "tumour", "sorted": "sorted cells", "cell_line": "cell line", "pdx": "xenograft (PDX)"}
LIBRARY: Final = {"poly_a": "poly-A", "total": "total RNA", "three_prime": "3′ ends", "capture": "capture"}
SCALE: Final = {"linear": "linear", "rank_only": "rank only"}
#: Verdict on a cohort and an atlas -> (words, class of the chip). A refused pair is only compared for a written reason.
VERDICT: Final = {
    "ok": ("ok", "clear"),
    "rank_only": ("rank only", "caution"),
    "refuse": ("refused", "veto"),
    "override": ("refused, but compared", "gate_needed"),
}

#: Headings of the table; a column without one is headed by its name.
LABELS: Final = {
    "priority_rank": "Rank",
    "mode": "Mode",
    "rank_car_t": "Rank as CAR-T",
    "rank_car_nk": "Rank as CAR-NK",
    "symbol": "Target",
    "name": "Name",
    "gene_id": "Ensembl gene",
    "safety_tier": "Safety",
    "safety_tier_before_waiver": "Safety before waivers",
    "safety_reasons": "Findings, worst first",
    "priority": "Priority",
    "efficacy": "Efficacy",
    "presence": "Presence",
    "prevalence": "Prevalence",
    "prevalence_lo": "Prevalence, low",
    "prevalence_hi": "Prevalence, high",
    "specificity": "Specificity",
    "window_log2": "Window",
    "binding_tissue": "Binding tissue",
    "binding_cells": "Cells of it",
    "surface_tier": "Surface",
    "surface_votes": "Votes",
    "surface_probability": "Surface probability",
    "tumour_median": "Tumour",
    "tumour_percentile": "Tumour percentile",
    "detection": "Detection",
    "tumour_origin": "Origin",
    "selection_marker": "Sorted by it",
    "cells_positive": "Positive cells",
    "rna_protein": "RNA against protein",
    "protein_percentile": "Protein percentile",
    "hsc": "Blood stem cells",
    "hsc_basis": "Blood stem cells, basis",
    "blood_lineages": "Blood lineages",
    "cytopenia": "Cytopenia",
    "cytopenia_basis": "Cytopenia, basis",
    "t_cell": "T cells",
    "nk_cell": "NK cells",
    "t_activated": "Activated T cells",
    "nk_activated": "Activated NK cells",
    "t_fratricide": "T-cell fratricide",
    "nk_fratricide": "NK-cell fratricide",
    "t_fratricide_basis": "T-cell fratricide, basis",
    "nk_fratricide_basis": "NK-cell fratricide, basis",
    "blind_spots": "Blind spots",
    "ecd_length": "Extracellular length",
    "shed": "Shed form",
    "precedent": "Precedent",
    "n_sources": "Sources",
    "coverage": "Coverage",
    "aliases": "Aliases",
    "worst_cell": "Worst cell type",
    "worst_cell_level": "Worst cell type, level",
    "worst_cell_mean": "Worst cell type, mean",
    "worst_cell_mean_lo": "Worst cell type, mean, low",
    "worst_cell_mean_hi": "Worst cell type, mean, high",
    "worst_cell_unit": "Worst cell type, unit",
    "worst_cell_detected": "Worst cell type, positive cells",
    "worst_cell_detected_lo": "Worst cell type, positive cells, low",
    "worst_cell_detected_hi": "Worst cell type, positive cells, high",
    "worst_cell_donors": "Worst cell type, donors",
    "worst_cell_cells": "Worst cell type, cells",
    "worst_cell_no_interval": "Worst cell type, why no interval",
    "worst_cell_dismissed": "Worst cell type, why not counted",
    "rank_lo": "Rank, low",
    "rank_hi": "Rank, high",
    "rank_median": "Rank, median",
    "limiting": "Limited by",
    "pareto_front": "Pareto front",
    "breadth": "Breadth",
    "profile": "Profile",
    "rank_specificity": "Rank specificity",
    "lineage": "Lineage contrast",
    "surface": "Surface value",
    "p_top20": "P(top 20)",
    "p_top50": "P(top 50)",
}
#: Columns on the first screen, from left to right; all others can be switched on.
VISIBLE: Final = (
    *("priority_rank", "symbol", "safety_tier", "safety_reasons", "efficacy", "presence", "prevalence"),
    *("specificity", "window_log2", "binding_tissue", "tumour_median", "surface_tier"),
    *("precedent", "t_cell", "nk_cell", "coverage"),
)
#: What a missing value means where it does not mean "not measured".
NONE: Final = {
    "name": "no name in the sources",
    "aliases": "no alias in the sources",
    "safety_reasons": "no finding in what was measured",
    "binding_cells": "the cell atlas cannot tell",
    "precedent": "none in the sources of this reference set",
    "tumour_origin": "not present in the tumour, or not measured",
    "selection_marker": "no cohort was sorted by it",
    "rna_protein": "no contradiction seen where both were measured",
    "protein_percentile": "not measured, or only in a panel, which gives no rank",
    "shed": "no shed or soluble form on file",
    "blind_spots": "no blind spot on file",
    "breadth": "one cohort only",
    "limiting": "nothing",
    "worst_cell_mean": "the atlas joins the cells of all donors",
    "worst_cell_mean_lo": "fewer than two donors",
    "worst_cell_mean_hi": "fewer than two donors",
    "worst_cell_detected": "the atlas joins the cells of all donors",
    "worst_cell_detected_lo": "fewer than two donors",
    "worst_cell_detected_hi": "fewer than two donors",
    "worst_cell_donors": "the atlas does not say",
    "worst_cell_cells": "the atlas does not say",
    "worst_cell_no_interval": "it has an interval",
    "worst_cell_dismissed": "the level counts as it is, or is no note",
}
