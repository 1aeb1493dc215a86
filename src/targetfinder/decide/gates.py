"""Gates: two or three genes that a CAR asks for together, chosen on some patients and judged on others.

Normal cells are those of donors where the bundle has them one by one, else clusters and tissues. Each cohort is
searched for itself, in what it allows: single cells, patients, or only bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from targetfinder import tables
from targetfinder.decide import _gate_rules as rules
from targetfinder.decide._gate_inputs import Cohort, clusters, cohorts, donors
from targetfinder.decide._gate_judge import Judge
from targetfinder.decide._gate_normals import Clusters, Normals
from targetfinder.decide._gate_power import power_of
from targetfinder.decide._gate_rules import Halves, halves
from targetfinder.decide._gate_search import Found, Search
from targetfinder.decide._gate_table import Power, Rows
from targetfinder.decide._gate_triples import Exact, Triples
from targetfinder.decide._gate_tumour import Bounded, Counted
from targetfinder.errors import InputError
from targetfinder.indications import read_indication
from targetfinder.settings import read_rules
from targetfinder.store import read_table, write_table

#: Seeds that part patients and donors.
SEEDS = (1, 2)
#: Gates of each operator that bounds keep: half of the table each.
BOUNDED = rules.LISTED // 2


def run(
    indication: Path, targets: Path, bundle: Path, cohort_folder: Path, own: Sequence[Path], safety: Path, out: Path
) -> None:
    """Write the gates of one indication.

    Parameters
    ----------
    targets
        targets.parquet of the indication: symbols and safety tiers.
    cohort_folder, own
        Outputs of `cohort check` and `cohort read`.
    safety
        references/safety.toml.

    Raises
    ------
    InputError
        If no vital normal cell or tissue is known.
    """
    disease = read_indication(indication)
    columns = ["gene_id", "symbol", "safety_tier", "surface_tier"]
    known = read_table(targets, tables.TARGETS, columns, filters=[("surface_tier", "in", list(rules.SURFACE))])
    known = known.set_index("gene_id").sort_index()
    tiers = known["safety_tier"].map(tables.SAFETY_TIERS.index)
    level = read_rules(safety).caution.at_least
    found = [tables.GATES.empty()]
    for cohort in cohorts(disease, cohort_folder, own, known["symbol"]):
        genes = ordered(cohort)
        normals = clusters(bundle, genes, disease, level)
        if not (normals.groups["criticality"] == "vital").any():
            raise InputError(
                "no vital normal cell or tissue is known, so that no gate can be judged",
                file=bundle / "contexts.parquet",
                field="criticality",
                remedy="add an atlas of normal tissue or cells",
            )
        cells = donors(bundle, genes, disease) if cohort.bits is not None else None
        order = tiers.reindex(genes).to_numpy(dtype=np.int64)
        beyond = None if cells is None else normals.beyond(set(cells.groups["context"]))
        found.append(gates(cohort, cells or normals, order, power_of(cohort, bundle), beyond))
    filled = [part for part in found if len(part)] or found[:1]
    write_table(tables.GATES.sort(pd.concat(filled, ignore_index=True)), tables.GATES, out)


def ordered(cohort: Cohort) -> pd.Index:
    """Return the genes of a cohort, widest in the tumour first, then by id: blocks of them are alike."""
    ids = cohort.genes.index
    if cohort.bits is not None:
        reach = (cohort.bits.counts() / cohort.bits.sizes).mean(axis=1)
    else:
        reach = np.asarray(cohort.shares)
    return ids[np.lexsort((ids.to_numpy(dtype=str), -reach.round(rules.DIGITS)))]


def gates(
    cohort: Cohort, normals: Normals, tiers: npt.NDArray[np.int64], power: Power, beyond: Clusters | None = None
) -> pd.DataFrame:
    """Return `GATES` of one cohort; genes of `normals`, `tiers` and `beyond` are in the order of `ordered`.

    Parameters
    ----------
    beyond
        Vital clusters and tissues that `normals`, cells of donors, lack.
    """
    genes = ordered(cohort)
    pairs = comb(len(genes), 2)
    if cohort.bits is None:
        shares = np.asarray(cohort.shares)[cohort.genes.index.get_indexer(genes)]
        bounds = Bounded(genes, shares)
        nobody = np.ones((1, len(normals.donors)), dtype=bool)
        found = Search(bounds, normals, tiers, nobody, BOUNDED, ("AND", "NOT")).pairs()[0]
        return Rows(cohort, genes, normals, tiers, max(1, 3 * pairs)).bounded(found, bounds)
    parted = Halves(
        halves(cohort.n, rules.LEAST_PATIENTS, SEEDS[0]), halves(len(normals.donors), rules.LEAST_DONORS, SEEDS[1])
    )
    tumour = Counted(cohort.bits.of_genes(genes), parted.patients)
    exact = Exact(tumour, normals)
    chosen = Search(tumour, normals, tiers, parted.donors).pairs()
    threes = [_triples(exact, parted, split, found, tiers) for split, found in enumerate(chosen)]
    tried = 4 * pairs + sum(number for _, number in threes)
    together = [two + three for two, (three, _) in zip(chosen, threes, strict=True)]
    judged = Judge(exact, parted, cohort.basis == "samples").all(together)
    return Rows(cohort, genes, normals, tiers, max(1, tried), beyond).judged(judged, tumour, power)


def _triples(exact: Exact, parted: Halves, split: int, pairs: Found, tiers: npt.NDArray[np.int64]) -> tuple[Found, int]:
    """Return the best triples of AND and of OR in a split, and how many there are among the candidates."""
    names = exact.tumour.genes.to_numpy(dtype=object)
    widest = np.lexsort((names.astype(str), -exact.tumour.alone[:, split]))[: rules.CANDIDATES]
    found: Found = []
    tried = 0
    for operator in ("AND", "OR"):
        first = dict.fromkeys(gene for _, gate, _ in pairs if gate.operator == operator for gene in gate.genes)
        enough = rules.LEAST_COVERAGE if operator == "AND" else rules.LEAST_RISE
        first |= dict.fromkeys(widest[exact.tumour.alone[widest, split] >= enough].tolist())
        candidates = sorted(list(first)[: rules.CANDIDATES])
        found += Triples(exact, parted, split, candidates, names, tiers).search(operator)
        tried += comb(len(candidates), 3)
    return found, tried
