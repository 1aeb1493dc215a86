"""Gates: equal to brute force, true to what was planted, silent where nothing was, plain about what is not known."""

from __future__ import annotations

import dataclasses
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tests.conftest import REFERENCES, Run
from tests.decide import gate_worlds as worlds

from targetfinder import tables
from targetfinder.decide import _gate_rules as rules
from targetfinder.decide import gates as module
from targetfinder.decide._gate_inputs import Cohort
from targetfinder.decide._gate_judge import Judge, q_values
from targetfinder.decide._gate_normals import Clusters, Donors
from targetfinder.decide._gate_power import seen
from targetfinder.decide._gate_rules import Gate, Halves, halves
from targetfinder.decide._gate_search import Search, best
from targetfinder.decide._gate_triples import Exact, Triples
from targetfinder.decide._gate_tumour import Bounded, Counted
from targetfinder.errors import InputError
from targetfinder.store import read_table

LEVEL = 50.0


@pytest.fixture(scope="module")
def world() -> worlds.World:
    """200 genes in 24 patients of 850 cells."""
    return worlds.planted(7, background=195, cells=850)


@pytest.fixture(scope="module")
def searched(world: worlds.World) -> tuple[Counted, Donors, Halves]:
    cohort = world.cohort()
    genes = module.ordered(cohort)
    normals = world.normals(genes)
    parted = Halves(halves(cohort.n, 3, 1), halves(len(normals.donors), 4, 2))
    assert cohort.bits is not None
    return Counted(cohort.bits.of_genes(genes), parted.patients), normals, parted


class Brute:
    """The same world by plain boolean arrays: cells of a gate, shares of patients and of donors."""

    def __init__(self, world: worlds.World, genes: pd.Index) -> None:
        place = world.genes.get_indexer(genes)
        self.world, self.tumour, self.normal = world, world.tumour[place], world.normal[place]
        self.reach, self.hits = cache(self._reach), cache(self._hits)

    @staticmethod
    def cells(operator: str, rows: list[np.ndarray]) -> np.ndarray:
        if operator == "OR":
            return np.any(rows, axis=0)
        return np.all([*rows[:-1], ~rows[-1]] if operator == "NOT" else rows, axis=0)

    def _reach(self, gate: Gate) -> np.ndarray:
        reached = self.cells(gate.operator, [self.tumour[g] for g in gate.genes])
        return np.array([reached[self.world.patient == p].mean() for p in range(self.world.patient.max() + 1)])

    def _hits(self, gate: Gate) -> np.ndarray:
        hit = self.cells(gate.operator, [self.normal[g] for g in gate.genes])
        n = len(worlds.CONTEXTS)
        vital = [k for k, kind in enumerate(worlds.CRITICALITY) if kind == "vital"]
        return np.array(
            [max(hit[self.world.group == d * n + k].mean() for k in vital) for d in range(self.world.donors)]
        )


def test_every_gate_of_every_split_is_that_of_brute_force(
    world: worlds.World, searched: tuple[Counted, Donors, Halves]
) -> None:
    tumour, normals, parted = searched
    brute, n = Brute(world, tumour.genes), len(tumour.genes)
    alone = np.array([brute.reach(Gate("AND", (g,))) for g in range(n)])
    hits = np.array([brute.hits(Gate("AND", (g,))) for g in range(n)])
    tiers = np.arange(n) % 3
    found = Search(tumour, normals, tiers, parted.donors).pairs()
    for split in (0, 19):
        patients, donors = parted.patients[split], parted.donors[split]
        mean, worst = alone[:, patients].mean(axis=1), hits[:, donors].max(axis=1)
        expected = []
        for operator in ("AND", "OR", "NOT"):
            kept = []
            for a, b in (
                combinations(range(n), 2) if operator != "NOT" else ((a, b) for a in range(n) for b in range(n))
            ):
                if a == b or (mean[a] + mean[b] if operator == "OR" else mean[a]) < rules.LEAST_COVERAGE:
                    continue
                gate = Gate(operator, (a, b) if operator == "NOT" or tumour.genes[a] < tumour.genes[b] else (b, a))
                reach, hit = brute.reach(gate)[patients].mean(), brute.hits(gate)[donors].max()
                part = a if operator == "NOT" else _part(operator, a, b, mean, worst, tumour.genes)
                if reach >= rules.LEAST_COVERAGE and _qualifies(
                    operator, part, a + b - part, reach, hit, mean, worst, tiers
                ):
                    kept.append((round(reach - hit, rules.DIGITS), gate, (part,)))
            expected += best(kept, tumour.genes.to_numpy(dtype=object), rules.KEPT)
        assert [one[1:] for one in found[split]] == [one[1:] for one in expected]
        assert [one[0] for one in found[split]] == pytest.approx([one[0] for one in expected], abs=2e-9)


