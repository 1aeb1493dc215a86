"""How fast all pairs of genes are counted in single cells, beside BLAS that counts the same by float32 X @ X.T.

Run it as `python tests/benchmarks/bench_gates.py`; it needs some 1.5 GB and a few minutes. Presence of genes in cells
is generated, with patients. BLAS (ssyrk, half the work of a full product, as ours is) is timed on a block of the
cells and scaled to all of them, since 3,000 × 1,000,000 float32 are 12 GB; packing bits is not counted, nor is turning
bits into floats. On both sides each pair is counted once, by all threads that the machine gives. What is reduced on the
fly are means over the patients of 20 halves of the cohort.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import pandas as pd
from scipy.linalg.blas import ssyrk

from targetfinder import bits as bit
from targetfinder.bits import Bits

SPLITS = 20


def made(genes: int, cells: int, patients: int) -> Bits:
    """Return genes of all shares in cells of patients, as bits; bits of neighbours are independent."""
    rng = np.random.default_rng(1)
    sizes = np.full(patients, cells // patients)
    bounds = np.concatenate([[0], np.cumsum(-(-sizes // 64))])
    rows = -(-genes // bit.PADDED) * bit.PADDED
    words = np.zeros((rows, int(bounds[-1])), dtype=np.uint64)
    for gene in range(genes):
        words[gene] = rng.integers(0, 2**64, words.shape[1], dtype=np.uint64)
        for _ in range(gene % 4):
            words[gene] &= rng.integers(0, 2**64, words.shape[1], dtype=np.uint64)
    for end, size in zip(bounds[1:], sizes, strict=True):
        words[:, end - 1] &= np.uint64(2 ** (size % 64 or 64) - 1)
    names = pd.DataFrame({"patient": [f"P{n:03d}" for n in range(patients)]})
    return Bits(pd.Index([f"G{n:05d}" for n in range(genes)]), names, sizes, bounds, words)


def unsplit(bits: Bits) -> Bits:
    """Return the same bits as one group."""
    whole = np.array([0, bits.bounds[-1]])
    return Bits(bits.genes, bits.groups.head(1), np.array([bits.sizes.sum()]), whole, bits.words)


def ours(bits: Bits, *, halves: bool = False) -> float:
    """Return seconds to count all pairs, and to reduce their counts to a sum, or to means over halves of patients."""
    chosen = np.random.default_rng(2).random((len(bits.sizes), SPLITS)) < 0.5
    chosen[0] = True
    weight = (chosen / chosen.sum(axis=0) / bits.sizes[:, None]).astype(np.float64)
    bit.common(bits, 0, 0)
    start = time.perf_counter()
    for _ in bit.over_blocks(bits, lambda i, j, counts: (counts @ weight).max() if halves else counts.sum()):
        pass
    return time.perf_counter() - start


def blas(genes: int, cells: int) -> float:
    """Return seconds that ssyrk takes for a block of cells (best of three)."""
    rng = np.random.default_rng(3)
    values = np.asfortranarray((rng.random((genes, cells), dtype=np.float32) < 0.3).astype(np.float32))
    ssyrk(1.0, values[:, :256])
    times = []
    for _ in range(3):
        start = time.perf_counter()
        ssyrk(1.0, values)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print throughputs side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=3000)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--patients", type=int, default=50)
    parser.add_argument("--block", type=int, default=20_000, help="cells that BLAS is timed on")
    asked = parser.parse_args()
    try:
        from threadpoolctl import threadpool_info

        print("BLAS:", "; ".join(f"{i['internal_api']} {i.get('architecture')} {i['num_threads']} threads"
                                 for i in threadpool_info()))  # fmt: skip
    except ImportError:
        print("BLAS: kernel not known (threadpoolctl is not installed)")
    print("threads of ours:", bit.THREADS)
    bits = made(asked.genes, asked.cells, asked.patients)
    check = bit.common(bits, 0, 0)
    assert check[1, 2].sum() == np.bitwise_count(bits.words[1] & bits.words[2]).sum()
    pairs = asked.genes * (asked.genes + 1) / 2
    whole = ours(unsplit(bits))
    split = ours(bits)
    halves = ours(bits, halves=True)
    product = blas(asked.genes, asked.block) * asked.cells / asked.block
    rate = pairs * asked.cells / 1e9
    print(f"{asked.genes} genes x {asked.cells} cells, {asked.patients} patients")
    print(f"  BLAS ssyrk (scaled from {asked.block} cells): {product:.1f} s, {rate / product:.0f} G pairs of bits/s")
    print(f"  ours, unsplit: {whole:.2f} s, {rate / whole:.0f} G/s: {product / whole:.1f} x BLAS")
    print(f"  ours, by patient: {split:.2f} s: {split / whole:.2f} x unsplit, {product / split:.1f} x BLAS")
    print(f"  and reduced to {SPLITS} halves: {halves:.2f} s: {halves / whole:.2f} x unsplit")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    del bits
    print("linear in cells, quadratic in genes (s, unsplit):")
    for genes, cells in (
        (asked.genes, asked.cells // 4),
        (asked.genes, asked.cells // 2),
        (asked.genes // 2, asked.cells),
    ):
        print(f"  {genes} x {cells}: {ours(unsplit(made(genes, cells, asked.patients))):.2f}")
    print(f"highest memory, BLAS block of {4 * asked.genes * asked.block / 2**30:.2f} GiB among it: {peak:.2f} GiB")


if __name__ == "__main__":
    main()
