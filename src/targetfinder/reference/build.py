"""Build the reference bundle: genes, surface votes, precedent, normal tissue and cells, one manifest.

Input are verified sources and the curated tables of `references/`; output is one folder of parquet
tables (`targetfinder.tables`) plus `manifest.json`, the same bytes for the same input.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables, units
from targetfinder.errors import InputError
from targetfinder.genes import Identity, gene_table, identity_of
from targetfinder.reference._curated import LABELS, by_context, curated_contexts
from targetfinder.sources import readers
from targetfinder.sources.registry import Registry, SourceTable, read_registry, sha256_of, verified
from targetfinder.store import replacing_folder, write_table, write_text


def build(references: Path, store: Path, bundle: Path) -> None:
    """Build the bundle of `references` (a folder with sources.toml) from the sources in `store`.

    Raises
    ------
    InputError
        If a source is missing, damaged or of another release, or an atlas label is not curated.
    """
    registry = read_registry(references / "sources.toml")
    paths = {source.id: verified(source, store) for source in registry.source}
    parsed = {
        table.id: readers.read(table, paths[table.source]) for table in registry.table if table.provides != "cohorts"
    }
    frames = assemble(registry, parsed, curated_contexts(references))
    with replacing_folder(bundle, marker="manifest.json") as folder:
        for table, frame in frames:
            write_table(frame, table, folder / f"{table.name}.parquet")
        write_text(manifest(registry, frames, folder), folder / "manifest.json")


Frames = list[tuple[tables.Table, pd.DataFrame]]


def assemble(registry: Registry, parsed: dict[str, Any], contexts: pd.DataFrame) -> Frames:
    """Turn parsed source tables into the frames of the bundle, in the order they are written."""
    genes, identity = _genes(registry, parsed)
    coding = genes.loc[genes["protein_coding"], "gene_id"]
    votes, lost_votes = _resolved(registry.tables("surface_votes"), parsed, identity, coding)
    precedent, lost_precedent = _resolved(registry.tables("precedent"), parsed, identity, coding)
    votes = pd.concat([votes, _clinical_votes(precedent)])[tables.SURFACE_VOTES.names].drop_duplicates()
    genes["universe"] = genes["gene_id"].isin(votes["gene_id"])
    normals = {
        provides: pd.concat(
            [_normal(table, parsed[table.id], genes, identity, contexts) for table in registry.tables(provides)]
        )
        for provides in ("normal_bulk", "normal_cell")
    }
    skipped = _skipped_labels(registry)
    excluded = pd.concat([lost_votes, lost_precedent, skipped]).drop_duplicates()
    return [
        (tables.GENES, genes),
        (tables.SURFACE_VOTES, votes.sort_values(list(tables.SURFACE_VOTES.key))),
        (tables.PRECEDENT, precedent[tables.PRECEDENT.names].drop_duplicates().sort_values(["gene_id", "agent"])),
        (tables.NORMAL_BULK, normals["normal_bulk"]),
        (tables.NORMAL_CELL, normals["normal_cell"]),
        (tables.CONTEXTS, by_context(contexts)),
        (tables.EXCLUDED, excluded.sort_values(["source", "entry"])),
    ]


def _genes(registry: Registry, parsed: dict[str, Any]) -> tuple[pd.DataFrame, Identity]:
    hgnc = pd.concat([parsed[table.id] for table in registry.tables("gene_names")])
    retired = pd.concat([parsed[table.id] for table in registry.tables("id_aliases")])
    atlases = [t for t in registry.table if t.options.get("protein_coding") and t.id in parsed]
    named = pd.concat([parsed[table.id].symbols for table in atlases])
    identity = identity_of(hgnc, named, retired)
    named.index = pd.Index(identity.ids(pd.Series(named.index)), name="gene_id")
    named = named[~named.index.duplicated()]
    classes = {
        provides: {
            gene for table in registry.tables(provides) for gene in identity.ids(parsed[table.id]["gene_id"]).dropna()
        }
        for provides in ("immune_receptor_genes", "mitochondrial_genes")
    }
    return gene_table(hgnc, named, classes["immune_receptor_genes"], classes["mitochondrial_genes"]), identity


def _resolved(
    entries: list[SourceTable], parsed: dict[str, Any], identity: Identity, coding: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows with a protein-coding gene id, and the rest as `EXCLUDED`."""
    kept, lost = [], []
    for table in entries:
        frame = parsed[table.id].assign(source=table.id, release=table.release)
        gene_id = identity.resolve(frame["gene_id"], frame["symbol"])
        known = gene_id.isin(coding)
        kept.append(frame.assign(gene_id=gene_id)[known])
        out = frame[~known]
        reason = gene_id[~known].isna().map({True: "no unique gene of this name", False: "not a protein-coding gene"})
        lost.append(
            pd.DataFrame(
                {
                    "source": table.id,
                    "release": table.release,
                    "entry": out["symbol"].fillna(out["gene_id"]).astype(object),
                    "reason": reason.astype(object),
                }
            )
        )
    return pd.concat(kept, ignore_index=True), pd.concat(lost, ignore_index=True)


