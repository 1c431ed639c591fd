"""Long work: begun by whoever asks first, kept for whoever asks again, one piece at a time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vcpi.store.connection import store_path
from vcpi.web.workspace import BusyError, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from vcpi.database import Database

WAIT_S = 2.0  # short work answers at once
MOST_KEPT = 16
_LOOK_S = 0.02


@dataclass(slots=True)
class Progress:
    """How far a piece of long work is: what it does now, and the share of the work that is done, from 0 to 1."""

    step: str = "waiting for its turn"
    share: float = 0.0

    def __call__(self, step: str, share: float) -> None:
        """Tell how far it is."""
        self.step, self.share = step, share


@dataclass(slots=True)
class Job:
    """One piece of long work."""

    future: Future[Any]
    progress: Progress = field(default_factory=Progress)
    since: float = field(default_factory=time.monotonic)

    @property
    def is_done(self) -> bool:
        """Whether there is a result, or an error."""
        return self.future.done()

    @property
    def seconds(self) -> float:
        """How long it has been asked for."""
        return time.monotonic() - self.since

    def result(self) -> Any:  # noqa: ANN401  what the question returns
        """Return the result, or raise what the question raised."""
        return self.future.result()


class Jobs:
    """Long questions to a workspace, each answered once for a state of the store.

    Parameters
    ----------
    workspace
        The workspace; long work runs beside it, on one reader of its own.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = Workspace(workspace.home, readers=1, beside=workspace)
        self._jobs: dict[tuple[Any, ...], Job] = {}

    async def ask(
        self, key: tuple[Any, ...], question: Callable[[Database, Progress], Any], *, wait_s: float = WAIT_S
    ) -> Job:
        """Begin a question, or find it begun, and wait a moment for it.

        Parameters
        ----------
        key
            Names the question.
        question
            As for :meth:`vcpi.web.workspace.Workspace.ask`, and called with what takes its progress.
        wait_s
            Seconds to wait.

        Raises
        ------
        BusyError
            Too much long work is going on.
        """
        key = (*key, self._state())
        job = self._jobs.get(key)
        if job is None:
            self._make_room()
            progress = Progress()
            future = self._workspace.submit(lambda database: question(database, progress))
            job = self._jobs[key] = Job(future, progress)
        until = time.monotonic() + wait_s
        while not job.is_done and time.monotonic() < until:
            await asyncio.sleep(_LOOK_S)
        if job.is_done and job.future.exception() is not None:
            self._jobs.pop(key, None)  # whoever asks again tries again
        return job

    def find(self, key: tuple[Any, ...]) -> Job | None:
        """Return a question that was begun for the present state of the store; None where it was not."""
        return self._jobs.get((*key, self._state()))

    def close(self) -> None:
        """End."""
        self._workspace.close()

    def _make_room(self) -> None:
        """Forget the oldest result, or refuse where all is unfinished."""
        if len(self._jobs) < MOST_KEPT:
            return
        oldest = next((key for key, job in self._jobs.items() if job.is_done), None)
        if oldest is None:
            message = f"{MOST_KEPT} long questions are being answered; ask again when one is done"
            raise BusyError(message)
        del self._jobs[oldest]

    def _state(self) -> tuple[Any, ...]:
        """Tell states of the store apart."""
        path = store_path(self._workspace.home)
        return tuple(_mark(one) for one in (path, path.with_name(f"{path.name}-wal")))


def _mark(path: Path) -> tuple[int, int, int] | None:
    """Tell states of a file apart."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
