"""The seal of the store: a digest of what it holds, inside it, and one of its pages, beside it.

SQLite has no check sums: a flipped bit in a name is another name. Every write therefore notes a digest of the content
in the transaction itself and, once that is committed, writes the digest of its pages into ``db/vcpi.sqlite.seal``. A seal counts for the content that it names; after any other write it counts for nothing, so
a process killed between the two leaves a store that is whole and unsealed.
"""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

from vcpi.errors import ArtifactError, StaleIndexError
from vcpi.manifest import Manifest
from vcpi.store.columns import source_digests

if TYPE_CHECKING:
    from pathlib import Path

KIND = "store"
SOURCES = "catalogue_sources"
"""What the note calls the digests of the rows that each catalogue has to be made of."""
SUFFIX = ".seal"
LIMIT = (
    1 << 28
)  # bytes of a store that is compared before the first answer, in a third of a second; a larger one on demand
SETTLE_MS = 200  # how long a writer waits for readers, so that the log can be folded in
ON_PURPOSE = "a change by another program that is meant is kept by 'vcpi build --accept-edit'"
DIFFERS = f"is not as vcpi left it: its bytes are not those of its seal; restore it from a copy, or ingest the sources again into an empty workspace; {ON_PURPOSE}"
PART_LETTERS = 16  # of the digest of a table, which only says where another one differs
_APART = ("vector",)  # big, and covered by the digest of each dataset
_TRIES = 3
_DIGEST = """\
import hashlib, os, sys
with open(sys.argv[1], "rb") as file:
    print(hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size)
"""


class BrokenSealError(ArtifactError):
    """The seal itself is damaged; whether the store is, its content says."""


def seal_path(path: Path) -> Path:
    """Return where the seal of a store lies: beside it."""
    return path.with_name(path.name + SUFFIX)


def content_digest(connection: sqlite3.Connection, *, parts: dict[str, str] | None = None) -> str:
    """Return the digest of all tables: their definitions and rows, in the order of their keys.

    Vectors are left to ``dataset.content_digest``, which is among the rows; the note of this digest is left out.

    Parameters
    ----------
    connection
        The store.
    parts
        Takes a digest of each table by its name.

    Raises
    ------
    sqlite3.DatabaseError
        A page cannot be read.
    """
    digest = hashlib.sha256()
    tables = connection.execute("SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' ORDER BY name")
    for name, kind, without_rowid in tables.fetchall():
        if kind == "shadow" or name.startswith("sqlite_") or name in _APART:
            continue
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", [name]).fetchone()
        digest.update(f"{sql}\n".encode())
        part = hashlib.sha256(sql.encode())
        order = "rowid"
        if without_rowid:
            keys = connection.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", [name])
            order = ", ".join(f'"{key[0]}"' for key in keys)
        where = f"WHERE kind <> '{KIND}'" if name == "artifact" else ""
        for row in connection.execute(f'SELECT * FROM "{name}" {where} ORDER BY {order}'):  # noqa: S608  own names
            blobs = [value for value in row if isinstance(value, bytes)]
            for piece in (repr([len(value) if isinstance(value, bytes) else value for value in row]).encode(), *blobs):
                digest.update(piece)
                part.update(piece)
        if parts is not None:
            parts[name] = part.hexdigest()[:PART_LETTERS]
    return digest.hexdigest()


