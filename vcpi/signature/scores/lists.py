"""Scores of gene lists against signatures: weighted connectivity, XSum, Zhang's connection score.

A query is a vector over the genes. One of nothing but -1, 0 and 1 is a pair of lists, down and up; either may be
empty. Any other is a whole signature: the genes that go up most and down most stand for it, as many a side as
:func:`vcpi.signature.scores.blocks.list_size` says. An unsigned list (1 and 0) is scored against absolute values.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.scores.blocks import (
    Block,
    FloatArray,
    Prepared,
    Scorer,
    Whole,
    as_query,
    extreme_size,
    list_size,
    run_one,
)
from vcpi.signature.scores.vectors import strongest

Genes = NDArray[np.int64]
EQUAL = 1e-12  # peaks of the running sum nearer than this are equally far: their difference is rounding


def wtcs(
    query: ArrayLike,
    reference: ArrayLike,
    *,
    n_genes: int | None = None,
    unsigned: bool = False,
    positions: NDArray[np.integer] | None = None,
) -> FloatArray:
    r"""Weighted connectivity score [1]_, with the weighted Kolmogorov-Smirnov statistic of [2]_.

    Down the genes of a reference, highest first, a running sum rises by :math:`|z_g| / \sum_S |z|` at a gene of the
    list and falls by :math:`1 / (n - |S|)` at any other; ES is its value farthest from 0 (the positive one if two are
    as far). The score is :math:`(ES_{up} - ES_{down}) / 2` where the two have different signs, else 0; for a list of
    one side :math:`ES_{up}` or :math:`-ES_{down}`.

    Parameters
    ----------
    query
        Shape (n_genes,): lists as -1, 0, 1, or a signature.
    reference
        Shape (n_signatures, n_genes), finite.
    n_genes
        Genes per side that stand for a signature; not used for lists.
    unsigned
        The list has no sides: whether its genes are among those that move, either way.
    positions
        :func:`vcpi.signature.scores.blocks.rank_matrix` of the references, where it is at hand.

    Returns
    -------
    ndarray
        Shape (n_signatures,), each in [-1, 1]. Ties of a reference stand in the order of the genes. ES is 0 where the
        reference is 0 on the whole list. Nearly half of the scores of an unrelated query are 0.

    Raises
    ------
    InputError
        The shapes don't fit, a value isn't finite, no gene is listed, or a list holds every gene.

    References
    ----------
    .. [1] Subramanian et al., Cell 2017, 171, 1437, doi:10.1016/j.cell.2017.10.049
    .. [2] Subramanian et al., PNAS 2005, 102, 15545, doi:10.1073/pnas.0506580102

    Examples
    --------
    >>> wtcs([1, 0, 0, -1], [[2, 1, -1, -2], [-2, 1, -1, 2], [2, 1, -1, 3]]).round(3).tolist()
    [1.0, -1.0, 0.0]
    """
    scorer = prepare_wtcs(as_query(query, reference), n_genes=n_genes)
    return run_one(scorer, reference, positions=positions, unsigned=unsigned)


def xsum(
    query: ArrayLike,
    reference: ArrayLike,
    *,
    n_extreme: int | None = None,
    n_genes: int | None = None,
    unsigned: bool = False,
) -> FloatArray:
    """Sum over the up genes less sum over the down genes, counting only extreme genes of the reference [1]_.

    Parameters
    ----------
    query
        Shape (n_genes,): lists as -1, 0, 1, or a signature.
    reference
        Shape (n_signatures, n_genes), finite.
    n_extreme
        Genes per side of the reference; :func:`vcpi.signature.scores.blocks.extreme_size` where None (published: 500
        of 12,328). Those tied to the last of them count too.
    n_genes
        Genes per side that stand for a signature; not used for lists.
    unsigned
        The list has no sides.

    Returns
    -------
    ndarray
        Shape (n_signatures,), in the unit of the references, without bound: a strong reference scores higher than a
        weak one alike in direction.

    Raises
    ------
    InputError
        As in :func:`wtcs`, or ``n_extreme`` is not 1 to half of the genes.

    References
    ----------
    .. [1] Cheng et al., Genome Med. 2014, 6, 95, doi:10.1186/s13073-014-0095-1

    Examples
    --------
    >>> xsum([1, 1, 0, -1], [[4, 1, -1, -3]], n_extreme=1).tolist()
    [7.0]
    """
    scorer = prepare_xsum(as_query(query, reference), n_extreme=n_extreme, n_genes=n_genes)
    return run_one(scorer, reference, unsigned=unsigned)


def zhang(query: ArrayLike, reference: ArrayLike, *, n_genes: int | None = None, unsigned: bool = False) -> FloatArray:
    r"""Give the connection score of Zhang and Gant [1]_.

    The n genes of a reference are ranked by absolute value, n for the largest, and given the sign of their value. The
    score is :math:`\sum q_g r_g` over the m genes of the query, divided by the most it can be. Lists have no order:
    :math:`q_g = \pm 1`, most :math:`\sum_{i=1}^m (n - i + 1)`. A signature is ordered: the ``2 * n_genes`` genes of the
    largest absolute values are ranked from m down to 1, most :math:`\sum_{i=1}^m (m - i + 1)(n - i + 1)`.

    Parameters
    ----------
    query
        Shape (n_genes,): lists as -1, 0, 1, or a signature.
    reference
        Shape (n_signatures, n_genes), finite.
    n_genes
        Half the number of genes that stand for a signature; not used for lists.
    unsigned
        The list has no sides.

    Returns
    -------
    ndarray
        Shape (n_signatures,), each in [-1, 1], for unsigned lists in [0, 1]. Ties share their mean rank; genes at 0
        count nothing.

    Raises
    ------
    InputError
        The shapes don't fit, a value isn't finite, or no gene is listed.

    References
    ----------
    .. [1] Zhang & Gant, BMC Bioinformatics 2008, 9, 258, doi:10.1186/1471-2105-9-258

    Examples
    --------
    >>> zhang([1, 0, -1], [[3, 1, -2], [1, 3, -2]]).round(3).tolist()
    [1.0, 0.6]
    """
    return run_one(prepare_zhang(as_query(query, reference), n_genes=n_genes), reference, unsigned=unsigned)


def prepare_wtcs(query: FloatArray, *, n_genes: int | None = None) -> Scorer:
    """Make a query ready for :func:`wtcs`."""
    up, down = sides(query, n_genes=n_genes)
    if max(len(up), len(down)) >= len(query):
        raise InputError(f"A list holds all {len(query)} genes; expected genes outside of it too")

    def score(block: Block) -> FloatArray:
        if not len(down):
            return _enrichment(up, block)
        if not len(up):
            return 0.0 - _enrichment(down, block)
        high, low = _enrichment(up, block), _enrichment(down, block)
        return np.where(np.sign(high) != np.sign(low), (high - low) / 2.0, 0.0)

    def whole(given: Whole) -> FloatArray | None:
        if given.columns is None:
            return None
        return given.columns.wtcs(up, down, unsigned=given.unsigned, threads=given.threads)

    return Prepared(score, whole)


def prepare_xsum(query: FloatArray, *, n_extreme: int | None = None, n_genes: int | None = None) -> Scorer:
    """Make a query ready for :func:`xsum`."""
    n = extreme_size(len(query)) if n_extreme is None else n_extreme
    if not 1 <= n <= max(1, len(query) // 2):
        raise InputError(f"n_extreme is {n}; expected 1 to {len(query) // 2}, half of the genes")
    up, down = sides(query, n_genes=n_genes)
    genes = np.concatenate([up, down])
    signs = np.repeat([1.0, -1.0], [len(up), len(down)])

    def score(block: Block) -> FloatArray:
        if block.unsigned:
            outside = block.values_at(genes) < block.ordered[:, -2 * n, np.newaxis]
        else:
            values = block.values_at(genes)
            outside = (values < block.ordered[:, -n, np.newaxis]) & (values > block.ordered[:, n - 1, np.newaxis])
        counted = np.where(outside, 0.0, block.values_at(genes) * signs)
        return np.asarray(np.cumsum(counted, axis=1)[:, -1])  # gene after gene

    def whole(given: Whole) -> FloatArray | None:
        if given.columns is None:
            return None
        return given.columns.extreme_sums(genes, signs, n=n, unsigned=given.unsigned, threads=given.threads)

    return Prepared(score, whole)


def prepare_zhang(query: FloatArray, *, n_genes: int | None = None) -> Scorer:
    """Make a query ready for :func:`zhang`."""
    if is_list(query):
        genes = np.concatenate(sides(query))
        weights = query[genes]
        own = np.ones(len(genes))
    else:
        chosen, _ = strongest(np.abs(query), 2 * _per_side(query, n_genes))
        sizes = np.abs(query[chosen])
        ranks = Block(sizes[np.newaxis], positions=None, unsigned=False, many=False).ranks[0]
        genes, weights = chosen, (ranks + len(chosen) + 1) / 2.0 * np.sign(query[chosen])
        own = np.arange(len(genes), 0, -1.0)
    largest = float((own * (len(query) - np.arange(len(genes)))).sum())

    def score(block: Block) -> FloatArray:
        return np.asarray((block.abs_ranks_at(genes) * weights).sum(axis=1) / largest)

    def whole(given: Whole) -> FloatArray | None:
        if given.columns is None or given.unsigned:
            return None
        sums = given.columns.weighted_ranks(genes, weights, threads=given.threads)
        return None if sums is None else sums / largest

    return Prepared(score, whole)


def is_list(query: FloatArray) -> bool:
    """Say whether a query is a pair of lists: nothing but -1, 0 and 1."""
    return bool(((query == 0) | (np.abs(query) == 1)).all())


def sides(query: FloatArray, *, n_genes: int | None = None) -> tuple[Genes, Genes]:
    """Give the genes of a query that go up and those that go down."""
    if is_list(query):
        up, down = np.flatnonzero(query > 0), np.flatnonzero(query < 0)
    else:
        up, down = strongest(query, _per_side(query, n_genes))
    if not len(up) and not len(down):
        raise InputError("Query moves no gene; expected one or more that go up or down")
    return up, down


def _per_side(query: FloatArray, n_genes: int | None) -> int:
    """How many genes a side stand for a signature."""
    n = list_size(len(query)) if n_genes is None else n_genes
    if not 1 <= n <= max(1, len(query) // 2):
        raise InputError(f"n_genes is {n}; expected 1 to {len(query) // 2}, half of the genes")
    return n


def _enrichment(genes: Genes, block: Block) -> FloatArray:
    """Weighted Kolmogorov-Smirnov statistic of one list in every row of a block."""
    places = block.positions_at(genes)
    order = np.argsort(places, axis=1)
    places = np.take_along_axis(places, order, axis=1)
    weights = np.take_along_axis(np.abs(block.values_at(genes)), order, axis=1)
    reached = np.cumsum(weights, axis=1)
    total = reached[:, -1:]
    share = np.divide(reached, total, out=np.zeros_like(reached), where=total > 0)
    missed = (places - np.arange(len(genes))) / (block.n_genes - len(genes))
    highest = (share - missed).max(axis=1)
    share[:, 1:] = share[:, :-1]
    share[:, 0] = 0.0
    lowest = (share - missed).min(axis=1)
    return np.where(total[:, 0] > 0, np.where(highest >= -lowest - EQUAL, highest, lowest), 0.0)
