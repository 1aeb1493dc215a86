"""Published surfaceomes: what each of them calls a surface protein, as votes."""

from __future__ import annotations

from typing import IO, Any

import pandas as pd

from targetfinder.sources.readers._checks import human, left_out, once, one_of, refuse
from targetfinder.sources.readers._common import VOTE_COLUMNS, bad
from targetfinder.sources.readers._sheets import sheet
from targetfinder.sources.registry import SourceTable

ACCESSION_VOTES = [*VOTE_COLUMNS, "accession"]
_SURFY = {
    "machine learning": ("prediction", "predicted by the SURFY classifier"),
    "pos. trainingset": ("annotation", "in the positive training set of SURFY"),
    "GPI (UniProt)": ("annotation", "annotated with a GPI anchor"),
}
_CSPA = {
    "1 - high confidence": ("experimental", "seen by cell surface capture and mass spectrometry, high confidence"),
    "2 - putative": ("annotation", "seen by cell surface capture, putative"),
}
_CSPA_NO_VOTE = "3 - unspecific"


def surfy(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read table S3 of SURFY (Bausch-Fluck et al. 2018, doi:10.1073/pnas.1808790115), as text or as the workbook.

    Returns
    -------
    pandas.DataFrame
        Votes of `options.voter` keyed by gene_id, symbol and accession (UniProt): a prediction by the classifier,
        an annotation for the training set and GPI anchors. A protein of several genes gives each of them a vote;
        gene_id is missing where SURFY names none. `attrs["left_out"]` counts the proteins called nonsurface.

    Raises
    ------
    InputError
        If the file is not of this format, or an accession occurs twice.
    """
    names = {
        "UniProt name": "entry",
        "UniProt accession": "accession",
        "UniProt gene": "symbol",
        "Ensembl gene": "gene_id",
        "Surfaceome Label": "label",
        "Surfaceome Label Source": "source",
    }
    frame = _read(handle, table, names)
    one_of(frame["label"], ["surface", "nonsurface"], table)
    called = frame[frame["label"] == "surface"]
    one_of(called["source"], list(_SURFY), table)
    votes = _votes(called, called["source"].map(_SURFY), table)
    split = votes.assign(gene_id=votes["gene_id"].str.split(";")).explode("gene_id", ignore_index=True)
    return left_out(split, {"called nonsurface": len(frame) - len(called)})


def cspa(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read the human proteins of the Cell Surface Protein Atlas (Bausch-Fluck et al. 2015, S2 File, Table A).

    Source: doi:10.1371/journal.pone.0121314.

    Returns
    -------
    pandas.DataFrame
        Votes of `options.voter` keyed by symbol and accession (UniProt), gene_id missing: experimental for category
        1 (high confidence), annotation for category 2 (putative). `attrs["left_out"]` counts category 3 (unspecific).

    Raises
    ------
    InputError
        If the file is not of this format, an accession occurs twice, or the proteins are of another species.
    """
    names = {
        "organism": "organism",
        "ID_link": "accession",
        "CSPA category": "category",
        "UP_entry_name": "entry",
        "ENTREZ gene symbol": "symbol",
    }
    frame = _read(handle, table, names)
    one_of(frame["organism"], ["Human"], table)
    one_of(frame["category"], [*_CSPA, _CSPA_NO_VOTE], table)
    frame["symbol"] = frame["symbol"].mask(frame["symbol"] == "0")
    called = frame[frame["category"] != _CSPA_NO_VOTE].assign(gene_id=None)
    votes = _votes(called, called["category"].map(_CSPA), table)
    return left_out(votes, {f"category {_CSPA_NO_VOTE}": len(frame) - len(called)})


def gesp(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read the sources behind the GESP score of the cancer surfaceome atlas (Hu et al. 2021, its Figure 1 workbook).

    Source: doi:10.1038/s43018-021-00282-w. As `surface_flags`, with the ids of that workbook.
    """
    return _flags(handle, table, {"gene_id": "Ensembl ID", "symbol": "Gene Name"})


def surface_flags(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read a wide table with one column for each source: empty or 0 is no vote, a positive number is one.

    `options.columns` names the columns that vote and how: `{ voter = …, kind = …, statement = … }` each; columns of
    one voter (sources that depend on each other) share its name. `options.ids` names the columns of `gene_id`,
    `symbol` and `accession`, the first of which is the key; `options.separator` is a comma if not given.

    Returns
    -------
    pandas.DataFrame
        One row for each gene, voter and kind; ids that the table lacks are missing. `attrs["left_out"]` counts the
        rows without any vote.

    Raises
    ------
    InputError
        If a column is missing, the key occurs twice or is empty, or a cell is not a number of at least 0.
    """
    return _flags(handle, table, table.options["ids"])


def _flags(handle: IO[bytes], table: SourceTable, ids: dict[str, str]) -> pd.DataFrame:
    columns = table.options["columns"]
    separator = table.options.get("separator", ",")
    frame = sheet(handle, table, [*ids.values(), *columns], separator)
    frame = frame.rename(columns={given: own for own, given in ids.items()})
    human(frame, table)
    once(frame, next(iter(ids)), table)
    flags = frame[list(columns)].apply(_flag, table=table)
    keyed = frame.reindex(columns=["gene_id", "symbol", "accession"]).astype(object)
    votes = [keyed[flags[column]].assign(**vote) for column, vote in columns.items()]
    joined = _joined(pd.concat(votes)) if votes else pd.DataFrame(columns=ACCESSION_VOTES)
    return left_out(joined, {"no vote in any column": (~flags.any(axis=1)).sum()})


def _flag(cells: pd.Series, table: SourceTable) -> pd.Series:
    """Return which cells hold a positive number."""
    values = pd.to_numeric(cells, errors="coerce")
    wrong = (values.isna() & cells.notna()) | (values < 0) | (values == float("inf"))
    refuse(wrong, cells, table, "not a flag")
    return values > 0


def _joined(votes: pd.DataFrame) -> pd.DataFrame:
    """Return one vote a gene, voter and kind: sources that depend on each other speak with one voice."""
    keys = [name for name in ACCESSION_VOTES if name != "statement"]
    joined = votes.groupby(keys, dropna=False, sort=True)["statement"].agg(lambda said: "; ".join(sorted(set(said))))
    return joined.reset_index()[ACCESSION_VOTES]


def _read(handle: IO[bytes], table: SourceTable, names: dict[str, str]) -> pd.DataFrame:
    """Return the columns of a list of proteins under own names, each accession once, all of them human."""
    frame = sheet(handle, table, list(names), "\t")[list(names)].rename(columns=names)
    human(frame, table)
    once(frame, "accession", table)
    return frame


def _votes(called: pd.DataFrame, said: pd.Series, table: SourceTable) -> pd.DataFrame:
    if called.empty:
        raise bad(table, "calls no protein a surface protein")
    about: list[Any] = said.to_list()
    kind, statement = ([entry[i] for entry in about] for i in (0, 1))
    votes = called.assign(voter=table.options["voter"], kind=kind, statement=statement)
    return votes[ACCESSION_VOTES].reset_index(drop=True)
