"""NK view: what a tumour shows an NK cell, held against other tumours, and what that argues for NK cells or against."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder import tables, units
from targetfinder.cohorts import of_indication
from targetfinder.evidence._records import PREVALENCE, cohorts_of, tumour
from targetfinder.indications import Indication, read_indication
from targetfinder.settings import NkView, read_scoring
from targetfinder.store import read_table, write_table

#: Other cohorts that a gene must have been measured in, and patients that each must have: fewer make no third.
LEAST_COHORTS, LEAST_PATIENTS = 9, 10


def run(indication: Path, bundle: Path, cohorts: Path, scoring: Path, out: Path) -> None:
    """Write `TUMOUR_NK_VIEW` of one indication."""
    disease, settings = read_indication(indication), read_scoring(scoring)
    panel = read_table(bundle / "nk_view.parquet", tables.NK_VIEW)
    genes = panel[["gene_id", "symbol"]].drop_duplicates("gene_id").sort_values("gene_id")
    chosen = cohorts_of(disease, cohorts)
    found = nk_view(
        panel,
        tumour(disease, cohorts, genes),
        others(disease, cohorts, genes["gene_id"]),
        level=settings.presence.level if (chosen["scale"] == "linear").all() else None,
        settings=settings.nk_view,
    )
    told = {name: ", ".join(sorted(set(chosen[name]))) for name in ("cohort", "source", "release")}
    write_table(tables.TUMOUR_NK_VIEW.sort(found.assign(**told)), tables.TUMOUR_NK_VIEW, out)


def others(disease: Indication, folder: Path, genes: pd.Series) -> pd.DataFrame:
    """Return the percentile of each gene in every other shipped cohort of bulk RNA; shape (genes, cohorts)."""
    known = read_table(folder / "cohorts.parquet", tables.COHORTS)
    shipped = known["indication"].isna() & (known["modality"] == "rna_bulk") & (known["n"] >= LEAST_PATIENTS)
    own = of_indication(known, disease.model_dump())["cohort"]
    names = sorted(set(known.loc[shipped, "cohort"]) - set(own)) if len(genes) else []
    wanted, asked = ["gene_id", "percentile"], [("gene_id", "in", list(genes))]
    columns = {
        name: read_table(folder / f"{name}.parquet", tables.COHORT, wanted, asked).set_index("gene_id")["percentile"]
        for name in names
    }
    return pd.DataFrame(columns, index=pd.Index(genes, name="gene_id"), dtype=float)


def nk_view(
    panel: pd.DataFrame, values: pd.DataFrame, compared: pd.DataFrame, *, level: float | None, settings: NkView
) -> pd.DataFrame:
    """Return `TUMOUR_NK_VIEW` without cohort, source and release.

    A gene is *high* if at least `share` of the other cohorts have less of it and it reaches the presence level (by
    rank only: the median gene); *low* if it is below `absent` or not detected, or if at least `share` have more.

    Parameters
    ----------
    panel
        `NK_VIEW`.
    values
        Output of `_records.tumour` for the genes of the panel.
    compared
        Percentiles of the same genes in other cohorts, one column each; NaN if unmeasured.
    level
        Presence level in TPM*; None if the tumour is rank_only.
    """
    percentile = values["percentile"].astype(float)
    measured = compared.notna().sum(axis=1)
    less = compared.lt(percentile, axis=0).sum(axis=1) + compared.eq(percentile, axis=0).sum(axis=1) / 2
    place = (less / measured.replace(0, np.nan)).where(measured >= LEAST_COHORTS)
    there = percentile >= units.MEDIAN_GENE if level is None else values["median_tpm"] >= level
    absent = (values["detection"] == "below_detection") | (values["median_tpm"] < settings.absent)
    call = np.select(
        [percentile.isna(), absent, place.isna(), there & (place >= settings.share), place <= 1 - settings.share],
        ["unmeasured", "low", "not compared", "high", "low"],
        "intermediate",
    )
    by_gene = pd.DataFrame(
        {
            "call": call,
            "tumour_median": values["median_tpm"],
            "tumour_percentile": percentile,
            **{name: values[name] for name in PREVALENCE},
            "n": values["n"],
            "others": measured,
            "others_below": less,
        }
    )
    rows = panel.assign(panel=panel["source"] + " " + panel["release"]).drop(columns=["source", "release"])
    found = by_gene.reindex(rows["gene_id"]).set_axis(rows.index)
    return rows.join(found.assign(says=says(rows["direction"], found["call"])))


def says(direction: pd.Series, call: pd.Series) -> pd.Series:
    """Return what each call argues: `for` or `against` where it is the one that the direction speaks of."""
    words = direction.astype(str).str.split(" ")
    end, side = words.str[0].astype(object), words.str[1].astype(object)
    untold = call.isin(["unmeasured", "not compared"])
    return pd.Series(np.select([untold, call == end], ["unknown", side], "nothing"), call.index, dtype=object)
