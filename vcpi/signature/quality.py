"""How the cells of a well did: RNA output, gene diversity and mitochondrial share against vehicle wells of its plate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

MIN_READS = 3
LEAST_SHARE = 1e-6  # of mitochondrial reads: the logit of none would be infinite
MAD_TO_SD = 1.4826
LEAST_WELLS = 4
LEAST_SETS = 20
MOST_COUNTED = 4_096  # reads of a gene beyond which it is seen at any depth that is asked for
GRID = 12
MATRIX = 2

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoffs:
    """Where the viability call changes.

    Attributes
    ----------
    non_toxic, mild, cytotoxic
        RNA output in percent of vehicle: from the first on non-toxic, from the second mildly stressed, from the third
        stressed, below it cytotoxic or low RNA.
    mt_z
        Size of the mitochondrial z from which a well is not like vehicle.
    cytotoxic_control
        90th percentile of the RNA output of staurosporine wells: wells that all lie below it are cytotoxic. None where
        there are no such wells, or where they keep their RNA.
    vehicle_low, vehicle_lowest
        5th and 1st percentile of the RNA output of sets of vehicle wells, where they are known.
    """

    non_toxic: float = 90.0
    mild: float = 70.0
    cytotoxic: float = 40.0
    mt_z: float = 2.0
    cytotoxic_control: float | None = None
    vehicle_low: float | None = None
    vehicle_lowest: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """Give the cut-offs by name."""
        return asdict(self)


DEFAULT = Cutoffs()


@dataclass(frozen=True, slots=True, kw_only=True)
class Viability:
    """A viability call with the rule that led to it.

    Attributes
    ----------
    call
        ``non-toxic``, ``mildly stressed``, ``stressed``, ``cytotoxic``, ``technical failure?`` or ``unknown``.
    reason
        The figures behind it.
    """

    call: str
    reason: str


def edge_factor(umi_ratio: ArrayLike, is_edge: ArrayLike, *, least: int = 20) -> float:
    """Give what wells at the edge of a plate have of the RNA of inner wells, from the middle of many library wells.

    Parameters
    ----------
    umi_ratio
        Depth of each library well over the usual depth of its plate, above 0, shape (n_wells,).
    is_edge
        Mask, shape (n_wells,).
    least
        Wells of either kind that it takes; with fewer the factor is 1.

    Examples
    --------
    >>> edge_factor([0.8, 1.0] * 30, [True, False] * 30)
    0.8
    """
    ratio, edge = np.asarray(umi_ratio, dtype=np.float64), np.asarray(is_edge, dtype=bool)
    if edge.sum() < least or (~edge).sum() < least:
        return 1.0
    return float(np.median(ratio[edge]) / np.median(ratio[~edge]))


def rna_output(umi: ArrayLike, vehicle_umi: ArrayLike) -> FloatArray:
    """RNA output of wells of one plate in percent: depth over the median depth of its vehicle wells; NaN without those.

    Examples
    --------
    >>> rna_output([50.0, 110.0], [90.0, 100.0, 120.0]).round(1).tolist()
    [50.0, 110.0]
    """
    wells, vehicles = np.asarray(umi, dtype=np.float64), np.asarray(vehicle_umi, dtype=np.float64)
    usual = float(np.median(vehicles)) if len(vehicles) else math.nan
    return 100.0 * wells / usual if usual > 0 else np.full(wells.shape, math.nan)


def geometric_mean(percents: ArrayLike) -> float:
    """Geometric mean of the wells of a treatment; NaN where one is not known.

    Examples
    --------
    >>> geometric_mean([50.0, 200.0])
    100.0
    """
    values = np.asarray(percents, dtype=np.float64)
    if not len(values) or not (values > 0).all():
        return math.nan
    return round(float(np.exp(np.log(values).mean())), 9)


def expected_genes(counts: ArrayLike, depths: ArrayLike, *, min_reads: int = MIN_READS) -> FloatArray:
    r"""Give how many genes would be seen at smaller depths: the mean over all ways to thin the reads of a well.

    A read is kept with the chance :math:`p = depth / L`; a gene is seen where three or more of its reads are, a binomial
    probability that is summed over the genes. At the full depth it is the number of genes seen.

    Parameters
    ----------
    counts
        UMI counts of one well, shape (n_genes,).
    depths
        Reads to come down to, above 0; larger ones than the well has change nothing.
    min_reads
        Reads from which a gene counts as seen.

    Returns
    -------
    ndarray
        Shaped as ``depths``.

    Examples
    --------
    >>> expected_genes([4, 2, 10], [16.0, 8.0]).round(3).tolist()  # 5/16 and 968/1024 at half the depth
    [2.0, 1.258]
    """
    reads = np.asarray(counts)
    size = float(reads.sum(dtype=np.float64))
    wanted = np.asarray(depths, dtype=np.float64)
    if size <= 0 or (wanted <= 0).any():
        raise InputError(f"A well of {size:g} reads at depths {wanted.tolist()[:3]}; expected both above 0")
    tally = np.bincount(np.minimum(reads[reads >= min_reads].astype(np.int64), MOST_COUNTED))
    x = np.flatnonzero(tally)
    n = x.astype(np.float64)
    found = np.empty(wanted.shape)
    for at, depth in np.ndenumerate(wanted):
        p = min(depth / size, 1.0)
        if p >= 1.0:
            found[at] = tally.sum()
            continue
        term = np.exp(n * math.log1p(-p))
        missed = term.copy()
        for k in range(1, min_reads):
            term = term * (n - k + 1) / k * (p / (1.0 - p))
            missed += term
        found[at] = float((tally[x] * (1.0 - missed)).sum())
    return found


def thinned_diversity(
    counts: ArrayLike, vehicle: ArrayLike, *, min_reads: int = MIN_READS
) -> tuple[FloatArray, FloatArray]:
    """Gene diversity of wells of one plate in percent of its vehicle wells, both thinned to one depth for each well.

    The depth is that of the well, or of the shallowest vehicle well where that is less: a well with few reads is
    compared with vehicle wells that have as few.

    Parameters
    ----------
    counts
        UMI counts, shape (n_wells, n_genes).
    vehicle
        Mask of the vehicle wells to compare with, shape (n_wells,).

    Returns
    -------
    percent : ndarray
        Shape (n_wells,).
    depth : ndarray
        Shape (n_wells,); both NaN for wells without reads, and where the plate has no vehicle well.

    Examples
    --------
    >>> percent, depth = thinned_diversity([[9, 9, 9], [3, 3, 3], [30, 3, 3]], [True, False, False])
    >>> depth.tolist(), percent.round(1).tolist()
    ([27.0, 9.0, 27.0], [100.0, 160.6, 61.5])
    """
    rows, mask = np.asarray(counts), np.asarray(vehicle, dtype=bool)
    sizes = rows.sum(axis=1, dtype=np.float64)
    percent, depth = np.full(len(rows), math.nan), np.full(len(rows), math.nan)
    vehicles = np.flatnonzero(mask & (sizes > 0))
    if not len(vehicles):
        return percent, depth
    known = sizes > 0
    depth[known] = np.minimum(sizes[known], sizes[vehicles].min())
    grid = np.exp(np.linspace(np.log(depth[known].min()), np.log(depth[known].max()), GRID))
    curve = np.median([expected_genes(rows[well], grid, min_reads=min_reads) for well in vehicles], axis=0)
    for well in np.flatnonzero(known).tolist():
        own = float(expected_genes(rows[well], depth[[well]], min_reads=min_reads)[0])
        usual = float(np.interp(np.log(depth[well]), np.log(grid), curve))
        percent[well] = 100.0 * own / usual if usual > 0 else math.nan
    return percent, depth


def mitochondrial_z(shares: ArrayLike, plates: Sequence[str], vehicle: ArrayLike) -> FloatArray:
    """Mitochondrial share of wells against the vehicle wells of their plate: logit less the plate's vehicle median.

    A vehicle well is held against the others of its plate. The unit is the spread of vehicle wells so seen, pooled over
    all plates (1.4826 times the median absolute deviation): a well that is as vehicle wells are has a standard z.

    Parameters
    ----------
    shares
        Share of mitochondrial reads, in [0, 1], shape (n_wells,).
    plates
        Plate of each.
    vehicle
        Mask of the vehicle wells, shape (n_wells,).

    Returns
    -------
    ndarray
        Shape (n_wells,); NaN where the plate has no vehicle well, where fewer than four say how they spread, and for
        all where no mitochondrial gene has a read (they are not told apart then).

    Examples
    --------
    >>> shares = 1 / (1 + np.exp(-np.array([-3.0, -3.1, -2.9, -3.0, -2.0])))
    >>> mitochondrial_z(shares, ["p"] * 5, [True] * 4 + [False]).round(2).tolist()
    [0.0, -1.35, 1.35, 0.0, 13.49]
    """
    given, mask = np.asarray(shares, dtype=np.float64), np.asarray(vehicle, dtype=bool)
    found = np.full(given.shape, math.nan)
    if mask.sum() < LEAST_WELLS or not (given > 0).any():
        return found
    held = np.clip(given, LEAST_SHARE, 1.0 - LEAST_SHARE)
    logit = np.log(held / (1.0 - held))
    names = np.asarray(plates, dtype=object)
    for plate in dict.fromkeys(plates):
        on_plate = names == plate
        own = np.flatnonzero(on_plate & mask & np.isfinite(logit))
        if len(own):
            found[on_plate] = logit[on_plate] - np.median(logit[own])
        for well in own.tolist():
            others = own[own != well]
            found[well] = logit[well] - np.median(logit[others]) if len(others) else math.nan
    spread = MAD_TO_SD * float(np.median(np.abs(found[mask & np.isfinite(found)])))
    return found / spread if spread > 0 else np.full(given.shape, math.nan)


def calibrated(cutoffs: Cutoffs = DEFAULT, *, vehicle_sets: ArrayLike = (), cytotoxic_wells: ArrayLike = ()) -> Cutoffs:
    """Fit the cut-offs to a release: a limit that vehicle wells themselves pass by chance is lowered.

    Parameters
    ----------
    cutoffs
        What holds elsewhere.
    vehicle_sets
        RNA output in percent of sets of as many vehicle wells as treatments have. From 20 on, ``non_toxic`` is no higher
        than their 5th percentile and ``mild`` no higher than their 1st; neither comes below ``cytotoxic``.
    cytotoxic_wells
        RNA output of staurosporine wells. From four on, and where their 90th percentile is below ``mild``, wells below
        it are cytotoxic.

    Examples
    --------
    >>> found = calibrated(vehicle_sets=np.linspace(75, 125, 101), cytotoxic_wells=[10, 20, 30, 50])
    >>> found.non_toxic, found.mild, found.cytotoxic_control
    (77.5, 70.0, 44.0)
    """
    sets = np.asarray(vehicle_sets, dtype=np.float64)
    toxic = np.asarray(cytotoxic_wells, dtype=np.float64)
    low, lowest = (float(np.quantile(sets, share)) if len(sets) >= LEAST_SETS else None for share in (0.05, 0.01))
    mild = cutoffs.mild if lowest is None else max(min(cutoffs.mild, lowest), cutoffs.cytotoxic)
    high = float(np.quantile(toxic, 0.9)) if len(toxic) >= LEAST_WELLS else None
    return Cutoffs(
        non_toxic=cutoffs.non_toxic if low is None else max(min(cutoffs.non_toxic, low), mild),
        mild=mild,
        cytotoxic=cutoffs.cytotoxic,
        mt_z=cutoffs.mt_z,
        cytotoxic_control=high if high is not None and high < mild else None,
        vehicle_low=low,
        vehicle_lowest=lowest,
    )


def viability(rna: Sequence[float], mt_z: Sequence[float], *, cutoffs: Cutoffs = DEFAULT) -> Viability:
    """Call the viability of a treatment from the RNA output and the mitochondrial z of its wells.

    In this order: *technical failure?* where some of several wells are below the cytotoxic limit and the others above
    the mild one; *cytotoxic* where the RNA output (geometric mean) is below the cytotoxic limit, or all of several wells
    are below the limit of the cytotoxic control; *stressed* below the mild limit; *mildly stressed* below the non-toxic
    one, or with a mean mitochondrial z of 2 or more away from vehicle, in either direction; else *non-toxic*. A
    mitochondrial z that is not known does not count. Low RNA may be a failed well as well as dying cells: with one well
    the two cannot be told apart.

    Parameters
    ----------
    rna
        RNA output of each well in percent of vehicle.
    mt_z
        Of :func:`mitochondrial_z`, of each well.
    cutoffs
        Limits.

    Returns
    -------
    Viability
        Call and reason.

    Examples
    --------
    >>> viability([85.0, 86.0], [-0.9, -0.8]).call, viability([104.0, 104.0], [-0.8, -0.8]).call
    ('mildly stressed', 'non-toxic')
    >>> viability([12.0, 98.0], [0.1, 0.2]).reason
    'RNA output 12 % in one well and 98 % in another'
    """
    wells = np.asarray(rna, dtype=np.float64)
    output = geometric_mean(wells) if len(wells) and np.isfinite(wells).all() else math.nan
    if math.isnan(output):
        return Viability(call="unknown", reason="no vehicle well on the plate to compare with")
    known = [float(value) for value in mt_z if math.isfinite(value)]
    mt = math.fsum(known) / len(known) if known else math.nan
    low = wells < cutoffs.cytotoxic
    if low.any() and not low.all() and (wells[~low] >= cutoffs.mild).all():
        told = f"RNA output {wells.min():.0f} % in one well and {wells.max():.0f} % in another"
        return Viability(call="technical failure?", reason=told)
    told = f"RNA output {output:.0f} % of vehicle"
    control = cutoffs.cytotoxic_control
    as_control = control is not None and len(wells) > 1 and bool((wells < control).all())
    for call, limit in (
        ("cytotoxic", cutoffs.cytotoxic),
        ("cytotoxic", control if as_control else None),
        ("stressed", cutoffs.mild),
        ("mildly stressed", cutoffs.non_toxic),
    ):
        if limit is not None and output < limit:
            like = ", as all staurosporine wells but one in ten" if limit == control else ""
            return Viability(call=call, reason=f"{told}, below {limit:.0f} %{like}")
    if math.isnan(mt):
        return Viability(call="non-toxic", reason=f"{told}, mitochondrial share not known")
    call = "mildly stressed" if abs(mt) >= cutoffs.mt_z else "non-toxic"
    return Viability(call=call, reason=f"{told}, mitochondrial z {mt:+.1f}")
