"""How much a signature moves in all: mean size of the changes, strong genes, and what chance alone would show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.special import t_two_sided

STRONG, SUPPORTED, FDR = 1.0, 0.58, 0.05
GRID = 48
PSEUDO = 10.0  # genes: a chance count from few vehicle wells is believed no further
MATRIX = 2

FloatArray = NDArray[np.float64]


def error_scale(lfc: ArrayLike, z: ArrayLike, sigma: ArrayLike) -> FloatArray:
    """Give the standard errors of a signature's changes in units of the noise of a well, as a median over genes.

    Parameters
    ----------
    lfc, z
        Shape (n_signatures, n_genes).
    sigma
        Noise of one well, shape (n_genes,).

    Returns
    -------
    ndarray
        Shape (n_signatures,); NaN where all z are 0.

    Examples
    --------
    >>> error_scale([[1.0, -2.0]], [[2.0, -2.0]], [0.5, 1.0]).tolist()
    [1.0]
    """
    step = max(np.shape(sigma)[0] // 512, 1)  # a median needs no more genes
    changes, values = (np.asarray(given)[:, ::step].astype(np.float64) for given in (lfc, z))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(values != 0, changes / values, np.nan) / np.asarray(sigma, dtype=np.float64)[::step]
    found = np.full(len(ratios), np.nan)
    some = np.isfinite(ratios).any(axis=1)
    found[some] = np.nanmedian(ratios[some], axis=1)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """What noise alone shows in a signature whose errors have a given scale.

    Attributes
    ----------
    scales, strong
        Grid of scales, and the strong genes that normal noise gives at each.
    mean_absolute
        Mean size of a change at scale 1.
    strong_factor, absolute_factor
        What vehicle wells show over what normal noise gives.
    """

    scales: FloatArray
    strong: FloatArray
    mean_absolute: float
    strong_factor: float = 1.0
    absolute_factor: float = 1.0

    def strong_genes(self, scale: ArrayLike) -> FloatArray:
        """Give the number of strong genes expected by chance, shaped as ``scale``."""
        given = np.log(np.maximum(np.asarray(scale, dtype=np.float64), 1e-6))
        return np.asarray(self.strong_factor * np.interp(given, np.log(self.scales), self.strong))

    def mean_abs(self, scale: ArrayLike) -> FloatArray:
        """Give the mean size of a change expected by chance, log2, shaped as ``scale``."""
        return np.asarray(self.absolute_factor * self.mean_absolute * np.asarray(scale, dtype=np.float64))


def fit_chance(sigma: ArrayLike, *, null_lfc: ArrayLike | None = None, null_scale: ArrayLike | None = None) -> Chance:
    r"""Say what noise shows: :math:`\sum_g 2 \Phi(-1 / SE_g)` strong genes, :math:`\sqrt{2/\pi}\,\overline{SE}` on average.

    Shallow wells have larger errors, so that the count goes with the depth of a signature. Both are multiplied with what
    sets of vehicle wells show over it, since the noise of genes with few reads is not normal; the factor of the count is
    shrunk towards 1 by ten genes.

    Parameters
    ----------
    sigma
        Noise of one well for the expressed genes, shape (n_genes,).
    null_lfc, null_scale
        Fold changes of sets of vehicle wells, shape (n_sets, n_genes), and the scale of their errors, shape (n_sets,).

    Returns
    -------
    Chance
        By scale of the errors.

    Examples
    --------
    >>> chance = fit_chance(np.ones(1000))
    >>> chance.strong_genes([0.5, 1.0]).round().tolist(), chance.mean_abs([1.0]).round(2).tolist()
    ([46.0, 317.0], [0.8])
    """
    noise = np.asarray(sigma, dtype=np.float64)
    if noise.ndim != 1 or not len(noise):
        raise InputError(f"sigma has shape {noise.shape}; expected one value a gene")
    scales = np.exp(np.linspace(math.log(0.05), math.log(20.0), GRID))
    strong = np.array([float(t_two_sided(STRONG / (noise * scale), df=np.inf).sum()) for scale in scales.tolist()])
    plain = Chance(scales=scales, strong=strong, mean_absolute=math.sqrt(2.0 / math.pi) * float(noise.mean()))
    if null_lfc is None or null_scale is None or not len(np.asarray(null_lfc)):
        return plain
    rows = np.abs(np.asarray(null_lfc, dtype=np.float64))
    seen, expected = float((rows >= STRONG).sum()), float(plain.strong_genes(null_scale).sum())
    sizes = float(rows.mean()) / float(plain.mean_abs(null_scale).mean())
    n_sets = len(rows)
    return Chance(
        scales=scales,
        strong=strong,
        mean_absolute=plain.mean_absolute,
        strong_factor=(seen / n_sets + PSEUDO) / (expected / n_sets + PSEUDO),
        absolute_factor=sizes,
    )


def supported_genes(deltas: ArrayLike, lfc: ArrayLike, z: ArrayLike) -> NDArray[np.bool_]:
    """Say which strong genes every well supports: the same sign in all, 0.58 (1.5-fold) or more in each, FDR < 5 %.

    Parameters
    ----------
    deltas
        Fold changes of the single wells, shape (n_wells, n_genes), two wells or more.
    lfc, z
        Of the signature, shape (n_genes,).

    Returns
    -------
    ndarray
        Mask, shape (n_genes,). The false discovery rate is Benjamini-Hochberg over the genes, z taken as normal.

    Raises
    ------
    InputError
        There is one well only.

    Examples
    --------
    >>> supported_genes([[1.0, 2.0], [1.4, 0.1]], [1.2, 1.05], [9.0, 8.0]).tolist()
    [True, False]
    """
    wells = np.asarray(deltas)
    if wells.ndim != MATRIX or len(wells) < 2:  # noqa: PLR2004
        raise InputError(f"Wells have shape {wells.shape}; expected two or more, since one supports nothing")
    change, values = np.asarray(lfc), np.abs(np.asarray(z, dtype=np.float64))
    same = (np.sign(wells) == np.sign(wells[0])).all(axis=0)
    large = (np.abs(wells) >= SUPPORTED).all(axis=0) & (np.abs(change) >= STRONG)
    return np.asarray(same & large & (values >= discovery_limit(values)))


def discovery_limit(z: ArrayLike, *, level: float = FDR) -> float:
    """Give the abs(z) from which genes are discoveries at a false discovery rate (Benjamini-Hochberg); infinite for none.

    Examples
    --------
    >>> discovery_limit([5.0, 0.1, 4.0, 0.3])
    4.0
    """
    ordered = np.sort(np.abs(np.asarray(z, dtype=np.float64)))[::-1]
    passed = np.flatnonzero(ordered >= _limits(len(ordered), level))
    return float(ordered[passed[-1]]) if len(passed) else math.inf


@cache
def _limits(n: int, level: float) -> FloatArray:
    """Size of z whose two-sided p is level k / n, for k from 1 to n."""
    grid = np.linspace(0.0, 9.0, 4_001)
    p = t_two_sided(grid, df=np.inf)
    wanted = level * np.arange(1, n + 1) / n
    return np.asarray(np.interp(np.log(wanted), np.log(p[::-1]), grid[::-1]))
