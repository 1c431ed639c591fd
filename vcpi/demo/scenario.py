"""What is unusual about a simulated screen: the troubles that real ones have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from vcpi.errors import InputError

SIX_DOSES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Doses of the dose-response releases, µM."""

OVERLAP_LOST = (
    "FTH1", "TUBA1B", "MIF", "EEF1G", "ALDOA", "CD68", "MCM2", "EIF3C", "MALAT1", "ASNS", "NDRG1", "FAS",
)  # fmt: skip
"""Highly expressed genes that published matrices lack, most likely because their reads overlap two genes."""

DEPTH_OF_REAL_WELLS = (0.03e6, 2.5e6)
"""Range of the UMI count of single wells in real releases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Troubles planted in a screen; the default has none. Plates are numbered from 1.

    Attributes
    ----------
    rich_plates, rich_share
        Plates on which this share of the library compounds is active: active compounds change places with inactive
        ones of other plates, so that the screen as a whole keeps its share.
    bad_vehicle_plates, bad_vehicle_load
        Plates with one dying vehicle well, and its toxicity load. It does not depend on the strength of the screen.
    failed_plates, failed_depth
        Plates that were hardly sequenced, and the factor on their counts.
    well_depth
        Range of the UMI count that each well would have, drawn evenly on a log scale; None: one range over plates.
    lost_genes
        Ids or symbols of genes whose counts are zero in every well, as where reads overlap two genes; those that the
        screen does not have are passed over.
    shared_share
        Share of its genes that every second random mechanism takes, with their effects, from the one before it.
    doses_um
        Doses at which every library compound is screened, µM, all on one plate; empty: one dose, the top one.
    release, release_share, release_sd
        Which of several releases this is, from 0; share of genes with an offset of their own in each release but the
        first, and its spread, log2.

    Examples
    --------
    >>> Scenario(doses_um=SIX_DOSES).to_dict()["doses_um"]
    [0.03, 0.1, 0.3, 1.0, 3.0, 10.0]
    """

    rich_plates: tuple[int, ...] = ()
    rich_share: float = 0.4
    bad_vehicle_plates: tuple[int, ...] = ()
    bad_vehicle_load: float = 3.0
    failed_plates: tuple[int, ...] = ()
    failed_depth: float = 0.01
    well_depth: tuple[float, float] | None = None
    lost_genes: tuple[str, ...] = ()
    shared_share: float = 0.0
    doses_um: tuple[float, ...] = ()
    release: int = 0
    release_share: float = 0.5
    release_sd: float = 0.3

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name in ("rich_share", "shared_share", "release_share"):
            _refuse_unless(0.0 <= getattr(self, name) <= 1.0, name, getattr(self, name), "a share from 0 to 1")
        _refuse_unless(0.0 < self.failed_depth <= 1.0, "failed_depth", self.failed_depth, "above 0 and at most 1")
        _refuse_unless(self.bad_vehicle_load >= 0, "bad_vehicle_load", self.bad_vehicle_load, "0 or more")
        _refuse_unless(self.release_sd >= 0, "release_sd", self.release_sd, "0 or more")
        _refuse_unless(self.release >= 0, "release", self.release, "0 or more")
        depth = self.well_depth
        _refuse_unless(depth is None or 0 < depth[0] <= depth[1], "well_depth", depth, "a range above 0")
        rising = all(low < high for low, high in zip((0.0, *self.doses_um), self.doses_um, strict=False))
        _refuse_unless(rising, "doses_um", self.doses_um, "rising doses above 0")

    @property
    def n_doses(self) -> int:
        """At how many doses each library compound is screened."""
        return len(self.doses_um) or 1

    def check_plates(self, n_plates: int) -> None:
        """Refuse plates that the screen does not have.

        Raises
        ------
        InputError
            A plate number lies outside 1 to ``n_plates``.
        """
        for name in ("rich_plates", "bad_vehicle_plates", "failed_plates"):
            beyond = [number for number in getattr(self, name) if not 1 <= number <= n_plates]
            if beyond:
                raise InputError(f"{name} holds {beyond[0]}; expected numbers from 1 to {n_plates}")

    def to_dict(self) -> dict[str, object]:
        """Give what differs from the default, fit for JSON."""
        plain, own = asdict(Scenario()), asdict(self)
        return {name: _plain(value) for name, value in own.items() if value != plain[name]}


def _refuse_unless(holds: bool, name: str, value: object, expected: str) -> None:  # noqa: FBT001  reads as a sentence
    """Raise with the value and what was expected."""
    if not holds:
        raise InputError(f"{name} is {value}; expected {expected}")


def _plain(value: object) -> object:
    """Turn tuples into lists."""
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value
