"""Tables of evidence."""

from __future__ import annotations

from targetfinder.tables._schema import COUNT, FLAG, REAL, SOURCE, TEXT, Column, Table, gene, share
from targetfinder.tables._words import (
    ATTRIBUTIONS,
    CRITICALITY,
    FINDINGS,
    NK_ARGUES,
    NK_CALLS,
    NK_GROUPS,
    NK_SAYS,
    SAFETY_TIERS,
)

EVIDENCE = Table(
    "evidence",
    "The long table behind every number of `targets`.",
    (
        *gene(),
        Column("criterion", TEXT, "what was measured or computed"),
        Column("context", TEXT, "cohort, tissue or voter that it was measured in"),
        Column("value", REAL, "the number; null if unmeasured", "see unit", nullable=True),
        Column("unit", TEXT, "unit of value"),
        Column("n", COUNT, "patients, donors or votes behind it; null if not stated", nullable=True, low=0),
        *SOURCE,
    ),
    ("gene_id", "criterion", "context", "source"),
)

_INTERVAL = ("lower end of the 90 % interval of {} over donors", "upper end of the 90 % interval of {} over donors")

OFF_TARGET = Table(
    "off_target",
    "What single cells of normal tissues carry: for each gene the worst tissue and cell type, and every other one that "
    "reaches the level of a note.",
    (
        *gene(),
        Column("tissue", TEXT, "tissue as the atlas spells it; null if it joined cells of all tissues", nullable=True),
        Column("context", TEXT, "canonical cell type"),
        Column("cell_type", TEXT, "cell type as the atlas spells it, the worst of those with this canonical name"),
        Column("criticality", TEXT, "criticality of the cell type", values=CRITICALITY),
        Column(
            "level",
            REAL,
            "what safety rests on: second highest donor less ambient RNA; the one donor, or all cells, if there are "
            "no two",
            "see unit",
            low=0,
        ),
        Column("highest", REAL, "highest donor, ambient RNA included", "see unit", low=0),
        Column("dismissed", TEXT, "why the highest donor does not count, where the level is no note", nullable=True),
        Column("mean", REAL, "mean over donors on a log scale, less ambient RNA", "see unit", nullable=True, low=0),
        Column("mean_lo", REAL, _INTERVAL[0].format("mean"), "see unit", nullable=True, low=0),
        Column("mean_hi", REAL, _INTERVAL[1].format("mean"), "see unit", nullable=True, low=0),
        Column("unit", TEXT, "unit of level, highest and mean"),
        share("detected", "cells with any expression, mean over donors; null if the atlas does not say"),
        share("detected_lo", _INTERVAL[0].format("detected")),
        share("detected_hi", _INTERVAL[1].format("detected")),
        Column("no_interval", TEXT, "why there is no interval; null if there is one", nullable=True),
        Column("n_donors", COUNT, "donors with a mean; null where not stated", nullable=True, low=1),
        Column("n_cells", COUNT, "cells of these donors; null where not stated", nullable=True, low=1),
        Column("worst", FLAG, "the worst tissue and cell type of the gene, over all atlases"),
        *SOURCE,
    ),
    ("gene_id", "tissue", "context", "source"),
)

SAFETY = Table(
    "safety",
    "One row for each finding: a gene in a normal tissue or cell type that crosses a rule of references/safety.toml.",
    (
        *gene(),
        Column("modality", TEXT, "modality of the atlas, or clinical for harm to patients", values=FINDINGS),
        Column("context", TEXT, "tissue or cell type; of stained sections '<tissue>: <cell type>'"),
        Column("criticality", TEXT, "criticality of the context", values=CRITICALITY),
        Column(
            "value",
            REAL,
            "upper tail as the atlas gives it; 1 Low, 2 Medium, 3 High of stains; abundance of mass spectrometry; 1 of "
            "clinical; null if unmeasured",
            "see unit",
            nullable=True,
        ),
        Column("unit", TEXT, "unit of value"),
        Column("n_donors", COUNT, "donors behind the value; null where not stated", nullable=True, low=1),
        *SOURCE,
        Column("said", TEXT, "the finding in the words of its source; null where value and unit say it", nullable=True),
        Column(
            "attribution",
            TEXT,
            "cells that a value of bulk RNA comes from: the tissue's own, guests, or both; null if the atlas cannot "
            "tell, and of other modalities",
            nullable=True,
            values=ATTRIBUTIONS,
        ),
        Column("attribution_cell", TEXT, "cell type of those that carries most", nullable=True),
        Column("attribution_value", REAL, "upper tail of that cell type", "TPM*", nullable=True, low=0),
        Column(
            "attribution_share",
            REAL,
            "part of the tissue that this cell type would have to be to give the value; above 1 it cannot alone",
            "share",
            nullable=True,
            low=0,
        ),
        Column("attribution_basis", TEXT, "what the attribution rests on, or why there is none", nullable=True),
        Column("rule", TEXT, "the rule that was crossed"),
        Column("tier", TEXT, "tier of this finding after waivers", values=SAFETY_TIERS),
        Column("tier_before_waiver", TEXT, "tier of this finding before waivers", values=SAFETY_TIERS),
        Column("waiver", TEXT, "why the finding is tolerated, or null", nullable=True),
    ),
    ("gene_id", "modality", "context", "source", "rule"),
)

TUMOUR_NK_VIEW = Table(
    "tumour_nk_view",
    "What the tumours of one indication show an NK cell: one row for each line of references/nk_view.tsv, with how "
    "much of the gene they have among tumours, and what that argues. Lines are no independent votes. It moves no rank.",
    (
        *gene(),
        Column("group", TEXT, "what the gene does to the NK cell or to its killing", values=NK_GROUPS),
        Column("receptor", TEXT, "receptor or pathway of the NK cell; several joined by ', '"),
        Column("direction", TEXT, "what much or little of it argues, for NK cells or against", values=NK_ARGUES),
        Column("call", TEXT, "how much of it these tumours have, in amount and among tumours", values=NK_CALLS),
        Column("says", TEXT, "what that argues; unknown where unmeasured or not compared", values=NK_SAYS),
        Column("tumour_median", REAL, "tumour median; null for rank_only cohorts", "TPM*", nullable=True, low=0),
        share("tumour_percentile", "rank of the tumour median among protein-coding genes"),
        share("prevalence", "share of patients above the presence level; null for rank_only cohorts"),
        share("prevalence_lo", "lower bound of that share"),
        share("prevalence_hi", "upper bound of that share"),
        Column("n", COUNT, "patients of these tumours", low=1),
        Column("others", COUNT, "other shipped cohorts of bulk RNA that measured it", low=0),
        Column("others_below", REAL, "of these, how many have less, by percentile; equal ones count half", low=0),
        Column("cohort", TEXT, "cohorts of these tumours, joined by ', '"),
        *SOURCE,
        Column("statement", TEXT, "what a curator says of the gene, one sentence"),
        Column("reference", TEXT, "PMID, DOI or NCT, several joined by '; '; null if none was seen", nullable=True),
        Column("verified", FLAG, "a curator saw the reference say so"),
        Column("panel", TEXT, "curated file and first digits of its checksum"),
    ),
    ("gene_id", "group"),
)