def _part(operator: str, a: int, b: int, mean: Any, worst: Any, names: pd.Index) -> int:
    wider = a if (mean[a], names[b]) > (mean[b], names[a]) else b
    return wider if operator == "OR" or worst[a] == worst[b] else a if worst[a] < worst[b] else b


def _qualifies(operator: str, part: int, other: int, reach: Any, hit: Any, mean: Any, worst: Any, tiers: Any) -> bool:
    if operator == "OR":
        return bool(reach - mean[part] >= rules.LEAST_RISE and tiers[other] <= tiers[part])
    halved = hit + 0.01 <= (worst[part] + 0.01) / 2 and worst[part] >= 0.1
    return bool(mean[part] - reach <= rules.MOST_LOSS and halved)


def test_every_statistic_of_a_judged_gate_is_that_of_brute_force(
    world: worlds.World, searched: tuple[Counted, Donors, Halves]
) -> None:
    tumour, normals, parted = searched
    chosen = Search(tumour, normals, np.zeros(len(tumour.genes), int), parted.donors).pairs()
    judged = Judge(Exact(tumour, normals), parted, binary=False).all(chosen)
    brute, sizes = Brute(world, tumour.genes), [len(found) for found in chosen]
    assert len(judged) >= 4
    for one in judged:
        adjusted, means, gains, lows, losses = [], [], [], [], []
        for split, found in enumerate(chosen):
            if one.gate not in [gate for _, gate, _ in found]:
                adjusted.append(1.0)
                lows.append(-np.inf)
                continue
            patients, donors = ~parted.patients[split], ~parted.donors[split]
            part = next(Gate("AND", genes) for _, gate, genes in found if gate == one.gate)
            loss = (brute.reach(part) - brute.reach(one.gate))[patients]
            gone, left = brute.hits(part)[donors], brute.hits(one.gate)[donors]
            fall = -loss if one.gate.operator == "OR" else gone - left
            p = _p(-loss - rules.LEAST_RISE) if one.gate.operator == "OR" else _p(rules.MOST_LOSS - loss)
            if one.gate.operator != "OR":
                p = max(p, _p((gone + 0.01) / 2 - left - 0.01))
            adjusted.append(min(1.0, p * sizes[split]))
            means.append(brute.reach(one.gate)[patients].mean())
            gains.append(fall.mean())
            error = max(fall.std(ddof=1), rules.LEAST_SPREAD) / np.sqrt(len(fall))
            lows.append(fall.mean() - stats.t.ppf(0.975, len(fall) - 1) * error)
            losses.append(loss.mean())
        assert one.p_value == pytest.approx(min(1.0, 2 * np.median(adjusted)))
        assert one.coverage.value == pytest.approx(np.median(means))
        assert one.gain.value == pytest.approx(np.median(gains)) and one.gain.low == pytest.approx(np.median(lows))
        assert one.loss == pytest.approx(max(0.0, float(np.median(losses))))


def _p(values: np.ndarray) -> float:
    error = max(values.std(ddof=1), rules.LEAST_SPREAD) / np.sqrt(len(values))
    return float(stats.t.sf(values.mean() / error, len(values) - 1)) if values.mean() > 0 else 1.0


def test_planted_gates_hold_a_decoy_does_not_and_no_order_matters() -> None:
    made = worlds.planted(1)  # many seeds: tests/benchmarks/check_gates.py
    found = tables.GATES.check(made.found())
    held = found[found["verdict"] == "improvement"]
    assert set(held["gate"]) == worlds.TRUTH
    assert (held["gain_lo"] > 0).all() and held["heldout"].all() and (held["q_value"] <= rules.FDR).all()
    assert (held["coverage_loss"] <= rules.MOST_LOSS).all()
    pd.testing.assert_frame_equal(tables.GATES.check(made.shuffled(3).found()), found, check_exact=True)


