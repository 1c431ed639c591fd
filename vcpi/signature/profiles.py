"""Counts of one well → its normalized profile, the genes worth keeping, and how good the well is.

Everything takes counts as (n_wells, n_genes) without spike-ins; where the library size has to come from more genes
than the block holds, the caller hands it in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.records import Role

MILLION = 1e6
_A_BYTE = 255
Counts = NDArray[Any]


def library_sizes(counts: ArrayLike) -> NDArray[np.float64]:
    """Sum the counts of each well.

    Parameters
    ----------
    counts
        UMI counts, shape (n_wells, n_genes), none negative, without ERCC spike-ins.

    Returns
    -------
    ndarray
        Shape (n_wells,). A well without reads has 0; it can't be normalized and belongs in the rejected rows.

    Raises
    ------
    InputError
        A count is negative, NaN or infinite.

    Examples
    --------
    >>> library_sizes([[1, 2], [0, 0]]).tolist()
    [3.0, 0.0]
    """
    return _given_sizes(_counts(counts), None)


def log2_cpm(
    counts: ArrayLike,
    *,
    prior: float = 1.0,
    library_sizes: ArrayLike | None = None,
    typical_size: float | None = None,
) -> NDArray[np.float32]:
    r"""Normalize counts to log2 counts per million with a bounded prior count.

    :math:`y = \log_2((x + p_w) 10^6 / (L_w + 2 p_w))`, :math:`p_w = prior \cdot L_w / median(L)` [1]_: a gene without
    reads gets the same value in every well, however deep the well.

    Parameters
    ----------
    counts
        UMI counts, shape (n_wells, n_genes).
    prior
        Reads added to each gene of a well of typical depth; above 0.
    library_sizes
        Reads of each well, shape (n_wells,), where ``counts`` holds only a part of the genes. Default: their sum.
    typical_size
        Library size that gets exactly ``prior``. Default: the median of these wells. Who reads plate by plate hands in
        the median of the whole dataset, so that the plates agree.

    Returns
    -------
    ndarray
        Shape (n_wells, n_genes), float32.

    Raises
    ------
    InputError
        A count is negative or not finite, a well has no reads, or a shape or an option doesn't fit.

    References
    ----------
    .. [1] Law et al., Genome Biology 2014, 15, R29, doi:10.1186/gb-2014-15-2-r29, with the prior of edgeR's ``cpm``

    Examples
    --------
    >>> log2_cpm([[0, 6], [0, 12]], typical_size=6).astype(int).tolist()
    [[16, 19], [16, 19]]
    """
    rows = _counts(counts)
    sizes = _sizes(rows, library_sizes)
    if not prior > 0:
        raise InputError(f"prior is {prior}; expected a number of reads above 0")
    typical = float(np.median(sizes)) if typical_size is None else float(typical_size)
    if not typical > 0:
        raise InputError(f"typical_size is {typical_size}; expected a library size above 0")
    added = (prior * sizes / typical)[:, np.newaxis]
    values = (rows + added) * (MILLION / (sizes[:, np.newaxis] + 2.0 * added))
    return np.asarray(np.log2(values), dtype=np.float32)


def log2_cpm_plus_one(counts: ArrayLike, *, library_sizes: ArrayLike | None = None) -> NDArray[np.float64]:
    """Normalize counts to log2(CPM + 1), as the VCPI prediction contest does, in its order of operations.

    Parameters
    ----------
    counts
        UMI counts, shape (n_wells, n_genes).
    library_sizes
        Reads of each well, shape (n_wells,). Default: the sum of its counts. The contest counts every row of its
        matrix, spike-ins included.

    Returns
    -------
    ndarray
        Shape (n_wells, n_genes), float64; its plain mean over replicates is the contest's expression exactly.

    Raises
    ------
    InputError
        As in :func:`log2_cpm`.

    Examples
    --------
    >>> log2_cpm_plus_one([[0, 1], [1, 1]]).round(3).tolist()
    [[0.0, 19.932], [18.932, 18.932]]
    """
    rows = _counts(counts)
    sizes = _sizes(rows, library_sizes)
    values: NDArray[np.float64] = np.log2(rows / sizes[:, np.newaxis] * MILLION + 1.0)
    return values


class GeneFilter:
    """Count, block by block, in how many wells each gene is expressed.

    Parameters
    ----------
    n_genes
        Genes of every block.
    min_cpm
        A gene counts as expressed in a well from this many counts per million.

    Examples
    --------
    >>> genes = GeneFilter(2)
    >>> genes.add([[5, 0], [7, 0]])
    >>> genes.add([[6, 1]])
    >>> genes.result(min_share=0.5).tolist()
    [True, False]
    """

    def __init__(self, n_genes: int, *, min_cpm: float = 1.0) -> None:
        self.n_genes = n_genes
        self.min_cpm = min_cpm
        self.n_wells = 0
        self._n_expressed = np.zeros(n_genes, dtype=np.int64)

    def add(self, counts: ArrayLike, *, library_sizes: ArrayLike | None = None) -> None:
        """Add a block of wells, shape (n_wells, n_genes); wells without reads are left out."""
        rows = _counts(counts)
        if rows.shape[1] != self.n_genes:
            raise InputError(f"Block has {rows.shape[1]} genes; expected {self.n_genes}, the genes of the first block")
        sizes = _given_sizes(rows, library_sizes)
        deep = np.flatnonzero(sizes > 0)
        self.n_wells += len(deep)
        if rows.dtype.kind == "f":
            self._n_expressed += (rows[deep] / sizes[deep, np.newaxis] * MILLION >= self.min_cpm).sum(axis=0)
            return
        largest = np.iinfo(rows.dtype).max
        least = self._least(sizes[deep])
        reached = [
            (well, rows.dtype.type(n)) for well, n in zip(deep.tolist(), least.tolist(), strict=True) if n <= largest
        ]
        for start in range(0, len(reached), _A_BYTE):  # numbers of a byte are added up fastest
            seen = np.zeros(self.n_genes, dtype=np.uint8)
            for well, n in reached[start : start + _A_BYTE]:
                seen += (rows[well] >= n).view(np.uint8)
            self._n_expressed += seen

    def merge(self, other: GeneFilter) -> None:
        """Add the blocks that another one of as many genes has counted."""
        self.n_wells += other.n_wells
        self._n_expressed += other._n_expressed

    def result(self, *, min_share: float = 0.02) -> NDArray[np.bool_]:
        """Tell which genes are expressed in at least ``min_share`` of the wells: mask of shape (n_genes,)."""
        mask: NDArray[np.bool_] = (self._n_expressed > 0) & (self._n_expressed >= min_share * self.n_wells)
        return mask

    def _least(self, sizes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the fewest reads that reach the limit in wells of these sizes, as dividing each gene's reads would tell."""
        least = np.ceil(self.min_cpm * sizes / MILLION)
        least = np.where((least - 1.0) / sizes * MILLION >= self.min_cpm, least - 1.0, least)  # what rounding may move
        return np.where(least / sizes * MILLION >= self.min_cpm, least, least + 1.0)


