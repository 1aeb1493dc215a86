"""Extracellular segments of proteins on the genome, with the exons that encode them and the isoforms that carry them.

A residue becomes three bases of the coding sequence of one transcript that encodes as many residues as the canonical
protein has; where no such transcript is found, coordinates are null and the reason is given. Genomic positions
are 0-based and half-open; residues are counted from 1, both ends included.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.reference._architecture import describe, first_of, kept, parts, removed
from targetfinder.reference._coding import coding, plain, reading_frame, to_genome, to_protein
from targetfinder.reference._intervals import overlaps
from targetfinder.sources.readers._proteins import Proteins

NO_MODELS = "no gene models"
PLACE = ["transcript_id", "exon_number", "chromosome", "start", "end", "strand", "phase"]
RESIDUES = ["residue_start", "residue_end"]


def topology(
    proteins: Proteins, cds: pd.DataFrame | None, accession_to_gene: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Describe each isoform, and place the extracellular segments of each canonical protein on the genome.

    Parameters
    ----------
    proteins
        One source, or several merged by `preferred`.
    cds
        Coding exons as `gencode_gtf` gives them; None leaves all coordinates null.
    accession_to_gene
        Ensembl gene id without version (missing if none), indexed by accession; an accession may have several.

    Returns
    -------
    tuple
        `TOPOLOGY`, `TOPOLOGY_SEGMENTS` and `EXCLUDED`: accessions without a gene, isoforms of unknown sequence,
        proteins with an extracellular segment that could not be placed, copies of genes on chromosome Y.
    """
    lacking = removed(proteins)
    forms, excluded = _forms(proteins, lacking, accession_to_gene)
    table = pd.concat([forms, describe(proteins, forms)], axis=1)
    canonical = table[table["canonical"] & table["ecd_length"].gt(0)]
    outside = parts(proteins).query("kind == 'outside'").rename(columns={"number": "segment"}).drop(columns="kind")
    segments = canonical[["gene_id", "accession", "length", "source", "release"]].merge(outside, on="accession")
    blocks = _placed(segments, proteins.isoforms, cds)
    blocks = blocks.assign(**_carriers(blocks, table, lacking), **_covering(blocks, cds))
    out = [frame[tables.EXCLUDED.names].astype(str) for frame in (excluded, _unplaced(blocks), _copies(cds))]
    return (
        table[tables.TOPOLOGY.names].sort_values(list(tables.TOPOLOGY.key), ignore_index=True),
        blocks[tables.TOPOLOGY_SEGMENTS.names].sort_values(list(tables.TOPOLOGY_SEGMENTS.key), ignore_index=True),
        pd.concat(out).drop_duplicates(ignore_index=True),
    )


