"""A workspace and an engine: what of it is pushed, and questions whose candidates come from there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vcpi.database.pushdown import labels_of
from vcpi.database.pushdown import said as told
from vcpi.engines.address import parse_address
from vcpi.engines.candidates import Searcher
from vcpi.engines.interface import EngineError, Rows, Space, rows_of
from vcpi.engines.push import check_build
from vcpi.errors import InputError
from vcpi.store import read
from vcpi.structure.planes import N_BYTES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from vcpi.answers import JointAnswer, StructureAnswer
    from vcpi.database.indexes import Indexes
    from vcpi.engines.candidates import Best
    from vcpi.engines.conditions import Condition
    from vcpi.engines.interface import Backend
    from vcpi.engines.push import Store
    from vcpi.manifest import Manifest

_Answer = TypeVar("_Answer", "StructureAnswer", "JointAnswer")

N_CANDIDATES = 1_000  # signatures that an engine is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a workspace that an engine can hold.

    Attributes
    ----------
    space
        Its name and kind there.
    build
        Name of its content: another content, another name.
    manifest
        Of its index here.
    dataset_id
        Of signatures.
    """

    space: Space
    build: str
    manifest: Manifest
    file: str
    dataset_id: int | None = None


def parts(connection: sqlite3.Connection, indexes: Indexes) -> list[Part]:
    """List what a workspace can push: its fingerprints, and the signatures of each dataset."""
    found = [fingerprint_part(indexes)]
    for dataset in read.datasets(connection):
        found.append(signature_part(indexes, dataset["dataset_id"]))
    return [one for one in found if one.manifest.n_rows]


def fingerprint_part(indexes: Indexes) -> Part:
    """Describe the fingerprints of a workspace as an engine holds them."""
    file, manifest = indexes.current("fingerprints")
    space = Space(name="compounds", kind="fingerprints", width=N_BYTES)
    return Part(space=space, build=_build(space, manifest), manifest=manifest, file=file)


def signature_part(indexes: Indexes, dataset_id: int) -> Part:
    """Describe the signatures of a dataset as an engine holds them."""
    file, manifest = indexes.current("signatures", dataset_id)
    space = Space(name=f"effects_{dataset_id}", kind="signatures", width=int(manifest.recipe["n_genes"]))
    return Part(space=space, build=_build(space, manifest), manifest=manifest, file=file, dataset_id=dataset_id)


