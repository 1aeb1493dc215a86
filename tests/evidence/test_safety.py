"""`evidence safety`: which findings carry which tier, by the rules of `references/safety.toml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.evidence._attribution import cells_of as carried_by
from targetfinder.evidence._tolerance import Origin
from targetfinder.evidence.off_target import off_target
from targetfinder.evidence.safety import findings
from targetfinder.settings import Rules

if TYPE_CHECKING:
    from tests.conftest import Run

RULES = Rules.model_validate(
    {
        "version": "1",
        "caution": {"criticality": ["vital"], "at_least": 50.0},
        "gate_needed": {"criticality": ["vital"], "at_least": 50.0, "times_tumour": 4.0},
        "unmeasured": {"criticality": ["vital"], "tissue": "gate_needed", "cell_type": "caution"},
        "note": {"criticality": ["vital", "important"], "at_least": 20.0},
        "protein": {
            "criticality": ["vital"],
            "reliability": ["Enhanced", "Supported"],
            "surface": ["confirmed", "likely"],
            "caution": "Medium",
            "gate_needed": "High",
            "top_share": 0.25,
        },
        "veto": {"times_tumour": 1.0},
        "toxicity": {"fatal": "veto", "severe_vital": "veto", "severe": "gate_needed"},
        "part_of": {"brain": ["cerebellum"]},
        "attribution": {"times": 10.0},
    }
)
CONTEXTS = pd.DataFrame(
    [
        ("rna_bulk", "hpa", "heart", "vital"),
        ("rna_bulk", "hpa", "colon", "important"),
        ("rna_bulk", "hpa", "skin", "regenerable"),
        ("rna_bulk", "gtex", "heart", "vital"),
        ("rna_cell", "cells", "Neurons", "vital"),
        ("rna_cell", "cells", "T cells", "important"),
    ],
    columns=["modality", "source", "context", "criticality"],
)
NAN = float("nan")
NOWHERE = tables.OFF_TARGET.empty()
Place = tuple[str, str]


def normals(values: dict[str, dict[Place, float]], factor: float = 1.0) -> pd.DataFrame:
    """Make rows of `NORMAL_*`: 0 in every place unless `values` says otherwise; TPM* is `factor` times as high."""
    rows = [
        {"gene_id": gene, "source": source, "context": context, "upper": places.get((source, context), 0.0)}
        for gene, places in values.items()
        for source, context in CONTEXTS[["source", "context"]].itertuples(index=False)
    ]
    frame = pd.DataFrame(rows).assign(
        unit="nTPM", release="1", n_donors=pd.array([pd.NA], dtype="Int64").repeat(len(rows))
    )
    return frame.assign(upper_tpm=frame["upper"] * factor)


def cells_of(normal: pd.DataFrame) -> pd.DataFrame:
    """Make `OFF_TARGET` of atlases of clusters."""
    genes = pd.DataFrame({"gene_id": normal["gene_id"].unique()}).assign(symbol="S")
    clusters = normal[normal["source"].isin(CONTEXTS.loc[CONTEXTS["modality"] == "rna_cell", "source"])]
    donors = tables.NORMAL_CELL_DONORS.empty()
    return off_target(genes, clusters, donors, CONTEXTS, RULES.lowest)


def found(
    values: dict[str, dict[Place, float]],
    tumour: dict[str, float] | None = None,
    *,
    ranked_only: bool = False,
    factor: float = 1.0,
    origin: Origin | None = None,
    absent: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return the findings, the tumour at 100 TPM* unless told; `absent` genes have no row in any atlas."""
    genes = pd.DataFrame({"gene_id": [*values, *absent]}).assign(symbol=lambda frame: "S" + frame["gene_id"])
    median = None if ranked_only else pd.Series(dict.fromkeys(genes["gene_id"], 100.0) | (tumour or {}))
    normal = normals(values, factor)
    rows = findings(genes, median, normal, cells_of(normal), CONTEXTS, rules=RULES, origin=origin)
    return rows.astype({name: str for name in rows.columns[rows.dtypes == "category"]})


