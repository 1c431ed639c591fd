"""What workers do with a part: functions that travel by name, and what tells that a worker would do it as we do."""

from __future__ import annotations

import hashlib
from collections import deque
from functools import cache
from importlib.metadata import version
from pathlib import Path

from vcpi.structure.identity import Outcome, attempt, guarded
from vcpi.structure.worker import Worker
from vcpi.version import __version__

STRUCTURES = 250  # in a part: a fifth of a second of work
WORKING = ("structure", "signature", "ingest", "kernels")  # packages that workers run
TIMEOUT_S = 10.0  # for one structure

_idle: deque[Worker] = deque()  # children of this process that wait for structures


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
    try:
        child = _idle.pop()
    except IndexError:
        child = Worker(attempt)
    try:
        return guarded(child, texts, TIMEOUT_S)
    finally:
        _idle.append(child)


def rest() -> None:
    """End the children that wait for structures."""
    while _idle:
        try:
            _idle.pop().stop()
        except IndexError:
            return


def standardize_alone(texts: list[str]) -> list[Outcome]:
    """Standardize structures in a child of this process: the way of a part that workers do not survive."""
    with Worker(attempt) as child:
        return guarded(child, texts, TIMEOUT_S)