def _clinical_votes(precedent: pd.DataFrame) -> pd.DataFrame:
    """One vote a gene for being the target of a surface-directed therapy."""
    first = precedent.sort_values(["gene_id", "status", "agent"]).drop_duplicates("gene_id")
    statement = "target of " + first["therapy"] + " (" + first["status"] + "): " + first["agent"].fillna("unnamed")
    return first.assign(voter="precedent", kind="clinical", statement=statement)


def _normal(
    table: SourceTable,
    expression: readers.Expression,
    genes: pd.DataFrame,
    identity: Identity,
    contexts: pd.DataFrame,
) -> pd.DataFrame:
    """Return one atlas as rows of `NORMAL_BULK` or `NORMAL_CELL` for protein-coding genes.

    Renormalisation takes the sum of `mean` over the normaliser genes of each label. Of several labels with one
    canonical name the highest value counts.
    """
    canonical = contexts[contexts["source"] == table.id].set_index("label")["context"].to_dict()
    uncurated = sorted(set(expression.value.columns) - set(canonical))
    if uncurated:
        raise InputError(
            f"labels of atlas '{table.id}' have no criticality: {', '.join(uncurated)}",
            file=LABELS,
            field="label",
            remedy="add one line for each",
        )
    current = identity.ids(pd.Series(expression.value.index))
    coding = set(genes.loc[genes["protein_coding"], "gene_id"])
    keep = (current.isin(coding) & ~current.duplicated()).to_numpy()
    value, upper, mean = (
        frame[keep].set_axis(pd.Index(current[keep], name="gene_id"))
        for frame in (expression.value, expression.upper, expression.mean)
    )
    normaliser = value.index.isin(genes.loc[genes["normaliser"], "gene_id"])
    totals = mean[normaliser].sum()
    silent = totals.index[~(totals > 0)]
    if len(silent):
        raise InputError(
            "no protein-coding gene is expressed",
            file=table.id,
            field=", ".join(map(str, silent)),
            remedy="check the file, or list the label under skip_labels with a reason",
        )
    factor = totals.map(units.renormalisation_factor)
    wide = {"value": value, "upper": upper, "upper_tpm": upper * factor, "percentile": units.percentile_rank(value)}
    rows = _long({name: frame.T.groupby(canonical).max().T for name, frame in wide.items()})
    return rows.assign(
        unit=table.unit,
        n_donors=pd.array([pd.NA], dtype="Int64").repeat(len(rows)),
        source=table.id,
        release=table.release,
    )[tables.NORMAL_BULK.names]


def _long(wide: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Stack frames of one shape (gene × context) into one row a gene and context, sorted by both."""
    ordered = {name: frame.sort_index().sort_index(axis=1) for name, frame in wide.items()}
    first = next(iter(ordered.values()))
    genes, contexts = first.shape
    return pd.DataFrame(
        {
            "gene_id": _categorical(np.repeat(np.arange(genes), contexts), first.index),
            "context": _categorical(np.tile(np.arange(contexts), genes), first.columns),
            **{name: frame.to_numpy().ravel() for name, frame in ordered.items()},
        }
    )


def _categorical(codes: np.ndarray, categories: pd.Index) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories)  # type: ignore[arg-type]  # the stubs want a list


def _skipped_labels(registry: Registry) -> pd.DataFrame:
    rows = [
        (table.id, table.release, label, reason)
        for table in registry.table
        for label, reason in (table.skip_labels | table.no_upper_labels).items()
    ]
    return pd.DataFrame(rows, columns=tables.EXCLUDED.names)


def manifest(registry: Registry, frames: Frames, folder: Path) -> str:
    """Return manifest.json: sources, tables with row counts and checksums, exclusions by reason."""
    excluded = next(frame for table, frame in frames if table is tables.EXCLUDED)
    content = {
        "name": registry.name,
        "description": registry.description,
        "schema_version": tables.SCHEMA_VERSION,
        "sources": [source.model_dump() for source in registry.source],
        "source_tables": [
            table.model_dump(include={"id", "source", "release", "citation", "provides", "unit"})
            for table in registry.table
        ],
        "tables": {
            table.name: {"rows": len(frame), "sha256": sha256_of(folder / f"{table.name}.parquet")}
            for table, frame in frames
        },
        "exclusions": [
            {"source": row.source, "reason": row.reason, "count": row.entries}
            for row in excluded.groupby(["source", "reason"]).size().rename("entries").reset_index().itertuples()
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
