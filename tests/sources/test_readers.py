"""`targetfinder.sources.readers`: each format is read right, and whatever is wrong with a file is an `InputError`."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import rows

from targetfinder.sources.readers import READERS, Expression

STATISTICS = {"median": [[1.0, 2.0, 3.0], [0.0, 5.0, 6.0]], "upper_quartile": [[2.0, 4.0, 6.0], [1.0, 10.0, 12.0]]}
STATISTICS |= {"mean": [[1.5, 2.5, 3.5], [0.5, 5.5, 6.5]]}


def h5(frames: dict[str, Any], labels: list[str], genes: list[str]) -> bytes:
    """Write frames as pandas' fixed format does (axis0, axis1, block0_values), with plain h5py."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as store:
        for name, values in frames.items():
            group = store.create_group(name)
            group["axis0"] = group["block0_items"] = np.array(labels, dtype="S")
            group["axis1"] = np.array(genes, dtype="S")
            group["block0_values"] = np.array(values)
    return buffer.getvalue()


TISSUES, GENES = ["Liver", "Blood", "Bone Marrow"], ["ENSG00000000001.5", "ENSG00000000002.1"]
VOTE = {"voter": "CSPA", "kind": "experimental", "statement": "seen"}
#: parser -> (a good file, the options of its registry entry)
GOOD: dict[str, tuple[bytes, dict[str, Any]]] = {
    "hgnc": (
        b"hgnc_id\tsymbol\tname\tlocus_type\talias_symbol\tprev_symbol\tensembl_gene_id\n"
        b'HGNC:1\tTNFRSF17\tTNF receptor 17\tgene with protein product\t"BCMA|CD269"\tTNFRSF13A\tENSG1\n'
        b"HGNC:2\tNOBODY\tnobody\tunknown\t\t\t\n",
        {},
    ),
    "id_aliases": (b"old,new,why\nENSG9,ENSG1,merged\nENSG8,,lost\n", {"retired": "old", "current": "new"}),
    "gene_list": (b"Symbol,Ensembl_Gene_ID\nA,ENSG1\nB,\n", {"vote": VOTE}),
    "surface_categories": (
        b"Symbol,Ensembl_Gene_ID,Category\nA,ENSG1,seen\nB,ENSG2,guessed\n",
        {"votes": {"seen": VOTE, "guessed": {"voter": "SURFY", "kind": "prediction", "statement": "predicted"}}},
    ),
    "gene_ontology": (
        json.dumps(
            {
                "GO:1": {"name": "cell surface", "genes": {"IDA": ["ENSG1"], "IEA": ["ENSG1", "ENSG2"]}},
                "GO:2": {"name": "plasma membrane", "genes": {"IDA": ["ENSG2", "ENSG3"], "TAS": ["ENSG2"]}},
                "GO:3": {"name": "Golgi apparatus", "genes": {"IDA": ["ENSG1", "ENSG4"], "TAS": ["ENSG5"]}},
                "GO:4": {"name": "extracellular space", "genes": {"IDA": ["ENSG4", "ENSG6"], "TAS": ["ENSG5"]}},
                "GO:5": {"name": "integral component of membrane", "genes": {"IEA": ["ENSG4"]}},
                "GO:6": {"name": "nucleus", "genes": {"IDA": ["ENSG7"]}},
            }
        ).encode(),
        {
            "outside_terms": ["GO:1"],
            "membrane_terms": ["GO:2"],
            "inside_terms": ["GO:3"],
            "secreted_terms": ["GO:4"],
            "anchor_terms": ["GO:5"],
            "experimental_codes": ["IDA"],
            "computed_codes": ["IEA"],
        },
    ),
    "cd_molecules": (
        b"symbol\tensembl_gene_id\tcd\tgene_family\nA\tENSG1\tCD1\tOthers\nB\tENSG2\t\tOthers|CD molecules\n"
        b"C\tENSG3\t\t\n",
        {},
    ),
    "therapies": (
        b"Drug,Target,Gene,Area,Trial\nx-cel,A,ENSG1,myeloma,NCT1\ny-mab,A;B,ENSG1;ENSG2,,NCT2\nz,,,sarcoma,NCT3\n",
        {
            "therapy": "CAR-T",
            "status": "trial",
            "symbols": "Target",
            "gene_ids": "Gene",
            "agent": "Drug",
            "disease": "Area",
            "reference": "Trial",
        },
    ),
    "gene_matrix": (
        b"Ensembl_Gene_ID,Symbol,nTPM_liver,nTPM_heart,FPKM_BRCA\nENSG1,A,0,2.5,7\nENSG2,B,,1e3,8\n",
        {"gene_id": "Ensembl_Gene_ID", "symbol": "Symbol", "pattern": "nTPM_(.+)"},
    ),
    "tissue_statistics": (
        h5(STATISTICS, TISSUES, GENES),
        {"value": "median", "upper": "upper_quartile", "mean": "mean"},
    ),
    "cohort_quantiles": (
        b"Ensembl_Gene_ID,Symbol,cancer_code,source_cohort,TPM_median,TPM_q1,TPM_q3,TPM_mean,n_samples,notes\n"
        b'ENSG1,A,EWS,TREEHOUSE,2.5,1,4,,101,"a, b"\nENSG1,A,MM,MMRF,3.0,2,5,3.3,764,\n'
        b"ENSG2,B,EWS,TREEHOUSE,-1,-2,0,,101,\n",
        {},
    ),
}
DELIMITED = [name for name in GOOD if name not in ("gene_ontology", "tissue_statistics")]
#: The columns that a parser cannot do without.
REQUIRED = {
    "hgnc": ["symbol", "name", "locus_type", "alias_symbol", "prev_symbol", "ensembl_gene_id"],
    "id_aliases": ["old", "new"],
    "gene_list": ["Symbol", "Ensembl_Gene_ID"],
    "surface_categories": ["Symbol", "Ensembl_Gene_ID", "Category"],
    "cd_molecules": ["symbol", "ensembl_gene_id", "cd"],
    "therapies": ["Drug", "Target", "Gene", "Area", "Trial"],
    "gene_matrix": ["Ensembl_Gene_ID", "Symbol"],
    "cohort_quantiles": [
        *("Ensembl_Gene_ID", "Symbol", "cancer_code", "source_cohort"),
        *("TPM_median", "TPM_q1", "TPM_q3", "TPM_mean", "n_samples"),
    ],
}
Parse = Callable[..., Any]
each_parser = pytest.mark.parametrize("parser", GOOD)
each_delimited = pytest.mark.parametrize("parser", DELIMITED)


