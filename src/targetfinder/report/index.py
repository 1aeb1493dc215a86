"""`report index`: the page that links the reports of all indications, and the summary the pipeline prints.

run(*, indications: Sequence[Mapping], targets: Sequence[Path], cohorts: Path,
    manifest: Mapping, version: str, benchmark: bool, html: Path, summary: Path) -> None

`indications[i]` (parsed TOML, or `Indication.model_dump()`) belongs to `targets[i]`; links are relative to
index.html: `<id>/report.html`, `<id>/targets.tsv`, ..., `pipeline_info/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pandas as pd

from targetfinder import store
from targetfinder.cohorts import compared
from targetfinder.errors import InputError
from targetfinder.report import _facts, _html
from targetfinder.report._words import RESEARCH_USE, TIER_SHORT, clear_means
from targetfinder.tables import COHORTS, TARGETS

__all__ = ["Entry", "render", "run", "summarise"]

TOP: Final = 10
#: Columns of TARGETS that the index and the summary read.
COLUMNS: Final = [
    *("gene_id", "symbol", "priority_rank", "efficacy", "window_log2", "binding_tissue"),
    *("safety_tier", "safety_reasons", "tumour_median"),
]
_REASON: Final = 64
#: The release at the end of a reason: said in the report, too long for the summary.
_SOURCE: Final = re.compile(r" \([^()]*\)(?=,|$)")
_HEADINGS: Final = ("rank", "symbol", "efficacy", "window", "binding tissue", "tier", "first reason")
_FILES: Final = (
    "targets.tsv",
    "targets.xlsx",
    "targets.parquet",
    "contributions.parquet",
    "evidence.parquet",
    "safety.parquet",
    "nk_view.parquet",
)


@dataclass(frozen=True)
class Entry:
    """One indication of the index.

    Attributes
    ----------
    indication
        id, name, group, cohorts.
    targets
        TARGETS rows, at least the columns `COLUMNS`, in any order.
    cohorts
        The COHORTS rows of this indication.
    """

    indication: Mapping[str, Any]
    targets: pd.DataFrame
    cohorts: pd.DataFrame

    @property
    def top(self) -> list[dict[str, Any]]:
        """The first `TOP` targets as rows, with None for what is missing."""
        rows = self.targets.nsmallest(TOP, "priority_rank").to_dict("records")
        return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in rows]


def render(entries: Sequence[Entry], manifest: Mapping[str, Any], version: str, benchmark: bool = False) -> str:
    """Return index.html; the same entries give the same text.

    Parameters
    ----------
    entries
        One for each indication, in the order to show.
    manifest
        Parsed manifest.json of the bundle.
    version
        Version of targetfinder.
    benchmark
        Whether to link the page of the benchmark.
    """
    shown = [
        {
            "indication": entry.indication,
            "folder": quote(str(entry.indication["id"])),
            "n": int(entry.cohorts["n"].sum()),
            "cohorts": entry.cohorts["cohort"].to_list(),
            "scale": _facts.scale(entry.cohorts),
            "tiers": _facts.tier_counts(entry.targets),
            "genes": len(entry.targets),
            "top": entry.top,
        }
        for entry in entries
    ]
    return _html.page(
        "index.html",
        entries=shown,
        files=_FILES,
        version=version,
        benchmark=benchmark,
        manifest=_facts.manifest(manifest),
        clear_means=clear_means(manifest.get("name")),
        research_use=RESEARCH_USE,
    )


def summarise(entries: Sequence[Entry], manifest: Mapping[str, Any]) -> str:
    """Return the first targets of each indication as aligned plain text.

    The window is log2(tumour / binding tissue) in TPM*; a dash stands for what was not measured.
    """
    parts = []
    for entry in entries:
        lines = [_HEADINGS, *(_line(row) for row in entry.top)]
        widths = [max(len(line[at]) for line in lines) for at in range(len(_HEADINGS))]
        lines.insert(1, tuple("-" * width for width in widths))
        rows = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
        parts.append("\n".join([_title(entry), *rows, _tiers(entry)]))
    return "\n\n".join([*parts, f"{clear_means(manifest.get('name'))} {RESEARCH_USE}"]) + "\n"


def _title(entry: Entry) -> str:
    shown, genes, n = min(TOP, len(entry.targets)), len(entry.targets), entry.cohorts["n"].sum()
    cohorts, label = ", ".join(entry.cohorts["cohort"]), _facts.scale(entry.cohorts)["label"]
    return f"{entry.indication['name']}: top {shown} of {genes:,} targets ({cohorts}, n = {n:,}, {label})"


def _tiers(entry: Entry) -> str:
    """Return the share of each safety tier, of a tier without targets too."""
    told = (f"{tier['short']} {tier['share']:.1%} ({tier['count']:,})" for tier in _facts.tier_counts(entry.targets))
    return f"Safety tiers of all targets: {', '.join(told)}"


def _line(row: Mapping[str, Any]) -> tuple[str, ...]:
    window = "-" if row["window_log2"] is None else f"{row['window_log2']:+.2f}"
    reason = _SOURCE.sub("", str(row["safety_reasons"] or "-").split("; ")[0])
    short = reason if len(reason) <= _REASON else f"{reason[: _REASON - 3]}..."
    tissue = row["binding_tissue"] or "not measured"
    words = (row["symbol"], tissue, TIER_SHORT[row["safety_tier"]], short)
    symbol, tissue, tier, reason = (" ".join(str(word).split()) for word in words)
    return (str(row["priority_rank"]), symbol, f"{row['efficacy']:.3f}", window, tissue, tier, reason)


def run(
    *,
    indications: Sequence[Mapping[str, Any]],
    targets: Sequence[Path],
    cohorts: Path,
    manifest: Mapping[str, Any],
    version: str,
    benchmark: bool = False,
    html: Path,
    summary: Path,
) -> None:
    """Write index.html and summary.txt.

    Parameters
    ----------
    indications, targets
        Indications and their targets.parquet, one for each, in the order to show.
    cohorts
        Parquet file of COHORTS rows.
    manifest
        Parsed manifest.json of the bundle.
    version, benchmark
        Version of targetfinder, and whether to link the page of the benchmark.
    html, summary
        The files to write.

    Raises
    ------
    InputError
        If the numbers of indications and tables differ, a table cannot be read, or a cohort is missing.
    """
    if len(indications) != len(targets):
        raise InputError(
            f"{len(indications)} indications, but {len(targets)} tables of targets",
            field="targets",
            remedy="pass one table for each indication, in the same order",
        )
    known = store.read_table(cohorts, COHORTS)
    entries = [
        Entry(disease, store.read_table(path, TARGETS, columns=COLUMNS), compared(known, disease))
        for disease, path in zip(indications, targets, strict=True)
    ]
    store.write_text(render(entries, manifest, version, benchmark), html)
    store.write_text(summarise(entries, manifest), summary)
