"""The benchmark as a whole: planted targets are found, absent ones count, and what does not fit is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.conftest import SCORING, Run

from targetfinder import tables
from targetfinder.benchmark._cases import OTHERS, Case, cases_of, universe_digest
from targetfinder.benchmark._criteria import Order, tiers_without
from targetfinder.benchmark._judge import Draws, differences, judge, mean_of
from targetfinder.benchmark._orders import Orders, Results
from targetfinder.benchmark.run import benchmark, run, subset
from targetfinder.errors import InputError
from targetfinder.store import read_table

FEW = Draws(bootstrap=60, null=40, seed=1)
HEAD = "symbol\tindications\tlevel\tyear\tagent\treference\tverified\tseen\n"


def results(simulated: Run, *indications: str) -> dict[str, Results]:
    names = ("targets", "evidence", "safety")
    return {name: Results(*(simulated.results(name) / f"{table}.parquet" for table in names)) for name in indications}


@pytest.fixture(scope="module")
def found(simulated: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("benchmark")
    both = results(simulated, "planted", "logged")
    run(simulated.references / "targets", both, simulated.bundle, SCORING, out)
    return out


def test_planted_targets_are_found_far_better_than_chance(found: Path) -> None:
    rows = read_table(found / "benchmark.parquet", tables.BENCHMARK)
    planted = rows[(rows["indication"] == "planted") & (rows["subset"] == "all")].set_index(["method", "metric"])
    assert planted.loc[("efficacy", "recall_20"), "value"] == 1
    assert planted.loc[("priority", "ap"), "value"] > 0.9
    assert planted.loc[("random", "ap"), "value"] < 0.1
    assert (planted["lo"] <= planted["value"] + 1e-12).mean() > 0.9
    assert set(planted["universe"]) == {
        universe_digest(pd.Index(pd.read_csv(found / "universe.tsv", sep="\t")["gene_id"]))
    }


def test_every_order_stands_beside_ours_in_a_linear_and_in_a_ranked_indication(found: Path) -> None:
    rows = read_table(found / "benchmark.parquet", tables.BENCHMARK)
    apart = read_table(found / "benchmark_differences.parquet", tables.BENCHMARK_DIFFERENCES)
    for indication in ("planted", "logged"):
        methods = set(rows.loc[rows["indication"] == indication, "method"])
        assert {"efficacy", "priority", "random", "genie_score", "gesp", "immunotar_formula"} <= methods
        assert {"without_surface", "without_normal_rna", "blind_to_rna_cell"} <= methods
        ours = apart[(apart["indication"] == indication) & (apart["order"] == "efficacy")]
        assert set(ours["against"]) == methods - {"efficacy"}
        assert (ours["lo"] <= ours["hi"]).all()


def test_positives_say_where_they_stand(found: Path) -> None:
    rows = read_table(found / "benchmark_positives.parquet", tables.BENCHMARK_POSITIVES)
    planted = rows[rows["indication"] == "planted"]
    assert len(planted) == 10
    assert planted["efficacy_rank"].max() <= 20
    assert planted["held_down_by"].notna().all()


def test_the_same_inputs_give_the_same_bytes(simulated: Run, found: Path, tmp_path: Path) -> None:
    run(simulated.references / "targets", results(simulated, "logged", "planted"), simulated.bundle, SCORING, tmp_path)
    for file in found.iterdir():
        assert file.read_bytes() == (tmp_path / file.name).read_bytes()


def test_lists_of_nothing_that_was_ranked_are_refused(simulated: Run, tmp_path: Path) -> None:
    (tmp_path / "other.tsv").write_text(HEAD + "GOOD1\tother\tlisted\t\t\t\tno\t\nGOOD2\tother\tlisted\t\t\t\tno\t\n")
    with pytest.raises(InputError, match="no list of two targets or more is of planted"):
        run(tmp_path, results(simulated, "planted"), simulated.bundle, SCORING, tmp_path / "out")


def test_a_symbol_that_is_no_gene_is_told_by_its_list(simulated: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text(HEAD + "NOGENE\tplanted\tlisted\t\t\t\tno\t\n")
    with pytest.raises(InputError) as error:
        run(tmp_path, results(simulated, "planted"), simulated.bundle, SCORING, tmp_path / "out")
    assert (error.value.file, error.value.field) == (tmp_path / "mine.tsv", "symbol")


def test_results_of_other_weights_or_another_universe_are_refused(simulated: Run, tmp_path: Path) -> None:
    other = tmp_path / "scoring.toml"
    other.write_text(SCORING.read_text().replace("\nsurface = 2.0", "\nsurface = 3.0"))
    lists = simulated.references / "targets"
    with pytest.raises(InputError, match="not the weighted mean of the criteria"):
        run(lists, results(simulated, "planted"), simulated.bundle, other, tmp_path / "out")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for file in simulated.bundle.iterdir():
        (bundle / file.name).symlink_to(file)
    (bundle / "genes.parquet").unlink()
    from targetfinder.store import write_table

    genes = simulated.of_bundle(tables.GENES)
    genes.loc[genes.index[genes["universe"]][0], "universe"] = False
    write_table(genes, tables.GENES, bundle / "genes.parquet")
    with pytest.raises(InputError, match="was ranked on another universe"):
        run(lists, results(simulated, "planted"), bundle, SCORING, tmp_path / "out")


GENES = pd.Index([f"G{i:03d}" for i in range(200)], name="gene_id")


def orders(shift: float, seed: int = 1) -> Orders:
    """Two orders: ours sees the first genes by `shift`, the other sees nothing; and a rule that is ours again."""
    rng = np.random.default_rng(seed)
    values = pd.DataFrame({"seen": rng.random(len(GENES)) / 2, "blind": rng.random(len(GENES))}, GENES)
    values.iloc[:5, 0] += shift
    ours = Order(values, {"seen": 1.0, "blind": 1.0}, pd.DataFrame({"safety": 0.1}, GENES))
    efficacy = ours.efficacy()
    scores = {"efficacy": efficacy, "priority": efficacy - 0.1, "random": values["blind"], "abundance": efficacy}
    return Orders(
        scores,
        {"efficacy": "ours", "priority": "ours", "random": "rule", "abundance": "rule"},
        pd.Series(0, GENES),
        ours,
    )


def case(name: str, indication: str, genes: list[str], year: int = 2020) -> Case:
    rows = pd.DataFrame({"gene_id": genes, "symbol": genes, "level": "trial", "verified": True})
    return Case(name, indication, rows.assign(year=pd.array([year] * len(genes), dtype="Int64")))


def test_an_order_is_no_different_from_itself_and_the_interval_says_so() -> None:
    judged = judge(case("list", "disease", list(GENES[:5])), orders(0.5).scores, FEW)
    assert set(differences(judged, "efficacy", "abundance").values()) == {(0.0, 0.0, 0.0)}
    value, low, high = differences(judged, "efficacy", "random")["ap"]
    assert low <= value <= high


def test_the_mean_is_over_diseases_and_a_disease_is_the_mean_of_its_indications() -> None:
    first, second, third = (judge(case("a", "one", list(GENES[:n])), orders(0.5, n).scores, FEW) for n in (3, 4, 5))
    mean = mean_of({"a": [first, second], "b": [third]}, FEW)
    ap = [one.value["efficacy"]["ap"] for one in (first, second, third)]
    assert mean.value["efficacy"]["ap"] == pytest.approx(((ap[0] + ap[1]) / 2 + ap[2]) / 2)


def test_held_out_diseases_are_no_part_of_the_mean() -> None:
    cases = [case(name, of, list(GENES[:5])) for name, of in (("ew", "ewing_sarcoma"), ("a", "one"), ("b", "two"))]
    by_indication = {"ewing_sarcoma": orders(0.0, 9), "one": orders(0.5, 2), "two": orders(0.5, 3)}
    _, values, apart, _ = benchmark(cases, by_indication, FEW)
    ap = values[(values["subset"] == "all") & (values["metric"] == "ap") & (values["method"] == "efficacy")].set_index(
        "list"
    )
    assert ap.loc[OTHERS, "value"] == pytest.approx(ap.loc[["a", "b"], "value"].mean())
    assert ap.loc[OTHERS, "n_positives"] == 2
    assert set(apart["list"]) == {"ew", "a", "b", OTHERS}


def test_a_list_judged_alone_is_judged_as_among_others() -> None:
    cases = [case(name, "one", list(GENES[:n])) for name, n in (("a", 4), ("b", 5))]
    _, both, _, _ = benchmark(cases, {"one": orders(0.5)}, FEW)
    _, alone, _, _ = benchmark(cases[1:], {"one": orders(0.5)}, FEW)
    pd.testing.assert_frame_equal(
        both[both["list"] == "b"].reset_index(drop=True), alone.reset_index(drop=True), check_dtype=False
    )


def test_lists_are_split_by_year_and_a_target_alone_is_not_judged() -> None:
    rows = case("a", "one", list(GENES[:5])).positives
    rows["year"] = pd.array([2001, 2018, 2019, pd.NA, 2025], dtype="Int64")
    rows["verified"] = [True, False, False, False, False]
    cases = [Case("a", "one", rows)]
    assert [list(c.genes) for c in subset(cases, "earlier")] == [list(GENES[:2])]
    assert [list(c.genes) for c in subset(cases, "later")] == [[GENES[2], GENES[4]]]
    assert subset(cases, "verified") == []


def test_what_holds_a_target_down_adds_up_to_what_it_lacks() -> None:
    ours = orders(0.5).ours
    lost = ours.lost()
    assert np.abs(1 - lost.drop(columns="safety").sum(axis=1) - ours.efficacy()).max() < 1e-12
    assert ours.efficacy(["blind"]).tolist() == ours.values["seen"].tolist()


def test_findings_of_one_modality_are_left_out_and_the_rest_decides() -> None:
    rows = [("A", "rna_bulk", "caution"), ("A", "rna_cell", "gate_needed"), ("B", "rna_cell", "veto")]
    safety = pd.DataFrame(rows, columns=["gene_id", "modality", "tier"])
    genes = pd.Index(["A", "B", "C"])
    assert tiers_without(safety, "rna_cell", genes).tolist() == ["caution", "clear", "clear"]
    assert tiers_without(safety, "protein", genes).tolist() == ["gate_needed", "veto", "clear"]
    values = pd.DataFrame({"seen": [0.5] * 3, "blind": [0.5] * 3}, genes)
    ours = Order(
        values, {"seen": 1.0, "blind": 1.0}, pd.DataFrame({"safety": 0.3, "fratricide": [0.0, 0.1, 0.0]}, genes)
    )
    found = ours.priority(tiers_without(safety, "rna_cell", genes), {"clear": 0.0, "caution": 0.06})
    assert found.tolist() == pytest.approx([0.44, 0.4, 0.5])


def test_kinds_of_data_are_left_out_whole() -> None:
    values = pd.DataFrame({name: [0.5] for name in ("presence", "prevalence", "surface")}, ["A"])
    ours = Order(values, {"presence": 1.0, "prevalence": 1.0, "surface": 2.0}, pd.DataFrame(index=["A"]))
    assert ours.parts["tumour_rna"] == ("presence", "prevalence")
    assert set(ours.parts) == {"presence", "prevalence", "surface", "tumour_rna"}


def test_a_criterion_that_no_gene_has_takes_no_part() -> None:
    values = pd.DataFrame({"seen": [0.2, np.nan], "unknown": [np.nan, np.nan]}, ["A", "B"])
    ours = Order(values, {"seen": 1.0, "unknown": 3.0}, pd.DataFrame(index=["A", "B"]))
    assert ours.efficacy().tolist() == [0.2, 0.0]
    assert ours.parts == {}


def test_cases_are_sorted_and_of_ranked_indications(tmp_path: Path) -> None:
    lists = pd.DataFrame(
        [("b", "one", "Y"), ("b", "one", "X"), ("a", "two", "X"), ("a", "two", "Y"), ("c", "one", "X")],
        columns=["list", "indication", "symbol"],
    ).assign(level="trial", year=pd.NA, verified=False)
    genes = pd.DataFrame({"symbol": ["X", "Y"], "gene_id": ["G2", "G1"]})
    found = cases_of(lists, genes, ["one", "two"], tmp_path)
    assert [(c.name, c.indication, c.genes) for c in found] == [("a", "two", ["G1", "G2"]), ("b", "one", ["G1", "G2"])]
