"""What the tools that quantify bulk RNA write: one file a sample, or one for all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder.cohort._matrix import Matrix, unfit
from targetfinder.cohort.formats._entries import SUMMARY, as_matrix, known_options, sample_names
from targetfinder.cohort.formats._gene_models import KNOWN, is_gtf, key_of, transcripts
from targetfinder.cohort.formats._text import Text, first_cells, open_text, opened
from targetfinder.cohort.formats.bulk import of_table, with_lengths
from targetfinder.units import Floats

#: Ends of the names of files that are not part of the name of the sample, and of bam files in featureCounts.
ENDS = re.compile(
    r"[._-]?(quant\.genes\.sf|genes\.results|abundance\.tsv|ReadsPerGene\.out\.tab)(\.gz)?"
    r"|([._]?(Aligned|sortedByCoord|sorted|markdup|dedup|umi_dedup|out))*\.(bam|sam|cram)$"
)
#: RSEM joins id and name of a gene where its reference has both.
JOINED = re.compile(r"(ENSG\d+(?:\.\d+)?(?:_PAR_Y)?)_(.+)")
UNKNOWN_TRANSCRIPT = "transcript that the gene models do not name"

LENGTH = "length in bases"
STRANDS = ("unstranded", "forward", "reverse")
#: A library is stranded if this share of its stranded reads agrees, and unstranded if both strands differ by less.
#: The same limits as nf-core/rnaseq; stranded protocols reach 0.9 and more, others 0.5.
STRANDED, UNSTRANDED = 0.8, 0.1


def salmon_merged(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read a gene table of nf-core/rnaseq: `salmon.merged.gene_tpm.tsv`, `salmon.merged.gene_counts.tsv` and alike.

    The name of the file tells the unit: `gene_tpm` is TPM, `gene_counts` and `gene_counts_length_scaled` are counts.
    Under any other name the unit is not known. `gene_counts_scaled` is refused: its values no longer depend on the
    length of a gene, so that dividing by it would be wrong.

    Parameters
    ----------
    options
        `genes`, for counts: `salmon.merged.gene_lengths.tsv` of the same run, or a GTF. `skip` as in `matrix`.

    Raises
    ------
    InputError
        If there is no column gene_id, or the file is no such table.
    """
    known_options(path, options, "skip")
    if "counts_scaled" in path.name:
        raise unfit(path, "counts made from TPM without lengths", "give salmon.merged.gene_tpm.tsv of the same run")
    unit = "TPM" if "gene_tpm" in path.name else "counts" if "gene_counts" in path.name else None
    found = _merged(path, options, unit)
    lengths = Path(options["genes"]) if "genes" in options else None
    if lengths is None or is_gtf(lengths):
        return with_lengths(found, options)
    table = _merged(lengths, {}, None).values
    if not table.index.equals(found.values.index) or not set(found.values.columns) <= set(table.columns):
        raise unfit(lengths, f"genes or samples are not those of {path.name}", "give both files of one run", "genes")
    return replace(found, lengths=table)


def _merged(path: Path, options: Mapping[str, str], unit: str | None) -> Matrix:
    table = _with_columns(path, "gene_id")
    symbol = "gene_name" if "gene_name" in table.names else None
    skipped = [name for name in options.get("skip", "").split("|") if name]
    return of_table(table, "gene_id", symbol, skipped, unit)