@pytest.fixture
def parse(parse: Parse) -> Parse:
    """Return a function that reads bytes with the options of the good file, unless it is given others."""
    return lambda parser, data, name="a.csv", options=None, **about: parse(
        parser, data, name, about, **(GOOD[parser][1] if options is None else options)
    )


def same(first: Any, second: Any) -> bool:
    if isinstance(first, Expression):
        frames = ("value", "upper", "mean", "symbols")
        return all(getattr(first, name).equals(getattr(second, name)) for name in frames)
    pd.testing.assert_frame_equal(first, second)
    return True


# ---------------------------------------------------------------- what all have in common


def test_every_parser_is_tried_here_or_in_the_tests_of_its_module() -> None:
    beside = "".join(path.read_text(encoding="utf-8") for path in (Path(__file__).parent / "readers").glob("test_*.py"))
    untried = {parser for parser in set(READERS) - set(GOOD) if f'"{parser}"' not in beside}
    assert untried == set()
    assert set(REQUIRED) == set(DELIMITED)


@each_parser
def test_a_file_of_another_kind_is_refused(fault: Any, foreign: bytes, parser: str) -> None:
    fault(parser, foreign)


@each_parser
def test_a_truncated_gz_is_refused(fault: Any, truncated: Any, parser: str) -> None:
    fault(parser, truncated(GOOD[parser][0]), name="a.csv.gz")


