"""What tests of readers share: bytes read as a file of the store, and the ways in which delimited files go wrong."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import strategies as st

from targetfinder.errors import InputError
from targetfinder.sources.readers import read
from targetfinder.sources.registry import SourceTable

SHARES = [0.3, 0.6, 0.95]
PAGE = b"<!DOCTYPE html>\n<html><head><title>404</title></head>\n<body>Not, found</body></html>\n"
FOREIGN = {
    "empty": b"",
    "one line end": b"\n",
    "HTML error page": PAGE,
    "binary": bytes(range(256)) * 4,
    "another text": b"once upon a time\nthere was\na,file\n",
}
FAULTS = ["empty", "HTML error page", "wrong delimiter", "last line too long", "last line cut", "truncated gz"]


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return the rows of a frame as tuples, with None where a cell is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return list(plain.itertuples(index=False, name=None))


@pytest.fixture(scope="session")
def entry() -> Callable[..., SourceTable]:
    """Return a function that makes a registry entry: a parser, its options by name, and other fields as `about`."""

    def entry(parser: str, about: dict[str, Any] | None = None, **options: Any) -> SourceTable:
        plain = {"id": "mine", "source": "one", "provides": "gene_names", "release": "1", "citation": "nobody"}
        return SourceTable.model_validate({**plain, "parser": parser, "options": options, **(about or {})})

    return entry


@pytest.fixture
def parse(tmp_path: Path, entry: Callable[..., SourceTable]) -> Callable[..., Any]:
    """Return a function that reads bytes, text, or the file at a path, with a parser and its options."""

    def parse(
        parser: str,
        data: bytes | str | Path,
        name: str = "a.txt",
        about: dict[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        path = data if isinstance(data, Path) else tmp_path / name
        if not isinstance(data, Path):
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        return read(entry(parser, about, **options), path)

    return parse


@pytest.fixture
def fault(parse: Callable[..., Any]) -> Callable[..., InputError]:
    """Return a function that gives the error with which `parse` refuses what it is given."""

    def fault(*given: Any, **named: Any) -> InputError:
        with pytest.raises(InputError) as caught:
            parse(*given, **named)
        assert caught.value.file
        assert caught.value.remedy
        return caught.value

    return fault


@pytest.fixture
def refusal(fault: Callable[..., InputError]) -> Callable[..., str]:
    """Return a function that gives the whole message with which `parse` refuses what it is given."""
    return lambda *given, **named: str(fault(*given, **named))


@pytest.fixture(params=FOREIGN.values(), ids=FOREIGN)
def foreign(request: pytest.FixtureRequest) -> bytes:
    """A file of another kind than any parser reads."""
    data: bytes = request.param
    return data


@pytest.fixture(params=SHARES)
def truncated(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    """Return a function that gives the beginning of a file, packed by gzip."""

    def truncated(good: bytes) -> bytes:
        packed = gzip.compress(good)
        return packed[: int(len(packed) * request.param)]

    return truncated


@pytest.fixture(scope="session")
def survives(tmp_path_factory: pytest.TempPathFactory, entry: Callable[..., SourceTable]) -> Callable[..., None]:
    """Return a function that garbles a passage of a good file: whatever it is then, it is read or refused."""

    def survives(data: st.DataObject, good: bytes, parser: str, **options: Any) -> None:
        start = data.draw(st.integers(0, len(good)))
        end = data.draw(st.integers(start, min(len(good), start + 40)))
        garble = st.one_of(st.binary(max_size=8), st.text('0-9.,;"?<>{}[]: \n\tA', max_size=8).map(str.encode))
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
