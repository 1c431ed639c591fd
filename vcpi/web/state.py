"""What is kept for as long as the store holds the same: known by the digest of its content that it bears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from vcpi.store import seal

if TYPE_CHECKING:
    from collections.abc import Callable

    from vcpi.database import Database

T = TypeVar("T")
MOST = 4  # states of as many workspaces


class Kept(Generic[T]):
    """What is made of a state of a store, made once for it.

    Parameters
    ----------
    make
        Makes it of the opened workspace, and of nothing beside the store.

    Examples
    --------
    >>> kept = Kept(lambda database: database.status())
    >>> kept.of(database)  # doctest: +SKIP
    """

    def __init__(self, make: Callable[[Database], T]) -> None:
        self._make = make
        self._values: dict[tuple[str, str], T] = {}

    def of(self, database: Database) -> T:
        """Return it for the state that a workspace is in; always made anew for a store that bears no digest."""
        row = database._connection.execute("SELECT manifest FROM artifact WHERE kind = ?", [seal.KIND]).fetchone()
        if row is None:
            return self._make(database)
        database.check_seal()
        key = (str(database.home), str(row[0]))
        values = self._values
        if key not in values:
            kept = [*values.items()][1 - MOST :]
            self._values = values = {**dict(kept), key: self._make(database)}
        return values[key]
