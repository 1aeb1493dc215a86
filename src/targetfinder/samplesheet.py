"""The samplesheet: a user's own tumours, one row a sample, checked as a whole before anything is read.

The columns are described once, in `pipeline/assets/schema_input.json`, for people, for Nextflow's tools and for this
module. Every error of a sheet is found before the first is reported.
"""

from __future__ import annotations

import csv
import difflib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from targetfinder.config import Strict
from targetfinder.errors import InputError

#: As a sample: every sample of the file.
EVERY = "*"
#: Timepoints whose cohorts are ranked; the others say what became of the tumour later.
RANKED = ("", "selection")
#: What all samples of a cohort share.
SHARED = ("indication", "timepoint", "modality", "unit", "library", "material", "selected_by")
GLOB = "*?["
#: Formats of single cells: of proteins too, if they come with antibodies (CITE-seq).
CELLS = ("h5ad", "10x_h5", "10x_mtx")
#: What each modality may come as.
FORMATS = {
    "rna_bulk": (
        *("matrix", "gct", "salmon_merged", "salmon_genes", "rsem_genes"),
        *("kallisto", "featurecounts", "star_counts", "quantiles"),
    ),
    "rna_cell": CELLS,
    "protein": ("maxquant", "diann", "fragpipe", "protein_matrix", "panel", "ihc", "h5ad"),
}
#: Format of a cohort as a whole.
QUARTILES = "quantiles"
#: Formats of which one sample is a folder.
FOLDERS = ("10x_mtx",)


class Sample(Strict):
    """One row of a samplesheet; "" and None stand for empty cells."""

    line: int
    sample: str
    patient: str
    indication: str
    cohort: str
    timepoint: str = ""
    modality: str
    files: tuple[Path, ...]
    format: str
    unit: str | None = None
    library: str = "unknown"
    purity: float | None = None
    material: str = "tumour"
    selected_by: tuple[str, ...] = ()
    malignant: str = ""
    mapping: dict[str, str] = Field(default_factory=dict)
    genes: Path | None = None
    column: str
    role: str = "cohort"
    override: str = ""


def read_samplesheet(path: Path, schema: Path) -> list[Sample]:
    """Read and check a samplesheet; relative paths in it start at its folder.

    Parameters
    ----------
    path
        CSV file with a header.
    schema
        `schema_input.json`.

    Raises
    ------
    InputError
        Naming every row and column that is wrong, all at once.
    """
    rows = _rows(path)
    problems = list(_against_schema(rows, json.loads(schema.read_text(encoding="utf-8"))))
    if not problems:
        samples, problems = _samples(rows, path.absolute().parent)
        problems += _together(samples)
    if problems:
        told = "; ".join(problems)
        raise InputError(told, file=path, remedy="mend the samplesheet; docs/cohorts.md describes each column")
    return samples


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return line and filled cells of each row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, strict=True, restkey="", restval="")
            header = [name.strip() for name in reader.fieldnames or []]
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read as CSV: {error}", file=path, remedy="save it as CSV in UTF-8") from error
    doubled = [name for name, count in Counter(header).items() if count > 1]
    if doubled or not header:
        told = f"column {', '.join(doubled)} occurs twice" if doubled else "is empty"
        raise InputError(told, file=path, remedy="write one header line, each column once")
    longer = [line for line, row in rows if "" in row]
    if longer:
        raise InputError(
            f"line {longer[0]} has more cells than the header", file=path, remedy="put cells with a comma in quotes"
        )
    filled = [(line, {name.strip(): cell.strip() for name, cell in row.items() if cell.strip()}) for line, row in rows]
    found = [(line, row) for line, row in filled if row]
    if not found:
        raise InputError("holds no sample", file=path, remedy="write one row for each sample")
    return found


def _against_schema(rows: list[tuple[int, dict[str, str]]], schema: dict[str, Any]) -> Iterator[str]:
    import jsonschema

    rule = schema["items"]
    validator = jsonschema.Draft202012Validator(rule | {"additionalProperties": True})
    for name in sorted({name for _, row in rows for name in row} - set(rule["properties"])):
        near = difflib.get_close_matches(name, rule["properties"], n=1)
        yield f"unknown column '{name}'" + (f", did you mean '{near[0]}'?" if near else "")
    for line, row in rows:
        yield from (f"line {line}, {name}: is empty" for name in rule["required"] if name not in row)
        for error in sorted(validator.iter_errors(row), key=lambda e: [str(part) for part in e.path]):
            if error.path:
                name = str(error.path[0])
                yield f"line {line}, {name}: '{row[name]}' {rule['properties'][name]['errorMessage']}"


def _samples(rows: list[tuple[int, dict[str, str]]], folder: Path) -> tuple[list[Sample], list[str]]:
    found, problems = [], []
    for line, row in rows:
        try:
            found.append(_sample(line, row, folder))
        except ValueError as error:
            problems.append(f"line {line}, {error}")
    return found, problems


