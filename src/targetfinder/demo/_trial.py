"""A simulated clinical table in the shape of a phase I trial of a CAR against one antigen; no patient is real."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

PATIENTS = 25
#: Days since infusion: five days before, the first month, and months 3, 6, 12, 18 and 24.
DAYS = (-5, 0, 1, 3, 7, 28, 91, 182, 365, 547, 730)
#: Of the patients, these lose the target on tumour cells, these keep a fraction, and these had a donor before relapse.
LOST, REDUCED, ALLOGENEIC = range(6), range(6, 9), range(20, 25)
#: Visits of soluble antigen that are missing, share.
MISSING = 0.15
LIMIT, SOLUBLE_LIMIT = 150.0, 1.0
#: Patients without a sample of relapse.
UNPAIRED = (24,)


def trial(indication: str, antigens: Sequence[str], seed: int = 1) -> pd.DataFrame:
    """Return the clinical table of `PATIENTS` simulated patients.

    The first of the antigens is the target of the CAR: lost by some tumours, and soluble. The others stay, but for
    what the day of the measurement does to all of them.
    """
    rng = np.random.default_rng(seed)
    rows = [row for patient in range(PATIENTS) for row in _patient(patient, antigens, rng)]
    return pd.DataFrame(rows).assign(indication=indication)


def _patient(number: int, antigens: Sequence[str], rng: np.random.Generator) -> list[dict[str, object]]:
    name = {"patient": f"SIM{number + 1:02d}"}
    allogeneic = number in ALLOGENEIC
    facts = {
        "transplant": "allogeneic" if allogeneic else "autologous" if number % 3 else "none",
        "cytopenia_grade": str(rng.integers(1, 5)),
        "mrd": "negative" if number % 4 else "positive",
        "car_persistence": f"{rng.integers(1, 13)} months",
    }
    rows: list[dict[str, object]] = []
    day = float(rng.choice(DAYS[7:]))
    instrument = rng.normal(0, 0.4)
    for place, antigen in enumerate(antigens):
        before = rng.lognormal(np.log(4000), 0.5)
        fall = _fall(number) if place == 0 else 1.0
        after = before * fall * 2 ** (instrument + rng.normal(0, 0.3))
        for visit, value, when in (("selection", before, -5.0), ("relapse", after, day)):
            if visit == "relapse" and number in UNPAIRED:
                continue
            shown = f"<{LIMIT:g}" if value < LIMIT else f"{value:.0f}"
            row = {"visit": visit, "day": when, "antigen": antigen, "kind": "surface", "value": shown, "unit": "MFI"}
            if visit == "relapse" and allogeneic and number % 2 == 0:
                row["donor_share"] = 0.8 if number == 20 else 0.05
            copies = 1 if place == 0 and number in LOST[:3] else 2
            rows.append({**name, **row, "limit": LIMIT, "copy_number": copies})
    rows += [{**name, **row} for row in _soluble(number, antigens[0], day, rng)]
    rows[0] |= facts
    return rows


def _fall(number: int) -> float:
    return 0.01 if number in LOST else 0.2 if number in REDUCED else 1.0


def _soluble(number: int, antigen: str, relapse: float, rng: np.random.Generator) -> list[dict[str, object]]:
    """Return soluble antigen: high, low while the tumour is gone, and back with a tumour that carries it."""
    baseline, rows = rng.lognormal(np.log(300), 0.6), []
    for day in DAYS:
        if rng.random() < MISSING or (number in UNPAIRED and day > 28):
            continue
        gone = 1.0 if day <= 0 else max(0.02, float(np.exp(-day / 10)))
        back = 0.8 if day >= relapse and number not in LOST else 0.0
        value = baseline * max(gone, back) * rng.lognormal(0, 0.1)
        shown = f"<{SOLUBLE_LIMIT:g}" if value < SOLUBLE_LIMIT else f"{value:.1f}"
        rows.append({"day": day, "antigen": antigen, "kind": "soluble", "value": shown, "unit": "ng/mL"})
    return [row | {"limit": SOLUBLE_LIMIT} for row in rows]
