"""A small seeded references folder with planted truth, ready for the whole pipeline.

`simulate` writes what `references/` holds (sources.toml, the curated tables, safety.toml, surface.toml,
indications/, targets/) and one zip of data that sources.toml points at, plus `truth.tsv`: the role of every
planted gene, and `own/`: a samplesheet and a matrix of tumours like those of PLANTED, one of them a
query. Roles and what the pipeline must make of them are in `ROLES`.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder.errors import InputError
from targetfinder.store import write_text, write_tsv
from targetfinder.units import Floats

#: Planted role to what must come out.
ROLES = {
    "good": "high in every tumour, absent from normal tissue: no finding, top ranks",
    "patchy": "nearly as good in the median, absent from three tumours in ten: below good",
    "ubiquitous": "as high in the tumour, high in every normal tissue: caution or gate_needed, never no finding",
    "hidden": "as good in bulk tissue, high in cardiomyocytes: caution that names them",
    "unmeasured": "as good in the tumour, absent from every atlas: gate_needed, below good",
    "undetected": "absent from the planted cohort, present in its sister: below detection, bottom ranks",
    "intracellular": "as good, but no source calls it surface: not in the universe",
    "background": "low in the tumour, anything in normal tissue",
}
PLANTED = 10
TISSUES = {
    "heart_muscle": ("heart muscle", "vital"),
    "liver": ("liver", "vital"),
    "cerebral_cortex": ("cerebral cortex", "vital"),
    "colon": ("colon", "important"),
    "skin": ("skin", "regenerable"),
    "testis": ("testis", "dispensable"),
}
CELLS = {
    "Cardiomyocytes": ("Cardiomyocytes", "vital"),
    "Hepatocytes": ("Hepatocytes", "vital"),
    "T-cells": ("T cells", "important"),
    "NK-cells": ("NK cells", "important"),
    "B-cells": ("B cells", "dispensable"),
}
#: Cohort id to (patients, study); the last one is on a log scale.
COHORTS = {"PLANTED": (40, "SIM_A"), "SISTER": (30, "SIM_A"), "SMALL": (5, "SIM_A"), "LOGGED": (20, "SIM_B")}

#: Tumours of the samplesheet.
OWN = 12


@dataclass(frozen=True)
class Simulation:
    """What was drawn: gene × context and gene × patient matrices in TPM, rows in the order of `truth`."""

    truth: pd.DataFrame
    tissues: Floats
    cells: Floats
    patients: dict[str, Floats]


def draw(seed: int, genes: int = 2000) -> Simulation:
    """Draw tumours and atlases.

    Parameters
    ----------
    seed
        Seed of the generator; the same seed gives the same numbers.
    genes
        Number of genes; `PLANTED` of each planted role, the rest background.

    Raises
    ------
    InputError
        If there is no room for the planted roles.
    """
    planted = [role for role in ROLES if role != "background" for _ in range(PLANTED)]
    if genes < 2 * len(planted):
        raise InputError(f"{genes} genes leave no room", field="genes", remedy=f"ask for at least {2 * len(planted)}")
    rng = np.random.default_rng(seed)
    role = np.array(planted + ["background"] * (genes - len(planted)))
    truth = pd.DataFrame(
        {
            "gene_id": [f"ENSG{i:011d}" for i in range(1, genes + 1)],
            "symbol": [f"{r.upper()}{i}" for i, r in enumerate(role, start=1)],
            "role": role,
            "expected": [ROLES[r] for r in role],
        }
    )
    base = rng.lognormal(np.log(5), 2.0, genes)
    tissues = base[:, None] * rng.lognormal(0, 0.8, (genes, len(TISSUES)))
    cells = base[:, None] * rng.lognormal(0, 1.0, (genes, len(CELLS)))
    planted_rows = role != "background"
    tissues[planted_rows] = rng.uniform(0.0, 1.0, (planted_rows.sum(), len(TISSUES)))
    cells[planted_rows] = rng.uniform(0.0, 1.0, (planted_rows.sum(), len(CELLS)))
    tissues[role == "ubiquitous"] = rng.uniform(200, 400, (PLANTED, len(TISSUES)))
    cells[role == "hidden", list(CELLS).index("Cardiomyocytes")] = rng.uniform(100, 200, PLANTED)
    typical = base * rng.lognormal(0, 1.0, genes)
    typical[planted_rows] = 200.0
    patients = {}
    for cohort, (n, _) in COHORTS.items():
        drawn = typical[:, None] * rng.lognormal(0, 0.3, (genes, n))
        drawn[role == "patchy"] *= rng.permuted(np.tile(np.arange(n) >= 0.3 * n, (PLANTED, 1)), axis=1)
        if cohort == "PLANTED":
            drawn[role == "undetected"] = 0.0
        tpm = drawn / drawn.sum(axis=0) * 1e6
        patients[cohort] = np.log2(tpm + 1) / np.log2(tpm + 1).sum(axis=0) * 1e6 if cohort == "LOGGED" else tpm
    return Simulation(truth, tissues, cells, patients)


def simulate(out: Path, rules: Path, seed: int = 1, genes: int = 2000) -> pd.DataFrame:
    """Write the references folder described at the top of this module; return its truth.

    Parameters
    ----------
    out
        Folder to write.
    rules
        The safety.toml to use; the surface.toml beside it is used too.
    """
    simulation = draw(seed, genes)
    data = _archive(simulation)
    out.mkdir(parents=True, exist_ok=True)
    (out / "simulated.zip").write_bytes(data)
    shutil.copyfile(rules, out / "safety.toml")
    shutil.copyfile(rules.with_name("surface.toml"), out / "surface.toml")
    write_text(_sources(data), out / "sources.toml")
    for name, frame in _curated().items():
        write_tsv(frame, out / f"{name}.tsv")
    for cohort in COHORTS:
        write_text(_indication(cohort), out / "indications" / f"{cohort.lower()}.toml")
    write_tsv(simulation.truth, out / "truth.tsv")
    write_tsv(_targets(simulation.truth), out / "targets" / "planted.tsv")
    tumours = _own_tumours(simulation, seed)
    (out / "own").mkdir(exist_ok=True)
    write_tsv(tumours.rename_axis("gene_id").reset_index(), out / "own" / "tumours.tsv")
    write_text(_samplesheet(list(tumours.columns)), out / "own" / "samplesheet.csv")
    return simulation.truth


def _targets(truth: pd.DataFrame) -> pd.DataFrame:
    """Return the planted targets as a list of known ones, for the benchmark."""
    rows = truth.loc[truth["role"] == "good", ["symbol"]].assign(
        indications="planted; logged", level="listed", verified="no"
    )
    return rows.assign(year="", agent="", reference="", seen="simulated")


def _own_tumours(simulation: Simulation, seed: int) -> pd.DataFrame:
    """Return TPM of genes × samples: the first tumours of PLANTED, measured again."""
    tumours = simulation.patients["PLANTED"][:, :OWN]
    noise = np.random.default_rng(seed + 1).lognormal(0, 0.1, tumours.shape)
    tpm = tumours * noise / (tumours * noise).sum(axis=0) * 1e6
    return pd.DataFrame(tpm.round(4), simulation.truth["gene_id"], [f"own{number}" for number in range(1, OWN + 1)])


def _samplesheet(samples: list[str]) -> str:
    """Return one row for each sample; the last one is a query."""
    rows = [f"{name},planted,own,rna_bulk,tumours.tsv,matrix,TPM,cohort" for name in samples]
    rows[-1] = rows[-1].replace(",cohort", ",query")
    return "\n".join(["sample,indication,cohort,modality,file,format,unit,role", *rows]) + "\n"


def _archive(simulation: Simulation) -> bytes:
    """Return all data files as one zip with fixed dates."""
    truth = simulation.truth
    names = pd.DataFrame({"Ensembl_Gene_ID": truth["gene_id"], "Symbol": truth["symbol"]})
    in_atlas = (truth["role"] != "unmeasured").to_numpy()
    surface = (truth["role"] != "intracellular").to_numpy()
    files = {
        "hgnc.tsv": _hgnc(truth).to_csv(sep="\t", index=False),
        "retired.csv": "retired,current\nENSG99999999999,ENSG00000000001\n",
        "immune.csv": "Ensembl_Gene_ID,Symbol\nENSG88888888888,IGSIM\n",
        "mitochondrial.csv": "Ensembl_Gene_ID,Symbol\nENSG77777777777,MT-SIM\n",
        "tissue.csv": names.join(pd.DataFrame(simulation.tissues.round(3), columns=list(TISSUES)))[in_atlas].to_csv(
            index=False
        ),
        "cell.csv": names.join(pd.DataFrame(simulation.cells.round(3), columns=list(CELLS)))[in_atlas].to_csv(
            index=False
        ),
        "surface.csv": names.assign(Category="CSPA_validated")[surface].to_csv(index=False),
        "go.json": json.dumps(
            {"GO:0009986": {"name": "cell surface", "genes": {"IDA": truth["gene_id"][surface].tolist()}}}
        ),
        "therapies.csv": "Symbol,Agent,Disease,Trial\nGOOD1,planted-cel,simulated tumour,NCT00000000\n",
        "cohorts.csv": _quantiles(simulation).to_csv(index=False),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


def _hgnc(truth: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ensembl_gene_id": truth["gene_id"],
            "symbol": truth["symbol"],
            "name": "simulated " + truth["role"] + " gene",
            "alias_symbol": "ALIAS-" + truth["symbol"],
            "prev_symbol": "",
            "locus_type": "gene with protein product",
        }
    )


def _quantiles(simulation: Simulation) -> pd.DataFrame:
    truth = simulation.truth
    parts = []
    for cohort, values in simulation.patients.items():
        quartiles = np.quantile(values, [0.25, 0.5, 0.75], axis=1).round(4)
        rows = pd.DataFrame(
            {
                "Ensembl_Gene_ID": truth["gene_id"],
                "Symbol": truth["symbol"],
                "cancer_code": cohort,
                "source_cohort": COHORTS[cohort][1],
                "TPM_q1": quartiles[0],
                "TPM_median": quartiles[1],
                "TPM_q3": quartiles[2],
                "TPM_mean": np.nan,
                "n_samples": COHORTS[cohort][0],
            }
        )
        parts.append(rows[rows["TPM_median"] > 0])
    return pd.concat(parts)


def _curated() -> dict[str, pd.DataFrame]:
    """Return the curated tables by name, as `targetfinder.reference._curated` reads them."""
    tissues, cells = (
        pd.DataFrame([(name, "simulated", criticality) for name, criticality in contexts.values()], columns=columns)
        for contexts, columns in (
            (TISSUES, ["tissue", "organ_system", "criticality"]),
            (CELLS, ["cell_type", "group", "criticality"]),
        )
    )
    why, fact = {"reason": "simulated", "reference": "unverified"}, ["statement", "reference", "verified", "seen"]
    labels = [("rna_bulk", "sim_tissue", label, name) for label, (name, _) in TISSUES.items()]
    labels += [("rna_cell", "sim_cell", label, name) for label, (name, _) in CELLS.items()]
    return {
        "tissues": tissues.assign(**why),
        "cell_types": cells.assign(**why),
        "labels": pd.DataFrame(labels, columns=["modality", "source", "label", "context"]),
        "stained_cells": pd.DataFrame(columns=["source", "label", "tissue", "cell_type", "parenchyma"]),
        "tissue_cells": pd.DataFrame(
            [
                ("any", "immune", "B cells; NK cells; T cells", "no"),
                ("heart muscle", "muscle", "Cardiomyocytes", "yes"),
                ("liver", "hepatocytes", "Hepatocytes", "yes"),
            ],
            columns=["tissue", "part", "cell_types", "needed"],
        ).assign(**why),
        "liabilities": pd.DataFrame(
            [
                ("GOOD1", "shed", "It is simulated to be cut off.", "simulatase", "cells", "", ""),
                ("GOOD2", "toxicity", "It is simulated to harm.", "planted-cel", "humans", "other", "skin"),
            ],
            columns=["symbol", "kind", "statement", "agent", "evidence", "severity", "tissue"],
        ).assign(indication="simulated tumour", tolerated="", reference="", verified="no", seen="simulated"),
        "feasibility": pd.DataFrame(
            [("GOOD1", "apical", "It is simulated to sit on the inside.")], columns=["symbol", "polarity", "statement"]
        ).assign(reference="", verified="no"),
        "glycans": pd.DataFrame(columns=["symbol", "antigen", *fact]),
        "blind_spots": pd.DataFrame(columns=["symbol", "place", "absent_from", "evidence", *fact]),
        "effectors": pd.DataFrame(columns=["symbol", "cell", "state", "carries", *fact]),
        "nk_view": pd.DataFrame(columns=["symbol", "group", "receptor", "direction", *fact]),
    }


def _indication(cohort: str) -> str:
    return f'''id = "{cohort.lower()}"
name = "Simulated tumour {cohort.lower()}"
group = "simulated"
lineage = "simulated"
cohorts = ["{cohort}"]
'''


def _sources(data: bytes) -> str:
    head = f'''[sets]
simulated = "Simulated tumours and atlases with planted truth"

[[source]]
id = "simulated"
title = "Simulated data"
release = "1"
kind = "file"
file = "simulated.zip"
sha256 = "{hashlib.sha256(data).hexdigest()}"
size = {len(data)}
licence = "MIT"
citation = "targetfinder demo simulate"
'''
    tables = [
        ("hgnc", "hgnc.tsv", "hgnc", "gene_names", ""),
        (
            "retired",
            "retired.csv",
            "id_aliases",
            "id_aliases",
            'options = { retired = "retired", current = "current" }',
        ),
        ("immune", "immune.csv", "gene_list", "immune_receptor_genes", ""),
        ("mitochondrial", "mitochondrial.csv", "gene_list", "mitochondrial_genes", ""),
        ("sim_tissue", "tissue.csv", "gene_matrix", "normal_bulk", _MATRIX),
        ("sim_cell", "cell.csv", "gene_matrix", "normal_cell", _MATRIX),
        ("surface", "surface.csv", "surface_categories", "surface_votes", f"options = {{ votes = {_VOTES} }}"),
        ("go", "go.json", "gene_ontology", "surface_votes", f"options = {_TERMS}"),
        ("therapies", "therapies.csv", "therapies", "precedent", f"options = {_THERAPY}"),
        ("cohorts", "cohorts.csv", "cohort_quantiles", "cohorts", ""),
    ]
    return head + "".join(
        f'''
[[table]]
id = "{name}"
source = "simulated"
member = "{member}"
parser = "{parser}"
provides = "{provides}"
release = "simulated 1"
citation = "targetfinder demo simulate"
unit = "TPM"
{options}
'''
        for name, member, parser, provides, options in tables
    )


_MATRIX = 'options = { symbol = "Symbol", protein_coding = true }'
_VOTES = '{ CSPA_validated = { voter = "CSPA", kind = "experimental", statement = "simulated" } }'
_TERMS = (
    '{ outside_terms = ["GO:0009986"], membrane_terms = [], experimental_codes = ["IDA"], computed_codes = ["IEA"] }'
)
_THERAPY = (
    '{ therapy = "CAR-T", status = "trial", symbols = "Symbol", agent = "Agent", '
    'disease = "Disease", reference = "Trial" }'
)
