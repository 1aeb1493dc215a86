"""What chosen gates are worth to those that did not choose them.

Each split gives each gate that it chose a p-value from the other half of patients and donors, times the number of
gates that it chose; a gate that it did not choose has 1. Twice the median over splits is the p-value of the gate
(Meinshausen, Meier & Bühlmann 2009, arXiv:0811.2177, γ = 1/2), and false discovery is controlled over all gates that
were tried as these authors do: q = p · (1 + 1/2 + … + 1/tried) / rank. An interval takes the median of the ends that
the splits give at half of the error, a split that did not choose the gate giving none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from targetfinder.decide import _gate_rules as rules
from targetfinder.decide._gate_rules import Gate, Halves
from targetfinder.decide._gate_search import Found
from targetfinder.decide._gate_triples import Exact, held_against
from targetfinder.units import Floats

#: Error of one end of an interval over splits: half of that of an end of a 90 % interval.
END = 0.025


class Interval(NamedTuple):
    """Estimate and ends; NaN where nothing was judged."""

    value: float
    low: float
    high: float


class Judged(NamedTuple):
    """A gate in those that did not choose it; `splits` is how many chose it, `part` what it is held against."""

    gate: Gate
    part: Gate
    splits: int
    coverage: Interval
    part_coverage: float
    loss: float
    gain: Interval
    p_value: float


@dataclass(frozen=True)
class Judge:
    """Judges gates by the exact counts of each patient and donor; `binary` if each patient has a gate or has not."""

    exact: Exact
    halves: Halves
    binary: bool

    def all(self, chosen: list[Found]) -> list[Judged]:
        """Judge the gates that more than half of the splits chose, in the order of their first choice."""
        by_gate: dict[Gate, list[int]] = {}
        for split, found in enumerate(chosen):
            for _, gate, _ in found:
                by_gate.setdefault(gate, []).append(split)
        sizes = [len(found) for found in chosen]
        return [self.one(g, splits, sizes) for g, splits in by_gate.items() if len(splits) > len(chosen) / 2]

    def one(self, gate: Gate, splits: list[int], sizes: list[int]) -> Judged:
        """Judge one gate that some splits chose, each of which chose as many gates as `sizes` says."""
        parts = [held_against(gate.operator, gate.genes, self._value(split)) for split in splits]
        seen = [self._split(gate, part, split) for part, split in zip(parts, splits, strict=True)]
        coverage = _over_splits([one[0] for one in seen], len(sizes))
        gain = _over_splits([one[1] for one in seen], len(sizes))
        adjusted = np.ones(len(sizes))
        for one, split in zip(seen, splits, strict=True):
            adjusted[split] = min(1.0, one[2] * sizes[split])
        part = max(set(parts), key=lambda one: (parts.count(one), -len(one.genes), one))
        losses = [one[3] for one in seen]
        return Judged(
            gate,
            part,
            len(splits),
            coverage,
            coverage.value + float(np.median(losses)),
            max(0.0, float(np.median(losses))),
            gain,
            min(1.0, 2.0 * float(np.median(adjusted))),
        )

    def _value(self, split: int) -> Callable[[Gate], tuple[float, float]]:
        """Return what tells coverage and hit of a gate in those that choose."""
        patients, donors = self.halves.patients[split], self.halves.donors[split]

        def value(gate: Gate) -> tuple[float, float]:
            coverage, hits = self.exact(gate)
            return round(float(coverage[patients].mean()), rules.DIGITS), float(hits[donors].max())

        return value

    def _split(self, gate: Gate, part: Gate, split: int) -> tuple[Interval, Interval, float, float]:
        """Return coverage, gain, p-value and loss in those that did not choose."""
        patients, donors = ~self.halves.patients[split], ~self.halves.donors[split]
        (reach, hits), (part_reach, part_hits) = self.exact(gate), self.exact(part)
        reach, loss = reach[patients], (part_reach - reach)[patients]
        coverage = _interval(reach, self.binary)
        if gate.operator == "OR":
            return coverage, _interval(-loss, self.binary), self._above(-loss, rules.LEAST_RISE), float(loss.mean())
        p = self._below(loss, rules.MOST_LOSS)
        fall, gain = (part_hits - hits)[donors], Interval(np.nan, np.nan, np.nan)
        if len(fall):
            floor = rules.FLOOR[self.exact.normals.basis]
            left = (rules.LEFT * (part_hits + floor) - (hits + floor))[donors]
            gain, p = _interval(fall, False), max(p, _t_above(left, 0.0))
        return coverage, gain, p, float(loss.mean())

    def _above(self, values: Floats, limit: float) -> float:
        """Return the p-value of a mean that is no higher than a limit."""
        if not self.binary:
            return _t_above(values, limit)
        from scipy.special import bdtrc

        return float(bdtrc(round(values.sum()) - 1, len(values), limit)) if values.sum() > 0 else 1.0

    def _below(self, values: Floats, limit: float) -> float:
        """Return the p-value of a mean that is no lower than a limit."""
        if not self.binary:
            return _t_above(-values, -limit)
        from scipy.special import bdtr

        return float(bdtr(round(values.sum()), len(values), limit))


def _error(values: Floats) -> float:
    """Return the standard error of a mean of shares, which vary by `LEAST_SPREAD` even where they look alike."""
    return float(max(values.std(ddof=1), rules.LEAST_SPREAD) / np.sqrt(len(values)))


def _t_above(values: Floats, limit: float) -> float:
    """Return the p-value of Student's test that the mean is above a limit; 1 of fewer than two values."""
    from scipy.special import stdtr

    excess = float(values.mean()) - limit if len(values) > 1 else 0.0
    return float(stdtr(len(values) - 1, -excess / _error(values))) if excess > 0 else 1.0


def _interval(values: Floats, binary: bool) -> Interval:
    """Return mean and ends, each of error `END`: Student's, or exact for a share of patients (Clopper & Pearson)."""
    from scipy.special import betaincinv, stdtrit

    n, mean = len(values), float(values.mean())
    if binary:
        k = round(float(values.sum()))
        low = float(betaincinv(k, n - k + 1, END)) if k else 0.0
        return Interval(mean, low, float(betaincinv(k + 1, n - k, 1 - END)) if k < n else 1.0)
    if n < 2:
        return Interval(mean, np.nan, np.nan)
    reach = float(stdtrit(n - 1, 1 - END)) * _error(values)
    return Interval(mean, mean - reach, mean + reach)


def _over_splits(seen: list[Interval], splits: int) -> Interval:
    """Return the medians over splits: of the values that were seen, and of the ends of all."""
    if any(np.isnan(one.value) for one in seen):
        return Interval(np.nan, np.nan, np.nan)
    none = splits - len(seen)
    low = float(np.median([-np.inf if np.isnan(one.low) else one.low for one in seen] + [-np.inf] * none))
    high = float(np.median([np.inf if np.isnan(one.high) else one.high for one in seen] + [np.inf] * none))
    ends = (low, high) if np.isfinite([low, high]).all() else (np.nan, np.nan)
    return Interval(float(np.median([one.value for one in seen])), *ends)


def q_values(p_values: Floats, tried: int) -> Floats:
    """Return false discovery rates over all gates that were tried; those that are not among `p_values` have 1."""
    order = np.argsort(p_values, kind="stable")
    harmonic = (
        np.log(tried) + np.euler_gamma + 1 / (2 * tried) if tried > 10_000 else (1 / np.arange(1, tried + 1)).sum()
    )
    scaled = p_values[order] * harmonic / np.arange(1, len(order) + 1)
    found = np.empty(len(order))
    found[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return found
