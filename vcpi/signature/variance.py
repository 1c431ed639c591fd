"""What one plate adds to the baselines, and the well-to-well noise of a dataset, pooled over its plates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.records import Role
from vcpi.signature.special import digamma, trigamma, trigamma_inverse

TRIM = 0.2
# Variance of a 20 % trimmed mean over that of the mean, for normal values; the tests simulate it.
TRIM_FACTOR = 1.14
PRIOR_DF = 4.0  # where genes are too few to tell
LEAST_GENES = 10
MIN_GENES_PER_BIN = 50
MAX_BINS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateSummary:
    """What is kept of a plate after the first pass over its profiles; every array has shape (n_genes,).

    ``center`` is the 20 % trimmed mean of the usable library wells and ``vehicle_mean`` the mean of the usable vehicle
    wells, each None where there are none. ``vehicle_ss`` and ``replicate_ss`` are sums of squares about the vehicle
    mean and about the mean of each treatment, with their degrees of freedom; ``n_treatments`` counts the treatments
    behind the center.
    """

    plate: str
    center: NDArray[np.float64] | None
    n_library: int
    n_treatments: int
    vehicle_mean: NDArray[np.float64] | None
    n_vehicle: int
    vehicle_ss: NDArray[np.float64]
    vehicle_df: int
    replicate_ss: NDArray[np.float64]
    replicate_df: int

    @property
    def n_genes(self) -> int:
        """How many genes the plate's profiles have."""
        return len(self.vehicle_ss)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Variance of one well in log2 units squared, shape (n_genes,), and the degrees of freedom of its estimate.

    ``df`` are those of the wells, ``prior_df`` those that genes of like expression add: infinite where genes differ by
    no more than chance.
    """

    sigma2: NDArray[np.float64]
    df: int
    prior_df: float = 0.0

    @property
    def total_df(self) -> float:
        """Degrees of freedom of t and p."""
        return self.df + self.prior_df


def trimmed_mean(values: ArrayLike, *, trim: float = TRIM) -> NDArray[np.float64]:
    """Mean over the rows without the share ``trim`` of the smallest and of the largest of each column.

    Parameters
    ----------
    values
        Shape (n_rows, n_columns), at least one row.
    trim
        Share cut from each end, in [0, 0.5); the number of rows to cut is rounded down.

    Returns
    -------
    ndarray
        Shape (n_columns,), float64.

    Examples
    --------
    >>> trimmed_mean([[1.0], [2.0], [3.0], [4.0], [100.0]]).tolist()
    [3.0]
    """
    rows = np.asarray(values, dtype=np.float64)
    cut = int(trim * len(rows))
    kept = np.sort(rows, axis=0)[cut : len(rows) - cut]
    return np.asarray(kept.mean(axis=0))


def summarize_plate(
    profiles: ArrayLike,
    *,
    plate: str,
    roles: Sequence[Role],
    groups: Sequence[object],
    usable: ArrayLike | None = None,
) -> PlateSummary:
    """Reduce one plate to what the baselines and the noise need.

    Parameters
    ----------
    profiles
        Profiles of all wells of the plate, shape (n_wells, n_genes), finite.
    plate
        Its name.
    roles
        ``library``, ``vehicle`` or ``positive_control`` for each well; positive controls add nothing.
    groups
        Treatment of each well, anything that can be a key; equal ones are replicates. Only read for library wells,
        where None says that a well has no replicate.
    usable
        Mask of the wells that may enter a baseline, shape (n_wells,). Default: all.

    Returns
    -------
    PlateSummary
        Trimmed center, vehicle mean and sums of squares.

    Raises
    ------
    InputError
        A profile isn't finite, or the lengths disagree.

    Examples
    --------
    >>> plate = summarize_plate([[1.0], [3.0], [9.0]], plate="p", roles=["vehicle"] * 2 + ["library"], groups=[0, 0, 1])
    >>> plate.vehicle_mean.tolist(), plate.vehicle_ss.tolist(), plate.center.tolist()
    ([2.0], [2.0], [9.0])
    """
    rows = np.asarray(profiles, dtype=np.float64)
    mask = np.ones(len(rows), dtype=bool) if usable is None else np.asarray(usable, dtype=bool)
    if not len(rows) == len(roles) == len(groups) == len(mask):
        raise InputError(
            f"Plate {plate} has {len(rows)} profiles, {len(roles)} roles, {len(groups)} groups and {len(mask)} marks "
            "of use; expected one per well"
        )
    if not np.isfinite(rows).all():
        raise InputError(f"Plate {plate} has a profile with NaN or infinity; leave out wells without reads")
    vehicles = [well for well in np.flatnonzero(mask).tolist() if roles[well] == "vehicle"]
    library = [well for well in np.flatnonzero(mask).tolist() if roles[well] == "library"]
    treatments: dict[object, list[int]] = {}
    for well in library:
        treatments.setdefault(("single", well) if groups[well] is None else ("group", groups[well]), []).append(well)
    replicates = [wells for wells in treatments.values() if len(wells) > 1]
    replicate_ss = np.zeros(rows.shape[1])
    for wells in replicates:
        replicate_ss += _sum_of_squares(rows[wells])
    return PlateSummary(
        plate=plate,
        center=trimmed_mean(rows[library]) if library else None,
        n_library=len(library),
        n_treatments=len(treatments),
        vehicle_mean=rows[vehicles].mean(axis=0) if vehicles else None,
        n_vehicle=len(vehicles),
        vehicle_ss=_sum_of_squares(rows[vehicles]) if vehicles else np.zeros(rows.shape[1]),
        vehicle_df=max(len(vehicles) - 1, 0),
        replicate_ss=replicate_ss,
        replicate_df=sum(len(wells) - 1 for wells in replicates),
    )


def pooled_variance(summaries: Iterable[PlateSummary]) -> Noise:
    r"""Pool the noise of single wells over the plates: vehicle wells about their mean and replicates about theirs.

    The pooled variance of each gene is moderated [1]_: :math:`(d_0 s_0^2(\mu) + d s^2) / (d_0 + d)`, with the prior
    :math:`s_0^2` a trend over the mean expression and the degrees of freedom :math:`d_0` such that the spread of
    :math:`\log s^2` about the trend is what both make of it. From fewer than ten genes neither can be told: then it is
    their median, with four degrees of freedom. Variances stay above the first percentile of the genes, so that no z is
    infinite.

    Parameters
    ----------
    summaries
        The plates of one dataset, over the same genes.

    Returns
    -------
    Noise
        Variance per gene and its degrees of freedom (those of the pool, the same for all genes).

    Raises
    ------
    InputError
        There is no plate, the plates differ in genes, no gene varies, or nothing was measured twice.

    References
    ----------
    .. [1] Smyth, Stat. Appl. Genet. Mol. Biol. 2004, 3, 3, doi:10.2202/1544-6115.1027, with the trend of limma, Ritchie
       et al., Nucleic Acids Research 2015, 43, e47, doi:10.1093/nar/gkv007

    Examples
    --------
    >>> wells = [[1.0, 5.0], [3.0, 5.0]]
    >>> plate = summarize_plate(wells, plate="p", roles=["vehicle"] * 2, groups=[None] * 2)
    >>> pooled_variance([plate]).df
    1
    """
    plates = same_genes(summaries)
    df = sum(plate.vehicle_df + plate.replicate_df for plate in plates)
    if df == 0:
        raise InputError(
            "No plate has two vehicle wells or two wells of one treatment, so well-to-well noise is unknown; "
            "add such wells or ask for the baseline 'contest'"
        )
    raw = np.sum([plate.vehicle_ss + plate.replicate_ss for plate in plates], axis=0) / df
    if not (raw > 0).any():
        raise InputError(f"None of {len(raw)} genes varies between like wells; expected counts of separate wells")
    prior_df, prior = _prior(raw, df, _mean_profile(plates))
    shrunk = prior if np.isinf(prior_df) else (prior_df * prior + df * raw) / (prior_df + df)
    floor = np.quantile(shrunk[shrunk > 0], 0.01)
    return Noise(sigma2=np.maximum(shrunk, floor), df=df, prior_df=prior_df)


def same_genes(summaries: Iterable[PlateSummary]) -> tuple[PlateSummary, ...]:
    """Check that there are plates and that they agree in genes."""
    plates = tuple(summaries)
    if not plates:
        raise InputError("No plate to make a baseline from; expected one or more")
    for plate in plates:
        if plate.n_genes != plates[0].n_genes:
            raise InputError(
                f"Plate {plate.plate} has {plate.n_genes} genes; plate {plates[0].plate} has {plates[0].n_genes}; "
                "expected the same genes on all plates of a dataset"
            )
    return plates


def _mean_profile(plates: Sequence[PlateSummary]) -> NDArray[np.float64]:
    """Mean expression of each gene, over the plates."""
    levels = [level for plate in plates if (level := _level(plate)) is not None]
    return np.asarray(np.mean(levels, axis=0))


def _level(plate: PlateSummary) -> NDArray[np.float64] | None:
    """Give the plate's vehicle mean, else its center."""
    return plate.vehicle_mean if plate.vehicle_mean is not None else plate.center


