"""`decide query`: what one patient expresses, and where in its indication; every number here is worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import tables, units
from targetfinder.decide.query import patients, run
from targetfinder.errors import InputError
from targetfinder.store import read_table, write_table

if TYPE_CHECKING:
    from tests.conftest import Run

NAN, LEVEL = float("nan"), 7.0
#: Genes in the order of the indication; their quartiles are 3, 7, 15 TPM*: 2, 3 and 4 on the log scale.
GENES = ("A", "B", "C", "D", "E")
#: What the patient has: expressed in A, D and E, not in B, not measured in C.
VALUES, PERCENTILES = (7.0, 1.0, NAN, 31.0, 15.0), (0.6, 0.3, NAN, 0.9, 0.8)
N = "n = 1: one sample, no replicate"
PLACE = "share below estimated from quartiles of FIRST, SECOND"


def indication(
    genes: Sequence[str] = GENES, detection: str = "measured", quartiles: tuple[float, float, float] | None = (3, 7, 15)
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make `TARGETS` and `EVIDENCE`; the kidney, 1 TPM*, binds. Without quartiles it is rank_only."""
    q1, median, q3 = quartiles or (NAN, NAN, NAN)
    targets = pd.DataFrame(
        {"gene_id": genes, "symbol": [f"S{gene}" for gene in genes], "priority_rank": range(1, len(genes) + 1)}
    ).assign(tumour_median=median, binding_tissue="kidney", safety_tier="caution", safety_reasons="heart: 60")
    rows = [
        ("binding_window", "kidney", 2.0, "hpa"),
        ("tumour_percentile", "FIRST, SECOND", 0.7, "cohorts"),
    ]
    if quartiles:
        rows += [("tumour_q1", "FIRST, SECOND", q1, "cohorts"), ("tumour_q3", "FIRST, SECOND", q3, "cohorts")]
        rows += [("normal_tpm", "kidney", 1.0, "hpa"), ("normal_tpm", "kidney", 900.0, "gtex")]
        rows += [("normal_tpm", "liver", 500.0, "hpa")]
    else:
        rows += [("normal_percentile", "kidney", 0.5, "hpa")]
    evidence = pd.DataFrame(
        [(gene, *row) for gene in genes for row in rows], columns=["gene_id", "criterion", "context", "value", "source"]
    )
    return targets.assign(detection=detection), evidence.assign(n=40)


def asked(
    values: Sequence[float] = VALUES,
    percentiles: Sequence[float] = PERCENTILES,
    genes: Sequence[str] = GENES,
    **about: str,
) -> pd.DataFrame:
    """Make rows of `QUERY` of one sample."""
    given = {"indication": "mine", "cohort": "own", "material": "tumour", "sample": "s1", "patient": "p1", **about}
    frame = pd.DataFrame({"gene_id": genes, "value_tpm": values, "percentile": percentiles})
    return frame.assign(symbol=frame["gene_id"], source="sheet.csv", release="1", **given)


def scales(own: str | None = "linear") -> pd.DataFrame:
    """Make `COHORTS`; None for a cohort that holds queries only."""
    rows = [("FIRST", "linear"), *([] if own is None else [("own", own)])]
    return pd.DataFrame(rows, columns=["cohort", "scale"])


def held(query: pd.DataFrame, own: str | None = "linear") -> pd.DataFrame:
    found = patients(*indication(), query, scales(own), LEVEL)
    return tables.PATIENTS.check(found).set_index("gene_id")


def test_expressed_genes_come_first_unmeasured_ones_last_each_group_in_the_order_of_the_indication() -> None:
    found = held(asked())
    assert found.index.tolist() == ["A", "D", "E", "B", "C"]
    assert found["patient_rank"].tolist() == [1, 2, 3, 4, 5]
    assert found["priority_rank"].tolist() == [1, 4, 5, 2, 3]
    assert found["expressed"].tolist() == ["yes", "yes", "yes", "no", None]


def test_the_place_among_the_tumours_and_the_window_are_those_of_the_quartiles_and_of_the_binding_tissue() -> None:
    found = held(asked())
    # Scale 2 / 1.349 on the log scale: 1 TPM* is 1.349 of it below the median, 31 TPM* as much above.
    share = {"A": 0.5, "B": 0.0887, "D": 0.9113, "E": 0.75}
    assert found["cohort_share_below"].dropna().to_dict() == pytest.approx(share, abs=1e-4)
    assert (found["cohort_median"] == 7.0).all()
    # log2(patient + 1) - log2(1 + 1)
    assert found["window_log2"].dropna().to_dict() == pytest.approx({"A": 2.0, "B": 0.0, "D": 4.0, "E": 3.0})
    inside = found["cohort_share_below"].between(found["cohort_share_below_lo"], found["cohort_share_below_hi"])
    assert inside[found["expressed"].notna()].all()


def test_a_gene_that_was_not_measured_in_the_patient_has_no_number_and_says_why() -> None:
    found = held(asked()).loc["C"]
    numbers = ["value_tpm", "percentile", "cohort_share_below", "cohort_share_below_lo", "cohort_share_below_hi"]
    assert found[[*numbers, "window_log2", "expressed"]].isna().all()
    assert "not measured in this patient: neither present nor absent" in found["caveat"]
    assert found["safety_tier"] == "caution"


