"""nf-core's own tool accepts the parameter schema."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CACHE = Path(os.environ.get("TARGETFINDER_CACHE", ROOT / ".cache"))


def test_nf_core_accepts_the_parameter_schema() -> None:
    tool = CACHE / "nf-core" / "bin" / "nf-core"
    if not tool.is_file():
        pytest.skip("nf-core is not set up: run bin/bootstrap nf-core")
    path = f"{ROOT / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = [str(tool), "pipelines", "schema", "lint", str(ROOT / "nextflow_schema.json")]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PATH": path})
    assert result.returncode == 0, result.stderr
    schema = json.loads((ROOT / "nextflow_schema.json").read_text(encoding="utf-8"))
    count = sum(len(group["properties"]) for group in schema["$defs"].values())
    assert f"Pipeline schema looks valid (found {count} params)" in " ".join((result.stdout + result.stderr).split())