def test_what_only_those_who_choose_show_is_not_shown_by_the_others() -> None:
    made = worlds.decoy(3)
    cohort = made.cohort()
    genes = module.ordered(cohort)
    normals = made.normals(genes)
    parted = Halves(halves(cohort.n, 3, 1), halves(len(normals.donors), 4, 2))
    assert cohort.bits is not None
    tumour = Counted(cohort.bits.of_genes(genes), parted.patients)
    chosen = Search(tumour, normals, np.zeros(len(genes), int), parted.donors).pairs()
    a, e = genes.get_loc("A"), genes.get_loc("E")
    decoy = Gate("AND", (a, e))
    assert decoy in [gate for _, gate, _ in chosen[0]]  # the patients that choose first are taken in
    judged = Judge(Exact(tumour, normals), parted, binary=False).one(decoy, [0], [len(found) for found in chosen])
    assert judged.p_value == 1 and judged.loss > 0.3
    assert "A AND E" not in set(made.found().query("verdict == 'improvement'")["gate"])


def test_where_no_gate_is_none_is_found() -> None:
    assert not (worlds.null(11).found()["q_value"] <= rules.FDR).any()
    costly = worlds.costly(11, genes=12).found()
    assert not ((costly["q_value"] <= rules.FDR) & (costly["operator"] != "OR")).any()


def test_a_blocker_that_would_not_be_seen_proves_nothing() -> None:
    found = worlds.planted(1).found(power=0.5).set_index("gate")
    assert found.loc["C AND NOT D", "verdict"] == "candidate"
    assert "50%" in found.loc["C AND NOT D", "note"]
    assert found.loc["A AND B", "verdict"] == "improvement"
    assert seen(1e-4, np.array([1e3, 1e4, 1e5])) == pytest.approx(1 - np.exp(-1.0))


