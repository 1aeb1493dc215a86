"""Gene models."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from typing import IO

import numpy as np
import pandas as pd

from targetfinder.sources.readers._common import bad
from targetfinder.sources.registry import SourceTable

#: Tags that are kept: whether a coding sequence is complete, and which transcript stands for its gene.
TAG = re.compile("MANE_Select|MANE_Plus_Clinical|Ensembl_canonical|appris_.*|cds_(?:start|end)_NF")
TEXTS = ["gene_id", "transcript_id", "protein_id", "chromosome", "strand", "tags"]
NUMBERS = ["start", "end", "phase", "exon_number"]

_CODING = re.compile(rb'transcript_(?:bio)?type "protein_coding"')
_WANTED = re.compile(r'\b(gene_id|transcript_id|protein_id|exon_number|tag) "?([^";]+)')
_GENE = re.compile(r"ENSGR?\d+(\.\d+)?(_PAR_Y)?")


def gencode_gtf(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read the coding sequence of protein-coding transcripts from a GTF of GENCODE or Ensembl, line by line.

    Only `CDS` lines of transcripts of type protein_coding are kept (no decay, no immunoglobulin segments); as in
    GENCODE they do not hold the stop codon. Memory grows with those lines, not with the file.

    Returns
    -------
    One row a transcript and exon: gene_id, transcript_id, protein_id (as spelled, with version), chromosome, strand,
    tags (joined by `;`), start and end (0-based, half-open: a GTF counts from 1 and includes both ends), phase
    (bases before the first whole codon), exon_number, par_y, source, release. `par_y` marks the copy of a gene in
    the pseudoautosomal region of chromosome Y, as older releases spell it (`_PAR_Y`, `ENSGR`).

    Raises
    ------
    InputError
        If a line is not GTF, a gene not human, or an exon occurs twice or overlaps another of its transcript.
    """
    codes: dict[str, defaultdict[str, int]] = {name: defaultdict() for name in TEXTS}
    for known in codes.values():
        known.default_factory = known.__len__
    columns = {name: array("q") for name in (*TEXTS, *NUMBERS)}
    for number, line in enumerate(handle, 1):
        if line.startswith(b"#") or not line.strip():
            continue
        tabs = line.count(b"\t")
        if tabs != 8:
            raise bad(table, f"not a GTF: line {number} has {tabs + 1} columns instead of 9")
        if line.split(b"\t", 3)[2] == b"CDS" and _CODING.search(line):
            texts, numbers = _exon(line, number, table)
            for name, text in zip(TEXTS, texts, strict=True):
                columns[name].append(codes[name][text])
            for name, value in zip(NUMBERS, numbers, strict=True):
                columns[name].append(value)
    if not columns["start"]:
        raise bad(table, "holds no coding sequence of a protein-coding transcript")
    frame = pd.DataFrame({name: np.asarray(values) for name, values in columns.items()})
    for name in TEXTS:
        frame[name] = pd.Categorical.from_codes(frame[name], list(codes[name]))  # type: ignore[arg-type]
    return _checked(frame, table)


def _exon(line: bytes, number: int, table: SourceTable) -> tuple[list[str], list[int]]:
    """Return the texts and numbers of one CDS line, in the order of `TEXTS` and `NUMBERS`."""
    wrong = f"in line {number}"
    try:
        chromosome, _, _, first, last, _, strand, phase, rest = line.decode().rstrip().split("\t")
        attributes = _WANTED.findall(rest)
        said = {key: value for key, value in reversed(attributes)}
        numbers = [int(first) - 1, int(last), int(phase), int(said["exon_number"])]
        ids = [said["gene_id"], said["transcript_id"], said.get("protein_id", "")]
    except (ValueError, KeyError) as error:
        raise bad(table, f"not a coding exon {wrong}: {error}") from error
    if (
        not 0 <= numbers[0] < numbers[1] < 2**31
        or strand not in ("+", "-")
        or numbers[2] not in (0, 1, 2)
        or numbers[3] > 999
    ):
        raise bad(table, f"impossible position, strand or frame {wrong}: {first} {last} {strand} {phase}")
    if not _GENE.fullmatch(ids[0]):
        raise bad(table, f"not a human Ensembl gene {wrong}: '{ids[0]}'", "gene_id")
    tags = ";".join(value for key, value in attributes if key == "tag" and TAG.fullmatch(value))
    return [*ids, chromosome, strand, tags], numbers


def _checked(frame: pd.DataFrame, table: SourceTable) -> pd.DataFrame:
    """Refuse exons that occur twice or overlap within a transcript; add `par_y`, source and release."""
    gene, transcript = frame["gene_id"].astype(str), frame["transcript_id"].astype(str)
    ordered = frame.assign(transcript=transcript).sort_values(["transcript", "chromosome", "start"])
    same = ordered.duplicated(["transcript", "chromosome"])
    wrong = same & (ordered["start"] < ordered["end"].shift())
    wrong |= ordered.duplicated(["transcript", "chromosome", "exon_number"])
    if wrong.any():
        row = ordered[wrong].iloc[0]
        raise bad(table, f"exon {row['exon_number']} of {row['transcript']} occurs twice or overlaps another")
    par_y = gene.str.startswith("ENSGR") | gene.str.endswith("_PAR_Y") | transcript.str.endswith("_PAR_Y")
    return frame.assign(par_y=par_y, source=table.id, release=table.release)
