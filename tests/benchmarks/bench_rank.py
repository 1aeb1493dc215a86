"""Time and memory of intervals of ranks, and how far the first 20 survive other weights.

`python tests/benchmarks/bench_rank.py` draws 1,000 replicates of 4,000 genes for 20 simulated indications on two
processes (aim: 25 s). With `--results results` it prints, for each indication of a finished run, the mean Jaccard
index of the first 20 with and without jitter of the weights (aim: 0.7); it looks at no gene.
"""

from __future__ import annotations

import argparse
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.decide._intervals import concentration, intervals
from targetfinder.decide.criteria import REGISTRY, efficacy, shares
from targetfinder.settings import Scoring, read_scoring
from targetfinder.store import read_table

SCORING = Path(__file__).parents[2] / "conf" / "scoring.toml"
GENES, INDICATIONS, AIM, TOP, DRAWS = 4_000, 20, 25.0, 20, 1_000


def simulate(seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return evidence of one indication, a tenth of its normal values missing, from four sources, and penalties."""
    rng = np.random.default_rng(seed)
    genes = pd.Index([f"G{i:05d}" for i in range(GENES)], name="gene_id")
    median, spread, limit = rng.uniform(0, 10, GENES), rng.uniform(0.3, 2, GENES), rng.uniform(0, 10, GENES)
    parts = {
        "tumour_q1": np.exp2(np.maximum(median - spread, 0)) - 1,
        "tumour_median": np.exp2(median) - 1,
        "tumour_q3": np.exp2(median + spread) - 1,
        "tumour_percentile": median / 10,
        "prevalence": median / 10,
        "prevalence_lo": median / 12,
        "prevalence_hi": median / 10,
        "normal_limit": limit,
        "normal_profile": limit / 2,
        "rank_limit": limit / 10,
        "normal_limit_sd": np.full(GENES, 0.6),
        "normal_profile_sd": np.full(GENES, 0.4),
        "rank_limit_sd": np.full(GENES, 0.07),
        "surface": rng.choice([0.1, 0.55, 0.85, 1.0], GENES),
    }
    table = pd.DataFrame(parts, index=genes)
    table.loc[rng.random(GENES) < 0.1, ["normal_limit", "normal_profile", "rank_limit"]] = np.nan
    long = table.reset_index().melt("gene_id", var_name="criterion").assign(context="all", n=100)
    left = [
        long[long["criterion"] == name].assign(criterion=f"{name}_without", context=source)
        for name, sources in (("normal_limit", "ab"), ("normal_profile", "ab"), ("rank_limit", "ab"), ("surface", "cd"))
        for source in sources
    ]
    return pd.concat([long, *left]), pd.Series(rng.choice([0, 0.06, 0.17], GENES), genes)


def one(seed: int) -> tuple[float, float]:
    """Draw the intervals of one indication; return the seconds of CPU that it took and the peak memory in MB."""
    evidence, penalty = simulate(seed)
    started = time.process_time()
    intervals(evidence, penalty, read_scoring(SCORING))
    return time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def jaccard(targets: pd.DataFrame, scoring: Scoring) -> float:
    """Return the mean Jaccard index of the first `TOP` by priority with jittered and with stated weights."""
    names = [criterion.name for criterion in REGISTRY]
    scores = targets.sort_values("gene_id").set_index("gene_id")
    cost = (scores["efficacy"] - scores["priority"]).to_numpy()
    weights = shares(scores[names], scoring.weights.model_dump())
    used = weights[weights > 0]
    around = used.to_numpy() * concentration(used.to_numpy(), scoring.intervals.weight_jitter)
    values = scores[list(used.index)].fillna(0.0).to_numpy()
    first = set(np.argsort(-(efficacy(scores[names], weights).to_numpy() - cost), kind="stable")[:TOP])
    found = []
    for drawn in np.random.default_rng(scoring.intervals.seed).dirichlet(around, DRAWS):
        other = set(np.argsort(-(values @ drawn - cost), kind="stable")[:TOP])
        found.append(len(first & other) / len(first | other))
    return float(np.mean(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, help="results of a run: print Jaccard indices instead of times")
    chosen = parser.parse_args().results
    if chosen:
        scoring = read_scoring(SCORING)
        rows = {
            p.parent.name: jaccard(read_table(p, tables.TARGETS), scoring)
            for p in sorted(chosen.glob("*/targets.parquet"))
        }
        for name, value in rows.items():
            print(f"{name:45s} {value:.3f}")
        mean, lowest = np.mean(list(rows.values())), min(rows.values())
        print(f"mean of {len(rows)} indications {mean:.3f}, lowest {lowest:.3f} (aim 0.7)")
        return
    started = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        peak = max(pool.map(one, range(INDICATIONS)))
    took = time.perf_counter() - started
    print(
        f"{INDICATIONS} indications x {GENES} genes x 1,000 draws: {took:.1f} s (aim {AIM:g}), {peak:.0f} MB a process"
    )


if __name__ == "__main__":
    main()
