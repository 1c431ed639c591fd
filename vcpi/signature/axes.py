"""Panels of genes in signatures: what an axis does, how sure that is, and how unusual among compounds and panels."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.calibration import benjamini_hochberg
from vcpi.signature.panel_scores.noise import NullRows, SumNoise, Weighted, sum_noise, sum_scores
from vcpi.signature.panel_scores.sums import SumScore, sum_errors, sum_score, sum_scores_of
from vcpi.signature.special import t_two_sided

__all__ = [
    "Axis",
    "AxisScores",
    "SumScore",
    "against",
    "axis_noise",
    "axis_scores",
    "beyond_shift",
    "composition_shift",
    "leading_genes",
    "make_axis",
    "percentiles",
    "sum_errors",
    "sum_score",
    "sum_scores_of",
    "two_sided",
]

LEAST_GENES, LEAST_SHARE = 3, 0.5
N_LEADING = 8
MATRIX = 2

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Axis:
    """A panel as places in the vectors of a dataset.

    Attributes
    ----------
    key
        Name of the panel.
    positions
        Its measured genes, each once, shape (n_measured,).
    signs
        1 or -1 for each of them, the way it goes where the process is more active; 0 where nothing is expected.
    n_total
        Genes of the panel, measured or not.
    """

    key: str
    positions: IntArray
    signs: FloatArray
    n_total: int

    @property
    def n_measured(self) -> int:
        """How many of its genes were measured."""
        return len(self.positions)

    @property
    def directed(self) -> bool:
        """Whether some gene has a sign (a footprint); False for members of a pathway."""
        return bool(np.any(self.signs))

    @property
    def reason(self) -> str:
        """Why there is no score, else empty: it takes three measured genes, and half of the panel."""
        if self.n_measured >= max(LEAST_GENES, LEAST_SHARE * self.n_total):
            return ""
        needed = max(LEAST_GENES, math.ceil(LEAST_SHARE * self.n_total))
        return f"{self.n_measured} of {self.n_total} genes measured; a score needs {needed}"

    @property
    def weighted(self) -> Weighted:
        """Genes and weights of the sum that is tested: those with a sign, or all alike where none has one."""
        if not self.directed:
            return self.positions, np.ones(self.n_measured)
        kept = self.signs != 0
        return self.positions[kept], self.signs[kept]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxisScores:
    """Scores of panels, each of shape (n_signatures, n_axes).

    Attributes
    ----------
    signed, absolute, directed
        Mean fold change and mean of its size over the measured genes, mean of sign times fold change over those with a
        sign (NaN where none has), log2.
    z
        Sum of sign times z over its standard deviation under noise, without signs the plain sum; standard normal where
        nothing happens.
    p, q
        Two-sided, from Student's t with the degrees of freedom that the noise of the panel is known with; false
        discovery rate over the panels of one signature (Benjamini-Hochberg).
    """

    signed: FloatArray
    absolute: FloatArray
    directed: FloatArray
    z: FloatArray
    p: FloatArray
    q: FloatArray


def make_axis(
    key: str,
    genes: Sequence[str],
    signs: Sequence[int] | None,
    *,
    position_of: Mapping[str, int],
    expressed: ArrayLike | None = None,
) -> Axis:
    """Find the genes of a panel in a dataset.

    Parameters
    ----------
    key
        Name of the panel.
    genes
        Gene ids or symbols, as ``position_of`` has them.
    signs
        1, -1 or 0 for each; None where no sign is expected.
    position_of
        Name of a gene → its place in the vectors.
    expressed
        Mask of the genes that are expressed enough to be measured, by place; all where None.

    Returns
    -------
    Axis
        Of the measured genes, a gene that is named twice counted once.

    Raises
    ------
    InputError
        Genes and signs differ in number, or a sign is neither 1, -1 nor 0.

    Examples
    --------
    >>> axis = make_axis("a", ["x", "y", "z"], [1, -1, 1], position_of={"x": 0, "y": 5})
    >>> axis.positions.tolist(), axis.signs.tolist(), axis.reason
    ([0, 5], [1.0, -1.0], '2 of 3 genes measured; a score needs 3')
    """
    ways = [0] * len(genes) if signs is None else [int(sign) for sign in signs]
    if len(ways) != len(genes) or not set(ways) <= {1, -1, 0}:
        raise InputError(
            f"Panel {key} has {len(genes)} genes and signs {sorted(set(ways))}; expected 1, -1 or 0 for each"
        )
    mask = None if expressed is None else np.asarray(expressed, dtype=bool)
    found: dict[int, int] = {}
    for gene, way in zip(genes, ways, strict=True):
        place = position_of.get(gene)
        if place is not None and (mask is None or mask[place]):
            found.setdefault(place, way)
    return Axis(
        key=key,
        positions=np.array(list(found), dtype=np.int64),
        signs=np.array(list(found.values()), dtype=np.float64),
        n_total=len(dict.fromkeys(genes)),
    )


def axis_noise(axes: Sequence[Axis], null: NullRows) -> SumNoise:
    """Estimate how the sums behind z vary under noise (:func:`vcpi.signature.panel_scores.noise.sum_noise`)."""
    return sum_noise([axis.weighted for axis in axes], null)


def axis_scores(lfc: ArrayLike, z: ArrayLike, axes: Sequence[Axis], *, noise: SumNoise) -> AxisScores:
    r"""Score panels in signatures.

    signed :math:`= \overline{LFC}`, abs :math:`= \overline{|LFC|}`, directed :math:`= \overline{s_g LFC_g}` over the
    measured genes, and :math:`z = \sum_g s_g z_g / \sqrt{s^T R s}` with the gene-gene correlation of noise, less the
    offset where one was learned.

    Parameters
    ----------
    lfc, z
        Shape (n_signatures, n_genes). Where there are no fold changes (signatures made elsewhere as z), hand in z twice;
        the means are then of z.
    axes
        Panels that have a score (no ``reason``).
    noise
        Of :func:`axis_noise` for these axes.

    Returns
    -------
    AxisScores
        For each signature and axis.

    Raises
    ------
    InputError
        The shapes disagree, or an axis has no gene.

    Examples
    --------
    >>> axis = Axis(key="a", positions=np.array([0, 1]), signs=np.array([1.0, -1.0]), n_total=2)
    >>> noise = SumNoise(variance=np.array([2.0]), df=np.array([np.inf]))
    >>> found = axis_scores([[0.5, -1.5, 9.0]], [[2.0, -2.0, 0.0]], [axis], noise=noise)
    >>> found.signed.tolist(), found.absolute.tolist(), found.directed.tolist(), found.z.round(3).tolist()
    ([[-0.5]], [[1.0]], [[1.0]], [[2.828]])
    """
    changes, values = np.asarray(lfc), np.asarray(z)
    if changes.ndim != MATRIX or changes.shape != values.shape or len(noise.variance) != len(axes):
        raise InputError(
            f"lfc {changes.shape}, z {values.shape}, {len(noise.variance)} variances; expected {len(axes)}"
        )
    signed, absolute, directed = (np.full((len(changes), len(axes)), np.nan) for _ in range(3))
    for at, axis in enumerate(axes):
        if not axis.n_measured:
            raise InputError(f"Panel {axis.key} has no measured gene; leave it out")
        own = changes[:, axis.positions].astype(np.float64)
        signed[:, at], absolute[:, at] = own.mean(axis=1), np.abs(own).mean(axis=1)
        if axis.directed:
            directed[:, at] = own @ axis.signs / np.abs(axis.signs).sum()
    standard = noise.standardized(sum_scores(values, [axis.weighted for axis in axes]))
    p = two_sided(standard, noise.df)
    q = np.array([benjamini_hochberg(row) for row in p]).reshape(p.shape)
    return AxisScores(signed=signed, absolute=absolute, directed=directed, z=standard, p=p, q=q)


def two_sided(standard: ArrayLike, df: ArrayLike) -> FloatArray:
    """Two-sided p of standardized sums, a column each with degrees of freedom of its own.

    Examples
    --------
    >>> two_sided([[1.96, 0.0]], [np.inf, 5.0]).round(3).tolist()
    [[0.05, 1.0]]
    """
    rows = np.asarray(standard, dtype=np.float64)
    columns = [t_two_sided(rows[:, at], df=float(one)) for at, one in enumerate(np.asarray(df, dtype=np.float64))]
    return np.clip(np.stack(columns, axis=1), 0.0, 1.0) if columns else np.zeros(rows.shape)


def percentiles(values: ArrayLike, *, groups: Sequence[Hashable] | None = None) -> FloatArray:
    """Give the place of each value among the values of its column: 100 (lower + half of the equal ones) / n.

    Parameters
    ----------
    values
        Shape (n,) or (n, k); NaN has no place and counts for nothing.
    groups
        Of each row: values are placed within their group. Default: one group.

    Returns
    -------
    ndarray
        As shaped, in (0, 100); a value is among those that it is compared with.

    Examples
    --------
    >>> percentiles([3.0, 1.0, 3.0, 7.0]).tolist()
    [50.0, 12.5, 50.0, 87.5]
    """
    rows = np.asarray(values, dtype=np.float64)
    table = rows.reshape(len(rows), -1)
    found = np.full(table.shape, np.nan)
    members: dict[Hashable, list[int]] = {}
    for at, name in enumerate(groups if groups is not None else [None] * len(table)):
        members.setdefault(name, []).append(at)
    for places in members.values():
        for column in range(table.shape[1]):
            own = table[places, column]
            found[places, column] = against(own, own)
    return found.reshape(rows.shape)


def against(values: ArrayLike, reference: ArrayLike) -> FloatArray:
    """Give the place of values among others: 100 (lower + half of the equal ones) / n; NaN without any.

    Examples
    --------
    >>> against([0.0, 2.0], [1.0, 2.0, 3.0, 4.0]).tolist()
    [0.0, 37.5]
    """
    given, others = np.asarray(values, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    ordered = np.sort(others[np.isfinite(others)])
    if not len(ordered):
        return np.full(given.shape, np.nan)
    below, through = (np.searchsorted(ordered, given, side=side) for side in ("left", "right"))
    return np.where(np.isfinite(given), 50.0 * (below + through) / len(ordered), np.nan)


def composition_shift(lfc: ArrayLike, *, among: ArrayLike | None = None) -> float:
    """Give the median change of all (expressed) genes of a signature, log2.

    Counts per million are shares: where a few genes take more of the reads, all others fall together. What a panel
    shows beyond that is its directed score less the shift times the mean of its signs (:func:`beyond_shift`).

    Examples
    --------
    >>> composition_shift([3.0, -0.5, -0.5, -0.4])
    -0.45
    """
    values = np.asarray(lfc, dtype=np.float64)
    kept = values if among is None else values[np.asarray(among, dtype=bool)]
    return float(np.median(kept)) if len(kept) else 0.0


def beyond_shift(lfc: ArrayLike, axis: Axis) -> float:
    """Give the directed score of an axis (without signs the mean) less what the shift of all genes makes of it, log2.

    Examples
    --------
    >>> axis = Axis(key="a", positions=np.array([0, 1]), signs=np.array([1.0, 1.0]), n_total=2)
    >>> beyond_shift([-0.5, 0.5, -0.5, -0.5, -0.5], axis)
    0.5
    """
    positions, weights = axis.weighted
    values = np.asarray(lfc, dtype=np.float64) - composition_shift(lfc)
    return float(values[positions] @ weights / np.abs(weights).sum())


def leading_genes(lfc: ArrayLike, positions: ArrayLike, *, k: int = N_LEADING) -> list[int]:
    """Give the places of the genes of a panel that change most: the k largest by size, then ordered by fold change.

    Examples
    --------
    >>> leading_genes([0.1, -2.0, 0.5, 3.0], [0, 1, 2, 3], k=3)
    [3, 2, 1]
    """
    values, places = np.asarray(lfc, dtype=np.float64), np.asarray(positions, dtype=np.int64)
    places = places[np.isfinite(values[places])] if len(places) else places
    largest = places[np.lexsort((places, -np.abs(values[places])))[:k]]
    return [int(place) for place in largest[np.lexsort((largest, -values[largest]))]]
