"""Tables of evidence."""

from __future__ import annotations

from targetfinder.tables._schema import COUNT, REAL, SOURCE, TEXT, Column, Table, gene
from targetfinder.tables._words import CRITICALITY, FINDINGS, SAFETY_TIERS

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
        Column("rule", TEXT, "the rule that was crossed"),
        Column("tier", TEXT, "tier of this finding after waivers", values=SAFETY_TIERS),
        Column("tier_before_waiver", TEXT, "tier of this finding before waivers", values=SAFETY_TIERS),
        Column("waiver", TEXT, "why the finding is tolerated, or null", nullable=True),
    ),
    ("gene_id", "modality", "context", "source", "rule"),
)
