"""Whether gates that were planted are found, and none where none was: many seeds, counted.

Run it as `python tests/benchmarks/check_gates.py --seeds 100`. The worlds are those of tests/decide/gate_worlds.py.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "decide"))

import gate_worlds as worlds  # type: ignore[import-not-found]


def improvements(frame):  # type: ignore[no-untyped-def]
    """Return the gates that hold, and whether each excludes 0."""
    held = frame[frame["verdict"] == "improvement"]
    assert (held["gain_lo"] > 0).all()
    return set(held["gate"]), set(frame.loc[(frame["q_value"] <= 0.05), "gate"])


def main() -> None:
    """Print F1 and rates of false gates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    seeds = parser.parse_args().seeds
    right = found = 0
    decoys, wrong = 0, set()
    for seed in range(seeds):
        held, _ = improvements(worlds.planted(seed).found())
        decoys += any("E" in gate.split() for gate in held)
        right, found, wrong = right + len(held & worlds.TRUTH), found + len(held), wrong | (held - worlds.TRUTH)
    recall, precision = right / (seeds * len(worlds.TRUTH)), right / max(found, 1)
    f1 = 2 * recall * precision / max(recall + precision, 1e-9)
    print(f"planted, {seeds} seeds: F1 {f1:.3f}, recall {recall:.3f}, precision {precision:.3f}")
    print(f"  decoy held in {decoys} seeds; false gates: {sorted(wrong)[:8]}")
    for name, kinds in (("null", ("AND", "OR", "NOT")), ("costly", ("AND", "NOT"))):
        bad = 0
        for seed in range(seeds):
            frame = getattr(worlds, name)(seed).found()
            bad += bool((frame["operator"].isin(kinds) & (frame["q_value"] <= 0.05)).any())
        print(f"{name}, {seeds} seeds: some gate ({', '.join(kinds)}) below FDR 0.05 in {bad} ({bad / seeds:.1%})")


if __name__ == "__main__":
    main()
