"""Whether the wells of a treatment agree more than wells of different treatments of that plate do."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.nullmodel import unit_rows
from vcpi.signature.tails import NullDistribution, fit_null

MOST_PAIRS = 20_000
TAS_FLOOR = 0.001
STRONG_Z = 2.0
NCS_FLOOR = 0.01
MATRIX = 2


def replicate_cosine(halves: ArrayLike) -> float:
    """Mean cosine between the single wells of one treatment.

    Parameters
    ----------
    halves
        Features (or z) of each well, shape (n_wells, d).

    Returns
    -------
    float
        In [-1, 1]; NaN with one well.

    Examples
    --------
    >>> replicate_cosine([[1.0, 0.0], [1.0, 1.0]])
    0.7071067811865475
    """
    rows = unit_rows(halves)
    if len(rows) < 2:  # noqa: PLR2004
        return math.nan
    scores = rows @ rows.T
    return float(scores[np.triu_indices(len(rows), 1)].mean())


def different_pairs(
    compounds: Sequence[object], plates: Sequence[object], *, rng: np.random.Generator, n_pairs: int = MOST_PAIRS
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw pairs of wells of one plate that hold different compounds.

    Parameters
    ----------
    compounds, plates
        Of each well.
    rng
        Where chance comes from.
    n_pairs
        Draws; those that hit one compound twice are dropped.

    Returns
    -------
    tuple
        Rows of the first and of the second wells; the plates count by their wells.
    """
    by_plate: dict[object, list[int]] = {}
    for row, plate in enumerate(plates):
        by_plate.setdefault(plate, []).append(row)
    size = np.array([len(by_plate[plate]) for plate in plates], dtype=np.int64)
    place = np.zeros(len(size), dtype=np.int64)
    order: list[int] = []
    for rows in by_plate.values():
        place[rows] = len(order)
        order.extend(rows)
    left = rng.integers(0, len(size), n_pairs) if len(size) else np.zeros(0, dtype=np.int64)
    right = np.array(order, dtype=np.int64)[place[left] + (rng.random(len(left)) * size[left]).astype(np.int64)]
    names = {name: number for number, name in enumerate(dict.fromkeys(compounds))}
    codes = np.array([names[name] for name in compounds], dtype=np.int64)
    kept = codes[left] != codes[right]
    return left[kept], right[kept]


def replicate_null(
    wells: ArrayLike, *, compounds: Sequence[object], plates: Sequence[object], rng: np.random.Generator
) -> NullDistribution:
    """Cosines of wells of different compounds on one plate: what agreement means without an effect.

    Parameters
    ----------
    wells
        Features of single wells of compounds that do little (and of vehicle wells), shape (n_wells, d).
    compounds, plates
        Of each well; a vehicle well is a compound of its own.
    rng
        Where chance comes from.

    Returns
    -------
    NullDistribution
        Of up to 20,000 pairs.

    Raises
    ------
    InputError
        No plate has wells of two compounds.
    """
    rows = unit_rows(wells)
    if rows.ndim != MATRIX or not len(rows) == len(compounds) == len(plates):
        raise InputError(f"Wells {rows.shape}, {len(compounds)} compounds, {len(plates)} plates; expected one each")
    left, right = different_pairs(compounds, plates, rng=rng)
    if not len(left):
        raise InputError("No plate has wells of two different compounds; replicate agreement can't be judged")
    scores = np.concatenate(
        [
            np.einsum("ij,ij->i", rows[left[start : start + 2048]], rows[right[start : start + 2048]])
            for start in range(0, len(left), 2048)
        ]
    )
    return fit_null(scores)


