"""Check everything a run is told before any work starts, and say what it will do, as JSON for `main.nf`.

The plan carries one digest of code a process (see `digest`). Nextflow hashes it with the inputs, so that
`-resume` never serves the results of older code, and an edit re-runs only the steps that it touches.
"""

from __future__ import annotations

import ast
import csv
import difflib
import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

from targetfinder.errors import InputError
from targetfinder.indications import check_tolerated, find_indication, read_indication
from targetfinder.samplesheet import QUARTILES, RANKED, Sample, cohorts, read_samplesheet
from targetfinder.settings import Criticality, read_rules, read_scoring, read_voters
from targetfinder.sources.files import own_file, sha256_of
from targetfinder.sources.registry import Source, read_registry
from targetfinder.waivers import read_waivers

PACKAGE = Path(__file__).parent.parent
#: Kind of context to the file that lists it.
CURATED = {"tissue": "tissues.tsv", "cell_type": "cell_types.tsv"}
LABELS = ("labels.tsv", "stained_cells.tsv", "tissue_cells.tsv")


def plan(parameters: dict[str, Any], project: Path) -> dict[str, Any]:
    """Return the plan of a run: parameters, indications, checksums of what a person may edit, sources, code.

    Parameters
    ----------
    parameters
        All parameters as Nextflow has them.
    project
        Folder with main.nf and nextflow_schema.json.

    Raises
    ------
    InputError
        On the first thing that is wrong; all wrong parameters come in one message.
    """
    check_parameters(parameters, project / "nextflow_schema.json")
    references, chosen = reference_set(parameters["references"], project)
    registry = read_registry(references / "sources.toml", chosen)
    if registry.lacks():
        raise InputError(
            f"no table provides {', '.join(registry.lacks())}",
            file=references / "sources.toml",
            field="provides",
            remedy="add a table for each",
        )
    scoring = Path(parameters["scoring"])
    rules = read_rules(references / "safety.toml")
    read_voters(references / "surface.toml")
    level = read_scoring(scoring).presence.level
    _check_writable(Path(parameters["outdir"]), "outdir")
    _check_writable(Path(parameters["store"]), "store")
    indications = _indication_files(parameters["indications"], references)
    chosen_ids = [path.stem for path in indications]
    samples = _own_samples(parameters["input"], project, chosen_ids)
    if parameters["benchmark"]:
        _check_lists(references / "targets", chosen_ids)
    classes = _classes(references)["cell_type"]
    check_tolerated(rules.tolerated, classes, str(references / "safety.toml"))
    for path in indications:
        check_tolerated(read_indication(path).tolerated, classes, path.name)
    waivers = _waivers(parameters["waivers"], classes, [*indications, *(references / "indications").glob("*.toml")])
    curated = [references / name for name in ("sources.toml", "safety.toml", "surface.toml", *CURATED.values())]
    curated += [_present(references / name) for name in LABELS]
    sheet = [Path(parameters[name]) for name in ("input", "clinical") if parameters[name]]
    individuals = {one.indication for one in samples if one.role == "cohort" and one.format != QUARTILES}
    return {
        "parameters": parameters,
        "indications": [{"id": path.stem, "file": str(path.absolute())} for path in indications],
        "checksums": {str(path): sha256_of(path) for path in (*curated, scoring, *indications, *sheet, *waivers)},
        "references": {
            "folder": str(references.absolute()),
            "set": registry.name,
            "store": str(Path(parameters["store"]).absolute()),
            "mirror": _place(parameters["mirror"]),
            "own": str(Path(chosen).absolute()) if chosen and chosen.endswith(".toml") else None,
            "sources": [_source(source, references, chosen) for source in registry.source],
        },
        "level": level,
        "cohorts": [
            {"id": cohort, "sheet": str(Path(parameters["input"]).absolute()), "content": _content(rows)}
            for cohort, rows in cohorts(samples).items()
        ],
        "queries": sorted({one.indication for one in samples if one.role == "query"}),
        "individuals": sorted(individuals),
        "escapes": sorted(individuals | _followed(samples) | _in_clinical(parameters["clinical"], chosen_ids)),
        "code": {name: digest(command, project) for name, command in processes(project).items()},
    }