def note(connection: sqlite3.Connection) -> str:
    """Keep the digest of the content in the store, inside the transaction under way, and return it."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    parts: dict[str, str] = {}
    content = content_digest(connection, parts=parts)
    recipe = {"schema": version, "tables": parts, SOURCES: source_digests(connection)}
    made = Manifest(kind=KIND, recipe=recipe, content_digest=content, file_digest="", n_rows=0)
    connection.execute("INSERT OR REPLACE INTO artifact VALUES (?, 0, '', ?)", [KIND, made.to_json()])
    return content


def noted(connection: sqlite3.Connection) -> Manifest | None:
    """Return the note of the content, or None where an older vcpi wrote the store.

    Raises
    ------
    ArtifactError
        The note is damaged.
    """
    row = connection.execute("SELECT manifest FROM artifact WHERE kind = ?", [KIND]).fetchone()
    return None if row is None else Manifest.from_json(row[0])


def break_seal(path: Path, content: str) -> None:
    """Take the seal away before a commit that gives the content which it names in other bytes, and what a kill left."""
    for leftover in path.parent.glob(f".{path.name}{SUFFIX}.*"):
        leftover.unlink(missing_ok=True)
    try:
        stale = Manifest.read(seal_path(path)).content_digest != content
    except ArtifactError:
        stale = False
    if not stale:
        seal_path(path).unlink(missing_ok=True)


def set_seal(connection: sqlite3.Connection, path: Path, content: str) -> bool:
    """Write the digest of the pages, the log folded in where no reader needs it; say whether there is a seal."""
    connection.execute(f"PRAGMA busy_timeout = {SETTLE_MS}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.execute("BEGIN IMMEDIATE")  # nobody else writes while the pages are read; nothing is changed
    try:
        now = noted(connection)
        if now is None or now.content_digest != content or (is_large(path) and _has_log(path)):
            return False
        digest, n_bytes = _pages(connection, path)
        Manifest(kind=KIND, recipe={}, content_digest=content, file_digest=digest, n_rows=n_bytes).write(
            seal_path(path)
        )
    finally:
        connection.execute("ROLLBACK")
    return True


def is_large(path: Path) -> bool:
    """Say whether a store has more than :data:`LIMIT` bytes."""
    return path.stat().st_size > LIMIT


def _pages(connection: sqlite3.Connection, path: Path) -> tuple[str, int]:
    """Digest all pages as SQLite sees them, those in the log included, and count their bytes.

    The file is not opened beside SQLite: closing it would let go of every lock that this process has on it, and the
    next writer would take the log away from under its readers (https://sqlite.org/howtocorrupt.html, section 2.2). The
    pages of a large store, which has nothing in its log, are read by a process of their own.
    """
    if is_large(path):
        reader = subprocess.run([sys.executable, "-I", "-c", _DIGEST, str(path)], capture_output=True, text=True, check=False)  # noqa: S603  # fmt: skip
        if reader.returncode:
            raise ArtifactError(f"db/{path.name} cannot be read: {reader.stderr.strip().splitlines()[-1:]}")
        found, size = reader.stdout.split()
        return found, int(size)
    image = connection.serialize()
    return hashlib.sha256(image).hexdigest(), len(image)


def check_seal(connection: sqlite3.Connection, path: Path, *, whole: bool = False) -> bool:
    """Compare the pages of the store with its seal; False where no seal counts.

    A store above :data:`LIMIT` is compared only where the ``whole`` of it is asked for, which takes seconds.

    Raises
    ------
    ArtifactError
        The pages are others than were sealed, or the seal is damaged.
    """
    for _ in range(_TRIES):
        if not seal_path(path).is_file() or (is_large(path) and (not whole or _has_log(path))):
            return False
        try:
            seal = Manifest.read(seal_path(path))
        except StaleIndexError:
            return False  # of another vcpi
        except ArtifactError as error:
            if not seal_path(path).is_file():
                continue
            message = f"db/{error}, which compares the store with its own digest and seals it anew"
            raise BrokenSealError(message) from error
        try:
            is_short = path.stat().st_size < seal.n_rows and not _has_log(path)
            if not is_short and _pages(connection, path) == (seal.file_digest, seal.n_rows):
                return True
            now = noted(connection)
        except (ArtifactError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise ArtifactError(f"db/{path.name} {DIFFERS}") from error
        if now is not None and now.content_digest != seal.content_digest:
            return False  # written since, and not sealed: a process was killed
    raise ArtifactError(f"db/{path.name} {DIFFERS}")


def _has_log(path: Path) -> bool:
    """Say whether pages wait in the log."""
    log = path.with_name(f"{path.name}-wal")
    return log.is_file() and log.stat().st_size > 0


def check_note(connection: sqlite3.Connection, path: Path) -> bool:
    """Compare the content with the note of it; False where an older vcpi wrote the store and there is none.

    Raises
    ------
    ArtifactError
        The content differs, or the note is damaged.
    sqlite3.DatabaseError
        A page cannot be read.
    """
    now = noted(connection)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if now is None or now.recipe.get("schema") != version:
        return False
    parts: dict[str, str] = {}
    if content_digest(connection, parts=parts) != now.content_digest:
        which = ", ".join(_others(now, parts)) or "not known which tables"
        message = f"db/{path.name} does not hold what was written: its rows are not those of their digest ({which}); restore it from a copy; {ON_PURPOSE}"
        raise ArtifactError(message)
    return True


def check_rows(connection: sqlite3.Connection, path: Path) -> bool:
    """Do as :func:`check_note` does, in one committed state of the store beside which others write."""
    connection.execute("BEGIN")
    try:
        return check_note(connection, path)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())  # of text that is no text it shows all, with its ends of lines
        raise ArtifactError(f"db/{path.name} is damaged ({said}); restore it from a copy") from error
    finally:
        connection.execute("ROLLBACK")


def changed_tables(connection: sqlite3.Connection) -> list[str] | None:
    """Name the tables whose rows are not those of the note; None where nothing notes them."""
    try:
        now = noted(connection)
    except ArtifactError:
        return None
    if now is None or not isinstance(now.recipe.get("tables"), dict):
        return None
    parts: dict[str, str] = {}
    content_digest(connection, parts=parts)
    return _others(now, parts)


def _others(now: Manifest, parts: dict[str, str]) -> list[str]:
    """Name the tables that have another digest than was noted."""
    was = now.recipe.get("tables", {})
    return sorted(name for name in was.keys() | parts.keys() if was and was.get(name) != parts.get(name))
