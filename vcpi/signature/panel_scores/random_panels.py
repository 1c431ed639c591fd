"""Panels of random genes of the same size, signs and expression, which tell whether any genes would have done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

N_PANELS, N_BINS = 1_000, 20
BLOCK, DRAWS = 2_048, 20  # signatures and draws in one product
LEAST_A_BIN = 4  # times the genes that the fullest panel takes from it
MATRIX = 2

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class RandomPanels:
    """Draws of random genes that match panels in size, signs and expression.

    Genes are parted into bins of like expression. In each draw every bin is shuffled; a panel with three genes in a bin
    takes the first three, so that all panels share one gather and one matrix product a draw. Each bin has a seed of its
    own: what a panel gets depends on its genes and on the dataset, not on the other panels.

    Parameters
    ----------
    level
        Expression of each gene, shape (n_genes,).
    panels
        Positions and signs of the genes of each panel.
    pool
        Mask of the genes to draw from, shape (n_genes,); all where None.
    n_panels, n_bins
        Draws; bins of expression, fewer where genes are few.

    Raises
    ------
    InputError
        The shapes disagree, or there are too few genes to draw from.
    """

    def __init__(
        self,
        level: ArrayLike,
        panels: Sequence[tuple[IntArray, FloatArray]],
        *,
        pool: ArrayLike | None = None,
        n_panels: int = N_PANELS,
        n_bins: int = N_BINS,
    ) -> None:
        values = np.asarray(level, dtype=np.float64)
        among = np.ones(len(values), dtype=bool) if pool is None else np.asarray(pool, dtype=bool)
        if values.ndim != 1 or among.shape != values.shape:
            raise InputError(f"level has shape {values.shape}, pool {among.shape}; expected one value a gene in both")
        genes = np.flatnonzero(among)
        most = max((len(positions) for positions, _ in panels), default=0)
        if len(genes) < LEAST_A_BIN * most:
            raise InputError(f"{len(genes)} genes to draw from; expected {LEAST_A_BIN * most} or more")
        self._bins = _bins(values, genes, panels, n_bins)
        edges = np.array([values[members].max() for members in self._bins[:-1]])
        of_genes = [np.searchsorted(edges, values[positions], side="left") for positions, _ in panels]
        counts = np.array([np.bincount(of, minlength=len(self._bins)) for of in of_genes]).reshape(-1, len(self._bins))
        self._taken = counts.max(axis=0, initial=0)
        starts = np.cumsum(self._taken) - self._taken
        self._weights = np.zeros((len(panels), int(self._taken.sum())), dtype=np.float32)
        for row, ((_, signs), of) in enumerate(zip(panels, of_genes, strict=True)):
            for number, start in enumerate(starts.tolist()):
                inside = signs[of == number]
                self._weights[row, start : start + len(inside)] = inside / len(signs)
        self.n_panels = n_panels
        self._draws: IntArray | None = None

    def percentiles(self, values: ArrayLike, scores: ArrayLike) -> FloatArray:
        """Give the share of random panels with a lower score, in percent; equal ones count half.

        Parameters
        ----------
        values
            Fold changes, shape (n_signatures, n_genes).
        scores
            Directed scores of the panels, shape (n_signatures, n_panels of the constructor).

        Returns
        -------
        ndarray
            Shaped as ``scores``, in [0, 100].
        """
        rows, given = np.asarray(values), np.asarray(scores, dtype=np.float32)
        if rows.ndim != MATRIX or given.shape != (len(rows), len(self._weights)):
            raise InputError(f"scores have shape {given.shape}; expected ({len(rows)}, {len(self._weights)})")
        found = np.zeros(given.shape)
        if not given.size:  # no panel has genes here
            return found
        for start in range(0, len(rows), BLOCK):
            block = np.ascontiguousarray(rows[start : start + BLOCK].T, dtype=np.float32)
            own = np.ascontiguousarray(given[start : start + BLOCK].T)
            below = np.zeros(own.shape, dtype=np.int32)  # twice the count, so that ties are whole
            for drawn in self._draw():  # some draws in one product: threads of BLAS meet seldom, and fewer wait
                gathered = np.take(block, drawn, axis=0, mode="clip").reshape(len(drawn), -1)
                made = (self._weights @ gathered).reshape(len(own), -1, own.shape[1])
                below += (made < own[:, np.newaxis]).sum(axis=1, dtype=np.int32)
                below += (made <= own[:, np.newaxis]).sum(axis=1, dtype=np.int32)
            found[start : start + BLOCK] = (50.0 / self.n_panels) * below.T
        return found

    def _draw(self) -> Iterator[IntArray]:
        """Yield the genes of some draws at a time, bin after bin, shape (n_genes, n_draws)."""
        if self._draws is None:
            parts = []
            for number, (members, n) in enumerate(zip(self._bins, self._taken.tolist(), strict=True)):
                rng = np.random.default_rng([number, len(members)])
                shuffled = rng.permuted(np.tile(members, (self.n_panels, 1)), axis=1) if n else None
                parts.append(np.zeros((self.n_panels, 0), dtype=np.int64) if shuffled is None else shuffled[:, :n])
            self._draws = np.concatenate(parts, axis=1).T
        for start in range(0, self.n_panels, DRAWS):
            yield self._draws[:, start : start + DRAWS]


def _bins(
    level: FloatArray, genes: IntArray, panels: Sequence[tuple[IntArray, FloatArray]], n_bins: int
) -> list[IntArray]:
    """Part genes into bins of like expression and equal size, as many as leave each enough to draw from."""
    ordered = genes[np.argsort(level[genes], kind="stable")]
    for number in range(min(n_bins, max(len(genes), 1)), 0, -1):
        bins = [part for part in np.array_split(ordered, number) if len(part)]
        edges = np.array([level[part].max() for part in bins[:-1]])
        fullest = np.zeros(len(bins), dtype=np.int64)
        for positions, _ in panels:
            of = np.searchsorted(edges, level[positions], side="left")
            fullest = np.maximum(fullest, np.bincount(of, minlength=len(bins)))
        if all(len(part) >= LEAST_A_BIN * n for part, n in zip(bins, fullest.tolist(), strict=True)):
            break
    return bins
