"""Building the indexes from the store and making them current, all or nothing."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vcpi.assemble.report import versions
from vcpi.errors import ArtifactError, WorkspaceError
from vcpi.kernels.blas import one_thread
from vcpi.manifest import Manifest, sha256_file
from vcpi.packed import write_packed
from vcpi.signature.fast import RECALL_AT, FastIndex
from vcpi.signature.search import SignatureIndex, background
from vcpi.store import columns, read, write
from vcpi.store.connection import open_for_writing
from vcpi.structure.fingerprints import FingerprintSpec
from vcpi.structure.search import FingerprintIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlite_utils import Database

_MADE: list[Path] = []  # index files of the write under way; one process has one at a time
PREFIXES = ("fingerprints-", "signatures-", "fast-", "catalogue-", "building-")
FAST_FROM = 200_000  # signatures: below, a scan of all takes 10 ms or less
LIBRARY = 0  # the fingerprint index spans all datasets


@contextmanager
def writing(home: Path, *, accept_edit: bool = False) -> Iterator[Database]:
    """Open the store for writing, clear what killed writes left, and on failure what this one made.

    Sums take one thread of BLAS meanwhile, so that what is stored does not depend on how many there are.
    """
    had_folder = (home / "index").is_dir()
    _MADE.clear()
    before: list[str] = []
    try:
        with one_thread(), open_for_writing(home, accept_edit=accept_edit) as database:
            before = [row["file"] for row in read.artifacts(database.conn)]
            sweep(home, before)
            yield database
            build_catalogues(database, home)
    except BaseException:
        with suppress(OSError):
            for path in _MADE:
                if path.name not in before:
                    path.unlink(missing_ok=True)
            if not had_folder and (home / "index").is_dir():
                (home / "index").rmdir()
            if not any(home.iterdir()):
                home.rmdir()
        raise


def build_all(database: Database, home: Path, *, fast: bool = False) -> list[str]:
    """Rebuild every index from the store, inside its transaction, and return the file names."""
    files = [build_structure_index(database, home)]
    for dataset in read.datasets(database.conn):
        files += build_signature_index(database, home, dataset, fast=fast)
    return files + build_catalogues(database, home)


def build_catalogues(database: Database, home: Path) -> list[str]:
    """Build the catalogue of every dataset whose rows are not those that it was made of, and return the file names."""
    files = []
    for dataset in read.datasets(database.conn):
        dataset_id = dataset["dataset_id"]
        content = columns.source_digest(database.conn, dataset_id)
        before = read.artifact(database.conn, kind=columns.KIND, dataset_id=dataset_id)
        if before is not None and _is_whole(home, before, content):
            continue
        packed = columns.pack(database.conn, dataset_id)
        files.append(
            _publish(
                database, home, partial(write_packed, packed), kind=columns.KIND, suffix=".bin", dataset_id=dataset_id,
                recipe={"dataset": dataset["name"]}, content=content, n_rows=len(packed.arrays["signature_id"]),
                label=f"{columns.KIND}-{dataset_id}",
            )
        )  # fmt: skip
    return files


def _is_whole(home: Path, before: tuple[str, str], content: str) -> bool:
    """Say whether the catalogue that the store names was made of these rows and is still there as it was written."""
    path = home / "index" / before[0]
    with suppress(ArtifactError, OSError):
        made = Manifest.from_json(before[1])
        return made.content_digest == content and sha256_file(path) == made.file_digest
    return False


def build_structure_index(database: Database, home: Path) -> str:
    """Build the fingerprint index over all compounds with a structure and name it current."""
    ids, bits = read.fingerprints(database.conn)
    index = FingerprintIndex(ids, bits)
    recipe = {"fingerprint": FingerprintSpec().to_dict()}
    content = read.structure_digest(database.conn)
    return _publish(
        database, home, index.save, kind="fingerprints", suffix=".npy", dataset_id=LIBRARY, recipe=recipe,
        content=content, n_rows=len(ids), label="fingerprints",
    )  # fmt: skip


def build_signature_index(database: Database, home: Path, dataset: dict[str, Any], *, fast: bool = False) -> list[str]:
    """Build the index over the unit-length signatures of one dataset and name it current.

    Beside it the fast one, where it is asked for, was there before, or many signatures make it worth while.
    """
    dataset_id, layer = dataset["dataset_id"], dataset["search_layer"]
    ids, values = read.vectors(database.conn, dataset_id, layer=layer)
    signatures = read.signatures(database.conn, dataset_id)
    index = SignatureIndex(ids, values)
    compound_ids = [signature.treatment.compound_id for signature in signatures]
    recipe = {
        "dataset": dataset["name"],
        "layer": layer,
        "metric": "cosine",
        "n_genes": int(values.shape[1]),
        "background": {f"{level:g}": round(cosine, 6) for level, cosine in background(values, compound_ids).items()},
    }
    content = read.signature_digest(database.conn, dataset_id)
    write.set_content_digest(database, dataset_id, content)
    files = [
        _publish(
            database, home, index.save, kind="signatures", suffix=".faiss", dataset_id=dataset_id, recipe=recipe,
            content=content, n_rows=len(ids), label=f"signatures-{dataset_id}",
        )
    ]  # fmt: skip
    before = read.artifact(database.conn, kind="fast", dataset_id=dataset_id)
    if fast or before is not None or len(ids) >= FAST_FROM:
        if len(ids) > RECALL_AT:
            made = FastIndex.build(index)
            files.append(
                _publish(
                    database, home, made.save, kind="fast", suffix=".faiss", dataset_id=dataset_id,
                    recipe={"dataset": dataset["name"], "layer": layer, **made.recipe()},
                    content=content, n_rows=len(ids), label=f"fast-{dataset_id}",
                )
            )  # fmt: skip
        elif before is not None:
            database.execute("DELETE FROM artifact WHERE kind = 'fast' AND dataset_id = ?", [dataset_id])
    return files


def _publish(
    database: Database,
    home: Path,
    save: Callable[[Path], object],
    *,
    kind: str,
    suffix: str,
    dataset_id: int,
    recipe: dict[str, Any],
    content: str,
    n_rows: int,
    label: str,
) -> str:
    """Write an index file beside the others, synced, under a name that holds its digest."""
    folder = home / "index"
    building = folder / f"building-{os.getpid()}-{label}{suffix}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save(building)
        digest = sha256_file(building)
        final = folder / f"{label}-{digest[:16]}{suffix}"
        _sync(building)
        if not final.exists():
            _MADE.append(final)
        building.replace(final)
        _sync(folder)
    except OSError as error:
        message = f"Cannot write {folder}: {error.strerror or error}; nothing was changed; make room or choose another folder with --home"
        raise WorkspaceError(message) from error
    finally:
        with suppress(OSError):
            building.unlink(missing_ok=True)
    manifest = Manifest(
        kind=kind,
        recipe=recipe,
        content_digest=content,
        file_digest=digest,
        n_rows=n_rows,
        versions=versions(),
    )
    write.publish(database, kind=kind, dataset_id=dataset_id, file=final.name, manifest=manifest.to_json())
    return final.name


def _sync(path: Path) -> None:
    """Have the disk hold what was written before anything names it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(home: Path, current: Iterable[str]) -> list[str]:
    """Remove index files that are not current: of an older build, or of one that was killed."""
    keep = set(current)
    removed = []
    folder = home / "index"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(PREFIXES) and path.name not in keep:
            path.unlink(missing_ok=True)
            removed.append(path.name)
    return removed
