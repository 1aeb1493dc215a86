"""Whether each cohort of an indication may be compared with each atlas: the verdicts, and the figures behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any, Final

import pandas as pd

from targetfinder.report._facts import percent, records, signed
from targetfinder.report._words import LIBRARY, VERDICT

Pair = dict[str, Any]
_UNKNOWN: Final = "not clear"


def pairs(cohorts: pd.DataFrame, compatibility: pd.DataFrame, manifest: Mapping[str, Any]) -> list[Pair]:
    """Return the COMPATIBILITY rows of the cohorts, in their order, with the release of the atlas as `name`.

    Parameters
    ----------
    cohorts
        COHORTS rows of one indication.
    compatibility
        COMPATIBILITY rows of any cohort.
    manifest
        Parsed manifest.json of the bundle.
    """
    place = {cohort: at for at, cohort in enumerate(cohorts["cohort"])}
    names = {row["id"]: row.get("release") for row in manifest.get("source_tables", ())}
    own = [row for row in records(compatibility) if row["cohort"] in place]
    own.sort(key=lambda row: (place[row["cohort"]], row["atlas"]))
    return [row | {"name": names.get(row["atlas"]) or row["atlas"]} for row in own]


def verdicts(found: list[Pair]) -> list[Pair]:
    """Return one row for each cohort and verdict; atlases of which the same is said share it.

    Returns
    -------
    list
        cohort, label and `mark` (class of the chip), reasons, override (only if it was needed), and `atlases`: name and
        overlap, the share of the coding genes of the atlas that the cohort has.
    """

    def said(pair: Pair) -> tuple[str, ...]:
        override = pair["override"] if pair["verdict"] == "refuse" else None
        key = "override" if override else pair["verdict"]
        return (pair["cohort"], key, pair["reasons"] or "", override or "")

    rows = []
    for (cohort, key, reasons, override), alike in groupby(found, said):
        label, mark = VERDICT[key]
        atlases = [{"name": pair["name"], "overlap": percent(pair["gene_overlap"])} for pair in alike]
        same = {"cohort": cohort, "label": label, "mark": mark, "reasons": reasons, "override": override}
        rows.append(same | {"atlases": atlases})
    return rows


def figures(found: list[Pair]) -> dict[str, Any]:
    """Return the table of figures, one column for each cohort of bulk RNA and atlas.

    Returns
    -------
    dict
        `cohorts`: name and number of columns; `atlases`: heading of each column; `lines`: label, hint and cells, null
        if not measured; `left_out`: cohorts without any figure of RNA.
    """
    judged = [pair for pair in found if pair["samples"] is not None]
    known = list(dict.fromkeys(pair["cohort"] for pair in judged))
    return {
        "cohorts": [{"name": name, "columns": sum(pair["cohort"] == name for pair in judged)} for name in known],
        "atlases": [pair["name"] for pair in judged],
        "lines": [{"label": label, "hint": hint, "cells": [say(p) for p in judged]} for label, hint, say in _LINES],
        "left_out": list(dict.fromkeys(pair["cohort"] for pair in found if pair["cohort"] not in known)),
    }


def _unit(pair: Pair) -> str:
    return f"stated: {pair['unit_claimed'] or 'nothing'}; the numbers fit {pair['unit_recognised'] or 'no known unit'}"


def _library(pair: Pair) -> str:
    stated, seen, atlas = (
        LIBRARY.get(pair[name], _UNKNOWN) for name in ("library_claimed", "library_seen", "atlas_library")
    )
    return f"stated: {'nothing' if stated == _UNKNOWN else stated}; seen: {seen}; atlas: {atlas}"


def _closest(pair: Pair) -> str | None:
    return None if pair["spearman"] is None else f"{pair['closest_tissue']}, Spearman {pair['spearman']:.2f}"


def _shift(pair: Pair) -> str | None:
    if pair["shift"] is None:
        return None
    closest = "unknown" if pair["shift_closest"] is None else signed(pair["shift_closest"])
    return f"{signed(pair['shift'])} from the typical tissue, {closest} from the closest one"


def _spread(pair: Pair) -> str | None:
    if pair["spread"] is None:
        return None
    return f"{pair['spread']:.2f}" + (f" in {pair['stable_genes']:,.0f} genes" if pair["stable_genes"] else "")


def _whole(name: str) -> Callable[[Pair], str | None]:
    return lambda pair: None if pair[name] is None else f"{pair[name]:,.0f}"


def _share(name: str) -> Callable[[Pair], str | None]:
    return lambda pair: percent(pair[name])


def _beside(kind: str) -> Callable[[Pair], str | None]:
    """Return what says the share of a class of RNA beside the highest tissue of the atlas."""

    def say(pair: Pair) -> str | None:
        own, highest = percent(pair[f"{kind}_share"]), percent(pair[f"{kind}_expected"])
        return own and f"{own}; atlas: {f'up to {highest}' if highest else 'not measured'}"

    return say


#: Heading, what it tells, and what a pair says under it.
_LINES: Final[tuple[tuple[str, str, Callable[[Pair], str | None]], ...]] = (
    ("Unit", "several fit where the numbers cannot tell them apart", _unit),
    ("Library", "told from RNA without poly-A tail, which only total RNA holds in plenty", _library),
    ("Samples looked at", "one where only medians are given: shares below are then of their sum", _whole("samples")),
    (
        "Entries that lead to no gene",
        "of the file; many if its names are of another species or kind",
        _share("lost_share"),
    ),
    ("Genes of the atlas that the cohort has", "protein-coding genes", _share("gene_overlap")),
    ("Genes above zero", "protein-coding genes in the typical sample", _whole("genes_detected")),
    ("Closest tissue", "by the order of the genes; 1 is the same order, 0 is chance", _closest),
    ("Shift, log2", "of genes alike in all tissues; +1: twice as high, and windows too large by as much", _shift),
    ("Spread, log2", "typical distance of these genes from their shift", _spread),
    ("Mitochondrial RNA", "much in dying cells, and in tissues that burn much energy", _beside("mitochondrial")),
    ("Immune-receptor RNA", "immunoglobulins and T-cell receptors; TPM* leaves them out", _beside("immune_receptor")),
    ("Ribosomal-protein RNA", "depends on the cells, and on how a library is made", _beside("ribosomal_protein")),
    ("RNA without poly-A tail", "7SL, snRNA, snoRNA and alike; much of it tells total RNA", _beside("untailed")),
    ("Histone RNA", "histones without poly-A tail, of TPM*; much of it tells total RNA", _beside("histone")),
    ("Tumour cells in the samples", "median share, as stated", _share("purity")),
)
