"""Scores of query rows against all rows, block by block: the signatures' own, and the baselines they must beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.all_pairs import BLOCK_ROWS
from vcpi.errors import InputError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Block = NDArray[np.float32]
ScoreBlocks = Callable[[IntArray], Block]
"""From row numbers, shape (m,), to their scores against all n rows, shape (m, n); higher is more alike."""

IS_UNIT = 2e-6  # of float32 sums over some ten thousand values


def unit_rows(features: ArrayLike) -> Block:
    """Scale every row to length 1; rows of zeros stay zero.

    Raises
    ------
    InputError
        The array is not two-dimensional or holds a value that is not finite.
    """
    rows = np.asarray(features, dtype=np.float32)
    if rows.ndim != 2:  # noqa: PLR2004
        raise InputError(f"Features have shape {rows.shape}; expected (n_signatures, n_features)")
    if not all(np.isfinite(rows[at : at + BLOCK_ROWS]).all() for at in range(0, len(rows), BLOCK_ROWS)):
        raise InputError("Features hold a value that is not finite; leave such rows out")
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, np.newaxis]
    if (np.abs(length - 1.0) < IS_UNIT).all():
        return rows  # those of an index are, and need not be held twice
    unit: Block = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    return unit


def cosine_scores(features: ArrayLike) -> ScoreBlocks:
    """Score by the cosine of features, shape (n, d).

    Examples
    --------
    >>> cosine_scores([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])(np.array([0])).tolist()
    [[1.0, 1.0, 0.0]]
    """
    unit = unit_rows(features)
    return lambda rows: unit[rows] @ unit.T


def tanimoto_scores(fingerprints: NDArray[np.uint8]) -> ScoreBlocks:
    """Score by the Tanimoto of packed fingerprints, shape (n, n_bytes): the baseline that knows structure only.

    Rows without a bit, as of compounds whose structure is not known, score 0 with everything.
    """
    bits = np.unpackbits(np.asarray(fingerprints, dtype=np.uint8), axis=1).astype(np.float32)
    counts = bits.sum(axis=1)

    def block(rows: IntArray) -> Block:
        common = bits[rows] @ bits.T
        union = counts[rows, None] + counts[None, :] - common
        tanimoto: Block = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
        return tanimoto

    return block


def difference_scores(values: ArrayLike) -> ScoreBlocks:
    """Score by nearness of one number a row, as RNA output; what is not finite is last with everything."""
    column = np.asarray(values, dtype=np.float32)
    return lambda rows: np.nan_to_num(-np.abs(column[rows, None] - column[None, :]), nan=-np.inf, neginf=-np.inf)


def plate_scores(plates: Sequence[Sequence[str]]) -> ScoreBlocks:
    """Score 1 on a shared plate and 0 elsewhere: the baseline that knows the plate only."""
    shared = shared_plates(plates)
    return lambda rows: shared(rows).astype(np.float32)


def random_scores(n_rows: int, *, seed: int = 0) -> ScoreBlocks:
    """Score at random; the scores of a row depend on the seed and the row only."""

    def block(rows: IntArray) -> Block:
        drawn = [np.random.default_rng([seed, int(row)]).random(n_rows, dtype=np.float32) for row in rows]
        return np.array(drawn, dtype=np.float32).reshape(len(rows), n_rows)

    return block


def shared_plates(plates: Sequence[Sequence[str]]) -> Callable[[IntArray], NDArray[np.bool_]]:
    """Say which rows share a plate with each query row, block by block; a row without plates shares none.

    Examples
    --------
    >>> shared_plates([("a",), ("a", "b"), ("b",), ()])(np.array([1, 3])).tolist()
    [[True, True, True, False], [False, False, False, False]]
    """
    membership = plate_membership(plates)
    return lambda rows: membership[rows] @ membership.T > 0


def plate_membership(plates: Sequence[Sequence[str]]) -> Block:
    """Mark the plates of each row: 0 or 1, shape (n_rows, n_plates), plates sorted by name."""
    column = {name: place for place, name in enumerate(sorted({name for row in plates for name in row}))}
    membership = np.zeros((len(plates), len(column)), dtype=np.float32)
    for row, names in enumerate(plates):
        for name in names:
            membership[row, column[name]] = 1.0
    return membership


def sample_rows(rows: IntArray, *, most: int | None, rng: np.random.Generator) -> IntArray:
    """Take rows at random, in their order, where there are more than ``most``."""
    if most is None or len(rows) <= most:
        return rows
    return np.sort(rng.choice(rows, most, replace=False))
