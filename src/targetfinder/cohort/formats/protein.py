"""Protein groups as the search engines write them: MaxQuant, DIA-NN and FragPipe."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PureWindowsPath

import numpy as np
import pandas as pd

from targetfinder.cohort._matrix import Matrix, unfit
from targetfinder.cohort.formats._entries import WITHOUT_ID, known_options, sample_names
from targetfinder.cohort.formats._intensities import LINEAR, intensities
from targetfinder.cohort.formats._text import Text, open_text

DECOY, CONTAMINANT = "decoy", "contaminant"
BY_SITE = "only identified by a modified site"
OTHER_SPECIES, SHARED_SPECIES = "protein of another species", "protein shared with another species"
#: How search engines mark decoys, and what FASTA files of contaminants are marked with.
PREFIXES = {DECOY: re.compile(r"(REV__|rev_|DECOY_)"), CONTAMINANT: re.compile(r"(CON__|contam_|Cont_|cRAP)")}
FASTA_HEADER = re.compile(r"^(?:\w*_)?(?:sp|tr)\|([A-Z0-9-]+)\|")
#: Entry name of UniProt, alone or in a FASTA header: ALBU_HUMAN.
SPECIES = re.compile(r"(?:^|[|;])[A-Z0-9]+_([A-Z0-9]{3,5})(?=$|[;\s])")
#: What MaxQuant writes before the name of a sample, and the columns that mark a group with `+`.
QUANTITIES = {"LFQ": "LFQ intensity ", "Intensity": "Intensity ", "iBAQ": "iBAQ "}
MARKS = {
    "Reverse": DECOY,
    "Potential contaminant": CONTAMINANT,
    "Contaminant": CONTAMINANT,
    "Only identified by site": BY_SITE,
}
#: Columns that only tables of labelled samples have: their values are relative or missing plex by plex.
LABELLED = ("Reporter intensity", "Ratio H/L")
#: What DIA-NN writes beside the runs, in any version.
ABOUT_DIANN = re.compile(r"Protein\.|Genes$|First\.Protein|N\.|Proteotypic|Global\.|Precursor\.|Stripped\.|Modified\.")
RUN_FILE = re.compile(r"(\.(raw|mzml|d|wiff2?|dia|htrms|zip|gz))+$", re.IGNORECASE)


def maxquant(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read proteinGroups.txt: `LFQ intensity <sample>`, or `Intensity <sample>` where it has none.

    Entries are the majority proteins of a group. Decoys, contaminants and groups that only a modified site identifies
    are left out and counted, as are proteins of another species where the table says so.

    Parameters
    ----------
    options
        `quantity`: LFQ, Intensity or iBAQ.

    Raises
    ------
    InputError
        If the file is damaged, no such table, of labelled samples, or not linear.
    """
    table, quantity = _opened(path, options, "Majority protein IDs", list(QUANTITIES))
    labelled = [name for name in table.names if name.startswith(LABELLED)]
    if labelled:
        remedy = "give intensities of proteins × samples as format protein_matrix, ratios as format panel"
        raise unfit(path, "a table of labelled samples", remedy, labelled[0])
    prefixes = [QUANTITIES[name] for name in ([quantity] if quantity else ["LFQ", "Intensity"])]
    samples = _first([_after(table, prefix, "peptides") for prefix in prefixes], path, prefixes[-1] + "<sample>")
    names, marked = _known(table, "Gene names", "Fasta headers"), _known(table, *MARKS)
    texts, values = table.read(["Majority protein IDs", *names, *marked], list(samples.values()))
    reasons = pd.Series(None, texts.index, dtype=object)
    for name in marked:
        reasons = reasons.mask(reasons.isna() & (texts[name] == "+"), MARKS[name])
    entries = texts["Majority protein IDs"]
    species = texts.get("Fasta headers", entries)
    return _matrix(table, entries, texts.get("Gene names"), species, values, list(samples), reasons)


