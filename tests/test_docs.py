"""What the documents say is what the code does."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from targetfinder import __version__
from targetfinder.cohort import _compatibility as limits
from targetfinder.cohort._profile import SAME_SAMPLE
from targetfinder.cohorts import POSITIVE_CELLS
from targetfinder.samplesheet import FORMATS, read_samplesheet
from targetfinder.sources.registry import read_registry
from targetfinder.tables import data_dictionary

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "pipeline" / "assets" / "schema_input.json"


def test_the_data_dictionary_is_the_schema_in_the_code() -> None:
    assert (ROOT / "docs" / "data_dictionary.md").read_text(encoding="utf-8") == data_dictionary()


def test_every_parameter_is_in_the_config_and_in_the_readme() -> None:
    schema = json.loads((ROOT / "nextflow_schema.json").read_text(encoding="utf-8"))
    known = {name for group in schema["$defs"].values() for name in group["properties"]}
    config = (ROOT / "nextflow.config").read_text(encoding="utf-8").split("params {")[1].split("\n}")[0]
    assert set(re.findall(r"^    (\w+)\s*=", config, re.MULTILINE)) == known
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`--{name}`" in readme for name in known)


def test_every_source_is_cited() -> None:
    citations = (ROOT / "CITATIONS.md").read_text(encoding="utf-8")
    registry = read_registry(ROOT / "references" / "sources.toml")
    named = {doi for table in registry.table for doi in re.findall(r"doi:(\S+?)[;,]?(?:\s|$)", table.citation)}
    assert named
    assert [doi for doi in sorted(named) if doi not in citations] == []


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    config = (ROOT / "nextflow.config").read_text(encoding="utf-8")
    assert project == __version__
    assert f"version         = '{__version__}'" in config
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_column_format_and_word_of_the_samplesheet_is_described() -> None:
    rule = json.loads(SCHEMA.read_text(encoding="utf-8"))["items"]
    document = (ROOT / "docs" / "cohorts.md").read_text(encoding="utf-8")
    rows = {
        cells[1].strip(" `"): cells[2:] for line in reversed(document.splitlines()) if len(cells := line.split("|")) > 4
    }
    assert [name for name in rule["properties"] if name not in rows] == []
    assert {name for name in rule["properties"] if rows[name][0].strip() == "yes"} == set(rule["required"])
    for form in rule["properties"]["format"]["enum"]:
        assert rows[form][0].strip().split(", ") == [one for one in FORMATS if form in FORMATS[one]]
    words = {word for one in rule["properties"].values() for word in one.get("enum", [])}
    assert [word for word in sorted(words) if f"`{word}`" not in document] == []


@pytest.mark.parametrize("document", ["README.md", "docs/cohorts.md"])
def test_the_samplesheets_of_the_documents_are_read(document: str, tmp_path: Path) -> None:
    (text,) = re.findall(r"```csv\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)
    for name in re.findall(r"(?<=,)[\w./]+\.(?:tsv|csv|sf|txt|h5ad)(?:\.gz)?", text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    sheet = tmp_path / "samplesheet.csv"
    sheet.write_text(text, encoding="utf-8")
    assert len(read_samplesheet(sheet, SCHEMA)) == len(text.splitlines()) - 1


def test_the_limits_of_compatibility_and_of_cells_are_those_of_the_code() -> None:
    method = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    for limit in (
        f"| entries that lead to no human gene | {limits.MAX_LOST:.0%} |",
        f"| coding genes of the atlas that are given | {limits.MIN_OVERLAP:.0%} / {limits.MIN_OVERLAP_OF_RANKS:.0%} |",
        f"| rank correlation with the closest tissue | {limits.MIN_SPEARMAN} |",
        f"from the closest one | {limits.MAX_SHIFT} log2 |",
        f"| spread of the stable genes around that shift | {limits.MAX_SPREAD:g} log2 |",
        f"| correlation of two samples | {SAME_SAMPLE} |",
    ):
        assert limit.replace("%", " %") in method
    assert POSITIVE_CELLS == 0.1
    assert "a count\nin **a tenth** of the malignant single cells" in method


LINKED = [
    "README.md",
    "docs/method.md",
    "docs/cohorts.md",
    "docs/references.md",
    "references/README.md",
    "CITATIONS.md",
]


@pytest.mark.parametrize("document", LINKED)
def test_links_to_files_of_the_repository_exist(document: str) -> None:
    path = ROOT / document
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []
