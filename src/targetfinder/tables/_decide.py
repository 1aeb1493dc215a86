"""Tables of decisions: the results of a run."""

from __future__ import annotations

from targetfinder.tables._schema import COUNT, FLAG, REAL, SOURCE, TEXT, Column, Table, gene, share
from targetfinder.tables._words import (
    COVERAGE_BASES,
    CRITICALITY,
    CYTOPENIA,
    DETECTION,
    FRATRICIDE,
    GATE_BASES,
    GATE_VERDICTS,
    MODALITIES,
    MODES,
    NORMAL_BASES,
    OPERATORS,
    SAFETY_TIERS,
    SURFACE_TIERS,
    YES_OR_NO,
)

_ENDS = ("lower end of the 90 % interval over donors of that", "upper end of the 90 % interval over donors of that")


def _fratricide(prefix: str, cells: str) -> tuple[Column, ...]:
    name = f"{prefix}_fratricide"
    return (
        Column(name, TEXT, f"whether CAR {cells} cells against it may kill each other", values=FRATRICIDE),
        Column(
            f"{name}_basis", TEXT, "what that flag rests on: RNA and antibodies of the atlases, and the curated panel"
        ),
    )


TARGETS = Table(
    "targets",
    "One row for each gene of the universe, ranked for one indication. For research use only.",
    (
        *gene(),
        Column("name", TEXT, "full gene name", nullable=True),
        Column("mode", TEXT, "which cells carry the CAR: whose fratricide counts in priority", values=MODES),
        Column("priority_rank", COUNT, "1 is first; by priority, then efficacy, then gene id", low=1),
        Column("rank_car_t", COUNT, "priority_rank where T cells carry the CAR", low=1),
        Column("rank_car_nk", COUNT, "priority_rank where NK cells carry the CAR", low=1),
        Column("rank_lo", COUNT, "best end of the 90 % interval of the rank", nullable=True, low=1),
        Column("rank_hi", COUNT, "worst end of the 90 % interval of the rank", nullable=True, low=1),
        share("p_top20", "share of the draws that have it in the top 20; missing criteria count 0 there"),
        share("p_top50", "share of the draws that have it in the top 50; missing criteria count 0 there"),
        share("efficacy", "weighted mean of the criteria", nullable=False),
        share("presence", "abundance in the tumour, scaled; null if unmeasured"),
        share("prevalence", "share of patients above the presence level; evidence says if counted or estimated"),
        share("prevalence_lo", "lower bound of that share: sampling error, and quartile bracket where estimated"),
        share("prevalence_hi", "upper bound of that share: sampling error, and quartile bracket where estimated"),
        share("specificity", "therapeutic window in the binding tissue after its allowance, scaled"),
        Column("window_log2", REAL, "tumour median over the binding tissue", "log2 ratio", nullable=True),
        Column("binding_tissue", TEXT, "normal tissue that limits the window", nullable=True),
        Column(
            "binding_cells",
            TEXT,
            "whose RNA that tissue shows: its own cells, guests or both, and the cell type that carries most; null if "
            "the cell atlas cannot tell",
            nullable=True,
        ),
        Column("surface_tier", TEXT, "graded evidence for the cell surface", values=SURFACE_TIERS),
        Column(
            "ecd_length",
            COUNT,
            "residues of the canonical isoform outside the cell; null if not known",
            "residues",
            nullable=True,
        ),
        Column("safety_tier", TEXT, "clear = no finding in what was measured", values=SAFETY_TIERS),
        Column("safety_reasons", TEXT, "the findings behind the tier, worst first", nullable=True),
        Column(
            "hsc",
            REAL,
            "highest expression in blood stem and progenitor cells; null if no atlas has them, hsc_basis says why",
            "TPM*",
            nullable=True,
            low=0,
        ),
        Column("hsc_basis", TEXT, "cell type and release of hsc, or why there is none"),
        Column(
            "blood_lineages",
            TEXT,
            "lineages of blood that may be lost, whether that is tolerable, and which are unmeasured",
        ),
        Column("cytopenia", TEXT, "whether loss of blood cells must be reckoned with", values=CYTOPENIA),
        Column("cytopenia_basis", TEXT, "what that rests on: RNA of blood cells, and harm on file"),
        Column("t_cell", REAL, "expression in resting T cells", "nTPM", nullable=True, low=0),
        Column("nk_cell", REAL, "expression in resting NK cells", "nTPM", nullable=True, low=0),
        *_fratricide("t", "T"),
        *_fratricide("nk", "NK"),
        Column("shed", TEXT, "known shed or soluble forms; null if none is on file", nullable=True),
        Column("precedent", TEXT, "surface-directed therapies that name the gene", nullable=True),
        Column("n_sources", COUNT, "source tables with evidence on this gene", low=0),
        share("coverage", "share of the expected measurements that exist for this gene", nullable=False),
        Column("priority", REAL, "efficacy less the penalties of the safety tier and of fratricide", "share"),
        Column("safety_tier_before_waiver", TEXT, "tier before waivers", values=SAFETY_TIERS),
        Column("detection", TEXT, "measured, below detection or unmeasured in the tumour", values=DETECTION),
        Column("tumour_median", REAL, "tumour median; null for rank_only cohorts", "TPM*", nullable=True, low=0),
        share("tumour_percentile", "rank of the tumour median among protein-coding genes"),
        Column(
            "tumour_origin",
            TEXT,
            "malignant cells and the cohorts that show it, or stroma possible; null if not present in the tumour",
            nullable=True,
        ),
        Column("selection_marker", TEXT, "cohorts whose cells were sorted by this protein", nullable=True),
        share("cells_positive", "malignant cells with a count of the gene, mean over cohorts"),
        Column("rna_protein", TEXT, "where RNA and protein contradict each other, and in which cohort", nullable=True),
        share("protein_percentile", "rank of the tumour protein among measured proteins, mean over cohorts"),
        Column("surface_votes", COUNT, "independent lines of evidence for the surface", low=0),
        share("surface_probability", "calibrated probability to stand on the cell surface"),
        Column("blind_spots", TEXT, "places of it that the atlases miss; null if none is on file", nullable=True),
        Column("t_activated", TEXT, "whether activated T cells carry it: yes, no, or not measured, which is not low"),
        Column("nk_activated", TEXT, "whether activated NK cells carry it: yes, no, or not measured, which is not low"),
        Column("worst_cell", TEXT, "normal cell type that carries most of it; null if unmeasured", nullable=True),
        Column("worst_cell_level", REAL, "what safety rests on there", "see unit", nullable=True, low=0),
        Column(
            "worst_cell_mean", REAL, "mean over donors there; null without donors", "see unit", nullable=True, low=0
        ),
        Column("worst_cell_mean_lo", REAL, f"{_ENDS[0]} mean", "see unit", nullable=True, low=0),
        Column("worst_cell_mean_hi", REAL, f"{_ENDS[1]} mean", "see unit", nullable=True, low=0),
        Column("worst_cell_unit", TEXT, "unit of level and mean: nTPM of clusters, TPM* of cells", nullable=True),
        share("worst_cell_detected", "cells there with any expression, mean over donors"),
        share("worst_cell_detected_lo", f"{_ENDS[0]} share"),
        share("worst_cell_detected_hi", f"{_ENDS[1]} share"),
        Column("worst_cell_donors", COUNT, "donors behind it; null where not stated", nullable=True, low=1),
        Column("worst_cell_cells", COUNT, "cells behind it; null where not stated", nullable=True, low=1),
        Column("worst_cell_no_interval", TEXT, "why it has no interval; null if it has one", nullable=True),
        Column("worst_cell_dismissed", TEXT, "why its highest donor does not count", nullable=True),
        Column("aliases", TEXT, "aliases and previous symbols, joined by |", nullable=True),
        share("breadth", "share of cohorts and modalities that show it; null if there is one cohort only"),
        share("profile", "therapeutic window over all organ systems, scaled"),
        share("rank_specificity", "difference of within-sample percentiles to the tissue that binds by rank, scaled"),
        share("lineage", "window over other tumour cohorts, scaled; null if there are too few"),
        share("surface", "value of the surface tier", nullable=False),
        Column("rank_median", COUNT, "median of the ranks drawn", nullable=True, low=1),
        Column(
            "limiting", TEXT, "what costs it most priority: a criterion, the safety tier or fratricide", nullable=True
        ),
        Column("pareto_front", COUNT, "1 if no gene is as good in efficacy and safety tier and better in one", low=1),
    ),
    ("gene_id",),
)

