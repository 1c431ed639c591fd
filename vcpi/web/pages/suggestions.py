"""Names as one types: those that begin so, those that hold the letters, those that are nearly so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.store.names import suggest

if TYPE_CHECKING:
    from vcpi.database.core import Database

LONGEST_NAME = 120
_BEGINS = """SELECT name FROM name WHERE name LIKE ? ESCAPE '\\' AND kind IN ('name', 'synonym', 'source_id')
             GROUP BY name COLLATE NOCASE ORDER BY length(name), name LIMIT ?"""


def complete(database: Database, text: str, *, n: int = 8) -> list[str]:
    """Return names of the workspace that may be meant, best first.

    Parameters
    ----------
    database
        The workspace.
    text
        What was typed so far; beyond 120 characters it is no name.
    n
        How many at most.
    """
    text = text.strip()
    if not text or len(text) > LONGEST_NAME:
        return []
    connection = database._connection
    plain = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = [row[0] for row in connection.execute(_BEGINS, [f"{plain}%", n])]
    if len(found) < n:
        found += [row[0] for row in connection.execute(_BEGINS, [f"%_{plain}%", n])]
    if not found:
        found = suggest(connection, text, n=n)
    return list(dict.fromkeys(found))[:n]
