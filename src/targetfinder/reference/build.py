"""Build the reference bundle: genes, surface votes, precedent, normal tissue and cells, one manifest.

Input are verified sources and the curated tables of `references/`; output is one folder of parquet
tables (`targetfinder.tables`) plus `manifest.json`, the same bytes for the same input.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from targetfinder import tables
from targetfinder.genes import Identity
from targetfinder.known_genes import known_genes
from targetfinder.reference._antibodies import normal_antibody
from targetfinder.reference._cell_bits import cell_bits
from targetfinder.reference._conflicts import conflicts
from targetfinder.reference._curated import UNCURATED, by_context, classes_of, contexts_of, curated_contexts
from targetfinder.reference._donors import donors
from targetfinder.reference._identity import audit, entries_of
from targetfinder.reference._liabilities import feasibility, glycans, liabilities, polarity
from targetfinder.reference._normals import joined, normal
from targetfinder.reference._panels import blind_spots, effectors, nk_view
from targetfinder.reference._protein import keyed, label_of, left_out, membranes, normal_protein
from targetfinder.reference._tissue_cells import tissue_cells
from targetfinder.reference._votes import candidates, clinical, located, spanning, surface_votes
from targetfinder.sources import readers
from targetfinder.sources.files import sha256_of
from targetfinder.sources.lock import checksum, verified
from targetfinder.sources.registry import Registry, Source, SourceTable, read_registry
from targetfinder.store import replacing_folder, write_table, write_text


def build(references: Path, store: Path, bundle: Path, chosen: str | None = None) -> None:
    """Build the bundle of a reference set (`read_registry`) from the sources in `store`.

    Raises
    ------
    InputError
        If a source is missing, damaged or of another release, or an atlas label is not curated.
    """
    registry = read_registry(references / "sources.toml", chosen)
    paths = {source.id: verified(source, store) for source in registry.source}
    parsed = {
        table.id: readers.read(table, paths[table.source]) for table in registry.table if table.provides != "cohorts"
    }
    frames = assemble(registry, parsed, curated_contexts(references), references)
    with replacing_folder(bundle, marker="manifest.json") as folder:
        frames.append((tables.NORMAL_CELL_BITS, cell_bits(registry, parsed, paths, frames, folder)))
        for table, frame in frames:
            write_table(frame, table, folder / f"{table.name}.parquet")
        stored = [_stored(source, paths[source.id], store) for source in registry.source]
        write_text(manifest(registry, stored, frames, folder), folder / "manifest.json")


Frames = list[tuple[tables.Table, pd.DataFrame]]


def assemble(registry: Registry, parsed: dict[str, Any], curated: pd.DataFrame, references: Path) -> Frames:
    """Turn parsed source tables into the frames of the bundle, in the order they are written."""
    genes, identity = known_genes(registry, parsed)
    coding = genes.loc[genes["protein_coding"], "gene_id"]

    def resolve(entries: list[SourceTable]) -> tuple[pd.DataFrame, pd.DataFrame]:
        return _resolved(entries, parsed, identity, coding)

    precedent, lost_precedent = resolve(registry.tables("precedent"))
    membrane, segments, lost_proteins = membranes(registry, parsed, identity, coding)
    locations, lost_locations = keyed(tables.LOCATIONS, registry.tables("locations"), resolve)
    listed, lost_votes = resolve(registry.tables("surface_votes"))
    said = [listed, glycans(references, genes), clinical(precedent), located(locations), spanning(membrane)]
    votes = surface_votes(registry, parsed, identity, said, membrane)
    genes["universe"] = genes["gene_id"].isin(candidates(votes))
    contexts = contexts_of(registry, _labels(parsed), curated)
    normals = {
        provides: joined([normal(table, parsed[table.id], genes, identity, contexts) for table in entries])
        for provides, entries in ((name, registry.tables(name)) for name in ("normal_bulk", "normal_cell"))
    }
    resolved = [table for table in registry.tables("normal_cell") if parsed[table.id].cells is not None]
    cells = [donors(table, parsed[table.id], genes, identity, contexts) for table in resolved]
    protein, lost_protein = normal_protein(registry, resolve, contexts)
    antibodies, lost_antibodies = normal_antibody(registry, parsed, identity, coding, curated)
    dependency, lost_dependency = keyed(tables.DEPENDENCY, registry.tables("dependency"), resolve)
    animals, lost_animals = resolve(registry.tables("feasibility"))
    lost = [lost_votes, lost_precedent, lost_proteins, lost_protein, lost_locations, lost_dependency, lost_animals]
    lost.append(lost_antibodies)
    excluded = pd.concat([*lost, _skipped_labels(registry), left_out(registry, parsed)]).drop_duplicates()
    return [
        (tables.GENES, genes),
        (tables.SURFACE_VOTES, votes),
        (tables.PRECEDENT, precedent[tables.PRECEDENT.names].drop_duplicates().sort_values(["gene_id", "agent"])),
        (tables.NORMAL_BULK, normals["normal_bulk"]),
        (tables.NORMAL_CELL, normals["normal_cell"]),
        (tables.NORMAL_CELL_DONORS, joined(cells or [tables.NORMAL_CELL_DONORS.empty()])),
        (tables.NORMAL_PROTEIN, protein),
        (tables.NORMAL_ANTIBODY, antibodies),
        (tables.CONFLICTS, conflicts(genes, protein, normals["normal_bulk"], normals["normal_cell"])),
        (tables.LOCATIONS, locations),
        (tables.TOPOLOGY, membrane),
        (tables.TOPOLOGY_SEGMENTS, segments),
        (tables.DEPENDENCY, dependency),
        (tables.CONTEXTS, by_context(contexts)),
        (tables.TISSUE_CELLS, tissue_cells(references, classes_of(references))),
        (tables.LIABILITIES, liabilities(references, genes, classes_of(references))),
        (tables.FEASIBILITY, feasibility(animals, polarity(references, genes), genes)),
        (tables.BLIND_SPOTS, blind_spots(references, genes)),
        (tables.EFFECTORS, effectors(references, genes)),
        (tables.NK_VIEW, nk_view(references, genes)),
        (tables.EXCLUDED, excluded.sort_values(["source", "entry"])),
        (tables.IDENTITY, audit(registry, parsed, identity, genes)),
    ]


def _labels(parsed: dict[str, Any]) -> dict[str, list[str]]:
    """Return the labels of each atlas by the id of its table."""
    rna = {name: list(found.value) for name, found in parsed.items() if isinstance(found, readers.Expression)}
    tissues = {name: found for name, found in parsed.items() if isinstance(found, pd.DataFrame) and "tissue" in found}
    columns = ["tissue", "cell_type"]
    pairs = {name: found[[c for c in columns if c in found]].drop_duplicates() for name, found in tissues.items()}
    return rna | {name: label_of(frame).tolist() for name, frame in pairs.items()}


def _resolved(
    entries: list[SourceTable], parsed: dict[str, Any], identity: Identity, coding: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows with a protein-coding gene id, and the rest as `EXCLUDED`."""
    kept, lost = [pd.DataFrame()], [pd.DataFrame()]
    for table in entries:
        frame = parsed[table.id].assign(source=table.id, release=table.release)
        spelt = entries_of(frame, identity)
        found = identity.explain(spelt["gene_id"], spelt["symbol"])
        known = found["gene_id"].isin(coding)
        kept.append(frame.assign(gene_id=found["gene_id"])[known])
        nobody = found["outcome"].isin(["lost", "ambiguous"])
        entry = spelt["symbol"].where(spelt["symbol"].notna(), spelt["entry"])
        out = pd.DataFrame({"entry": entry, "reason": found["reason"].where(nobody, "not a protein-coding gene")})
        lost.append(out[~known].assign(source=table.id, release=table.release)[tables.EXCLUDED.names])
    return pd.concat(kept, ignore_index=True), pd.concat(lost, ignore_index=True)