def diann(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read report.pg_matrix.tsv; a sample is named as its run without folder and ending.

    Entries are the proteins of `Protein.Group`; a cell is empty where the group was not quantified.

    Raises
    ------
    InputError
        If the file is damaged, no such table, or not linear.
    """
    table, _ = _opened(path, options, "Protein.Group", ())
    runs = {name: name for name in table.names if not ABOUT_DIANN.match(name)}
    names = _known(table, "Genes", "Protein.Names")
    texts, values = table.read(["Protein.Group", *names], list(_first([runs], path, "<run>")))
    samples = [RUN_FILE.sub("", PureWindowsPath(run).name) for run in runs]  # folders by / or \
    species = texts.get("Protein.Names", texts["Protein.Group"])
    return _matrix(table, texts["Protein.Group"], texts.get("Genes"), species, values, samples)


def fragpipe(path: Path, options: Mapping[str, str]) -> Matrix:
    """Read combined_protein.tsv: `<sample> MaxLFQ Intensity`, or `<sample> Intensity` where it has none.

    Entries are the protein and those that no peptide tells from it.

    Parameters
    ----------
    options
        `quantity`: MaxLFQ or Intensity.

    Raises
    ------
    InputError
        If the file is damaged, no such table, or not linear.
    """
    table, quantity = _opened(path, options, "Protein ID", ("MaxLFQ", "Intensity"))
    found = {
        "MaxLFQ": _before(table, " MaxLFQ Intensity"),
        "Intensity": _before(table, " Intensity", " MaxLFQ Intensity", " Unique Intensity", " Total Intensity"),
    }
    samples = _first([found[name] for name in ([quantity] if quantity else found)], path, "<sample> Intensity")
    names = _known(table, "Protein", "Entry Name", "Gene", "Indistinguishable Proteins")
    texts, values = table.read(["Protein ID", *names], list(samples.values()))
    prefixed = texts.get("Protein", texts["Protein ID"]).str.extract(r"^(rev_|contam_)", expand=False).fillna("")
    entries = prefixed + texts["Protein ID"]
    others = texts.get("Indistinguishable Proteins", pd.Series(None, texts.index, dtype=object))
    joined = entries.where(others.isna(), entries + ";" + others.fillna("").str.replace(", ", ";"))
    species = texts["Entry Name"] if "Entry Name" in names else joined
    return _matrix(table, joined, texts.get("Gene"), species, values, list(samples))


def _opened(path: Path, options: Mapping[str, str], entries: str, quantities: Sequence[str]) -> tuple[Text, str | None]:
    """Return the table and the quantity that the samplesheet asks for."""
    known_options(path, options, *(["quantity"] if quantities else []), "unit", "enriched", "level")
    unit, quantity = options.get("unit", LINEAR), options.get("quantity")
    if unit != LINEAR:
        raise unfit(path, f"{unit} is claimed, but this format holds linear intensities", f"claim {LINEAR}", "unit")
    if quantity and quantity not in quantities:
        raise unfit(path, f"unknown quantity '{quantity}'", f"say one of {', '.join(quantities)}", "mapping")
    table = open_text(path)
    if entries not in table.names:
        told = ", ".join(table.names[:6])
        raise unfit(path, "missing column", f"check the format; the first columns are {told}", entries)
    return table, quantity


def _after(table: Text, prefix: str, *but: str) -> dict[str, str]:
    """Return sample to column, for the columns that begin with `prefix`."""
    found = {name.removeprefix(prefix): name for name in table.names if name.startswith(prefix)}
    return {sample: name for sample, name in found.items() if sample not in but}


def _before(table: Text, suffix: str, *but: str) -> dict[str, str]:
    """Return sample to column, for the columns that end with `suffix` but with none of `but`."""
    ending = [name for name in table.names if name.endswith(suffix) and not name.endswith(but)]
    return {name.removesuffix(suffix): name for name in ending}


def _first(found: Sequence[dict[str, str]], path: Path, wanted: str) -> dict[str, str]:
    """Return the first that has columns."""
    for samples in found:
        if samples:
            return samples
    raise unfit(path, "no column of intensities", "write the table with quantification of every sample", wanted)


def _known(table: Text, *names: str) -> list[str]:
    return [name for name in names if name in table.names]


def _matrix(
    table: Text,
    entries: pd.Series,
    symbols: pd.Series | None,
    species: pd.Series,
    values: np.ndarray,
    samples: Sequence[str],
    reasons: pd.Series | None = None,
) -> Matrix:
    """Return what is left after decoys, contaminants and other species, which are counted.

    Parameters
    ----------
    species
        Text with the UniProt entry names (`ALBU_HUMAN`) of each group, if the table has them.
    reasons
        Why a row is left out, as its columns say; missing where they do not.
    """
    reasons = pd.Series(None, entries.index, dtype=object) if reasons is None else reasons
    for reason, prefix in PREFIXES.items():
        marked = [isinstance(one, str) and any(map(prefix.match, one.split(";"))) for one in entries]
        reasons = reasons.mask(reasons.isna() & np.array(marked, dtype=bool), reason)
    reasons = reasons.mask(reasons.isna() & entries.isna(), WITHOUT_ID)
    reasons = reasons.where(reasons.notna(), _other_species(table.path, species[reasons.isna()]))
    kept = reasons.isna().to_numpy()
    if not kept.any():
        raise unfit(table.path, "holds no protein of the sample", "give the whole table of protein groups")
    rows = np.flatnonzero(kept)
    found = intensities(table.path, values[rows], lambda row: table.line(int(rows[row])), LINEAR)
    return Matrix(
        values=pd.DataFrame(
            found, pd.Index(entries[kept].map(_accessions), name="entry"), sample_names(table.path, samples)
        ),
        symbols=None if symbols is None else symbols[kept].reset_index(drop=True),
        unit=LINEAR,
        left_out={str(reason): int(count) for reason, count in reasons.value_counts().items()},
    )


def _accessions(entry: str) -> str:
    """Return the accessions of a group joined by `;`, of `sp|P04439|HLAA_HUMAN` only P04439."""
    parts = [one.strip() for one in entry.split(";")]
    return ";".join(header[1] if (header := FASTA_HEADER.match(one)) else one for one in parts if one)


def _other_species(path: Path, names: pd.Series) -> pd.Series:
    """Return why a group is no human one; missing where it is, or where nothing says.

    Raises
    ------
    InputError
        If most groups that say so are of another species.
    """
    found = names.fillna("").map(lambda text: set(SPECIES.findall(text)))
    known = found[found.map(len) > 0]
    other = known[known.map(lambda species: "HUMAN" not in species)]
    if len(other) > len(known) / 2:
        told = f"{len(other)} of {len(known)} protein groups are not human, as {sorted(other.iloc[0])[0]}"
        raise unfit(path, told, "search the spectra against the human proteome")
    mixed = known[known.map(len) > 1].index.difference(other.index)
    reasons = pd.Series(None, names.index, dtype=object)
    reasons[other.index], reasons[mixed] = OTHER_SPECIES, SHARED_SPECIES
    return reasons


FORMATS = {"maxquant": maxquant, "diann": diann, "fragpipe": fragpipe}
