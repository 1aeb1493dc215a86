"""`targetfinder.reference._topology`: extracellular residues of real proteins, and their way to the genome and back.

There is no export of UniProt and no GTF here. `FACTS` were typed by hand from UniProt (36 entries) and, where
marked, from table S3 of SURFY (doi:10.1073/pnas.1808790115); they are written in UniProt's export format, read by its
reader, and compared with lengths that were summed by hand. Where the published tables are at hand, the facts are
held against SURFY, Phobius, TMHMM and a table of UniProt features as well. The gene models are made up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.reference._architecture import kept, preferred, removed
from targetfinder.reference._coding import coding, to_genome, to_protein
from targetfinder.reference._intervals import overlaps
from targetfinder.reference._topology import topology
from targetfinder.sources.readers import read
from targetfinder.sources.readers._proteins import ENTRY, FEATURE, ISOFORM, Proteins
from targetfinder.sources.readers.uniprot import COLUMNS, FEATURES, LOCATION, PRODUCTS
from targetfinder.sources.registry import SourceTable

NAMES = {"s": "Signal peptide", "o": "Topological domain", "i": "Topological domain", "l": "Topological domain"}
NAMES |= {"x": "Topological domain", "t": "Transmembrane", "r": "Intramembrane", "g": "Lipidation"}
NOTES = {"o": "Extracellular", "i": "Cytoplasmic", "l": "Lumenal", "x": "Exoplasmic loop", "t": "Helical"}
NOTES |= {"s": "", "r": "", "g": "GPI-anchor amidated serine"}


@dataclass(frozen=True)
class Fact:
    """One protein: its parts (`s` signal, `o` out, `i` in, `t` span, `g` residue of the anchor), and what to expect."""

    accession: str
    gene: str
    length: int
    parts: str
    architecture: str
    passes: int
    ecd_length: int
    longest: int
    isoforms: tuple[tuple[str, str], ...] = ()  # name, `first-last:replacement` joined by blanks
    location: str = "SUBCELLULAR LOCATION: Cell membrane."
    transcripts: dict[str, str] = field(default_factory=dict)  # transcript: isoform id


def soluble(isoform: str) -> str:
    return f"SUBCELLULAR LOCATION: [Isoform 1]: Cell membrane.; SUBCELLULAR LOCATION: [Isoform {isoform}]: Secreted."


FACTS = [
    # one span, start outside, signal peptide
    Fact("P15391", "CD19", 556, "s1-19 o20-291 t292-313 i314-556", "type I", 1, 272, 272, (("2", "495-495:L>LA"),)),
    Fact("Q96RD9", "FCRL5", 977, "s1-15 o16-851 t852-872 i873-977", "type I", 1, 836, 836),
    Fact("Q9NQ25", "SLAMF7", 335, "s1-22 o23-226 t227-247 i248-335", "type I", 1, 204, 204),
    Fact("Q5ZPR3", "CD276", 534, "s1-28 o29-466 t467-487 i488-534", "type I", 1, 438, 438),
    Fact("P14209", "CD99", 185, "s1-22 o23-122 t123-147 i148-185", "type I", 1, 100, 100),
    Fact("P18827", "SDC1", 310, "s1-22 o23-251 t252-272 i273-310", "type I", 1, 229, 229),
    Fact("P04626", "ERBB2", 1255, "s1-22 o23-652 t653-675 i676-1255", "type I", 1, 630, 630),
    # the same with soluble isoforms
    Fact(
        *("Q9NPH3", "IL1RAP", 570, "s1-20 o21-367 t368-388 i389-570", "type I", 1, 347, 347),
        (("2", "351-356:VPAPRY>GNRCGQ 357-570"),),
        soluble("2"),
    ),
    Fact(
        *("P08887", "IL6R", 468, "s1-19 o20-365 t366-386 i387-468", "type I", 1, 346, 346),
        (("2", "356-365:VQDSSSVPLP>GSRRRGSCGL 366-468"),),
        soluble("2"),
    ),
    Fact(
        *("P17948", "FLT1", 1338, "s1-26 o27-758 t759-780 i781-1338", "type I", 1, 732, 732),
        (("2", f"657-687:{'A' * 31}>{'C' * 31} 688-1338"),),  # 31 residues of its own, here not spelled
        soluble("2"),
    ),
    Fact(
        *("P25942", "CD40", 277, "s1-20 o21-193 t194-215 i216-277", "type I", 1, 173, 173),
        (("II", f"166-203:{'S' * 38}>{'R' * 38} 204-277"),),
        soluble("II"),
    ),
    Fact(
        *("P16410", "CTLA4", 223, "s1-35 o36-161 t162-182 i183-223", "type I", 1, 126, 126),
        (("2", "38-204"), ("5", "153-174:DPEPCPDSDFLLWILAAVSSGL>AKEKKPSYNRGLCENAPNRARM 175-223")),
    ),
    # one span, start outside, no signal peptide
    Fact("Q02223", "TNFRSF17", 184, "o1-54 t55-77 i78-184", "type III", 1, 54, 54),
    Fact("O14836", "TNFRSF13B", 293, "o1-165 t166-186 i187-293", "type III", 1, 165, 165),
    # one span, start inside
    Fact("P28907", "CD38", 300, "i1-21 t22-42 o43-300", "type II", 1, 258, 258),
    Fact("P02786", "TFRC", 760, "i1-67 t68-88 o89-760", "type II", 1, 672, 672),
    Fact(
        "P32970",
        "CD70",
        193,
        "i1-17 t18-38 o39-193",
        "type II",
        1,
        155,
        155,
        (("2", f"151-193:{'C' * 43}>{'L' * 58}"),),
    ),
    Fact("Q00973", "B4GALNT1", 533, "i1-7 t8-25 l26-533", "type II", 1, 0, 0),  # in the Golgi
    # GPI
    Fact("P51654", "GPC3", 580, "s1-24 g554", "GPI", 0, 530, 530),
    Fact("O75487", "GPC4", 556, "s1-18 g529", "GPI", 0, 511, 511, (("2", "1-70"),)),
    Fact("P15328", "FOLR1", 257, "s1-24 g234", "GPI", 0, 210, 210),
    Fact("Q13421", "MSLN", 622, "s1-36 g598", "GPI", 0, 562, 562),
    Fact("P13987", "CD59", 128, "s1-25 g102", "GPI", 0, 77, 77),
    Fact("P21589", "NT5E", 574, "s1-26 g549", "GPI", 0, 523, 523),
    # several spans
    Fact(
        *("P11836", "MS4A1", 297, "i1-56 t57-78 o79-84 t85-105 i106-120 t121-141 o142-188 t189-209 i210-297"),
        *("multi-pass", 4, 53, 47),
        (("2", "38-204"),),
    ),
    Fact(
        *("P60033", "CD81", 236, "i1-12 t13-33 o34-63 t64-84 i85-89 t90-112 o113-201 t202-224 i225-236"),
        *("multi-pass", 4, 119, 89),
    ),
    Fact(
        *("Q08722", "CD47", 323),
        "s1-18 o19-141 t142-162 i163-176 t177-197 o198-207 t208-228 i229-235 t236-256 o257-268 t269-289 i290-323",
        *("multi-pass", 5, 145, 123),
        (("OA3-293", "293-323"), ("OA3-305", "304-305:KA>NN 306-323")),
    ),
    Fact(
        *("O15354", "GPR37", 613),
        "s1-26 o27-265 t266-286 i287-299 t300-320 o321-335 t336-356 i357-379 t380-400 o401-443 t444-464 i465-493 "
        "t494-514 o515-531 t532-552 i553-613",
        *("multi-pass", 7, 314, 239),
    ),
    Fact(  # SURFY
        *("Q9NZD1", "GPRC5D", 345),
        "o1-23 t24-47 i48-58 t59-82 o83-92 t93-113 i114-123 t124-149 o150-169 t170-192 i193-204 t205-225 o226-240 "
        "t241-260 i261-345",
        *("multi-pass", 7, 68, 23),
    ),
    Fact(  # SURFY
        *("Q8IZP9", "ADGRG2", 1017),
        "s1-37 o38-626 t627-653 i654-664 t665-687 o688-692 t693-714 i715-733 t734-756 o757-784 t785-812 i813-833 "
        "t834-854 o855-859 t860-882 i883-1017",
        *("multi-pass", 7, 627, 589),
    ),
    Fact(
        *("Q9UPY5", "SLC7A11", 501),
        "i1-43 t44-64 o65-74 t75-95 i96-101 r102-116 i117-130 t131-150 o151-163 t164-179 i180-193 t194-210 o211-234 "
        "t235-255 i256-265 t266-286 o287-317 t318-338 i339-364 t365-385 o386-387 t388-408 i409-422 t423-443 o444-449 "
        "t450-470 i471-501",
        *("multi-pass", 12, 86, 31),
    ),
    Fact(  # SURFY
        *("P11166", "SLC2A1", 492),
        "i1-11 t12-29 o30-63 t64-87 i88-95 t96-115 o116-120 t121-144 i145-154 t155-174 o175-185 t186-207 i208-271 "
        "t272-294 o295-306 t307-328 i329-335 t336-357 o358-362 t363-389 i390-401 t402-425 o426-430 t431-450 i451-492",
        *("multi-pass", 12, 72, 34),
    ),
    Fact(  # SURFY
        *("P08183", "ABCB1", 1280),
        "i1-48 t49-72 o73-114 t115-139 i140-189 t190-208 o209-213 t214-235 i236-292 t293-316 o317-327 t328-346 "
        "i347-707 t708-733 o734-753 t754-777 i778-832 t833-853 o854-858 t859-879 i880-936 t937-955 "
        "o956-973 t974-995 i996-1280",
        *("multi-pass", 12, 101, 42),
    ),
    # not in the membrane
    Fact("P05231", "IL6", 212, "s1-29", "secreted", 0, 0, 0, location="SUBCELLULAR LOCATION: Secreted."),
    Fact(
        "P11021", "HSPA5", 654, "s1-18", "none", 0, 0, 0, location="SUBCELLULAR LOCATION: Endoplasmic reticulum lumen."
    ),
    Fact("P04637", "TP53", 393, "", "none", 0, 0, 0, location="SUBCELLULAR LOCATION: Cytoplasm."),
]
BY_GENE = {fact.gene: fact for fact in FACTS}
SURFY_SPANS = {"GPRC5D", "ADGRG2", "SLC2A1", "ABCB1"}


def parts_of(fact: Fact, kind: str) -> list[tuple[int, int]]:
    found = re.findall(rf"\b{kind}(\d+)(?:-(\d+))?", fact.parts)
    return [(int(start), int(end or start)) for start, end in found]


def record(fact: Fact) -> dict[str, str]:
    """Write a fact as a line of the TSV that the UniProt website exports."""
    cells: dict[str, list[str]] = {name: [] for name in FEATURES}
    for kind, place in re.findall(r"\b([a-z])([\d-]+)", fact.parts):
        note = f'; /note="{NOTES[kind]}"' if NOTES[kind] else ""
        cells[NAMES[kind]].append(f'{FEATURES[NAMES[kind]]} {place.replace("-", "..")}{note}; /evidence="ECO:0000255"')
    products = [f"Name=1; IsoId={fact.accession}-1; Sequence=Displayed;"]
    for number, (name, changes) in enumerate(fact.isoforms, 2):
        ids = []
        for change in changes.split():
            place, _, new = change.partition(":")
            first, _, last = place.partition("-")
            ids.append(f"VSP_{number}{len(ids):05d}")
            note = f"{new.replace('>', ' -> ') or 'Missing'} (in isoform {name})"
            where = first if first == last else f"{first}..{last}"
            cells["Alternative sequence"].append(f'VAR_SEQ {where}; /note="{note}"; /id="{ids[-1]}"')
        products.append(f"Name={name}; IsoId={fact.accession}-{number}; Sequence={', '.join(ids)};")
    linked = "".join(f"{transcript}.1 [{isoform}];" for transcript, isoform in fact.transcripts.items())
    about = {
        "Entry": fact.accession,
        "Entry Name": f"{fact.gene}_HUMAN",
        "Gene Names (primary)": fact.gene,
        "Organism": "Homo sapiens (Human)",
        "Length": str(fact.length),
        LOCATION: fact.location,
        PRODUCTS: f"ALTERNATIVE PRODUCTS:  Event=Alternative splicing; {' '.join(products)}" if fact.isoforms else "",
        "Keywords": "",
        "Ensembl": linked,
    }
    return about | {name: "; ".join(texts) for name, texts in cells.items()}


def table(parser: str = "uniprot_tsv") -> SourceTable:
    about = {"id": parser, "source": "one", "release": "1", "citation": "nobody", "parser": parser}
    return SourceTable.model_validate({**about, "provides": "proteins"})


def uniprot(folder: Path, *facts: Fact) -> Proteins:
    """Write facts as an export and read it."""
    names = [*COLUMNS, "Glycosylation"]
    records = [record(fact) for fact in facts]
    lines = ["\t".join(names), *("\t".join(cells[name] for name in names) for cells in records)]
    path = folder / "uniprot.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = read(table(), path)
    assert isinstance(found, Proteins)
    return found


def gff(folder: Path, *facts: Fact) -> Proteins:
    """Write facts as the GFF that the website exports, and read it."""
    lines = ["##gff-version 3"]
    for fact in facts:
        lines.append(f"##sequence-region {fact.accession} 1 {fact.length}")
        for kind, place in re.findall(r"\b([a-z])([\d-]+)", fact.parts):
            start, _, end = place.partition("-")
            cells = [fact.accession, "UniProtKB", NAMES[kind], start, end or start, ".", ".", "."]
            lines.append("\t".join([*cells, f"Note={NOTES[kind]}" if NOTES[kind] else "evidence=ECO:0000255"]))
    path = folder / "uniprot.gff"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = read(table("uniprot_gff"), path)
    assert isinstance(found, Proteins)
    return found


def genes_of(*facts: Fact) -> pd.Series:
    return pd.Series({fact.accession: f"ENSG_{fact.gene}" for fact in facts})


class Found(NamedTuple):
    """The three tables that `topology` returns."""

    isoforms: pd.DataFrame
    segments: pd.DataFrame
    excluded: pd.DataFrame


def checked(proteins: Proteins, cds: pd.DataFrame | None, genes: pd.Series) -> Found:
    """Return the three tables after the check that writing them does, the first by isoform."""
    found = topology(proteins, cds, genes)
    schemas = (tables.TOPOLOGY, tables.TOPOLOGY_SEGMENTS, tables.EXCLUDED)
    one, two, three = (schema.check(frame) for schema, frame in zip(schemas, found, strict=True))
    return Found(one.set_index("isoform", drop=False), two, three)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Return the tables of all facts."""
    return checked(uniprot(tmp_path_factory.mktemp("facts"), *FACTS), None, genes_of(*FACTS))


