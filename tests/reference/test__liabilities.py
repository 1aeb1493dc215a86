"""`reference/_liabilities.py`: the tables say what the curated files say, and a wrong line is told by its number."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import facts, tables
from targetfinder.errors import InputError
from targetfinder.reference import _liabilities
from targetfinder.reference._curated import classes_of
from targetfinder.sources import readers
from targetfinder.sources.registry import read_registry

ROOT = Path(__file__).parent.parent.parent
GENES = pd.DataFrame(
    {
        "gene_id": ["ENSG1", "ENSG2", "ENSG3", "ENSG4"],
        "symbol": ["TNFRSF17", "MUC1", "TWIN", "TWIN"],
        "aliases": ["BCMA|CD269", None, "OTHER", None],
    }
)
CLASSES = pd.Series({"lung": "vital", "skin": "regenerable"})
HEADER = (
    "symbol\tkind\tstatement\tagent\tindication\tevidence\tseverity\ttissue\ttolerated\treference\tverified\tseen\n"
)
SHED = "TNFRSF17\tshed\tIt is cut.\tgamma-secretase\tmyeloma\thumans\t\t\t\tDOI:10.1038/ncomms8333\tyes\tabstract\n"
LOSS = "TNFRSF17\tantigen_loss\tIt is lost.\t\t\thumans\t\t\t\t\tno\tfrom memory\n"
POLARITY = "symbol\tpolarity\tstatement\treference\tverified\tseen\n"
APICAL = "MUC1\tapical\tOnly inside the gland.\tDOI:10.3892/mco.2022.2594\tyes\treview\n"


def liabilities(folder: Path, *lines: str, header: str = HEADER) -> pd.DataFrame:
    (folder / "liabilities.tsv").write_text(header + "".join(lines), encoding="utf-8")
    return tables.LIABILITIES.check(_liabilities.liabilities(folder, GENES, CLASSES))


def polarity(folder: Path, *lines: str) -> pd.DataFrame:
    (folder / "feasibility.tsv").write_text(POLARITY + "".join(lines), encoding="utf-8")
    return tables.FEASIBILITY.check(_liabilities.polarity(folder, GENES))


def refusal(folder: Path, *lines: str, header: str = HEADER) -> InputError:
    with pytest.raises(InputError) as caught:
        liabilities(folder, *lines, header=header)
    assert caught.value.file == folder / "liabilities.tsv" and caught.value.remedy
    return caught.value


def test_a_line_says_what_it_says(tmp_path: Path) -> None:
    found = liabilities(tmp_path, SHED, LOSS).set_index("kind")
    assert found["gene_id"].eq("ENSG1").all() and found["source"].eq("liabilities.tsv").all()
    assert found["verified"].to_dict() == {"antigen_loss": False, "shed": True}
    assert found.loc["shed", ["agent", "indication", "reference"]].tolist() == [
        "gamma-secretase",
        "myeloma",
        "DOI:10.1038/ncomms8333",
    ]
    assert found.loc["antigen_loss", ["agent", "indication", "reference"]].isna().all()


def test_the_release_tells_states_of_a_file_apart(tmp_path: Path) -> None:
    first, again, other = (liabilities(tmp_path, *lines)["release"][0] for lines in ([SHED], [SHED], [SHED, LOSS]))
    assert first == again != other and re.fullmatch("[0-9a-f]{12}", first)


def test_a_file_without_lines_is_an_empty_table(tmp_path: Path) -> None:
    assert liabilities(tmp_path).empty and polarity(tmp_path).empty


@pytest.mark.parametrize(
    ("line", "field", "problem"),
    [
        (SHED.replace("TNFRSF17", "NOBODY"), "symbol", "no gene of this symbol: 'NOBODY' in line 3"),
        (SHED.replace("TNFRSF17", "TWIN"), "symbol", "more than one gene of this symbol: 'TWIN' in line 3"),
        (SHED.replace("TNFRSF17", ""), "symbol", "empty cell in line 3"),
        (SHED.replace("shed", "leaky"), "kind", "not a known word: 'leaky' in line 3"),
        (SHED.replace("humans", "people"), "evidence", "not a known word: 'people' in line 3"),
        (SHED.replace("\tyes\t", "\tperhaps\t"), "verified", "not a known word: 'perhaps' in line 3"),
        (SHED.replace("It is cut.", ""), "statement", "empty cell in line 3"),
        (SHED.replace("It is cut.", "  "), "statement", "empty cell in line 3"),
        (SHED.replace("abstract", ""), "seen", "empty cell in line 3"),
        (SHED.replace("DOI:10.1038/ncomms8333", ""), "verified", "verified without a reference: 'yes' in line 3"),
        (LOSS, "statement", "occurs twice: 'It is lost.' in line 3"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, line: str, field: str, problem: str) -> None:
    error = refusal(tmp_path, LOSS, line)
    assert error.field == field and problem in error.problem


def test_an_alias_is_answered_with_the_symbol(tmp_path: Path) -> None:
    assert "'BCMA' is an alias of TNFRSF17" in refusal(tmp_path, SHED.replace("TNFRSF17", "BCMA")).remedy


GOOD = ["PMID:20179677", "DOI:10.1016/S0140-6736(03)14342-5", "NCT03548207", "NCT03399799; NCT04634552"]
MALFORMED = [
    "20179677",
    "PMID: 20179677",
    "PMID:0",
    "pmid:20179677",
    "NCT123",
    "doi.org/10.1038/x",
    "DOI:10.1038",
    "DOI:10.1038/x.",
    "PMID:1,PMID:2",
    "PMID:1;PMID:2",
    "PMID:1; ",
    "unverified",
]


@pytest.mark.parametrize("reference", GOOD)
def test_references_of_the_known_forms_are_kept(tmp_path: Path, reference: str) -> None:
    assert liabilities(tmp_path, SHED.replace("DOI:10.1038/ncomms8333", reference))["reference"][0] == reference


@pytest.mark.parametrize("reference", MALFORMED)
def test_a_malformed_reference_is_refused(tmp_path: Path, reference: str) -> None:
    error = refusal(tmp_path, SHED.replace("DOI:10.1038/ncomms8333", reference))
    assert error.field == "reference" and f"'{reference}' in line 2" in error.problem


@given(st.integers(1, 99_999_999), st.text("abcXYZ019()-_/.", max_size=20))
def test_what_stands_around_a_reference_makes_it_none(number: int, noise: str) -> None:
    pattern = re.compile(facts.REFERENCES)
    assert pattern.fullmatch(f"PMID:{number}; NCT{number:08d}")
    assert not pattern.fullmatch(f"see {noise}") and not pattern.fullmatch(f"PMID:{number} {noise}")


@pytest.mark.parametrize(("missing", "field"), [("kind", "kind"), ("agent", "agent"), ("reference", "reference")])
def test_a_missing_column_is_named(tmp_path: Path, missing: str, field: str) -> None:
    error = refusal(tmp_path, header=HEADER.replace(missing, "renamed"))
    assert error.problem == "missing column" and error.field == field


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00"], ids=["empty", "not text"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "liabilities.tsv").write_bytes(content)
    with pytest.raises(InputError, match=r"liabilities\.tsv: cannot be read"):
        _liabilities.liabilities(tmp_path, GENES, CLASSES)
    with pytest.raises(InputError, match=r"feasibility\.tsv: cannot be read"):
        _liabilities.polarity(tmp_path, GENES)


def test_polarity_tells_only_polarity(tmp_path: Path) -> None:
    row = polarity(tmp_path, APICAL).iloc[0]
    assert row[["gene_id", "polarity", "reference"]].tolist() == ["ENSG2", "apical", "DOI:10.3892/mco.2022.2594"]
    assert row[["mouse_orthologue", "cynomolgus_identity", "paralogue", "paralogue_identity"]].isna().all()


def test_a_polarity_that_nobody_looked_up_says_so(tmp_path: Path) -> None:
    told = APICAL.replace("DOI:10.3892/mco.2022.2594\tyes", "\tno")
    assert polarity(tmp_path, told)["reference"].tolist() == ["unverified"]


def test_a_gene_has_one_polarity(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="occurs twice: 'MUC1' in line 3"):
        polarity(tmp_path, APICAL, APICAL.replace("apical", "both"))
    with pytest.raises(InputError, match="not a known word: 'inside' in line 2"):
        polarity(tmp_path, APICAL.replace("apical", "inside"))


def glycans(folder: Path, *lines: str) -> pd.DataFrame:
    header = "symbol\tantigen\tstatement\treference\tverified\tseen\n"
    (folder / "glycans.tsv").write_text(header + "".join(lines), encoding="utf-8")
    return tables.SURFACE_VOTES.check(_liabilities.glycans(folder, GENES))


GLYCAN = "MUC1\tGD9\tIts synthase.\tDOI:10.3892/mco.2022.2594\tyes\tabstract\n"


def test_a_synthase_votes_as_a_proxy_and_says_that_the_antigen_is_no_protein(tmp_path: Path) -> None:
    found = glycans(tmp_path, GLYCAN, GLYCAN.replace("GD9", "GD8")).set_index("voter")
    assert found["kind"].to_dict() == {"GD8": "proxy", "GD9": "proxy"}
    assert found.loc["GD9", "gene_id"] == "ENSG2"
    assert found.loc["GD9", "statement"] == "proxy for GD9, a glycan and no protein: Its synthase."
    assert glycans(tmp_path).empty


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((GLYCAN, GLYCAN), "occurs twice: 'MUC1' in line 3"),
        ((GLYCAN.replace("MUC1", "BCMA"),), "no gene of this symbol: 'BCMA' in line 2"),
        ((GLYCAN.replace("GD9", ""),), "empty cell in line 2"),
        ((GLYCAN.replace("yes", "maybe"),), "not a known word: 'maybe' in line 2"),
    ],
)
def test_a_wrong_line_on_a_glycan_is_told_by_its_number(tmp_path: Path, lines: tuple[str, ...], told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        glycans(tmp_path, *lines)
    assert caught.value.file == tmp_path / "glycans.tsv"


def animals(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Make resolved rows of a reader from (gene id, symbol in the file, mouse orthologue)."""
    frame = pd.DataFrame(rows, columns=["gene_id", "symbol", "mouse_orthologue"])
    rest = {"cynomolgus_orthologue": None, "paralogue": None, "source": "compara", "release": "113"}
    numbers = dict.fromkeys(("mouse_identity", "cynomolgus_identity", "paralogue_identity"), 0.5)
    return frame.assign(**rest, **numbers)


