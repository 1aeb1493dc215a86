"""Prevalence: the share of patients who have it."""

from __future__ import annotations

from targetfinder.decide.criteria._criterion import Criterion, Parts, needs
from targetfinder.settings import Scoring
from targetfinder.units import Floats


def score(parts: Parts, scoring: Scoring, linear: bool) -> Floats:
    """Return the share of patients above the level."""
    return parts["prevalence"]


PREVALENCE = Criterion(
    "prevalence",
    "Prevalence",
    "The share of patients above {level:g} TPM*; rank only cohorts have none",
    "more patients who have it",
    "reasoned: a patient without the antigen cannot be treated; its interval is in docs/method.md, prevalence",
    needs("prevalence"),
    score,
)
