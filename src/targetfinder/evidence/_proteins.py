"""Findings in normal tissue that rest on protein: stains of its own cells, and what confirms them in the whole tissue.

A stain counts if the antibody and the surface of the protein can be trusted, since stains count cytoplasm too. A
whole tissue confirms one only where it is itself of the class of the rule: in gut, the epithelium outweighs endothelium
and nerve, so that RNA of gut says nothing of them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.settings import Rules, Stains
from targetfinder.tables import STAIN_LEVELS

_COLUMNS = ["gene_id", "modality", "source", "context", "criticality", "upper", "unit", "n_donors", "release"]
COLUMNS = [*_COLUMNS, "said", "rule", "tier_before_waiver"]
_TISSUE = ["gene_id", "tissue"]


def protein_findings(
    protein: pd.DataFrame, bulk: pd.DataFrame, contexts: pd.DataFrame, surface: pd.Series, rules: Rules
) -> pd.DataFrame:
    """Return stains and abundant proteins of the class of the rule: one row for each gene, context and atlas.

    Parameters
    ----------
    protein
        Rows of `NORMAL_PROTEIN`.
    bulk
        Rows of `NORMAL_BULK` with gene_id, context, upper, upper_tpm, unit, release, and `tumour`: the tumour median in
        TPM*, missing if unmeasured, infinite if no ratio may be formed.
    contexts
        `CONTEXTS` of the bundle.
    surface
        Surface tier by gene id; a gene without one is not trusted to be on the surface.

    Returns
    -------
    Columns `COLUMNS`; `upper` is 1 to 3 for stains and the abundance for mass spectrometry.
    """
    named = contexts.loc[contexts["parenchyma"], ["modality", "source", "context", "criticality"]]
    named = named[named["criticality"].isin(rules.protein.criticality)]
    whole = set(contexts.loc[contexts["criticality"].isin(rules.protein.criticality), "context"])
    stains = protein["unit"] == "stain"
    abundant = _abundant(protein[~stains], rules.protein)
    stained = _stained(protein[stains], surface, rules.protein).merge(named, on=["source", "context"])
    bulk = bulk[bulk["gene_id"].isin(stained["gene_id"])]
    bulk = bulk.astype(dict.fromkeys(bulk.select_dtypes("category"), str))
    stained = _with_tissue(stained, _confirmed(bulk, abundant, whole, rules), rules)
    weighed = abundant.drop(columns="whole").merge(named, on=["source", "context"])
    weighed["rule"] = f"note: among the {rules.protein.top_share:.0%} most abundant proteins"
    weighed["tier_before_waiver"] = "clear"
    parts = [part.reindex(columns=COLUMNS).astype({"n_donors": "Int64"}) for part in (stained, weighed)]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _abundant(protein: pd.DataFrame, rule: Stains) -> pd.DataFrame:
    """Return the proteins of a tissue that are among its most abundant ones; `whole` is the organ or tissue."""
    found = protein[protein["percentile"] >= 1 - rule.top_share]
    rank = ((1 - found["percentile"]) * 100).clip(lower=1).round().astype(int).astype(str)
    count = found["n_detected"].map("{:,.0f}".format)
    said = "mass spectrometry, " + found["release"] + ", top " + rank + " % of " + count + " proteins"
    return found.assign(upper=found["value"], whole=found["context"], said=said)


def _stained(protein: pd.DataFrame, surface: pd.Series, rule: Stains) -> pd.DataFrame:
    levels = STAIN_LEVELS[STAIN_LEVELS.index(rule.caution) :]
    found = protein[protein["level"].isin(levels)]
    reliability = found["reliability"].fillna("no reliability stated")
    return found.assign(
        tissue=found["context"],
        context=found["context"] + ": " + found["cell_type"],
        upper=found["level"].map(STAIN_LEVELS.index).astype(float),
        unit="stain level of 3",
        reliable=found["reliability"].isin(rule.reliability),
        outside=found["gene_id"].map(surface).isin(rule.surface),
        strong=found["level"].isin(levels[levels.index(rule.gate_needed) :]),
        said="IHC " + found["level"].astype(str) + ", " + found["release"].astype(str) + ", " + reliability.astype(str),
    )


def _confirmed(bulk: pd.DataFrame, abundant: pd.DataFrame, whole: set[str], rules: Rules) -> pd.DataFrame:
    """Return gene_id, tissue, by (what confirms it there, in words) and excess (whether its RNA leaves no window)."""
    high = bulk[(bulk["upper"] >= rules.caution.at_least) & bulk["context"].isin(whole)]
    words = high["upper"].map("{:.0f} ".format) + high["unit"] + " in bulk RNA (" + high["release"] + ")"
    excess = bulk["upper_tpm"] >= rules.veto.times_tumour * bulk["tumour"]
    without = bulk.assign(excess=excess).groupby(["gene_id", "context"], observed=True)["excess"].any()
    parts = [
        high[["gene_id", "context", "upper"]].assign(by=words),
        abundant.loc[abundant["context"].isin(whole), ["gene_id", "context"]].assign(by=abundant["said"], upper=0.0),
    ]
    found = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    found = found.sort_values("upper", ascending=False, kind="stable")
    found = found.drop_duplicates(["gene_id", "context"]).set_index(["gene_id", "context"])[["by"]]
    both = found.join(without[without], how="outer").reset_index()
    organ = {part: name for name, parts in rules.part_of.items() for part in parts}
    of_parts = [both[both["context"] == name].assign(context=part) for part, name in organ.items()]
    every = pd.concat([both, *of_parts], ignore_index=True).rename(columns={"context": "tissue"})
    return every.groupby(_TISSUE, as_index=False, observed=True).first()


def _with_tissue(stained: pd.DataFrame, confirmed: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    found = stained.merge(confirmed, on=_TISSUE, how="left")
    rule, by = rules.protein, found["by"].notna()
    trusted, strong = found["reliable"] & found["outside"], found["strong"]
    no_window = by & found["excess"].eq(True)
    outcomes = [
        (trusted & no_window, "veto: stain confirmed in the tissue, which leaves no window", "veto"),
        (trusted & strong, f"gate_needed: stain {rule.gate_needed}", "gate_needed"),
        (trusted & by, f"gate_needed: stain {rule.caution}, confirmed in the tissue", "gate_needed"),
        (trusted, f"caution: stain {rule.caution}", "caution"),
        (~found["reliable"], "note: stain of an antibody that is not reliable enough", "clear"),
        (~found["outside"], "note: stain of a protein that is not likely on the surface", "clear"),
    ]
    conditions, labels, tiers = (list(part) for part in zip(*outcomes, strict=True))
    said = found["said"] + np.where(trusted & by, ", confirmed by " + found["by"].fillna("").astype(str), "")
    return found.assign(
        said=said, rule=np.select(conditions, labels, ""), tier_before_waiver=np.select(conditions, tiers, "")
    )
