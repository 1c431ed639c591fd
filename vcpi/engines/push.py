"""Moving rows up to an engine and down again: in stretches of ids, resumable, held against a digest before it counts."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vcpi.engines.candidates import BLOCK, Searcher
from vcpi.engines.interface import Backend, Digest, EngineError, Rows, Sealed, digest

if TYPE_CHECKING:
    from vcpi.engines.interface import Ids, Space

logger = logging.getLogger(__name__)

REMEMBER_EVERY = 4  # stretches between notes of how far a push has come
RECALL_AT = 10
RECALL_QUERIES = 200

Stretch = Callable[[int, int], Rows]
"""Gives the rows whose id is from one number to below another."""


class Store(Backend, Protocol):
    """An engine that can be filled by several programs, any of which may die."""

    def locked(self, space: Space, owner: dict[str, Any], *, take_over: bool = False) -> AbstractContextManager[None]:
        """Keep other pushes out."""

    def holder(self, space: Space) -> dict[str, Any] | None:
        """Say who pushes at this moment."""

    def remember(self, space: Space, build: str, progress: dict[str, Any]) -> None:
        """Keep how far a push has come."""

    def remembered(self, space: Space, build: str) -> dict[str, Any]:
        """Say how far a push has come."""

    def settle(self, space: Space, build: str) -> None:
        """Wait until all rows are seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a push did.

    Attributes
    ----------
    digest
        Of the source, and of what the engine holds.
    n_sent
        Rows that were sent; the others were there.
    recall
        Share of the ten nearest that an index finds which is not exact.
    """

    space: str
    build: str
    digest: Digest
    n_sent: int
    recall: float | None = None


def push(store: Store, space: Space, stretch: Stretch, *, build: str, last_id: int, take_over: bool = False) -> Pushed:
    """Fill a build of a space and serve it, once the engine holds what the source holds.

    A push that was killed is taken up where it was; what is served stays until the new build is whole.

    Parameters
    ----------
    store
        The engine.
    space
        What is filled.
    stretch
        The source.
    build
        Name of its content: equal content, equal name.
    last_id
        The highest id.
    take_over
        Push although another push seems to be under way.

    Raises
    ------
    EngineError
        Another push is under way, or the engine does not hold what it was sent.
    """
    owner = {"host": socket.gethostname(), "process": os.getpid()}
    with store.locked(space, owner, take_over=take_over or _is_dead(store.holder(space))):
        served = store.sealed(space)
        if served is not None and served.build == build and store.count(space) == served.digest.n_rows:
            return Pushed(space=space.name, build=build, digest=served.digest, n_sent=0, recall=served.recall)
        store.create(space, build)
        wanted, n_sent = _send(store, space, stretch, build=build, last_id=last_id)
        store.settle(space, build)
        n_sent += _mend(store, space, stretch, wanted, build=build)
        total = sum(wanted.values(), Digest())
        sealed = Sealed(build=build, digest=total, settings={"last_id": last_id})
        store.seal(space, sealed)
        recall = _recall(store, space, stretch, last_id=last_id)
        if recall is not None:
            store.seal(space, Sealed(build=build, digest=total, recall=recall, settings={"last_id": last_id}))
    return Pushed(space=space.name, build=build, digest=total, n_sent=n_sent, recall=recall)


def pull(
    store: Backend, space: Space, take: Callable[[int, Rows], None], *, done: Iterable[int] = (), build: str
) -> Sealed:
    """Read a served space, stretch by stretch.

    Parameters
    ----------
    store
        The engine.
    space
        What is read.
    take
        Takes the first id of a stretch and its rows.
    done
        First ids of stretches that are here already and are not read.
    build
        What has to be served.

    Raises
    ------
    EngineError
        Another build is served, or none.
    """
    searcher = Searcher(store, space)
    check_build(searcher.sealed, space, build)
    here = set(done)
    for start in range(0, int(searcher.sealed.settings["last_id"]) + 1, BLOCK):
        if start not in here:
            rows = store.scan(space, start, start + BLOCK)
            take(start, rows.take(np.unique(rows.ids, return_index=True)[1]))
    return searcher.sealed


def check_build(sealed: Sealed | None, space: Space, build: str) -> None:
    """Refuse an engine that serves something else than the store holds.

    Raises
    ------
    EngineError
        It serves another build, or none that is whole.
    """
    if sealed is None:
        raise EngineError(f"The engine serves no whole {space.name}; run 'vcpi push' until it ends well")
    if sealed.build != build:
        raise EngineError(
            f"The engine serves {space.name} of build {sealed.build[:12]}, the store holds {build[:12]}; run 'vcpi push'"
        )


def _is_dead(holder: dict[str, Any] | None) -> bool:
    """Say whether a push was of this machine and its process is gone."""
    if holder is None or holder.get("host") != socket.gethostname():
        return False
    try:
        os.kill(int(holder["process"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, KeyError):
        return False
    return False


def _send(store: Store, space: Space, stretch: Stretch, *, build: str, last_id: int) -> tuple[dict[int, Digest], int]:
    """Send what is not there yet; give the digest of every stretch, and how many rows were sent."""
    done = int(store.remembered(space, build).get("done", 0))
    wanted: dict[int, Digest] = {}
    n_sent = 0
    for at, start in enumerate(range(0, last_id + 1, BLOCK)):
        rows = stretch(start, start + BLOCK)
        wanted[start] = digest(space, rows)
        if start < done:
            continue
        if len(rows):
            store.upsert(space, build, rows)
            n_sent += len(rows)
        if at % REMEMBER_EVERY == REMEMBER_EVERY - 1:
            store.remember(space, build, {"done": start + BLOCK})
            logger.info("%s: %d of %d", space.name, start + BLOCK, last_id + 1)
    return wanted, n_sent


def _mend(store: Store, space: Space, stretch: Stretch, wanted: dict[int, Digest], *, build: str) -> int:
    """Read back every stretch, send again what differs, and refuse what differs then."""
    n_sent = 0
    bad = [start for start, own in wanted.items() if _held(store, space, build, start) != own]
    for start in bad:
        rows = stretch(start, start + BLOCK)
        store.upsert(space, build, rows)
        n_sent += len(rows)
    if bad:
        store.settle(space, build)
    still = [start for start in bad if _held(store, space, build, start) != wanted[start]]
    n_held, n_wanted = store.count(space, build=build), sum(one.n_rows for one in wanted.values())
    if still or n_held != n_wanted:
        where = f", from id {still[0]}" if still else ""
        raise EngineError(
            f"The engine holds {n_held} rows of {space.name}, not the {n_wanted} it was sent{where}; push again"
        )
    return n_sent


def _held(store: Store, space: Space, build: str, start: int) -> Digest:
    """Digest of a stretch as the engine holds it."""
    rows = store.scan(space, start, start + BLOCK, build=build)
    return digest(space, rows.take(np.unique(rows.ids, return_index=True)[1]))


def _recall(store: Store, space: Space, stretch: Stretch, *, last_id: int) -> float | None:
    """Measure what share of the ten nearest is found, on rows at equal distances; None where nothing is missed."""
    searcher = Searcher(store, space)
    if searcher.capabilities.exact:
        return None
    asked = np.unique(np.linspace(0, last_id, RECALL_QUERIES).round().astype(np.int64))
    queries = [rows.vectors[0] for start in asked.tolist() if len(rows := stretch(start, start + 1))]
    best = [(np.zeros(0, dtype=np.int64), np.zeros(0)) for _ in queries]
    for start in range(0, last_id + 1, BLOCK):
        rows = stretch(start, start + BLOCK)
        for at, query in enumerate(queries):
            best[at] = _kept(best[at], rows.ids, searcher.score(query, rows.vectors))
    found = 0
    for query, (ids, _) in zip(queries, best, strict=True):
        found += int(np.isin(ids, searcher.top(query, k=RECALL_AT).ids).sum())
    return found / sum(len(ids) for ids, _ in best)


def _kept(before: tuple[Ids, Any], ids: Ids, scores: Any) -> tuple[Ids, Any]:  # noqa: ANN401
    """Keep the ten best of two."""
    numbers, values = np.concatenate([before[0], ids]), np.concatenate([before[1], scores])
    order = np.lexsort((numbers, -values))[:RECALL_AT]
    return numbers[order], values[order]