CONTRIBUTIONS = Table(
    "contributions",
    "What each criterion adds to the priority of a gene, and what safety tier and fratricide take: its priority.",
    (
        *gene(),
        Column("part", TEXT, "criterion, safety tier or fratricide"),
        share("score", "score of the criterion; null if it was not measured, or of a penalty"),
        share("weight", "weight of the criterion, all adding up to 1; null of a penalty"),
        Column("contribution", REAL, "weight times score, missing ones 0; less than 0 of a penalty", "share"),
    ),
    ("gene_id", "part"),
)

WEIGHTS = Table(
    "weights",
    "How candidate weights rank known targets of diseases that took no part in learning them; a person runs it.",
    (
        Column("candidate", TEXT, "weights that were tried"),
        Column("left_out", TEXT, "list of known targets that took no part in learning, on which they are judged"),
        share("average_precision", "average precision of the efficacy order, mean over indications", nullable=False),
        share("recall_50", "share of the known targets among the first 50", nullable=False),
        *(
            share(f"weight_{name}", f"weight of {name}, all adding up to 1", nullable=False)
            for name in (
                *("presence", "prevalence", "breadth", "specificity", "profile", "rank_specificity"),
                *("lineage", "surface"),
            )
        ),
    ),
    ("candidate", "left_out"),
)

