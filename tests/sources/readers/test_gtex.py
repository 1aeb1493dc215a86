"""Samples by tissue: equal to numpy on every statistic, exact to the last bit, and told by line where a file is wrong.

No real file of samples could be had: the fixtures are made up in the exact format of GTEx (gct 1.2, sample attributes).
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targetfinder.errors import InputError
from targetfinder.sources.readers import _decimals, _gct, gtex
from targetfinder.sources.readers._decimals import BadCell, parse_line

ATTRIBUTES = "attributes.txt"
TISSUES = {"Liver": 40, "Brain - Cortex": 23, "Kidney - Medulla": 1, "Lung": 2}
SAMPLES = [
    (f"GTEX-{1000 + index % 37}X-{index:04d}-SM-A{index}", tissue)
    for index, tissue in enumerate(np.random.default_rng(5).permutation(np.repeat([*TISSUES], [*TISSUES.values()])))
]
GENES = 200
Parse = Callable[..., Any]


def gct(rows: list[list[str]], samples: list[str]) -> bytes:
    """Write rows (Name, Description, values) as gct 1.2."""
    lines = [["#1.2"], [str(len(rows)), str(len(samples))], ["Name", "Description", *samples], *rows]
    return "".join("\t".join(line) + "\n" for line in lines).encode()


def texts(rng: np.random.Generator, size: int) -> list[str]:
    """Write values as GTEx does (four digits, many zeros), some as others do."""
    values = np.where(rng.random(size) < 0.3, 0, rng.lognormal(1, 3, size))
    return [
        np.format_float_positional(v, precision=4, fractional=False, trim="-") if r < 0.8 else repr(float(v))
        for v, r in zip(values, rng.random(size), strict=True)
    ]


def rows(genes: int = GENES, samples: int = len(SAMPLES)) -> list[list[str]]:
    rng = np.random.default_rng(1)
    return [[f"ENSG{gene:011d}.{1 + gene % 9}", f"S{gene}", *texts(rng, samples)] for gene in range(genes)]


GOOD = gct(rows(), [sample for sample, _ in SAMPLES])
HEADER, FIRST = GOOD.split(b"\n")[2:4]


def with_line(number: int, line: bytes) -> bytes:
    lines = GOOD.split(b"\n")
    lines[number - 1] = line
    return b"\n".join(lines)


def with_cell(text: str, line: int = 7, column: int = 5) -> bytes:
    cells = GOOD.split(b"\n")[line - 1].split(b"\t")
    cells[column] = text.encode()
    return with_line(line, b"\t".join(cells))


@pytest.fixture(autouse=True)
def attributes(tmp_path: Path) -> Path:
    """The attributes of all samples and of some that are not in the matrix, beside it."""
    path = tmp_path / ATTRIBUTES
    told = [*SAMPLES, ("GTEX-9999Z-0001-SM-B1", "Liver"), ("GTEX-9999Z-0002-SM-B2", "Spleen")]
    lines = [f'{sample}\t0\t"a quote\t{tissue.split(" - ")[0]}\t{tissue}\n' for sample, tissue in told]
    path.write_text("SAMPID\tSMATSSCR\tSMPTHNTS\tSMTS\tSMTSD\n" + "".join(lines))
    return path


@pytest.fixture
def read(parse: Parse) -> Parse:
    """Return a function that reads a gct with the attributes."""
    return lambda data, name="a.gct", **options: parse(
        "gtex_samples", data, name, **{"attributes": ATTRIBUTES, **options}
    )


@pytest.fixture
def refused(refusal: Callable[..., str]) -> Callable[..., str]:
    """Return a function that gives the message with which a gct is refused."""
    return lambda data, name="a.gct", **options: refusal(
        "gtex_samples", data, name, **{"attributes": ATTRIBUTES, **options}
    )


def statistics(path: Path, data: bytes, tissues: dict[str, str] | None = None) -> gtex.TissueStatistics:
    path.write_bytes(data)
    return gtex.tissue_statistics(path, pd.Series(dict(SAMPLES) if tissues is None else tissues))


def by_numpy(values: pd.DataFrame) -> dict[str, np.ndarray]:
    """Compute every statistic of gene × sample by tissue with numpy, one gene and tissue at a time."""
    found: dict[str, list[list[float]]] = {}
    tissue = values.columns.map(dict(SAMPLES))
    for _, row in values.iterrows():
        groups = [row[tissue == name].dropna().to_numpy() for name in sorted(TISSUES)]
        for name, statistic in {
            **{name: lambda x, q=q: np.quantile(x, q) for name, q in gtex.QUANTILES.items()},
            "mean": np.mean,
            "n": len,
        }.items():
            found.setdefault(name, []).append([statistic(x) if len(x) or name == "n" else np.nan for x in groups])
    return {name: np.array(part) for name, part in found.items()}


def parsed(lines: list[list[str]]) -> pd.DataFrame:
    numbers = [[np.nan if text.lower() in ("", "na", "nan") else float(text) for text in row[2:]] for row in lines]
    return pd.DataFrame(numbers, [row[0] for row in lines], [sample for sample, _ in SAMPLES])


def assert_equal(found: gtex.TissueStatistics, lines: list[list[str]]) -> None:
    for name, expected in by_numpy(parsed(lines)).items():
        if name == "mean":
            np.testing.assert_allclose(found.mean, expected, rtol=1e-13)
        else:
            np.testing.assert_array_equal(getattr(found, name), expected, err_msg=name)


def assert_same(found: gtex.TissueStatistics, other: gtex.TissueStatistics) -> None:
    assert found.genes == other.genes
    for name in (*gtex.QUANTILES, "mean", "n"):
        np.testing.assert_array_equal(getattr(found, name), getattr(other, name), err_msg=name)


# ---------------------------------------------------------------- right numbers


def test_every_statistic_equals_that_of_numpy(tmp_path: Path) -> None:
    found = statistics(tmp_path / "a.gct", GOOD)
    assert found.tissues == sorted(TISSUES)
    assert found.genes == [row[0] for row in rows()]
    assert found.symbols == [row[1] for row in rows()]
    assert found.n[0].tolist() == [23, 1, 40, 2]
    assert_equal(found, rows())


def test_what_is_missing_does_not_count_and_is_no_zero(tmp_path: Path) -> None:
    lines, rng = rows(60), np.random.default_rng(2)
    for line in lines:
        for column in rng.choice(len(SAMPLES), 20, replace=False):
            line[2 + column] = rng.choice(["", "NA", "NaN", "nan", "na"])
    lines[3][2:] = [""] * len(SAMPLES)
    found = statistics(tmp_path / "a.gct", gct(lines, [sample for sample, _ in SAMPLES]))
    assert (found.n < 23).any()
    assert not found.n[3].any()
    assert np.isnan(found.median[3]).all()
    assert_equal(found, lines)


def test_many_small_blocks_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = statistics(tmp_path / "a.gct", GOOD)
    for size in (100, 1000, len(GOOD) // 2):  # shorter than a line, a few lines, a few blocks
        monkeypatch.setattr(_gct, "BLOCK", size)
        assert_same(statistics(tmp_path / "a.gct", GOOD), whole)


@pytest.mark.parametrize(
    "written",
    [
        lambda good: good.replace(b"\n", b"\r\n"),
        lambda good: good[:-1],
        lambda good: good.replace(b"\n", b"\r\n")[:-2],
        lambda good: good + b"\n\r\n",
        lambda good: b"\xef\xbb\xbf" + good,
        gzip.compress,
        lambda good: b"".join(gzip.compress(good[at : at + 5000]) for at in range(0, len(good), 5000)),
    ],
    ids=["CRLF", "no last line end", "CRLF and no last", "blank lines at the end", "mark", "gz", "gz of members"],
)
def test_other_ways_to_write_the_same_give_the_same(tmp_path: Path, written: Callable[[bytes], bytes]) -> None:
    assert_same(statistics(tmp_path / "a.gct", written(GOOD)), statistics(tmp_path / "b.gct", GOOD))


def test_a_sample_without_a_tissue_is_told_and_counts_nowhere(tmp_path: Path) -> None:
    known = {sample: tissue for sample, tissue in SAMPLES if tissue != "Lung"}
    found = statistics(tmp_path / "a.gct", GOOD, known)
    whole = statistics(tmp_path / "a.gct", GOOD)
    assert found.unlabelled == [sample for sample, tissue in SAMPLES if tissue == "Lung"]
    assert found.tissues == ["Brain - Cortex", "Kidney - Medulla", "Liver"]
    np.testing.assert_array_equal(found.p95, whole.p95[:, :3])


def test_pseudoautosomal_copies_on_y_are_left_out_and_told(tmp_path: Path, read: Parse) -> None:
    lines = rows(6)
    zeros = ["0"] * len(SAMPLES)
    copies = [f"{lines[2][0]}_PAR_Y", "ENSGR0000000004.5"]
    lines[1:1] = [[copies[0], "CD99", *zeros]]
    lines.append([copies[1], "XG", *zeros])
    data = gct(lines, [sample for sample, _ in SAMPLES])
    found = statistics(tmp_path / "a.gct", data)
    assert found.par_y == copies
    assert found.genes == [row[0] for row in rows(6)]
    assert_equal(found, rows(6))
    assert set(read(data).excluded) == set(copies)


# ---------------------------------------------------------------- right parsing


def one(text: str) -> float:
    values = np.full(3, -1.0)
    line = f"7\t{text}\t8\n".encode()
    assert parse_line(line, 0, len(line) - 1, np.array([2, 0, 1]), values)
    assert values[[2, 1]].tolist() == [7, 8]
    return float(values[0])


decimal_texts = st.one_of(
    st.floats(0, allow_nan=False, allow_infinity=False).map(repr),
    st.floats(0, 1e6).map(lambda x: f"{x:.4g}"),
    st.floats(0, 1e12).map(lambda x: f"{x:.15g}"),
    st.floats(0, 1e300).map(lambda x: f"{x:.3E}"),
    st.from_regex(r"\+?[0-9]{0,25}(\.[0-9]{1,25})?", fullmatch=True).filter(lambda t: t.strip("+") != ""),
    st.from_regex(r"([0-9]{1,20}\.?|[0-9]{0,9}\.[0-9]{1,20})[eE][+-]?[0-9]{1,3}", fullmatch=True),
)


@given(decimal_texts.filter(lambda text: float(text) != np.inf))
@settings(max_examples=1000)
def test_every_number_is_what_python_makes_of_its_text(text: str) -> None:
    assert one(text) == float(text)


EDGES = """
    0 0.0 00012 0.02861 1234.5 .5 5. -0 -0.0 +3 1e-05 1.2E+3 5e-324 1e22 1e23 1e-22 1e-23 0e-999 1e00001
    9007199254740992 9007199254740993 123456789012345678 1234567890123456789 184467440737095516160
    0.30000000000000004 179769313486231570000e288 5e-18446744073709551617
