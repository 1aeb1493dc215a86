"""What a library is made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from targetfinder.cohort._composition import HISTONE, UNTAILED, classes, library_of, shares

#: Symbol, locus type, coding, counted in TPM*, TPM of two samples.
ROWS = [
    ("ACTB", "gene with protein product", True, True, 300.0, 0.0),
    ("RPL3", "gene with protein product", True, True, 80.0, 10.0),
    ("H2BC9", "gene with protein product", True, True, 15.0, 30.0),
    ("HIST1H3B", "gene with protein product", True, True, 5.0, 0.0),
    ("MT-CO1", "gene with protein product", True, False, 100.0, 0.0),
    ("IGKC", "immunoglobulin gene", False, False, 200.0, 0.0),
    ("TRAC", "T cell receptor gene", False, False, 50.0, 0.0),
    ("RN7SL1", "RNA, small cytoplasmic", False, False, 150.0, 60.0),
    ("MALAT1", "RNA, long non-coding", False, False, 60.0, 0.0),
]
GENES = pd.DataFrame(ROWS, columns=["symbol", "locus_type", "protein_coding", "normaliser", "A", "B"])
GENES["gene_id"] = [f"ENSG{i}" for i in range(len(ROWS))]
TPM = GENES.set_index("gene_id")[["A", "B"]]
KNOWN = classes(GENES)


def test_shares_add_up_by_hand_and_a_gene_that_nobody_lists_is_not_coding() -> None:
    found = shares(pd.concat([TPM, pd.DataFrame({"A": [40.0], "B": [0.0]}, index=["ENSG_novel"])]), KNOWN)
    assert found.loc["A"].to_dict() == pytest.approx(
        {
            "mitochondrial": 0.1,
            "immune_receptor": 0.25,
            "ribosomal_protein": 0.08,
            "untailed": 0.15,
            "noncoding": 0.25,
            "histone": 20 / 400,
        }
    )
    assert found.loc["B", ["untailed", "histone"]].tolist() == [0.6, 0.75]


def test_what_the_file_does_not_hold_is_missing_and_not_zero() -> None:
    found = shares(TPM.iloc[:2], KNOWN).loc["A"]
    assert found[["mitochondrial", "immune_receptor", "untailed", "noncoding", "histone"]].isna().all()
    assert found["ribosomal_protein"] == pytest.approx(80 / 380)


def test_immunoglobulin_and_untailed_rna_do_not_dilute_histones() -> None:
    more = TPM.copy()
    more.loc[["ENSG5", "ENSG7"]] *= 10
    assert shares(more, KNOWN).loc["A", "histone"] == shares(TPM, KNOWN).loc["A", "histone"]


def test_a_sample_without_rna_has_no_shares() -> None:
    assert shares(TPM * 0, KNOWN).isna().all(axis=None)


def test_histones_without_a_tail_are_told_by_new_and_old_names_from_those_with_one() -> None:
    told = "H1-1 H1-6 H2AC18 H2BC21 H3C15 H4C3 HIST1H1C HIST2H2AA3 HIST1H4A"
    assert [symbol for symbol in told.split() if not HISTONE.match(symbol)] == []
    other = "H1-0 H1-10 H2AX H2AZ1 H2AJ H3-3A MACROH2A1 H2AC2P H1-10-AS1 HIST1H2BPS2X-AS"
    assert [symbol for symbol in other.split() if HISTONE.match(symbol)] == []


def test_short_rna_without_a_tail_is_told_from_messages_and_mitochondrial_rna() -> None:
    told = "RN7SL1 RN7SL689P RN7SK RMRP RPPH1 RNU1-27P RNVU1-18 SNORD14A SNORA52 SCARNA2 Y_RNA RNY1 VTRNA1-1 RNA5S1"
    assert [symbol for symbol in told.split() if not UNTAILED.match(symbol)] == []
    other = "MT-RNR1 MT-RNR2 RNF4 MALAT1 XIST RNASE1 SNRNP70 SNORC SNHG1 UBC USP1"
    assert [symbol for symbol in other.split() if UNTAILED.match(symbol)] == []


@pytest.mark.parametrize(
    ("histone", "untailed", "library", "words"),
    [
        (0.001, 0.003, "poly_a", "0.10% of TPM*"),
        (0.001, np.nan, "poly_a", "0.10% of TPM*"),
        (0.05, 0.003, "total", "histones without poly-A tail are 5.00% of TPM*, 2% or more"),
        (0.001, 0.4, "total", "40.00% of all RNA, 5% or more"),
        (0.05, np.nan, "total", "histones"),
        (0.01, 0.003, "unknown", "1.00%"),
        (0.001, 0.03, "unknown", "3.00%"),
        (np.nan, np.nan, "unknown", "no RNA without poly-A tail"),
    ],
)
def test_one_kind_of_untailed_rna_is_enough_for_total_and_none_may_be_for_poly_a(
    histone: float, untailed: float, library: str, words: str
) -> None:
    found, reason = library_of(pd.Series({"histone": histone, "untailed": untailed}))
    assert found == library
    assert words in reason
