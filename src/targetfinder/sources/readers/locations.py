"""Where in the cell a protein is: the tables of the Human Protein Atlas."""

from __future__ import annotations

from typing import IO

import pandas as pd

from targetfinder.sources.readers._checks import by_line, human, once, one_of
from targetfinder.sources.readers._common import text
from targetfinder.sources.readers._hpa import own_names
from targetfinder.sources.readers._lines import rectangular
from targetfinder.sources.registry import SourceTable
from targetfinder.tables import RELIABILITY

SEPARATOR = ";"


def hpa_location(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read `subcellular_location.tsv`: where a protein was seen by immunofluorescence.

    Returns
    -------
    pandas.DataFrame
        One row for each gene and location: gene_id, symbol, location, reliability (of this location, which may be
        less than that of the gene; missing where the location is only predicted), main (False for additional and
        extracellular locations).

    Raises
    ------
    InputError
        If the file is not of this format, a gene occurs twice, or a location has no reliability.
    """
    grades = [grade.lower() for grade in RELIABILITY]
    kinds = {"main_location": True, "additional_location": False, "extracellular_location": False}
    frame = _of_hpa(handle, table, ["reliability", *kinds, *grades])
    one_of(frame["reliability"], RELIABILITY, table)
    rows = [
        (line, *gene, location, _grade(location, graded), main, kind != "extracellular_location")
        for line, gene, cells, graded in zip(
            frame.index,
            frame[["gene_id", "symbol"]].itertuples(index=False, name=None),
            frame[list(kinds)].itertuples(index=False, name=None),
            frame[grades].itertuples(index=False, name=None),
            strict=True,
        )
        for (kind, main), cell in zip(kinds.items(), cells, strict=True)
        for location in _parts(cell)
    ]
    columns = ["line", "gene_id", "symbol", "location", "reliability", "main", "seen"]
    found = pd.DataFrame(rows, columns=columns).set_index("line")
    ungraded = found[found["seen"] & found["reliability"].isna()]["location"]
    one_of(ungraded.rename("location without a reliability"), [], table)
    return found.drop(columns="seen").drop_duplicates(["gene_id", "location"]).reset_index(drop=True)


def hpa_proteinatlas(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read `proteinatlas.tsv`, the summary of the atlas with one row for each gene.

    Returns
    -------
    pandas.DataFrame
        gene_id, symbol, uniprot (several joined by ", "), protein_class, evidence, subcellular_location,
        secretome_location, rna_tissue_specificity as the file has them, and predicted_membrane and
        predicted_secreted (bool), from the classes that the atlas gives every gene.

    Raises
    ------
    InputError
        If the file is not of this format, or a gene occurs twice.
    """
    columns = ["uniprot", "protein_class", "evidence"]
    columns += ["subcellular_location", "secretome_location", "rna_tissue_specificity"]
    frame = _of_hpa(handle, table, columns)
    classes = frame["protein_class"].fillna("").str.split(", ").map(set)
    kept = frame[["gene_id", "symbol", *columns]].reset_index(drop=True)
    for where in ("membrane", "secreted"):
        kept[f"predicted_{where}"] = [f"Predicted {where} proteins" in found for found in classes]
    return kept


def _of_hpa(handle: IO[bytes], table: SourceTable, columns: list[str]) -> pd.DataFrame:
    """Return a table of the atlas with own names, by line, each gene once."""
    names = own_names(rectangular(handle, table, "\t"), columns, table)
    frame = by_line(text(handle, table, [], "\t").set_axis(names, axis=1))
    human(frame, table)
    once(frame, "gene_id", table)
    return frame


def _parts(cell: object) -> list[str]:
    return [part.strip() for part in cell.split(SEPARATOR) if part.strip()] if isinstance(cell, str) else []


def _grade(location: str, graded: tuple[object, ...]) -> str | None:
    """Return the best reliability under whose column the location stands."""
    return next((grade for grade, cell in zip(RELIABILITY, graded, strict=True) if location in _parts(cell)), None)
