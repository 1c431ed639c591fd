"""What a well owes to its place on the plate: row, column and edge effects of each gene.

They are learned from wells that hold nothing that acts, of all plates of a release together, since layout and
incubator are the same for all; and shrunk, since most genes have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

LEAST_WELLS = 100  # fewer cannot tell 16 rows, 24 columns and an edge from noise
PRIOR_DF = 10.0  # weight of all genes together against one gene's own spread between rows
SURE = 3.0  # standard errors by which all genes together must vary more between places than chance
EFFECTIVE_GENES = 200  # genes vary together: they count for no more than so many
CLIP = 4.0  # in units of sigma: one bad well is not a place
MATRIX = 2
Place = tuple[int, int, bool]  # row, column, edge


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionEffects:
    """Shrunken effects in log2 units.

    ``rows`` and ``columns`` name the places of ``row_effects`` and ``column_effects``, shape (n, n_genes); ``edge`` holds
    the effect of wells inside and at the edge, shape (2, n_genes). A place that no quiet well has is without effect.
    ``shares`` is how much of each kind was kept, a mean over genes; ``note`` says what was not possible.
    """

    rows: NDArray[np.int64]
    row_effects: NDArray[np.float32]
    columns: NDArray[np.int64]
    column_effects: NDArray[np.float32]
    edge: NDArray[np.float32]
    n_wells: int
    shares: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def is_zero(self) -> bool:
        """Whether no place has any effect."""
        return not (self.edge.any() or self.row_effects.any() or self.column_effects.any())

    def of(self, places: Sequence[Place | None]) -> NDArray[np.float32]:
        """Give the effect of some wells, shape (n_wells, n_genes); 0 for a well whose place is not known."""
        result = np.zeros((len(places), self.edge.shape[1]), dtype=np.float32)
        row_at = {name: at for at, name in enumerate(self.rows.tolist())}
        column_at = {name: at for at, name in enumerate(self.columns.tolist())}
        for well, place in enumerate(places):
            if place is None:
                continue
            row, column, edge = place
            result[well] += self.edge[int(edge)]
            if row in row_at:
                result[well] += self.row_effects[row_at[row]]
            if column in column_at:
                result[well] += self.column_effects[column_at[column]]
        return result


class PositionSums:
    """Adds up residuals of quiet wells by place, plate by plate.

    Parameters
    ----------
    sigma2
        Variance of one well, shape (n_genes,).

    Examples
    --------
    >>> sums = PositionSums(np.ones(3))
    >>> sums.add(np.zeros((4, 3)), [(1, 1, True), (1, 2, True), (2, 1, True), (2, 2, False)])
    >>> sums.fit().note
    '4 quiet wells with a place on their plate are too few (100 are needed): position effects stay in'
    """

    def __init__(self, sigma2: ArrayLike) -> None:
        self.sigma = np.sqrt(np.asarray(sigma2, dtype=np.float64))
        self._sums: dict[Place, NDArray[np.float64]] = {}
        self._counts: dict[Place, int] = {}
        self._squares = np.zeros(len(self.sigma))
        self._n_plates = 0

    def add(self, residuals: ArrayLike, places: Sequence[Place]) -> None:
        """Add the quiet wells of one plate.

        Parameters
        ----------
        residuals
            Profile minus baseline, shape (n_wells, n_genes); their mean over the plate is taken off here.
        places
            Row, column and whether it is at the edge, one for each well.

        Raises
        ------
        InputError
            The shapes disagree.
        """
        rows = np.asarray(residuals, dtype=np.float64)
        if rows.ndim != MATRIX or rows.shape[1] != len(self.sigma) or len(places) != len(rows):
            raise InputError(
                f"Residuals {rows.shape}, {len(places)} places; expected ({len(places)}, {len(self.sigma)})"
            )
        if not len(rows):
            return
        rows = rows - np.median(rows, axis=0)
        rows = np.clip(rows, -CLIP * self.sigma, CLIP * self.sigma)
        rows -= rows.mean(axis=0)
        self._n_plates += 1
        self._squares += (rows**2).sum(axis=0)
        for place, row in zip(places, rows, strict=True):
            if place in self._sums:
                self._sums[place] += row
                self._counts[place] += 1
            else:
                self._sums[place] = row.copy()
                self._counts[place] = 1

    def fit(self) -> PositionEffects:
        r"""Estimate edge, then row, then column effects, each from what the ones before leave.

        The mean e of the :math:`n_k` wells of a row becomes :math:`e \tau^2 / (\tau^2 + s^2 / n_k)`, where s² is the
        variance of the wells and τ² that of the true row effects of the gene: what the rows vary beyond their sampling
        variance, the gene's own with that of all genes in the weight of ten rows. Where all genes together vary no more
        than by chance, the effects are 0.

        Returns
        -------
        PositionEffects
            All 0, with a note, where there are fewer than 100 wells.
        """
        n_genes, n_wells = len(self.sigma), sum(self._counts.values())
        nothing = np.zeros((0, n_genes), dtype=np.float32)
        edge = np.zeros((2, n_genes), dtype=np.float32)
        names = np.zeros(0, dtype=np.int64)
        if n_wells < LEAST_WELLS:
            note = (
                f"{n_wells} quiet wells with a place on their plate are too few ({LEAST_WELLS} are needed): "
                "position effects stay in"
            )
            return PositionEffects(
                rows=names, row_effects=nothing, columns=names, column_effects=nothing, edge=edge, n_wells=n_wells, note=note
            )  # fmt: skip
        places = sorted(self._sums)
        rest = _Rest(
            sums=np.array([self._sums[place] for place in places]),
            counts=np.array([self._counts[place] for place in places], dtype=np.float64),
            squares=self._squares.copy(),
            df=n_wells - self._n_plates,
        )
        shares = {}
        at_edge = np.array([int(place[2]) for place in places])
        kinds, found, shares["edge"] = rest.take(at_edge)
        edge[kinds] = found
        rows, row_effects, shares["row"] = rest.take(np.array([place[0] for place in places]))
        columns, column_effects, shares["column"] = rest.take(np.array([place[1] for place in places]))
        return PositionEffects(
            rows=rows,
            row_effects=row_effects,
            columns=columns,
            column_effects=column_effects,
            edge=edge,
            n_wells=n_wells,
            shares=shares,
        )


@dataclass(slots=True)
class _Rest:
    """What is left of the residuals: sums by place, wells by place, sum of squares and degrees of freedom."""

    sums: NDArray[np.float64]
    counts: NDArray[np.float64]
    squares: NDArray[np.float64]
    df: int

    def take(self, labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32], float]:
        """Take the shrunken effects of groups of places off; return the groups, their effects and the share kept."""
        names, code = np.unique(labels, return_inverse=True)
        n_genes = self.sums.shape[1]
        member = (code == np.arange(len(names))[:, np.newaxis]).astype(np.float64)
        n = member @ self.counts
        if len(names) < 2:  # noqa: PLR2004  one group is no difference
            return names, np.zeros((len(names), n_genes), dtype=np.float32), 0.0
        means = (member @ self.sums) / n[:, np.newaxis]
        between = (n[:, np.newaxis] * means**2).sum(axis=0)
        df = len(names) - 1
        variance = np.maximum((self.squares - between) / max(self.df - df, 1), 1e-12)
        ratio = between / df / variance
        chance = SURE * np.sqrt(2.0 / (df * min(n_genes, EFFECTIVE_GENES)))
        per_group = (n.sum() - (n**2).sum() / n.sum()) / df
        own = (ratio - 1.0) / per_group
        common = float(own.mean())
        if common * per_group <= chance:
            return names, np.zeros((len(names), n_genes), dtype=np.float32), 0.0
        spread = np.maximum((PRIOR_DF * common + df * own) / (PRIOR_DF + df), 0.0)
        kept = spread / (spread + 1.0 / n[:, np.newaxis])
        effects = kept * means
        self.squares -= (n[:, np.newaxis] * (2.0 * means * effects - effects**2)).sum(axis=0)
        self.sums -= self.counts[:, np.newaxis] * effects[code]
        self.df -= df
        return names, effects.astype(np.float32), float(kept.mean())