def _own_samples(sheet: str, project: Path, indications: list[str]) -> list[Sample]:
    """Return the rows of the samplesheet, all of which must be of an indication that is ranked."""
    if not sheet:
        return []
    samples = read_samplesheet(Path(sheet), project / "pipeline" / "assets" / "schema_input.json")
    others = sorted({one.indication for one in samples} - set(indications))
    if others:
        raise InputError(
            f"samples of {', '.join(others)}, which is not among the indications to rank",
            file=sheet,
            field="indication",
            remedy=f"add it to --indications ({', '.join(indications)}), or take the rows out",
        )
    return samples


def _check_lists(folder: Path, indications: list[str]) -> None:
    """Refuse a benchmark without a list of known targets of any indication."""
    from targetfinder.target_lists import read_target_lists

    named = set(read_target_lists(folder, held_out=True)["indication"])
    if named.isdisjoint(indications):
        raise InputError(
            f"no list of known targets is of {', '.join(indications)}",
            file=folder,
            field="benchmark",
            remedy=f"add one, or rank one of {', '.join(sorted(named))}",
        )


def _followed(samples: list[Sample]) -> set[str]:
    """Return the indications with samples of a later time than that of the ranking."""
    return {one.indication for one in samples if one.timepoint not in RANKED}


def _in_clinical(table: str, indications: list[str]) -> set[str]:
    """Return the indications of a clinical table, all of which must be ranked; it is read as a whole by its step."""
    if not table:
        return set()
    try:
        with Path(table).open(encoding="utf-8", newline="") as handle:
            found = {row["indication"].strip() for row in csv.DictReader(handle, delimiter="\t")}
    except (OSError, UnicodeDecodeError, KeyError, AttributeError) as error:
        remedy = "write TSV with a column indication; docs/cohorts.md describes it"
        raise InputError(f"cannot be read: {error}", file=table, field="indication", remedy=remedy) from error
    others = sorted(found - set(indications))
    if others or not found:
        told = f"patients of {', '.join(others)}, which is not among the indications to rank" if found else "has no row"
        remedy = f"add it to --indications ({', '.join(indications)}), or take the rows out"
        raise InputError(told, file=table, field="indication", remedy=remedy)
    return found


def _content(samples: list[Sample]) -> list[str]:
    """Return what a cohort depends on: its rows, and name, size and time of change of each file."""
    paths = {path for one in samples for path in (*one.files, *([one.genes] if one.genes else []))}
    files = sorted(file for path in paths for file in ([path] if path.is_file() else path.rglob("*")))
    stats = [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]
    return [*(one.model_dump_json() for one in samples), *stats]


def reference_set(given: str, project: Path) -> tuple[Path, str | None]:
    """Return the folder of the curated tables, and the reference set (None for the folder's first).

    `given` is the name of a shipped set, a TOML file that extends one, or a folder with a sources.toml of its own.

    Whether it is there is found when it is read.
    """
    shipped = project / "references"
    if given.endswith(".toml"):
        return shipped, str(Path(given).absolute())
    if "/" in given or Path(given, "sources.toml").is_file():
        return Path(given), None
    return shipped, given


def _place(mirror: str) -> str:
    """Return a mirror as a task sees it, which runs in a folder of its own."""
    return mirror if not mirror or "://" in mirror else str(Path(mirror).absolute())


def _source(source: Source, references: Path, chosen: str | None) -> dict[str, str | None]:
    """Return what the fetch depends on; a user's file by its content, so that an edit of it is noticed."""
    digest = source.sha256
    if source.kind == "file" and digest is None:
        digest = sha256_of(own_file(source, references, chosen))
    return {"id": source.id, "file": source.file, "release": source.release, "sha256": digest}


def _classes(references: Path) -> dict[str, dict[str, str]]:
    """Return for each kind name to criticality, read without pandas: the launch must be quick."""
    classes: dict[str, dict[str, str]] = {}
    for kind, file in CURATED.items():
        path = references / file
        try:
            with path.open(encoding="utf-8", newline="") as handle:
                rows = list(csv.DictReader(handle, delimiter="\t"))
            classes[kind] = {row[kind]: row["criticality"] for row in rows}
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot be read: {error}", file=path, remedy="restore the file") from error
        except KeyError as error:
            raise InputError("missing column", file=path, field=str(error), remedy="add it to the header") from error
        for line, (name, word) in enumerate(classes[kind].items(), start=2):
            if word not in get_args(Criticality):
                near = difflib.get_close_matches(str(word), get_args(Criticality), n=1)
                remedy = f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(get_args(Criticality))}"
                problem = f"'{word}' of '{name}' in line {line} is no class"
                raise InputError(problem, file=path, field="criticality", remedy=remedy)
    return classes


