"""Time and memory of statistics by tissue from a gct of samples, beside `gzip -dc` and pandas.

Run it as `python tests/benchmarks/bench_gct.py`; it needs Linux, gzip and some minutes. A matrix as wide as GTEx v8
(17,382 samples, 54 tissues, as many digits and zeros) but with fewer genes is made; since genes are read one after
another, time and result grow with their number, and nothing else does. Each contender runs in a process of its own,
one after the other in each round; ratios are of the best of all rounds, and of the rounds one by one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

GTEX_GENES, TISSUES = 56_200, 54
QUANTILES = [0.5, 0.9, 0.95, 1.0]
LIMITS = {"gzip": 1.1, "pandas": 0.1, "memory": 2048.0}


def simulate(folder: Path, genes: list[int], samples: int) -> list[Path]:
    """Write matrices of the first of the same genes, and the tissue of each sample; return their paths."""
    rng = np.random.default_rng(1)
    names = [f"GTEX-{sample // 20:05d}-{sample % 20:04d}-SM-{sample:05d}" for sample in range(samples)]
    tissue = rng.choice(TISSUES, samples, p=rng.dirichlet(np.full(TISSUES, 3.0)))
    pd.DataFrame({"sample": names, "tissue": tissue}).to_csv(folder / "tissues.csv", index=False)
    paths = [folder / f"{count}.gct.gz" for count in genes]
    with ExitStack() as stack:
        packers = []
        for count, path in zip(genes, paths, strict=True):
            file = stack.enter_context(path.open("wb"))
            packers.append(stack.enter_context(subprocess.Popen(["gzip", "-c"], stdin=subprocess.PIPE, stdout=file)))
            header = "\t".join(["Name", "Description", *names])
            packers[-1].stdin.write(f"#1.2\n{count}\t{samples}\n{header}\n".encode())
        for gene in range(max(genes)):
            line = b"ENSG%011d.1\tG%d\t%s\n" % (gene, gene, b"\t".join(values(rng, tissue)))
            for packer in (p for p, count in zip(packers, genes, strict=True) if gene < count):
                packer.stdin.write(line)
    return paths


#: What GTEx writes for 1.000 to 9.999 times each power of ten, and for zero.
TEXTS = np.array(
    [b"0"]
    + [
        np.format_float_positional(digits / 1000 * 10.0**power, precision=4, fractional=False, trim="-").encode()
        for power in range(-5, 5)
        for digits in range(1000, 10_000)
    ],
    dtype=object,
)


def values(rng: np.random.Generator, tissue: np.ndarray) -> list[bytes]:
    """Return one gene in all samples: log-normal about the level of its tissue, zero where that is low."""
    level = rng.normal(-1.2, 2.2) + rng.normal(0, 0.5, TISSUES)
    value = level[tissue] + rng.normal(0, 0.35, len(tissue))
    power = np.clip(np.floor(value), -5, 4).astype(int)
    digits = np.clip(np.round(10 ** (value - power) * 1000), 1000, 9999).astype(int)
    silent = value < rng.normal(-2, 0.3, len(tissue))
    return list(TEXTS[np.where(silent, 0, 1 + (power + 5) * 9000 + digits - 1000)])


def with_targetfinder(path: Path, tissues: pd.Series) -> np.ndarray:
    """Return quantile × gene × tissue."""
    from targetfinder.sources.readers.gtex import tissue_statistics

    found = tissue_statistics(path, tissues)
    return np.stack([found.median, found.p90, found.p95, found.maximum])


def with_pandas(path: Path, tissues: pd.Series) -> np.ndarray:
    """Return quantile × gene × tissue; the mean and n that come with it are also computed, but not returned."""
    frame = pd.read_csv(path, sep="\t", skiprows=2, index_col=[0, 1])
    groups = frame.T.groupby(tissues)
    groups.agg(["mean", "count"])
    found = groups.quantile(QUANTILES).to_numpy()
    return found.reshape(-1, len(QUANTILES), len(frame)).transpose(1, 2, 0)


CONTENDERS: dict[str, Callable[[Path, pd.Series], np.ndarray]] = {"ours": with_targetfinder, "pandas": with_pandas}


def contend(contender: str, path: Path) -> None:
    """Run one contender in this process: print seconds of its first (tiny) and of its real call, and peak memory."""
    tissues = pd.read_csv(path.parent / "tissues.csv", index_col="sample", dtype=str)["tissue"]
    seconds = []
    for file in (path.parent / "1.gct.gz", path):
        start = time.perf_counter()
        found = CONTENDERS[contender](file, tissues)
        seconds.append(time.perf_counter() - start)
    np.save(path.parent / f"{contender}.npy", found)
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({"first": seconds[0], "seconds": seconds[1], "peak": peak}))


def measure(contender: str, path: Path) -> dict[str, Any]:
    """Run one contender in a process of its own."""
    start = time.perf_counter()
    if contender == "gzip":
        subprocess.run(["gzip", "-dc", path], stdout=subprocess.DEVNULL, check=True)
        return {"seconds": time.perf_counter() - start}
    call = [sys.executable, __file__, "--contender", contender, str(path)]
    found: dict[str, Any] = json.loads(subprocess.run(call, stdout=subprocess.PIPE, check=True).stdout)
    return found


def report(title: str, ours: list[dict[str, Any]], theirs: list[dict[str, Any]], limit: float) -> None:
    """Print the ratio of the best times, and the ratios round by round."""
    pairs = [(a["seconds"], b["seconds"]) for a, b in zip(ours, theirs, strict=True)]
    best = min(a for a, _ in pairs) / min(b for _, b in pairs)
    print(f"{title:44} {best:6.3f}  (at most {limit}; by round {', '.join(f'{a / b:.3f}' for a, b in pairs)})")


def main(genes: int, samples: int, rounds: int) -> None:
    """Make the files, measure, and print."""
    with tempfile.TemporaryDirectory() as name:
        folder, part = Path(name), max(2, genes // 4)
        whole, quarter, _ = simulate(folder, [genes, part, 1], samples)
        size = whole.stat().st_size
        print(f"{genes:,} genes × {samples:,} samples, {size / 2**20:.0f} MiB gz; a quarter of it for pandas")
        order = [("gzip", whole), ("ours", whole), ("ours", quarter), ("pandas", quarter)]
        found = [[measure(contender, path) for contender, path in order] for _ in range(rounds)]
        gzip, ours, ours_quarter, pandas = ([runs[index] for runs in found] for index in range(len(order)))
        same = np.allclose(np.load(folder / "pandas.npy"), np.load(folder / "ours.npy")[:, :part], rtol=1e-12)
    report("time / time of gzip -dc", ours, gzip, LIMITS["gzip"])
    report("time / time of pandas, on a quarter", ours_quarter, pandas, LIMITS["pandas"])
    seconds, first = (min(run[key] for run in ours) for key in ("seconds", "first"))
    full = seconds * GTEX_GENES / genes
    print(f"seconds, best: {seconds:.2f}, for all of GTEx {full:.0f}; first call (compile or load) {first:.2f}")
    for title, runs in ((f"{genes:,} genes", ours), (f"{part:,} genes", ours_quarter), ("pandas", pandas)):
        peaks = [run["peak"] for run in runs]
        print(f"peak memory, {title:31} {max(peaks):6.0f} MiB (at most {LIMITS['memory']:.0f} for ours)")
    print(f"quantiles equal to those of pandas: {same}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--genes", type=int, default=4000)
    parser.add_argument("--samples", type=int, default=17_382)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contender", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        contend(options.contender[0], Path(options.contender[1]))
    else:
        main(options.genes, options.samples, options.rounds)
