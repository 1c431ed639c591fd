"""Something that is read by a thread of its own while the one that asks does something else."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

from vcpi.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Coming(Generic[T]):
    """What a function will have returned.

    Parameters
    ----------
    work
        Is given a function that says whether nobody waits any more, which it may ask from time to time.

    Examples
    --------
    >>> Coming(lambda _: 6 * 7).wait()
    42
    """

    def __init__(self, work: Callable[[Callable[[], bool]], T]) -> None:
        self._work = work
        self._found: list[T] = []
        self._error: BaseException | None = None
        self._given_up = Event()
        self._thread = Thread(target=self._run, name="vcpi-coming", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        """Do the work and keep what comes of it."""
        try:
            self._found.append(self._work(self._given_up.is_set))
        except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
            self._error = error

    def wait(self) -> T:
        """Return what the function did, or raise what it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        if not self._found:
            raise ArtifactError("What was being read did not come; ask again")
        return self._found[0]

    def give_up(self) -> None:
        """Let it end early, and wait for that."""
        self._given_up.set()
        self._thread.join()
