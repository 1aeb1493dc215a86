"""Planted gates through the whole way: cells of tumours and donors as h5ad, `cohort read`, bundle, `decide gates`."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from tests.conftest import ROOT, Run
from tests.decide import gate_worlds as worlds

from targetfinder import tables
from targetfinder.cohort.check import check
from targetfinder.cohort.read import read
from targetfinder.decide import _gate_rules as rules
from targetfinder.decide import gates
from targetfinder.reference.build import build
from targetfinder.reference.fetch import fetch
from targetfinder.store import read_table

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what its own imports warn of
    import anndata

SCHEMA = ROOT / "pipeline" / "assets" / "schema_input.json"
#: Planted gates, in few cells.
WORLD = worlds.planted(1, background=25, cells=80)
SHEET = "sample,indication,cohort,modality,file,format,malignant,mapping\n{rows}"
ATLAS = """extends = "simulated"

[[normal]]
file = "normal.h5ad"
unit = "CP10k"
provides = "normal_cell"
parser = "cell_atlas"
options = { values = "counts" }
"""


def write(path: Path, bits: np.ndarray, at: np.ndarray, genes: list[str], obs: pd.DataFrame) -> None:
    """Write counts of cells: planted genes as they are, all others at some level; other genes hold most of the RNA."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(rng.gamma(0.3, 3.0, len(genes)), (bits.shape[1], len(genes))).astype(np.float32)
    counts[:, at] = bits.T * (1 + rng.poisson(2.0, bits.T.shape))
    frame = obs.astype(str).astype("category").set_axis([f"c{n}" for n in range(len(obs))])
    anndata.AnnData(sparse.csr_matrix(counts), obs=frame, var=pd.DataFrame(index=genes)).write_h5ad(path)


@pytest.fixture(scope="module")
def named(simulated: Run) -> dict[str, str]:
    """Gene id of each planted gene."""
    targets = simulated.of_indication(tables.TARGETS, "planted")
    usable = targets[targets["surface_tier"].isin(rules.SURFACE) & (targets["coverage"] == 1)]
    return dict(zip(sorted(WORLD.genes), sorted(usable["gene_id"]), strict=False))


