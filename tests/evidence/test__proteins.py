"""Findings that rest on protein: which stains count, what confirms them, and when no window is left."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from tests.evidence.test_safety import RULES

from targetfinder.evidence._proteins import COLUMNS, protein_findings

CONTEXTS = pd.DataFrame(
    [
        ("protein", "ihc", "heart: Cardiomyocytes", "vital", True),
        ("protein", "ihc", "heart: Macrophages", "vital", False),
        ("protein", "ihc", "skin: Keratinocytes", "important", True),
        ("protein", "ihc", "skin: Endothelium", "vital", True),
        ("protein", "ihc", "cerebellum: Neurons", "vital", True),
        ("protein", "mass", "heart", "vital", True),
        ("protein", "mass", "skin", "important", True),
        ("rna_bulk", "hpa", "heart", "vital", True),
        ("rna_bulk", "hpa", "skin", "important", True),
        ("rna_bulk", "hpa", "brain", "vital", True),
    ],
    columns=["modality", "source", "context", "criticality", "parenchyma"],
)
HEART = ("heart", "Cardiomyocytes")


def found(
    place: tuple[str, str] = HEART,
    level: str = "Medium",
    reliability: str | None = "Enhanced",
    surface: str = "likely",
    *,
    mass: dict[str, float] | None = None,
    rna: dict[str, float] | None = None,
    tumour: float = 1000.0,
) -> pd.DataFrame:
    """Findings of gene G with one stain; `mass` is the percentile of a tissue, `rna` its nTPM (and TPM*)."""
    stain = {"context": place[0], "cell_type": place[1], "level": level, "reliability": reliability, "unit": "stain"}
    rows: list[dict[str, Any]] = [{**stain, "source": "ihc", "release": "HPA v22"}]
    rows += [
        {"context": tissue, "cell_type": "whole tissue", "unit": "ppb", "value": 5.0, "percentile": rank}
        | {"n_detected": 10_000, "source": "mass", "release": "E1"}
        for tissue, rank in (mass or {}).items()
    ]
    columns = ["context", "cell_type", "level", "reliability", "value", "unit", "percentile", "n_detected"]
    protein = pd.DataFrame(rows, columns=[*columns, "source", "release"]).assign(gene_id="G")
    bulk = pd.DataFrame(
        [("G", tissue, value, value, "nTPM", "v23", "hpa", tumour) for tissue, value in (rna or {}).items()],
        columns=["gene_id", "context", "upper", "upper_tpm", "unit", "release", "source", "tumour"],
    )
    rows_found = protein_findings(protein, bulk, CONTEXTS, pd.Series({"G": surface}), RULES)
    assert rows_found.columns.tolist() == COLUMNS
    return rows_found


def tier(*arguments: Any, **named: Any) -> str | None:
    rows = found(*arguments, **named)
    rows = rows[rows["unit"] != "ppb"]
    return None if rows.empty else rows["tier_before_waiver"].item()


@pytest.mark.parametrize(
    ("level", "reliability", "surface", "expected"),
    [
        ("Medium", "Enhanced", "confirmed", "caution"),
        ("Medium", "Supported", "likely", "caution"),
        ("High", "Supported", "likely", "gate_needed"),
        ("High", "Approved", "likely", "clear"),
        ("High", "Uncertain", "confirmed", "clear"),
        ("High", None, "confirmed", "clear"),
        ("High", "Enhanced", "possible", "clear"),
        ("High", "Enhanced", "unlikely", "clear"),
        ("Low", "Enhanced", "confirmed", None),
        ("Not detected", "Enhanced", "confirmed", None),
    ],
)
def test_a_stain_counts_by_level_antibody_and_surface(
    level: str, reliability: str | None, surface: str, expected: str | None
) -> None:
    assert tier(HEART, level, reliability, surface) == expected


@pytest.mark.parametrize("place", [("heart", "Macrophages"), ("skin", "Keratinocytes"), ("heart", "Unheard of")])
def test_guests_and_cells_that_are_not_vital_give_no_finding(place: tuple[str, str]) -> None:
    assert tier(place, "High") is None


@pytest.mark.parametrize(
    ("confirmed", "expected"),
    [
        ({"mass": {"heart": 0.75}}, "gate_needed"),
        ({"mass": {"heart": 0.74}}, "caution"),
        ({"rna": {"heart": 50.0}}, "gate_needed"),
        ({"rna": {"heart": 49.9}}, "caution"),
        ({"rna": {"brain": 500.0}, "mass": {"skin": 1.0}}, "caution"),
        ({"mass": {"heart": 0.9}, "rna": {"heart": 999.0}}, "gate_needed"),
        ({"rna": {"heart": 1000.0}}, "veto"),
        ({"mass": {"heart": 0.9}, "rna": {"heart": 30.0}, "tumour": 30.0}, "veto"),
        ({"rna": {"heart": 1000.0}, "tumour": float("inf")}, "gate_needed"),
        ({"rna": {"heart": 1000.0}, "tumour": float("nan")}, "gate_needed"),
    ],
)
def test_a_middle_stain_is_raised_by_its_tissue_and_vetoed_without_window(
    confirmed: dict[str, Any], expected: str
) -> None:
    assert tier(**confirmed) == expected


def test_a_strong_stain_alone_is_no_veto_however_little_the_tumour_has() -> None:
    assert tier(level="High", rna={"heart": 49.0}, tumour=0.0) == "gate_needed"


def test_a_stain_that_is_not_trusted_stays_a_note_whatever_else_is_high() -> None:
    assert tier(HEART, "High", "Approved", mass={"heart": 1.0}, rna={"heart": 1e4}) == "clear"
    assert tier(HEART, "High", "Enhanced", "possible", mass={"heart": 1.0}, rna={"heart": 1e4}) == "clear"


def test_a_tissue_that_is_not_vital_confirms_nothing_of_its_vessels() -> None:
    assert tier(("skin", "Endothelium"), rna={"skin": 1e5}, mass={"skin": 1.0}) == "caution"


def test_a_part_of_the_brain_is_confirmed_by_the_brain() -> None:
    assert tier(("cerebellum", "Neurons"), rna={"brain": 60.0}) == "gate_needed"


def test_mass_spectrometry_alone_is_a_note_of_vital_tissues() -> None:
    rows = found(level="Low", mass={"heart": 0.99, "skin": 0.99})
    assert rows["tier_before_waiver"].tolist() == ["clear"]
    assert rows["said"].tolist() == ["mass spectrometry, E1, top 1 % of 10,000 proteins"]


def test_what_is_said_names_method_release_reliability_and_what_confirms() -> None:
    said = found(rna={"heart": 60.0})["said"].item()
    assert said == "IHC Medium, HPA v22, Enhanced, confirmed by 60 nTPM in bulk RNA (v23)"
    assert found(reliability=None)["said"].item() == "IHC Medium, HPA v22, no reliability stated"