@each_parser
def test_a_truncated_gz_inside_a_zip_is_refused(fault: Any, parser: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.gz", gzip.compress(GOOD[parser][0])[:-12])
    fault(parser, buffer.getvalue(), name="a.zip", member="a.gz")


@each_parser
def test_a_truncated_zip_is_refused(fault: Any, parser: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", GOOD[parser][0])
    fault(parser, buffer.getvalue()[:-30], name="a.zip", member="a.csv")


@each_parser
def test_a_gz_reads_as_the_plain_file(parse: Any, parser: str) -> None:
    data = GOOD[parser][0]
    assert same(parse(parser, gzip.compress(data), name="a.csv.gz"), parse(parser, data))


@pytest.mark.parametrize("parser", [*DELIMITED, "gene_ontology"])
def test_a_byte_order_mark_changes_nothing(parse: Any, parser: str) -> None:
    data = GOOD[parser][0]
    assert same(parse(parser, b"\xef\xbb\xbf" + data), parse(parser, data))


@each_delimited
def test_windows_line_ends_change_nothing(parse: Any, parser: str) -> None:
    data = GOOD[parser][0]
    assert same(parse(parser, data.replace(b"\n", b"\r\n")), parse(parser, data))


@pytest.mark.parametrize(("parser", "column"), [(parser, column) for parser in REQUIRED for column in REQUIRED[parser]])
def test_each_missing_column_is_refused_by_its_name(fault: Any, parser: str, column: str) -> None:
    header, body = GOOD[parser][0].split(b"\n", 1)
    separator = b"\t" if parser in ("hgnc", "cd_molecules") else b","
    names = [b"other" if name == column.encode() else name for name in header.split(separator)]
    assert column in str(fault(parser, separator.join(names) + b"\n" + body))


@each_delimited
def test_a_header_without_rows_is_refused(fault: Any, parser: str) -> None:
    assert "no rows" in fault(parser, GOOD[parser][0].split(b"\n")[0] + b"\n").problem


@each_delimited
def test_lines_with_more_cells_than_the_header_are_refused_and_never_shifted(fault: Any, parser: str) -> None:
    header, *body = GOOD[parser][0].splitlines()
    separator = b"\t" if parser in ("hgnc", "cd_molecules") else b","
    longer = [line + separator + b"surplus" for line in body]
    fault(parser, b"\n".join([header, *longer]) + b"\n")


@each_parser
@given(data=st.data())
def test_a_file_with_a_garbled_passage_is_read_or_refused(survives: Any, parser: str, data: st.DataObject) -> None:
    survives(data, GOOD[parser][0], parser, **GOOD[parser][1])


# ---------------------------------------------------------------- genes


def test_hgnc_gives_names_and_joined_aliases(parse: Any) -> None:
    assert rows(parse("hgnc", GOOD["hgnc"][0])) == [
        ("ENSG1", "TNFRSF17", "TNF receptor 17", "TNFRSF13A", "BCMA|CD269", "gene with protein product", None),
        (None, "NOBODY", "nobody", None, None, "unknown", None),
    ]


def test_id_aliases_leave_out_ids_without_a_replacement(parse: Any) -> None:
    frame = parse("id_aliases", GOOD["id_aliases"][0])
    assert (list(frame.columns), rows(frame)) == (["retired", "current"], [("ENSG9", "ENSG1")])


def test_a_gene_list_gives_its_vote_to_every_gene(parse: Any) -> None:
    frame = parse("gene_list", GOOD["gene_list"][0])
    assert list(frame.columns) == ["gene_id", "symbol", "voter", "kind", "statement"]
    assert rows(frame) == [("ENSG1", "A", "CSPA", "experimental", "seen"), (None, "B", "CSPA", "experimental", "seen")]


def test_a_gene_list_without_a_vote_is_only_genes(parse: Any) -> None:
    assert rows(parse("gene_list", GOOD["gene_list"][0], options={})) == [("ENSG1", "A"), (None, "B")]


def test_symbols_that_look_like_missing_values_or_numbers_stay_text(parse: Any) -> None:
    frame = parse("gene_list", b"Symbol,Ensembl_Gene_ID\nNAN,ENSG1\n1433,ENSG2\n", options={})
    assert frame["symbol"].tolist() == ["NAN", "1433"]


# ---------------------------------------------------------------- votes


def test_each_category_gives_its_own_vote(parse: Any) -> None:
    assert rows(parse("surface_categories", GOOD["surface_categories"][0])) == [
        ("ENSG1", "A", "CSPA", "experimental", "seen"),
        ("ENSG2", "B", "SURFY", "prediction", "predicted"),
    ]


def test_an_unknown_category_is_refused_by_its_name(fault: Any) -> None:
    error = fault("surface_categories", b"Symbol,Ensembl_Gene_ID,Category\nA,ENSG1,seen\nB,ENSG2,hoped\n")
    assert (error.problem, error.field) == ("unknown category: hoped", "Category")


def test_an_empty_category_is_refused_by_its_column(fault: Any) -> None:
    error = fault("surface_categories", b"Symbol,Ensembl_Gene_ID,Category\nA,ENSG1,seen\nB,ENSG2,\n")
    assert error.field == "Category"


def test_role_of_the_term_and_code_of_the_evidence_decide_what_the_ontology_says(parse: Any) -> None:
    found = parse("gene_ontology", GOOD["gene_ontology"][0])
    assert rows(found) == [
        ("ENSG1", None, "GO", "experimental", "cell surface (IDA)"),
        ("ENSG1", None, "GO", "prediction", "cell surface (IEA)"),
        ("ENSG1", None, "GO organelle", "against", "Golgi apparatus (IDA)"),
        ("ENSG2", None, "GO", "membrane", "plasma membrane (IDA); plasma membrane (TAS)"),
        ("ENSG2", None, "GO", "prediction", "cell surface (IEA)"),
        ("ENSG3", None, "GO", "membrane", "plasma membrane (IDA)"),
        ("ENSG4", None, "GO organelle", "against", "Golgi apparatus (IDA)"),
        ("ENSG6", None, "GO", "secreted", "extracellular space (IDA)"),
    ]
    assert found.attrs["covered"] == {f"ENSG{n}" for n in range(1, 8)}


def test_a_curator_who_says_outside_annotates(parse: Any) -> None:
    ontology = {"GO:1": {"name": "cell surface", "genes": {"TAS": ["ENSG1"]}}, "GO:2": {"name": "x", "genes": {}}}
    options = {**GOOD["gene_ontology"][1], "inside_terms": [], "secreted_terms": [], "anchor_terms": []}
    found = parse("gene_ontology", json.dumps(ontology).encode(), options=options)
    assert rows(found) == [("ENSG1", None, "GO", "annotation", "cell surface (TAS)")]


def test_a_cd_number_or_a_place_among_cd_molecules_is_an_experimental_vote(parse: Any) -> None:
    file = GOOD["cd_molecules"][0]
    bind = "antibodies of the HLDA workshops bind it on cells"
    assert rows(parse("cd_molecules", file)) == [
        ("ENSG1", "A", "HLDA", "experimental", f"CD1: {bind}"),
        ("ENSG2", "B", "HLDA", "experimental", f"CD molecule: {bind}"),
    ]
    assert len(parse("cd_molecules", file.replace(b"gene_family", b"gene_group"))) == 2


def test_a_complete_set_without_a_cd_molecule_is_refused(fault: Any) -> None:
    file = GOOD["cd_molecules"][0].replace(b"CD molecules", b"Others").replace(b"CD1", b"")
    assert fault("cd_molecules", file).field == "cd"


def test_a_term_that_is_not_in_the_ontology_is_refused_by_its_id(fault: Any) -> None:
    options = GOOD["gene_ontology"][1] | {"membrane_terms": ["GO:9"]}
    assert fault("gene_ontology", GOOD["gene_ontology"][0], options=options).field == "GO:9"


@pytest.mark.parametrize(
    "ontology",
    [[], 3, "GO:1", {"GO:1": "cell surface"}, {"GO:1": {"name": "x"}}, {"GO:1": {"name": "x", "genes": ["ENSG1"]}}],
)
def test_json_that_is_no_ontology_is_refused(fault: Any, ontology: object) -> None:
    fault("gene_ontology", json.dumps(ontology).encode())


# ---------------------------------------------------------------- therapies


def targets(parse: Any, symbols: str, gene_ids: str) -> list[tuple[Any, ...]]:
    text = f'Drug,Target,Gene,Area,Trial\nx,"{symbols}","{gene_ids}",y,z\n'
    return rows(parse("therapies", text.encode())[["symbol", "gene_id"]])


def test_each_target_of_an_agent_gets_a_row_and_an_agent_without_a_target_none(parse: Any) -> None:
    frame = parse("therapies", GOOD["therapies"][0])
    assert rows(frame[["agent", "symbol", "gene_id", "disease", "reference", "therapy", "status"]]) == [
        ("x-cel", "A", "ENSG1", "myeloma", "NCT1", "CAR-T", "trial"),
        ("y-mab", "A", "ENSG1", None, "NCT2", "CAR-T", "trial"),
        ("y-mab", "B", "ENSG2", None, "NCT2", "CAR-T", "trial"),
    ]


@pytest.mark.parametrize(
    ("symbols", "gene_ids", "pairs"),
    [
        ("A;B", "ENSG1;ENSG2", [("A", "ENSG1"), ("B", "ENSG2")]),
        (" A ; B ;", "ENSG1 ; ENSG2", [("A", "ENSG1"), ("B", "ENSG2")]),
        ("A;B", "", [("A", None), ("B", None)]),
        ("", "ENSG1;ENSG2", [(None, "ENSG1"), (None, "ENSG2")]),
        ("A;B;C", "ENSG1", [(None, "ENSG1")]),
    ],
)
def test_targets_are_paired_with_ids_where_they_match_and_never_crossed(
    parse: Any, symbols: str, gene_ids: str, pairs: list[tuple[str | None, str | None]]
) -> None:
    assert targets(parse, symbols, gene_ids) == pairs


def test_therapies_without_a_column_of_ids_go_by_symbol(parse: Any) -> None:
    options = {name: value for name, value in GOOD["therapies"][1].items() if name != "gene_ids"}
    assert rows(parse("therapies", GOOD["therapies"][0], options=options)[["symbol", "gene_id"]]) == [
        ("A", None),
        ("A", None),
        ("B", None),
    ]


def test_a_table_of_therapies_without_any_target_is_not_told_as_damaged(fault: Any) -> None:
    data = b"Drug,Target,Gene,Area,Trial\nx,,,y,z\n"
    assert "damaged" not in str(fault("therapies", data))


# ---------------------------------------------------------------- normal atlases


def test_a_matrix_keeps_the_columns_of_its_pattern_and_missing_cells_missing(parse: Any) -> None:
    found = parse("gene_matrix", GOOD["gene_matrix"][0])
    assert list(found.value.columns) == ["liver", "heart"]
    assert found.value.index.tolist() == ["ENSG1", "ENSG2"]
    assert rows(found.value) == [(0.0, 2.5), (None, 1000.0)]
    assert found.symbols.to_dict() == {"ENSG1": "A", "ENSG2": "B"}
    assert found.upper.equals(found.value)
    assert found.mean.equals(found.value)


def test_a_matrix_without_a_column_of_the_pattern_is_refused(fault: Any) -> None:
    options = {"gene_id": "Ensembl_Gene_ID", "pattern": "TPM_(.+)"}
    assert "TPM_" in fault("gene_matrix", GOOD["gene_matrix"][0], options=options).problem


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("abc", "not a number: 'abc'"),
        ("-0.5", "negative expression: '-0.5'"),
        ("inf", "infinite expression: 'inf'"),
        ("1e999", "not a number: '1e999'"),
        ("-inf", "negative expression: '-inf'"),
    ],
)
def test_a_wrong_cell_of_a_matrix_is_refused_by_line_and_column(fault: Any, cell: str, problem: str) -> None:
    text = f"Ensembl_Gene_ID,Symbol,liver,heart\nENSG1,A,1,2\nENSG2,B,1,2\nENSG3,C,1,{cell}\nENSG4,D,1,2\n"
    error = fault("gene_matrix", text.encode(), options={"symbol": "Symbol"})
    assert (error.problem, error.field) == (f"{problem} in line 4", "heart")


