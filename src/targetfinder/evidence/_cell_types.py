"""What each cell type of an atlas carries: donor by donor less ambient RNA, or as clusters of all donors together."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from targetfinder.evidence._donor_interval import interval
from targetfinder.units import RENORMALISED, Floats

#: What is up to this many times what ambient RNA puts there is explained by it: shares differ from droplet to droplet.
EXPLAINED: Final = 2.0
#: Units that rules are written in; what has another unit is judged in TPM*.
RULED: Final = ("nTPM", "TPM", "TPM*")
ONE_DONOR = "one donor"
NO_DONORS = "no donors"
PLACE = ["tissue", "cell_type", "context", "source", "release"]


class CellType(NamedTuple):
    """One tissue and cell type of an atlas with cells: arrays of gene × donor, `own` and `mean` in TPM*."""

    place: dict[str, str]
    own: Floats
    mean: Floats
    detected: Floats
    has_donors: bool
    n_cells: int


def own_level(mean: Floats, ambient: Floats, soup: Floats) -> Floats:
    """Return what is the cells' own: nothing where ambient RNA explains it, else (mean - ambient) / (1 - soup).

    An ambient part that cannot be told (NaN) explains nothing. `soup` is the share of ambient RNA in all RNA.
    """
    part = np.nan_to_num(ambient)
    return np.where(mean > EXPLAINED * part, (mean - part) / (1 - np.nan_to_num(soup)), 0.0)


def recurring(own: Floats) -> Floats:
    """Return what at least two donors show: the second highest of each row (gene × donor); the only one of one."""
    return own[:, 0] if own.shape[1] == 1 else np.partition(own, -2, axis=1)[:, -2]


def cell_types(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[CellType]]:
    """Return level and highest donor of each gene in each tissue and cell type, and what they rest on.

    Parameters
    ----------
    rows
        `NORMAL_CELL_DONORS` of the genes that are wanted.

    Returns
    -------
    Columns gene_id, those of `PLACE`, level, highest, unit, `at` and `row`: the number of the cell type in the list,
    and of the gene in its arrays.
    """
    parts: list[pd.DataFrame] = []
    found: list[CellType] = []
    for _, group in rows.groupby(PLACE, sort=True, observed=True, dropna=False):
        ordered = group.sort_values(["gene_id", "donor"], kind="stable")
        genes = ordered["gene_id"].unique()
        kind = _cell_type(ordered, len(genes))
        parts.append(
            pd.DataFrame({"gene_id": genes, "level": recurring(kind.own), "highest": kind.mean.max(axis=1)}).assign(
                **kind.place, unit=RENORMALISED, at=len(found), row=np.arange(len(genes))
            )
        )
        found.append(kind)
    return (pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()), found


def _cell_type(ordered: pd.DataFrame, genes: int) -> CellType:
    """Return one cell type from its rows, sorted by gene and donor; all donors have the same genes."""
    mean, detected, part, soup = (ordered[name].to_numpy(float).reshape(genes, -1) for name in _VALUES)
    cells = int(ordered["n_cells"].to_numpy()[: mean.shape[1]].sum())
    place = {name: str(ordered[name].iloc[0]) for name in PLACE}
    return CellType(place, own_level(mean, part, soup), mean, detected, bool(ordered["donor"].notna().all()), cells)


_VALUES = ("mean", "detected", "ambient", "soup")


def with_intervals(kept: pd.DataFrame, found: list[CellType], note: float) -> pd.DataFrame:
    """Return some rows of `cell_types` with what stands behind them: the columns of `OFF_TARGET` about donors."""
    parts = [_told(rows, found[int(rows["at"].iloc[0])], note) for _, rows in kept.groupby("at", sort=True)]
    return pd.concat(parts, ignore_index=True).drop(columns=["at", "row"])


def _told(rows: pd.DataFrame, kind: CellType, note: float) -> pd.DataFrame:
    places = rows["row"].to_numpy(int)
    own, mean, detected = kind.own[places], kind.mean[places], kind.detected[places]
    n = own.shape[1]
    ambient_only = recurring(mean) >= note if n > 1 else own[:, 0] < note
    why = np.where(ambient_only, "explained by ambient RNA", f"in one of {n} donors").astype(object)
    why[(rows["level"] >= note) | (rows["highest"] < note)] = None
    logs, share = np.log2(own + 1), detected.mean(axis=1)
    ends = {"mean": logs.mean(axis=1)} | dict(zip(("mean_lo", "mean_hi"), interval(logs), strict=True))
    low, high = interval(detected)
    return rows.assign(
        dismissed=why,
        **{name: np.clip(np.exp2(value) - 1, 0, None) for name, value in ends.items()},
        detected=share,
        detected_lo=np.clip(low, 0, share),
        detected_hi=np.clip(high, share, 1),
        no_interval=None if n > 1 else ONE_DONOR if kind.has_donors else NO_DONORS,
        n_donors=pd.array([n if kind.has_donors else None] * len(rows), dtype="Int64"),
        n_cells=pd.array([kind.n_cells] * len(rows), dtype="Int64"),
    )


def of_clusters(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each gene and cell type of an atlas that joined the cells of all donors (`NORMAL_CELL`)."""
    ruled = rows["unit"].isin(RULED)
    level = rows["upper"].where(ruled, rows["upper_tpm"])
    found = rows.assign(
        level=level,
        highest=level,
        unit=rows["unit"].astype(object).where(ruled, RENORMALISED),
        cell_type=rows["context"],
        no_interval=np.where(rows["n_donors"].eq(1).fillna(False), ONE_DONOR, NO_DONORS),
    )
    columns = ["gene_id", "context", "cell_type", "level", "highest", "unit", "no_interval", "n_donors"]
    return found.loc[level.notna(), [*columns, "source", "release"]].reset_index(drop=True)
