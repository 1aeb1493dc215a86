"""What the references say of proteins: in normal tissues, in the cell, in the membrane, and what their loss does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from targetfinder import tables
from targetfinder.identity import Identity
from targetfinder.reference._architecture import preferred
from targetfinder.reference._identity import entries_of
from targetfinder.reference._topology import topology
from targetfinder.sources.readers import Expression
from targetfinder.sources.registry import Registry, SourceTable

#: Rows of source tables with current gene ids, and what was lost of them (`EXCLUDED`).
Resolve = Callable[[list[SourceTable]], tuple[pd.DataFrame, pd.DataFrame]]
WHOLE = "whole tissue"
#: Who is believed first on the sides of a membrane; parsers in any other place come last.
TRUST = ("uniprot_tsv", "uniprot_gff", "phobius", "tmhmm")


def label_of(frame: pd.DataFrame) -> pd.Series:
    """Return the label of each row: `<tissue>: <cell type>` of stained sections in lower case, else the tissue."""
    tissue = frame["tissue"].astype(str).str.strip()
    if "cell_type" not in frame:
        return tissue
    return tissue.str.lower() + ": " + frame["cell_type"].astype(str).str.strip().str.lower()


def normal_protein(registry: Registry, resolve: Resolve, contexts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return all protein atlases as `NORMAL_PROTEIN`, and what was lost of them as `EXCLUDED`.

    Of several labels with one canonical name the strongest stain or the highest value of a gene counts.

    Parameters
    ----------
    contexts
        Rows of `contexts_of`.
    """
    rows, lost = [tables.NORMAL_PROTEIN.empty()], [tables.EXCLUDED.empty()]
    for table in registry.tables("normal_protein"):
        found, gone = resolve([table])
        rows.append(_atlas(found, table, contexts))
        lost.append(gone)
    return tables.NORMAL_PROTEIN.sort(_stacked(rows)), _stacked(lost)


def _atlas(rows: pd.DataFrame, table: SourceTable, contexts: pd.DataFrame) -> pd.DataFrame:
    canonical = contexts[contexts["source"] == table.id].set_index("label")["context"]
    stained = "level" in rows
    named = label_of(rows).map(canonical).str.split(": ", n=1)
    found = rows.assign(
        context=named.str[0],
        cell_type=named.str[1] if stained else WHOLE,
        unit="stain" if stained else rows["unit"],
        strength=rows["level"].cat.codes if stained else rows["value"],
    )
    found = found.sort_values("strength", ascending=False, kind="stable", na_position="last")
    found = found.drop_duplicates(["gene_id", "context", "cell_type"])
    return found.reindex(columns=tables.NORMAL_PROTEIN.names).astype({"level": object, "reliability": object})


def keyed(table: tables.Table, entries: list[SourceTable], resolve: Resolve) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of source tables as `table`, the first of each key, and what was lost of them as `EXCLUDED`."""
    if not entries:
        return table.empty(), tables.EXCLUDED.empty()
    found, lost = resolve(entries)
    rows = found[table.names].drop_duplicates(list(table.key))
    return rows.sort_values(list(table.key), kind="stable", ignore_index=True), lost


def membranes(
    registry: Registry, parsed: dict[str, Any], identity: Identity, coding: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return `TOPOLOGY`, `TOPOLOGY_SEGMENTS` and `EXCLUDED` of the proteins of protein-coding genes.

    Coordinates are null where the references hold no gene models.
    """
    entries = sorted(registry.tables("proteins"), key=lambda table: (*TRUST, table.parser).index(table.parser))
    if not entries:
        return tables.TOPOLOGY.empty(), tables.TOPOLOGY_SEGMENTS.empty(), tables.EXCLUDED.empty()
    proteins = preferred(*(parsed[table.id] for table in entries))
    spelt = entries_of(proteins, identity)
    gene = identity.explain(spelt["gene_id"], spelt["symbol"])["gene_id"]
    gene = gene.where(gene.isin(coding)).set_axis(proteins.entries["accession"])
    models = [parsed[table.id] for table in registry.tables("gene_models")]
    return topology(proteins, pd.concat(models, ignore_index=True) if models else None, gene)


def left_out(registry: Registry, parsed: dict[str, Any]) -> pd.DataFrame:
    """Return what readers left out of their files as `EXCLUDED`.

    Expression tells each entry with its reason (`excluded`); a frame has one row a reason, with how many rows of the
    file it was (`attrs["left_out"]`).
    """
    rows = [
        (table.id, table.release, entry, reason)
        for table in registry.table
        for entry, reason in _left_out(parsed.get(table.id))
    ]
    return pd.DataFrame(rows, columns=tables.EXCLUDED.names, dtype=object)


def _left_out(found: Any) -> Iterable[tuple[str, str]]:
    if isinstance(found, Expression):
        return found.excluded.items()
    if isinstance(found, pd.DataFrame):
        return [(f"{count:,} rows", reason) for reason, count in found.attrs.get("left_out", {}).items()]
    return []


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]
