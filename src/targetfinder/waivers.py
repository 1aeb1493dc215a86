"""A user's waivers: which normal cells may be lost, for which gene or lineage, and why.

Read without pandas: the launch must be quick. What names a gene is looked up where the genes are known.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from targetfinder.config import Strict
from targetfinder.errors import InputError
from targetfinder.indications import never_tolerated

COLUMNS = ("gene", "lineage", "cell_type", "reason", "reference")
_REMEDY = "mend the file of waivers; docs/method.md describes each column"


class Waiver(Strict):
    """One line: cells that may be lost for a gene (symbol), or for all genes of the indications of a lineage."""

    line: int
    gene: str
    lineage: str
    cell_type: str
    reason: str
    reference: str


def read_waivers(path: Path, classes: Mapping[str, str], lineages: Collection[str] | None = None) -> list[Waiver]:
    """Read and check a tab-separated file of waivers.

    Parameters
    ----------
    classes
        Criticality of every cell type.
    lineages
        Lineages of the known indications; None if they are not known here.

    Raises
    ------
    InputError
        Naming every line that is wrong, all at once.
    """
    waivers = [Waiver(line=line, **row) for line, row in _rows(path)]
    problems = [f"line {one.line}: {told}" for one in waivers for told in _problems(one, classes, lineages)]
    keys = [(one.gene, one.lineage, one.cell_type) for one in waivers]
    problems += [
        f"line {one.line}: {one.gene or one.lineage} and {one.cell_type} occur twice"
        for at, one in enumerate(waivers)
        if keys[at] in keys[:at]
    ]
    if problems:
        raise InputError("; ".join(problems), file=path, remedy=_REMEDY)
    return waivers


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE, restkey="", restval="")
            header = list(reader.fieldnames or [])
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read: {error}", file=path, remedy="give a tab-separated file in UTF-8") from error
    if sorted(header) != sorted(COLUMNS):
        problem = f"the header is {', '.join(header) or 'empty'}"
        raise InputError(problem, file=path, remedy=f"write the tab-separated columns {', '.join(COLUMNS)}")
    for line, row in rows:
        if "" in row:
            raise InputError(f"line {line} has more cells than the header", file=path, remedy=_REMEDY)
        if any(cell.strip() for cell in row.values()):
            yield line, {name: cell.strip() for name, cell in row.items()}


def _problems(one: Waiver, classes: Mapping[str, str], lineages: Collection[str] | None) -> Iterator[str]:
    if bool(one.gene) == bool(one.lineage):
        yield "fill in either gene or lineage"
    if one.lineage and lineages is not None and one.lineage not in lineages:
        yield f"no indication has the lineage '{one.lineage}'" + _near(one.lineage, lineages)
    if one.cell_type not in classes:
        yield f"no cell type is called '{one.cell_type}'" + _near(one.cell_type, classes)
    elif never_tolerated(one.cell_type, classes[one.cell_type]):
        yield f"'{one.cell_type}' can never be tolerated, take the line out"
    if not one.reason:
        yield "no reason is given, write why these cells may be lost"
    if not one.reference:
        yield "no reference is given, write one or 'unverified'"


def _near(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean '{near[0]}'?" if near else ""
