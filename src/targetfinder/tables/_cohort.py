"""Tables of tumours."""

from __future__ import annotations

from targetfinder.tables._schema import COUNT, REAL, SOURCE, TEXT, Column, Table, gene, interval, share
from targetfinder.tables._words import DETECTION, MATERIALS, MODALITIES, PREVALENCE_BASES, SCALES, VERDICTS, YES_OR_NO

COHORTS = Table(
    "cohorts",
    "One row for each cohort: what it is, its size, quality figures and the verdict drawn from them.",
    (
        Column("cohort", TEXT, "cohort id"),
        Column("modality", TEXT, "what was measured", values=MODALITIES),
        Column("indication", TEXT, "indication that a samplesheet gives it; null if shipped", nullable=True),
        Column("timepoint", TEXT, "timepoint that a samplesheet gives it", nullable=True),
        Column("n", COUNT, "patients", low=1),
        Column("n_samples", COUNT, "samples, or cells of rna_cell, that were kept", low=1),
        Column("unit", TEXT, "unit of the values as given"),
        Column("unit_seen", TEXT, "units that the numbers fit, joined by |", nullable=True),
        Column("library", TEXT, "how the RNA library was made, as claimed", nullable=True),
        Column("material", TEXT, "what the samples are", values=MATERIALS),
        Column("selected_by", TEXT, "markers that the cells were sorted by, joined by |", nullable=True),
        Column("purity", REAL, "median share of tumour cells, as claimed", "share", nullable=True, low=0, high=1),
        Column("scale", TEXT, "linear, or rank_only if the values cannot be linear TPM or protein-wide", values=SCALES),
        Column("reasons", TEXT, "why the scale is rank_only", nullable=True),
        Column("top_median", REAL, "highest median of any gene", "TPM", nullable=True),
        Column(
            "lowest_quartile", REAL, "lowest quartile of any gene; linear TPM cannot be negative", "TPM", nullable=True
        ),
        Column("top_gene", TEXT, "symbol of that gene", nullable=True),
        Column(
            "dynamic_range", REAL, "99th percentile over median of the non-zero medians", "ratio", nullable=True, low=0
        ),
        Column("sum_of_medians", REAL, "sum of all medians", "TPM", nullable=True),
        Column("kept_share", REAL, "share of RNA in the genes that TPM* keeps", "share", nullable=True, low=0),
        Column("kept_share_basis", TEXT, "mean, samples, or quartiles where no mean is given", nullable=True),
        Column("immunoglobulin_share", REAL, "share of RNA in immunoglobulin and TCR genes", "share", nullable=True),
        Column("mitochondrial_share", REAL, "share of RNA in mitochondrial genes", "share", nullable=True),
        Column("measured", COUNT, "protein-coding genes with a row in this cohort", low=0),
        Column("below_detection", COUNT, "absent here, present in a sister cohort of the source", low=0),
        Column("unmeasured", COUNT, "absent from all cohorts of the source", low=0),
        Column("lost", COUNT, "entries of the files that stand for no protein-coding gene", nullable=True, low=0),
        Column("study", TEXT, "study; cohorts of one study are sisters"),
        *SOURCE,
    ),
    ("cohort",),
)

COHORT = Table(
    "cohort",
    "One cohort in the common shape: one row for each protein-coding gene.",
    (
        *gene(),
        Column("cohort", TEXT, "cohort id"),
        Column("n", COUNT, "patients", low=1),
        Column("coverage", REAL, "share of the patients that the gene was measured in", "share", low=0, high=1),
        Column("detection", TEXT, "measured, below detection, or unmeasured", values=DETECTION),
        Column(
            "median", REAL, "median over patients as given; negative only on a log scale", "see unit", nullable=True
        ),
        Column("median_lo", REAL, "lower end of its 90 % interval, of protein", "see unit", nullable=True),
        Column("median_hi", REAL, "upper end of its 90 % interval, of protein", "see unit", nullable=True),
        Column("q1_tpm", REAL, "lower quartile, renormalised", "TPM*", nullable=True, low=0),
        Column("median_tpm", REAL, "median, renormalised", "TPM*", nullable=True, low=0),
        Column("q3_tpm", REAL, "upper quartile, renormalised", "TPM*", nullable=True, low=0),
        Column(
            "percentile",
            REAL,
            "rank of the median among protein-coding genes",
            "share",
            nullable=True,
            low=0,
            high=1,
        ),
        Column(
            "sister_log2",
            REAL,
            "log2 ratio of the median to the highest sister cohort",
            "log2 ratio",
            nullable=True,
        ),
        *(
            Column(
                name, REAL, f"{told} of patients above the level of the cohort", "share", nullable=True, low=0, high=1
            )
            for name, told in interval("prevalence", "share")
        ),
        Column(
            "prevalence_basis",
            TEXT,
            "counted in patients, or estimated by a fitted distribution",
            nullable=True,
            values=PREVALENCE_BASES,
        ),
        *(
            Column(
                name, REAL, f"{told} of malignant cells with a count of the gene", "share", nullable=True, low=0, high=1
            )
            for name, told in interval("cells_positive", "mean over patients of the share")
        ),
        Column("note", TEXT, "what the reader of these numbers must know", nullable=True),
        *SOURCE,
    ),
    ("gene_id",),
)

