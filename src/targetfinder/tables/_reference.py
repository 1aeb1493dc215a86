"""Tables of the reference bundle."""

from __future__ import annotations

from targetfinder.tables._schema import COUNT, FLAG, REAL, SOURCE, TEXT, Column, Table, gene, share
from targetfinder.tables._words import (
    ABSENT_FROM,
    ANCHORS,
    ARCHITECTURES,
    CONFLICT_KINDS,
    CRITICALITY,
    EFFECTOR_CELLS,
    EFFECTOR_STATES,
    GUESTS,
    LIABILITY_KINDS,
    MODALITIES,
    NK_ARGUES,
    NK_GROUPS,
    ORTHOLOGY,
    OUTCOMES,
    POLARITY,
    RELIABILITY,
    SEEN_IN,
    SEVERITY,
    STAIN_LEVELS,
    VOTE_KINDS,
    YES_OR_NO,
)

GENES = Table(
    "genes",
    "Every gene that a source names, with the names people use for it.",
    (
        *gene(),
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
        *SOURCE,
        Column("entry", TEXT, "the entry as the source spells it"),
        Column("reason", TEXT, "why it is not in the bundle"),
    ),
    ("source", "entry", "reason"),
)

SURFACE_VOTES = Table(
    "surface_votes",
    "What each voter says of the place of a protein in the cell: for the surface, and against it. All votes are here.",
    (
        *gene(symbol=False),
        Column(
            "voter", TEXT, "independent line of evidence, as in references/surface.toml; dependent sources share one"
        ),
        Column("kind", TEXT, "what stands behind the vote", values=VOTE_KINDS),
        Column("statement", TEXT, "what the source says"),
        *SOURCE,
    ),
    ("gene_id", "voter", "kind", "statement", "source"),
)

PRECEDENT = Table(
    "precedent",
    "One row for each surface-directed therapy that names a gene as its tumour target.",
    (
        *gene(symbol=False),
        Column("therapy", TEXT, "class of therapy, e.g. CAR-T"),
        Column("status", TEXT, "approved, trial or withdrawn"),
        Column("agent", TEXT, "name of the drug or product"),
        Column("disease", TEXT, "disease area as the source says", nullable=True),
        Column("reference", TEXT, "trial id or approval", nullable=True),
        *SOURCE,
    ),
    ("gene_id", "therapy", "status", "agent", "disease", "reference", "source"),
)


def _normal(name: str, context: str) -> Table:
    return Table(
        name,
        f"Expression of protein-coding genes in normal {context}s, one row for each gene, {context} and atlas.",
        (
            *gene(symbol=False),
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
            *SOURCE,
        ),
        ("gene_id", "context", "source"),
    )


NORMAL_BULK = _normal("normal_bulk", "tissue")
NORMAL_CELL = _normal("normal_cell", "cell type")

NORMAL_CELL_DONORS = Table(
    "normal_cell_donors",
    "Genes of the universe in the cells of one donor: one row for each gene, tissue, cell type, donor and atlas of "
    "single cells. Empty where no atlas gives its cells one by one.",
    (
        *gene(symbol=False),
        Column("tissue", TEXT, "tissue as the atlas spells it"),
        Column("cell_type", TEXT, "cell type as the atlas spells it"),
        Column("context", TEXT, "canonical cell type"),
        Column("donor", TEXT, "donor as the atlas spells it; null if it has none", nullable=True),
        Column("n_cells", COUNT, "cells behind the row", low=1),
        Column("mean", REAL, "mean over the cells, renormalised", "TPM*", low=0),
        share("detected", "cells with any expression of the gene", nullable=False),
        Column(
            "ambient",
            REAL,
            "what RNA of other cells of the tissue and donor puts into every droplet; null if it cannot be told",
            "TPM*",
            nullable=True,
            low=0,
        ),
        share("soup", "RNA of a droplet that is other cells', all genes together"),
        *SOURCE,
    ),
    ("gene_id", "tissue", "cell_type", "donor", "source"),
)

