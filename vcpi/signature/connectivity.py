"""Scores between signatures, one record per method.

Every method takes one query and a block of references over the same genes and gives one score per reference in
[-1, 1], with the sign of the effect: positive is alike, negative is reversal. Nothing here depends on how many rows
are scored at once or on the number of threads, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

ROWS_PER_BLOCK = 256
MATRIX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A connectivity score: its name, function, range, source, and what its query is."""

    name: str
    function: Callable[[ArrayLike, ArrayLike], NDArray[np.float64]]
    low: float
    high: float
    reference: str
    query: Literal["signature", "gene lists"]


def cosine(query: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
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
    left, rows = _checked(query, reference)
    scores = np.zeros(len(rows))
    left_norm = np.sqrt((left * left).sum())
    for start in range(0, len(rows), ROWS_PER_BLOCK):
        block = np.ascontiguousarray(rows[start : start + ROWS_PER_BLOCK], dtype=np.float64)
        norms = np.sqrt((block * block).sum(axis=1)) * left_norm
        if not np.isfinite(norms).all():
            raise InputError("A reference signature holds NaN or infinity; expected a number for every gene")
        np.divide((block * left).sum(axis=1), norms, out=scores[start : start + len(block)], where=norms > 0)
    return np.clip(scores, -1.0, 1.0)


def list_cosine(query: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """Cosine between a signed gene list and many signatures: (sum over up - sum over down) / (√n · norm).

    Parameters
    ----------
    query
        Shape (n_genes,): 1 for genes that go up, -1 for genes that go down, else 0, as :func:`signed_list` makes it.
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
    signs = np.asarray(query, dtype=np.float64)
    if not np.isin(signs, (-1.0, 0.0, 1.0)).all():
        raise InputError("A gene list holds a weight other than -1, 0 and 1; use the method 'cosine' for weights")
    return cosine(signs, reference)


COSINE = Method(
    name="cosine",
    function=cosine,
    low=-1.0,
    high=1.0,
    reference="Salton & McGill 1983, Introduction to Modern Information Retrieval",
    query="signature",
)
LIST_COSINE = Method(
    name="list_cosine",
    function=list_cosine,
    low=-1.0,
    high=1.0,
    reference="Cosine with weights of 1 and -1",
    query="gene lists",
)
METHODS = {method.name: method for method in (COSINE, LIST_COSINE)}


def signed_list(n_genes: int, *, up: Sequence[int] = (), down: Sequence[int] = ()) -> NDArray[np.float32]:
    """Write gene lists as a vector.

    Parameters
    ----------
    n_genes
        Genes of the dataset.
    up, down
        Positions of the genes that go up and down.

    Returns
    -------
    ndarray
        Shape (n_genes,), float32: 1, -1 or 0.

    Raises
    ------
    InputError
        Both lists are empty, a gene is in both, or a position is out of range.

    Examples
    --------
    >>> signed_list(4, up=[0], down=[2]).tolist()
    [1.0, 0.0, -1.0, 0.0]
    """
    both = set(up) & set(down)
    if both:
        raise InputError(f"Genes {sorted(both)[:5]} are in both lists; expected each to go up or down")
    places = [*up, *down]
    if not places or min(places) < 0 or max(places) >= n_genes:
        raise InputError(f"{len(places)} positions of genes; expected one or more, each in [0, {n_genes})")
    vector = np.zeros(n_genes, dtype=np.float32)
    vector[list(up)] = 1.0
    vector[list(down)] = -1.0
    return vector


def contributions(query: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """Split the cosine of two signatures over the genes.

    Parameters
    ----------
    query, reference
        Shape (n_genes,) each.

    Returns
    -------
    ndarray
        Shape (n_genes,), float64; the sum is the cosine. All 0 where either side is all zero.

    Raises
    ------
    InputError
        The shapes don't fit, or a value isn't finite.

    Examples
    --------
    >>> contributions([3, 4], [3, -4]).round(2).tolist()
    [0.36, -0.64]
    """
    left, rows = _checked(query, np.asarray(reference)[np.newaxis])
    right = np.asarray(rows[0], dtype=np.float64)
    if not np.isfinite(right).all():
        raise InputError("A reference signature holds NaN or infinity; expected a number for every gene")
    norm = np.sqrt((left * left).sum()) * np.sqrt((right * right).sum())
    return np.asarray(left * right / norm) if norm > 0 else np.zeros(len(left))


def shared_genes(
    query: ArrayLike,
    reference: ArrayLike,
    gene_symbols: Sequence[str | None],
    *,
    n: int = 10,
    reverse: bool = False,
) -> tuple[str, ...]:
    """Name the genes behind a score, those that add most to it first.

    Parameters
    ----------
    query, reference
        Shape (n_genes,) each.
    gene_symbols
        Symbol of each gene; genes without one are passed over.
    n
        How many at most.
    reverse
        Name the genes that take most away instead: those behind a reversal.

    Returns
    -------
    tuple of str
        Up to ``n`` symbols, equal contributions in the order of the genes; genes that add nothing aren't named.

    Raises
    ------
    InputError
        As in :func:`contributions`, or the symbols aren't one per gene.

    Examples
    --------
    >>> shared_genes([3, 1, -5], [2, -1, -4], ["DDIT4", "MX1", "HMGCR"])
    ('HMGCR', 'DDIT4')
    """
    parts = contributions(query, reference)
    if len(gene_symbols) != len(parts):
        raise InputError(f"{len(gene_symbols)} gene symbols for {len(parts)} genes; expected one per gene")
    gains = -parts if reverse else parts
    named: list[str] = []
    for gene in np.argsort(-gains, kind="stable").tolist():
        symbol = gene_symbols[gene]
        if gains[gene] <= 0 or len(named) >= n:
            break
        if symbol:
            named.append(symbol)
    return tuple(named)


def _checked(query: ArrayLike, reference: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.floating]]:
    """Take query and references after a look at their shapes and at the query's values."""
    left = np.asarray(query, dtype=np.float64)
    rows: NDArray[np.floating] = np.asarray(reference)
    if left.ndim != 1 or rows.ndim != MATRIX or rows.shape[1] != len(left):
        raise InputError(f"Query has shape {left.shape}, references {rows.shape}; expected (g,) and (n, g)")
    if not np.isfinite(left).all():
        raise InputError("Query holds NaN or infinity; expected a number for every gene")
    return left, rows
