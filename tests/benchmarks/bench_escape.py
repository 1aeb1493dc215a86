"""How often a retained antigen is called lost, and a lost one is seen, when purity and depth change in between.

Run: python tests/benchmarks/bench_escape.py [--seeds 50]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "decide"))

from simulated_pairs import SETTINGS, drawn

from targetfinder.decide._pairs import changed, of_bulk

FACTORS = (4.0, 8.0, 16.0, 1000.0)


def main() -> None:
    """Print false losses of retained antigens, and what became of lost ones, for each setting and fall."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=50)
    seeds = parser.parse_args().seeds
    print("| setting | fall | carried | false lost | false lost or reduced | seen (lost or reduced) | unclear |")
    print("|---|---|---|---|---|---|---|")
    for name, setting in SETTINGS.items():
        for factor in FACTORS:
            told = np.array([_told(seed, factor, setting) for seed in range(seeds)])
            carried, *shares = np.nanmean(told, axis=0)
            print(f"| {name} | {factor:g}-fold | {carried:.0f} |" + "".join(f" {share:.2%} |" for share in shares))


def _told(seed: int, factor: float, setting: dict[str, tuple[float, float]]) -> tuple[float, ...]:
    pair = drawn(seed, factor=factor, **setting)
    before, after = of_bulk(pair.before, 10.0), of_bulk(pair.after, 10.0)
    call = changed(before, after, pair.specific).call
    kept, gone = before.carried & ~pair.lost, before.carried & pair.lost & pair.specific
    fell = np.isin(call, ["lost", "reduced"])
    return (
        kept.sum(),
        (call[kept] == "lost").mean(),
        fell[kept].mean(),
        fell[gone].mean() if gone.any() else np.nan,
        (call[gone] == "unclear").mean() if gone.any() else np.nan,
    )


if __name__ == "__main__":
    main()
