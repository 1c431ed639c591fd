"""The k signatures most like one, or most unlike: the one home of FAISS, with :mod:`vcpi.signature.fast`.

FAISS proposes, float64 decides: it gives a few more candidates than asked for, more still while the last one is tied
with the k-th, and every candidate is scored again by :func:`vcpi.signature.connectivity.cosine`. So the answer is
exact, and the same for every number of threads and every engine.

A session that asks large data often has its rows coded in one byte a value (:mod:`vcpi.signature.int8`): these propose
every row that can be among the best, and the answer is the same. Coding takes as long as PATIENCE scans, so that it
starts after so many questions; it is never stored, because reading it with its digest takes as long as making it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import ArtifactError, InputError
from vcpi.manifest import REBUILD, sha256_file
from vcpi.signature.columns import Columns
from vcpi.signature.connectivity import MATRIX, cosine
from vcpi.signature.flat_file import FlatRows, read_flat, write_flat
from vcpi.signature.int8 import CodedRows
from vcpi.signature.scores.vectors import cosine_at

if TYPE_CHECKING:
    from vcpi.signature.fast import FastIndex

SPARE = 16
_WRITTEN_AT_ONCE = 1 << 20  # bytes
TIE = 2e-6  # more than float32 sums over 20,000 genes are off by
QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)
PAIRS_PER_BLOCK = 1024
LEAST_CODED = 32 << 20  # bytes of rows: below, a scan by FAISS takes about a millisecond
PATIENCE = 16  # scans by FAISS that take as long as coding the rows
NEARLY_IDENTICAL = 1e-3  # pairs this near to a cosine of 1 are compared value by value


class SignatureIndex:
    """Signatures as unit vectors in a flat inner-product index.

    Parameters
    ----------
    signature_ids
        Shape (n_signatures,), whole numbers from 0, rising.
    vectors
        Shape (n_signatures, n_genes), finite, no row all zero. They stay as they are.

    Raises
    ------
    InputError
        Shapes or ids don't fit, or a row can't be a direction; the message names the id.

    Examples
    --------
    >>> index = SignatureIndex([3, 5, 8], [[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    >>> ids, scores = index.top([1.0, 0.0], k=2)
    >>> ids.tolist(), scores.round(3).tolist()
    ([3, 8], [1.0, 0.707])
    """

    def __init__(self, signature_ids: ArrayLike, vectors: ArrayLike) -> None:
        ids = _checked_ids(signature_ids)
        rows = np.asarray(vectors)
        if rows.ndim != MATRIX or len(rows) != len(ids) or not rows.shape[1]:
            raise InputError(f"Signatures have shape {rows.shape}; expected ({len(ids)}, n_genes), a row for each id")
        self._hold(FlatRows(ids=ids, rows=_unit_rows(ids, rows)))

    def _hold(self, flat: FlatRows) -> None:
        """Hold unit rows and their ids."""
        self._rows = flat.rows.view()
        self._rows.flags.writeable = False
        self._asked = 0
        self._coded: CodedRows | None = None
        self._by_gene: Columns | None = None
        self.signature_ids = flat.ids

    def __len__(self) -> int:
        return len(self.signature_ids)

    @property
    def n_genes(self) -> int:
        """How many genes a signature has."""
        return int(self._rows.shape[1])

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The unit rows in the order of the ids, a read-only view of shape (n_signatures, n_genes), float32."""
        return self._rows

    @property
    def columns(self) -> Columns | None:
        """The rows gene by gene, for scores of lists; None where the C library is not at hand."""
        if self._by_gene is None and Columns.possible(self.vectors):
            self._by_gene = Columns(self.vectors, checked=True)
        return self._by_gene

    def vector(self, signature_id: int) -> NDArray[np.float32]:
        """Give one signature as a unit vector, shape (n_genes,), float32.

        Raises
        ------
        InputError
            There is no signature with this id.
        """
        row = int(np.searchsorted(self.signature_ids, signature_id))
        if row == len(self) or self.signature_ids[row] != signature_id:
            raise InputError(f"No signature {signature_id} in the index; expected one of its {len(self)} ids")
        return np.array(self.vectors[row])

    def scores(self, query: ArrayLike) -> NDArray[np.float64]:
        """Score every signature against a query.

        Parameters
        ----------
        query
            Shape (n_genes,), finite, not all zero.

        Returns
        -------
        ndarray
            Cosines in float64, shape (n_signatures,), in the order of ``signature_ids``.

        Raises
        ------
        InputError
            The query doesn't fit.
        """
        return cosine(self._checked_query(query), self.vectors)

    def top(
        self,
        query: ArrayLike,
        *,
        k: int,
        exclude: Collection[int] | None = None,
        reverse: bool = False,
        fast: FastIndex | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the k signatures most like a query.

        Parameters
        ----------
        query
            Shape (n_genes,), finite, not all zero; any length.
        k
            How many, 1 or more.
        exclude
            Ids to leave out.
        reverse
            Find the most negative instead.
        fast
            What proposes instead of a scan, with the recall that it states; the scores stay exact.

        Returns
        -------
        tuple of ndarray
            Ids and their cosines in float64, ordered by score and, where it is equal, by id; as many as there are,
            up to ``k``.

        Raises
        ------
        InputError
            The query doesn't fit, or ``k`` is below 1.
        """
        if k < 1:
            raise InputError(f"k is {k}; expected 1 or more")
        vector = self._checked_query(query)
        left_out = np.array(sorted(exclude or ()), dtype=np.int64)
        wanted = min(k, len(self))
        if not wanted:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        unit = vector / np.sqrt((vector * vector).sum())
        asked = -unit if reverse else unit
        if fast is None:
            rows = self._candidates(asked, wanted=wanted, left_out=left_out)
        else:
            rows = fast.candidates(asked, wanted=wanted + len(left_out))
            rows = rows[~np.isin(self.signature_ids[rows], left_out)]
        scores = cosine_at(vector, self.vectors, rows)
        order = np.lexsort((rows, scores if reverse else -scores))[:k]
        return self.signature_ids[rows[order]], scores[order]

    def save(self, path: Path) -> str:
        """Write the index and sync it; equal content gives equal bytes.

        Returns
        -------
        str
            SHA-256 of the file.

        Raises
        ------
        ArtifactError
            The file can't be written; nothing is left of it.
        """
        return write_flat(FlatRows(ids=self.signature_ids, rows=self._rows), Path(path))

    @classmethod
    def load(cls, path: Path, *, expected_sha256: str, n_genes: int, content: FlatRows | None = None) -> SignatureIndex:
        """Read an index, after a look at its digest.

        Parameters
        ----------
        path
            What :meth:`save` wrote.
        expected_sha256
            What :meth:`save` returned.
        n_genes
            Genes that a signature must have.
        content
            What :func:`vcpi.signature.flat_file.read_flat` found in the file, where it was read already.

        Returns
        -------
        SignatureIndex
            As it was saved.

        Raises
        ------
        ArtifactError
            There is no such file, it isn't the one that was saved, or it holds another kind of index.
        """
        path = Path(path)
        flat = content or read_flat(path, expected_sha256=expected_sha256)
        if flat is None or flat.rows.shape[1] != n_genes:
            held = "another kind of index" if flat is None else f"signatures of {flat.rows.shape[1]} genes"
            raise ArtifactError(f"{path.name} holds {held}; expected flat inner products of {n_genes} genes; {REBUILD}")
        made = cls.__new__(cls)
        made._hold(flat)
        return made

    def _checked_query(self, query: ArrayLike) -> NDArray[np.float64]:
        """Take a query that has a direction."""
        vector = np.asarray(query, dtype=np.float64)
        if vector.shape != (self.n_genes,):
            raise InputError(f"Query has shape {vector.shape}; the index holds signatures of {self.n_genes} genes")
        if not np.isfinite(vector).all():
            raise InputError("Query holds NaN or infinity; expected a number for every gene")
        if not vector.any():
            raise InputError("Query is zero for every gene; expected an effect to look for")
        return vector

    def _candidates(self, unit: NDArray[np.float64], *, wanted: int, left_out: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows that hold the best ``wanted``, ties at the edge included, without those left out."""
        coded = self._coded_rows()
        if coded is not None:
            rows = coded.reach(unit, k=min(wanted + len(left_out), len(self)))
            if rows is not None:
                return rows[~np.isin(self.signature_ids[rows], left_out)]
        import faiss  # a tenth of a second, which a question that scores all rows does without

        engine_query = unit.astype(np.float32)[np.newaxis]
        asked = min(wanted + SPARE + len(left_out), len(self))
        while True:
            with one_thread():
                scores, rows = faiss.knn(engine_query, self._rows, asked, metric=faiss.METRIC_INNER_PRODUCT)
            kept = (rows[0] >= 0) & ~np.isin(self.signature_ids[rows[0]], left_out)
            found = scores[0][kept]
            enough = len(found) >= wanted and scores[0][-1] < found[wanted - 1] - TIE
            if enough or asked == len(self):
                return np.asarray(rows[0][kept], dtype=np.int64)
            asked = min(2 * asked, len(self))

    def _coded_rows(self) -> CodedRows | None:
        """Give the rows in one byte a value, once enough was asked of enough rows and the C library is at hand."""
        if self._coded is None and self.vectors.nbytes >= LEAST_CODED:
            self._asked += 1
            if self._asked > PATIENCE and CodedRows.possible():
                self._coded = CodedRows(self.vectors)
        return self._coded


def write_faiss(index: Any, path: Path) -> str:  # noqa: ANN401 - FAISS has no types
    """Write an index of FAISS, sync it and give its SHA-256; nothing is left of it where that fails."""
    import faiss  # only where it is asked for

    try:
        with path.open("wb") as stream:  # a file of Python's: FAISS's own writes to stderr where its disk is full
            writer = getattr(faiss, "PyCallbackIOWriter")(stream.write, _WRITTEN_AT_ONCE)  # noqa: B009  its stubs lack it
            faiss.write_index(index, writer)
            stream.flush()
            os.fsync(stream.fileno())
    except (RuntimeError, OSError) as error:
        path.unlink(missing_ok=True)
        raise ArtifactError(f"Cannot write {path.name}; expected a folder with room for it") from error
    return sha256_file(path)


def read_faiss(path: Path, *, expected_sha256: str) -> Any:  # noqa: ANN401
    """Read an index of FAISS, once its SHA-256 is what it has to be."""
    import faiss  # only where it is asked for

    try:
        found = sha256_file(path)
    except OSError as error:
        raise ArtifactError(f"Cannot read {path.name} ({type(error).__name__}); {REBUILD}") from error
    if found != expected_sha256:
        raise ArtifactError(f"{path.name} is damaged: SHA-256 {found[:12]}, not {expected_sha256[:12]}; {REBUILD}")
    try:
        return faiss.read_index(str(path))
    except RuntimeError as error:
        raise ArtifactError(f"{path.name} is no index that FAISS can read; {REBUILD}") from error


def background(
    vectors: ArrayLike,
    compound_ids: ArrayLike,
    *,
    n_pairs: int = 200_000,
    seed: int = 0,
    quantiles: Collection[float] = QUANTILES,
) -> dict[float, float]:
    """Score pairs of unrelated signatures: what cosine is reached by compounds that have nothing to do with each other.

    Parameters
    ----------
    vectors
        Shape (n_signatures, n_genes), as :attr:`SignatureIndex.vectors`.
    compound_ids
        Compound of each signature; pairs within a compound are left out, and so are pairs of identical rows.
    n_pairs
        How many pairs to draw. Where there are no more than these, all of them are taken.
    seed
        Of the draw.
    quantiles
        Shares in [0, 1].

    Returns
    -------
    dict
        Quantile → cosine; empty where there is no pair of different compounds.

    Raises
    ------
    InputError
        Vectors and compounds differ in length.

    Examples
    --------
    >>> background([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [1, 2, 2], quantiles=[0.0, 1.0])
    {0.0: 0.0, 1.0: 0.7071067811865475}
    """
    rows: NDArray[np.floating] = np.asarray(vectors)
    compounds = np.asarray(compound_ids)
    if rows.ndim != MATRIX or compounds.shape != (len(rows),):
        raise InputError(f"Signatures have shape {rows.shape}, compounds {compounds.shape}; expected (n, g) and (n,)")
    first, second = _pairs(len(rows), n_pairs=n_pairs, rng=np.random.default_rng(seed))
    unlike = compounds[first] != compounds[second]
    scores = _pair_cosines(rows, first[unlike], second[unlike])
    if not scores.size:
        return {}
    return {share: float(np.quantile(scores, share)) for share in sorted(quantiles)}


def _pairs(n: int, *, n_pairs: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs of different rows, or as many as asked for, drawn with replacement."""
    if n * (n - 1) // 2 <= n_pairs:
        first, second = np.triu_indices(n, 1)
        return first, second
    first = rng.integers(0, n, n_pairs)
    return first, (first + rng.integers(1, n, n_pairs)) % n


def _pair_cosines(
    rows: NDArray[np.floating], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cosine of each pair of rows that are not identical, in the precision of the rows."""
    used = np.unique(np.concatenate([first, second]))
    norms = np.zeros(len(rows))
    norms[used] = [float(np.sqrt(np.square(rows[row], dtype=np.float64).sum())) for row in used.tolist()]
    parts = []
    for start in range(0, len(first), PAIRS_PER_BLOCK):
        one, other = first[start : start + PAIRS_PER_BLOCK], second[start : start + PAIRS_PER_BLOCK]
        left, right = rows[one], rows[other]
        scale = norms[one] * norms[other]
        usable = scale > 0
        scores = np.einsum("ij,ij->i", left, right)[usable].astype(np.float64) / scale[usable]
        near = np.flatnonzero(scores > 1.0 - NEARLY_IDENTICAL)
        places = np.flatnonzero(usable)[near]
        identical = near[(left[places] == right[places]).all(axis=1)]
        parts.append(np.delete(scores, identical))
    return np.concatenate(parts) if parts else np.zeros(0)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep FAISS to one thread: for a single query more of them only cost."""
    import faiss  # only where it is asked for

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _checked_ids(signature_ids: ArrayLike) -> NDArray[np.int64]:
    """Take ids that are whole numbers from 0, each once and rising."""
    given = np.asarray(signature_ids)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise InputError(f"Signature ids have shape {given.shape} and type {given.dtype}; expected whole numbers (n,)")
    ids = given.astype(np.int64)
    if len(ids) and (ids[0] < 0 or (np.diff(ids) <= 0).any()):
        raise InputError("Signature ids are not sorted, not unique or below 0; expected rising ids from 0")
    return ids


def _unit_rows(ids: NDArray[np.int64], rows: NDArray[np.generic]) -> NDArray[np.float32]:
    """Copy the rows with length 1, naming the first that has none."""
    unit = np.empty(rows.shape, dtype=np.float32)
    for start in range(0, len(rows), PAIRS_PER_BLOCK):
        block = np.asarray(rows[start : start + PAIRS_PER_BLOCK], dtype=np.float64)
        finite = np.asarray(np.isfinite(block).all(axis=1))
        norms = np.sqrt((np.where(finite[:, np.newaxis], block, 0.0) ** 2).sum(axis=1))
        bad = np.flatnonzero(~finite | (norms == 0))
        if bad.size:
            why = "is zero for every gene" if finite[bad[0]] else "holds NaN or infinity"
            raise InputError(f"Signature {ids[start + bad[0]]} {why}; expected a finite effect; leave it out")
        unit[start : start + len(block)] = block / norms[:, np.newaxis]
    return unit
