"""Sums of fold changes of named genes, as FOS+EGR1+MAPK3: value, standard error, what is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.panel_scores.noise import NullRows, Weighted, sum_noise, sum_scores

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SumScore:
    """A weighted sum of fold changes of a signature.

    Attributes
    ----------
    value
        The sum over the genes that were measured; None where there is none.
    se
        Its standard error; None where it is not known.
    measured, missing
        Names of the genes in the sum, and of those that are missing from it.
    """

    value: float | None
    se: float | None
    measured: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def n_total(self) -> int:
        """How many genes were asked for."""
        return len(self.measured) + len(self.missing)


def sum_score(
    values: Mapping[str, float | None],
    weights: Mapping[str, float],
    *,
    errors: Mapping[str, float] | None = None,
    correlation: ArrayLike | None = None,
) -> SumScore:
    r"""Add up fold changes of named genes, as ``FOS+EGR1+MAPK3`` does; a missing gene is named, not taken as 0.

    Parameters
    ----------
    values
        Gene → fold change; None, NaN or absent where it was not measured.
    weights
        Gene → weight, usually 1.
    errors
        Gene → standard error; where a measured gene has none, neither has the sum.
    correlation
        Of the noise of the genes, in the order of ``weights``, shape (n, n). Default: independent.

    Returns
    -------
    SumScore
        :math:`\sum_g w_g LFC_g` and :math:`\sqrt{\sum_{gh} w_g SE_g R_{gh} SE_h w_h}` over the measured genes.

    Raises
    ------
    InputError
        There is no gene, or a weight is 0 or not finite.

    Examples
    --------
    >>> found = sum_score({"A": 1.5, "B": None, "C": 0.5}, {"A": 1.0, "B": 1.0, "C": -1.0}, errors={"A": 0.3, "C": 0.4})
    >>> found.value, found.se, found.missing
    (1.0, 0.5, ('B',))
    """
    if not weights or not all(math.isfinite(weight) and weight for weight in weights.values()):
        raise InputError(f"Weights {dict(weights)}; expected one gene or more, each with a weight other than 0")
    names = list(weights)
    known = [name for name in names if (value := values.get(name)) is not None and math.isfinite(value)]
    missing = tuple(name for name in names if name not in known)
    if not known:
        return SumScore(value=None, se=None, measured=(), missing=missing)
    value = math.fsum(weights[name] * float(values[name] or 0.0) for name in known)
    se = None
    if errors is not None and all(name in errors for name in known):
        at = [names.index(name) for name in known]
        r = np.eye(len(names)) if correlation is None else np.asarray(correlation, dtype=np.float64)
        spread = np.array([weights[name] * errors[name] for name in known])
        se = math.sqrt(max(float(spread @ r[np.ix_(at, at)] @ spread), 0.0))
    return SumScore(value=value, se=se, measured=tuple(known), missing=missing)


def sum_scores_of(lfc: ArrayLike, sums: Sequence[Weighted]) -> FloatArray:
    """Weighted sums of fold changes of many signatures at once, shape (n_signatures, n_sums).

    Examples
    --------
    >>> sum_scores_of([[1.0, 2.0, 4.0]], [(np.array([0, 2]), np.array([1.0, 1.0]))]).tolist()
    [[5.0]]
    """
    return sum_scores(lfc, sums)


def sum_errors(sigma: ArrayLike, scale: ArrayLike, sums: Sequence[Weighted], *, null: NullRows) -> FloatArray:
    """Give the standard errors of weighted sums of fold changes of many signatures.

    Parameters
    ----------
    sigma
        Noise of one well for each gene, shape (n_genes,).
    scale
        What the standard error of a gene is in units of its noise, for each signature, shape (n_signatures,)
        (:func:`vcpi.signature.panel_scores.block.error_scale`).
    sums
        Positions and weights.
    null
        Profiles of noise, from which the correlation of the genes is taken.

    Returns
    -------
    ndarray
        Shape (n_signatures, n_sums), log2.
    """
    noise = np.asarray(sigma, dtype=np.float64)
    variance = sum_noise([(positions, weights * noise[positions]) for positions, weights in sums], null).variance
    return np.asarray(np.outer(np.asarray(scale, dtype=np.float64), np.sqrt(variance)))
