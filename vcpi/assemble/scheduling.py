"""Where work is done: here, in child processes, or on the workers of a cluster; results always come in order.

A :class:`Scheduler` applies a function to parts. The one process that holds the lock on the store hands out parts and
takes results in their order, so that what is written does not depend on who did the work, or on who died doing it.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from vcpi.errors import InputError, VcpiError
from vcpi.structure.worker import Worker, WorkerStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

TRIES = 2  # children that a part may stop before it is called lost

P = TypeVar("P")
R = TypeVar("R")
T = TypeVar("T")


class Scheduler(Protocol):
    """Applies functions to parts, several at once."""

    def run(
        self, function: Callable[[P], R], parts: Iterable[P], *, lost: Callable[[P], R] | None = None
    ) -> Iterator[R]:
        """Yield one result per part, in the order of the parts.

        Parameters
        ----------
        function
            A function of a module; it travels by name.
        parts
            What it is applied to; read only a little ahead of what is yielded.
        lost
            What is done here with a part that no worker survives; None where that ends the run.

        Raises
        ------
        VcpiError
            A part stops every worker that takes it, or there is no worker left. What the function raises is raised here.
        """
        ...


class Serial:
    """Does all work here, one part after another.

    Examples
    --------
    >>> list(Serial().run(len, ["a", "bc"]))
    [1, 2]
    """

    def run(
        self, function: Callable[[P], R], parts: Iterable[P], *, lost: Callable[[P], R] | None = None
    ) -> Iterator[R]:
        """Yield one result per part."""
        del lost  # what cannot be survived here ends this process
        return map(function, parts)


class Threads:
    """Does the work in threads of this process: for functions that mostly read files and calculate with arrays.

    Parameters
    ----------
    workers
        Threads, 1 or more.

    Examples
    --------
    >>> list(Threads(2).run(len, ["a", "bc", "def"]))
    [1, 2, 3]
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise InputError(f"workers is {workers}; expected 1 or more")
        self.workers = workers

    def run(
        self, function: Callable[[P], R], parts: Iterable[P], *, lost: Callable[[P], R] | None = None
    ) -> Iterator[R]:
        """Yield one result per part, in the order of the parts."""
        del lost  # what cannot be survived here ends this process
        with ThreadPoolExecutor(self.workers) as pool:
            futures = (pool.submit(function, part) for part in parts)
            with closing(ahead(futures, self.workers, drop=Future.cancel)) as begun:
                for future in begun:
                    yield future.result()


class Pool:
    """Does the work in child processes of this one.

    Parameters
    ----------
    workers
        Child processes, 1 or more.

    Examples
    --------
    >>> list(Pool(2).run(len, ["a", "bc", "def"]))
    [1, 2, 3]
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise InputError(f"workers is {workers}; expected 1 or more")
        self.workers = workers

    def run(
        self, function: Callable[[P], R], parts: Iterable[P], *, lost: Callable[[P], R] | None = None
    ) -> Iterator[R]:
        """Yield one result per part, in the order of the parts."""
        children = [Worker(_apply) for _ in range(self.workers)]
        idle = deque(children)

        def work(part: P) -> tuple[bool, Any]:
            child = idle.pop()
            try:
                return _survived(child, function, part)
            finally:
                idle.append(child)

        try:
            with ExitStack() as stack:
                pool = stack.enter_context(ThreadPoolExecutor(self.workers))
                submitted = ((pool.submit(work, part), part) for part in parts)
                begun = stack.enter_context(closing(ahead(submitted, 2 * self.workers, drop=_cancel)))
                for number, (future, part) in enumerate(begun, start=1):
                    try:
                        is_result, value = future.result()
                    except WorkerStopped as stop:
                        yield at_home(part, number, lost=lost, cause=stop)
                        continue
                    if not is_result:
                        raise value
                    yield value
        finally:
            for child in children:
                child.stop()


def ahead(items: Iterable[T], most: int, *, drop: Callable[[T], object]) -> Generator[T]:
    """Yield items in order, so many of them begun before the first is asked for; ``drop`` is told those never yielded.

    Examples
    --------
    >>> begun = []
    >>> items = ahead((begun.append(n) or n for n in range(9)), 3, drop=print)
    >>> next(items), begun
    (0, [0, 1, 2, 3])
    >>> items.close()
    1
    2
    3
    """
    source = iter(items)
    waiting: deque[T] = deque(islice(source, most))
    try:
        for item in source:
            waiting.append(item)
            yield waiting.popleft()
        while waiting:
            yield waiting.popleft()
    finally:
        for item in waiting:
            drop(item)


def at_home(part: P, number: int, *, lost: Callable[[P], R] | None, cause: BaseException) -> R:
    """Do with a part that no worker survives what can be done here, or say that nothing can."""
    if lost is None:
        message = (
            f"Part {number} stopped every worker that took it (memory or a crash); nothing was changed; "
            "give the workers more memory, or build without --scheduler"
        )
        raise VcpiError(message) from cause
    return lost(part)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of so many, the last perhaps shorter.

    Examples
    --------
    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _survived(child: Worker, function: Callable[[P], R], part: P) -> tuple[bool, Any]:
    """Have a child do a part, and another where the first is stopped by it."""
    for _ in range(TRIES - 1):
        try:
            return _reply_of(child, function, part)
        except WorkerStopped:
            continue
    return _reply_of(child, function, part)


def _reply_of(child: Worker, function: Callable[[P], R], part: P) -> tuple[bool, Any]:
    """Have a child do a part."""
    (reply,) = child.run([(function, part)])
    return reply  # type: ignore[no-any-return]


def _apply(item: tuple[Callable[[Any], Any], Any]) -> tuple[bool, Any]:
    """Be the child: the result of a part, or what its function raised."""
    function, part = item
    try:
        return True, function(part)
    except Exception as error:  # noqa: BLE001  it is raised again where the part came from
        return False, error


def _cancel(item: tuple[Any, Any]) -> None:
    """Let what was handed out not begin."""
    item[0].cancel()
