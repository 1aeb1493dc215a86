"""The section of one patient: its order, what it lacks by name, and no number where nothing was measured."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from tests.report import frames, patient_frames
from tests.report.patient_frames import ABSENT, COHORT, PATIENT, SAMPLE, UNKNOWN

from targetfinder.report import _patients
from targetfinder.tables import PATIENTS, QUERY

PLANTED = frames.make(60)
RANKED = PLANTED.targets.sort_values("priority_rank")["symbol"].tolist()


def sections(patients: pd.DataFrame, queries: pd.DataFrame = PLANTED.queries) -> list[dict[str, Any]]:
    mixed = patients.sample(frac=1, random_state=2)
    return _patients.sections(mixed, queries, PLANTED.targets)


@pytest.fixture(scope="module")
def section() -> dict[str, Any]:
    (found,) = sections(PLANTED.patients)
    return found


def test_a_section_says_what_the_sample_is_and_its_caveats_once(section: dict[str, Any]) -> None:
    assert (section["sample"], section["patient"], section["cohort"]) == (SAMPLE, PATIENT, COHORT)
    assert section["material"] == "xenograft (PDX)"
    assert section["caveats"] == ["n = 1: one sample, no replicate", "A xenograft, no tumour of a patient"]


def test_the_first_targets_stand_in_the_order_of_the_patient(section: dict[str, Any]) -> None:
    rest = [symbol for at, symbol in enumerate(RANKED, 1) if at not in (ABSENT, UNKNOWN)]
    assert [row["symbol"] for row in section["rows"]] == rest[:30]
    assert [row["patient_rank"] for row in section["rows"]] == list(range(1, 31))
    assert section["counts"] == {"yes": 58, "no": 1, "unmeasured": 1}


def test_what_the_patient_lacks_is_named_and_what_was_not_measured_is_told_apart(section: dict[str, Any]) -> None:
    assert section["absent"] == [f"{RANKED[ABSENT - 1]} (rank {ABSENT})"]
    assert section["unknown"] == [f"{RANKED[UNKNOWN - 1]} (rank {UNKNOWN})"]


def test_targets_beyond_the_first_of_the_cohort_are_only_counted() -> None:
    late = PLANTED.patients["priority_rank"] > _patients.TOP
    (found,) = sections(PLANTED.patients.assign(expressed=PLANTED.patients["expressed"].mask(late, "no")))
    assert len(found["absent"]) == 1 and found["counts"]["no"] == 60 - _patients.TOP + 1


def test_numbers_stand_with_their_bounds_and_an_estimate_is_never_all_of_the_cohort() -> None:
    few = PLANTED.patients[PLANTED.patients["priority_rank"] <= UNKNOWN]
    (found,) = sections(few)
    assert [row["cells"] for row in found["rows"]] == [
        ["42.0", "1,234", "above 99% (10% to 100%)", "−1.50"],
        ["<0.01", "1,234", "25% (10% to 50%)", "−1.50"],
        [None, "1,234", None, None],
    ]
    assert [measure["hint"] for measure in found["measures"]] == [
        *("TPM*", "TPM*", "estimated, with its bounds", "log2"),
    ]


@pytest.mark.parametrize("missing", ["value_tpm", "cohort_median"])
def test_without_amounts_on_one_side_percentiles_stand_beside_each_other(missing: str) -> None:
    (found,) = sections(PLANTED.patients.assign(**{missing: float("nan")}))
    first = PLANTED.targets.set_index("symbol").loc[RANKED[0], "tumour_percentile"]
    assert not found["linear"] and found["rows"][0]["cells"] == ["75.0", f"{100 * first:.1f}"]


def test_samples_of_one_name_in_two_cohorts_are_two_and_what_was_not_stated_stays_so() -> None:
    twice = pd.concat([PLANTED.patients, PLANTED.patients.assign(cohort="ANOTHER")])
    found = sections(twice)
    assert [(one["sample"], one["cohort"], one["material"]) for one in found] == [
        (SAMPLE, "ANOTHER", None),
        (SAMPLE, COHORT, "xenograft (PDX)"),
    ]


def test_without_a_query_there_is_no_section() -> None:
    assert _patients.sections(PATIENTS.empty(), QUERY.empty(), PLANTED.targets) == []


def test_a_planted_patient_on_ranks_has_no_amount() -> None:
    (found,) = sections(patient_frames.patients(PLANTED.targets, rank_only=True))
    assert [measure["label"] for measure in found["measures"]] == ["This patient", "Cohort"]
