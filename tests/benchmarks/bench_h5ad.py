"""Time and memory of the groups of a single-cell atlas in h5ad, beside h5py that only reads its arrays, and scanpy.

Run it as `python tests/benchmarks/bench_h5ad.py`; it needs Linux and some minutes. Atlases with the genes, density and
groups of a large one are made, but with a share of its million cells, and stored as anndata stores them. Cells are read
one after another, so that time grows with their number. Each contender runs in a process of its own, one after the
other in each round; ratios are of the best of all rounds, and of the rounds one by one. All files are in memory (page
cache) when they are read.
"""

from __future__ import annotations

import argparse
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

ALL_CELLS, GENES, DENSITY, TISSUES, TYPES, DONORS = 1_000_000, 20_000, 0.065, 10, 10, 10
BY = ["tissue", "cell_type", "donor_id"]
STORAGE: dict[str, dict[str, Any]] = {
    "gzip": {"compression": "gzip", "chunks": True, "maxshape": (None,)},
    "gzip and shuffle": {"compression": "gzip", "shuffle": True, "chunks": True, "maxshape": (None,)},
    "uncompressed": {"chunks": True, "maxshape": (None,)},
    "contiguous": {},
}
LIMITS = {"gzip": 0.6, "gzip and shuffle": 0.6, "uncompressed": 1.8, "contiguous": 1.8}
#: Elements that h5py reads at a time.
BLOCK = 1 << 20
MEMORY = 2048


@functools.lru_cache(maxsize=1)
def simulate(cells: int, shuffled: bool) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return obs and the arrays of counts, sparse by rows, of genes of which some are in most cells and most in few.

    Cells of one tissue and donor follow each other as in a real atlas, unless they are `shuffled`.
    """
    rng = np.random.default_rng(1)
    batch = rng.integers(0, TISSUES * DONORS, cells)
    batch = batch if shuffled else np.sort(batch)
    numbers = {"tissue": batch // DONORS, "cell_type": rng.integers(0, TYPES, cells), "donor_id": batch % DONORS}
    obs = pd.DataFrame({name: [f"{name}{n:02}" for n in found] for name, found in numbers.items()}).astype("category")
    shares = rng.gamma(0.35, 1.0, GENES)
    shares = np.clip(shares * DENSITY / shares.mean(), 0, 0.98).astype(np.float32)
    genes, sizes = [], [0]
    for start in range(0, cells, 2000):
        expressed = rng.random((min(2000, cells - start), GENES), dtype=np.float32) < shares
        genes.append(np.nonzero(expressed)[1].astype(np.int32))
        sizes += expressed.sum(axis=1).tolist()
    values = [rng.geometric(0.55, part.size).astype(np.float32) for part in genes]
    arrays = {"data": np.concatenate(values), "indices": np.concatenate(genes), "indptr": np.cumsum(sizes)}
    return obs.set_axis([f"cell{number}" for number in range(cells)]), arrays


def write(path: Path, cells: int, shuffled: bool, storage: dict[str, Any]) -> None:
    """Write an atlas as h5ad."""
    import anndata

    obs, arrays = simulate(cells, shuffled)
    anndata.AnnData(obs=obs, var=pd.DataFrame(index=[f"ENSG{number:011d}" for number in range(GENES)])).write_h5ad(path)
    with h5py.File(path, "a") as file:
        group = file.create_group("X")
        group.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": (cells, GENES)})
        for name, array in arrays.items():
            group.create_dataset(name, data=array, **storage)


def with_h5py(path: Path) -> None:
    """Read the arrays of the matrix into a small buffer."""
    with h5py.File(path) as file:
        for dataset in (file["X"][name] for name in ("data", "indices", "indptr")):
            buffer = np.empty(BLOCK, dataset.dtype)
            for start in range(0, dataset.size, BLOCK):
                stop = min(start + BLOCK, dataset.size)
                dataset.read_direct(buffer, np.s_[start:stop], np.s_[: stop - start])


def with_targetfinder(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, share of detection and number of cells of the groups, sorted by label."""
    from targetfinder.sources.readers.cells import CellOptions, cell_groups

    found = cell_groups(path, CellOptions(values="counts", min_cells=1))
    return found.mean, found.detected, found.groups["n_cells"].to_numpy()


