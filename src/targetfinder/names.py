"""Names of genes: which gene a name stands for, in a stated order of trust, and never by a guess.

A name is looked up as it is spelled, among current symbols first, then previous symbols, settled names,
aliases and synonyms: the first kind that knows it decides. If it stands for two or more genes there, it is
ambiguous. What nobody spells that way is looked up as a date (spreadsheets make 2-Sep of SEPT2), then in
another case, then by its `squeezed` spelling, which must lead to one gene whatever the kind of name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import pandas as pd

#: Kinds of names, the most trusted first. A settled name is one of several genes that the registry gives to one.
KINDS = ("current symbol", "previous symbol", "settled name", "alias", "synonym")
CURRENT, PREVIOUS, SETTLED, ALIAS, SYNONYM = range(len(KINDS))

_GREEK = {"ALPHA": "A", "BETA": "B", "GAMMA": "G", "DELTA": "D", "EPSILON": "E", "KAPPA": "K", "LAMBDA": "L"}
_SIGNS = str.maketrans(dict(zip("αβγδεκλ", _GREEK.values(), strict=True)) | dict.fromkeys(" -_./'()‐‑–—"))
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
#: Symbols that spreadsheets read as a month, besides the months themselves.
_STEMS = {"MAR": ("MARCH", "MARC"), "SEP": ("SEPT",)}
_DATES = (
    re.compile(r"(?P<day>\d{1,2})[-/ ](?P<month>[A-Za-z]{3,4})(?:[-/ ]\d{2,4})?"),
    re.compile(r"(?P<month>[A-Za-z]{3,4})[-/ ](?P<day>\d{1,2})"),
    re.compile(r"\d{4}-(?P<month>\d\d)-(?P<day>\d\d)(?:[ T]00:00:00)?"),
)
#: Days since 1899-12-30, from 1982 to 2064.
_SERIAL = re.compile(r"[3-5]\d{4}")
#: Above this share of whole numbers a column holds numbers, not names that a spreadsheet spoilt.
_MOST_NUMBERS = 0.01
_SEPARATOR = re.compile(r"\s*(?:/{2,3}|[;,|])\s*")


class Match(NamedTuple):
    """The genes a name may stand for (one if it is unique, none if nobody knows it) and how it was read."""

    genes: tuple[str, ...] = ()
    how: str = "no gene of this name"

    @property
    def gene(self) -> str | None:
        """The gene id if there is exactly one."""
        return self.genes[0] if len(self.genes) == 1 else None


UNKNOWN = Match()
#: Name to its gene, or to its genes if there are several.
Index = dict[str, str | tuple[str, ...]]


def index(pairs: Iterable[tuple[str, str | tuple[str, ...]]]) -> Index:
    """Return for each name of (name, gene ids) pairs the gene, or all genes in order."""
    found: Index = {}
    for name, genes in pairs:
        first = found.setdefault(name, genes)
        if first != genes:
            found[name] = tuple(sorted({*_several(first), *_several(genes)}))
    return found


def _several(genes: str | tuple[str, ...]) -> tuple[str, ...]:
    return (genes,) if isinstance(genes, str) else genes


def unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return name to gene for the names that stand for exactly one."""
    return {name: gene for name, gene in index(pairs).items() if isinstance(gene, str)}


class Names:
    """Every name of every gene.

    Parameters
    ----------
    pairs
        (name, gene id) pairs of each kind, by its position in `KINDS`; in any order, with repeats.
    """

    def __init__(self, pairs: Mapping[int, Iterable[tuple[str, str]]] | None = None) -> None:
        self._exact = [index((pairs or {}).get(kind, ())) for kind in range(len(KINDS))]

    def find(self, names: pd.Series) -> pd.Series:
        """Return a `Match` for each name, in the index of `names`; missing names stay missing.

        A whole number is read as a spoilt date only where fewer than one name in a hundred is a number.
        """
        distinct = [str(name) for name in names.dropna().unique()]
        serials = sum(name.strip().isdigit() for name in distinct) < _MOST_NUMBERS * len(distinct)
        found = {name: self.match(name, serials=serials) for name in distinct}
        return pd.Series([found.get(name) for name in names.astype(object)], index=names.index, dtype=object)

    def match(self, name: str, *, serials: bool = False) -> Match:
        """Return what one name stands for; `serials` also reads a number as a day of a spreadsheet."""
        plain = name.strip()
        return (
            _best(self._exact, [plain])
            or self._of_list(plain)
            or _best(self._exact, dated(plain, serials=serials), "date made of a ")
            or _best(self._any_case, [plain.upper()], "other case of a ")
            or _best([self._any_spelling], [squeezed(plain)], "other spelling of a name")
            or UNKNOWN
        )

    @cached_property
    def _any_case(self) -> list[Index]:
        return [_respelt(kind, str.upper) for kind in self._exact]

    @cached_property
    def _any_spelling(self) -> Index:
        """All names, each with the genes that its most trusted kind gives it."""
        best: Index = {}
        for kind in reversed(self._exact):
            best |= kind
        return _respelt(best, squeezed)

    def _of_list(self, text: str) -> Match | None:
        parts = [part for part in _SEPARATOR.split(text) if part]
        if len(parts) < 2:
            return None
        genes = {gene for part in parts for gene in self.match(part).genes}
        return Match(tuple(sorted(genes)), "list of names") if genes else None


def _respelt(names: Index, spell: Callable[[str], str]) -> Index:
    """Return an index of the same genes by another spelling; all names are spelt at once, a tenth of the time."""
    spellings = spell("\0".join(names)).split("\0") if names else []
    return index(zip(spellings, names.values(), strict=True))


def _best(indexes: Sequence[Index], spellings: list[str], how: str = "") -> Match | None:
    """Return the genes that the first index to know any of the spellings gives them."""
    for kind, names in enumerate(indexes):
        found = {gene for spelling in spellings for gene in _several(names.get(spelling) or ())}
        if found:
            return Match(tuple(sorted(found)), how + KINDS[kind] if len(indexes) > 1 else how)
    return None


def squeezed(name: str) -> str:
    """Return a name without case, signs, spaces and Greek: `IL-13Rα2` and `IL13R alpha 2` become `IL13RA2`."""
    text = name if name.isascii() else unicodedata.normalize("NFKC", name).lower()
    text = text.translate(_SIGNS).upper()
    for word, latin in _GREEK.items():
        text = text.replace(word, latin)
    return text


def dated(name: str, *, serials: bool = False) -> list[str]:
    """Return the symbols that a spreadsheet may have turned into this date: MARCH1, MARC1, MAR1 for `1-Mar`."""
    return [f"{stem}{day}" for month, day in _days(name, serials) for stem in (*_STEMS.get(month, ()), month)]


def _days(name: str, serials: bool) -> Iterator[tuple[str, int]]:
    """Yield month and day of a date as spreadsheets write it."""
    for pattern in _DATES:
        if found := pattern.fullmatch(name):
            text = found["month"].upper()[:3]
            month = _MONTHS[int(text) - 1] if text.isdigit() and 1 <= int(text) <= 12 else text
            if month in _MONTHS:
                yield month, int(found["day"])
    if serials and _SERIAL.fullmatch(name):
        then = date(1899, 12, 30) + timedelta(days=int(name))
        yield _MONTHS[then.month - 1], then.day
