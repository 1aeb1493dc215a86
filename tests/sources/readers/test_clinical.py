"""`clinical`: tables of therapies of other shapes; the plain one is tested in `tests/sources/test_readers.py`.

Tested on real files (skipped where they are absent): known targets, positive controls, radioligand targets, key genes
of cancers, proposed therapeutic targets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import rows

TABLE = (
    b"Target\tGene\tClass\tPhase\tDrug\n"
    b"A\tENSG00000000001\tADC\tapproved\tx-mab\n"
    b"B;C\t\tCAR-T\tphase_1\ty-cel\n"
    b"D\tENSG00000000004\tsmall_molecule\tapproved\tz-nib\n"
    b"E\tENSG00000000005\tADC\tpreclinical\tv-mab\n"
    b"\t\tADC\tapproved\tw-mab\n"
    b"F\tENSG00000000006\t\tapproved\t\n"
)
OPTIONS: dict[str, Any] = {
    "separator": "\t",
    "symbols": "Target",
    "gene_ids": "Gene",
    "agent": "Drug",
    "therapy": {"column": "Class", "values": {"ADC": "ADC", "CAR-T": "CAR-T"}},
    "status": {"column": "Phase", "values": {"approved": "approved", "phase_1": "trial"}},
}
CONTROLS = "accessible_surfaceome_positive_controls_ADC_TCE_viral.tsv"


def test_a_broken_file_is_refused(refusal: Any, broken: Any) -> None:
    data, name, told = broken(TABLE, b"\t")
    assert told in refusal("therapies", data, name, **OPTIONS)


@given(data=st.data())
def test_a_file_with_a_garbled_passage_is_read_or_refused(survives: Any, data: st.DataObject) -> None:
    survives(data, TABLE, "therapies", **OPTIONS)


@pytest.mark.parametrize("column", ["Target", "Gene", "Class", "Phase", "Drug"])
def test_a_missing_column_is_refused_by_its_name(refusal: Any, column: str) -> None:
    assert column in refusal("therapies", TABLE.replace(column.encode(), b"other", 1), **OPTIONS)


def test_targets_of_the_mouse_are_refused_by_line(refusal: Any) -> None:
    data = TABLE.replace(b"B;C\t", b"B;C\tENSG00000000002;ENSMUSG00000000003")
    assert "not a human gene or protein: 'ENSMUSG00000000003' in line 3" in refusal("therapies", data, **OPTIONS)


def test_classes_and_phases_are_translated_and_all_others_counted_once(parse: Any) -> None:
    frame = parse("therapies", TABLE, **OPTIONS)
    assert rows(frame[["agent", "symbol", "gene_id", "therapy", "status"]]) == [
        ("x-mab", "A", "ENSG00000000001", "ADC", "approved"),
        ("y-cel", "B", None, "CAR-T", "trial"),
        ("y-cel", "C", None, "CAR-T", "trial"),
    ]
    assert frame.attrs["left_out"] == {
        "names no target": 1,
        "Class is 'small_molecule'": 1,
        "Class is ''": 1,
        "Phase is 'preclinical'": 1,
    }


def test_a_list_of_targets_needs_no_agent_disease_or_reference(parse: Any) -> None:
    frame = parse("therapies", b"symbol\nA\nB\n", therapy="CAR-T", status="proposed", symbols="symbol")
    assert rows(frame) == [
        ("unnamed", None, None, "A", None, "CAR-T", "proposed"),
        ("unnamed", None, None, "B", None, "CAR-T", "proposed"),
    ]


def test_a_table_of_which_nothing_is_translated_is_refused(refusal: Any) -> None:
    options = OPTIONS | {"therapy": {"column": "Class", "values": {"vaccine": "vaccine"}}}
    assert "names no target of a known therapy and status" in refusal("therapies", TABLE, **options)


@pytest.mark.parametrize(
    ("file", "options", "targets", "left_out"),
    [
        (
            "known_targets_sourced.tsv",
            {
                "separator": "\t",
                "therapy": "CAR-T",
                "status": {"column": "list", "values": {"clinical_CAR_target": "trial"}},
                "disease": "disease",
                "reference": "source",
                "symbols": "symbol",
            },
            5,
            55,
        ),
        (
            CONTROLS,
            {
                "separator": "\t",
                "therapy": {"column": "category", "values": {"ADC": "ADC", "TCE": "T-cell engager"}},
                "status": "trial",
                "symbols": "hgnc_symbol",
                "gene_ids": "ensembl_gene",
                "agent": "therapeutic",
            },
            264,
            62,
        ),
        (
            "pirlygenes_radioligand-targets.csv",
            {
                "therapy": "radioligand",
                "status": {
                    "column": "Status_Bucket",
                    "values": {"FDA_approved": "approved", "Clinical_trials": "trial"},
                },
                "symbols": "Symbol",
                "gene_ids": "Ensembl_Gene_ID",
                "agent": "notes",
            },
            17,
            3,
        ),
        (
            "pirlygenes-6.0.18_cancer-key-genes.csv",
            {
                "therapy": {"column": "agent_class", "values": {"ADC": "ADC", "CAR-T": "CAR-T"}},
                "status": {"column": "phase", "values": {"approved": "approved"}},
                "symbols": "symbol",
                "gene_ids": "ensembl_gene_id",
                "agent": "agent",
                "disease": "cancer_code",
                "reference": "source",
            },
            None,
            None,
        ),
        (
            "pirl-trufflepig-1.30.4_therapeutic-targets.csv",
            {"therapy": "any", "status": "proposed", "symbols": "target_gene", "reference": "evidence_pmids"},
            71,
            0,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_real_lists_are_read_by_options_alone(
    parse: Any, shared_data: Path, file: str, options: dict[str, Any], targets: int | None, left_out: int | None
) -> None:
    frame = parse("therapies", shared_data / "targets" / file, **options)
    gone = sum(frame.attrs["left_out"].values())
    if targets is None:  # one target a row: every row is a target or counted
        assert (len(frame) + gone, len(frame) > 20) == (858, True)
    else:
        assert (len(frame), gone) == (targets, left_out)
    assert frame[["agent", "therapy", "status"]].notna().all(axis=None)
