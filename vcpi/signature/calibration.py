"""How much a score means: against noise, against what else acts as strongly, and from the side of the reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.nullmodel import unit_rows

MIN_TAU = 50  # references; with fewer, one of them moves tau by more than two points of its hundred
MATRIX = 2


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Turn the p-values of one query into false discovery rates.

    Parameters
    ----------
    p
        Shape (n,), in [0, 1]; all of them, not only the small ones.

    Returns
    -------
    ndarray
        Shape (n,), in [0, 1], in the order of ``p``.

    Raises
    ------
    InputError
        A value is outside [0, 1].

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise InputError(f"p-values of shape {values.shape}, some outside 0 to 1; expected one list of them")
    n = len(values)
    order = np.argsort(-values)  # equal ones get one and the same, in whatever order
    scaled = values[order] * n / np.arange(n, 0, -1)
    result = np.empty(n)
    result[order] = np.minimum(np.minimum.accumulate(scaled), 1.0) if n else scaled
    return result


def q_noise(p: ArrayLike, *, query_p: float = 0.0) -> NDArray[np.float64]:
    """Give the false discovery rate within a query, never below the chance that the query does nothing.

    Benjamini-Hochberg alone lets one query in twenty that does nothing have a neighbor at 0.05.

    Parameters
    ----------
    p
        ``p_noise`` of all candidates of one query.
    query_p
        Probability that noise alone would look as reproducible as the query
        (:func:`vcpi.signature.reproducibility.replicate_p`); 0 where it can't be known.

    Returns
    -------
    ndarray
        Shape (n,), in [0, 1].

    Examples
    --------
    >>> q_noise([0.001, 0.5], query_p=0.2).tolist()
    [0.2, 0.5]
    """
    return np.maximum(benjamini_hochberg(p), query_p)


def p_specific(
    scores: ArrayLike,
    *,
    background: ArrayLike,
    background_strength: ArrayLike,
    strength: ArrayLike,
    n_matched: int = 200,
    own: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Rank a score among the query's scores to unrelated signatures that are about as strong as the reference.

    Parameters
    ----------
    scores
        Scores of the query to its hits, shape (n,).
    background
        Its scores to active signatures of other scaffolds than the query's, whatever they do, shape (n_background,).
    background_strength, strength
        Strengths of those and of the hits.
    n_matched
        How many of the background, nearest in log strength to the hit, to rank it among.
    own
        Place of each hit in the background, where it is left out, or -1; shape (n,).

    Returns
    -------
    ndarray
        Shape (n,): (1 + those as high or higher) / (1 + n_matched), or 1 without a background. Compounds of the same
        mechanism and another scaffold are in the background; with 20 of them in 200, 0.1 is all that a true hit gets.

    Raises
    ------
    InputError
        Shapes disagree.
    """
    given, others = np.asarray(scores, dtype=np.float64), np.asarray(background, dtype=np.float64)
    levels, levels_of = (_log_strength(values) for values in (background_strength, strength))
    if levels.shape != others.shape or levels_of.shape != given.shape:
        raise InputError(
            f"{given.shape} scores with {levels_of.shape} strengths; expected one each, also in the background"
        )
    places = np.full(len(given), -1) if own is None else np.asarray(own, dtype=np.int64)
    order = np.argsort(levels, kind="stable")
    ordered = levels[order]
    result = np.ones(len(given))
    for hit, (level, place) in enumerate(zip(levels_of.tolist(), places.tolist(), strict=True)):
        near = order[_window(ordered, level, n_matched + 1)]
        near = np.sort(near[near != place])  # equally near ones in the order that they were given
        nearest = near[np.argsort(np.abs(levels[near] - level), kind="stable")[:n_matched]]
        result[hit] = (1 + (others[nearest] >= given[hit]).sum()) / (1 + len(nearest))
    return result


def _window(ordered: NDArray[np.float64], level: float, n: int) -> slice:
    """Give a stretch of rising values that holds the n nearest to a level, and all that are as near as the last."""
    at = int(np.searchsorted(ordered, level))
    low, high = max(at - n, 0), min(at + n, len(ordered))
    if low == high:
        return slice(0, 0)
    left, right = np.searchsorted(ordered, ordered[low], "left"), np.searchsorted(ordered, ordered[high - 1], "right")
    return slice(int(left), int(right))


def tau(scores: ArrayLike, reference_scores: ArrayLike) -> tuple[NDArray[np.float64] | None, str]:
    """Judge a score from the side of the reference, which may like everybody [1]_.

    tau = 100 sign(s) x share of the reference queries i with abs(s_ir) < abs(s).

    Parameters
    ----------
    scores
        Scores of the query to its hits, shape (n,).
    reference_scores
        Scores of reference queries (active signatures of the dataset; neither the query nor the hit) to the same hits,
        shape (n_queries, n); NaN are left out.

    Returns
    -------
    tau : ndarray or None
        Shape (n,), in [-100, 100]; None where there are fewer than 100 reference queries, since one would then move it
        by more than a point.
    reason : str
        Why there is none, else empty.

    References
    ----------
    .. [1] Subramanian et al., Cell 2017, 171, 1437, doi:10.1016/j.cell.2017.10.049

    Examples
    --------
    >>> values, reason = tau([0.5, -0.5], np.tile([[0.1], [0.6]], (50, 2)))
    >>> values.tolist(), reason
    ([50.0, -50.0], '')
    """
    given, others = np.asarray(scores, dtype=np.float64), np.asarray(reference_scores, dtype=np.float64)
    if others.ndim != MATRIX or others.shape[1:] != given.shape:
        raise InputError(f"reference_scores has shape {others.shape}; expected (n_queries, {len(given)})")
    known = np.isfinite(others)
    fewest = int(known.sum(axis=0).min()) if given.size else len(others)
    if fewest < MIN_TAU:
        return None, f"{fewest} reference queries; tau needs {MIN_TAU}"
    below = (np.abs(np.where(known, others, np.inf)) < np.abs(given)).sum(axis=0)
    return np.sign(given) * 100.0 * below / known.sum(axis=0), ""


def split_scores(query_halves: ArrayLike, reference_halves: ArrayLike) -> tuple[float, float]:
    """Score single replicates of the query against single replicates of the reference.

    Parameters
    ----------
    query_halves, reference_halves
        Features of one well each, shapes (n_query, d) and (n_reference, d).

    Returns
    -------
    tuple
        Smallest and mean cosine over all pairs; a hit that rests on one well has a low smallest.

    Examples
    --------
    >>> split_scores([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0]])
    (0.0, 0.5)
    """
    scores = unit_rows(query_halves) @ unit_rows(reference_halves).T
    return float(scores.min()), float(scores.mean())


def _log_strength(values: ArrayLike) -> NDArray[np.float64]:
    """Log of strengths, those of 0 at the bottom."""
    return np.asarray(np.log(np.maximum(np.asarray(values, dtype=np.float64), 1e-6)))
