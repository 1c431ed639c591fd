"""References in blocks: what the scores want to know of a block is worked out once, whichever and however many ask."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.columns import Columns

FloatArray = NDArray[np.float64]
ROWS_PER_BLOCK = 256
MATRIX = 2
MANY = 8  # so many queries, and ranking all genes once is cheaper than finding each query's own
MOST_THREADS = 4


def list_size(n_genes: int) -> int:
    """Genes per side that stand for a whole signature in a score of lists: 1.6 √n, at most a quarter.

    50 of the 978 L1000 landmarks, as CLUE takes them, and 178 of 12,328 genes, where signatureSearch takes 150.

    Examples
    --------
    >>> [list_size(n) for n in (8, 978, 2000, 13000)]
    [2, 50, 72, 182]
    """
    return max(1, min(round(1.6 * math.sqrt(n_genes)), n_genes // 4))


def extreme_size(n_genes: int) -> int:
    """Extreme genes per side of a reference: 4 % of the genes, 50 or more, at most a quarter.

    Near the 500 of 12,328 genes that RCSM takes.

    Examples
    --------
    >>> [extreme_size(n) for n in (8, 978, 2000, 13000)]
    [2, 50, 80, 520]
    """
    return max(1, min(max(50, round(0.04 * n_genes)), n_genes // 4))


class Block:
    """Some references, and what is derived from them, made when first asked for.

    ``values`` is (n_rows, n_genes); for unsigned queries it holds absolute values. ``many`` says that many queries
    will ask.
    """

    def __init__(
        self, values: NDArray[np.floating], *, positions: NDArray[np.integer] | None, unsigned: bool, many: bool
    ) -> None:
        self.values = np.abs(values) if unsigned else values
        self.unsigned = unsigned
        self.many = many
        self._positions = None if unsigned else positions
        self._wide: FloatArray | None = None
        self._sorted: NDArray[np.floating] | None = None
        self._sorted_abs: NDArray[np.floating] | None = None
        self._abs_ranks: FloatArray | None = None
        self._signed_ranks: FloatArray | None = None

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return int(self.values.shape[1])

    @property
    def wide(self) -> FloatArray:
        """The values in float64."""
        if self._wide is None:
            self._wide = np.ascontiguousarray(self.values, dtype=np.float64)
        return self._wide

    @property
    def positions(self) -> NDArray[np.integer]:
        """Place of every gene from the top, 0 first; ties in the order of the genes."""
        if self._positions is None:
            self._positions = descending_positions(self.values)
        return self._positions

    @property
    def ordered(self) -> NDArray[np.floating]:
        """The values of each row, smallest first."""
        if self._sorted is None:
            self._sorted = np.sort(self.values, axis=1)
        return self._sorted

    @property
    def ranks(self) -> FloatArray:
        """Twice the rank of every gene less its mean, ties averaged: whole numbers, so that sums of them are exact."""
        if self._signed_ranks is None:
            self._signed_ranks = _averaged(self.positions, self.ordered)
        return self._signed_ranks

    def extremes(self, n: int) -> NDArray[np.bool_]:
        """Mark the n highest and n lowest genes of each row, with those tied to the last of them.

        Of absolute values the 2n highest, which is the same thing for a reference as strong on either side.
        """
        if self.unsigned:
            return np.asarray(self.values >= self.ordered[:, -2 * n, np.newaxis])
        high, low = self.ordered[:, -n, np.newaxis], self.ordered[:, n - 1, np.newaxis]
        return np.asarray((self.values >= high) | (self.values <= low))

    def values_at(self, genes: NDArray[np.int64]) -> FloatArray:
        """Give the values of some genes, (n_rows, len(genes)), float64."""
        return np.ascontiguousarray(self.values[:, genes], dtype=np.float64)

    def positions_at(self, genes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the places of some genes from the top, as in :attr:`positions`."""
        if self._positions is not None or self.many:
            return np.ascontiguousarray(self.positions[:, genes], dtype=np.int64)
        ordered = self.ordered
        wanted = np.ascontiguousarray(self.values[:, genes])
        result = np.empty(wanted.shape, dtype=np.int64)
        for row in range(len(wanted)):
            right = np.searchsorted(ordered[row], wanted[row], side="right")
            left = np.searchsorted(ordered[row], wanted[row], side="left")
            result[row] = self.n_genes - right
            if (right - left > 1).any():
                result[row] = descending_positions(self.values[row : row + 1])[0, genes]
        return result

    def abs_ranks_at(self, genes: NDArray[np.int64]) -> FloatArray:
        """Give the ranks of some genes by absolute value, 1 the smallest, ties averaged, with the sign of the value."""
        wanted = np.ascontiguousarray(self.values[:, genes])
        if self.many:
            if self._abs_ranks is None:
                sizes = np.abs(self.values)
                twice = _averaged(descending_positions(sizes), np.sort(sizes, axis=1))
                self._abs_ranks = (twice + self.n_genes + 1) / 2.0
            found = np.ascontiguousarray(self._abs_ranks[:, genes])
        else:
            if self._sorted_abs is None:
                self._sorted_abs = np.sort(np.abs(self.values), axis=1)
            sizes, found = np.abs(wanted), np.empty(wanted.shape)
            for row, ordered in enumerate(self._sorted_abs):
                left = np.searchsorted(ordered, sizes[row], side="left")
                found[row] = (left + np.searchsorted(ordered, sizes[row], side="right") + 1) / 2.0
        return np.asarray(found * np.sign(wanted))


