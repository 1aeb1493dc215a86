"""`report page`: one offline HTML file for one indication.

render(inputs: Inputs) -> str
run(*, targets: Path, safety: Path, evidence: Path, contexts: Path, cohorts: Path, heat_map: Path,
    indication: Mapping, manifest: Mapping, rules: Sequence[str], version: str, html: Path) -> None

`indication` is the parsed references/indications/<id>.toml (or `Indication.model_dump()`). `manifest` is
{"reference_set": "demo", "sources": [{"id", "title", "release", "licence", "citation", "url" or "package", "sha256"}],
"exclusions": {reason: count}, "tables": {table: rows}}; every key may be absent. `cohorts` holds COHORTS rows; those of
other indications are ignored.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from targetfinder import store
from targetfinder.errors import InputError
from targetfinder.report import _html, _payload
from targetfinder.report._words import CLEAR_MEANS, LABELS, RESEARCH_USE, TIER_FULL, TIER_SHORT
from targetfinder.report.tables import ranked
from targetfinder.tables import COHORTS, CONTEXTS, EVIDENCE, SAFETY, SAFETY_TIERS, TARGETS

__all__ = ["Inputs", "render", "run"]

#: Evidence that the page reads; the rest stays in evidence.parquet.
CRITERIA: Final = ("normal_tpm", "normal_percentile", "surface_vote")
_SCALE: Final = {
    "linear": ("linear TPM", "Tumour and normal tissues are compared in TPM*, as windows."),
    "rank_only": (
        "rank only",
        "The values of this cohort cannot be linear TPM: they are compared by rank within sample and tissue, "
        "and no amount and no ratio is given.",
    ),
}
_STATIC_ROWS: Final = 30


@dataclass(frozen=True)
class Inputs:
    """What one page is made from.

    Attributes
    ----------
    targets, safety, evidence, contexts, cohorts
        Rows of TARGETS, SAFETY, EVIDENCE (at least the criteria `CRITERIA`), CONTEXTS and COHORTS.
    indication, manifest
        See the top of this module.
    rules
        Sentences that say how tiers, efficacy and priority are computed.
    version
        Version of targetfinder.
    heat_map
        PNG bytes; empty if there is none.
    """

    targets: pd.DataFrame
    safety: pd.DataFrame
    evidence: pd.DataFrame
    contexts: pd.DataFrame
    cohorts: pd.DataFrame
    indication: Mapping[str, Any]
    manifest: Mapping[str, Any]
    rules: Sequence[str]
    version: str
    heat_map: bytes = b""


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
        **_payload.table(targets),
        "detail": _payload.detail(targets, inputs.safety, inputs.evidence, inputs.contexts),
    }
    return _html.page(
        "page.html",
        scripts=("text.js", "filters.js", "detail.js", "table.js"),
        data=_payload.embed(data),
        tables=True,
        heat_map=base64.b64encode(inputs.heat_map).decode(),
        first=_records(targets.head(_STATIC_ROWS)),
        **_facts(inputs, targets),
    )


def _facts(inputs: Inputs, targets: pd.DataFrame) -> dict[str, Any]:
    """Return what the template prints around the table."""
    cohorts = own_cohorts(inputs.cohorts, inputs.indication)
    empty = _payload.empty_columns(targets)
    return {
        "indication": {"group": "", "lineage": "", **inputs.indication, **_entries(inputs.indication)},
        "manifest": _manifest(inputs.manifest),
        "version": inputs.version,
        "rules": list(inputs.rules),
        "cohorts": _records(cohorts),
        "scale": scale(cohorts),
        "tiers": tier_counts(targets),
        "genes": len(targets),
        "detection": targets["detection"].value_counts().to_dict(),
        "columns": [(LABELS.get(c.name, c.name), c, c.name in empty) for c in TARGETS.columns],
        "empty": [LABELS.get(name, name) for name in empty],
        "limits": {"findings": _payload.FINDINGS, "windows": _payload.WINDOWS},
        "clear_means": CLEAR_MEANS,
        "research_use": RESEARCH_USE,
    }


_SOURCE: Final = ("id", "title", "release", "licence", "citation", "url", "package", "sha256")


def _entries(indication: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return what is tolerated and the known context, with every key that the template prints."""
    keys = {"tolerated": ("name", "reason", "reference"), "context": ("statement", "reference")}
    return {
        part: [{key: entry.get(key) for key in names} for entry in indication.get(part, ())]
        for part, names in keys.items()
    }


def _manifest(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest with every key that the template prints; what is absent is None or empty."""
    return {
        "reference_set": manifest.get("reference_set"),
        "sources": [{key: source.get(key) for key in _SOURCE} for source in manifest.get("sources", ())],
        "exclusions": dict(manifest.get("exclusions", {})),
        "tables": dict(manifest.get("tables", {})),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dicts, with None for what is missing."""
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in frame.to_dict("records")]


def own_cohorts(cohorts: pd.DataFrame, indication: Mapping[str, Any]) -> pd.DataFrame:
    """Return the COHORTS rows that an indication names, in its order.

    Raises
    ------
    InputError
        If one of them is missing.
    """
    wanted = list(indication["cohorts"])
    known = cohorts.set_index("cohort", drop=False)
    lost = [cohort for cohort in wanted if cohort not in known.index]
    if lost:
        raise InputError(
            f"no row for cohort {', '.join(lost)}",
            file=f"{indication['id']}.toml",
            field="cohorts",
            remedy="run the cohort step for this indication",
        )
    return known.loc[wanted].reset_index(drop=True)


def scale(cohorts: pd.DataFrame) -> dict[str, str]:
    """Return the scale on which an indication is compared: key, label, meaning. One linear cohort is enough."""
    key = "linear" if (cohorts["scale"] == "linear").any() else "rank_only"
    return {"key": key, "label": _SCALE[key][0], "meaning": _SCALE[key][1]}


def tier_counts(targets: pd.DataFrame) -> list[dict[str, Any]]:
    """Return key, label, full label, count and share of each safety tier, mildest first."""
    count = targets["safety_tier"].value_counts()
    total = max(len(targets), 1)
    return [
        {
            "key": tier,
            "short": TIER_SHORT[tier],
            "full": TIER_FULL[tier],
            "count": int(count.get(tier, 0)),
            "share": int(count.get(tier, 0)) / total,
        }
        for tier in SAFETY_TIERS
    ]


def run(
    *,
    targets: Path,
    safety: Path,
    evidence: Path,
    contexts: Path,
    cohorts: Path,
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
    targets, safety, evidence, contexts, cohorts
        Parquet files of the tables of these names.
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
        raise InputError(f"cannot be read: {error}", file=heat_map, remedy="run `report figures` again") from error
    page = render(
        Inputs(
            targets=store.read_table(targets, TARGETS),
            safety=store.read_table(safety, SAFETY),
            evidence=store.read_table(evidence, EVIDENCE, filters=[("criterion", "in", list(CRITERIA))]),
            contexts=store.read_table(contexts, CONTEXTS),
            cohorts=store.read_table(cohorts, COHORTS),
            indication=indication,
            manifest=manifest,
            rules=rules,
            version=version,
            heat_map=picture,
        )
    )
    store.write_text(page, html)
