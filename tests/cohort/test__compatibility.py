"""The verdict on a cohort and an atlas: what may be compared, what only by rank, what not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from tests.cohort import mixes
from tests.cohort.mixes import BAD, GOOD, Material

from targetfinder import tables
from targetfinder.cohort import _compatibility
from targetfinder.cohort._compatibility import VERDICTS, Atlas, Cohort, Profile, verdict
from targetfinder.cohort._profile import renormalised
from targetfinder.sources import readers
from targetfinder.sources.lock import verified
from targetfinder.sources.registry import read_registry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run


@pytest.fixture(scope="module")
def material() -> Material:
    return mixes.invented()


@pytest.fixture(scope="module")
def atlas(material: Material) -> Atlas:
    return Atlas.of(material.rows, material.genes)


def judged(cohort: Cohort, material: Material, atlas: Atlas) -> dict[str, Any]:
    return verdict(Profile.of(cohort, material.genes), atlas)


@pytest.mark.parametrize("case", GOOD)
def test_a_good_cohort_is_ok_without_a_reason(case: str, material: Material, atlas: Atlas) -> None:
    found = judged(GOOD[case](material), material, atlas)
    assert (found["verdict"], found["reasons"]) == ("ok", None)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_mix_is_caught_with_the_right_reason(case: str, material: Material, atlas: Atlas) -> None:
    make, verdicts, words = BAD[case]
    found = judged(make(material), material, atlas)
    assert found["verdict"] in verdicts
    assert words in found["reasons"]


def test_there_are_at_least_twenty_of_each() -> None:
    assert len(GOOD) == 20
    assert len(BAD) >= 20


# ---------------------------------------------------------------- the figures


@pytest.fixture(scope="module")
def good(material: Material) -> Cohort:
    return mixes.cohort(material.tpm(0), library="poly_a", purity=0.8)


def test_every_figure_is_given(good: Cohort, material: Material, atlas: Atlas) -> None:
    found = judged(good, material, atlas)
    assert found["verdict"] in VERDICTS
    assert (found["samples"], found["purity"], found["unit_recognised"]) == (4, 0.8, "TPM, FPKM")
    assert (found["library_seen"], found["atlas_library"], found["closest_tissue"]) == ("poly_a", "poly_a", "tissue 0")
    assert (found["gene_overlap"], found["stable_genes"], found["lost_share"]) == (1.0, 500, 0.0)
    assert found["spearman"] > 0.9
    assert abs(found["shift"]) < 0.3
    assert found["spread"] < 0.5
    assert 0 < found["histone_share"] < found["histone_expected"] * 2
    assert 5_000 < found["genes_detected"] < 15_853


def test_a_factor_on_the_stable_genes_is_found_as_their_shift(good: Cohort, material: Material, atlas: Atlas) -> None:
    values = good.values.copy()
    values.loc[atlas.stable] *= 8
    before, after = (
        judged(good, material, atlas),
        judged(replace(good, values=mixes.per_million(values)), material, atlas),
    )
    factor = mixes.per_million(values).loc[atlas.stable[0], "P0"] / good.values.loc[atlas.stable[0], "P0"]
    assert after["shift"] - before["shift"] == pytest.approx(np.log2(factor), abs=0.2)
    assert after["verdict"] == "rank_only"
    assert "stable genes are +" in after["reasons"]


def test_what_a_closest_tissue_explains_is_no_shift(material: Material) -> None:
    one_gene = material.profiles["tissue 0"].copy()
    one_gene.iloc[7] = 7e6  # as haemoglobin in blood, or a digestive enzyme in pancreas
    profiles = material.profiles.assign(**{"tissue 0": one_gene / one_gene.sum() * 1e6})
    rows = profiles.stack().rename("value").reset_index().assign(source="invented")
    other = Material(material.genes, rows, profiles)
    found = judged(mixes.cohort(other.tpm(0)), other, Atlas.of(rows, other.genes))
    assert found["shift"] < -_compatibility.MAX_SHIFT
    assert abs(found["shift_closest"]) < 0.5
    assert found["verdict"] == "ok"


def test_noise_on_the_stable_genes_is_found_as_their_spread(good: Cohort, material: Material, atlas: Atlas) -> None:
    values = good.values.copy()
    noise = np.exp2(np.random.default_rng(3).normal(0, 2, len(atlas.stable)))
    values.loc[atlas.stable] = values.loc[atlas.stable].mul(noise, axis=0)
    found = judged(replace(good, values=mixes.per_million(values)), material, atlas)
    assert found["spread"] == pytest.approx(2 * 0.6745, abs=0.2)
    assert "spread by" in found["reasons"]


def test_stable_genes_are_expressed_everywhere_and_vary_least(material: Material, atlas: Atlas) -> None:
    assert (atlas.log.loc[atlas.stable] >= np.log2(6)).all(axis=None)
    others = atlas.log[(atlas.log >= np.log2(6)).all(axis=1)].drop(index=atlas.stable)
    assert atlas.log.loc[atlas.stable].std(axis=1).max() < others.std(axis=1).median()


def test_immunoglobulin_changes_neither_the_verdict_nor_renormalised_values(material: Material) -> None:
    values = material.tpm(0)
    loaded = values.copy()
    loaded.loc[material.genes.loc[material.genes["symbol"] == "IGHV1", "gene_id"]] = values.sum().max() * 1.8
    plain, more = (renormalised(one, material.genes) for one in (values, mixes.per_million(loaded)))
    pd.testing.assert_frame_equal(plain, more)


# ---------------------------------------------------------------- several reasons, claims, edges


def test_the_gravest_reason_comes_first_and_all_are_told(material: Material, atlas: Atlas) -> None:
    values = material.tpm(1, total=True)
    found = judged(mixes.cohort(values.assign(P9=values["P1"]), library="poly_a"), material, atlas)
    assert found["verdict"] == "refuse"
    assert found["reasons"].startswith("samples are the same: P1 and P9")
    assert found["duplicates"] == "P1 = P9"
    assert "poly_a is claimed" in found["reasons"]
    assert "total library against a poly_a atlas" in found["reasons"]


@pytest.mark.parametrize(("library", "expected"), [("poly_a", "ok"), ("unknown", "ok"), ("capture", "rank_only")])
def test_the_claimed_library_counts_unless_the_rna_says_total(
    library: str, expected: str, good: Cohort, material: Material, atlas: Atlas
) -> None:
    assert judged(replace(good, library=library), material, atlas)["verdict"] == expected


def test_technical_replicates_are_not_the_same_sample(material: Material, atlas: Atlas) -> None:
    values = material.tpm(2)
    noise = np.random.default_rng(1).lognormal(0, 0.1, len(values))
    found = judged(mixes.cohort(mixes.per_million(values.assign(P9=values["P1"] * noise))), material, atlas)
    assert found["duplicates"] is None


def test_a_file_without_a_number_is_refused(good: Cohort, material: Material, atlas: Atlas) -> None:
    assert judged(replace(good, values=good.values * np.nan), material, atlas)["verdict"] == "refuse"


# ---------------------------------------------------------------- real cohorts


@pytest.fixture(scope="module")
def of_shipped(real: Run) -> pd.DataFrame:
    genes, rows = real.of_bundle(tables.GENES), real.of_bundle(tables.NORMAL_BULK)
    atlases = [Atlas.of(part, genes) for _, part in rows.groupby("source")]
    found = []
    for name in real.verdicts().index:
        medians = real.cohort(str(name))[["median"]].dropna()
        profile = Profile.of(Cohort(str(name), medians, "TPM", medians=True), genes)
        found += [verdict(profile, atlas) for atlas in atlases]
    return pd.DataFrame(found)


def test_shipped_cohorts_that_are_no_linear_tpm_or_total_rna_are_for_ranks_only(
    of_shipped: pd.DataFrame, real: Run
) -> None:
    flattened = of_shipped[of_shipped["reasons"].fillna("").str.contains("flattened")]
    total = of_shipped[of_shipped["reasons"].fillna("").str.contains("total library against")]
    ranked = set(real.verdicts().query("scale == 'rank_only'").index)
    assert ranked == set(flattened["cohort"]) | set(total["cohort"])
    assert set(flattened["verdict"]) == {"rank_only"}
    assert flattened["cohort"].str.startswith("LAML_").all()
    assert flattened["cohort"].nunique() == 4


def test_no_shipped_cohort_of_fifteen_patients_is_refused(of_shipped: pd.DataFrame, real: Run) -> None:
    large = set(real.verdicts().query("n >= 15").index)
    assert set(of_shipped.loc[of_shipped["verdict"] == "refuse", "cohort"]) & large == set()


def test_libraries_with_rna_that_poly_a_selection_cannot_leave_are_told(of_shipped: pd.DataFrame) -> None:
    total = set(of_shipped.loc[of_shipped["library_seen"] == "total", "cohort"])
    assert {"RB", "MCL", "BL", "T_ALL"} <= total  # ribosome-depleted, or led by 7SL and 7SK
    assert not total & {"OS", "SARC_LMS", "SARC_UPS", "NBL_MYCN_amp", "SCLC", "CLL"}  # known to be poly-A


def test_windows_of_myeloma_change_by_its_immunoglobulin_as_the_data_say(real: Run, real_store: Path) -> None:
    registry = read_registry(real.references / "sources.toml")
    table = registry.tables("cohorts")[0]
    quantiles = readers.read(table, verified(registry.source_of(table), real_store))
    mean = quantiles[quantiles["cohort"] == "MM"].set_index("gene_id")["mean"].to_frame("MM")
    genes = real.of_bundle(tables.GENES)
    receptor = genes["locus_type"].fillna("").str.contains("immunoglobulin|T cell receptor")
    with_load, without = (renormalised(mean, genes.assign(normaliser=kept)) for kept in (True, ~receptor))
    normal = Atlas.of(real.of_bundle(tables.NORMAL_BULK).query("source == 'gtex'"), genes).log.max(axis=1)
    windows = [np.log2(one["MM"] + 1) - normal for one in (without, with_load[with_load["MM"] > 10])]
    assert 2 ** (windows[0] - windows[1]).median() == pytest.approx(2.8, abs=0.15)


def test_missing_values_of_an_atlas_leave_its_rank_correlation_standing(material: Material) -> None:
    values = material.rows.pivot(index="gene_id", columns="context", values="value")
    typical = values.iloc[:, 0].add(1)
    whole, holed = Atlas.of(material.rows, material.genes), material.rows.copy()
    holed.loc[holed.sample(frac=0.02, random_state=1).index, "value"] = np.nan
    expected = whole.log.rank().corrwith(typical.reindex(whole.log.index).rank())
    np.testing.assert_allclose(whole.spearman(typical), expected)
    np.testing.assert_allclose(Atlas.of(holed, material.genes).spearman(typical), expected, atol=0.05)