def described(found: Found, isoform: str) -> tuple[Any, ...]:
    row = found.isoforms.loc[isoform].astype(object)
    return tuple(row[["architecture", "anchor", "ecd_length"]].where(row.notna(), None))


# ---------------------------------------------------------------- proteins


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.gene)
def test_a_protein_is_described_right_to_the_residue(found: Found, fact: Fact) -> None:
    mine = found.isoforms[found.isoforms["accession"] == fact.accession]
    row = mine[mine["canonical"]].iloc[0]
    columns = ["architecture", "passes", "ecd_length", "longest_segment", "length"]
    expected = [fact.architecture, fact.passes, fact.ecd_length, fact.longest, fact.length]
    assert row[columns].tolist() == expected
    assert row["anchor"] == ("span" if fact.passes else "GPI" if fact.architecture == "GPI" else "none")
    assert pd.isna(row["remark"])


def test_facts_are_of_all_architectures() -> None:
    kinds = {(fact.architecture, fact.passes) for fact in FACTS}
    assert {("type I", 1), ("type II", 1), ("type III", 1), ("GPI", 0), ("multi-pass", 4)} <= kinds
    assert {("multi-pass", 7), ("multi-pass", 12), ("secreted", 0)} <= kinds
    assert len(FACTS) == len({fact.accession for fact in FACTS}) == 36


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.gene)
def test_segments_have_the_residues_of_the_source(found: Found, fact: Fact) -> None:
    segments = found.segments[found.segments["accession"] == fact.accession]
    signal, omega = parts_of(fact, "s"), parts_of(fact, "g")
    expected = [(signal[0][1] + 1, omega[0][0])] if omega else parts_of(fact, "o")
    assert list(zip(segments["segment_start"], segments["segment_end"], strict=True)) == expected
    assert segments["segment"].tolist() == list(range(1, len(expected) + 1))
    assert segments["start"].isna().all()
    assert set(segments["unplaced"]) <= {"no gene models"}


