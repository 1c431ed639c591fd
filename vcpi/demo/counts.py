"""Draw UMI counts for the wells of a simulated screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcpi.demo.layout import VEHICLE_ID, Well
from vcpi.demo.mechanisms import Cells, stream
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
    wells: Sequence[Well], cells: Cells, truth: Truth, *, seed: int, strength: float, settings: Simulation
) -> NDArray[np.int32]:
    """Draw the counts of all wells.

    Returns
    -------
    ndarray
        UMI counts, shape (n_genes + n_spikes, n_wells): genes in the order of ``cells``, then spike-ins.
    """
    traits = _traits(cells, seed=seed, settings=settings)
    load = {entry.source_compound_id: entry.toxicity for entry in truth.compounds} | {VEHICLE_ID: 0.0}
    effects = {entry.source_compound_id: truth.effect(entry.source_compound_id) for entry in truth.compounds}
    effects[VEHICLE_ID] = np.zeros(len(cells.genes))
    blocks = []
    for plate in dict.fromkeys(well.plate for well in wells):
        on_plate = [well for well in wells if well.plate == plate]
        rng = stream(seed, "counts", plate)
        offset = _sparse_offset(rng, len(cells.genes), settings.plate_share, settings.plate_sd)
        typical = rng.uniform(*settings.depth)
        loads = strength * np.array([load[well.source_compound_id] for well in on_plate])
        depth = _depths(rng, on_plate, loads, typical, settings)
        effect = np.array([effects[well.source_compound_id] for well in on_plate])
        edge = np.array([well.is_edge for well in on_plate], dtype=np.float64)
        level = np.log2(cells.baseline) + offset + effect + np.outer(edge, traits.edge)
        level += traits.noise * rng.standard_normal(level.shape)
        share = np.exp2(level)
        share /= share.sum(axis=1, keepdims=True)
        spikes = _spike_shares(seed) / depth[:, None] * typical  # spike-ins do not follow the RNA of the well
        blocks.append(_negative_binomial(rng, depth[:, None] * np.hstack([share, spikes]), settings.dispersion))
    return np.vstack(blocks).T


def spike_ids() -> list[str]:
    """Name the spike-in rows."""
    return [f"ERCC-{number:05d}" for number in range(2, 2 + N_SPIKES)]


def _traits(cells: Cells, *, seed: int, settings: Simulation) -> GeneTraits:
    """Draw noise and edge effect of each gene."""
    rng = stream(seed, "traits")
    noise = rng.uniform(*settings.noise, len(cells.genes))
    return GeneTraits(noise=noise, edge=_sparse_offset(rng, len(cells.genes), settings.edge_share, settings.edge_sd))


def _sparse_offset(rng: np.random.Generator, n_genes: int, share: float, sd: float) -> FloatArray:
    """Draw offsets for a share of the genes."""
    return np.where(rng.random(n_genes) < share, rng.normal(0.0, sd, n_genes), 0.0)


def _depths(
    rng: np.random.Generator, wells: Sequence[Well], loads: FloatArray, typical: float, settings: Simulation
) -> FloatArray:
    """Draw the UMI count that each well would have on average."""
    edge = np.array([settings.edge_depth if well.is_edge else 1.0 for well in wells])
    spread = np.exp(rng.normal(0.0, settings.depth_spread, len(wells)))
    return np.asarray(typical * spread * edge * np.exp2(settings.toxicity_depth * loads), dtype=np.float64)


def _spike_shares(seed: int) -> FloatArray:
    """Draw the share of each spike-in of the counts of a typical well."""
    weight = np.exp2(stream(seed, "spikes").normal(0.0, 2.0, N_SPIKES))
    return np.asarray(SPIKE_SHARE * weight / weight.sum(), dtype=np.float64)


def _negative_binomial(rng: np.random.Generator, mean: FloatArray, dispersion: float) -> NDArray[np.int32]:
    """Draw counts with variance mean + dispersion * mean squared."""
    rate = rng.gamma(1.0 / dispersion, dispersion, mean.shape) * mean if dispersion > 0 else mean
    return rng.poisson(rate).astype(np.int32)
