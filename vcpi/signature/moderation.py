"""How good the wells of a treatment are, and how far its fold changes are believed."""

from __future__ import annotations

import math
from itertools import combinations, islice

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

QUANTILE = 0.75  # of the size of a difference: above the zeros of genes without reads, below the tails
NORMAL_QUANTILE = 1.1503493803760079  # of the size of a normal value
MOST_PAIRS = 28
LEAST_TREATMENTS = 10
WORST = 4.0
BEST = 0.75
HALVES = 2


def replicate_spread(deltas: ArrayLike, *, sigma2: ArrayLike) -> NDArray[np.float64]:
    r"""Variance of the wells of one treatment about each other over that of the release, from either half of the genes.

    A robust mean over genes of :math:`(l_1 - l_2)^2 / (2 \sigma^2)`: the upper quartile of its root, squared, over
    that of a normal value. From three wells on it is the mean over pairs of wells.

    Parameters
    ----------
    deltas
        One row per well, shape (n_wells, n_genes).
    sigma2
        Variance of one well, shape (n_genes,).

    Returns
    -------
    ndarray
        Shape (2,), of the even and of the odd genes; NaN with one well.

    Examples
    --------
    >>> replicate_spread([[1.0, 2.0]], sigma2=[1.0, 1.0]).tolist()
    [nan, nan]
    """
    rows = np.asarray(deltas, dtype=np.float64) / np.sqrt(2.0 * np.asarray(sigma2, dtype=np.float64))
    found = [
        [_quartile(np.abs(rows[one, half::HALVES] - rows[two, half::HALVES])) for half in range(HALVES)]
        for one, two in islice(combinations(range(len(rows)), 2), MOST_PAIRS)
    ]
    return np.square(np.array(found) / NORMAL_QUANTILE).mean(axis=0) if found else np.full(HALVES, np.nan)


def quality_factors(spreads: ArrayLike) -> NDArray[np.float64]:
    r"""Shrink the spreads of all treatments to what their standard errors are multiplied with, κ.

    The spreads are divided by their mean, since the pooled variance holds them all. Then :math:`\log \kappa = B \log
    \kappa_{raw}`, B being the part of the variance of the logarithm on which both halves of the genes agree. Where the
    wells of all treatments are alike, B is 0 and κ is 1.

    Parameters
    ----------
    spreads
        Of :func:`replicate_spread`, shape (n_treatments, 2).

    Returns
    -------
    ndarray
        Shape (n_treatments,), in [0.75, 4]; 1 for treatments with one well, and for all where fewer than ten have more.

    Raises
    ------
    InputError
        The shape is another one.

    Examples
    --------
    >>> quality_factors([[1.0, 1.0]] * 19 + [[9.0, 9.0]]).round(2).tolist()[-2:]
    [0.85, 2.54]
    """
    values = np.asarray(spreads, dtype=np.float64)
    if values.ndim != HALVES or values.shape[1] != HALVES:
        raise InputError(f"spreads have shape {values.shape}; expected (n_treatments, {HALVES})")
    factors = np.ones(len(values))
    known = np.isfinite(values).all(axis=1) & (values > 0).all(axis=1)
    if known.sum() < LEAST_TREATMENTS:
        return factors
    logs = 0.5 * np.log(values[known] / values[known].mean())
    center = logs.mean(axis=0)
    agreed = float(((logs[:, 0] - center[0]) * (logs[:, 1] - center[1])).mean())
    mean = logs.mean(axis=1)
    total = float(mean.var())
    kept = min(max(agreed / total, 0.0), 1.0) if total > 0 else 0.0
    factors[known] = np.clip(np.exp(kept * mean), BEST, WORST)
    return factors


def shrunken(lfc: ArrayLike, se: ArrayLike) -> NDArray[np.float64]:
    r"""Shrink the fold changes of one signature towards 0, :math:`lfc \cdot T^2 / (T^2 + SE^2)`.

    :math:`T^2` is the variance of the true changes by moments: the mean of :math:`lfc^2 - SE^2` with the weights
    :math:`1/SE^2`, at least 0.

    Parameters
    ----------
    lfc, se
        Fold changes and their standard errors, shape (n_genes,); genes with NaN in either are NaN and count for nothing.

    Returns
    -------
    ndarray
        Shape (n_genes,); all 0 where the changes are no larger than their errors.

    Raises
    ------
    InputError
        The shapes differ.

    Examples
    --------
    >>> shrunken([3.0, -3.0], [1.0, 1.0]).round(3).tolist()  # T² is 8
    [2.667, -2.667]
    """
    values, errors = np.asarray(lfc, dtype=np.float64), np.asarray(se, dtype=np.float64)
    if values.ndim != 1 or values.shape != errors.shape:
        raise InputError(f"lfc has shape {values.shape} and se {errors.shape}; expected one of each per gene")
    variance = errors**2
    known = np.isfinite(values) & (variance > 0)
    weights = 1.0 / variance[known]
    beyond = float((weights * (values[known] ** 2 - variance[known])).sum() / weights.sum()) if known.any() else 0.0
    true = max(beyond, 0.0)
    result = np.full(len(values), math.nan)
    result[known] = values[known] * true / (true + variance[known])
    return result


def _quartile(sizes: NDArray[np.float64]) -> float:
    """Upper quartile of some sizes, a value among them; NaN of none."""
    if not len(sizes):
        return math.nan
    at = min(int(QUANTILE * len(sizes)), len(sizes) - 1)
    return float(np.partition(sizes, at)[at])
