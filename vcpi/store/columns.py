"""What a search reads of all signatures of a dataset, as columns: the content of the index of kind ``catalogue``.

A question looks at a few columns of all signatures and at all of a few. Parsing every row for that takes longer than the
search itself, so that a build packs them; :func:`source_digest` tells what it was made from, and every write notes it
in the store, so that a catalogue of other rows is seen to be one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from vcpi.packed import Packed
from vcpi.records import Signature, Treatment
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

KIND = "catalogue"
_NONE = -1
_FLOATS = ("strength", "stress", "rna_output", "replicate_p")
_SOURCES = (
    "SELECT name FROM dataset WHERE dataset_id = ?",
    "SELECT * FROM signature WHERE dataset_id = ? ORDER BY signature_id",
    "SELECT position, gene_id, gene_symbol FROM gene WHERE dataset_id = ? AND position IS NOT NULL ORDER BY position",
    "SELECT bytes, plate, members FROM null_profile WHERE dataset_id = ? ORDER BY null_id",
)
"""Every row that :func:`pack` looks at."""


def source_digest(connection: sqlite3.Connection, dataset_id: int) -> str:
    """Return the digest of the rows that the catalogue of a dataset is made of."""
    digest = hashlib.sha256()
    for query in _SOURCES:
        digest.update(f"{query}\n".encode())
        for row in connection.execute(query, [dataset_id]):
            blobs = [value for value in row if isinstance(value, bytes)]
            digest.update(repr([len(value) if isinstance(value, bytes) else value for value in row]).encode())
            for blob in blobs:
                digest.update(blob)
    return digest.hexdigest()


def source_digests(connection: sqlite3.Connection) -> dict[str, str]:
    """Return these digests of all datasets, by their ids as JSON writes them."""
    ids = [row[0] for row in connection.execute("SELECT dataset_id FROM dataset ORDER BY dataset_id")]
    return {str(dataset_id): source_digest(connection, dataset_id) for dataset_id in ids}


def pack(connection: sqlite3.Connection, dataset_id: int) -> Packed:
    """Read what a search needs of the signatures of a dataset, its genes and its profiles of noise."""
    signatures = read.signatures(connection, dataset_id)
    arrays, texts = _signature_columns(signatures)
    features, plates, members, _ = read.null_profiles(connection, dataset_id)
    genes = read.genes(connection, dataset_id)
    texts["gene"] = [gene.gene_symbol or gene.gene_id for gene in genes]
    texts["null_plate"], texts["null_members"] = plates, [list(one) for one in members]
    return Packed(arrays={**arrays, "null_features": features}, texts=texts)


def _signature_columns(signatures: Sequence[Signature]) -> tuple[dict[str, NDArray[Any]], dict[str, Sequence[Any]]]:
    """Turn records into columns; text is told by its place in a list of its own."""
    texts: dict[str, Sequence[Any]] = {}
    arrays: dict[str, NDArray[Any]] = {
        "signature_id": np.array([one.signature_id for one in signatures], dtype=np.int64),
        "compound_id": np.array([one.treatment.compound_id for one in signatures], dtype=np.int64),
        "dose_um": _floats(one.treatment.dose_um for one in signatures),
        "time_h": _floats(one.treatment.time_h for one in signatures),
        "n_replicates": np.array(
            [_NONE if one.n_replicates is None else one.n_replicates for one in signatures], dtype=np.int64
        ),
        "active": np.array([_NONE if one.active is None else one.active for one in signatures], dtype=np.int8),
        **{name: _floats(getattr(one, name) for one in signatures) for name in _FLOATS},
    }
    digests = [one.vector_digest for one in signatures]
    arrays["vector_digest"] = np.array([one.encode() for one in digests] or [b""], dtype="S")[: len(digests)]
    arrays["vector_code"], _ = _coded(digests)
    arrays["cell_line"], texts["cell_line"] = _coded(one.treatment.cell_line for one in signatures)
    for name in ("plates", "flags"):
        codes, found = _coded(getattr(one, name) for one in signatures)
        arrays[name], texts[name] = codes, [list(one) for one in found]
    return arrays, texts


def _floats(values: Iterable[float | None]) -> NDArray[np.float64]:
    """Take numbers, NaN for none: the store holds no NaN."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _coded(values: Iterable[Any]) -> tuple[NDArray[np.int64], list[Any]]:
    """Give each value a number, in the order in which they come, -1 for none."""
    numbers: dict[Any, int] = {}
    codes = [_NONE if value is None else numbers.setdefault(value, len(numbers)) for value in values]
    return np.array(codes, dtype=np.int64), list(numbers)