def test_a_gene_that_the_query_does_not_list_is_unmeasured_and_not_lost() -> None:
    found = held(asked().query("gene_id != 'B'"))
    assert set(found.index) == set(GENES)
    assert found.loc["B", ["expressed", "value_tpm"]].isna().all()


@pytest.mark.parametrize("why", ["query", "cohort", "indication"])
def test_without_amounts_on_one_side_a_gene_is_expressed_from_the_median_gene_on(why: str) -> None:
    query = asked([NAN] * 5 if why == "query" else VALUES, percentiles=(0.4, 0.6, NAN, 0.5, 0.49))
    tumours = indication(quartiles=None) if why == "indication" else indication()
    found = patients(*tumours, query, scales("rank_only" if why == "cohort" else "linear"), LEVEL)
    found = tables.PATIENTS.check(found).set_index("gene_id")
    assert found["expressed"].to_dict() == {"B": "yes", "D": "yes", "A": "no", "E": "no", "C": None}
    assert found[["window_log2", "cohort_share_below", "cohort_share_below_lo"]].isna().all(axis=None)
    assert found["value_tpm"].isna().all() == (why != "indication")
    assert found["caveat"].str.contains("compared by rank, no amounts", regex=False).all()


LOWEST, HIGHEST = "in the lowest quarter of the cohort", "in the highest quarter of the cohort"
OUTSIDE = "50% of its targets outside of the middle half of the cohort, 50% is usual"


@pytest.mark.parametrize(
    ("gene", "material", "own", "told"),
    [
        ("A", "tumour", "linear", [N, OUTSIDE, PLACE]),
        ("A", "sorted", None, [N, "not judged against the atlases", OUTSIDE, PLACE]),
        ("B", "tumour", "linear", [N, OUTSIDE, LOWEST, PLACE]),
        ("D", "cell_line", "linear", [N, "a cell line, no tumour", OUTSIDE, HIGHEST, PLACE]),
        ("E", "pdx", "linear", [N, "a xenograft, no tumour of a patient", OUTSIDE, PLACE]),
        ("C", "tumour", "linear", [N, OUTSIDE, "not measured in this patient: neither present nor absent"]),
    ],
)  # fmt: skip
def test_each_row_says_what_its_reader_must_know(gene: str, material: str, own: str | None, told: list[str]) -> None:
    assert held(asked(material=material), own)["caveat"].str.split("; ")[gene] == told