@pytest.mark.parametrize("operator", ["AND", "OR"])
def test_triples_by_branch_and_bound_are_those_of_trying_all(operator: str) -> None:
    made = worlds.three(5)
    cohort = made.cohort()
    genes = module.ordered(cohort)
    normals = made.normals(genes)
    parted = Halves(halves(cohort.n, 3, 1), halves(len(normals.donors), 4, 2))
    assert cohort.bits is not None
    exact = Exact(Counted(cohort.bits.of_genes(genes), parted.patients), normals)
    names, tiers = genes.to_numpy(dtype=object), np.zeros(len(genes), int)
    for split in (0, 7):
        search = Triples(exact, parted, split, list(range(len(genes))), names, tiers, kept=5)
        found = search.search(operator)
        assert found == search.search(operator, bounded=False)
        assert found
    together = tables.GATES.check(made.found())
    held = together[together["verdict"] == "improvement"]
    assert ("A AND B AND C" if operator == "AND" else "P OR Q OR R") in set(held["gate"])


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_bounds_hold_whatever_the_patients_are(a: float, b: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    has = rng.random((2, 40)) < np.array([[a], [b]])
    if rng.random() < 0.5:
        has = np.sort(has, axis=1)  # the same patients, as far as may be
    tumour = Bounded(pd.Index(["A", "B"]), has.mean(axis=1))
    for operator in ("AND", "OR", "NOT"):
        low, high = tumour.coverage(Gate(operator, (0, 1)))
        assert low - 1e-12 <= Brute.cells(operator, list(has)).mean() <= high + 1e-12


def clusters() -> Clusters:
    rng = np.random.default_rng(4)
    groups = pd.DataFrame(
        {
            "context": ["liver cells", "neurons", "brain", "germ cells"],
            "criticality": ["vital", "vital", "vital", "dispensable"],
            "donor": None,
            "mixture": [False, False, True, False],
            "counts": [True, True, True, False],
        }
    )
    values = rng.gamma(0.7, 80, (120, 4))
    values[5, 1], values[6, 3] = np.inf, np.inf
    return Clusters(values, groups, LEVEL)


@pytest.mark.parametrize("operator", ["AND", "OR", "NOT"])
def test_clusters_say_of_pairs_what_they_say_of_each_gate(operator: str) -> None:
    normals = clusters()
    found = normals.pairs(operator, 0, 96)[:, :, 0]
    for a, b in ((0, 100), (5, 97), (6, 99), (40, 119)):
        one = normals.hits(Gate(operator, (a, b)))[:3]
        assert found[a, b - 96] == np.nanmax(one)
    low, high = normals.values[0, :3].min(initial=np.inf), normals.values[0, :3].max()
    assert low <= np.nanmax(normals.hits(Gate("AND", (0, 0)))[:3]) == high


def test_a_blocker_needs_the_same_cells_and_to_have_been_measured_there() -> None:
    normals = dataclasses.replace(clusters(), values=np.array([[80.0, 0, 90, 0], [100.0, 0, 200, 0], [60.0, 0, 0, 0]]))
    blocked = normals.hits(Gate("NOT", (0, 1)))
    assert blocked[0] == 0 and np.isnan(blocked[2])  # a tissue is a mixture
    assert normals.hits(Gate("NOT", (0, 2)))[0] == 80  # less of the blocker than of the antigen
    assert not clusters().measured[5] and clusters().measured[6]


def test_halves_choose_once_and_judge_once() -> None:
    for n in (3, 7, 24):
        found = halves(n, 3, 1)
        assert (found[0::2] ^ found[1::2]).all() and found.any(axis=1).all() and not found.all(axis=1).any()
        assert (found == halves(n, 3, 1)).all()
    assert halves(2, 3, 1).all()


def test_rates_are_over_all_that_were_tried() -> None:
    p = np.array([0.001, 0.5, 0.0001])
    found = q_values(p, 1000)
    harmonic = (1 / np.arange(1, 1001)).sum()
    assert found == pytest.approx([0.001 * harmonic / 2, 1.0, 0.0001 * harmonic])
    assert q_values(p, 10**7)[2] == pytest.approx(0.0001 * (np.log(1e7) + np.euler_gamma), rel=1e-6)


def test_patients_one_by_one_are_counted_exactly() -> None:
    made = worlds.planted(1)
    few = Cohort("bulk", "samples", 24, made.cohort().genes, 0, "made", "1")
    carried = np.array(
        [[made.tumour[g][made.patient == p].mean() > 0.5 for p in range(24)] for g in range(len(made.genes))]
    )
    groups = pd.DataFrame({"patient": [f"P{n:02d}" for n in range(24)]})
    bits = module_pack(carried, made.genes, groups)
    cohort = dataclasses.replace(few, bits=bits)
    genes = module.ordered(cohort)
    found = module.gates(cohort, made.normals(genes), np.zeros(len(genes), int), lambda gene, context: 1.0)
    counted = tables.GATES.check(found).set_index("gate")
    assert counted.loc["A AND B", "tumour_coverage"] == 1
    # no patient of twelve was lost, and a tenth might be with a chance of 0.9 ** 12: nothing is proven
    assert counted.loc["A AND B", "verdict"] == "no gain" and counted.loc["A AND B", "p_value"] == 1


def module_pack(carried: np.ndarray, genes: pd.Index, groups: pd.DataFrame) -> Any:
    from targetfinder.bits import pack

    return pack(carried, genes, np.arange(len(groups)), groups)


def test_a_run_on_quartiles_gives_bounds_only(simulated: Run, tmp_path: Path) -> None:
    out = tmp_path / "gates.parquet"
    file = simulated.references / "indications" / "planted.toml"
    targets = simulated.results("planted") / "targets.parquet"
    module.run(file, targets, simulated.bundle, simulated.cohorts, [], REFERENCES / "safety.toml", out)
    found = read_table(out, tables.GATES)
    assert len(found) and (found["basis"] == "bounds").all() and not found["heldout"].any()
    assert (found["verdict"] == "candidate").all() and found["q_value"].isna().all() and found["gain_lo"].isna().all()
    assert (found["coverage_lo"] <= found["coverage_hi"]).all()
    assert (found["member_coverage"] - found["coverage_lo"] <= rules.MOST_LOSS + 1e-9).all()
    first = out.read_bytes()
    module.run(file, targets, simulated.bundle, simulated.cohorts, [], REFERENCES / "safety.toml", out)
    assert out.read_bytes() == first


def test_no_vital_normal_is_refused(simulated: Run, tmp_path: Path) -> None:
    import shutil

    from targetfinder.store import write_table

    bundle = tmp_path / "bundle"
    shutil.copytree(simulated.bundle, bundle)
    contexts = read_table(bundle / "contexts.parquet", tables.CONTEXTS).assign(criticality="dispensable")
    write_table(contexts, tables.CONTEXTS, bundle / "contexts.parquet")
    file = simulated.references / "indications" / "planted.toml"
    targets = simulated.results("planted") / "targets.parquet"
    with pytest.raises(InputError, match="no vital normal"):
        module.run(file, targets, bundle, simulated.cohorts, [], REFERENCES / "safety.toml", tmp_path / "out.parquet")
