"""`decide rank`: two axes, one stated rule, and no gene removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.decide import criteria as criteria_of
from targetfinder.decide._reasons import reasons_of, sentence
from targetfinder.decide.criteria import efficacy
from targetfinder.decide.rank import rank
from targetfinder.settings import Scoring

if TYPE_CHECKING:
    from tests.conftest import Run

NAN = float("nan")
CRITERIA = ("presence", "specificity", "surface")
WEIGHTS = {"presence": 1.0, "specificity": 2.0, "surface": 2.0}
NONE = {c.name: 0.0 for c in criteria_of.REGISTRY}
ERROR = {"gene": 0.5, "tissue": 0.3}
PENALTY = {"clear": 0.0, "caution": 0.04, "gate_needed": 0.12, "veto": 0.24}
#: Numbers of this file's own, so that the shipped ones may change.
OWN = Scoring.model_validate(
    {
        "presence": {"level": 10, "log2_at_one": 10},
        "window": {"log2_range": 10, "unmeasured_log2": 0, "allowance_log2": dict.fromkeys(tables.CRITICALITY, 0)},
        "surface": {"confirmed": 1, "likely": 0.9, "possible": 0.7, "unlikely": 0.4}
        | {"at_least": {"confirmed": 0.8, "likely": 0.5, "possible": 0.2}},
        "weights": NONE | WEIGHTS,
        "penalty": PENALTY,
        "fratricide": {"at_least": 10, "positive_share": 0.5}
        | {"penalty": dict.fromkeys(("carried", "possible", "unknown", "not_seen"), 0)},
        "nk_view": {"absent": 1, "share": 0.6},
        "intervals": {"replicates": 50, "seed": 1, "weight_jitter": 0.2}
        | {"atlas_log2": ERROR, "atlas_percentile": ERROR},
    }
)
Criteria = dict[str, tuple[float, float, float]]


def scored(criteria: Criteria) -> pd.DataFrame:
    """Make the evidence of a linear cohort from gene → (presence, specificity, surface); NaN means no value."""
    rows: list[tuple[Any, ...]] = []
    for gene, (_, _, surface) in criteria.items():
        rows += [
            (gene, "tumour_percentile", "COHORT", 0.5, "cohorts"),
            (gene, "tumour_median", "COHORT", 7.0, "cohorts"),
            (gene, "tumour_q3", "COHORT", 9.0, "cohorts"),
            *((gene, f"prevalence{end}", "COHORT", 0.6, "cohorts") for end in ("", "_lo", "_hi")),
            (gene, "binding_window", "heart", 3.0, "hpa"),
            (gene, "normal_tpm", "heart", 0.5, "hpa"),
            (gene, "window", "heart", 3.0, "hpa"),
            (gene, "surface_vote", "surfaceome (experimental)", 1.0, "cspa"),
            (gene, "surface", "likely", surface, "surface_votes"),
        ]
    frame = pd.DataFrame(rows, columns=["gene_id", "criterion", "context", "value", "source"])
    number = np.where(frame["criterion"] == "surface", 1, 40)
    return frame.assign(symbol=frame["gene_id"], unit="unit", n=pd.array(number, dtype="Int64"), release="1")


def scores(criteria: Criteria) -> pd.DataFrame:
    """Make the scores of all criteria; those that are not given were measured nowhere."""
    given = pd.DataFrame.from_dict(criteria, orient="index", columns=list(CRITERIA)).rename_axis("gene_id")
    return given.reindex(columns=list(NONE)).assign(prevalence=0.6).astype(float)


def found(findings: Sequence[tuple[str, str, float, str, str | None]] = ()) -> pd.DataFrame:
    """Make `SAFETY` from (gene, context, value, tier before waiver, waiver)."""
    rows = [
        {
            "gene_id": gene,
            "symbol": gene,
            "modality": "rna_bulk",
            "context": context,
            "criticality": "vital",
            "value": value,
            "unit": "nTPM",
            "n_donors": pd.NA,
            "source": "hpa",
            "release": "HPA v23",
            "rule": f"{tier}: a rule",
            "tier": "clear" if waiver else tier,
            "tier_before_waiver": tier,
            "waiver": waiver,
        }
        for gene, context, value, tier, waiver in findings
    ]
    return pd.DataFrame(rows, columns=tables.SAFETY.names)


def universe(genes: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"gene_id": genes, "symbol": genes, "name": None, "aliases": None}, dtype=object)


def cells(values: dict[str, dict[str, float]] | None = None) -> pd.DataFrame:
    """Make rows of `NORMAL_CELL` from context → gene → value."""
    rows = [(gene, context, value) for context, genes in (values or {}).items() for gene, value in genes.items()]
    frame = pd.DataFrame(rows, columns=["gene_id", "context", "value"]).astype({"value": float})
    return frame.assign(upper_tpm=frame["value"], source="atlas", release="1")


def worst_cells(levels: dict[str, float]) -> pd.DataFrame:
    """Make rows of `OFF_TARGET` from gene → level in kidney cells of five donors."""
    rows = [{"gene_id": gene, "tissue": "kidney", "context": "Tubule cells", "level": n} for gene, n in levels.items()]
    return pd.DataFrame(rows).assign(n_donors=5).reindex(columns=tables.OFF_TARGET.names)


def therapies(rows: Sequence[tuple[str, str, str]] = ()) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["gene_id", "therapy", "status"], dtype=object)


def on_file(rows: Sequence[tuple[str, str, str, bool]] = ()) -> pd.DataFrame:
    """Make `LIABILITIES` from (gene, kind, statement, verified)."""
    frame = pd.DataFrame(rows, columns=["gene_id", "kind", "statement", "verified"])
    told = {"agent": None, "indication": None, "reference": "PMID:1", "seen": "abstract", "tissue": None}
    return frame.assign(symbol=frame["gene_id"], evidence="humans", source="liabilities.tsv", release="0", **told)


def missed(rows: Sequence[tuple[str | None, str, str, bool]] = ()) -> pd.DataFrame:
    """Make rows of `BLIND_SPOTS` from (gene, place, statement, verified)."""
    return pd.DataFrame(rows, columns=["gene_id", "place", "statement", "verified"])


def carried(rows: Sequence[tuple[str, str, str, str, str, bool]] = ()) -> pd.DataFrame:
    """Make rows of `EFFECTORS` from (gene, cell, state, carries, statement, verified)."""
    return pd.DataFrame(rows, columns=["gene_id", "cell", "state", "carries", "statement", "verified"]).assign(
        reference="PMID:1"
    )


def lengths(rows: Sequence[tuple[str, bool, int | None]] = ()) -> pd.DataFrame:
    """Make rows of `TOPOLOGY` from (gene, canonical, extracellular residues)."""
    return pd.DataFrame(rows, columns=["gene_id", "canonical", "ecd_length"]).astype({"ecd_length": "Int64"})


def stained(shares: dict[str, tuple[float, ...]]) -> pd.DataFrame:
    """Make rows of `NORMAL_ANTIBODY` on T cells from gene → share of positive cells by one antibody and the next."""
    rows = [(gene, f"antibody {n}", share) for gene, of in shares.items() for n, share in enumerate(of)]
    frame = pd.DataFrame(rows, columns=["gene_id", "antibody", "positive"])
    return frame.assign(context="T cells", n_cells=50, mean=1.0, unit="", background="B", source="s", release="r")


def ranked(
    criteria: Criteria,
    findings: pd.DataFrame | None = None,
    scoring: Scoring = OWN,
    mode: str = "car_t",
    **changed: Any,
) -> pd.DataFrame:
    """Rank hand-made tables; the result is indexed by gene id."""
    inputs = {
        "genes": universe(list(criteria)),
        "scores": scores(criteria),
        "evidence": scored(criteria),
        "safety": found() if findings is None else findings,
        "cells": cells(),
        "contexts": tables.CONTEXTS.empty(),
        "off_target": tables.OFF_TARGET.empty(),
        "precedent": therapies(),
        "liabilities": on_file(),
        "blind_spots": missed(),
        "effectors": carried(),
        "antibodies": tables.NORMAL_ANTIBODY.empty(),
        "topology": lengths(),
    }
    return rank(**(inputs | changed), scoring=scoring, mode=mode).set_index("gene_id", drop=False)


# ---------------------------------------------------------------- efficacy


def test_efficacy_is_the_weighted_mean_worked_by_hand() -> None:
    table = ranked({"G": (0.5, 0.6, 0.9)})
    assert table.loc["G", "efficacy"] == pytest.approx((0.5 * 1 + 0.6 * 2 + 0.9 * 2) / 5)
    assert table.loc["G", "priority"] == pytest.approx(0.7)


@pytest.mark.parametrize("missing", range(3))
def test_a_criterion_without_a_value_counts_as_zero(missing: int) -> None:
    values = [NAN if i == missing else 0.5 for i in range(3)]
    expected = sum(0.5 * weight for i, weight in enumerate((1, 2, 2)) if i != missing) / 5
    table = ranked({"G": tuple(values), "H": (0.5, 0.5, 0.5)})  # type: ignore[dict-item]
    assert table.loc["G", "efficacy"] == pytest.approx(expected)


def test_a_criterion_that_no_gene_has_takes_no_part() -> None:
    table = ranked({"G": (NAN, 0.6, 0.9), "H": (NAN, 0.4, 0.9)})
    assert table["efficacy"].tolist() == pytest.approx([0.75, 0.65])


def test_weights_are_used_as_set_and_only_their_ratio_matters() -> None:
    criteria = pd.DataFrame({"presence": [0.2], "specificity": [0.4], "surface": [1.0]})
    assert efficacy(criteria, {"presence": 3.0, "specificity": 1.0, "surface": 0.0})[0] == pytest.approx(0.25)
    assert efficacy(criteria, WEIGHTS)[0] == pytest.approx(
        efficacy(criteria, {k: 7 * w for k, w in WEIGHTS.items()})[0]
    )


def test_weights_that_are_all_zero_are_an_error() -> None:
    criteria = pd.DataFrame({name: [0.5] for name in CRITERIA})
    with pytest.raises(ValueError, match="at least one weight"):
        efficacy(criteria, dict.fromkeys(CRITERIA, 0.0))


share = st.floats(0, 1)
table_of = st.lists(st.tuples(share, share, share), min_size=2, max_size=8)


def rank_of_first(rows: list[tuple[float, float, float]]) -> int:
    criteria = {f"G{i}": row for i, row in enumerate(rows)}
    return int(ranked(criteria).loc["G0", "priority_rank"])


@settings(max_examples=20)
@given(rows=table_of, lost=st.integers(0, 2))
def test_losing_the_value_of_a_criterion_never_improves_the_rank(
    rows: list[tuple[float, float, float]], lost: int
) -> None:
    poorer = tuple(NAN if i == lost else value for i, value in enumerate(rows[0]))
    assert rank_of_first([poorer, *rows[1:]]) >= rank_of_first(rows)  # type: ignore[list-item]


@settings(max_examples=20)
@given(rows=table_of, raised=st.integers(0, 2), by=share)
def test_a_better_criterion_never_worsens_the_rank(
    rows: list[tuple[float, float, float]], raised: int, by: float
) -> None:
    better = tuple(min(1.0, value + by * (i == raised)) for i, value in enumerate(rows[0]))
    assert rank_of_first([better, *rows[1:]]) <= rank_of_first(rows)  # type: ignore[list-item]


# ---------------------------------------------------------------- safety and priority


@pytest.mark.parametrize("tier", tables.SAFETY_TIERS)
def test_priority_is_efficacy_less_the_penalty_of_the_tier(tier: str) -> None:
    table = ranked({"G": (0.5, 0.6, 0.9)}, found([("G", "heart", 90.0, tier, None)]))
    assert table.loc["G", "safety_tier"] == tier
    assert table.loc["G", "priority"] == pytest.approx(0.7 - PENALTY[tier])


def test_the_worst_finding_gives_the_tier_and_a_gene_without_one_is_clear() -> None:
    findings = found([("A", "liver", 60.0, "caution", None), ("A", "heart", 400.0, "gate_needed", None)])
    table = ranked(dict.fromkeys("AB", (0.5, 0.5, 0.5)), findings)
    assert table["safety_tier"].to_dict() == {"A": "gate_needed", "B": "clear"}
    assert pd.isna(table.loc["B", "safety_reasons"])


def test_notes_move_no_tier_and_are_told_only_of_genes_with_nothing_worse() -> None:
    notes = [(g, context, value, "clear", None) for g in "AB" for context, value in (("lung", 30.0), ("skin", 90.0))]
    table = ranked(dict.fromkeys("AB", (0.5, 0.5, 0.5)), found([*notes, ("A", "heart", 60.0, "caution", None)]))
    assert table["safety_tier"].to_dict() == {"A": "caution", "B": "clear"}
    assert table.loc["B", "priority"] == table.loc["B", "efficacy"]
    assert table.loc["A", "safety_reasons"] == "heart: 60 nTPM in bulk RNA (HPA v23)"
    assert table.loc["B", "safety_reasons"].startswith("note: skin: 90 nTPM in bulk RNA (HPA v23)")


def test_a_waiver_lowers_the_tier_but_not_the_one_before_it() -> None:
    table = ranked({"G": (0.5, 0.6, 0.9)}, found([("G", "spleen", 400.0, "gate_needed", "it can be lost")]))
    assert table.loc["G", ["safety_tier", "safety_tier_before_waiver"]].tolist() == ["clear", "gate_needed"]
    assert table.loc["G", "priority"] == pytest.approx(0.7)
    assert "spleen: 400 nTPM" in table.loc["G", "safety_reasons"]
    assert "tolerated: it can be lost" in table.loc["G", "safety_reasons"]


def test_a_better_target_with_a_caution_may_stand_before_a_clear_one_but_never_without_its_reasons() -> None:
    table = ranked({"A": (0.9, 0.9, 0.9), "B": (0.5, 0.5, 0.5)}, found([("A", "heart", 60.0, "caution", None)]))
    assert table.index.tolist() == ["A", "B"]
    assert table.loc["A", "safety_reasons"].startswith("heart: 60 nTPM")


def test_reasons_come_worst_first_then_highest_and_the_rest_is_counted() -> None:
    findings = found(
        [
            ("G", "liver", 60.0, "caution", None),
            ("G", "colon", 900.0, "clear", None),  # a note: not a reason
            ("G", "lung", 500.0, "gate_needed", None),
            ("G", "nerve", NAN, "caution", None),
            ("G", "kidney", 70.0, "caution", None),
            ("G", "spleen", 800.0, "caution", "it can be lost"),
        ]
    )
    assert reasons_of(findings)["G"] == (
        "lung: 500 nTPM in bulk RNA (HPA v23), far above the tumour; kidney: 70 nTPM in bulk RNA (HPA v23); "
        "liver: 60 nTPM in bulk RNA (HPA v23); and 2 more"
    )


def test_a_note_names_the_least_dispensable_context_before_a_higher_value_in_another() -> None:
    notes = found([("G", "testis", 900.0, "clear", None), ("G", "colon", 30.0, "clear", None)])
    told = reasons_of(notes.assign(criticality=["dispensable", "important"]))["G"]
    assert told == "note: colon: 30 nTPM in bulk RNA (HPA v23); and 1 more"


def test_a_tolerated_finding_comes_after_those_that_count() -> None:
    findings = found([("G", "spleen", 800.0, "clear", "it can be lost"), ("G", "heart", 60.0, "caution", None)])
    told = reasons_of(findings.assign(tier_before_waiver="caution"))["G"]
    assert told.startswith("heart: 60 nTPM")
    assert told.endswith("tolerated: it can be lost")


def test_a_context_that_was_not_measured_says_so() -> None:
    row = next(found([("G", "heart", NAN, "caution", None)]).itertuples(index=False))
    assert sentence(row) == "heart: not measured in bulk RNA (HPA v23)"


# ---------------------------------------------------------------- the order


def test_ranks_are_complete_and_no_gene_is_removed() -> None:
    rng = np.random.default_rng(0)
    criteria = {f"G{i}": tuple(rng.random(3)) for i in range(50)}
    findings = found([(f"G{i}", "heart", 90.0, "veto", None) for i in range(0, 50, 2)])
    table = ranked(criteria, findings)  # type: ignore[arg-type]
    assert table["priority_rank"].tolist() == list(range(1, 51))
    assert set(table.index) == set(criteria)
    assert table["priority"].is_monotonic_decreasing


def test_ties_of_priority_fall_to_efficacy_and_then_to_the_gene_id() -> None:
    # numbers that binary fractions hold exactly, so that the ties are ties
    exact = {"weights": NONE | {"presence": 1}, "penalty": PENALTY | {"caution": 0.25}}
    scoring = Scoring.model_validate(OWN.model_dump() | exact)
    criteria: Criteria = {"D": (0.5, 0, 0), "C": (0.75, 0, 0), "B": (0.5, 0, 0), "A": (0.5, 0, 0)}
    table = ranked(criteria, found([("C", "heart", 60.0, "caution", None)]), scoring)
    assert table["priority"].tolist() == [0.5] * 4
    assert table.index.tolist() == ["C", "A", "B", "D"]


@settings(max_examples=20)
@given(data=st.data())
def test_the_order_of_rows_of_no_input_matters(data: st.DataObject) -> None:
    criteria = {f"G{i}": (0.1 * i, 0.5, 0.5) for i in range(6)}
    findings = found(
        [(g, c, 60.0, "caution", None) for g in ("G1", "G5") for c in ("heart", "liver", "lung", "retina")]
    )
    precedent = therapies([("G1", "CAR-T", "trial"), ("G1", "ADC", "approved"), ("G1", "ADC", "approved")])
    t_cells = cells({"T cells": {"G1": 3.0, "G2": 4.0}, "NK cells": {"G1": 5.0}})
    inputs = {
        "genes": universe(list(criteria)),
        "scores": scores(criteria),
        "evidence": scored(criteria),
        "safety": findings,
        "cells": t_cells,
        "contexts": tables.CONTEXTS.empty(),
        "off_target": worst_cells({"G1": 30.0, "G2": 5.0}),
        "precedent": precedent,
        "liabilities": on_file([("G1", "shed", "It is cut.", True), ("G1", "shed", "It is lost.", False)]),
        "blind_spots": missed([("G1", "tongue", "It is there.", True), ("G1", "nail", "It is there.", True)]),
        "effectors": carried([("G1", "T", "activated", "yes", "It comes.", True)]),
        "antibodies": stained({"G1": (0.6, 0.6), "G2": (0.7, 0.1)}),
        "topology": lengths([("G1", True, 30), ("G1", False, 50)]),
    }
    seed = data.draw(st.integers(0, 10_000))
    shuffled = {name: frame.sample(frac=1, random_state=seed) for name, frame in inputs.items()}
    pd.testing.assert_frame_equal(
        rank(**shuffled, scoring=OWN, mode="car_nk"), rank(**inputs, scoring=OWN, mode="car_nk")
    )


# ---------------------------------------------------------------- modes

COSTS = {"carried": 0.5, "possible": 0.25, "unknown": 0.125, "not_seen": 0.0}
COSTLY = Scoring.model_validate(
    OWN.model_dump() | {"fratricide": {"at_least": 10, "positive_share": 0.5, "penalty": COSTS}}
)


@settings(max_examples=25)
@given(data=st.data())
def test_modes_differ_by_the_fratricide_of_their_cells_and_by_nothing_else(data: st.DataObject) -> None:
    genes = [f"G{i}" for i in range(8)]
    criteria = {gene: data.draw(st.tuples(share, share, share)) for gene in genes}
    rna = st.dictionaries(st.sampled_from(genes), st.sampled_from((0.0, 9.0, 11.0)))
    contexts = ("T cells", "NK cells", "Activated T cells", "Activated NK cells")
    drawn = {"cells": cells({context: data.draw(rna) for context in contexts})}
    findings = found([("G3", "heart", 90.0, "caution", None)])
    by_mode = {mode: ranked(criteria, findings, COSTLY, mode, **drawn).sort_index() for mode in tables.MODES}
    free = {mode: ranked(criteria, findings, OWN, mode, **drawn).sort_index() for mode in tables.MODES}
    own = ["mode", "priority", "priority_rank", "limiting"]
    pd.testing.assert_frame_equal(by_mode["car_t"].drop(columns=own), by_mode["car_nk"].drop(columns=own))
    pd.testing.assert_frame_equal(free["car_t"].drop(columns="mode"), free["car_nk"].drop(columns="mode"))
    for mode, prefix in {"car_t": "t", "car_nk": "nk"}.items():
        table = by_mode[mode]
        term = table[f"{prefix}_fratricide"].str.replace(" ", "_").map(COSTS)
        np.testing.assert_allclose(table["priority"] + term, free[mode]["priority"], atol=1e-12)
        assert table["priority_rank"].tolist() == table[f"rank_{mode}"].tolist()
        assert table.sort_values("priority_rank")["priority"].is_monotonic_decreasing


def test_the_order_of_the_other_mode_stands_beside_that_of_the_run() -> None:
    criteria = {"A": (0.5, 0.6, 0.9), "B": (0.5, 0.6, 0.8)}
    low = cells(dict.fromkeys(("T cells", "NK cells"), dict.fromkeys("AB", 0.0)))
    panel = carried([("A", "T", "resting", "yes", "It is there.", True)])
    table = ranked(criteria, scoring=COSTLY, cells=low, effectors=panel)
    assert table.index.tolist() == ["B", "A"] and set(table["mode"]) == {"car_t"}
    assert table["rank_car_nk"].to_dict() == {"B": 2, "A": 1}
    assert ranked(criteria, scoring=COSTLY, mode="car_nk", cells=low, effectors=panel).index.tolist() == ["A", "B"]


# ---------------------------------------------------------------- what else a row says


def test_the_table_passes_its_schema_and_what_later_work_fills_is_empty() -> None:
    table = tables.TARGETS.check(ranked({"G": (0.5, 0.6, 0.9)}))
    later = ["rank_lo", "rank_hi", "p_top20", "p_top50", "ecd_length", "hsc"]
    assert table[later].isna().all(axis=None)


def test_binding_tissue_window_tier_and_votes_are_taken_from_the_records() -> None:
    row = ranked({"G": (0.5, 0.6, 0.9)}).loc["G"]
    assert (row["binding_tissue"], row["window_log2"]) == ("heart", 3.0)
    assert (row["surface_tier"], row["surface_votes"]) == ("likely", 1)
    assert (row["tumour_median"], row["tumour_percentile"], row["detection"]) == (7.0, 0.5, "measured")
    assert row[["prevalence", "prevalence_lo", "prevalence_hi"]].tolist() == [0.6, 0.6, 0.6]


@pytest.mark.parametrize(
    ("percentile", "q3", "detection"), [(0.5, 9.0, "measured"), (0.1, NAN, "below_detection"), (NAN, NAN, "unmeasured")]
)
def test_detection_is_told_from_the_records(percentile: float, q3: float, detection: str) -> None:
    evidence = scored({"G": (0.5, 0.6, 0.9)})
    evidence.loc[evidence["criterion"] == "tumour_percentile", "value"] = percentile
    evidence.loc[evidence["criterion"] == "tumour_q3", "value"] = q3
    assert ranked({"G": (0.5, 0.6, 0.9)}, evidence=evidence).loc["G", "detection"] == detection


def test_a_rank_only_indication_has_no_amount_and_no_window() -> None:
    evidence = scored({"G": (0.5, 0.6, 0.9)})
    amounts = ["tumour_median", "tumour_q3", "prevalence", "prevalence_lo", "prevalence_hi", "window", "normal_tpm"]
    inputs = {"evidence": evidence[~evidence["criterion"].isin(amounts)]}
    inputs["scores"] = scores({"G": (0.5, 0.6, 0.9)}).assign(prevalence=NAN)
    row = ranked({"G": (0.5, 0.6, 0.9)}, **inputs).loc["G"]
    assert row[["tumour_median", "window_log2", "prevalence"]].isna().all()
    assert (row["binding_tissue"], row["detection"]) == ("heart", "measured")


def test_coverage_is_the_share_of_expected_measurements_that_have_a_value() -> None:
    evidence = scored(dict.fromkeys("AB", (0.5, 0.6, 0.9)))
    evidence.loc[(evidence["gene_id"] == "B") & (evidence["criterion"] == "normal_tpm"), "value"] = NAN
    table = ranked(dict.fromkeys("AB", (0.5, 0.6, 0.9)), evidence=evidence)
    assert table["coverage"].to_dict() == {"A": 1.0, "B": 0.5}  # tumour percentile and one tissue


def test_source_tables_are_counted_where_they_have_a_value() -> None:  # cohorts, hpa, cspa
    evidence = scored(dict.fromkeys("AB", (0.5, 0.6, 0.9)))
    evidence.loc[(evidence["gene_id"] == "B") & (evidence["source"] == "hpa"), "value"] = NAN
    table = ranked(dict.fromkeys("AB", (0.5, 0.6, 0.9)), evidence=evidence)
    assert table["n_sources"].to_dict() == {"A": 3, "B": 2}


def test_t_and_nk_cells_show_the_highest_atlas_and_missing_is_not_zero() -> None:
    t_cells = pd.concat([cells({"T cells": {"A": 3.0, "B": 0.0}}), cells({"T cells": {"A": 8.0}})])
    table = ranked(dict.fromkeys("ABC", (0.5, 0.6, 0.9)), cells=t_cells)
    assert table.loc[["A", "B"], "t_cell"].tolist() == [8.0, 0.0]
    assert np.isnan(table.loc["C", "t_cell"])
    assert table["nk_cell"].isna().all()


def test_precedent_lists_each_class_of_therapy_once_with_its_count() -> None:
    precedent = therapies([("A", "CAR-T", "trial"), ("A", "ADC", "approved"), ("A", "ADC", "approved")])
    table = ranked(dict.fromkeys("AB", (0.5, 0.6, 0.9)), precedent=precedent)
    assert table.loc["A", "precedent"] == "ADC (approved) ×2; CAR-T (trial)"
    assert pd.isna(table.loc["B", "precedent"])


def test_shed_and_soluble_forms_are_told_and_what_nobody_verified_is_marked() -> None:
    known = [
        ("A", "shed", "It is cut.", True),
        ("A", "soluble_isoform", "It is spliced.", False),
        ("A", "toxicity", "It harms.", True),
        ("B", "antigen_loss", "It is lost.", True),
        ("ELSEWHERE", "shed", "It is cut too.", True),
    ]
    table = ranked(dict.fromkeys("ABC", (0.5, 0.6, 0.9)), liabilities=on_file(known))
    assert table.loc["A", "shed"] == "It is cut. It is spliced. (unverified)"
    assert table.loc[["B", "C"], "shed"].isna().all() and len(table) == 3


def test_blind_spots_of_a_gene_stand_beside_its_tier_and_move_nothing() -> None:
    criteria = dict.fromkeys("AB", (0.5, 0.6, 0.9))
    spots = missed(
        [("A", "tongue", "It is there.", True), ("A", "nail", "It may be.", False), (None, "ear", "-", True)]
    )
    table, bare = ranked(criteria, blind_spots=spots), ranked(criteria)
    assert table.loc["A", "blind_spots"] == "nail: It may be. (unverified) tongue: It is there."
    assert pd.isna(table.loc["B", "blind_spots"]) and bare["blind_spots"].isna().all()
    pd.testing.assert_frame_equal(table.drop(columns="blind_spots"), bare.drop(columns="blind_spots"))


def test_activated_cells_are_told_by_the_panel_and_unknown_is_never_absent() -> None:
    panel = carried(
        [
            ("A", "T", "activated", "yes", "It comes.", True),
            ("A", "T", "resting", "no", "It is away.", True),
            ("B", "T", "activated", "no", "It goes.", True),
            ("C", "T", "activated", "no", "It may go.", False),
            ("C", "NK", "activated", "yes", "It may come.", False),
        ]
    )
    table = ranked(dict.fromkeys("ABCD", (0.5, 0.6, 0.9)), effectors=panel).loc[list("ABCD")]
    assert table["t_activated"].tolist() == ["yes: It comes.", "no: It goes.", "not measured", "not measured"]
    assert table["nk_activated"].tolist() == [*["not measured"] * 2, "yes: It may come. (unverified)", "not measured"]


# ---------------------------------------------------------------- planted truth


@pytest.fixture(scope="module")
def planted(simulated: Run, truth: pd.DataFrame) -> pd.DataFrame:
    """The ranked table of the planted cohort with the role of each gene, by gene id."""
    table = simulated.of_indication(tables.TARGETS, "planted").set_index("gene_id", drop=False)
    return table.assign(role=truth["role"])


def of(planted: pd.DataFrame, role: str) -> pd.DataFrame:
    rows = planted[planted["role"] == role]
    assert len(rows) == 10
    return rows


def test_planted_good_genes_have_no_finding_and_take_the_top_ranks(planted: pd.DataFrame) -> None:
    good = of(planted, "good")
    assert good["safety_tier"].unique().tolist() == ["clear"]
    assert good["priority_rank"].max() == 10


def test_planted_patchy_genes_are_safe_and_stand_below_good_ones_by_presence_alone(planted: pd.DataFrame) -> None:
    patchy, good = of(planted, "patchy"), of(planted, "good")
    assert patchy["safety_tier"].unique().tolist() == ["clear"]
    assert patchy["priority_rank"].min() > good["priority_rank"].max()
    assert patchy["presence"].max() < good["presence"].min() - 0.1
    assert patchy["prevalence"].max() < good["prevalence"].min()


def test_planted_ubiquitous_genes_are_never_without_a_finding_and_name_what_binds(planted: pd.DataFrame) -> None:
    ubiquitous = of(planted, "ubiquitous")
    assert set(ubiquitous["safety_tier"]) <= {"caution", "gate_needed"}
    assert ubiquitous["binding_tissue"].isin(["heart muscle", "liver", "cerebral cortex"]).all()
    assert ubiquitous["safety_reasons"].str.contains("heart muscle|liver|cerebral cortex").all()
    assert ubiquitous["priority_rank"].min() > of(planted, "hidden")["priority_rank"].max()


def test_planted_hidden_genes_have_a_caution_that_names_cardiomyocytes_and_stand_below_good_ones(
    planted: pd.DataFrame,
) -> None:
    hidden = of(planted, "hidden")
    assert hidden["safety_tier"].unique().tolist() == ["caution"]
    assert hidden["safety_reasons"].str.match(r"^Cardiomyocytes: 1\d\d TPM in single-cell RNA \(simulated 1\)$").all()
    assert hidden["priority_rank"].min() > of(planted, "good")["priority_rank"].max()


def test_planted_unmeasured_genes_are_never_without_a_finding_and_stand_far_below_good_ones(
    planted: pd.DataFrame,
) -> None:
    unmeasured = of(planted, "unmeasured")
    assert unmeasured["safety_tier"].unique().tolist() == ["gate_needed"]
    assert unmeasured[["specificity", "window_log2", "binding_tissue"]].isna().all(axis=None)
    assert unmeasured["presence"].min() > 0.6
    assert unmeasured["safety_reasons"].str.contains("not measured").all()
    assert unmeasured["priority_rank"].min() > len(planted) / 2


def test_planted_undetected_genes_are_below_detection_in_the_last_tenth(planted: pd.DataFrame) -> None:
    undetected = of(planted, "undetected")
    assert undetected["detection"].unique().tolist() == ["below_detection"]
    assert undetected["presence"].unique().tolist() == [0.0]
    assert undetected["priority_rank"].min() > 0.9 * len(planted)


def test_planted_intracellular_genes_are_not_in_the_table_and_all_others_are(
    planted: pd.DataFrame, truth: pd.DataFrame
) -> None:
    assert set(planted.index) == set(truth.index[truth["role"] != "intracellular"])
    assert sorted(planted["priority_rank"]) == list(range(1, len(planted) + 1))


def test_the_planted_precedent_and_alias_are_shown(planted: pd.DataFrame) -> None:
    row = planted.set_index("symbol").loc["GOOD1"]
    assert (row["precedent"], row["aliases"]) == ("CAR-T (trial)", "ALIAS-GOOD1")


def test_the_planted_shed_form_is_shown_and_no_other(planted: pd.DataFrame) -> None:
    told = planted.set_index("symbol")["shed"].dropna()
    assert told.to_dict() == {"GOOD1": "It is simulated to be cut off. (unverified)"}


def test_every_priority_of_the_simulation_follows_from_its_own_evidence_and_the_settings(
    simulated: Run, planted: pd.DataFrame, scoring: Scoring
) -> None:
    evidence = simulated.of_indication(tables.EVIDENCE, "planted")
    values = criteria_of.scores(criteria_of.parts_of(evidence, planted.index), scoring)
    weights = pd.Series(scoring.weights.model_dump())
    weights = weights[values.notna().any()]  # a single cohort has no breadth
    assert set(NONE) - set(weights.index) == {"breadth", "lineage"}
    expected = (values.fillna(0)[weights.index] * weights / weights.sum()).sum(axis=1)
    np.testing.assert_allclose(planted["efficacy"], expected, atol=1e-12)
    flags = planted["t_fratricide"].str.replace(" ", "_")
    penalty = planted["safety_tier"].map(scoring.penalty.model_dump())
    penalty += flags.map(scoring.fratricide.penalty.model_dump())
    np.testing.assert_allclose(planted["priority"], expected - penalty, atol=1e-12)


def test_ranking_the_simulation_again_gives_identical_bytes(simulated: Run, tmp_path: Any) -> None:
    before = {path.name: path.read_bytes() for path in simulated.results("planted").iterdir()}
    simulated.rank("planted")
    assert {path.name: path.read_bytes() for path in simulated.results("planted").iterdir()} == before
    assert set(before) == {f"{name}.parquet" for name in ("targets", "contributions", "evidence", "safety")}


def test_the_extracellular_length_is_that_of_the_canonical_isoform_and_unknown_is_no_zero() -> None:
    known = lengths([("G1", True, 54), ("G1", False, 120), ("G2", True, None), ("G3", True, 0)])
    criteria = dict.fromkeys(("G1", "G2", "G3", "G4"), (1.0, 1.0, 1.0))
    found = ranked(criteria, topology=known)["ecd_length"]
    assert (found["G1"], found["G3"]) == (54, 0)
    assert found[["G2", "G4"]].isna().all()
