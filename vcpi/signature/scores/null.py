"""What each method's scores mean: against noise profiles, against random lists, and from the side of the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.calibration import tau
from vcpi.signature.columns import Columns
from vcpi.signature.connectivity import MATRIX, Method, check_query, method_named, score
from vcpi.signature.scores.blocks import FloatArray, as_query, run
from vcpi.signature.scores.lists import is_list
from vcpi.signature.scores.normalize import ncs
from vcpi.signature.tails import NullDistribution, fit_null

MIN_NULL = 50
MIN_LISTS = 20
WINSOR = 3.0
N_STRATA = 5
MOST_ROWS = 2000  # of the references, to sort genes by variance
MOST_POOLED = 400_000
JUST_BELOW = 1e-9  # under a score that many nulls share, so that its p counts them all


@dataclass(frozen=True, slots=True, kw_only=True)
class NullShape:
    """Distribution of standardized null scores: ``upper`` for likeness, ``lower`` of their negatives for reversal."""

    upper: NullDistribution
    lower: NullDistribution

    def p_value(self, standardized: ArrayLike, *, reverse: bool = False) -> FloatArray:
        """Give the probability of a null score as high or higher (``reverse``: as low or lower), in (0, 1]."""
        values = np.asarray(standardized, dtype=np.float64)
        side = self.lower.p_value(-values - JUST_BELOW) if reverse else self.upper.p_value(values - JUST_BELOW)
        return np.where(np.isnan(values), np.nan, side)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Scores of one query with what chance makes of them.

    ``scores``, ``standardized`` (in standard deviations of the null) and ``p`` have shape (n_signatures,);
    ``null_scores`` that of the null, (n_null,) or (n_lists, n_signatures). ``n_null`` counts what p rests on.
    """

    scores: FloatArray
    standardized: FloatArray
    p: FloatArray
    null_scores: FloatArray
    n_null: int


def score_null(
    method: str,
    query: ArrayLike,
    reference: ArrayLike,
    null: ArrayLike,
    *,
    exclude: ArrayLike | None = None,
    reverse: bool = False,
    unsigned: bool = False,
    shape: NullShape | None = None,
    positions: NDArray[np.integer] | None = None,
    columns: Columns | None = None,
    null_columns: Columns | None = None,
) -> Judged:
    """Judge one query's scores by its scores to profiles that hold noise alone.

    The same method scores the null profiles (pseudo-compounds made of vehicle wells) as if they were references.
    Genes of noise hang together as genes of effects do, so this also is the null for lists wherever null profiles
    are at hand; :func:`list_null` is not.

    Parameters
    ----------
    method
        A name of :data:`vcpi.signature.connectivity.METHODS`.
    query
        Shape (n_genes,).
    reference
        Shape (n_signatures, n_genes).
    null
        Null profiles in the unit and with the replicates of the references, shape (n_null, n_genes), 50 or more.
    exclude
        Null profiles that share wells with the query, shape (n_null,), bool.
    reverse
        Judge low scores.
    unsigned
        The list has no sides.
    shape
        Distribution from many queries (:func:`pool_null`), which sees farther into the tail than one query's null
        does. Where None, the query's own null scores, with a generalized Pareto tail if there are enough of them.
    positions
        :func:`vcpi.signature.connectivity.rank_matrix` of the references.
    columns, null_columns
        :class:`vcpi.signature.columns.Columns` of the references, and of the null profiles, where they are at hand.

    Returns
    -------
    Judged
        With p for every reference. Where half of the scores are 0, as in ``wtcs``, p of 0 is that of 0 or more.

    Raises
    ------
    InputError
        As :func:`vcpi.signature.connectivity.score` does, or fewer than 50 null profiles are left, or their scores
        are all equal.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> query, null = rng.standard_normal(100), rng.standard_normal((400, 100))
    >>> found = score_null("wtcs", query, [query, -query, 0 * query], null)
    >>> found.p.round(2).tolist()
    [0.0, 1.0, 0.77]
    """
    chosen = method_named(method)
    given = as_query(query, reference)
    check_query(chosen, given, unsigned=unsigned)
    scorers = chosen.scorers(as_query(given, null))
    background = run(scorers, reference, positions=positions, unsigned=unsigned, columns=columns)
    scores = chosen.combine(background)
    null_scores = chosen.combine(run(scorers, null, unsigned=unsigned, columns=null_columns), background)
    if exclude is not None:
        null_scores = null_scores[~np.asarray(exclude, dtype=bool)]
    location, scale = _spread(null_scores, chosen)
    own = _shape((null_scores - location) / scale) if shape is None else shape
    standardized = (scores - location) / scale
    return Judged(
        scores=scores,
        standardized=standardized,
        p=own.p_value(standardized, reverse=reverse),
        null_scores=null_scores,
        n_null=len(null_scores),
    )


