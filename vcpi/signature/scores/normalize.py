"""Scores made comparable: normalized connectivity, outlier-trimmed standardization, the order of ties."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

NCS_FLOOR = 0.01
FENCE = 1.5
LEAST_SPREAD = 2


def ncs(
    scores: ArrayLike,
    *,
    groups: Sequence[Hashable] | None = None,
    counted: ArrayLike | None = None,
    floor: float = NCS_FLOOR,
) -> NDArray[np.float64]:
    """Normalize the connectivity scores of one query [1]_.

    A score is divided by the absolute mean of the scores of its own sign within its group. Published packages differ;
    ours follows cmapM: zeros are of neither sign and count in no mean, a mean below ``floor`` counts as ``floor``, and
    a group without a counted score of that sign takes the median of the other groups' means (``floor`` if none has
    one). signatureSearch knows no floor; Chemical Checker divides by medians.

    Parameters
    ----------
    scores
        Scores of one query to its references, shape (n,), finite.
    groups
        Cell line and kind of treatment, say, of each reference; one group where None.
    counted
        References that the means are taken over, shape (n,), bool; all where None.
    floor
        Smallest divisor.

    Returns
    -------
    ndarray
        Shape (n,), without bound, of the sign of the score.

    Raises
    ------
    InputError
        Shapes disagree, or a score isn't finite.

    References
    ----------
    .. [1] Subramanian et al., Cell 2017, 171, 1437, doi:10.1016/j.cell.2017.10.049

    Examples
    --------
    >>> ncs([0.2, 0.4, 0.0, -0.5]).round(3).tolist()
    [0.667, 1.333, 0.0, -1.0]
    """
    values = np.asarray(scores, dtype=np.float64)
    labels = [0] * len(values) if groups is None else list(groups)
    used = np.ones(values.shape, dtype=bool) if counted is None else np.asarray(counted, dtype=bool)
    if values.ndim != 1 or len(labels) != len(values) or used.shape != values.shape:
        raise InputError(f"{values.shape} scores, {len(labels)} groups, {used.shape} counted; expected one each")
    if not np.isfinite(values).all():
        raise InputError("Scores hold NaN or infinity; expected a number for every reference")
    index = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    group = np.array([index[label] for label in labels], dtype=np.int64)
    result = np.zeros(len(values))
    for sign in (1.0, -1.0):
        sized = np.where(used & (np.sign(values) == sign), np.abs(values), 0.0)
        n = np.bincount(group, weights=sized > 0, minlength=len(index))
        sums = np.bincount(group, weights=sized, minlength=len(index))
        means = np.divide(sums, n, out=np.full(len(index), np.nan), where=n > 0)
        means = np.where(np.isnan(means), np.nanmedian(means) if n.any() else floor, means)
        side = np.sign(values) == sign
        result[side] = values[side] / np.maximum(means, floor)[group[side]]
    return result


def trimmed(scores: ArrayLike) -> tuple[float, float]:
    """Give mean and standard deviation of the scores within 1.5 interquartile ranges of the quartiles [1]_.

    Parameters
    ----------
    scores
        Shape (n,), finite.

    Returns
    -------
    tuple
        Mean, and standard deviation with n - 1, 0 where fewer than two are left.

    References
    ----------
    .. [1] Zhou et al., Bioinformatics 2018, 34, 3151, doi:10.1093/bioinformatics/bty325

    Examples
    --------
    >>> trimmed([1.0, 2.0, 3.0, 100.0, 2.0, 2.0, 1.0, 3.0])[0]
    2.0
    """
    values = np.asarray(scores, dtype=np.float64)
    if not len(values):
        return 0.0, 0.0
    low, high = np.quantile(values, [0.25, 0.75])
    reach = FENCE * (high - low)
    kept = values[(values >= low - reach) & (values <= high + reach)]
    return float(kept.mean()), float(kept.std(ddof=1)) if len(kept) >= LEAST_SPREAD else 0.0


def ensemble_sum(members: ArrayLike, *, background: ArrayLike | None = None) -> NDArray[np.float64]:
    """Add up several methods' scores of one query, each standardized without its outliers [1]_.

    Parameters
    ----------
    members
        Shape (n_methods, n): one row per method.
    background
        Scores of the same methods that mean and spread are taken from, shape (n_methods, m); ``members`` where None.

    Returns
    -------
    ndarray
        Shape (n,), in standard deviations. A method whose scores do not vary adds nothing.

    References
    ----------
    .. [1] Zhou et al., Bioinformatics 2018, 34, 3151, doi:10.1093/bioinformatics/bty325

    Examples
    --------
    >>> ensemble_sum([[1.0, 2.0, 3.0], [30.0, 20.0, 10.0], [0.0, 0.0, 0.0]]).tolist()
    [0.0, 0.0, 0.0]
    """
    rows = np.asarray(members, dtype=np.float64)
    base = rows if background is None else np.asarray(background, dtype=np.float64)
    total = np.zeros(rows.shape[1])
    for row, scores in zip(rows, base, strict=True):
        mean, spread = trimmed(scores)
        if spread > 0:
            total += (row - mean) / spread
    return total


def order(
    scores: ArrayLike, ids: ArrayLike, *, ties: ArrayLike | None = None, reverse: bool = False
) -> NDArray[np.int64]:
    """Order hits: by score, then by the score that breaks ties, then by id.

    Parameters
    ----------
    scores
        Shape (n,).
    ids
        What decides last, ascending, shape (n,).
    ties
        Scores of another method, shape (n,): Zhang's where the weighted connectivity score is 0 for half of them.
    reverse
        Most opposite first.

    Returns
    -------
    ndarray
        Places of the hits, best first.

    Examples
    --------
    >>> order([0.0, 0.5, 0.0], [1, 2, 3], ties=[-0.1, 0.2, 0.1]).tolist()
    [1, 2, 0]
    """
    sign = 1.0 if reverse else -1.0
    first = sign * np.asarray(scores, dtype=np.float64)
    second = np.zeros(first.shape) if ties is None else sign * np.asarray(ties, dtype=np.float64)
    return np.lexsort((np.asarray(ids), second, first)).astype(np.int64)
