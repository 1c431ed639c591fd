"""What workers do with a part: functions that travel by name, and what tells that a worker would do it as we do."""

from __future__ import annotations

import hashlib
from collections import deque
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from vcpi.structure.identity import Outcome, attempt, guarded
from vcpi.structure.worker import Worker
from vcpi.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from vcpi.ingest.counts import CountsFile

STRUCTURES = 250  # in a part: a fifth of a second of work
WORKING = ("structure", "signature", "ingest", "kernels")  # packages that workers run
TIMEOUT_S = 10.0  # for one structure

_idle: dict[Hashable, deque[Any]] = {}  # children and open files of this process that wait for work

Thing = TypeVar("Thing")


@cache
def facts() -> dict[str, str]:
    """Give the versions that decide results, and a digest of the code that workers run.

    Examples
    --------
    >>> sorted(facts())
    ['code', 'numpy', 'rdkit', 'vcpi']
    """
    folder = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(path for name in WORKING for path in (folder / name).rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return {"vcpi": __version__, "rdkit": version("rdkit"), "numpy": version("numpy"), "code": digest.hexdigest()[:12]}


def standardize_part(texts: list[str]) -> list[Outcome]:
    """Standardize structures in order, in a child that outlives the call; one that stops the child costs itself alone."""
    with borrowed(attempt, lambda: Worker(attempt)) as child:
        return guarded(child, texts, TIMEOUT_S)


@contextmanager
def borrowed(key: Hashable, make: Callable[[], Thing]) -> Iterator[Thing]:
    """Lend what is costly to make and serves one at a time; it waits for the next, until :func:`rest`."""
    idle = _idle.setdefault(key, deque())
    try:
        thing: Thing = idle.pop()
    except IndexError:
        thing = make()
    try:
        yield thing
    finally:
        idle.append(thing)


def lend(key: Hashable, thing: Worker | CountsFile) -> None:
    """Put what is there already with what :func:`borrowed` lends."""
    _idle.setdefault(key, deque()).append(thing)


def rest() -> None:
    """End the children and close the files that wait in this process."""
    for idle in list(_idle.values()):
        with suppress(IndexError):
            while True:
                thing = idle.pop()
                thing.stop() if isinstance(thing, Worker) else thing.close()


def standardize_alone(texts: list[str]) -> list[Outcome]:
    """Standardize structures in a child of this process: the way of a part that workers do not survive."""
    with Worker(attempt) as child:
        return guarded(child, texts, TIMEOUT_S)