def pool_null(
    method: str,
    queries: ArrayLike,
    null: ArrayLike,
    *,
    exclude: ArrayLike | None = None,
    unsigned: bool = False,
) -> NullShape:
    """Learn the distribution of standardized null scores from many queries.

    Parameters
    ----------
    method
        A name of :data:`vcpi.signature.connectivity.METHODS`, other than the ensemble, which needs the references.
    queries
        Signatures of the dataset at equal distances, say, shape (n_queries, n_genes).
    null
        Null profiles, shape (n_null, n_genes), 50 or more.
    exclude
        Which null profiles share wells with which query, shape (n_queries, n_null), bool.
    unsigned
        The lists have no sides.

    Returns
    -------
    NullShape
        For :func:`score_null`. The queries' scores to one null profile hang together: the tail is known less well than
        n_queries x n_null independent scores would tell it.

    Raises
    ------
    InputError
        As in :func:`score_null`, or the method standardizes over references.
    """
    chosen = method_named(method)
    if not chosen.blockwise:
        raise InputError(f"Method {method} standardizes over the references; judge each of its queries by score_null")
    scores = np.atleast_2d(score(method, np.atleast_2d(np.asarray(queries)), null, unsigned=unsigned))
    left_out = np.zeros(scores.shape, dtype=bool) if exclude is None else np.asarray(exclude, dtype=bool)
    pooled = []
    for row, out in zip(scores, left_out, strict=True):
        location, scale = _spread(row[~out], chosen)
        pooled.append((row[~out] - location) / scale)
    return _shape(np.concatenate(pooled))


