"""`targetfinder.sources.registry`: the list of sources is checked, and so is every byte that is read from them."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from pathlib import Path
from typing import get_args

import pytest

from targetfinder.errors import InputError
from targetfinder.sources.files import open_table, sha256_of
from targetfinder.sources.lock import verified
from targetfinder.sources.parsers import PARSERS
from targetfinder.sources.readers import READERS
from targetfinder.sources.registry import (
    Provides,
    Source,
    SourceTable,
    read_registry,
)

CONTENT = b"".join(b"gene %d,%d\n" % (i, i * i % 9973) for i in range(2000))
GOOD = f'''[sets]
mine = "for tests"

[[source]]
id = "one"
title = "One"
release = "1"
kind = "file"
file = "one.zip"
sha256 = "{"0" * 64}"
size = 10
licence = "MIT"
citation = "nobody"

[[table]]
id = "genes"
source = "one"
parser = "hgnc"
provides = "gene_names"
release = "1"
citation = "nobody"

[[table]]
id = "old_ids"
source = "one"
parser = "id_aliases"
provides = "id_aliases"
release = "1"
citation = "nobody"
options = {{ retired = "old", current = "new" }}

[[table]]
id = "tumours"
source = "one"
member = "tumours.csv.gz"
parser = "cohort_quantiles"
provides = "cohorts"
release = "2"
citation = "nobody"
'''


# One table of every other kind, which a registry must have.
GOOD += "".join(
    f'''
[[table]]
id = "{kind}"
source = "one"
parser = "gene_list"
provides = "{kind}"
release = "1"
citation = "nobody"
'''
    for kind in get_args(Provides)
    if kind not in ("gene_names", "id_aliases", "cohorts")
)


def registry_file(folder: Path, text: str = GOOD) -> Path:
    path = folder / "sources.toml"
    path.write_text(text, encoding="utf-8")
    return path


def entry(member: str | None = None) -> SourceTable:
    return SourceTable(
        id="t", source="one", member=member, parser="hgnc", provides="gene_names", release="1", citation="nobody"
    )


def source(data: bytes, file: str = "one.zip") -> Source:
    digest = hashlib.sha256(data).hexdigest()
    about = {"title": "One", "release": "1", "kind": "file", "licence": "MIT", "citation": "nobody"}
    return Source.model_validate({"id": "one", "file": file, "sha256": digest, "size": len(data), **about})


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def content(table: SourceTable, path: Path) -> bytes:
    with open_table(table, path) as handle:
        return handle.read()


# ---------------------------------------------------------------- the file


def test_a_good_registry_gives_tables_by_what_they_provide_and_sources_by_table(tmp_path: Path) -> None:
    registry = read_registry(registry_file(tmp_path))
    assert [table.id for table in registry.tables("cohorts")] == ["tumours"]
    assert [table.id for table in registry.tables("gene_names")] == ["genes"]
    assert registry.source_of(registry.table[1]).file == "one.zip"
    assert registry.lacks() == []


def test_what_no_table_provides_is_named(tmp_path: Path) -> None:
    text = GOOD.replace('provides = "cohorts"', 'provides = "precedent"')
    text = text.replace('provides = "normal_bulk"', 'provides = "normal_cell"')
    assert read_registry(registry_file(tmp_path, text)).lacks() == ["cohorts", "normal_bulk"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "tumours"', 'id = "genes"', "table ids occur twice: genes"),
        ('source = "one"', 'source = "two"', "sources that are not there: two"),
        ('kind = "file"', 'kind = "pypi"', "`package` belongs to kind = 'pypi'"),
        ('kind = "file"', 'kind = "ftp"', "source.0.kind"),
        ('sha256 = "0', 'sha256 = "G', "source.0.sha256"),
        ("size = 10", "size = 0", "source.0.size"),
        ("size = 10", 'size = "big"', "source.0.size"),
        ('provides = "cohorts"', 'provides = "cohort"', "table.2.provides"),
        ('parser = "hgnc"', 'parser = "xlsx"', "unknown parser 'xlsx' of table 'genes'"),
        ('retired = "old", ', "", "table 'old_ids' lacks options of parser 'id_aliases': retired"),
        ('file = "one.zip"', 'file = "../one.zip"', "source.0.file"),
        ('id = "genes"', 'id = "my genes"', "table.0.id"),
        ('parser = "hgnc"', "", "table.0.parser"),
        ('licence = "MIT"', 'licence = "MIT"\ncolour = "red"', "source.0.colour"),
        ('release = "2"', 'release = "2"\nskip_labels = ["a"]', "table.2.skip_labels"),
        ('mine = "for tests"', "mine = for tests", "not valid TOML"),
    ],
)
def test_a_wrong_registry_is_refused_by_file_and_field(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    path = registry_file(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_registry(path)
    assert caught.value.file == path
    assert told in str(caught.value)


def test_two_sources_of_one_id_are_refused(tmp_path: Path) -> None:
    block = "[[source]]" + GOOD.split("[[source]]")[1].split("[[table]]")[0]
    with pytest.raises(InputError, match="source ids occur twice: one"):
        read_registry(registry_file(tmp_path, GOOD + block))


def test_a_missing_registry_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as caught:
        read_registry(tmp_path / "sources.toml")
    assert caught.value.file == tmp_path / "sources.toml"


def test_every_shipped_table_names_a_parser_that_exists_and_every_atlas_a_unit(repository: Path) -> None:
    registry = read_registry(repository / "references" / "sources.toml")
    assert {table.parser for table in registry.table} <= set(READERS)
    assert set(PARSERS) == set(READERS)
    assert {t.id: t.unit for t in registry.table if t.provides.startswith("normal")} == {
        "hpa_tissue": "nTPM",
        "hpa_cell": "nTPM",
        "gtex": "TPM",
    }


def test_every_shipped_source_is_used_and_names_a_licence(repository: Path) -> None:
    registry = read_registry(repository / "references" / "sources.toml")
    assert {table.source for table in registry.table} == {source.id for source in registry.source}
    assert all(source.licence and source.citation for source in registry.source)


# ---------------------------------------------------------------- checksums


def test_the_checksum_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_stored_file_with_its_checksum_is_returned(tmp_path: Path) -> None:
    (tmp_path / "one.zip").write_bytes(CONTENT)
    assert verified(source(CONTENT), tmp_path) == tmp_path / "one.zip"


@pytest.mark.parametrize("damaged", [CONTENT[:-1] + b"?", CONTENT[:-1], b""], ids=["one byte", "cut", "empty"])
def test_a_stored_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "one.zip").write_bytes(damaged)
    with pytest.raises(InputError, match="wrong checksum") as caught:
        verified(source(CONTENT), tmp_path)
    assert (caught.value.file, caught.value.field) == (tmp_path / "one.zip", "one")
    assert "targetfinder reference fetch" in caught.value.remedy


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir], ids=["missing", "a folder"])
def test_a_source_that_is_not_in_the_store_is_refused(tmp_path: Path, make: object) -> None:
    make(tmp_path / "one.zip")  # type: ignore[operator]
    with pytest.raises(InputError, match="not in the store") as caught:
        verified(source(CONTENT), tmp_path)
    assert caught.value.file == tmp_path / "one.zip"


# ---------------------------------------------------------------- opening


def test_a_table_is_the_same_plain_gzipped_zipped_and_both(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CONTENT)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CONTENT))
    archive = zipped(tmp_path / "a.zip", {"in/a.csv": CONTENT, "in/b.csv.gz": gzip.compress(CONTENT)})
    assert content(entry(), tmp_path / "a.csv") == CONTENT
    assert content(entry(), tmp_path / "a.csv.gz") == CONTENT
    assert content(entry("in/a.csv"), archive) == CONTENT
    assert content(entry("in/b.csv.gz"), archive) == CONTENT


def test_a_member_that_is_not_in_the_archive_is_refused_by_name(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"a.csv": CONTENT})
    with pytest.raises(InputError) as caught:
        content(entry("b.csv"), archive)
    assert (caught.value.file, caught.value.field) == (archive, "b.csv")


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>", b"PK\x03\x04 and no more"])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(InputError, match="damaged or truncated"):
        content(entry("a.csv"), tmp_path / "a.zip")


def test_what_is_no_gzip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(b"<html>not found</html>")
    with pytest.raises(InputError, match="damaged or truncated"):
        content(entry(), tmp_path / "a.csv.gz")


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_gzip_is_refused(tmp_path: Path, share: float) -> None:
    data = gzip.compress(CONTENT)
    (tmp_path / "a.csv.gz").write_bytes(data[: max(1, int(len(data) * share))])
    with pytest.raises(InputError, match="damaged or truncated"):
        content(entry(), tmp_path / "a.csv.gz")


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_zip_is_refused(tmp_path: Path, share: float) -> None:
    data = zipped(tmp_path / "whole.zip", {"a.csv": CONTENT}).read_bytes()
    (tmp_path / "a.zip").write_bytes(data[: max(1, int(len(data) * share))])
    with pytest.raises(InputError, match="damaged or truncated"):
        content(entry("a.csv"), tmp_path / "a.zip")


def test_a_truncated_gzip_inside_a_whole_zip_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"a.csv.gz": gzip.compress(CONTENT)[:-100]})
    with pytest.raises(InputError, match="damaged or truncated"):
        content(entry("a.csv.gz"), archive)


def test_a_member_with_flipped_bytes_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.csv": CONTENT})
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged or truncated"):
        content(entry("a.csv"), path)


def test_a_refusal_of_the_reader_passes_through_unchanged(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CONTENT)
    told = InputError("column is missing", remedy="add it")
    with pytest.raises(InputError) as caught, open_table(entry(), tmp_path / "a.csv"):
        raise told
    assert caught.value is told


def test_a_defect_of_a_reader_is_not_told_as_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CONTENT)
    with pytest.raises(KeyError), open_table(entry(), tmp_path / "a.csv"):
        raise KeyError("an option that the reader expects")
