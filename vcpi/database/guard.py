"""What stands between a damaged store and an answer."""

from __future__ import annotations

import functools
import sqlite3
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar, cast

from vcpi.errors import ArtifactError, VcpiError
from vcpi.store import seal
from vcpi.store.connection import store_path

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

TRIES = 20  # states of a store that is written faster than it is read
C = TypeVar("C", bound=type)
P = ParamSpec("P")
R = TypeVar("R")
FREE = frozenset({"verify", "close", "check_seal"})
"""What works on a damaged store: it says what is damaged."""


class _Opened(Protocol):
    """A workspace that is open."""

    home: Path
    _connection: sqlite3.Connection
    _turn: threading.RLock

    def check_seal(self) -> None:
        """Compare the store with its seal."""


def guarded(owner: C) -> C:
    """Have every public method of a class look at the seal of the store before its first answer, and see one state of it.

    The questions of several threads are answered one after another.

    An error that vcpi does not raise on purpose is looked into: from a damaged store it is told as that, in one line;
    from a whole one it goes on as it is.
    """
    for name in dir(owner):
        method = getattr(owner, name)
        if name.startswith("_") or name in FREE or not callable(method):
            continue
        setattr(owner, name, _guarded(method))
    return owner


def _guarded(method: Callable[Concatenate[_Opened, P], R]) -> Callable[Concatenate[_Opened, P], R]:
    """Wrap one method."""

    @functools.wraps(method)
    def answer(self: _Opened, *args: P.args, **named: P.kwargs) -> R:
        self.check_seal()
        try:
            with self._turn:
                return _of_one_state(self._connection, lambda: method(self, *args, **named))
        except VcpiError:
            raise
        except Exception as error:
            damage = damage_of(self._connection, self.home)
            if damage is None:
                raise
            raise ArtifactError(damage) from error

    return cast("Callable[Concatenate[_Opened, P], R]", answer)


def _of_one_state(connection: sqlite3.Connection, question: Callable[[], R]) -> R:
    """Answer from one committed state of the store; from the next where its indexes were replaced meanwhile."""
    if connection.in_transaction:
        return question()  # a part of another one
    for left in reversed(range(TRIES)):
        connection.execute("BEGIN")
        (state,) = connection.execute("PRAGMA data_version").fetchone()
        try:
            return question()
        except (ArtifactError, FileNotFoundError):  # the file of an index that was named a moment ago
            _end(connection)
            if not left or connection.execute("PRAGMA data_version").fetchone()[0] == state:
                raise
        finally:
            _end(connection)
    raise AssertionError


def _end(connection: sqlite3.Connection) -> None:
    """Let go of the state that was read."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def damage_of(connection: sqlite3.Connection, home: Path) -> str | None:
    """Say in one line what is damaged about a store; None where nothing is."""
    path = store_path(home)
    try:
        if not seal.check_seal(connection, path):
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                return f"db/{path.name} is damaged ({found}); look with 'vcpi verify --deep', restore it from a copy"
            seal.check_note(connection, path)
    except ArtifactError as error:
        return str(error)
    except sqlite3.OperationalError as error:
        # Locked, out of room and the like are no damage; text that is no text is.
        return f"db/{path.name} is damaged ({error})" if "decode" in str(error) else None
    except (sqlite3.DatabaseError, UnicodeDecodeError, ValueError) as error:
        return f"db/{path.name} is damaged ({error}); look with 'vcpi verify --deep', restore it from a copy"
    return None
