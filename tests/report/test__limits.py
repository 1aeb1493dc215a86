"""What the atlases cannot show, and where RNA and protein contradict each other, as the page tells it."""

from __future__ import annotations

import pandas as pd
from tests.report import frames

from targetfinder.report import _html, _limits
from targetfinder.tables import CONFLICTS

PLANTED = frames.make()


def made(**changed: object) -> dict[str, object]:
    names = ("blind_spots", "conflicts", "safety", "targets")
    return _limits.section(*(changed.get(name, getattr(PLANTED, name)) for name in names))  # type: ignore[arg-type]


def shown(found: dict[str, object]) -> str:
    return _html.page("limits.html", limits_of=found, genes=120, manifest={"name": "demo"})


def test_stains_without_rna_come_first_with_stain_rna_and_both_releases() -> None:
    rows = made()["rows"]
    assert [(row["symbol"], row["kind"]) for row in rows] == [  # type: ignore[attr-defined]
        ("CD19", "stain without RNA"),
        ("TNFRSF17", "RNA without stain"),
    ]
    text = shown(made())
    assert "cerebellum, Purkinje cells: High, RNA 0.20 nTPM" in text
    assert "colon, all stained cells: Not detected, RNA 31.0 nTPM" in text
    assert "stains 1; v0" in text
    assert "nail &lt;bed&gt;" in text


def test_without_protein_the_page_says_that_there_is_none() -> None:
    found = made(conflicts=CONFLICTS.empty())
    assert not found["protein"]
    assert "“demo” holds no protein" in shown(found)


def test_genes_that_only_protein_raises_are_counted() -> None:
    first = PLANTED.safety.iloc[[0]]
    alone = first.assign(modality="protein", tier="veto", gene_id=first["gene_id"])
    rows = PLANTED.safety.assign(tier="caution")
    assert made(safety=rows)["raised"] == 0

    assert made(safety=pd.concat([rows, alone]))["raised"] == 1
