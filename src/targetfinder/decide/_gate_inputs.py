"""What gates are counted in: the tumours of an indication, and normal cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.bits import WORD, Bits, joined, pack
from targetfinder.cohorts import of_indication
from targetfinder.decide import _gate_rules as rules
from targetfinder.decide._gate_normals import Clusters, Donors
from targetfinder.indications import Indication
from targetfinder.samplesheet import RANKED
from targetfinder.store import read_table
from targetfinder.units import RENORMALISED, Floats

#: Tables of normals, and what an indication calls their contexts.
NORMALS = (
    (tables.NORMAL_CELL, "cell_type"),
    (tables.NORMAL_BULK, "tissue"),
)


@dataclass(frozen=True)
class Cohort:
    """One tumour cohort: bits of cells or patients, or only shares of patients.

    Attributes
    ----------
    basis
        Of `GATE_BASES`.
    genes
        Symbol by gene id, of the genes that were measured in every patient.
    left_out
        Genes of the universe that were not.
    bits, shares
        By the basis: bits, or the share of patients that have each of `genes`.
    """

    name: str
    basis: str
    n: int
    genes: pd.Series
    left_out: int
    source: str
    release: str
    bits: Bits | None = None
    shares: Floats | None = None
    note: str | None = None


def cohorts(disease: Indication, folder: Path, own: Sequence[Path], symbols: pd.Series) -> list[Cohort]:
    """Return the cohorts of an indication in which gates can be counted or bounded.

    A cohort of single cells is read from its folder among `own`; bulk RNA of known patients from `INDIVIDUALS`; all
    else, and what has fewer patients than can be parted, by its prevalence. A later timepoint takes no part.

    Parameters
    ----------
    folder
        Output of `cohort check`.
    own
        Outputs of `cohort read`.
    symbols
        Symbol of each gene of the universe, by gene id.
    """
    found = of_indication(read_table(folder / "cohorts.parquet", tables.COHORTS), disease.model_dump())
    first = found[found["timepoint"].fillna("").isin(RANKED) & found["modality"].isin(["rna_bulk", "rna_cell"])]
    each = read_table(folder / "individuals.parquet", tables.INDIVIDUALS, filters=[("indication", "==", disease.id)])
    return [
        one
        for row in first.itertuples(index=False)
        if (one := _cohort(str(row.cohort), str(row.modality), folder, own, each, symbols)) is not None
    ]


def _cohort(
    name: str, modality: str, folder: Path, own: Sequence[Path], each: pd.DataFrame, symbols: pd.Series
) -> Cohort | None:
    about = read_table(folder / f"{name}.parquet", tables.COHORT).set_index("gene_id").reindex(symbols.index)
    n, source, release = about["n"].max(), about["source"].dropna().iloc[0], about["release"].dropna().iloc[0]
    bits, note = None, None
    files = [path for place in own if place.name == name for path in sorted(place.glob("*.bits.npy"))]
    if modality == "rna_cell" and files:
        bits = _of_cells(files, symbols.index[about["coverage"] == 1])
    elif modality == "rna_bulk":
        bits = _of_patients(each[each["cohort"] == name], symbols.index)
    if bits is not None and len(bits.sizes) < rules.LEAST_PATIENTS:
        note = f"{len(bits.sizes)} patients: with fewer than {rules.LEAST_PATIENTS} nothing can be held out"
        bits = None
    if bits is not None:
        basis = "cells" if modality == "rna_cell" else "samples"
        known = symbols.reindex(bits.genes)
        return Cohort(name, basis, len(bits.sizes), known, len(symbols) - len(known), source, release, bits=bits)
    shares = about["prevalence"].dropna()
    if shares.empty:
        return None
    known = symbols.reindex(shares.index)
    left = len(symbols) - len(known)
    return Cohort(name, "bounds", int(n), known, left, source, release, shares=shares.to_numpy(float), note=note)


def _of_cells(files: Sequence[Path], genes: pd.Index) -> Bits:
    """Return the bits of malignant cells that `cohort read` wrote, patient by patient."""
    import anndata

    parts = []
    for path in files:
        named = anndata.read_h5ad(path.with_name(path.name.removesuffix(".bits.npy") + ".cells.h5ad"))
        cells = named.obs.astype({"patient": str}).groupby("patient")
        patients = cells["bit"].agg(["min", "size"]).sort_values("min")
        words = np.load(path, mmap_mode="r").view(np.uint64)
        groups = patients.index.to_frame(index=False)
        if "depth" in named.obs:
            groups["depth"] = cells["depth"].median().reindex(patients.index).to_numpy()
        bounds = np.append(patients["min"].to_numpy() // WORD, words.shape[1])
        parts.append(Bits(named.var_names, groups, patients["size"].to_numpy(), bounds, words))
    return joined(parts, genes, ["patient"])


def _of_patients(each: pd.DataFrame, universe: pd.Index) -> Bits | None:
    """Return one bit for each patient: at or above the level of presence; None if no patient is known."""
    wide = each.pivot(index="gene_id", columns="patient", values="positive").reindex(universe).dropna()
    if wide.empty:
        return None
    groups = pd.DataFrame({"patient": wide.columns.astype(str)})
    return pack((wide == "yes").to_numpy(), wide.index, np.arange(len(groups)), groups)


def donors(bundle: Path, genes: pd.Index, disease: Indication) -> Donors | None:
    """Return the single cells of the donors of a bundle; None if no atlas tells vital cells of donors one by one.

    A gene that some of these atlases did not measure counts as carried by all cells.
    """
    groups = read_table(bundle / "normal_cell_bits.parquet", tables.NORMAL_CELL_BITS).dropna(subset="donor")
    classes = read_table(bundle / "contexts.parquet", tables.CONTEXTS)[["source", "context", "criticality"]]
    groups = groups.merge(classes.drop_duplicates(["source", "context"]), on=["source", "context"], how="left")
    if not (groups["criticality"] == "vital").any():
        return None
    universe = read_table(bundle / "genes.parquet", tables.GENES, ["gene_id"], filters=[("universe", "==", True)])
    have = pd.Index(sorted(universe["gene_id"]))
    groups["counts"] = ~groups["context"].isin(_tolerated(disease))
    parts, measured = [], np.ones(len(genes), dtype=bool)
    for source, own in groups.groupby("source", sort=True):
        words = np.load(bundle / "cells" / f"{source}.npy", mmap_mode="r").view(np.uint64)
        own = own.sort_values("bit")
        starts = own["bit"].to_numpy(dtype=np.int64) // WORD
        ends = starts - (-own["n_cells"].to_numpy(dtype=np.int64) // WORD)
        chosen = np.concatenate([words[:, a:b] for a, b in zip(starts, ends, strict=True)], axis=1)
        bounds = np.concatenate([[0], np.cumsum(ends - starts)])
        parts.append(Bits(have, own.reset_index(drop=True), own["n_cells"].to_numpy(np.int64), bounds, chosen))
        rows = read_table(bundle / "normal_cell.parquet", tables.NORMAL_CELL, ["gene_id"], [("source", "==", source)])
        measured &= genes.isin(rows["gene_id"])
    bits = joined(parts, genes, ["donor", "source", "tissue", "cell_type"])
    return Donors(bits.with_all(~measured), measured)


def _tolerated(disease: Indication) -> set[str]:
    """Return the cell types whose loss is accepted whatever the gene."""
    return {entry.name for entry in disease.tolerated if not entry.genes}


def clusters(bundle: Path, genes: pd.Index, disease: Indication, level: float) -> Clusters:
    """Return the upper tails of genes in the clusters and tissues of a bundle; unmeasured is infinite.

    Parameters
    ----------
    level
        Level of caution, which counts as much as all of the tumour.
    """
    classes = read_table(bundle / "contexts.parquet", tables.CONTEXTS)
    names = ["source", "context", "criticality"]
    values, groups = [], []
    for table, kind in NORMALS:
        columns = ["gene_id", "source", "context", "upper_tpm"]
        rows = read_table(bundle / f"{table.name}.parquet", table, columns, categorical=True)
        rows = rows[rows["gene_id"].isin(genes)]
        wide = rows.pivot(index="gene_id", columns=["source", "context"], values="upper_tpm").sort_index(axis=1)
        values.append(np.nan_to_num(wide.reindex(genes).to_numpy(dtype=float), nan=np.inf))
        found = wide.columns.to_frame(index=False).merge(classes[names].drop_duplicates(), on=names[:2], how="left")
        tolerated = _tolerated(disease) if kind != "tissue" else set()  # no tissue is tolerated as a whole
        groups.append(found.assign(donor=None, mixture=kind == "tissue", counts=~found["context"].isin(tolerated)))
    return Clusters(np.concatenate(values, axis=1), pd.concat(groups, ignore_index=True), level, unit=RENORMALISED)
