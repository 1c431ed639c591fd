"""How rare a value is among values that chance made: the quantiles of a sample, and beyond them a Pareto tail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

TAIL_SHARE = 0.02
MIN_EXCESS = 25  # fewer values beyond the threshold, and their shape can't be seen
GRID = 1001
SMALLEST_P = 1e-12
MANY = 500  # values from which sorting them pays


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoTail:
    """Generalized Pareto distribution of the excess over a threshold: ``shape`` above 0 is heavy, below 0 has an end."""

    threshold: float
    shape: float
    scale: float

    def survival(self, excess: ArrayLike) -> NDArray[np.float64]:
        """Give the probability of an excess larger than this, shape as given; 1 for an excess of 0 or less.

        Examples
        --------
        >>> ParetoTail(threshold=2.0, shape=0.0, scale=1.0).survival([0.0, 1.0]).round(3).tolist()
        [1.0, 0.368]
        """
        over = np.maximum(np.asarray(excess, dtype=np.float64), 0.0) / self.scale
        if abs(self.shape) < 1e-9:  # noqa: PLR2004
            return np.asarray(np.exp(-over))
        inside = np.maximum(1.0 + self.shape * over, 0.0)
        with np.errstate(divide="ignore"):
            return np.asarray(np.exp(-np.log(inside) / self.shape))


@dataclass(frozen=True, slots=True, kw_only=True)
class NullDistribution:
    """A sample of null values, kept as ``grid``, its quantiles at equal steps from 0 to 1, and its upper Pareto tail.

    ``tail`` is that of the squared distance from the median: squares of normal values have the exponential tail that a
    Pareto fit meets early, values themselves seem to end (a negative shape) and would make p too small. It is None
    where the sample was too small for one; ``n`` is its size.
    """

    grid: NDArray[np.float64]
    tail: ParetoTail | None
    tail_share: float
    n: int

    def p_value(self, values: ArrayLike) -> NDArray[np.float64]:
        """Give the probability under the null of a value as large or larger.

        Parameters
        ----------
        values
            Any shape; NaN gives NaN.

        Returns
        -------
        ndarray
            As shaped, in (0, 1]. Never below 1 / (n + 1) where there is no tail, nor below 1e-12.
        """
        given = np.asarray(values, dtype=np.float64)
        steps = _steps(len(self.grid))
        p = np.asarray(_interpolated(given, self.grid, steps))
        if self.tail is not None:
            squared = _squared(given, float(self.grid[len(self.grid) // 2]))
            far = squared > self.tail.threshold
            if far.any():
                p[far] = self.tail_share * self.tail.survival(squared[far] - self.tail.threshold)
            lowest = SMALLEST_P
        else:
            lowest = 1.0 / (self.n + 1)
        return np.asarray(np.clip(p, lowest, 1.0))

    def least(self, level: float) -> float:
        """Give a value below which no p is less than a level: where only small p matter, the rest is left alone.

        Examples
        --------
        >>> null = fit_null(np.linspace(0, 1, 101))
        >>> bool((null.p_value([null.least(0.1) - 1e-9]) >= 0.1).all())
        True
        """
        steps = _steps(len(self.grid))
        found = float(self.grid[np.flatnonzero(steps >= level)[-1]])
        if self.tail is not None:
            center = float(self.grid[len(self.grid) // 2])
            found = min(found, center + float(np.sign(self.tail.threshold) * np.sqrt(abs(self.tail.threshold))))
        return found

    def to_json(self) -> dict[str, Any]:
        """Give the distribution as plain JSON."""
        tail = None if self.tail is None else [self.tail.threshold, self.tail.shape, self.tail.scale]
        return {"grid": self.grid.tolist(), "tail": tail, "tail_share": self.tail_share, "n": self.n}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> NullDistribution:
        """Rebuild what :meth:`to_json` gave."""
        tail = stored["tail"]
        return cls(
            grid=np.array(stored["grid"], dtype=np.float64),
            tail=None if tail is None else ParetoTail(threshold=tail[0], shape=tail[1], scale=tail[2]),
            tail_share=float(stored["tail_share"]),
            n=int(stored["n"]),
        )


def fit_pareto(excess: ArrayLike, *, threshold: float = 0.0) -> ParetoTail:
    r"""Fit a generalized Pareto distribution by probability-weighted moments [1]_.

    With :math:`b_0` the mean and :math:`b_1` the mean of :math:`(1 - F(x)) x`: shape :math:`2 - b_0 / (b_0 - 2 b_1)`,
    scale :math:`2 b_0 b_1 / (b_0 - 2 b_1)`. Good for shapes below 1/2, which cosines have.

    Parameters
    ----------
    excess
        Values beyond the threshold, less the threshold; 0 or more, at least two different ones.
    threshold
        Kept in the answer.

    Returns
    -------
    ParetoTail
        Shape, scale, threshold.

    Raises
    ------
    InputError
        A value is negative or not finite, or all are equal.

    References
    ----------
    .. [1] Hosking & Wallis, Technometrics 1987, 29, 339, doi:10.1080/00401706.1987.10488243
    """
    values = np.sort(np.asarray(excess, dtype=np.float64))
    if not np.isfinite(values).all() or not len(values) or values[0] < 0 or values[0] == values[-1]:
        raise InputError(f"{len(values)} excesses can't be fitted; expected two or more different numbers, 0 or above")
    n = len(values)
    above = 1.0 - (np.arange(1, n + 1) - 0.35) / n  # plotting positions of Hosking & Wallis
    first = float(values.mean())
    second = float((above * values).mean())
    return ParetoTail(
        threshold=threshold,
        shape=2.0 - first / (first - 2.0 * second),
        scale=2.0 * first * second / (first - 2.0 * second),
    )


def fit_null(values: ArrayLike, *, tail_share: float = TAIL_SHARE) -> NullDistribution:
    """Turn a sample of null values into a distribution that also speaks of rarer values than it holds.

    Parameters
    ----------
    values
        Any shape; NaN are left out.
    tail_share
        Share of the sample that the Pareto tail is fitted to.

    Returns
    -------
    NullDistribution
        Without a tail where fewer than 25 values are in it: then p is never below 1 / (n + 1).

    Raises
    ------
    InputError
        There is no value, or one is infinite.

    Examples
    --------
    >>> null = fit_null(np.linspace(0, 1, 101))
    >>> null.p_value([0.5]).round(2).tolist(), null.tail is None
    ([0.5], True)
    """
    sample = np.asarray(values, dtype=np.float64).ravel()
    sample = sample[~np.isnan(sample)]
    if not len(sample) or not np.isfinite(sample).all():
        raise InputError(f"A null of {len(sample)} values, some infinite or none at all; expected finite null scores")
    grid = np.quantile(sample, np.linspace(0.0, 1.0, GRID))
    threshold = float(np.quantile(sample, 1.0 - tail_share))
    squared = _squared(sample, float(grid[len(grid) // 2]))
    start = float(_squared(np.array([threshold]), float(grid[len(grid) // 2]))[0])
    excess = squared[squared > start] - start
    tail = None
    if len(excess) >= MIN_EXCESS and excess.min() < excess.max():
        tail = fit_pareto(excess, threshold=start)
        if tail.shape < 0:
            tail = ParetoTail(threshold=start, shape=0.0, scale=float(excess.mean()))
    return NullDistribution(grid=grid, tail=tail, tail_share=len(excess) / len(sample), n=len(sample))


@lru_cache(maxsize=4)
def _steps(n: int) -> NDArray[np.float64]:
    """Shares of a sample above each of its n quantiles."""
    return np.linspace(1.0, 0.0, n)


def _interpolated(
    values: NDArray[np.float64], grid: NDArray[np.float64], steps: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Interpolate as NumPy does; many values in their order, which finds each place beside the last one."""
    if values.ndim != 1 or len(values) < MANY:
        return np.array(np.interp(values, grid, steps))
    order = np.argsort(values)
    found = np.empty(len(values))
    found[order] = np.interp(values[order], grid, steps)
    return found


def _squared(values: NDArray[np.float64], center: float) -> NDArray[np.float64]:
    """Squared distance from a center, negative below it."""
    distance = values - center
    return np.asarray(distance * np.abs(distance))
