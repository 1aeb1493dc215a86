"""The schema of every table that passes between steps, and the vocabulary of its columns.

A table is checked when it is written and named in the file's metadata when it is read
(`targetfinder.store`). `data_dictionary` publishes the same truth for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

#: Raised whenever a column is renamed, removed or changes its meaning.
SCHEMA_VERSION = 1

CRITICALITY = ("vital", "important", "regenerable", "dispensable")
SURFACE_TIERS = ("confirmed", "likely", "possible", "unlikely")
SAFETY_TIERS = ("clear", "caution", "gate_needed", "veto")
MODALITIES = ("rna_bulk", "rna_cell", "protein")
#: What a voter may say of a protein: an experiment saw it outside the cell; a curator says so; an experiment or a
#: curator puts it at the plasma membrane, on either side; a computer predicts the surface; it makes a glycan antigen;
#: a therapy is aimed at it; an experiment saw it in an organelle; an experiment saw it free outside the cell; the
#: voter has never looked.
VOTE_KINDS = (
    *("experimental", "annotation", "membrane", "prediction", "proxy", "clinical"),
    *("against", "secreted", "unseen"),
)
#: Kinds that do not make a gene a candidate. All others do, whoever says them: a place at the plasma membrane too, of
#: which nobody tells the sides.
NO_CANDIDATE = ("against", "secreted", "unseen")
DETECTION = ("measured", "below_detection", "unmeasured")
SCALES = ("linear", "rank_only")
MATERIALS = ("tumour", "sorted", "cell_line", "pdx")
PREVALENCE_BASES = ("counted", "estimated")
VERDICTS = ("ok", "rank_only", "refuse")
YES_OR_NO = ("yes", "no")
ARCHITECTURES = ("type I", "type II", "type III", "single-pass", "multi-pass", "GPI", "secreted", "unclear", "none")
ANCHORS = ("span", "GPI", "unclear", "none")
#: What may stand against a target even though it is high in the tumour and on its surface.
LIABILITY_KINDS = ("shed", "soluble_isoform", "antigen_loss", "toxicity", "sorting_marker")
#: How bad the harm of a toxicity was: a patient died of it; the source calls it severe or disabling, or it stopped
#: treatment; it was neither, was not seen in patients, or may have another cause than the antigen.
SEVERITY = ("fatal", "severe", "other")
#: What a safety finding rests on: an atlas, or harm to patients.
FINDINGS = (*MODALITIES, "clinical")
#: Where a liability was seen.
SEEN_IN = ("humans", "primates", "mice", "cells")
#: Which reference sets lack a tissue or cell type.
ABSENT_FROM = ("demo", "full", "demo; full")
EFFECTOR_CELLS, EFFECTOR_STATES = ("T", "NK"), ("resting", "activated")
NK_GROUPS = ("activating", "inhibitory", "resistance")
#: What speaks for NK cells or against them: much of the gene in the tumour, or little.
NK_ARGUES = ("high for", "low for", "high against", "low against")
ORTHOLOGY = ("one2one", "other")
POLARITY = ("apical", "basolateral", "both")
#: Strength of a stain, weakest first; other words of an atlas (ascending, not representative) are no level.
STAIN_LEVELS = ("Not detected", "Low", "Medium", "High")
#: How far the Human Protein Atlas trusts an antibody, best first.
RELIABILITY = ("Enhanced", "Supported", "Approved", "Uncertain")
#: What became of an entry of a source (`targetfinder.identity`, `targetfinder.reference._identity`).
OUTCOMES = ("unchanged", "renamed", "merged", "ambiguous", "kept apart", "not coding", "lost")
#: Part of the name of a safety rule that could not be compared with the tumour.
UNKNOWN_TUMOUR = "tumour not measured"

TEXT, REAL, COUNT, FLAG = "str", "float64", "Int64", "bool"


@dataclass(frozen=True)
class Column:
    """One column: its dtype, what it means, and what values it may hold."""

    name: str
    dtype: str
    description: str
    unit: str = ""
    nullable: bool = False
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Table:
    """One table: its columns in order and the columns that identify a row."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        """Return the table without rows."""
        kinds = {column.name: object if column.dtype == TEXT else column.dtype for column in self.columns}
        return pd.DataFrame(columns=self.names).astype(kinds)

    def sort(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` sorted by the key; key columns become categorical, which sorts fast."""
        keyed = frame.astype(dict.fromkeys(self.key, "category"))
        return keyed.sort_values(list(self.key), kind="stable", ignore_index=True)

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` in the order and dtypes of this table; text may be categorical in memory.

        Raises
        ------
        pandera.errors.SchemaErrors
            Listing every column, row and key that breaks the contract.
        """
        import pandera.pandas as pa

        def checks(column: Column) -> list[Any]:
            found = [pa.Check.isin(column.values)] if column.values else []
            if column.dtype == TEXT:
                found.append(pa.Check(_is_text, name="text"))
            if column.low is not None or column.high is not None:
                low = float("-inf") if column.low is None else column.low
                high = float("inf") if column.high is None else column.high
                found.append(pa.Check.in_range(low, high))
            return found

        schema = pa.DataFrameSchema(
            {
                column.name: pa.Column(
                    None if column.dtype == TEXT else column.dtype,
                    checks=checks(column),
                    nullable=column.nullable,
                    coerce=column.dtype not in (TEXT, FLAG),  # a missing flag must not become a false one
                )
                for column in self.columns
            },
            unique=list(self.key),
            strict=True,
            name=self.name,
        )
        known = [name for name in self.names if name in frame.columns]
        return schema.validate(frame[known].reset_index(drop=True), lazy=True)


def _is_text(values: pd.Series) -> bool:
    if values.empty:
        return True
    found = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else values
    return pd.api.types.infer_dtype(found, skipna=True) in ("string", "empty")


def _gene(*, symbol: bool = True) -> tuple[Column, ...]:
    columns = (Column("gene_id", TEXT, "Ensembl gene id without version"),)
    return (*columns, Column("symbol", TEXT, "gene symbol, for people")) if symbol else columns


def _interval(name: str, told: str) -> tuple[tuple[str, str], ...]:
    ends = (("_lo", "lower end of the 90 % interval of the"), ("_hi", "upper end of the 90 % interval of the"))
    return ((name, told), *((name + end, f"{words} {told}") for end, words in ends))


_SOURCE = (
    Column(
        "source",
        TEXT,
        "id of the source table in references/sources.toml, or a samplesheet; surface_votes if computed from votes",
    ),
    Column("release", TEXT, "release of that source"),
)

GENES = Table(
    "genes",
    "Every gene that a source names, with the names people use for it.",
    (
        *_gene(),
        Column("name", TEXT, "full gene name", nullable=True),
        Column("aliases", TEXT, "aliases and previous symbols, joined by |", nullable=True),
        Column("locus_type", TEXT, "HGNC locus type", nullable=True),
        Column("protein_coding", FLAG, "protein-coding by the rule of targetfinder.genes"),
        Column("normaliser", FLAG, "counts towards the sum of one million in TPM*"),
        Column("universe", FLAG, "protein-coding, with a vote of any kind but against, secreted and unseen"),
    ),
    ("gene_id",),
)

EXCLUDED = Table(
    "excluded",
    "Every entry of a source that did not reach the bundle, and why.",
    (
        *_SOURCE,
        Column("entry", TEXT, "the entry as the source spells it"),
        Column("reason", TEXT, "why it is not in the bundle"),
    ),
    ("source", "entry", "reason"),
)

SURFACE_VOTES = Table(
    "surface_votes",
    "What each voter says of the place of a protein in the cell: for the surface, and against it. All votes are here.",
    (
        *_gene(symbol=False),
        Column(
            "voter", TEXT, "independent line of evidence, as in references/surface.toml; dependent sources share one"
        ),
        Column("kind", TEXT, "what stands behind the vote", values=VOTE_KINDS),
        Column("statement", TEXT, "what the source says"),
        *_SOURCE,
    ),
    ("gene_id", "voter", "kind", "statement", "source"),
)

PRECEDENT = Table(
    "precedent",
    "One row for each surface-directed therapy that names a gene as its tumour target.",
    (
        *_gene(symbol=False),
        Column("therapy", TEXT, "class of therapy, e.g. CAR-T"),
        Column("status", TEXT, "approved, trial or withdrawn"),
        Column("agent", TEXT, "name of the drug or product"),
        Column("disease", TEXT, "disease area as the source says", nullable=True),
        Column("reference", TEXT, "trial id or approval", nullable=True),
        *_SOURCE,
    ),
    ("gene_id", "therapy", "status", "agent", "disease", "reference", "source"),
)


def _normal(name: str, context: str) -> Table:
    return Table(
        name,
        f"Expression of protein-coding genes in normal {context}s, one row for each gene, {context} and atlas.",
        (
            *_gene(symbol=False),
            Column("context", TEXT, f"canonical {context}"),
            Column("value", REAL, "central value as the atlas gives it", "see unit", nullable=True, low=0),
            Column("upper", REAL, "upper tail as the atlas gives it", "see unit", nullable=True, low=0),
            Column("unit", TEXT, "unit of value and upper"),
            Column("upper_tpm", REAL, "upper tail renormalised", "TPM*", nullable=True, low=0),
            Column(
                "percentile",
                REAL,
                "rank of value among protein-coding genes",
                "share",
                nullable=True,
                low=0,
                high=1,
            ),
            Column("n_donors", COUNT, "donors behind the value; null where not stated", nullable=True, low=1),
            *_SOURCE,
        ),
        ("gene_id", "context", "source"),
    )


NORMAL_BULK = _normal("normal_bulk", "tissue")
NORMAL_CELL = _normal("normal_cell", "cell type")

CONTEXTS = Table(
    "contexts",
    "Every tissue and cell type of every atlas, under one name, with its criticality.",
    (
        Column("modality", TEXT, "modality of the atlas", values=MODALITIES),
        Column("source", TEXT, "id of the atlas in references/sources.toml"),
        Column("label", TEXT, "label as the atlas spells it"),
        Column("context", TEXT, "canonical tissue or cell type"),
        Column("system", TEXT, "organ system or group of cells"),
        Column("criticality", TEXT, "what its loss would mean", values=CRITICALITY),
        Column("reason", TEXT, "why it has this class"),
        Column("reference", TEXT, "where that is said, or 'unverified'"),
        Column("parenchyma", FLAG, "false for guests of a tissue, such as lymphocytes, and for immune cells"),
    ),
    ("source", "label"),
)

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
        *_SOURCE,
    ),
    ("cohort",),
)

COHORT = Table(
    "cohort",
    "One cohort in the common shape: one row for each protein-coding gene.",
    (
        *_gene(),
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
            for name, told in _interval("prevalence", "share")
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
            for name, told in _interval("cells_positive", "mean over patients of the share")
        ),
        Column("note", TEXT, "what the reader of these numbers must know", nullable=True),
        *_SOURCE,
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
        *_gene(),
        Column("indication", TEXT, "indication that the samplesheet gives it"),
        Column("cohort", TEXT, "cohort of the samplesheet that it was read with, which does not count it"),
        Column("material", TEXT, "what the sample is", values=MATERIALS),
        Column("sample", TEXT, "sample of the samplesheet"),
        Column("patient", TEXT, "patient"),
        Column("value_tpm", REAL, "expression of this patient", "TPM*", nullable=True, low=0),
        Column(
            "percentile", REAL, "rank among protein-coding genes of this sample", "share", nullable=True, low=0, high=1
        ),
        *_SOURCE,
    ),
    ("cohort", "sample", "gene_id"),
)

EVIDENCE = Table(
    "evidence",
    "The long table behind every number of `targets`.",
    (
        *_gene(),
        Column("criterion", TEXT, "what was measured or computed"),
        Column("context", TEXT, "cohort, tissue or voter that it was measured in"),
        Column("value", REAL, "the number; null if unmeasured", "see unit", nullable=True),
        Column("unit", TEXT, "unit of value"),
        Column("n", COUNT, "patients, donors or votes behind it; null if not stated", nullable=True, low=0),
        *_SOURCE,
    ),
    ("gene_id", "criterion", "context", "source"),
)

SAFETY = Table(
    "safety",
    "One row for each finding: a gene in a normal tissue or cell type that crosses a rule of references/safety.toml.",
    (
        *_gene(),
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
        *_SOURCE,
        Column("said", TEXT, "the finding in the words of its source; null where value and unit say it", nullable=True),
        Column("rule", TEXT, "the rule that was crossed"),
        Column("tier", TEXT, "tier of this finding after waivers", values=SAFETY_TIERS),
        Column("tier_before_waiver", TEXT, "tier of this finding before waivers", values=SAFETY_TIERS),
        Column("waiver", TEXT, "why the finding is tolerated, or null", nullable=True),
    ),
    ("gene_id", "modality", "context", "source", "rule"),
)


_CURATED = (
    Column("source", TEXT, "name of the curated file, or id of the source table in references/sources.toml"),
    Column("release", TEXT, "first digits of the checksum of the curated file, or release of that source"),
)

LIABILITIES = Table(
    "liabilities",
    "What is known against a target, by curators. No row means that no liability is on file, never that there is none.",
    (
        *_gene(),
        Column("kind", TEXT, "what kind of liability", values=LIABILITY_KINDS),
        Column("statement", TEXT, "one sentence"),
        Column("agent", TEXT, "drug, cell product, protease or process behind it", nullable=True),
        Column("indication", TEXT, "disease that it was seen in", nullable=True),
        Column("evidence", TEXT, "where it was seen", values=SEEN_IN),
        Column("severity", TEXT, "how bad a toxicity was; null of other kinds", nullable=True, values=SEVERITY),
        Column("tissue", TEXT, "tissue or cell type that a toxicity harmed; null of other kinds", nullable=True),
        Column("criticality", TEXT, "criticality of that tissue", nullable=True, values=CRITICALITY),
        Column("tolerated", TEXT, "where an effective dose was reported in spite of the harm", nullable=True),
        Column("reference", TEXT, "PMID, DOI or NCT, several joined by '; '", nullable=True),
        Column("verified", FLAG, "a curator saw the reference say so"),
        Column("seen", TEXT, "what the curator saw of it"),
        *_CURATED,
    ),
    ("gene_id", "kind", "statement"),
)


def _orthologue(species: str) -> tuple[Column, ...]:
    return (
        Column(
            f"{species}_orthologue",
            TEXT,
            f"whether the {species} has one orthologue, one to one; null if unknown or sources disagree",
            nullable=True,
            values=ORTHOLOGY,
        ),
        Column(
            f"{species}_identity",
            REAL,
            f"share of identical residues in the {species} protein",
            "share",
            nullable=True,
            low=0,
            high=1,
        ),
    )


FEASIBILITY = Table(
    "feasibility",
    "What bears on making and testing a binder, one row for each gene and source; null where the source says nothing.",
    (
        *_gene(),
        *_orthologue("mouse"),
        *_orthologue("cynomolgus"),
        Column("paralogue", TEXT, "human gene with the most alike extracellular part", nullable=True),
        Column(
            "paralogue_identity",
            REAL,
            "share of identical extracellular residues in that paralogue: a binder may not tell them apart",
            "share",
            nullable=True,
            low=0,
            high=1,
        ),
        Column("polarity", TEXT, "side of normal epithelium that carries the protein", nullable=True, values=POLARITY),
        Column("statement", TEXT, "what is said about the polarity", nullable=True),
        Column("reference", TEXT, "PMID, DOI or NCT of that statement, or 'unverified'", nullable=True),
        *_CURATED,
    ),
    ("gene_id", "source"),
)


def _fact() -> tuple[Column, ...]:
    return (
        Column("statement", TEXT, "one sentence"),
        Column("reference", TEXT, "PMID, DOI or NCT, several joined by '; '; null if none was seen", nullable=True),
        Column("verified", FLAG, "a curator saw the reference say so"),
        Column("seen", TEXT, "what the curator saw of it"),
        *_CURATED,
    )


BLIND_SPOTS = Table(
    "blind_spots",
    "Where the atlases cannot see: tissues and cell types that they lack, and places of a gene that they miss. A gene "
    "without a row is not thereby seen everywhere.",
    (
        Column("gene_id", TEXT, "Ensembl gene id without version; null if the row speaks of all genes", nullable=True),
        Column("symbol", TEXT, "HGNC symbol; null if the row speaks of all genes", nullable=True),
        Column("place", TEXT, "tissue or cell type"),
        Column("absent_from", TEXT, "reference sets whose RNA lacks it", nullable=True, values=ABSENT_FROM),
        Column("evidence", TEXT, "where it was seen; null if nowhere", nullable=True, values=SEEN_IN),
        *_fact(),
    ),
    ("symbol", "place"),
)

EFFECTORS = Table(
    "effectors",
    "What T and NK cells carry themselves, by curators: a CAR against it may make them kill each other. No row means "
    "that nothing is on file, never that they lack it.",
    (
        *_gene(),
        Column("cell", TEXT, "T or NK cell", values=EFFECTOR_CELLS),
        Column("state", TEXT, "at rest, or activated", values=EFFECTOR_STATES),
        Column("carries", TEXT, "whether it carries the antigen, be it only in part", values=YES_OR_NO),
        *_fact(),
    ),
    ("gene_id", "cell", "state"),
)

NK_VIEW = Table(
    "nk_view",
    "What a tumour shows an NK cell, by curators: ligands of its receptors, and genes that decide whether it can kill.",
    (
        *_gene(),
        Column("group", TEXT, "what the gene does to the NK cell or to its killing", values=NK_GROUPS),
        Column("receptor", TEXT, "receptor or pathway of the NK cell; several joined by ', '"),
        Column("direction", TEXT, "what much or little of it argues, for NK cells or against", values=NK_ARGUES),
        *_fact(),
    ),
    ("gene_id", "group"),
)


def _share(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, REAL, description, "share", nullable=nullable, low=0, high=1)


NORMAL_PROTEIN = Table(
    "normal_protein",
    "Protein in normal tissues: one row for each gene, tissue, cell type and atlas. Stains have a level, mass "
    "spectrometry a value; what was not detected by mass spectrometry is null, which is not zero.",
    (
        *_gene(symbol=False),
        Column("context", TEXT, "canonical tissue"),
        Column("cell_type", TEXT, "cell type that was judged; 'whole tissue' where the tissue was measured as one"),
        Column("level", TEXT, "strength of the stain; null for mass spectrometry", nullable=True, values=STAIN_LEVELS),
        Column("reliability", TEXT, "trust in the antibody; null if not stated", nullable=True, values=RELIABILITY),
        Column("value", REAL, "abundance as the atlas gives it; null if stained", "see unit", nullable=True, low=0),
        Column("unit", TEXT, "unit of value; 'stain' for levels"),
        _share("percentile", "rank of value among the genes detected in the tissue"),
        Column("n_detected", COUNT, "genes detected in the tissue, on which percentile rests", nullable=True, low=0),
        *_SOURCE,
    ),
    ("gene_id", "context", "cell_type", "source"),
)

LOCATIONS = Table(
    "locations",
    "Where in the cell a protein was seen: one row for each gene, location and source.",
    (
        *_gene(symbol=False),
        Column("location", TEXT, "location as the source spells it, or 'Predicted to be secreted'"),
        Column("reliability", TEXT, "trust in this location; null if predicted", nullable=True, values=RELIABILITY),
        Column("main", FLAG, "main location; otherwise an additional or a predicted one"),
        *_SOURCE,
    ),
    ("gene_id", "location", "source"),
)

DEPENDENCY = Table(
    "dependency",
    "What the loss of a gene does to the growth of cell lines, over all lines of a screen.",
    (
        *_gene(symbol=False),
        Column("median_effect", REAL, "median gene effect: 0 is none, -1 that of common essential genes", "effect"),
        _share("dependent_share", "share of lines with an effect below -0.5", nullable=False),
        Column("n_lines", COUNT, "lines with an effect of this gene", low=1),
        *_SOURCE,
    ),
    ("gene_id", "source"),
)

_ACCESSION = Column("accession", TEXT, "UniProt accession")

TOPOLOGY = Table(
    "topology",
    "How each isoform of a protein sits in the membrane, as UniProt says or, marked as such, as a program predicts.",
    (
        *_gene(symbol=False),
        _ACCESSION,
        Column("isoform", TEXT, "isoform id; the accession if the protein has one, or '<accession> isoform <name>'"),
        Column("canonical", FLAG, "the isoform whose residues all positions count"),
        Column("length", COUNT, "residues of the isoform; null if not stated", "residues", nullable=True, low=1),
        Column(
            "architecture",
            TEXT,
            "type I and III: one span, start outside, with and without a signal peptide; type II: one span, start "
            "inside; single-pass: one span, sides not known; unclear: lost its anchor, may have another",
            values=ARCHITECTURES,
        ),
        Column("anchor", TEXT, "what holds the isoform in the membrane", values=ANCHORS),
        Column("passes", COUNT, "spans of the membrane", low=0),
        Column("segments", COUNT, "extracellular segments; null as ecd_length", nullable=True, low=0),
        Column(
            "ecd_length",
            COUNT,
            "canonical extracellular residues of an isoform in the membrane, 0 if none, null if not known; where "
            "predicted, residues outside of the cytoplasm, be it outside of the cell or in a lumen",
            "residues",
            nullable=True,
            low=0,
        ),
        Column(
            "longest_segment", COUNT, "longest of the segments; null as ecd_length", "residues", nullable=True, low=0
        ),
        Column("remark", TEXT, "why the lengths are null", nullable=True),
        Column(
            "transcripts", TEXT, "Ensembl transcripts that UniProt links to the isoform, joined by ;", nullable=True
        ),
        Column("evidence", TEXT, "what stands behind the sides and spans", values=("annotation", "prediction")),
        *_SOURCE,
    ),
    ("gene_id", "isoform"),
)

TOPOLOGY_SEGMENTS = Table(
    "topology_segments",
    "Extracellular segments of canonical proteins, cut into one block for each exon that encodes residues of them.",
    (
        *_gene(symbol=False),
        _ACCESSION,
        Column("segment", COUNT, "number of the segment from the start of the protein", low=1),
        Column("segment_start", COUNT, "first residue of the segment", "residue", low=1),
        Column("segment_end", COUNT, "last residue of the segment", "residue", low=1),
        Column("block", COUNT, "number of the block from the start of the segment", low=1),
        Column("residue_start", COUNT, "first residue of which the block encodes a base", "residue", low=1),
        Column("residue_end", COUNT, "last residue of which the block encodes a base", "residue", low=1),
        Column("transcript_id", TEXT, "transcript whose coding sequence gives the coordinates", nullable=True),
        Column("exon_number", COUNT, "exon of that transcript", nullable=True, low=1),
        Column("chromosome", TEXT, "chromosome as the gene models spell it", nullable=True),
        Column("start", COUNT, "first base of the block, counted from 0", "base", nullable=True, low=0),
        Column("end", COUNT, "base after the last one of the block, counted from 0", "base", nullable=True, low=1),
        Column("strand", TEXT, "strand of the gene", nullable=True, values=("+", "-")),
        Column("phase", COUNT, "bases of the block before its first whole codon, 0 to 2", nullable=True, low=0),
        Column("unplaced", TEXT, "why there are no coordinates, or null", nullable=True),
        Column("isoforms", TEXT, "isoforms that carry all residues of the block outside of the cell, joined by ;"),
        Column("secreted_isoforms", TEXT, "secreted isoforms that hold the block, joined by ;", nullable=True),
        Column("transcripts", TEXT, "transcripts that encode the block in the same frame, joined by ;", nullable=True),
        *_SOURCE,
    ),
    ("gene_id", "accession", "segment", "block"),
)

IDENTITY = Table(
    "identity",
    "Every entry of a source that is not simply the id or the symbol of a gene, and what became of it.",
    (
        *_SOURCE,
        Column("entry", TEXT, "id, accession or symbol as the source spells it"),
        Column("outcome", TEXT, "what became of it; unchanged ones are only counted", values=OUTCOMES[1:]),
        Column("gene_id", TEXT, "the gene it leads to; null if ambiguous or lost", nullable=True),
        Column("reason", TEXT, "how it led there, or why it leads nowhere"),
    ),
    ("source", "entry"),
)

_LATER = "null until the source is in the bundle"

TARGETS = Table(
    "targets",
    "One row for each gene of the universe, ranked for one indication. For research use only.",
    (
        *_gene(),
        Column("name", TEXT, "full gene name", nullable=True),
        Column("priority_rank", COUNT, "1 is first; by priority, then efficacy, then gene id", low=1),
        Column("rank_lo", COUNT, "lower end of the 90 % interval of the rank; null until computed", nullable=True),
        Column("rank_hi", COUNT, "upper end of the 90 % interval of the rank; null until computed", nullable=True),
        _share("p_top20", "probability to be in the top 20; null until computed"),
        _share("p_top50", "probability to be in the top 50; null until computed"),
        _share("efficacy", "weighted mean of presence, specificity and surface", nullable=False),
        _share("presence", "abundance in the tumour, scaled; null if unmeasured"),
        _share("prevalence", "share of patients above the presence level; evidence says if counted or estimated"),
        _share("prevalence_lo", "lower bound of that share: sampling error, and quartile bracket where estimated"),
        _share("prevalence_hi", "upper bound of that share: sampling error, and quartile bracket where estimated"),
        _share("specificity", "therapeutic window in the binding tissue after its allowance, scaled"),
        Column("window_log2", REAL, "tumour median over the binding tissue", "log2 ratio", nullable=True),
        Column("binding_tissue", TEXT, "normal tissue that limits the window", nullable=True),
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
        Column("hsc", REAL, f"expression in blood stem cells; {_LATER}", nullable=True, low=0),
        Column("t_cell", REAL, "expression in resting T cells", "nTPM", nullable=True, low=0),
        Column("nk_cell", REAL, "expression in resting NK cells", "nTPM", nullable=True, low=0),
        Column("shed", TEXT, "known shed or soluble forms; null if none is on file", nullable=True),
        Column("precedent", TEXT, "surface-directed therapies that name the gene", nullable=True),
        Column("n_sources", COUNT, "source tables with evidence on this gene", low=0),
        _share("coverage", "share of the expected measurements that exist for this gene", nullable=False),
        Column("priority", REAL, "efficacy less the penalty of the safety tier", "share"),
        Column("safety_tier_before_waiver", TEXT, "tier before waivers", values=SAFETY_TIERS),
        Column("detection", TEXT, "measured, below detection or unmeasured in the tumour", values=DETECTION),
        Column("tumour_median", REAL, "tumour median; null for rank_only cohorts", "TPM*", nullable=True, low=0),
        _share("tumour_percentile", "rank of the tumour median among protein-coding genes"),
        Column(
            "tumour_origin",
            TEXT,
            "malignant cells and the cohorts that show it, or stroma possible; null if not present in the tumour",
            nullable=True,
        ),
        Column("selection_marker", TEXT, "cohorts whose cells were sorted by this protein", nullable=True),
        _share("cells_positive", "malignant cells with a count of the gene, mean over cohorts"),
        Column("rna_protein", TEXT, "where RNA and protein contradict each other, and in which cohort", nullable=True),
        _share("protein_percentile", "rank of the tumour protein among measured proteins, mean over cohorts"),
        Column("surface_votes", COUNT, "independent lines of evidence for the surface", low=0),
        _share("surface_probability", "calibrated probability to stand on the cell surface"),
        Column("blind_spots", TEXT, "places of it that the atlases miss; null if none is on file", nullable=True),
        Column("t_activated", TEXT, "whether activated T cells carry it: yes, no, or not measured, which is not low"),
        Column("nk_activated", TEXT, "whether activated NK cells carry it: yes, no, or not measured, which is not low"),
        Column("aliases", TEXT, "aliases and previous symbols, joined by |", nullable=True),
    ),
    ("gene_id",),
)

PATIENTS = Table(
    "patients",
    "One patient (n = 1) held against the cohorts of the indication: one row for each sample and gene of the universe, "
    "in the order of the patient. For research use only.",
    (
        Column("sample", TEXT, "sample of the samplesheet"),
        Column("patient", TEXT, "patient"),
        Column("cohort", TEXT, "cohort of the samplesheet that it was read with, which does not count it"),
        *_gene(),
        Column("patient_rank", COUNT, "1 is first: expressed, not expressed, unmeasured; each by priority_rank", low=1),
        Column("priority_rank", COUNT, "rank in the indication, as in targets", low=1),
        Column("value_tpm", REAL, "expression of this patient", "TPM*", nullable=True, low=0),
        _share("percentile", "rank among protein-coding genes of this sample"),
        Column(
            "expressed",
            TEXT,
            "at or above the presence level, or the median gene where ranks are compared; null if unmeasured",
            nullable=True,
            values=YES_OR_NO,
        ),
        Column("cohort_median", REAL, "tumour median of the indication", "TPM*", nullable=True, low=0),
        _share("cohort_share_below", "patients of the indication that have less, estimated from their quartiles"),
        _share("cohort_share_below_lo", "lower bound of that share: sampling error, and quartile bracket"),
        _share("cohort_share_below_hi", "upper bound of that share: sampling error, and quartile bracket"),
        Column("window_log2", REAL, "this patient over the binding tissue", "log2 ratio", nullable=True),
        Column("binding_tissue", TEXT, "normal tissue that limits the window, as in targets", nullable=True),
        Column("safety_tier", TEXT, "tier of the indication, not judged anew for this patient", values=SAFETY_TIERS),
        Column("safety_reasons", TEXT, "the findings behind the tier, worst first", nullable=True),
        Column("caveat", TEXT, "what the reader of this row must know, joined by '; '"),
        *_SOURCE,
    ),
    ("cohort", "sample", "gene_id"),
)

ALL: tuple[Table, ...] = (
    GENES,
    EXCLUDED,
    SURFACE_VOTES,
    PRECEDENT,
    NORMAL_BULK,
    NORMAL_CELL,
    CONTEXTS,
    COHORTS,
    COHORT,
    COMPATIBILITY,
    QUERY,
    EVIDENCE,
    SAFETY,
    NORMAL_PROTEIN,
    LOCATIONS,
    DEPENDENCY,
    LIABILITIES,
    FEASIBILITY,
    BLIND_SPOTS,
    EFFECTORS,
    NK_VIEW,
    TOPOLOGY,
    TOPOLOGY_SEGMENTS,
    IDENTITY,
    TARGETS,
    PATIENTS,
)


def data_dictionary(tables: Sequence[Table] = ALL) -> str:
    """Return the schema of `tables` as Markdown, for docs/data_dictionary.md."""
    parts = ["# Data dictionary", f"Schema version {SCHEMA_VERSION}. Made from `targetfinder.tables`."]
    for table in tables:
        rows = [
            f"| `{c.name}` | {c.dtype} | {c.unit} | {'yes' if c.nullable else ''} | "
            f"{c.description}{': ' + ', '.join(c.values) if c.values else ''} |"
            for c in table.columns
        ]
        parts += [
            f"## {table.name}",
            table.description,
            f"One row for each {', '.join(f'`{name}`' for name in table.key)}.",
            "\n".join(["| column | dtype | unit | may be null | meaning |", "|---|---|---|---|---|", *rows]),
        ]
    return "\n\n".join(parts) + "\n"
