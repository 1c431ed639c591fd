"""Exact Tanimoto search over packed fingerprints.

Rows are kept in order of their number of bits: two fingerprints of ``a`` and ``b`` bits score at most
``min(a, b) / max(a, b)``, so that a score to beat leaves one stretch of rows to read.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import ArtifactError, InputError

N_BYTES = 256
RECORD = np.dtype([("compound_id", "<i8"), ("bits", "u1", (N_BYTES,))])
_BLOCK = 8_192  # rows scored at a time: 2 MiB of bits, which stays in the cache

Ids = NDArray[np.int64]
Scores = NDArray[np.float64]
Bits = NDArray[np.uint8]


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
    union = counts + int(np.bitwise_count(query).sum()) - common
    scores: Scores = common / np.maximum(union, 1)
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
        self._ids: Ids = ids[order]
        self._bits: Bits = bits[order]
        self._counts = counts[order]

    @classmethod
    def _of_sorted(cls, ids: Ids, bits: Bits, counts: NDArray[np.int64]) -> FingerprintIndex:
        """Wrap arrays that are in order already."""
        index = cls.__new__(cls)
        index._ids, index._bits, index._counts = ids, bits, counts
        return index

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def compound_ids(self) -> Ids:
        """The ids in ascending order, as :meth:`scores` answers."""
        return np.sort(self._ids)

    def scores(self, query: Bits) -> Scores:
        """Score every compound, in ascending order of id; shape (n_compounds,)."""
        return self._stretch(_checked(query), 0, len(self))[np.argsort(self._ids)]

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
        bounds = self._bounds(query)
        low, high = self._nearest(bounds, max(k, _BLOCK // 4))
        ids, scores = self._ids[low:high], self._stretch(query, low, high)
        if high - low < len(self):
            kth = np.partition(scores, -k)[-k]
            below, above = _reach(bounds, kth)
            ids = np.concatenate([self._ids[below:low], ids, self._ids[high:above]])
            scores = np.concatenate([self._stretch(query, below, low), scores, self._stretch(query, high, above)])
        return _ordered(ids, scores, k)

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
        low, high = _reach(self._bounds(query), cutoff)
        scores = self._stretch(query, low, high)
        kept = scores >= cutoff
        return _ordered(self._ids[low:high][kept], scores[kept], limit)

    def save(self, path: Path) -> None:
        """Write one ``.npy`` file of records (compound_id, bits); equal content gives equal bytes."""
        records = np.empty(len(self), dtype=RECORD)
        records["compound_id"], records["bits"] = self._ids, self._bits
        with Path(path).open("wb") as file:
            np.lib.format.write_array(file, records, version=(1, 0), allow_pickle=False)

    @classmethod
    def load(cls, path: Path) -> FingerprintIndex:
        """Map a file that :meth:`save` wrote into memory.

        Raises
        ------
        ArtifactError
            The file is missing, cut short, or not such a file.
        """
        path = Path(path)
        advice = "expected a fingerprint index; rebuild it with 'vcpi build'"
        try:
            records = np.load(path, mmap_mode="r" if path.stat().st_size else None, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise ArtifactError(f"Cannot read {path.name}: {error!s:.120}; {advice}") from error
        if not isinstance(records, np.ndarray) or records.dtype != RECORD or records.ndim != 1:
            raise ArtifactError(f"Cannot read {path.name}: it holds other data; {advice}")
        ids, bits = np.array(records["compound_id"]), records["bits"]
        counts = _popcounts(bits)
        rises = (np.diff(counts) > 0) | ((np.diff(counts) == 0) & (np.diff(ids) > 0))
        if not rises.all() or len(np.unique(ids)) != len(ids):
            raise ArtifactError(f"Cannot read {path.name}: its rows are out of order; {advice}")
        return cls._of_sorted(ids, bits, counts)

    def _bounds(self, query: Bits) -> Scores:
        """Highest score each row can have, by its number of bits; rises to the query's number, then falls."""
        n_bits = int(np.bitwise_count(query).sum())
        low, high = np.minimum(self._counts, n_bits), np.maximum(self._counts, n_bits)
        return low / np.maximum(high, 1)

    def _nearest(self, bounds: Scores, n_rows: int) -> tuple[int, int]:
        """Return the stretch of about ``n_rows`` rows around the highest bound."""
        peak = int(bounds.argmax()) if len(bounds) else 0
        low = max(0, min(peak - n_rows // 2, len(bounds) - n_rows))
        return low, min(len(bounds), low + n_rows)

    def _stretch(self, query: Bits, low: int, high: int) -> Scores:
        """Score rows low to high, a block at a time."""
        scores = np.empty(max(0, high - low))
        for start in range(low, high, _BLOCK):
            stop = min(start + _BLOCK, high)
            scores[start - low : stop - low] = _score(query, self._bits[start:stop], self._counts[start:stop])
        return scores


def _reach(bounds: Scores, cutoff: float) -> tuple[int, int]:
    """Return the one stretch of rows whose bound is not below the cutoff."""
    rows = np.flatnonzero(bounds >= cutoff)
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)


def _checked(query: Bits) -> Bits:
    """Refuse a query of another shape before it is compared."""
    query = np.asarray(query)
    if query.shape != (N_BYTES,) or query.dtype != np.uint8:
        raise InputError(f"Query fingerprint of shape {query.shape} and {query.dtype}; expected ({N_BYTES},) of uint8")
    return query


def _ordered(ids: Ids, scores: Scores, limit: int | None) -> tuple[Ids, Scores]:
    """Sort by falling score, then by id, and cut; ties at the edge are settled before anything is dropped."""
    if limit is not None and limit < len(scores):
        kept = scores >= np.partition(scores, -limit)[-limit]
        ids, scores = ids[kept], scores[kept]
    order = np.lexsort((ids, -scores))[:limit]
    return ids[order], scores[order]
