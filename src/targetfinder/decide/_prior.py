"""What makes the loss of an antigen likely before any patient was treated: five lines of evidence, never one score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from targetfinder.decide._paired import Pair
from targetfinder.samplesheet import RANKED

#: Share of malignant cells without the antigen, and fall with the driver (log2), from which loss is likely: most of the
#: cells need not change, and half of the antigen hangs on the driver.
PATCHY, DRIVEN = 0.5, -1.0
#: Median effect of a knock-out below which cell lines need the gene, as `dependent_share` of the bundle counts.
NEEDED = -0.5
CELLS = "{:.0%} of malignant cells without it (samples: {:.0f})"
COPIES = "one copy or none in {:.0%} (patients: {:.0f})"
DRIVER = "change of {:+.1f} log2 without the driver (pairs: {:.0f})"
NO_CELLS = "no single cells before relapse in which it was measured"
NO_COPIES = "no copy number given"
NO_LOSS = "none on file, which is no proof that there is none"
NO_SCREEN = "no screen of cell lines in the reference set"
NOT_SCREENED = "not in the screen of cell lines"
NO_DRIVER = "no sample with the driver knocked down"
NOT_DRIVEN = "not carried where the driver was knocked down"


def prior(
    genes: pd.DataFrame,
    individuals: pd.DataFrame,
    clinical: pd.DataFrame | None,
    liabilities: pd.DataFrame,
    dependency: pd.DataFrame,
    drivers: Sequence[Pair],
) -> pd.DataFrame:
    """Return what makes the loss of each antigen likely: columns of `ESCAPE_TARGETS` from cells_negative on.

    Parameters
    ----------
    drivers
        Pairs of a driver that is there and the same patient or line with the driver knocked down; their change is not
        freed of a shift, since the driver may move all antigens of the tumour.
    """
    index = pd.Index(genes["gene_id"])
    first = individuals["timepoint"].fillna("").isin(RANKED) & (individuals["modality"] == "rna_cell")
    cells = individuals[first].groupby("gene_id")["cells_positive"].agg(["mean", "count"]).reindex(index)
    copies = _single(clinical).reindex(index)
    frame = pd.DataFrame(
        {
            "cells_negative": 1 - cells["mean"],
            "single_copy": copies["mean"],
            "known_loss": _known(liabilities).reindex(index),
            "dependency": dependency.groupby("gene_id")["median_effect"].mean().reindex(index),
        },
        index,
    ).join(_driven(drivers, index))
    lines = [
        _told(frame["cells_negative"], CELLS, NO_CELLS, cells["count"]),
        _told(frame["single_copy"], COPIES, NO_COPIES, copies["count"]),
        ["on file" if isinstance(text, str) else NO_LOSS for text in frame["known_loss"]],
        _needed(frame["dependency"], dependency),
        _told(frame["driver_change_log2"], DRIVER, NOT_DRIVEN if drivers else NO_DRIVER, frame["driver_n"]),
    ]
    risks = pd.Series(map(_risk, frame.itertuples()), index, dtype=object)
    basis = pd.Series([" | ".join(each) for each in zip(*lines, strict=True)], index, dtype=object)
    return frame.assign(prior_risk=risks, prior_basis=basis)


def _told(values: pd.Series, words: str, nothing: str, counts: pd.Series) -> list[str]:
    """Return what is known of each antigen in words, with its number, or why nothing is."""
    pairs = zip(values, counts, strict=True)
    return [nothing if pd.isna(value) else words.format(value, n) for value, n in pairs]


def _needed(effects: pd.Series, dependency: pd.DataFrame) -> list[str]:
    nothing = NOT_SCREENED if len(dependency) else NO_SCREEN
    words = ["need it" if effect < NEEDED else "grow without it" for effect in effects]
    return [
        nothing if pd.isna(effect) else f"cell lines {word} (median effect {effect:.2f})"
        for effect, word in zip(effects, words, strict=True)
    ]


def _single(clinical: pd.DataFrame | None) -> pd.DataFrame:
    if clinical is None:
        return pd.DataFrame(columns=["mean", "count"], dtype=float)
    known = clinical.dropna(subset=["copy_number"]).groupby(["gene_id", "patient"])["copy_number"].min()
    return (known <= 1).astype(float).groupby(level="gene_id").agg(["mean", "count"])


def _known(liabilities: pd.DataFrame) -> pd.Series:
    rows = liabilities[liabilities["kind"] == "antigen_loss"].sort_values("statement")
    where = rows["indication"].fillna("disease not given") + ", " + rows["evidence"]
    reference = rows["reference"].where(rows["verified"].astype(bool), "unverified").fillna("no reference")
    said = rows["statement"].str.rstrip(".") + " (" + where + "; " + reference + ")."
    return said.groupby(rows["gene_id"]).agg(" ".join)


def _driven(drivers: Sequence[Pair], index: pd.Index) -> pd.DataFrame:
    carried = [np.where(pair.before.carried, pair.after.log2 - pair.before.log2, np.nan) for pair in drivers]
    values = np.array(carried).reshape(len(drivers), len(index))
    n = (~np.isnan(values)).sum(axis=0)
    median = pd.DataFrame(values).median().reindex(range(len(index))).to_numpy(dtype=float)
    counts = pd.Series(n, index).astype("Int64")
    return pd.DataFrame({"driver_change_log2": median, "driver_n": counts.mask(counts == 0)}, index)


def _risk(row: object) -> str | None:
    get = row.__getattribute__
    told = []
    if get("cells_negative") >= PATCHY:
        told.append(f"{get('cells_negative'):.0%} of malignant cells without it")
    if get("single_copy") > 0:
        told.append(f"one copy or none in {get('single_copy'):.0%} of the patients")
    if isinstance(get("known_loss"), str):
        told.append("loss on file")
    if get("driver_change_log2") <= DRIVEN:
        left = 2 ** get("driver_change_log2")
        told.append(f"falls to {left:.0%} where the driver is knocked down (n = {get('driver_n')})")
    return "; ".join(told) or None