class SignatureColumns(Sequence[Signature]):
    """The signatures of a dataset in the order of their ids, each made when it is looked at.

    Parameters
    ----------
    packed
        What :func:`pack` gave.
    dataset
        Name of the dataset.
    """

    def __init__(self, packed: Packed, *, dataset: str) -> None:
        self._arrays: Mapping[str, NDArray[Any]] = packed.arrays
        self._dataset = dataset
        self._plates = [tuple(one) for one in packed.texts["plates"]]
        self._flags = [tuple(one) for one in packed.texts["flags"]]
        self._cell_lines: Sequence[str] = packed.texts["cell_line"]

    def __len__(self) -> int:
        return len(self._arrays["signature_id"])

    @overload
    def __getitem__(self, at: int) -> Signature: ...
    @overload
    def __getitem__(self, at: slice) -> list[Signature]: ...
    def __getitem__(self, at: int | slice) -> Signature | list[Signature]:
        if "_all" in self.__dict__:
            return self._all[at]
        if isinstance(at, slice):
            return [self._made(row) for row in range(*at.indices(len(self)))]
        return self._made(range(len(self))[at])

    def __iter__(self) -> Iterator[Signature]:
        return iter(self._all)

    @cached_property
    def _all(self) -> list[Signature]:
        """All of them, once somebody looks at all."""
        return [self._made(row) for row in range(len(self))]

    @property
    def compound_ids(self) -> NDArray[np.int64]:
        """Compound of each."""
        return self._arrays["compound_id"]

    @property
    def strengths(self) -> NDArray[np.float64]:
        """Strength of each, 0 where it is not known."""
        strengths = self._arrays["strength"]
        return np.where(np.isnan(strengths), 0.0, strengths)

    @property
    def active(self) -> NDArray[np.int8]:
        """1 where it is active, 0 where not, -1 where that is not known."""
        return self._arrays["active"]

    @property
    def replicates(self) -> NDArray[np.int64]:
        """How many replicates stand behind each for which it is known."""
        given: NDArray[np.int64] = self._arrays["n_replicates"]
        known: NDArray[np.int64] = given[given != _NONE]
        return known

    @property
    def vector_codes(self) -> NDArray[np.int64]:
        """A number for each vector, the same for the same."""
        codes: NDArray[np.int64] = self._arrays["vector_code"]
        return codes

    def plate_codes(self) -> tuple[NDArray[np.int64], dict[str, int], tuple[int, ...]]:
        """Give the number of the plate of each that has one, -1 for others; the numbers; and who has several plates."""
        numbers: dict[str, int] = {}
        of_set = [numbers.setdefault(one[0], len(numbers)) if len(one) == 1 else _NONE for one in self._plates]
        several = np.flatnonzero(
            np.isin(self._arrays["plates"], [at for at, one in enumerate(self._plates) if len(one) > 1])
        )
        own = np.array(of_set, dtype=np.int64)[self._arrays["plates"]] if of_set else np.zeros(0, dtype=np.int64)
        return own, numbers, tuple(several.tolist())

    def codes_of(self, digests: Iterable[str]) -> list[int]:
        """Give the numbers of some vectors that are in the dataset."""
        kept = self._arrays["vector_digest"]
        found = (np.flatnonzero(kept == digest.encode()) for digest in digests)
        return [int(self.vector_codes[rows[0]]) for rows in found if len(rows)]

    def _made(self, row: int) -> Signature:
        """Make the record of a row."""
        own = {name: self._arrays[name][row].item() for name in self._arrays if name != "null_features"}
        cell_line = own["cell_line"]
        return Signature(
            signature_id=own["signature_id"],
            dataset=self._dataset,
            treatment=Treatment(
                compound_id=own["compound_id"],
                dose_um=_known(own["dose_um"]),
                time_h=_known(own["time_h"]),
                cell_line=None if cell_line == _NONE else self._cell_lines[cell_line],
            ),
            n_replicates=None if own["n_replicates"] == _NONE else own["n_replicates"],
            plates=self._plates[own["plates"]],
            strength=_known(own["strength"]),
            active=None if own["active"] == _NONE else bool(own["active"]),
            vector_digest=own["vector_digest"].decode(),
            flags=self._flags[own["flags"]],
            stress=_known(own["stress"]),
            rna_output=_known(own["rna_output"]),
            replicate_p=_known(own["replicate_p"]),
        )


def _known(value: float) -> float | None:
    """Return a number, None for NaN."""
    return value if value == value else None  # noqa: PLR0124  only NaN differs from itself