def _prior(variance: NDArray[np.float64], df: int, level: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Degrees of freedom and values of the prior, by the moments of the log variances."""
    varies = np.flatnonzero(variance > 0)
    if len(varies) < LEAST_GENES:
        return PRIOR_DF, np.full_like(variance, np.median(variance))
    log = np.log(variance[varies]) - digamma(df / 2.0) + math.log(df / 2.0)
    at, means, n_bins = _trend(log, level[varies])
    spread = float(((log - np.interp(level[varies], at, means)) ** 2).sum() / max(len(log) - n_bins, 1))
    beyond = spread - float(trigamma(df / 2.0))
    trend = np.interp(level, at, means)
    if beyond <= 0:
        return math.inf, np.exp(trend)
    prior_df = 2.0 * trigamma_inverse(beyond)
    return prior_df, np.exp(trend + float(digamma(prior_df / 2.0)) - math.log(prior_df / 2.0))


def _trend(values: NDArray[np.float64], level: NDArray[np.float64]) -> tuple[list[float], list[float], int]:
    """Mean of genes of like expression, in bins of equal size: where the bins are, their means, how many."""
    n_bins = min(MAX_BINS, max(len(level) // MIN_GENES_PER_BIN, 1))
    bins = np.array_split(np.argsort(level, kind="stable"), n_bins)
    return [float(np.median(level[genes])) for genes in bins], [float(values[genes].mean()) for genes in bins], n_bins


def _sum_of_squares(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances of the rows from their mean, summed."""
    return np.asarray(((rows - rows.mean(axis=0)) ** 2).sum(axis=0))
