"""The numbers and rules a scientist edits, as checked models.

`conf/scoring.toml`, `references/safety.toml`, `references/surface.toml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from targetfinder.config import Strict, read_toml, validated
from targetfinder.indications import Tolerated
from targetfinder.tables import STAIN_LEVELS

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


Criticality = Literal["vital", "important", "regenerable", "dispensable"]
Level = Literal["Low", "Medium", "High"]
Tier = Literal["clear", "caution", "gate_needed", "veto"]


class Presence(Strict):
    """Scale of presence."""

    level: Positive
    log2_at_one: Positive


class PerCriticality(Strict):
    """One number for each criticality class."""

    vital: NotNegative
    important: NotNegative
    regenerable: NotNegative
    dispensable: NotNegative


class Window(Strict):
    """Scale of the therapeutic window."""

    log2_range: Positive
    unmeasured_log2: NotNegative
    allowance_log2: PerCriticality


class Least(Strict):
    """Probability that each surface tier asks for at least; what falls short of all is unlikely."""

    confirmed: Share
    likely: Share
    possible: Share


class Surface(Strict):
    """Value of each surface tier, and the probability that it asks for."""

    confirmed: Share
    likely: Share
    possible: Share
    unlikely: Share
    at_least: Least


class Weights(Strict):
    """Weight of each criterion of efficacy, by the names of `decide.criteria`."""

    presence: NotNegative
    prevalence: NotNegative
    breadth: NotNegative
    specificity: NotNegative
    profile: NotNegative
    rank_specificity: NotNegative
    lineage: NotNegative
    surface: NotNegative

    @model_validator(mode="after")
    def _one_counts(self) -> Weights:
        if not any(self.model_dump().values()):
            raise ValueError("at least one weight must be above zero")
        return self


class Penalty(Strict):
    """Penalty of each safety tier."""

    clear: NotNegative
    caution: NotNegative
    gate_needed: NotNegative
    veto: NotNegative


class FratricidePenalty(Strict):
    """Penalty of each flag of `FRATRICIDE`; what is worse known never costs less."""

    carried: NotNegative
    possible: NotNegative
    unknown: NotNegative
    not_seen: NotNegative

    @model_validator(mode="after")
    def _in_order(self) -> FratricidePenalty:
        if not self.carried >= self.possible >= self.unknown >= self.not_seen:
            raise ValueError("penalties must not rise from carried over possible and unknown to not_seen")
        return self


class Fratricide(Strict):
    """From which RNA (TPM*) effector cells may carry an antigen, from which share of cells they do, and penalties."""

    at_least: Positive
    positive_share: Annotated[float, Field(gt=0, le=1)]
    penalty: FratricidePenalty


class AtlasError(Strict):
    """Error of a normal value without donors: of a gene in all tissues of an atlas, and of each tissue."""

    gene: NotNegative
    tissue: NotNegative


class Intervals(Strict):
    """How intervals of ranks are drawn."""

    replicates: Annotated[int, Field(ge=20)]
    seed: Annotated[int, Field(ge=0)]
    weight_jitter: Annotated[float, Field(gt=0, lt=1)]
    atlas_log2: AtlasError
    atlas_percentile: AtlasError


class NkView(Strict):
    """When a tumour has little of a gene (TPM*), and the share of other cohorts that makes much or little of it."""

    absent: Positive
    share: Annotated[float, Field(gt=0.5, le=1)]


class Scoring(Strict):
    """The whole of `conf/scoring.toml`."""

    presence: Presence
    window: Window
    surface: Surface
    weights: Weights
    penalty: Penalty
    fratricide: Fratricide
    intervals: Intervals
    nk_view: NkView


def read_scoring(path: Path) -> Scoring:
    """Read and validate `conf/scoring.toml`.

    Raises
    ------
    InputError
        If the file is missing, not TOML, or a value is out of range.
    """
    return validated(Scoring, read_toml(path), path)


class Rule(Strict):
    """A rule that holds in contexts of some criticality classes."""

    criticality: list[Criticality] = Field(min_length=1)


class Threshold(Rule):
    """Upper tail, in the atlas's own unit, from which a context counts."""

    at_least: Positive


