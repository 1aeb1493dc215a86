"""Three curated panels: what no atlas shows, what T and NK cells carry themselves, and what a tumour shows an NK cell.

The files blind_spots.tsv, effectors.tsv and nk_view.tsv are read like the other curated tables of facts: by approved
symbol, with a reference for every line that is `verified`. Silence of a panel says nothing of a gene.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from targetfinder import facts, tables, tsv

BLIND_SPOTS, EFFECTORS, NK_VIEW = "blind_spots.tsv", "effectors.tsv", "nk_view.tsv"
_FACT = ["statement", "verified", "seen"]


def blind_spots(references: Path, genes: pd.DataFrame) -> pd.DataFrame:
    """Read blind_spots.tsv as `BLIND_SPOTS`: a line without symbol says what an atlas lacks, for all genes.

    Parameters
    ----------
    references
        Folder of the file.
    genes
        `gene_id`, `symbol` and `aliases` of `GENES`.

    Raises
    ------
    InputError
        Naming the file, the column and the line: a symbol that is not of exactly one gene, an unknown word, an empty
        cell, a malformed reference, a verified line without one, or a line that repeats an earlier one.
    """
    path = references / BLIND_SPOTS
    frame = facts.read(path, ["place", *_FACT], ["symbol", "absent_from", "evidence"])
    tsv.listed(frame, "absent_from", ("", *tables.ABSENT_FROM), path)
    tsv.listed(frame, "evidence", ("", *tables.SEEN_IN), path)
    general = frame["symbol"] == ""
    tsv.refuse(general & (frame["absent_from"] == ""), frame, "absent_from", "empty cell", path, "name the set")
    tsv.once(frame, ["symbol", "place"], "place", path)
    named = facts.resolved(frame[~general], genes, path)
    return _told(pd.concat([frame[general].assign(gene_id=None), named]), tables.BLIND_SPOTS, path)


def effectors(references: Path, genes: pd.DataFrame) -> pd.DataFrame:
    """Read effectors.tsv as `EFFECTORS`. Parameters and errors are those of `blind_spots`."""
    path = references / EFFECTORS
    frame = facts.read(path, ["symbol", "cell", "state", "carries", *_FACT], [])
    words = {"cell": tables.EFFECTOR_CELLS, "state": tables.EFFECTOR_STATES, "carries": tables.YES_OR_NO}
    return _listed(frame, words, genes, tables.EFFECTORS, path)


def nk_view(references: Path, genes: pd.DataFrame) -> pd.DataFrame:
    """Read nk_view.tsv as `NK_VIEW`. Parameters and errors are those of `blind_spots`."""
    path = references / NK_VIEW
    frame = facts.read(path, ["symbol", "group", "receptor", "direction", *_FACT], [])
    return _listed(frame, {"group": tables.NK_GROUPS, "direction": tables.NK_ARGUES}, genes, tables.NK_VIEW, path)


def _listed(
    frame: pd.DataFrame, words: Mapping[str, tuple[str, ...]], genes: pd.DataFrame, table: tables.Table, path: Path
) -> pd.DataFrame:
    """Return `table`, every line of which names a gene, after a look at the columns of stated words."""
    for column, allowed in words.items():
        tsv.listed(frame, column, allowed, path)
    found = facts.resolved(frame, genes, path)
    tsv.once(found, list(table.key), "symbol", path)
    return _told(found, table, path)


def _told(frame: pd.DataFrame, table: tables.Table, path: Path) -> pd.DataFrame:
    return facts.keyed(frame.replace("", None).assign(verified=frame["verified"] == "yes"), table, path)