def test_a_gene_that_occurs_twice_in_a_matrix_is_refused_by_its_id(fault: Any) -> None:
    data = b"Ensembl_Gene_ID,Symbol,liver\nENSG1,A,1\nENSG2,B,1\nENSG1,A,3\n"
    assert fault("gene_matrix", data, options={}).problem == "occurs twice: 'ENSG1' in line 4"


def test_statistics_in_hdf5_are_read_by_role(parse: Any) -> None:
    found = parse("tissue_statistics", GOOD["tissue_statistics"][0], name="a.h5")
    for role, name in (("value", "median"), ("upper", "upper_quartile"), ("mean", "mean")):
        frame = getattr(found, role)
        assert (list(frame.columns), frame.index.tolist()) == (TISSUES, GENES)
        assert frame.to_numpy().tolist() == STATISTICS[name]
    assert found.symbols.isna().all()


def test_skipped_labels_are_gone_and_labels_without_an_upper_tail_use_the_central_value(parse: Any) -> None:
    found = parse(
        "tissue_statistics",
        GOOD["tissue_statistics"][0],
        skip_labels={"Bone Marrow": "a cell line"},
        no_upper_labels={"Blood": "cell lines"},
    )
    assert list(found.value.columns) == list(found.upper.columns) == list(found.mean.columns) == ["Liver", "Blood"]
    assert found.upper["Blood"].tolist() == [2.0, 5.0]
    assert found.upper["Liver"].tolist() == [2.0, 1.0]


