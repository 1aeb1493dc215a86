"""What the page says of the cohorts of an indication: their names in the head, and each of them in numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from targetfinder.report._facts import percent, records
from targetfinder.report._words import LIBRARY, MATERIAL, MODALITY, SCALE
from targetfinder.samplesheet import RANKED

Row = dict[str, Any]
NOT_MEASURED: Final = "not measured"
NOT_STATED: Final = "not stated"
_BULK: Final = "rna_bulk"


def named(cohorts: pd.DataFrame, ranked_by: pd.DataFrame) -> dict[str, list[Row]]:
    """Return the cohorts of an indication for the head of the page.

    Parameters
    ----------
    cohorts
        COHORTS rows of the indication.
    ranked_by
        Those of them whose RNA is compared with normal tissue.

    Returns
    -------
    dict
        `compared` and `also` (the others): cohort, n, and `told`: what sets it apart, or an empty text.
    """
    known = set(ranked_by["cohort"])
    rows = [(row["cohort"] in known, row) for row in records(cohorts)]
    return {
        "compared": [_named(row, "") for compared, row in rows if compared],
        "also": [_named(row, SCALE[row["scale"]]) for compared, row in rows if not compared],
    }


def _named(row: Row, otherwise: str) -> Row:
    modality = "" if row["modality"] == _BULK else MODALITY[row["modality"]]
    later = "" if (row["timepoint"] or "") in RANKED else f"later timepoint: {row['timepoint']}"
    return {"cohort": row["cohort"], "n": row["n"], "told": ", ".join(filter(None, (modality, later))) or otherwise}


def numbers(cohorts: pd.DataFrame) -> Row:
    """Return the table of all cohorts in numbers.

    Parameters
    ----------
    cohorts
        COHORTS rows of the indication.

    Returns
    -------
    dict
        `cohorts`: the headings; `lines`: label, missing (what a dash means) and cells, one for each cohort, null if
        there is nothing to say.
    """
    rows = records(cohorts)
    lines = [{"label": label, "missing": missing, "cells": [said(r) for r in rows]} for label, said, missing in _LINES]
    return {"cohorts": cohorts["cohort"].tolist(), "lines": lines}


def _text(name: str, words: dict[str, str] | None = None) -> Callable[[Row], str | None]:
    """Return what says a column in words; several values joined by | are told apart by commas."""
    known = words or {}
    return lambda row: None if row[name] is None else known.get(row[name], str(row[name]).replace("|", ", "))


def _share(name: str) -> Callable[[Row], str | None]:
    return lambda row: percent(row[name])


def _amount(name: str, form: str = ",.0f") -> Callable[[Row], str | None]:
    return lambda row: None if row[name] is None else format(row[name], form)


def _library(row: Row) -> str | None:
    return LIBRARY.get(row["library"])


def _samples(row: Row) -> str:
    kind = "cell" if row["modality"] == "rna_cell" else "sample"
    return f"{row['n_samples']:,} {kind}{'' if row['n_samples'] == 1 else 's'}"


def _scale(row: Row) -> str:
    return SCALE[row["scale"]] + (f": {row['reasons']}" if row["reasons"] else "")


def _top(row: Row) -> str | None:
    return None if row["top_median"] is None else f"{row['top_median']:,.0f} TPM ({row['top_gene'] or 'gene unknown'})"


def _kept(row: Row) -> str | None:
    basis = f" (by {row['kept_share_basis']})" if row["kept_share_basis"] else ""
    return None if row["kept_share"] is None else f"{percent(row['kept_share'])}{basis}"


def _study(row: Row) -> str:
    return f"{row['study']} ({row['source']}, {row['release']})"


#: Heading, what a row of COHORTS says under it, and what it means if it says nothing.
_LINES: Final[tuple[tuple[str, Callable[[Row], str | None], str], ...]] = (
    ("Measured by", _text("modality", MODALITY), NOT_STATED),
    ("Material", _text("material", MATERIAL), NOT_STATED),
    ("Cells sorted by", _text("selected_by"), "no marker is stated"),
    ("Timepoint", _text("timepoint"), NOT_STATED),
    ("Patients", _amount("n"), NOT_STATED),
    ("Samples", _samples, NOT_STATED),
    ("Tumour cells in the samples, as stated", _share("purity"), NOT_STATED),
    ("Study", _study, NOT_STATED),
    ("Scale", _scale, NOT_STATED),
    ("Unit, as stated", _text("unit"), NOT_STATED),
    ("Units that the numbers fit", _text("unit_seen"), "not checked"),
    ("Library, as stated", _library, NOT_STATED),
    ("Genes measured", _amount("measured"), NOT_MEASURED),
    ("Below detection, present in a sister cohort", _amount("below_detection"), NOT_MEASURED),
    ("Genes unmeasured", _amount("unmeasured"), NOT_MEASURED),
    ("Entries that stand for no protein-coding gene", _amount("lost"), "not counted"),
    ("Highest median", _top, NOT_MEASURED),
    ("Lowest quartile, TPM", _amount("lowest_quartile", ",.3g"), NOT_MEASURED),
    ("Sum of medians, TPM", _amount("sum_of_medians"), NOT_MEASURED),
    ("Dynamic range of medians", _amount("dynamic_range", ",.1f"), NOT_MEASURED),
    ("RNA in the genes that TPM* keeps", _kept, NOT_MEASURED),
    ("RNA in immunoglobulin and TCR genes", _share("immunoglobulin_share"), NOT_MEASURED),
    ("RNA in mitochondrial genes", _share("mitochondrial_share"), NOT_MEASURED),
)
