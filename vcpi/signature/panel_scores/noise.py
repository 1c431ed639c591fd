"""How much a sum over genes varies where nothing happens: the gene-gene correlation that noise has, panel by panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import fsum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

PRIOR_DF = 20.0  # weight of independent genes against what the profiles of noise say of one panel
MOST_PRIOR = 50.0  # and of the other kinds of noise against vehicle wells
MATRIX = 2

FloatArray = NDArray[np.float64]
Weighted = tuple[NDArray[np.int64], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class NullRows:
    """Profiles of noise, z of unit variance a gene.

    Attributes
    ----------
    vehicles
        Sets of vehicle wells as if they were compounds, shape (n_vehicles, n_genes).
    vehicle_df
        How many separate values there are in them: sets of one plate share their wells.
    others
        Differences of replicates, or other profiles without an effect, shape (n_others, n_genes); separate.
    robust
        The others hold signatures that may act: their variance is read from the middle of their values.
    """

    vehicles: NDArray[np.floating]
    others: NDArray[np.floating]
    vehicle_df: float = 0.0
    robust: bool = False

    @property
    def n_rows(self) -> int:
        """How many profiles there are."""
        return len(self.vehicles) + len(self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class SumNoise:
    """Variance of weighted sums of z under noise, and the degrees of freedom that it is known with.

    Attributes
    ----------
    variance
        Shape (n_sums,), above 0. Of independent genes of unit variance it is the sum of the squared weights.
    df
        Shape (n_sums,): Student's t with these is the law of a sum over its standard deviation.
    inflation
        Shape (n_sums,): variance over that of independent genes.
    offset
        Shape (n_sums,), or a number: the middle of the standardized sums where nothing happens, near 0.
    """

    variance: FloatArray
    df: FloatArray
    inflation: FloatArray = field(default_factory=lambda: np.zeros(0))
    offset: FloatArray | float = 0.0

    def standardized(self, sums: ArrayLike) -> FloatArray:
        """Give sums in units of their noise, less the offset: shape (n, n_sums) as they are."""
        return np.asarray(np.asarray(sums, dtype=np.float64) / np.sqrt(self.variance) - self.offset)

    def centered(self, quiet: ArrayLike) -> SumNoise:
        """Learn the offsets from sums of signatures that do little, shape (n_quiet, n_sums), by their medians.

        A baseline that is a trimmed mean lies a little below the mean of genes with few reads, whose values are skewed.
        An offset is shrunk towards 0 with the weight of 20 signatures.

        Examples
        --------
        >>> noise = SumNoise(variance=np.array([4.0]), df=np.array([9.0]))
        >>> noise.centered(np.full((80, 1), 1.0)).offset.round(2).tolist()
        [0.4]
        """
        rows = np.asarray(quiet, dtype=np.float64)
        if not len(rows):
            return self
        middle = np.median(rows / np.sqrt(self.variance), axis=0)
        return replace(self, offset=middle * len(rows) / (len(rows) + PRIOR_DF))


def no_rows(n_genes: int) -> NullRows:
    """Say that nothing is known of the noise: genes then count as independent, with few degrees of freedom."""
    empty = np.zeros((0, n_genes), dtype=np.float32)
    return NullRows(vehicles=empty, others=empty)


def sum_noise(sums: Sequence[Weighted], null: NullRows) -> SumNoise:
    r"""Estimate the variance of weighted sums of z where nothing happens, :math:`w^T R w`.

    :math:`R` is never made: the sums themselves are taken over the profiles of noise, which are too few for the
    correlation of thousands of genes and enough for the variance of one sum. The estimate goes through three steps,
    each a mean weighted by degrees of freedom. The first is independent genes at the mean square that all genes have
    (20 degrees of freedom), the second the profiles other than vehicle wells, which are many, the third sets of vehicle
    wells, against which the first two together have a weight of 50 at most. What vehicle wells owe to their plate and
    others do not is so seen where there are many plates.

    Parameters
    ----------
    sums
        Positions of the genes and their weights, for each sum.
    null
        Profiles of noise.

    Returns
    -------
    SumNoise
        One variance a sum.

    Raises
    ------
    InputError
        A sum has no gene, or its positions and weights differ in number.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(4000, 1)) * np.ones(5)  # five genes that are one
    >>> null = NullRows(vehicles=rows[:0], others=rows)
    >>> sum_noise([(np.arange(5), np.ones(5))], null).inflation.round(1).tolist()
    [5.0]
    """
    for positions, weights in sums:
        if not len(positions) or len(positions) != len(weights):
            raise InputError(
                f"A sum of {len(positions)} genes with {len(weights)} weights; expected one each, 1 or more"
            )
    alone = np.array([float(np.square(weights).sum()) for _, weights in sums])
    level = _level(null)
    variance, df = alone * level, np.full(len(sums), PRIOR_DF)
    if len(null.others):
        seen = np.array([_mean_square(_sums(null.others, one), robust=null.robust) for one in sums])
        n = len(null.others) / (2.0 if null.robust else 1.0)
        variance = (df * variance + n * seen) / (df + n)
        df = df + n
    if len(null.vehicles):
        seen = np.array([_mean_square(_sums(null.vehicles, one)) for one in sums])
        before, n = np.minimum(df, MOST_PRIOR), max(null.vehicle_df, 1.0)
        variance = (before * variance + n * seen) / (before + n)
        df = before + n
    return SumNoise(variance=variance, df=df, inflation=variance / np.where(alone > 0, alone, 1.0))


def sum_scores(z: ArrayLike, sums: Sequence[Weighted]) -> FloatArray:
    """Weighted sums of the genes of each signature, shape (n_signatures, n_sums).

    Examples
    --------
    >>> sum_scores([[1.0, 2.0, 4.0]], [(np.array([0, 2]), np.array([1.0, -1.0]))]).tolist()
    [[-3.0]]
    """
    rows = np.asarray(z)
    return np.stack([_sums(rows, one) for one in sums], axis=1) if sums else np.zeros((len(rows), 0))


def _sums(rows: NDArray[np.floating], one: Weighted) -> FloatArray:
    """One weighted sum of each row."""
    positions, weights = one
    return np.asarray(rows[:, positions].astype(np.float64) @ weights)


def _mean_square(values: FloatArray, *, robust: bool = False) -> float:
    """Mean square about 0, or what the middle half of the values says of it."""
    if robust:
        return float((1.4826 * np.median(np.abs(values))) ** 2)
    return float(np.square(values).mean())


def _level(null: NullRows) -> float:
    """Mean square over all genes of the noise, 1 where there is none."""
    parts = [rows for rows in (null.others, null.vehicles) if len(rows)]
    if not parts:
        return 1.0
    if null.robust:
        return _mean_square(parts[0].astype(np.float64).ravel()[:: max(parts[0].size // 200_000, 1)], robust=True)
    total = fsum(float(np.square(rows, dtype=np.float32).mean(axis=1, dtype=np.float64).sum()) for rows in parts)
    return total / sum(len(rows) for rows in parts)
