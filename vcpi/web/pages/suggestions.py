"""Names as one types: those that begin so, those that hold the letters, those that are nearly so."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from vcpi.store.names import suggest
from vcpi.web.state import Kept

if TYPE_CHECKING:
    from vcpi.database.core import Database

LONGEST_NAME = 120
_ALL = "SELECT name FROM name WHERE kind IN ('name', 'synonym', 'source_id') ORDER BY length(name), name"


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
    key, names = text.casefold(), _NAMES.of(database)
    found = list(islice((name for folded, name in names.items() if folded.startswith(key)), n))
    if len(found) < n:
        found += islice((name for folded, name in names.items() if folded.find(key) > 0), n)
    if not found:
        found = suggest(database._connection, text, n=n)
    return list(dict.fromkeys(found))[:n]


def _names(database: Database) -> dict[str, str]:
    """Return all names by what they are in small letters, the short ones first."""
    found: dict[str, str] = {}
    for (name,) in database._connection.execute(_ALL):
        found.setdefault(name.casefold(), name)
    return found


_NAMES = Kept(_names)
