"""Lists of known targets, `references/targets/*.tsv`: what a ranking is judged on, and never what it is made of."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from targetfinder import facts, tsv
from targetfinder.errors import InputError

__all__ = ["COLUMNS", "HELD_OUT", "LEVELS", "read_target_lists"]

#: Diseases whose lists may take part in no choice of weights, scales or limits.
HELD_OUT = ("ewing_sarcoma", "multiple_myeloma")
#: How far a target got in the disease; `listed` is named by a published list, without a claim of its own.
LEVELS = ("approved", "trial", "preclinical", "listed")
COLUMNS = ("list", "indication", "symbol", "level", "year", "agent", "reference", "verified")


def read_target_lists(folder: Path, *, held_out: bool) -> pd.DataFrame:
    """Read all lists of a folder, one row for each list, indication and symbol.

    Parameters
    ----------
    folder
        Folder of the lists, `references/targets`.
    held_out
        Whether lists of the diseases `HELD_OUT` are among them: yes to judge, no to learn.

    Returns
    -------
    DataFrame
        `COLUMNS`, sorted by list, indication and symbol; `year` is Int64 and may be missing, `verified` is bool.

    Raises
    ------
    InputError
        If there is no list, or a line of one is wrong.
    """
    files = sorted(folder.glob("*.tsv"))
    if not files:
        raise InputError("no list of targets", file=folder, remedy="name the folder references/targets")
    rows = pd.concat([_one(path) for path in files], ignore_index=True)
    kept = rows[rows["indication"].isin(HELD_OUT) <= held_out]
    return kept.sort_values(["list", "indication", "symbol"], kind="stable", ignore_index=True)[list(COLUMNS)]


def _one(path: Path) -> pd.DataFrame:
    frame = facts.read(path, ["symbol", "indications", "level", "verified"], ["year", "agent", "seen"])
    tsv.listed(frame, "level", LEVELS, path)
    tsv.refuse(
        (frame["year"] != "") & ~frame["year"].str.fullmatch(r"(?:19|20)\d\d"),
        frame,
        "year",
        "no year",
        path,
        "write four digits",
    )
    tsv.once(frame, ["symbol"], "symbol", path)
    year = pd.to_numeric(frame["year"].replace("", None)).astype("Int64")
    split = frame.assign(
        list=path.stem, year=year, verified=frame["verified"] == "yes", indication=frame["indications"].str.split("; ")
    )
    return split.explode("indication", ignore_index=True)
