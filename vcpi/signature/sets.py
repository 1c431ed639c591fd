"""Do the genes of a set stand higher in a list of values than the other genes: the competitive rank-sum test."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.calibration import benjamini_hochberg

LEAST_MEMBERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTest:
    """One gene set tested: its ``n`` members, the ``sum`` of their values, z, two-sided p, and q over all sets.

    z is above 0 where the members stand higher than the other genes. Genes of a set move together, so that p is too
    small where they do: it ranks sets, and is no error rate.
    """

    name: str
    n: int
    sum: float
    z: float
    p: float
    q: float


def rank_sum_sets(
    values: ArrayLike, members: Mapping[str, NDArray[np.int64]], *, least: int = LEAST_MEMBERS
) -> list[SetTest]:
    """Test gene sets against all other genes by the rank sum of Wilcoxon, Mann and Whitney [1]_.

    Parameters
    ----------
    values
        One value a gene, shape (n_genes,), finite.
    members
        Name of a set → positions of its genes; repeats count once.
    least
        Sets with fewer genes, or with fewer genes outside, are left out.

    Returns
    -------
    list of SetTest
        Smallest p first, equal ones by name. The normal approximation is used, with the correction for ties.

    Raises
    ------
    InputError
        A value is not finite, or a position is out of range.

    References
    ----------
    .. [1] Mann & Whitney, Ann. Math. Statist. 1947, 18, 50, doi:10.1214/aoms/1177730491

    Examples
    --------
    >>> found = rank_sum_sets(range(20), {"high": np.arange(15, 20), "spread": np.arange(0, 20, 4)})
    >>> [(one.name, one.n, round(one.z, 2)) for one in found]
    [('high', 5, 3.27), ('spread', 5, -0.65)]
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise InputError(f"Values of shape {numbers.shape}, some not finite; expected a number for every gene")
    n_all = len(numbers)
    _, where, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[where]
    ties = float((counts.astype(np.float64) ** 3 - counts).sum())
    tested: list[tuple[str, int, float, float, float]] = []
    for name, places in members.items():
        own = np.unique(np.asarray(places, dtype=np.int64))
        if len(own) and (own[0] < 0 or own[-1] >= n_all):
            raise InputError(f"Gene set {name} holds position {own[0]} or {own[-1]}; expected 0 to {n_all - 1}")
        n, rest = len(own), n_all - len(own)
        if n < least or rest < least:
            continue
        expected = n * (n_all + 1) / 2.0
        variance = n * rest / 12.0 * (n_all + 1 - ties / (n_all * (n_all - 1)))
        z = float((ranks[own].sum() - expected) / math.sqrt(variance)) if variance > 0 else 0.0
        tested.append((name, n, float(numbers[own].sum()), z, math.erfc(abs(z) / math.sqrt(2.0))))
    tested.sort(key=lambda one: (one[4], one[0]))
    q = benjamini_hochberg([one[4] for one in tested])
    return [
        SetTest(name=name, n=n, sum=total, z=z, p=p, q=float(each))
        for (name, n, total, z, p), each in zip(tested, q, strict=True)
    ]
