"""Fratricide: whether CAR T or CAR NK cells would kill each other, as a flag with its basis, and what it costs.

Carried: a verified statement says that the cells carry the antigen, at rest or activated, or antibodies find it on
most of them at rest. Possible: RNA reaches the level, an unverified statement says so, or RNA at rest was not measured.
Unknown: little RNA at rest, and nobody looked at activated cells. Not seen: little of both, or activated cells are
verified to lack it. RNA alone is never more than possible, and what was not measured never less than unknown.
Antibodies that find little lower nothing: their background may hide an antigen of all cells.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.decide._curated import NOT_MEASURED, activated
from targetfinder.decide._normal_cells import highest, in_words, most_positive
from targetfinder.tables import CONTROLS


class Cell(NamedTuple):
    """The effector of a mode: its name in `EFFECTORS`, its prefix in `TARGETS`, its contexts in `NORMAL_CELL`."""

    name: str
    prefix: str
    resting: str
    activated: str


CELLS = {
    "car_t": Cell("T", "t", "T cells", "Activated T cells"),
    "car_nk": Cell("NK", "nk", "NK cells", "Activated NK cells"),
}
CONTEXTS = [context for cell in CELLS.values() for context in (cell.resting, cell.activated)]


def judged(
    cells: pd.DataFrame,
    effectors: pd.DataFrame,
    antibodies: pd.DataFrame,
    genes: pd.Index,
    level: float,
    positive_share: float,
) -> pd.DataFrame:
    """Return expression, flag and basis of T and NK cells: the columns of `TARGETS`, one row for each gene.

    Parameters
    ----------
    cells
        Rows of `NORMAL_CELL` of `CONTEXTS`; of several atlases the highest value counts.
    effectors
        `EFFECTORS` of the bundle.
    antibodies
        Rows of `NORMAL_ANTIBODY` of `CONTEXTS`; of several the highest share counts.
    genes
        Gene ids of the result.
    level
        TPM* from which RNA makes an antigen possible.
    positive_share
        Share of positive cells from which an antigen is carried.
    """
    stained = {cell: most_positive(antibodies, cell.resting, genes) for cell in CELLS.values()}
    made = [_of(cell, cells, effectors, stained[cell], genes, level, positive_share) for cell in CELLS.values()]
    return pd.concat(made, axis=1)


def cost(frame: pd.DataFrame, mode: str, penalty: dict[str, float]) -> pd.Series:
    """Return what the flag of the mode's own effector costs each gene of `frame` (`TARGETS`), in priority."""
    costs = {flag: penalty[flag.replace(" ", "_")] for flag in tables.FRATRICIDE}
    found: pd.Series = frame[f"{CELLS[mode].prefix}_fratricide"].map(costs).astype(float)
    return found


def _of(
    cell: Cell,
    cells: pd.DataFrame,
    effectors: pd.DataFrame,
    stained: pd.DataFrame,
    genes: pd.Index,
    level: float,
    positive_share: float,
) -> pd.DataFrame:
    rest, active = (highest(cells, [context], genes) for context in (cell.resting, cell.activated))
    said = effectors[effectors["cell"] == cell.name]
    found = stained["positive"] >= positive_share
    looked_up = activated(effectors, cell.name, genes)
    resting_value = cells[cells["context"] == cell.resting].groupby("gene_id", observed=True)["value"].max()
    return pd.DataFrame(
        {
            f"{cell.prefix}_cell": resting_value.reindex(genes),
            f"{cell.prefix}_activated": looked_up.where(looked_up != NOT_MEASURED, in_words(active)),
            f"{cell.prefix}_fratricide": _flag(rest["upper_tpm"], active["upper_tpm"], said, found, level),
            f"{cell.prefix}_fratricide_basis": "RNA at rest: "
            + in_words(rest)
            + ". RNA of activated cells: "
            + in_words(active)
            + "."
            + _by_antibodies(stained, positive_share)
            + _on_file(said).reindex(genes, fill_value=""),
        },
        index=genes,
    )


def _flag(rest: pd.Series, active: pd.Series, said: pd.DataFrame, found: pd.Series, level: float) -> pd.Series:
    """Return one of `FRATRICIDE` for each gene from RNA (TPM*), rows of `EFFECTORS` and what antibodies found."""
    carries, verified = said["carries"] == "yes", said["verified"].astype(bool)

    def told(rows: pd.Series) -> pd.Series:
        return pd.Series(rest.index.isin(said.loc[rows, "gene_id"]), rest.index)

    possible = told(carries) | (rest >= level) | (active >= level) | rest.isna()
    denied = told(~carries & verified & (said["state"] == "activated"))
    flags = np.select(
        [told(carries & verified) | found, possible, ~denied & active.isna()], tables.FRATRICIDE[:3], "not seen"
    )
    return pd.Series(flags, rest.index)


def _by_antibodies(stained: pd.DataFrame, positive_share: float) -> pd.Series:
    """Return what antibodies say of each gene; "" where none was used."""

    def told(row: Any) -> str:
        verdict = "most" if row.positive >= positive_share else "too few to say that it is there, and no absence"
        against = row.background if row.background == CONTROLS else f"{row.background}, which have least of it"
        return (
            f" Protein at rest: {row.positive:.0%} of {row.n_cells:.0f} cells above the background of {against}, "
            f"antibody {row.antibody} ({row.release}): {verdict}."
        )

    sentences = {row.Index: told(row) for row in stained.dropna(subset=["positive"]).itertuples()}
    return pd.Series(sentences, dtype=object).reindex(stained.index, fill_value="")


def _on_file(said: pd.DataFrame) -> pd.Series:
    """Return what the panel says of each gene, each statement with its reference."""
    source = said["reference"].where(said["verified"].astype(bool), "unverified").astype(object)
    text = " On file, " + said["state"] + ", " + said["carries"] + ": " + said["statement"] + " (" + source + ")"
    ordered = said.assign(text=text).sort_values(["state", "statement"], ascending=[False, True])
    return ordered.groupby("gene_id")["text"].agg("".join)
