r"""Rows in one byte a value, with a bound on what that leaves out: a quarter of the memory to read, the same answer.

A row :math:`x` of length 1 is written as :math:`s c + r`: a step, whole numbers of at most 127, and what is left over.
A query :math:`y` of length 1 is written as :math:`u d + e`, with whole numbers of at most 16,256. Then

.. math:: x \cdot y = s u \, c \cdot d + r \cdot u d + x \cdot e, \qquad
    |x \cdot y - s u \, c \cdot d| \le \|r\| \, \|u d\| + \|e\|

by Cauchy and Schwarz. :math:`c \cdot d` is exact, :math:`\|r\|` is kept for each row, rounded up. A row whose upper bound
is below the k-th highest lower bound has k rows above it: it is not among the k best. The others are scored in full.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vcpi.kernels import rows as kernel
from vcpi.signature.stretches import in_stretches

ROUNDING = 1e-6  # beside the bound: steps in float32, sums in float64


class CodedRows:
    """Rows in one byte a value, for finding those that can be among the best.

    Parameters
    ----------
    rows
        Shape (n_rows, n_genes), float32, C-contiguous, no row all zero; of any length. They are not kept.

    Examples
    --------
    >>> rows = np.eye(4, 8, dtype=np.float32)
    >>> found = CodedRows(rows).reach(np.eye(1, 8)[0], k=1) if CodedRows.possible() else np.array([0])
    >>> found.tolist()
    [0]
    """

    def __init__(self, rows: NDArray[np.float32]) -> None:
        n_rows, n_genes = rows.shape
        self._codes = np.empty(n_rows * n_genes + kernel.PADDING, dtype=np.uint8)
        self._codes[n_rows * n_genes :] = 0
        self._steps = np.empty(n_rows, dtype=np.float32)
        self._slacks = np.empty(n_rows, dtype=np.float32)

        def work(first: int, last: int) -> None:
            kernel.code(rows, first=first, last=last, codes=self._codes, steps=self._steps, slacks=self._slacks)

        in_stretches(work, n_rows, cost=n_genes)

    @staticmethod
    def possible() -> bool:
        """Say whether the C library is at hand, which this needs."""
        return kernel.at_hand()

    @property
    def bounds(self) -> NDArray[np.float32]:
        """How far a score can be from what the codes say, for a query that is written exactly; shape (n_rows,)."""
        return self._slacks

    def reach(self, query: NDArray[np.float64], *, k: int) -> NDArray[np.int64] | None:
        """Find the rows that can be among the k of the highest cosine, ties at the edge included.

        Parameters
        ----------
        query
            Shape (n_genes,), float64, of length 1.
        k
            From 1 to the number of rows.

        Returns
        -------
        ndarray or None
            Rows in rising order, k or more; None where NumPy is asked for.
        """
        unit = float(np.abs(query).max()) / kernel.MOST
        whole = np.rint(query / unit)
        written = whole * unit
        rest = float(np.sqrt(np.square(query - written).sum()))
        length = float(np.sqrt(np.square(written).sum()))
        return kernel.reach(
            self._codes, self._steps, self._slacks, whole.astype(np.int16),
            unit=unit, length=length * (1.0 + ROUNDING), rest=rest * (1.0 + ROUNDING) + ROUNDING, k=k,
        )  # fmt: skip
