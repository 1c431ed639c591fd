"""Does the plate show through: among the nearest, and as a thing that can be predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vcpi.all_pairs import blocks, nearest
from vcpi.evaluate.scores import IntArray, ScoreBlocks, plate_membership, sample_rows

N_NEAREST = 50
N_VOTES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Leakage:
    """How far the plate decides who is near. Shares are in [0, 1].

    ``same_plate`` is the share of the query's own plate among its ``k`` nearest, ``chance`` among all other compounds,
    ``ratio`` their quotient; ``accuracy`` how often the plate is named by the nearest, ``accuracy_by_chance`` how
    often it is named by compounds drawn at random.
    """

    n_queries: int
    n_plates: int
    k: int
    same_plate: float
    chance: float
    ratio: float
    accuracy: float
    accuracy_by_chance: float


def plate_leakage(
    scores: ScoreBlocks,
    *,
    compound_ids: ArrayLike,
    plates: Sequence[Sequence[str]],
    queries: IntArray | None = None,
    k: int = N_NEAREST,
    n_votes: int = N_VOTES,
    max_queries: int | None = 4000,
    seed: int = 0,
) -> Leakage:
    """Count the query's own plate among its nearest, and predict the plate from them.

    The prediction takes the plate that most of the ``n_votes`` nearest lie on, of equals the one of the nearest.
    Signatures of the query's own compound are no candidates.

    Parameters
    ----------
    scores
        Scores of rows against all rows.
    compound_ids, plates
        Compound and plates of each signature.
    queries
        Rows that ask; default all that have a plate.
    k, n_votes
        How many of the nearest are counted; how many vote.
    max_queries, seed
        Where there are more queries, these many are drawn.

    Returns
    -------
    Leakage
        Means over the queries; NaN where fewer than two plates are known.
    """
    compounds = np.asarray(compound_ids, dtype=np.int64)
    membership = plate_membership(plates)
    n_plates = membership.shape[1]
    rows = np.arange(len(compounds)) if queries is None else np.asarray(queries, dtype=np.int64)
    rows = sample_rows(rows[membership[rows].any(axis=1)], most=max_queries, rng=np.random.default_rng(seed))
    depth, totals = max(k, n_votes), membership.sum(axis=0)
    shares, chances, right, lucky = [], [], [], []
    for part in blocks(rows) if n_plates > 1 else ():
        excluded = compounds[part, None] == compounds[None, :]
        same = membership[part] @ membership.T > 0
        found = nearest(scores(part), excluded, k=depth)
        for place, row in enumerate(part.tolist()):
            hits = found[place][found[place] >= 0]
            if not hits.size:
                continue
            on_plates = totals - membership[excluded[place]].sum(axis=0)
            shares.append(same[place, hits[:k]].mean())
            chances.append(same[place, ~excluded[place]].mean())
            right.append(bool(membership[row, _vote(membership[hits[:n_votes]])]))
            lucky.append(float(membership[row] @ on_plates / max(on_plates.sum(), 1.0)))
    share, chance = _mean(shares), _mean(chances)
    return Leakage(
        n_queries=len(shares),
        n_plates=n_plates,
        k=k,
        same_plate=share,
        chance=chance,
        ratio=share / chance if chance > 0 else float("nan"),
        accuracy=_mean(right),
        accuracy_by_chance=_mean(lucky),
    )


def _vote(membership: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> int:
    """Name the plate most of the nearest lie on; of equals the one that comes first."""
    votes = membership.sum(axis=0)
    best = np.flatnonzero(votes == votes.max())
    return int(best[np.argmax(membership[:, best], axis=0).argmin()])


def _mean(values: Sequence[float]) -> float:
    """Average, NaN of nothing."""
    return float(np.mean(values)) if len(values) else float("nan")