NORMAL_CELL_BITS = Table(
    "normal_cell_bits",
    "Where the cells of one donor begin in cells/<source>.npy, which holds one bit for each gene of the universe (by "
    "id) and cell of an atlas: whether it was detected. Empty where no atlas gives its cells one by one.",
    (
        Column("tissue", TEXT, "tissue as the atlas spells it"),
        Column("cell_type", TEXT, "cell type as the atlas spells it"),
        Column("context", TEXT, "canonical cell type"),
        Column("donor", TEXT, "donor as the atlas spells it; null if it has none", nullable=True),
        Column("n_cells", COUNT, "cells, side by side", low=1),
        Column("bit", COUNT, "place of the first cell in a row; a multiple of 64", low=0),
        *SOURCE,
    ),
    ("source", "tissue", "cell_type", "donor"),
)

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

TISSUE_CELLS = Table(
    "tissue_cells",
    "Which cells a tissue is made of, by curators: its own, by part, and guests, which may be in any tissue.",
    (
        Column("tissue", TEXT, "canonical tissue; any for guests of every tissue"),
        Column("part", TEXT, f"part of the tissue; of guests one of {', '.join(GUESTS)}"),
        Column("cell_type", TEXT, "canonical cell type"),
        Column("needed", FLAG, "a cell atlas without any cell of this part cannot tell where a value comes from"),
        Column("criticality", TEXT, "criticality of the cell type", values=CRITICALITY),
        Column("source", TEXT, "name of the curated file"),
        Column("release", TEXT, "first digits of its checksum"),
    ),
    ("tissue", "part", "cell_type"),
)

_CURATED = (
    Column("source", TEXT, "name of the curated file, or id of the source table in references/sources.toml"),
    Column("release", TEXT, "first digits of the checksum of the curated file, or release of that source"),
)

LIABILITIES = Table(
    "liabilities",
    "What is known against a target, by curators. No row means that no liability is on file, never that there is none.",
    (
        *gene(),
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
        *gene(),
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
        *gene(),
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
        *gene(),
        Column("group", TEXT, "what the gene does to the NK cell or to its killing", values=NK_GROUPS),
        Column("receptor", TEXT, "receptor or pathway of the NK cell; several joined by ', '"),
        Column("direction", TEXT, "what much or little of it argues, for NK cells or against", values=NK_ARGUES),
        *_fact(),
    ),
    ("gene_id", "group"),
)

NORMAL_PROTEIN = Table(
    "normal_protein",
    "Protein in normal tissues: one row for each gene, tissue, cell type and atlas. Stains have a level, mass "
    "spectrometry a value; what was not detected by mass spectrometry is null, which is not zero.",
    (
        *gene(symbol=False),
        Column("context", TEXT, "canonical tissue"),
        Column("cell_type", TEXT, "cell type that was judged; 'whole tissue' where the tissue was measured as one"),
        Column("level", TEXT, "strength of the stain; null for mass spectrometry", nullable=True, values=STAIN_LEVELS),
        Column("reliability", TEXT, "trust in the antibody; null if not stated", nullable=True, values=RELIABILITY),
        Column("value", REAL, "abundance as the atlas gives it; null if stained", "see unit", nullable=True, low=0),
        Column("unit", TEXT, "unit of value; 'stain' for levels"),
        share("percentile", "rank of value among the genes detected in the tissue"),
        Column("n_detected", COUNT, "genes detected in the tissue, on which percentile rests", nullable=True, low=0),
        *SOURCE,
    ),
    ("gene_id", "context", "cell_type", "source"),
)

