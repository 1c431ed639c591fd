"""How much a treatment does, beyond what noise alone would show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.baseline import Baseline, BaselineModel
from vcpi.signature.contrast import Factor, contrast, plate_factor

MAX_SETS = 128


def squared_strength(
    deltas: ArrayLike,
    *,
    sigma2: ArrayLike,
    shared: Factor | Mapping[str, Factor],
    plates: Sequence[str] | None = None,
) -> float:
    r"""Mean squared fold change per gene, without the part that noise adds; may be negative.

    With two wells or more it is the mean over pairs of wells of :math:`(\sum_g w_g l_{g1} l_{g2} - \sum_g w_g
    \mathrm{cov}_g) / \sum_g w_g`, :math:`w_g = 1/\sigma_g^2`: the noise of separate wells cancels in the product, and
    what they share through their baseline is taken off. With one well it is the same of :math:`l^2 - SE^2`.

    Parameters
    ----------
    deltas
        One row per well, shape (n_wells, n_genes), at least one.
    sigma2
        Variance of one well, shape (n_genes,).
    shared
        Covariance of two wells of a plate through their baseline in units of σ², as in
        :func:`~vcpi.signature.contrast.combine`. Wells of different plates share nothing.
    plates
        Plate of each well. Default: all on one.

    Returns
    -------
    float
        In log2 units squared; its mean is 0 where the treatment does nothing.

    Raises
    ------
    InputError
        Shapes disagree or there is no well.
    """
    rows = np.asarray(deltas, dtype=np.float64)
    variance = np.asarray(sigma2, dtype=np.float64)
    if rows.ndim != 2 or not len(rows) or variance.shape != (rows.shape[1],):  # noqa: PLR2004
        raise InputError(f"Wells have shape {rows.shape} and sigma2 {variance.shape}; expected (n, g) and (g,)")
    where = ("",) * len(rows) if plates is None else tuple(plates)
    weights = 1.0 / variance
    total = float(weights.sum())
    n_genes = len(variance)
    if len(rows) == 1:
        factor = 1.0 + np.mean(plate_factor(shared, where[0]))
        return (float((weights * rows[0] ** 2).sum()) - n_genes * float(factor)) / total
    n = len(rows)
    # the sum over pairs of wells is half of what the squared sum has beyond the sum of squares
    products = float((weights * (rows.sum(axis=0) ** 2 - (rows**2).sum(axis=0))).sum()) / 2.0
    common = 0.0
    for plate in dict.fromkeys(where):
        on_plate = where.count(plate)
        # w_g cov_g is the factor itself, since cov_g is given in units of the variance
        common += on_plate * (on_plate - 1) / 2.0 * float(np.mean(plate_factor(shared, plate)))
    return (products - n_genes * common) / total / (n * (n - 1) / 2.0)


def strength(
    deltas: ArrayLike,
    *,
    sigma2: ArrayLike,
    shared: Factor | Mapping[str, Factor],
    plates: Sequence[str] | None = None,
) -> float:
    """Root mean squared fold change per gene beyond noise: the root of :func:`squared_strength`, 0 where that is below.

    Parameters
    ----------
    deltas, sigma2, shared, plates
        As in :func:`squared_strength`.

    Returns
    -------
    float
        0 or more, in log2 units.

    Raises
    ------
    InputError
        As in :func:`squared_strength`.

    Examples
    --------
    >>> strength([[2.0, -2.0], [2.0, -2.0]], sigma2=[1.0, 1.0], shared=0.0)
    2.0
    """
    return math.sqrt(max(squared_strength(deltas, sigma2=sigma2, shared=shared, plates=plates), 0.0))


def vehicle_sets(
    vehicles: ArrayLike, *, plate: str, model: BaselineModel, n_wells: int = 2, max_sets: int = MAX_SETS
) -> Iterator[tuple[tuple[int, ...], NDArray[np.float64], Baseline]]:
    """Treat sets of vehicle wells of a plate as if they were a compound, against a baseline made without them.

    Parameters
    ----------
    vehicles
        Profiles of the plate's usable vehicle wells, those that its summary was made of, shape (n_vehicles, n_genes).
    plate
        The plate.
    model
        The fitted baselines of the dataset.
    n_wells
        Wells per set: as many as the treatments have that are compared with it.
    max_sets
        With more sets than this, that many are taken at equal distances.

    Yields
    ------
    tuple
        Which wells, their fold changes of shape (n_wells, n_genes), and their baseline. Nothing where the plate has
        too few vehicle wells to leave ``n_wells`` of them out.
    """
    rows = np.asarray(vehicles, dtype=np.float64)
    needed = 0 if model.method in ("plate_center", "contest") else 1
    if len(rows) < n_wells + needed:
        return
    sets = list(combinations(range(len(rows)), n_wells))
    if len(sets) > max_sets:
        sets = [sets[at] for at in np.linspace(0, len(sets) - 1, max_sets).round().astype(int).tolist()]
    for wells in sets:
        chosen = rows[list(wells)]
        baseline = model.of(plate, left_out=chosen)
        yield wells, contrast(chosen, baseline), baseline


def vehicle_null_strengths(
    vehicles: ArrayLike,
    *,
    plate: str,
    model: BaselineModel,
    sigma2: ArrayLike,
    n_wells: int = 2,
    max_sets: int = MAX_SETS,
) -> NDArray[np.float64]:
    """Strength of sets of vehicle wells of a plate: what a compound that does nothing shows.

    Parameters
    ----------
    vehicles, plate, model, n_wells, max_sets
        As in :func:`vehicle_sets`.
    sigma2
        Variance of one well, shape (n_genes,).

    Returns
    -------
    ndarray
        One strength per set; sets share wells, so there is less in them than their number says. Empty where the plate
        has too few vehicle wells.
    """
    return np.array(
        [
            strength(deltas, sigma2=sigma2, shared=baseline.variance_factor)
            for _, deltas, baseline in vehicle_sets(
                vehicles, plate=plate, model=model, n_wells=n_wells, max_sets=max_sets
            )
        ],
        dtype=np.float64,
    )


def activity_threshold(null: ArrayLike, *, level: float = 0.95) -> float:
    """Strength above which a treatment counts as active: the quantile ``level`` of the null, rounded up to a value in it.

    Parameters
    ----------
    null
        Strengths of vehicle wells, at least one.
    level
        In (0, 1).

    Returns
    -------
    float
        A treatment is active where its strength is *above* it.

    Raises
    ------
    InputError
        The null is empty, or the level is out of range.

    Examples
    --------
    >>> activity_threshold([0.0, 0.1, 0.2, 0.3], level=0.5)
    0.2
    """
    values = np.asarray(null, dtype=np.float64)
    if not values.size:
        raise InputError("No vehicle strength to set a threshold from; expected plates with 3 or more vehicle wells")
    if not 0.0 < level < 1.0:
        raise InputError(f"level is {level}; expected a number between 0 and 1")
    return float(np.quantile(values, level, method="higher"))


def n_strong_genes(lfc: ArrayLike, *, cutoff: float = 1.0) -> int:
    """Count the genes that change by ``cutoff`` log2 units or more, up or down.

    Examples
    --------
    >>> n_strong_genes([-1.5, 0.2, 1.0])
    2
    """
    return int((np.abs(np.asarray(lfc, dtype=np.float64)) >= cutoff).sum())


def rms(values: ArrayLike) -> NDArray[np.float64]:
    """Root mean square over the genes: the strength of signatures whose replicates aren't known.

    Parameters
    ----------
    values
        Shape (n_genes,) or (n_signatures, n_genes).

    Returns
    -------
    ndarray
        Shape () or (n_signatures,), in the unit of ``values``; noise counts in it.

    Examples
    --------
    >>> rms([[3.0, 4.0], [0.0, 0.0]]).round(3).tolist()
    [3.536, 0.0]
    """
    rows = np.asarray(values)
    return np.asarray(np.sqrt(np.mean(np.square(rows, dtype=np.float64), axis=-1)))