def list_null(
    method: str,
    query: ArrayLike,
    reference: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    n_lists: int = 50,
    seed: int = 0,
    reverse: bool = False,
    unsigned: bool = False,
    positions: NDArray[np.integer] | None = None,
) -> Judged:
    """Judge a list query's scores by random lists of the same sizes against each reference.

    The random lists take as many genes, up and down, from each stratum of genes as the query does. Each reference's
    scores are standardized by the random lists' scores to it (a random list's own by those of the others), then pooled
    over the references. p is exact for a list whose genes are drawn one by one. Genes of real lists hang together, as
    genes in the references do: then p is too small, and where null profiles are at hand :func:`score_null` is right.

    Parameters
    ----------
    method
        A name of :data:`vcpi.signature.connectivity.METHODS` that takes lists.
    query
        Shape (n_genes,): -1, 0, 1.
    reference
        Shape (n_signatures, n_genes).
    strata
        Class of each gene, shape (n_genes,): of expression, say. Fifths by root mean square over (at most 2,000 of) the
        references where None.
    n_lists
        Random lists, 20 or more. Time grows with it; the pool of nulls is n_lists x n_signatures.
    seed
        Of the random lists: equal seeds give equal p.
    reverse
        Judge low scores.
    unsigned
        The list has no sides.
    positions
        :func:`vcpi.signature.connectivity.rank_matrix` of the references.

    Returns
    -------
    Judged
        With p for every reference.

    Raises
    ------
    InputError
        The query is no list, the method doesn't take it, there are fewer than 20 random lists, or shapes don't fit.

    Examples
    --------
    >>> rows = np.random.default_rng(1).standard_normal((40, 200))
    >>> rows[0, :10] += 4.0
    >>> p = list_null("wtcs", [1.0] * 10 + [0.0] * 190, rows).p
    >>> int(p.argmin()), bool(p[0] < 0.01)
    (0, True)
    """
    chosen = method_named(method)
    given = as_query(query, reference)
    check_query(chosen, given, unsigned=unsigned)
    if not is_list(given) or "lists" not in chosen.takes:
        raise InputError(
            f"Random lists can't judge a signature by {method}; give lists, or null profiles to score_null"
        )
    if n_lists < MIN_LISTS:
        raise InputError(f"n_lists is {n_lists}; expected {MIN_LISTS} or more")
    rows: NDArray[np.floating] = np.asanyarray(reference)
    classes = _strata(rows) if strata is None else np.asarray(strata)
    if classes.shape != given.shape:
        raise InputError(f"Strata have shape {classes.shape}; expected one for each of {len(given)} genes")
    rng = np.random.default_rng(seed)
    queries = np.vstack([given, *(_random_list(given, classes, rng) for _ in range(n_lists))])
    scores = score(method, queries, rows, unsigned=unsigned, positions=positions)
    own, others = scores[0], scores[1:]
    standardized, null = _standardized(own, others, centered=not chosen.zero_rule)
    pool = null.ravel()
    shape = _shape(pool[:: -(-len(pool) // MOST_POOLED)])
    return Judged(
        scores=own,
        standardized=standardized,
        p=shape.p_value(standardized, reverse=reverse),
        null_scores=others,
        n_null=len(pool),
    )


def reference_tau(
    method: str,
    query: ArrayLike,
    reference: ArrayLike,
    reference_queries: ArrayLike,
    *,
    same: ArrayLike | None = None,
    unsigned: bool = False,
    positions: NDArray[np.integer] | None = None,
) -> tuple[FloatArray | None, str]:
    """Judge any method's scores from the side of the reference (:func:`vcpi.signature.calibration.tau`).

    Parameters
    ----------
    method
        A name of :data:`vcpi.signature.connectivity.METHODS`. ``wtcs`` is normalized (:func:`ncs`) first, as published.
    query
        Shape (n_genes,).
    reference
        All references, shape (n_signatures, n_genes): normalization is over them.
    reference_queries
        Signatures to compare with, shape (n_queries, n_genes); for list queries, lists of the same kind.
    same
        Pairs to leave out, shape (n_queries, n_signatures), bool: a reference query that is the reference itself.
    unsigned
        The lists have no sides.
    positions
        :func:`vcpi.signature.connectivity.rank_matrix` of the references.

    Returns
    -------
    tau : ndarray or None
        Shape (n_signatures,), in [-100, 100]; None with too few reference queries for it.
    reason : str
        Why there is none, else empty.
    """
    others = np.atleast_2d(np.asarray(reference_queries, dtype=np.float64))
    queries = np.vstack([as_query(query, reference)[np.newaxis], others])
    scores = score(method, queries, reference, unsigned=unsigned, positions=positions)
    if method == "wtcs":
        scores = np.array([ncs(row) for row in scores])
    rest = scores[1:] if same is None else np.where(np.asarray(same, dtype=bool), np.nan, scores[1:])
    return tau(scores[0], rest)


def _spread(null_scores: FloatArray, method: Method) -> tuple[float, float]:
    """Location and scale of null scores; where 0 is "no answer" it stays 0."""
    if len(null_scores) < MIN_NULL:
        raise InputError(f"{len(null_scores)} null profiles; expected {MIN_NULL} or more")
    location = 0.0 if method.zero_rule else float(null_scores.mean())
    scale = float(np.sqrt(((null_scores - location) ** 2).mean()))
    if scale <= 0:
        raise InputError(f"All {len(null_scores)} null profiles score {location:g} by {method.name}; expected noise")
    centered = np.clip(null_scores - location, -WINSOR * scale, WINSOR * scale)
    if not method.zero_rule:
        location, centered = location + float(centered.mean()), centered - centered.mean()
    return location, float(np.sqrt((centered**2).mean()))


def _shape(standardized: FloatArray) -> NullShape:
    """Both sides of a pool of standardized null scores."""
    return NullShape(upper=fit_null(standardized), lower=fit_null(-standardized))


def _standardized(own: FloatArray, others: FloatArray, *, centered: bool) -> tuple[FloatArray, FloatArray]:
    """Standardize each reference's score by those of random lists, and theirs each by the rest."""
    n = len(others)
    sums, squares = others.sum(axis=0), (others**2).sum(axis=0)
    mean = sums / n if centered else np.zeros(len(own))
    scale = np.sqrt(np.maximum(squares / n - mean**2, 0.0))
    rest_mean = (sums - others) / (n - 1) if centered else np.zeros(others.shape)
    rest_scale = np.sqrt(np.maximum((squares - others**2) / (n - 1) - rest_mean**2, 0.0))
    return _over(own - mean, scale), _over(others - rest_mean, rest_scale)


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    """Quotients, 0 where there is no spread to divide by."""
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)


def _strata(rows: NDArray[np.floating]) -> NDArray[np.int64]:
    """Fifths of the genes by root mean square over some of the references."""
    taken = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_ROWS)).round().astype(np.int64)]
    sizes = (np.asarray(taken, dtype=np.float64) ** 2).mean(axis=0) if taken.ndim == MATRIX else taken
    ranks = np.argsort(np.argsort(sizes, kind="stable"), kind="stable")
    return np.asarray(ranks * N_STRATA // max(len(ranks), 1))


def _random_list(query: FloatArray, strata: NDArray[np.generic], rng: np.random.Generator) -> FloatArray:
    """Shuffle a list's signs within each stratum of genes."""
    shuffled = np.zeros(len(query))
    for stratum in np.unique(strata):
        genes = np.flatnonzero(strata == stratum)
        shuffled[genes] = rng.permutation(query[genes])
    return shuffled