NORMAL_ANTIBODY = Table(
    "normal_antibody",
    "Protein on healthy cells by antibodies beside the RNA (CITE-seq): one row for each gene, cell type, antibody and "
    "atlas. A low share is no absence: without controls, an antigen of all cells hides in its own background.",
    (
        *gene(symbol=False),
        Column("context", TEXT, "canonical cell type"),
        Column("antibody", TEXT, "antibody as the file names it"),
        Column("n_cells", COUNT, "cells of the type", low=1),
        share("positive", "cells above the background", nullable=False),
        Column("mean", REAL, "mean over the cells", "see unit"),
        Column("unit", TEXT, "unit of mean"),
        Column("background", TEXT, "isotype controls, or the cell type of the file whose median is lowest"),
        *SOURCE,
    ),
    ("gene_id", "context", "antibody", "source"),
)

CONFLICTS = Table(
    "conflicts",
    "Where RNA and stained protein of a normal tissue contradict each other, of genes of the universe.",
    (
        *gene(),
        Column("tissue", TEXT, "canonical tissue"),
        Column("cell_type", TEXT, "stained cell type; 'all stained cells' where none is stained"),
        Column("kind", TEXT, "which of them is missing", values=CONFLICT_KINDS),
        Column("level", TEXT, "strength of the stain", values=STAIN_LEVELS),
        Column("reliability", TEXT, "trust in the antibody; null if not stated", nullable=True, values=RELIABILITY),
        Column("trusted", FLAG, "the antibody is graded Enhanced or Supported"),
        *SOURCE,
        Column("rna", REAL, "upper tail of bulk RNA in the tissue, in the atlas with most", "see rna_unit", low=0),
        Column("rna_unit", TEXT, "unit of rna"),
        Column("rna_source", TEXT, "id of that atlas"),
        Column("rna_release", TEXT, "release of that atlas"),
        Column("rna_cell", REAL, "RNA of the cell type, the highest cell atlas", "nTPM", nullable=True, low=0),
    ),
    ("gene_id", "tissue", "cell_type", "source"),
)

LOCATIONS = Table(
    "locations",
    "Where in the cell a protein was seen: one row for each gene, location and source.",
    (
        *gene(symbol=False),
        Column("location", TEXT, "location as the source spells it, or 'Predicted to be secreted'"),
        Column("reliability", TEXT, "trust in this location; null if predicted", nullable=True, values=RELIABILITY),
        Column("main", FLAG, "main location; otherwise an additional or a predicted one"),
        *SOURCE,
    ),
    ("gene_id", "location", "source"),
)

DEPENDENCY = Table(
    "dependency",
    "What the loss of a gene does to the growth of cell lines, over all lines of a screen.",
    (
        *gene(symbol=False),
        Column("median_effect", REAL, "median gene effect: 0 is none, -1 that of common essential genes", "effect"),
        share("dependent_share", "share of lines with an effect below -0.5", nullable=False),
        Column("n_lines", COUNT, "lines with an effect of this gene", low=1),
        *SOURCE,
    ),
    ("gene_id", "source"),
)

_ACCESSION = Column("accession", TEXT, "UniProt accession")

TOPOLOGY = Table(
    "topology",
    "How each isoform of a protein sits in the membrane, as UniProt says or, marked as such, as a program predicts.",
    (
        *gene(symbol=False),
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
        *SOURCE,
    ),
    ("gene_id", "isoform"),
)

TOPOLOGY_SEGMENTS = Table(
    "topology_segments",
    "Extracellular segments of canonical proteins, cut into one block for each exon that encodes residues of them.",
    (
        *gene(symbol=False),
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
        *SOURCE,
    ),
    ("gene_id", "accession", "segment", "block"),
)

IDENTITY = Table(
    "identity",
    "Every entry of a source that is not simply the id or the symbol of a gene, and what became of it.",
    (
        *SOURCE,
        Column("entry", TEXT, "id, accession or symbol as the source spells it"),
        Column("outcome", TEXT, "what became of it; unchanged ones are only counted", values=OUTCOMES[1:]),
        Column("gene_id", TEXT, "the gene it leads to; null if ambiguous or lost", nullable=True),
        Column("reason", TEXT, "how it led there, or why it leads nowhere"),
    ),
    ("source", "entry"),
)
