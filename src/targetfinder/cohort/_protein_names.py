"""Which gene a protein, a group of proteins or an antibody stands for, and why an entry stands for none.

A group of proteins whose peptides do not tell them apart stands for a gene if all its members do; a group of several
genes stands for none, since nobody can say whose abundance was measured. An accession is looked up without isoform;
where it is unknown, as those of TrEMBL are, the symbols that the file gives to the group count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from targetfinder.antibodies import gene_of_antibody
from targetfinder.cohort._matrix import Matrix
from targetfinder.errors import InputError
from targetfinder.identity import Identity, plain_id

AMBIGUOUS, UNKNOWN = "ambiguous group: {}", "no gene of this protein or name"
NO_SYMBOL = "the name of the antibody is no current symbol"
NOT_LISTED = "the table of genes does not list the antibody"
NOT_CODING, WEAKER = "not protein-coding", "another entry of the gene has more values"
PANELS = ("panel", "ihc")
#: Fewer entries than this share lead to a gene in a table of another species or of other names.
MIN_KNOWN = 0.5


def owners(matrix: Matrix, identity: Identity, form: str, options: Mapping[str, str]) -> pd.DataFrame:
    """Return entry, gene_id (missing if there is none) and reason (why) for each entry of a matrix, in its order.

    An antibody without a table of genes goes by its name (`gene_of_antibody`). With a table, only those count that it
    lists.

    Parameters
    ----------
    form
        Format in the samplesheet.
    options
        Mapping of the samplesheet.

    Raises
    ------
    InputError
        If fewer than half of the entries (none of a panel) lead to a gene, or most do as symbols of mouse or rat.
    """
    symbols = matrix.symbols if matrix.symbols is not None else pd.Series(None, range(len(matrix.values)), dtype=object)
    pairs = zip(matrix.values.index.astype(str), symbols, strict=True)
    if form in PANELS and "genes" not in options:
        gene_of = gene_of_antibody(identity)
        genes = [gene_of(symbol if isinstance(symbol, str) else entry) for entry, symbol in pairs]
        rows = [(gene, None if gene else NO_SYMBOL) for gene in genes]
    elif form in PANELS:
        rows = [_group(named, None, identity) if isinstance(named, str) else (None, NOT_LISTED) for _, named in pairs]
    else:
        rows = [_group(entry, symbol, identity) for entry, symbol in pairs]
    found = pd.DataFrame(rows, columns=["gene_id", "reason"], dtype=object)
    found.insert(0, "entry", matrix.values.index.astype(str))
    _check(found, symbols, identity, form)
    return found


def _group(entry: str, symbol: object, identity: Identity) -> tuple[str | None, str | None]:
    members = [_member(one.strip(), identity) for one in entry.split(";") if one.strip()]
    genes = {gene for found in members for gene in found}
    if not all(members):
        names = symbol if isinstance(symbol, str) and symbol.strip() else entry
        genes |= {gene for name in names.split(";") for gene in identity.names.match(name).genes}
    if len(genes) == 1:
        return genes.pop(), None
    return None, AMBIGUOUS.format(", ".join(sorted(genes))) if genes else UNKNOWN


def _member(one: str, identity: Identity) -> tuple[str, ...]:
    """Return the genes of an accession or of an Ensembl id; none if nobody knows it."""
    gene = identity.proteins.get(one.upper().partition("-")[0])
    if gene is None:
        plain = plain_id(one)
        gene = plain if plain in identity.known else identity.moved.get(plain, (None,))[0]
    return gene if isinstance(gene, tuple) else (gene,) if gene else ()


def _check(found: pd.DataFrame, symbols: pd.Series, identity: Identity, form: str) -> None:
    known = found["gene_id"].notna() | found["reason"].str.startswith(AMBIGUOUS[:9], na=False)
    remedy = "give UniProt accessions or symbols of human genes"
    if form in PANELS:
        remedy = "name the gene of each antibody in a table, column genes of the samplesheet"
    if not known.any() or (form not in PANELS and known.mean() < MIN_KNOWN):
        problem = f"{int(known.sum())} of {len(found)} entries stand for a gene, not for instance {_example(found)}"
        raise InputError(problem, field="entries", remedy=remedy)
    rodent = sum(1 for _ in _respelt(found, symbols, identity))
    if form not in PANELS and rodent > len(found) / 2:
        raise InputError("most symbols are spelled as those of mouse or rat", field="entries", remedy=remedy)


def _example(found: pd.DataFrame) -> str:
    return f"'{found.loc[found['gene_id'].isna(), 'entry'].iloc[0][:40]}'"


def _respelt(found: pd.DataFrame, symbols: pd.Series, identity: Identity) -> Iterator[str]:
    """Yield the symbols that only another case makes those of a gene, of entries whose accession nobody knows."""
    for entry, symbol in zip(found["entry"], symbols, strict=True):
        name = symbol if isinstance(symbol, str) else entry
        if not _member(entry.split(";")[0], identity) and identity.names.match(name).how.startswith("other case"):
            yield name
