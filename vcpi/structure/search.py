"""Exact Tanimoto search over packed fingerprints.

Rows are kept in order of their number of bits: two fingerprints of ``a`` and ``b`` bits score at most
``min(a, b) / max(a, b)`` [1]_, so that a score to beat leaves one stretch of rows to read. Of these only the planes of
the query's bits are read, see :mod:`vcpi.structure.planes`; in C where it was built, else with NumPy: the answers are the same.

References
----------
.. [1] Swamidass & Baldi, J. Chem. Inf. Model. 2007, 47, 302, doi:10.1021/ci600358f
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.structure.planes import N_BYTES, Bits, Ids, Planes, Scores

_NEAREST = 4_096  # rows that NumPy scores first, for a score to beat
_SHARE = 8  # beyond an eighth of the library all rows are scored and sorted


def tanimoto(query: Bits, bits: Bits) -> Scores:
    """Score one fingerprint against many [1]_.

    Parameters
    ----------
    query
        One packed fingerprint, shape (n_bytes,).
    bits
        Packed fingerprints, shape (n_compounds, n_bytes).

    Returns
    -------
    ndarray
        Shape (n_compounds,), each in [0, 1]: common bits over all bits, one division of two integers. Two empty
        fingerprints score 0, as in RDKit.

    Raises
    ------
    InputError
        The shapes do not fit, or the arrays are not of bytes.

    References
    ----------
    .. [1] Bajusz, Rácz & Héberger, J. Cheminform. 2015, 7, 20, doi:10.1186/s13321-015-0069-3

    Examples
    --------
    >>> bits = np.array([[0b1100], [0b0110], [0b0000]], dtype=np.uint8)
    >>> tanimoto(bits[0], bits).round(2).tolist()
    [1.0, 0.33, 0.0]
    """
    query, bits = np.asarray(query), np.asarray(bits)
    if query.dtype != np.uint8 or bits.dtype != np.uint8:
        raise InputError(f"Fingerprints of {query.dtype} and {bits.dtype}; expected packed bytes (uint8)")
    if query.ndim != 1 or bits.ndim != 2 or bits.shape[1:] != query.shape:  # noqa: PLR2004 - a vector and a matrix
        raise InputError(f"Fingerprints of shape {query.shape} and {bits.shape}; expected (n_bytes,) and (n, n_bytes)")
    return _score(query, bits, _popcounts(bits))


def _score(query: Bits, bits: Bits, counts: NDArray[np.int64]) -> Scores:
    """Score rows whose numbers of bits are known."""
    common = _popcounts(bits & query)
    return _shares(query, common, counts)


def _shares(query: Bits, common: NDArray[np.int64], counts: NDArray[np.int64]) -> Scores:
    """Divide the common bits by all bits."""
    scores: Scores = common / np.maximum(counts + int(np.bitwise_count(query).sum()) - common, 1)
    return scores


def _popcounts(bits: Bits) -> NDArray[np.int64]:
    """Count the bits of each row, by words where the width allows it."""
    words = np.ascontiguousarray(bits)
    if words.shape[1] % 8 == 0 and words.shape[1]:
        words = words.view(np.uint64)
    counts: NDArray[np.int64] = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return counts


class FingerprintIndex:
    """Fingerprints of compounds, ready to be searched. Every answer is exact.

    Parameters
    ----------
    compound_ids
        Integers, shape (n_compounds,), each once.
    bits
        Packed fingerprints, shape (n_compounds, 256), uint8.

    Raises
    ------
    InputError
        The shapes do not fit, or an id occurs twice.

    Examples
    --------
    >>> bits = np.zeros((3, 256), dtype=np.uint8)
    >>> bits[:, 0] = [0b1100, 0b0110, 0b1110]
    >>> index = FingerprintIndex(np.array([10, 11, 12]), bits)
    >>> ids, scores = index.top(bits[0], k=2)
    >>> ids.tolist(), scores.round(2).tolist()
    ([10, 12], [1.0, 0.67])
    """

    def __init__(self, compound_ids: ArrayLike, bits: Bits) -> None:
        ids, bits = np.asarray(compound_ids, dtype=np.int64), np.asarray(bits)
        if ids.ndim != 1 or bits.shape != (len(ids), N_BYTES) or bits.dtype != np.uint8:
            raise InputError(
                f"Index of {ids.shape} ids and {bits.shape} bits of {bits.dtype}; expected (n,), and (n, {N_BYTES}) of uint8"
            )
        if len(np.unique(ids)) != len(ids):
            raise InputError(
                f"Index of {len(ids)} ids holds {len(ids) - len(np.unique(ids))} twice; expected each once"
            )
        counts = _popcounts(bits)
        order = np.lexsort((ids, counts))
        self._planes = Planes.of_rows(ids[order], bits, counts[order], order=order)

    @classmethod
    def _of_planes(cls, planes: Planes) -> FingerprintIndex:
        """Wrap planes that are made already."""
        index = cls.__new__(cls)
        index._planes = planes
        return index

    def __len__(self) -> int:
        return len(self._planes)

    @property
    def compound_ids(self) -> Ids:
        """The ids in ascending order, as :meth:`scores` answers."""
        return self._planes.ids[self._by_id]

    @cached_property
    def _by_id(self) -> NDArray[np.int64]:
        """Rows in ascending order of id."""
        return np.argsort(self._planes.ids)

    def scores(self, query: Bits) -> Scores:
        """Score every compound, in ascending order of id; shape (n_compounds,)."""
        return self._all_scores(_checked(query))[self._by_id]

    def top(self, query: Bits, *, k: int) -> tuple[Ids, Scores]:
        """Find the k compounds most alike.

        Parameters
        ----------
        query
            One packed fingerprint, shape (256,), uint8.
        k
            How many, 1 or more; all where the index holds fewer.

        Returns
        -------
        tuple of ndarray
            Ids and scores, best first; equal scores by ascending id, across the edge of k too.

        Raises
        ------
        InputError
            ``k`` is below 1, or the query has another shape.
        """
        if k < 1:
            raise InputError(f"k is {k}; expected 1 or more")
        query = _checked(query)
        if k * _SHARE > len(self):
            return _ordered(self._planes.ids, self._all_scores(query), k)
        found = self._planes.compiled.top(query, k)
        return self._top(query, k) if found is None else found

    def _top(self, query: Bits, k: int) -> tuple[Ids, Scores]:
        """Find the k best with NumPy: score the rows with as many bits as the query, then all that can beat those."""
        low, high = self._nearest(query, max(k, _NEAREST))
        ids, scores = self._planes.ids[low:high], self._stretch(query, low, high)
        if high - low < len(self):
            kth = np.partition(scores, -k)[-k]
            below, above = self._reach(query, kth)
            below, above = min(below, low), max(above, high)
            ids = np.concatenate([self._planes.ids[below:low], ids, self._planes.ids[high:above]])
            scores = np.concatenate([self._stretch(query, below, low), scores, self._stretch(query, high, above)])
        return _ordered(ids, scores, k)

    def top_many(self, queries: Bits, *, k: int, threads: int = 1) -> list[tuple[Ids, Scores]]:
        """Find the k compounds most alike for each of several fingerprints.

        Parameters
        ----------
        queries
            Packed fingerprints, shape (n, 256), uint8.
        k
            How many, 1 or more.
        threads
            How many queries are answered at once; the compiled loops leave Python to others while they run.

        Returns
        -------
        list of tuple
            What :meth:`top` returns for each, in the order of the queries.

        Raises
        ------
        InputError
            ``k`` or ``threads`` is below 1, or the queries have another shape.
        """
        from concurrent.futures import ThreadPoolExecutor  # what a single question can do without

        if threads < 1:
            raise InputError(f"threads is {threads}; expected 1 or more")
        queries = np.asarray(queries)
        if queries.ndim != 2:  # noqa: PLR2004 - a matrix
            raise InputError(f"Query fingerprints of shape {queries.shape}; expected (n, {N_BYTES})")
        order = np.argsort(_popcounts(queries), kind="stable").tolist()  # neighbours read the same rows
        with ThreadPoolExecutor(threads) as pool:
            found = dict(zip(order, pool.map(lambda row: self.top(queries[row], k=k), order), strict=True))
        return [found[row] for row in range(len(queries))]

    def within(self, query: Bits, *, cutoff: float, limit: int | None = None) -> tuple[Ids, Scores]:
        """Find every compound that scores at least ``cutoff``.

        Parameters
        ----------
        query
            One packed fingerprint, shape (256,), uint8.
        cutoff
            In (0, 1].
        limit
            Keep this many of the best; None keeps all.

        Returns
        -------
        tuple of ndarray
            Ids and scores, best first; equal scores by ascending id.

        Raises
        ------
        InputError
            ``cutoff`` is outside (0, 1], ``limit`` below 1, or the query has another shape.
        """
        if not 0 < cutoff <= 1:
            raise InputError(f"cutoff is {cutoff}; expected more than 0 and at most 1")
        if limit is not None and limit < 1:
            raise InputError(f"limit is {limit}; expected 1 or more")
        query = _checked(query)
        low, high = self._reach(query, cutoff)
        found = self._planes.compiled.within(query, cutoff, low, high)
        if found is None:
            scores = self._stretch(query, low, high)
            kept = scores >= cutoff
            found = self._planes.ids[low:high][kept], scores[kept]
        return _ordered(*found, limit)

    def save(self, path: Path) -> None:
        """Write one ``.npy`` file of bit planes; equal content gives equal bytes."""
        self._planes.save(path)

    @classmethod
    def load(cls, path: Path) -> FingerprintIndex:
        """Map a file that :meth:`save` wrote into memory.

        Raises
        ------
        ArtifactError
            The file is missing, cut short, or not such a file.
        """
        return cls._of_planes(Planes.load(path))

    def _all_scores(self, query: Bits) -> Scores:
        """Score every row."""
        scores = self._planes.compiled.scores(query)
        return self._stretch(query, 0, len(self)) if scores is None else scores

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        """First row of each number of bits, and the end."""
        return np.searchsorted(self._planes.counts, np.arange(8 * N_BYTES + 2))

    def _reach(self, query: Bits, cutoff: float) -> tuple[int, int]:
        """Return the one stretch of rows that can score the cutoff, by their number of bits."""
        n_bits = int(np.bitwise_count(query).sum())
        fewest, most = max(0, int(n_bits * cutoff) - 1), 8 * N_BYTES
        if cutoff * most > n_bits:
            most = min(most, int(n_bits / cutoff) + 1)
        while fewest <= n_bits and fewest / max(n_bits, 1) < cutoff:
            fewest += 1
        while most > n_bits and n_bits / most < cutoff:
            most -= 1
        return (int(self._starts[fewest]), int(self._starts[most + 1])) if fewest <= most else (0, 0)

    def _nearest(self, query: Bits, n_rows: int) -> tuple[int, int]:
        """Return the stretch of about ``n_rows`` rows around those with as many bits as the query."""
        peak = int(self._starts[int(np.bitwise_count(query).sum())])
        low = max(0, min(peak - n_rows // 2, len(self) - n_rows))
        return low, min(len(self), low + n_rows)

    def _stretch(self, query: Bits, low: int, high: int) -> Scores:
        """Score rows low to high with NumPy."""
        return _shares(query, self._planes.common(query, low, high), self._planes.counts[low:high].astype(np.int64))


def _checked(query: Bits) -> Bits:
    """Refuse a query of another shape before it is compared."""
    query = np.asarray(query)
    if query.shape != (N_BYTES,) or query.dtype != np.uint8:
        raise InputError(f"Query fingerprint of shape {query.shape} and {query.dtype}; expected ({N_BYTES},) of uint8")
    return np.ascontiguousarray(query)


def _ordered(ids: Ids, scores: Scores, limit: int | None) -> tuple[Ids, Scores]:
    """Sort by falling score, then by id, and cut; ties at the edge are settled before anything is dropped."""
    if limit is not None and limit < len(scores):
        kept = scores >= np.partition(scores, -limit)[-limit]
        ids, scores = ids[kept], scores[kept]
    order = np.lexsort((ids, -scores))[:limit]
    return ids[order], scores[order]
