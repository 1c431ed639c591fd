"""A workspace onto an engine, and its indexes back."""

from __future__ import annotations

import os
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.database.engine import Source, connect, fingerprint_part, parts, signature_part
from vcpi.database.indexes import Indexes
from vcpi.engines.address import parse_address
from vcpi.engines.interface import Digest, EngineError, Rows, digest
from vcpi.engines.push import pull, push
from vcpi.errors import InputError
from vcpi.manifest import sha256_file, write_whole
from vcpi.signature.search import SignatureIndex
from vcpi.store import read
from vcpi.store.connection import open_for_reading
from vcpi.structure.search import FingerprintIndex

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from vcpi.database.engine import Part
    from vcpi.engines.push import Store


def push_workspace(
    home: Path,
    address: str,
    *,
    dataset: str | None = None,
    structures: bool = True,
    signatures: bool = True,
    take_over: bool = False,
    use: bool = False,
    store: Store | None = None,
) -> list[dict[str, Any]]:
    """Fill an engine with what a workspace holds.

    Parameters
    ----------
    home
        The workspace.
    address
        Where the engine is.
    dataset
        Only the signatures of this dataset.
    structures, signatures
        What is pushed.
    take_over
        Push although another push seems to be under way.
    use
        Ask this engine from now on.
    store
        The engine, where it has been reached already.

    Returns
    -------
    list of dict
        For each part what was sent, its digest, recall and seconds.

    Raises
    ------
    EngineError
        The engine cannot be reached, refuses, or does not hold what it was sent.
    """
    parse_address(address)
    with closing(open_for_reading(home)) as connection:
        indexes = Indexes(home, connection)
        chosen = _chosen(connection, indexes, dataset, structures=structures, signatures=signatures)
        engine = connect(address) if store is None else store
        records = []
        for part in chosen:
            started = time.monotonic()
            source = Source(connection, indexes, part)
            done = push(
                engine, part.space, source.stretch, build=part.build, last_id=source.last_id, take_over=take_over
            )
            records.append(
                {
                    "part": part.space.name,
                    "rows": done.digest.n_rows,
                    "sent": done.n_sent,
                    "recall": done.recall,
                    "seconds": round(time.monotonic() - started, 1),
                    "build": part.build[:12],
                    "digest": f"{done.digest.total:064x}"[:16],
                }
            )
    if use:
        write_whole(home / "db" / "engine", f"{address}\n".encode())
    return records


def _chosen(
    connection: sqlite3.Connection, indexes: Indexes, dataset: str | None, *, structures: bool, signatures: bool
) -> list[Part]:
    """List the parts that are asked for."""
    if dataset is None:
        found = parts(connection, indexes)
        wanted = [one for one in found if (structures if one.dataset_id is None else signatures)]
    else:
        known = {row["name"]: row["dataset_id"] for row in read.datasets(connection)}
        if dataset not in known:
            raise InputError(
                f"No dataset is called {dataset!r}; expected {', '.join(known) or 'one that was ingested'}"
            )
        wanted = [fingerprint_part(indexes)] if structures else []
        wanted += [signature_part(indexes, known[dataset])] if signatures else []
    if not wanted:
        raise InputError("Nothing to push is left; the workspace is empty, or every part was left out")
    return wanted


def pull_workspace(
    home: Path, address: str, *, dataset: str | None = None, store: Store | None = None
) -> list[dict[str, Any]]:
    """Write the indexes of a workspace from what an engine holds.

    Parameters
    ----------
    home
        The workspace.
    address
        Where the engine is.
    dataset
        Only the signatures of this dataset, and the fingerprints.
    store
        The engine, where it has been reached already.

    Returns
    -------
    list of dict
        For each part its rows, seconds, and the file.

    Raises
    ------
    EngineError
        The engine serves something else than the store holds, or a digest differs.
    """
    parse_address(address)
    with closing(open_for_reading(home)) as connection:
        indexes = Indexes(home, connection)
        chosen = _chosen(connection, indexes, dataset, structures=True, signatures=True)
        engine = connect(address) if store is None else store
        return [_pulled(home, engine, part) for part in chosen]


def _pulled(home: Path, engine: Store, part: Part) -> dict[str, Any]:
    """Bring back one part."""
    started = time.monotonic()
    folder = home / "index" / f".pull-{part.space.name}-{part.build[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    read_before = {int(path.stem): path for path in folder.glob("*.npz")}

    def keep(start: int, rows: Rows) -> None:
        beside = folder / f".{start}.{os.getpid()}"
        with beside.open("wb") as stream:
            np.savez(stream, ids=rows.ids, vectors=rows.vectors, digest=np.array(str(digest(part.space, rows))))
        beside.replace(folder / f"{start}.npz")

    sealed = pull(engine, part.space, keep, done=read_before, build=part.build)
    total, ids, vectors = Digest(), [], []
    for path in sorted(folder.glob("*.npz"), key=lambda one: int(one.stem)):
        with np.load(path) as block:
            total += Digest.of_text(str(block["digest"]))
            ids.append(block["ids"])
            vectors.append(block["vectors"])
    if total != sealed.digest:
        _clear(folder)
        raise EngineError(
            f"The engine gave {total.n_rows} rows of {part.space.name} whose digest is not that of the push; push again"
        )
    made = FingerprintIndex if part.space.kind == "fingerprints" else SignatureIndex
    file = home / "index" / part.file
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    order = np.argsort(np.concatenate(ids))
    made(np.concatenate(ids)[order], np.concatenate(vectors)[order]).save(beside)
    if sha256_file(beside) != part.manifest.file_digest:
        beside.unlink()
        _clear(folder)
        raise EngineError(
            f"What the engine gave of {part.space.name} makes another index/{file.name}; run 'vcpi build'"
        )
    beside.replace(file)
    _clear(folder)
    seconds = round(time.monotonic() - started, 1)
    return {"part": part.space.name, "rows": total.n_rows, "file": f"index/{file.name}", "seconds": seconds}


def _clear(folder: Path) -> None:
    """Take away what was kept for going on."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