def expressed(
    counts: ArrayLike,
    *,
    min_cpm: float = 1.0,
    min_share: float = 0.02,
    library_sizes: ArrayLike | None = None,
) -> NDArray[np.bool_]:
    """Tell which genes reach ``min_cpm`` in at least ``min_share`` of the wells.

    Parameters
    ----------
    counts
        UMI counts, shape (n_wells, n_genes).
    min_cpm
        Counts per million from which a gene counts as expressed in a well.
    min_share
        Share of the wells, in [0, 1].
    library_sizes
        Reads of each well; default: the sum of its counts.

    Returns
    -------
    ndarray
        Mask of shape (n_genes,). A gene without any expressed well is never in it.

    Examples
    --------
    >>> expressed([[5, 0], [7, 0]]).tolist()
    [True, False]
    """
    rows = _counts(counts)
    genes = GeneFilter(rows.shape[1], min_cpm=min_cpm)
    genes.add(rows, library_sizes=library_sizes)
    return genes.result(min_share=min_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class WellQuality:
    """How good the wells are; every array has shape (n_wells,).

    ``umi`` is the depth, ``n_genes`` counts the genes with 3 reads or more, ``mt_share`` the share of mitochondrial
    reads in [0, 1] (NaN without reads), ``rna_share`` the depth over the median of the vehicle wells of the same plate
    (NaN where the plate has none). ``low_depth`` and ``low_complexity`` are flags; such wells stay out of baselines.
    """

    umi: NDArray[np.float64]
    n_genes: NDArray[np.int64]
    mt_share: NDArray[np.float64]
    rna_share: NDArray[np.float64]
    low_depth: NDArray[np.bool_]
    low_complexity: NDArray[np.bool_]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Wells without a flag."""
        return ~(self.low_depth | self.low_complexity)

    def flags(self, well: int) -> tuple[str, ...]:
        """Names of the flags of one well."""
        named = (("low_depth", self.low_depth), ("low_complexity", self.low_complexity))
        return tuple(name for name, values in named if values[well])


def well_quality(
    counts: ArrayLike,
    roles: Sequence[Role],
    plates: Sequence[str | None],
    mt_mask: ArrayLike | None = None,
    *,
    min_umi: float = 250_000,
    min_vehicle_share: float = 0.25,
    min_gene_share: float = 0.5,
    min_reads: int = 3,
) -> WellQuality:
    """Measure the wells against fixed limits and against the vehicle wells of their own plate.

    Parameters
    ----------
    counts
        UMI counts over all genes, shape (n_wells, n_genes).
    roles
        ``library``, ``vehicle`` or ``positive_control`` for each well.
    plates
        Plate of each well; None is a plate of its own, of wells whose plate isn't known.
    mt_mask
        Mask of the mitochondrial genes, shape (n_genes,). Default: none.
    min_umi
        A well with fewer reads is ``low_depth``.
    min_vehicle_share
        So is one below this share of the median depth of its plate's vehicle wells.
    min_gene_share
        A well with fewer genes than this share of its plate's vehicle median (where there is none, of the median of
        the plate) is ``low_complexity``.
    min_reads
        Reads from which a gene counts as seen.

    Returns
    -------
    WellQuality
        One value per well of each measure.

    Raises
    ------
    InputError
        Counts, roles, plates and mask disagree in length, or a count can't be one.

    Examples
    --------
    >>> well_quality([[9, 9], [1, 0]], ["vehicle", "library"], ["p", "p"], min_umi=1).flags(1)
    ('low_depth', 'low_complexity')
    """
    rows = _counts(counts)
    if not len(rows) == len(roles) == len(plates):
        raise InputError(f"{len(rows)} wells with {len(roles)} roles and {len(plates)} plates; expected one per well")
    mitochondrial = np.zeros(rows.shape[1], dtype=bool) if mt_mask is None else np.asarray(mt_mask, dtype=bool)
    if mitochondrial.shape != (rows.shape[1],):
        raise InputError(f"mt_mask has shape {mitochondrial.shape}; expected ({rows.shape[1]},), one per gene")
    umi = rows.sum(axis=1, dtype=np.float64)
    n_genes = (rows >= min_reads).sum(axis=1)
    vehicle = np.array([role == "vehicle" for role in roles], dtype=bool)
    depth = _plate_medians(umi, vehicle, plates)
    plate_wide = np.ones(len(rows), dtype=bool)
    diversity = _plate_medians(n_genes, vehicle, plates)
    diversity = np.where(np.isnan(diversity), _plate_medians(n_genes, plate_wide, plates), diversity)
    return WellQuality(
        umi=umi,
        n_genes=n_genes,
        mt_share=_ratio(rows[:, mitochondrial].sum(axis=1, dtype=np.float64), umi),
        rna_share=_ratio(umi, depth),
        low_depth=(umi < min_umi) | (umi < min_vehicle_share * depth),
        low_complexity=n_genes < min_gene_share * diversity,
    )


def _plate_medians(values: Counts, among: NDArray[np.bool_], plates: Sequence[str | None]) -> NDArray[np.float64]:
    """Median over the chosen wells of each well's plate; NaN where the plate has none."""
    result = np.full(len(values), np.nan)
    members: dict[str | None, list[int]] = {}
    for well, plate in enumerate(plates):
        members.setdefault(plate, []).append(well)
    for wells in members.values():
        chosen = [well for well in wells if among[well]]
        if chosen:
            result[wells] = np.median(values[chosen])
    return result


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quotient, NaN where the whole is 0 or NaN."""
    result = np.full(len(part), np.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def _counts(counts: ArrayLike) -> Counts:
    """Take counts as a matrix, refusing what can't be counts."""
    rows: Counts = np.asarray(counts)
    if rows.ndim != 2 or rows.dtype.kind not in "iuf":  # noqa: PLR2004
        raise InputError(f"Counts have shape {rows.shape} and type {rows.dtype}; expected numbers (n_wells, n_genes)")
    if rows.dtype.kind == "f" and not np.isfinite(rows).all():
        raise InputError("Counts hold NaN or infinity; expected whole numbers from 0")
    if rows.size and rows.dtype.kind != "u" and rows.min() < 0:
        raise InputError(f"Counts hold {rows.min()}; expected whole numbers from 0")
    return rows


def _given_sizes(rows: Counts, sizes: ArrayLike | None) -> NDArray[np.float64]:
    """Library sizes as handed in, else the sums of the rows."""
    if sizes is None:
        return np.asarray(rows.sum(axis=1, dtype=np.float64))
    given = np.asarray(sizes, dtype=np.float64)
    if given.shape != (len(rows),):
        raise InputError(f"library_sizes has shape {given.shape}; expected ({len(rows)},), one per well")
    return given


def _sizes(rows: Counts, sizes: ArrayLike | None) -> NDArray[np.float64]:
    """Library sizes that can be divided by."""
    given = _given_sizes(rows, sizes)
    empty = np.flatnonzero(~(given > 0))
    if empty.size:
        raise InputError(f"Wells {empty[:5].tolist()} have no reads; leave them out, library_sizes() finds them")
    return given
