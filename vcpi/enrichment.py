"""Do the members of a class gather at the top of a ranked list, and how alike are whole classes.

Both are judged by shuffling who belongs to what: chance is compounds that change their labels, never genes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.landscape import hypergeometric_tail
from vcpi.signature.calibration import benjamini_hochberg

LEAST_MEMBERS = 2
PERMUTATIONS = 5_000
ONE_THIRD = (0.33, 0.67)
BLOCK = 2_000_000  # values of a matrix that are drawn at a time

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEnrichment:
    """One set in a ranked list.

    ``es`` is the running sum furthest from 0, ``nes`` the same over the mean of its sign under shuffled labels, with
    ``p`` and ``q``; ``n_top`` members are among the first k, with Fisher's ``p_top`` and ``q_top``. ``members``
    are their places (from 0), ``leading`` those up to the peak, or from it on where ``es`` is below 0.
    """

    name: str
    n: int
    es: float
    nes: float | None
    p: float
    q: float
    n_top: int
    expected_top: float
    p_top: float
    q_top: float
    members: tuple[int, ...]
    leading: tuple[int, ...]


def running_sum(places: ArrayLike, weights: ArrayLike, *, n: int) -> FloatArray:
    """Give the enrichment score of sets in one ranked list [1]_.

    Down the list the sum rises at a member by its weight over all weights of the set, and falls at any other item by
    1 / (n - members); the score is the value furthest from 0, the higher one where both ends are as far.

    Parameters
    ----------
    places
        Places of the members in the list, from 0, ascending in each row; shape (n_sets, n_members).
    weights
        Their weights, 0 or more, as shaped; a set whose weights are all 0 counts its members alike.
    n
        Length of the list; more than the members.

    Returns
    -------
    ndarray
        Shape (n_sets,), each in [-1, 1].

    References
    ----------
    .. [1] Subramanian et al., PNAS 2005, 102, 15545, doi:10.1073/pnas.0506580102

    Examples
    --------
    >>> running_sum([[0, 1], [8, 9], [0, 9]], np.ones((3, 2)), n=10).tolist()
    [1.0, -1.0, 0.5]
    """
    upper, lower = _ends(np.asarray(places, dtype=np.int64), np.asarray(weights, dtype=np.float64), n=n)
    high, low = upper.max(axis=1), lower.min(axis=1)
    return np.asarray(np.where(high + 1e-12 >= -low, np.maximum(high, 0.0), low))


def _ends(places: IntArray, weights: FloatArray, *, n: int) -> tuple[FloatArray, FloatArray]:
    """Give the running sum after and before each member; between them it only falls."""
    total = weights.sum(axis=1, keepdims=True)
    share = np.where(total > 0, weights / np.where(total > 0, total, 1.0), 1.0 / places.shape[1])
    risen = np.cumsum(share, axis=1)
    fallen = (places - np.arange(places.shape[1])) / (n - places.shape[1])
    return risen - fallen, risen - share - fallen


def enrich(
    scores: ArrayLike,
    members: Mapping[str, Sequence[int]],
    *,
    k: int,
    rng: np.random.Generator,
    n_permutations: int = PERMUTATIONS,
    least: int = LEAST_MEMBERS,
) -> list[SetEnrichment]:
    """Test which sets gather at the top of a ranked list: running sum, and Fisher's test of the first k.

    Parameters
    ----------
    scores
        Of the items from the first to the last place, descending; shape (n,). Their absolute values are the weights
        of the running sum.
    members
        Set → places of its members, from 0.
    k
        How many of the first the second test looks at, 1 to n.
    rng
        Where chance comes from: sets of the same size, drawn from the list.
    n_permutations
        Draws a size; p is never below 1 / (n_permutations + 1).
    least
        Sets with fewer members in the list, or fewer items outside, are left out.

    Returns
    -------
    list of SetEnrichment
        Gathered at the top first: by sign of the score, p, then by its size. p is within the sign of the score.

    Raises
    ------
    InputError
        The scores are not descending, or k is out of range.

    Examples
    --------
    >>> found = enrich(np.linspace(1, -1, 40), {"top": range(5), "spread": range(0, 40, 8)}, k=5,
    ...                rng=np.random.default_rng(0))
    >>> [(one.name, round(one.es, 2), one.n_top, one.p < 0.01) for one in found]
    [('top', 1.0, 5, True), ('spread', 0.4, 1, False)]
    """
    values = np.asarray(scores, dtype=np.float64)
    n = len(values)
    if values.ndim != 1 or not np.isfinite(values).all() or (np.diff(values) > 0).any():
        raise InputError(f"Scores of shape {values.shape}; expected finite numbers, the highest first")
    if not 1 <= k <= max(n, 1):
        raise InputError(f"k is {k}; expected 1 to {n}, the length of the list")
    size = np.abs(values)
    chance: dict[int, FloatArray] = {}
    rows: list[tuple[str, IntArray, float, float | None, float, int, float]] = []
    for name in sorted(members):
        own = np.unique(np.asarray(list(members[name]), dtype=np.int64))
        if len(own) and (own[0] < 0 or own[-1] >= n):
            raise InputError(f"Set {name} holds place {own[0]} or {own[-1]}; expected 0 to {n - 1}")
        if len(own) < least or n - len(own) < least:
            continue
        if len(own) not in chance:
            chance[len(own)] = _null_sums(size, len(own), n_draws=n_permutations, rng=rng)
        es = float(running_sum(own[np.newaxis], size[own][np.newaxis], n=n)[0])
        nes, p = _normalized(es, chance[len(own)])
        n_top = int((own < k).sum())
        rows.append((name, own, es, nes, p, n_top, hypergeometric_tail(n_top, n_all=n, n_marked=len(own), n_drawn=k)))
    q = benjamini_hochberg([row[4] for row in rows])
    q_top = benjamini_hochberg([row[6] for row in rows])
    found = [
        SetEnrichment(
            name=name,
            n=len(own),
            es=es,
            nes=nes,
            p=p,
            q=float(q[at]),
            n_top=n_top,
            expected_top=k * len(own) / n,
            p_top=p_top,
            q_top=float(q_top[at]),
            members=tuple(own.tolist()),
            leading=_leading(own, size[own], es, n=n),
        )
        for at, (name, own, es, nes, p, n_top, p_top) in enumerate(rows)
    ]
    return sorted(found, key=lambda one: (one.es <= 0, one.p, -abs(one.nes or 0.0), one.name))


def _null_sums(size: FloatArray, n_members: int, *, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """Give the scores of random sets of one size."""
    parts = []
    for places in _draws(len(size), n_members, n_draws=n_draws, rng=rng):
        ordered = np.sort(places, axis=1)
        parts.append(running_sum(ordered, size[ordered], n=len(size)))
    return np.concatenate(parts)


def _draws(n: int, n_members: int, *, n_draws: int, rng: np.random.Generator) -> Iterator[IntArray]:
    """Draw sets of different numbers below n, in random order within each; some thousand sets at a time."""
    sparse = n_members * n_members < 2 * n  # then most rows of plain numbers hold none twice
    step = max(1, BLOCK // (n_members if sparse else n))
    for start in range(0, n_draws, step):
        rows = min(step, n_draws - start)
        if sparse:
            drawn = rng.integers(0, n, (rows, n_members))
            bad = np.arange(rows)
            while len(bad):
                bad = bad[(np.diff(np.sort(drawn[bad], axis=1), axis=1) == 0).any(axis=1)]
                drawn[bad] = rng.integers(0, n, (len(bad), n_members))
            yield drawn
        else:
            keys = rng.random((rows, n))
            near = np.argpartition(keys, n_members - 1, axis=1)[:, :n_members]
            yield np.take_along_axis(near, np.argsort(np.take_along_axis(keys, near, axis=1), axis=1), axis=1)


def _normalized(es: float, chance: FloatArray) -> tuple[float | None, float]:
    """Hold a score against those of its sign: over their mean, and how many are as far out."""
    same = chance[chance > 0] if es > 0 else chance[chance <= 0]
    if not len(same):
        return None, 1.0 / (1 + len(chance))
    middle = abs(float(same.mean()))
    far = int((np.abs(same) >= abs(es) - 1e-12).sum())
    return (es / middle if middle > 0 else None), (1 + far) / (1 + len(same))


def _leading(own: IntArray, weights: FloatArray, es: float, *, n: int) -> tuple[int, ...]:
    """Give the members that make the peak."""
    upper, lower = _ends(own[np.newaxis], weights[np.newaxis], n=n)
    kept = own[: int(upper[0].argmax()) + 1] if es > 0 else own[int(lower[0].argmin()) :]
    return tuple(kept.tolist())


def max_quantile(values: ArrayLike) -> FloatArray:
    """Summarize connectivities: of their 33rd and 67th percentile the one further from 0 (MAXQ) [1]_.

    Parameters
    ----------
    values
        Shape (..., n); NaN are left out, nothing but NaN gives NaN.

    References
    ----------
    .. [1] Subramanian et al., Cell 2017, 171, 1437, doi:10.1016/j.cell.2017.10.049

    Examples
    --------
    >>> max_quantile([[0.0, 0.1, 0.9, 1.0], [-1.0, -0.9, 0.1, 0.2]]).round(3).tolist()
    [0.901, -0.901]
    """
    numbers = np.asarray(values, dtype=np.float64)
    ordered = np.sort(numbers, axis=-1)
    last = np.maximum(np.isfinite(ordered).sum(axis=-1) - 1, 0)
    low, high = (_quantile(ordered, last, level) for level in ONE_THIRD)
    return np.asarray(np.where(np.abs(high) >= np.abs(low), high, low))


def _quantile(ordered: FloatArray, last: NDArray[Any], level: float) -> FloatArray:
    """Interpolate one quantile of sorted rows whose NaN are at the end."""
    at = np.asarray(level * last)
    below = np.floor(at).astype(np.int64)[..., np.newaxis]
    above = np.minimum(below + 1, np.asarray(last)[..., np.newaxis])
    lower, upper = (np.take_along_axis(ordered, place, axis=-1)[..., 0] for place in (below, above))
    return np.asarray(lower + (at - below[..., 0]) * (upper - lower))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPair:
    """How alike two classes are in effect, or one within itself (``class_a`` equals ``class_b``).

    ``connectivity`` is the MAXQ over ``n_pairs`` pairs of different members, ``expected`` its mean over shuffled
    labels; p and q are for one as far from that mean, on either side.
    """

    class_a: str
    class_b: str
    n_a: int
    n_b: int
    n_shared: int
    n_pairs: int
    connectivity: float
    expected: float
    p: float
    q: float


def class_connectivity(
    scores: ArrayLike,
    members: Mapping[str, Sequence[int]],
    *,
    rng: np.random.Generator,
    n_permutations: int = PERMUTATIONS,
    least: int = LEAST_MEMBERS,
) -> list[ClassPair]:
    """Summarize the connectivity within and between classes, against shuffled labels.

    Parameters
    ----------
    scores
        Connectivity of every compound to every other, symmetric, shape (n, n); the diagonal is not looked at.
    members
        Class → rows of its members.
    rng
        Where chance comes from: classes of the same sizes, with as many members in common, drawn from all rows.
    n_permutations
        Draws; p is never below 1 / (n_permutations + 1).
    least
        Classes with fewer members are left out.

    Returns
    -------
    list of ClassPair
        Smallest p first, then the strongest.

    Raises
    ------
    InputError
        The scores are not square.
    """
    matrix = np.array(scores, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:  # noqa: PLR2004 - a matrix
        raise InputError(f"Scores have shape {matrix.shape}; expected as many rows as columns")
    np.fill_diagonal(matrix, np.nan)
    kept = {name: np.unique(np.asarray(list(rows), dtype=np.int64)) for name, rows in sorted(members.items())}
    kept = {name: rows for name, rows in kept.items() if len(rows) >= least}
    chance: dict[tuple[int, int, int], FloatArray] = {}
    found: list[tuple[str, str, IntArray, IntArray, int, int, float, float, float]] = []
    for name, other in _each_pair(list(kept)):
        rows, columns = kept[name], kept[other]
        n_shared = len(rows) if name == other else len(np.intersect1d(rows, columns))
        key = (min(len(rows), len(columns)), max(len(rows), len(columns)), n_shared)
        if key not in chance:
            chance[key] = _null_summaries(matrix, key, n_draws=n_permutations, rng=rng)
        values = matrix[np.ix_(rows, columns)]
        seen = float(max_quantile(values.ravel()))
        n_pairs = int(np.isfinite(values).sum())
        if not n_pairs:
            continue
        middle = float(chance[key].mean())
        far = int((np.abs(chance[key] - middle) >= abs(seen - middle) - 1e-12).sum())
        p = (1 + far) / (1 + n_permutations)
        found.append((name, other, rows, columns, n_shared, n_pairs, seen, middle, p))
    q = benjamini_hochberg([one[8] for one in found])
    pairs = [
        ClassPair(
            class_a=name,
            class_b=other,
            n_a=len(rows),
            n_b=len(columns),
            n_shared=n_shared,
            n_pairs=n_pairs // 2 if name == other else n_pairs,
            connectivity=seen,
            expected=middle,
            p=p,
            q=float(each),
        )
        for (name, other, rows, columns, n_shared, n_pairs, seen, middle, p), each in zip(found, q, strict=True)
    ]
    return sorted(pairs, key=lambda one: (one.p, -abs(one.connectivity - one.expected), one.class_a, one.class_b))


def _each_pair(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield every class with itself and with each later one."""
    for place, name in enumerate(names):
        for other in names[place:]:
            yield name, other


def _null_summaries(
    matrix: FloatArray, sizes: tuple[int, int, int], *, n_draws: int, rng: np.random.Generator
) -> FloatArray:
    """Give the MAXQ of random classes of two sizes with some members in common."""
    small, large, shared = sizes
    parts = []
    for drawn in _draws(len(matrix), small + large - shared, n_draws=n_draws, rng=rng):
        for start in range(0, len(drawn), step := max(1, BLOCK // (small * large))):
            some = drawn[start : start + step]
            left, right = some[:, :small], some[:, small - shared :]
            block = matrix[left[:, :, np.newaxis], right[:, np.newaxis, :]]
            parts.append(max_quantile(block.reshape(len(some), -1)))
    found = np.concatenate(parts)
    return np.where(np.isfinite(found), found, 0.0)