COMPATIBILITY = Table(
    "compatibility",
    "Whether each cohort may be compared with each bulk atlas, and the numbers behind the verdict.",
    (
        Column("cohort", TEXT, "cohort id"),
        Column("atlas", TEXT, "id of the atlas in references/sources.toml"),
        Column("verdict", TEXT, "ok, rank_only: by percentile only, or refuse", values=VERDICTS),
        Column("reasons", TEXT, "why it is not ok, joined by '; '", nullable=True),
        Column("override", TEXT, "why a refused comparison is made, as the samplesheet says", nullable=True),
        Column("unit_claimed", TEXT, "unit that is claimed", nullable=True),
        Column("unit_recognised", TEXT, "units that the numbers fit", nullable=True),
        Column("library_claimed", TEXT, "library that is claimed", nullable=True),
        Column("library_seen", TEXT, "library that the composition fits", nullable=True),
        Column("atlas_library", TEXT, "library that the composition of the atlas fits", nullable=True),
        Column("samples", COUNT, "samples looked at; 1 where only medians are known", nullable=True),
        *(
            Column(name, REAL, told, unit, nullable=True)
            for name, told, unit in (
                ("lost_share", "entries of the file that lead to no gene", "share"),
                ("gene_overlap", "protein-coding genes of the atlas that the cohort has", "share"),
                ("stable_genes", "stable genes of the atlas that are compared", "genes"),
                ("shift", "median of stable genes against the tissues of the atlas", "log2 ratio"),
                ("shift_closest", "median of stable genes against the closest tissue", "log2 ratio"),
                ("spread", "median absolute deviation of stable genes around the shift", "log2 ratio"),
                ("spearman", "rank correlation with the closest tissue", "rho"),
                ("genes_detected", "protein-coding genes above zero in the typical sample", "genes"),
                ("mitochondrial_share", "RNA of mitochondrial genes", "share"),
                ("mitochondrial_expected", "highest tissue of the atlas", "share"),
                ("immune_receptor_share", "RNA of immunoglobulin and T-cell-receptor genes", "share"),
                ("immune_receptor_expected", "highest tissue of the atlas", "share"),
                ("ribosomal_protein_share", "RNA of ribosomal proteins", "share"),
                ("ribosomal_protein_expected", "highest tissue of the atlas", "share"),
                ("untailed_share", "RNA without poly-A tail, histones apart", "share"),
                ("untailed_expected", "highest tissue of the atlas", "share"),
                ("histone_share", "histones without poly-A tail, of TPM*", "share"),
                ("histone_expected", "highest tissue of the atlas", "share"),
                ("purity", "median share of tumour cells, as claimed", "share"),
            )
        ),
        Column("closest_tissue", TEXT, "tissue of the atlas that correlates best", nullable=True),
        Column("duplicates", TEXT, "samples that are one", nullable=True),
    ),
    ("cohort", "atlas"),
)

QUERY = Table(
    "query",
    "One patient to be held against the cohorts of the indication: one row for each sample and gene.",
    (
        *gene(),
        Column("indication", TEXT, "indication that the samplesheet gives it"),
        Column("cohort", TEXT, "cohort of the samplesheet that it was read with, which does not count it"),
        Column("material", TEXT, "what the sample is", values=MATERIALS),
        Column("sample", TEXT, "sample of the samplesheet"),
        Column("patient", TEXT, "patient"),
        Column("value_tpm", REAL, "expression of this patient", "TPM*", nullable=True, low=0),
        Column(
            "percentile", REAL, "rank among protein-coding genes of this sample", "share", nullable=True, low=0, high=1
        ),
        *SOURCE,
    ),
    ("cohort", "sample", "gene_id"),
)

INDIVIDUALS = Table(
    "individuals",
    "What each patient of an own cohort carries: one row for each patient and gene of the universe. Samples of a "
    "patient count once, by their median; of single cells, its malignant ones.",
    (
        Column("cohort", TEXT, "cohort id"),
        Column("indication", TEXT, "indication that the samplesheet gives it"),
        Column("modality", TEXT, "what was measured", values=MODALITIES),
        Column("timepoint", TEXT, "timepoint that the samplesheet gives it", nullable=True),
        Column("patient", TEXT, "patient"),
        *gene(symbol=False),
        Column("value", REAL, "TPM*, mean CP10k of cells, or protein; null if not measured", "see unit", nullable=True),
        Column("unit", TEXT, "unit of the value"),
        Column(
            "positive",
            TEXT,
            "at or above the level of prevalence of the cohort; null if unmeasured, or no level can be applied",
            nullable=True,
            values=YES_OR_NO,
        ),
        share("cells_positive", "malignant cells with a count of the gene"),
        Column("n_cells", COUNT, "malignant cells of the patient", nullable=True, low=1),
        *SOURCE,
    ),
    ("cohort", "patient", "gene_id"),
)
