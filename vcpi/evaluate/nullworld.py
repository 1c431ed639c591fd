"""Is nothing found where nothing is: p-values of pseudo-compounds, neighbours of the inactive, plate-mates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, fsum, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.all_pairs import blocks
from vcpi.errors import InputError
from vcpi.evaluate.scores import IntArray, plate_membership, sample_rows, unit_rows

PBlocks = Callable[[IntArray], NDArray[np.floating]]
"""From query rows, shape (m,), to p-values against all signatures, shape (m, n); NaN where there is no candidate."""

LEVELS = (0.001, 0.01, 0.05, 0.1)
N_BINS = 20
MAX_DRAWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniformity:
    """Whether p-values of queries without effect are uniform.

    ``ks`` is the largest distance between their distribution and the even one, ``ks_p`` its p-value, from one p-value
    a query (those of one query are not independent); ``levels`` gives (level, share of p-values at or below it) over
    all; ``histogram`` the shares of twenty even bins.
    """

    n_queries: int
    n_values: int
    ks: float
    ks_p: float
    levels: tuple[tuple[float, float], ...]
    histogram: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """How many queries have a neighbour at q below ``level``; ``share`` is in [0, 1]."""

    n_queries: int
    level: float
    share: float


def ks_uniform(values: ArrayLike) -> tuple[float, float]:
    r"""Compare values with the uniform distribution on [0, 1] by Kolmogorov and Smirnov.

    The p-value is :math:`2 \sum_{j \ge 1} (-1)^{j-1} e^{-2 j^2 \lambda^2}` at :math:`\lambda = (\sqrt n + 0.12 +
    0.11 / \sqrt n) D` [1]_, good to two digits from a handful of values on.

    Returns
    -------
    tuple
        Statistic and p-value; (NaN, NaN) for no value.

    Raises
    ------
    InputError
        A value lies outside [0, 1].

    References
    ----------
    .. [1] Stephens, J. R. Stat. Soc. B 1970, 32, 115-122, doi:10.1111/j.2517-6161.1970.tb00821.x

    Examples
    --------
    >>> ks_uniform([0.25, 0.75])[0]
    0.25
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = ordered.size
    if not n:
        return float("nan"), float("nan")
    if not (ordered[0] >= 0 and ordered[-1] <= 1):
        raise InputError(f"p-values run from {ordered[0]:.3g} to {ordered[-1]:.3g}; expected 0 to 1")
    steps = np.arange(n + 1) / n
    statistic = float(max((steps[1:] - ordered).max(), (ordered - steps[:-1]).max()))
    scaled = (sqrt(n) + 0.12 + 0.11 / sqrt(n)) * statistic
    if scaled < 0.2:  # noqa: PLR2004  the series converges slowly there, and p is 1 to ten digits
        return statistic, 1.0
    p = 2.0 * fsum((-1) ** (j - 1) * exp(-2.0 * j * j * scaled * scaled) for j in range(1, 101))
    return statistic, min(max(p, 0.0), 1.0)


def uniformity(p_blocks: PBlocks, *, n_queries: int, max_queries: int | None = MAX_DRAWS, seed: int = 0) -> Uniformity:
    """Judge the p-values of queries that do nothing.

    Parameters
    ----------
    p_blocks
        p-values of query rows 0 to ``n_queries`` - 1 against all signatures.
    n_queries, max_queries, seed
        How many queries there are, how many at most are asked, and how they are drawn.
    """
    return judge_null(p_blocks, n_queries=n_queries, max_queries=max_queries, seed=seed)[0]


