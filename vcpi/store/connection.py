"""Opening the store: for reading by the standard library, for writing through sqlite-utils."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from vcpi.errors import ArtifactError, WorkspaceError
from vcpi.store import schema, seal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database

FILE_NAME = "vcpi.sqlite"
BUSY_MS = 2_000
TRIES = 5
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables


def store_path(home: Path) -> Path:
    """Return where the store of a workspace lies."""
    return home / "db" / FILE_NAME


def open_for_reading(home: Path) -> sqlite3.Connection:
    """Open the store of a workspace so that nothing can be written.

    Raises
    ------
    WorkspaceError
        There is no store, it is not vcpi's, or it is newer than this vcpi.
    ArtifactError
        The file is no SQLite database or is damaged.
    """
    path = store_path(home)
    if not path.is_file():
        message = f"No workspace at {home.resolve() if str(home) == '.' else home} (there is no db/{FILE_NAME}); make one with 'vcpi ingest' or 'vcpi demo', or name one with --home"
        raise WorkspaceError(message)
    connection = _connect(path, "ro")
    try:
        version = schema.check(connection, f"db/{FILE_NAME}")
    except sqlite3.OperationalError:
        # A read-only medium has no place for the shared-memory file of WAL; without a log beside it, none is needed.
        connection.close()
        if path.with_name(f"{FILE_NAME}-wal").exists():
            raise
        connection = _connect(path, "ro&immutable=1")
        version = schema.check(connection, f"db/{FILE_NAME}")
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # a flipped bit in a table's definition is no text
        connection.close()
        message = f"db/{FILE_NAME} cannot be read ({error}); restore it from a copy, or ingest the sources again into an empty workspace"
        raise ArtifactError(message) from error
    except WorkspaceError:
        connection.close()
        raise
    if version < len(schema.MIGRATIONS):
        connection.close()
        message = f"db/{FILE_NAME} has schema version {version}; run 'vcpi build' once to bring it to {len(schema.MIGRATIONS)}"
        raise WorkspaceError(message)
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Connect by URI, with what every connection of vcpi has in common."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        message = f"SQLite {sqlite3.sqlite_version} is too old; expected 3.37 or newer; use a newer Python build"
        raise WorkspaceError(message)
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode={mode}", uri=True, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    connection.execute("PRAGMA trusted_schema = 0")
    return connection


@contextmanager
def open_for_writing(home: Path, *, accept_edit: bool = False) -> Iterator[Database]:
    """Open the store in one transaction that holds until the block ends, making or migrating it where needed.

    Whatever the block raises, the store stays as it was. A second writer is refused.

    Parameters
    ----------
    home
        The workspace.
    accept_edit
        Take a store that another program changed, as long as SQLite finds it whole and its references hold.

    Raises
    ------
    WorkspaceError
        The folder cannot be written, or another process is writing.
    ArtifactError
        The store is damaged.
    """
    path = store_path(home)
    made = _make_folder(path.parent)
    connection = None
    finished = False
    try:
        connection, database = _locked(path)
        version = _checked(connection, path, accept_edit=accept_edit)
        born = version > 0
        try:
            schema.migrate(connection, version=version)
            yield database
            content = seal.note(connection)
            seal.break_seal(path, content)
            connection.execute("COMMIT")
            finished = True
            with suppress(OSError, sqlite3.Error, ArtifactError):  # all is kept; a store without a seal is whole too
                seal.set_seal(connection, path, content)
        finally:
            if not finished and not born:
                _remove_unborn(path, made)  # while the lock is held: no other writer can have put anything there
    except sqlite3.DatabaseError as error:
        raise _explained(error, path) from error
    finally:
        if connection is not None:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.close()


def _locked(path: Path) -> tuple[sqlite3.Connection, Database]:
    """Open the store and take the lock on it, on the file that bears the name and not on one taken away meanwhile."""
    from sqlite_utils import Database  # half a second that no query pays

    for _ in range(TRIES):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and not path.stat().st_size and any(path.parents[1].glob("index/*-*.*")):
            message = (
                f"db/{FILE_NAME} is empty though index/ holds its indexes; restore it from a copy, or clear index/"
            )
            raise ArtifactError(message)
        connection = _connect(path, "rwc")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            opened = path.stat().st_ino
            database = Database(connection)
            connection.execute("BEGIN IMMEDIATE")
            if path.is_file() and path.stat().st_ino == opened:
                return connection, database
        except FileNotFoundError:
            pass
        except BaseException:
            connection.close()
            raise
        connection.close()
    message = f"{path} was taken away {TRIES} times while it was opened; wait for the other process and run this again"
    raise WorkspaceError(message)


def _checked(connection: sqlite3.Connection, path: Path, *, accept_edit: bool) -> int:
    """Return the schema version, 0 of a store without tables; a damaged one is refused, since a write would seal that.

    A broken seal alone is no damage, and is made anew.
    """
    try:
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return 0
        version = schema.check(connection, f"db/{FILE_NAME}")
        if accept_edit:
            _check_whole(connection, path)
            return version
        with suppress(seal.BrokenSealError):
            if seal.check_seal(connection, path):
                return version
        seal.check_note(connection, path)
    except UnicodeDecodeError as error:
        message = f"The store {path} is damaged ({error}); nothing was changed; restore it from a copy"
        raise ArtifactError(message) from error
    return version


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what is damage and no edit: pages that SQLite cannot follow, rows that refer to rows that are gone."""
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    n_dangling = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    if found != "ok" or n_dangling:
        what = found if found != "ok" else f"{n_dangling} rows refer to rows that are gone"
        message = f"db/{path.name} is damaged ({what}), which is no edit; nothing was changed; restore it from a copy"
        raise ArtifactError(message)


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and its parents, and return those that were not there."""
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"Cannot make {folder}: {error.strerror}; choose a folder that can be written with --home"
        raise WorkspaceError(message) from error
    return missing


def _remove_unborn(path: Path, made: list[Path]) -> None:
    """Take away a store that never held anything, with the folders made for it."""
    for leftover in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        leftover.unlink(missing_ok=True)
    for folder in made:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _explained(error: sqlite3.DatabaseError, path: Path) -> Exception:
    """Turn what SQLite says into what a person can act on."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return WorkspaceError(f"Another process is writing to {path}; wait until it has finished and run this again")
    if "readonly" in text or "unable to open" in text:
        return WorkspaceError(f"Cannot write {path} ({text}); choose a folder that can be written with --home")
    if "full" in text:
        return WorkspaceError(f"The disk is full ({path}); nothing was changed; make room and run this again")
    if "I/O" in text:  # a commit whose sync failed may have reached the disk all the same
        return WorkspaceError(
            f"The disk failed while {path} was written ({text}); it holds the old content or the new one, never a mixture: "
            "look with 'vcpi status', and run this again"
        )
    return ArtifactError(f"The store {path} is damaged ({text}); nothing was changed; restore it from a copy")
