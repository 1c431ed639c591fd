"""How the cells of each well did: gathered while counts stream by, entered when the wells are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vcpi.assemble.noise_rows import signature_ids
from vcpi.assemble.panel_genes import is_expressed
from vcpi.signature.quality import (
    calibrated,
    edge_factor,
    geometric_mean,
    mitochondrial_z,
    rna_output,
    thinned_diversity,
    viability,
)
from vcpi.store import scores, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from sqlite_utils import Database

    from vcpi.assemble.wells import Treatment, Wells
    from vcpi.records import SampleRow
    from vcpi.signature.quality import Cutoffs

CYTOTOXIC_CONTROL = "HKSZLNNOFSGOKW"  # skeleton of staurosporine
MILLION = 1e6
MOST_SETS = 2_000
DIGITS = 6


class Readouts:
    """What is seen of wells and genes while the counts of a release stream by.

    Parameters
    ----------
    n_genes
        Genes of every block of counts.
    """

    def __init__(self, n_genes: int) -> None:
        self.vehicle_cpm = np.zeros(n_genes)
        self.n_vehicles = 0
        self.reached = np.zeros(n_genes, dtype=np.int64)  # treatments with a mean of 1 CPM or more
        self.n_treatments = 0
        self.thinned: dict[str, tuple[float, float]] = {}  # well → diversity in percent, depth

    def add(
        self,
        counts: NDArray[np.integer],
        sizes: NDArray[np.float64],
        samples: Sequence[SampleRow],
        blocks: Sequence[str],
        *,
        usable: NDArray[np.bool_],
        treatments: Sequence[Treatment | None],
    ) -> None:
        """Take the wells of one plate: counts without spike-ins of shape (n_wells, n_genes), and their sums."""
        vehicle = np.array([sample.role == "vehicle" for sample in samples]) & usable & (sizes > 0)
        self.n_vehicles += int(vehicle.sum())
        scale = MILLION / np.maximum(sizes, 1.0)
        self.vehicle_cpm += scale[vehicle] @ counts[vehicle]
        members: dict[Treatment, list[int]] = {}
        for well, treatment in enumerate(treatments):
            if treatment is not None and sizes[well] > 0:
                members.setdefault(treatment, []).append(well)
        for wells in members.values():
            self.reached += scale[wells] @ counts[wells] >= len(wells)
        self.n_treatments += len(members)
        names = np.asarray(blocks, dtype=object)
        for block in dict.fromkeys(blocks):
            places = np.flatnonzero(names == block)
            percent, depth = thinned_diversity(counts[places], vehicle[places])
            for place, share, reads in zip(places.tolist(), percent.tolist(), depth.tolist(), strict=True):
                self.thinned[samples[place].sequenced_id] = share, reads

    def merge(self, other: Readouts) -> None:
        """Add the plates that another one of as many genes has seen."""
        self.vehicle_cpm += other.vehicle_cpm
        self.n_vehicles += other.n_vehicles
        self.reached += other.reached
        self.n_treatments += other.n_treatments
        self.thinned |= other.thinned

    def levels(self) -> tuple[NDArray[np.float64] | None, NDArray[np.float64]]:
        """Give the mean CPM of vehicle wells (None without those) and the share of treatments that reach 1 CPM."""
        mean = self.vehicle_cpm / self.n_vehicles if self.n_vehicles else None
        return mean, self.reached / max(self.n_treatments, 1)

    def expressed(self, measured: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say which of the measured genes (a mask over the counted ones) are expressed; all where none would be."""
        mean, share = self.levels()
        means = [None] * len(share) if mean is None else mean.tolist()
        mask = np.array([is_expressed(*pair) for pair in zip(means, share.tolist(), strict=True)])[measured]
        return mask if mask.any() else np.ones(len(mask), dtype=bool)


def enter_levels(database: Database, dataset_id: int, readouts: Readouts, counted: NDArray[np.bool_]) -> None:
    """Enter how much of each gene there is; spike-ins (not ``counted``) are left out."""
    mean, share = readouts.levels()
    rows = np.flatnonzero(counted).tolist()
    means = [None] * len(rows) if mean is None else np.round(mean, DIGITS).tolist()
    scores.add_gene_levels(database.conn, dataset_id, zip(rows, means, np.round(share, DIGITS).tolist(), strict=True))


