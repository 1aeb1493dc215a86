"""`targetfinder.sources.readers.genome`: the coding exons of a GTF, as GENCODE and Ensembl write it.

There is no GTF here: the lines below are made up in its format.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import rows


def line(
    kind: str,
    place: str,
    strand: str,
    frame: str,
    exon: int,
    gene: str = "1",
    biotype: str = "protein_coding",
    tags: str = "",
) -> str:
    """Return a line as GENCODE writes it; `place` is `chr1:101-110`, as in the file counted from 1."""
    chromosome, positions = place.split(":")
    start, end = positions.split("-")
    about = (
        f'gene_id "ENSG0000000000{gene}.7"; transcript_id "ENST0000000000{gene}.2"; gene_type "protein_coding"; '
        f'gene_name "ONE"; transcript_type "{biotype}"; transcript_name "ONE-201"; exon_number {exon}; '
        f'exon_id "ENSE00000000001.1"; level 2; protein_id "ENSP0000000000{gene}.1"; transcript_support_level "1"; '
    )
    marks = "".join(f'tag "{tag}"; ' for tag in ["basic", *tags.split()])
    return "\t".join([chromosome, "HAVANA", kind, start, end, ".", strand, frame, f"{about}{marks}".rstrip()]) + "\n"


GOOD = (
    "##description: evidence-based annotation of the human genome (GRCh38)\n##format: gtf\n"
    + line("gene", "chr1:90-400", "+", ".", 1)
    + line("exon", "chr1:90-110", "+", ".", 1)
    + line("CDS", "chr1:101-110", "+", "0", 1, tags="Ensembl_canonical MANE_Select appris_principal_1 CCDS")
    + line("CDS", "chr1:201-225", "+", "2", 2, tags="Ensembl_canonical MANE_Select appris_principal_1 CCDS")
    + line("stop_codon", "chr1:226-228", "+", "0", 2)
    + line("CDS", "chr2:991-1000", "-", "0", 1, gene="2")
    + line("CDS", "chr2:876-900", "-", "2", 2, gene="2", tags="cds_end_NF mRNA_end_NF")
    + line("CDS", "chr3:1-9", "+", "0", 1, gene="3", biotype="nonsense_mediated_decay")
    + line("CDS", "chrY:11-19", "+", "0", 1, gene="4").replace(".7", ".7_PAR_Y").replace(".2", ".2_PAR_Y")
)
ENSEMBL = (
    '1\thavana\tCDS\t101\t110\t.\t+\t0\tgene_id "ENSG00000000001"; gene_version "7"; transcript_id "ENST00000000001"; '
    'transcript_version "2"; exon_number "1"; gene_biotype "protein_coding"; transcript_biotype "protein_coding"; '
    'protein_id "ENSP00000000001"; tag "basic"; tag "cds_start_NF";\n'
)


ABOUT = {"id": "models", "provides": "gene_models", "release": "v49"}


@pytest.fixture
def parse(parse: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """Return a function that reads a GTF."""
    return lambda data, name="a.gtf": parse("gencode_gtf", data, name, ABOUT)


def test_coding_exons_of_protein_coding_transcripts_come_0_based_and_half_open(parse: Any) -> None:
    found = parse(GOOD)
    assert rows(found[["gene_id", "chromosome", "start", "end", "strand", "phase", "exon_number"]]) == [
        ("ENSG00000000001.7", "chr1", 100, 110, "+", 0, 1),
        ("ENSG00000000001.7", "chr1", 200, 225, "+", 2, 2),
        ("ENSG00000000002.7", "chr2", 990, 1000, "-", 0, 1),
        ("ENSG00000000002.7", "chr2", 875, 900, "-", 2, 2),
        ("ENSG00000000004.7_PAR_Y", "chrY", 10, 19, "+", 0, 1),
    ]
    assert found["transcript_id"].tolist()[:3] == ["ENST00000000001.2", "ENST00000000001.2", "ENST00000000002.2"]
    assert found["protein_id"].iloc[0] == "ENSP00000000001.1"
    assert set(found["source"]) == {"models"}
    assert set(found["release"]) == {"v49"}


def test_tags_that_matter_are_kept_and_copies_on_chromosome_y_told_apart(parse: Any) -> None:
    found = parse(GOOD)
    principal = "Ensembl_canonical;MANE_Select;appris_principal_1"
    assert found["tags"].tolist() == [principal, principal, "", "cds_end_NF", ""]
    assert found["par_y"].tolist() == [False] * 4 + [True]


def test_the_older_spelling_of_copies_on_chromosome_y_is_known(parse: Any) -> None:
    found = parse(line("CDS", "chrY:11-19", "+", "0", 1).replace("ENSG0000000", "ENSGR000000"))
    assert found["par_y"].tolist() == [True]


def test_a_gtf_of_ensembl_reads_alike(parse: Any) -> None:
    found = parse(ENSEMBL)
    columns = ["gene_id", "transcript_id", "protein_id", "chromosome", "start", "end", "exon_number", "tags"]
    assert rows(found[columns]) == [
        ("ENSG00000000001", "ENST00000000001", "ENSP00000000001", "1", 100, 110, 1, "cds_start_NF")
    ]


def test_a_gz_and_windows_line_ends_change_nothing(parse: Any) -> None:
    plain = parse(GOOD)
    pd.testing.assert_frame_equal(plain, parse(gzip.compress(GOOD.encode()), name="a.gtf.gz"))
    pd.testing.assert_frame_equal(plain, parse(GOOD.replace("\n", "\r\n")))


def test_memory_grows_with_the_coding_lines_and_not_with_the_file(parse: Any) -> None:
    import tracemalloc

    data = (line("exon", "chr1:90-110", "+", ".", 1) * 40_000 + GOOD).encode()  # 13 MB
    parse(GOOD)
    packed = gzip.compress(data, 1)
    tracemalloc.start()
    found = parse(packed, name="b.gtf.gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 5
    assert peak < len(data) / 4


# ---------------------------------------------------------------- what is refused


def test_a_file_of_another_kind_is_refused(refusal: Any, foreign: bytes) -> None:
    assert ("line 1" if foreign.strip() else "no coding sequence") in refusal(foreign)


def test_a_truncated_gz_is_refused(refusal: Any, truncated: Any) -> None:
    refusal(truncated(GOOD.encode()), name="a.gtf.gz")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("\t", ",", "line 3 has 1 columns instead of 9"),
        ("chr1\tHAVANA\tCDS\t101", "chr1\tHAVANA\textra\tCDS\t101", "line 5 has 10 columns instead of 9"),
        ("\t201\t225\t", "\t2O1\t225\t", "not a coding exon in line 6"),
        ("\t201\t225\t", "\t225\t201\t", "impossible position, strand or frame in line 6"),
        ("\t201\t225\t", "\t-1\t225\t", "impossible position, strand or frame in line 6"),
        ("\t201\t225\t", "\t201\t99999999999\t", "impossible position, strand or frame in line 6"),
        ("225\t.\t+\t2", "225\t.\t.\t2", "impossible position, strand or frame in line 6"),
        ("225\t.\t+\t2", "225\t.\t+\t3", "impossible position, strand or frame in line 6"),
        ("225\t.\t+\t2", "225\t.\t+\t.", "not a coding exon in line 6"),
        ("ENSG", "ENSMUSG", "not a human Ensembl gene in line 5: 'ENSMUSG00000000001.7'"),
        ("exon_number 2", "exon_rank 2", "not a coding exon in line 6: 'exon_number'"),
        ("exon_number 2", "exon_number 1", "exon 1 of ENST00000000001.2 occurs twice or overlaps another"),
        ("\t201\t225\t", "\t110\t134\t", "exon 2 of ENST00000000001.2 occurs twice or overlaps another"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_by_its_number(refusal: Any, old: str, new: str, told: str) -> None:
    assert told in refusal(GOOD.replace(old, new))


def test_a_line_that_occurs_twice_is_refused(refusal: Any) -> None:
    assert "occurs twice" in refusal(GOOD + line("CDS", "chr2:991-1000", "-", "0", 1, gene="2"))


def test_a_gtf_without_protein_coding_transcripts_is_refused(refusal: Any) -> None:
    assert "no coding sequence" in refusal(GOOD.replace("protein_coding", "lncRNA"))


@given(data=st.data())
def test_a_file_with_a_garbled_passage_is_read_or_refused(survives: Any, data: st.DataObject) -> None:
    survives(data, GOOD.encode(), "gencode_gtf")
