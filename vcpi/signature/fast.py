"""The nearest signatures without looking at all values: one bit a value proposes, float64 decides among what it proposes.

FAISS's RaBitQ writes each value in one bit and scans these, 32 rows at a time; every one of the hundreds or thousands
that it puts first is scored in full. What it misses is measured on the signatures themselves when it is built, and told with each
answer: a signature that is found has its exact score, but one in so many is not found.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import ArtifactError, InputError
from vcpi.manifest import REBUILD
from vcpi.signature.search import one_thread, read_faiss, write_faiss

if TYPE_CHECKING:
    from vcpi.signature.search import SignatureIndex

RECALL_AT = 10
TARGET = 0.965  # recall that the number of candidates is chosen for
CANDIDATES = (500, 700, 1_000, 1_400, 2_000, 2_800, 4_000, 5_600, 8_000, 11_000, 16_000, 22_000)
ONE_QUERY = 14  # the way FAISS scans several rows at a time, a sixth faster for one query than what it takes by itself
QUERIES = 200
MOST_TRAINING = 20_000


class FastIndex:
    """Signatures in one bit a value.

    Parameters
    ----------
    index
        What FAISS scans.
    n_candidates
        How many of its first are scored in full.
    recall
        Share of the true ten nearest that are found, measured.
    n_queries
        On how many signatures.
    """

    def __init__(self, index: Any, *, n_candidates: int, recall: float, n_queries: int) -> None:  # noqa: ANN401
        index.implem = ONE_QUERY  # stands in no file
        self._index = index
        self.n_candidates = n_candidates
        self.recall = recall
        self.n_queries = n_queries

    @classmethod
    def build(cls, exact: SignatureIndex, *, n_queries: int = QUERIES, target: float = TARGET) -> FastIndex:
        """Write signatures in one bit a value, and measure what that misses.

        Signatures at equal distances are asked about, each without itself. The fewest candidates are taken that reach
        the target, or the most where none do.

        Parameters
        ----------
        exact
            The signatures, 11 or more.
        n_queries
            Signatures to measure with, 1 or more; fewer where there are fewer.
        target
            Recall at 10, in (0, 1].

        Raises
        ------
        InputError
            There are too few signatures, or ``n_queries`` is below 1.
        """
        n_rows = len(exact)
        if n_rows <= RECALL_AT or n_queries < 1:
            raise InputError(
                f"{n_rows} signatures and {n_queries} queries; expected {RECALL_AT + 1} or more, and 1 or more"
            )
        rows = exact.vectors
        import faiss  # only those who build or ask it pay

        index = faiss.IndexRaBitQFastScan(rows.shape[1], faiss.METRIC_INNER_PRODUCT)
        index.train(np.ascontiguousarray(rows[:: max(1, n_rows // MOST_TRAINING)]))
        index.add(rows)
        asked = np.unique(np.linspace(0, n_rows - 1, min(n_queries, n_rows)).round().astype(np.int64))
        truth = [exact.top(rows[row], k=RECALL_AT, exclude={int(exact.signature_ids[row])})[0] for row in asked]
        made = cls(index, n_candidates=n_rows, recall=1.0, n_queries=len(asked))
        for n_candidates in sorted({min(n, n_rows) for n in CANDIDATES}):
            made.n_candidates = n_candidates
            made.recall = made._recall(exact, asked, truth)
            if made.recall >= target:
                break
        return made

    def candidates(self, unit: NDArray[np.float64], *, wanted: int) -> NDArray[np.int64]:
        """Propose rows for the nearest to a query.

        Parameters
        ----------
        unit
            Shape (n_genes,), of length 1.
        wanted
            How many are needed; at least ten times as many are proposed.

        Returns
        -------
        ndarray
            Rows in rising order.
        """
        n = min(max(self.n_candidates, RECALL_AT * wanted), self._index.ntotal)
        with one_thread():
            _, rows = self._index.search(unit.astype(np.float32)[np.newaxis], n)
        return np.sort(rows[0][rows[0] >= 0]).astype(np.int64)

    def recipe(self) -> dict[str, Any]:
        """Give what a manifest says of the index; :meth:`load` takes it."""
        return {
            "fast": "RaBitQ, 1 bit",
            "n_genes": int(self._index.d),
            "n_candidates": self.n_candidates,
            "recall_at_10": round(self.recall, 4),
            "n_queries": self.n_queries,
        }

    def save(self, path: Path) -> str:
        """Write the index, sync it and give the SHA-256 of the file.

        Raises
        ------
        ArtifactError
            The file can't be written; nothing is left of it.
        """
        return write_faiss(self._index, Path(path))

    @classmethod
    def load(cls, path: Path, *, expected_sha256: str, recipe: Mapping[str, Any], n_rows: int) -> FastIndex:
        """Read an index, after a look at its digest.

        Parameters
        ----------
        path
            What :meth:`save` wrote.
        expected_sha256
            What :meth:`save` returned.
        recipe
            As :meth:`recipe` gave it.
        n_rows
            Signatures that it must hold.

        Raises
        ------
        ArtifactError
            There is no such file, it isn't the one that was saved, or it holds another kind of index.
        """
        import faiss  # only those who build or ask it pay

        index = read_faiss(Path(path), expected_sha256=expected_sha256)
        fits = type(index) is faiss.IndexRaBitQFastScan and index.ntotal == n_rows and index.d == recipe["n_genes"]
        if not fits:
            held = f"{type(index).__name__} of {index.ntotal} rows and {index.d} values"
            raise ArtifactError(f"{path.name} holds {held}; expected {n_rows} rows in one bit a value; {REBUILD}")
        return cls(
            index,
            n_candidates=int(recipe["n_candidates"]),
            recall=float(recipe["recall_at_10"]),
            n_queries=int(recipe["n_queries"]),
        )

    def _recall(self, exact: SignatureIndex, asked: NDArray[np.int64], truth: list[NDArray[np.int64]]) -> float:
        """Measure the share of the true nearest that are found."""
        found = 0
        for row, true in zip(asked.tolist(), truth, strict=True):
            own = {int(exact.signature_ids[row])}
            ids, _ = exact.top(exact.vectors[row], k=RECALL_AT, exclude=own, fast=self)
            found += int(np.isin(true, ids).sum())
        return found / (RECALL_AT * len(asked))
