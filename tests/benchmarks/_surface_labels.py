"""What `calibrate_surface.py` counts on: votes of all voters, and proteins whose place is known without a voter."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.evidence._surface_probability import FOR, SAYS, SILENT, UNSEEN, stances
from targetfinder.reference._votes import AT_MEMBRANE, located
from targetfinder.settings import Voter, Voters
from targetfinder.sources import readers
from targetfinder.sources.registry import SourceTable
from targetfinder.store import read_table

WORDS = {
    "GO": ("experimental", "annotation", "membrane", "prediction", SILENT),
    "GO organelle": ("against", SILENT),
    "surfaceome": ("annotation", "prediction", SILENT),
    "HLDA": ("experimental", SILENT),
    "CSPA": ("experimental", "annotation", SILENT),
    "SURFY": ("annotation", "prediction", SILENT),
    "UniProt": ("annotation", SILENT),
    "HPA": ("membrane", "against"),
}
#: Locations that HPA itself writes into GO: its labels must not judge annotations that are its own.
HPA_WRITES = {"endoplasmic reticulum", "Golgi apparatus", "mitochondrion", "peroxisome"}
DEMO = ("GO", "GO organelle", "HLDA", "surfaceome")
FULL = ("CSPA", "GO", "GO organelle", "HLDA", "SURFY", "UniProt")
Mask = np.ndarray


@dataclass(frozen=True)
class Test:
    """Voters to judge on proteins whose place is known without them."""

    labels: str
    positive: Mask
    negative: Mask
    voters: tuple[str, ...]

    @property
    def labelled(self) -> Mask:
        return self.positive | self.negative


@dataclass(frozen=True)
class Known:
    """Gene × voter: what each says; positives and negatives to count each voter on; tests of sets of voters."""

    words: pd.DataFrame
    fits: dict[str, tuple[Mask, Mask]]
    tests: list[Test]


def known(bundle: Path, shared: Path) -> Known:
    """Read everything and label the genes."""
    genes = read_table(bundle / "genes.parquet", tables.GENES).query("protein_coding").set_index("gene_id")
    votes, places = _gather(bundle, shared / "surface", genes)
    said = [stances(votes[votes["voter"] == name], genes.index, model({})) for name in WORDS]
    words = pd.concat(said, axis=1)
    words["HPA"] = words["HPA"].replace(SILENT, UNSEEN)
    at = {name: words.index.isin(found) for name, found in places.items()}
    words.loc[~at["own_words"], "GO organelle"] = SILENT
    return Known(words, *_labels(words, at))


def model(seen: dict[str, Any], prior: float = 0.5, dependence: float = 0.0) -> Voters:
    """Return counts as the model that the program reads."""
    voters = [Voter(id=name, title=name, labels="", seen=counts) for name, counts in seen.items()]
    nobody = Voter(id="nobody", title="", labels="", seen={"annotation": (0, 0), SILENT: (0, 0)})
    return Voters(version="", fitted="", prior=prior, dependence=dependence, voter=voters or [nobody])


def _gather(bundle: Path, surface: Path, genes: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, pd.Index]]:
    """Return the votes of all voters, and the genes of each known place."""
    demo = read_table(bundle / "surface_votes.parquet", tables.SURFACE_VOTES)
    locations = _parsed("hpa_location", surface / "hpa_v22_subcellular_location.tsv.gz", {})
    seen = located(locations.assign(source="hpa", release="22"))
    catalogue = pd.read_csv(surface / "accessible_surfaceome_whole_proteome_catalog.tsv", sep="\t")
    gene_of = catalogue.drop_duplicates("uniprot_acc").set_index("uniprot_acc")["ensembl_gene"]
    surfy = _parsed("surfy", surface / "surfy_bausch-fluck2018_table_S3.tsv.gz", {"voter": "SURFY"})
    cspa = _parsed("cspa", surface / "cspa_bausch-fluck2015_S2_File.xlsx", {"voter": "CSPA"})
    once = genes[~genes["symbol"].duplicated(keep=False)].reset_index().set_index("symbol")["gene_id"]
    cspa["gene_id"] = cspa["accession"].map(gene_of).fillna(cspa["symbol"].map(once))
    uniprot = catalogue[catalogue["uniprot_surface_flag"] == 1].rename(columns={"ensembl_gene": "gene_id"})
    parts = [demo, seen, surfy, cspa, uniprot.assign(voter="UniProt", kind="annotation")]
    votes = pd.concat(parts)[["gene_id", "voter", "kind", "statement"]]
    votes = votes[votes["gene_id"].isin(genes.index) & votes["kind"].isin(SAYS)]
    at_membrane = locations["location"].str.lower().isin(AT_MEMBRANE)
    kinds = seen.groupby("gene_id")["kind"].agg(set)
    return votes, {
        "hpa_membrane": pd.Index(locations.loc[at_membrane, "gene_id"]),
        "inside": kinds.index[[said == {"against"} for said in kinds]],
        "own_words": _own_words(demo),
        "cspa": _anchored(surface, cspa),
        **_by_phobius(surface, gene_of),
    }


def _parsed(name: str, path: Path, options: dict[str, Any]) -> pd.DataFrame:
    """Read a file of shared/data with the reader of the program."""
    table = SourceTable(
        id=name, source="shared", parser=name, provides="surface_votes", release="", citation="", options=options
    )
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as handle, _quiet():
        frame: pd.DataFrame = readers.READERS[name](handle, table)
    return frame


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl on an extension of the workbook
        yield


def _anchored(surface: Path, cspa: pd.DataFrame) -> pd.Index:
    """Return the high-confidence proteins of CSPA with a transmembrane segment or GPI anchor by its own columns.

    The others are mostly matrix and plasma proteins that stick to cells.
    """
    with _quiet():
        sheet = pd.read_excel(surface / "cspa_bausch-fluck2015_S2_File.xlsx", sheet_name="Table A")
    held = sheet[(sheet["# predicted TM domains"].fillna(0) > 0) | (sheet["GPI"] == 1)]["ID_link"]
    high = cspa[(cspa["kind"] == "experimental") & cspa["accession"].isin(held)]
    return pd.Index(high["gene_id"].dropna())


def _by_phobius(surface: Path, gene_of: pd.Series) -> dict[str, pd.Index]:
    """Return the genes whose protein spans the membrane, and those with neither such a segment nor a signal peptide."""
    with gzip.open(surface / "cirfess_phobius_human.txt.gz", "rt") as handle:
        rows = [line.split() for line in handle]
    named = [(row[0].split("|")[1], int(row[1]), row[2] == "Y") for row in rows]
    chosen = {
        "spanning": [accession for accession, segments, _ in named if segments],
        "soluble": [accession for accession, segments, signal in named if not segments and not signal],
    }
    return {name: pd.Index(gene_of.reindex(accessions).dropna()) for name, accessions in chosen.items()}


def _own_words(votes: pd.DataFrame) -> pd.Index:
    """Return the genes that GO puts in an organelle by a term that HPA does not write."""
    against = votes[votes["voter"] == "GO organelle"]
    terms = against["statement"].str.split("; ").map(lambda said: {part.rpartition(" (")[0] for part in said})
    return pd.Index(against.loc[[bool(found - HPA_WRITES) for found in terms], "gene_id"])


def _labels(words: pd.DataFrame, at: dict[str, Mask]) -> tuple[dict[str, tuple[Mask, Mask]], list[Test]]:
    """Return the labels: none rests on the voter that it counts or judges."""
    cspa, inside = at["cspa"], at["inside"]
    go, organelle = (words["GO"] == "experimental").to_numpy(), (words["GO organelle"] == "against").to_numpy()
    candidate = words[["GO", "HLDA", "surfaceome"]].isin(FOR).any(axis=1).to_numpy()
    both = cspa & go
    by_go, by_cspa = (go & ~inside, inside & ~go), (cspa & ~inside, inside & ~cspa)
    elsewhere = (at["soluble"] | organelle) & ~cspa & ~go
    fits = {
        "GO": (by_cspa[0] & ~at["hpa_membrane"], by_cspa[1]),
        "GO organelle": (by_cspa[0] & candidate, by_cspa[1] & candidate),
        **dict.fromkeys(("surfaceome", "CSPA", "SURFY"), by_go),
        **dict.fromkeys(("HLDA", "UniProt"), by_cspa),
        "HPA": (both, elsewhere),
    }
    by_both, by_hpa = (
        (both & ~inside, inside & ~both),
        ((words["HPA"] == "membrane").to_numpy() & at["spanning"], inside),
    )
    tests = [
        Test("CSPA and GO", *by_both, ("HLDA",)),
        Test("CSPA and GO", *by_both, ("HLDA", "UniProt")),
        Test("GO", *by_go, ("HLDA", "surfaceome")),
        Test("GO", *by_go, ("CSPA", "HLDA", "SURFY", "UniProt")),
        Test("CSPA", *by_cspa, ("GO", "GO organelle", "HLDA")),
        Test("CSPA", *by_cspa, ("GO", "GO organelle", "HLDA", "UniProt")),
        Test("HPA", *by_hpa, DEMO),
        Test("HPA", *by_hpa, FULL),
    ]
    return fits, tests
