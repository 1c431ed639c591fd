"""The numbers behind a simulated screen, with their units."""

from __future__ import annotations

from dataclasses import dataclass

from vcpi.errors import InputError

N_ROWS, N_COLUMNS = 16, 24
N_WELLS = N_ROWS * N_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """How wells, counts and effects are drawn. Effects are log2 fold changes; shares are in [0, 1].

    Attributes
    ----------
    n_vehicle, n_control_wells, n_replicates
        Vehicle wells a plate; wells a plate of each of the four positive controls; wells of each library compound,
        all on one plate.
    mechanism_share, mechanism_sd
        Range of the share of genes that a program moves; spread of its random part, before potency.
    footprint
        Range of the size of the moves of named genes, before potency.
    potency
        Range of the factor on a mechanism, one a compound.
    toxicity_share, toxicity_sd, toxicity_load
        The direction that every cytotoxic compound shares: share of genes, spread, and shape and scale of the gamma
        distribution of the load.
    toxicity_depth, toxicity_mitochondrial
        What a load of 1 does to the RNA of a well and to mitochondrial genes, log2.
    noise
        Range over genes of the well-to-well spread beside counting, log2.
    dispersion
        Of the negative binomial counts: variance = mean + dispersion * mean squared.
    plate_share, plate_sd
        Share of genes with an offset of their own on each plate; spread, log2.
    edge_depth, edge_share, edge_sd
        Factor on the counts of a well at the edge; share of genes that differ there; spread, log2.
    depth, depth_spread
        Range over plates of the UMI count of a typical well; spread over the wells of a plate, natural log.
    silent_share
        Share of the filler genes that are hardly expressed.
    vehicle_percent, library_dose_nm, control_dose_nm
        DMSO in percent of the volume; doses in nM.
    """

    n_vehicle: int = 8
    n_control_wells: int = 4
    n_replicates: int = 2
    mechanism_share: tuple[float, float] = (0.04, 0.10)
    mechanism_sd: float = 1.1
    footprint: tuple[float, float] = (0.5, 1.2)
    potency: tuple[float, float] = (0.45, 1.4)
    toxicity_share: float = 0.2
    toxicity_sd: float = 0.9
    toxicity_load: tuple[float, float] = (1.2, 0.45)
    toxicity_depth: float = -0.6
    toxicity_mitochondrial: float = 0.8
    noise: tuple[float, float] = (0.10, 0.35)
    dispersion: float = 0.02
    plate_share: float = 0.5
    plate_sd: float = 0.22
    edge_depth: float = 0.84
    edge_share: float = 0.15
    edge_sd: float = 0.10
    depth: tuple[float, float] = (0.8e6, 2.2e6)
    depth_spread: float = 0.12
    silent_share: float = 0.12
    vehicle_percent: float = 0.15
    library_dose_nm: int = 10_000
    control_dose_nm: int = 1_000

    def __post_init__(self) -> None:
        """Refuse a plate without room for a library compound."""
        if self.plate_capacity < 1:
            message = f"{self.n_vehicle} vehicle and 4 x {self.n_control_wells} control wells leave no room on a plate"
            raise InputError(f"{message} of {N_WELLS} wells; lower one of them")

    @property
    def plate_capacity(self) -> int:
        """How many library compounds fit on a plate."""
        return (N_WELLS - self.n_vehicle - 4 * self.n_control_wells) // self.n_replicates