PATIENTS = Table(
    "patients",
    "One patient (n = 1) held against the cohorts of the indication: one row for each sample and gene of the universe, "
    "in the order of the patient. For research use only.",
    (
        Column("sample", TEXT, "sample of the samplesheet"),
        Column("patient", TEXT, "patient"),
        Column("cohort", TEXT, "cohort of the samplesheet that it was read with, which does not count it"),
        *gene(),
        Column("patient_rank", COUNT, "1 is first: expressed, not expressed, unmeasured; each by priority_rank", low=1),
        Column("priority_rank", COUNT, "rank in the indication, as in targets", low=1),
        Column("value_tpm", REAL, "expression of this patient", "TPM*", nullable=True, low=0),
        share("percentile", "rank among protein-coding genes of this sample"),
        Column(
            "expressed",
            TEXT,
            "at or above the presence level, or the median gene where ranks are compared; null if unmeasured",
            nullable=True,
            values=YES_OR_NO,
        ),
        Column("cohort_median", REAL, "tumour median of the indication", "TPM*", nullable=True, low=0),
        share("cohort_share_below", "patients of the indication that have less, estimated from their quartiles"),
        share("cohort_share_below_lo", "lower bound of that share: sampling error, and quartile bracket"),
        share("cohort_share_below_hi", "upper bound of that share: sampling error, and quartile bracket"),
        Column("window_log2", REAL, "this patient over the binding tissue", "log2 ratio", nullable=True),
        Column("binding_tissue", TEXT, "normal tissue that limits the window, as in targets", nullable=True),
        Column("safety_tier", TEXT, "tier of the indication, not judged anew for this patient", values=SAFETY_TIERS),
        Column("safety_reasons", TEXT, "the findings behind the tier, worst first", nullable=True),
        Column("caveat", TEXT, "what the reader of this row must know, joined by '; '"),
        *SOURCE,
    ),
    ("cohort", "sample", "gene_id"),
)

