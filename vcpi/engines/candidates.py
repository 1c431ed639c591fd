"""The core that decides: candidates of any engine, scored again and ordered, widened until the last place is settled.

An engine may propose in any order, name a row twice, round its scores, answer short or late. Tanimoto is counted again
from the packed bits as a ratio of integers, cosine as one float64 sum for each row; rows are ordered by falling score,
then by id. Where an engine cannot propose enough to settle the last place, all rows that pass are read and scored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vcpi.engines.conditions import compiled, mask
from vcpi.engines.interface import EngineError, EngineTimeoutError, Rows, rows_of
from vcpi.errors import InputError
from vcpi.signature.scores.vectors import cosine_at
from vcpi.structure.search import tanimoto

if TYPE_CHECKING:
    from vcpi.engines.conditions import Condition
    from vcpi.engines.interface import Backend, Candidates, Capabilities, Ids, Sealed, Space

SPARE = 16  # candidates beyond k
TRIES = 4
FIRST_WAIT_S = 0.05
BLOCK = 4_096  # rows read at once

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """An answer: ids and true scores, best first and equal ones by id.

    Attributes
    ----------
    ids, scores
        Shape (n,).
    exact
        No row was missed.
    recall
        Share of the true nearest that the engine finds, measured, where it is not exact.
    """

    ids: Ids
    scores: NDArray[np.float64]
    exact: bool
    recall: float | None = None


class Searcher:
    """Searches one served space of an engine.

    Parameters
    ----------
    backend
        The engine.
    space
        What is searched; it has to be sealed.
    tries
        How often a question that times out or comes back short is put.

    Raises
    ------
    EngineError
        The space is not there, or only half.
    """

    def __init__(self, backend: Backend, space: Space, *, tries: int = TRIES) -> None:
        self._backend, self.space, self._tries = backend, space, tries
        found = self._insist(lambda: backend.sealed(space))
        if found is None:
            raise EngineError(f"The engine serves no whole {space.name}; run 'vcpi push' until it ends well")
        self.sealed: Sealed = found
        self.capabilities: Capabilities = backend.capabilities(space)

    def top(self, query: NDArray[Any], *, k: int, where: Sequence[Condition] = ()) -> Best:
        """Find the k best rows.

        Parameters
        ----------
        query
            A packed fingerprint, or a signature of any length above 0, shape (width,).
        k
            How many, 1 or more; all that pass where there are fewer.
        where
            Conditions that all must hold.

        Raises
        ------
        InputError
            The query or a condition does not fit.
        EngineError
            The engine does not answer.
        """
        if k < 1:
            raise InputError(f"k is {k}; expected 1 or more")
        asked, conditions = self._query(query), compiled(self.space, tuple(where))
        m = k + SPARE
        n_pass: int | None = None
        while asked.any():
            m = min(m, self.capabilities.most)
            if m < k + 1:
                break
            ask = partial(self._backend.top, self.space, asked, m, conditions)
            found, proposed = self._proposed(ask, asked, conditions)
            if len(found.ids) < m:
                n_pass = self._count(conditions) if n_pass is None else n_pass
                if len(found.ids) == n_pass:
                    return self._cut(found, k)
                if len(found.ids) > n_pass or m == self.capabilities.most:
                    break
            elif self._settled(found, proposed, k):
                return self._cut(found, k)
            elif m == self.capabilities.most:
                break
            m *= 4
        return self._cut(self._all(asked, conditions), k, exact=True)

    def within(
        self, query: NDArray[Any], *, least: float, where: Sequence[Condition] = (), limit: int | None = None
    ) -> Best:
        """Find every row that scores ``least`` or more.

        Parameters
        ----------
        query
            As in :meth:`top`.
        least
            Above 0, up to 1.
        where
            Conditions that all must hold.
        limit
            Keep so many of the best; all where None.

        Raises
        ------
        InputError
            The query, the score or a condition does not fit.
        EngineError
            The engine does not answer.
        """
        if not 0 < least <= 1:
            raise InputError(f"The lowest score is {least}; expected more than 0 and at most 1")
        asked, conditions = self._query(query), compiled(self.space, tuple(where))
        if not asked.any():
            return self._cut(self._nothing(), limit)
        reach = max(least - 2 * self.capabilities.score_error, 0.0)
        most = self.capabilities.most
        found, proposed = self._proposed(
            lambda: self._backend.within(self.space, asked, reach, most, conditions), asked, conditions
        )
        doubtful = not self._whole(found, proposed, asked, conditions, least)
        if doubtful:
            found = self._all(asked, conditions)
        kept = found.scores >= least
        only = _Scored(ids=found.ids[kept], scores=found.scores[kept])
        return self._cut(only, limit, exact=True if doubtful else None)

    def rows(self, ids: Ids) -> Rows:
        """Read rows by id, in the order asked for.

        Raises
        ------
        EngineError
            One is not there.
        """
        wanted = np.asarray(ids, dtype=np.int64)
        parts = [self._fetch(wanted[at : at + BLOCK]) for at in range(0, len(wanted), BLOCK)]
        return joined(self.space, parts)

    def _query(self, query: NDArray[Any]) -> NDArray[Any]:
        """Take a query that fits."""
        given = np.asarray(query)
        if given.shape != (self.space.width,):
            raise InputError(f"Query has shape {given.shape}; {self.space.name} holds rows of {self.space.width}")
        if self.space.kind == "fingerprints":
            if given.dtype != np.uint8:
                raise InputError(f"Query of {given.dtype}; expected packed bytes (uint8)")
            return given
        vector = given.astype(np.float64)
        if not np.isfinite(vector).all() or not vector.any():
            raise InputError("Query is zero for every gene, or not finite; expected an effect to look for")
        return vector

    def _insist(self, ask: Callable[[], _Result]) -> _Result:
        """Ask again where time ran out, with longer and longer waits."""
        wait = FIRST_WAIT_S
        for left in range(self._tries - 1, -1, -1):
            try:
                return ask()
            except EngineTimeoutError:
                if not left:
                    raise
                time.sleep(wait)
                wait *= 2
        raise AssertionError  # the loop ends by a return or an error

    def _proposed(
        self, ask: Callable[[], Candidates], query: NDArray[Any], where: tuple[Condition, ...]
    ) -> tuple[_Scored, NDArray[np.float64]]:
        """Ask for candidates and score them again; each once, and only those that are there and pass."""
        found = self._insist(ask)
        ids, first = np.unique(np.asarray(found.ids, dtype=np.int64), return_index=True)
        claimed = np.asarray(found.scores, dtype=np.float64)[first]
        rows = self.rows(ids) if found.rows is None else found.rows.take(first)
        kept = mask(rows.scalars, where, len(ids))
        return _Scored(ids=ids[kept], scores=self.score(query, rows.vectors[kept])), claimed[kept]

    def score(self, query: NDArray[Any], vectors: NDArray[Any]) -> NDArray[np.float64]:
        """Score rows as the embedded searches do; shape (n,)."""
        if not len(vectors):
            return np.zeros(0)
        if self.space.kind == "fingerprints":
            return tanimoto(query, vectors)
        return cosine_at(query, vectors, np.arange(len(vectors)))

    def _whole(
        self,
        found: _Scored,
        proposed: NDArray[np.float64],
        query: NDArray[Any],
        where: tuple[Condition, ...],
        least: float,
    ) -> bool:
        """Say whether an engine that gave all from a score gave all: its best are asked for, a few more than these."""
        m = len(found.ids) + SPARE
        far = float(np.abs(found.scores - proposed).max(initial=0.0))
        if far > self.capabilities.score_error or m > self.capabilities.most:
            return False  # its scores are rougher than it says, or there may be more than it can give
        best, claimed = self._proposed(lambda: self._backend.top(self.space, query, m, where), query, where)
        if not np.isin(best.ids[best.scores >= least], found.ids).all():
            return False
        if len(best.ids) < m:
            return len(best.ids) == self._count(where)
        return float(claimed.min()) + max(self.capabilities.score_error, far) < least or not self.capabilities.exact

    def _settled(self, found: _Scored, proposed: NDArray[np.float64], k: int) -> bool:
        """Say whether nothing that was not proposed can be among the k best."""
        far = float(np.abs(found.scores - proposed).max())
        error = max(self.capabilities.score_error, 2 * far)
        kth = float(np.partition(found.scores, -k)[-k])
        return float(proposed.min()) + error < kth

    def _count(self, where: tuple[Condition, ...]) -> int:
        """Count the rows that pass."""
        return self._insist(lambda: self._backend.count(self.space, where))

    def _all(self, query: NDArray[Any], where: tuple[Condition, ...]) -> _Scored:
        """Read and score every row that passes."""
        ids: list[Ids] = []
        scores: list[NDArray[np.float64]] = []
        for rows in self.scan(where):
            ids.append(rows.ids)
            scores.append(self.score(query, rows.vectors))
        return _Scored(ids=np.concatenate([*ids, np.zeros(0, np.int64)]), scores=np.concatenate([*scores, np.zeros(0)]))

    def scan(self, where: tuple[Condition, ...] = ()) -> list[Rows]:
        """Read every row that passes, by rising id.

        Raises
        ------
        EngineError
            Rows are missing however often it is asked.
        """
        wanted = self._count(where)
        found = []
        last = int(self.sealed.settings.get("last_id", -1))
        n_rows = 0
        for start in range(0, last + 1, BLOCK):
            rows = self._block(start, where)
            if len(rows):
                found.append(rows)
                n_rows += len(rows)
        if n_rows != wanted:
            raise EngineError(
                f"The engine gave {n_rows} of {wanted} rows of {self.space.name}; ask again, or push anew"
            )
        return found

    def _block(self, start: int, where: tuple[Condition, ...]) -> Rows:
        """Read one stretch of ids."""
        found = self._insist(lambda: self._backend.scan(self.space, start, start + BLOCK, where))
        ids, first = np.unique(found.ids, return_index=True)
        rows = found.take(first)
        kept = mask(rows.scalars, where, len(ids)) & (ids >= start) & (ids < start + BLOCK)
        return rows.take(np.flatnonzero(kept))

    def _fetch(self, ids: Ids) -> Rows:
        """Read some rows, asking again for what did not come."""
        parts: list[Rows] = []
        missing = ids
        for _ in range(self._tries):
            found = self._insist(partial(self._backend.fetch, self.space, missing))
            given, first = np.unique(found.ids, return_index=True)
            usable = first[np.isin(given, missing)]
            parts.append(found.take(usable))
            missing = np.setdiff1d(missing, found.ids)
            if not len(missing):
                rows = joined(self.space, parts)
                order = np.argsort(rows.ids)
                return rows.take(order[np.searchsorted(rows.ids, ids, sorter=order)])
        raise EngineError(
            f"The engine proposes row {int(missing[0])} of {self.space.name} and does not hold it; push anew"
        )

    def _nothing(self) -> _Scored:
        """No rows."""
        return _Scored(ids=np.zeros(0, dtype=np.int64), scores=np.zeros(0))

    def _cut(self, found: _Scored, k: int | None, *, exact: bool | None = None) -> Best:
        """Order and cut."""
        order = np.lexsort((found.ids, -found.scores))[:k]
        is_exact = self.capabilities.exact if exact is None else exact
        return Best(
            ids=found.ids[order],
            scores=found.scores[order],
            exact=is_exact,
            recall=None if is_exact else self.sealed.recall,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """Ids and true scores, in any order."""

    ids: Ids
    scores: NDArray[np.float64]


def merged(answers: Sequence[Best], *, k: int | None = None) -> Best:
    """Make one answer of those of shards, each row in one shard.

    Parameters
    ----------
    answers
        What each shard answers, ``k`` of each or more.
    k
        How many to keep; all where None.

    Returns
    -------
    Best
        As if one engine held all rows; exact where each is, with the least recall where one is not.

    Examples
    --------
    >>> left = Best(ids=np.array([4, 1]), scores=np.array([0.9, 0.5]), exact=True)
    >>> right = Best(ids=np.array([2]), scores=np.array([0.9]), exact=True)
    >>> merged([left, right], k=2).ids.tolist()
    [2, 4]
    """
    ids = np.concatenate([*(one.ids for one in answers), np.zeros(0, dtype=np.int64)])
    scores = np.concatenate([*(one.scores for one in answers), np.zeros(0)])
    order = np.lexsort((ids, -scores))[:k]
    exact = all(one.exact for one in answers)
    known = [one.recall for one in answers if one.recall is not None]
    return Best(ids=ids[order], scores=scores[order], exact=exact, recall=None if exact else min(known, default=None))


def joined(space: Space, parts: Sequence[Rows]) -> Rows:
    """Put rows one after another."""
    if not parts:
        return rows_of(space, [], np.zeros((0, space.width)), {name: [] for name in space.fields})
    if len(parts) == 1:
        return parts[0]
    return Rows(
        ids=np.concatenate([one.ids for one in parts]),
        vectors=np.concatenate([one.vectors for one in parts]),
        scalars={name: np.concatenate([one.scalars[name] for one in parts]) for name in space.fields},
    )
