"""What tools write, in the exact format, with numbers worked out by hand."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.cohort._matrix import Matrix
from targetfinder.cohort._tpm import to_tpm
from targetfinder.cohort.formats._gene_models import _union, exon_lengths, transcripts
from targetfinder.cohort.formats.quantifiers import (
    FORMATS,
    featurecounts,
    kallisto,
    rsem_genes,
    salmon_genes,
    salmon_merged,
    star_counts,
)
from targetfinder.errors import InputError

A, B, C = "ENSG00000000003", "ENSG00000000005", "ENSG00000000419"


def tabbed(text: str) -> str:
    """Make tabs of the spaces of some lines."""
    return "\n".join("\t".join(line.split()) for line in text.strip().splitlines()) + "\n"


MERGED = tabbed(f"""
gene_id gene_name P1 P2
{A} TSPAN6 100.5 0
{B} TNMD 300 NA
""")
MERGED_LENGTHS = tabbed(f"""
gene_id gene_name P1 P2
{A} TSPAN6 1005 2000
{B} TNMD 1000 500
""")
SALMON = tabbed(f"""
Name Length EffectiveLength TPM NumReads
{A}.15 2000 1800.5 750000 10.2
{B}.6 1000 800.5 250000 3
""")
RSEM = tabbed(f"""
gene_id transcript_id(s) length effective_length expected_count TPM FPKM
{A}.15 ENST00000373020.9,ENST00000494424.1 2000 1800.5 10.2 750000 30
{B}.6 ENST00000373031.5 1000 800.5 3 250000 10
""")
KALLISTO = tabbed("""
target_id length eff_length est_counts tpm
ENST00000373020.9|ENSG00000000003.15|OTT|OTT|TSPAN6-201|TSPAN6|3768|protein_coding| 3768 3600 10 400000
ENST00000494424.2 820 700 2 100000
ENST00000373031.5 1205 1100 3 300000
ENST99999999999.1 1205 1100 3 200000
""")
TX2GENE = tabbed(f"""
transcript_id gene_id gene_name
ENST00000373020.9 {A}.15 TSPAN6
ENST00000494424.1 {A}.15 TSPAN6
ENST00000373031.5 {B}.6 TNMD
""")
FEATURECOUNTS = '# Program:featureCounts v2.0.1; Command:"featureCounts" "-a" "genes.gtf"\n' + tabbed(f"""
Geneid Chr Start End Strand Length /x/P1.Aligned.sortedByCoord.out.bam star/P2.markdup.sorted.bam
{A}.15 chrX;chrX 100;900 300;1000 -;- 302 10 0
{B}.6 chrX 100 1099 + 1000 5 20
""")
STAR = tabbed(f"""
N_unmapped 10 10 10
N_multimapping 20 20 20
N_noFeature 5 60 7
N_ambiguous 6 1 2
{A}.15 100 3 97
{B}.6 50 1 49
{C}.14 0 0 0
""")


def feature(kind: str, chromosome: str, start: int, end: int, gene: str, transcript: str, name: str = "") -> str:
    attributes = f'gene_id "{gene}"; transcript_id "{transcript}";' + (f' gene_name "{name}";' if name else "")
    return f"{chromosome}\tHAVANA\t{kind}\t{start}\t{end}\t.\t+\t.\t{attributes}\n"


#: A: exons 1..100, 51..150 and 201..210 = 160 bases; B: 1..1000; C on X (100 bases) and on Y (50 bases).
GTF = "##provider: GENCODE\n" + "".join(
    [
        feature("gene", "chr1", 1, 210, f"{A}.15", ""),
        feature("transcript", "chr1", 1, 100, f"{A}.15", "ENST00000373020.9", "TSPAN6"),
        feature("exon", "chr1", 1, 100, f"{A}.15", "ENST00000373020.9"),
        feature("transcript", "chr1", 51, 210, f"{A}.15", "ENST00000494424.1", "TSPAN6"),
        feature("exon", "chr1", 201, 210, f"{A}.15", "ENST00000494424.1"),
        feature("exon", "chr1", 51, 150, f"{A}.15", "ENST00000494424.1"),
        feature("transcript", "chr2", 1, 1000, f"{B}.6", "ENST00000373031.5", "TNMD"),
        feature("exon", "chr2", 1, 1000, f"{B}.6", "ENST00000373031.5"),
        feature("exon", "chrX", 1, 100, f"{C}.14", "ENST00000371582.8"),
        feature("exon", "chrY", 1, 50, f"{C}.14_PAR_Y", "ENST00000371582.8_PAR_Y"),
    ]
)


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def gtf(tmp_path: Path) -> str:
    return str(written(tmp_path / "genes.gtf.gz", gzip.compress(GTF.encode())))


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("salmon.merged.gene_tpm.tsv", "TPM"),
        ("salmon.merged.gene_counts.tsv", "counts"),
        ("salmon.merged.gene_counts_length_scaled.tsv", "counts"),
        ("mine.tsv", None),
    ],
)
def test_a_merged_table_of_salmon_has_the_unit_of_its_name(name: str, unit: str | None, tmp_path: Path) -> None:
    found = salmon_merged(written(tmp_path / name, MERGED), {})
    np.testing.assert_array_equal(found.values, [[100.5, 0], [300, np.nan]])
    assert list(found.values.index) == [A, B]
    assert list(found.values.columns) == ["P1", "P2"]
    assert found.symbols is not None
    assert found.symbols.tolist() == ["TSPAN6", "TNMD"]
    assert (found.unit, found.lengths) == (unit, None)


def test_merged_counts_take_lengths_of_the_same_run_or_of_a_gtf(tmp_path: Path, gtf: str) -> None:
    path = written(tmp_path / "salmon.merged.gene_counts.tsv", MERGED)
    lengths = written(tmp_path / "salmon.merged.gene_lengths.tsv", MERGED_LENGTHS)
    found = salmon_merged(path, {"genes": str(lengths)})
    assert to_tpm(found.values[["P1"]], "counts", found.lengths)["P1"].tolist() == pytest.approx([250_000, 750_000])
    found = salmon_merged(path, {"genes": gtf})
    assert found.lengths is not None
    assert found.lengths["length"].tolist() == [160, 1000]


def test_one_sample_tables_of_salmon_and_rsem(tmp_path: Path) -> None:
    for found in (
        salmon_genes(written(tmp_path / "P1" / "quant.genes.sf", SALMON), {}),
        rsem_genes(written(tmp_path / "P1.genes.results", RSEM), {}),
        rsem_genes(written(tmp_path / "other.genes.results", RSEM), {"sample": "P1"}),
    ):
        assert found.values["P1"].to_dict() == {f"{A}.15": 750_000, f"{B}.6": 250_000}
        assert (found.unit, found.symbols) == ("TPM", None)


def test_ids_that_rsem_joined_with_symbols_are_taken_apart(tmp_path: Path) -> None:
    text = RSEM.replace(f"{A}.15", f"{A}.15_TSPAN6").replace(f"{B}.6", f"{B}.6_PAR_Y_HLA_X")
    found = rsem_genes(written(tmp_path / "P1.genes.results.gz", gzip.compress(text.encode())), {})
    assert list(found.values.index) == [f"{A}.15", f"{B}.6_PAR_Y"]
    assert list(found.values.columns) == ["P1"]
    assert found.symbols is not None
    assert found.symbols.tolist() == ["TSPAN6", "HLA_X"]


@pytest.mark.parametrize("models", [TX2GENE, TX2GENE.split("\n", 1)[1], TX2GENE.replace("\t", ","), GTF])
def test_kallisto_is_added_up_by_gene_and_unknown_transcripts_are_counted(models: str, tmp_path: Path) -> None:
    path = written(tmp_path / "P1" / "abundance.tsv", KALLISTO)
    found = kallisto(path, {"genes": str(written(tmp_path / "models", models))})
    assert found.values["P1"].to_dict() == {f"{A}.15": 500_000, f"{B}.6": 300_000}
    assert found.symbols is not None
    assert found.symbols.tolist() == ["TSPAN6", "TNMD"]
    assert found.unit == "TPM"
    assert found.left_out == {"transcript that the gene models do not name": 1}


def test_a_gene_of_kallisto_is_missing_if_a_transcript_is(tmp_path: Path) -> None:
    path = written(tmp_path / "abundance.tsv", KALLISTO.replace("100000", "nan"))
    found = kallisto(path, {"genes": str(written(tmp_path / "models", TX2GENE)), "sample": "P1"})
    np.testing.assert_array_equal(found.values["P1"], [np.nan, 300_000])


def test_featurecounts_gives_counts_and_the_lengths_it_counted_over(tmp_path: Path) -> None:
    found = featurecounts(written(tmp_path / "counts.txt", FEATURECOUNTS), {})
    assert list(found.values.columns) == ["P1", "P2"]
    np.testing.assert_array_equal(found.values, [[10, 0], [5, 20]])
    assert found.lengths is not None
    assert found.lengths["length"].tolist() == [302, 1000]
    assert found.unit == "counts"
    expected = 1e6 * (10 / 302) / (10 / 302 + 5 / 1000)
    assert to_tpm(found.values, "counts", found.lengths).iat[0, 0] == pytest.approx(expected)


def test_featurecounts_of_nf_core_and_bam_files_of_one_name(tmp_path: Path) -> None:
    text = FEATURECOUNTS.replace("Length\t", "Length\tgene_name\t").replace("302\t", "302\tTSPAN6\t")
    text = text.replace("\t1000\t5", "\t1000\tTNMD\t5").replace("star/P2.markdup.sorted", "y/P1.sorted")
    found = featurecounts(written(tmp_path / "counts.txt", text), {})
    assert list(found.values.columns) == ["/x/P1.Aligned.sortedByCoord.out.bam", "y/P1.sorted.bam"]
    assert found.symbols is not None
    assert found.symbols.tolist() == ["TSPAN6", "TNMD"]


@pytest.mark.parametrize(
    ("options", "counts", "note"),
    [
        ({}, [97, 49, 0], "strand reverse: 3% of stranded reads are forward"),
        ({"strand": "forward"}, [3, 1, 0], "strand forward, as the samplesheet says"),
        ({"strand": "unstranded"}, [100, 50, 0], "strand unstranded, as the samplesheet says"),
    ],
)
def test_star_counts_of_the_right_strand(options: dict[str, str], counts: list[int], note: str, tmp_path: Path) -> None:
    found = star_counts(written(tmp_path / "P1.ReadsPerGene.out.tab", STAR), options)
    assert found.values["P1"].tolist() == counts
    assert (found.unit, found.lengths, found.notes) == ("counts", None, (note,))
    assert found.left_out == {"row of reads that belong to no gene": 4}


def test_star_counts_take_lengths_from_a_gtf_as_union_of_exons(tmp_path: Path, gtf: str) -> None:
    found = star_counts(written(tmp_path / "P1_ReadsPerGene.out.tab", STAR), {"genes": gtf})
    assert found.lengths is not None
    assert found.lengths["length"].tolist() == [160, 1000, 100]
    assert to_tpm(found.values, "counts", found.lengths)["P1"].sum() == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("forward", "reverse", "strand"),
    [(97, 3, "forward"), (80, 20, "forward"), (3, 97, "reverse"), (50, 50, "unstranded"), (47, 53, "unstranded")],
)
def test_the_strand_is_recognised(forward: int, reverse: int, strand: str, tmp_path: Path) -> None:
    text = tabbed(f"N_unmapped 1 2 3\n{A} 100 {forward} {reverse}")
    assert star_counts(written(tmp_path / "P1ReadsPerGene.out.tab", text), {}).notes[0].startswith(f"strand {strand}:")


def merged(path: Path, options: dict[str, str]) -> Matrix:
    return salmon_merged(path.rename(path.with_name("salmon.merged.gene_counts_scaled.tsv")), options)


BAD: dict[str, tuple[Callable[..., Matrix], str | bytes, str]] = {
    "merged without gene_id": (salmon_merged, MERGED.replace("gene_id", "id"), "gene_id: missing column"),
    "merged with transcripts": (salmon_merged, MERGED.replace("ENSG", "ENST"), "are transcripts, not genes"),
    "merged, more columns": (salmon_merged, MERGED.replace("100.5", "ENST1"), "P1: 'ENST1' in line 2"),
    "scaled counts": (merged, MERGED, "counts made from TPM without lengths"),
    "salmon transcripts": (salmon_genes, SALMON.replace("ENSG", "ENST"), "are transcripts, not genes"),
    "salmon truncated": (salmon_genes, SALMON[:-25], "cells in line 3, where the header has 5"),
    "salmon empty": (salmon_genes, "", "is empty"),
    "salmon of a mouse": (salmon_genes, SALMON.replace("ENSG", "ENSMUSG"), "another species"),
    "salmon word": (salmon_genes, SALMON.replace("750000", "many"), "TPM: 'many' in line 2"),
    "salmon, other tool": (salmon_genes, RSEM, "Name: missing column"),
    "rsem, other tool": (rsem_genes, SALMON, "gene_id: missing column"),
    "rsem infinite": (rsem_genes, RSEM.replace("750000", "inf"), "TPM: 'inf' in line 2"),
    "rsem gene twice": (rsem_genes, RSEM.replace(f"{B}.6", f"{A}.15"), "occurs in line 2 and line 3"),
    "kallisto without models": (kallisto, KALLISTO, "genes: transcripts without genes"),
    "featurecounts header only": (featurecounts, FEATURECOUNTS[: FEATURECOUNTS.index(A)], "holds no"),
    "featurecounts, no lengths": (featurecounts, FEATURECOUNTS.replace("Length", "Size"), "Length: missing column"),
    "featurecounts without samples": (
        featurecounts,
        tabbed(f"Geneid Chr Start End Strand Length\n{A} 1 1 2 + 2"),
        "no column of a sample",
    ),
    "featurecounts, extra text": (
        featurecounts,
        FEATURECOUNTS.replace("\t302", "\t302\tx")
        .replace("Length", "Length\tnote")
        .replace("\t1000\t5", "\t1000\tx\t5"),
        "note: 'x' in line 3",
    ),
    "star header": (star_counts, SALMON, "5 columns in line 1 instead of 4"),
    "star cut": (star_counts, STAR + f"{A}\t1\n", "2 cells in line 8"),
    "star unclear": (star_counts, STAR.replace("100\t3\t97", "100\t35\t60"), "strand is not clear: 25%"),
    "star without reads": (star_counts, tabbed(f"N_unmapped 1 1 1\n{A} 0 0 0"), "no reads of genes"),
    "star web page": (star_counts, "<html><body>\n", "a web page"),
    "star truncated gzip": (star_counts, gzip.compress(STAR.encode())[:-9], "damaged or truncated"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_told(case: str, tmp_path: Path) -> None:
    reader, content, told = BAD[case]
    with pytest.raises(InputError) as error:
        reader(written(tmp_path / "file", content), {})
    assert told in str(error.value)
    assert error.value.file is not None
    assert error.value.remedy


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_refuses_keys_it_does_not_have(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown key 'strnd' in the mapping"):
        FORMATS[name](written(tmp_path / "file", MERGED), {"strnd": "forward"})


def test_a_strand_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no strand 'both'"):
        star_counts(written(tmp_path / "file", STAR), {"strand": "both"})


@pytest.mark.parametrize(
    ("models", "told"),
    [
        (TX2GENE + tabbed(f"ENST00000373031 {C} X"), "ENST00000373031 belongs to two genes"),
        (TX2GENE + "ENST00000000001\n", "no transcript and gene in line 5"),
        (TX2GENE.replace("ENST00000", "ENST00001"), "knows only 0 of 4 transcripts of abundance.tsv"),
        ("", "holds no transcripts"),
        (GTF.replace("transcript_id", "parent"), "no transcript_id in line 3"),
        (gzip.compress(GTF.encode())[:-15], "damaged or truncated"),
    ],
)
def test_gene_models_that_do_not_fit_kallisto_are_refused(models: str | bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        kallisto(written(tmp_path / "abundance.tsv", KALLISTO), {"genes": str(written(tmp_path / "models", models))})
    assert told in str(error.value)
    assert error.value.file == str(tmp_path / "models")


@pytest.mark.parametrize(
    ("models", "told"),
    [
        ("", "holds no exons"),
        (GTF.replace("\texon\t", "\tCDS\t"), "holds no exons"),
        (GTF.replace("gene_id", "parent"), "no gene_id in line 4"),
        (GTF.replace("chr1\tHAVANA\texon", "chr1 HAVANA exon", 1), "7 columns instead of 9 in line 4"),
        (GTF.replace("\t201\t210", "\tabc\t210"), "no position of an exon in line 6"),
        (GTF.replace("ENSG0", "ENSG9"), "knows only 0 of 3 genes"),
        ("<html>\n", "not a GTF"),
    ],
)
def test_gene_models_that_do_not_fit_counts_are_refused(models: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path / "P1.ReadsPerGene.out.tab", STAR)
    with pytest.raises(InputError) as error:
        star_counts(path, {"genes": str(written(tmp_path / "models", models))})
    assert told in str(error.value)


@pytest.mark.parametrize(("old", "new"), [("P2", "P3"), (A, C)])
def test_lengths_of_another_run_are_refused(old: str, new: str, tmp_path: Path) -> None:
    path = written(tmp_path / "salmon.merged.gene_counts.tsv", MERGED)
    lengths = written(tmp_path / "lengths.tsv", MERGED_LENGTHS.replace(old, new))
    with pytest.raises(InputError, match="genes or samples are not those of"):
        salmon_merged(path, {"genes": str(lengths)})


def test_the_pseudoautosomal_copy_does_not_double_the_length(gtf: str) -> None:
    assert exon_lengths(Path(gtf)).to_dict() == {A: 160, B: 1000, C: 100}


def test_transcripts_of_a_gtf(gtf: str) -> None:
    assert transcripts(Path(gtf))["gene"].to_dict() == {
        "ENST00000373020": f"{A}.15",
        "ENST00000494424": f"{A}.15",
        "ENST00000373031": f"{B}.6",
    }


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(1, 15)), min_size=1, max_size=30))
def test_the_union_of_exons_is_the_set_of_their_bases(exons: list[tuple[int, int, int]]) -> None:
    genes, starts, sizes = np.array(exons).T
    bases = [
        {base for g, start, size in exons if g == gene for base in range(start, start + size)} for gene in range(3)
    ]
    found = np.zeros(3)
    counted = _union(genes, starts, starts + sizes)
    found[: len(counted)] = counted
    assert found.tolist() == [len(one) for one in bases]


def test_no_sample_is_named_by_the_tool(tmp_path: Path) -> None:
    names = ["P1.genes.results", "P1_ReadsPerGene.out.tab", "P1.ReadsPerGene.out.tab.gz", "P1/quant.genes.sf"]
    readers = [rsem_genes, star_counts, star_counts, salmon_genes]
    texts = [RSEM, STAR, STAR, SALMON]
    for name, reader, text in zip(names, readers, texts, strict=True):
        assert list(reader(written(tmp_path / name, text), {}).values.columns) == ["P1"]