def _waivers(given: str, classes: dict[str, str], indications: list[Path]) -> list[Path]:
    """Check a user's waivers; return the file, or nothing without one."""
    if not given:
        return []
    read_waivers(Path(given), classes, {read_indication(path).lineage for path in indications})
    return [Path(given)]


def _present(path: Path) -> Path:
    if not path.is_file():
        raise InputError("no such file", file=path, remedy="restore the file")
    return path


def _indication_files(names: str, references: Path) -> list[Path]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if wanted == ["all"]:
        return sorted((references / "indications").glob("*.toml"))
    if not wanted:
        raise InputError("no indication is named", field="indications", remedy="name one, or 'all'")
    files = list(dict.fromkeys(find_indication(name, references) for name in wanted))
    doubled = sorted({file.stem for file in files if [f.stem for f in files].count(file.stem) > 1})
    if doubled:
        raise InputError(
            f"two files have the id {', '.join(doubled)}", field="indications", remedy="give your file its own id"
        )
    return files


def check_parameters(parameters: dict[str, Any], schema_file: Path) -> None:
    """Check parameters against nextflow_schema.json, with every violation in one message.

    Raises
    ------
    InputError
        Naming each unknown parameter (with the nearest known one) and each wrong value.
    """
    import jsonschema

    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    known = {name: rule for group in schema["$defs"].values() for name, rule in group["properties"].items()}
    problems = []
    for name in sorted(set(parameters) - set(known)):
        near = difflib.get_close_matches(name, known, n=1)
        problems.append(f"--{name}: unknown parameter" + (f", did you mean --{near[0]}?" if near else ""))
    validator = jsonschema.Draft202012Validator(schema)
    given = {name: value for name, value in parameters.items() if value is not None}
    problems += [f"--{name}: must not be empty" for name in sorted(set(known) - set(given))]
    for error in sorted(validator.iter_errors(given), key=lambda e: [str(part) for part in e.path]):
        name = str(error.path[0]) if error.path else ""
        told = error.schema.get("errorMessage", error.message) if isinstance(error.schema, dict) else error.message
        problems.append(f"--{name}: {told}" if name else told)
    if problems:
        raise InputError("; ".join(problems), field="parameters", remedy="see nextflow_schema.json or --help")


def _check_writable(folder: Path, field: str) -> None:
    nearest = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write here: {error.strerror}", file=folder, field=field, remedy="choose another folder"
        ) from error


def processes(project: Path) -> dict[str, str]:
    """Return process name to command function: `evidence presence` is EVIDENCE_PRESENCE and `evidence_presence`."""
    modules = sorted((project / "pipeline" / "modules").glob("*/*/main.nf"))
    functions = [f"{module.parent.parent.name}_{module.parent.name}" for module in modules]
    return {function.upper(): function for function in functions}


def digest(command: str, project: Path) -> str:
    """Return a digest of all that a command runs.

    That is its function in cli.py, every module that the function imports, all package code that those
    import, the `assets` beside them, and the locked libraries.

    Raises
    ------
    KeyError
        If cli.py has no function of this name.
    """
    functions = {node.name: node for node in _parsed(PACKAGE / "cli.py").body if isinstance(node, ast.FunctionDef)}
    content = hashlib.sha256(ast.dump(functions[command]).encode())
    for path in sorted(_with_assets(_closure(_imports(functions[command])))):
        content.update(str(path.relative_to(PACKAGE)).encode() + path.read_bytes())
    lock = project / "conf" / "lock" / "run.txt"
    if lock.is_file():
        content.update(lock.read_bytes())
    return content.hexdigest()[:16]


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def _closure(modules: Iterable[str]) -> set[Path]:
    """Return the source files of modules and of all package modules that they import, at any depth."""
    found: set[Path] = set()
    waiting = list(modules)
    while waiting:
        path = _path(waiting.pop())
        if path is not None and path not in found:
            found.add(path)
            waiting.extend(_imports(_parsed(path)))
    return found


def _path(module: str) -> Path | None:
    base = PACKAGE.joinpath(*module.split(".")[1:])
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def _imports(code: ast.AST) -> Iterator[str]:
    """Yield the package modules that a piece of code imports; a name imported from a module may be one too."""
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "targetfinder":
            yield str(node.module)
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == "targetfinder")


def _with_assets(sources: set[Path]) -> set[Path]:
    assets = {file for source in sources for file in (source.parent / "assets").rglob("*") if file.is_file()}
    return sources | assets
