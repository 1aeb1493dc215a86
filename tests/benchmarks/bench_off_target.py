"""Planted cells: how often a rare vital cell type is found, what else is taken for it, and what intervals hold.

Run with `python tests/benchmarks/bench_off_target.py [--seeds N]`. Rows of the bundle are made by its own functions,
without a file. Each gene is judged by the rule of this package (second highest donor, less ambient RNA) and, in
brackets, by the highest donor as it is, against the level of caution.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

sys.path.insert(0, str(Path(__file__).parents[1]))

import simulated_cells as cells
from targetfinder.evidence._cell_types import cell_types, with_intervals
from targetfinder.reference._ambient import ambient

GENES, EACH, CAUTION = 1000, 20, 50.0
#: Cells that are drawn of a type: of abundant ones, more would only sharpen the soup.
MOST = 300
LEVELS = (0.0, 20.0, 75.0, 150.0)
RARE_CELLS, DONORS = (20, 50, 200), (2, 3, 5, 10)


def planted() -> tuple[cells.Planted, dict[str, list[int]]]:
    """Return what is planted, and the positions of each kind of gene."""
    blocks = np.arange((len(LEVELS) + 2) * EACH).reshape(-1, EACH).tolist()
    kinds = dict(zip([f"own {level:g}" for level in LEVELS], blocks, strict=False))
    kinds |= {"spilt": blocks[-2], "one donor": blocks[-1]}
    own = {at: level for level, block in zip(LEVELS, blocks, strict=False) for at in block}
    return cells.Planted(own, kinds["spilt"], kinds["one donor"]), kinds


def rows(drawn: cells.Cells, numbers: dict[str, int]) -> pd.DataFrame:
    """Return `NORMAL_CELL_DONORS` of drawn cells, which stand for `numbers` of each type."""
    groups = drawn.obs.groupby(["tissue", "cell_type", "donor_id"], sort=True)
    number, about = groups.ngroup().to_numpy(), groups.size().rename("n_cells").reset_index()
    sizes = about["n_cells"].to_numpy()[:, None]
    member = sparse.csr_matrix((np.ones(len(number)), (number, np.arange(len(number)))))
    depth = sparse.diags(1e4 / np.asarray(drawn.counts.sum(axis=1)).ravel())
    mean = (member @ depth @ drawn.counts).toarray() / sizes
    positive = (member @ (drawn.counts > 0)).toarray() / sizes
    about = about.rename(columns={"donor_id": "donor"})
    part, soup = ambient(about.assign(n_cells=about["cell_type"].map(numbers)), mean)
    genes = [f"G{number:04d}" for number in range(mean.shape[1])]
    frame = pd.DataFrame(
        {
            "gene_id": np.tile(genes, len(about)),
            **{name: np.repeat(about[name].to_numpy(), len(genes)) for name in about},
            **{name: (x * 100).ravel() for name, x in (("mean", mean), ("ambient", part))},
            "detected": positive.ravel(),
            "soup": np.repeat(soup, len(genes)),
        }
    )
    return frame.assign(context=frame["cell_type"], source="atlas", release="1")


def judged(seed: int, donors: int, rare: int) -> pd.DataFrame:
    """Return one row for each gene and cell type of a drawn atlas: level, highest donor, intervals."""
    total = int(rare / cells.SHARES[cells.RARE])
    numbers = dict(zip(cells.SHARES, cells.numbers_of(total).tolist(), strict=True))
    made = rows(cells.draw(seed, GENES, donors, total, planted()[0], MOST), numbers)
    light, kinds = cell_types(made)
    return with_intervals(light, kinds, 20.0)


def calls(found: pd.DataFrame, kinds: dict[str, list[int]]) -> dict[str, float]:
    """Return for each kind the share of genes that reach caution in the rare type; in brackets by the highest donor."""
    inside = found[found["context"] == cells.RARE].set_index("gene_id")
    told = {}
    for kind, places in kinds.items():
        genes = [f"G{at:04d}" for at in places]
        told[kind] = float((inside.loc[genes, "level"] >= CAUTION).mean())
        told[f"({kind})"] = float((inside.loc[genes, "highest"] >= CAUTION).mean())
    return told


def covered(found: pd.DataFrame, seed: int, kinds: dict[str, list[int]]) -> dict[str, float]:
    """Return how often intervals of the rare type hold the mean over donors of the population, for genes it carries."""
    rng = np.random.default_rng(seed)
    what = planted()[0]
    population = cells.of_donors(np.random.default_rng(0), cells.typical(rng, GENES, what), 500, what)
    at = list(cells.SHARES).index(cells.RARE)
    inside = found[found["context"] == cells.RARE].set_index("gene_id")
    hits = []
    for place in [*kinds["own 75"], *kinds["own 150"]]:
        row, truth = inside.loc[f"G{place:04d}"], np.exp2(np.log2(population[:, at, place] + 1).mean()) - 1
        hits.append((row["mean_lo"] <= truth <= row["mean_hi"], row["mean_hi"] / max(row["mean_lo"], 1)))
    inside_it, widths = zip(*hits, strict=True)
    return {"interval holds": float(np.mean(inside_it)), "width (times)": float(np.median(widths))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    seeds, kinds = parser.parse_args().seeds, planted()[1]
    table = []
    for rare in RARE_CELLS:
        for donors in DONORS:
            found = [(seed, judged(seed, donors, rare)) for seed in range(seeds)]
            parts = [calls(frame, kinds) | covered(frame, seed, kinds) for seed, frame in found]
            table.append({"cells": rare, "donors": donors} | pd.DataFrame(parts).mean().round(2).to_dict())
            print(pd.DataFrame(table[-1:]).to_string(index=False, header=len(table) == 1), flush=True)
    print(f"\n{seeds * EACH} genes a column; intervals: {2 * seeds * EACH} genes a row")
    print(pd.DataFrame(table).to_string(index=False))


if __name__ == "__main__":
    main()
