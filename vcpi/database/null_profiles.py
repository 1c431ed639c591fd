"""The null profiles of a dataset, with what every question to them needs worked out once, when first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vcpi.signature.columns import Columns
from vcpi.signature.nullmodel import unit_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray


class NullProfiles:
    """Profiles that hold noise alone, shape (n_null, n_columns), with the plate of each and what each is made of.

    Parameters
    ----------
    features
        The profiles, float32. They are kept, and must not change.
    plates
        Plate of each; None where it has none.
    members
        What each is made of: vehicle wells, or ids of compounds.
    """

    def __init__(
        self, features: NDArray[np.float32], *, plates: Sequence[str | None], members: Sequence[tuple[str, ...]]
    ) -> None:
        self.features = features
        self.plates = tuple(plates)
        self.members = members

    def __len__(self) -> int:
        return len(self.features)

    @cached_property
    def unit(self) -> NDArray[np.float32]:
        """The profiles brought to length 1, for scores that know sizes."""
        return np.ascontiguousarray(unit_rows(self.features), dtype=np.float32)

    @cached_property
    def columns(self) -> Columns | None:
        """The profiles gene by gene; None where the C library is not at hand."""
        return Columns(self.features) if Columns.possible(self.features) else None

    @cached_property
    def unit_columns(self) -> Columns | None:
        """As :attr:`columns`, of the profiles of length 1."""
        return Columns(self.unit) if Columns.possible(self.unit) else None

    @cached_property
    def _of_plate(self) -> dict[str, NDArray[np.int64]]:
        """Where the profiles of each plate are."""
        found: dict[str, list[int]] = {}
        for place, plate in enumerate(self.plates):
            if plate is not None:
                found.setdefault(plate, []).append(place)
        return {plate: np.array(places, dtype=np.int64) for plate, places in found.items()}

    @cached_property
    def _of_member(self) -> dict[str, list[int]]:
        """Where the profiles are that hold each member."""
        found: dict[str, list[int]] = {}
        for place, members in enumerate(self.members):
            for member in members:
                found.setdefault(member, []).append(place)
        return found

    def mates(self, plates: Collection[str]) -> NDArray[np.bool_]:
        """Mark the profiles of some plates, shape (n_null,)."""
        found = np.zeros(len(self.plates), dtype=bool)
        for plate in plates:
            found[self._of_plate.get(plate, [])] = True
        return found

    def holding(self, members: Collection[str]) -> NDArray[np.bool_]:
        """Mark the profiles that hold any of some members, shape (n_null,)."""
        found = np.zeros(len(self.members), dtype=bool)
        for member in members:
            found[self._of_member.get(member, [])] = True
        return found
