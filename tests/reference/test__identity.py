"""`reference._identity`: what became of the entries of each source, on planted entries and on the real packages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.errors import InputError
from targetfinder.genes import PROTEIN, Identity
from targetfinder.identity import NO_ID
from targetfinder.known_genes import known_genes
from targetfinder.names import ALIAS, CURRENT, PREVIOUS, Names
from targetfinder.reference._identity import NOT_CODING, audit, count, entries_of, outcomes
from targetfinder.reference.build import _resolved
from targetfinder.sources import readers
from targetfinder.sources.files import open_table
from targetfinder.sources.lock import verified
from targetfinder.sources.readers import Expression
from targetfinder.sources.registry import Registry, SourceTable, read_registry

X, Y = "ENSG00000002586", "ENSG00000292348"
IDENTITY = Identity(
    moved={Y: (X, "Y copy"), "ENSG90": ("ENSG1", "retired id")},
    names=Names(
        {
            CURRENT: [("CD99", X), ("TNFRSF17", "ENSG1"), ("FCGR1BP", "ENSG2")],
            PREVIOUS: [("BCMA", "ENSG1")],
            ALIAS: [("SHARED", "ENSG1"), ("SHARED", X)],
        }
    ),
    known=frozenset({X, "ENSG1", "ENSG2", "ENSG3"}),
    apart={"ENSG3": "symbols differ"},
    proteins={"P14209": X, "Q02223": "ENSG1", "P62805": ("ENSG1", "ENSG2")},
    unkeyed={"LILRA3": PROTEIN, "ERVK-6": "endogenous retrovirus"},
)
GENES = pd.DataFrame(
    {
        "gene_id": [X, "ENSG1", "ENSG2", "ENSG3"],
        "locus_type": [PROTEIN, PROTEIN, PROTEIN, "unknown"],
        "protein_coding": [True, True, False, True],
    }
)


def entry(provides: str = "surface_votes", **options: Any) -> SourceTable:
    plain = {"id": "mine", "source": "one", "parser": "gene_list", "release": "1", "citation": "nobody"}
    return SourceTable.model_validate({**plain, "provides": provides, "options": options})


def votes(*rows: tuple[str | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["gene_id", "symbol"], dtype=object)


def matrix(ids: Sequence[str], symbols: Sequence[str | None]) -> Expression:
    frame = pd.DataFrame({"liver": 1.0}, index=pd.Index(ids, name="gene_id"))
    return Expression(frame, frame, frame, pd.Series(symbols, index=frame.index, dtype=object))


def judged(parsed: Any, table: SourceTable | None = None) -> dict[str, tuple[Any, ...]]:
    """Return entry → (outcome, gene id)."""
    found = outcomes(table or entry(), parsed, IDENTITY, GENES)
    assert found["entry"].is_unique
    plain = found.astype(object).where(found.notna(), None)
    return {row.entry: (row.outcome, row.gene_id) for row in plain.itertuples()}


# ---------------------------------------------------------------- what the entries of a source are


def test_an_entry_is_spelt_as_in_the_source_by_all_that_it_gives() -> None:
    found = entries_of(votes(("ENSG1", "BCMA"), ("ENSG1", None), (None, "BCMA"), (None, None)), IDENTITY)
    assert found["entry"].tolist() == ["ENSG1 (BCMA)", "ENSG1", "BCMA", "(empty)"]


def test_a_row_of_a_matrix_is_an_id_or_a_symbol() -> None:
    found = entries_of(matrix([f"{X}.3", "ensg1", "BCMA"], ["CD99", None, None]), IDENTITY)
    plain = found.where(found.notna(), None)
    assert plain[["gene_id", "symbol"]].to_numpy().tolist() == [[f"{X}.3", "CD99"], ["ensg1", None], [None, "BCMA"]]


def test_a_row_without_an_id_has_the_gene_of_its_accession_before_that_of_its_symbol() -> None:
    frame = votes((None, "BCMA"), (None, "BCMA"), ("ENSG2", None)).assign(accession=["P14209", "P99999", "Q02223"])
    found = entries_of(frame, IDENTITY)
    assert found["entry"].tolist() == ["P14209 (BCMA)", "P99999 (BCMA)", "ENSG2"]
    assert IDENTITY.resolve(found["gene_id"], found["symbol"]).tolist() == [X, "ENSG1", "ENSG2"]


def test_an_accession_of_no_gene_or_of_several_is_told_as_such() -> None:
    frame = pd.DataFrame({"accession": ["P14209", "P62805", "O42043", "O42043-2"], "gene": [None, None, None, "BCMA"]})
    assert judged(frame) == {
        "P14209": ("unchanged", X),
        "P62805": ("ambiguous", None),
        "O42043": ("lost", None),
        "O42043-2 (BCMA)": ("renamed", "ENSG1"),
    }


def test_data_that_is_not_about_genes_has_no_entries() -> None:
    assert entries_of({"a": 1}, IDENTITY).empty


# ---------------------------------------------------------------- what becomes of them


def test_every_outcome_is_told_apart() -> None:
    rows = votes(
        ("ENSG1", "TNFRSF17"), (None, "SHARED"), ("ENSG3", None), ("ENSG2", None), ("ENSG77", "X"), (Y, "CD99")
    )
    assert judged(rows) == {
        "ENSG1 (TNFRSF17)": ("unchanged", "ENSG1"),
        "SHARED": ("ambiguous", None),
        "ENSG3": ("kept apart", "ENSG3"),
        "ENSG2": ("not coding", "ENSG2"),
        "ENSG77 (X)": ("lost", None),
        f"{Y} (CD99)": ("renamed", X),
    }


@pytest.mark.parametrize("order", [1, -1])
def test_entries_of_one_gene_are_merged_into_the_one_with_its_own_id(order: int) -> None:
    found = judged(matrix([f"{X}.1", f"{Y}.1", "ENSG90"][::order], [None] * 3))
    assert found == {f"{X}.1": ("unchanged", X), f"{Y}.1": ("merged", X), "ENSG90": ("renamed", "ENSG1")}


def test_of_two_other_names_of_a_gene_the_first_stands_for_it_and_the_reason_says_which() -> None:
    found = outcomes(entry(), votes((None, "BCMA"), ("ENSG90", None)), IDENTITY, GENES).set_index("entry")
    assert found["outcome"].to_dict() == {"BCMA": "renamed", "ENSG90": "merged"}
    assert found.loc["ENSG90", "reason"] == "retired id; same gene as BCMA"


def test_an_entry_counts_once_however_often_the_source_repeats_it() -> None:
    found = outcomes(entry(), votes(*[(None, "BCMA")] * 3, (None, "TNFRSF17")), IDENTITY, GENES)
    assert found["entry"].tolist() == ["BCMA", "TNFRSF17"]


def test_counts_add_up_and_only_proteins_count_as_lost() -> None:
    rows = votes((X, None), (None, "LILRA3"), (None, "ERVK-6"), (None, "NOBODY"), ("ENSG2", None), (None, "SHARED"))
    found = outcomes(entry(), rows, IDENTITY, GENES)
    counts = count(entry(), found, GENES)
    assert sum(counts[outcome] for outcome in tables.OUTCOMES) == counts["entries"] == 6
    assert found.set_index("entry").loc["ERVK-6", "reason"] == f"{NO_ID}endogenous retrovirus"
    assert (counts["protein_coding"], counts["protein_coding_lost"]) == (1, 4)  # all but CD99 and the retrovirus


def test_of_a_source_about_all_genes_only_what_hgnc_calls_protein_coding_is_lost() -> None:
    table = entry("normal_bulk")
    found = outcomes(table, matrix([X, "ENSG2", "ENSG77"], [None] * 3), IDENTITY, GENES)
    assert count(table, found, GENES)["protein_coding_lost"] == 1
    of_proteins = entry("normal_bulk", protein_coding=True)
    assert count(of_proteins, found, GENES)["protein_coding_lost"] == 2


@pytest.mark.parametrize("foreign", ["ENSMUSG00000091971", "ensmusg00000091971.3", "ENSDARG00000000001"])
def test_an_id_of_another_species_is_refused(foreign: str) -> None:
    with pytest.raises(InputError, match="not a human gene: ENS") as caught:
        outcomes(entry(), matrix([X, foreign.upper()], [None, None]), IDENTITY, GENES)
    assert (caught.value.file, caught.value.field) == ("mine", "gene id")
    assert "orthologue" in caught.value.remedy


def test_the_audit_lists_all_sources_but_those_that_name_the_genes() -> None:
    listed = [entry(), entry("gene_names").model_copy(update={"id": "hgnc"})]
    registry = Registry.model_construct(table=listed)
    parsed = {"mine": votes((None, "BCMA"), (X, None)), "hgnc": votes((None, "NOBODY"))}
    found = audit(registry, parsed, IDENTITY, GENES)
    tables.IDENTITY.check(found)
    assert found[["source", "entry", "outcome"]].to_numpy().tolist() == [["mine", "BCMA", "renamed"]]
    assert [row["source"] for row in found.attrs["counts"]] == ["mine"]


def test_a_source_without_a_finding_leaves_an_empty_table_that_keeps_its_contract() -> None:
    found = audit(Registry.model_construct(table=[entry()]), {"mine": votes((X, None))}, IDENTITY, GENES)
    assert tables.IDENTITY.check(found).empty


# ---------------------------------------------------------------- the real data packages


@dataclass(frozen=True)
class Real:
    """The shipped references, with the genes and the identity that come of them."""

    registry: Registry
    parsed: dict[str, Any]
    genes: pd.DataFrame
    identity: Identity

    def symbols(self, name: str) -> list[str]:
        """Return the symbols of the genes that a name may stand for."""
        found = self.genes.set_index("gene_id")["symbol"]
        return sorted(str(found.get(gene, gene)) for gene in self.identity.names.match(name).genes)


@pytest.fixture(scope="module")
def shipped(real_store: Path, repository: Path) -> Real:
    registry = read_registry(repository / "references" / "sources.toml")
    wanted = [table for table in registry.table if table.provides != "cohorts"]
    parsed = {table.id: readers.read(table, verified(registry.source_of(table), real_store)) for table in wanted}
    return Real(registry, parsed, *known_genes(registry, parsed))


NAMES = """
BCMA TNFRSF17  CD269 TNFRSF17  TACI TNFRSF13B  CD267 TNFRSF13B  BAFFR TNFRSF13C  BAFF-R TNFRSF13C  CD268 TNFRSF13C
GPR64 ADGRG2  GPR56 ADGRG1  CD97 ADGRE5  EMR2 ADGRE2  LPHN2 ADGRL2  BAI1 ADGRB1
B7-H3 CD276  B7H3 CD276  B7-H4 VTCN1  B7H4 VTCN1  B7-H6 NCR3LG1  B7-H7 HHLA2  PD-L1 CD274  PDL1 CD274  PD-1 PDCD1
FCRH5 FCRL5  CD307e FCRL5  CS1 SLAMF7  CRACC SLAMF7  CD319 SLAMF7  CD138 SDC1  CD20 MS4A1
HER2 ERBB2  HER-2 ERBB2  CD340 ERBB2  TROP2 TACSTD2  CD326 EPCAM  NG2 CSPG4  CEA CEACAM5  CD66e CEACAM5
DNAM1 CD226  DNAM-1 CD226  CD155 PVR  CD112 NECTIN2  PVRL1 NECTIN1  PVRL4 NECTIN4  2B4 CD244  LFA-3 CD58
NKG2D KLRK1  CD314 KLRK1  NKp30 NCR3  NKp44 NCR2  NKp46 NCR1  TIM3 HAVCR2  TIM-3 HAVCR2  LAG-3 LAG3  VISTA VSIR
CD123 IL3RA  CD117 KIT  CD135 FLT3  CD371 CLEC12A  CLL-1 CLEC12A  CLL1 CLEC12A  CD85k LILRB4  ILT3 LILRB4
CD56 NCAM1  CD171 L1CAM  CD105 ENG  CD309 KDR  VEGFR2 KDR  CD221 IGF1R  CD140a PDGFRA  CD334 FGFR4  HGFR MET
IL1R3 IL1RAP  CD213A2 IL13RA2  CT19 IL13RA2  FR-alpha FOLR1  MPF MSLN  STEAP STEAP1  STAMP1 STEAP2  PSMA FOLH1
PREF1 DLK1  FA1 DLK1  LERN1 LINGO1  LRRN6A LINGO1  TNAP ALPL  TNSALP ALPL  CD246 ALK  NTRKR1 ROR1  NTRKR2 ROR2
MIC2 CD99  CAIX CA9  GARP LRRC32  4-1BB TNFRSF9  OX40 TNFRSF4  GITR TNFRSF18  DR5 TNFRSF10B  CD95 FAS  CD133 PROM1
CCK4 PTK7  UFO AXL  LIV-1 SLC39A6  NaPi2b SLC34A2  CD142 F3  BST-2 BST2  tetherin BST2  HM1.24 BST2  CD15 FUT4
CD45 PTPRC  B220 PTPRC  CD29 ITGB1  CD61 ITGB3  CD49d ITGA4  PSGL-1 SELPLG  CD162 SELPLG  NY-ESO-1 CTAG1B  p53 TP53
SEPT2 SEPTIN2  SEPT9 SEPTIN9  MARCH1 MARCHF1  MARC1 MTARC1  SLC9A3R2 NHERF2  TDGF1 CRIPTO  CECR1 ADA2  MLL2 KMT2D
"""
#: What is spelt otherwise than in any source.
SPELT = {
    "IL-13Ra2": "IL13RA2",
    "IL-13Rα2": "IL13RA2",
    "TNFα": "TNF",
    "SIRPα": "SIRPA",
    "FcRH5": "FCRL5",
    "Trop-2": "TACSTD2",
    "Her2/neu": "ERBB2",
    "c-KIT": "KIT",
    "b7-h3": "CD276",
    "CD79b": "CD79B",
    "EphA2": "EPHA2",
    "Nectin 4": "NECTIN4",
    "CD276 ": "CD276",
    "2-Sep": "SEPTIN2",
    "Sep-09": "SEPTIN9",
    "3-Mar": "MARCHF3",
    "1-Dec": "DELEC1",
}
AMBIGUOUS = {
    "CD16": ["FCGR3A", "FCGR3B"],
    "CD32": ["FCGR2A", "FCGR2B"],
    "CD1": ["CD1A", "CD1B", "CD1C"],
    "SAP": ["APCS", "SH2D1A"],
    "MSP": ["MSMB", "MST1"],
    "HB-1": ["HMHB1", "PEG10"],
    "MBP-1": ["ENO1", "HIVEP1"],
    "CA125": ["MUC16", "NBR1"],
    "CAK1": ["CDK7", "MSLN"],
    "PD1": ["PDCD1", "SNCA", "SPATA2"],
    "SEP2": ["SEPTIN6", "SEPTIN8"],
    "FRα": ["FOLR1", "RABEP2"],
    "LFA1": ["ITGAL", "ITGB2"],
    "1-Mar": ["MARCHF1", "MTARC1"],
    "2-Mar": ["MARCHF2", "MTARC2"],
    "1-Oct": ["POU2F1", "SLC22A1"],
}
CLINICAL = """
ALK ALPL ADGRG2 CD19 CD22 CD276 CD33 CD38 CD44 CD70 CD79B CD99 CDH11 CLEC12A CSPG4 DLK1 DLL3 EGFR ENG ENPP1 EPCAM EPHA2
ERBB2 FAP FCRL5 FGFR4 FLT3 FOLR1 GPC2 GPC3 GPRC5D IGF1R IL13RA2 IL1RAP IL3RA ITGB7 KDR KIT L1CAM LILRB4 LINGO1 MET MS4A1
MSLN NCAM1 PDGFRA PSCA ROR1 ROR2 SDC1 SLAMF7 STEAP1 STEAP2 TACSTD2 TNFRSF13B TNFRSF17
"""


def test_more_than_a_hundred_aliases_and_previous_symbols_resolve(shipped: Real) -> None:
    words = NAMES.split()
    expected = dict(zip(words[::2], words[1::2], strict=True))
    assert len(expected) > 100
    assert {name: shipped.symbols(name) for name in expected} == {name: [symbol] for name, symbol in expected.items()}


def test_other_spellings_and_spoilt_dates_resolve_where_they_are_unique(shipped: Real) -> None:
    assert {name: shipped.symbols(name) for name in SPELT} == {name: [symbol] for name, symbol in SPELT.items()}


def test_ambiguous_names_lead_to_none_of_their_genes_and_tell_all(shipped: Real) -> None:
    assert {name: shipped.symbols(name) for name in AMBIGUOUS} == AMBIGUOUS
    names = pd.Series(list(AMBIGUOUS), dtype=object)
    found = shipped.identity.explain(pd.Series(None, names.index, dtype=object), names)
    assert (found["outcome"] == "ambiguous").all()
    assert found["gene_id"].isna().all()


@pytest.mark.parametrize(
    ("given", "gene"),
    [
        ("ENSG00000292348", "ENSG00000002586"),  # CD99 on Y
        ("ENSG00000292332.2", "ENSG00000185291"),  # IL3RA on Y
        ("ENSGR0000205755.11", "ENSG00000205755"),  # CRLF2 on Y, as older annotations write it
        ("ENSG00000198223.18_PAR_Y", "ENSG00000198223"),  # CSF2RA on Y, as GENCODE writes it
        ("ENSG00000112096", "ENSG00000291237"),  # SOD2
        ("ENSG00000206297", "ENSG00000168394"),  # TAP1 on an alternative sequence
        ("ENSG00000105501", "ENSG00000268500"),  # SIGLEC5 left this id to a lncRNA
        ("ENSG00000153113", "ENSG00000153113"),  # CAST did not: the atlases measure it there
        ("ENSG00000276387", "ENSG00000276387"),  # KIR2DS1 is not KIR2DL1
    ],
)
def test_ids_lead_to_the_gene_in_use(shipped: Real, given: str, gene: str) -> None:
    assert shipped.identity.ids(pd.Series([given])).tolist() == [gene]


def test_votes_for_kir2ds1_do_not_go_to_kir2dl1(shipped: Real) -> None:
    assert shipped.symbols("KIR2DS1") == ["KIR2DS1"]
    assert shipped.identity.apart["ENSG00000276387"].endswith("symbols differ")


def test_accessions_lead_to_their_genes_and_shared_ones_to_none(shipped: Real) -> None:
    given = pd.Series(["Q02223", "P14209-2", "P04626", "P62805"])  # BCMA, CD99, HER2; histone H4 is fourteen genes
    found = shipped.identity.accessions(given)
    symbols = shipped.genes.set_index("gene_id")["symbol"]
    assert found.map(symbols).tolist()[:3] == ["TNFRSF17", "CD99", "ERBB2"]
    assert pd.isna(found.iloc[3])


def test_clinical_targets_are_protein_coding_under_their_own_symbol_and_called_surface(shipped: Real) -> None:
    coding = shipped.genes[shipped.genes["protein_coding"]]
    wanted = CLINICAL.split()
    known = coding[coding["symbol"].isin(wanted)]
    assert sorted(known["symbol"]) == sorted(wanted)
    votes = [
        _resolved(shipped.registry.tables(provides), shipped.parsed, shipped.identity, coding["gene_id"])[0]
        for provides in ("surface_votes", "precedent")
    ]
    assert set(known["gene_id"]) <= set(pd.concat(votes)["gene_id"])


def test_the_protein_coding_genes_are_those_of_ensembl_115_and_the_atlases(shipped: Real) -> None:
    genes = shipped.genes.set_index("symbol")
    assert genes["protein_coding"].sum() == pytest.approx(20_020, abs=30)
    assert not genes.loc[["FCGR1BP", "BLOC1S5-TXNDC5", "SENP3-EIF4A1", "IGHG1", "TRAC"], "protein_coding"].any()
    assert genes.loc[["CAST", "PRSS50", "PCDHA1", "HLA-A", "MT-CO1", "NKX2-1"], "protein_coding"].all()
    assert not genes.loc[["MT-CO1"], "normaliser"].any()
    assert not shipped.genes["gene_id"].isin(shipped.identity.moved).any()


def test_no_source_loses_more_than_one_in_a_hundred_of_its_protein_coding_entries(shipped: Real) -> None:
    found = audit(shipped.registry, shipped.parsed, shipped.identity, shipped.genes)
    tables.IDENTITY.check(found)
    counts = pd.DataFrame(found.attrs["counts"]).set_index("source")
    lost = counts["protein_coding_lost"] / (counts["protein_coding"] + counts["protein_coding_lost"]).clip(lower=1)
    assert lost.max() <= 0.01
    assert counts.loc[["hpa_tissue", "hpa_cell"], "protein_coding_lost"].tolist() == [0, 0]
    assert counts.loc["gtex", ["entries", "protein_coding_lost"]].tolist() == [57_992, 111]
    told = found.groupby("source")["outcome"].value_counts()
    for source, row in counts.iterrows():
        for outcome in tables.OUTCOMES[1:]:
            assert told.get((source, outcome), 0) == row[outcome]
    assert (found.loc[found["outcome"] == "not coding", "reason"] == NOT_CODING).all()


def test_no_cohort_loses_more_than_one_in_a_hundred_of_its_protein_coding_genes(
    shipped: Real, real_store: Path
) -> None:
    from pyarrow import csv

    table = shipped.registry.tables("cohorts")[0]
    columns = ["Ensembl_Gene_ID", "Symbol", "source_cohort"]
    with open_table(table, verified(shipped.registry.source_of(table), real_store)) as handle:
        rows = csv.read_csv(handle, convert_options=csv.ConvertOptions(include_columns=columns)).to_pandas()
    rows = rows.drop_duplicates().set_axis(["gene_id", "symbol", "study"], axis=1)
    assert rows["study"].nunique() > 10
    for _, study in rows.groupby("study"):
        found = outcomes(table, study, shipped.identity, shipped.genes)
        counts = count(table, found, shipped.genes)
        assert counts["protein_coding_lost"] <= 0.01 * counts["protein_coding"]
        lost = found[found["outcome"].isin(["lost", "ambiguous"])]
        assert not lost["reason"].str.endswith(PROTEIN).any()
