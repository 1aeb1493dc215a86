"""What the documents say is what the code does."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from targetfinder import __version__
from targetfinder.sources.registry import read_registry
from targetfinder.tables import data_dictionary

ROOT = Path(__file__).parent.parent


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


@pytest.mark.parametrize("document", ["README.md", "docs/method.md", "references/README.md", "CITATIONS.md"])
def test_links_to_files_of_the_repository_exist(document: str) -> None:
    path = ROOT / document
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []
