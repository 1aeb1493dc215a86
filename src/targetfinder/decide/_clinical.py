"""The clinical table: antigens of tumour cells at selection and relapse, soluble antigen over days, patients."""

from __future__ import annotations

import csv
import difflib
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder.errors import InputError

NEEDED = ("indication", "patient", "antigen", "kind", "value", "unit")
#: Visit and day; limit of detection; donor share of the sample (chimerism); copies of the gene in tumour cells.
NUMBERS = ("day", "limit", "donor_share", "copy_number")
#: Facts of a patient: each has one value, whatever row it stands in.
FACTS = ("transplant", "cytopenia_grade", "mrd", "car_persistence")
KINDS = ("surface", "soluble")
BEFORE, AFTER = "selection", "relapse"
TRANSPLANTS = ("none", "autologous", "allogeneic")
BELOW = "<"


def read_clinical(path: Path, targets: pd.DataFrame, indication: str | None = None) -> pd.DataFrame:
    """Read and check the clinical table (TSV), of one indication or of all.

    A value `<x` is below x, which is then its limit of detection.

    Parameters
    ----------
    targets
        Columns gene_id, symbol and aliases (joined by |) of the genes that an antigen may be.

    Returns
    -------
    pandas.DataFrame
        The columns of the file, gene_id, symbol, and `below`; missing columns are empty.

    Raises
    ------
    InputError
        Naming every line and column that is wrong, all at once.
    """
    frame = _rows(path)
    problems = [*_wrong_words(frame), *_wrong_numbers(frame)]
    known = frame.assign(below=frame["value"].str.startswith(BELOW, na=False))
    known["value"] = known["value"].str.removeprefix(BELOW)
    for name in ("value", *NUMBERS):
        known[name] = pd.to_numeric(known[name], errors="coerce")
    known["limit"] = known["limit"].where(~known["below"], known["value"])
    chosen = known if indication is None else known[known["indication"] == indication]
    chosen = chosen.assign(gene_id=chosen["antigen"].map(_genes(chosen["antigen"], targets)))
    problems += _unknown(chosen, targets)
    chosen["symbol"] = chosen["gene_id"].map(targets.set_index("gene_id")["symbol"])
    problems += [*_doubled(chosen), *_contradictions(chosen)]
    if problems:
        remedy = "mend the table; docs/cohorts.md describes each column"
        raise InputError("; ".join(problems), file=path, remedy=remedy)
    return chosen.reset_index(drop=True)


def _rows(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, quoting=csv.QUOTE_NONE)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"cannot be read as TSV: {error}", file=path, remedy="save it as TSV in UTF-8") from error
    known = [*NEEDED, "visit", *NUMBERS, *FACTS]
    told = [f"no column {name}" for name in NEEDED if name not in frame]
    told += [f"unknown column '{name}'{_near(name, known)}" for name in map(str, frame) if name not in known]
    if told:
        raise InputError("; ".join(told), file=path, remedy="docs/cohorts.md describes each column")
    filled: pd.DataFrame = frame.apply(lambda column: column.str.strip()).replace("", None).reindex(columns=known)
    return filled.assign(line=np.arange(2, len(filled) + 2))


def _near(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f", did you mean '{near[0]}'?" if near else ""


def _wrong_words(frame: pd.DataFrame) -> list[str]:
    told = [f"line {line}, {name}: is empty" for name in NEEDED for line in frame.loc[frame[name].isna(), "line"]]
    for name, words in (("kind", KINDS), ("transplant", TRANSPLANTS)):
        wrong = frame.loc[frame[name].notna() & ~frame[name].isin(words), ["line", name]]
        told += [f"line {line}, {name}: '{word}' is none of {', '.join(words)}" for line, word in wrong.to_numpy()]
    lone = frame[(frame["kind"] == "surface") & frame["visit"].isna()]
    told += [f"line {line}, visit: is empty; a surface antigen needs one" for line in lone["line"]]
    undated = frame[(frame["kind"] == "soluble") & frame["day"].isna()]
    return told + [f"line {line}, day: is empty; a soluble antigen needs one" for line in undated["line"]]


def _wrong_numbers(frame: pd.DataFrame) -> list[str]:
    told = []
    for name in ("value", *NUMBERS):
        given = frame[frame[name].notna()]
        text = given[name].str.removeprefix(BELOW) if name == "value" else given[name]
        number = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)
        wrong = ~np.isfinite(number) | ((number < 0) & (name != "day"))
        wrong |= (number > 1) & (name == "donor_share")
        wrong |= (number == 0) & (name == "limit")
        rows = given.loc[wrong, ["line", name]].to_numpy()
        told += [f"line {line}, {name}: '{word}' is no such number" for line, word in rows]
    nothing = (pd.to_numeric(frame["value"], errors="coerce") == 0) & frame["limit"].isna()
    return told + [f"line {line}, value: is 0; name the limit of detection" for line in frame.loc[nothing, "line"]]


def _genes(antigens: pd.Series, targets: pd.DataFrame) -> dict[str, str]:
    """Return the gene of each antigen: by symbol, else by the alias of one gene only."""
    symbols = dict(zip(targets["symbol"], targets["gene_id"], strict=True))
    aliases = targets.assign(alias=targets["aliases"].fillna("").str.split("|")).explode("alias")
    aliases = aliases[aliases["alias"].isin(antigens)].drop_duplicates(["alias", "gene_id"])
    once = aliases[~aliases["alias"].duplicated(keep=False)]
    return dict(zip(once["alias"], once["gene_id"], strict=True)) | symbols


def _unknown(frame: pd.DataFrame, targets: pd.DataFrame) -> list[str]:
    lost = frame.loc[frame["gene_id"].isna() & frame["antigen"].notna()].drop_duplicates("antigen")
    symbols = targets["symbol"].tolist()
    return [
        f"line {line}, antigen: '{name}' is no gene of the universe{_near(name, symbols)}"
        for line, name in lost[["line", "antigen"]].itertuples(index=False)
    ]


def _doubled(frame: pd.DataFrame) -> list[str]:
    """Return values that come twice for one patient, antigen and time: nobody can say which counts."""
    told = []
    for kind, time in (("surface", "visit"), ("soluble", "day")):
        rows = frame[(frame["kind"] == kind) & frame["gene_id"].notna() & frame[time].notna()]
        again = rows[rows.duplicated(["indication", "patient", "gene_id", time])]
        told += [
            f"line {line}, {time}: patient {patient} has two values of {antigen} at {when}"
            for line, patient, antigen, when in again[["line", "patient", "antigen", time]].itertuples(index=False)
        ]
    return told


def _contradictions(frame: pd.DataFrame) -> list[str]:
    """Return units that differ within an antigen, and facts that differ within a patient."""
    told = []
    for kind in KINDS:
        units = frame[frame["kind"] == kind].groupby("symbol")["unit"].unique()
        told += [f"unit: {kind} {name} comes in {', '.join(sorted(u))}" for name, u in units.items() if len(u) > 1]
    for name in FACTS:
        values = frame.dropna(subset=[name]).groupby("patient")[name].unique()
        told += [f"{name}: patient {who} has {' and '.join(found)}" for who, found in values.items() if len(found) > 1]
    return told


def facts(clinical: pd.DataFrame) -> pd.DataFrame:
    """Return `FACTS` and the donor share at relapse, by patient."""
    by = clinical.groupby("patient")
    found = by[list(FACTS)].first()
    late = clinical[clinical["visit"] == AFTER]
    return found.assign(donor_share=late.groupby("patient")["donor_share"].max().reindex(found.index))
