"""UniProt entries and predictions for the same proteins: which residues lie where, and what each isoform lacks.

Positions are residues of the canonical sequence, counted from 1, both ends included, as UniProt gives them.
`<5` and `>90` say that a feature goes on beyond a fragment, so that 5 and 90 are exact within it; `?` and
`?17` are not known and become missing. Exports of UniProt and of Phobius and TMHMM give the same frames.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import unquote

from targetfinder.errors import InputError
from targetfinder.sources.readers._common import bad, delimited, line_of
from targetfinder.sources.readers._lines import rectangular
from targetfinder.sources.readers._proteins import Proteins, proteins
from targetfinder.sources.registry import SourceTable

#: Types of features that are kept, as the columns of a TSV and the GFF name them, and their codes inside a TSV.
FEATURES = {
    "Topological domain": "TOPO_DOM",
    "Transmembrane": "TRANSMEM",
    "Intramembrane": "INTRAMEM",
    "Signal peptide": "SIGNAL",
    "Lipidation": "LIPID",
    "Alternative sequence": "VAR_SEQ",
    "Glycosylation": "CARBOHYD",
}
LOCATION, PRODUCTS = "Subcellular location [CC]", "Alternative products (isoforms)"
COLUMNS = ["Entry", "Entry Name", "Gene Names (primary)", "Organism", "Length", *list(FEATURES)[:-1]]
COLUMNS += [LOCATION, PRODUCTS, "Keywords", "Ensembl"]

_ACCESSION = re.compile(r"[OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z\d]{2}\d){1,2}")
_POSITION = re.compile(r"[<>]?(\d{1,6})|\?\d*")
_QUALIFIER = r'/(\w+)="((?:[^"]|"")*)"'
_FEATURE = re.compile(
    rf"[\s;]*([A-Z_]+) (?:([\w-]+):)?([<>?\d]+)(?:\.\.([<>?\d]+))?((?:;?\s*{_QUALIFIER})*)(?=\s*(?:;|$))"
)
_PRODUCT = re.compile(r"Name=([^;{]+?)\s*(?:\{[^}]*\})?;(?:(?!Name=).)*?IsoId=([^;]+);\s*Sequence=([^;]+)")
_NAME = re.compile(r"isoform (.+?)(?=, isoform | and isoform |\)|\.\s|\.?$)", re.IGNORECASE)
_PREDICTION = re.compile(r"(?:n(\d+)-(\d+)c(\d+)/(\d+))?([io])((?:\d{1,6}-\d{1,6}[io])*)")


def uniprot_tsv(handle: IO[bytes], table: SourceTable) -> Proteins:
    """Read the TSV that the UniProt website exports, with the columns of `COLUMNS` (glycosylation if there).

    Raises
    ------
    InputError
        If an entry is not human, occurs twice, or a feature cannot be read or does not fit the length.
    """
    rectangular(handle, table, "\t")
    frame = delimited(handle, table, COLUMNS, sep="\t", dtype=str, quoting=csv.QUOTE_NONE)
    human = frame["Organism"].fillna("").str.startswith("Homo sapiens") & frame["Entry Name"].str.endswith("_HUMAN")
    for problem, wrong, column in (
        ("not a human protein", ~human.fillna(False).astype(bool), "Organism"),
        ("not a UniProt accession", ~frame["Entry"].fillna("").str.fullmatch(_ACCESSION), "Entry"),
        ("not a length", ~frame["Length"].fillna("").str.fullmatch(r"[1-9]\d{0,5}"), "Length"),
    ):
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise bad(table, f"{problem}: '{frame[column].iloc[row]}' in {line_of(row)}", column)
    records: list[Any] = frame.astype(object).mask(frame.isna(), None).to_dict("records")
    entries = [(r["Entry"], r["Gene Names (primary)"], int(r["Length"]), r[LOCATION], r["Keywords"]) for r in records]
    features = [
        (found[0] or record["Entry"], kind, *found[1:])
        for row, record in enumerate(records)
        for kind in FEATURES
        for found in _features(record.get(kind), kind, bad(table, f"not features, in {line_of(row)}", kind))
    ]
    return proteins(entries, features, [i for r in records for i in _isoforms(r)], table)


def _features(cell: str | None, kind: str, wrong: InputError) -> Iterator[tuple[Any, ...]]:
    """Yield isoform (None for the canonical sequence), start, end, note, evidence and id of each feature of a cell."""
    rest = (cell or "").strip(" ;")
    while rest:
        found = _FEATURE.match(rest)
        if not found or found[1] != FEATURES[kind]:
            raise wrong
        qualifiers = dict(re.findall(_QUALIFIER, found[5]))
        start, end = (_position(text, wrong) for text in (found[3], found[4] or found[3]))
        yield found[2], start, end, *(qualifiers.get(name) for name in ("note", "evidence", "id"))
        rest = rest[found.end() :].strip(" ;")


def _position(text: str, wrong: InputError) -> int | None:
    found = _POSITION.fullmatch(text)
    if not found:
        raise wrong
    return int(found[1]) if found[1] else None


def _isoforms(record: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the isoforms of one line of a TSV; an entry without alternative products has one, named as itself."""
    linked: dict[str, list[str]] = {}
    for part in re.split(r"(?=ENST\d)", record["Ensembl"] or ""):
        if transcript := re.match(r"ENST\d+", part):
            isoform = re.search(r"\[([\w-]+)\]", part)
            linked.setdefault(isoform[1] if isoform else record["Entry"], []).append(transcript[0])
    rows = []
    for name, ids, sequence in _PRODUCT.findall(record[PRODUCTS] or ""):
        isoform, state = ids.split(",")[0].strip(), sequence.strip().lower()
        state = state if state in ("displayed", "external", "not described") else "described"
        said = re.search(rf"\[Isoform {re.escape(name)}\]:(.*?)(?=SUBCELLULAR LOCATION:|$)", record[LOCATION] or "")
        changes, transcripts = ";".join(re.findall(r"VSP_\d+", sequence)), ";".join(linked.get(isoform, []))
        rows.append((record["Entry"], isoform, name, state, changes, transcripts, said[1].strip() if said else None))
    alone = [*linked.get(record["Entry"], []), *linked.get(f"{record['Entry']}-1", [])]
    return rows or [(record["Entry"], record["Entry"], None, "displayed", "", ";".join(alone), None)]


