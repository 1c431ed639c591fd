"""The Tanimoto of many compounds to one query, kept as two arrays: what is asked of a few is not worked out for all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Tanimotos(Mapping[int, float]):
    """Compound id → Tanimoto to a query.

    Parameters
    ----------
    compound_ids
        Shape (n_compounds,), each once.
    scores
        Their Tanimotos, shape (n_compounds,), in [0, 1].

    Examples
    --------
    >>> found = Tanimotos([7, 3, 5], [0.2, 0.9, 0.2])
    >>> found[3], found.at([5, 4]).tolist(), found.nearest(2)
    (0.9, [0.2, nan], [3, 5])
    """

    def __init__(self, compound_ids: ArrayLike, scores: ArrayLike) -> None:
        ids = np.asarray(compound_ids, dtype=np.int64)
        values = np.asarray(scores, dtype=np.float64)
        if len(ids) > 1 and (np.diff(ids) <= 0).any():
            order = np.argsort(ids)
            ids, values = ids[order], values[order]
        self.compound_ids: NDArray[np.int64] = ids
        self.scores: NDArray[np.float64] = values

    @classmethod
    def of(cls, given: Mapping[int, float]) -> Self:
        """Take what is one already as it is, and any other mapping into arrays."""
        return given if isinstance(given, cls) else cls([*given], [*given.values()])

    def __len__(self) -> int:
        return len(self.compound_ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self.compound_ids.tolist())

    def __getitem__(self, compound_id: int) -> float:
        at = int(np.searchsorted(self.compound_ids, compound_id))
        if at == len(self) or self.compound_ids[at] != compound_id:
            raise KeyError(compound_id)
        return float(self.scores[at])

    def at(self, compound_ids: ArrayLike) -> NDArray[np.float64]:
        """Give the Tanimotos of some compounds, shape as theirs; NaN where one has no structure."""
        wanted = np.asarray(compound_ids, dtype=np.int64)
        found = np.full(wanted.shape, np.nan)
        if len(self):
            at = np.minimum(np.searchsorted(self.compound_ids, wanted), len(self) - 1)
            known = self.compound_ids[at] == wanted
            found[known] = self.scores[at[known]]
        return found

    def nearest(self, n: int) -> list[int]:
        """Give the compounds that look most like the query, best first, equal ones by id."""
        rows = np.arange(len(self))
        if 0 < n < len(rows):
            rows = np.flatnonzero(self.scores >= np.partition(self.scores, len(rows) - n)[len(rows) - n])
        order = rows[np.argsort(-self.scores[rows], kind="stable")]
        return [int(one) for one in self.compound_ids[order[:n]]]

    def ranks(self, compound_ids: Collection[int], *, exclude: Collection[int] = ()) -> dict[int, int]:
        """Rank some compounds among all, from 1, equal ones by id.

        Parameters
        ----------
        compound_ids
            Those without a structure get no rank.
        exclude
            Compounds that are not counted, and have none.

        Examples
        --------
        >>> Tanimotos([7, 3, 5, 1], [0.2, 0.9, 0.2, 1.0]).ranks([7, 5, 9], exclude=[1])
        {7: 3, 5: 2}
        """
        rows = np.flatnonzero(~np.isin(self.compound_ids, list(exclude))) if exclude else np.arange(len(self))
        order = np.argsort(-self.scores[rows], kind="stable")
        places = np.zeros(len(self), dtype=np.int64)
        places[rows[order]] = np.arange(1, len(rows) + 1)
        wanted = list(compound_ids)
        at = np.minimum(np.searchsorted(self.compound_ids, wanted), max(len(self) - 1, 0))
        found = zip(wanted, at.tolist(), strict=True)
        return {
            one: int(places[place])
            for one, place in found
            if len(self) and self.compound_ids[place] == one and places[place]
        }
