"""The criteria of efficacy: one file each, a registry of them, and how they combine.

The legend of the report and the table of docs/method.md are made from the registry; weights are in conf/scoring.toml.
"""

from __future__ import annotations

from targetfinder.decide.criteria._combine import (
    contributions,
    efficacy,
    is_linear,
    part_names,
    parts_of,
    scores,
    sentences,
    shares,
    table,
)
from targetfinder.decide.criteria._criterion import Criterion, Parts
from targetfinder.decide.criteria._registry import REGISTRY

__all__ = [
    "REGISTRY",
    "Criterion",
    "Parts",
    "contributions",
    "efficacy",
    "is_linear",
    "part_names",
    "parts_of",
    "scores",
    "sentences",
    "shares",
    "table",
]