def _sample(line: int, row: dict[str, str], folder: Path) -> Sample:
    parts = [row["indication"], row["modality"], *([row["timepoint"]] if "timepoint" in row else [])]
    own: dict[str, Any] = {
        "line": line,
        "files": _files(row["file"], folder, row["format"]),
        "patient": row.get("patient", row["sample"]),
        "column": row.get("column", row["sample"]),
        "cohort": row.get("cohort", "_".join(parts)),
        "mapping": _pairs(row.get("mapping", "")),
        "selected_by": tuple(row["selected_by"].split(";")) if "selected_by" in row else (),
        "genes": _inside("genes", row["genes"], folder) if "genes" in row else None,
        "purity": float(row["purity"]) if "purity" in row else None,
    }
    if row["format"] not in FORMATS[row["modality"]]:
        known = ", ".join(FORMATS[row["modality"]])
        raise ValueError(f"format: '{row['format']}' holds no {row['modality']}; use one of {known}")
    if row["format"] in CELLS and "malignant" not in row:
        raise ValueError("malignant: is empty; say which cells are malignant, for instance: all")
    if row.get("role") == "query" and row["modality"] != "rna_bulk":
        raise ValueError(f"role: a query of {row['modality']} cannot be held against a cohort; only rna_bulk can")
    if row.get("role") == "query" and row["format"] == QUARTILES:
        raise ValueError("role: quartiles are of a cohort, no query")
    if row["sample"] == EVERY and {"patient", "column"} & set(row):
        raise ValueError("sample: * stands for many, so patient and column must be empty")
    if row["sample"] != EVERY and len(own["files"]) > 1:
        raise ValueError(f"file: is {len(own['files'])} files for one sample; name one, or write * as the sample")
    return Sample.model_validate({name: row[name] for name in row if name != "file"} | own)


def _pairs(text: str) -> dict[str, str]:
    pairs = [part.split("=", 1) for part in text.split(";") if part.strip()]
    found = {key.strip(): value.strip() for key, value in pairs}
    if len(found) < len(pairs):
        raise ValueError("mapping: names a key twice")
    return found


def _inside(column: str, text: str, folder: Path) -> Path:
    """Return a path that exists; a relative one may not leave the folder of the samplesheet."""
    path = Path(text)
    if not path.is_absolute() and ".." in path.parts:
        raise ValueError(f"{column}: '{text}' leaves the folder of the samplesheet; write an absolute path")
    if not (folder / path).exists():
        raise ValueError(f"{column}: no such file '{text}'")
    return folder / path


def _files(text: str, folder: Path, form: str) -> tuple[Path, ...]:
    """Return what a path, a folder or a pattern stands for, in the order of names."""
    path = Path(text)
    if not any(sign in text for sign in GLOB):
        place = _inside("file", text, folder)
        found = sorted(place.glob("[!.]*")) if place.is_dir() and form not in FOLDERS else [place]
    elif ".." in path.parts:
        raise ValueError(f"file: '{text}' leaves the folder of the samplesheet; write an absolute path")
    else:
        found = sorted(Path(path.anchor or folder).glob(str(path.relative_to(path.anchor))))
    if not found:
        raise ValueError(f"file: nothing is there that '{text}' stands for")
    return tuple(found)


def _together(samples: Sequence[Sample]) -> list[str]:
    """Return what is wrong between rows: samples that occur twice, cohorts that mix what cannot be one."""
    problems = []
    first: dict[tuple[Any, ...], int] = {}
    for one in samples:
        for key, told in ((_name(one), "sample"), (_place(one), "file and column")):
            if first.setdefault((told, *key), one.line) != one.line:
                line = first[told, *key]
                problems.append(f"line {one.line}, sample: repeats the {told} of line {line} in cohort {one.cohort}")
    for cohort, rows in cohorts(samples).items():
        for name in SHARED:
            found = sorted({str(getattr(row, name)) for row in rows})
            if len(found) > 1:
                told = ", ".join(found)
                problems.append(f"cohort {cohort}, {name}: its rows differ ({told}); give each its own cohort")
        if len(rows) > 1 and QUARTILES in {row.format for row in rows}:
            problems.append(f"cohort {cohort}, format: a table of quartiles is a cohort of its own")
    return problems


def _name(one: Sample) -> tuple[Any, ...]:
    return (one.cohort, one.line if one.sample == EVERY else one.sample)


def _place(one: Sample) -> tuple[Any, ...]:
    return (one.cohort, one.files, one.column)


def cohorts(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    """Return the rows of each cohort, in the order of their ids."""
    return {name: [one for one in samples if one.cohort == name] for name in sorted({one.cohort for one in samples})}


def of_cohort(samples: Sequence[Sample], cohort: str, path: Path) -> list[Sample]:
    """Return the rows of one cohort.

    Raises
    ------
    InputError
        If the samplesheet has none.
    """
    known = cohorts(samples)
    if cohort not in known:
        raise InputError(f"no cohort '{cohort}'", file=path, field="cohort", remedy=f"use one of {', '.join(known)}")
    return known[cohort]
