"""Presence: how much of each gene the tumour has, in how many patients, and how far down its lower tail reaches."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from targetfinder import tables, units
from targetfinder.errors import InputError
from targetfinder.evidence._breadth import breadth, other_tumours
from targetfinder.evidence._origin import origin
from targetfinder.evidence._records import PREVALENCE, cohorts_of, records, stack, tumour, universe
from targetfinder.indications import Indication, read_indication
from targetfinder.settings import Presence, read_scoring
from targetfinder.store import write_table

#: What is told again without each of several cohorts: column of `_records.tumour`, and unit.
WITHOUT = {
    "tumour_q1": ("q1_tpm", units.RENORMALISED),
    "tumour_median": ("median_tpm", units.RENORMALISED),
    "tumour_percentile": ("percentile", units.PERCENTILE),
    "prevalence": ("prevalence", "share of patients"),
}


def run(indication: Path, bundle: Path, cohorts: Path, scoring: Path, out: Path, min_patients: int = 1) -> None:
    """Write the presence evidence of one indication, refusing cohorts of fewer than `min_patients` together."""
    disease = read_indication(indication)
    genes = universe(bundle)
    chosen = cohorts_of(disease, cohorts)
    _refuse_small(disease, chosen, min_patients)
    values, settings = tumour(disease, cohorts, genes), read_scoring(scoring).presence
    evidence = presence(
        genes,
        values,
        scale=chosen["scale"].iloc[0],
        settings=settings,
        context=", ".join(chosen["cohort"]),
        source=", ".join(sorted(set(chosen["source"]))),
        release=", ".join(sorted(set(chosen["release"]))),
    )
    others = [
        *origin(disease, cohorts, genes, values, settings.level),
        *breadth(disease, cohorts, genes, settings.level),
        *other_tumours(disease, cohorts, genes, chosen["scale"].iloc[0]),
        *_without_each(disease, cohorts, genes, chosen),
    ]
    write_table(stack([evidence, *others]), tables.EVIDENCE, out)


def _without_each(disease: Indication, cohorts: Path, genes: pd.DataFrame, chosen: pd.DataFrame) -> list[pd.DataFrame]:
    """Return `EVIDENCE` records of what is left without each of several cohorts, which is the context."""
    parts, several = [], chosen.loc[[len(chosen) > 1] * len(chosen), ["cohort", "source", "release"]]
    for cohort, source, release in several.astype(str).to_numpy():
        left = tumour(disease, cohorts, genes, without=cohort)
        n = int(left["n"].iloc[0])
        for name, (column, unit) in WITHOUT.items():
            told = f"{unit}, without this cohort"
            part = records(
                genes,
                left[column],
                criterion=f"{name}_without",
                unit=told,
                n=n,
                context=cohort,
                source=source,
                release=release,
            )
            parts.append(part)
    return parts


def _refuse_small(disease: Indication, chosen: pd.DataFrame, min_patients: int) -> None:
    if chosen["n"].sum() < min_patients:
        sizes = ", ".join(f"{cohort} has {n}" for cohort, n in zip(chosen["cohort"], chosen["n"], strict=True))
        raise InputError(
            f"too few patients: {sizes}",
            file=f"{disease.id}.toml",
            field="cohorts",
            remedy=f"at least {min_patients} are asked for; lower --min_patients if you accept wide uncertainty",
        )


def presence(
    genes: pd.DataFrame,
    values: pd.DataFrame,
    *,
    scale: str,
    settings: Presence,
    context: str,
    source: str,
    release: str,
) -> pd.DataFrame:
    """Return `EVIDENCE` records of the tumour's quartiles, percentile and prevalence; no TPM* of rank_only cohorts.

    Parameters
    ----------
    genes
        gene_id and symbol, one row a gene.
    values
        Output of `records.tumour`, in the order of `genes`.
    """
    n = int(values["n"].iloc[0])
    q1, median, q3 = (values[f"{name}_tpm"].to_numpy(dtype=float) for name in ("q1", "median", "q3"))
    measured: dict[str, tuple[units.Floats, str]] = {
        "tumour_percentile": (values["percentile"].to_numpy(dtype=float), units.PERCENTILE)
    }
    if scale == "linear":
        share = f"share of patients above {settings.level:g} TPM*, {values['basis'].iloc[0]}"
        measured |= {
            "tumour_q1": (q1, units.RENORMALISED),
            "tumour_median": (median, units.RENORMALISED),
            "tumour_q3": (q3, units.RENORMALISED),
            "tumour_over_sisters": (values["sister_log2"].to_numpy(dtype=float), units.LOG2_RATIO),
            **{name: (values[name].to_numpy(dtype=float), share) for name in PREVALENCE},
        }
    return stack(
        [
            records(genes, value, criterion=name, context=context, unit=unit, n=n, source=source, release=release)
            for name, (value, unit) in measured.items()
        ]
    )