"""


@pytest.mark.parametrize("text", EDGES.split())
def test_a_number_at_the_edge_of_what_is_compiled_is_right(text: str) -> None:
    assert one(text) == float(text)
    assert not np.signbit(one(text))


def test_the_common_texts_are_understood_without_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_decimals, "_number")
    for text in ("0", "0.02861", "1234.5", "87", "1e-05", "1.2E+3", "", "NA", "NaN", "nan", "123456.789012345"):
        assert one(text) == pytest.approx(float(text.replace("NA", "nan") or "nan"), rel=0, abs=0, nan_ok=True)


NO_NUMBERS = '. e5 1e 1e+ 1.2.3 1,5 1_000 0x10 abc NAN5 NA5 N n/a NaNa --1 1- 1e5.0 ٣ "1" 1/2'


@pytest.mark.parametrize("text", [*NO_NUMBERS.split(), " 1", "1 ", "\r", "1\r"])
def test_what_is_no_number_is_told_as_such(text: str) -> None:
    with pytest.raises(BadCell, match="not a number") as caught:
        one(text)
    assert (caught.value.column, caught.value.cell) == (1, text.encode())


# ---------------------------------------------------------------- the reader


def test_the_reader_gives_median_tail_mean_symbols_and_donors(tmp_path: Path, read: Parse) -> None:
    found, expected = read(GOOD), statistics(tmp_path / "b.gct", GOOD)
    for frame, values in ((found.value, expected.median), (found.upper, expected.p95), (found.mean, expected.mean)):
        assert list(frame.columns) == expected.tissues
        assert list(frame.index) == expected.genes
        np.testing.assert_array_equal(frame, values)
    assert found.symbols.tolist() == expected.symbols
    donors = {tissue: {s.rsplit("-", 3)[0] for s, t in SAMPLES if t == tissue} for tissue in expected.tissues}
    assert found.donors.to_dict() == {tissue: len(names) for tissue, names in donors.items()}
    assert found.donors["Liver"] < TISSUES["Liver"]
    assert found.excluded == {}


def test_tissue_column_and_tail_are_chosen_by_the_registry(tmp_path: Path, read: Parse) -> None:
    found, expected = read(GOOD, group="SMTS", upper="p90"), statistics(tmp_path / "b.gct", GOOD)
    assert list(found.value.columns) == ["Brain", "Kidney", "Liver", "Lung"]
    np.testing.assert_array_equal(found.upper, expected.p90)


def test_labels_are_skipped_or_lose_their_tail_as_the_registry_says(
    parse: Parse, entry: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "a.gct"
    path.write_bytes(GOOD)
    about = {"skip_labels": {"Lung": "why"}, "no_upper_labels": {"Kidney - Medulla": "one sample"}}
    found = gtex.gtex_samples(path, entry("gtex_samples", about, attributes=ATTRIBUTES))
    assert list(found.upper.columns) == ["Brain - Cortex", "Kidney - Medulla", "Liver"]
    assert found.upper["Kidney - Medulla"].equals(found.value["Kidney - Medulla"])
    assert not found.upper["Liver"].equals(found.value["Liver"])
    assert list(found.donors.index) == list(found.upper.columns)


def test_samples_that_the_attributes_lack_are_told(read: Parse, attributes: Path) -> None:
    lines = attributes.read_text().splitlines()
    lost = lines.pop(3).split("\t")[0]
    no_tissue = lines[5].split("\t")
    lines[5] = "\t".join([*no_tissue[:-1], ""])
    attributes.write_text("\n".join(lines))
    assert set(read(GOOD).excluded) == {lost, no_tissue[0]}


# ---------------------------------------------------------------- wrong files


def test_a_broken_file_is_refused(broken: Callable[..., Any], refused: Callable[..., str]) -> None:
    data, name, told = broken(GOOD, b"\t")
    assert told in refused(data, name)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "line 1"),
        (b"\n", "line 1"),
        (bytes(range(256)) * 4, "line 1"),
        (GOOD.replace(b"#1.2", b"#1.3"), "'#1.3' instead of '#1.2' in line 1"),
        (with_line(2, b"a\tb"), "line 2"),
        (with_line(2, b"0\t66"), "line 2"),
        (with_line(2, b"9" * 5000 + b"\t66"), "line 2"),
        (with_line(3, HEADER.replace(b"Name", b"Gene")), "line 3"),
        (with_line(3, HEADER.rsplit(b"\t", 1)[0]), "announces 66 samples, but there are 65 in line 3"),
        (with_line(3, HEADER + b"\tone more"), "announces 66 samples, but there are 67 in line 3"),
        (with_line(3, b"\t".join([*HEADER.split(b"\t")[:-1], HEADER.split(b"\t")[2]])), "twice in line 3"),
        (with_line(4, FIRST + b"\t1"), "69 cells in line 4, where the header has 68"),
        (with_line(4, FIRST + b"\t"), "69 cells in line 4, where the header has 68"),
        (with_line(4, FIRST.rsplit(b"\t", 1)[0]), "67 cells in line 4, where the header has 68"),
        (with_line(4, FIRST.replace(b"\t", b",")), "1 cells in line 4"),
        (with_line(4, FIRST.split(b"\t")[0] + b"\tS"), "2 cells in line 4"),
        (with_line(9, GOOD.split(b"\n")[6]), "'ENSG00000000003' occurs twice, in line 7 and line 9"),
        (with_line(9, FIRST.replace(b".1\t", b".2\t")), "'ENSG00000000000' occurs twice, in line 4 and line 9"),
        (b"\n".join(GOOD.split(b"\n")[:-50]), "announces 200 genes, but there are 151"),
        (GOOD + rows(GENES + 1)[-1][0].encode() + b"\tS\t" + b"\t".join([b"0"] * len(SAMPLES)), "but there are 201"),
        (GOOD.replace(b"ENSG", b"ENSMUSG"), "gene of another species: 'ENSMUSG00000000000.1' in line 4"),
        (with_line(8, b"TP53" + FIRST[16:]), "not a human Ensembl gene id: 'TP53"),
        (with_cell("-0.5"), "negative: '-0.5' in line 7"),
        (with_cell("1e999"), "infinite: '1e999' in line 7"),
        (with_cell("-Inf"), "infinite: '-Inf' in line 7"),
        (with_cell("1,5"), "not a number: '1,5' in line 7"),
        (with_cell("\x00" * 99), "not a number"),
    ],
)
def test_a_wrong_file_is_refused_by_line_and_remedy(refused: Callable[..., str], data: bytes, told: str) -> None:
    message = refused(data)
    assert told in message
    assert "a.gct" in message


def test_a_wrong_cell_names_its_sample(refused: Callable[..., str]) -> None:
    assert SAMPLES[3][0] in refused(with_cell("oops"))


def test_a_wrong_cell_after_many_blocks_names_its_line(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_gct, "BLOCK", 1200)
    assert "line 190" in refused(gzip.compress(with_cell("-1", line=190)), "a.gct.gz")


def test_logarithms_are_refused(refused: Callable[..., str]) -> None:
    names = [sample for sample, _ in SAMPLES[:4]]
    lines = [[f"ENSG{gene:011d}.1", "S", *("%.3f" % (gene % 19) for _ in names)] for gene in range(1100)]
    assert "log-transformed" in refused(gct(lines, names))


@pytest.mark.parametrize("damage", [20, 0.3, 0.99, -3])
def test_a_damaged_gz_is_refused(refused: Callable[..., str], damage: float) -> None:
    packed = bytearray(gzip.compress(GOOD))
    packed[int(damage * len(packed)) if 0 < damage < 1 else int(damage)] ^= 0xFF
    assert "damaged" in refused(bytes(packed), "a.gct.gz")


def test_a_gz_of_members_cut_between_two_is_refused(refused: Callable[..., str]) -> None:
    half = GOOD.index(b"\n", len(GOOD) // 2) + 1
    assert "announces 200 genes" in refused(gzip.compress(GOOD[:half]), "a.gct.gz")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: "", "not delimited text"),
        (lambda text: "<!DOCTYPE html>\n<html></html>\n", "missing column"),
        (lambda text: text.replace("\t", ","), "missing column"),
        (lambda text: text.replace("SMTSD", "SMTSX"), "SMTSD"),
        (lambda text: text + text.splitlines()[3], f"'{SAMPLES[2][0]}' in line {len(SAMPLES) + 4}"),
        (lambda text: text.replace("GTEX-", "XETG-"), "no sample has a tissue"),
        (lambda text: re.sub(r"\n(GTEX-1001X)", r"\nextra\t\\1", text, count=1), "not delimited text"),
    ],
)
def test_wrong_attributes_are_refused(
    refused: Callable[..., str], attributes: Path, change: Callable[[str], str], told: str
) -> None:
    attributes.write_text(change(attributes.read_text()))
    message = refused(GOOD)
    assert told in message
    assert ATTRIBUTES in message or "a.gct" in message


def test_missing_files_and_options_are_refused(
    refused: Callable[..., str], entry: Callable[..., Any], tmp_path: Path
) -> None:
    assert "elsewhere.txt" in refused(GOOD, attributes="elsewhere.txt")
    assert "use p90 or p95" in refused(GOOD, upper="p99")
    with pytest.raises(InputError, match=r"nowhere\.gct"):
        gtex.gtex_samples(tmp_path / "nowhere.gct", entry("gtex_samples", attributes=ATTRIBUTES))
    with pytest.raises(InputError, match="archive"):
        gtex.gtex_samples(tmp_path / "a.zip", entry("gtex_samples", {"member": "a.gct"}, attributes=ATTRIBUTES))
    with pytest.raises(ValueError, match="attributes"):
        entry("gtex_samples")