@dataclass(frozen=True, slots=True)
class Whole:
    """All references of a question at once: the rows, their columns where they are at hand, and how they are asked."""

    rows: NDArray[np.floating]
    columns: Columns | None
    unsigned: bool
    threads: int | None


class Scorer(Protocol):
    """A query made ready: it scores the references of a block."""

    def __call__(self, block: Block) -> FloatArray:
        """Score each row of a block."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A scorer that can also score all references in one go, or say None where it cannot; the answers are the same."""

    block: Callable[[Block], FloatArray]
    whole: Callable[[Whole], FloatArray | None]

    def __call__(self, block: Block) -> FloatArray:
        """Score each row of a block."""
        return self.block(block)


def run(
    scorers: Sequence[Scorer],
    reference: ArrayLike,
    *,
    positions: NDArray[np.integer] | None = None,
    unsigned: bool = False,
    threads: int | None = None,
    columns: Columns | None = None,
) -> FloatArray:
    """Let prepared queries score all references, block by block.

    Parameters
    ----------
    scorers
        What takes a block and gives a score for each of its rows.
    reference
        Shape (n_signatures, n_genes), finite; may be a memory map.
    positions
        :func:`rank_matrix` of the references, which saves sorting them for some scores; the answer is the same.
    unsigned
        Score absolute values.
    threads
        Blocks worked on at once; up to four of the cores where None. The answer is the same to the last bit.
    columns
        Those of the references, where they are at hand, which saves most of the work for lists; the answer is the same.

    Returns
    -------
    ndarray
        Shape (n_scorers, n_signatures).

    Raises
    ------
    InputError
        A shape does not fit, or a value isn't finite.
    """
    rows: NDArray[np.floating] = np.asanyarray(reference)
    if positions is not None and positions.shape != rows.shape:
        raise InputError(f"Rank matrix has shape {positions.shape}; expected that of the references, {rows.shape}")
    scores = np.zeros((len(scorers), len(rows)))
    given = Whole(rows, columns if columns is not None and columns.holds(rows) else None, unsigned, threads)
    left: list[tuple[int, Scorer]] = []
    for number, scorer in enumerate(scorers):
        found = scorer.whole(given) if isinstance(scorer, Prepared) else None
        if found is None:
            left.append((number, scorer))
        else:
            scores[number] = found

    def work(start: int) -> None:
        part = slice(start, start + ROWS_PER_BLOCK)
        values = _floats(rows[part])
        places = None if positions is None else positions[part]
        block = Block(values, positions=places, unsigned=unsigned, many=len(scorers) >= MANY)
        for number, scorer in left:
            scores[number, part] = scorer(block)

    starts = range(0, len(rows) if left else 0, ROWS_PER_BLOCK)
    n_threads = min(os.cpu_count() or 1, MOST_THREADS) if threads is None else threads
    if n_threads <= 1 or len(starts) <= 1:
        for start in starts:
            work(start)
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(work, starts))
    return scores