def salmon_genes(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read `quant.genes.sf` of salmon: TPM of one sample.

    Parameters
    ----------
    options
        `sample`: its name; by default that of the file or, if the file has none of its own, of its folder.

    Raises
    ------
    InputError
        If the file is damaged or no such table, naming line and column.
    """
    return _one_sample(path, options, "Name", "TPM", "EffectiveLength")


def rsem_genes(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read `*.genes.results` of RSEM: TPM of one sample; ids that RSEM joined with symbols are taken apart.

    Parameters, errors
    ------------------
    As for `salmon_genes`.
    """
    found = _one_sample(path, options, "gene_id", "TPM", "expected_count")
    parts = [JOINED.fullmatch(name) for name in found.values.index]
    if None in parts:
        return found
    ids, symbols = zip(*(part.groups() for part in parts if part), strict=True)
    return replace(found, values=found.values.set_axis(list(ids)), symbols=pd.Series(symbols, dtype=object))


def _one_sample(path: Path, options: Mapping[str, str], gene: str, value: str, other: str) -> Matrix:
    known_options(path, options)
    table = _with_columns(path, gene, value, other)
    texts, values = table.read([gene], [value])
    return as_matrix(path, texts[gene], values, [sample_of(path, options)], table.line, unit="TPM")


def kallisto(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read `abundance.tsv` of kallisto and add up TPM by gene; transcripts without a gene are counted.

    Versions of transcripts do not matter, nor what GENCODE writes behind the first | of their names.

    Parameters
    ----------
    options
        `genes`: table of transcript, gene and perhaps symbol (tx2gene), or a GTF; `sample` as in `salmon_genes`.

    Raises
    ------
    InputError
        If there are no gene models or they do not know most transcripts, or the file is damaged or no such table.
    """
    known_options(path, options)
    if "genes" not in options:
        raise unfit(path, "transcripts without genes", "name a tx2gene table or a GTF in column genes", "genes")
    table = _with_columns(path, "target_id", "tpm", "est_counts")
    texts, values = table.read(["target_id"], ["tpm"])
    models = transcripts(Path(options["genes"]))
    keys = texts["target_id"].fillna("").str.partition("|")[0].map(key_of)
    known = keys.isin(models.index).to_numpy()
    if known.sum() < KNOWN * len(keys):
        told = f"knows only {known.sum()} of {len(keys)} transcripts of {path.name}"
        raise unfit(options["genes"], told, "give the annotation that kallisto's index was made of", "genes")
    rows = models.loc[keys[known].tolist()]
    codes, genes = pd.factorize(rows["key"])
    sums = np.asarray(np.bincount(codes, values[known, 0]), float)  # NaN if a transcript is
    about = rows.drop_duplicates("key").set_index("key").loc[genes]
    symbols = about["symbol"].reset_index(drop=True) if about["symbol"].notna().any() else None
    found = as_matrix(
        path,
        about["gene"],
        sums[:, None],
        [sample_of(path, options)],
        lambda _: f"the genes of {options['genes']}",
        symbols=symbols,
        unit="TPM",
    )
    lost = int((~known).sum())
    return replace(found, left_out=found.left_out | ({UNKNOWN_TRANSCRIPT: lost} if lost else {}))


def featurecounts(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read the table of featureCounts: counts, with the length of each gene that it counted over.

    Samples are named by their bam files, without folders and what aligners append, as long as that tells them apart.
    Columns gene_name and gene_biotype, which nf-core/rnaseq adds, are understood.

    Raises
    ------
    InputError
        If the file is damaged or no such table, naming line and column.
    """
    known_options(path, options)
    with opened(path) as handle:
        above = 1 if handle.read(1) == b"#" else 0
    fixed = ("Geneid", "Chr", "Start", "End", "Strand", "Length")
    table = _with_columns(path, *fixed, above=above)
    extra = [name for name in ("gene_name", "gene_biotype", "gene_type") if name in table.names]
    files = [name for name in table.names if name not in (*fixed, *extra)]
    short = [ENDS.sub("", Path(name).name) for name in files]
    texts, values = table.read(["Geneid", *extra], ["Length", *files])
    names = sample_names(path, short if len(set(short)) == len(files) else files)
    symbols = texts["gene_name"] if "gene_name" in extra else None
    found = as_matrix(path, texts["Geneid"], values, [LENGTH, *names], table.line, symbols=symbols, unit="counts")
    lengths = found.values[[LENGTH]].set_axis(["length"], axis=1)
    return replace(found, values=found.values.drop(columns=LENGTH), lengths=lengths)


def star_counts(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read `ReadsPerGene.out.tab` of STAR: counts of one sample.

    Parameters
    ----------
    options
        `strand`: unstranded, forward or reverse; by default recognised by which strand the reads of genes are on, and
        said in `notes`. `genes`: GTF that gives `lengths`. `sample` as in `salmon_genes`.

    Raises
    ------
    InputError
        If the strand is not clear, or the file is damaged or no such table, naming line and column.
    """
    known_options(path, options, "strand")
    separator, cells = first_cells(path)
    if len(cells) != 4:
        raise unfit(path, f"{len(cells)} columns in line 1 instead of 4", "give ReadsPerGene.out.tab as STAR writes it")
    table = Text(path, separator, ["gene", *STRANDS], 0)
    texts, values = table.read(["gene"], STRANDS)
    strand, note = _strand(path, options, values[~texts["gene"].fillna("").str.fullmatch(SUMMARY.pattern).to_numpy()])
    column = values[:, [STRANDS.index(strand)]]
    found = as_matrix(path, texts["gene"], column, [sample_of(path, options)], table.line, unit="counts")
    return with_lengths(replace(found, notes=(note,)), options)


def _strand(path: Path, options: Mapping[str, str], values: Floats) -> tuple[str, str]:
    """Return the strand to read and why."""
    if "strand" in options:
        if options["strand"] not in STRANDS:
            raise unfit(path, f"no strand '{options['strand']}'", f"say one of {', '.join(STRANDS)}", "strand")
        return options["strand"], f"strand {options['strand']}, as the samplesheet says"
    _, forward, reverse = np.nansum(values, axis=0)
    share = forward / (forward + reverse) if forward + reverse > 0 else np.nan
    told = f"{share:.0%} of stranded reads are forward"
    for strand, clear in (
        ("forward", share >= STRANDED),
        ("reverse", share <= 1 - STRANDED),
        ("unstranded", abs(2 * share - 1) <= UNSTRANDED),
    ):
        if clear:
            return strand, f"strand {strand}: {told}"
    remedy = "say strand=unstranded, forward or reverse in the mapping"
    raise unfit(path, "no reads of genes" if np.isnan(share) else f"strand is not clear: {told}", remedy, "strand")


def sample_of(path: Path, options: Mapping[str, str]) -> str:
    """Return what to call the only sample of a file: as `options` say, or as the file or its folder is called."""
    return options.get("sample") or ENDS.sub("", path.name) or path.absolute().parent.name


def _with_columns(path: Path, *columns: str, above: int = 0) -> Text:
    table = open_text(path, above)
    missing = [name for name in columns if name not in table.names]
    if missing:
        raise unfit(path, "missing column", f"it has {', '.join(table.names[:8])}; check the format", missing[0])
    return table


FORMATS = {
    "salmon_merged": salmon_merged,
    "salmon_genes": salmon_genes,
    "rsem_genes": rsem_genes,
    "kallisto": kallisto,
    "featurecounts": featurecounts,
    "star_counts": star_counts,
}