GATES = Table(
    "gates",
    "Gates of two or three genes that were chosen on some patients and judged on others; a bounded number of those "
    "that were tried. Bounds are told apart by their basis and never ranked with the others. For research use only.",
    (
        Column("cohort", TEXT, "cohort that it was counted in"),
        Column("basis", TEXT, "what the tumour was counted in", values=GATE_BASES),
        Column("gate", TEXT, "gene ids joined by the operator"),
        Column("name", TEXT, "the gate in symbols"),
        Column("operator", TEXT, "AND: all; OR: any; NOT: the first unless the last is there", values=OPERATORS),
        Column("gene_a", TEXT, "Ensembl gene id; of NOT the one that activates"),
        Column("gene_b", TEXT, "Ensembl gene id; of NOT the blocker"),
        Column("gene_c", TEXT, "Ensembl gene id of the third; null of pairs", nullable=True),
        Column("gate_rank", COUNT, "1 is first, among gates of the same cohort and basis", low=1),
        Column("verdict", TEXT, "whether the gain holds where the gate was not chosen", values=GATE_VERDICTS),
        Column("n_patients", COUNT, "patients of the cohort", low=1),
        share(
            "tumour_coverage", "cells that the gate reaches, mean over patients; patients of samples; null of bounds"
        ),
        share("coverage_lo", "lower end of the 90 % interval of that share; lower Fréchet bound of bounds"),
        share("coverage_hi", "upper end of the 90 % interval of that share; upper Fréchet bound of bounds"),
        Column("member", TEXT, "gate id that it is held against: the safer of its parts, of OR the wider"),
        share("member_coverage", "what that part alone reaches, as tumour_coverage"),
        share("escape_cost", "tumour that its widest part alone would reach and the gate misses; null of OR"),
        Column("normal_basis", TEXT, "what the normal hit rests on", values=NORMAL_BASES),
        Column(
            "normal_hit", REAL, "worst hit in vital contexts; null if unmeasured", "see hit_unit", nullable=True, low=0
        ),
        Column(
            "member_hit", REAL, "the same of the part that it is held against", "see hit_unit", nullable=True, low=0
        ),
        Column("hit_unit", TEXT, "share of cells, or the unit of the atlas"),
        Column("worst_context", TEXT, "vital context of the worst hit; null if there is none", nullable=True),
        Column("worst_donor", TEXT, "donor of the worst hit; null where donors are not told apart", nullable=True),
        Column(
            "other_hit", REAL, "worst hit elsewhere, tolerated contexts left out", "see hit_unit", nullable=True, low=0
        ),
        Column("other_context", TEXT, "context of that hit", nullable=True),
        Column("other_criticality", TEXT, "criticality of that context", nullable=True, values=CRITICALITY),
        Column(
            "gain",
            REAL,
            "judged gain: fall of the worst vital hit, of OR rise of coverage",
            "see gain_unit",
            nullable=True,
        ),
        Column(
            "gain_lo",
            REAL,
            "lower end of its 90 % interval; null where nothing was held out",
            "see gain_unit",
            nullable=True,
        ),
        Column(
            "gain_hi",
            REAL,
            "upper end of its 90 % interval; null where nothing was held out",
            "see gain_unit",
            nullable=True,
        ),
        Column("gain_unit", TEXT, "share of cells, share of patients, or log2 ratio"),
        share("coverage_loss", "tumour coverage that it loses against that part, judged; 0 of OR"),
        share("blocker_in_tumour", "tumour cells (patients of samples) that show the blocker; null if not NOT"),
        share(
            "blocker_power",
            "chance to see the blocker in a tumour cell that has as much of it as the endangered cell type",
        ),
        share("p_value", "that gain and coverage hold, judged, after multiplicity of each split; null of bounds"),
        share("q_value", "false discovery rate over all gates that were tried; null of bounds"),
        Column("heldout", FLAG, "coverage and gain were judged on patients and donors that did not choose the gate"),
        Column("tried", COUNT, "gates of this basis that were tried", low=1),
        Column(
            "safety_tier", TEXT, "of OR the worst tier of its genes; null of others", nullable=True, values=SAFETY_TIERS
        ),
        Column("note", TEXT, "what the reader of this row must know, joined by '; '", nullable=True),
        *SOURCE,
    ),
    ("cohort", "basis", "gate"),
)

COVERAGE = Table(
    "coverage",
    "Sets of targets, any of which is enough to reach a patient (OR): for each safety budget and size the set that "
    "reaches most patients. For research use only.",
    (
        Column("basis", TEXT, "patients counted one by one, or bounds that quartiles leave", values=COVERAGE_BASES),
        Column("modality", TEXT, "what was measured", values=MODALITIES),
        Column("cohorts", TEXT, "cohorts whose patients are counted, joined by |"),
        Column("budget", TEXT, "worst safety tier that a target of the set may have", values=SAFETY_TIERS),
        Column("n_targets", COUNT, "targets in the set", low=1),
        share("goal", "patients to be reached", nullable=False),
        Column(
            "smallest",
            TEXT,
            "whether it is the smallest set of its budget that reaches the goal; null for bounds",
            nullable=True,
            values=YES_OR_NO,
        ),
        Column("gene_ids", TEXT, "targets by rank, joined by |"),
        Column("symbols", TEXT, "their symbols"),
        Column("safety_tier", TEXT, "worst tier among them", values=SAFETY_TIERS),
        Column("n", COUNT, "patients", low=1),
        Column("covered", COUNT, "patients that carry at least one; null for bounds", nullable=True, low=0),
        share("coverage", "patients that carry at least one; null for bounds"),
        share("coverage_lo", "lower end of the 90 % Wilson interval, or lower bound"),
        share("coverage_hi", "upper end of the 90 % Wilson interval, or upper bound"),
        share("heldout", "the same among patients who had no part in the choice, mean over bootstrap draws"),
        share("heldout_lo", "lower end of the middle 90 % of the draws"),
        share("heldout_hi", "upper end of the middle 90 % of the draws"),
        share("stability", "bootstrap draws whose best set holds a member of this one, mean over the members"),
        share("same_set", "bootstrap draws whose best set is this one"),
        Column("gap", REAL, "what another set might reach more; 0 is proven best", "share", nullable=True, low=0),
        Column("candidates", COUNT, "targets that were to choose from", low=0),
        Column("unmeasured", COUNT, "patients in whom one of the set was not measured", nullable=True, low=0),
        Column("note", TEXT, "what the reader of this row must know", nullable=True),
        *SOURCE,
    ),
    ("basis", "modality", "budget", "n_targets"),
)