def _build(space: Space, manifest: Manifest) -> str:
    """Name a content by what it was made from."""
    said = [space.kind, space.width, sorted(space.fields), manifest.content_digest, dict(manifest.recipe)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class Source:
    """The rows of a part, as they are pushed."""

    def __init__(self, connection: sqlite3.Connection, indexes: Indexes, part: Part) -> None:
        self._space = part.space
        self._vectors: NDArray[Any]
        if part.dataset_id is None:
            self._ids, self._vectors = read.fingerprints(connection)
            order = np.argsort(self._ids)
            self._ids, self._vectors = self._ids[order], self._vectors[order]
            self._scalars = _compound_values(connection, self._ids, self._vectors)
        else:
            index, _ = indexes.signatures(part.dataset_id)
            self._ids, self._vectors = index.signature_ids, index.vectors
            self._scalars = _signature_values(connection, part.dataset_id)

    @property
    def last_id(self) -> int:
        """The highest id."""
        return int(self._ids.max(initial=-1))

    def stretch(self, start: int, stop: int) -> Rows:
        """Give the rows whose id is from ``start`` to below ``stop``."""
        low, high = np.searchsorted(self._ids, [start, stop]).tolist()
        some = {name: values[low:high] for name, values in self._scalars.items()}
        return rows_of(self._space, self._ids[low:high], self._vectors[low:high], some)


def _compound_values(connection: sqlite3.Connection, ids: NDArray[np.int64], bits: Any) -> dict[str, list[Any]]:  # noqa: ANN401
    """Read what compounds are filtered by: the first dataset that measured each, class, bits and weight."""
    labels = labels_of(connection)
    measured = dict(
        connection.execute(
            "SELECT s.compound_id, min(d.name) FROM signature s JOIN dataset d USING (dataset_id) GROUP BY s.compound_id"
        ).fetchall()
    )
    weights = _weights(connection)
    numbers = ids.tolist()
    return {
        "dataset": [measured.get(one, "") for one in numbers],
        "label": [labels.get(one, "") for one in numbers],
        "popcount": np.bitwise_count(bits).sum(axis=1).tolist(),
        "molecular_weight": [weights.get(one) for one in numbers],
    }


def _weights(connection: sqlite3.Connection) -> dict[int, float | None]:
    """Read the weight of each compound."""
    return dict(connection.execute("SELECT compound_id, molecular_weight FROM compound").fetchall())


def _signature_values(connection: sqlite3.Connection, dataset_id: int) -> dict[str, list[Any]]:
    """Read what signatures are filtered by."""
    labels, weights = labels_of(connection), _weights(connection)
    signatures = sorted(read.signatures(connection, dataset_id), key=lambda one: one.signature_id)
    return {
        "dataset": [one.dataset for one in signatures],
        "label": [labels.get(one.treatment.compound_id, "") for one in signatures],
        "cell_line": [one.treatment.cell_line for one in signatures],
        "dose_um": [one.treatment.dose_um for one in signatures],
        "compound_id": [one.treatment.compound_id for one in signatures],
        "molecular_weight": [weights.get(one.treatment.compound_id) for one in signatures],
    }


def connect(text: str) -> Store:
    """Reach the engine at an address.

    Raises
    ------
    InputError
        The text is no address.
    EngineError
        It cannot be reached.
    """
    from vcpi.engines.milvus import MilvusBackend  # an extra, and half a second

    return MilvusBackend(parse_address(text))


def searcher_of(backend: Backend, part: Part) -> Searcher:
    """Open a part on an engine, only if it is what the store holds.

    Raises
    ------
    EngineError
        It is another build, or none that is whole.
    """
    check_build(backend.sealed(part.space), part.space, part.build)
    return Searcher(backend, part.space)


class EngineFingerprints:
    """Structure search on an engine, as :class:`vcpi.structure.search.FingerprintIndex` is asked.

    Parameters
    ----------
    connection, searcher
        The store, and the fingerprints on the engine.
    where
        What the engine is told of the filter; None without one.
    """

    def __init__(
        self, connection: sqlite3.Connection, searcher: Searcher, *, where: tuple[Condition, ...] | None = None
    ) -> None:
        self._connection, self._searcher, self._where = connection, searcher, where

    @cached_property
    def compound_ids(self) -> NDArray[np.int64]:
        """The ids in ascending order."""
        query = "SELECT compound_id FROM compound WHERE fingerprint IS NOT NULL ORDER BY compound_id"
        return np.array([row[0] for row in self._connection.execute(query)], dtype=np.int64)

    @property
    def caveat(self) -> str:
        """Where the answer comes from, and whether something may be missing."""
        text = said(self._searcher)
        return text if self._where is None else f"{text}; {told(self._where)}"

    def top(self, query: NDArray[np.uint8], *, k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the k compounds most alike."""
        found = self._searcher.top(query, k=k)
        return found.ids, found.scores

    def within(self, query: NDArray[np.uint8], *, cutoff: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find every compound that scores at least ``cutoff``."""
        if not 0 < cutoff <= 1:
            raise InputError(f"cutoff is {cutoff}; expected more than 0 and at most 1")
        found = self._searcher.within(query, least=cutoff, where=self._where or ())
        return found.ids, found.scores

    def among(
        self, query: NDArray[np.uint8], *, k: int, kept: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the k most alike of some compounds; ``kept`` has the shape of ``compound_ids``."""
        for m, found in widened(self._searcher, query, 4 * k, len(kept), where=self._where or ()):
            good = kept[np.searchsorted(self.compound_ids, found.ids)]
            if int(good.sum()) >= min(k, int(kept.sum())) or len(found.ids) < m:
                break
        return found.ids[good][:k], found.scores[good][:k]


class EngineSignatures:
    """What proposes signatures, as :class:`vcpi.signature.fast.FastIndex` is asked.

    Parameters
    ----------
    searcher, signature_ids
        The signatures on the engine, and their ids in the order of the index here.
    where
        What the engine is told of the filter; None without one.
    """

    def __init__(
        self, searcher: Searcher, signature_ids: NDArray[np.int64], *, where: tuple[Condition, ...] | None = None
    ) -> None:
        self._searcher, self._ids, self._where = searcher, signature_ids, where

    def candidates(
        self, unit: NDArray[np.float64], *, enough: Callable[[NDArray[np.int64]], bool]
    ) -> NDArray[np.int64]:
        """Propose rows for the nearest to a query, in rising order.

        Parameters
        ----------
        unit
            The query, of length 1.
        enough
            Says of rows, best first, whether they are enough; more are proposed until they are, or all.
        """
        for m, found in widened(self._searcher, unit, N_CANDIDATES, len(self._ids), where=self._where or ()):
            rows = np.searchsorted(self._ids, found.ids)
            if len(rows) < m or enough(rows):
                break
        return np.sort(rows)

    def caveat(self, n_ranked: int, n: int) -> str:
        """Say where the hits come from, and what of q is not as by the embedded index."""
        text = f"{said(self._searcher)}; {n_ranked:,} of {n:,} signatures were looked at, and q takes the others for chance"
        return text if self._where is None else f"{text}; {told(self._where)}"


def widened(
    searcher: Searcher, query: NDArray[Any], m: int, n: int, *, where: tuple[Condition, ...]
) -> Iterator[tuple[int, Best]]:
    """Ask for more and more of the nearest, four times as many each time, in the end for all ``n``."""
    while True:
        m = min(m, n) if m <= searcher.capabilities.most // 2 else n
        yield m, searcher.top(query, k=max(m, 1), where=where)
        if m >= n:
            return
        m *= 4


def said(searcher: Searcher) -> str:
    """Say which engine answered, and how well."""
    can, sealed = searcher.capabilities, searcher.sealed
    recall = "not measured" if sealed.recall is None else f"{sealed.recall:.1%} of the ten nearest are found"
    how = "exact" if can.exact else f"not exact: {recall}"
    return f"answered by {can.engine} {can.version} ({how}; build {sealed.build[:12]}, {sealed.digest.n_rows:,} rows)"


class Engine:
    """The engine that a workspace asks, reached when it is first asked.

    Parameters
    ----------
    address
        ``milvus://...``.
    or_embedded
        Where it does not answer, the embedded indexes do, and the answer says so.
    """

    def __init__(self, address: str, *, or_embedded: bool = False) -> None:
        parse_address(address)
        self._address, self._or_embedded = address, or_embedded
        self._backend: Store | None = None

    def backend(self) -> Store:
        """Reach it."""
        if self._backend is None:
            self._backend = connect(self._address)
        return self._backend

    def answer(self, asked: Callable[[], _Answer], otherwise: Callable[[], _Answer]) -> _Answer:
        """Answer by the engine; by the embedded indexes only where that was told.

        Raises
        ------
        EngineError
            It does not answer, or serves something else than the store holds.
        """
        try:
            return asked()
        except EngineError as error:
            if not self._or_embedded:
                error.add_note("with --or-embedded the embedded indexes answer in its place")
                raise
            found: _Answer = otherwise()
            told = f"the engine did not answer ({error}); answered by the embedded indexes, exactly"
            return replace(found, caveats=(told, *found.caveats))