@pytest.mark.parametrize("option", ["skip_labels", "no_upper_labels"])
def test_a_label_of_the_registry_that_the_file_lacks_is_refused_and_not_as_a_damaged_file(
    fault: Any, option: str
) -> None:
    told = str(fault("tissue_statistics", GOOD["tissue_statistics"][0], **{option: {"Bonemarrow": "typo"}}))
    assert "Bonemarrow" in told
    assert "damaged" not in told


def test_a_missing_statistic_is_refused_by_its_name(fault: Any) -> None:
    data = h5({name: STATISTICS[name] for name in ("median", "mean")}, TISSUES, GENES)
    assert "upper_quartile" in str(fault("tissue_statistics", data))


@pytest.mark.parametrize("value", [-1.0, np.inf])
def test_a_wrong_cell_of_a_statistic_is_refused_by_gene_and_tissue(fault: Any, value: float) -> None:
    for statistic in STATISTICS:
        values = np.array(STATISTICS[statistic])
        values[1, 0] = value
        told = str(fault("tissue_statistics", h5(STATISTICS | {statistic: values}, TISSUES, GENES)))
        assert "Liver" in told
        assert GENES[1] in told


@pytest.mark.parametrize(
    "frames",
    [
        STATISTICS | {"mean": [[1.0, 2.0]]},
        STATISTICS | {"mean": 5.0},
        STATISTICS | {"mean": np.array([["a", "b", "c"], ["d", "e", "f"]], dtype="S")},
    ],
    ids=["too few values", "one value", "text"],
)
def test_a_statistic_of_another_shape_or_dtype_is_refused(fault: Any, frames: dict[str, Any]) -> None:
    fault("tissue_statistics", h5(frames, TISSUES, GENES))


