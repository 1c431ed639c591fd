"""Do the nearest stay the nearest when reads, vehicle wells or replicates are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vcpi.all_pairs import blocks, nearest
from vcpi.errors import InputError
from vcpi.evaluate.scores import IntArray, ScoreBlocks, sample_rows

N_NEAREST = 20
MAX_QUERIES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """Overlap of the nearest before and after a change: Jaccard indices in [0, 1]; ``chance`` is that of random lists."""

    name: str
    n_queries: int
    k: int
    mean: float
    lowest_tenth: float
    chance: float


def neighbour_stability(
    name: str,
    before: ScoreBlocks,
    after: ScoreBlocks,
    *,
    compound_ids: ArrayLike,
    queries: IntArray | None = None,
    k: int = N_NEAREST,
    max_queries: int | None = MAX_QUERIES,
    seed: int = 0,
) -> Stability:
    """Compare the ``k`` nearest of each query under two sets of scores.

    Parameters
    ----------
    name
        What was changed.
    before, after
        Scores of the same rows, as they are and after the change.
    compound_ids
        Compound of each row; the query's own are no neighbours.
    queries, max_queries, seed
        Rows that ask (default all), how many at most, and how they are drawn.
    k
        Length of the lists.

    Raises
    ------
    InputError
        The two score different numbers of rows.
    """
    compounds = np.asarray(compound_ids, dtype=np.int64)
    rows = np.arange(len(compounds)) if queries is None else np.asarray(queries, dtype=np.int64)
    rows = sample_rows(rows, most=max_queries, rng=np.random.default_rng(seed))
    overlaps, chances = [], []
    for part in blocks(rows):
        excluded = compounds[part, None] == compounds[None, :]
        first, second = before(part), after(part)
        if first.shape != second.shape or first.shape != excluded.shape:
            raise InputError(f"{name} scores {second.shape[1]} rows; expected {len(compounds)}")
        for a, b, out in zip(nearest(first, excluded, k=k), nearest(second, excluded, k=k), excluded, strict=True):
            overlaps.append(jaccard(a, b))
            n = int((~out).sum())
            common = min(k, n) ** 2 / n if n else 0.0
            chances.append(common / (2 * min(k, n) - common) if n else float("nan"))
    values = np.array(overlaps)
    return Stability(
        name=name,
        n_queries=len(values),
        k=k,
        mean=float(values.mean()) if values.size else float("nan"),
        lowest_tenth=float(np.quantile(values, 0.1)) if values.size else float("nan"),
        chance=float(np.mean(chances)) if chances else float("nan"),
    )


def jaccard(first: IntArray, second: IntArray) -> float:
    """Share of what either list holds that both hold; -1 marks an empty place.

    Examples
    --------
    >>> jaccard(np.array([1, 2, 3]), np.array([2, 3, 4]))
    0.5
    """
    a, b = set(first[first >= 0].tolist()), set(second[second >= 0].tolist())
    return len(a & b) / len(a | b) if a | b else 1.0
