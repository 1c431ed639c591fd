"""Vehicle wells that are unlike the other vehicle wells of their plate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

LEAST_VEHICLES = 4  # with three, one cannot say which of them is the odd one
FAR_MADS = 6.0
FAR_TIMES = 1.5
LEAST_WELLS = 6
MATRIX = 2


def vehicle_distances(vehicles: ArrayLike, *, sigma2: ArrayLike) -> NDArray[np.float64]:
    r"""Mean squared distance of each vehicle well from the median of the others of its plate, in units of σ².

    Parameters
    ----------
    vehicles
        Profiles of the vehicle wells of one plate, shape (n_wells, n_genes).
    sigma2
        Variance of one well, shape (n_genes,).

    Returns
    -------
    ndarray
        Shape (n_wells,); NaN where there are fewer than four wells. The median is not moved by one bad well among the
        others.

    Raises
    ------
    InputError
        The shapes disagree.

    Examples
    --------
    >>> vehicle_distances([[0.0], [0.0], [0.0], [3.0]], sigma2=[1.0]).tolist()
    [0.0, 0.0, 0.0, 9.0]
    """
    rows, variance = np.asarray(vehicles, dtype=np.float64), np.asarray(sigma2, dtype=np.float64)
    if rows.ndim != MATRIX or variance.shape != (rows.shape[1],):
        raise InputError(f"Vehicle wells {rows.shape}, sigma2 {variance.shape}; expected (n, g) and (g,)")
    if len(rows) < LEAST_VEHICLES:
        return np.full(len(rows), np.nan)
    others = [np.median(np.delete(rows, well, axis=0), axis=0) for well in range(len(rows))]
    return np.asarray((((rows - np.array(others)) ** 2) / variance).mean(axis=1))


def far_wells(distances: Sequence[ArrayLike]) -> list[NDArray[np.bool_]]:
    """Say which vehicle wells are far beyond what is usual in the release.

    A well is far where the logarithm of its distance lies more than six (scaled) median deviations above the median of
    the release, and its distance is more than one and a half times the usual one. Of a plate less than half is far: more
    say what the plate is like.

    Parameters
    ----------
    distances
        Of :func:`vehicle_distances`, one array per plate.

    Returns
    -------
    list
        A mask per plate. Nothing is far where fewer than six wells have a distance.

    Examples
    --------
    >>> [mask.tolist() for mask in far_wells([[1.0, 1.1, 0.9, 1.0], [1.0, 0.9, 1.1, 5.0]])]
    [[False, False, False, False], [False, False, False, True]]
    """
    arrays = [np.asarray(one, dtype=np.float64) for one in distances]
    together = np.concatenate(arrays) if arrays else np.zeros(0)
    together = np.log(together[np.isfinite(together) & (together > 0)])
    if len(together) < LEAST_WELLS:
        return [np.zeros(len(one), dtype=bool) for one in arrays]
    usual = float(np.median(together))
    spread = 1.4826 * float(np.median(np.abs(together - usual)))
    limit = np.exp(usual + max(FAR_MADS * spread, np.log(FAR_TIMES)))
    masks = [np.isfinite(one) & (one > limit) for one in arrays]
    return [mask if 2 * mask.sum() < len(mask) else np.zeros_like(mask) for mask in masks]
