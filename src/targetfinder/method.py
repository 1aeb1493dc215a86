"""The rules of a ranking as sentences, made from the settings that were used."""

from __future__ import annotations

from targetfinder.settings import Rules, Scoring


def sentences(scoring: Scoring, rules: Rules) -> list[str]:
    """Return how presence, specificity, surface, efficacy, safety and priority are computed."""
    weights, allowance = scoring.weights, scoring.window.allowance_log2
    surface, penalty, fratricide = scoring.surface, scoring.penalty, scoring.fratricide
    return [
        "TPM* is TPM rescaled so that protein-coding genes without immunoglobulin, T-cell-receptor and "
        "mitochondrial genes add up to one million, in tumour and normal tissue alike.",
        "Presence is the mean of log2(lower quartile + 1) and log2(median + 1) in TPM*, divided by "
        f"{scoring.presence.log2_at_one:g} and kept between 0 and 1.",
        f"Prevalence is the share of patients above {scoring.presence.level:g} TPM*. Only quartiles are known, so it "
        "is estimated from a normal distribution on the log scale; its bounds are what the quartiles prove, widened by "
        "the 90 % Wilson interval for the number of patients. It does not enter efficacy.",
        "The window in a tissue is log2((tumour median + 1) / (upper tail + 1)) in TPM*. The binding tissue has the "
        f"smallest window after an allowance in log2 units: vital {allowance.vital:g}, important "
        f"{allowance.important:g}, regenerable {allowance.regenerable:g}, dispensable {allowance.dispensable:g}. "
        "Tissues that the indication tolerates never bind. Where a vital tissue was not measured, the highest tissue "
        "that was stands in for it, without allowance.",
        f"Specificity is that window with its allowance, spread from -{scoring.window.log2_range:g} to "
        f"+{scoring.window.log2_range:g} log2 units over 0 to 1, times how far log2(median + 1) reaches the level of "
        f"{scoring.presence.level:g} TPM* (at most 1): what is not there is specific to nothing.",
        "Surface tiers follow from what independent voters say and from the calibrated probability that this gives. "
        f"Confirmed ({surface.confirmed:g}): an experiment saw the protein outside the cell, a second voter that is no "
        "mere prediction agrees, more voters saw it there than in an organelle, and the probability is "
        f"{surface.at_least.confirmed:g} or more. Likely ({surface.likely:g}): {surface.at_least.likely:g} or more. "
        f"Possible ({surface.possible:g}): {surface.at_least.possible:g} or more, and every synthase that stands for a "
        f"glycan antigen. Unlikely ({surface.unlikely:g}): the rest. Being a target in the clinic does not count.",
        f"Efficacy is the weighted mean of presence ({weights.presence:g}), specificity ({weights.specificity:g}) and "
        f"surface ({weights.surface:g}). A criterion that was not measured counts as 0.",
        f"Safety, caution: the upper tail reaches {rules.caution.at_least:g} nTPM (TPM in GTEx) in a "
        f"{' or '.join(rules.caution.criticality)} tissue or cell type, or a "
        f"{' or '.join(rules.unmeasured.criticality)} one was not measured.",
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
        "Safety, no finding: nothing of this kind in what was measured. It does not mean safe. Values "
        f"from {rules.note.at_least:g} upwards that cross no rule are told as notes.",
        "Fratricide of T cells and of NK cells is carried where a verified statement says that such cells carry the "
        f"antigen at rest or activated; possible where their RNA reaches {fratricide.at_least:g} TPM*, was not "
        "measured at rest, or an unverified statement says so; unknown where RNA at rest is lower and activated cells "
        "were not looked at, which is never taken for low; not seen where activated cells were looked at too.",
        "Priority is efficacy less two penalties. For fratricide among the cells of the mode, T cells in the order "
        f"CAR-T and NK cells in the order CAR-NK: carried {fratricide.penalty.carried:g}, possible "
        f"{fratricide.penalty.possible:g}, unknown {fratricide.penalty.unknown:g}, not seen "
        f"{fratricide.penalty.not_seen:g}. For the safety tier: "
        f"no finding {penalty.clear:g}, caution {penalty.caution:g}, gate needed {penalty.gate_needed:g}, "
        f"veto {penalty.veto:g}. Ties fall to efficacy, then to gene id. No gene is ever removed.",
        "For cohorts that cannot be linear TPM (rank only), presence is the percentile of the median, specificity the "
        "difference of percentiles, and no amount or ratio is given.",
    ]


def _words(tier: str) -> str:
    return tier.replace("_", " ")
