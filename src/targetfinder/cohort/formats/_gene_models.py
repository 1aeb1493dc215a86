"""What a user's gene models say: how long a gene is, and which transcripts it has."""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder.cohort._matrix import unfit
from targetfinder.cohort.formats._text import opened
from targetfinder.identity import plain_id

#: Share of genes or transcripts that the models must know. The rest may come from another release of the same
#: annotation, which changes a few in a hundred; where most are unknown, the annotation is another one.
KNOWN = 0.5
REMEDY = "give the GTF that the reads were counted with"

_ATTRIBUTE = {name: re.compile(rb'\b%s[ =]"?([^";]+)' % name) for name in (b"gene_id", b"transcript_id", b"gene_name")}
#: What the columns of a table of transcripts may be called, in small letters.
_HEADER = {"tx", "txname", "tx_id", "transcript", "transcript_id", "transcriptid", "target_id", "name", "enst"}


def key_of(name: str) -> str:
    """Return an Ensembl id as `plain_id` does, any other name without spaces around it."""
    return plain_id(name) if name.upper().startswith("ENS") else name.strip()


def is_gtf(path: Path) -> bool:
    """Whether the first line that is no comment has the nine columns of a GTF."""
    with opened(path) as handle:
        return next((line.count(b"\t") == 8 for line in handle if not line.startswith(b"#")), False)


def lengths_of(ids: pd.Index, gtf: Path) -> pd.DataFrame:
    """Return the `length` of genes (index `ids`) in bases: the union of their exons; missing where it is not known.

    Raises
    ------
    InputError
        If the file is no GTF, or does not know most of the genes.
    """
    keys = [key_of(str(one)) for one in ids]
    lengths = exon_lengths(gtf).reindex(keys)
    known = int(lengths.notna().sum())
    if known < KNOWN * len(keys):
        raise unfit(gtf, f"knows only {known} of {len(keys)} genes of the matrix", REMEDY, "genes")
    return pd.DataFrame({"length": lengths.to_numpy()}, index=ids)


@lru_cache(maxsize=1)  # every sample of a cohort asks for the same
def exon_lengths(gtf: Path) -> pd.Series:
    """Return the length of the union of all exons of each gene, in bases, by gene id as of `key_of`.

    A gene on two chromosomes (pseudoautosomal) has the length of its longer copy.

    Raises
    ------
    InputError
        If the file is no GTF or has no exons.
    """
    codes: dict[tuple[bytes, bytes], int] = {}
    genes, starts, ends = array("q"), array("q"), array("q")
    for line, cells in _features(gtf, b"exon"):
        try:
            start, end = int(cells[3]) - 1, int(cells[4])  # a GTF counts from 1 and includes both ends
        except ValueError as error:
            raise unfit(gtf, f"no position of an exon in line {line}: {error}", REMEDY) from error
        genes.append(codes.setdefault((_attribute(b"gene_id", cells[8], line, gtf), cells[0]), len(codes)))
        starts.append(start)
        ends.append(end)
    if not codes:
        raise unfit(gtf, "holds no exons", REMEDY, "genes")
    found = pd.Series(_union(np.asarray(genes), np.asarray(starts), np.asarray(ends)))
    return found.groupby([key_of(gene.decode()) for gene, _ in codes]).max()


def _union(genes: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return for each gene (0, 1, …) how many bases its intervals cover; intervals are half-open."""
    apart = genes * (ends.max() + 1)  # each gene on a stretch of its own
    order = np.argsort(starts + apart, kind="stable")
    starts, ends = (starts + apart)[order], (ends + apart)[order]
    reached = np.concatenate([[0], np.maximum.accumulate(ends)[:-1]])
    return np.bincount(genes[order], np.maximum(ends - np.maximum(starts, reached), 0))


@lru_cache(maxsize=1)
def transcripts(path: Path) -> pd.DataFrame:
    """Return `gene` (as spelled) and `symbol` (may be missing) of each transcript, indexed as by `key_of`.

    Parameters
    ----------
    path
        A GTF, or a table of transcript, gene and perhaps symbol (tx2gene), with or without a header.

    Raises
    ------
    InputError
        If the file is neither, or gives a transcript to two genes.
    """
    rows = _of_gtf(path) if is_gtf(path) else _of_table(path)
    found = pd.DataFrame(rows, columns=["transcript", "gene", "symbol"], dtype=object).drop_duplicates()
    if found.empty:
        raise unfit(path, "holds no transcripts", "give a GTF, or a table of transcript and gene", "genes")
    found["key"] = found["gene"].map(key_of)
    found = found.drop_duplicates(["transcript", "key"])
    doubled = found.loc[found["transcript"].duplicated(), "transcript"]
    if len(doubled):
        raise unfit(path, f"transcript {doubled.iloc[0]} belongs to two genes", "give every transcript to one", "genes")
    return found.set_index("transcript")


def _of_gtf(gtf: Path) -> Iterator[tuple[str, str, str | None]]:
    for line, cells in _features(gtf, b"transcript"):
        gene, transcript = (_attribute(name, cells[8], line, gtf) for name in (b"gene_id", b"transcript_id"))
        symbol = _ATTRIBUTE[b"gene_name"].search(cells[8])
        yield key_of(transcript.decode()), gene.decode(), symbol[1].decode() if symbol else None


def _of_table(path: Path) -> Iterator[tuple[str, str, str | None]]:
    with opened(path) as handle:
        text = io.TextIOWrapper(handle, encoding="utf-8-sig", errors="replace", newline="")
        first = text.readline()
        separator = "\t" if "\t" in first else ","
        for line, row in enumerate(csv.reader([first, *text], delimiter=separator), 1):
            if not row or (line == 1 and row[0].strip().lower() in _HEADER):
                continue
            if len(row) < 2 or not row[0].strip() or not row[1].strip():
                raise unfit(path, f"no transcript and gene in line {line}", "write both, separated by a tab", "genes")
            yield key_of(row[0]), row[1].strip(), row[2].strip() or None if len(row) > 2 else None


def _features(gtf: Path, kind: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield line number and cells of the lines of one kind."""
    with opened(gtf) as handle:
        for number, line in enumerate(handle, 1):
            if line.startswith(b"#") or not line.strip():
                continue
            cells = line.split(b"\t", 9)
            if len(cells) != 9:
                raise unfit(gtf, f"not a GTF: {len(cells)} columns instead of 9 in line {number}", REMEDY, "genes")
            if cells[2] == kind:
                yield number, cells


def _attribute(name: bytes, attributes: bytes, line: int, gtf: Path) -> bytes:
    found = _ATTRIBUTE[name].search(attributes)
    if not found:
        raise unfit(gtf, f"no {name.decode()} in line {line}", "give a GTF, not another kind of gene models", "genes")
    return found[1]
