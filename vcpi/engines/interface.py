"""What an engine has to do: hold rows, and propose some of them. It decides nothing.

An engine holds spaces of rows: packed fingerprints, or signatures of length 1, each with an id and a few plain values
to filter by. It returns candidates; :mod:`vcpi.engines.candidates` scores them again, orders them, and asks for more
while the last place is not settled. So every engine gives the same answer.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import InputError, VcpiError

if TYPE_CHECKING:
    from vcpi.engines.conditions import Condition

Kind = Literal["fingerprints", "signatures"]
Ids = NDArray[np.int64]
Vectors = NDArray[Any]
Scalars = Mapping[str, NDArray[Any]]

FIELDS: Mapping[Kind, Mapping[str, type]] = {
    "fingerprints": {"dataset": str, "label": str, "popcount": int, "molecular_weight": float},
    "signatures": {
        "dataset": str, "label": str, "cell_line": str, "dose_um": float, "compound_id": int, "molecular_weight": float,
    },
}  # fmt: skip
"""Values that rows are filtered by; what is not known is an empty text, or -1."""
UNKNOWN = -1
MOST_TEXT = 512  # bytes of a text that engines keep

_ROW = struct.Struct("<q")
_WHOLE = 1 << 256


class EngineError(VcpiError, ConnectionError):
    """An engine cannot be reached, refuses, or does not answer what was asked."""


class EngineTimeoutError(EngineError, TimeoutError):
    """An engine did not answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """One set of rows of a kind: its name, bytes of a fingerprint or values of a signature, and what is asked of them.

    Attributes
    ----------
    name
        Letters, digits and underscores.
    kind
        ``fingerprints`` (uint8, Tanimoto) or ``signatures`` (float32 of length 1, cosine).
    width
        Columns of a row.
    """

    name: str
    kind: Kind
    width: int

    @property
    def dtype(self) -> type[np.uint8 | np.float32]:
        """Type of the rows."""
        return np.uint8 if self.kind == "fingerprints" else np.float32

    @property
    def fields(self) -> Mapping[str, type]:
        """Values that its rows are filtered by."""
        return FIELDS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine can do.

    Attributes
    ----------
    engine, version
        What it is.
    exact
        It proposes the best rows by its scores; else some are missed.
    most
        Candidates that one question can give.
    score_error
        How far its scores may be from the true ones.
    """

    engine: str
    version: str
    exact: bool
    most: int
    score_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a space: ``ids`` (n,), ``vectors`` (n, width), ``scalars`` one array (n,) for each field."""

    ids: Ids
    vectors: Vectors
    scalars: Scalars

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, places: NDArray[Any]) -> Rows:
        """Give some of the rows."""
        return Rows(
            ids=self.ids[places],
            vectors=self.vectors[places],
            scalars={name: values[places] for name, values in self.scalars.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Rows that an engine proposes, in any order; ``rows`` in the same order where it sends them along.

    Attributes
    ----------
    ids, scores
        Shape (n,).
    rows
        The rows themselves, with the values that the conditions ask for.
    """

    ids: Ids
    scores: NDArray[np.float64]
    rows: Rows | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """How many rows a space holds and the sum of their SHA-256: equal rows in any order, equal digest."""

    n_rows: int = 0
    total: int = 0

    def __add__(self, other: Digest) -> Digest:
        return Digest(n_rows=self.n_rows + other.n_rows, total=(self.total + other.total) % _WHOLE)

    def __str__(self) -> str:
        return f"{self.n_rows}:{self.total:064x}"

    @classmethod
    def of_text(cls, text: str) -> Digest:
        """Read what ``str`` wrote.

        Examples
        --------
        >>> Digest.of_text(str(Digest(n_rows=2, total=77))) == Digest(n_rows=2, total=77)
        True
        """
        n_rows, total = text.split(":")
        return cls(n_rows=int(n_rows), total=int(total, 16))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A space that is whole: which build it is, its digest, and the recall measured where its index is not exact."""

    build: str
    digest: Digest
    recall: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


class Backend(Protocol):
    """An engine. Its methods raise :class:`EngineError`, in one line, and keep nothing half done that looks whole."""

    def capabilities(self, space: Space) -> Capabilities:
        """Say what it can do with a space."""

    def create(self, space: Space, build: str) -> None:
        """Make room for a build of a space, beside the one that is served; nothing where it is there."""

    def upsert(self, space: Space, build: str, rows: Rows) -> None:
        """Put rows there; again changes nothing."""

    def seal(self, space: Space, sealed: Sealed) -> None:
        """Serve this build from now on."""

    def sealed(self, space: Space) -> Sealed | None:
        """Say which build is served."""

    def count(self, space: Space, where: tuple[Condition, ...] = (), *, build: str | None = None) -> int:
        """Count the rows that pass."""

    def top(self, space: Space, query: NDArray[Any], m: int, where: tuple[Condition, ...] = ()) -> Candidates:
        """Propose the ``m`` best."""

    def within(
        self, space: Space, query: NDArray[Any], least: float, limit: int, where: tuple[Condition, ...] = ()
    ) -> Candidates:
        """Propose up to ``limit`` rows that score ``least`` or more."""

    def fetch(self, space: Space, ids: Ids) -> Rows:
        """Give rows by id; what is not there is left out."""

    def scan(
        self, space: Space, start: int, stop: int, where: tuple[Condition, ...] = (), *, build: str | None = None
    ) -> Rows:
        """Give the rows whose id is from ``start`` to below ``stop``, of the served build where None is named."""


def digest(space: Space, rows: Rows) -> Digest:
    """Sum up rows so that their order does not matter.

    Parameters
    ----------
    space
        What the rows are of.
    rows
        Each id once.

    Returns
    -------
    Digest
        The sum modulo 2^256 of the SHA-256 of each row: id, vector and values.

    Examples
    --------
    >>> space = Space(name="a", kind="fingerprints", width=1)
    >>> values = {"dataset": ["", "x"], "label": ["", ""], "popcount": [1, 2], "molecular_weight": [-1.0, 9.5]}
    >>> made = rows_of(space, [1, 2], [[1], [3]], values)
    >>> digest(space, made) == digest(space, made.take(np.array([1, 0])))
    True
    """
    columns = [np.asarray(rows.scalars[name]).tolist() for name in sorted(space.fields)]
    vectors = np.ascontiguousarray(rows.vectors, dtype=space.dtype)
    total = 0
    for place, number in enumerate(rows.ids.tolist()):
        one = hashlib.sha256(_ROW.pack(number))
        one.update(vectors[place].tobytes())
        one.update(repr([column[place] for column in columns]).encode())
        total += int.from_bytes(one.digest(), "little")
    return Digest(n_rows=len(rows), total=total % _WHOLE)


def rows_of(space: Space, ids: Any, vectors: Any, scalars: Mapping[str, Any]) -> Rows:  # noqa: ANN401  lists or arrays
    """Take rows that fit a space, and refuse others.

    Parameters
    ----------
    space
        What they are of.
    ids
        Whole numbers from 0, shape (n,), each once.
    vectors
        Shape (n, width); signatures finite and of length 1.
    scalars
        A value for each field and row.

    Raises
    ------
    InputError
        Something does not fit; the message names it.
    """
    numbers = np.asarray(ids, dtype=np.int64)
    values = np.asarray(vectors, dtype=space.dtype)
    if values.shape != (len(numbers), space.width):
        raise InputError(f"Rows of {space.name} have shape {values.shape}; expected ({len(numbers)}, {space.width})")
    if len(np.unique(numbers)) != len(numbers) or (numbers < 0).any():
        raise InputError(f"Ids of {space.name} are below 0 or occur twice; expected each once, from 0")
    if space.kind == "signatures" and len(numbers):
        norms = np.sqrt((values.astype(np.float64) ** 2).sum(axis=1))
        bad = np.flatnonzero(~(np.abs(norms - 1.0) < 1e-3))  # noqa: PLR2004  float32 sums; NaN is bad too
        if bad.size:
            number = int(numbers[bad[0]])
            raise InputError(
                f"Signature {number} has length {norms[bad[0]]:g}; expected 1; leave out what has no effect"
            )
    columns: dict[str, NDArray[Any]] = {}
    for name, kind in space.fields.items():
        given = scalars.get(name)
        if given is None or len(given) != len(numbers):
            raise InputError(f"Rows of {space.name} lack {name}, or have another number of it; expected {len(numbers)}")
        columns[name] = _column(given, kind)
    return Rows(ids=numbers, vectors=values, scalars=columns)


def _column(given: Any, kind: type) -> NDArray[Any]:  # noqa: ANN401
    """Bring one column to its type; what is unknown is an empty text or -1."""
    if kind is str:
        texts = ["" if one is None else str(one) for one in given]
        cut = [one.encode()[:MOST_TEXT].decode("utf-8", "ignore") for one in texts]
        return np.array(cut, dtype=object)
    numbers = np.array([UNKNOWN if one is None or one != one else one for one in given], dtype=np.float64)  # noqa: PLR0124
    return numbers.astype(np.int64) if kind is int else numbers
