"""Scores of a value for every gene: cosine, cosine on extreme genes, Spearman's correlation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.kernels import rows as kernel
from vcpi.signature.scores.blocks import (
    Block,
    FloatArray,
    Prepared,
    Scorer,
    Whole,
    as_query,
    descending_positions,
    extreme_size,
    run,
    run_one,
)
from vcpi.signature.stretches import in_stretches

LANES = 16  # as in the C file


def cosine(query: ArrayLike, reference: ArrayLike) -> FloatArray:
    """Cosine of the angle between one signature and many.

    Parameters
    ----------
    query
        Shape (n_genes,), finite.
    reference
        Shape (n_signatures, n_genes), finite.

    Returns
    -------
    ndarray
        Shape (n_signatures,), float64, each in [-1, 1]; 0 where either side is all zero. Sums run over each row on its
        own in float64, so that a row scores the same alone and among a million.

    Raises
    ------
    InputError
        The shapes don't fit, or a value isn't finite.

    Examples
    --------
    >>> cosine([1, 0], [[2, 0], [0, 3], [-1, 0], [0, 0]]).tolist()
    [1.0, 0.0, -1.0, 0.0]
    """
    return run_one(prepare_cosine(as_query(query, reference)), reference)


def cosine_at(query: ArrayLike, reference: ArrayLike, rows: NDArray[np.int64]) -> FloatArray:
    """Score some references as :func:`cosine` does, without a copy of them.

    Parameters
    ----------
    query
        Shape (n_genes,), finite.
    reference
        Shape (n_signatures, n_genes), finite.
    rows
        Which references, shape (n,).

    Returns
    -------
    ndarray
        Shape (n,), float64, each in [-1, 1].

    Examples
    --------
    >>> cosine_at([1, 0], [[2, 0], [0, 3], [-1, 0]], np.array([2, 0])).tolist()
    [-1.0, 1.0]
    """
    references = np.asarray(reference)
    vector = as_query(query, references)
    given = Whole(references, None, unsigned=False, threads=1)
    found = _products(given, vector, at=np.ascontiguousarray(rows, dtype=np.int64))
    if found is None:
        return cosine(vector, references[rows])
    return _ratio(found[0], np.sqrt(found[1]) * np.sqrt(_lane_sums((vector * vector)[np.newaxis])[0]))


def cosines_at(
    queries: ArrayLike,
    reference: ArrayLike,
    rows: NDArray[np.int64],
    *,
    squares: FloatArray | None = None,
    threads: int | None = None,
) -> FloatArray:
    """Score some references by several queries at once, each as :func:`cosine` does to the last bit.

    Parameters
    ----------
    queries
        Shape (n_queries, n_genes), finite.
    reference
        Shape (n_signatures, n_genes), finite.
    rows
        Which references, shape (n,).
    squares
        Squares of the lengths of all references, shape (n_signatures,), where they are at hand.
    threads
        Stretches of rows worked on at once; up to four of the cores where None.

    Returns
    -------
    ndarray
        Shape (n, n_queries), float64, each in [-1, 1].

    Examples
    --------
    >>> cosines_at([[1, 0], [0, 1]], [[2, 0], [0, 3], [-1, 0]], np.array([2, 0])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    references = np.asarray(reference)
    asked = np.ascontiguousarray(queries, dtype=np.float64)
    at = np.ascontiguousarray(rows, dtype=np.int64)
    in_c = references.dtype == np.float32 and references.flags.c_contiguous and kernel.several_at_hand()
    if not in_c or not len(asked):
        scorers = [prepare_cosine(as_query(one, references)) for one in asked]
        return run(scorers, references[at], threads=threads).T
    for one in asked:
        as_query(one, references)
    dots = _dots(references.view(np.float32), asked, at=at, threads=threads)
    if squares is None:
        whole = _products(Whole(references, None, unsigned=False, threads=threads), asked[0], at=at)
        own = np.zeros(0) if whole is None else whole[1]
    else:
        own = squares[at]
    norms = np.sqrt(_lane_sums(asked * asked))
    return np.stack([_ratio(dots[:, n], np.sqrt(own) * norm) for n, norm in enumerate(norms)], axis=1)


def list_cosine(query: ArrayLike, reference: ArrayLike) -> FloatArray:
    """Cosine between a signed gene list and many signatures: (sum over up - sum over down) / (√n · norm).

    Parameters
    ----------
    query
        Shape (n_genes,): 1 for genes that go up, -1 for genes that go down, else 0, as
        :func:`vcpi.signature.connectivity.signed_list` makes it.
    reference
        Shape (n_signatures, n_genes).

    Returns
    -------
    ndarray
        Shape (n_signatures,), float64, each in [-1, 1]. Even a perfect match is below 1, since the list is silent on
        the other genes: scores rank within one query and aren't compared between lists.

    Raises
    ------
    InputError
        As in :func:`cosine`, or a value of the query is none of -1, 0 and 1.

    Examples
    --------
    >>> list_cosine([1, -1, 0], [[3, -3, 0], [-1, 1, 1]]).round(3).tolist()
    [1.0, -0.816]
    """
    return run_one(prepare_list_cosine(as_query(query, reference)), reference)


def xcos(query: ArrayLike, reference: ArrayLike, *, n_extreme: int | None = None) -> FloatArray:
    """Cosine on the extreme genes of each reference [1]_.

    Both signatures are cut to the ``n_extreme`` highest and lowest genes of the reference (with those tied to the
    last of them), then the cosine is taken.

    Parameters
    ----------
    query
        Shape (n_genes,), finite.
    reference
        Shape (n_signatures, n_genes), finite.
    n_extreme
        Genes per side; :func:`vcpi.signature.scores.blocks.extreme_size` where None (4 % of the genes; published: 500
        of 12,328).

    Returns
    -------
    ndarray
        Shape (n_signatures,), each in [-1, 1]; 0 where either side is zero on these genes.

    Raises
    ------
    InputError
        The shapes don't fit, a value isn't finite, or ``n_extreme`` is not 1 to half of the genes.

    References
    ----------
    .. [1] Cheng et al., Genome Med. 2014, 6, 95, doi:10.1186/s13073-014-0095-1

    Examples
    --------
    >>> xcos([2, 9, -2], [[1, 0, -1]], n_extreme=1).round(6).tolist()
    [1.0]
    """
    return run_one(prepare_xcos(as_query(query, reference), n_extreme=n_extreme), reference)


def spearman(query: ArrayLike, reference: ArrayLike, *, positions: NDArray[np.integer] | None = None) -> FloatArray:
    """Rank correlation of one signature and many [1]_.

    Parameters
    ----------
    query
        Shape (n_genes,), finite.
    reference
        Shape (n_signatures, n_genes), finite.
    positions
        :func:`vcpi.signature.scores.blocks.rank_matrix` of the references, where it is at hand.

    Returns
    -------
    ndarray
        Shape (n_signatures,), each in [-1, 1]; ties share their mean rank; 0 where all values of either side are equal.

    Raises
    ------
    InputError
        The shapes don't fit, or a value isn't finite.

    References
    ----------
    .. [1] Spearman, Am. J. Psychol. 1904, 15, 72, doi:10.2307/1412159

    Examples
    --------
    >>> spearman([1, 2, 3], [[10, 20, 99], [3, 2, 1], [5, 5, 5]]).round(9).tolist()
    [1.0, -1.0, 0.0]
    """
    return run_one(prepare_spearman(as_query(query, reference)), reference, positions=positions)


def prepare_cosine(query: FloatArray) -> Scorer:
    """Make a query ready for :func:`cosine`."""
    norm = np.sqrt(_lane_sums((query * query)[np.newaxis])[0])

    def score(block: Block) -> FloatArray:
        rows = block.wide
        return _ratio(_lane_sums(rows * query), np.sqrt(_lane_sums(rows * rows)) * norm)

    def whole(given: Whole) -> FloatArray | None:
        if given.unsigned:
            return None
        found = _products(given, query)
        return None if found is None else _ratio(found[0], np.sqrt(found[1]) * norm)

    return Prepared(score, whole)


def prepare_list_cosine(query: FloatArray) -> Scorer:
    """Make a signed list ready for :func:`list_cosine`."""
    if not np.isin(query, (-1.0, 0.0, 1.0)).all():
        raise InputError("A gene list holds a weight other than -1, 0 and 1; use the method 'cosine' for weights")
    return prepare_cosine(query)


def prepare_xcos(query: FloatArray, *, n_extreme: int | None = None) -> Scorer:
    """Make a query ready for :func:`xcos`."""
    n = extreme_size(len(query)) if n_extreme is None else n_extreme
    if not 1 <= n <= max(1, len(query) // 2):
        raise InputError(f"n_extreme is {n}; expected 1 to {len(query) // 2}, half of the genes")
    squares = query * query

    def score(block: Block) -> FloatArray:
        extreme = block.extremes(n)
        rows = np.where(extreme, block.wide, 0.0)
        norms = np.sqrt((rows * rows).sum(axis=1)) * np.sqrt(np.where(extreme, squares, 0.0).sum(axis=1))
        rows *= query
        return _ratio(rows.sum(axis=1), norms)

    return score


def prepare_spearman(query: FloatArray) -> Scorer:
    """Make a query ready for :func:`spearman`."""
    own = Block(query[np.newaxis], positions=None, unsigned=False, many=False).ranks[0]
    norm = np.sqrt((own * own).sum())

    def score(block: Block) -> FloatArray:
        ranks = block.ranks
        return _ratio((ranks * own).sum(axis=1), np.sqrt((ranks * ranks).sum(axis=1)) * norm)

    return score


def strongest(query: FloatArray, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the n genes that go up most and the n that go down most, ties in the order of the genes, zeros never."""
    up = np.flatnonzero(descending_positions(query[np.newaxis])[0] < n)
    down = np.flatnonzero(descending_positions(-query[np.newaxis])[0] < n)
    return up[query[up] > 0], down[query[down] < 0]


def _lane_sums(products: FloatArray) -> FloatArray:
    """Add up each row in 16 sums side by side, then those: what a loop in C does, to the last bit."""
    n_rows, n_genes = products.shape
    filled = np.zeros((n_rows, -(-n_genes // LANES) * LANES))
    filled[:, :n_genes] = products
    lanes = np.zeros((n_rows, LANES))
    for start in range(0, filled.shape[1], LANES):
        lanes += filled[:, start : start + LANES]
    while lanes.shape[1] > 1:
        lanes = lanes[:, : lanes.shape[1] // 2] + lanes[:, lanes.shape[1] // 2 :]
    return np.ascontiguousarray(lanes[:, 0])


def _products(
    given: Whole, query: FloatArray, *, at: NDArray[np.int64] | None = None
) -> tuple[FloatArray, FloatArray] | None:
    """Multiply every row, or those named, by the query and by itself in C; None where NumPy has to."""
    rows = given.rows
    if rows.dtype != np.float32 or not rows.flags.c_contiguous or not kernel.at_hand():
        return None
    narrow = rows.view(np.float32)
    columns = given.columns if at is None else None
    if columns is not None and columns.squares is not None and kernel.several_at_hand():
        return _dots(narrow, query[np.newaxis], threads=given.threads)[:, 0], columns.squares
    n = len(rows) if at is None else len(at)
    dots, squares = np.empty(n), np.empty(n)

    def work(first: int, last: int) -> None:
        kernel.products(narrow, query, first=first, last=last, dots=dots, squares=squares, at=at)

    in_stretches(work, n, cost=rows.shape[1], threads=given.threads)
    if not np.isfinite(squares).all():
        raise InputError("A reference signature holds NaN or infinity; expected a number for every gene")
    if columns is not None:
        columns.squares = squares  # the next question needs half of the work
    return dots, squares


def _dots(
    rows: NDArray[np.float32], queries: FloatArray, *, at: NDArray[np.int64] | None = None, threads: int | None = None
) -> FloatArray:
    """Multiply rows, all or those named, by queries in C; shape (n_rows, n_queries)."""
    n = len(rows) if at is None else len(at)
    dots, asked = np.empty((n, len(queries))), np.ascontiguousarray(queries)

    def work(first: int, last: int) -> None:
        kernel.many(rows, asked, first=first, last=last, dots=dots, at=at)

    in_stretches(work, n, cost=rows.shape[1] * len(queries), threads=threads)
    return dots


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Quotients in [-1, 1], 0 where there is nothing to divide by."""
    if not np.isfinite(below).all():
        raise InputError("A signature's values are too large for their squares; expected values such as z")
    return np.clip(np.divide(above, below, out=np.zeros(len(above)), where=below > 0), -1.0, 1.0)
