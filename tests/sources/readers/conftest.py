"""What tests of readers share: bytes read as a file of the store, and the ways in which delimited files go wrong."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from targetfinder.errors import InputError
from targetfinder.sources.readers import read
from targetfinder.sources.registry import SourceTable

PAGE = b"<!DOCTYPE html>\n<html><head><title>404</title></head>\n<body>Not, found</body></html>\n"
FAULTS = ["empty", "HTML error page", "wrong delimiter", "last line too long", "last line cut", "truncated gz"]


@pytest.fixture(scope="session")
def entry() -> Callable[..., SourceTable]:
    """Return a function that makes a registry entry: a parser, its options by name, and other fields as `about`."""

    def entry(parser: str, about: dict[str, Any] | None = None, **options: Any) -> SourceTable:
        plain = {"id": "mine", "source": "one", "provides": "gene_names", "release": "1", "citation": "nobody"}
        return SourceTable.model_validate({**plain, "parser": parser, "options": options, **(about or {})})

    return entry


@pytest.fixture
def parse(tmp_path: Path, entry: Callable[..., SourceTable]) -> Callable[..., Any]:
    """Return a function that reads bytes, or the file at a path, with a parser and its options."""

    def parse(parser: str, data: bytes | Path, name: str = "a.txt", **options: Any) -> Any:
        path = data if isinstance(data, Path) else tmp_path / name
        if isinstance(data, bytes):
            path.write_bytes(data)
        return read(entry(parser, **options), path)

    return parse


@pytest.fixture
def refusal(parse: Callable[..., Any]) -> Callable[..., str]:
    """Return a function that gives the whole message with which a file is refused."""

    def refusal(parser: str, data: bytes, name: str = "a.txt", **options: Any) -> str:
        with pytest.raises(InputError) as caught:
            parse(parser, data, name, **options)
        assert caught.value.file
        assert caught.value.remedy
        return str(caught.value)

    return refusal


@pytest.fixture(scope="session")
def survives(tmp_path_factory: pytest.TempPathFactory, entry: Callable[..., SourceTable]) -> Callable[..., None]:
    """Return a function that garbles a passage of a good file: whatever it is then, it is read or refused."""

    def survives(data: st.DataObject, good: bytes, parser: str, **options: Any) -> None:
        start = data.draw(st.integers(0, len(good)))
        end = data.draw(st.integers(start, min(len(good), start + 40)))
        garble = st.one_of(st.binary(max_size=8), st.text('0-9.,;"{}[]: \n\tA', max_size=8).map(str.encode))
        path = tmp_path_factory.getbasetemp() / "garbled"
        path.write_bytes(good[:start] + data.draw(garble) + good[end:])
        try:
            read(entry(parser, **options), path)
        except InputError as error:
            assert error.remedy

    return survives


@pytest.fixture(params=FAULTS)
def broken(request: pytest.FixtureRequest) -> Callable[[bytes, bytes], tuple[bytes, str, str]]:
    """Return a function that breaks a good delimited file: the bytes, the file name, and what must be told."""
    fault = request.param

    def broken(good: bytes, separator: bytes) -> tuple[bytes, str, str]:
        lines = good.rstrip(b"\n").split(b"\n")
        last = lines.pop()
        longer, shorter = last + separator + b"1", last.rsplit(separator, 1)[0]
        return {
            "empty": (b"", "a.txt", ""),
            "HTML error page": (PAGE, "a.txt", ""),
            "wrong delimiter": (good.replace(separator, b";"), "a.txt", ""),
            "last line too long": (b"\n".join([*lines, longer]) + b"\n", "a.txt", f"line {len(lines) + 1}"),
            "last line cut": (b"\n".join([*lines, shorter]), "a.txt", f"line {len(lines) + 1}"),
            "truncated gz": (gzip.compress(good)[:-12], "a.txt.gz", "truncated"),
        }[fault]

    return broken
