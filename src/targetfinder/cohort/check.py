"""Judge every cohort against every bulk atlas before anything is compared, and join shipped and own cohorts.

A pair that may be compared by rank only makes the cohort rank_only; a pair that is refused stops the run, unless the
samplesheet gives a written reason, which the report prints.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.cohort._compatibility import Atlas, Cohort, Profile, verdict
from targetfinder.cohort._composition import classes
from targetfinder.errors import InputError
from targetfinder.store import read_table, replacing_folder, write_table

#: End of the names of files that hold which cells were kept.
CELLS = ".cells.h5ad"
#: Columns of amounts, which a cohort that is compared by rank only must not have.
AMOUNTS = ("q1_tpm", "median_tpm", "q3_tpm", "sister_log2", "prevalence", "prevalence_lo", "prevalence_hi")


def check(shipped: Path, own: Sequence[Path], problems: Sequence[Path], bundle: Path, out: Path) -> None:
    """Write all cohorts in the common shape, `cohorts`, `compatibility`, `queries` and `individuals.parquet`.

    Parameters
    ----------
    shipped
        Output of `cohort build`.
    own
        Outputs of `cohort read`.
    problems
        Files in which `cohort read` wrote what is wrong; empty ones say nothing.

    Raises
    ------
    InputError
        Telling the problems of all cohorts at once, or every comparison that is refused.
    """
    _raise_problems(problems)
    genes = read_table(bundle / "genes.parquet", tables.GENES)
    normal = read_table(bundle / "normal_bulk.parquet", tables.NORMAL_BULK)
    known = classes(genes)
    atlases = [Atlas.of(rows, genes) for _, rows in normal.groupby("source")]
    abouts = [_about(shipped / "cohorts.parquet"), *(_about(folder / "about.parquet") for folder in own)]
    cohorts = pd.concat([part for part in abouts if len(part)], ignore_index=True)
    _refuse_doubled(cohorts)
    places = {path.stem: path for path in shipped.glob("*.parquet")}
    of_own = {path.stem: path for path in map(_place, own)}
    places |= of_own
    asked = [_queries_alone(path) for path in of_own.values() if not path.is_file()]
    every: list[dict[Any, Any]] = [*cohorts.to_dict("records"), *asked]
    rows = [row for about in every for row in judged(about, places[about["cohort"]], genes, known, atlases)]
    pairs = pd.DataFrame(rows, columns=tables.COMPATIBILITY.names)
    _raise_refused(pairs)
    ranked = pairs[pairs["verdict"] == "rank_only"].groupby("cohort")["reasons"].agg(_together)
    with replacing_folder(out, marker="cohorts.parquet") as folder:
        for cohort in cohorts["cohort"]:
            _copy(places[cohort], folder, as_ranks=cohort in ranked.index)
        write_table(_with_verdicts(cohorts, ranked), tables.COHORTS, folder / "cohorts.parquet")
        write_table(pairs, tables.COMPATIBILITY, folder / "compatibility.parquet")
        write_table(_of_own(own, tables.QUERY, "queries"), tables.QUERY, folder / "queries.parquet")
        each = _comparable(_of_own(own, tables.INDIVIDUALS, "individuals"), ranked.index)
        write_table(each, tables.INDIVIDUALS, folder / "individuals.parquet")


def _raise_problems(problems: Sequence[Path]) -> None:
    told = "".join(path.read_text(encoding="utf-8") for path in problems)
    if told:
        raise InputError(f"cohorts of the samplesheet cannot be read:\n{told}", remedy="mend each of them")


def _about(path: Path) -> pd.DataFrame:
    return read_table(path, tables.COHORTS) if path.is_file() else tables.COHORTS.empty()


def _place(folder: Path) -> Path:
    """Return `<cohort>.parquet` of an own cohort, which is not there if it holds queries only."""
    found = [path for path in folder.glob("*.h5ad") if not path.name.endswith(CELLS)]
    if len(found) != 1 or not (folder / "lost.parquet").is_file():
        raise InputError("is no output of `cohort read`", file=folder, field="own", remedy="name what it wrote")
    return found[0].with_suffix(".parquet")


def _queries_alone(path: Path) -> dict[str, Any]:
    """Return what `judged` must know of a cohort that holds queries only, and so has no row of `COHORTS`."""
    import anndata

    rows = json.loads(anndata.read_h5ad(path.with_suffix(".h5ad")).uns["targetfinder"])["samplesheet_rows"]
    purities = [row["purity"] for row in rows if row["purity"] is not None]
    return {
        "cohort": path.stem,
        "modality": rows[0]["modality"],
        "library": rows[0]["library"],
        "purity": float(np.median(purities)) if purities else None,
    }


def _refuse_doubled(cohorts: pd.DataFrame) -> None:
    doubled = cohorts.loc[cohorts["cohort"].duplicated(), "cohort"]
    if len(doubled):
        told = f"cohort {', '.join(doubled)} is also one of the shipped cohorts"
        raise InputError(told, field="cohort", remedy="give your cohort another id in the samplesheet")


def judged(
    about: dict[Any, Any], path: Path, genes: pd.DataFrame, known: pd.DataFrame, atlases: Sequence[Atlas]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of `COMPATIBILITY` of one cohort.

    Parameters
    ----------
    about
        Row of `COHORTS`.
    path
        `<cohort>.parquet`; the samples of an own cohort are in `<cohort>.h5ad` beside it.
    known
        `_composition.classes` of `genes`.
    """
    if about["modality"] != "rna_bulk":
        told = {"verdict": "rank_only", "reasons": about["reasons"]}
        for atlas in atlases:
            known = read_table(path, tables.COHORT, columns=["gene_id", "detection"])
            measured = known.loc[known["detection"] != "unmeasured", "gene_id"]
            overlap = float(atlas.log.index.isin(measured).mean())
            yield _row({"cohort": about["cohort"], "atlas": atlas.source, "gene_overlap": overlap, **told})
        return
    cohort, override = _own(about, path) if path.with_suffix(".h5ad").is_file() else (_shipped(about, path), None)
    profile = Profile.of(cohort, genes, known)
    for atlas in atlases:
        yield _row(verdict(profile, atlas) | {"override": override})


