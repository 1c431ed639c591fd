"""Average precision, what chance gives, and permutation p-values, as in copairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

FloatArray = NDArray[np.float64]
TIE = 1e-12  # sums in another order differ by this much and are equal
SPARSE = 8  # draw places one by one where positives fill less than an eighth of the list


def average_precision(scores: ArrayLike, positive: ArrayLike) -> float:
    r"""Mean, over the positives, of the precision at the place of each.

    Tied scores give the mean over all their orders [1]_: with :math:`n` tied candidates, :math:`r` of them positive,
    after :math:`t` candidates of which :math:`s` are positive, their sum of precisions is :math:`\sum_{i=1}^{n}
    \frac{r}{n} \frac{s + 1 + (i-1)(r-1)/(n-1)}{t+i}`.

    Parameters
    ----------
    scores
        One per candidate, shape (n,); higher is better.
    positive
        Which candidates are to be found, shape (n,).

    Returns
    -------
    float
        In (0, 1]; NaN without a positive.

    References
    ----------
    .. [1] McSherry & Najork, ECIR 2008, 414-421, doi:10.1007/978-3-540-78646-7_38

    Examples
    --------
    >>> round(average_precision([0.9, 0.8, 0.7, 0.6], [True, False, True, False]), 4)
    0.8333
    >>> average_precision([0.5, 0.5], [True, False])
    0.75
    """
    values, wanted = np.asarray(scores), np.asarray(positive, dtype=bool)
    if values.shape != wanted.shape or values.ndim != 1:
        raise InputError(f"Scores have shape {values.shape} and positives {wanted.shape}; expected one shape (n,)")
    return precision_of(values[wanted], np.sort(values))


def precision_of(found: NDArray[np.floating], ranked: NDArray[np.floating]) -> float:
    """Give the average precision of positives with scores ``found`` among all scores, ``ranked`` ascending."""
    if not found.size:
        return float("nan")
    scores, tied_positives = np.unique(found, return_counts=True)
    scores, tied_positives = scores[::-1], tied_positives[::-1]
    below = np.asarray(np.searchsorted(ranked, scores, side="left"), dtype=np.int64)
    upto = np.asarray(np.searchsorted(ranked, scores, side="right"), dtype=np.int64)
    before, tied = len(ranked) - upto, upto - below
    earlier = np.cumsum(tied_positives) - tied_positives
    single = tied == 1
    total = float(((earlier[single] + 1) / (before[single] + 1)).sum())
    for place in np.flatnonzero(~single).tolist():
        steps = np.arange(tied[place])
        among = earlier[place] + 1 + steps * (tied_positives[place] - 1) / (tied[place] - 1)
        total += float((tied_positives[place] / tied[place] * among / (before[place] + 1 + steps)).sum())
    return total / found.size


def expected_average_precision(n_positive: int, n_total: int) -> float:
    r"""Average precision that a random order gives on average.

    With :math:`M` positives among :math:`N` it is :math:`\frac{1}{N} \left(H_N + \frac{M-1}{N-1} (N - H_N)\right)`.

    Examples
    --------
    >>> expected_average_precision(1, 2)  # first or second: (1 + 1/2) / 2
    0.75
    """
    if not 1 <= n_positive <= n_total:
        raise InputError(f"{n_positive} positives among {n_total}; expected at least one and no more than all")
    if n_total == 1:
        return 1.0
    harmonic = float((1.0 / np.arange(1, n_total + 1)).sum())
    return (harmonic + (n_positive - 1) / (n_total - 1) * (n_total - harmonic)) / n_total


def normalized_average_precision(average: float, n_positive: int, n_total: int) -> float:
    """Scale average precision so that chance gives 0 and the best order 1, whatever the size of the class.

    Examples
    --------
    >>> normalized_average_precision(0.75, 1, 2)
    0.0
    """
    expected = expected_average_precision(n_positive, n_total)
    return (average - expected) / (1.0 - expected) if expected < 1.0 else 0.0


def null_average_precisions(n_positive: int, n_total: int, *, n_null: int, rng: np.random.Generator) -> FloatArray:
    """Draw average precisions of random orders, shape (n_null,)."""
    expected_average_precision(n_positive, n_total)  # refuses impossible numbers
    places = np.sort(_random_places(n_positive, n_total, n_null, rng), axis=1)
    return np.asarray((np.arange(1, n_positive + 1) / (places + 1)).mean(axis=1), dtype=np.float64)


def mean_average_precision(
    averages: ArrayLike,
    sizes: Sequence[tuple[int, int]],
    groups: Sequence[str],
    *,
    n_null: int = 10_000,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Average over the queries of each group, with a permutation p-value.

    p = (1 + draws at least as good) / (1 + draws). Queries with the same numbers of positives and candidates share
    their draws, as in copairs [1]_: members of a class find one another, so their precisions are not independent, and
    shared draws err on the safe side.

    Parameters
    ----------
    averages
        Average precision of each query, shape (n,); NaN is left out.
    sizes
        Positives and candidates of each query.
    groups
        Group of each query.
    n_null, seed
        Draws per pair of numbers, and where they start.

    Returns
    -------
    dict
        Group: (mean average precision, p), groups in order of appearance.

    References
    ----------
    .. [1] Kalinin et al., Nat. Commun. 2025, 16, 5181, doi:10.1038/s41467-025-60306-2
    """
    values = np.asarray(averages, dtype=np.float64)
    if not len(values) == len(sizes) == len(groups):
        raise InputError(f"{len(values)} averages, {len(sizes)} sizes, {len(groups)} groups; expected one each")
    members: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        if np.isfinite(values[place]):
            members.setdefault(group, []).append(place)
    nulls: dict[tuple[int, int], FloatArray] = {}
    found = {}
    for group, places in members.items():
        null = np.zeros(n_null)
        for place in places:
            size = sizes[place]
            if size not in nulls:
                nulls[size] = null_average_precisions(*size, n_null=n_null, rng=np.random.default_rng([seed, *size]))
            null += nulls[size]
        mean = float(values[places].mean())
        found[group] = mean, float(1 + (null / len(places) >= mean - TIE).sum()) / (1 + n_null)
    return found


def benjamini_hochberg(p_values: ArrayLike) -> FloatArray:
    """Turn p-values into q-values along the last axis; NaN stays and does not count.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.02, 0.9]).tolist()
    [0.03, 0.03, 0.9]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, axis=-1)  # NaN last
    ranked = np.take_along_axis(p, order, axis=-1)
    n_tests = np.isfinite(p).sum(axis=-1, keepdims=True)
    scaled = ranked * n_tests / np.arange(1, p.shape[-1] + 1)
    scaled = np.where(np.isnan(scaled), np.inf, scaled)
    least = np.minimum(np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1], 1.0)
    q = np.empty_like(least)
    np.put_along_axis(q, order, least, axis=-1)
    return np.where(np.isnan(p), np.nan, q)


def _random_places(n_positive: int, n_total: int, n_rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw different places from 0 to ``n_total`` - 1, shape (n_rows, n_positive)."""
    if n_positive * SPARSE > n_total:
        pieces = [
            np.argsort(rng.random((min(1000, n_rows - start), n_total)), axis=1)[:, :n_positive]
            for start in range(0, n_rows, 1000)
        ]
        return np.vstack(pieces)
    places = rng.integers(0, n_total, (n_rows, n_positive))
    while True:
        ordered = np.sort(places, axis=1)
        repeated = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not repeated.size:
            return places
        places[repeated] = rng.integers(0, n_total, (repeated.size, n_positive))
