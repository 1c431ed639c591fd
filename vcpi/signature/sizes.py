"""Library sizes that a few strongly changed genes do not move.

Where a compound multiplies some highly expressed genes, the total of a well grows and every other gene seems to fall.
Both ways here compare a well with the vehicle wells of its plate, gene by gene, and let the bulk of the genes decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

LibrarySize = Literal["total", "tmm", "ratio"]

RATIO_TRIM = 0.3
LEVEL_TRIM = 0.05
MATRIX = 2


def tmm_factor(counts: ArrayLike, reference: ArrayLike) -> float:
    r"""Factor on the total of a well by the trimmed mean of M values (TMM) [1]_.

    :math:`M_g = \log_2 (x_g / L) - \log_2 (r_g / R)` over genes with reads in both, without the 30 % of the smallest
    and of the largest M and the 5 % of the smallest and largest mean levels; weights are the inverse of the
    asymptotic variance :math:`(L - x) / (L x) + (R - r) / (R r)`.

    Parameters
    ----------
    counts, reference
        UMI counts of the well and of what it is compared with, shape (n_genes,).

    Returns
    -------
    float
        2 to the mean; 1 where no gene has reads in both.

    Raises
    ------
    InputError
        The shapes disagree, or either has no reads.

    References
    ----------
    .. [1] Robinson & Oshlack, Genome Biology 2010, 11, R25, doi:10.1186/gb-2010-11-3-r25; trimmed by ranks as edgeR does

    Examples
    --------
    >>> tmm_factor([10, 20, 30, 40], [10, 20, 30, 40])
    1.0
    """
    well, other = np.asarray(counts, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if well.ndim != 1 or well.shape != other.shape:
        raise InputError(f"Counts have shape {well.shape}, the reference {other.shape}; expected one per gene of each")
    size, other_size = float(well.sum()), float(other.sum())
    if not (size > 0 and other_size > 0):
        raise InputError("A well without reads has no size; leave it out")
    kept = (well > 0) & (other > 0)
    well, other = well[kept], other[kept]
    if not len(well):
        return 1.0
    ratio = np.log2(well / size) - np.log2(other / other_size)
    level = 0.5 * (np.log2(well / size) + np.log2(other / other_size))
    if np.abs(ratio).max() < 1e-6:  # noqa: PLR2004
        return 1.0
    inside = _inside(ratio, RATIO_TRIM) & _inside(level, LEVEL_TRIM)
    if not inside.any():
        return 1.0
    variance = (size - well) / size / well + (other_size - other) / other_size / other
    weights = 1.0 / variance[inside]
    return float(2.0 ** ((weights * ratio[inside]).sum() / weights.sum()))


def ratio_factor(counts: ArrayLike, vehicles: ArrayLike) -> float:
    r"""Factor on the total of a well by the median of its ratios to vehicle wells [1]_.

    The reference is the geometric mean of the vehicle wells over the genes with reads in all of them; the median of
    x / reference is the size, which is given as a factor on the total, 1 for a well that is as the reference in all.

    Parameters
    ----------
    counts
        UMI counts of the well, shape (n_genes,).
    vehicles
        Those of the vehicle wells of its plate, shape (n_vehicles, n_genes), at least one.

    Returns
    -------
    float
        1 where no gene has reads in all vehicle wells, or the median of the ratios is 0.

    Raises
    ------
    InputError
        The shapes disagree, or a well has no reads.

    References
    ----------
    .. [1] Anders & Huber, Genome Biology 2010, 11, R106, doi:10.1186/gb-2010-11-10-r106

    Examples
    --------
    >>> round(ratio_factor([20, 20, 20, 80], [[10, 10, 10, 10]]), 6)  # twice the reads in most genes, 3.5 times in all
    0.571429
    """
    return _factor(np.asarray(counts, dtype=np.float64), _reference(np.asarray(vehicles, dtype=np.float64)))


def effective_sizes(counts: ArrayLike, *, vehicle: ArrayLike, method: LibrarySize) -> NDArray[np.float64]:
    """Give the library sizes of the wells of a plate.

    Parameters
    ----------
    counts
        UMI counts of all wells of the plate, shape (n_wells, n_genes), each with reads.
    vehicle
        Mask of the vehicle wells that may serve as reference, shape (n_wells,).
    method
        ``total``: their sums; ``tmm``: times :func:`tmm_factor` against the sum of the vehicle wells; ``ratio``: times
        :func:`ratio_factor`. Without vehicle wells all wells together are the reference.

    Returns
    -------
    ndarray
        Shape (n_wells,). The factors of the vehicle wells have the geometric mean 1: the plates stay comparable.

    Raises
    ------
    InputError
        The shapes disagree, or a well has no reads.
    """
    rows, mask = np.asarray(counts), np.asarray(vehicle, dtype=bool)
    if rows.ndim != MATRIX or mask.shape != (len(rows),):
        raise InputError(f"Counts have shape {rows.shape}, marks of vehicle wells {mask.shape}; expected one per well")
    totals = rows.sum(axis=1, dtype=np.float64)
    if method == "total" or not len(rows):
        return np.asarray(totals)
    chosen = mask if mask.any() else np.ones(len(rows), dtype=bool)
    if method == "tmm":
        pooled = rows[chosen].sum(axis=0, dtype=np.float64)
        factors = np.array([tmm_factor(row, pooled) for row in rows])
    else:
        reference = _reference(rows[chosen].astype(np.float64))
        factors = np.array([_factor(row, reference) for row in rows.astype(np.float64)])
    return np.asarray(totals * factors / np.exp(np.log(factors[chosen]).mean()))


@dataclass(frozen=True, slots=True)
class _Reference:
    """Vehicle wells as wells are compared with: genes with reads in all, their geometric means, the mean depth."""

    kept: NDArray[np.bool_]
    middle: NDArray[np.float64]
    depth: float


def _reference(rows: NDArray[np.float64]) -> _Reference:
    """Reduce vehicle wells, shape (n_wells, n_genes), to what every well of the plate is compared with."""
    if rows.ndim != MATRIX or not len(rows):
        raise InputError(f"The vehicle wells have shape {rows.shape}; expected (n, g), at least one")
    if not (rows.sum(axis=1) > 0).all():
        raise InputError("A well without reads has no size; leave it out")
    kept = np.asarray((rows > 0).all(axis=0))
    depth = float(np.exp(np.log(rows.sum(axis=1)).mean()))
    return _Reference(kept, np.exp(np.log(rows[:, kept]).mean(axis=0)), depth)


def _factor(well: NDArray[np.float64], reference: _Reference) -> float:
    """Factor on the total of one well."""
    if well.shape != reference.kept.shape:
        raise InputError(
            f"Counts have shape {well.shape}; expected ({len(reference.kept)},), the genes of the vehicle wells"
        )
    if not well.sum() > 0:
        raise InputError("A well without reads has no size; leave it out")
    if not len(reference.middle):
        return 1.0
    factor = float(np.median(well[reference.kept] / reference.middle)) * reference.depth / float(well.sum())
    return factor if factor > 0 else 1.0


def _inside(values: NDArray[np.float64], trim: float) -> NDArray[np.bool_]:
    """Mark what is left when a share of the ranks is cut from each end; ties share their mean rank."""
    n = len(values)
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2.0)[where]
    cut = np.floor(n * trim)
    return np.asarray((ranks >= cut + 1) & (ranks <= n - cut))
