"""Time and memory of the tumour cells of an h5ad file, beside h5py that only reads its arrays block by block.

Run it as `python tests/benchmarks/bench_tumour_cells.py --cells 1000000`; it needs Linux and, for a million cells, some
minutes and 12 GB of disk. Cells with the genes and density of a large tumour atlas are made and written in a stream;
each contender runs in a process of its own. Ours reads the file twice, measures, judges and adds up every cell by
patient and state, and writes the detection of 5,200 genes in each malignant cell.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

GENES, DENSITY, SURFACE, PATIENTS, STATES = 20_000, 0.065, 5_200, 40, 5
#: Cells made at a time, and how many such batches differ.
BATCH, BATCHES = 2_000, 12
#: Elements that h5py reads at a time.
BLOCK = 1 << 20
MEMORY = 2048


def batches() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return sizes, genes and counts of some batches of cells, of genes of which some are in most cells."""
    rng = np.random.default_rng(1)
    shares = rng.gamma(0.35, 1.0, GENES)
    shares = np.clip(shares * DENSITY / shares.mean(), 0, 0.98).astype(np.float32)
    made = []
    for _ in range(BATCHES):
        expressed = rng.random((BATCH, GENES), dtype=np.float32) < shares
        genes = np.nonzero(expressed)[1].astype(np.int32)
        made.append((expressed.sum(axis=1), genes, rng.geometric(0.55, genes.size).astype(np.float32)))
    return made


def write(path: Path, cells: int, compression: str | None) -> None:
    """Write cells of patients in any order, seven of ten malignant."""
    import anndata

    rng = np.random.default_rng(2)
    kinds = ["tumour", "T cell", "B cell"]
    labels = {
        "patient": pd.Categorical.from_codes(rng.integers(0, PATIENTS, cells), [f"P{n}" for n in range(PATIENTS)]),
        "state": pd.Categorical.from_codes(rng.integers(0, STATES, cells), [f"S{n}" for n in range(STATES)]),
        "cell_type": pd.Categorical.from_codes(rng.choice(3, cells, p=[0.7, 0.2, 0.1]), kinds),
    }
    obs = pd.DataFrame(labels, index=[f"cell{number}" for number in range(cells)])
    anndata.AnnData(obs=obs, var=pd.DataFrame(index=[f"ENSG{n:011d}" for n in range(GENES)])).write_h5ad(path)
    del obs
    made, sizes = batches(), [np.zeros(1, dtype=np.int64)]
    with h5py.File(path, "a") as file:
        group = file.create_group("X")
        group.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": (cells, GENES)})
        for name, dtype in (("indices", np.int32), ("data", np.float32)):
            group.create_dataset(name, (0,), dtype, maxshape=(None,), chunks=(1 << 16,), compression=compression)
        for number in range(cells // BATCH):
            size, *arrays = made[number % BATCHES]
            sizes.append(size)
            for name, array in zip(("indices", "data"), arrays, strict=True):
                dataset = group[name]
                dataset.resize(dataset.size + array.size, axis=0)
                dataset[dataset.size - array.size :] = array
        group["indptr"] = np.cumsum(np.concatenate(sizes))


def with_h5py(path: Path) -> None:
    """Read the arrays of the matrix into a small buffer."""
    with h5py.File(path) as file:
        for dataset in (file["X"][name] for name in ("data", "indices")):
            buffer = np.empty(BLOCK, dataset.dtype)
            for start in range(0, dataset.size, BLOCK):
                stop = min(start + BLOCK, dataset.size)
                dataset.read_direct(buffer, np.s_[start:stop], np.s_[: stop - start])


def with_targetfinder(path: Path, bits: bool) -> None:
    """Stream the file as a cohort does."""
    from targetfinder.cohort._cells import Bits, tumour_cells
    from targetfinder.cohort.formats.cells import FORMATS

    number = np.arange(GENES)
    places = np.where(number < SURFACE, number, -1)
    with FORMATS["h5ad"](path, {"patient": "patient", "state": "state"}) as cells:
        wanted = Bits(path.with_suffix(".npy"), places, SURFACE) if bits else None
        tumour_cells(cells, "cell_type == tumour", number % 1000 == 0, number % 1000 == 1, wanted)


def contend(contender: str, path: Path) -> None:
    """Run one contender in this process; print its seconds, without compiling, and its peak memory."""
    for file in (path.with_name("few.h5ad"), path):
        start = time.perf_counter()
        with_h5py(file) if contender == "h5py" else with_targetfinder(file, contender == "ours")
        seconds = time.perf_counter() - start
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({"seconds": seconds, "peak": peak}))


def measure(contender: str, path: Path) -> dict[str, Any]:
    """Run one contender in a process of its own."""
    call = [sys.executable, "-W", "ignore", __file__, "--contender", contender, str(path)]
    found: dict[str, Any] = json.loads(subprocess.run(call, stdout=subprocess.PIPE, check=True).stdout)
    return found


def main(cells: int, compression: str | None) -> None:
    """Make the files, measure, and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "few.h5ad", BATCH, compression)
        for part in sorted({max(cells // 4 // BATCH, 1) * BATCH, max(cells // BATCH, 1) * BATCH}):
            path = folder / f"{part}.h5ad"
            write(path, part, compression)
            found = {contender: measure(contender, path) for contender in ("h5py", "ours", "ours without bits")}
            told = "; ".join(f"{who} {run['seconds']:.1f} s, {run['peak']:.0f} MiB" for who, run in found.items())
            ratio = found["ours"]["seconds"] / found["h5py"]["seconds"]
            print(f"{part:,} cells × {GENES:,} genes, {path.stat().st_size / 1e9:.1f} GB: {told}", end="; ")
            print(f"{ratio:.2f} of h5py; memory at most {MEMORY}: {found['ours']['peak'] <= MEMORY}", flush=True)
            path.unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--compression", choices=["gzip", "none"], default="gzip")
    parser.add_argument("--contender", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        contend(options.contender[0], Path(options.contender[1]))
    else:
        main(options.cells, None if options.compression == "none" else options.compression)