def test_a_gff_gives_the_same_canonical_topology_as_a_tsv(tmp_path: Path, found: Found) -> None:
    facts = [
        fact for fact in FACTS if fact.gene != "HSPA5"
    ]  # a GFF has no location: a signal peptide alone is secreted
    other = checked(gff(tmp_path, *facts), None, genes_of(*facts)).isoforms.set_index("accession")
    columns = ["gene_id", "architecture", "anchor", "passes", "segments", "ecd_length", "longest_segment", "length"]
    canonical = found.isoforms[found.isoforms["canonical"]].set_index("accession").loc[other.index]
    pd.testing.assert_frame_equal(other[columns], canonical[columns])


@pytest.mark.parametrize(
    ("isoform", "expected", "length"),
    [
        ("P15391-2", ("type I", "span", 272), 557),  # L -> LA in the cytoplasm
        ("Q9NPH3-2", ("secreted", "none", 0), 356),
        ("P08887-2", ("secreted", "none", 0), 365),
        ("P17948-2", ("secreted", "none", 0), 687),
        ("P25942-2", ("secreted", "none", 0), 203),
        ("P16410-2", ("secreted", "none", 0), 56),
        ("P16410-3", ("unclear", "unclear", None), 174),  # 22 residues of its own, of which nobody says where they lie
        ("P32970-2", ("type II", "span", 112), 208),  # 39..150
        ("O75487-2", ("GPI", "GPI", None), 486),  # no signal peptide
        ("P11836-2", ("none", "none", 0), 130),  # five residues of the last span remain
        ("Q08722-2", ("multi-pass", "span", 145), 292),
        ("Q08722-3", ("multi-pass", "span", 145), 305),
    ],
)
def test_an_isoform_is_judged_by_what_it_lacks(
    found: Found, isoform: str, expected: tuple[Any, ...], length: int
) -> None:
    assert described(found, isoform) == expected
    assert found.isoforms.loc[isoform, "length"] == length
    assert pd.isna(found.isoforms.loc[isoform, "remark"]) == (expected[2] is not None)