def with_gene_z(other: tuple[pd.DataFrame, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add one more gene, last in priority, to the indication."""
    targets, evidence = (pd.concat(parts, ignore_index=True) for parts in zip(indication(), other, strict=True))
    return targets.assign(priority_rank=range(1, len(targets) + 1)), evidence


@pytest.mark.parametrize("value", [3.0, 7.0, 15.0])
def test_a_patient_at_a_quartile_is_in_the_middle_half(value: float) -> None:
    caveats = held(asked([value] * 5, [0.5] * 5))["caveat"]
    assert caveats.str.contains("; 0% of its targets outside", regex=False).all()
    assert not caveats.str.contains("quarter of the cohort").any()


@pytest.mark.parametrize(("median", "share"), [(6.9, "50%"), (7.0, "60%")])
def test_genes_that_half_of_the_cohort_lacks_do_not_tell_whether_the_patient_is_like_it(
    median: float, share: str
) -> None:
    both = with_gene_z(indication(["Z"], quartiles=(0, median, 9)))
    found = patients(*both, asked([*VALUES, 20.0], [*PERCENTILES, 0.7], [*GENES, "Z"]), scales(), LEVEL)
    assert found["caveat"].str.contains(f"; {share} of its targets outside", regex=False).all()


@pytest.mark.parametrize(
    ("detection", "quartiles", "bounds"), [("unmeasured", (NAN,) * 3, False), ("below_detection", (0, 0, NAN), True)]
)
def test_a_gene_that_the_cohort_lacks_has_no_estimate_of_the_place(
    detection: str, quartiles: tuple[float, float, float], bounds: bool
) -> None:
    both = with_gene_z(indication(["Z"], detection, quartiles))
    found = patients(*both, asked([*VALUES, 20.0], [*PERCENTILES, 0.7], [*GENES, "Z"]), scales(), LEVEL)
    row = found.set_index("gene_id").loc["Z"]
    assert row["expressed"] == "yes"
    assert np.isnan(row["cohort_share_below"])
    assert np.isfinite(row["cohort_share_below_lo"]) == bounds
    assert f"{detection.replace('unmeasured', 'not measured').replace('_', ' ')} in FIRST, SECOND" in row["caveat"]
    assert PLACE not in row["caveat"]


def test_samples_are_ranked_one_by_one_and_those_of_two_cohorts_may_share_a_name() -> None:
    queries = [asked(sample="s2"), asked([0.0] * 5), asked([9.0] * 5, [0.5] * 5, cohort="other", patient="p2")]
    found = patients(*indication(), pd.concat(queries), scales(), LEVEL)
    found = tables.PATIENTS.check(found)
    assert found[["sample", "cohort"]].drop_duplicates().to_numpy().tolist() == [
        ["s1", "other"],
        ["s1", "own"],
        ["s2", "own"],
    ]
    assert found.groupby(["sample", "cohort"])["patient_rank"].agg(list).tolist() == [[1, 2, 3, 4, 5]] * 3
    lone = tables.PATIENTS.check(patients(*indication(), queries[0], scales(), LEVEL))
    pd.testing.assert_frame_equal(found[found["sample"] == "s2"].reset_index(drop=True), lone)


@given(
    values=st.lists(st.one_of(st.just(NAN), st.just(0.0), st.floats(0, 1e5)), min_size=5, max_size=5),
    genes=st.permutations(range(5)),
    seed=st.integers(0, 1000),
)
def test_the_order_of_genes_in_the_tables_does_not_matter(values: list[float], genes: list[int], seed: int) -> None:
    percentiles = [0.5 if np.isfinite(value) else NAN for value in values]
    targets, evidence = indication()
    first = patients(targets, evidence, asked(values, percentiles), scales(), LEVEL)
    mixed = evidence.sample(frac=1, random_state=seed)
    again = patients(targets.iloc[genes], mixed, asked(values, percentiles).iloc[genes], scales(), LEVEL)
    pd.testing.assert_frame_equal(first, again)
    order = list(zip(first["expressed"].map({"yes": 0, "no": 1}).fillna(2), first["priority_rank"], strict=True))
    assert order == sorted(order)


def test_without_a_query_the_table_is_empty_and_valid() -> None:
    found = patients(*indication(), asked().head(0), scales(), LEVEL)
    assert len(tables.PATIENTS.check(found)) == 0


def median_patient(simulated: Run, indication: str, cohort: str) -> pd.DataFrame:
    """Return `QUERY` of a patient who has the median of a simulated cohort."""
    frame = simulated.cohort(cohort).reset_index(drop=True)
    query = asked(frame["median_tpm"].tolist(), frame["percentile"].tolist(), frame["gene_id"].tolist())
    return query.assign(indication=indication)[tables.QUERY.names]


def written(simulated: Run, folder: Path, queries: pd.DataFrame, indication: str) -> Path:
    """Run the command on simulated results, with these queries."""
    write_table(queries, tables.QUERY, folder / "cohorts" / "queries.parquet")
    (folder / "cohorts" / "cohorts.parquet").write_bytes((simulated.cohorts / "cohorts.parquet").read_bytes())
    file = simulated.references / "indications" / f"{indication}.toml"
    scoring = Path(__file__).parent.parent.parent / "conf" / "scoring.toml"
    run(file, simulated.results(indication), folder / "cohorts", scoring, folder / "out")
    return folder / "out"


def test_the_median_patient_has_the_windows_of_the_cohort_and_half_of_it_below(simulated: Run, tmp_path: Path) -> None:
    queries = median_patient(simulated, "planted", "PLANTED")
    out = written(simulated, tmp_path, queries, "planted")
    found = read_table(out / "patients.parquet", tables.PATIENTS).set_index("gene_id")
    targets = simulated.of_indication(tables.TARGETS, "planted").set_index("gene_id").reindex(found.index)
    assert len(found) == len(simulated.of_indication(tables.TARGETS, "planted"))
    np.testing.assert_allclose(found["window_log2"], targets["window_log2"])
    assert found["binding_tissue"].equals(targets["binding_tissue"])
    several = targets["tumour_median"] > 0
    np.testing.assert_allclose(found.loc[several, "cohort_share_below"].dropna(), 0.5)
    assert (found["expressed"] == "yes").equals(targets["tumour_median"] >= 10)
    assert found["caveat"].str.contains("; 0% of its targets outside of the middle half").all()
    plain = pd.read_csv(out / "patients.tsv", sep="\t", keep_default_na=False, na_values=[""])
    assert plain.columns.tolist() == tables.PATIENTS.names
    assert plain["gene_id"].tolist() == found.index.tolist()


def test_an_indication_on_a_log_scale_is_held_against_ranks(simulated: Run, tmp_path: Path) -> None:
    queries = median_patient(simulated, "logged", "PLANTED")
    found = read_table(written(simulated, tmp_path, queries, "logged") / "patients.parquet", tables.PATIENTS)
    assert found[["window_log2", "cohort_share_below", "cohort_median"]].isna().all(axis=None)
    assert (found["expressed"] == "yes").equals(found["percentile"] >= units.MEDIAN_GENE)


def test_an_indication_without_a_query_leaves_no_file(simulated: Run, tmp_path: Path) -> None:
    out = written(simulated, tmp_path, median_patient(simulated, "planted", "PLANTED"), "logged")
    assert not out.exists()


def test_cohorts_that_were_never_joined_are_refused(simulated: Run, tmp_path: Path) -> None:
    file, scoring = simulated.references / "indications" / "planted.toml", tmp_path / "scoring.toml"
    with pytest.raises(InputError, match=r"queries\.parquet"):
        run(file, simulated.results("planted"), tmp_path, scoring, tmp_path)
