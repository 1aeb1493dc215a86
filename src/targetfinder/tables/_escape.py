"""Tables of antigen escape."""

from __future__ import annotations

from targetfinder.tables._schema import COUNT, REAL, SOURCE, TEXT, Column, Table, gene, share
from targetfinder.tables._words import ESCAPE_BASES, ESCAPE_CALLS, SAFETY_TIERS, YES_NO_UNKNOWN, YES_OR_NO

_BASIS = Column("basis", TEXT, "what was measured at both times", values=ESCAPE_BASES)

ESCAPE = Table(
    "escape",
    "What became of each antigen between selection and relapse: one row for each patient and antigen that was measured "
    "at both. For research use only.",
    (
        _BASIS,
        Column("patient", TEXT, "patient"),
        *gene(),
        Column("before", REAL, "at selection; at the limit if below it", "log2 of the unit", nullable=True),
        Column("after", REAL, "at relapse; at the limit if below it", "log2 of the unit", nullable=True),
        Column("unit", TEXT, "unit before the logarithm; of cells, molecules of the gene seen in a cell"),
        Column("below_limit", TEXT, "whether it is below the limit of detection at relapse", values=YES_OR_NO),
        Column("change_log2", REAL, "change beyond the shift of the pair", "log2 ratio"),
        Column("change_lo", REAL, "lower end of its 90 % interval; null below the limit", "log2 ratio", nullable=True),
        Column("change_hi", REAL, "upper end of its 90 % interval", "log2 ratio"),
        Column("call", TEXT, "what became of it", values=ESCAPE_CALLS),
        share("cells_negative_before", "malignant cells without a count at selection"),
        share("cells_negative_after", "malignant cells without a count at relapse"),
        share("cells_lost", "malignant cells that lost it beyond dropout, if it was carried"),
        share("cells_lost_lo", "lower end of the 90 % interval over cells of that"),
        share("cells_lost_hi", "upper end of the 90 % interval over cells of that"),
        Column("note", TEXT, "what the reader of this row must know", nullable=True),
        *SOURCE,
    ),
    ("basis", "patient", "gene_id"),
)

ESCAPE_PATIENTS = Table(
    "escape_patients",
    "One row for each patient with a sample of selection or relapse: its pair, or why there is none, what the relapse "
    "still carries, and what the clinical table says of it.",
    (
        _BASIS,
        Column("patient", TEXT, "patient"),
        Column("paired", TEXT, "whether both times are there", values=YES_OR_NO),
        Column("shift_log2", REAL, "change that all share: purity, depth, gating", "log2 ratio", nullable=True),
        Column("spread_log2", REAL, "what an unchanged antigen varies by, standard deviation", "log2", nullable=True),
        Column("n_panel", COUNT, "antigens that tell the shift", nullable=True, low=0),
        *(Column(f"n_{call}", COUNT, f"antigens {call}", nullable=True, low=0) for call in ESCAPE_CALLS),
        Column("lost", TEXT, "symbols of the first lost antigens by rank, joined by |", nullable=True),
        Column("next_targets", TEXT, "first targets by rank that it still carries, joined by |", nullable=True),
        Column("transplant", TEXT, "transplant before the relapse, as given", nullable=True),
        share("donor_share", "cells of the donor in the sample of the relapse, as given"),
        Column("cytopenia_grade", TEXT, "as given", nullable=True),
        Column("mrd", TEXT, "minimal residual disease, as given", nullable=True),
        Column("car_persistence", TEXT, "as given", nullable=True),
        Column("note", TEXT, "what the reader of this row must know", nullable=True),
    ),
    ("basis", "patient"),
)

ESCAPE_TARGETS = Table(
    "escape_targets",
    "One row for each antigen: how often it was lost, a paired test over the patients, whether relapses still carry "
    "it, and what makes its loss likely before any patient was treated.",
    (
        _BASIS,
        *gene(),
        Column("priority_rank", COUNT, "rank in the indication, as in targets", low=1),
        Column("safety_tier", TEXT, "tier of the indication", values=SAFETY_TIERS),
        Column("n_pairs", COUNT, "pairs in which it was measured at both times", low=0),
        Column("n_carried", COUNT, "of these, patients that carried it at selection", low=0),
        *(Column(f"n_{call}", COUNT, f"patients: {call}", low=0) for call in ESCAPE_CALLS),
        share("lost_share", "lost, of those that carried it and are not unclear"),
        share("lost_share_lo", "lower end of its 90 % Wilson interval"),
        share("lost_share_hi", "upper end of its 90 % Wilson interval"),
        Column("median_change_log2", REAL, "over patients that carried it", "log2 ratio", nullable=True),
        share("p_value", "paired test over these patients (Wilcoxon signed-rank); null for fewer than 3"),
        share("q_value", "false discovery rate over the antigens of the basis (Benjamini-Hochberg)"),
        share("carried_at_relapse", "relapses that carry it"),
        Column("lost_with", TEXT, "antigens lost in the same patients, with their number, joined by |", nullable=True),
        share("cells_negative", "malignant cells without it, mean over patients of single cells before relapse"),
        share("single_copy", "patients with one copy of the gene or none, where copies are given"),
        Column("known_loss", TEXT, "loss of the antigen on file", nullable=True),
        Column("dependency", REAL, "median effect of its knock-out on cell lines", "CERES/Chronos", nullable=True),
        Column("driver_change_log2", REAL, "change where the driver is knocked down", "log2 ratio", nullable=True),
        Column("driver_n", COUNT, "patients or lines behind it", nullable=True, low=1),
        Column("prior_risk", TEXT, "what makes its loss likely; null if nothing that is known does", nullable=True),
        Column(
            "prior_basis",
            TEXT,
            "what cells, copies, losses on file, dependency and driver say, or why nothing, joined by ' | '",
        ),
    ),
    ("basis", "gene_id"),
)

SOLUBLE = Table(
    "soluble",
    "Soluble antigen over the days of a therapy: one row for each patient and antigen.",
    (
        *gene(),
        Column("patient", TEXT, "patient"),
        Column("unit", TEXT, "unit of the values"),
        Column("n_visits", COUNT, "visits with a value", low=1),
        Column("n_missing", COUNT, "days on which other patients were seen and this one was not", low=0),
        Column("days", TEXT, "days since infusion, joined by |"),
        Column("values", TEXT, "values, joined by |; at the limit if below it"),
        Column("baseline", REAL, "last value up to day 0", "see unit", nullable=True, low=0),
        Column("nadir", REAL, "lowest value after day 0", "see unit", nullable=True, low=0),
        Column("nadir_day", REAL, "its first day", "days", nullable=True),
        Column("last", REAL, "last value", "see unit", nullable=True, low=0),
        Column("last_day", REAL, "its day", "days", nullable=True),
        Column("fall_log2", REAL, "nadir over baseline", "log2 ratio", nullable=True),
        Column("rise_log2", REAL, "last value over nadir", "log2 ratio", nullable=True),
        Column("decoy_risk", TEXT, "whether it has come back, to bind CARs off the tumour", values=YES_NO_UNKNOWN),
        Column("decoy_reason", TEXT, "why"),
        *SOURCE,
    ),
    ("gene_id", "patient"),
)