def _skipped_labels(registry: Registry) -> pd.DataFrame:
    rows = [
        (table.id, table.release, label, reason)
        for table in registry.table
        for label, reason in (table.skip_labels | table.no_upper_labels).items()
    ]
    return pd.DataFrame(rows, columns=tables.EXCLUDED.names)


def _stored(source: Source, path: Path, store: Path) -> dict[str, Any]:
    """Return what the registry says of a source, with checksum and size of the file that was read."""
    found = {"sha256": checksum(source, path, store), "size": path.stat().st_size}
    return source.model_dump(exclude_none=True) | found


def manifest(registry: Registry, stored: list[dict[str, Any]], frames: Frames, folder: Path) -> str:
    """Return manifest.json: sources, tables with row counts and checksums, exclusions by reason."""
    excluded, contexts, identity = (
        next(frame for table, frame in frames if table is wanted)
        for wanted in (tables.EXCLUDED, tables.CONTEXTS, tables.IDENTITY)
    )
    content = {
        "name": registry.name,
        "description": registry.description,
        "schema_version": tables.SCHEMA_VERSION,
        "sources": stored,
        "source_tables": [
            table.model_dump(include={"id", "source", "release", "citation", "provides", "unit"})
            for table in registry.table
        ],
        "tables": {
            table.name: {"rows": len(frame), "sha256": sha256_of(folder / f"{table.name}.parquet")}
            for table, frame in frames
        },
        "uncurated_labels": [
            {"source": row.source, "label": row.label} for row in contexts[contexts["system"] == UNCURATED].itertuples()
        ],
        "identity": identity.attrs["counts"],
        "exclusions": [
            {"source": row.source, "reason": row.reason, "count": row.entries}
            for row in excluded.groupby(["source", "reason"]).size().rename("entries").reset_index().itertuples()
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