def judge_null(
    p_blocks: PBlocks,
    *,
    n_queries: int,
    gates: ArrayLike | None = None,
    level: float = 0.05,
    max_queries: int | None = MAX_DRAWS,
    seed: int = 0,
) -> tuple[Uniformity, Neighbours]:
    """Judge the p-values of queries that do nothing, and count their neighbours, in one pass over the p-values.

    Parameters
    ----------
    p_blocks, n_queries, max_queries, seed
        As in :func:`uniformity`.
    gates, level
        As in :func:`significant_neighbours`.
    """
    rng = np.random.default_rng(seed)
    rows = sample_rows(np.arange(n_queries), most=max_queries, rng=rng)
    drawn: list[float] = []
    below = np.zeros(len(LEVELS))
    bins = np.zeros(N_BINS)
    n_values = n_found = 0
    for part in blocks(rows):
        p = p_blocks(part)
        n_found += _n_with_neighbours(p, part, gates=gates, level=level)
        for values in p:
            known = values[np.isfinite(values)]
            if not known.size:
                continue
            drawn.append(float(rng.choice(known)))
            below += [(known <= one).sum() for one in LEVELS]
            bins += np.histogram(known, bins=N_BINS, range=(0.0, 1.0))[0]
            n_values += known.size
    statistic, p_of_all = ks_uniform(drawn)
    total = max(n_values, 1)
    uniform = Uniformity(
        n_queries=len(drawn),
        n_values=n_values,
        ks=statistic,
        ks_p=p_of_all,
        levels=tuple((one, float(share)) for one, share in zip(LEVELS, below / total, strict=True)),
        histogram=tuple((bins / total).tolist()),
    )
    share = n_found / len(rows) if len(rows) else float("nan")
    return uniform, Neighbours(n_queries=len(rows), level=level, share=share)


def significant_neighbours(
    p_blocks: PBlocks,
    rows: ArrayLike,
    *,
    gates: ArrayLike | None = None,
    level: float = 0.05,
    max_queries: int | None = MAX_DRAWS,
    seed: int = 0,
) -> Neighbours:
    """Count the queries with a neighbour at q below a level, q by Benjamini and Hochberg within the query.

    Parameters
    ----------
    p_blocks
        p-values of query rows against all signatures.
    rows
        The queries, as row numbers.
    gates
        Lowest q of every row, the queries and the others: the chance that its wells agree by noise alone.
    level, max_queries, seed
        Of q; how many queries at most are asked, and how they are drawn.
    """
    asked = sample_rows(np.asarray(rows, dtype=np.int64), most=max_queries, rng=np.random.default_rng(seed))
    n_found = 0
    for part in blocks(asked):
        n_found += _n_with_neighbours(p_blocks(part), part, gates=gates, level=level)
    share = n_found / len(asked) if len(asked) else float("nan")
    return Neighbours(n_queries=len(asked), level=level, share=share)


def _n_with_neighbours(p: NDArray[np.floating], rows: IntArray, *, gates: ArrayLike | None, level: float) -> int:
    """Count the rows of p-values of which any has a q below a level: the smallest q is the least p times n over rank."""
    lowest = np.zeros(len(p)) if gates is None else np.asarray(gates, dtype=np.float64)[rows]
    n_found = 0
    for values in p[lowest < level]:
        known = np.sort(values[~np.isnan(values)])
        least = known * len(known) / np.arange(1, len(known) + 1)
        n_found += int(len(known) > 0 and bool(least.min() < level))
    return n_found


def mean_pair_cosines(features: ArrayLike, plates: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Average the cosine over all pairs that share a plate, and over all that do not, by sums of vectors.

    A row on several plates counts on each. With inactive signatures, one a compound, the first should be near 0: a
    baseline that all wells of a plate share makes it 0.1 to 0.2.

    Returns
    -------
    tuple
        Mean of same-plate pairs, mean of other pairs; NaN where there is no pair.

    Examples
    --------
    >>> mean_pair_cosines([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [("a",), ("a",), ("b",)])
    (1.0, 0.0)
    """
    unit = unit_rows(features)
    squares = np.einsum("ij,ij->i", unit, unit, dtype=np.float64)
    same_sum = n_same = 0.0
    for column in plate_membership(plates).T:
        on_plate = column > 0
        n = int(on_plate.sum())
        total = unit[on_plate].sum(axis=0, dtype=np.float64)
        same_sum += float(total @ total - squares[on_plate].sum())
        n_same += n * (n - 1)
    total = unit.sum(axis=0, dtype=np.float64)
    other_sum = float(total @ total - squares.sum()) - same_sum
    n_other = len(unit) * (len(unit) - 1) - n_same
    same = same_sum / n_same if n_same else float("nan")
    return same, other_sum / n_other if n_other > 0 else float("nan")
