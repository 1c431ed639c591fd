"""Structure against effect over all pairs of a library: what one effect would give, and whether the two go together.

Pure numbers in, pure numbers out; :mod:`vcpi.database.landscape` joins them to a store.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

CLOSEST = 0.999  # cosines beyond have no finite Fisher z worth the name
NORMAL_MAD = 1.4826  # standard deviations of a normal sample in one median absolute deviation
NODES = 11  # of the quadrature over what two replicates leave open
MANY_TERMS = 1_000_000

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How well single wells of each signature agree, as Fisher z, after what two wells say by luck is taken back.

    ``z`` and ``sd`` have shape (n_signatures,): mean and standard deviation of what is believed of each.
    """

    z: FloatArray
    sd: FloatArray
    n_wells: IntArray


def believed_agreement(
    agreement: ArrayLike, *, n_wells: ArrayLike, spread: ArrayLike, offset: ArrayLike = 0.0
) -> Agreement:
    """Draw the agreement of replicates towards that of the whole library, the more the fewer wells stand behind it.

    Signatures are called active where their wells agree, and some of those agree by luck. Each agreement is taken for
    a normal value in Fisher z around a library-wide normal distribution (empirical Bayes).

    Parameters
    ----------
    agreement
        Mean cosine between single wells of each signature, shape (n,); NaN with one well: the library speaks for it.
    n_wells
        Wells behind each.
    spread
        Standard deviation of the cosine of profiles that have nothing in common, one for all or one each.
    offset
        Cosine that wells of one plate share for the plate's sake; taken off where it is above 0.

    Raises
    ------
    InputError
        A spread is not above 0, or no signature has two wells.

    Examples
    --------
    >>> believed = believed_agreement([0.0, 0.8, np.nan], n_wells=[2, 2, 1], spread=0.05)
    >>> np.tanh(believed.z).round(2).tolist()
    [0.0, 0.8, 0.5]
    """
    given = np.asarray(agreement, dtype=np.float64)
    noise = np.broadcast_to(np.asarray(spread, dtype=np.float64), given.shape)
    wells = np.broadcast_to(np.asarray(n_wells, dtype=np.int64), given.shape)
    known = np.isfinite(given) & (wells > 1)
    if not known.any() or not (noise > 0).all():
        raise InputError(f"{int(known.sum())} signatures with two wells; expected one or more, and spreads above 0")
    plain = given - np.maximum(np.asarray(offset, dtype=np.float64), 0.0)
    z = np.arctanh(np.clip(plain, -CLOSEST, CLOSEST, where=known, out=np.zeros_like(plain)))
    error = noise**2 / np.maximum(wells - 1, 1)
    middle = float(z[known].mean())
    between = max(float(z[known].var() - error[known].mean()), 1e-6)
    weight = np.where(known, between / (between + error), 0.0)
    return Agreement(
        z=middle + weight * (z - middle),
        sd=np.sqrt(np.where(known, weight * error, between)),
        n_wells=np.array(wells),
    )


def reliability(agreement: ArrayLike, n_wells: ArrayLike) -> FloatArray:
    """Give the share of a mean over wells that is effect, from the agreement of two wells (Spearman-Brown).

    Parameters
    ----------
    agreement
        Cosine of two single wells; below 0 counts as 0.
    n_wells
        Wells behind the mean, 1 or more.

    Examples
    --------
    >>> reliability([0.5, 0.0], 2).round(3).tolist()
    [0.667, 0.0]
    """
    r = np.maximum(np.asarray(agreement, dtype=np.float64), 0.0)
    n = np.asarray(n_wells, dtype=np.float64)
    return np.asarray(n * r / (1.0 + (n - 1.0) * r))


