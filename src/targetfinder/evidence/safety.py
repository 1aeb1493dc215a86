"""Safety: every finding in a normal tissue or cell type that crosses a rule of `references/safety.toml`.

Findings carry tiers; no gene is ever removed. They rest on RNA (here), on protein (`_proteins`) and on harm to patients
(`_harm`).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.evidence import _attribution
from targetfinder.evidence._carriers import carriers, in_tissue
from targetfinder.evidence._harm import harm_findings
from targetfinder.evidence._proteins import protein_findings
from targetfinder.evidence._records import scale_of, stacked, together, tumour, universe
from targetfinder.evidence._tolerance import Origin, read_origin, waived_by, waived_cells
from targetfinder.indications import read_indication
from targetfinder.settings import Rules, Threshold, read_rules
from targetfinder.store import read_table, write_table
from targetfinder.tables import UNKNOWN_TUMOUR


class Beyond(NamedTuple):
    """What is known beyond RNA: `NORMAL_PROTEIN`, surface tier by gene id, `LIABILITIES`."""

    protein: pd.DataFrame
    surface: pd.Series
    liabilities: pd.DataFrame


def run(
    indication: Path,
    bundle: Path,
    cohorts: Path,
    surface: Path,
    off_target: Path,
    rules: Path,
    out: Path,
    waivers: Path | None = None,
) -> None:
    """Write the safety findings of one indication."""
    limits = read_rules(rules)
    disease = read_indication(indication)
    genes = universe(bundle)
    contexts = read_table(bundle / "contexts.parquet", tables.CONTEXTS)
    columns = ["gene_id", "context", "upper", "upper_tpm", "unit", "n_donors", "source", "release"]
    both = (tables.NORMAL_BULK, tables.NORMAL_CELL)
    normal = stacked([read_table(bundle / f"{t.name}.parquet", t, columns, categorical=True) for t in both])
    votes = read_table(surface, tables.EVIDENCE, ["gene_id", "context"], filters=[("criterion", "==", "surface")])
    beyond = Beyond(
        read_table(bundle / "normal_protein.parquet", tables.NORMAL_PROTEIN),
        votes.set_index("gene_id")["context"],
        read_table(bundle / "liabilities.parquet", tables.LIABILITIES),
    )
    found = findings(
        genes,
        tumour(disease, cohorts, genes)["median_tpm"] if scale_of(disease, cohorts) == "linear" else None,
        normal,
        read_table(off_target, tables.OFF_TARGET),
        contexts,
        rules=limits,
        origin=read_origin(bundle, genes, disease, limits, waivers),
        beyond=beyond,
    )
    write_table(found, tables.SAFETY, out)


def findings(
    genes: pd.DataFrame,
    tumour_median: pd.Series | None,
    normal: pd.DataFrame,
    cells: pd.DataFrame,
    contexts: pd.DataFrame,
    *,
    rules: Rules,
    origin: Origin | None = None,
    beyond: Beyond | None = None,
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
        Rows of `NORMAL_BULK` and `NORMAL_CELL`; of the latter only which genes were measured counts.
    cells
        `OFF_TARGET`: what cell types carry.
    contexts
        `CONTEXTS` of the bundle.
    origin
        Which cells the RNA of tissues comes from, and which of them are tolerated; None if that is not known. A waived
        finding keeps its row and is tolerated. Harm to patients brings its own waivers.
    beyond
        Protein and harm, of any genes; None if neither is known.
    """
    classes = contexts[["modality", "source", "context", "criticality"]]
    atlases = normal.drop_duplicates("source")[["source", "release", "unit"]]
    normal = normal[normal["gene_id"].isin(genes["gene_id"])]
    normal = normal.assign(tumour=np.inf if tumour_median is None else normal["gene_id"].astype(str).map(tumour_median))
    bulk = classes[classes["modality"] == "rna_bulk"]
    high = normal[normal["upper"] >= rules.lowest]
    high = high.astype(dict.fromkeys(high.select_dtypes("category"), str))
    high = high.merge(bulk, on=["source", "context"], validate="m:1")
    carried = carriers(cells[cells["gene_id"].isin(genes["gene_id"])], rules.lowest)
    parts = [
        _crossed(high, rules),
        _crossed(carried, rules),
        _unmeasured(genes, normal, classes.merge(atlases, on="source"), rules, ratios=tumour_median is not None),
    ]
    if beyond is not None:
        parts += _beyond(genes, normal, contexts, beyond, rules)
    crossed = together(parts)
    crossed = crossed.merge(genes, on="gene_id", validate="m:1").rename(columns={"upper": "value"})
    crossed = _explained(crossed, origin)
    crossed["tier"] = crossed["tier_before_waiver"].where(crossed["waiver"].isna(), "clear")
    crossed["context"] = in_tissue(crossed)
    found = crossed.reindex(columns=tables.SAFETY.names)
    return tables.SAFETY.sort(found.astype(dict.fromkeys(_WORDS, object) | dict.fromkeys(_attribution.NUMBERS, float)))


