"""`<step> <thing>` is the same pair of words everywhere; whoever knows one name knows the others."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from targetfinder.cli import app
from targetfinder.run.plan import processes

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "targetfinder"
#: Commands that a person or the launcher runs, so that no process exists for them.
NOT_A_PROCESS = {
    ("demo", "simulate"),
    ("run", "plan"),
    ("reference", "list"),
    ("reference", "verify"),
    ("decide", "weights"),
}


def commands() -> set[tuple[str, str]]:
    return {(step, thing) for step, group in get_command(app).commands.items() for thing in group.commands}


def modules() -> set[tuple[str, str]]:
    steps = [folder for folder in SOURCE.iterdir() if (folder / "__init__.py").is_file() and folder.name != "sources"]
    return {
        (folder.name, path.stem) for folder in steps for path in folder.glob("*.py") if not path.stem.startswith("_")
    }


def nextflow_modules() -> dict[tuple[str, str], str]:
    files = (ROOT / "pipeline" / "modules").glob("*/*/main.nf")
    return {(file.parent.parent.name, file.parent.name): file.read_text() for file in files}


def test_every_command_is_a_module_of_the_same_name() -> None:
    assert commands() == modules()


def test_every_command_but_the_stated_ones_is_a_process_of_the_same_name() -> None:
    assert set(nextflow_modules()) == commands() - NOT_A_PROCESS
    assert set(processes(ROOT)) == {f"{step}_{thing}".upper() for step, thing in nextflow_modules()}


@pytest.mark.parametrize(("step", "thing"), sorted(nextflow_modules()))
def test_a_nextflow_module_has_the_shape_of_all_others(step: str, thing: str) -> None:
    text = nextflow_modules()[step, thing]
    assert re.findall(r"^process (\w+)", text, re.MULTILINE) == [f"{step}_{thing}".upper()]
    assert re.search(r"^    tag ", text, re.MULTILINE)
    assert re.search(r"^    label 'process_(single|medium|fetch)'", text, re.MULTILINE)
    assert re.search(r"^    stub:", text, re.MULTILINE)
    outputs = text.split("output:")[1].split("script:")[0]
    assert all("emit:" in line for line in outputs.splitlines() if line.strip())
    script = text.split("script:")[1].split("stub:")[0]
    assert len(re.findall(r"^    targetfinder ", script, re.MULTILINE)) == 1
    assert f" {step} {thing} " in script


@pytest.mark.parametrize(("step", "thing"), sorted(modules()))
def test_every_module_has_a_test_of_the_same_name(step: str, thing: str) -> None:
    assert (ROOT / "tests" / step / f"test_{thing}.py").is_file()


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_step_imports_another_step(path: Path) -> None:
    steps = {step for step, _ in modules()}
    own = path.relative_to(SOURCE).parts[0]
    imported = set(re.findall(r"^\s*from targetfinder\.(\w+)", path.read_text(), re.MULTILINE))
    imported |= set(re.findall(r"^\s*from targetfinder import (\w+)", path.read_text(), re.MULTILINE))
    if own != "cli.py":
        assert (imported & steps) <= {own}


def test_the_root_holds_what_the_readme_says_and_no_more() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    folders = {line.split("/")[0] for line in tracked.stdout.splitlines() if "/" in line}
    assert folders == {".ci", "bin", "conf", "docs", "pipeline", "references", "src", "tests"}


@pytest.mark.parametrize(
    "statement", ["import targetfinder", "import sys; sys.argv = ['targetfinder', '--help']; import targetfinder.cli"]
)
def test_importing_loads_no_heavy_library(statement: str) -> None:
    heavy = {"numpy", "pandas", "pyarrow", "pandera", "scipy", "h5py", "matplotlib", "seaborn", "jinja2", "pydantic"}
    code = f"{statement}; import sys; print(*sorted(set(sys.modules) & {heavy!r}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""


def test_help_of_every_command_loads_no_heavy_library_and_says_what_it_does() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from targetfinder.cli import app; "
        "results = [CliRunner().invoke(app, [*words, '--help']) for words in eval(sys.argv[1])]; "
        "assert all(r.exit_code == 0 and len(r.output) > 100 for r in results); "
        "print(*sorted(set(sys.modules) & {'numpy', 'pandas', 'pyarrow', 'pandera', 'scipy', 'h5py', 'matplotlib'}))"
    )
    words = [[], *([step] for step, _ in sorted(commands())), *(list(pair) for pair in sorted(commands()))]
    result = subprocess.run([sys.executable, "-c", code, repr(words)], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
