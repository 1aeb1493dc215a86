"""Time of the best sets of 300 targets over 400 patients, with the bootstrap, beside the integer programme of HiGHS.

Run: python tests/benchmarks/bench_coverage.py [--highs]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "decide"))

from test__cover import of_highs

from targetfinder.decide._cover import best_of_size
from targetfinder.decide.coverage import DRAWS, MOST, _judged

PATIENTS, TARGETS = 400, 300


def main() -> None:
    """Print seconds of all sizes, the same with their bootstrap, and with --highs those of HiGHS for three targets."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--highs", action="store_true")
    ask = parser.parse_args()
    for seed, shape in enumerate(((1, 3), (1, 8), (2, 5))):
        rng = np.random.default_rng(seed)
        carries = rng.random((PATIENTS, TARGETS)) < rng.beta(*shape, TARGETS)
        begin, told = time.perf_counter(), []
        for size in range(1, MOST + 1):
            found = best_of_size(carries, size)
            told.append(f"{found.covered} (gap {found.gap:g})")
        alone = time.perf_counter() - begin
        for size in range(1, MOST + 1):
            _judged(carries, size, best_of_size(carries, size).chosen, DRAWS)
        whole = time.perf_counter() - begin - alone
        print(
            f"prevalence Beta{shape}: reached {', '.join(told)}; {alone:.2f} s; with {DRAWS} draws a size {whole:.1f} s"
        )
        if ask.highs:
            begin = time.perf_counter()
            best_of_size(carries, 3)
            ours = time.perf_counter() - begin
            begin = time.perf_counter()
            optimum, gap = of_highs(carries, 3)
            highs = time.perf_counter() - begin
            print(f"  three targets: HiGHS {optimum} (gap {gap:g}) in {highs:.2f} s, ours in {ours:.2f} s")


if __name__ == "__main__":
    main()