def replicate_p(agreement: ArrayLike, null: NullDistribution, *, n_wells: ArrayLike | int = 2) -> NDArray[np.float64]:
    """Give the probability that wells without an effect agree as well.

    Parameters
    ----------
    agreement
        :func:`replicate_cosine` of each treatment; NaN (one well) gives NaN.
    null
        Of :func:`replicate_null`.
    n_wells
        Wells of each treatment: the mean over its pairs of wells varies less by the root of their number.

    Returns
    -------
    ndarray
        As shaped, in (0, 1].
    """
    values = np.asarray(agreement, dtype=np.float64)
    n = np.maximum(np.asarray(n_wells, dtype=np.float64), 2.0)
    middle = float(null.grid[len(null.grid) // 2])
    return null.p_value(middle + (values - middle) * np.sqrt(n * (n - 1.0) / 2.0))


def replicate_correlation(wells: ArrayLike) -> float:
    """75th percentile of the Spearman correlations between replicates, negative ones taken as 0 (CC_q75).

    Parameters
    ----------
    wells
        z of each replicate, shape (n_wells, n_genes).

    Returns
    -------
    float
        In [0, 1]; NaN with one replicate.

    Examples
    --------
    >>> replicate_correlation([[1, 2, 3, 4], [1, 2, 4, 3]])
    0.8
    """
    rows = np.asarray(wells, dtype=np.float64)
    if len(rows) < 2:  # noqa: PLR2004
        return math.nan
    ranks = np.array([_ranks(row) for row in rows])
    with np.errstate(invalid="ignore", divide="ignore"):  # wells that are the same in all genes
        made = np.corrcoef(ranks)
    correlations = made[np.triu_indices(len(rows), 1)]
    return round(float(np.quantile(np.maximum(np.nan_to_num(correlations), 0.0), 0.75)), 12)


def strong_genes(z: ArrayLike, *, n_replicates: int) -> int:
    """Count the genes with abs(z sqrt(n)) of 2 or more, z being the mean over replicates (SS_ngene) [1]_.

    The Stouffer z of this project already holds the root of n: hand it in with ``n_replicates=1``.

    References
    ----------
    .. [1] Subramanian et al., Cell 2017, 171, 1437, doi:10.1016/j.cell.2017.10.049

    Examples
    --------
    >>> strong_genes([1.0, -1.5, 0.2], n_replicates=2)
    1
    """
    return int((np.abs(np.asarray(z, dtype=np.float64)) * math.sqrt(n_replicates) >= STRONG_Z).sum())


def transcriptional_activity(n_strong: int, correlation: float, *, n_genes: int) -> float:
    """Transcriptional activity score, the root of (strong genes x replicate correlation / genes) [1]_.

    Parameters
    ----------
    n_strong
        Of :func:`strong_genes`.
    correlation
        Of :func:`replicate_correlation`.
    n_genes
        Genes of the signature; 978 for L1000 landmarks.

    Returns
    -------
    float
        In [0, 1]; both factors are at least 0.001. NaN where the correlation is.

    References
    ----------
    .. [1] Subramanian et al., Cell 2017, 171, 1437, doi:10.1016/j.cell.2017.10.049

    Examples
    --------
    >>> round(transcriptional_activity(489, 0.5, n_genes=978), 3)
    0.5
    """
    if math.isnan(correlation):
        return math.nan
    return math.sqrt(max(n_strong, TAS_FLOOR) * max(correlation, TAS_FLOOR) / n_genes)


def normalized_scores(scores: ArrayLike, *, groups: Sequence[object] | None = None) -> NDArray[np.float64]:
    """Divide scores by the size of the mean score of their sign (NCS).

    Parameters
    ----------
    scores
        Of one query, shape (n,).
    groups
        Cell line and kind of each reference; each is normalized on its own. Default: one group.

    Returns
    -------
    ndarray
        Shape (n,), signs kept. Scores of 0 aren't in the mean (they say nothing of its sign), and the mean counts as
        0.01 where it is smaller.

    Examples
    --------
    >>> normalized_scores([0.2, 0.4, -0.1, 0.0]).round(3).tolist()
    [0.667, 1.333, -1.0, 0.0]
    """
    values = np.asarray(scores, dtype=np.float64)
    names = [None] * len(values) if groups is None else list(groups)
    result = np.zeros_like(values)
    for name in dict.fromkeys(names):
        mine = np.array([other == name for other in names])
        for sign in (1.0, -1.0):
            chosen = mine & (np.sign(values) == sign)
            if chosen.any():
                result[chosen] = values[chosen] / max(float(np.abs(values[chosen]).mean()), NCS_FLOOR)
    return result


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, ties sharing their mean rank."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[where])
