"""One small good file of every format of a samplesheet, written in the exact shape that the tools write."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from scipy import sparse
from tests.cohort.conftest import write_h5, write_mtx

SAMPLES = [f"s{number}" for number in range(6)]
#: Format to the cells of the samplesheet that it needs, the name of its file among them.
CELLS = {"modality": "rna_cell", "malignant": "kind == tumour", "mapping": "patient=donor"}
PROTEIN = {"modality": "protein"}
GOOD: dict[str, dict[str, str]] = {
    "matrix": {"file": "tpm.tsv", "unit": "TPM"},
    "gct": {"file": "tpm.gct", "unit": "TPM"},
    "salmon_merged": {"file": "salmon.merged.gene_tpm.tsv"},
    "salmon_genes": {"file": "s0.quant.genes.sf"},
    "rsem_genes": {"file": "s0.genes.results"},
    "kallisto": {"file": "s0.abundance.tsv", "genes": "tx2gene.tsv"},
    "featurecounts": {"file": "counts.txt"},
    "star_counts": {"file": "s0.ReadsPerGene.out.tab"},
    "quantiles": {"file": "quartiles.tsv", "mapping": "n=30"},
    "h5ad": CELLS | {"file": "cells.h5ad"},
    "10x_h5": CELLS | {"file": "cells.h5", "malignant": "all", "mapping": ""},
    "10x_mtx": CELLS | {"file": "mtx/matrix.mtx.gz", "malignant": "all", "mapping": ""},
    "maxquant": PROTEIN | {"file": "proteinGroups.txt"},
    "diann": PROTEIN | {"file": "report.pg_matrix.tsv"},
    "fragpipe": PROTEIN | {"file": "combined_protein.tsv"},
    "protein_matrix": PROTEIN | {"file": "protein.tsv", "unit": "log2 intensity"},
    "panel": PROTEIN | {"file": "panel.tsv", "genes": "antibodies.tsv"},
    "ihc": PROTEIN | {"file": "ihc.tsv", "genes": "antibodies.tsv", "mapping": "scale=h_score"},
}


def write_good(folder: Path, tpm: pd.DataFrame, symbols: pd.Series) -> None:
    """Write the files of `GOOD`: of TPM (gene id × `SAMPLES`), and of made-up cells and proteins of the same genes."""
    write_bulk(folder, tpm, symbols)
    write_cells(folder, tpm.index, symbols)
    write_proteins(folder, symbols.head(120).tolist())


def write_bulk(folder: Path, tpm: pd.DataFrame, symbols: pd.Series) -> None:
    one, counts = tpm["s0"], tpm.round().astype(int)
    save = {"sep": "\t", "index": False}
    matrix = tpm.reset_index()
    matrix.to_csv(folder / "tpm.tsv", **save)
    named = tpm.reset_index().assign(Description=symbols.to_numpy())[["gene_id", "Description", *SAMPLES]]
    body = named.rename(columns={"gene_id": "Name"}).to_csv(**save)
    (folder / "tpm.gct").write_text(f"#1.2\n{len(tpm)}\t{len(SAMPLES)}\n{body}")
    named.rename(columns={"Description": "gene_name"}).to_csv(folder / "salmon.merged.gene_tpm.tsv", **save)
    sf = pd.DataFrame({"Name": tpm.index, "Length": 900, "EffectiveLength": 700.5, "TPM": one.to_numpy()})
    sf.assign(NumReads=10.0).to_csv(folder / "s0.quant.genes.sf", **save)
    rsem = pd.DataFrame({"gene_id": tpm.index, "transcript_id(s)": "t", "length": 9.0, "effective_length": 7.0})
    rsem.assign(expected_count=1.0, TPM=one.to_numpy(), FPKM=2.0).to_csv(folder / "s0.genes.results", **save)
    transcripts = [f"ENST{number:011d}" for number in range(len(tpm))]
    pd.DataFrame({"tx": transcripts, "gene": tpm.index}).to_csv(folder / "tx2gene.tsv", **save)
    kallisto = pd.DataFrame({"target_id": transcripts, "length": 900, "eff_length": 700.0, "est_counts": 3.0})
    kallisto.assign(tpm=one.to_numpy()).to_csv(folder / "s0.abundance.tsv", **save)
    about = pd.DataFrame({"Geneid": tpm.index, "Chr": "chr1", "Start": 1, "End": 900, "Strand": "+", "Length": 900})
    body = about.join(counts.add_suffix(".bam").reset_index(drop=True)).to_csv(**save)
    (folder / "counts.txt").write_text(f"# Program:featureCounts\n{body}")
    star = pd.DataFrame({0: tpm.index, 1: counts["s0"].to_numpy(), 2: 0, 3: counts["s0"].to_numpy()})
    body = star.to_csv(sep="\t", index=False, header=False)
    (folder / "s0.ReadsPerGene.out.tab").write_text(f"N_unmapped\t9\t9\t9\n{body}")
    quartiles = tpm.quantile([0.25, 0.5, 0.75], axis=1).T.set_axis(["q1", "median", "q3"], axis=1)
    quartiles.reset_index().to_csv(folder / "quartiles.tsv", **save)


def write_cells(folder: Path, genes: pd.Index, symbols: pd.Series) -> None:
    rng = np.random.default_rng(2)
    counts = rng.poisson(rng.gamma(0.5, 2.0, len(genes)), (60, len(genes))).astype(np.float32)
    obs = pd.DataFrame({"donor": ["p1", "p2"] * 30, "kind": ["tumour"] * 30 + ["T cell"] * 30})
    made = anndata.AnnData(sparse.csr_matrix(counts), obs.set_axis([f"c{number}" for number in range(60)]))
    made.var_names, made.var["symbol"] = genes, symbols.to_numpy()
    made.write_h5ad(folder / "cells.h5ad")
    write_h5(made, folder / "cells.h5")
    write_mtx(made, folder / "mtx")


def write_proteins(folder: Path, symbols: list[str]) -> None:
    rng = np.random.default_rng(3)
    log = pd.DataFrame(rng.normal(25, 3, (len(symbols), 1)) + rng.normal(0, 0.5, (len(symbols), 6)), columns=SAMPLES)
    log = log.mask(log < 22)
    linear = np.exp2(log).fillna(0)
    ids = [f"A0A{number:03d}" for number in range(len(symbols))]
    save = {"sep": "\t", "index": False}
    about = pd.DataFrame({"Majority protein IDs": ids, "Gene names": symbols, "Reverse": ""})
    about.join(linear.add_prefix("LFQ intensity ")).to_csv(folder / "proteinGroups.txt", **save)
    about = pd.DataFrame({"Protein.Group": ids, "Genes": symbols})
    about.join(np.exp2(log).add_suffix(".raw")).to_csv(folder / "report.pg_matrix.tsv", **save)
    about = pd.DataFrame({"Protein": ids, "Protein ID": ids, "Gene": symbols})
    about.join(linear.add_suffix(" MaxLFQ Intensity")).to_csv(folder / "combined_protein.tsv", **save)
    log.set_axis(symbols).rename_axis("gene").reset_index().to_csv(folder / "protein.tsv", **save)
    relative = log.sub(log.mean(axis=1), axis=0).set_axis(symbols).rename_axis("antibody")
    relative.reset_index().to_csv(folder / "panel.tsv", **save)
    pd.DataFrame({"antibody": symbols, "genes": symbols}).to_csv(folder / "antibodies.tsv", **save)
    scores = pd.DataFrame(rng.integers(0, 300, (6, 5)), SAMPLES, symbols[:5])
    scores.rename_axis("sample").reset_index().to_csv(folder / "ihc.tsv", **save)
