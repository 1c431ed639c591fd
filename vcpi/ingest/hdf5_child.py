"""A child process that tries an HDF5 file before this one reads it.

A damaged file can keep libhdf5 busy for minutes, and nothing in Python can stop it; or it ends the interpreter. So the
file is read once in a child that says after every part that it goes on, and is killed when it stays silent. Only a file
that was read to its end there is read here. One child serves many files, and ends with this process.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from vcpi.errors import DataError, VcpiError
from vcpi.records import SourceFile

SILENT_S = 30.0
"""Seconds without a sign of life after which a file counts as damaged; a block of a matrix takes far less."""

_START_S = 60.0  # a cold disk may take this long to load h5py
_BOOT = "import sys; sys.path[:] = {path!r}; from vcpi.ingest.hdf5_child import serve; serve()"
_ALIVE = "."
_LOCK = threading.Lock()
_CHILDREN: list[_Child] = []
_SIGNS: list[Callable[[], None]] = []


def try_first(path: Path, kind: str) -> None:
    """Read a file in the child, and throw away what was read.

    Parameters
    ----------
    path
        An HDF5 file.
    kind
        ``gctx`` or ``h5ad``.

    Raises
    ------
    DataError
        The file keeps libhdf5 busy, ends the child, or is refused by the reader.
    VcpiError
        No child process can be started.
    """
    with _LOCK:
        if not _CHILDREN:
            _CHILDREN.append(_Child())
        if _CHILDREN[0].ended:
            _stop()
            raise VcpiError(f"Cannot start a child process with {sys.executable!r}; expected a Python with vcpi")
        said = _CHILDREN[0].ask(path, kind)
        if said is None or _CHILDREN[0].ended:
            _stop()
    if said is None:
        raise DataError(f"{path.name} keeps the HDF5 library busy for {SILENT_S:g} s or ends it; it is damaged")
    if said:
        raise DataError(said)


def sign_of_life() -> None:
    """Tell the parent, where there is one, that the reading goes on."""
    for sign in _SIGNS:
        sign()


class _Child:
    """The process, and the thread that listens to it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - this Python and this module
            [sys.executable, "-c", _BOOT.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.ended = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        if self._next(_START_S) != _ALIVE:
            self.ended = True

    def ask(self, path: Path, kind: str) -> str | None:
        """Return the reason to refuse a file, empty for none; None where no answer came."""
        request = json.dumps([str(path.resolve()), kind])
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None  # noqa: S101 - opened with PIPE
            self.process.stdin.write(f"{request}\n")
            self.process.stdin.flush()
        while (line := self._next(SILENT_S)) == _ALIVE:
            pass
        if not line:
            self.ended = True
            return None
        return str(json.loads(line))

    def stop(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        self._listener.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _listen(self) -> None:
        """Hand over lines as they come; an empty one is the end."""
        assert self.process.stdout is not None  # noqa: S101 - opened with PIPE
        with contextlib.suppress(ValueError, OSError):
            for line in self.process.stdout:
                self.lines.put(line.strip())
        self.lines.put("")

    def _next(self, seconds: float) -> str:
        """Wait for a line; an empty one where none came."""
        try:
            return self.lines.get(timeout=seconds)
        except queue.Empty:
            return ""


def _stop() -> None:
    """End the child, if there is one."""
    while _CHILDREN:
        _CHILDREN.pop().stop()


atexit.register(_stop)


def _forget() -> None:
    """Leave the parent's child alone after a fork."""
    _CHILDREN.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def serve() -> None:
    """Be the child: read the files that the parent names, and answer each with a reason or nothing."""
    from vcpi.ingest.gctx import matrix_of_gctx  # they import this module
    from vcpi.ingest.h5ad import matrix_of_h5ad

    readers = {"gctx": matrix_of_gctx, "h5ad": matrix_of_h5ad}
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing else may write between the answers
    _SIGNS.append(lambda: _say(sink, _ALIVE))
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        sign_of_life()
        for line in sys.stdin:
            path, kind = json.loads(line)
            _say(sink, json.dumps(_reason(readers[kind], Path(path))))


def _reason(read: Callable[[Path, SourceFile], object], path: Path) -> str:
    """Read a file, and say why it is refused; what is a fault of ours comes up again where it has a traceback."""
    try:
        read(path, SourceFile(name=path.name, n_bytes=0, sha256=""))
    except DataError as error:
        return str(error)
    except Exception:  # noqa: BLE001  the parent meets it too
        return ""
    return ""


def _say(sink: IO[str], text: str) -> None:
    """Write one line at once."""
    sink.write(f"{text}\n")
    sink.flush()