def _row(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found.get(name) for name in tables.COMPATIBILITY.names}


def _shipped(about: dict[Any, Any], path: Path) -> Cohort:
    medians = read_table(path, tables.COHORT, columns=["gene_id", "median"]).set_index("gene_id").dropna()
    said = {"unit": about["unit"], "library": about["library"]}
    return Cohort(about["cohort"], medians, **said, entries=len(medians), medians=True)


def _own(about: dict[Any, Any], path: Path) -> tuple[Cohort, str | None]:
    """Return the samples of an own cohort, and the written reason to compare it all the same."""
    import anndata

    kept = anndata.read_h5ad(path.with_suffix(".h5ad"))
    said = json.loads(kept.uns["targetfinder"])
    counted = (kept.obs["role"] == "cohort").to_numpy()
    kept = kept[counted] if counted.any() else kept
    lost = read_table(path.with_name("lost.parquet"), tables.EXCLUDED)["entry"].tolist()

    def frame(values: Any) -> pd.DataFrame:
        return pd.DataFrame(np.asarray(values, dtype=float).T, kept.var_names, kept.obs_names)

    cohort = Cohort(
        name=about["cohort"],
        values=frame(kept.X),
        unit=said["unit"],
        library=about["library"],
        purity=None if pd.isna(about["purity"]) else about["purity"],
        lost=lost,
        entries=said["entries"],
        medians=said.get("medians", False),
        tpm=frame(kept.layers["TPM"]) if said["unit"] == "counts" and "TPM" in kept.layers else None,
    )
    reasons = dict.fromkeys(row["override"] for row in said["samplesheet_rows"] if row["override"])
    return cohort, "; ".join(reasons) or None


def _raise_refused(pairs: pd.DataFrame) -> None:
    refused = pairs[(pairs["verdict"] == "refuse") & pairs["override"].isna()]
    if len(refused):
        told = "\n".join(f"{row.cohort} with {row.atlas}: {row.reasons}" for row in refused.itertuples())
        raise InputError(
            f"cohorts that cannot be compared:\n{told}",
            field="override",
            remedy="mend the samplesheet or the files, or write in column override why they are compared all the same",
        )


def _together(reasons: pd.Series) -> str:
    return "; ".join(dict.fromkeys(part for text in reasons.dropna() for part in text.split("; ")))


def _with_verdicts(cohorts: pd.DataFrame, ranked: pd.Series) -> pd.DataFrame:
    """Return `COHORTS` of which those that some atlas can be compared with by rank only are rank_only, with reasons."""
    found = cohorts["cohort"].map(ranked)
    linear = cohorts["scale"] == "linear"
    return cohorts.assign(
        scale=cohorts["scale"].mask(found.notna(), "rank_only"),
        reasons=cohorts["reasons"].mask(found.notna() & linear, found),
    )


def _copy(path: Path, folder: Path, *, as_ranks: bool) -> None:
    """Copy a cohort, without amounts if it is compared by rank."""
    if as_ranks and read_table(path, tables.COHORT, columns=["median_tpm"])["median_tpm"].notna().any():
        frame = read_table(path, tables.COHORT).assign(**dict.fromkeys(AMOUNTS, np.nan), prevalence_basis=None)
        write_table(frame, tables.COHORT, folder / path.name)
    else:
        shutil.copyfile(path, folder / path.name)


def _of_own(own: Sequence[Path], table: tables.Table, name: str) -> pd.DataFrame:
    """Return a table of all own cohorts."""
    parts = [read_table(folder / f"{name}.parquet", table) for folder in own]
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else table.empty()


def _comparable(individuals: pd.DataFrame, ranked: pd.Index) -> pd.DataFrame:
    """Return `INDIVIDUALS` in which nobody is positive by an amount of a cohort that is compared by rank."""
    bulk = (individuals["modality"] == "rna_bulk") & individuals["cohort"].isin(ranked)
    return individuals.assign(positive=individuals["positive"].mask(bulk, None))
