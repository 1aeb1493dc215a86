"""What every matrix of genes has to satisfy, whatever file it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder.cohort._matrix import Matrix, unfit
from targetfinder.identity import plain_id
from targetfinder.units import Floats

ENSEMBL = re.compile(r"ENSGR?\d{11}(\.\d+)?(_PAR_Y)?")
#: Genes and transcripts of Ensembl in any species but human.
OTHER_SPECIES = re.compile(r"ENS[A-Z]{3,}[GT]\d{6,}.*")
#: Symbols of mouse and rat are written like names: Cd19, Ptprc.
RODENT = re.compile(r"[A-Z][a-z0-9-]*[a-z][a-z0-9-]*")
TRANSCRIPT = re.compile(r"(ENST\d{11}|[NX][MR]_\d+)(\.\d+)?.*")
#: Rows of HTSeq and STAR that count reads without a gene.
SUMMARY = re.compile(r"__\w+|N_(unmapped|multimapping|noFeature|ambiguous)")
#: Signs of markup, of control, and what stands for a letter that is not UTF-8.
MARKUP = re.compile(r"[<>\x00-\x1f\ufffd]")
#: What stands in the first line of a table without header; patients may be numbered, but not by fractions.
FRACTION = re.compile(r"-?\d+\.\d+([eE][-+]?\d+)?")
#: Columns of numbers that describe the gene.
NO_SAMPLES = {
    *("length", "gene_length", "effective_length", "width", "start", "end", "chr", "chromosome", "strand"),
    *("entrez", "entrezid", "entrez_id", "entrezgene", "entrez_gene_id", "entrezgene_id", "ncbi_gene_id", "geneid"),
}
WITHOUT_ID, NO_GENE = "row without an id", "row of reads that belong to no gene"


def known_options(path: Path, options: Mapping[str, str], *known: str) -> None:
    """Refuse keys of the sheet's mapping that a format does not have.

    Raises
    ------
    InputError
        Naming the key.
    """
    unknown = sorted(set(options) - {*known, "genes", "sample"})
    if unknown:
        told = ", ".join(known) or "none"
        raise unfit(path, f"unknown key '{unknown[0]}' in the mapping", f"keys of this format: {told}", "mapping")


def as_matrix(
    path: Path,
    ids: pd.Series,
    values: Floats,
    samples: Sequence[str],
    line: Callable[[int], str],
    *,
    symbols: pd.Series | None = None,
    unit: str | None = None,
) -> Matrix:
    """Return a matrix of checked ids and samples; rows without an id and rows of reads without a gene are counted.

    Parameters
    ----------
    ids, symbols
        Of each row, as spelled; missing where the file has none.
    values
        Rows × samples.
    line
        Says where a row stands in the file.

    Raises
    ------
    InputError
        If a sample has no proper name or that of another; if an Ensembl id occurs twice or is not human, most names
        are those of transcripts or rodents, or a name holds markup.
    """
    samples = sample_names(path, samples)
    ids = pd.Series([one.strip() if isinstance(one, str) else "" for one in ids], dtype=object)
    named = ids != ""
    summary = named & _matching(ids, SUMMARY)
    kept = (named & ~summary).to_numpy()
    left_out = {WITHOUT_ID: int((~named).sum()), NO_GENE: int(summary.sum())}
    if not kept.any():
        raise unfit(path, "holds no genes", "give a file with one row for each gene")
    _check(path, ids[kept], line)
    if not kept.all():
        values = values[kept]
    return Matrix(
        values=pd.DataFrame(values, index=pd.Index(ids[kept], name="entry"), columns=pd.Index(samples), copy=False),
        symbols=None if symbols is None else symbols[kept].reset_index(drop=True),
        unit=unit,
        left_out={reason: count for reason, count in left_out.items() if count},
    )


def sample_names(path: Path, samples: Sequence[str]) -> list[str]:
    """Return names of samples without spaces around them.

    Raises
    ------
    InputError
        If there is none, one is empty, holds markup, occurs twice, describes the gene, or if most are genes or values.
    """
    names = [str(name).strip() for name in samples]
    if not names:
        raise unfit(path, "holds no column of a sample", "give a column of numbers for each sample")
    if sum(FRACTION.fullmatch(name) is not None for name in names) > len(names) / 2:
        raise unfit(path, f"'{names[0]}' in the place of a sample's name", "name the columns in the first line")
    genes = sum(ENSEMBL.fullmatch(name) is not None for name in names)
    if genes > len(names) / 2:
        raise unfit(path, "genes are columns and samples are rows", "transpose it: one row for each gene")
    for place, name in enumerate(names):
        if not name or MARKUP.search(name):
            told = f"'{name[:40]}' is no name of a sample"
            raise unfit(path, told, "name samples by letters and digits, without < and >", f"column {place + 1}")
        if name.lower() in NO_SAMPLES:
            raise unfit(path, "is no sample by its name", f"say skip={name} in the mapping, or rename the sample", name)
    doubled = pd.Index(names)[pd.Index(names).duplicated()]
    if len(doubled):
        raise unfit(path, "sample occurs twice", "give every sample a name of its own", doubled[0])
    return names


def _check(path: Path, ids: pd.Series, line: Callable[[int], str]) -> None:
    """Check the names of genes, indexed by their row in the file."""
    for pattern, problem, remedy in (
        (MARKUP, "no name of a gene", "write names of genes without < and >"),
        (OTHER_SPECIES, "gene of another species", "give the human genes only"),
    ):
        found = ids[_matching(ids, pattern)]
        if len(found):
            raise unfit(path, f"{problem}: '{found.iloc[0][:40]}' in {line(found.index[0])}", remedy)
    for pattern, problem, remedy in (
        (TRANSCRIPT, "are transcripts, not genes", "sum up transcripts by gene, or use a format that does"),
        (RODENT, "are spelled as those of mouse or rat", "give human genes, best by Ensembl ids"),
    ):
        found = ids[_matching(ids, pattern)]
        if len(found) > len(ids) / 2:
            raise unfit(path, f"most names {problem}, as '{found.iloc[0]}' in {line(found.index[0])}", remedy)
    ensembl = ids[_matching(ids, ENSEMBL)]
    plain = ensembl.map(
        lambda one: plain_id(one) + " of Y" * one.startswith("ENSGR") + " of Y" * one.endswith("_PAR_Y")
    )
    doubled = plain[plain.duplicated()]
    if len(doubled):
        first, again = plain.index[plain == doubled.iloc[0]][:2]
        raise unfit(path, f"gene {doubled.iloc[0]} occurs in {line(first)} and {line(again)}", "keep one row of each")


def _matching(names: pd.Series, pattern: re.Pattern[str]) -> pd.Series:
    """Whether each name is, or for markup holds, the pattern."""
    test = pattern.search if pattern is MARKUP else pattern.fullmatch
    return pd.Series(np.array([test(one) is not None for one in names], bool), names.index)
