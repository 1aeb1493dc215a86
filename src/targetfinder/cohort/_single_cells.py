"""Single cells of a user's own tumours: files to statistics of patients, by the streams of `_cells`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import units
from targetfinder.cohort import _patients
from targetfinder.cohort._bulk import raise_together
from targetfinder.cohort._cell_groups import aggregate, kinds_of_genes
from targetfinder.cohort._cells import Bits, TumourCells, tumour_cells
from targetfinder.cohort._individuals import individuals
from targetfinder.cohort._mapping import by_gene, to_genes
from targetfinder.cohort._matrix import Matrix, Read
from targetfinder.cohort.formats._cell_file import text_of
from targetfinder.cohorts import POSITIVE_CELLS
from targetfinder.errors import InputError
from targetfinder.identity import Identity
from targetfinder.samplesheet import EVERY, Sample

PSEUDOBULK = "pseudobulk of single cells counts molecules, not TPM: it is compared by rank"
AMBIENT = "ambient immunoglobulin: {:.1%} of the RNA of cells that make none (median of {} patients)"


@dataclass(frozen=True)
class _File:
    """One file: its cells, the gene of each of its columns, and what led to none."""

    path: Path
    cells: TumourCells
    genes: pd.Series
    lost: pd.DataFrame
    antibodies: Matrix | None


def read_files(rows: Sequence[Sample], genes: pd.DataFrame, identity: Identity, folder: Path | None) -> list[_File]:
    """Stream the files of a cohort; all of their errors come at once.

    Parameters
    ----------
    folder
        Where to write `<file>.bits.npy`, the detection matrix of the surface genes (universe) in malignant cells, by
        gene, each patient's cells side by side, and `<file>.cells.h5ad`, which names these cells and genes; None for
        neither.
    """
    found, problems = [], []
    for row in rows:
        for path in row.files:
            try:
                found.append(_read(row, path, genes, identity, folder))
            except InputError as error:
                problems.append(error)
    raise_together(problems)
    return found


def _read(row: Sample, path: Path, genes: pd.DataFrame, identity: Identity, folder: Path | None) -> _File:
    from targetfinder.cohort._antibodies import antibodies
    from targetfinder.cohort.formats import cells as formats

    name = path.name.partition(".")[0] if row.sample == EVERY else row.patient
    with formats.FORMATS[row.format](path, {"sample": name, **row.mapping}) as cells:
        gene_of, lost = to_genes(cells.entries, cells.symbols, identity, path)
        gene_of = gene_of.mask(gene_of.duplicated() & gene_of.notna())
        bits, universe = None, pd.Index(sorted(genes.loc[genes["universe"], "gene_id"]))
        if folder is not None:
            bits = Bits(folder / f"{path.name}.bits.npy", universe.get_indexer(pd.Index(gene_of)), len(universe))
        found = tumour_cells(cells, row.malignant, *kinds_of_genes(gene_of.reset_index(drop=True), genes), bits)
        if folder is not None:
            _keep_cells(
                folder / f"{path.name}.cells.h5ad", cells.barcodes[:], found, universe, counted=cells.values == "counts"
            )
        return _File(path, found, gene_of, lost, antibodies(cells, found) if cells.meaning.proteins else None)


def _keep_cells(path: Path, barcodes: Any, found: TumourCells, universe: pd.Index, *, counted: bool) -> None:
    """Write the malignant cells that count × surface genes, without values.

    obs has the patient, the place of the cell's bit, and the depth of the patient: the median of the counts of its
    malignant cells, missing where the file has no counts.

    What each cell expresses is in the detection matrix; copying the counts of a large atlas would help nobody.
    """
    from anndata import AnnData

    bit = found.layout.bit
    chosen = np.flatnonzero(bit >= 0)
    patient = pd.Categorical(found.patients.astype(str)[found.layout.patient(bit[chosen])])
    names = [text_of(name) for name in np.asarray(barcodes)[chosen]]
    obs = pd.DataFrame({"patient": patient, "bit": bit[chosen]}, index=names)
    malignant = found.quality[found.quality["malignant"]].set_index("patient")
    depth = malignant["total_counts"] if counted else pd.Series(np.nan, malignant.index)
    obs["depth"] = obs["patient"].astype(str).map(depth.rename(index=str)).astype(float)
    AnnData(obs=obs, var=pd.DataFrame(index=universe.astype(str))).write_h5ad(path, compression="gzip")


def read_cells(rows: Sequence[Sample], genes: pd.DataFrame, identity: Identity, folder: Path) -> Read:
    """Read a cohort of single cells.

    Median is that of the pseudobulk of each patient's malignant cells, in CPM; `cells_positive` the mean over patients
    of the share of malignant cells with a count; prevalence the share of patients in whom `POSITIVE_CELLS` have one.
    """
    files = read_files(rows, genes, identity, folder)
    cpm, positive, n_cells = (_over_files(files, what) for what in ("cpm", "detection", "n_cells"))
    coding = pd.Index(genes.loc[genes["protein_coding"], "gene_id"], name="gene_id")
    cpm, positive = cpm.reindex(coding), positive.reindex(coding)
    mean, low, high = _patients.mean_over_patients(positive.to_numpy(dtype=float))
    median = cpm.quantile(0.5, axis=1)
    statistics = _patients.prevalence(positive, POSITIVE_CELLS).assign(
        median=median,
        coverage=cpm.notna().mean(axis=1),
        percentile=units.percentile_rank(median),
        cells_positive=mean,
        cells_positive_lo=low,
        cells_positive_hi=high,
    )
    statistics["prevalence_basis"] = pd.Series("counted", coding).where(statistics["prevalence"].notna())
    ambient = pd.concat([file.cells.ambient for file in files])
    known, share = ambient["ambient_ig"].dropna(), ambient["ig_malignant"].dropna()
    told = [AMBIENT.format(known.median(), len(known))] if len(known) else sorted(set(ambient["reason"].dropna()))
    about = {
        "n": cpm.shape[1],
        "n_samples": int(n_cells.sum().sum()),
        "unit": "CPM",
        "scale": "rank_only",
        "reasons": "; ".join([PSEUDOBULK, *told, *_left_out(files)]),
        "immunoglobulin_share": float(share.median()) if len(share) else np.nan,
    }
    lost = pd.concat([file.lost for file in files]).drop_duplicates(ignore_index=True)
    scaled, cells = _over_files(files, "mean").reindex(coding), n_cells.T.groupby(level=0).sum().sum(axis=1)
    return Read(statistics, about, _kept(files), lost, individuals=individuals(scaled, POSITIVE_CELLS, positive, cells))


def _over_files(files: Sequence[_File], what: str) -> pd.DataFrame:
    """Return gene × patient of one quantity; a patient of several files is their mean weighted by cells."""
    parts, weights = [], []
    for file in files:
        found = aggregate(file.cells)
        cells = found.n_cells
        table = cells.to_frame().T if what == "n_cells" else by_gene(getattr(found, what).T, file.genes, additive=False)
        parts.append(table)
        weights.append(cells)
    wide, weight = pd.concat(parts, axis=1), pd.concat(weights)
    if what == "n_cells" or wide.columns.is_unique:
        return wide
    weighted: pd.DataFrame = (wide * weight.to_numpy()).T.groupby(level=0).sum(min_count=1).T
    total: pd.DataFrame = wide.notna().mul(weight.to_numpy(), axis=1).T.groupby(level=0).sum().T
    return weighted / total


def _left_out(files: Sequence[_File]) -> list[str]:
    counts: dict[str, int] = {}
    for file in files:
        for reason, number in file.cells.left_out.items():
            counts[reason] = counts.get(reason, 0) + number
    return [f"{number:,} left out: {reason}" for reason, number in sorted(counts.items()) if number]


def _kept(files: Sequence[_File]) -> Any:
    """Return groups of cells (patient, state, malignant or other) × genes: mean CP10k, and the share detected."""
    from anndata import AnnData, concat

    parts: list[Any] = []
    for file in files:
        for malignant in (True, False):
            if not (file.cells.groups["malignant"] == malignant).any():
                continue
            found = aggregate(file.cells, ("patient", "state"), malignant=malignant)
            obs = found.n_cells.rename("n_cells").reset_index().assign(malignant=malignant, file=file.path.name)
            obs["state"] = obs["state"].astype(object).fillna("").astype(str)
            obs = obs.set_axis([f"{len(parts)}.{number}" for number in range(len(obs))])
            mean, detection = (
                by_gene(table.reset_index(drop=True).T, file.genes, additive=False).T
                for table in (found.mean, found.detection)
            )
            part = AnnData(
                mean.to_numpy(dtype=np.float32), obs=obs, layers={"detection": detection.to_numpy(np.float32)}
            )
            part.var_names = mean.columns.astype(str)
            parts.append(part)
    return concat(parts, join="outer", fill_value=np.nan)
