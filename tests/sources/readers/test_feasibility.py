"""`feasibility`: orthologues and paralogues are read right, and whatever is wrong with a file is an `InputError`."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.errors import InputError
from targetfinder.sources.readers import feasibility, read
from targetfinder.sources.registry import SourceTable

FEATURES = (
    "gene_symbol\tgroup\tmouse_has_one2one\tcyno_has_one2one\tcyno_ortholog_pct_id\tmouse_ortholog_pct_id\t"
    "top_paralog_symbol\ttop_paralog_ecd_pct\n"
    "CD276\ta\t1\t1\t97.4\t52.6\tERMAP\t44\n"
    "AATK\ta\t1\t0\t\t69.8\tLMTK3\t42.1\n"
    "AATK\tb\t0\t0\t\t69.8\tLMTK3\t42.1\n"
    "C1orf54\tb\t1\t1\t\t\t\t\n"
)
EXPORT = (
    "Gene stable ID\tMouse gene stable ID\tMouse homology type\t%id. target Mouse gene identical to query gene\t"
    "Crab-eating macaque gene stable ID\tCrab-eating macaque homology type\t"
    "%id. target Crab-eating macaque gene identical to query gene\n"
    "ENSG00000000001\tENSMUSG00000000001\tortholog_one2one\t52.5\tENSMFAG00000000001\tortholog_one2one\t97.25\n"
    "ENSG00000000002\tENSMUSG00000000002\tortholog_one2many\t60\tENSMFAG00000000002\tortholog_one2one\t90\n"
    "ENSG00000000002\tENSMUSG00000000003\tortholog_one2many\t61\tENSMFAG00000000002\tortholog_one2one\t90\n"
    "ENSG00000000003.4\t\t\t\t\t\t\n"
)
FILES = {"topology_features": FEATURES, "orthologues": EXPORT}


def entry(parser: str, member: str | None = None) -> SourceTable:
    return SourceTable(
        id="animals",
        source="wheel",
        member=member,
        parser=parser,
        provides="feasibility",
        release="1",
        citation="nobody",
    )


def parse(content: str | bytes, parser: str) -> pd.DataFrame:
    handle = io.BytesIO(content.encode() if isinstance(content, str) else content)
    frame: pd.DataFrame = getattr(feasibility, parser)(handle, entry(parser))
    return frame


def refusal(content: str | bytes, parser: str) -> str:
    with pytest.raises(InputError) as caught:
        parse(content, parser)
    assert caught.value.file == "animals" and "source 'wheel'" in caught.value.remedy
    return f"{caught.value.field}: {caught.value.problem}"


def test_flags_and_identities_of_a_table_of_proteins() -> None:
    found = parse(FEATURES, "topology_features").set_index("symbol")
    assert list(found.index) == ["CD276", "AATK", "C1orf54"]
    assert found.loc["CD276", "mouse_orthologue"] == found.loc["CD276", "cynomolgus_orthologue"] == "one2one"
    assert found.loc["CD276", ["mouse_identity", "cynomolgus_identity"]].tolist() == pytest.approx([0.526, 0.974])
    assert found.loc["CD276", "paralogue"] == "ERMAP" and found.loc["CD276", "paralogue_identity"] == pytest.approx(
        0.44
    )
    assert found.loc["C1orf54", ["mouse_identity", "paralogue", "paralogue_identity"]].isna().all()
    assert found["gene_id"].isna().all()


def test_lines_of_one_protein_that_disagree_leave_the_value_unknown() -> None:
    found = parse(FEATURES, "topology_features").set_index("symbol").loc["AATK"]
    assert pd.isna(found["mouse_orthologue"])
    assert found["cynomolgus_orthologue"] == "other" and found["paralogue"] == "LMTK3"


def test_homologues_of_an_export() -> None:
    found = parse(EXPORT, "orthologues").set_index("gene_id")
    assert list(found.index) == ["ENSG00000000001", "ENSG00000000002", "ENSG00000000003.4"]
    assert found["mouse_orthologue"].tolist() == ["one2one", "other", "other"]
    assert found["cynomolgus_orthologue"].tolist() == ["one2one", "one2one", "other"]
    assert found["mouse_identity"].tolist() == pytest.approx([0.525, np.nan, np.nan], nan_ok=True)
    assert found["cynomolgus_identity"].tolist() == pytest.approx([0.9725, 0.9, np.nan], nan_ok=True)


def test_an_export_of_one_animal_says_nothing_of_the_other() -> None:
    one = "\n".join("\t".join(line.split("\t")[:4]) for line in EXPORT.splitlines())
    found = parse(one, "orthologues")
    assert found["mouse_orthologue"].notna().all()
    assert found[["cynomolgus_orthologue", "cynomolgus_identity", "paralogue"]].isna().all(axis=None)


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("01"), st.sampled_from("01")), min_size=1))
def test_a_flag_is_told_exactly_where_all_lines_agree(lines: list[tuple[str, str, str]]) -> None:
    header = FEATURES.splitlines()[0]
    content = "\n".join([header, *(f"{symbol}\tx\t{mouse}\t{cyno}\t\t\t\t" for symbol, mouse, cyno in lines)])
    found = parse(content, "topology_features").set_index("symbol")
    assert set(found.index) == {symbol for symbol, _, _ in lines}
    for symbol in found.index:
        flags = {mouse for name, mouse, _ in lines if name == symbol}
        told = found.loc[symbol, "mouse_orthologue"]
        assert pd.isna(told) if len(flags) == 2 else told == {"1": "one2one", "0": "other"}[flags.pop()]


@pytest.mark.parametrize(
    ("parser", "old", "new", "message"),
    [
        ("topology_features", "CD276\ta\t1", "CD276\ta\tyes", "mouse_has_one2one: none of 1, 0: 'yes' in line 2"),
        ("topology_features", "52.6", "-52.6", "mouse_ortholog_pct_id: not a percentage: '-52.6' in line 2"),
        ("topology_features", "\t44\n", "\t440\n", "top_paralog_ecd_pct: not a percentage: '440' in line 2"),
        ("topology_features", "\t44\n", "\tinf\n", "not a percentage: 'inf' in line 2"),
        ("topology_features", "\t44\n", "\tmuch\n", "not a percentage: 'much' in line 2"),
        ("topology_features", "CD276\ta", "\ta", "gene_symbol: empty cell"),
        ("orthologues", "ENSG00000000001\t", "ENSMUSG00000000001\t", "not a human gene or protein"),
        ("orthologues", "ENSG00000000001\t", "CD276\t", "Gene stable ID: not a human gene id: 'CD276' in line 2"),
        ("orthologues", "ortholog_one2many\t61", "paralog\t61", "Mouse homology type: none of ortholog_one2one"),
        ("orthologues", "\t97.25", "\t9725", "not a percentage: '9725' in line 2"),
        ("orthologues", "Mouse homology type", "Mouse type", "missing column"),
        (
            "orthologues",
            "ENSG00000000002\tENSMUSG00000000003\tortholog_one2many\t61\tENSMFAG00000000002",
            "ENSG00000000002\tENSMUSG00000000003\tortholog_one2many\t61\tENSMFAG00000000009",
            "a second one-to-one orthologue of the same gene: 'ENSMFAG00000000009' in line 4",
        ),
    ],
)
def test_a_wrong_cell_is_named(parser: str, old: str, new: str, message: str) -> None:
    content = FILES[parser]
    assert old in content
    if message == "missing column":  # the other animal must be gone too
        content = content.replace("Crab-eating macaque homology", "Macaque homology")
    assert message in refusal(content.replace(old, new, 1), parser)


def test_symbols_of_the_mouse_are_refused() -> None:
    assert "in line 2" in refusal(FEATURES.replace("CD276", "Cd276").replace("AATK", "Aatk"), "topology_features")


@pytest.mark.parametrize("parser", FILES)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda good: "", "not delimited text"),
        (lambda good: good.splitlines()[0], "holds no rows"),
        (lambda good: good.replace("\t", ";"), "missing column"),
        (lambda good: good.splitlines()[0] + "\n" + good.splitlines()[1] + "\tmore\tthan\n", "not delimited text"),
        (lambda good: "<!DOCTYPE html>\n<html><body>Not found</body></html>\n", "missing column"),
        (lambda good: good.encode() + b"\xff\xfe\n", "not delimited text"),
    ],
    ids=["empty", "header only", "delimiter", "shifted", "html", "not utf-8"],
)
def test_what_is_no_such_table_is_refused(parser: str, content: object, message: str) -> None:
    assert callable(content)
    assert message in refusal(content(FILES[parser]), parser)


@pytest.mark.parametrize("parser", FILES)
def test_a_truncated_gzip_is_refused(parser: str, tmp_path: Path) -> None:
    archive = tmp_path / "wheel.zip"
    packed = gzip.compress(FILES[parser].encode() * 50)
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("animals.tsv.gz", packed[: len(packed) // 2])
    with pytest.raises(InputError, match=r"animals\.tsv\.gz: cannot be read, damaged or truncated"):
        read(entry(parser, "animals.tsv.gz"), archive)


def test_a_real_table_of_proteins(shared_data: Path) -> None:
    path = shared_data / "surface" / "accessible_surfaceome_topology_features.tsv"
    found = read(entry("topology_features"), path).set_index("symbol")
    assert len(found) == 4452 and found.index.is_unique
    assert found.loc["CD276", "mouse_orthologue"] == found.loc["CD276", "cynomolgus_orthologue"] == "one2one"
    assert found.loc["MSLN", "mouse_orthologue"] == "one2one" and found.loc["MSLN", "cynomolgus_orthologue"] == "other"
    assert found.loc["CEACAM5", "paralogue"] == "CEACAM6"
    assert found.loc["CEACAM5", "paralogue_identity"] == pytest.approx(0.856)
    assert pd.isna(found.loc["AATK", "mouse_orthologue"])
    shares = found[["mouse_identity", "cynomolgus_identity", "paralogue_identity"]]
    assert shares.max().max() <= 1 and shares.min().min() >= 0
