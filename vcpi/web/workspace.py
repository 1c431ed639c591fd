"""A workspace asked by many at once: readers in threads of their own, with bounds on waiting and on answering."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sqlite3
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from vcpi.database import Database, health, neighbours, opening, structures  # noqa: F401  before the first question
from vcpi.database.mappers import Mappers
from vcpi.errors import ArtifactError, VcpiError, WorkspaceError
from vcpi.store import read
from vcpi.store.connection import store_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from vcpi.genes import GeneMapper
    from vcpi.records import GeneRow

T = TypeVar("T")

MOST_READERS = 8
MOST_WAITING = 128
MOST_LOST = 4  # readers that work on questions which nobody waits for any more
TRIES = 3
_PAUSE_S = 0.05
_LEAVE_S = 3.0


class BusyError(VcpiError):
    """Too many questions are waiting already."""


class SlowError(VcpiError):
    """A question takes longer than it may."""


class Workspace:
    """Several readers of one workspace; each question runs on one of them, off the event loop.

    A reader is a thread with a :class:`Database` of its own, so that a SQLite connection stays in its thread; what they
    load of the indexes they share. A question sees one committed state of the store, and a rebuild is picked up by the
    next question, as is a workspace that was replaced by another. A question that does not end in time is given up:
    another reader takes the place of the one that works on it.

    Parameters
    ----------
    home
        Folder that holds ``db/`` and ``index/``.
    readers
        How many questions run at once; where None one for each processor, two to eight.
    beside
        Another of the same folder, whose loaded indexes it shares.

    Examples
    --------
    >>> workspace = Workspace(Path("screen"))  # doctest: +SKIP
    >>> await workspace.ask(lambda database: database.like("everolimus"))  # doctest: +SKIP
    """

    def __init__(self, home: Path, *, readers: int | None = None, beside: Workspace | None = None) -> None:
        self.home = home
        self._n_readers = min(max(os.cpu_count() or 1, 2), MOST_READERS) if readers is None else readers
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._lock = threading.RLock()
        self._readers: set[_Reader] = set()
        self._n_open = 0
        self._closed = False
        self._shared: _Shared = _Shared() if beside is None else beside._shared

    async def ask(self, question: Callable[[Database], T], *, timeout_s: float = 30) -> T:
        """Run a question on a reader and return its answer.

        Parameters
        ----------
        question
            Takes the opened workspace. It runs in another thread, and again where the store was rebuilt under it.
        timeout_s
            Seconds until the answer, waiting included; above 0.

        Raises
        ------
        BusyError
            Too many questions are waiting.
        SlowError
            There is no answer in time.
        VcpiError
            What the question raises.
        """
        future = self.submit(question)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), timeout_s)
        except TimeoutError:
            self._give_up(future)
            raise SlowError(f"No answer in {timeout_s:g} s; ask for less, or again later") from None
        except asyncio.CancelledError:
            self._give_up(future)
            raise

    def submit(self, question: Callable[[Database], T]) -> Future[T]:
        """Begin a question as :meth:`ask` does, and return what will hold its answer.

        Raises
        ------
        BusyError
            Too many questions are waiting.
        """
        future: Future[T] = Future()
        with self._lock:
            n_lost = sum(reader.lost for reader in self._readers)
            if self._closed or self._n_open >= MOST_WAITING + self._n_readers or n_lost > MOST_LOST:
                message = "Too many questions at once; ask again in a few seconds"
                raise BusyError(message)
            self._n_open += 1
            self._hire()
        future.add_done_callback(self._ended)
        self._tasks.put(_Task(question, future))
        return future

    def warm(self) -> Future[None]:
        """Begin to load what most questions need, once for all readers."""

        def load(database: Database) -> None:
            """Open every dataset."""
            for entry in read.datasets(database._connection):
                database._library(entry)
                database._mapper(entry["dataset_id"])

        return self.submit(load)

    def close(self) -> None:
        """Let the readers end; one that is busy gets a few seconds."""
        with self._lock:
            self._closed = True
            readers = list(self._readers)
        for reader in readers:
            self._tasks.put(None)
            reader.interrupt()
        until = time.monotonic() + _LEAVE_S
        for reader in readers:
            reader.join(max(until - time.monotonic(), 0.0))

    def _hire(self) -> None:
        """Start a reader where there are too few for what is open."""
        n_working = sum(not reader.lost for reader in self._readers)
        if n_working < min(self._n_readers, self._n_open):
            reader = _Reader(self.home, self._tasks, self._shared, self._left)
            self._readers.add(reader)
            reader.start()

    def _give_up(self, future: Future[Any]) -> None:
        """Let nobody begin a question, or replace the reader that works on it."""
        if future.cancel():
            return
        with self._lock:
            for reader in list(self._readers):
                if reader.works_on is future:
                    reader.lost = True
                    reader.interrupt()
                    self._hire()

    def _ended(self, _future: Future[Any]) -> None:
        """Count a question off."""
        with self._lock:
            self._n_open -= 1

    def _left(self, reader: _Reader) -> None:
        """Count a reader off."""
        with self._lock:
            self._readers.discard(reader)


@dataclass(frozen=True, slots=True)
class _Task:
    """A question on its way to a reader."""

    question: Callable[[Database], Any]
    future: Future[Any]


class _Opened(Database):
    """A workspace of which all readers load once what is large."""

    def __init__(self, home: Path, shared: _Shared) -> None:
        super().__init__(home)
        shared.give(self)


class _Shared:
    """What the readers of a workspace load once for all: indexes and catalogues, which nobody changes."""

    def __init__(self) -> None:
        self._mappers: dict[int, tuple[list[GeneRow], GeneMapper]] = {}
        self._signatures: dict[int, Any] = {}
        self._fast: dict[int, Any] = {}
        self._catalogues: dict[tuple[int, str], Any] = {}

    def give(self, database: Database) -> None:
        """Let a reader use what others have loaded, and they what it loads."""
        database._indexes._signatures = self._signatures
        database._indexes._fast = self._fast
        database._catalogues = self._catalogues
        database._mappers = Mappers(self._mappers)

    def tidy(self) -> None:
        """Forget the catalogues of indexes that were replaced."""
        for dataset_id, digest in list(self._catalogues):
            current = self._signatures.get(dataset_id)
            if current is not None and current[2].file_digest != digest:
                self._catalogues.pop((dataset_id, digest), None)


class _Reader(threading.Thread):
    """One thread with one opened workspace, which answers questions one after another."""

    def __init__(
        self,
        home: Path,
        tasks: queue.SimpleQueue[_Task | None],
        shared: _Shared,
        left: Callable[[_Reader], None],
    ) -> None:
        super().__init__(name="vcpi-reader", daemon=True)
        self.lost = False
        self.works_on: Future[Any] | None = None
        self._home, self._tasks, self._shared, self._left = home, tasks, shared, left
        self._database: Database | None = None
        self._file: tuple[int, int] | None = None

    def run(self) -> None:
        """Answer until there is no more to do, or nobody waits for the answer."""
        try:
            while not self.lost:
                task = self._tasks.get()
                if task is None:
                    return
                if task.future.set_running_or_notify_cancel():
                    self._work(task)
                del task  # an idle reader holds no answer
        finally:
            self._close()
            self._left(self)

    def interrupt(self) -> None:
        """Stop what SQLite does for the question."""
        database = self._database
        if database is not None:
            with contextlib.suppress(sqlite3.Error):  # closed meanwhile
                database._connection.interrupt()

    def _work(self, task: _Task) -> None:
        """Answer one question."""
        self.works_on = task.future
        try:
            answer = self._answer(task.question)
        except BaseException as error:  # noqa: BLE001  whoever asked gets it
            self.works_on = None
            task.future.set_exception(error)
        else:
            self.works_on = None
            task.future.set_result(answer)

    def _answer(self, question: Callable[[Database], T]) -> T:
        """Ask within one state of the store; again where an index of it was replaced before it was read."""
        for left in reversed(range(TRIES)):
            try:
                database = self._current()
                with _snapshot(database):
                    answer = question(database)
                self._shared.tidy()
            except (ArtifactError, sqlite3.OperationalError):
                self._close()
                if not left or self.lost:
                    raise
                time.sleep(_PAUSE_S)
            else:
                return answer
        raise AssertionError

    def _current(self) -> Database:
        """Return the opened workspace, opened anew where another file bears its name."""
        try:
            found = store_path(self._home).stat()
        except OSError:
            found = None
        file = None if found is None else (found.st_dev, found.st_ino)
        if self._database is None or file != self._file:
            self._close()
            self._database, self._file = _Opened(self._home, self._shared), file
        return self._database

    def _close(self) -> None:
        """Close the store."""
        database, self._database = self._database, None
        if database is not None:
            database.close()


@contextlib.contextmanager
def _snapshot(database: Database) -> Iterator[None]:
    """See one committed state of the store until the block ends."""
    database._connection.execute("BEGIN")
    try:
        yield
    finally:
        if database._connection.in_transaction:
            database._connection.execute("ROLLBACK")


def check(home: Path) -> None:
    """Refuse a workspace that cannot be opened.

    Raises
    ------
    WorkspaceError
        There is none, or it belongs to a newer vcpi.
    """
    if not home.is_dir():
        raise WorkspaceError(f"No folder {home}; name the folder of a workspace with --home")
    Database(home).close()