def with_scanpy(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the same."""
    import anndata
    import scanpy

    made = anndata.read_h5ad(path)
    made.X = made.X.astype(np.float64)
    scanpy.pp.normalize_total(made, target_sum=1e4)
    found = scanpy.get.aggregate(made, by=BY, func=["mean", "count_nonzero"])
    order = np.lexsort([found.obs[name].astype(str) for name in reversed(BY)])
    n_cells = (
        made.obs.groupby(BY, observed=True).size().reindex(pd.MultiIndex.from_frame(found.obs[BY])).to_numpy()[order]
    )
    return found.layers["mean"][order], found.layers["count_nonzero"][order] / n_cells[:, None], n_cells


CONTENDERS: dict[str, Callable[[Path], Any]] = {"h5py": with_h5py, "ours": with_targetfinder, "scanpy": with_scanpy}


def contend(contender: str, path: Path) -> None:
    """Run one contender in this process: print seconds of its first (tiny) and of its real call, and peak memory."""
    seconds = []
    for file in (path.parent / "tiny.h5ad", path):
        start = time.perf_counter()
        found = CONTENDERS[contender](file)
        seconds.append(time.perf_counter() - start)
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    if found is not None:
        np.savez(path.with_suffix(f".{contender}.npz"), *found)
    print(json.dumps({"first": seconds[0], "seconds": seconds[1], "peak": peak}))


def measure(contender: str, path: Path) -> dict[str, Any]:
    """Run one contender in a process of its own."""
    call = [sys.executable, "-W", "ignore", __file__, "--contender", contender, str(path)]
    found: dict[str, Any] = json.loads(subprocess.run(call, stdout=subprocess.PIPE, check=True).stdout)
    return found


def compare(path: Path, cells: int, storage: str, rounds: int) -> dict[str, float]:
    """Print the ratio of the best times, the ratios round by round, and the memory; return the best times."""
    runs = [{name: measure(name, path) for name in ("h5py", "ours")} for _ in range(rounds)]
    best = {name: min(run[name]["seconds"] for run in runs) for name in ("h5py", "ours")}
    by_round = ", ".join(f"{run['ours']['seconds'] / run['h5py']['seconds']:.2f}" for run in runs)
    print(f"{storage}, {cells:,} cells: {best['ours']:.2f} s / {best['h5py']:.2f} s of h5py", end=" = ")
    print(f"{best['ours'] / best['h5py']:.2f} (by round {by_round});", end=" ")
    print(f"first call (imports, compile or load) {min(run['ours']['first'] for run in runs):.2f} s;", end=" ")
    print(f"peak memory {max(run['ours']['peak'] for run in runs):.0f} MiB (at most {MEMORY})", flush=True)
    return best


def extrapolate(storage: str, few: dict[str, float], many: dict[str, float], cells: int) -> None:
    """Print the ratio for all cells: what a call costs whatever the number of cells, and what each cell costs."""
    whole = {name: few[name] + (many[name] - few[name]) * (ALL_CELLS / cells - 0.25) / 0.75 for name in few}
    print(
        f"{storage}, {ALL_CELLS:,} cells on the line through both: {whole['ours']:.1f} s / {whole['h5py']:.1f} s",
        end="",
    )
    print(f" = {whole['ours'] / whole['h5py']:.2f} (at most {LIMITS[storage]})")


def main(cells: int, rounds: int, shuffled: bool) -> None:
    """Make the files, measure, and print."""
    found: dict[int, dict[str, dict[str, float]]] = {cells // 4: {}, cells: {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "tiny.h5ad", 50, shuffled, STORAGE["gzip"])
        for part, best in found.items():
            for storage, stored in STORAGE.items():
                path = folder / f"{part}.h5ad"
                write(path, part, shuffled, stored)
                best[storage] = compare(path, part, storage, rounds)
                if storage == "gzip" and part < cells:
                    equal(path)
                path.unlink()
    for storage in STORAGE:
        extrapolate(storage, found[cells // 4][storage], found[cells][storage], cells)


def equal(path: Path) -> None:
    """Print whether the groups are those of scanpy, and what scanpy needs."""
    scanpy = measure("scanpy", path)
    ours, theirs = (np.load(path.with_suffix(f".{name}.npz")) for name in ("ours", "scanpy"))
    same = all(np.allclose(ours[name], theirs[name], rtol=1e-6, atol=0) for name in theirs)
    print(f"    {len(ours['arr_2'])} groups; equal to those of scanpy: {same}", end="; ")
    print(f"scanpy {scanpy['seconds']:.2f} s, {scanpy['peak']:.0f} MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--shuffled", action="store_true", help="cells in any order, not by tissue and donor")
    parser.add_argument("--contender", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        contend(options.contender[0], Path(options.contender[1]))
    else:
        main(options.cells, options.rounds, options.shuffled)