class Excess(Threshold):
    """As `Threshold`, and this many times the tumour median, both in TPM*."""

    times_tumour: Positive


class Unmeasured(Rule):
    """Tier of a tissue and of a cell type that no atlas measured."""

    tissue: Literal["caution", "gate_needed"]
    cell_type: Literal["caution"]


class Stains(Rule):
    """Which stains count, from which level, and the share of a tissue's proteins that counts as abundant."""

    reliability: list[Literal["Enhanced", "Supported", "Approved", "Uncertain"]] = Field(min_length=1)
    surface: list[Literal["confirmed", "likely", "possible", "unlikely"]] = Field(min_length=1)
    caution: Level
    gate_needed: Level
    top_share: Share

    @model_validator(mode="after")
    def _in_order(self) -> Stains:
        if STAIN_LEVELS.index(self.caution) >= STAIN_LEVELS.index(self.gate_needed):
            raise ValueError("gate_needed must be a stronger stain than caution")
        return self


class NoWindow(Strict):
    """A tissue of this many times the tumour median, both in TPM*, leaves no therapeutic window."""

    times_tumour: Positive


class Toxicity(Strict):
    """Tier of harm to patients; severe harm to a vital tissue or cell type has its own."""

    fatal: Tier
    severe_vital: Tier
    severe: Tier


class Attribution(Strict):
    """How many times what a tissue's own cells carry its guests must carry, so that its RNA is said to be theirs."""

    times: Annotated[float, Field(gt=1, allow_inf_nan=False)]


class Rules(Strict):
    """The whole of `references/safety.toml`."""

    version: str
    caution: Threshold
    gate_needed: Excess
    unmeasured: Unmeasured
    note: Threshold
    protein: Stains
    veto: NoWindow
    toxicity: Toxicity
    part_of: dict[str, list[str]]
    attribution: Attribution
    tolerated: tuple[Tolerated, ...] = ()

    @property
    def lowest(self) -> float:
        """The level of RNA below which no rule is crossed."""
        return min(rule.at_least for rule in (self.gate_needed, self.caution, self.note))


def read_rules(path: Path) -> Rules:
    """Read and validate `references/safety.toml`.

    Raises
    ------
    InputError
        If the file is missing, not TOML, or a value is out of range.
    """
    return validated(Rules, read_toml(path), path)


Count = Annotated[int, Field(ge=0)]
Stance = Literal["experimental", "annotation", "membrane", "against", "prediction", "silent"]


class Voter(Strict):
    """One independent line of evidence for the surface, and how often it said what of proteins whose place is known.

    `seen` counts, for each thing that it may say, the proteins of the surface and those inside. `rests_on` names
    voters whose evidence it repeats: where one of them is present, this one is not heard. An `anchored` voter names
    only proteins held by the membrane. The silence of a voter that is not `exhaustive` says nothing: it may not have
    looked.
    """

    id: str
    title: str
    labels: str
    rests_on: list[str] = Field(default_factory=list)
    anchored: bool = False
    exhaustive: bool = True
    seen: dict[Stance, tuple[Count, Count]] = Field(min_length=2)


class Voters(Strict):
    """The whole of `references/surface.toml`."""

    version: str
    fitted: str
    prior: Annotated[float, Field(gt=0, lt=1)]
    dependence: Share
    voter: list[Voter] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> Voters:
        ids = [voter.id for voter in self.voter]
        doubled = sorted({name for name in ids if ids.count(name) > 1})
        if doubled:
            raise ValueError(f"voters occur twice: {', '.join(doubled)}")
        return self


def read_voters(path: Path) -> Voters:
    """Read and validate `references/surface.toml`.

    Raises
    ------
    InputError
        If the file is missing, not TOML, or a value is out of range.
    """
    return validated(Voters, read_toml(path), path)