def test_feasibility_keeps_each_source_apart(tmp_path: Path) -> None:
    curated = polarity(tmp_path, APICAL)
    resolved = animals(("ENSG2", "MUC1", "other"), ("ENSG1", "BCMA", "one2one"))
    found = tables.FEASIBILITY.check(_liabilities.feasibility(resolved, curated, GENES))
    assert found[["symbol", "source"]].to_numpy().tolist() == [
        ["TNFRSF17", "compara"],
        ["MUC1", "compara"],
        ["MUC1", "feasibility.tsv"],
    ]


def test_of_two_names_of_one_gene_its_own_symbol_counts(tmp_path: Path) -> None:
    resolved = animals(("ENSG1", "BCMA", "other"), ("ENSG1", "TNFRSF17", "one2one"))
    found = _liabilities.feasibility(resolved, polarity(tmp_path), GENES)
    assert found["mouse_orthologue"].tolist() == ["one2one"]


def test_feasibility_without_any_source_is_the_curated_table(tmp_path: Path) -> None:
    found = _liabilities.feasibility(animals(), polarity(tmp_path, APICAL), GENES)
    assert tables.FEASIBILITY.check(found)["symbol"].tolist() == ["MUC1"]


# ---------------------------------------------------------------- the shipped files


def shipped(name: str) -> pd.DataFrame:
    return pd.read_csv(ROOT / "references" / name, sep="\t", dtype=str, keep_default_na=False, quoting=3)


