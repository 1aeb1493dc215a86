"""From residues to the genome and back, through the coding exons of a transcript, on both strands.

Genomic positions and positions in a coding sequence are 0-based and half-open; residues are counted from 1, both
ends included.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.reference._intervals import shared


def coding(cds: pd.DataFrame) -> pd.DataFrame:
    """Return the exons of each transcript in the order of translation, with their place in the coding sequence.

    Ids lose their version; copies on chromosome Y are left out. `cds_start` and `cds_end` count bases of the coding
    sequence (0-based, half-open); `sound` says whether the frames that the file gives agree with them.
    """
    exons = cds[~cds["par_y"]].astype({"strand": str, "chromosome": str, "tags": str})
    exons = exons.assign(gene_id=plain(exons["gene_id"]), transcript_id=plain(exons["transcript_id"]))
    exons["order"] = exons["start"].where(exons["strand"] == "+", -exons["end"])
    exons = exons.sort_values(["transcript_id", "order"], ignore_index=True)
    size = exons["end"] - exons["start"]
    exons["cds_end"] = size.groupby(exons["transcript_id"]).cumsum()
    exons["cds_start"] = exons["cds_end"] - size
    return exons.assign(sound=exons["phase"] == -exons["cds_start"] % 3)


def plain(ids: pd.Series) -> pd.Series:
    """Return ids without version."""
    names = ids.astype("category")
    plain = np.array([str(name).split(".")[0] for name in names.cat.categories], dtype=object)
    return pd.Series(plain[names.cat.codes], ids.index)


def to_genome(ranges: pd.DataFrame, exons: pd.DataFrame) -> pd.DataFrame:
    """Map ranges of residues to the genome, one row a range and exon in the order of translation.

    `ranges` has transcript_id, start and end (residues); these two become the genomic block, the other
    columns stay. `exons` are those of `coding`.
    """
    bases = pd.DataFrame(
        {"line": ranges["transcript_id"], "start": 3 * (ranges["start"] - 1), "end": 3 * ranges["end"]}
    )
    axis = {"transcript_id": "line", "cds_start": "start", "cds_end": "end"}
    rows, others, start, end = shared(bases, exons[list(axis)].rename(columns=axis))
    exon = exons.iloc[others].reset_index(drop=True)
    left = exon["start"] + start - exon["cds_start"]
    right = exon["end"] - start + exon["cds_start"]
    forward, size = exon["strand"] == "+", end - start
    place = {"start": left.where(forward, right - size), "end": (left + size).where(forward, right)}
    return ranges.iloc[rows].reset_index(drop=True).assign(**exon[["exon_number", "chromosome", "strand"]], **place)


def to_protein(blocks: pd.DataFrame, exons: pd.DataFrame) -> pd.DataFrame:
    """Map genomic blocks of transcripts back to the protein: the way back from `to_genome`.

    Adds residue_start and residue_end (residues of which a block holds at least one base) and phase (bases
    before the first whole codon); a block outside of the exons of its transcript has no row.
    """
    axis = {"transcript_id": "line", "start": "start", "end": "end"}
    rows, others, start, end = shared(*(frame[list(axis)].rename(columns=axis) for frame in (blocks, exons)))
    exon = exons.iloc[others].reset_index(drop=True)
    first = exon["cds_start"] + (start - exon["start"]).where(exon["strand"] == "+", exon["end"] - end)
    last = first + end - start - 1
    found = blocks.iloc[rows].reset_index(drop=True).assign(start=start, end=end)
    return found.assign(residue_start=first // 3 + 1, residue_end=last // 3 + 1, phase=-first % 3)


def reading_frame(exons: pd.DataFrame) -> pd.Series:
    """Return which of the three frames of its strand an exon is read in: where its first whole codon begins."""
    forward = exons["strand"] == "+"
    return (exons["start"] + exons["phase"]).where(forward, exons["end"] - exons["phase"]).astype(int) % 3
