"""The embedded indexes as an engine: exact, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcpi.engines.candidates import joined
from vcpi.engines.conditions import mask
from vcpi.engines.interface import Candidates, Capabilities, EngineError
from vcpi.signature.scores.vectors import cosine_at
from vcpi.signature.search import SignatureIndex
from vcpi.structure.search import FingerprintIndex, tanimoto
from vcpi.version import __version__

if TYPE_CHECKING:
    from vcpi.engines.conditions import Condition
    from vcpi.engines.interface import Ids, Rows, Sealed, Space


@dataclass(slots=True)
class _Held:
    """The rows of one build, in order of their ids once it is sealed."""

    parts: list[Rows] = field(default_factory=list)
    index: FingerprintIndex | SignatureIndex | None = None


class EmbeddedBackend:
    """Spaces in memory, searched by the indexes that a workspace uses.

    Examples
    --------
    >>> from vcpi.engines.interface import Space
    >>> EmbeddedBackend().sealed(Space(name="nothing", kind="fingerprints", width=256)) is None
    True
    """

    def __init__(self) -> None:
        self._builds: dict[tuple[str, str], _Held] = {}
        self._served: dict[str, Sealed] = {}
        self._progress: dict[tuple[str, str], dict[str, Any]] = {}
        self._holders: dict[str, dict[str, Any]] = {}

    def capabilities(self, space: Space) -> Capabilities:
        """Say that every answer is exact."""
        return Capabilities(engine="embedded", version=__version__, exact=True, most=1 << 40, score_error=1e-6)

    def create(self, space: Space, build: str) -> None:
        """Make room for a build."""
        self._builds.setdefault((space.name, build), _Held())

    def upsert(self, space: Space, build: str, rows: Rows) -> None:
        """Put rows there, in the place of those with the same ids."""
        held = self._builds[space.name, build]
        before = joined(space, held.parts)
        kept = before.take(np.flatnonzero(~np.isin(before.ids, rows.ids)))
        held.parts, held.index = [kept, rows], None

    def seal(self, space: Space, sealed: Sealed) -> None:
        """Serve a build."""
        held = self._builds[space.name, sealed.build]
        rows = joined(space, held.parts)
        held.parts = [rows.take(np.argsort(rows.ids))]
        made = FingerprintIndex if space.kind == "fingerprints" else SignatureIndex
        held.index = made(held.parts[0].ids, held.parts[0].vectors)
        self._served[space.name] = sealed

    def sealed(self, space: Space) -> Sealed | None:
        """Say which build is served."""
        return self._served.get(space.name)

    def count(self, space: Space, where: tuple[Condition, ...] = (), *, build: str | None = None) -> int:
        """Count the rows that pass."""
        rows = self._rows(space, build)
        return int(mask(rows.scalars, where, len(rows)).sum())

    def top(self, space: Space, query: NDArray[Any], m: int, where: tuple[Condition, ...] = ()) -> Candidates:
        """Propose the best, with their true scores."""
        index = self._builds[space.name, self._build(space)].index
        if index is not None and not where:
            ids, scores = index.top(query, k=m)
            return Candidates(ids=ids, scores=scores, rows=self.fetch(space, ids))
        ids, scores = self._scored(space, query, where)
        best = np.lexsort((ids, -scores))[:m]
        return Candidates(ids=ids[best], scores=scores[best])

    def within(
        self, space: Space, query: NDArray[Any], least: float, limit: int, where: tuple[Condition, ...] = ()
    ) -> Candidates:
        """Propose what scores enough."""
        ids, scores = self._scored(space, query, where)
        best = np.lexsort((ids, -scores))
        best = best[scores[best] >= least][:limit]
        return Candidates(ids=ids[best], scores=scores[best])

    def fetch(self, space: Space, ids: Ids) -> Rows:
        """Give rows by id."""
        rows = self._rows(space, None)
        places = np.minimum(np.searchsorted(rows.ids, ids), max(len(rows) - 1, 0))
        return rows.take(places[rows.ids[places] == ids] if len(rows) else places[:0])

    def scan(
        self, space: Space, start: int, stop: int, where: tuple[Condition, ...] = (), *, build: str | None = None
    ) -> Rows:
        """Give a stretch of rows."""
        rows = self._rows(space, build)
        kept = mask(rows.scalars, where, len(rows)) & (rows.ids >= start) & (rows.ids < stop)
        return rows.take(np.flatnonzero(kept))

    @contextmanager
    def locked(self, space: Space, owner: dict[str, Any], *, take_over: bool = False) -> Iterator[None]:
        """Keep other pushes of a space out."""
        if space.name in self._holders and not take_over:
            raise EngineError(f"Another push of {space.name} is under way; wait for it, or take over with --take-over")
        self._holders[space.name] = owner
        try:
            yield
        except Exception:
            del self._holders[space.name]
            raise
        del self._holders[space.name]  # a push that is killed, by what is no Exception, leaves it, as elsewhere

    def holder(self, space: Space) -> dict[str, Any] | None:
        """Say who pushes a space at this moment."""
        return self._holders.get(space.name)

    def remember(self, space: Space, build: str, progress: dict[str, Any]) -> None:
        """Keep how far a push has come."""
        self._progress[space.name, build] = progress

    def remembered(self, space: Space, build: str) -> dict[str, Any]:
        """Say how far a push has come."""
        return self._progress.get((space.name, build), {})

    def settle(self, space: Space, build: str) -> None:
        """Do nothing: every row is seen at once."""

    def _build(self, space: Space) -> str:
        """Name the build that is served."""
        if space.name not in self._served:
            raise EngineError(f"The engine serves no whole {space.name}; run 'vcpi push'")
        return self._served[space.name].build

    def _rows(self, space: Space, build: str | None) -> Rows:
        """Give all rows of a build."""
        return joined(space, self._builds[space.name, build or self._build(space)].parts)

    def _scored(
        self, space: Space, query: NDArray[Any], where: tuple[Condition, ...]
    ) -> tuple[Ids, NDArray[np.float64]]:
        """Score the rows that pass."""
        rows = self._rows(space, None)
        kept = np.flatnonzero(mask(rows.scalars, where, len(rows)))
        if not len(kept):
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        if space.kind == "fingerprints":
            return rows.ids[kept], tanimoto(query, rows.vectors[kept])
        return rows.ids[kept], cosine_at(query, rows.vectors, kept)
