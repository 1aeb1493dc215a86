"""Read one cohort of a samplesheet into the common shape: statistics of genes, samples or cells kept, what was lost.

Every modality gives one `<cohort>.parquet` (`COHORT`), its row of `COHORTS`, the samples as AnnData, and the entries
that lead to no gene. Queries are kept apart, one row for each patient and gene (`QUERY`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables, units
from targetfinder.cohort import _bulk, _patients
from targetfinder.cohort._figures import dynamic_range
from targetfinder.cohort._individuals import individuals, none
from targetfinder.cohort._mapping import excluded
from targetfinder.cohort._matrix import QUERIED, Read
from targetfinder.cohort._quantiles import read_quantiles
from targetfinder.errors import InputError
from targetfinder.identity import Identity
from targetfinder.known_genes import read_known_genes
from targetfinder.samplesheet import Sample, of_cohort, read_samplesheet
from targetfinder.sources.files import sha256_of
from targetfinder.sources.registry import read_registry
from targetfinder.store import read_table, replacing_folder, write_table, write_text

#: Digits of a checksum that tell the states of a samplesheet apart.
DIGITS = 12
#: Statistics that a modality may not have.
ABSENT = {
    **dict.fromkeys(("median_lo", "median_hi", "q1_tpm", "median_tpm", "q3_tpm", "sister_log2"), np.nan),
    **dict.fromkeys(("prevalence", "prevalence_lo", "prevalence_hi"), np.nan),
    **dict.fromkeys(("cells_positive", "cells_positive_lo", "cells_positive_hi"), np.nan),
    **dict.fromkeys(("prevalence_basis", "note")),
}


def read(
    sheet: Path,
    schema: Path,
    cohort: str,
    bundle: Path,
    references: Path,
    store: Path,
    level: float,
    out: Path,
    chosen: str | None = None,
    problems: Path | None = None,
) -> None:
    """Read one cohort of a samplesheet into the folder `out`.

    Parameters
    ----------
    schema
        `schema_input.json`.
    bundle
        Its genes; which entry leads to which of them is read from the sources of the reference set `chosen`.
    level
        Level of prevalence, in TPM*.
    problems
        If given, what is wrong with the files of the user is written there instead of raised, so that `cohort check`
        can tell the problems of all cohorts at once.

    Raises
    ------
    InputError
        Naming each file that cannot be read.
    """
    try:
        rows = of_cohort(read_samplesheet(sheet, schema), cohort, sheet)
        genes = read_table(bundle / "genes.parquet", tables.GENES)
        _, identity = read_known_genes(read_registry(references / "sources.toml", chosen), store)
        with replacing_folder(out, marker="lost.parquet") as folder:
            _write(_of_modality(rows, genes, identity, level, folder), rows, genes, sheet, folder)
    except InputError as error:
        if problems is None:
            raise
        write_text(f"cohort {cohort}: {error}\n", problems)


def _of_modality(rows: Sequence[Sample], genes: pd.DataFrame, identity: Identity, level: float, out: Path) -> Read:
    if rows[0].modality == "rna_cell":
        from targetfinder.cohort._single_cells import read_cells

        return read_cells(rows, genes, identity, out)
    if rows[0].modality == "protein":
        from targetfinder.cohort._protein_cohort import read_proteins

        return read_proteins(rows, genes, identity)
    if rows[0].format == "quantiles":
        return read_quantiles(rows, genes, identity, level)
    return read_bulk(rows, genes, identity, level)


def read_bulk(rows: Sequence[Sample], genes: pd.DataFrame, identity: Identity, level: float) -> Read:
    """Read bulk RNA; a written reason in the samplesheet makes its unit count although the numbers contradict it."""
    samples = _bulk.read_samples(rows, identity)
    profile = _bulk.profile_of(rows[0].cohort, samples, rows, genes)
    trusted = any(row.override for row in rows)
    counted = (samples.obs["role"] == "cohort").to_numpy()
    found = _bulk.statistics(samples, profile, genes, level, trusted=trusted) if counted.any() else None
    linear = found is not None and "median_tpm" in found
    tpm = samples.tpm[profile.cohort.values.columns] if linear and samples.tpm is not None else None
    about = {
        "n": samples.obs.loc[counted, "patient"].nunique(),
        "n_samples": int(counted.sum()),
        "unit": samples.unit or "not claimed",
        "unit_seen": "|".join(profile.recognised.units) or None,
        "scale": "linear" if linear else "rank_only",
        "reasons": None if linear else profile.contradiction or f"no TPM can be made of {samples.unit}",
        **_figures(samples.values.loc[:, counted], tpm, genes, profile.shares),
    }
    said = {"unit": samples.unit, "entries": samples.entries}
    asked = queries(samples, genes, linear=profile.linear or trusted)
    known = none() if tpm is None else _individuals(tpm, samples.obs["patient"], genes, level)
    return Read(found, about, kept(samples), samples.lost, asked, said, known)


def _individuals(tpm: pd.DataFrame, patients: pd.Series, genes: pd.DataFrame, level: float) -> pd.DataFrame:
    universe = pd.Index(genes.loc[genes["universe"], "gene_id"])
    scaled = _patients.by_patient(_patients.renormalised(tpm, genes), patients)
    return individuals(scaled.reindex(universe), level)


def _figures(values: pd.DataFrame, tpm: pd.DataFrame | None, genes: pd.DataFrame, shares: pd.Series) -> dict[str, Any]:
    """Return the figures of `COHORTS`: of TPM where there is, else of the values as given."""
    medians = (values if tpm is None else tpm).quantile(0.5, axis=1).dropna()
    symbols = genes.set_index("gene_id")["symbol"]
    normaliser = genes.loc[genes["normaliser"], "gene_id"]
    return {
        "top_median": medians.max(),
        "lowest_quartile": float(values.quantile(0.25, axis=1).min()),
        "top_gene": symbols.get(medians.idxmax()) if len(medians) else None,
        "dynamic_range": dynamic_range(medians.to_numpy(dtype=float)),
        "sum_of_medians": float(medians.sum()),
        "kept_share": np.nan
        if tpm is None
        else float((tpm[tpm.index.isin(normaliser)].sum() / tpm.sum()).clip(upper=1).median()),
        "kept_share_basis": None if tpm is None else "samples",
        "immunoglobulin_share": shares.get("immune_receptor", np.nan),
        "mitochondrial_share": shares.get("mitochondrial", np.nan),
    }


def kept(samples: _bulk.Samples) -> Any:
    """Return all samples × genes: as given, and in TPM (layer) where that was made."""
    from anndata import AnnData

    found = AnnData(samples.values.T.to_numpy(dtype=np.float32), obs=samples.obs.astype({"purity": float}))
    found.var_names = samples.values.index.astype(str)
    if samples.tpm is not None:
        found.layers["TPM"] = samples.tpm.reindex(samples.values.index).T.to_numpy(dtype=np.float32)
    return found


def queries(samples: _bulk.Samples, genes: pd.DataFrame, *, linear: bool) -> pd.DataFrame:
    """Return the columns `QUERIED` of `QUERY`, one row for each query and protein-coding gene; TPM* only if linear."""
    asked = samples.obs.index[samples.obs["role"] == "query"]
    tpm = samples.tpm if linear else None
    coding = pd.Index(genes.loc[genes["protein_coding"], "gene_id"], name="gene_id")
    parts = []
    for sample in asked:
        given = samples.values[[sample]].reindex(coding)
        scaled = None if tpm is None else _patients.renormalised(tpm[[sample]], genes).reindex(coding)
        parts.append(
            pd.DataFrame({"value_tpm": np.nan if scaled is None else scaled[sample]}, index=coding).assign(
                sample=sample,
                patient=samples.obs.loc[sample, "patient"],
                percentile=units.percentile_rank((given if scaled is None else scaled)[sample]),
            )
        )
    return pd.concat(parts).reset_index() if parts else pd.DataFrame(columns=list(QUERIED))


def _write(found: Read, rows: Sequence[Sample], genes: pd.DataFrame, sheet: Path, folder: Path) -> None:
    first, source = rows[0], {"source": sheet.name, "release": sha256_of(sheet)[:DIGITS]}
    symbols = genes.set_index("gene_id")["symbol"]
    if found.statistics is not None:
        frame = in_common_shape(found.statistics, symbols, first.cohort, found.about["n"]).assign(**source)
        write_table(frame, tables.COHORT, folder / f"{first.cohort}.parquet")
        counts = frame["detection"].value_counts()
        about = _about(first, found) | source | {state: int(counts.get(state, 0)) for state in tables.DETECTION}
        write_table(pd.DataFrame([about])[tables.COHORTS.names], tables.COHORTS, folder / "about.parquet")
    about_query = {name: getattr(first, name) for name in ("indication", "cohort", "material")} | source
    asked = found.queries.assign(symbol=found.queries["gene_id"].map(symbols), **about_query)
    write_table(asked[tables.QUERY.names], tables.QUERY, folder / "queries.parquet")
    write_table(_each(found, first, genes, source), tables.INDIVIDUALS, folder / "individuals.parquet")
    write_table(excluded(found.lost, **source), tables.EXCLUDED, folder / "lost.parquet")
    found.kept.uns["targetfinder"] = json.dumps(
        source | found.said | {"samplesheet_rows": [json.loads(row.model_dump_json()) for row in rows]}
    )
    found.kept.write_h5ad(folder / f"{first.cohort}.h5ad", compression="gzip")


def _each(found: Read, first: Sample, genes: pd.DataFrame, source: dict[str, str]) -> pd.DataFrame:
    """Return `INDIVIDUALS` of the genes of the universe."""
    shared = {name: getattr(first, name) for name in ("cohort", "indication", "modality")} | source
    unit = {"rna_bulk": units.RENORMALISED, "rna_cell": "CP10k"}.get(first.modality, found.about.get("unit"))
    each = found.individuals[found.individuals["gene_id"].isin(genes.loc[genes["universe"], "gene_id"])]
    known = each.assign(timepoint=first.timepoint or None, unit=unit, **shared)
    return known.astype({"patient": str})[tables.INDIVIDUALS.names]


def in_common_shape(statistics: pd.DataFrame, symbols: pd.Series, cohort: str, n: int) -> pd.DataFrame:
    """Return `COHORT` without source and release: what a modality does not have is missing."""
    frame = statistics.assign(**{name: value for name, value in ABSENT.items() if name not in statistics})
    if "detection" not in frame:
        frame["detection"] = np.where(frame["coverage"] > 0, "measured", "unmeasured")
    frame = frame.rename_axis("gene_id").reset_index()
    return frame.assign(symbol=frame["gene_id"].map(symbols), cohort=cohort, n=n)


def _about(first: Sample, found: Read) -> dict[str, Any]:
    return {
        "cohort": first.cohort,
        "modality": first.modality,
        "indication": first.indication,
        "timepoint": first.timepoint or None,
        "library": first.library,
        "material": first.material,
        "selected_by": "|".join(first.selected_by) or None,
        "purity": np.nan if first.purity is None else first.purity,
        "lost": len(found.lost),
        "study": first.cohort,
        **dict.fromkeys((*_FIGURES, "reasons", "unit_seen")),
        **found.about,
    }


_FIGURES = (
    *("top_median", "lowest_quartile", "top_gene", "dynamic_range", "sum_of_medians"),
    *("kept_share", "kept_share_basis", "immunoglobulin_share", "mitochondrial_share"),
)
