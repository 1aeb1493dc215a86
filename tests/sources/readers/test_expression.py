"""Normal expression: each official format is read right, and whatever is wrong with a file is told by place and remedy.

`gene_matrix` was tried on real files: the wide tables of HPA v20 and v21.1 (own, GTEx, FANTOM5, consensus, blood
cells) and GTEx v6 by recount2, and on the HPA v23 tables of the wheel (tests/test_real_data.py). `hpa_expression` and
`gtex_median_gct` were tried on fixtures in the exact format only, and on a real wide table written in that format.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.sources.readers import Expression, read

TISSUE = (
    "Gene\tGene name\tTissue\tnTPM\n"
    "ENSG00000000003\tTSPAN6\tadipose tissue\t29.6\n"
    "ENSG00000000003\tTSPAN6\theart muscle\t\n"
    "ENSG00000000005\tTNMD\tadipose tissue\t21.1\n"
    "ENSG00000000005\tTNMD\theart muscle\t0.0\n"
)
MATRIX = "gene,liver_1,liver_2,heart_1\nENSG00000000003,1,3,5\nENSG00000000005,0,,2e1\n"
GCT = (
    "#1.2\n2\t3\nName\tDescription\tAdipose - Subcutaneous\tLiver\tWhole Blood\n"
    "ENSG00000002586.20\tCD99\t10.5\t2\t0\n"
    "ENSG00000002586.20_PAR_Y\tCD99\t0\t0\t0\n"
)
#: parser -> (a good file, options, a line of it to spoil, the column of that line's last cell)
GOOD: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "hpa_expression": (TISSUE, {"label": "Tissue", "value": "nTPM"}, "heart muscle\t0.0", "nTPM"),
    "gene_matrix": (MATRIX, {"pattern": r"(.+)_\d+"}, "5,0,,2e1", "heart_1"),
    "gtex_median_gct": (GCT, {}, "PAR_Y\tCD99\t0\t0\t0", "Whole Blood"),
}
each = pytest.mark.parametrize("parser", GOOD)
Parse = Callable[..., Expression]


@pytest.fixture
def parse(parse: Parse) -> Parse:
    """Return a function that reads text with the options of the good file, unless it is given others."""
    return lambda parser, data, name="a.tsv", options=None, **about: parse(
        parser, data, name, {"provides": "normal_bulk", **about}, **(GOOD[parser][1] if options is None else options)
    )


def cells(frame: pd.DataFrame) -> dict[str, list[float | None]]:
    return {str(label): [None if np.isnan(x) else x for x in column] for label, column in frame.items()}


# ---------------------------------------------------------------- what is read


def test_a_long_table_becomes_genes_by_labels_with_empty_cells_missing(parse: Parse) -> None:
    found = parse("hpa_expression", TISSUE)
    assert cells(found.value) == {"adipose tissue": [29.6, 21.1], "heart muscle": [None, 0.0]}
    assert found.symbols.to_dict() == {"ENSG00000000003": "TSPAN6", "ENSG00000000005": "TNMD"}
    assert found.upper.equals(found.value)
    assert found.donors is None


@pytest.mark.parametrize(
    ("header", "label", "value"),
    [
        ("Tissue\tTPM\tpTPM\tnTPM", "Tissue", "nTPM"),
        ("Cell type\tTPM\tpTPM\tnTPM", "Cell type", "pTPM"),
        ("Blood cell\tTPM\tpTPM\tnTPM", "Blood cell", "TPM"),
        ("Immune cell\tTPM\tpTPM\tnTPM", "Immune cell", "nTPM"),
        (
            "Tissue\tTags per million\tScaled tags per million\tNormalized tags per million",
            "Tissue",
            "Scaled tags per million",
        ),
    ],
)
def test_every_long_table_of_the_atlas_is_read_by_the_names_of_its_columns(
    parse: Parse, header: str, label: str, value: str
) -> None:
    data = f"Gene\tGene name\t{header}\nENSG00000000003\tTSPAN6\tnaive B-cell\t1.5\t2.5\t3.5\n"
    expected = [1.5, 2.5, 3.5][header.split("\t").index(value) - 1]
    found = parse("hpa_expression", data, options={"label": label, "value": value})
    assert cells(found.value) == {"naive B-cell": [expected]}


def test_a_gene_without_a_line_for_a_label_is_missing_there_and_not_zero(parse: Parse) -> None:
    without = TISSUE.replace("ENSG00000000005\tTNMD\theart muscle\t0.0\n", "")
    assert cells(parse("hpa_expression", without).value)["heart muscle"] == [None, None]


def test_the_long_and_the_wide_form_of_a_table_are_one(parse: Parse) -> None:
    wide = "Gene\tGene.name\tadipose tissue\theart muscle\n"
    wide += "ENSG00000000003\tTSPAN6\t29.6\t\nENSG00000000005\tTNMD\t21.1\t0.0\n"
    found = parse("gene_matrix", wide, options={"symbol": "Gene.name"})
    long = parse("hpa_expression", TISSUE)
    pd.testing.assert_frame_equal(found.value, long.value)
    assert found.symbols.to_dict() == long.symbols.to_dict()


def test_a_member_of_a_zip_and_a_gz_read_as_the_plain_file(parse: Parse) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rna_tissue_consensus.tsv", TISSUE)
    plain = parse("hpa_expression", TISSUE)
    zipped = parse("hpa_expression", buffer.getvalue(), "a.tsv.zip", member="rna_tissue_consensus.tsv")
    packed = parse("hpa_expression", gzip.compress(TISSUE.encode()), "a.tsv.gz")
    assert plain.value.equals(zipped.value)
    assert plain.value.equals(packed.value)


def test_samples_of_one_label_become_median_mean_tail_and_donors(parse: Parse) -> None:
    found = parse("gene_matrix", MATRIX)
    assert cells(found.value) == {"liver": [2.0, 0.0], "heart": [5.0, 20.0]}
    assert cells(found.upper) == {"liver": [3.0, 0.0], "heart": [5.0, 20.0]}
    assert found.donors is not None
    assert found.donors.to_dict() == {"liver": 2, "heart": 1}


def test_of_five_samples_the_90th_percentile_is_the_upper_tail(parse: Parse) -> None:
    header = "Names " + " ".join(f"Brain.{i}wpc.Male.1" for i in (4, 5, 6, 7, 8)) + " Length"
    data = header + "\nENSG00000000003 0 10 20 30 80 2000\n"
    options = {"separator": " ", "pattern": r"(\w+)\.\w+\.(?:Male|Female)\.\d+"}
    found = parse("gene_matrix", data, options=options)
    assert (cells(found.value), cells(found.mean)) == ({"Brain": [20.0]}, {"Brain": [28.0]})
    assert cells(found.upper) == {"Brain": [pytest.approx(60.0)]}  # 30 + 0.6 × (80 − 30)


@given(
    values=st.lists(st.lists(st.floats(0, 1e6), min_size=7, max_size=7), min_size=1, max_size=4),
    sizes=st.permutations([1, 2, 4]),
)
def test_statistics_over_samples_are_those_of_numpy(
    tmp_path_factory: pytest.TempPathFactory, entry: Any, values: list[list[float]], sizes: list[int]
) -> None:
    labels = [f"{name}_{i}" for name, size in zip("abc", sizes, strict=True) for i in range(size)]
    frame = pd.DataFrame(values, columns=labels, index=[f"ENSG{i:011d}" for i in range(len(values))])
    path = tmp_path_factory.getbasetemp() / "samples.csv"
    frame.to_csv(path, index_label="gene")
    found = read(entry("gene_matrix", **GOOD["gene_matrix"][1]), path)
    for name in "abc":
        part = frame.filter(regex=f"^{name}_").to_numpy()
        np.testing.assert_allclose(found.value[name], np.median(part, axis=1))
        np.testing.assert_allclose(found.mean[name], np.mean(part, axis=1))
        np.testing.assert_allclose(found.upper[name], np.max(part, axis=1))
        assert found.donors[name] == part.shape[1]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_of_a_matrix_is_seen_from_its_header(parse: Parse, separator: str) -> None:
    assert cells(parse("gene_matrix", MATRIX.replace(",", separator)).value)["liver"] == [2.0, 0.0]


def test_a_matrix_may_be_indexed_by_symbols(parse: Parse) -> None:
    data = "gene,liver,heart\nTNFRSF17,1,2\nC1orf112,3,4\n1433,5,6\n"
    found = parse("gene_matrix", data, options={"ids": "symbol"})
    assert found.value.index.tolist() == found.symbols.tolist() == ["TNFRSF17", "C1orf112", "1433"]
    assert found.donors is None


def test_cells_may_be_quoted(parse: Parse) -> None:
    data = '"gene","symbol","liver"\n"ENSG00000000003","A, of old",3\n'
    found = parse("gene_matrix", data, options={"symbol": "symbol"})
    assert found.symbols.tolist() == ["A, of old"]


def test_medians_of_gtex_keep_versions_and_copies_on_y(parse: Parse) -> None:
    found = parse("gtex_median_gct", GCT)
    assert found.value.index.tolist() == ["ENSG00000002586.20", "ENSG00000002586.20_PAR_Y"]
    assert cells(found.value) == {"Adipose - Subcutaneous": [10.5, 0.0], "Liver": [2.0, 0.0], "Whole Blood": [0.0, 0.0]}
    assert found.symbols.tolist() == ["CD99", "CD99"]


@each
def test_labels_of_the_registry_are_skipped_or_lose_their_upper_tail(parse: Parse, fault: Any, parser: str) -> None:
    data = GOOD[parser][0]
    whole = parse(parser, data)
    first, *others = whole.value.columns
    found = parse(parser, data, skip_labels={first: "a cell line"}, no_upper_labels={others[0]: "cell lines"})
    assert list(found.value) == list(found.upper) == list(found.mean) == others
    assert found.upper[others[0]].equals(whole.value[others[0]])
    assert fault(parser, data, skip_labels={"Bonemarrow": "typo"}).field == "Bonemarrow"


# ---------------------------------------------------------------- what is refused


@each
def test_a_truncated_gz_is_refused(fault: Any, truncated: Any, parser: str) -> None:
    assert "truncated" in fault(parser, truncated(GOOD[parser][0].encode()), name="a.gz").problem


@each
def test_a_file_that_was_cut_in_a_line_is_refused_by_that_line(fault: Any, parser: str) -> None:
    data = GOOD[parser][0]
    cut = data[: max(data.rstrip("\n").rfind(sign) for sign in "\t,")]
    assert f"in line {data.count(chr(10))}," in fault(parser, cut).problem


@each
def test_another_separator_in_the_body_is_refused_by_its_line(fault: Any, parser: str) -> None:
    lines = GOOD[parser][0].splitlines()
    lines[-1] = lines[-1].replace("\t", " ").replace(",", " ")
    assert f"1 cells in line {len(lines)}" in fault(parser, "\n".join(lines)).problem


@each
def test_a_header_that_lacks_the_name_of_the_first_column_is_refused_by_the_line_below(fault: Any, parser: str) -> None:
    lines = GOOD[parser][0].splitlines()
    at = 2 if parser == "gtex_median_gct" else 0
    lines[at] = lines[at].split("\t" if "\t" in lines[at] else ",", 1)[1]
    assert f"in line {at + 2}, where the header has" in fault(parser, "\n".join(lines)).problem


@each
@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("-0.5", "negative expression: '-0.5'"),
        ("abc", "not a number: 'abc'"),
        ("1,5", "not a number: '1,5'"),
        ("inf", "infinite expression: 'inf'"),
    ],
)
def test_a_wrong_cell_is_refused_by_line_and_column(fault: Any, parser: str, cell: str, problem: str) -> None:
    data, _, line, column = GOOD[parser]
    spoilt = line[: max(line.rfind(sign) for sign in "\t,") + 1] + (f'"{cell}"' if "," in cell else cell)
    assert line in data
    error = fault(parser, data.replace(line, spoilt))
    number = data[: data.index(line)].count("\n") + 1
    assert (error.problem, error.field) == (f"{problem} in line {number}", column)


@pytest.mark.parametrize(
    ("parser", "old", "new", "told"),
    [
        ("hpa_expression", "heart muscle\t0.0", "adipose tissue\t0.0", "'ENSG00000000005' in line 5"),
        ("gene_matrix", "00005,", "00003,", "'ENSG00000000003' in line 3"),
        ("gtex_median_gct", "20_PAR_Y", "20", "'ENSG00000002586.20' in line 5"),
        ("hpa_expression", "ENSG00000000005\tTNMD\tadi", "\tTNMD\tadi", "empty cell in line 4"),
        ("gene_matrix", "\nENSG00000000005", "\n", "empty cell in line 3"),
    ],
)
def test_a_gene_that_occurs_twice_or_has_no_id_is_refused_by_its_line(
    fault: Any, parser: str, old: str, new: str, told: str
) -> None:
    assert old in GOOD[parser][0]
    assert told in fault(parser, GOOD[parser][0].replace(old, new, 1)).problem


@each
def test_genes_of_the_mouse_are_refused_by_their_line(fault: Any, parser: str) -> None:
    data = GOOD[parser][0].replace("ENSG00", "ENSMUSG00")
    line = 4 if parser == "gtex_median_gct" else 2
    assert f"in line {line}" in fault(parser, data).problem


def test_symbols_of_the_mouse_are_refused(fault: Any) -> None:
    data = "gene,liver\nTnfrsf17,1\nCd19,2\nH19,3\n"
    assert "'Tnfrsf17' in line 2" in fault("gene_matrix", data, options={"ids": "symbol"}).problem


def test_symbols_where_ids_should_be_are_refused_with_the_option_that_helps(fault: Any) -> None:
    error = fault("gene_matrix", "gene,liver\nCD19,1\nCD22,2\n", options={})
    assert "'CD19' in line 2" in error.problem
    assert 'ids = "symbol"' in error.remedy


@each
@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("", ""),
        ("\n", ""),
        ("<!DOCTYPE html>\n<html><body>404, not found</body></html>\n", "<!DOCTYPE html>"),
        ("once upon a time\nthere was\na,file\n", ""),
        (bytes(range(256)) * 4, ""),
    ],
    ids=["empty", "one line end", "web page", "another text", "binary"],
)
def test_a_file_of_another_kind_is_refused(fault: Any, parser: str, data: str | bytes, problem: str) -> None:
    assert problem in fault(parser, data).problem


@each
def test_a_header_without_rows_is_refused(fault: Any, parser: str) -> None:
    lines = 3 if parser == "gtex_median_gct" else 1
    assert "no rows" in fault(parser, "".join(GOOD[parser][0].splitlines(True)[:lines])).problem


@pytest.mark.parametrize(
    ("parser", "old", "new", "field"),
    [
        ("hpa_expression", "Gene name", "Symbol", "Gene name"),
        ("hpa_expression", "nTPM", "NX", "nTPM"),
        ("hpa_expression", "\tTissue", "\tCell type", "Tissue"),
        ("gtex_median_gct", "Description", "Symbol", "Description"),
        ("gtex_median_gct", "Whole Blood", "Liver", "Liver"),
        ("gene_matrix", "liver_2", "liver_1", "liver_1"),
    ],
)
def test_a_missing_or_doubled_column_is_refused_by_its_name(
    fault: Any, parser: str, old: str, new: str, field: str
) -> None:
    assert fault(parser, GOOD[parser][0].replace(old, new, 1)).field == field


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"pattern": "(spleen)_1"}, "options.pattern"),
        ({"pattern": "(liver"}, "options.pattern"),
        ({"ids": "entrez"}, "options.ids"),
        ({"gene_id": "gene", "symbol": "name"}, "name"),
        ({"separator": "|"}, "options.pattern"),
    ],
)
def test_an_option_that_does_not_fit_the_file_is_refused_by_its_name(
    fault: Any, options: dict[str, str], field: str
) -> None:
    assert fault("gene_matrix", MATRIX, options=options).field == field


@pytest.mark.parametrize(("old", "new"), [("#1.2", "#1.3"), ("2\t3", "3\t3"), ("2\t3", "2\t4"), ("2\t3", "2")])
def test_a_gct_that_is_not_what_its_first_lines_say_is_refused(fault: Any, old: str, new: str) -> None:
    assert "line" in fault("gtex_median_gct", GCT.replace(old, new, 1)).problem


def atlas(values: np.ndarray) -> str:
    frame = pd.DataFrame(values, [f"ENSG{i:011d}" for i in range(len(values))], ["liver", "heart"])
    return frame.round(4).to_csv(index_label="gene")


def test_logarithms_are_refused_by_the_label_and_linear_values_are_not(parse: Parse, fault: Any) -> None:
    linear = np.random.default_rng(1).lognormal(1, 2, (1500, 2))
    assert parse("gene_matrix", atlas(linear), options={}).value.shape == (1500, 2)
    logged = np.column_stack([linear[:, 0], np.log2(linear[:, 1] + 1)])
    error = fault("gene_matrix", atlas(logged), options={})
    assert error.field == "heart"
    assert "log-transformed" in error.problem
    assert "linear" in error.remedy


def test_a_label_whose_logarithms_are_skipped_does_not_matter(parse: Parse) -> None:
    linear = np.random.default_rng(1).lognormal(1, 2, (1500, 2))
    linear[:, 1] = np.log2(linear[:, 1] + 1)
    assert list(parse("gene_matrix", atlas(linear), options={}, skip_labels={"heart": "log"}).value) == ["liver"]


# ---------------------------------------------------------------- real files


WIDE = {
    "rna_bulk/hpa_v20_rna_tissue_hpa_TPM.tsv.gz": (19670, 37, 0),
    "rna_bulk/hpa_v21.1_fantom5_normTPM.tsv.gz": (18156, 60, 0),
    "rna_bulk/hpa_v21.1_gtex_TPM.tsv.gz": (20090, 37, 11736),
    "rna_bulk/hpa_v21.1_rna_tissue_consensus_nTPM.tsv.gz": (20090, 54, 652),
    "rna_bulk/gtex_v6_recount2_tpm_upper_quartile.tsv.gz": (57992, 31, 0),
    "rna_cell/hpa_v20_rna_blood_cell_NX_cfDNA.tsv.gz": (19670, 19, 0),
}


@pytest.mark.parametrize("file", WIDE)
def test_a_real_wide_table_is_read_whole_with_its_missing_cells(parse: Parse, shared_data: Path, file: str) -> None:
    options = {"symbol": "Gene.name"} if "rna_bulk/hpa" in file else {}
    found = parse("gene_matrix", shared_data / file, options=options)
    genes, labels, missing = WIDE[file]
    assert found.value.shape == (genes, labels)
    assert int(found.value.isna().to_numpy().sum()) == missing


def test_a_real_table_that_is_no_expression_is_refused(refusal: Any, shared_data: Path) -> None:
    path = shared_data / "rna_bulk/gtex_v6_recount2_tpm_fraction_zero.tsv.gz"
    assert "log-transformed" in refusal("gene_matrix", path, options={})


def test_a_real_table_written_in_the_long_form_and_as_gct_is_read_back(
    parse: Parse, shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "rna_bulk/hpa_v21.1_rna_tissue_consensus_nTPM.tsv.gz"
    wide = pd.read_csv(path, sep="\t", nrows=4000).rename(columns={"Gene.name": "Gene name"})
    values = wide.set_index("Gene").drop(columns="Gene name")
    long = wide.melt(["Gene", "Gene name"], var_name="Tissue", value_name="nTPM").sort_values(["Gene", "Tissue"])
    long.to_csv(tmp_path / "long.tsv", sep="\t", index=False)
    gct = wide.rename(columns={"Gene": "Name", "Gene name": "Description"}).to_csv(sep="\t", index=False)
    (tmp_path / "medians.gct").write_text(f"#1.2\n{len(wide)}\t{values.shape[1]}\n{gct}", encoding="utf-8")
    found = parse("hpa_expression", tmp_path / "long.tsv").value
    np.testing.assert_array_equal(found.loc[values.index, values.columns], values)
    np.testing.assert_array_equal(parse("gtex_median_gct", tmp_path / "medians.gct").value, values)
