"""The probability that a protein stands on the cell surface, from what independent voters say of it.

A naive Bayes sum with a brake: each voter adds the log likelihood ratio of what it says, counted on proteins whose
place is known without it (`references/surface.toml`); since voters are not independent, the sum of k of them is
divided by 1 + (k - 1) · dependence, the design effect of Kish (1965) for k measurements of one correlation.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.settings import Voter, Voters

#: What a voter may say that bears on the probability, the strongest first: of several only the first is heard.
SAYS = ("experimental", "annotation", "membrane", "against", "prediction")
FOR = ("experimental", "annotation", "membrane", "prediction")
SILENT, UNSEEN = "silent", "unseen"
#: Added to each count, so that what was never counted is not impossible (Jeffreys).
HALF = 0.5


def heard(votes: pd.DataFrame, voters: Voters) -> pd.DataFrame:
    """Return the votes that bear on the probability, without voters whose evidence another one present gives itself."""
    told = votes[votes["kind"].isin((*SAYS, UNSEEN))]
    present = set(told["voter"])
    repeats = {voter.id for voter in voters.voter if present & set(voter.rests_on)}
    return told[~told["voter"].isin(repeats)]


def stances(votes: pd.DataFrame, genes: pd.Index, voters: Voters) -> pd.DataFrame:
    """Return what each voter says of each gene: one of `SAYS`, `silent`, or `unseen` if it did not look.

    Parameters
    ----------
    votes
        `SURFACE_VOTES` that are `heard`; they decide which voters are there.
    genes
        Gene ids, the rows of the result.

    Returns
    -------
    pandas.DataFrame
        Gene × voter, voters in sorted order.
    """
    strength = votes["kind"].map((*SAYS, UNSEEN).index)
    first = votes.assign(strength=strength).sort_values("strength").drop_duplicates(["gene_id", "voter"])
    said = first.pivot(index="gene_id", columns="voter", values="kind").reindex(genes)
    partial = {voter.id for voter in voters.voter if not voter.exhaustive}
    return said.fillna({name: UNSEEN if name in partial else SILENT for name in said.columns}).astype(object)


def weights(voter: Voter) -> dict[str, float]:
    """Return the log likelihood ratio of each thing that a voter was counted to say."""
    counts = np.array(list(voter.seen.values())) + HALF
    shares = counts / counts.sum(axis=0)
    return dict(zip(voter.seen, np.log(shares[:, 0] / shares[:, 1]).tolist(), strict=True))


def probability(said: pd.DataFrame, voters: Voters) -> pd.Series:
    """Return the probability of each gene to be on the surface.

    A voter that was never counted (a list of the user) has the smallest weight that any counted one has for the same
    word, and its silence weighs nothing. `unseen` weighs nothing and is no voter.

    Parameters
    ----------
    said
        Gene × voter, from `stances`.
    """
    known = {voter.id: weights(voter) for voter in voters.voter}
    least = {word: min(w[word] for w in known.values() if word in w) for word in SAYS if _counted(word, known)}
    total = pd.Series(0.0, index=said.index)
    for name in said.columns:
        total += said[name].map(known.get(name, least)).astype(float).fillna(0.0)
    seen = (said != UNSEEN).sum(axis=1)
    brake = 1 + (seen - 1).clip(lower=0) * voters.dependence
    odds = np.log(voters.prior / (1 - voters.prior)) + total / brake
    return pd.Series(1 / (1 + np.exp(-odds)), index=said.index)


def _counted(word: str, known: dict[str, dict[str, float]]) -> bool:
    return any(word in w for w in known.values())
