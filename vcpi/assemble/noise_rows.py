"""Profiles of noise over all genes, kept with a release: what panels, sums and gene sets are judged by, now and later."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.judging import as_payload
from vcpi.signature.contrast import combine, contrast
from vcpi.signature.nulls import replicate_differences, vehicle_nulls
from vcpi.signature.panel_scores.block import supported_genes
from vcpi.signature.panel_scores.noise import NullRows
from vcpi.signature.strength import vehicle_sets
from vcpi.store import read, scores, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from sqlite_utils import Database

    from vcpi.assemble.fitting import ReleaseFit
    from vcpi.assemble.spill import Rows
    from vcpi.assemble.wells import Treatment, Wells

MODEL = "noise-rows"
MOST_VEHICLE, MOST_DIFFERENCES = 400, 600  # profiles: 13,000 genes of them are 26 MB
LEAST_A_PLATE, MOST_A_PLATE = 4, 28
MOST_WELLS = 4
SEVERAL = 2


def signature_ids(database: Database, dataset_id: int) -> dict[Treatment, int]:
    """Give the signature of each treatment of a dataset."""
    query = "SELECT compound_id, dose_um, time_h, cell_line, signature_id FROM signature WHERE dataset_id = ?"
    return {tuple(row[:4]): row[4] for row in database.execute(query, [dataset_id]).fetchall()}


def keep_noise(
    database: Database,
    dataset_id: int,
    wells: Wells,
    profiles: Rows,
    fit: ReleaseFit,
    *,
    expressed: NDArray[np.bool_],
) -> None:
    """Keep profiles of noise of a release, and count the strong genes that all wells of a treatment support.

    Both need the single wells, which are gone after ingest. The profiles are sets of vehicle wells treated as
    compounds, against a baseline made without them, and differences of replicates over the quality factor of their
    treatment; evenly thinned where there are very many.

    Parameters
    ----------
    database, dataset_id
        The store, with the signatures of the release in it.
    wells, profiles
        All wells, and their profiles of shape (n_wells, n_genes).
    fit
        Noise and baselines.
    expressed
        Mask of the genes that count as expressed, shape (n_genes,).
    """
    ids = signature_ids(database, dataset_id)
    treatments = {treatment: places for treatment, places in wells.of_treatments().items() if treatment in ids}
    usual = Counter(len(places) for places in treatments.values()).most_common(1)
    n_wells = min(usual[0][0], MOST_WELLS) if usual else 1
    vehicle_z, factors, plates = _vehicles(wells, profiles, fit, n_wells=n_wells)
    query = "SELECT signature_id, quality_factor FROM signature WHERE dataset_id = ?"
    factor_of = {row[0]: row[1] for row in database.execute(query, [dataset_id]).fetchall()}
    quality = {treatment: factor_of.get(ids[treatment]) or 1.0 for treatment in treatments}
    arrays = {
        "vehicle_z": vehicle_z.astype(np.float16),
        "vehicle_factor": np.array(factors),
        "difference_z": _differences(wells, profiles, fit, quality).astype(np.float16),
        "level": _level(wells, profiles).astype(np.float32),
        "expressed": np.asarray(expressed, dtype=np.uint8),
    }
    sizes = {block: len(wells.vehicles(block)) for block in wells.blocks}
    separate = {block: min(plates.count(block), sizes[block] - 1) for block in dict.fromkeys(plates)}
    chance = _supported_in_vehicles(wells, profiles, fit, n_wells=n_wells, expressed=expressed)
    settings = {
        "n_wells": n_wells,
        "vehicle_plates": plates,
        "vehicle_df": sum(separate.values()),
        "supported_in_vehicles": chance,
    }
    payload = {name: as_payload(values) for name, values in arrays.items()}
    write.add_model(database, dataset_id, name=MODEL, settings=settings, arrays=payload)
    _enter_supported(
        database,
        wells,
        profiles,
        fit,
        ids=ids,
        treatments=treatments,
        quality=quality,
        chance=chance,
        expressed=expressed,
    )


def read_noise(database: Database, dataset_id: int) -> tuple[NullRows, dict[str, Any], dict[str, NDArray[Any]]] | None:
    """Give the profiles of noise of a dataset, with settings and arrays; None where none were kept."""
    stored = read.model(database.conn, dataset_id, MODEL)
    if stored is None:
        return None
    settings, arrays = stored
    rows = NullRows(
        vehicles=arrays["vehicle_z"], others=arrays["difference_z"], vehicle_df=float(settings["vehicle_df"])
    )
    return rows, settings, arrays


def _vehicles(
    wells: Wells, profiles: Rows, fit: ReleaseFit, *, n_wells: int
) -> tuple[NDArray[np.float32], list[float], list[str]]:
    """Make sets of vehicle wells: z, the factor on the well variance behind it, and block of each."""
    n_sets = int(np.clip(MOST_VEHICLE // max(len(wells.blocks), 1), LEAST_A_PLATE, MOST_A_PLATE))
    rows: list[NDArray[np.float32]] = []
    factors: list[float] = []
    plates: list[str] = []
    for block in wells.blocks:
        places = wells.vehicles(block)
        if len(places) <= n_wells:
            continue
        part = vehicle_nulls(
            profiles[places], plate=block, model=fit.model, sigma2=fit.noise.sigma2, n_wells=n_wells, max_sets=n_sets
        )
        sets = vehicle_sets(profiles[places], plate=block, model=fit.model, n_wells=n_wells, max_sets=n_sets)
        factors += [1.0 / n_wells + float(np.mean(baseline.variance_factor)) for _, _, baseline in sets]
        rows.append(part.z)
        plates += [block] * len(part.z)
    z = np.concatenate(rows) if rows else np.zeros((0, profiles.shape[1]), dtype=np.float32)
    return z, factors, plates


def _differences(
    wells: Wells, profiles: Rows, fit: ReleaseFit, quality: Mapping[Treatment, float]
) -> NDArray[np.float32]:
    """Differences of the wells of library treatments, each over the quality factor of its treatment."""
    owners: dict[Treatment, str] = {}
    for block, places in wells.blocks.items():
        counts = Counter(wells.treatments[p] for p in places if wells.samples[p].role == "library")
        for treatment, n in counts.items():
            if treatment is not None and treatment in quality and n >= SEVERAL:
                owners.setdefault(treatment, block)
    named = list(owners.items())
    chosen = np.linspace(0, len(named) - 1, min(len(named), MOST_DIFFERENCES)) if named else np.zeros(0)
    by_block: dict[str, list[Treatment]] = {}
    for at in chosen.round().astype(int).tolist():
        by_block.setdefault(named[at][1], []).append(named[at][0])
    rows = []
    for block, wanted in by_block.items():
        own = [(p, t) for p in wells.blocks[block] if (t := wells.treatments[p]) is not None and t in wanted]
        places, groups = [p for p, _ in own], [t for _, t in own]
        part = replicate_differences(profiles[places], plate=block, groups=groups, sigma2=fit.noise.sigma2)
        factors = [quality[groups[pair[0]]] for pair in part.wells]
        rows.append(part.z / np.array(factors, dtype=np.float32)[:, np.newaxis])
    return np.concatenate(rows) if rows else np.zeros((0, profiles.shape[1]), dtype=np.float32)


def _level(wells: Wells, profiles: Rows) -> NDArray[np.float64]:
    """Mean expression of the genes in vehicle wells, in all wells where there are none."""
    total, n = np.zeros(profiles.shape[1]), 0
    any_vehicle = any(wells.vehicles(block) for block in wells.blocks)
    for block, members in wells.blocks.items():
        places = wells.vehicles(block) if any_vehicle else members
        if places:
            total += profiles[places].sum(axis=0, dtype=np.float64)
            n += len(places)
    return total / max(n, 1)


def _supported_in_vehicles(
    wells: Wells, profiles: Rows, fit: ReleaseFit, *, n_wells: int, expressed: NDArray[np.bool_]
) -> float | None:
    """Mean number of supported strong genes in sets of vehicle wells; None where there are none of two wells or more."""
    found = []
    for block in wells.blocks:
        places = wells.vehicles(block)
        if n_wells < SEVERAL or len(places) <= n_wells:
            continue
        for _, deltas, baseline in vehicle_sets(
            profiles[places], plate=block, model=fit.model, n_wells=n_wells, max_sets=LEAST_A_PLATE
        ):
            effect = combine(deltas, sigma2=fit.noise.sigma2, shared=baseline.variance_factor, weighted=False)
            kept = supported_genes(deltas[:, expressed], effect.lfc[expressed], effect.z[expressed])
            found.append(int(kept.sum()))
    return float(np.mean(found)) if found else None


def _enter_supported(
    database: Database,
    wells: Wells,
    profiles: Rows,
    fit: ReleaseFit,
    *,
    ids: Mapping[Treatment, int],
    treatments: Mapping[Treatment, Sequence[int]],
    quality: Mapping[Treatment, float],
    chance: float | None,
    expressed: NDArray[np.bool_],
) -> None:
    """Keep the fold changes of single wells, and count the strong genes that every well of a treatment supports."""
    baselines = {block: fit.model.of(block) for block in wells.blocks}
    block_of = wells.block_of()
    rows: list[tuple[int, int | None, float | None]] = []
    for treatment, places in treatments.items():
        signature = ids[treatment]
        deltas = np.concatenate([contrast(profiles[[p]], baselines[block_of[p]]) for p in places])
        scores.add_replicates(database.conn, [(signature, len(places), deltas.astype("<f2").tobytes())])
        if len(places) < SEVERAL:
            rows.append((signature, None, None))
            continue
        deltas = deltas[:, expressed]
        lfc, z = (read.vector(database.conn, signature, layer=layer) for layer in ("lfc", "z"))
        if lfc is None or z is None:
            continue
        rows.append((signature, int(supported_genes(deltas, lfc[expressed], z[expressed]).sum()), chance))
    scores.set_effect_sizes(database.conn, ("n_supported", "n_supported_null"), rows)
