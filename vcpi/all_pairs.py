"""All against all, some rows at a time: no step holds a score for every pair.

Scores of a block of rows against all rows are one matrix product, which is where BLAS is at its best; what is kept of it
is what the caller takes. A block of 256 rows against 14,000 is 14 MB, whatever the number of blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

BLOCK_ROWS = 256
MATRIX = 2

IntArray = NDArray[np.int64]
Block = NDArray[np.float32]


def blocks(rows: IntArray, *, size: int = BLOCK_ROWS) -> Iterator[IntArray]:
    """Cut row numbers into pieces."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def score_blocks(
    unit: NDArray[np.float32], rows: ArrayLike | None = None, *, size: int = BLOCK_ROWS
) -> Iterator[tuple[IntArray, Block]]:
    """Score rows against all rows, block by block.

    Parameters
    ----------
    unit
        Rows of length 1, shape (n, d), float32.
    rows
        Which rows ask; all where None.
    size
        Rows of a block.

    Yields
    ------
    tuple
        Numbers of the rows that ask, shape (m,), and their cosines with all rows, shape (m, n), float32.

    Examples
    --------
    >>> [(rows.tolist(), found.tolist()) for rows, found in score_blocks(np.eye(2, dtype=np.float32), size=1)]
    [([0], [[1.0, 0.0]]), ([1], [[0.0, 1.0]])]
    """
    asked = np.arange(len(unit)) if rows is None else np.asarray(rows, dtype=np.int64)
    for part in blocks(asked, size=size):
        yield part, unit[part] @ unit.T


def nearest(scores: Block, excluded: NDArray[np.bool_], *, k: int) -> IntArray:
    """Order the best ``k`` rows of each query by (-score, row).

    Parameters
    ----------
    scores
        Shape (m, n).
    excluded
        Rows that are no candidates of a query, shape (m, n).
    k
        How many.

    Returns
    -------
    ndarray
        Row numbers, shape (m, k); -1 where a query has fewer candidates.

    Examples
    --------
    >>> nearest(np.array([[0.2, 0.9, 0.9]], dtype=np.float32), np.array([[True, False, False]]), k=3).tolist()
    [[1, 2, -1]]
    """
    found = np.full((len(scores), k), -1, dtype=np.int64)
    for row, (values, out) in enumerate(zip(scores, excluded, strict=True)):
        own = np.where(out, -np.inf, values)
        candidates = np.arange(len(own))
        if len(own) > k:
            candidates = np.flatnonzero(own >= np.partition(own, len(own) - k)[len(own) - k])
        candidates = candidates[~out[candidates]]
        order = candidates[np.argsort(-own[candidates], kind="stable")][:k]
        found[row, : len(order)] = order
    return found


def all_neighbours(
    unit: NDArray[np.float32], *, k: int, groups: ArrayLike | None = None, rows: ArrayLike | None = None
) -> tuple[IntArray, Block]:
    """Find the nearest of every row, or of some, among all rows.

    Parameters
    ----------
    unit
        Rows of length 1, shape (n, d), float32.
    k
        How many, 1 or more.
    groups
        Compound of each row, shape (n,); rows of a row's own are none of its nearest. Each row is one of its own where None.
    rows
        Which rows ask; all where None.

    Returns
    -------
    tuple of ndarray
        Row numbers, -1 where there are fewer than k, and their cosines, NaN there; shape (m, k) each, by (-score, row).

    Raises
    ------
    InputError
        Shapes disagree, or ``k`` is below 1.

    Examples
    --------
    >>> found, scores = all_neighbours(np.eye(3, dtype=np.float32)[[0, 0, 1]], k=1)
    >>> found.tolist(), scores.tolist()
    ([[1], [0], [0]], [[1.0], [1.0], [0.0]])
    """
    own = np.arange(len(unit)) if groups is None else np.asarray(groups)
    if unit.ndim != MATRIX or own.shape != (len(unit),) or k < 1:
        raise InputError(
            f"Rows have shape {unit.shape}, groups {own.shape}, k is {k}; expected (n, d), (n,), 1 or more"
        )
    asked = np.arange(len(unit)) if rows is None else np.asarray(rows, dtype=np.int64)
    ids, scores = np.full((len(asked), k), -1, dtype=np.int64), np.full((len(asked), k), np.nan, dtype=np.float32)
    start = 0
    for part, block in score_blocks(unit, asked):
        found = nearest(block, own[part, np.newaxis] == own, k=k)
        into = slice(start, start + len(part))
        ids[into] = found
        scores[into] = np.where(found >= 0, np.take_along_axis(block, np.maximum(found, 0), axis=1), np.nan)
        start += len(part)
    return ids, scores
