"""Wells without an effect: vehicle wells as if they were compounds, and replicates against each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vcpi.assemble.plates import spread
from vcpi.assemble.scheduling import Serial
from vcpi.signature.nulls import replicate_differences, vehicle_nulls
from vcpi.signature.strength import vehicle_null_strengths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vcpi.assemble.scheduling import Scheduler
    from vcpi.assemble.spill import Rows
    from vcpi.assemble.wells import Treatment, Wells
    from vcpi.signature.baseline import BaselineModel
    from vcpi.signature.nulls import NullProfiles
    from vcpi.signature.variance import Noise

MOST_WELLS = 4
MOST_DIFFERENCES = 2_000  # more say nothing new of noise, and cost their product with the signatures


class QuietWells:
    """Makes profiles of noise alone from the wells of one release.

    Parameters
    ----------
    wells, treatments
        All wells, and the places of each treatment.
    profiles
        Profiles of all wells, shape (n_wells, n_genes).
    noise, model
        What was learned of the release.
    scheduler
        Who makes the sets of vehicle wells; this process where None.
    """

    def __init__(
        self,
        wells: Wells,
        treatments: Mapping[Treatment, Sequence[int]],
        profiles: Rows,
        *,
        noise: Noise,
        model: BaselineModel,
        scheduler: Scheduler | None = None,
    ) -> None:
        self.scheduler = scheduler or Serial()
        self.wells, self.treatments, self.profiles, self.noise, self.model = wells, treatments, profiles, noise, model
        self._chosen: dict[str, list[tuple[int, int]]] = {}

    def strengths(self) -> dict[int, NDArray[np.float64]]:
        """Give the strengths of sets of vehicle wells, by wells in a set; a number of wells that no plate has is left out."""
        found: dict[int, NDArray[np.float64]] = {}
        counts = {len(places) for places in self.treatments.values()}
        for n in sorted({min(n, MOST_WELLS) for n in counts}):
            parts = (
                self._part(block, vehicles, n) for block in self.wells.blocks if (vehicles := self._vehicles(block))
            )
            null = list(spread(self.scheduler, _strengths_of, parts))
            values = np.concatenate(null) if null else np.zeros(0)
            if values.size:
                found[n] = values
        return found

    def vehicles(self) -> list[NullProfiles]:
        """Make sets of vehicle wells of each block, as many to a set as treatments have."""
        usual = Counter(len(places) for places in self.treatments.values()).most_common(1)[0][0]
        n_wells = min(usual, MOST_WELLS)
        parts = (
            self._part(block, vehicles, n_wells)
            for block in self.wells.blocks
            if len(vehicles := self._vehicles(block)) > n_wells
        )
        return list(spread(self.scheduler, _nulls_of, parts))

    def differences(self) -> list[NullProfiles]:
        """Give the differences of replicates of each block, evenly thinned where there are very many."""
        pairs = [(block, pair) for block in self.wells.blocks for pair in self._pairs(block)]
        n = len(pairs)
        chosen: dict[str, list[tuple[int, int]]] = {}
        for at in np.linspace(0, n - 1, min(n, MOST_DIFFERENCES)).round().astype(int).tolist() if n else ():
            chosen.setdefault(pairs[at][0], []).append(pairs[at][1])
        self._chosen = chosen
        return [
            replicate_differences(
                self.profiles[[place for pair in own for place in pair]],
                plate=block,
                groups=[number for number in range(len(own)) for _ in range(2)],
                sigma2=self.noise.sigma2,
            )
            for block, own in chosen.items()
        ]

    def owners(self, part: NullProfiles) -> list[int]:
        """Compound behind each replicate difference of a block, of those last given."""
        return [(self.wells.treatments[pair[0]] or (0,))[0] for pair in self._chosen[part.plate]]

    def _pairs(self, block: str) -> list[tuple[int, int]]:
        """Places of the first two wells of each library treatment of a block."""
        members: dict[Treatment, list[int]] = {}
        for place in self.wells.blocks[block]:
            treatment = self.wells.treatments[place]
            if treatment is not None and self.wells.samples[place].role == "library":
                members.setdefault(treatment, []).append(place)
        return [(places[0], places[1]) for places in members.values() if len(places) > 1]

    def _part(self, block: str, vehicles: Sequence[int], n_wells: int) -> _Part:
        """Gather what is needed to make sets of the vehicle wells of a block."""
        rows = self.profiles[vehicles]
        return _Part(
            plate=block, rows=rows, model=_of_one(self.model, block), sigma2=self.noise.sigma2, n_wells=n_wells
        )

    def _vehicles(self, block: str) -> list[int]:
        """Usable vehicle wells of a block."""
        places = self.wells.blocks[block]
        return [p for p in places if self.wells.samples[p].role == "vehicle" and self.wells.usable[p]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The vehicle wells of a block, and what was learned of its plate."""

    plate: str
    rows: NDArray[np.float32]
    model: BaselineModel
    sigma2: NDArray[np.float64]
    n_wells: int


def _of_one(model: BaselineModel, block: str) -> BaselineModel:
    """Leave the other plates out of a model, where the baseline of a plate does not ask for them."""
    return model if model.method == "vehicle_pooled" else replace(model, plates={block: model.plates[block]})


def _strengths_of(part: _Part) -> NDArray[np.float64]:
    """Give the strengths of sets of vehicle wells of a block."""
    return vehicle_null_strengths(
        part.rows, plate=part.plate, model=part.model, sigma2=part.sigma2, n_wells=part.n_wells
    )


def _nulls_of(part: _Part) -> NullProfiles:
    """Make sets of vehicle wells of a block."""
    return vehicle_nulls(
        part.rows,
        plate=part.plate,
        model=part.model,
        sigma2=part.sigma2,
        n_wells=part.n_wells,
        centered=True,
        halves=True,
    )
