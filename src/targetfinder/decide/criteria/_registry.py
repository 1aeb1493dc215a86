"""The criteria in the order in which they are told."""

from __future__ import annotations

from typing import Final

from targetfinder.decide.criteria.breadth import BREADTH
from targetfinder.decide.criteria.lineage import LINEAGE
from targetfinder.decide.criteria.presence import PRESENCE
from targetfinder.decide.criteria.prevalence import PREVALENCE
from targetfinder.decide.criteria.profile import PROFILE
from targetfinder.decide.criteria.rank_specificity import RANK_SPECIFICITY
from targetfinder.decide.criteria.specificity import SPECIFICITY
from targetfinder.decide.criteria.surface import SURFACE

REGISTRY: Final = (PRESENCE, PREVALENCE, BREADTH, SPECIFICITY, PROFILE, RANK_SPECIFICITY, LINEAGE, SURFACE)