#: Columns of words that may be empty throughout.
_WORDS = ("said", "waiver", *(name for name in _attribution.COLUMNS if name not in _attribution.NUMBERS))


def _explained(found: pd.DataFrame, origin: Origin | None) -> pd.DataFrame:
    """Add where the RNA of tissues comes from, and why a finding is tolerated."""
    own = found["waiver"] if "waiver" in found else pd.Series(None, index=found.index, dtype=object)
    if origin is None:
        return found.assign(waiver=own)
    bulk = found[(found["modality"] == "rna_bulk") & found["value"].notna()]
    bulk = bulk.reindex(columns=list(dict.fromkeys([*bulk.columns, "upper_tpm"])))
    found = found.join(_attribution.attributed(bulk, origin.cells, origin.times))
    waived = pd.concat([own.dropna(), waived_by(bulk, origin).dropna(), waived_cells(found, origin).dropna()])
    return found.assign(waiver=waived.reindex(found.index))


def _beyond(
    genes: pd.DataFrame, normal: pd.DataFrame, contexts: pd.DataFrame, beyond: Beyond, rules: Rules
) -> list[pd.DataFrame]:
    known = beyond.protein[beyond.protein["gene_id"].isin(genes["gene_id"])]
    on_file = beyond.liabilities[beyond.liabilities["gene_id"].isin(genes["gene_id"])]
    bulk = contexts.loc[contexts["modality"] == "rna_bulk", "source"].unique()
    return [
        protein_findings(known, normal[normal["source"].isin(bulk)], contexts, beyond.surface, rules),
        harm_findings(on_file, rules.toxicity),
    ]


def _crossed(measured: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Name the highest rule that each measured value crosses; leave out those that cross none.

    `tumour` is the tumour median in TPM*, missing if unmeasured, infinite if no ratio may be formed.
    """

    def over(rule: Threshold) -> pd.Series:
        return measured["criticality"].isin(rule.criticality) & (measured["upper"] >= rule.at_least)

    gate = rules.gate_needed
    bulk = over(gate) & (measured["modality"] == "rna_bulk")
    noted = f"note: at least {rules.note.at_least:g}"
    one_donor = (measured["modality"] == "rna_cell") & measured["n_donors"].eq(1).fillna(False)
    dismissed = measured.get("dismissed", pd.Series(None, measured.index, dtype=object))
    excess = bulk & (measured["upper_tpm"] >= gate.times_tumour * measured["tumour"])
    outcomes = [
        (excess, f"gate_needed: at least {gate.at_least:g} and {gate.times_tumour:g} times the tumour", "gate_needed"),
        (bulk & measured["tumour"].isna(), f"gate_needed: at least {gate.at_least:g}, {UNKNOWN_TUMOUR}", "gate_needed"),
        (dismissed.notna() & over(rules.note), noted + ", " + dismissed.fillna(""), "clear"),
        (one_donor & over(rules.caution), f"{noted}, in one donor", "clear"),
        (over(rules.caution), f"caution: at least {rules.caution.at_least:g}", "caution"),
        (over(rules.note), noted, "clear"),
    ]
    conditions, labels, tiers = (list(part) for part in zip(*outcomes, strict=True))
    named = measured.assign(rule=np.select(conditions, labels, ""), tier_before_waiver=np.select(conditions, tiers, ""))
    return named[named["rule"] != ""]


def _unmeasured(
    genes: pd.DataFrame, normal: pd.DataFrame, classes: pd.DataFrame, rules: Rules, *, ratios: bool
) -> pd.DataFrame:
    """One row for each gene and context of the listed criticality that no atlas measured.

    Without `ratios` no tissue can be worse than caution, measured or not.
    """
    listed = classes[classes["criticality"].isin(rules.unmeasured.criticality)]
    listed = listed.drop_duplicates("context").reset_index(drop=True)
    gene_ids, contexts = pd.Index(genes["gene_id"]), pd.Index(listed["context"])
    measured = normal[normal["upper"].notna() & normal["context"].isin(contexts)]
    seen = np.zeros((len(gene_ids), len(contexts)), dtype=bool)
    seen[gene_ids.get_indexer(measured["gene_id"]), contexts.get_indexer(measured["context"])] = True
    gene, context = np.nonzero(~seen)
    tissue = (listed["modality"] == "rna_bulk").to_numpy()
    worst = rules.unmeasured.tissue if ratios else "caution"
    return listed.iloc[context].assign(
        gene_id=gene_ids[gene],
        upper=np.nan,
        n_donors=pd.array([pd.NA], dtype="Int64").repeat(len(gene)),
        rule="unmeasured: no atlas measured the gene here",
        tier_before_waiver=np.where(tissue[context], worst, rules.unmeasured.cell_type),
    )
