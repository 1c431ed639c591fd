"""An engine that does everything that engines do wrong and is allowed to: the core has to answer right all the same."""

from __future__ import annotations

import numpy as np

from vcpi.engines.embedded import EmbeddedBackend
from vcpi.engines.interface import Candidates, Capabilities, EngineTimeoutError


class HostileBackend(EmbeddedBackend):
    """Shuffles, names rows twice, answers short, rounds scores, lets time run out, and sends rows nobody asked for."""

    def __init__(self, *, seed: int = 0, most: int = 300) -> None:
        super().__init__()
        self.rng = np.random.default_rng(seed)
        self.most = most
        self.n_timeouts = 0

    def capabilities(self, space):
        return Capabilities(engine="hostile", version="0", exact=True, most=self.most, score_error=1e-6)

    def count(self, space, where=(), *, build=None):
        self._late()
        return super().count(space, where, build=build)

    def top(self, space, query, m, where=()):
        self._late()
        found = super().top(space, query, min(m, self.most), where)
        return self._spoiled(found)

    def within(self, space, query, least, limit, where=()):
        self._late()
        return self._spoiled(super().within(space, query, least - 0.01, min(limit, self.most), where))

    def fetch(self, space, ids):
        self._late()
        found = super().fetch(space, ids)
        if len(found) > 3 and self.rng.random() < 0.2:
            found = found.take(np.arange(len(found) - 1))
        order = self.rng.permutation(len(found))
        return found.take(np.concatenate([order, order[:2]]))

    def scan(self, space, start, stop, where=(), *, build=None):
        self._late()
        found = super().scan(space, start, stop, build=build)
        order = self.rng.permutation(len(found))
        return found.take(np.concatenate([order, order[:2]]))

    def _late(self):
        if self.rng.random() < 0.05:
            self.n_timeouts += 1
            raise EngineTimeoutError("late")

    def _spoiled(self, found: Candidates) -> Candidates:
        n = len(found.ids)
        order = np.argsort(-found.scores, kind="stable")
        if self.rng.random() < 0.1:
            order = order[: n // 2]  # short
        order = np.concatenate([order, order[:3]])
        order = self.rng.permutation(order)
        return Candidates(ids=found.ids[order], scores=np.round(found.scores[order], 3))