def _forms(proteins: Proteins, lacking: pd.DataFrame, genes: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return isoforms of known sequence with their gene and length, and the rest as `EXCLUDED`."""
    named = genes.dropna().rename("gene_id").rename_axis("accession").reset_index().drop_duplicates()
    forms = proteins.isoforms.rename(columns={"location": "said"}).merge(proteins.entries, on="accession")
    forms = forms.merge(named, on="accession", how="left")
    size = lacking.assign(
        gone=lacking["end"] - lacking["start"] + 1, vague=lacking["start"].isna() | lacking["end"].isna()
    )
    change = size.groupby("isoform")[["added", "gone", "vague"]].sum().reindex(forms["isoform"]).set_axis(forms.index)
    change = change.fillna(0).astype("Int64")
    reason = first_of(
        {
            "no gene of this accession": forms["gene_id"].isna(),
            "sequence of the isoform is not described": ~forms["sequence"].isin(["displayed", "described"]),
            "where the isoform differs is not described": change["vague"] > 0,
        },
        None,
    )
    known = forms.assign(
        canonical=forms["sequence"] == "displayed",
        length=forms["length"] + change["added"] - change["gone"],
        added=change["added"].astype(int),
        transcripts=forms["transcripts"].replace("", None),
    )
    out = forms.assign(entry=forms["isoform"].where(forms["gene_id"].notna(), forms["accession"]), reason=reason)
    lost = np.array([text is not None for text in reason], dtype=bool)
    return known[~lost].reset_index(drop=True), out.loc[lost, tables.EXCLUDED.names]


def _placed(segments: pd.DataFrame, isoforms: pd.DataFrame, cds: pd.DataFrame | None) -> pd.DataFrame:
    """Cut segments at the exons that encode them; those without coordinates stay whole and say why (`unplaced`)."""
    places = pd.DataFrame(columns=["row", *PLACE, *RESIDUES]).astype({"row": int})
    if cds is None:
        chosen = segments.assign(row=0, unplaced=NO_MODELS)
    else:
        exons = coding(cds[plain(cds["gene_id"]).isin(segments["gene_id"])])
        chosen = segments.merge(_transcripts(segments, isoforms, exons), on=["accession", "gene_id"])
        chosen["row"] = np.arange(len(chosen))
        sure = chosen.loc[chosen["unplaced"].isna(), ["row", "transcript_id", "start", "end"]]
        places = to_protein(to_genome(sure, exons), exons)[places.columns]
        chosen = chosen.drop(columns="transcript_id")
    found = chosen.rename(columns={"start": "segment_start", "end": "segment_end"}).merge(places, on="row", how="left")
    for residue in RESIDUES:
        found[residue] = found[residue].astype("Int64").fillna(found[residue.replace("residue", "segment")])
    found["block"] = found.groupby(["gene_id", "accession", "segment"]).cumcount() + 1
    return found


def _transcripts(segments: pd.DataFrame, isoforms: pd.DataFrame, exons: pd.DataFrame) -> pd.DataFrame:
    """Choose for each protein the transcript that encodes it, or say why there is none.

    Candidates are transcripts that UniProt links to the canonical isoform, and those that stand for the gene
    (MANE, Ensembl) unless UniProt links them to another isoform; linked ones first, then MANE, then by id.
    """
    wanted = segments[["accession", "gene_id", "length"]].drop_duplicates()
    about = {"gene_id": ("gene_id", "first"), "tags": ("tags", "first"), "sound": ("sound", "all")}
    known = exons.groupby("transcript_id").agg(**about, bases=("cds_end", "max")).reset_index()
    linked = isoforms.assign(transcript_id=isoforms["transcripts"].str.split(";")).explode("transcript_id")
    linked = linked[["accession", "transcript_id", "sequence"]].drop_duplicates(["accession", "transcript_id"])
    found = wanted.merge(known, on="gene_id").merge(linked, on=["accession", "transcript_id"], how="left")
    found = found.assign(
        second=found["sequence"] != "displayed",
        third=~found["tags"].str.contains("MANE_Select"),
        unplaced=first_of(
            {
                "the coding sequence is incomplete": found["tags"].str.contains("_NF"),
                "the frames of the exons contradict their lengths": ~found["sound"],
                "the length of the protein is not known": found["length"].isna(),
                "the coding sequence is not three times as long as the protein": found["bases"] != 3 * found["length"],
            },
            None,
        ),
    )
    speaks = found["sequence"].isna() & found["tags"].str.contains("MANE_Select|Ensembl_canonical")
    found = found[~found["second"] | speaks].assign(wrong=found["unplaced"].notna())
    best = found.sort_values(["wrong", "second", "third", "transcript_id"]).drop_duplicates(["accession", "gene_id"])
    chosen = wanted.merge(best[["accession", "gene_id", "transcript_id", "unplaced"]], how="left")
    none = chosen["transcript_id"].isna()
    return chosen.drop(columns="length").assign(unplaced=chosen["unplaced"].mask(none, "no transcript stands for it"))


def _carriers(blocks: pd.DataFrame, table: pd.DataFrame, lacking: pd.DataFrame) -> dict[str, pd.Series]:
    """Name the isoforms that hold all residues of a block: those that carry it outside, and those that are secreted."""
    pieces = blocks[["accession", "gene_id"]].assign(start=blocks["residue_start"], end=blocks["residue_end"])
    both = kept(pieces, table, lacking)
    form = table.iloc[both["form"]].set_axis(both.index)
    holds = (both["kept"] == both["full"]) & (both["gene_id"] == form["gene_id"])
    outside = form["anchor"].isin(["span", "GPI"]) & form["ecd_length"].notna()
    return {
        "isoforms": _joined(both["isoform"][holds & outside], both["piece"], blocks),
        "secreted_isoforms": _joined(
            both["isoform"][holds & (form["architecture"] == "secreted")], both["piece"], blocks
        ),
    }


def _covering(blocks: pd.DataFrame, cds: pd.DataFrame | None) -> dict[str, Any]:
    """Name the transcripts of the gene whose coding exons cover a block in the same reading frame."""
    if cds is None:
        return {"transcripts": None}
    exons = coding(cds[plain(cds["gene_id"]).isin(blocks["gene_id"])])
    placed = blocks[blocks["unplaced"].isna()]
    left, right = (f.assign(line=f["chromosome"].astype(str) + f["strand"].astype(str)) for f in (placed, exons))
    rows, others = overlaps(left, right)
    block, exon = left.iloc[rows].reset_index(), right.iloc[others].reset_index(drop=True)
    same = (block["gene_id"] == exon["gene_id"]) & (reading_frame(block) == reading_frame(exon))
    same &= (exon["start"] <= block["start"]) & (block["end"] <= exon["end"])
    return {"transcripts": _joined(exon["transcript_id"][same], block["index"], blocks)}


def _joined(names: pd.Series, rows: pd.Series, blocks: pd.DataFrame) -> pd.Series:
    """Join names by row of `blocks`, sorted, each once; missing where there is none."""
    joined = names.groupby(rows[names.index]).agg(lambda found: ";".join(sorted(set(found))))
    return joined.reindex(np.arange(len(blocks))).set_axis(blocks.index)


def _unplaced(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return proteins without coordinates as `EXCLUDED`, unless no gene models were given."""
    lost = blocks[blocks["unplaced"].notna() & (blocks["unplaced"] != NO_MODELS)]
    return lost.assign(entry=lost["accession"], reason="not placed on the genome: " + lost["unplaced"])


def _copies(cds: pd.DataFrame | None) -> pd.DataFrame:
    """Return copies of genes on chromosome Y as `EXCLUDED`."""
    if cds is None:
        return pd.DataFrame(columns=tables.EXCLUDED.names)
    copies = cds[cds["par_y"]].drop_duplicates("gene_id")
    reason = "copy of a gene in the pseudoautosomal region of chromosome Y"
    return copies.assign(entry=copies["gene_id"].astype(str), reason=reason)