def uniprot_gff(handle: IO[bytes], table: SourceTable) -> Proteins:
    """Read the GFF3 that the UniProt website exports.

    It names no gene, species, location or transcript, and isoforms only where a feature mentions them: they are
    called `<accession> isoform <name>`. Lengths come from the `##sequence-region` lines.

    Raises
    ------
    InputError
        If a line is not GFF3 of UniProt, or an entry has no length or occurs twice.
    """
    entries, features = [], []
    for number, line in _lines(handle, table):
        wrong = bad(table, f"not GFF3 of UniProt, in line {number}")
        if line.startswith("##sequence-region"):
            if not (region := re.fullmatch(r"##sequence-region (\S+) 1 (\d+)", line.rstrip())):
                raise wrong
            entries.append((region[1], None, int(region[2]), None, None))
        elif line.strip() and not line.startswith("#"):
            cells = line.split("\t")
            if len(cells) < 9 or not _ACCESSION.fullmatch(cells[0]):
                raise wrong
            if cells[2] in FEATURES:
                start, end = (_position("?" if text == "." else text, wrong) for text in cells[3:5])
                said = {k: unquote(v) for k, _, v in (part.partition("=") for part in cells[8].split(";"))}
                features.append(
                    (cells[0], cells[2], start, end, said.get("Note"), said.get("evidence"), said.get("ID"))
                )
    changes: dict[tuple[str, str], list[str]] = {}
    for accession, kind, *_, note, _, change in features:
        for name in _NAME.findall(note or "") if kind == "Alternative sequence" else []:
            changes.setdefault((accession, name), []).append(str(change))
    isoforms: list[tuple[Any, ...]] = [(entry[0], entry[0], None, "displayed", "", "", None) for entry in entries]
    isoforms += [(a, f"{a} isoform {n}", n, "described", ";".join(c), "", None) for (a, n), c in changes.items()]
    return proteins(entries, features, isoforms, table)


def phobius(handle: IO[bytes], table: SourceTable) -> Proteins:
    """Read the short format of Phobius: id, number of spans, signal peptide, and `n8-19c24/25o54-77i`.

    It states no length: the end of the last part is missing. `o` (not cytoplasmic) is given as Extracellular.
    """
    rows = []
    for number, line in _lines(handle, table):
        cells = line.split()
        if cells and cells[0] != "SEQENCE":  # so spelled in the header of Phobius
            rows.append((number, cells[0], None, cells[3] if len(cells) == 4 else "", cells[1] if cells[1:] else ""))
    return _predictions(rows, "Phobius", table)


def tmhmm(handle: IO[bytes], table: SourceTable) -> Proteins:
    """Read the short format of TMHMM: id, `len=184`, …, `PredHel=1`, `Topology=o54-76i`."""
    rows = []
    for number, line in _lines(handle, table):
        if cells := line.split():
            said = dict(cell.split("=", 1) for cell in cells[1:] if "=" in cell)
            length = int(said["len"]) if re.fullmatch(r"\d{1,6}", said.get("len", "")) else None
            rows.append((number, cells[0], length, said.get("Topology", ""), said.get("PredHel", "")))
    return _predictions(rows, "TMHMM", table)


def _predictions(rows: list[tuple[Any, ...]], program: str, table: SourceTable) -> Proteins:
    """Turn number of line, id, length, topology and number of spans of each protein into frames."""
    entries, features, isoforms = [], [], []
    for number, name, length, topology, spans in rows:
        accession = name.split("|")[1] if name.count("|") == 2 else name
        found = _PREDICTION.fullmatch(topology)
        if not found or str(len(re.findall(r"\d+-\d+", found[6]))) != spans or not _ACCESSION.fullmatch(accession):
            raise bad(table, f"not the short format of {program}, in line {number}")
        if "|" in name and not name.endswith("_HUMAN"):
            raise bad(table, f"not a human protein: '{name}' in line {number}")
        entries.append((accession, None, length, None, None))
        isoforms.append((accession, accession, None, "displayed", "", "", None))
        features += [(accession, *part, program, None) for part in _parts(found, length)]
    return proteins(entries, features, isoforms, table, evidence="prediction")


def _parts(found: re.Match[str], length: int | None) -> Iterator[tuple[str, int, int | None, str | None]]:
    """Yield type, start, end and note of the parts that a topology string names."""
    start, side = 1, found[5]
    if found[3]:
        yield "Signal peptide", 1, int(found[3]), None
        start = int(found[4])
    for first, last, other in re.findall(r"(\d+)-(\d+)([io])", found[6]):
        if int(first) > start:
            yield "Topological domain", start, int(first) - 1, _SIDES[side]
        yield "Transmembrane", int(first), int(last), "Helical"
        start, side = int(last) + 1, other
    if length is None or start <= length:
        yield "Topological domain", start, length, _SIDES[side]


_SIDES = {"o": "Extracellular", "i": "Cytoplasmic"}


def _lines(handle: IO[bytes], table: SourceTable) -> Iterator[tuple[int, str]]:
    try:
        for number, line in enumerate(handle, 1):
            yield number, line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise bad(table, f"not text: {error}") from error
