"""Make the counts of references/surface.toml and the reliability tables again, and print them.

    python tests/benchmarks/calibrate_surface.py --bundle BUNDLE --shared shared/data --out FOLDER

`BUNDLE` is the demo bundle; `shared/data` holds CSPA, SURFY, HPA, Phobius and a UniProt flag. Every voter is counted on
proteins whose place is known without it; predictions are made for genes that the counts did not see (5 folds). Writes
surface_reliability.tsv: one row a label set, set of voters and tenth of the probability, ready to plot.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _surface_labels import WORDS, Known, Mask, Test, known, model
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from targetfinder.evidence._surface_probability import probability, weights
from targetfinder.stats import wilson

FOLDS, SEED, BINS = 5, 1, 10
DEPENDENCE = np.round(np.arange(0.0, 1.01, 0.05), 2).tolist()
Counts = dict[str, dict[str, tuple[int, int]]]


def main() -> None:
    """Count, choose the dependence, judge, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("bundle", "shared", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    data = known(given.bundle, given.shared)
    print(f"{len(data.words)} protein-coding genes")
    report_counts(count(data))
    fold = np.random.default_rng(SEED).integers(FOLDS, size=len(data.words))
    left_out = [count(data, fold != part) for part in range(FOLDS)]
    dependence = chosen(data, fold, left_out)
    judged = [judge(data, fold, left_out, test, dependence) for test in data.tests]
    print(pd.DataFrame([scores for scores, _ in judged]).round(4).to_string(index=False))
    reliability = pd.concat([table for _, table in judged], ignore_index=True)
    print(reliability.round(3).to_string(index=False))
    given.out.mkdir(parents=True, exist_ok=True)
    reliability.round(4).to_csv(given.out / "surface_reliability.tsv", sep="\t", index=False, lineterminator="\n")


def count(data: Known, among: Mask | bool = True) -> Counts:
    """Return for each voter how often it says each word of positives and of negatives."""
    return {
        name: {
            word: tuple(int(((data.words[name] == word) & side & among).sum()) for side in data.fits[name])
            for word in said
        }
        for name, said in WORDS.items()
    }


def report_counts(seen: Counts) -> None:
    """Print the counts as TOML, and the weights that follow."""
    voters = {voter.id: weights(voter) for voter in model(seen).voter}
    for name, counts in seen.items():
        print(f"{name:<11}seen = {{ " + ", ".join(f"{word} = [{p}, {n}]" for word, (p, n) in counts.items()) + " }")
        print(" " * 11 + ", ".join(f"{word} {value:+.2f}" for word, value in voters[name].items()))


def held_out(data: Known, fold: Mask, left_out: list[Counts], test: Test, dependence: float) -> pd.DataFrame:
    """Return truth and probability of each labelled gene, from counts that left its fold out.

    The prior is the share of positives among the labelled genes of the other folds.
    """
    parts = []
    for part, seen in enumerate(left_out):
        here = test.labelled & (fold == part)
        share = test.positive[test.labelled & (fold != part)].mean()
        voters = model({name: seen[name] for name in test.voters}, share, dependence)
        chance = probability(data.words.loc[here, list(test.voters)], voters)
        parts.append(pd.DataFrame({"truth": test.positive[here].astype(float), "chance": chance.to_numpy()}))
    return pd.concat(parts, ignore_index=True)


def chosen(data: Known, fold: Mask, left_out: list[Counts]) -> float:
    """Return the dependence with the least log loss on genes left out, averaged over the tests of several voters."""
    losses: dict[float, list[float]] = {value: [] for value in DEPENDENCE}
    several = [test for test in data.tests if len(test.voters) > 1]
    for value, test in ((value, test) for value in DEPENDENCE for test in several):
        found = held_out(data, fold, left_out, test, value)
        losses[value].append(log_loss(found["truth"], found["chance"]))
    table = pd.DataFrame(losses, index=[f"{test.labels}: {' '.join(test.voters)}" for test in several])
    best = float(table.mean().idxmin())
    print(table.T.loc[[0.0, best, 1.0]].T.assign(best=table.idxmin(axis=1)).round(4).to_string())
    print(f"dependence = {best}")
    return best


def judge(
    data: Known, fold: Mask, left_out: list[Counts], test: Test, dependence: float
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return scores on genes left out, and the reliability table with 95 % Wilson intervals."""
    found = held_out(data, fold, left_out, test, dependence)
    truth, chance, share = found["truth"], found["chance"], found["truth"].mean()
    names = {"labels": test.labels, "voters": " ".join(test.voters)}
    scores = {
        **names,
        "positives": int(truth.sum()),
        "negatives": int((1 - truth).sum()),
        "brier": brier_score_loss(truth, chance),
        "brier_of_share": share * (1 - share),
        "log_loss": log_loss(truth, chance),
        "log_loss_of_share": log_loss(truth, np.full(len(truth), share)),
        "auroc": roc_auc_score(truth, chance),
    }
    tenth = np.minimum((chance * BINS).astype(int), BINS - 1)
    rows = [
        {
            **names,
            "from": at / BINS,
            "to": (at + 1) / BINS,
            "n": len(part),
            "predicted": part["chance"].mean(),
            "observed": part["truth"].mean(),
            **dict(zip(("low", "high"), wilson(part["truth"].mean(), len(part), 0.95), strict=True)),
        }
        for at, part in found.groupby(tenth)
    ]
    return scores, pd.DataFrame(rows)


if __name__ == "__main__":
    main()
