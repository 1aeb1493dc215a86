"""One patient at two times: what became of each antigen, apart from what purity, depth and gating did to all of them.

Antigens that a tumour carries before treatment and that no normal tissue exceeds fall together when tumour cells are
fewer or the sample is poorer. Their median change is the shift of the pair, their spread is what an unchanged antigen
varies by, and an antigen has changed only beyond both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from targetfinder.units import Floats

Flags = npt.NDArray[np.bool_]
#: Antigens that it takes to tell the shift of a pair, and its spread.
MIN_PANEL = 20
#: Spread of an unchanged antigen where no panel tells it, log2: between days, flow cytometry of one lab varies by a
#: fifth to a third (a coefficient of variation of 0.3 is 0.42).
SPREAD = 0.5
#: Halved, and a quarter left, log2: what is surely beyond the first is reduced, and lost if it is not even detected;
#: what is surely beyond the second is lost if it is no longer carried.
REDUCED, LOST = -1.0, -2.0
#: Shift, log2, from which a sample holds so many more tumour cells that what normal cells carry falls.
PURER = 0.5
#: Standard normal quantile of a 90 % interval.
Z = 1.6448536269514722


@dataclass(frozen=True)
class Sample:
    """One patient at one time; arrays are over the same antigens.

    Attributes
    ----------
    log2
        Abundance; what is below the limit of detection stands at it, NaN if not measured.
    error
        Standard deviation of counting, log2.
    below
        Whether it is below the limit of detection.
    level
        From which an antigen is carried, log2; NaN where none is known.
    """

    log2: Floats
    error: Floats
    below: Flags
    level: Floats

    @property
    def carried(self) -> Flags:
        """Whether each antigen is carried; not if nobody looked."""
        return np.asarray((self.log2 >= self.level) & ~self.below)


@dataclass(frozen=True)
class Change:
    """What became of each antigen.

    Attributes
    ----------
    shift, spread, n_panel
        Of the pair, log2, and the antigens that tell them; shift is 0 and spread `SPREAD` where they are too few.
    log2, low, high
        Change beyond the shift, with its 90 % interval; low is NaN where the antigen fell below the limit.
    call
        One of `tables.ESCAPE_CALLS`; None if not measured at both times.
    """

    shift: float
    spread: float
    n_panel: int
    log2: Floats
    low: Floats
    high: Floats
    call: npt.NDArray[np.object_]


def changed(before: Sample, after: Sample, panel: Flags, least: int = MIN_PANEL) -> Change:
    """Compare two times of a patient.

    Parameters
    ----------
    panel
        Antigens that tumour cells alone account for. Those carried before tell the shift. The others are not expected
        to rise with it, and where tumour cells have become more, their fall may be that of normal cells: unclear.
    least
        Panel that tells a shift.
    """
    raw = after.log2 - before.log2
    chosen = panel & before.carried & ~np.isnan(raw)
    told = int(chosen.sum()) >= least
    shift = float(np.median(raw[chosen])) if told else 0.0
    spread = 1.4826 * float(np.median(np.abs(raw[chosen] - shift))) if told else SPREAD
    counting = before.error**2 + after.error**2
    usual = float(np.median(counting[chosen])) if told else 0.0
    error = np.sqrt(spread**2 * (1 + (np.pi / 2 / chosen.sum() if told else 0)) + np.maximum(counting - usual, 0))
    change = raw - np.where(panel, shift, min(shift, 0.0))
    low = np.where(after.below, np.nan, change - Z * error)
    high = change + Z * error
    call = _called(before, after, change, low, high)
    fell = np.isin(call, ("lost", "reduced"))
    call[fell & ~panel & (shift > PURER)] = "unclear"
    return Change(shift, spread, int(chosen.sum()), change, low, high, call)


def _called(before: Sample, after: Sample, change: Floats, low: Floats, high: Floats) -> npt.NDArray[np.object_]:
    """Name what became of each antigen: a fall that purity explains is none, and what cannot be seen is unclear."""
    held = (before.log2 + change >= after.level) & ~after.below
    with np.errstate(invalid="ignore"):
        words = np.select(
            [
                np.isnan(high),
                before.carried & ~held & (high <= np.where(after.below, REDUCED, LOST)),
                before.carried & (high <= REDUCED),
                before.carried & after.below,
                before.carried,
                held & after.carried & (low >= -REDUCED),
            ],
            [0, 1, 2, 3, 4, 5],
            6,
        )
    names = np.array([None, "lost", "reduced", "unclear", "retained", "emerged", "absent"], dtype=object)
    return np.asarray(names[words])


def of_bulk(tpm: Floats, level: float) -> Sample:
    """Return bulk RNA, TPM*, as a sample.

    The amount of one read is taken as the lower tenth of the amounts that are not zero. Three reads are the limit of
    detection, since fewer are missed more often than once in twenty (Poisson), but 1 TPM* at least.
    """
    seen = tpm[tpm > 0]
    read = float(np.quantile(seen, 0.1)) if len(seen) else 0.0
    limit = max(1.0, 3 * read)
    kept = np.maximum(tpm, limit)
    known = np.isnan(tpm)
    return Sample(
        np.log2(np.where(known, np.nan, kept)),
        np.sqrt(read / kept) / np.log(2),
        ~known & (tpm < limit),
        np.full(len(tpm), np.log2(max(level, limit))),
    )


def of_cells(share: Floats, n: int, level: float) -> Sample:
    """Return the share of n cells with a count as a sample: the molecules seen in a cell, by Poisson, −ln(1 − share).

    On that scale depth is a factor that all antigens share, which the shift takes out. Three cells are the limit.
    """
    rate = rate_of((share * n + 0.5) / (n + 1))
    limit = rate_of(np.array(min(3.0 / n, 0.5)))
    part = (share * n + 0.5) / (n + 1)
    known = np.isnan(share)
    return Sample(
        np.log2(np.where(known, np.nan, np.maximum(rate, limit))),
        np.sqrt(part / (1 - part) / n) / np.maximum(rate, limit) / np.log(2),
        ~known & (rate < limit),
        np.full(len(share), np.log2(np.maximum(rate_of(np.array(level)), limit))),
    )


def rate_of(share: Floats) -> Floats:
    """Return the molecules seen in a cell of which a share of the cells has at least one."""
    return np.asarray(-np.log1p(-share), dtype=float)


def of_protein(values: Floats, *, missing_is_low: bool) -> Sample:
    """Return log2 abundances as a sample; a protein is carried where it was detected.

    Parameters
    ----------
    missing_is_low
        Whether a missing value lies below the limit (intensities), here the lower twentieth of those seen.
    """
    seen = values[~np.isnan(values)]
    limit = float(np.quantile(seen, 0.05)) if len(seen) else np.nan
    below = np.isnan(values) if missing_is_low else np.zeros(len(values), dtype=bool)
    kept = np.where(below, limit, values)
    return Sample(kept, np.zeros(len(values)), below, np.full(len(values), limit if missing_is_low else -np.inf))


def of_measures(values: Floats, limits: Floats) -> Sample:
    """Return amounts with their own limits of detection, such as fluorescence, as a sample.

    Carried is what lies above its limit. Without a limit (NaN) an antigen counts as carried, and is never lost.
    """
    with np.errstate(invalid="ignore"):
        below = values < limits
    level = np.where(np.isnan(limits), -np.inf, np.log2(limits))
    kept = np.where(np.isnan(values), np.nan, np.fmax(values, limits))
    return Sample(np.log2(kept), np.zeros(len(values)), below, level)


def lost_cells(before: Sample, share_after: Floats, shift: float, n: int) -> tuple[Floats, Floats, Floats]:
    """Return the share of cells that lost each antigen beyond dropout, with its 90 % interval (sampling of cells).

    Expected is the share that the rate before, times the shift of depth, leaves detected.
    """
    expected = -np.expm1(-(2.0 ** (before.log2 + shift)))
    error = Z * np.sqrt(share_after * (1 - share_after) / n)
    ends = [np.clip(1 - (share_after + way * error) / expected, 0.0, 1.0) for way in (0, 1, -1)]
    return ends[0], ends[1], ends[2]