def tiers(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(rows[["context", "tier"]].itertuples(index=False, name=None))


HEART, COLON, SKIN, GTEX = ("hpa", "heart"), ("hpa", "colon"), ("hpa", "skin"), ("gtex", "heart")
NEURONS, T_CELLS = ("cells", "Neurons"), ("cells", "T cells")


@pytest.mark.parametrize(
    ("place", "value", "tier", "rule"),
    [
        (HEART, 19.99, None, ""),
        (HEART, 20.0, "clear", "note: at least 20"),
        (HEART, 49.99, "clear", "note: at least 20"),
        (HEART, 50.0, "caution", "caution: at least 50"),
        (HEART, 399.99, "caution", "caution: at least 50"),
        (HEART, 400.0, "gate_needed", "gate_needed: at least 50 and 4 times the tumour"),
        (NEURONS, 50.0, "caution", "caution: at least 50"),
        (NEURONS, 1e6, "caution", "caution: at least 50"),
        (COLON, 20.0, "clear", "note: at least 20"),
        (COLON, 1e6, "clear", "note: at least 20"),
        (T_CELLS, 1e6, "clear", "note: at least 20"),
        (SKIN, 1e6, None, ""),
    ],
)
def test_thresholds_are_inclusive_and_the_highest_rule_names_the_finding(
    place: Place, value: float, tier: str | None, rule: str
) -> None:
    rows = found({"G": {place: value}})
    if tier is None:
        assert rows.empty
        return
    row = rows.iloc[0]
    assert len(rows) == 1
    assert (row["tier"], row["tier_before_waiver"], row["rule"]) == (tier, tier, rule)
    assert (row["source"], row["context"], row["value"], row["symbol"]) == (*place, value, "SG")


def test_a_finding_carries_modality_criticality_and_unit_of_its_atlas_and_passes_the_schema() -> None:
    rows = tables.SAFETY.check(found({"G": {HEART: 60.0, T_CELLS: 30.0, GTEX: NAN}})).set_index("context")
    assert rows.loc["heart", ["modality", "criticality", "unit", "release"]].tolist() == [
        "rna_bulk",
        "vital",
        "nTPM",
        "1",
    ]
    assert rows.loc["T cells", ["modality", "criticality"]].tolist() == ["rna_cell", "important"]


def test_two_atlases_of_one_tissue_give_a_finding_each() -> None:
    rows = found({"G": {HEART: 60.0, GTEX: 500.0}}).set_index("source")["tier"]
    assert rows.to_dict() == {"hpa": "caution", "gtex": "gate_needed"}


def test_the_threshold_is_in_the_unit_of_the_atlas_and_the_excess_in_renormalised_units() -> None:
    assert tiers(found({"G": {HEART: 60.0}}, {"G": 15.0}, factor=0.99)) == [("heart", "caution")]
    assert tiers(found({"G": {HEART: 60.0}}, {"G": 15.0}, factor=1.0)) == [("heart", "gate_needed")]
    assert tiers(found({"G": {HEART: 49.0}}, {"G": 1.0}, factor=10.0)) == [("heart", "clear")]


@pytest.mark.parametrize("tumour", [{"G": 0.0}, {"G": 1.0}])
def test_a_tumour_without_the_gene_is_exceeded_by_any_vital_tissue_over_the_threshold(tumour: dict[str, float]) -> None:
    assert tiers(found({"G": {HEART: 50.0, NEURONS: 50.0}}, tumour)) == [
        ("heart", "gate_needed"),
        ("Neurons", "caution"),
    ]


def test_a_cell_type_of_one_known_donor_moves_no_tier() -> None:
    genes = pd.DataFrame({"gene_id": ["G"], "symbol": ["G"]})
    normal = normals({"G": {NEURONS: 90.0}})
    told = {}
    for donors in (1, 2, None):
        known = normal.assign(n_donors=pd.array([donors] * len(normal), dtype="Int64"))
        rows = findings(
            genes,
            pd.Series({"G": 100.0}),
            known,
            cells_of(known),
            CONTEXTS,
            rules=RULES,
        )
        told[donors] = (rows["tier"].iloc[0], rows["rule"].iloc[0])
    assert told == {
        1: ("clear", "note: at least 20, in one donor"),
        2: ("caution", "caution: at least 50"),
        None: ("caution", "caution: at least 50"),
    }


def test_a_missing_tumour_value_counts_like_none_and_says_so() -> None:
    rows = found({"G": {HEART: 50.0, NEURONS: 50.0}}, {"G": NAN})
    assert tiers(rows) == [("heart", "gate_needed"), ("Neurons", "caution")]
    assert "tumour not measured" in rows.iloc[0]["rule"]


def test_a_rank_only_tumour_is_never_compared_so_that_caution_is_the_most() -> None:
    assert tiers(found({"G": {HEART: 1e5, NEURONS: 60.0}}, ranked_only=True)) == [
        ("heart", "caution"),
        ("Neurons", "caution"),
    ]


@given(value=st.floats(0, 1e5), tumour=st.one_of(st.just(NAN), st.floats(0, 1e5)), factor=st.floats(0.1, 10))
def test_a_cell_type_never_gives_more_than_caution(value: float, tumour: float, factor: float) -> None:
    rows = found({"G": {NEURONS: value, T_CELLS: value}}, {"G": tumour}, factor=factor)
    assert set(rows["tier"]) <= {"clear", "caution"}


@given(low=st.floats(0, 1e4), by=st.floats(0, 1e4), tumour=st.floats(0, 1e3), more=st.floats(0, 1e3))
def test_more_normal_is_never_safer_and_more_tumour_is_never_worse(
    low: float, by: float, tumour: float, more: float
) -> None:
    rows = found(
        {"BASE": {HEART: low}, "NORMAL": {HEART: low + by}, "TUMOUR": {HEART: low}},
        {"BASE": tumour, "NORMAL": tumour, "TUMOUR": tumour + more},
    )
    tier = dict(zip(rows["gene_id"], rows["tier"], strict=True))  # one vital tissue: one finding a gene at most
    worst = [tables.SAFETY_TIERS.index(tier.get(gene, "clear")) for gene in ("TUMOUR", "BASE", "NORMAL")]
    assert worst == sorted(worst)


# ---------------------------------------------------------------- what was not measured


def test_what_is_unmeasured_where_it_is_vital_is_the_worst_that_could_have_been_measured() -> None:
    rows = found({"G": {HEART: NAN, GTEX: NAN, NEURONS: NAN}})
    assert tiers(rows) == [("heart", "gate_needed"), ("Neurons", "caution")]
    assert rows["value"].isna().all()
    assert rows["rule"].str.startswith("unmeasured").all()


def test_a_vital_tissue_that_another_atlas_measured_is_measured() -> None:
    assert found({"G": {HEART: NAN}}).empty


def test_an_unmeasured_tissue_that_is_not_vital_is_no_finding() -> None:
    assert found({"G": {COLON: NAN, SKIN: NAN, T_CELLS: NAN}}).empty


def test_a_gene_without_a_row_in_any_atlas_is_unmeasured_in_every_vital_context() -> None:
    rows = found({"G": {}}, absent=("GONE",))
    assert sorted(rows["gene_id"] + " " + rows["context"]) == ["GONE Neurons", "GONE heart"]


@pytest.mark.parametrize("chosen", [("CLEAN",), ("HIGH",), ("GONE",), ("GONE", "CLEAN")])
def test_the_findings_of_a_gene_do_not_depend_on_its_company(chosen: tuple[str, ...]) -> None:
    values: dict[str, dict[Place, float]] = {"CLEAN": {}, "HIGH": {HEART: 90.0, NEURONS: NAN}}
    every = found(values, absent=("GONE",))
    alone = found({g: values[g] for g in chosen if g in values} or {"OTHER": {}}, absent=("GONE",) * ("GONE" in chosen))
    pd.testing.assert_frame_equal(
        alone[alone["gene_id"].isin(chosen)].reset_index(drop=True),
        every[every["gene_id"].isin(chosen)].reset_index(drop=True),
        check_dtype=False,  # of an empty frame
    )


def test_without_ratios_an_unmeasured_tissue_is_no_worse_than_a_measured_one_can_be() -> None:
    genes = pd.DataFrame({"gene_id": ["GONE"], "symbol": ["GONE"]})
    rows = findings(genes, None, normals({"ELSEWHERE": {}}), NOWHERE, CONTEXTS, rules=RULES)
    assert set(rows["tier"]) == {"caution"}


def test_genes_that_no_atlas_holds_are_unmeasured_even_if_no_gene_is_held() -> None:
    genes = pd.DataFrame({"gene_id": ["GONE"], "symbol": ["GONE"]})
    rows = findings(genes, pd.Series({"GONE": 100.0}), normals({"ELSEWHERE": {}}), NOWHERE, CONTEXTS, rules=RULES)
    assert sorted(rows["context"].astype(str)) == ["Neurons", "heart"]


# ---------------------------------------------------------------- waivers


def tolerating(cell: str, carried: dict[str, float], gene: str | None = None) -> Origin:
    """Return cells of which one is tolerated; `carried` is what each cell type carries of gene G."""
    cells = pd.DataFrame({"context": list(carried), "upper_tpm": list(carried.values())})
    holdings = [
        ("heart", "muscle", "Cardiomyocytes", True),
        ("colon", "lining", "Enterocytes", True),
        ("any", "immune", "B cells", False),
        ("any", "immune", "T cells", False),
    ]
    return Origin(
        carried_by(
            cells.assign(gene_id="G", source="cells", release="cells 1"),
            pd.DataFrame(holdings, columns=["tissue", "part", "cell_type", "needed"]),
            pd.DataFrame({"gene_id": ["G"]}),
        ),
        pd.DataFrame([(gene, cell, "they come back")], columns=["gene_id", "cell_type", "reason"], dtype=object),
        RULES.attribution.times,
    )


CARRIED = {"B cells": 1000.0, "T cells": 3.0, "Cardiomyocytes": 2.0, "Enterocytes": 1.0}


def test_a_waived_finding_keeps_its_row_both_tiers_and_the_reason() -> None:
    origin = tolerating("B cells", CARRIED)
    rows = found({"G": {HEART: 60.0, GTEX: 101.0, NEURONS: 60.0}}, {"G": 1.0}, origin=origin)
    rows = rows.set_index(["context", "source"])
    assert rows.loc[("heart", "hpa"), ["tier", "tier_before_waiver", "waiver"]].tolist() == [
        "clear",
        "gate_needed",
        "they come back",
    ]
    assert rows.loc[("heart", "hpa"), ["attribution", "attribution_cell", "attribution_value"]].tolist() == [
        "immune",
        "B cells",
        1000.0,
    ]
    # B cells would have to be more than a tenth of the heart to give 101
    assert rows.loc[("heart", "gtex"), ["tier", "attribution"]].tolist() == ["gate_needed", "immune"]
    assert rows.loc[("heart", "gtex"), "attribution_share"] == pytest.approx(0.101)
    assert rows.loc[("Neurons", "cells"), ["tier", "tier_before_waiver"]].tolist() == ["caution", "caution"]
    assert rows["waiver"].notna().sum() == 1


def test_a_tissue_is_waived_for_no_other_gene_and_for_no_other_cell() -> None:
    values: dict[str, dict[Place, float]] = {"G": {HEART: 60.0}}
    for origin in (tolerating("B cells", CARRIED, gene="H"), tolerating("T cells", CARRIED)):
        assert tiers(found(values, {"G": 1.0}, origin=origin)) == [("heart", "gate_needed")]
    for own in ("Cardiomyocytes", "T cells"):
        mixed = CARRIED | {own: 101.0}
        assert tiers(found(values, {"G": 1.0}, origin=tolerating("B cells", mixed))) == [("heart", "gate_needed")]
    alone = tolerating("B cells", CARRIED, gene="G")
    assert tiers(found(values, {"G": 1.0}, origin=alone)) == [("heart", "clear")]


def test_a_tissue_whose_own_cells_were_not_measured_is_never_waived_nor_given_to_guests() -> None:
    without = {cell: value for cell, value in CARRIED.items() if cell != "Cardiomyocytes"}
    row = found({"G": {HEART: 60.0}}, {"G": 1.0}, origin=tolerating("B cells", without)).iloc[0]
    assert (row["tier"], row["attribution"]) == ("gate_needed", None)
    assert row["attribution_basis"] == "no cell type of heart in the cell atlas: muscle"


def test_a_tolerated_cell_type_is_waived_itself() -> None:
    row = found({"G": {T_CELLS: 60.0}}, origin=tolerating("T cells", CARRIED)).iloc[0]
    assert (row["rule"], row["waiver"]) == ("note: at least 20", "they come back")
    assert pd.isna(row["attribution"])


# ---------------------------------------------------------------- rules, order, the simulation


def test_changed_rules_are_obeyed() -> None:
    wider = RULES.model_dump()
    wider["caution"] = {"criticality": ["vital", "regenerable"], "at_least": 30.0}
    genes = pd.DataFrame({"gene_id": ["G"], "symbol": ["G"]})
    rows = findings(
        genes,
        pd.Series({"G": 100.0}),
        normals({"G": {SKIN: 30.0, COLON: 1e3}}),
        NOWHERE,
        CONTEXTS,
        rules=Rules.model_validate(wider),
    )
    assert dict(zip(rows["context"], rows["tier"], strict=True)) == {"skin": "caution", "colon": "clear"}


def test_the_order_of_rows_does_not_matter() -> None:
    values: dict[str, dict[Place, float]] = {"A": {HEART: 90.0}, "B": {NEURONS: NAN, COLON: 30.0}, "C": {GTEX: 900.0}}
    genes = pd.DataFrame({"gene_id": list(values), "symbol": list(values)})
    arguments: dict[str, Any] = {
        "rules": RULES,
        "origin": tolerating("B cells", {"B cells": 1e4, "Cardiomyocytes": 1.0}),
    }
    median = pd.Series(100.0, index=list(values))
    cells = cells_of(normals(values))
    first = findings(genes, median, normals(values), cells, CONTEXTS, **arguments)
    shuffled = normals(values).sample(frac=1, random_state=3)
    second = findings(
        genes[::-1], median[::-1], shuffled, cells_of(shuffled), CONTEXTS.sample(frac=1, random_state=4), **arguments
    )
    pd.testing.assert_frame_equal(first, second)


def test_the_hidden_genes_of_the_simulation_are_found_in_cardiomyocytes_and_nowhere_else(
    simulated: Run, truth: pd.DataFrame
) -> None:
    hidden = truth.index[truth["role"] == "hidden"]
    rows = simulated.of_indication(tables.SAFETY, "planted")
    rows = rows[rows["gene_id"].isin(hidden)]
    assert rows["context"].unique().tolist() == ["Cardiomyocytes"]
    assert rows["tier"].unique().tolist() == ["caution"]
    assert len(rows) == 10


def test_the_findings_of_the_simulation_are_all_that_its_atlases_hold_over_the_thresholds(
    simulated: Run, rules: Rules
) -> None:
    normal = pd.concat([simulated.of_bundle(table) for table in (tables.NORMAL_BULK, tables.NORMAL_CELL)])
    normal = normal.merge(simulated.of_bundle(tables.CONTEXTS), on=["source", "context"])
    universe = simulated.of_bundle(tables.GENES).query("universe")["gene_id"]
    over = normal[normal["gene_id"].isin(universe) & (normal["criticality"] == "vital")]
    over = over[over["upper"] >= rules.caution.at_least]
    rows = simulated.of_indication(tables.SAFETY, "planted")
    rows = rows[(rows["tier"] != "clear") & rows["value"].notna()]
    key = ["gene_id", "source", "context"]
    assert len(over) > 100
    assert set(rows[key].itertuples(index=False, name=None)) == set(over[key].itertuples(index=False, name=None))


def test_rank_only_indications_have_no_finding_above_caution(simulated: Run) -> None:
    rows = simulated.of_indication(tables.SAFETY, "logged")
    assert set(rows["tier"]) == {"clear", "caution"}
    assert np.isfinite(rows["value"]).any()
