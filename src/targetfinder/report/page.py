"""`report page`: one offline HTML file for one indication.

render(inputs: Inputs) -> str
run(*, targets: Path, contributions: Path, safety: Path, evidence: Path, contexts: Path, liabilities: Path,
    feasibility: Path, cohorts: Path, compatibility: Path, queries: Path, gates: Path, patients: Path | None,
    nk_view: Path, heat_map: Path, indication: Mapping, manifest: Mapping, rules: Sequence[str], version: str,
    html: Path) -> None

`indication` is the parsed references/indications/<id>.toml (or `Indication.model_dump()`), `manifest` the
parsed manifest.json of the bundle; what is absent from it is said to be not stated. `cohorts` and
`compatibility` hold COHORTS and COMPATIBILITY rows; those of other indications are ignored.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from targetfinder import store
from targetfinder.cohorts import compared, of_indication
from targetfinder.errors import InputError
from targetfinder.report import (
    _cohorts,
    _comparison,
    _coverage,
    _detail,
    _escape,
    _facts,
    _gates,
    _html,
    _limits,
    _nk_view,
    _patients,
    _payload,
    _waterfall,
)
from targetfinder.report._words import LABELS, MODALITY, RESEARCH_USE, clear_means
from targetfinder.report.tables import ranked
from targetfinder.tables import (
    BLIND_SPOTS,
    COHORTS,
    COMPATIBILITY,
    CONFLICTS,
    CONTEXTS,
    CONTRIBUTIONS,
    COVERAGE,
    ESCAPE_PATIENTS,
    ESCAPE_TARGETS,
    EVIDENCE,
    FEASIBILITY,
    GATES,
    LIABILITIES,
    PATIENTS,
    QUERY,
    SAFETY,
    SOLUBLE,
    TARGETS,
    TUMOUR_NK_VIEW,
)

__all__ = ["Inputs", "render", "run"]

#: Evidence that the page reads; the rest stays in evidence.parquet.
CRITERIA: Final = ("normal_tpm", "normal_percentile", "surface_vote", "prevalence", "tumour_protein", "tolerated")
_STATIC_ROWS: Final = 30
#: Columns of QUERY that PATIENTS does not repeat, and those that tell samples apart.
_QUERY: Final = ("cohort", "sample", "material")
_ESCAPE: Final = (ESCAPE_PATIENTS, ESCAPE_TARGETS, SOLUBLE)
#: Cohorts that the head names; the rest is counted.
_HEAD: Final = 6


@dataclass(frozen=True)
class Inputs:
    """What one page is made from.

    Attributes
    ----------
    targets, contributions, safety, evidence, contexts, liabilities, feasibility, cohorts, compatibility
        Rows of TARGETS, CONTRIBUTIONS, SAFETY, EVIDENCE (at least the criteria `CRITERIA`), CONTEXTS, LIABILITIES,
        FEASIBILITY, COHORTS and COMPATIBILITY.
    indication, manifest
        See the top of this module.
    rules
        Sentences that say how tiers, efficacy and priority are computed.
    version
        Version of targetfinder.
    heat_map
        PNG bytes; empty if there is none.
    patients, queries
        PATIENTS rows, and their QUERY rows (at least cohort, sample and material); empty without a query.
    nk_view
        TUMOUR_NK_VIEW rows of the indication.
    gates
        GATES rows.
    coverage
        COVERAGE rows; empty if no patient is known one by one.
    escape
        ESCAPE_PATIENTS, ESCAPE_TARGETS and SOLUBLE rows by name; nothing without a later time.
    blind_spots, conflicts
        BLIND_SPOTS and CONFLICTS rows of the bundle.
    """

    targets: pd.DataFrame
    contributions: pd.DataFrame
    safety: pd.DataFrame
    evidence: pd.DataFrame
    contexts: pd.DataFrame
    liabilities: pd.DataFrame
    feasibility: pd.DataFrame
    cohorts: pd.DataFrame
    compatibility: pd.DataFrame
    indication: Mapping[str, Any]
    manifest: Mapping[str, Any]
    rules: Sequence[str]
    version: str
    heat_map: bytes = b""
    patients: pd.DataFrame = field(default_factory=PATIENTS.empty)
    queries: pd.DataFrame = field(default_factory=QUERY.empty)
    nk_view: pd.DataFrame = field(default_factory=TUMOUR_NK_VIEW.empty)
    gates: pd.DataFrame = field(default_factory=GATES.empty)
    coverage: pd.DataFrame = field(default_factory=COVERAGE.empty)
    escape: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    blind_spots: pd.DataFrame = field(default_factory=BLIND_SPOTS.empty)
    conflicts: pd.DataFrame = field(default_factory=CONFLICTS.empty)


def render(inputs: Inputs) -> str:
    """Return the page as HTML; the same inputs give the same text.

    The page loads nothing: scripts, styles, data and picture are inside, and its content security policy
    forbids every request.

    Raises
    ------
    InputError
        If itables, which carries DataTables, is not installed.
    """
    targets = ranked(inputs.targets)
    data = {
        "indication": inputs.indication["id"],
        "modality": MODALITY,
        "prevalence": _facts.prevalence(inputs.evidence),
        **_payload.table(targets),
        "waterfall": _waterfall.waterfall(inputs.contributions, targets),
        "detail": _detail.detail(
            targets, inputs.safety, inputs.evidence, inputs.contexts, inputs.liabilities, inputs.feasibility
        ),
    }
    return _html.page(
        "page.html",
        scripts=(
            *("text.js", "filters.js", "origin.js", "cells.js", "waterfall.js", "blood.js", "detail.js", "table.js"),
            *("modes.js", "sort.js"),
        ),
        data=_payload.embed(data),
        tables=True,
        heat_map=base64.b64encode(inputs.heat_map).decode(),
        first=_facts.records(targets.head(_STATIC_ROWS)),
        **_printed(inputs, targets),
    )


def _printed(inputs: Inputs, targets: pd.DataFrame) -> dict[str, Any]:
    """Return what the template prints around the table."""
    cohorts = of_indication(inputs.cohorts, inputs.indication)
    ranked_by = compared(inputs.cohorts, inputs.indication)
    pairs = _comparison.pairs(cohorts, inputs.compatibility, inputs.manifest)
    empty = _payload.empty_columns(targets)
    return {
        "indication": _facts.indication(inputs.indication),
        "manifest": _facts.manifest(inputs.manifest),
        "version": inputs.version,
        "rules": list(inputs.rules),
        "cohorts": _cohorts.named(cohorts, ranked_by),
        "patients": _patients.sections(inputs.patients, inputs.queries, targets),
        "nk_view": _nk_view.section(inputs.nk_view),
        "gates": _gates.section(inputs.gates),
        "escape": _escape.sections(inputs.escape),
        "coverage": _coverage.sections(inputs.coverage),
        "limits_of": _limits.section(inputs.blind_spots, inputs.conflicts, inputs.safety, targets),
        "numbers": _cohorts.numbers(cohorts),
        "verdicts": _comparison.verdicts(pairs),
        "figures": _comparison.figures(pairs),
        "scale": _facts.scale(ranked_by),
        "prevalence": _facts.prevalence(inputs.evidence),
        "tiers": _facts.tier_counts(targets),
        "genes": len(targets),
        "detection": targets["detection"].value_counts().to_dict(),
        "columns": [(LABELS.get(c.name, c.name), c, c.name in empty) for c in TARGETS.columns],
        "empty": [LABELS.get(name, name) for name in empty],
        "limits": {"findings": _detail.FINDINGS, "windows": _detail.WINDOWS, "cohorts": _HEAD, "top": _patients.TOP},
        "clear_means": clear_means(inputs.manifest.get("name")),
        "research_use": RESEARCH_USE,
    }


def run(
    *,
    targets: Path,
    contributions: Path,
    safety: Path,
    evidence: Path,
    contexts: Path,
    liabilities: Path,
    feasibility: Path,
    cohorts: Path,
    compatibility: Path,
    queries: Path,
    gates: Path,
    blind_spots: Path,
    conflicts: Path,
    patients: Path | None = None,
    nk_view: Path,
    coverage: Path | None = None,
    escape: Path | None = None,
    heat_map: Path,
    indication: Mapping[str, Any],
    manifest: Mapping[str, Any],
    rules: Sequence[str],
    version: str,
    html: Path,
) -> None:
    """Write report.html.

    Parameters
    ----------
    targets, contributions, safety, evidence, contexts, liabilities, feasibility, cohorts, compatibility
        Parquet files of the tables of these names.
    queries
        queries.parquet of `cohort check`, read only with `patients`.
    gates
        gates.parquet of `decide gates`.
    blind_spots, conflicts
        Parquet files of the bundle.
    patients
        patients.parquet of `decide query`; none if the indication has no query.
    nk_view
        nk_view.parquet of `evidence nk_view`.
    coverage
        coverage.parquet of `decide coverage`; none if no patient is known one by one.
    escape
        Folder with the tables of `decide escape`; none without a later time.
    heat_map
        PNG of `report figures`.
    indication, manifest, rules, version
        See `Inputs`.
    html
        The file to write.

    Raises
    ------
    InputError
        If a table or the picture cannot be read, a cohort is missing, or the folder may not be written to.
    """
    try:
        picture = heat_map.read_bytes()
    except OSError as error:
        remedy = "run `report figures` again"
        raise InputError(f"cannot be read: {error}", file=heat_map, remedy=remedy) from error
    if not picture.startswith(b"\x89PNG"):
        raise InputError("is no PNG", file=heat_map, remedy="run `report figures` again")
    page = render(
        Inputs(
            targets=store.read_table(targets, TARGETS),
            contributions=store.read_table(contributions, CONTRIBUTIONS),
            safety=store.read_table(safety, SAFETY),
            evidence=store.read_table(evidence, EVIDENCE, filters=[("criterion", "in", list(CRITERIA))]),
            contexts=store.read_table(contexts, CONTEXTS),
            liabilities=store.read_table(liabilities, LIABILITIES),
            feasibility=store.read_table(feasibility, FEASIBILITY),
            cohorts=store.read_table(cohorts, COHORTS),
            compatibility=store.read_table(compatibility, COMPATIBILITY),
            indication=indication,
            manifest=manifest,
            rules=rules,
            version=version,
            heat_map=picture,
            nk_view=store.read_table(nk_view, TUMOUR_NK_VIEW),
            gates=store.read_table(gates, GATES),
            escape={t.name: store.read_table(escape / f"{t.name}.parquet", t) for t in _ESCAPE} if escape else {},
            coverage=COVERAGE.empty() if coverage is None else store.read_table(coverage, COVERAGE),
            blind_spots=store.read_table(blind_spots, BLIND_SPOTS),
            conflicts=store.read_table(conflicts, CONFLICTS),
            **_asked(patients, queries, indication["id"]),
        )
    )
    store.write_text(page, html)


def _asked(patients: Path | None, queries: Path, indication: str) -> dict[str, pd.DataFrame]:
    """Return what `Inputs` holds of the queries of an indication; nothing without a query."""
    if patients is None:
        return {}
    own = [("indication", "==", indication)]
    return {
        "patients": store.read_table(patients, PATIENTS),
        "queries": store.read_table(queries, QUERY, columns=_QUERY, filters=own),
    }
