"""Safety: every finding in a normal tissue or cell type that crosses a rule of `references/safety.toml`.

Findings carry tiers; no gene is ever removed. In the demo set all findings are RNA.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.evidence._records import read_disease, scale_of, tumour, universe
from targetfinder.settings import Rules, Threshold, read_rules
from targetfinder.store import read_table, write_table
from targetfinder.tables import UNKNOWN_TUMOUR


def run(indication: Path, bundle: Path, cohorts: Path, rules: Path, out: Path) -> None:
    """Write the safety findings of one indication."""
    disease = read_disease(indication, bundle)
    genes = universe(bundle)
    contexts = read_table(bundle / "contexts.parquet", tables.CONTEXTS)
    columns = ["gene_id", "context", "upper", "upper_tpm", "unit", "n_donors", "source", "release"]
    normal = pd.concat(
        [read_table(bundle / f"{t.name}.parquet", t, columns) for t in (tables.NORMAL_BULK, tables.NORMAL_CELL)]
    )
    found = findings(
        genes,
        tumour(disease, cohorts, genes)["median_tpm"] if scale_of(disease, cohorts) == "linear" else None,
        normal,
        contexts,
        rules=read_rules(rules),
        waivers={"rna_bulk": disease.waivers("tissue"), "rna_cell": disease.waivers("cell_type")},
    )
    write_table(found, tables.SAFETY, out)


def findings(
    genes: pd.DataFrame,
    tumour_median: pd.Series | None,
    normal: pd.DataFrame,
    contexts: pd.DataFrame,
    *,
    rules: Rules,
    waivers: dict[str, dict[str, str]],
) -> pd.DataFrame:
    """Return `SAFETY`: one row for each gene, context and atlas that crosses a rule (the highest one).

    Parameters
    ----------
    genes
        gene_id and symbol of the universe.
    tumour_median
        TPM*, indexed by gene id; None for rank_only cohorts, which are never put in a ratio. A missing
        value crosses the rule of excess under a name of its own, so that an unmeasured gene is never safer.
    normal
        Rows of `NORMAL_BULK` and `NORMAL_CELL`.
    contexts
        `CONTEXTS` of the bundle.
    waivers
        For each modality, context to reason; a waived finding keeps its row and is tolerated.
    """
    classes = contexts[["modality", "source", "context", "criticality"]]
    atlases = normal.drop_duplicates("source")[["source", "release", "unit"]]
    normal = normal[normal["gene_id"].isin(genes["gene_id"])]
    lowest = min(rule.at_least for rule in (rules.gate_needed, rules.caution, rules.note))
    high = normal[normal["upper"] >= lowest].merge(classes, on=["source", "context"], validate="m:1")
    high["tumour"] = np.inf if tumour_median is None else high["gene_id"].map(tumour_median)
    crossed = pd.concat(
        [_crossed(high, rules), _unmeasured(genes, normal, classes.merge(atlases, on="source"), rules)],
        ignore_index=True,
    )
    crossed = crossed.merge(genes, on="gene_id", validate="m:1").rename(columns={"upper": "value"})
    waiver = [waivers.get(m, {}).get(c) for m, c in zip(crossed["modality"], crossed["context"], strict=True)]
    crossed["waiver"] = pd.Series(waiver, index=crossed.index, dtype=object)
    crossed["tier"] = crossed["tier_before_waiver"].where(crossed["waiver"].isna(), "clear")
    return tables.SAFETY.sort(crossed[tables.SAFETY.names])


def _crossed(measured: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Name the highest rule that each measured value crosses; leave out those that cross none.

    `tumour` is the tumour median in TPM*, missing if unmeasured, infinite if no ratio may be formed.
    """

    def over(rule: Threshold) -> pd.Series:
        return measured["criticality"].isin(rule.criticality) & (measured["upper"] >= rule.at_least)

    gate = rules.gate_needed
    bulk = over(gate) & (measured["modality"] == "rna_bulk")
    excess = bulk & (measured["upper_tpm"] >= gate.times_tumour * measured["tumour"])
    outcomes = [
        (excess, f"gate_needed: at least {gate.at_least:g} and {gate.times_tumour:g} times the tumour", "gate_needed"),
        (bulk & measured["tumour"].isna(), f"gate_needed: at least {gate.at_least:g}, {UNKNOWN_TUMOUR}", "gate_needed"),
        (over(rules.caution), f"caution: at least {rules.caution.at_least:g}", "caution"),
        (over(rules.note), f"note: at least {rules.note.at_least:g}", "clear"),
    ]
    conditions, labels, tiers = (list(part) for part in zip(*outcomes, strict=True))
    named = measured.assign(rule=np.select(conditions, labels, ""), tier_before_waiver=np.select(conditions, tiers, ""))
    return named[named["rule"] != ""]


def _unmeasured(genes: pd.DataFrame, normal: pd.DataFrame, classes: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """One row for each gene and context of the listed criticality that no atlas measured."""
    listed = classes[classes["criticality"].isin(rules.unmeasured.criticality)]
    listed = listed.drop_duplicates("context").reset_index(drop=True)
    gene_ids, contexts = pd.Index(genes["gene_id"]), pd.Index(listed["context"])
    measured = normal[normal["upper"].notna() & normal["context"].isin(contexts)]
    seen = np.zeros((len(gene_ids), len(contexts)), dtype=bool)
    seen[gene_ids.get_indexer(measured["gene_id"]), contexts.get_indexer(measured["context"])] = True
    gene, context = np.nonzero(~seen)
    return listed.iloc[context].assign(
        gene_id=gene_ids[gene],
        upper=np.nan,
        n_donors=pd.array([pd.NA], dtype="Int64").repeat(len(gene)),
        rule="unmeasured: no atlas measured the gene here",
        tier_before_waiver=rules.unmeasured.tier,
    )