def test_a_statistic_that_is_no_pandas_frame_is_refused(fault: Any) -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as store:
        for name in STATISTICS:
            store[name] = [1.0, 2.0]
    fault("tissue_statistics", buffer.getvalue())


def test_statistics_whose_genes_stand_in_another_order_are_matched_by_gene(parse: Any) -> None:
    buffer = io.BytesIO(h5(STATISTICS, TISSUES, GENES))
    with h5py.File(buffer, "r+") as store:
        group = store["upper_quartile"]
        group["axis1"][...] = group["axis1"][...][::-1]
        group["block0_values"][...] = group["block0_values"][...][::-1]
    found = parse("tissue_statistics", buffer.getvalue())
    assert found.value.index.tolist() == found.upper.index.tolist() == GENES
    assert found.upper.to_numpy().tolist() == STATISTICS["upper_quartile"]


def test_a_gene_that_occurs_twice_in_a_statistic_is_refused(fault: Any) -> None:
    error = fault("tissue_statistics", h5(STATISTICS, TISSUES, [GENES[0], GENES[0]]))
    assert error.problem == f"gene occurs twice: {GENES[0]}"


def test_a_truncated_hdf5_is_refused(fault: Any) -> None:
    data = GOOD["tissue_statistics"][0]
    fault("tissue_statistics", data[: len(data) // 2])


# ---------------------------------------------------------------- tumour cohorts


HEAD = "Ensembl_Gene_ID,Symbol,cancer_code,source_cohort,TPM_q1,TPM_median,TPM_q3,TPM_mean,n_samples\n"
ROW = "ENSG{i},S{i},EWS,TREEHOUSE,1,2,3,,101\n"


def with_line_four(line: str) -> bytes:
    return (HEAD + ROW.format(i=1) + ROW.format(i=2) + line + "\n" + ROW.format(i=4)).encode()


def test_cohorts_are_read_by_column_name_with_a_missing_mean_missing(parse: Any) -> None:
    frame = parse("cohort_quantiles", GOOD["cohort_quantiles"][0])
    assert list(frame.columns) == ["gene_id", "symbol", "cohort", "study", "q1", "median", "q3", "mean", "n"]
    assert rows(frame) == [
        ("ENSG1", "A", "EWS", "TREEHOUSE", 1.0, 2.5, 4.0, None, 101.0),
        ("ENSG1", "A", "MM", "MMRF", 2.0, 3.0, 5.0, 3.3, 764.0),
        ("ENSG2", "B", "EWS", "TREEHOUSE", -2.0, -1.0, 0.0, None, 101.0),
    ]


def test_negative_quartiles_are_read_because_their_scale_is_judged_later(parse: Any) -> None:
    frame = parse("cohort_quantiles", with_line_four("ENSG3,S3,EWS,TREEHOUSE,-70.5,-2,3,,101"))
    assert frame["q1"].tolist() == [1.0, 1.0, -70.5, 1.0]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("ENSG3,S3,EWS,TREEHOUSE,abc,2,3,,101", "TPM_q1"),
        ("ENSG3,S3,EWS,TREEHOUSE,1,abc,3,,101", "TPM_median"),
        ("ENSG3,S3,EWS,TREEHOUSE,1,2,3,abc,101", "TPM_mean"),
        ("ENSG3,S3,EWS,TREEHOUSE,1,2,3,,many", "n_samples"),
        ("ENSG3,S3,EWS,TREEHOUSE,inf,2,3,,101", "TPM_q1"),
        ("ENSG3,S3,EWS,TREEHOUSE,1,,3,,101", "TPM_median"),
        ("ENSG3,S3,EWS,TREEHOUSE,1,2,nan,,101", "TPM_q3"),
        ("ENSG3,S3,EWS,TREEHOUSE,1,2,3,,0", "n_samples"),
        ("ENSG3,S3,EWS,TREEHOUSE,1,2,3,,", "n_samples"),
        ("ENSG3,S3,EWS,TREEHOUSE,1,2,3,inf,101", "TPM_mean"),
    ],
    ids=lambda value: value.split("TREEHOUSE,")[-1],
)
def test_a_wrong_cell_of_a_cohort_table_is_refused_by_line_and_column(fault: Any, line: str, column: str) -> None:
    told = str(fault("cohort_quantiles", with_line_four(line)))
    assert column in told
    assert "line 4" in told.lower() or "row #4" in told.lower()


def test_quartiles_that_are_not_in_order_are_refused_by_line(fault: Any) -> None:
    for quartiles in ("3,2,4", "1,4,3"):
        error = fault("cohort_quantiles", with_line_four(f"ENSG3,S3,EWS,TREEHOUSE,{quartiles},,101"))
        assert "line 4" in error.problem


def test_a_line_with_too_few_cells_is_refused(fault: Any) -> None:
    fault("cohort_quantiles", with_line_four("ENSG3,S3,EWS"))


def test_a_gene_that_occurs_twice_in_one_cohort_is_refused_by_its_line(fault: Any) -> None:
    error = fault("cohort_quantiles", with_line_four("ENSG2,S2,EWS,TREEHOUSE,7,8,9,,101"))
    assert "line 4" in error.problem
    assert error.field == "Ensembl_Gene_ID"


@pytest.mark.parametrize(
    "line", [",S3,EWS,TREEHOUSE,1,2,3,,101", "ENSG3,S3,,TREEHOUSE,1,2,3,,101"], ids=["gene id", "cohort"]
)
def test_a_row_without_a_gene_id_or_a_cohort_is_refused_by_its_line(fault: Any, line: str) -> None:
    assert "line 4" in str(fault("cohort_quantiles", with_line_four(line)))