def run_one(
    scorer: Scorer, reference: ArrayLike, *, positions: NDArray[np.integer] | None = None, unsigned: bool = False
) -> FloatArray:
    """Let one prepared query score all references, as :func:`run` does; shape (n_signatures,)."""
    scores: FloatArray = run([scorer], reference, positions=positions, unsigned=unsigned)[0]
    return scores


def rank_matrix(reference: ArrayLike) -> NDArray[np.integer]:
    """Rank the genes of every reference once, for many queries.

    Parameters
    ----------
    reference
        Shape (n_signatures, n_genes), finite.

    Returns
    -------
    ndarray
        Shape (n_signatures, n_genes): place of each gene from the top, 0 first, ties in the order of the genes; uint16
        up to 65,536 genes.

    Examples
    --------
    >>> rank_matrix([[0.5, 2.0, -1.0, 2.0]]).tolist()
    [[2, 0, 3, 1]]
    """
    rows: NDArray[np.floating] = np.asanyarray(reference)
    kind = np.uint16 if rows.shape[1] <= np.iinfo(np.uint16).max + 1 else np.int32
    result = np.empty(rows.shape, dtype=kind)
    for start in range(0, len(rows), ROWS_PER_BLOCK):
        result[start : start + ROWS_PER_BLOCK] = descending_positions(_floats(rows[start : start + ROWS_PER_BLOCK]))
    return result


def descending_positions(values: NDArray[np.floating]) -> NDArray[np.int32]:
    """Place of every gene of every row from the top, ties in the order of the genes."""
    n_genes = values.shape[1]
    if values.dtype == np.float32:  # value and gene in one integer: four times as fast as a stable argsort
        bits = (values + np.float32(0.0)).view(np.uint32)  # -0.0 becomes 0.0
        keys = np.where(bits >> 31, bits, ~bits & np.uint32(0x7FFFFFFF))
        packed = keys.astype(np.uint64) << np.uint64(32)
        packed |= np.arange(n_genes, dtype=np.uint64)
        packed.sort(axis=1)
        order = (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
    else:
        order = np.argsort(-values, axis=1, kind="stable")
    places = np.empty(values.shape, dtype=np.int32)
    np.put_along_axis(places, order, np.arange(n_genes, dtype=np.int32)[np.newaxis], axis=1)
    return places


def as_query(query: ArrayLike, reference: ArrayLike) -> FloatArray:
    """Take a query after a look at its values and at the shapes of both sides."""
    vector = np.asarray(query, dtype=np.float64)
    shape = np.shape(reference)
    if vector.ndim != 1 or len(shape) != MATRIX or shape[1] != len(vector):
        raise InputError(f"Query has shape {vector.shape}, references {shape}; expected (g,) and (n, g)")
    if not np.isfinite(vector).all():
        raise InputError("Query holds NaN or infinity; expected a number for every gene")
    return vector


def _floats(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rows in one piece, float32 where they are, else float64; refused where not finite."""
    kind: type[np.floating] = np.float32 if rows.dtype == np.float32 else np.float64
    block: NDArray[np.floating] = np.ascontiguousarray(rows, dtype=kind)
    if not np.isfinite(block).all():
        raise InputError("A reference signature holds NaN or infinity; expected a number for every gene")
    return block


def _averaged(positions: NDArray[np.integer], ordered: NDArray[np.floating]) -> FloatArray:
    """Twice the ascending rank less its mean from places from the top, the ranks of ties averaged."""
    n_genes = positions.shape[1]
    ranks = (n_genes - 1) - 2.0 * positions
    tied = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
    if len(tied):
        first = np.ones((len(tied), n_genes), dtype=bool)
        falling = ordered[tied, ::-1]
        first[:, 1:] = falling[:, 1:] != falling[:, :-1]
        starts = np.flatnonzero(first)
        lengths = np.diff(np.append(starts, first.size))
        shared = (n_genes - 1) - (2.0 * (starts % n_genes) + lengths - 1)
        by_place = np.repeat(shared, lengths).reshape(len(tied), n_genes)
        ranks[tied] = np.take_along_axis(by_place, positions[tied].astype(np.int64), axis=1)
    return np.asarray(ranks)