def enter_quality(database: Database, dataset_id: int, wells: Wells, readouts: Readouts) -> Cutoffs:
    """Enter the quality of every well and treatment against vehicle wells of the same plate.

    Parameters
    ----------
    database, dataset_id
        The store, with the wells and signatures of the release in it.
    wells
        The wells.
    readouts
        What was seen while the counts streamed by.

    Returns
    -------
    Cutoffs
        Those of the viability call, fitted to the release.
    """
    table = _of_wells(wells, readouts)
    query = "SELECT sequenced_id, sample_id FROM sample WHERE dataset_id = ?"
    samples = dict(database.execute(query, [dataset_id]).fetchall())
    rows = [
        (samples[sample.sequenced_id], *(_number(column[place]) for column in table.values()))
        for place, sample in enumerate(wells.samples)
    ]
    scores.add_well_quality(database.conn, rows)
    ids = signature_ids(database, dataset_id)
    treatments = {treatment: places for treatment, places in wells.of_treatments().items() if treatment in ids}
    cutoffs = _cutoffs(database, wells, treatments, table["rna"])
    found = []
    for treatment, places in treatments.items():
        own = {name: column[places] for name, column in table.items()}
        call = viability(own["rna"].tolist(), own["mt_z"].tolist(), cutoffs=cutoffs)
        means = (geometric_mean(own["rna"]), geometric_mean(own["diversity"]), geometric_mean(own["thinned"]))
        figures = (*means, float(own["mt_z"].mean()))
        found.append((ids[treatment], *(_number(value) for value in figures), call.call, call.reason))
    scores.add_treatment_quality(database.conn, found)
    write.add_model(database, dataset_id, name="quality", settings=cutoffs.to_dict(), arrays={})
    return cutoffs


def _of_wells(wells: Wells, readouts: Readouts) -> dict[str, NDArray[np.float64]]:
    """Give the columns of the quality of wells, by place."""
    n = len(wells.samples)
    sizes, genes = np.array(wells.sizes), np.array(wells.n_genes, dtype=np.float64)
    raw, diversity = np.full(n, np.nan), np.full(n, np.nan)
    block_of = wells.block_of()
    for block, places in wells.blocks.items():
        vehicles = wells.vehicles(block)
        raw[places] = rna_output(sizes[places], sizes[vehicles])
        diversity[places] = rna_output(genes[places], genes[vehicles])
    thinned = np.array([readouts.thinned.get(s.sequenced_id, (np.nan, np.nan)) for s in wells.samples]).reshape(n, 2)
    vehicle = np.zeros(n, dtype=bool)
    vehicle[[place for block in wells.blocks for place in wells.vehicles(block)]] = True
    shares = np.array(wells.mt_shares)
    inside = [block_of.get(place, "") for place in range(n)]
    return {
        "rna": raw * _edge_adjustment(wells, raw),
        "rna_raw": raw,
        "diversity": diversity,
        "thinned": thinned[:, 0],
        "depth": thinned[:, 1],
        "mt_share": shares,
        "mt_z": mitochondrial_z(shares, inside, vehicle),
    }


def _edge_adjustment(wells: Wells, raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the factor that makes up for standing at an edge, against the vehicle wells of the plate."""
    edge = np.array([bool(sample.is_edge) for sample in wells.samples])
    library = np.array([s.role == "library" for s in wells.samples]) & np.isfinite(raw) & (raw > 0)
    factor = edge_factor(raw[library], edge[library]) if library.any() else 1.0
    own = np.where(edge, factor, 1.0)
    result = np.ones(len(raw))
    for block, places in wells.blocks.items():
        vehicles = wells.vehicles(block)
        if vehicles:
            result[places] = float(np.median(own[vehicles])) / own[places]
    return result


def _cutoffs(
    database: Database,
    wells: Wells,
    treatments: Mapping[Treatment, Sequence[int]],
    rna: NDArray[np.float64],
) -> Cutoffs:
    """Fit the cut-offs of the viability call to the vehicle and staurosporine wells of the release."""
    sizes = [len(places) for places in treatments.values()]
    n_wells = int(np.median(sizes)) if sizes else 2
    rng = np.random.default_rng(0)
    sets = []
    for block in wells.blocks:
        vehicles = wells.vehicles(block)
        if len(vehicles) > n_wells:
            n_sets = max(MOST_SETS // len(wells.blocks), 1)
            for _ in range(min(n_sets, 28)):
                sets.append(geometric_mean(rna[rng.choice(vehicles, n_wells, replace=False)]))
    query = "SELECT compound_id FROM compound WHERE skeleton = ?"
    control = {row[0] for row in database.execute(query, [CYTOTOXIC_CONTROL]).fetchall()}
    toxic = [rna[p] for t, places in treatments.items() if t[0] in control for p in places]
    known = [value for value in toxic if np.isfinite(value)]
    return calibrated(vehicle_sets=[value for value in sets if np.isfinite(value)], cytotoxic_wells=known)


def _number(value: float) -> float | None:
    """Return a plain number, None for what is not known."""
    return round(float(value), DIGITS) if np.isfinite(value) else None
