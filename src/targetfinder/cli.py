"""The command line: the only place that parses arguments and sets exit codes. Bodies import lazily."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from targetfinder.errors import InputError

app = typer.Typer(
    help="Rank surface antigens for CAR therapies. For research use only.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_STEPS = {
    "reference": "Fetch pinned sources and build the reference bundle.",
    "cohort": "Bring tumour cohorts into the common shape.",
    "evidence": "Measure presence, specificity, surface and safety.",
    "decide": "Rank targets.",
    "report": "Write tables, figures and pages.",
    "benchmark": "Hold rankings against known targets.",
    "run": "Check parameters and plan a run.",
    "demo": "Make small data with planted truth.",
}
_steps = {name: typer.Typer(help=text, no_args_is_help=True) for name, text in _STEPS.items()}
for _name, _step in _steps.items():
    app.add_typer(_step, name=_name)

References = Annotated[Path, typer.Option(help="Folder with sources.toml and the curated tables.")]
Store = Annotated[Path, typer.Option(help="Folder that holds the fetched sources.")]
Set = Annotated[
    str | None,
    typer.Option("--set", help="Reference set of sources.toml, or a TOML file that extends one. Default: its first."),
]
_REFERENCES = Path("references")
_STORE = Path(os.environ.get("TARGETFINDER_CACHE", ".cache")) / "sources"
Bundle = Annotated[Path, typer.Option(help="Reference bundle, made by `reference build`.")]
Cohorts = Annotated[Path, typer.Option(help="Cohorts in the common shape, made by `cohort check`.")]
IndicationFile = Annotated[Path, typer.Option("--indication", help="Indication file (TOML).")]
ScoringFile = Annotated[Path, typer.Option("--scoring", help="Weights and scales (TOML).")]
RulesFile = Annotated[Path, typer.Option("--rules", help="Safety rules (TOML).")]
Waivers = Annotated[
    Path | None, typer.Option(help="Your own waivers (TSV): gene or lineage, cell_type, reason, reference.")
]
Level = Annotated[float, typer.Option(help="Level of prevalence in TPM*, as in conf/scoring.toml.")]
Out = Annotated[Path, typer.Option(help="What to write.")]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"targetfinder {version('targetfinder')}")
        raise typer.Exit


@app.callback()
def _global(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    versions: Annotated[
        Path | None,
        typer.Option(help="Write the versions of what this command used to a YAML file."),
    ] = None,
) -> None:
    if versions is not None:
        step = next(i for i, word in enumerate(sys.argv) if word in _STEPS)
        process = "_".join(sys.argv[step : step + 2]).upper()
        context.call_on_close(lambda: _write_versions(process, versions))


_LIBRARIES = (
    "numpy",
    "pandas",
    "pandera",
    "pyarrow",
    "scipy",
    "h5py",
    "jinja2",
    "itables",
    "matplotlib",
    "seaborn",
    "xlsxwriter",
)


def _write_versions(process: str, path: Path) -> None:
    from importlib.metadata import version

    from targetfinder.store import write_text

    used = ["targetfinder", *(name for name in _LIBRARIES if name in sys.modules)]
    lines = [f"{process}:", f"  python: {sys.version.split()[0]}", *(f"  {name}: {version(name)}" for name in used)]
    write_text("\n".join(lines) + "\n", path)


@_steps["reference"].command("fetch")
def reference_fetch(
    references: References = _REFERENCES,
    store: Store = _STORE,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    chosen: Set = None,
    mirror: Annotated[
        str | None,
        typer.Option(help="Folder, or address of one, that holds the files; nothing else is asked then."),
    ] = None,
) -> None:
    """Bring the sources into the store; a wrong checksum never enters it. Shows each licence first."""
    from targetfinder.reference.fetch import fetch

    for line in fetch(references, store, source or (), chosen, mirror):
        typer.echo(line)


@_steps["reference"].command("list")
def reference_list(references: References = _REFERENCES, store: Store = _STORE, chosen: Set = None) -> None:
    """List the sources of a reference set: release, licence, size, what they provide, whether they are stored."""
    from targetfinder.reference.list import overview

    typer.echo(overview(references, store, chosen))


@_steps["reference"].command("verify")
def reference_verify(references: References = _REFERENCES, store: Store = _STORE, chosen: Set = None) -> None:
    """Check every stored source of a reference set against its checksum."""
    from targetfinder.reference.verify import verify

    for line in verify(references, store, chosen):
        typer.echo(line)


@_steps["reference"].command("build")
def reference_build(
    references: References = _REFERENCES, store: Store = _STORE, out: Out = Path("bundle"), chosen: Set = None
) -> None:
    """Build the reference bundle from verified sources."""
    from targetfinder.reference.build import build

    build(references, store, out, chosen)


@_steps["cohort"].command("build")
def cohort_build(
    level: Level,
    references: References = _REFERENCES,
    store: Store = _STORE,
    out: Out = Path("cohorts"),
    chosen: Set = None,
) -> None:
    """Bring the shipped cohorts into the common shape, with a verdict on each."""
    from targetfinder.cohort.build import build

    build(references, store, out, level, chosen)


@_steps["cohort"].command("read")
def cohort_read(
    sheet: Annotated[Path, typer.Option(help="Samplesheet (CSV); docs/cohorts.md describes it.")],
    schema: Annotated[Path, typer.Option(help="pipeline/assets/schema_input.json.")],
    cohort: Annotated[str, typer.Option(help="Cohort of the samplesheet.")],
    bundle: Bundle,
    level: Level,
    out: Out,
    references: References = _REFERENCES,
    store: Store = _STORE,
    chosen: Set = None,
    problems: Annotated[
        Path | None, typer.Option(help="Write what is wrong with the files here, for `cohort check`, and do not fail.")
    ] = None,
) -> None:
    """Read one cohort of a samplesheet into the common shape."""
    from targetfinder.cohort.read import read

    read(sheet, schema, cohort, bundle, references, store, level, out, chosen, problems)


@_steps["cohort"].command("check")
def cohort_check(
    shipped: Annotated[Path, typer.Option(help="Shipped cohorts, made by `cohort build`.")],
    bundle: Bundle,
    out: Out,
    own: Annotated[list[Path] | None, typer.Option(help="Own cohort, made by `cohort read`; repeat for each.")] = None,
    problems: Annotated[list[Path] | None, typer.Option(help="Problems that `cohort read` wrote.")] = None,
) -> None:
    """Judge every cohort against every atlas, and join shipped and own cohorts."""
    from targetfinder.cohort.check import check

    check(shipped, own or [], problems or [], bundle, out)


@_steps["evidence"].command("presence")
def evidence_presence(
    indication: IndicationFile,
    bundle: Bundle,
    cohorts: Cohorts,
    scoring: ScoringFile,
    out: Out,
    min_patients: Annotated[int, typer.Option(help="Refuse cohorts with fewer patients.")] = 15,
) -> None:
    """Measure how much of the tumour carries each gene."""
    from targetfinder.evidence.presence import run

    run(indication, bundle, cohorts, scoring, out, min_patients)


@_steps["evidence"].command("specificity")
def evidence_specificity(
    indication: IndicationFile,
    bundle: Bundle,
    cohorts: Cohorts,
    scoring: ScoringFile,
    rules: RulesFile,
    out: Out,
    waivers: Waivers = None,
) -> None:
    """Measure the therapeutic window against every normal tissue."""
    from targetfinder.evidence.specificity import run

    run(indication, bundle, cohorts, scoring, rules, out, waivers)


@_steps["evidence"].command("surface")
def evidence_surface(
    bundle: Bundle,
    voters: Annotated[Path, typer.Option(help="What each voter on the surface was counted to say (TOML).")],
    scoring: ScoringFile,
    out: Out,
) -> None:
    """Grade the evidence that each protein is on the cell surface."""
    from targetfinder.evidence.surface import run

    run(bundle, voters, scoring, out)


OffTarget = Annotated[Path, typer.Option(help="Cell types that carry each gene (`evidence off_target`).")]


@_steps["evidence"].command("off_target")
def evidence_off_target(
    bundle: Bundle, rules: Annotated[Path, typer.Option(help="Safety rules (TOML).")], out: Out
) -> None:
    """Find the normal cell types that carry each gene, donor by donor, and the worst of them."""
    from targetfinder.evidence.off_target import run

    run(bundle, rules, out)


@_steps["evidence"].command("safety")
def evidence_safety(
    indication: IndicationFile,
    bundle: Bundle,
    cohorts: Cohorts,
    surface: Annotated[Path, typer.Option(help="Evidence of `evidence surface`.")],
    off_target: OffTarget,
    rules: RulesFile,
    out: Out,
    waivers: Waivers = None,
) -> None:
    """Find every normal tissue and cell type that crosses a safety rule."""
    from targetfinder.evidence.safety import run

    run(indication, bundle, cohorts, surface, off_target, rules, out, waivers)


@_steps["evidence"].command("nk_view")
def evidence_nk_view(
    indication: IndicationFile, bundle: Bundle, cohorts: Cohorts, scoring: ScoringFile, out: Out
) -> None:
    """Hold what the tumour shows an NK cell against other tumours."""
    from targetfinder.evidence.nk_view import run

    run(indication, bundle, cohorts, scoring, out)


@_steps["decide"].command("rank")
def decide_rank(
    evidence: Annotated[list[Path], typer.Option(help="Evidence table; repeat for each.")],
    findings: Annotated[Path, typer.Option(help="Safety findings.")],
    off_target: OffTarget,
    bundle: Bundle,
    scoring: ScoringFile,
    out: Out,
    mode: Annotated[Literal["car_t", "car_nk"], typer.Option(help="Which cells carry the CAR.")] = "car_t",
) -> None:
    """Rank the targets of one indication."""
    from targetfinder.decide.rank import run

    run(evidence, findings, off_target, bundle, scoring, mode, out)


@_steps["decide"].command("weights")
def decide_weights(
    results: Annotated[list[Path], typer.Option(help="Folder with targets.parquet, named as its indication; repeat.")],
    lists: Annotated[Path, typer.Option(help="Folder of lists of known targets.")],
    scoring: ScoringFile,
    out: Out,
) -> None:
    """Compare reasoned weights with learned ones on diseases left out; a person runs it, and no weight is changed."""
    from targetfinder.decide.weights import run

    typer.echo(run(results, lists, scoring, out))


@_steps["decide"].command("query")
def decide_query(
    indication: IndicationFile,
    results: Annotated[Path, typer.Option(help="Folder with targets and evidence of the indication.")],
    cohorts: Cohorts,
    scoring: ScoringFile,
    out: Annotated[Path, typer.Option(help="Folder for patients.parquet and patients.tsv.")],
) -> None:
    """Hold each query of the samplesheet against the cohorts of its indication; writes nothing if there is none."""
    from targetfinder.decide.query import run

    run(indication, results, cohorts, scoring, out)


@_steps["decide"].command("coverage")
def decide_coverage(
    indication: IndicationFile,
    results: Annotated[Path, typer.Option(help="Folder with targets.parquet of the indication.")],
    cohorts: Cohorts,
    out: Out,
    goal: Annotated[float, typer.Option(min=0.01, max=1, help="Share of the patients to be reached.")] = 0.9,
) -> None:
    """Find the smallest sets of targets that reach the patients, within each safety budget."""
    from targetfinder.decide.coverage import run

    run(indication, results, cohorts, goal, out)


@_steps["decide"].command("escape")
def decide_escape(
    indication: IndicationFile,
    results: Annotated[Path, typer.Option(help="Folder with targets.parquet of the indication.")],
    cohorts: Cohorts,
    bundle: Bundle,
    scoring: ScoringFile,
    out: Annotated[Path, typer.Option(help="Folder for the tables of escape.")],
    clinical: Annotated[Path | None, typer.Option(help="Clinical table (TSV); docs/cohorts.md describes it.")] = None,
) -> None:
    """Say what became of each antigen between selection and relapse, and what relapses still carry."""
    from targetfinder.decide.escape import run

    run(indication, results, cohorts, bundle, scoring, clinical, out)


Targets = Annotated[Path, typer.Option(help="targets.parquet of one indication.")]


@_steps["decide"].command("gates")
def decide_gates(
    indication: IndicationFile,
    targets: Targets,
    bundle: Bundle,
    cohorts: Cohorts,
    rules: Annotated[Path, typer.Option(help="Safety rules (TOML).")],
    out: Out,
    own: Annotated[list[Path] | None, typer.Option(help="Own cohort, made by `cohort read`; repeat for each.")] = None,
) -> None:
    """Find AND, OR and NOT gates, chosen on some patients and judged on others."""
    from targetfinder.decide.gates import run

    run(indication, targets, bundle, cohorts, own or [], rules, out)


@_steps["report"].command("tables")
def report_tables(
    targets: Targets, out: Annotated[Path, typer.Option(help="Folder for targets.tsv and targets.xlsx.")]
) -> None:
    """Write the ranked table as TSV and XLSX."""
    from targetfinder.report.tables import export

    export(targets, out / "targets.tsv", out / "targets.xlsx")


@_steps["report"].command("figures")
def report_figures(
    targets: Targets,
    evidence: Annotated[Path, typer.Option(help="evidence.parquet of one indication.")],
    bundle: Bundle,
    out: Annotated[Path, typer.Option(help="Folder for the figures.")],
) -> None:
    """Draw the heat map of the first 30 targets across normal tissues."""
    from targetfinder.report.figures import draw

    draw(targets, evidence, bundle / "contexts.parquet", out / "heat_map.png", out / "heat_map.svg")


@_steps["report"].command("page")
def report_page(
    indication: IndicationFile,
    results: Annotated[Path, typer.Option(help="Folder with targets, evidence and safety of one indication.")],
    bundle: Bundle,
    cohorts: Cohorts,
    nk_view: Annotated[Path, typer.Option(help="nk_view.parquet of the indication.")],
    heat_map: Annotated[Path, typer.Option(help="PNG of the heat map.")],
    scoring: ScoringFile,
    rules: Annotated[Path, typer.Option(help="Safety rules (TOML).")],
    gates: Annotated[Path, typer.Option(help="gates.parquet of the indication.")],
    out: Out,
    patients: Annotated[
        Path | None, typer.Option(help="patients.parquet of the indication, if it has a query.")
    ] = None,
    coverage: Annotated[
        Path | None, typer.Option(help="coverage.parquet of the indication, if its patients are known.")
    ] = None,
    escape: Annotated[
        Path | None, typer.Option(help="Folder with the tables of `decide escape`, if the indication has a later time.")
    ] = None,
) -> None:
    """Write the offline report of one indication."""
    from targetfinder import __version__
    from targetfinder.config import read_json
    from targetfinder.decide import criteria
    from targetfinder.indications import read_indication
    from targetfinder.method import sentences
    from targetfinder.report.page import run
    from targetfinder.settings import read_rules, read_scoring

    numbers = read_scoring(scoring)
    run(
        targets=results / "targets.parquet",
        contributions=results / "contributions.parquet",
        safety=results / "safety.parquet",
        evidence=results / "evidence.parquet",
        contexts=bundle / "contexts.parquet",
        liabilities=bundle / "liabilities.parquet",
        feasibility=bundle / "feasibility.parquet",
        cohorts=cohorts / "cohorts.parquet",
        compatibility=cohorts / "compatibility.parquet",
        queries=cohorts / "queries.parquet",
        gates=gates,
        blind_spots=bundle / "blind_spots.parquet",
        conflicts=bundle / "conflicts.parquet",
        patients=patients,
        nk_view=nk_view,
        coverage=coverage,
        escape=escape,
        heat_map=heat_map,
        indication=read_indication(indication).model_dump(),
        manifest=read_json(bundle / "manifest.json"),
        rules=sentences(numbers, read_rules(rules), criteria.sentences(numbers)),
        version=__version__,
        html=out,
    )


@_steps["report"].command("benchmark")
def report_benchmark(
    benchmark: Annotated[Path, typer.Option(help="Folder with the tables of `benchmark run`.")], out: Out
) -> None:
    """Write the page that says how early the rankings find known targets."""
    from targetfinder import __version__
    from targetfinder.report.benchmark import run

    run(folder=benchmark, version=__version__, html=out)


@_steps["report"].command("index")
def report_index(
    indication: Annotated[list[Path], typer.Option(help="Indication file (TOML); repeat for each.")],
    targets: Annotated[list[Path], typer.Option(help="targets.parquet; repeat in the order of the indications.")],
    cohorts: Cohorts,
    bundle: Bundle,
    out: Annotated[Path, typer.Option(help="Folder for index.html and summary.txt.")],
    benchmark: Annotated[bool, typer.Option(help="Link benchmark/benchmark.html.")] = False,
) -> None:
    """Write the page that links all reports, and the summary that a run prints."""
    from targetfinder import __version__
    from targetfinder.config import read_json
    from targetfinder.indications import read_indication
    from targetfinder.report.index import run

    run(
        indications=[read_indication(path).model_dump() for path in indication],
        targets=targets,
        cohorts=cohorts / "cohorts.parquet",
        manifest=read_json(bundle / "manifest.json"),
        version=__version__,
        benchmark=benchmark,
        html=out / "index.html",
        summary=out / "summary.txt",
    )


@_steps["benchmark"].command("run")
def benchmark_run(
    lists: Annotated[Path, typer.Option(help="Folder with lists of known targets.")],
    indication: Annotated[list[Path], typer.Option(help="Indication file (TOML); repeat for each.")],
    targets: Annotated[list[Path], typer.Option(help="targets.parquet; repeat in the order of the indications.")],
    evidence: Annotated[list[Path], typer.Option(help="evidence.parquet; repeat in the order of the indications.")],
    safety: Annotated[list[Path], typer.Option(help="safety.parquet; repeat in the order of the indications.")],
    bundle: Bundle,
    scoring: ScoringFile,
    out: Annotated[Path, typer.Option(help="Folder for the tables of the benchmark.")],
) -> None:
    """Judge rankings and simple rules by how early they find known targets."""
    from targetfinder.benchmark.run import Results, run

    numbers = [len(indication), len(targets), len(evidence), len(safety)]
    if len(set(numbers)) > 1:
        told = "{} indications, but tables of {} targets, {} evidence, {} safety".format(*numbers)
        raise InputError(told, field="indication", remedy="pass one of each, in the same order")
    tables = map(Results, targets, evidence, safety)
    run(lists, dict(zip((path.stem for path in indication), tables, strict=True)), bundle, scoring, out)


@_steps["run"].command("plan")
def run_plan(
    parameters: Annotated[str, typer.Option(help="All parameters of the run, as JSON.")],
    project: Annotated[Path, typer.Option(help="Folder with main.nf.")],
) -> None:
    """Check parameters before any work starts and print the plan of the run as JSON."""
    from targetfinder.run.plan import plan

    typer.echo(json.dumps(plan(json.loads(parameters), project)))


@_steps["demo"].command("simulate")
def demo_simulate(
    out: Annotated[Path, typer.Option(help="References folder to write.")],
    rules: Annotated[Path, typer.Option(help="Safety rules to use (TOML); surface.toml beside.")] = _REFERENCES
    / "safety.toml",
    seed: Annotated[int, typer.Option(help="Seed of the generator.")] = 1,
    genes: Annotated[int, typer.Option(help="Number of genes.")] = 2000,
) -> None:
    """Write a small references folder with planted truth, ready for the whole pipeline."""
    from targetfinder.demo.simulate import simulate

    simulate(out, rules, seed, genes)


def main() -> None:
    """Run the command line: 0 on success, 2 with one line on bad input."""
    try:
        app()
    except InputError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"{error.filename or 'file system'}: {error.strerror or error} (check the path, space and permissions)")


def _refuse(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
