"""What is known of proteins, in one shape whatever it was read from.

Positions are residues of the canonical sequence, counted from 1, both ends included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from targetfinder.sources.readers._common import bad
from targetfinder.sources.registry import SourceTable

ENTRY = ["accession", "gene", "length", "location", "keywords"]
FEATURE = ["accession", "type", "start", "end", "note", "evidence", "id"]
ISOFORM = ["accession", "isoform", "name", "sequence", "changes", "transcripts", "location"]


@dataclass(frozen=True)
class Proteins:
    """Entries, features and isoforms of human proteins.

    `entries` has one row an accession: gene (symbol), length (residues; missing where a prediction does not say),
    location, keywords, source, release and evidence (`annotation` or `prediction`). `features` has one row a
    feature: type, start, end, note, evidence, id. `isoforms` has one row an isoform, the canonical one
    with sequence `displayed`, others `described` by the ids in `changes` or without a known sequence;
    `transcripts` are Ensembl ids; lists are joined by `;`.
    """

    entries: pd.DataFrame
    features: pd.DataFrame
    isoforms: pd.DataFrame


def proteins(
    entries: list[Any], features: list[Any], isoforms: list[Any], table: SourceTable, evidence: str = "annotation"
) -> Proteins:
    """Return the frames after checking that entries and isoforms are unique and that features lie within entries.

    Raises
    ------
    InputError
        If there is no entry, one occurs twice or has not one canonical isoform, or a feature lies outside of one.
    """
    about = pd.DataFrame(entries, columns=ENTRY).astype({"length": "Int64"})
    found = pd.DataFrame(features, columns=FEATURE).astype({"start": "Int64", "end": "Int64"})
    if about.empty:
        raise bad(table, "holds no protein")
    forms = pd.DataFrame(isoforms, columns=ISOFORM)
    for frame, key in ((about, ["accession"]), (forms, ["accession", "isoform"])):
        if frame.duplicated(key).any():
            raise bad(table, f"occurs twice: {frame.loc[frame.duplicated(key), key[-1]].iloc[0]}", key[-1])
    displayed = forms[forms["sequence"] == "displayed"].groupby("accession").size().reindex(about["accession"])
    if displayed.ne(1).any():
        raise bad(table, f"not one canonical isoform, but several or none: {displayed.index[displayed.ne(1)][0]}")
    lengths = found["accession"].str.split("-").str[0].map(about.set_index("accession")["length"])
    unfit = (found["start"] < 1) | (found["start"] > found["end"]) | (found["end"] > lengths)
    unfit &= ~found["accession"].str.contains("-")  # positions in another isoform
    unfit |= ~found["accession"].str.split("-").str[0].isin(about["accession"])
    if unfit.fillna(False).any():
        accession, kind, start, end = found[unfit.fillna(False)].iloc[0][FEATURE[:4]]
        raise bad(table, f"feature outside its protein: {kind} {start}..{end} of {accession}")
    about = about.assign(source=table.id, release=table.release, evidence=evidence)
    return Proteins(about, found, forms)
