"""Places, ranks and values of each gene in all references side by side: a list asks for its own genes alone.

Made in memory when they are asked for and never stored: to check the digest of a stored matrix takes as long as to make
it. One question ranks all genes but keeps the columns of its own; from the second on the columns of all genes are kept.
The C library is needed; without it the scores are taken block by block, with the same answers to the last bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import InputError
from vcpi.kernels import columns as kernel
from vcpi.signature.stretches import STEP, in_stretches

FloatArray = NDArray[np.float64]
Genes = NDArray[np.int64]
Extremes = tuple[NDArray[np.float32], NDArray[np.float32]]
SIGNED, ABSOLUTE, AVERAGED = 0, 1, 2  # kinds of ranks, as in the C file
MOST_COPIED = 1 << 30  # bytes: values of more than these are read where they are


class Columns:
    """References of one kind, looked at gene by gene.

    Parameters
    ----------
    reference
        Shape (n_signatures, n_genes), float32, C-contiguous, finite. Kept, not copied; must not change.
    checked
        They are known to be finite.

    Raises
    ------
    InputError
        A value isn't finite.
    """

    def __init__(self, reference: NDArray[np.float32], *, checked: bool = False) -> None:
        self._rows = reference
        self._asked: dict[int, int] = {}
        self._kept: dict[int, NDArray[np.uint16]] = {}
        self._extremes: dict[int, Extremes] = {}
        self._values: NDArray[np.float32] | None = None
        self.squares: FloatArray | None = None  # of the length of each row, once a cosine was asked for
        for start in range(0, 0 if checked else len(reference), STEP):
            if not np.isfinite(reference[start : start + STEP]).all():
                raise InputError("A reference signature holds NaN or infinity; expected a number for every gene")

    @staticmethod
    def possible(reference: NDArray[np.generic]) -> bool:
        """Say whether references can be looked at so: float32 in one piece, not too many genes, the C library there."""
        return (
            isinstance(reference, np.ndarray)
            and reference.dtype == np.float32
            and reference.flags.c_contiguous
            and 1 < reference.shape[1] <= kernel.MOST_GENES
            and len(reference) > 0
            and kernel.at_hand()
        )

    def holds(self, reference: object) -> bool:
        """Say whether these are the columns of an array, and the C library may still be used."""
        rows = self._rows
        return (
            isinstance(reference, np.ndarray)
            and reference.shape == rows.shape
            and reference.dtype == rows.dtype
            and reference.strides == rows.strides
            and reference.ctypes.data == rows.ctypes.data
            and kernel.at_hand()
        )

    def wtcs(self, up: Genes, down: Genes, *, unsigned: bool = False, threads: int | None = None) -> FloatArray:
        """Score lists as :func:`vcpi.signature.scores.lists.wtcs` does, shape (n_signatures,)."""
        genes = np.concatenate([up, down]).astype(np.int64)
        places, at_places = self._columns(ABSOLUTE if unsigned else SIGNED, genes)
        values = self._by_gene()
        scores = np.empty(len(self._rows))

        def work(first: int, last: int) -> None:
            kernel.wtcs(
                places,
                values,
                at_places=at_places,
                at_values=genes,
                n_up=len(up),
                first=first,
                last=last,
                scores=scores,
            )

        in_stretches(work, len(scores), cost=8 * len(genes), threads=threads)
        return scores

    def weighted_ranks(self, genes: Genes, weights: FloatArray, *, threads: int | None = None) -> FloatArray | None:
        """Add up the ranks of genes by absolute value, each with a sign and a weight; None for too many genes.

        Weights are halves of whole numbers, and so are the ranks: the sums are exact.
        """
        if self._rows.shape[1] > kernel.MOST_RANKED:
            return None
        ranks, which = self._columns(AVERAGED, genes)
        sums = np.empty(len(self._rows))

        def work(first: int, last: int) -> None:
            kernel.ranked(ranks.view(np.int16), genes=which, weights=weights, first=first, last=last, sums=sums)

        in_stretches(work, len(sums), cost=len(genes), threads=threads)
        return sums / 2.0

    def extreme_sums(
        self, genes: Genes, signs: FloatArray, *, n: int, unsigned: bool = False, threads: int | None = None
    ) -> FloatArray | None:
        """Add up the values of genes that are among the n extreme ones a side of their row; None where it would not pay."""
        if unsigned:
            return None
        high, low = self._thresholds(n)
        values, sums = self._by_gene(), np.empty(len(self._rows))

        def work(first: int, last: int) -> None:
            kernel.extreme(values, genes=genes, signs=signs, high=high, low=low, first=first, last=last, sums=sums)

        in_stretches(work, len(sums), cost=len(genes), threads=threads)
        return sums

    def _columns(self, kind: int, genes: Genes) -> tuple[NDArray[np.uint16], Genes]:
        """Give columns, and which of them are those of some genes."""
        self._asked[kind] = self._asked.get(kind, 0) + 1
        if kind not in self._kept:
            if self._asked[kind] == 1:
                return self._rank(kind, genes), np.arange(len(genes), dtype=np.int64)
            self._kept[kind] = self._rank(kind, np.arange(self._rows.shape[1], dtype=np.int64))
        return self._kept[kind], genes

    def _rank(self, kind: int, genes: Genes, *, n: int = 1) -> NDArray[np.uint16]:
        """Rank the genes of every reference; keep the columns of some, and the values of the n-th from either end."""
        n_rows, n_genes = self._rows.shape
        columns = np.empty((len(genes), n_rows), dtype=np.uint16)
        high, low = np.empty(n_rows, dtype=np.float32), np.empty(n_rows, dtype=np.float32)

        def work(first: int, last: int) -> None:
            kernel.rank(
                self._rows, kind=kind, genes=genes, columns=columns, first=first, last=last,
                high_place=n - 1, low_place=n_genes - n, high=high, low=low,
            )  # fmt: skip

        in_stretches(work, n_rows, cost=n_genes)
        if kind == SIGNED:
            self._extremes[n] = (high, low)
        return columns

    def _thresholds(self, n: int) -> Extremes:
        """Give the values of the n-th highest and the n-th lowest gene of every reference."""
        if n not in self._extremes:
            self._rank(SIGNED, np.zeros(0, dtype=np.int64), n=n)
        return self._extremes[n]

    def _by_gene(self) -> NDArray[np.float32]:
        """Give the values gene by gene, shape (n_genes, n_signatures); a copy once it pays."""
        if self._values is None and self._kept and self._rows.nbytes <= MOST_COPIED:
            n_rows, n_genes = self._rows.shape
            values = np.empty((n_genes, n_rows), dtype=np.float32)
            in_stretches(lambda first, last: kernel.turn(self._rows, values, first, last), n_rows, cost=n_genes)
            self._values = values
        return self._rows.T if self._values is None else self._values
