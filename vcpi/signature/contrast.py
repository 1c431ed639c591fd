"""Treated wells against their baseline → the signature of a treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.baseline import Baseline

MODZ_FLOOR = 0.01
LEAST_FACTOR = 1e-3  # a shared factor below 0 never makes a mean certain
MODZ_FROM = 3  # with two replicates the weights are equal whatever the correlation

Factor = float | NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentEffect:
    """What a treatment does: log2 fold change and z, each of shape (n_genes,), from ``n`` wells with these weights.

    ``factor`` is the variance of the fold change in units of σ², a mean over the genes.
    """

    lfc: NDArray[np.float64]
    z: NDArray[np.float64]
    n: int
    weights: tuple[float, ...]
    factor: float


def contrast(profiles: ArrayLike, baseline: Baseline) -> NDArray[np.float64]:
    """Subtract a plate's baseline from the profiles of its wells.

    Parameters
    ----------
    profiles
        Shape (n_wells, n_genes), wells of the plate of ``baseline``.
    baseline
        What to compare with.

    Returns
    -------
    ndarray
        Shape (n_wells, n_genes), log2 fold change of each well.

    Raises
    ------
    InputError
        The profiles have other genes than the baseline.
    """
    rows = np.asarray(profiles, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(baseline.values):  # noqa: PLR2004
        raise InputError(f"Profiles have shape {rows.shape}; expected (n_wells, {len(baseline.values)})")
    return rows - baseline.values


def modz_weights(deltas: ArrayLike, *, floor: float = MODZ_FLOOR) -> NDArray[np.float64]:
    """Weigh replicates by how well each agrees with the others (MODZ) [1]_.

    Parameters
    ----------
    deltas
        One row per replicate, shape (n_wells, n_genes).
    floor
        Smallest weight before the weights are made to sum to 1.

    Returns
    -------
    ndarray
        Shape (n_wells,), sum 1: the mean Spearman correlation to the other replicates, negative ones taken as 0. With
        one or two replicates the weights are equal.

    References
    ----------
    .. [1] Subramanian et al., Cell 2017, 171, 1437, doi:10.1016/j.cell.2017.10.049

    Examples
    --------
    >>> modz_weights([[1, 2, 3, 4], [1, 2, 4, 3], [4, 3, 2, 1]]).round(2).tolist()
    [0.49, 0.49, 0.01]
    """
    rows = np.asarray(deltas, dtype=np.float64)
    n = len(rows)
    if n < MODZ_FROM:
        return np.full(n, 1.0 / n)
    ranks = np.array([_ranks(row) for row in rows])
    centered = ranks - ranks.mean(axis=1, keepdims=True)
    norms = np.sqrt((centered**2).sum(axis=1))
    unit = centered / np.where(norms > 0, norms, 1.0)[:, np.newaxis]
    agreement = np.clip(unit @ unit.T, 0.0, 1.0)
    np.fill_diagonal(agreement, 0.0)
    raw = np.maximum(agreement.sum(axis=1) / (n - 1), floor)
    return np.asarray(raw / raw.sum())


def combine(
    deltas: ArrayLike,
    *,
    sigma2: ArrayLike,
    shared: Factor | Mapping[str, Factor],
    plates: Sequence[str] | None = None,
    weighted: bool = True,
) -> TreatmentEffect:
    r"""Combine the wells of one treatment into its signature.

    On each plate the fold change is the mean of the wells, from three wells on weighted by :func:`modz_weights` of
    their z; its variance is :math:`\sigma^2 f_p`, :math:`f_p = \sum_i w_i^2 + v_p`, which for equal weights is
    :math:`1/n + v`. Plates are combined with the weights :math:`1/f_p`, gene by gene: :math:`z = lfc / \sqrt{\sigma^2
    / \sum_p f_p^{-1}}`, whose null variance is 1 whatever the number of wells and plates.

    Parameters
    ----------
    deltas
        One row per well, shape (n_wells, n_genes), at least one.
    sigma2
        Variance of one well, shape (n_genes,).
    shared
        v, the covariance that wells of a plate get from their baseline, in units of σ² (``Baseline.shared_factor`` for
        library wells, ``Baseline.variance_factor`` for others); a mapping from plate where there are several.
    plates
        Plate of each well. Default: all on one.
    weighted
        False for a plain mean of all wells, whatever their number and plates, as ``contest`` wants it.

    Returns
    -------
    TreatmentEffect
        Fold change, z, wells and weights. Without a baseline (``contest``) the fold change is the expression.

    Raises
    ------
    InputError
        Shapes disagree, there is no well, or a plate has no factor.

    Examples
    --------
    >>> effect = combine([[2.0], [4.0]], sigma2=[1.0], shared=0.125)
    >>> effect.lfc.tolist(), effect.z.round(3).tolist(), effect.n
    ([3.0], [3.795], 2)
    """
    rows = np.asarray(deltas, dtype=np.float64)
    variance = np.asarray(sigma2, dtype=np.float64)
    if rows.ndim != 2 or not len(rows) or variance.shape != (rows.shape[1],):  # noqa: PLR2004
        raise InputError(f"Wells have shape {rows.shape} and sigma2 {variance.shape}; expected (n, g) and (g,)")
    where = ("",) * len(rows) if plates is None else tuple(plates)
    if len(where) != len(rows):
        raise InputError(f"{len(rows)} wells with {len(where)} plates; expected one plate per well")
    groups = {plate: [at for at, other in enumerate(where) if other == plate] for plate in dict.fromkeys(where)}
    if not weighted:
        own_parts = [(len(at) / len(rows)) ** 2 * plate_factor(shared, p) for p, at in groups.items()]
        factor = 1.0 / len(rows) + reduce(add, own_parts)  # sum() adds floats otherwise from Python 3.12 on
        lfc = rows.mean(axis=0)
        return _effect(lfc, variance, factor, [1.0 / len(rows)] * len(rows))
    weights = np.empty(len(rows))
    means, factors = [], []
    for plate, at in groups.items():
        own = np.full(len(at), 1.0 / len(at)) if len(at) < MODZ_FROM else modz_weights(rows[at] / np.sqrt(variance))
        weights[at] = own
        means.append(rows[at].mean(axis=0) if len(at) < MODZ_FROM else own @ rows[at])
        factors.append(np.maximum((own**2).sum() + plate_factor(shared, plate), LEAST_FACTOR))
    if len(groups) == 1:
        return _effect(means[0], variance, factors[0], weights.tolist())
    precisions = [1.0 / factor for factor in factors]
    total = reduce(add, precisions)
    lfc = sum(precision * mean for precision, mean in zip(precisions, means, strict=True)) / total
    for precision, at in zip(precisions, groups.values(), strict=True):
        weights[at] *= float(np.mean(precision / total))
    return _effect(np.asarray(lfc), variance, 1.0 / total, weights.tolist())


def _effect(
    lfc: NDArray[np.float64], variance: NDArray[np.float64], factor: Factor, weights: Sequence[float]
) -> TreatmentEffect:
    """Make the effect of a fold change whose variance is known."""
    z = lfc / np.sqrt(variance * factor)
    return TreatmentEffect(lfc=lfc, z=z, n=len(weights), weights=tuple(weights), factor=float(np.mean(factor)))


def plate_factor(shared: Factor | Mapping[str, Factor], plate: str) -> Factor:
    """Find the shared factor of a plate, where there is one for each or one for all."""
    if not isinstance(shared, Mapping):
        return shared
    if plate not in shared:
        raise InputError(f"No baseline factor for plate {plate!r}; expected one for each plate of the wells")
    return shared[plate]


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, ties sharing their mean rank."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[where])
