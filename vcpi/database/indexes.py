"""Opening the indexes that the store names, and only if they are what it names."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from vcpi.database.coming import Coming
from vcpi.errors import ArtifactError, InputError, StaleIndexError
from vcpi.manifest import Manifest, sha256_file
from vcpi.packed import read_checked, unpack
from vcpi.store import columns, read, seal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from vcpi.packed import Packed
    from vcpi.signature.fast import FastIndex
    from vcpi.signature.flat_file import FlatRows
    from vcpi.signature.search import SignatureIndex
    from vcpi.structure.search import FingerprintIndex

LIBRARY = 0
_TRIES = 3


class Indexes:
    """The current indexes of a workspace, each opened when first asked for and again after a rebuild."""

    def __init__(self, home: Path, connection: sqlite3.Connection) -> None:
        self._folder = home / "index"
        self._connection = connection
        self._fingerprints: tuple[str, FingerprintIndex] | None = None
        self._fast: dict[int, tuple[str, FastIndex]] = {}
        self._signatures: dict[int, tuple[str, SignatureIndex, Manifest]] = {}
        self._coming: dict[str, Coming[FlatRows | None]] = {}
        self._coming_bytes: dict[str, Coming[Packed]] = {}

    def fingerprints(self) -> FingerprintIndex:
        """Open the fingerprint index over all compounds.

        Raises
        ------
        StaleIndexError
            It was built from another content of the store.
        ArtifactError
            It is missing or damaged.
        """
        from vcpi.structure.search import FingerprintIndex  # each kind of index is loaded by those who ask it

        for _ in range(_TRIES):
            file, manifest = self._current("fingerprints", LIBRARY)
            if self._fingerprints is not None and self._fingerprints[0] == file:
                return self._fingerprints[1]
            path = self._folder / file
            if not path.is_file():
                continue  # a writer may have replaced it since the store was read
            if sha256_file(path) != manifest.file_digest:
                message = f"index/{file} is damaged: its digest is not the one in its manifest; run 'vcpi build'"
                raise ArtifactError(message)
            index = FingerprintIndex.load(path)
            query = "SELECT count(*) FROM compound WHERE fingerprint IS NOT NULL"
            self._check_rows(file, manifest.n_rows, self._connection.execute(query).fetchone()[0])
            self._fingerprints = (file, index)
            return index
        raise self._missing(file)

    def signatures(self, dataset_id: int) -> tuple[SignatureIndex, Manifest]:
        """Open the signature index of a dataset, with its manifest.

        Raises
        ------
        StaleIndexError
            It was built from another content of the store.
        ArtifactError
            It is missing or damaged.
        """
        from vcpi.signature.search import SignatureIndex  # FAISS, which a question about structures does without

        for _ in range(_TRIES):
            file, manifest = self._current("signatures", dataset_id)
            cached = self._signatures.get(dataset_id)
            if cached is not None and cached[0] == file:
                return cached[1], cached[2]
            path = self._folder / file
            if not path.is_file():
                continue
            index = SignatureIndex.load(
                path,
                expected_sha256=manifest.file_digest,
                n_genes=int(manifest.recipe["n_genes"]),
                content=self._take_coming(file),
            )
            query = "SELECT content_digest, (SELECT count(*) FROM signature s WHERE s.dataset_id = d.dataset_id) FROM dataset d WHERE dataset_id = ?"
            content, n_rows = self._connection.execute(query, [dataset_id]).fetchone()
            self._check_rows(file, manifest.n_rows, n_rows)
            if content != manifest.content_digest:
                message = f"index/{file} was built from other signatures than the store holds; run 'vcpi build'"
                raise StaleIndexError(message)
            self._signatures[dataset_id] = (file, index, manifest)
            return index, manifest
        raise self._missing(file)

    def foresee(self, dataset_id: int) -> None:
        """Start to read the signature index of a dataset beside what this thread does, where it will be asked for."""
        from vcpi.signature.flat_file import read_flat  # a question about structures does without

        found = read.artifact(self._connection, kind="signatures", dataset_id=dataset_id)
        cached = self._signatures.get(dataset_id)
        if found is None or (cached is not None and cached[0] == found[0]) or found[0] in self._coming:
            return
        path, digest = self._folder / found[0], Manifest.from_json(found[1]).file_digest
        self._coming[found[0]] = Coming(lambda given_up: read_flat(path, expected_sha256=digest, is_given_up=given_up))
        beside = self._named_catalogue(dataset_id)
        if beside is not None:
            self._coming_bytes[beside[0]] = Coming(lambda given_up: self._read_catalogue(*beside, given_up))

    def catalogue(self, dataset_id: int) -> Packed | None:
        """Read the columns of the signatures of a dataset; None where the store names none that is of its rows.

        Raises
        ------
        ArtifactError
            The file is missing or damaged.
        """
        found = self._named_catalogue(dataset_id)
        if found is None:
            return None
        coming = self._coming_bytes.pop(found[0], None)
        with suppress(ArtifactError):
            if coming is not None:
                return coming.wait()
        for _ in range(_TRIES):
            found = self._named_catalogue(dataset_id)
            if found is None:
                return None
            if (self._folder / found[0]).is_file():
                return self._read_catalogue(*found, lambda: False)
        raise self._missing(found[0])

    def _named_catalogue(self, dataset_id: int) -> tuple[str, str, int] | None:
        """Give file, digest and rows of the catalogue, if it was made of the rows that the store holds."""
        found = read.artifact(self._connection, kind=columns.KIND, dataset_id=dataset_id)
        note = None if found is None else seal.noted(self._connection)
        if found is None or note is None:
            return None
        manifest = Manifest.from_json(found[1])
        fits = note.recipe.get(seal.SOURCES, {}).get(str(dataset_id)) == manifest.content_digest
        return (found[0], manifest.file_digest, manifest.n_rows) if fits else None

    def _read_catalogue(self, file: str, digest: str, n_rows: int, is_given_up: Callable[[], bool]) -> Packed:
        """Read the file of a catalogue and look whether it is what it has to be."""
        content = read_checked(self._folder / file, expected_sha256=digest, is_given_up=is_given_up)
        packed = unpack(content, name=file)
        self._check_rows(file, n_rows, len(packed.arrays["signature_id"]))
        return packed

    def close(self) -> None:
        """End what is read and was not asked for."""
        for rows in self._coming.values():
            rows.give_up()
        for packed in self._coming_bytes.values():
            packed.give_up()
        self._coming.clear()
        self._coming_bytes.clear()

    def _take_coming(self, file: str) -> FlatRows | None:
        """Wait for a file that is being read; None where none is, or where it failed and is to be read again."""
        coming = self._coming.pop(file, None)
        with suppress(ArtifactError):
            return None if coming is None else coming.wait()
        return None

    def fast(self, dataset_id: int) -> FastIndex:
        """Open the fast index of a dataset.

        Raises
        ------
        InputError
            None was built.
        StaleIndexError
            It was built from other signatures than the store holds.
        ArtifactError
            It is missing or damaged.
        """
        from vcpi.signature.fast import FastIndex  # rarely asked

        for _ in range(_TRIES):
            found = read.artifact(self._connection, kind="fast", dataset_id=dataset_id)
            if found is None:
                message = "The dataset has no fast index; run 'vcpi build --fast', or ask without --fast"
                raise InputError(message)
            file, manifest = found[0], Manifest.from_json(found[1])
            cached = self._fast.get(dataset_id)
            if cached is not None and cached[0] == file:
                return cached[1]
            path = self._folder / file
            if not path.is_file():
                continue
            _, exact = self.signatures(dataset_id)
            if manifest.content_digest != exact.content_digest:
                message = f"index/{file} was built from other signatures than the store holds; run 'vcpi build'"
                raise StaleIndexError(message)
            index = FastIndex.load(
                path, expected_sha256=manifest.file_digest, recipe=manifest.recipe, n_rows=exact.n_rows
            )
            self._fast[dataset_id] = (file, index)
            return index
        raise self._missing(file)

    def current(self, kind: str, dataset_id: int = LIBRARY) -> tuple[str, Manifest]:
        """Say which file of a kind is current, with its manifest.

        Raises
        ------
        StaleIndexError
            The store names none.
        """
        return self._current(kind, dataset_id)

    def _current(self, kind: str, dataset_id: int) -> tuple[str, Manifest]:
        """Read from the store which file is current."""
        found = read.artifact(self._connection, kind=kind, dataset_id=dataset_id)
        if found is None:
            message = f"The store names no index of {kind}; run 'vcpi build'"
            raise StaleIndexError(message)
        return found[0], Manifest.from_json(found[1])

    @staticmethod
    def _check_rows(file: str, expected: int, n_rows: int) -> None:
        """Refuse an index over another number of rows than the store holds."""
        if expected != n_rows:
            message = f"index/{file} holds {expected} rows, the store {n_rows}; run 'vcpi build'"
            raise StaleIndexError(message)

    @staticmethod
    def _missing(file: str) -> ArtifactError:
        """Say that a file is gone."""
        return ArtifactError(f"index/{file} is missing; run 'vcpi build'")