def one_effect(
    connectivity: ArrayLike, first: Agreement, second: Agreement, *, spread: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    r"""Ask whether pairs of signatures are less alike than two measurements of one effect would be.

    Two measurements of one effect with reliabilities :math:`R_a` and :math:`R_b` have the expected cosine
    :math:`\sqrt{R_a R_b}` (correction for attenuation [1]_). Around it Fisher's z varies by ``spread``, and what is
    not known of the reliabilities widens that (Gauss-Hermite quadrature over both).

    Parameters
    ----------
    connectivity
        Of the pairs, shape (n,).
    first, second
        Agreement behind both sides of each pair. To ask "does the weaker one do the same, *and as strongly*?", give
        the agreement of the stronger one on both sides.
    spread
        Standard deviation of the cosine of signatures that have nothing in common, one for all or one a pair.

    Returns
    -------
    tuple of ndarray
        Expected connectivity under one effect, and the probability of one as low as was seen; shape (n,) each.

    References
    ----------
    .. [1] Spearman, Am. J. Psychol. 1904, 15, 72, doi:10.2307/1412159

    Examples
    --------
    >>> sides = believed_agreement([0.6, 0.6], n_wells=2, spread=0.05)
    >>> expected, p = one_effect([0.1, 0.75], sides, sides, spread=0.05)
    >>> expected.round(2).tolist(), (p < 1e-6).tolist(), bool(p[1] > 0.4)
    ([0.75, 0.75], [True, False], True)
    """
    seen = np.arctanh(np.clip(np.asarray(connectivity, dtype=np.float64), -CLOSEST, CLOSEST))
    scale = np.broadcast_to(np.asarray(spread, dtype=np.float64), seen.shape)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights /= weights.sum()
    sides = [
        reliability(np.tanh(one.z + one.sd * nodes[:, np.newaxis]), one.n_wells) for one in (first, second)
    ]  # (NODES, n) each
    expected, p = np.zeros(seen.shape), np.zeros(seen.shape)
    for left, weight_left in zip(sides[0], weights.tolist(), strict=True):
        for right, weight_right in zip(sides[1], weights.tolist(), strict=True):
            cosine = np.minimum(np.sqrt(left * right), CLOSEST)
            expected += weight_left * weight_right * cosine
            p += weight_left * weight_right * _normal_below((seen - np.arctanh(cosine)) / scale)
    return expected, p


def tolerance(expected: ArrayLike, connectivity: ArrayLike, *, spread: ArrayLike) -> tuple[float, float]:
    """Learn by how much compounds that do the same fall short of one effect, from pairs that are alike.

    Related compounds share an effect and each has some of its own. That is no cliff.

    Parameters
    ----------
    expected, connectivity
        Of pairs alike in structure and in effect: under exactly one effect, and as observed; shape (n,).
    spread
        As in :func:`one_effect`; what it explains is not counted twice.

    Returns
    -------
    tuple of float
        Median shortfall in Fisher z, 0 or more, and the standard deviation around it beyond the spread.

    Examples
    --------
    >>> tolerance([0.8, 0.8, 0.8], [0.8, 0.8, 0.8], spread=0.1)
    (0.0, 0.0)
    """
    levels = [
        np.arctanh(np.clip(np.asarray(one, dtype=np.float64), -CLOSEST, CLOSEST)) for one in (expected, connectivity)
    ]
    short = levels[0] - levels[1]
    if not len(short):
        return 0.0, 0.0
    middle = float(np.median(short))
    rough = NORMAL_MAD * float(np.median(np.abs(short - middle)))
    beyond = rough**2 - float(np.mean(np.square(np.asarray(spread, dtype=np.float64))))
    return max(middle, 0.0), math.sqrt(max(beyond, 0.0))


def _normal_below(values: FloatArray) -> FloatArray:
    """Give the probability that a standard normal value is below these."""
    return 0.5 * np.array([math.erfc(value) for value in (-values / math.sqrt(2.0)).tolist()])


def sali(tanimoto: ArrayLike, connectivity: ArrayLike) -> FloatArray:
    """Give the structure-activity landscape index [1]_ with 1 - connectivity as difference in activity.

    References
    ----------
    .. [1] Guha & Van Drie, J. Chem. Inf. Model. 2008, 48, 646, doi:10.1021/ci7004093

    Examples
    --------
    >>> sali([0.9], [0.2]).round(2).tolist()
    [8.0]
    """
    apart = np.maximum(1.0 - np.asarray(tanimoto, dtype=np.float64), 0.01)  # equal fingerprints are no infinite cliff
    return np.asarray((1.0 - np.asarray(connectivity, dtype=np.float64)) / apart)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quadrants:
    """Pairs alike in structure, in effect, in both, in neither; and whether the two go together.

    ``odds_ratio`` is None where a cell it divides by is empty. ``p_fisher`` takes pairs as independent, which those
    that share a compound are not; ``p_shuffled`` is what remains when compounds change their signatures, None where
    that was not done.
    """

    n_pairs: int
    both: int
    structure_only: int
    effect_only: int
    neither: int
    expected_both: float
    odds_ratio: float | None
    p_fisher: float
    p_shuffled: float | None = None


def quadrants(*, n_pairs: int, n_structure: int, n_effect: int, n_both: int) -> Quadrants:
    """Count the four corners of the map of structure against effect and test whether both go together.

    Parameters
    ----------
    n_pairs
        All pairs.
    n_structure, n_effect, n_both
        Pairs alike in structure, in effect, and in both.

    Raises
    ------
    InputError
        The counts contradict one another.

    Examples
    --------
    >>> found = quadrants(n_pairs=100, n_structure=10, n_effect=20, n_both=8)
    >>> found.neither, found.expected_both, round(found.odds_ratio, 2), round(found.p_fisher, 7)
    (78, 2.0, 26.0, 2.38e-05)
    """
    cells = (n_both, n_structure - n_both, n_effect - n_both, n_pairs - n_structure - n_effect + n_both)
    if min(cells) < 0:
        raise InputError(
            f"{n_structure} and {n_effect} of {n_pairs} pairs, {n_both} both; expected counts that fit together"
        )
    below = cells[1] * cells[2]
    return Quadrants(
        n_pairs=n_pairs,
        both=cells[0],
        structure_only=cells[1],
        effect_only=cells[2],
        neither=cells[3],
        expected_both=n_structure * n_effect / n_pairs if n_pairs else 0.0,
        odds_ratio=cells[0] * cells[3] / below if below else None,
        p_fisher=hypergeometric_tail(n_both, n_all=n_pairs, n_marked=n_structure, n_drawn=n_effect),
    )


def hypergeometric_tail(n_found: int, *, n_all: int, n_marked: int, n_drawn: int) -> float:
    """Give the probability that a draw without replacement holds this many marked items or more.

    The one-sided test of Fisher for a 2 x 2 table.

    Parameters
    ----------
    n_found
        Marked items in the draw.
    n_all, n_marked, n_drawn
        Items, marked ones among them, items drawn.

    Raises
    ------
    InputError
        More are marked or drawn than there are, or a number is below 0.

    Examples
    --------
    >>> round(hypergeometric_tail(2, n_all=10, n_marked=3, n_drawn=4), 4)
    0.3333
    """
    if not (0 <= n_marked <= n_all and 0 <= n_drawn <= n_all and n_found >= 0):
        raise InputError(f"{n_marked} marked and {n_drawn} drawn of {n_all}; expected numbers from 0 to {n_all}")
    most = min(n_marked, n_drawn)
    start = max(n_found, n_marked + n_drawn - n_all)
    if n_found <= max(0, n_marked + n_drawn - n_all):
        return 1.0
    if start > most:
        return 0.0
    last = min(most, start + MANY_TERMS)
    x = np.arange(start, last, dtype=np.float64)
    steps = np.log((n_marked - x) * (n_drawn - x)) - np.log((x + 1) * (n_all - n_marked - n_drawn + x + 1))
    terms = np.concatenate([[0.0], np.cumsum(steps)])
    first = _log_choose(n_marked, start) + _log_choose(n_all - n_marked, n_drawn - start) - _log_choose(n_all, n_drawn)
    peak = float(terms.max())
    log_p = first + peak + math.log(float(np.exp(terms - peak).sum()))
    return min(math.exp(log_p), 1.0) if log_p < 0 else 1.0


def _log_choose(n: int, k: int) -> float:
    """Log of the number of ways to choose k of n."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def shuffled_p(
    structure_pairs: IntArray,
    count_alike: Callable[[IntArray], tuple[int, int]],
    *,
    n: int,
    n_shuffles: int,
    rng: np.random.Generator,
) -> float:
    """Give the probability that pairs alike in structure are alike in effect as often when effects change owners.

    Parameters
    ----------
    structure_pairs
        Rows of the pairs alike in structure, shape (n_pairs, 2).
    count_alike
        From pairs of rows, how many are alike in effect, and of how many that count (as those without a common plate).
    n
        Number of rows that change owners.
    n_shuffles
        How many times; p is never below 1 / (n_shuffles + 1).
    rng
        Where chance comes from.
    """
    alike, counted = count_alike(structure_pairs)
    share = alike / max(counted, 1)
    as_often = 0
    for _ in range(n_shuffles):
        moved, among = count_alike(rng.permutation(n)[structure_pairs])
        as_often += moved / max(among, 1) >= share
    return (1 + as_often) / (1 + n_shuffles)
