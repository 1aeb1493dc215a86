"""The rules of a ranking as sentences, made from the settings that were used."""

from __future__ import annotations

from collections.abc import Sequence

from targetfinder.settings import Rules, Scoring


def sentences(scoring: Scoring, rules: Rules, criteria: Sequence[str]) -> list[str]:
    """Return how efficacy, safety, priority and intervals are computed; `criteria` are told by their registry."""
    intervals, allowance = scoring.intervals, scoring.window.allowance_log2
    surface, penalty, fratricide = scoring.surface, scoring.penalty, scoring.fratricide
    return [
        "TPM* is TPM rescaled so that protein-coding genes without immunoglobulin, T-cell-receptor and "
        "mitochondrial genes add up to one million, in tumour and normal tissue alike.",
        f"Prevalence is the share of patients above {scoring.presence.level:g} TPM*. Only quartiles are known, so it "
        "is estimated from a normal distribution on the log scale; its bounds are what the quartiles prove, widened by "
        "the 90 % Wilson interval for the number of patients.",
        "The window in a tissue is log2((tumour median + 1) / (upper tail + 1)) in TPM*. The binding tissue has the "
        f"smallest window after an allowance in log2 units: vital {allowance.vital:g}, important "
        f"{allowance.important:g}, regenerable {allowance.regenerable:g}, dispensable {allowance.dispensable:g}. "
        "A tissue whose RNA of a gene comes from tolerated cells never binds. Where a vital tissue was not measured, "
        "the highest tissue that was stands in for it, without allowance and "
        f"{scoring.window.unmeasured_log2:g} log2 units higher.",
        "Surface tiers follow from what independent voters say and from the calibrated probability that this gives. "
        f"Confirmed ({surface.confirmed:g}): an experiment saw the protein outside the cell, a second voter that is no "
        "mere prediction agrees, more voters saw it there than in an organelle, and the probability is "
        f"{surface.at_least.confirmed:g} or more. Likely ({surface.likely:g}): {surface.at_least.likely:g} or more. "
        f"Possible ({surface.possible:g}): {surface.at_least.possible:g} or more, and every synthase that stands for a "
        f"glycan antigen. Unlikely ({surface.unlikely:g}): the rest. Being a target in the clinic does not count.",
        "Efficacy is the weighted mean of the criteria, each scored from 0 to 1. A criterion that was not measured "
        "counts as 0; one that no gene of the indication has takes no part.",
        *criteria,
        f"Safety, caution: the upper tail reaches {rules.caution.at_least:g} nTPM (TPM in GTEx) in a "
        f"{' or '.join(rules.caution.criticality)} tissue or cell type.",
        f"Safety, not measured: a {' or '.join(rules.unmeasured.criticality)} tissue that no atlas measured is "
        f"{_words(rules.unmeasured.tissue)}, a cell type {_words(rules.unmeasured.cell_type)}: the worst that its "
        "RNA there could have said.",
        f"Safety, gate needed: the upper tail reaches {rules.gate_needed.at_least:g} in bulk RNA of a "
        f"{' or '.join(rules.gate_needed.criticality)} tissue and is {rules.gate_needed.times_tumour:g} times the "
        "tumour median or more. A cell type of one known donor moves nothing.",
        f"Safety, protein: a stain counts in {' or '.join(rules.protein.criticality)} cells of the tissue's own, by an "
        f"antibody graded {' or '.join(rules.protein.reliability)} and of a protein whose surface is "
        f"{' or '.join(rules.protein.surface)}: {rules.protein.caution} is caution, {rules.protein.gate_needed} is "
        f"gate needed, and so is {rules.protein.caution} where the whole tissue, itself "
        f"{' or '.join(rules.protein.criticality)}, has RNA at the level of caution or the protein among its "
        f"{rules.protein.top_share:.0%} most abundant ones. Other stains and mass spectrometry alone are notes. "
        "A reference set without protein shows none of this.",
        "Safety, veto: such a stain that the whole tissue confirms, whose RNA there is "
        f"{rules.veto.times_tumour:g} times the tumour median or more.",
        f"Safety, harm to patients that is on file and verified: fatal is {_words(rules.toxicity.fatal)}, severe in a "
        f"vital tissue or cell {_words(rules.toxicity.severe_vital)}, severe elsewhere "
        f"{_words(rules.toxicity.severe)}. It is waived, with the reason, where an effective dose of cells or engagers "
        "was reported in spite of it.",
        "Whose RNA a tissue shows: that of its own cells where one of them carries as much as any guest (white cells, "
        f"blood, vessels, stroma), that of guests where one carries {rules.attribution.times:g} times as much as every "
        "own cell, else mixed. Nothing is told of guests where the cell atlas lacks a main part of the tissue, or "
        f"where the tissue has more than {rules.attribution.times:g} times what any of its cells carries.",
        "Tolerated are cell types, never tissues. RNA of a tissue is tolerated where a tolerated cell type carries "
        f"{rules.attribution.times:g} times as much as every other cell of it; in a vital tissue it must also explain "
        f"the value as {1 / rules.attribution.times:.0%} of it. In every indication: "
        + "; ".join(f"{entry.name} ({entry.reason.rstrip(chr(46))}; {entry.reference})" for entry in rules.tolerated)
        + ".",
        "Safety, no finding: nothing of this kind in what was measured. It does not mean safe. Values "
        f"from {rules.note.at_least:g} upwards that cross no rule are told as notes.",
        "Fratricide of T cells and of NK cells is carried where a verified statement says that such cells carry the "
        f"antigen at rest or activated, or antibodies find it on {fratricide.positive_share:g} or more of "
        f"them at rest (as share); possible where their RNA reaches {fratricide.at_least:g} TPM*, was not "
        "measured at rest, or an unverified statement says so; unknown where RNA at rest is lower and activated cells "
        "were not looked at, which is never taken for low; not seen where activated cells were looked at too.",
        "Priority is efficacy less two penalties. For fratricide among the cells of the mode, T cells in the order "
        f"CAR-T and NK cells in the order CAR-NK: carried {fratricide.penalty.carried:g}, possible "
        f"{fratricide.penalty.possible:g}, unknown {fratricide.penalty.unknown:g}, not seen "
        f"{fratricide.penalty.not_seen:g}. For the safety tier: "
        f"no finding {penalty.clear:g}, caution {penalty.caution:g}, gate needed {penalty.gate_needed:g}, "
        f"veto {penalty.veto:g}. Ties fall to efficacy, then to gene id. No gene is ever removed.",
        "The error of a normal value, most of which have no donors behind them, is how far two atlases differ over one "
        f"tissue. Of a gene in all tissues: {intervals.atlas_log2.gene:g} log2 units, or "
        f"{intervals.atlas_percentile.gene:g} of percentiles; of each tissue: {intervals.atlas_log2.tissue:g} and "
        f"{intervals.atlas_percentile.tissue:g}.",
        f"Ranks are drawn {intervals.replicates:g} times (seed {intervals.seed:g}) with other patients, normal values "
        f"and weights (coefficient of variation {intervals.weight_jitter:g}) and without one source at a time; the "
        "interval of a rank holds the middle 90 % of its draws.",
        "The NK view holds each gene of a curated panel against the other shipped cohorts, by percentile. High: at "
        f"least {scoring.nk_view.share:g} of them have less, and the median reaches {scoring.presence.level:g} TPM*. "
        f"Low: the median is below {scoring.nk_view.absent:g} TPM*, or at least {scoring.nk_view.share:g} have more. "
        "It argues for NK cells or against them only where the panel says so of that end, and moves no rank.",
        "For cohorts that cannot be linear TPM (rank only), windows are differences of percentiles, and no amount or "
        "ratio is given.",
    ]


def _words(tier: str) -> str:
    return tier.replace("_", " ")
