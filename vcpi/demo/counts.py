"""Draw UMI counts for the wells of a simulated screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcpi.demo.layout import VEHICLE_ID, Well, plate_number
from vcpi.demo.mechanisms import Cells, draw_toxicity, stream
from vcpi.demo.scenario import Scenario
from vcpi.demo.settings import Simulation
from vcpi.demo.truth import Truth

FloatArray = NDArray[np.float64]
N_SPIKES = 12
SPIKE_SHARE = 2e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeneTraits:
    """How each gene behaves beside its effects: well-to-well spread and edge effect, log2, shape (n_genes,)."""

    noise: FloatArray
    edge: FloatArray


def draw_counts(
    wells: Sequence[Well],
    cells: Cells,
    truth: Truth,
    *,
    seed: int,
    strength: float,
    settings: Simulation,
    scenario: Scenario,
) -> NDArray[np.int32]:
    """Draw the counts of all wells.

    Returns
    -------
    ndarray
        UMI counts, shape (n_genes + n_spikes, n_wells): genes in the order of ``cells``, then spike-ins.
    """
    traits = _traits(cells, seed=seed, settings=settings)
    load = {entry.source_compound_id: entry.toxicity for entry in truth.compounds} | {VEHICLE_ID: 0.0}
    effects: dict[tuple[str, float | None], FloatArray] = {(VEHICLE_ID, None): np.zeros(len(cells.genes))}
    release = _release_offset(len(cells.genes), seed=seed, scenario=scenario)
    present = ~_lost(cells, scenario)
    blocks = []
    for plate in dict.fromkeys(well.plate for well in wells):
        on_plate = [well for well in wells if well.plate == plate]
        rng = stream(seed, "counts", plate)
        offset = _sparse_offset(rng, len(cells.genes), settings.plate_share, settings.plate_sd)
        typical = rng.uniform(*settings.depth)
        loads = strength * np.array(
            [load[w.source_compound_id] * truth.shares(w.source_compound_id, w.dose_um)[1] for w in on_plate]
        )
        for well in on_plate:
            key = (well.source_compound_id, well.dose_um)
            if key not in effects:
                effects[key] = truth.effect(*key)
        effect = np.array([effects[well.source_compound_id, well.dose_um] for well in on_plate])
        if plate_number(plate, scenario) in scenario.bad_vehicle_plates:
            bad = _dying_vehicle(on_plate, seed=seed)
            loads[bad] = scenario.bad_vehicle_load
            dying = draw_toxicity(cells, seed=seed, strength=scenario.bad_vehicle_load, settings=settings)
            effect[bad] += dying
        depth = _depths(rng, on_plate, loads, typical=typical, settings=settings, scenario=scenario)
        if plate_number(plate, scenario) in scenario.failed_plates:
            depth = scenario.failed_depth * depth
        edge = np.array([well.is_edge for well in on_plate], dtype=np.float64)
        level = np.log2(cells.baseline) + offset + effect + np.outer(edge, traits.edge)
        level += release
        level += traits.noise * rng.standard_normal(level.shape)
        share = np.exp2(level)
        share /= share.sum(axis=1, keepdims=True)
        share *= present  # what is lost is lost: nothing takes its place
        spikes = _spike_shares(seed) / depth[:, None] * typical  # spike-ins do not follow the RNA of the well
        blocks.append(_negative_binomial(rng, depth[:, None] * np.hstack([share, spikes]), settings.dispersion))
    return np.vstack(blocks).T


def spike_ids() -> list[str]:
    """Name the spike-in rows."""
    return [f"ERCC-{number:05d}" for number in range(2, 2 + N_SPIKES)]


def _dying_vehicle(wells: Sequence[Well], *, seed: int) -> int:
    """Choose the vehicle well of a plate that is dying."""
    vehicles = [place for place, well in enumerate(wells) if well.source_compound_id == VEHICLE_ID]
    return vehicles[int(stream(seed, "dying", wells[0].plate).integers(len(vehicles)))]


def _release_offset(n_genes: int, *, seed: int, scenario: Scenario) -> FloatArray:
    """Draw how the cells of a release differ from those of the first."""
    if not scenario.release:
        return np.zeros(n_genes)
    rng = stream(seed, "release", scenario.release)
    return _sparse_offset(rng, n_genes, scenario.release_share, scenario.release_sd)


def _lost(cells: Cells, scenario: Scenario) -> NDArray[np.bool_]:
    """Mark the genes that no read is counted for."""
    names = set(scenario.lost_genes)
    return np.array([gene.gene_id in names or gene.gene_symbol in names for gene in cells.genes])


def _traits(cells: Cells, *, seed: int, settings: Simulation) -> GeneTraits:
    """Draw noise and edge effect of each gene."""
    rng = stream(seed, "traits")
    noise = rng.uniform(*settings.noise, len(cells.genes))
    return GeneTraits(noise=noise, edge=_sparse_offset(rng, len(cells.genes), settings.edge_share, settings.edge_sd))


def _sparse_offset(rng: np.random.Generator, n_genes: int, share: float, sd: float) -> FloatArray:
    """Draw offsets for a share of the genes."""
    return np.where(rng.random(n_genes) < share, rng.normal(0.0, sd, n_genes), 0.0)


def _depths(
    rng: np.random.Generator,
    wells: Sequence[Well],
    loads: FloatArray,
    *,
    typical: float,
    settings: Simulation,
    scenario: Scenario,
) -> FloatArray:
    """Draw the UMI count that each well would have on average."""
    edge = np.array([settings.edge_depth if well.is_edge else 1.0 for well in wells])
    spread = np.exp(rng.normal(0.0, settings.depth_spread, len(wells)))
    depth = np.asarray(typical * spread * edge * np.exp2(settings.toxicity_depth * loads), dtype=np.float64)
    if scenario.well_depth is None:
        return depth
    low, high = np.log(scenario.well_depth)
    drawn = np.exp(rng.uniform(low, high, len(wells)))
    return np.asarray(np.clip(depth / (typical * spread) * drawn, *scenario.well_depth), dtype=np.float64)


def _spike_shares(seed: int) -> FloatArray:
    """Draw the share of each spike-in of the counts of a typical well."""
    weight = np.exp2(stream(seed, "spikes").normal(0.0, 2.0, N_SPIKES))
    return np.asarray(SPIKE_SHARE * weight / weight.sum(), dtype=np.float64)


def _negative_binomial(rng: np.random.Generator, mean: FloatArray, dispersion: float) -> NDArray[np.int32]:
    """Draw counts with variance mean + dispersion * mean squared."""
    rate = rng.gamma(1.0 / dispersion, dispersion, mean.shape) * mean if dispersion > 0 else mean
    return rng.poisson(rate).astype(np.int32)
