"""Which gene an entry of a source stands for, by its id, its name or its protein, and what became of the entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from targetfinder.names import CURRENT, KINDS, UNKNOWN, Index, Match, Names

#: Begin of the reason for a gene that cannot be keyed; the locus type follows.
NO_ID = "without an Ensembl id in HGNC: "

_Found = tuple[str | None, str, str | None]


def plain_id(text: str) -> str:
    """Return an Ensembl id in upper case without spaces, version and marks of Y copies (`_PAR_Y`, `ENSGR`)."""
    plain = text.strip().upper().partition(".")[0].removesuffix("_PAR_Y")
    return "ENSG0" + plain[5:] if plain.startswith("ENSGR") else plain


@dataclass(frozen=True)
class Identity:
    """Maps ids, names and UniProt accessions to gene ids.

    Parameters
    ----------
    moved
        Id that is not in use to (gene id, reason).
    names
        Every name of every gene.
    known
        The gene ids in use.
    apart
        Retired id that is in use here because its replacement is another gene, and the reason.
    symbols
        Current symbol of the gene space to the one gene that holds it.
    proteins
        UniProt accession to its gene id, or to its gene ids if there are several.
    unkeyed
        Symbol of HGNC that has no gene id to its locus type.
    """

    moved: dict[str, tuple[str, str]] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    known: frozenset[str] = frozenset()
    apart: dict[str, str] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)
    proteins: Index = field(default_factory=dict)
    unkeyed: dict[str, str] = field(default_factory=dict)

    def ids(self, ids: pd.Series) -> pd.Series:
        """Return gene ids (index of `ids`) for ids in any spelling; unknown ids stay, missing ones stay missing."""
        found = [self.moved[one][0] if one in self.moved else one for one in self._plain(ids)]
        return pd.Series(found, ids.index, dtype=object)

    def _plain(self, ids: pd.Series) -> list[Any]:
        values = ids.astype(object).tolist()
        return [plain_id(one) if one not in self.known and isinstance(one, str) else one for one in values]

    def of_hgnc(self, hgnc: pd.DataFrame) -> pd.Series:
        """Return gene ids for rows of HGNC: whoever holds the symbol today, or else by the id that HGNC gives."""
        holder = hgnc["symbol"].map(self.symbols)
        return holder.where(holder.notna(), self.ids(hgnc["gene_id"]))

    def accessions(self, accessions: pd.Series) -> pd.Series:
        """Return gene ids (index of `accessions`) for UniProt accessions, with or without isoform.

        Missing where HGNC does not list the accession, or lists it for several genes.
        """
        genes = [self._encodes(one) if isinstance(one, str) else None for one in accessions]
        return pd.Series([one if isinstance(one, str) else None for one in genes], accessions.index, dtype=object)

    def _encodes(self, accession: str) -> str | tuple[str, ...] | None:
        return self.proteins.get(accession.strip().upper().partition("-")[0])

    def resolve(self, ids: pd.Series, symbols: pd.Series) -> pd.Series:
        """Return gene ids: by the id, by the symbol where there is no id or nobody knows it; see `explain`."""
        return self.explain(ids, symbols)["gene_id"]

    def explain(self, ids: pd.Series, symbols: pd.Series) -> pd.DataFrame:
        """Return gene_id, outcome and reason for the entries of a source, in the index of `ids`.

        unchanged
            The id of a gene, or without an id its current symbol; the only outcome without a reason.
        renamed
            Another id or name of the gene.
        ambiguous
            The name or the accession (in the place of an id) stands for several genes, which the reason lists;
            gene_id is missing, or the id as given.
        kept apart
            The id is retired, but its replacement has another symbol; gene_id is the id as given.
        lost
            Nobody knows the id (gene_id is the id as given) or the name (gene_id is missing).
        """
        given = self._plain(ids)
        found = pd.DataFrame({"gene_id": given, "outcome": "unchanged", "reason": None}, ids.index, dtype=object)
        doubtful = np.array([one not in self.known or one in self.apart for one in given], dtype=bool)
        if doubtful.any():
            names = symbols[doubtful]
            rows = [
                self._explained(one if isinstance(one, str) else None, name, match or UNKNOWN)
                for one, name, match in zip(found["gene_id"][doubtful], names, self.names.find(names), strict=True)
            ]
            found[doubtful] = pd.DataFrame(rows, found.index[doubtful], found.columns, dtype=object)
        return found

    def _explained(self, one: str | None, name: Any, match: Match) -> _Found:
        """Return gene id, outcome and reason of an entry whose id is missing, moved, kept apart or unknown."""
        current = match.how == KINDS[CURRENT]
        if one is None:
            return self._named(name, match)
        if one in self.apart:
            return one, "kept apart", self.apart[one]
        if one in self.moved:
            gene, reason = self.moved[one]
            if current and match.gene not in (None, gene):
                return match.gene, "renamed", f"{reason}, but its symbol is not that of the replacement {gene}"
            return gene, "renamed", reason
        if match.gene:
            return match.gene, "renamed", f"unknown id, found by its {match.how}"
        if match.genes:
            return one, "ambiguous", f"unknown id, {_candidates(match)}"
        encoding = self._encodes(one)
        if isinstance(encoding, tuple):
            return one, "ambiguous", f"protein of several genes: {', '.join(encoding)}"
        return one, "lost", "unknown id"

    def _named(self, name: Any, match: Match) -> _Found:
        """Return gene id, outcome and reason of an entry that has only a name, if any."""
        if match.gene:
            unchanged = match.how == KINDS[CURRENT]
            return (match.gene, "unchanged", None) if unchanged else (match.gene, "renamed", match.how)
        if match.genes:
            return None, "ambiguous", _candidates(match)
        if not isinstance(name, str):
            return None, "lost", "neither id nor name"
        plain = name.strip()
        return None, "lost", NO_ID + self.unkeyed[plain] if plain in self.unkeyed else match.how


def _candidates(match: Match) -> str:
    return f"{match.how} of several genes: {', '.join(match.genes)}"