@pytest.fixture(scope="module")
def made(simulated: Run, named: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A bundle with an atlas of donors, and a cohort of tumour cells, read and checked."""
    folder = tmp_path_factory.mktemp("gates")
    world, genes = WORLD, simulated.of_bundle(tables.GENES)["gene_id"].tolist()
    at = np.array([genes.index(named[name]) for name in world.genes])
    tumour = pd.DataFrame({"donor": [f"P{n:02d}" for n in world.patient]})
    write(folder / "tumour.h5ad", world.tumour, at, genes, tumour)
    two = world.patient < 2
    write(folder / "two.h5ad", world.tumour[:, two], at, genes, tumour[two])
    n = len(worlds.CONTEXTS)
    groups = pd.DataFrame(
        {
            "tissue": "heart muscle",
            "cell_type": ["B cells" if k % n == n - 1 else worlds.CONTEXTS[k % n] for k in world.group],
            "donor_id": [f"D{k // n:02d}" for k in world.group],
        }
    )
    write(folder / "normal.h5ad", world.normal, at, genes, groups)
    (folder / "mine.toml").write_text(ATLAS)
    list(fetch(simulated.references, folder / "store", chosen=str(folder / "mine.toml")))
    run = Run(references=simulated.references, store=folder / "store", folder=folder)
    build(run.references, run.store, run.bundle, str(folder / "mine.toml"))
    rows = [
        f"*,planted,{c},rna_cell,{f},h5ad,all,patient=donor" for c, f in (("own", "tumour.h5ad"), ("few", "two.h5ad"))
    ]
    (folder / "sheet.csv").write_text(SHEET.format(rows="\n".join(rows)) + "\n")
    own = [folder / "own" / "own", folder / "own" / "few"]
    for out in own:
        read(folder / "sheet.csv", SCHEMA, out.name, run.bundle, simulated.references, run.store, 10.0, out, None)
    check(simulated.shipped, own, [], run.bundle, run.cohorts)
    return run


@pytest.fixture(scope="module")
def found(made: Run, simulated: Run) -> pd.DataFrame:
    return decided(made, simulated, made.bundle)


def decided(made: Run, simulated: Run, bundle: Path) -> pd.DataFrame:
    targets = simulated.results("planted") / "targets.parquet"
    file, out = simulated.references / "indications" / "planted.toml", made.folder / "gates.parquet"
    own = [made.folder / "own" / name for name in ("own", "few")]
    gates.run(file, targets, bundle, made.cohorts, own, ROOT / "references" / "safety.toml", out)
    return read_table(out, tables.GATES)


def test_planted_gates_come_out_of_files_of_cells(found: pd.DataFrame, named: dict[str, str]) -> None:
    own = found[found["cohort"] == "own"]
    assert set(own["basis"]) == {"cells"} and set(own["normal_basis"]) == {"cells"} and (own["n_patients"] == 24).all()
    back = {gene: name for name, gene in named.items()}
    spelt = own["gate"].map(lambda gate: " ".join(back.get(word, word) for word in gate.split()))
    held = dict(zip(spelt, own["verdict"], strict=True))
    told = dict(zip(spelt, own["note"], strict=True))
    pairs = ("A AND B", "A AND C", "B AND C", "C AND NOT D")
    assert {name: (name in held) for name in pairs} == dict.fromkeys(pairs, True)
    assert own.loc[spelt.isin(pairs), "worst_donor"].str.startswith("D").all()
    assert (own.loc[spelt.isin(pairs), "q_value"] <= rules.FDR).all()
    # The simulated atlas of clusters has vital cells that no donor shows, in which nobody knows what a gate hits alone.
    assert all(held[name] == "improvement" or "no donor shows" in told[name] for name in pairs)
    assert own.loc[spelt == "C AND NOT D", "blocker_power"].between(0.9, 1).all()


def test_too_few_patients_get_bounds_and_are_told(found: pd.DataFrame) -> None:
    few = found[found["cohort"] == "few"]
    assert (few["basis"] == "bounds").all() and (few["verdict"] == "candidate").all()
    assert few["note"].str.contains("2 patients: with fewer than 3 nothing can be held out").all()


def test_bits_of_the_bundle_are_those_of_the_atlas(made: Run, named: dict[str, str]) -> None:
    world, groups = WORLD, made.of_bundle(tables.NORMAL_CELL_BITS)
    genes = made.of_bundle(tables.GENES)
    universe = sorted(genes.loc[genes["universe"], "gene_id"])
    bits = np.unpackbits(np.load(made.bundle / "cells" / "normal.npy"), axis=1)
    assert groups["n_cells"].sum() == len(world.group)
    for row in groups.itertuples():
        here = bits[universe.index(named["A"]), row.bit : row.bit + row.n_cells]
        kind = worlds.CONTEXTS.index(row.cell_type) if row.cell_type != "B cells" else 3
        cells = world.group == int(row.donor[1:]) * len(worlds.CONTEXTS) + kind
        assert here.sum() == world.normal[list(world.genes).index("A"), cells].sum()


def test_without_cells_of_donors_and_gates_stay_candidates(made: Run, simulated: Run, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(made.bundle, bundle)
    from targetfinder.store import write_table

    write_table(tables.NORMAL_CELL_BITS.empty(), tables.NORMAL_CELL_BITS, bundle / "normal_cell_bits.parquet")
    own = decided(made, simulated, bundle).query("cohort == 'own'")
    assert (own["normal_basis"] == "clusters").all()
    assert set(own.loc[own["operator"] != "OR", "verdict"]) <= {"candidate", "no gain"}
    assert own.loc[own["operator"] != "OR", "gain_lo"].isna().all()
