"""A child process that can be stopped: bounded time for calls into RDKit that may never return.

RDKit's C++ code cannot be interrupted from Python, so calls that may hang run in a child that reports after every item
and is killed when it stays silent. The child is started by name of this module, not forked: it is safe beside threads,
needs no ``if __name__ == "__main__"`` in the caller's script, and inherits no open store.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, BinaryIO, Self

from vcpi.errors import VcpiError

_START_S = 60.0  # a cold disk may take this long to load RDKit
_BOOT = "import sys; sys.path[:] = {path!r}; from vcpi.structure.worker import serve; serve()"


class WorkerStopped(Exception):
    """The child died or stayed silent; ``reason`` is "silent" or "crashed"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Worker:
    """One child process that applies a function to items, one after another.

    Parameters
    ----------
    function
        A module-level function; it travels by name.

    Examples
    --------
    >>> with Worker(len) as worker:
    ...     list(worker.run(["a", "bcd"], timeout_s=60))
    [1, 3]
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self._child: subprocess.Popen[bytes] | None = None
        self._replies: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def run(self, items: Sequence[Any], *, timeout_s: float = math.inf, deadline: float = math.inf) -> Iterator[Any]:
        """Yield one result per item, in order.

        Parameters
        ----------
        items
            What the function is applied to.
        timeout_s
            Seconds allowed for one item.
        deadline
            Reading of ``time.monotonic`` at which the whole run ends.

        Raises
        ------
        WorkerStopped
            No result in time, or the child died. The child is gone then; the next
            call starts another.
        """
        child = self._start()
        self._send(child, items)
        for _ in items:
            yield self._receive(min(timeout_s, deadline - time.monotonic()))

    def stop(self) -> None:
        """End the child, whatever it does."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # unsent bytes for a child that is gone
                    pipe.close()

    def _start(self) -> subprocess.Popen[bytes]:
        """Return the running child, starting it where there is none."""
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 - this Python and this module
                [sys.executable, "-c", _BOOT.format(path=sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._replies = queue.SimpleQueue()
            reader = threading.Thread(target=_read, args=(self._child.stdout, self._replies), daemon=True)
            reader.start()
            self._greet(self._child)
        return self._child

    def _greet(self, child: subprocess.Popen[bytes]) -> None:
        """Tell the child its function and wait until it has loaded it."""
        try:
            self._send(child, self._function)
            self._receive(_START_S)
        except WorkerStopped as stop:
            raise VcpiError(
                f"Cannot start a child process with {sys.executable!r}; expected a Python with vcpi"
            ) from stop

    def _send(self, child: subprocess.Popen[bytes], message: object) -> None:
        """Write one message, or notice that nobody reads."""
        assert child.stdin is not None  # noqa: S101 - opened with PIPE
        try:
            pickle.dump(message, child.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            child.stdin.flush()
        except OSError as error:
            self.stop()
            raise WorkerStopped("crashed") from error

    def _receive(self, timeout_s: float) -> object:
        """Wait for one reply; end a child that stays silent."""
        try:
            is_alive, reply = self._replies.get(timeout=min(max(timeout_s, 0.0), threading.TIMEOUT_MAX))
        except queue.Empty:
            self.stop()
            raise WorkerStopped("silent") from None
        if not is_alive:
            self.stop()
            raise WorkerStopped("crashed")
        return reply


def _read(pipe: BinaryIO, replies: queue.SimpleQueue[Any]) -> None:
    """Hand over replies as they come; the last word is that there are no more."""
    with contextlib.suppress(Exception):  # a killed child leaves half a message: the same end
        while True:
            replies.put((True, pickle.load(pipe)))  # noqa: S301 - written by our own child
    replies.put((False, None))


def serve() -> None:
    """Be the child: read a function, then lists of items, and answer each item."""
    source = sys.stdin.buffer
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing else may write between the replies
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        function = pickle.load(source)  # noqa: S301 - written by our own parent
        _reply(sink, None)
        while True:
            for item in pickle.load(source):  # noqa: S301
                _reply(sink, function(item))


def _reply(sink: BinaryIO, value: object) -> None:
    """Write one reply at once, so that silence means work."""
    pickle.dump(value, sink, protocol=pickle.HIGHEST_PROTOCOL)
    sink.flush()
