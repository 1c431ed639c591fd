"""Taking over what another program changed in a store, because the person who changed it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vcpi.assemble.publish import build_all, writing
from vcpi.assemble.report import versions
from vcpi.errors import ArtifactError, WorkspaceError
from vcpi.naming import name_key
from vcpi.store import read, schema, write
from vcpi.store.connection import store_path
from vcpi.store.seal import changed_tables

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

VERB = "build --accept-edit"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was taken over.

    Attributes
    ----------
    tables
        The tables that differ from what vcpi wrote; None where a damaged or older note does not tell.
    backup
        The store as it was found; None where nothing differed.
    n_keys
        How many names were given the key that they are found by anew.
    """

    tables: tuple[str, ...] | None
    backup: Path | None
    n_keys: int = 0

    def __str__(self) -> str:
        """Say it in one line."""
        if self.backup is None:
            return "note: the store holds what vcpi wrote; there is no edit to accept"
        which = "not known which, since the note of them is gone" if self.tables is None else ", ".join(self.tables)
        keys = f"; {self.n_keys} names are found by new keys" if self.n_keys else ""
        return f"note: accepted as edited by another program: {which}; as it was found it is kept as db/{self.backup.name}{keys}"


def accept_edit(home: Path) -> Accepted:
    """Keep a store that another program changed: copied beside itself, noted among the ingests, and sealed anew.

    What an edit must not change is checked: SQLite finds the file whole, references hold, and vectors are those that
    were ingested. What follows from a row (the mass of a structure, a fingerprint) is not worked out again; the keys
    that names are found by are.

    Raises
    ------
    ArtifactError
        The store is damaged rather than edited, or vectors were changed.
    WorkspaceError
        There is no store, or the copy cannot be written.
    """
    if not store_path(home).is_file():
        raise WorkspaceError(f"No workspace at {home} (there is no db/vcpi.sqlite); name one with --home")
    with writing(home, accept_edit=True) as database:
        tables = changed_tables(database.conn)
        if tables == []:
            return Accepted((), None)
        _check_vectors(database)
        backup = schema.back_up(database.conn, "edited")
        n_keys = _find_names_anew(database)
        which = "unknown tables" if tables is None else ", ".join(tables)
        ingest_id = write.start_ingest(database, verb=VERB, source=which, files=(), versions=versions())
        build_all(database, home)
        write.finish_ingest(database, ingest_id, {"names found anew": n_keys})
        return Accepted(None if tables is None else tuple(tables), backup, n_keys)


def _check_vectors(database: Database) -> None:
    """Refuse vectors that are not those that were ingested."""
    for dataset in read.datasets(database.conn):
        if read.signature_digest(database.conn, dataset["dataset_id"]) != dataset["content_digest"]:
            message = f"The signatures of {dataset['name']} are not those that were ingested, which no edit should change; remove the dataset and ingest it again"
            raise ArtifactError(message)


def _find_names_anew(database: Database) -> int:
    """Give every name the key that it is found by, and return how many had another one."""
    rows = database.conn.execute("SELECT name_id, name, key FROM name ORDER BY name_id").fetchall()
    other = [(name_key(row["name"]), row["name_id"]) for row in rows if name_key(row["name"]) != row["key"]]
    database.conn.executemany("UPDATE name SET key = ? WHERE name_id = ?", other)
    return len(other)