def test_blocks_name_the_isoforms_that_carry_them_and_those_that_set_them_free(tmp_path: Path) -> None:
    facts = [BY_GENE[gene] for gene in ("IL6R", "CD19", "CD70")]
    blocks = checked(uniprot(tmp_path, *facts), None, genes_of(*facts)).segments.set_index("gene_id")
    assert blocks["isoforms"].to_dict() == {
        "ENSG_IL6R": "P08887-1",
        "ENSG_CD19": "P15391-1;P15391-2",
        "ENSG_CD70": "P32970-1",  # isoform 2 carries only the first part
    }
    assert (
        blocks["secreted_isoforms"].isna().all()
    )  # none holds the whole segment; blocks of exons tell them apart below


def odd(parts: str, changes: str = "", location: str = "", length: int = 200) -> Fact:
    """Return a made-up protein; isoform 2 has `changes`."""
    isoforms = (("2", changes),) if changes else ()
    return Fact(
        "P00001", "ODD", length, parts, "", 0, 0, 0, isoforms, location or "SUBCELLULAR LOCATION: Cell membrane."
    )


TYPE_I, LONG = "s1-20 o21-99 t100-120 i121-200", "s1-20 o21-199 t200-220 i221-300"
ANEW = f"200-300:{'A' * 101}>{'C' * 15}"
ISOFORM_2 = "SUBCELLULAR LOCATION: [Isoform 1]: Cell membrane.; SUBCELLULAR LOCATION: [Isoform 2]: "
#: A made-up protein, which isoform of it, its architecture, anchor and extracellular length, and part of the remark.
ODD: list[tuple[Fact, str, tuple[Any, ...], str]] = [
    (odd("t50-70"), "", ("single-pass", "span", None), "does not say which side"),
    (odd("t50-70 t90-110"), "", ("multi-pass", "span", None), "does not say which side"),
    (odd("i1-49 t50-70 x71-200"), "", ("type II", "span", None), "exoplasmic"),
    (odd("g180"), "", ("GPI", "GPI", None), "an end of an extracellular segment"),
    (odd("i1-9 t10-30 o31-60 t61-80 i81-200", "61-80"), "-2", ("single-pass", "span", None), "some of its spans"),
    (odd(TYPE_I, "1-5"), "-2", ("single-pass", "span", None), "signal peptide"),
    (odd(TYPE_I, "100-106"), "-2", ("secreted", "none", 0), ""),  # 14 residues of the span are left
    (odd(TYPE_I, "100-105"), "-2", ("type I", "span", 79), ""),
    (odd(TYPE_I, "30-39:AAAAAAAAAA>AACCAAAAAA"), "-2", ("type I", "span", 77), ""),
    (odd("i1-20 t21-41 o42-200", "21-41"), "-2", ("none", "none", 0), ""),  # nothing leads it out of the cell
    (odd("s1-20 g180", "190-200"), "-2", ("secreted", "none", 0), ""),
    (odd("s1-20 g180", "21-30"), "-2", ("GPI", "GPI", 150), ""),
    (odd(LONG, ANEW, f"{ISOFORM_2}Secreted.", 300), "-2", ("secreted", "none", 0), ""),
    (odd(LONG, ANEW, f"{ISOFORM_2}Cell membrane; Lipid-anchor, GPI-anchor.", 300), "-2", ("GPI", "GPI", 179), ""),
    (
        odd(LONG, ANEW, f"{ISOFORM_2}Membrane; Single-pass membrane protein.", 300),
        "-2",
        ("unclear", "unclear", None),
        "anchor",
    ),
    (odd(LONG, ANEW, "", 300), "-2", ("unclear", "unclear", None), "loses its anchor"),
    (odd(LONG, ANEW[:-1], "", 300), "-2", ("secreted", "none", 0), ""),  # 14 new residues
    (odd(LONG, "200-300", f"{ISOFORM_2}Membrane.", 300), "-2", ("unclear", "unclear", None), "loses its anchor"),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Return the tables of the made-up proteins, under accessions of their own."""
    facts = [replace(fact, accession=f"P{number:05d}") for number, (fact, *_) in enumerate(ODD)]
    return checked(uniprot(tmp_path_factory.mktemp("odd"), *facts), None, genes_of(*facts))


@pytest.mark.parametrize("number", range(len(ODD)))
def test_what_is_not_known_is_null_and_says_why(judged: Found, number: int) -> None:
    fact, suffix, expected, remark = ODD[number]
    isoform = f"P{number:05d}{suffix or ('-1' if fact.isoforms else '')}"
    assert described(judged, isoform) == expected
    said = judged.isoforms.loc[isoform, "remark"]
    assert remark in said if remark else pd.isna(said)


@given(edges=st.sets(st.integers(2, 149), min_size=2, max_size=10), data=st.data())
def test_an_isoform_keeps_exactly_the_residues_that_no_change_touches(edges: set[int], data: st.DataObject) -> None:
    """The oracle aligns the two sequences from both ends, letter by letter."""
    places = sorted(edges)
    changes, left, added = [], set(range(11, 141)), []
    for number, (first, last) in enumerate(zip(places[::2], places[1::2], strict=False)):
        old = data.draw(st.text("AC", min_size=last - first + 1, max_size=last - first + 1))
        new = data.draw(st.one_of(st.just(""), st.text("AC", min_size=1, max_size=9)))
        note = f"{old} -> {new} (in isoform 2)" if new else "Missing (in isoform 2)"
        changes.append(("P1", "Alternative sequence", first, last, note, None, f"VSP_{number}"))
        before, after = [*old], [*new]
        while new and before and after and before[0] == after[0]:
            before, after, first = before[1:], after[1:], first + 1
        while new and before and after and before[-1] == after[-1]:
            before, after, last = before[:-1], after[:-1], last - 1
        left -= set(range(first, last + 1))
        added.append(len(after))
    features = pd.DataFrame(changes, columns=FEATURE).astype({"start": "Int64", "end": "Int64"})
    form = ("P1", "P1-2", "2", "described", ";".join(features["id"]), "", None)
    proteins = Proteins(pd.DataFrame(columns=ENTRY), features, pd.DataFrame([form], columns=ISOFORM))
    lacking = removed(proteins)
    outside = pd.DataFrame({"accession": ["P1"], "start": [11], "end": [140]})
    found = kept(outside, proteins.isoforms, lacking)
    assert found[["full", "kept"]].to_numpy().tolist() == [[130, len(left)]]
    assert lacking["added"].tolist() == added


def test_accessions_without_a_gene_and_isoforms_without_a_sequence_are_listed(tmp_path: Path) -> None:
    facts = [BY_GENE["CD19"], BY_GENE["CD38"], BY_GENE["TP53"]]
    proteins = uniprot(tmp_path, *facts)
    extra = proteins.isoforms[proteins.isoforms["isoform"] == "P15391-2"]
    vague = [
        extra.assign(isoform="P15391-3", sequence="not described"),
        extra.assign(isoform="P15391-4", changes="VSP_9"),
    ]
    proteins = Proteins(proteins.entries, proteins.features, pd.concat([proteins.isoforms, *vague], ignore_index=True))
    genes = pd.Series({"P15391": "ENSG_CD19", "P28907": None})
    found, _, excluded = checked(proteins, None, genes)
    assert found["isoform"].tolist() == ["P15391-1", "P15391-2"]
    assert sorted(excluded[["entry", "reason"]].itertuples(index=False, name=None)) == [
        ("P04637", "no gene of this accession"),
        ("P15391-3", "sequence of the isoform is not described"),
        ("P15391-4", "where the isoform differs is not described"),
        ("P28907", "no gene of this accession"),
    ]


# ---------------------------------------------------------------- who says which side


def prediction(folder: Path, parser: str, *lines: str) -> Proteins:
    path = folder / parser
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = read(table(parser), path)
    assert isinstance(found, Proteins)
    return found


def test_uniprot_goes_before_phobius_and_phobius_before_tmhmm(tmp_path: Path) -> None:
    steap1 = "t73-91 t117-143 t164-184 t218-236 t257-278 t290-313"  # UniProt gives spans and no sides
    facts = [BY_GENE["TNFRSF17"], Fact("Q9UHE8", "STEAP1", 339, steap1, "", 0, 0, 0)]
    sources = [
        uniprot(tmp_path, *facts),
        prediction(
            *(tmp_path, "phobius", "Q02223 1 0 i54-77o", "P32970 1 0 i21-42o"),
            "Q9UHE8 6 0 i73-91o117-143i164-184o218-236i257-278o290-313i",
        ),
        prediction(
            *(
                tmp_path,
                "tmhmm",
                "Q02223\tlen=184\tPredHel=1\tTopology=i54-76o",
                "P32970\tlen=193\tPredHel=0\tTopology=o",
            ),
            "Q9UHE8\tlen=339\tPredHel=6\tTopology=o73-95i117-139o164-182i218-240o252-274i289-311o",
        ),
    ]
    genes = pd.Series({"Q02223": "ENSG_B", "Q9UHE8": "ENSG_S", "P32970": "ENSG_C"})
    found, segments, _ = checked(preferred(*sources), None, genes)
    columns = ["accession", "architecture", "passes", "ecd_length", "length", "source", "evidence"]
    assert list(found[columns].itertuples(index=False, name=None)) == [
        ("Q02223", "type III", 1, 54, 184, "uniprot_tsv", "annotation"),
        ("P32970", "type II", 1, 151, 193, "phobius", "prediction"),  # 43..193, the length said by TMHMM
        ("Q9UHE8", "multi-pass", 6, 25 + 33 + 11, 339, "phobius", "prediction"),
    ]
    loops = segments.loc[segments["accession"] == "Q9UHE8", ["segment_start", "segment_end"]]
    assert loops.to_numpy().tolist() == [[92, 116], [185, 217], [279, 289]]


def test_a_prediction_with_another_number_of_spans_or_another_length_gives_no_sides(tmp_path: Path) -> None:
    fact = odd("t50-70 t90-110")
    for parser, line in (
        ("phobius", "P00001 1 0 o50-70i"),
        ("tmhmm", "P00001\tlen=201\tPredHel=2\tTopology=i50-70o90-110i"),
    ):
        merged = preferred(uniprot(tmp_path, fact), prediction(tmp_path, parser, line))
        found = checked(merged, None, genes_of(fact)).isoforms.iloc[0]
        assert (found["architecture"], found["evidence"]) == ("multi-pass", "annotation")
        assert pd.isna(found["ecd_length"])


def test_a_prediction_without_any_length_leaves_the_open_end_unknown(tmp_path: Path) -> None:
    proteins = prediction(tmp_path, "phobius", "P32970 1 0 i21-42o", "P15391 1 Y n6-14c20/21o297-318i")
    found = checked(proteins, None, pd.Series({"P32970": "ENSG_C", "P15391": "ENSG_D"})).isoforms
    assert found["architecture"].to_dict() == {"P32970": "type II", "P15391": "type I"}
    assert pd.isna(found.loc["P32970", "ecd_length"])
    assert "an end" in str(found.loc["P32970", "remark"])
    assert found.loc["P15391", "ecd_length"] == 276


# ---------------------------------------------------------------- the genome


def exon(
    transcript: str, number: int, place: tuple[str, int, int, str, int], tags: str = "", gene: str = "ENSG_ODD.3"
) -> tuple[Any, ...]:
    chromosome, start, end, strand, phase = place
    par_y = gene.endswith("_PAR_Y")
    name = f"{transcript}.1_PAR_Y" if par_y else f"{transcript}.1"
    return gene, name, None, chromosome, strand, tags, start, end, phase, number, par_y, "models", "v1"


def models(*exons: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["gene_id", "transcript_id", "protein_id", "chromosome", "strand", "tags", "start", "end"]
    return pd.DataFrame(exons, columns=[*columns, "phase", "exon_number", "par_y", "source", "release"])


#: 20 residues, 60 bases in exons of 10, 25 and 25; residues 4 and 12 are split between exons.
FORWARD = [("chr1", 100, 110, "+", 0), ("chr1", 200, 225, "+", 2), ("chr1", 300, 325, "+", 1)]
REVERSE = [("chr2", 990, 1000, "-", 0), ("chr2", 875, 900, "-", 2), ("chr2", 775, 800, "-", 1)]
NOTHING = pd.DataFrame({"line": [], "start": [], "end": []})
SMALL = Fact("P00001", "ODD", 20, "s1-3 o4-12 t13-17 i18-20", "", 0, 0, 0, (("2", "8-20"),))
MANE = "Ensembl_canonical;MANE_Select"


def whole(transcript: str, places: list[tuple[str, int, int, str, int]], tags: str = MANE) -> list[tuple[Any, ...]]:
    return [exon(transcript, number, place, tags) for number, place in enumerate(places, 1)]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (FORWARD, [(1, 109, 110, 4, 4, 0), (2, 200, 225, 4, 12, 2), (3, 300, 301, 12, 12, 1)]),
        (REVERSE, [(1, 990, 991, 4, 4, 0), (2, 875, 900, 4, 12, 2), (3, 799, 800, 12, 12, 1)]),
    ],
    ids=["forward", "reverse"],
)
def test_a_segment_is_placed_as_worked_out_by_hand(
    tmp_path: Path, places: list[tuple[str, int, int, str, int]], expected: list[tuple[int, ...]]
) -> None:
    found = checked(uniprot(tmp_path, SMALL), models(*whole("ENST1", places)), genes_of(SMALL))
    columns = ["exon_number", "start", "end", "residue_start", "residue_end", "phase"]
    assert list(found.segments[columns].itertuples(index=False, name=None)) == expected
    assert found.segments["block"].tolist() == [1, 2, 3]
    assert set(found.segments["transcript_id"]) == {"ENST1"}
    assert set(found.segments["chromosome"]) == {places[0][0]}
    assert found.excluded.empty


def test_blocks_tell_the_isoforms_apart_that_carry_them_or_set_them_free(tmp_path: Path) -> None:
    found = checked(uniprot(tmp_path, SMALL), models(*whole("ENST1", FORWARD)), genes_of(SMALL))
    assert found.segments["isoforms"].tolist() == ["P00001-1"] * 3
    assert found.segments["secreted_isoforms"].astype(object).where(lambda s: s.notna(), None).tolist() == [
        "P00001-2",  # residue 4
        None,  # residues 4 to 12, of which isoform 2 ends with the seventh
        None,
    ]


@pytest.mark.parametrize(("places", "sign"), [(FORWARD, 1), (REVERSE, -1)], ids=["forward", "reverse"])
def test_transcripts_encode_a_block_only_in_its_frame_and_as_a_whole(
    tmp_path: Path, places: list[tuple[str, int, int, str, int]], sign: int
) -> None:
    chromosome, start, end, strand, phase = places[1]
    others = {
        "ENST2": (chromosome, start - 5, end + 5, strand, (phase + 5) % 3),  # longer, in frame
        "ENST3": (chromosome, start, end, strand, (phase + 1) % 3),  # another frame
        "ENST4": (chromosome, start + 1, end, strand, (phase - sign + 1) % 3),  # shorter
        "ENST5": (chromosome, start, end, "-" if strand == "+" else "+", phase),  # the other strand
    }
    exons = [exon(transcript, 1, place) for transcript, place in others.items()]
    exons.append(exon("ENST6", 1, places[1], gene="ENSG_OTHER"))
    found = checked(uniprot(tmp_path, SMALL), models(*whole("ENST1", places), *exons), genes_of(SMALL))
    assert found.segments["transcripts"].tolist() == ["ENST1", "ENST1;ENST2", "ENST1"]


def shifted(places: list[tuple[str, int, int, str, int]], bases: int) -> list[tuple[str, int, int, str, int]]:
    """Return exons of which the last is longer by some bases."""
    chromosome, start, end, strand, phase = places[-1]
    return [*places[:-1], (chromosome, start, end + bases, strand, phase)]


UNPLACED = [
    (whole("ENST1", shifted(FORWARD, 3)), "the coding sequence is not three times as long as the protein"),  # a stop
    (whole("ENST1", shifted(FORWARD, -1)), "the coding sequence is not three times as long as the protein"),
    (whole("ENST1", FORWARD, f"{MANE};cds_start_NF"), "the coding sequence is incomplete"),
    (whole("ENST1", FORWARD, f"{MANE};cds_end_NF"), "the coding sequence is incomplete"),
    (whole("ENST1", [*FORWARD[:2], ("chr1", 300, 325, "+", 0)]), "the frames of the exons contradict their lengths"),
    (whole("ENST1", [("chr1", 100, 160, "+", 1)]), "the frames of the exons contradict their lengths"),
    (whole("ENST1", FORWARD, ""), "no transcript stands for it"),
    (whole("ENST2", FORWARD, MANE), "no transcript stands for it"),  # UniProt links it to isoform 2
]


def test_what_cannot_be_placed_is_refused_with_its_reason_and_never_guessed(tmp_path: Path) -> None:
    facts, exons = [], []
    for number, (parts, _) in enumerate(UNPLACED):
        accession, gene = f"P{number:05d}", f"GENE{number}"
        facts.append(replace(SMALL, accession=accession, gene=gene, transcripts={f"ENST2{number}": f"{accession}-2"}))
        exons += [(f"ENSG_{gene}.1", f"{part[1].removesuffix('.1')}{number}.1", *part[2:]) for part in parts]
    found = checked(uniprot(tmp_path, *facts), models(*exons), genes_of(*facts))
    assert found.segments["unplaced"].tolist() == [reason for _, reason in UNPLACED]
    assert found.segments[["start", "end", "transcript_id", "exon_number", "transcripts"]].isna().all(axis=None)
    assert found.segments[["residue_start", "residue_end"]].to_numpy().tolist() == [[4, 12]] * len(UNPLACED)
    assert found.excluded[["source", "entry", "reason"]].to_numpy().tolist() == [
        ["uniprot_tsv", f"P{number:05d}", f"not placed on the genome: {reason}"]
        for number, (_, reason) in enumerate(UNPLACED)
    ]


def test_the_transcript_that_uniprot_links_goes_before_mane_and_both_before_one_that_does_not_fit(
    tmp_path: Path,
) -> None:
    fact = replace(SMALL, transcripts={"ENST9": "P00001-1", "ENST8": "P00001-1"})
    linked = whole("ENST9", [("chr1", 500, 560, "+", 0)], "")
    exons = [*whole("ENST1", FORWARD), *linked, *whole("ENST8", [("chr1", 700, 763, "+", 0)], "")]
    found = checked(uniprot(tmp_path, fact), models(*exons), genes_of(fact))
    assert found.segments[["transcript_id", "start", "end"]].to_numpy().tolist() == [["ENST9", 509, 536]]


def test_copies_on_chromosome_y_are_listed_and_never_used(tmp_path: Path) -> None:
    copy = [exon("ENST1", n, ("chrY", *place[1:]), MANE, "ENSG_ODD.3_PAR_Y") for n, place in enumerate(FORWARD, 1)]
    found = checked(uniprot(tmp_path, SMALL), models(*whole("ENST1", FORWARD), *copy), genes_of(SMALL))
    assert set(found.segments["chromosome"]) == {"chr1"}
    assert found.excluded[["source", "entry", "reason"]].to_numpy().tolist() == [
        ["models", "ENSG_ODD.3_PAR_Y", "copy of a gene in the pseudoautosomal region of chromosome Y"]
    ]


def test_a_gtf_as_gencode_writes_it_gives_the_same_place(tmp_path: Path) -> None:
    attributes = (
        'gene_id "ENSG00000000001.7"; transcript_id "ENST00000000001.2"; gene_type "protein_coding"; gene_name "ODD"; '
        'transcript_type "protein_coding"; exon_number {}; level 2; protein_id "ENSP00000000001.1"; '
        'tag "basic"; tag "Ensembl_canonical"; tag "MANE_Select";'
    )
    lines = [
        "\t".join([c, "HAVANA", "CDS", str(start + 1), str(end), ".", strand, str(phase), attributes.format(number)])
        for number, (c, start, end, strand, phase) in enumerate(REVERSE, 1)
    ]
    path = tmp_path / "models.gtf"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    cds = read(table("gencode_gtf"), path)
    found = checked(uniprot(tmp_path, SMALL), cds, pd.Series({"P00001": "ENSG00000000001"}))
    assert found.segments[["start", "end"]].to_numpy().tolist() == [[990, 991], [875, 900], [799, 800]]
    assert found.segments["transcripts"].tolist() == ["ENST00000000001"] * 3


@given(data=st.data())
def test_overlaps_are_all_pairs_that_share_a_position_of_one_line(data: st.DataObject) -> None:
    interval = st.tuples(st.sampled_from("abc"), st.integers(0, 30), st.integers(1, 9))
    frames = [
        pd.DataFrame([(line, start, start + size) for line, start, size in data.draw(st.lists(interval, max_size=8))])
        for _ in range(2)
    ]
    one, other = (frame.set_axis(["line", "start", "end"], axis=1) if len(frame) else NOTHING for frame in frames)
    expected = [
        (n, m)
        for n, left in enumerate(one.itertuples())
        for m, right in enumerate(other.itertuples())
        if left.line == right.line and left.start < right.end and right.start < left.end
    ]
    assert list(zip(*overlaps(one, other), strict=True)) == expected


@st.composite
def transcripts(draw: st.DrawFn) -> tuple[pd.DataFrame, list[int], int]:
    """Return the exons of one transcript, its coding bases in the order of translation, and its number of residues."""
    sizes = draw(st.lists(st.integers(1, 30), min_size=1, max_size=7))
    sizes[-1] += -sum(sizes) % 3
    gaps = draw(st.lists(st.integers(1, 50), min_size=len(sizes), max_size=len(sizes)))
    forward = draw(st.booleans())
    place, exons, bases, done = draw(st.integers(0, 1_000)), [], [], 0
    starts = []
    for size, gap in zip(sizes, gaps, strict=True):
        starts.append(place + gap)
        place += gap + size
    for number, (size, start) in enumerate(zip(sizes, starts, strict=True), 1):
        end = start + size if forward else 5_000 - start
        begin = start if forward else 5_000 - start - size
        strand, phase = ("+" if forward else "-"), -done % 3
        exons.append(exon("ENST1", number, ("chr1", begin, end, strand, phase)))
        bases += range(begin, end) if forward else reversed(range(begin, end))
        done += size
    return models(*draw(st.permutations(exons))), bases, len(bases) // 3


@given(made=transcripts(), data=st.data())
def test_residues_go_to_the_genome_and_back_on_both_strands(
    made: tuple[pd.DataFrame, list[int], int], data: st.DataObject
) -> None:
    cds, bases, residues = made
    exons = coding(cds)
    first = data.draw(st.integers(1, residues))
    last = data.draw(st.integers(first, residues))
    ranges = pd.DataFrame({"transcript_id": ["ENST1", "ENST2"], "start": first, "end": last, "name": ["a", "b"]})
    blocks = to_genome(ranges, exons)
    assert set(blocks["name"]) == {"a"}  # nothing is known of the exons of ENST2
    order = 1 if blocks["strand"].iloc[0] == "+" else -1
    placed = [list(range(s, e))[::order] for s, e in zip(blocks["start"], blocks["end"], strict=True)]
    expected = bases[3 * (first - 1) : 3 * last]
    assert list(chain(*placed)) == expected
    back = to_protein(blocks, exons)
    residue_of = {base: n // 3 + 1 for n, base in enumerate(bases)}
    codon_of = {base: n % 3 for n, base in enumerate(bases)}
    for block, row in zip(placed, back.itertuples(), strict=True):
        assert (row.residue_start, row.residue_end) == (residue_of[block[0]], residue_of[block[-1]])
        assert row.phase == -codon_of[block[0]] % 3
    assert (back["residue_start"].min(), back["residue_end"].max()) == (first, last)
    within = data.draw(st.integers(0, len(expected) - 1))
    one = pd.DataFrame({"transcript_id": ["ENST1"], "start": [expected[within]], "end": [expected[within] + 1]})
    assert to_protein(one, exons)[["residue_start", "residue_end"]].to_numpy().tolist() == [[first + within // 3] * 2]
    assert coding(cds)["sound"].all()


# ---------------------------------------------------------------- held against published tables

#: Where a published table says something else, and why it is not followed.
DISAGREE = {
    ("MSLN", "length"): "UniProt has since made a form of 622 residues canonical, 8 fewer than the one of 630",
    ("MSLN", "phobius length"): "the same",
    ("GPC3", "phobius spans"): "Phobius takes the signal for the anchor for a span",
    ("GPC4", "phobius spans"): "the same",
    ("FOLR1", "phobius spans"): "the same",
    ("NT5E", "phobius spans"): "the same",
    ("ADGRG2", "phobius spans"): "Phobius takes the signal peptide for a span",
    ("ADGRG2", "phobius side"): "the same",
    ("SLC7A11", "phobius spans"): "two halves of one loop that dips into the membrane are taken for spans",
    ("B4GALNT1", "phobius spans"): "Phobius misses the span",
    ("B4GALNT1", "phobius side"): "the same",
}


@pytest.fixture(scope="module")
def predictions(shared_data: Path) -> list[Proteins]:
    """Return the published predictions of Phobius and TMHMM."""
    return [read(table(p), shared_data / "surface" / f"cirfess_{p}_human.txt.gz") for p in ("phobius", "tmhmm")]


def differences(spans: list[tuple[int, int]], others: list[tuple[int, int]]) -> int:
    """Return by how many residues the ends of spans differ at most."""
    return max(
        (abs(a - b) for one, other in zip(spans, others, strict=True) for a, b in zip(one, other, strict=True)),
        default=0,
    )


def test_the_facts_agree_with_a_table_of_uniprot_features(shared_data: Path) -> None:
    path = shared_data / "surface" / "accessible_surfaceome_per_protein_features.tsv"
    published = pd.read_csv(path, sep="\t").drop_duplicates("uniprot_accession").set_index("uniprot_accession")
    said = published.dropna(subset=["up_length"])
    facts = [fact for fact in FACTS if fact.accession in said.index]
    assert len(facts) >= 30
    found = {
        (fact.gene, name)
        for fact in facts
        for name, column, value in (
            ("length", "up_length", fact.length),
            ("spans", "up_tm_count", len(parts_of(fact, "t"))),
            ("signal", "up_signal_count", len(parts_of(fact, "s"))),
            ("GPI", "topo_gpi_anchored", len(parts_of(fact, "g"))),
        )
        if said.loc[fact.accession, column] != value
    }
    assert found == {("MSLN", "length")}


def test_the_facts_agree_with_surfy_within_five_residues(shared_data: Path) -> None:
    published = pd.read_csv(shared_data / "surface" / "surfy_bausch-fluck2018_table_S3.tsv.gz", sep="\t")
    topologies = published.set_index("UniProt accession")["topology"]
    facts = [fact for fact in FACTS if fact.accession in topologies.index]
    assert len(facts) >= 28
    for fact in facts:
        topology = topologies[fact.accession]
        theirs = [(int(a), int(b)) for a, b in re.findall(r"TM:(\d+)-(\d+)", topology)]
        signal = [(int(a), int(b)) for a, b in re.findall(r"SP:(\d+)-(\d+)", topology)]
        spans = parts_of(fact, "t")
        assert len(theirs) == len(spans), fact.gene
        assert differences(spans, theirs) <= (0 if fact.gene in SURFY_SPANS else 5), fact.gene
        assert differences(parts_of(fact, "s"), signal) <= 4, fact.gene
        first = re.match(r"(?:SP:[\d-]+;)?(NC|CY)", topology)
        assert first
        assert (first[1] == "CY") == bool(re.match(r"i", fact.parts)), fact.gene


def test_the_facts_agree_with_phobius_but_for_the_stated_exceptions(predictions: list[Proteins]) -> None:
    lengths = predictions[1].entries.set_index("accession")["length"]
    features = predictions[0].features.sort_values("start").groupby("accession")
    disagree = set()
    for fact in FACTS:
        parts = features.get_group(fact.accession)
        theirs = (
            parts.loc[parts["type"] == "Transmembrane", ["start", "end"]].astype(int).itertuples(index=False, name=None)
        )
        spans, others = parts_of(fact, "t"), list(theirs)
        outside = parts.loc[parts["type"] == "Topological domain", "note"].iloc[0] == "Extracellular"
        disagree |= {(fact.gene, "phobius length")} if lengths[fact.accession] != fact.length else set()
        disagree |= {(fact.gene, "phobius spans")} if len(spans) != len(others) else set()
        disagree |= {(fact.gene, "phobius side")} if spans and outside == fact.parts.startswith("i") else set()
        assert len(spans) != len(others) or differences(spans, others) <= 8, fact.gene
    assert disagree == {key for key in DISAGREE if key[1].startswith("phobius")}


def test_all_topologies_of_surfy_come_back_to_the_residue_through_the_format_of_uniprot(
    shared_data: Path, tmp_path: Path
) -> None:
    published = pd.read_csv(shared_data / "surface" / "surfy_bausch-fluck2018_table_S3.tsv.gz", sep="\t")
    letters = {"SP": "s", "NC": "o", "TM": "t", "CY": "i", "IM": "r"}
    facts = [
        Fact(
            accession, "G", length, re.sub(r"(\w\w):([\d-]+);?", lambda m: f"{letters[m[1]]}{m[2]} ", text), "", 0, 0, 0
        )
        for accession, length, text in published[["UniProt accession", "length", "topology"]].itertuples(index=False)
    ]
    genes = pd.Series({fact.accession: f"ENSG_{fact.accession}" for fact in facts})
    found = checked(uniprot(tmp_path, *facts), None, genes).isoforms
    assert len(found) == len(facts) == 2886
    for fact in facts:
        row = found.loc[fact.accession]
        outside = [last - first + 1 for first, last in parts_of(fact, "o")]
        spans = len(parts_of(fact, "t"))
        assert row["passes"] == spans
        assert row["ecd_length"] == (sum(outside) if spans else 0)
        assert row["longest_segment"] == (max(outside, default=0) if spans else 0)
        assert row["segments"] == (len(outside) if spans else 0)


def test_phobius_with_the_lengths_of_tmhmm_describes_all_human_proteins(
    shared_data: Path, predictions: list[Proteins]
) -> None:
    proteins, folder = preferred(*predictions), shared_data / "surface"
    genes = pd.Series({accession: f"ENSG_{accession}" for accession in proteins.entries["accession"]})
    found, segments, excluded = checked(proteins, None, genes)
    assert (len(found), found["ecd_length"].isna().sum(), len(excluded)) == (20392, 0, 0)
    assert set(found["evidence"]) == {"prediction"}
    assert found.loc["Q02223", ["architecture", "ecd_length"]].tolist() == ["type III", 53]
    sums = (segments["segment_end"] - segments["segment_start"] + 1).groupby(segments["accession"]).sum()
    outside = found[found["ecd_length"] > 0].set_index("accession")["ecd_length"]
    assert sums.sort_index().tolist() == outside.sort_index().tolist()
    other = pd.read_csv(folder / "accessible_surfaceome_topology_features.tsv", sep="\t").drop_duplicates("gene_symbol")
    names = pd.read_csv(folder / "accessible_surfaceome_per_protein_features.tsv", sep="\t", usecols=[0, 2]).dropna()
    accession = names.drop_duplicates("gene_symbol").set_index("gene_symbol")["uniprot_accession"]
    deep = (
        other.assign(accession=other["gene_symbol"].map(accession)).drop_duplicates("accession").set_index("accession")
    )
    both = found.set_index("accession").join(deep, rsuffix="_deep", how="inner")
    alike = (both["passes"] == both["tm_helix_count"]) & (both["length"] == both["protein_length"])
    same = both[alike & (both["passes"] > 0)]
    assert len(same) > 1000
    assert (same["ecd_length"] - same["ecd_length_residues"]).abs().median() <= 10  # another predictor, DeepTMHMM
    assert same["ecd_length"].astype(float).corr(same["ecd_length_residues"], method="spearman") > 0.9