FILES = ("liabilities.tsv", "feasibility.tsv", "glycans.tsv")


@pytest.fixture(scope="module")
def named() -> pd.DataFrame:
    """The symbols of the shipped files as if each were a gene."""
    symbols = sorted(set().union(*(shipped(name)["symbol"] for name in FILES)))
    return pd.DataFrame({"gene_id": symbols, "symbol": symbols, "aliases": None})


def test_the_shipped_files_are_read(named: pd.DataFrame) -> None:
    known = _liabilities.liabilities(ROOT / "references", named, classes_of(ROOT / "references"))
    assert len(tables.LIABILITIES.check(known)) >= 80 and known["symbol"].nunique() >= 50
    assert set(known["kind"]) == set(tables.LIABILITY_KINDS)
    assert not known.loc[known["verified"], "reference"].isna().any()
    assert len(tables.FEASIBILITY.check(_liabilities.polarity(ROOT / "references", named))) >= 10
    proxies = tables.SURFACE_VOTES.check(_liabilities.glycans(ROOT / "references", named))
    assert set(proxies.loc[proxies["voter"] == "GD2", "gene_id"]) == {"B4GALNT1", "ST8SIA1"}


@pytest.mark.parametrize("name", FILES)
def test_statements_are_single_sentences_in_order(name: str) -> None:
    frame = shipped(name)
    assert frame["statement"].str.fullmatch(r"[A-Z0-9].*[A-Za-z0-9)%]\.").all()
    assert not frame["statement"].str.contains(r"[a-z]\. [A-Z]").any() and frame["statement"].str.len().max() <= 200
    assert frame["symbol"].is_monotonic_increasing


