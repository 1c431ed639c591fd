"""Taking a dataset out of the workspace, all of it or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcpi.assemble.publish import writing
from vcpi.assemble.report import IngestReport, versions
from vcpi.errors import InputError, WorkspaceError
from vcpi.store import read, write
from vcpi.store.connection import store_path

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database


def remove_dataset(home: Path, name: str) -> IngestReport:
    """Take a dataset out: its wells, signatures, noise and index. Compounds, names and annotations stay.

    Parameters
    ----------
    home
        Folder of the workspace.
    name
        The dataset.

    Returns
    -------
    IngestReport
        How many rows of each kind went.

    Raises
    ------
    InputError
        No dataset has this name.
    WorkspaceError
        There is no workspace.
    """
    if not store_path(home).is_file():
        message = f"No workspace at {home} (there is no db/vcpi.sqlite); name one with --home"
        raise WorkspaceError(message)
    with writing(home) as database:
        known = {entry["name"]: entry["dataset_id"] for entry in read.datasets(database.conn)}
        if name not in known:
            raise InputError(f"No dataset is called {name!r}; the workspace holds: {', '.join(known) or 'none yet'}")
        ingest_id = write.start_ingest(database, verb="remove", source=name, files=[], versions=versions())
        counts: dict[str, int] = {}
        database.execute("DELETE FROM artifact WHERE dataset_id = ?", [known[name]])
        _delete(database, "dataset", "dataset_id = ?", [known[name]], counts)
        shown = {f"{table}s": counts.get(table, 0) for table in ("signature", "sample", "gene")}
        write.finish_ingest(database, ingest_id, shown)
    return IngestReport(
        verb="remove", source=name, counts=shown, notes=("compounds, names and annotations stay in the workspace",)
    )


def _delete(database: Database, table: str, where: str, values: list[Any], counts: dict[str, int]) -> None:
    """Delete rows, and first all rows of other tables that refer to them."""
    others = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()]
    for other in others:
        for key in database.execute("SELECT * FROM pragma_foreign_key_list(?)", [other]).fetchall():
            _, position, parent, column, referred = key[:5]
            if parent == table and position == 0:
                inner = f"{column} IN (SELECT {referred} FROM {table} WHERE {where})"  # noqa: S608  names of the schema
                _delete(database, other, inner, values, counts)
    n = database.execute(f"DELETE FROM {table} WHERE {where}", values).rowcount  # noqa: S608
    counts[table] = counts.get(table, 0) + n
