"""Milvus as an engine: fingerprints as binary vectors by JACCARD, signatures as float vectors by inner product.

Each build of a space is a collection of its own; an alias names the one that is served, and moves when a push has
ended. What a build is stands in the properties of its collection.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcpi.engines.candidates import joined
from vcpi.engines.interface import (
    MOST_TEXT,
    Candidates,
    Capabilities,
    Digest,
    EngineError,
    EngineTimeoutError,
    Rows,
    Sealed,
)
from vcpi.engines.milvus_client import Limited, explained
from vcpi.errors import InputError, MissingDependencyError

if TYPE_CHECKING:
    from vcpi.engines.address import Address
    from vcpi.engines.conditions import Condition
    from vcpi.engines.interface import Ids, Space

MOST = 16_384  # candidates, and rows, that one answer of Milvus may hold
OLDEST = (2, 3)
MESSAGE_BYTES = 12 << 20
N_PARTITIONS = 64  # datasets share them beyond this; the server's own partition keys lost rows on upsert (2.3.5)
SETTLE_S = 900.0  # that an index may take to be built
SCORE_ERROR = 1e-5  # float32 sums of a signature; Jaccard is closer
_SEALED, _PROGRESS = "vcpi.sealed", "vcpi.progress"
_INDEXES: dict[str, dict[str, tuple[str, dict[str, Any], dict[str, Any]]]] = {
    "fingerprints": {
        "exact": ("BIN_FLAT", {}, {}),
        "ivf": ("BIN_IVF_FLAT", {"nlist": 256}, {"nprobe": 64}),
    },
    "signatures": {
        "exact": ("FLAT", {}, {}),
        "ivf": ("IVF_FLAT", {"nlist": 256}, {"nprobe": 64}),
        "sq8": ("IVF_SQ8", {"nlist": 256}, {"nprobe": 64}),
        "hnsw": ("HNSW", {"M": 16, "efConstruction": 200}, {"ef": 128}),
    },
}


class MilvusBackend:
    """A Milvus server, 2.3 or newer.

    Parameters
    ----------
    address
        Where it is.

    Raises
    ------
    MissingDependencyError
        The client is not installed.
    EngineError
        It cannot be reached, is too old, or refuses the user.
    """

    def __init__(self, address: Address) -> None:
        try:
            from pymilvus import MilvusClient  # an extra, half a second
        except ImportError as error:
            message = "An engine milvus:// needs its client; install it with: pip install 'vcpi-search[milvus]'"
            raise MissingDependencyError(message) from error
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)  # what it would say becomes one line of ours
        self.address = address
        self._settled: set[str] = set()
        if address.ca is not None and not Path(address.ca).is_file():
            raise EngineError(
                f"{address.text} names the authority {address.ca}, which is no file; expected one in PEM form"
            )
        login = {"user": address.user, "password": address.password} if address.user else {}
        tls = {"server_pem_path": address.ca} if address.ca else {}
        with self._told("connect to"):
            client = MilvusClient(uri=address.uri, timeout=address.timeout_s, **login, **tls)
            self._client: Any = Limited(client, address.timeout_s)
            self.version = str(self._client.get_server_version())
        found = tuple(int(part) for part in self.version.lstrip("v").split("-")[0].split(".")[:2])
        if found < OLDEST:
            raise EngineError(f"{address.text} is Milvus {self.version}; expected 2.3 or newer; upgrade the server")

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def capabilities(self, space: Space) -> Capabilities:
        """Say what the chosen index can do."""
        index = self._index(space)
        return Capabilities(
            engine=f"Milvus, {index[0]}",
            version=self.version,
            exact=index[0] in {"FLAT", "BIN_FLAT"},
            most=MOST,
            score_error=SCORE_ERROR,
        )

    def create(self, space: Space, build: str) -> None:
        """Make the collection of a build, with its index, and load it."""
        name = self._collection(space, build)
        with self._told("make room at"):
            if not self._client.has_collection(name):
                self._client.create_collection(
                    name, schema=self._schema(space), num_shards=1, consistency_level="Bounded"
                )
            if not self._client.list_indexes(name):
                kind, settings, _ = self._index(space)
                made = self._client.prepare_index_params()
                made.add_index("vector", index_type=kind, metric_type=_metric(space), params=settings)
                self._client.create_index(name, made)
            self._client.load_collection(name, timeout=max(60.0, self.address.timeout_s))

    def upsert(self, space: Space, build: str, rows: Rows) -> None:
        """Put rows there, in messages of a bearable size."""
        name, step = self._collection(space, build), _step(space)
        self._settled.discard(name)
        parts = np.array([_partition(one) for one in rows.scalars["dataset"]])
        for part in np.unique(parts).tolist():
            some = rows.take(np.flatnonzero(parts == part))
            with self._told("write to"):
                if not self._client.has_partition(name, part):
                    self._client.create_partition(name, part)
                for start in range(0, len(some), step):
                    data = _entities(space, some.take(np.arange(start, min(start + step, len(some)))))
                    self._client.upsert(name, data, partition_name=part, timeout=max(60.0, self.address.timeout_s))

    def remember(self, space: Space, build: str, progress: dict[str, Any]) -> None:
        """Keep how far a push has come, beside its rows."""
        with self._told("write to"):
            self._client.alter_collection_properties(
                self._collection(space, build), {_PROGRESS: json.dumps(progress, sort_keys=True)}
            )

    def remembered(self, space: Space, build: str) -> dict[str, Any]:
        """Say how far a push has come; empty where there was none."""
        with self._told("ask"):
            name = self._collection(space, build)
            if not self._client.has_collection(name):
                return {}
            found: dict[str, Any] = json.loads(self._properties(name).get(_PROGRESS, "{}"))
            return found

    def settle(self, space: Space, build: str) -> None:
        """Wait until all rows of a build are on disk, indexed, and seen by questions."""
        name = self._collection(space, build)
        if name in self._settled:
            return  # servers keep flushes ten seconds apart
        deadline = time.monotonic() + SETTLE_S
        with self._told("finish at"):
            self._client.flush(name, timeout=SETTLE_S)
            while True:
                state = self._client.describe_index(name, "vector")
                if not int(state.get("pending_index_rows", 0)) and state.get("state", "Finished") == "Finished":
                    break
                if time.monotonic() > deadline:
                    raise EngineTimeoutError(f"{self.address.text} has not indexed {space.name} in {SETTLE_S:.0f} s")
                time.sleep(0.5)
            self._client.refresh_load(name, timeout=SETTLE_S)
        self._count(name, "", consistency="Strong")
        self._settled.add(name)

    def seal(self, space: Space, sealed: Sealed) -> None:
        """Write down what a build is, and move the alias to it; older builds go."""
        name = self._collection(space, sealed.build)
        self.settle(space, sealed.build)
        body = {
            "build": sealed.build,
            "digest": str(sealed.digest),
            "recall": sealed.recall,
            "settings": dict(sealed.settings),
            "index": self.address.index,
        }
        with self._told("seal at"):
            self._client.alter_collection_properties(name, {_SEALED: json.dumps(body, sort_keys=True)})
            alias = self._alias(space)
            if self._served(space) is None:
                self._client.create_alias(name, alias)
            else:
                self._client.alter_alias(name, alias)
            for other in self._client.list_collections():
                if other.startswith(f"{alias}__") and other != name:
                    self._client.drop_collection(other)

    def sealed(self, space: Space) -> Sealed | None:
        """Say which build is served."""
        with self._told("ask"):
            body = self._served(space)
        if body is None:
            return None
        return Sealed(
            build=body["build"],
            digest=Digest.of_text(body["digest"]),
            recall=body["recall"],
            settings=body["settings"],
        )

    def count(self, space: Space, where: tuple[Condition, ...] = (), *, build: str | None = None) -> int:
        """Count the rows that pass; those of an unserved build as they are at this moment."""
        name = self._name(space, build)
        return self._count(name, _expression(where), consistency="Bounded" if build is None else "Strong")

    def top(self, space: Space, query: NDArray[Any], m: int, where: tuple[Condition, ...] = ()) -> Candidates:
        """Propose the best."""
        return self._search(space, query, m, where, {})

    def within(
        self, space: Space, query: NDArray[Any], least: float, limit: int, where: tuple[Condition, ...] = ()
    ) -> Candidates:
        """Propose what scores enough."""
        if space.kind == "fingerprints":  # distances from 0 up to the radius
            bounds = {
                "radius": float(min(np.nextafter(np.float32(1 - least), np.float32(2)), 1.0)),
                "range_filter": 0.0,
            }
        else:
            bounds = {"radius": float(np.nextafter(np.float32(least), np.float32(-2))), "range_filter": 1.1}
        return self._search(space, query, limit, where, bounds)

    def fetch(self, space: Space, ids: Ids) -> Rows:
        """Give rows by id."""
        numbers = [int(one) for one in ids]
        step = _step(space)
        name = self._name(space, None)
        parts = []
        for start in range(0, len(numbers), step):
            some = f"id in {numbers[start : start + step]}"
            parts.append(self._read(space, name, some, consistency="Bounded"))
        return joined(space, parts)

    def scan(
        self, space: Space, start: int, stop: int, where: tuple[Condition, ...] = (), *, build: str | None = None
    ) -> Rows:
        """Give a stretch of rows, in answers of a bearable size."""
        name, parts = self._name(space, build), []
        step = _step(space)
        for low in range(start, stop, step):
            text = _expression(where, f"id >= {low}", f"id < {min(low + step, stop)}")
            parts.append(self._read(space, name, text, consistency="Bounded" if build is None else "Strong"))
        return joined(space, parts)

    @contextmanager
    def locked(self, space: Space, owner: dict[str, Any], *, take_over: bool = False) -> Iterator[None]:
        """Keep other pushes of a space out: the server makes a collection of a name once.

        Raises
        ------
        EngineError
            Another push holds it.
        """
        name = f"{self._alias(space)}_lock"
        with self._told("lock"):
            if take_over and self._client.has_collection(name):
                self._client.drop_collection(name)
        try:
            with self._told("lock"):
                self._client.create_collection(name, schema=self._plain(json.dumps(owner, sort_keys=True)))
        except EngineError as error:
            holder = self.holder(space)
            if holder is None:
                raise
            who = f"{holder.get('host')}, process {holder.get('process')}"
            raise EngineError(
                f"Another push of {space.name} is under way ({who}); wait for it, or take over with --take-over"
            ) from error
        try:
            yield
        finally:
            with self._told("unlock"):
                self._client.drop_collection(name)

    def holder(self, space: Space) -> dict[str, Any] | None:
        """Say who pushes a space at this moment."""
        with self._told("ask"):
            name = f"{self._alias(space)}_lock"
            if name not in self._client.list_collections():
                return None
        try:
            with self._told("ask"):
                found: dict[str, Any] = json.loads(self._client.describe_collection(name)["description"] or "{}")
        except EngineError:
            return None  # given back in this moment
        return found

    def drop(self, space: Space) -> None:
        """Take away all builds of a space."""
        with self._told("clear"):
            alias = self._alias(space)
            if self._served(space) is not None:
                self._client.drop_alias(alias)
            for name in self._client.list_collections():
                if name.startswith(f"{alias}__"):
                    self._client.drop_collection(name)

    def _alias(self, space: Space) -> str:
        """Name what is served."""
        return f"{self.address.prefix}_{space.name}"

    def _collection(self, space: Space, build: str) -> str:
        """Name the collection of a build."""
        return f"{self._alias(space)}__{build[:24]}_{self.address.index}"

    def _name(self, space: Space, build: str | None) -> str:
        """Name the collection to read."""
        return self._alias(space) if build is None else self._collection(space, build)

    def _index(self, space: Space) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Give the index, how it is built, and how it is asked."""
        known = _INDEXES[space.kind]
        if self.address.index not in known:
            raise InputError(
                f"Milvus has no index {self.address.index!r} for {space.kind}; expected {', '.join(known)}"
            )
        return known[self.address.index]

    def _properties(self, name: str) -> dict[str, str]:
        """Read the properties of a collection."""
        return dict(self._client.describe_collection(name).get("properties") or {})

    def _served(self, space: Space) -> dict[str, Any] | None:
        """Read what the alias points to."""
        if not self._client.has_collection(self._alias(space)):
            return None
        text = self._properties(self._alias(space)).get(_SEALED)
        return None if text is None else json.loads(text)

    def _plain(self, description: str) -> Any:  # noqa: ANN401  the client has no types
        """Describe a collection that only has to be there."""
        from pymilvus import DataType

        made = self._client.create_schema(auto_id=False, enable_dynamic_field=False, description=description)
        made.add_field("id", DataType.INT64, is_primary=True)
        made.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
        return made

    def _schema(self, space: Space) -> Any:  # noqa: ANN401
        """Describe the collection of a space."""
        from pymilvus import DataType

        made = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        made.add_field("id", DataType.INT64, is_primary=True)
        if space.kind == "fingerprints":
            made.add_field("vector", DataType.BINARY_VECTOR, dim=8 * space.width)
        else:
            made.add_field("vector", DataType.FLOAT_VECTOR, dim=space.width)
        for name, kind in space.fields.items():
            if kind is str:
                made.add_field(name, DataType.VARCHAR, max_length=MOST_TEXT)
            else:
                made.add_field(name, DataType.INT64 if kind is int else DataType.DOUBLE)
        return made

    def _partitions(self, space: Space, where: tuple[Condition, ...]) -> dict[str, list[str]]:
        """Name the partition to look into, where the conditions name a dataset that has one."""
        named = [_partition(str(one.value)) for one in where if one.field == "dataset"]
        if not named or not self._client.has_partition(self._alias(space), named[0]):
            return {}
        return {"partition_names": named[:1]}

    def _count(self, name: str, text: str, *, consistency: str) -> int:
        """Count."""
        with self._told("ask"):
            found = self._client.query(
                name, filter=text, output_fields=["count(*)"], consistency_level=consistency,
                timeout=self.address.timeout_s,
            )  # fmt: skip
        return int(found[0]["count(*)"])

    def _search(
        self, space: Space, query: NDArray[Any], m: int, where: tuple[Condition, ...], bounds: dict[str, float]
    ) -> Candidates:
        """Ask for the nearest, with their vectors where these fit into an answer."""
        vector: Any = query.tobytes()
        if space.kind == "signatures":
            vector = (query / np.sqrt((query * query).sum())).astype(np.float32)
        settings = dict(self._index(space)[2])
        if "ef" in settings:
            settings["ef"] = max(settings["ef"], m)
        along = m <= _step(space)
        with self._told("ask"):
            only = self._partitions(space, where)
            found = self._client.search(
                self._alias(space), [vector], filter=_expression(where), limit=m,
                output_fields=["vector", *space.fields] if along else [],
                search_params={"metric_type": _metric(space), "params": {**settings, **bounds}},
                consistency_level="Bounded", timeout=self.address.timeout_s, **only,
            )[0]  # fmt: skip
        ids = np.array([one["id"] for one in found], dtype=np.int64)
        values = np.array([one["distance"] for one in found], dtype=np.float64)
        rows = _rows(space, ids, [one["entity"] for one in found]) if along else None
        return Candidates(ids=ids, scores=1.0 - values if space.kind == "fingerprints" else values, rows=rows)

    def _read(self, space: Space, name: str, text: str, *, consistency: str) -> Rows:
        """Read rows."""
        with self._told("read from"):
            found = self._client.query(
                name, filter=text, output_fields=["id", "vector", *space.fields], consistency_level=consistency,
                limit=MOST, timeout=max(60.0, self.address.timeout_s),
            )  # fmt: skip
        return _rows(space, np.array([one["id"] for one in found], dtype=np.int64), list(found))

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn what the client raises into one line."""
        import grpc
        from pymilvus.exceptions import MilvusException

        try:
            yield
        except (MilvusException, grpc.RpcError) as error:
            raise explained(self.address, what, error) from error


def _metric(space: Space) -> str:
    """Name the metric of a space."""
    return "JACCARD" if space.kind == "fingerprints" else "IP"


def _step(space: Space) -> int:
    """Say how many rows fit into a message."""
    each = space.width * (1 if space.kind == "fingerprints" else 4) + 200
    return max(1, min(4_096, MESSAGE_BYTES // each))


def _expression(where: tuple[Condition, ...], *more: str) -> str:
    """Write conditions as Milvus reads them."""
    texts = []
    for one in where:
        value = json.dumps(one.value) if isinstance(one.value, str) else repr(one.value)
        texts.append(f"{one.field} {one.operator} {value}")
    return " and ".join([*texts, *more])


def _partition(dataset: str) -> str:
    """Name the partition of a dataset."""
    return f"part_{int(hashlib.sha256(dataset.encode()).hexdigest(), 16) % N_PARTITIONS}"


def _entities(space: Space, rows: Rows) -> list[dict[str, Any]]:
    """Make of rows what the client takes."""
    vectors = [row.tobytes() for row in rows.vectors] if space.kind == "fingerprints" else list(rows.vectors)
    columns = {"id": rows.ids.tolist(), "vector": vectors}
    columns |= {field: np.asarray(values).tolist() for field, values in rows.scalars.items()}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _rows(space: Space, ids: Ids, found: list[Any]) -> Rows:
    """Make rows of what came."""
    vectors = np.zeros((len(found), space.width), dtype=space.dtype)
    for place, one in enumerate(found):
        value = one["vector"]
        if space.kind == "fingerprints":
            vectors[place] = np.frombuffer(value[0] if isinstance(value, list) else value, dtype=np.uint8)
        else:
            vectors[place] = value
    types: dict[type, Any] = {str: object, int: np.int64, float: np.float64}
    scalars = {name: np.array([one[name] for one in found], dtype=types[kind]) for name, kind in space.fields.items()}
    return Rows(ids=ids, vectors=vectors, scalars=scalars)