def test_the_shipped_symbols_name_genes_of_the_real_references(real_store: Path) -> None:
    registry = read_registry(ROOT / "references" / "sources.toml")
    table = registry.tables("gene_names")[0]
    genes = readers.read(table, real_store / registry.source_of(table).file).dropna(subset=["gene_id"])
    assert len(_liabilities.liabilities(ROOT / "references", genes, classes_of(ROOT / "references")))
    assert len(_liabilities.polarity(ROOT / "references", genes))
    assert len(_liabilities.glycans(ROOT / "references", genes))


HARM = "TNFRSF17\ttoxicity\tIt harms.\tcells\tmyeloma\thumans\tsevere\tlung\tBorne (PMID:1).\tPMID:2\tyes\tabstract\n"


def test_a_toxicity_tells_how_bad_where_and_what_was_borne(tmp_path: Path) -> None:
    row = liabilities(tmp_path, HARM, SHED).set_index("kind").loc["toxicity"]
    assert row[["severity", "tissue", "criticality", "tolerated"]].tolist() == [
        "severe",
        "lung",
        "vital",
        "Borne (PMID:1).",
    ]


@pytest.mark.parametrize(
    ("line", "field", "problem"),
    [
        (HARM.replace("severe", ""), "severity", "not a known word in line 2"),
        (HARM.replace("severe", "bad"), "severity", "not a known word: 'bad'"),
        (HARM.replace("lung", "lungs"), "tissue", "not a known word: 'lungs'"),
        (HARM.replace("severe", "other"), "tolerated", "neither fatal nor severe"),
        (HARM.replace(" (PMID:1)", ""), "tolerated", "no reference: 'Borne.'"),
        (HARM.replace("humans", "mice"), "severity", "not seen in humans"),
        (HARM.replace("toxicity", "shed"), "severity", "told of no toxicity"),
    ],
)
def test_a_toxicity_that_is_not_told_is_refused(tmp_path: Path, line: str, field: str, problem: str) -> None:
    error = refusal(tmp_path, line)
    assert error.field == field and problem in error.problem
