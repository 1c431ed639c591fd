"""Directions in gene space that are not mechanism: along which wells vary anyway, and into which all stress goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST_ROWS = 1500  # more rows change the leading directions little and cost the cube
N_COMPONENTS = 15
MIN_CORRELATION = 0.3
CHANCE = 3.0  # correlations within so many standard errors of 0 say nothing about a component
DOMINANCE = 3.0  # how many times the second component's variance the first needs, to be called common to all
MIN_ROWS = 5
MARGIN = 1.05  # the largest eigenvalue of chance itself varies by a few percent


def noise_directions(null: ArrayLike, *, n_directions: int = 50) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    r"""Find the directions along which noise is larger than elsewhere, and by how much to shrink them.

    Each row is brought to unit mean square first, so that no single well decides. Sample eigenvalues overstate the
    variance of their directions when there are more genes than rows; with :math:`\gamma = d / n` and the bulk at 1 an
    eigenvalue :math:`\lambda > (1 + \sqrt\gamma)^2` stands for a variance :math:`\ell` with :math:`\lambda = \ell (1 +
    \gamma / (\ell - 1))` [1]_. Those below can't be told from chance and stay.

    Parameters
    ----------
    null
        Noise profiles, shape (n, d).
    n_directions
        Most directions to return, at most a quarter of the rows.

    Returns
    -------
    basis : ndarray
        Orthonormal, shape (k, d), float32; k may be 0. Signs are fixed: the largest entry is positive.
    gain : ndarray
        :math:`\ell^{-1/2}`, shape (k,), in (0, 1).

    References
    ----------
    .. [1] Baik & Silverstein, J. Multivar. Anal. 2006, 97, 1382, doi:10.1016/j.jmva.2005.08.003
    """
    rows: NDArray[np.float32] = spread_rows(np.asarray(null), MOST_ROWS).astype(np.float32)
    n, d = rows.shape
    none = np.zeros((0, d), dtype=np.float32), np.zeros(0, dtype=np.float32)
    k = min(n_directions, n // 4, d)
    if k < 1:
        return none
    scale = np.sqrt(np.mean(rows**2, axis=1, keepdims=True))
    rows /= np.where(scale > 0, scale, 1.0).astype(np.float32)
    values, vectors = components(rows, k)
    gamma = d / n
    edge = (1.0 + np.sqrt(gamma)) ** 2 * MARGIN
    total, n_above, bulk = float((rows**2).sum()) / n, -1, 0.0
    above = 0
    while above > n_above:  # directions that stand out are taken from the bulk, until no more do
        n_above = above
        bulk = max((total - float(values[:n_above].sum())) / max(d - n_above, 1), 1e-12)
        above = max(int((values > edge * bulk).sum()), n_above)
    ratio = values / bulk
    kept = np.arange(k) < n_above
    if not kept.any():
        return none
    moved = ratio[kept] + 1.0 - gamma
    true = (moved + np.sqrt(np.maximum(moved**2 - 4.0 * ratio[kept], 0.0))) / 2.0
    return vectors[kept].astype(np.float32), (1.0 / np.sqrt(np.maximum(true, 1.0))).astype(np.float32)


def stress_direction(rows: NDArray[np.float32], markers: Sequence[ArrayLike]) -> tuple[NDArray[np.float64], str]:
    """Find the direction that goes with dying cells among signatures that do something.

    With markers of stress (rising with it, such as minus log RNA output) it is the covariance of the signatures, within
    those of their leading components that go with a marker beyond chance, with the markers: its leading singular vector. Without a marker that goes with any
    component it is the first component, where that dwarfs the second; else none.

    Parameters
    ----------
    rows
        Active signatures, shape (n_active, d).
    markers
        Each of shape (n_active,), higher with more stress; NaN where unknown.

    Returns
    -------
    direction : ndarray
        Unit vector, shape (1, d), pointing to more stress, or shape (0, d).
    how : str
        ``markers``, ``first component``, or ``none:`` and the reason.
    """
    n, d = rows.shape
    k = min(N_COMPONENTS, n - 1)
    none = np.zeros((0, d))
    if k < 1:
        return none, "none: too few active signatures"
    limit = float(np.quantile(np.linalg.norm(rows, axis=1), 0.9))
    norms = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    tame = rows * np.minimum(1.0, limit / norms).astype(np.float32)  # the strongest tenth does not decide alone
    values, vectors = components(spread_rows(tame, MOST_ROWS), k)
    scores = tame @ vectors.T
    scores = scores - scores.mean(axis=0)
    spread = np.where(scores.std(axis=0) > 0, scores.std(axis=0), 1.0)
    covariances = []
    for marker in markers:
        known, values_of = _standardized(marker)
        correlation = values_of @ (scores / spread) / max(int(known.sum()), 1)
        if known.sum() >= MIN_ROWS and np.abs(correlation).max() >= MIN_CORRELATION:
            chance = min(CHANCE / np.sqrt(int(known.sum())), float(np.abs(correlation).max()))
            covariances.append(np.where(np.abs(correlation) >= chance, correlation * spread, 0.0))
    if covariances:
        stacked = np.array(covariances)
        _, _, right = np.linalg.svd(stacked, full_matrices=False)
        pattern = right[0] if float(stacked.sum(axis=0) @ right[0]) >= 0 else -right[0]
        direction = pattern @ vectors
        return (direction / np.linalg.norm(direction))[np.newaxis], "markers"
    if k > 1 and values[0] >= DOMINANCE * values[1]:
        sign = 1.0 if float(np.median(tame @ vectors[0])) >= 0 else -1.0
        return sign * vectors[:1], "first component"
    return none, "none: no marker of stress goes with a leading component, and no component dwarfs the others"


def components(rows: NDArray[np.float32], k: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the k largest eigenvalues of rows' rows / n and their unit vectors (k, d), largest entry positive."""
    n, d = rows.shape
    if n <= d:
        values, left = np.linalg.eigh((rows @ rows.T).astype(np.float64) / n)
        order = np.argsort(-values, kind="stable")[:k]
        vectors = left[:, order].T @ rows
    else:
        values, right = np.linalg.eigh((rows.T @ rows).astype(np.float64) / n)
        order = np.argsort(-values, kind="stable")[:k]
        vectors = right[:, order].T
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    largest = vectors[np.arange(len(vectors)), np.abs(vectors).argmax(axis=1)]
    return np.maximum(values[order], 0.0), vectors * np.where(largest < 0, -1.0, 1.0)[:, np.newaxis]


def spread_rows(rows: NDArray[Any], most: int) -> NDArray[Any]:
    """Take rows at equal distances where there are more than ``most``."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]


def _standardized(marker: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which values of a marker are known, and the marker with mean 0, variance 1, and 0 where unknown."""
    values = np.array(marker, dtype=np.float64)
    known = np.isfinite(values)
    if not known.any():
        return known, np.zeros_like(values)
    centered = np.where(known, values - values[known].mean(), 0.0)
    size = float(np.sqrt((centered[known] ** 2).mean()))
    return known, centered / size if size > 0 else centered
