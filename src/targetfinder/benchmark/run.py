"""Benchmark: every order of one frozen universe, ours and simple rules, held against lists of known targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from targetfinder import tables
from targetfinder.benchmark import _frames
from targetfinder.benchmark._cases import FEWEST, OTHERS, Case, cases_of, universe_digest
from targetfinder.benchmark._judge import Draws, Judged, judge, mean_of
from targetfinder.benchmark._orders import Orders, Results, read_normals, read_orders
from targetfinder.settings import read_scoring
from targetfinder.store import read_table, write_table, write_tsv
from targetfinder.target_lists import read_target_lists

__all__ = ["DRAWS", "LATER", "Results", "benchmark", "run"]

#: Draws of positives behind intervals, of like genes behind p-values, and the seed of both.
DRAWS = Draws(bootstrap=2000, null=10000, seed=1)
#: From this year on, a report is later than the surface lists and annotations of the demo set (SURFY and GO, 2018).
LATER = 2019

#: What `benchmark` returns.
WRITTEN = (tables.BENCHMARK_METHODS, tables.BENCHMARK, tables.BENCHMARK_DIFFERENCES, tables.BENCHMARK_POSITIVES)

Key = tuple[str, str]


def run(lists: Path, results: Mapping[str, Results], bundle: Path, scoring: Path, out: Path) -> None:
    """Write the universe and the tables of the benchmark into `out`.

    Parameters
    ----------
    lists
        Folder of the lists of known targets.
    results
        Indication to its files.
    bundle, scoring
        Reference bundle, and scoring file that the ranking was made with.
    out
        Folder for a table of each of `WRITTEN`, and universe.tsv.

    Raises
    ------
    InputError
        If no list is of these indications, or a table is not of this universe or these weights.
    """
    genes = read_table(bundle / "genes.parquet", tables.GENES)
    universe = genes.loc[genes["universe"], ["gene_id", "symbol"]].sort_values("gene_id")
    cases = cases_of(read_target_lists(lists, held_out=True), genes, results, lists)
    normals = read_normals(bundle, pd.Index(universe["gene_id"], name="gene_id"))
    used = read_scoring(scoring)
    orders = {name: read_orders(results[name], normals, used) for name in sorted({c.indication for c in cases})}
    found = benchmark(cases, orders, DRAWS)
    write_tsv(universe, out / "universe.tsv")
    for table, frame in zip(WRITTEN, found, strict=True):
        write_table(table.sort(frame), table, out / f"{table.name}.parquet")


def benchmark(
    cases: Sequence[Case], orders: Mapping[str, Orders], draws: Draws
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the tables of `WRITTEN`.

    Parameters
    ----------
    cases
        Lists to judge, each in an indication of `orders`.
    orders
        Indication to its orders, all on one universe.
    """
    every = {name: subset(cases, name) for name in tables.SUBSETS}
    judged = {name: _judged(part, orders, draws, tested=name == "all") for name, part in every.items()}
    means = {name: _mean(part, judged[name], draws) for name, part in every.items()}
    universe = next(iter(orders.values())).classes.index
    frozen = {"n_genes": len(universe), "universe": universe_digest(universe)}
    kinds = {method: kind for one in orders.values() for method, kind in one.kinds.items()}
    values, apart = [], []
    for name, part in every.items():
        about = {(c.name, c.indication): _frames.counts(c, orders[c.indication]) for c in part}
        found, mean = dict(judged[name]), means[name]
        if mean is not None:
            found[OTHERS, "all"] = mean
            n = len({case.name for case in part if not case.held_out})
            about[OTHERS, "all"] = {"list": OTHERS, "indication": "all", "n_positives": n, "n_absent": 0}
        values += [_frames.values(one, kinds, about[key] | frozen | {"subset": name}) for key, one in found.items()]
        apart += [_frames.apart(one, about[key]) for key, one in found.items() if name == "all"]
    where = [_frames.where(case, orders[case.indication]) for case in cases]
    return _frames.methods(kinds), pd.concat(values), pd.concat(apart), pd.concat(where)


def subset(cases: Sequence[Case], name: str) -> list[Case]:
    """Return the cases with only the targets of a subset, where at least two are left."""
    parts = []
    for case in cases:
        year = case.positives["year"]
        kept = {
            "all": pd.Series(True, year.index),
            "verified": case.positives["verified"],
            "earlier": (year < LATER).fillna(False),
            "later": (year >= LATER).fillna(False),
        }[name]
        parts.append(Case(case.name, case.indication, case.positives[kept.astype(bool)].reset_index(drop=True)))
    return [case for case in parts if len(case.positives) >= FEWEST]


def _judged(cases: Sequence[Case], orders: Mapping[str, Orders], draws: Draws, *, tested: bool) -> dict[Key, Judged]:
    found = {}
    for case in cases:
        one = orders[case.indication]
        found[case.name, case.indication] = judge(case, one.scores, draws, one.classes if tested else None)
    return found


def _mean(cases: Sequence[Case], judged: Mapping[Key, Judged], draws: Draws) -> Judged | None:
    """Return the mean over the diseases that are not held out, if there are two or more."""
    others: dict[str, list[Judged]] = {}
    for case in cases:
        if not case.held_out:
            others.setdefault(case.name, []).append(judged[case.name, case.indication])
    return mean_of(others, draws) if len(others) > 1 else None
