"""What a release says of its own noise: variance, baselines, bad vehicle wells, places on the plate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vcpi.assemble.quiet import QuietWells
from vcpi.signature.baseline import ACTIVE_SHARE, MIN_TREATMENTS, fit_baselines
from vcpi.signature.contrast import contrast
from vcpi.signature.outliers import far_wells, vehicle_distances
from vcpi.signature.positions import PositionSums
from vcpi.signature.strength import activity_threshold, strength
from vcpi.signature.variance import pooled_variance, summarize_plate

if TYPE_CHECKING:
    from collections.abc import Collection

    from vcpi.assemble.scheduling import Scheduler
    from vcpi.assemble.spill import Rows
    from vcpi.assemble.wells import Treatment, Wells
    from vcpi.signature.baseline import BaselineModel
    from vcpi.signature.positions import Place, PositionEffects
    from vcpi.signature.recipe import Recipe
    from vcpi.signature.variance import Noise, PlateSummary

LEAST_USABLE = 0.5  # with fewer, the flags say what the assay is like, not which wells are bad
ACTING_LEVEL = 0.95  # of the vehicle wells; who passes it stays out of the centers
BLOCKS_TOLD = 5
OUTSIDE = "their wells are not in its center"
WEIGHED = "too few others to make a center of, so vehicle wells count for more in its baseline"
OUTLIER = "vehicle-outlier"


@dataclass(slots=True, kw_only=True)
class ReleaseFit:
    """What was learned.

    ``positions`` is None where nothing was taken off; ``outside`` holds the library wells that no baseline was made of,
    since their treatment acts.
    """

    noise: Noise
    model: BaselineModel
    positions: PositionEffects | None = None
    outside: frozenset[int] = frozenset()
    notes: list[str] = field(default_factory=list)


def fit_release(wells: Wells, profiles: Rows, *, recipe: Recipe, scheduler: Scheduler | None = None) -> ReleaseFit:
    """Learn noise and baselines of a release, in two rounds.

    The first round finds vehicle wells unlike the others, which are flagged, and a strength for each treatment. The
    treatments of the lower half say what wells owe to their place, which is taken off all profiles, in place; those
    above the vehicle wells stay out of the center of their plate, which they would pull towards what they do; where too
    few others are left, the vehicle wells count for more instead.

    Parameters
    ----------
    wells
        All wells; flags are added, and ``usable`` changes.
    profiles
        Profiles of all wells, shape (n_wells, n_genes); position effects are subtracted.
    recipe
        Baseline, and whether position effects are taken off.
    scheduler
        Who makes the sets of vehicle wells; this process where None.
    """
    notes: list[str] = []
    for block in wells.blocks:
        _settle_usable(wells, block, notes)
    summaries = {block: _summarize(wells, profiles, block) for block in wells.blocks}
    noise = pooled_variance(summaries.values())
    changed = _flag_vehicles(wells, profiles, noise, notes)
    if changed:
        summaries |= {block: _summarize(wells, profiles, block) for block in changed}
        noise = pooled_variance(summaries.values())
    model = fit_baselines(summaries.values(), method=recipe.baseline, noise=noise)
    strengths = _strengths(wells, profiles, noise, model)
    acting = _acting(wells, profiles, noise, model, strengths, scheduler=scheduler)
    shares = _shares(wells, acting)
    crowded = _crowded(wells, acting, shares)
    where = _places(wells) if recipe.positions else []
    positions = _positions(wells, profiles, noise, model, strengths, where=where, notes=notes) if where else None
    if positions is not None:
        for places in wells.blocks.values():
            profiles[places] -= positions.of([where[place] for place in places])
    outside: set[int] = set()
    if recipe.baseline == "hybrid":
        blocks = [places for block, places in wells.blocks.items() if block not in crowded]
        outside = {place for places in blocks for place in places if wells.treatments[place] in acting}
        _note_shares(shares, crowded, notes)
    if positions is not None or outside:
        summaries = {block: _summarize(wells, profiles, block, outside=outside) for block in wells.blocks}
        noise = pooled_variance(summaries.values())
    model = fit_baselines(summaries.values(), method=recipe.baseline, noise=noise, active_share=crowded)
    return ReleaseFit(
        noise=noise, model=model, positions=positions, outside=frozenset(outside), notes=[*notes, *model.notes]
    )


def _settle_usable(wells: Wells, block: str, notes: list[str]) -> None:
    """Say which wells may enter a baseline: those without a flag, or all where most have one."""
    places = wells.blocks[block]
    n_usable = sum(wells.usable[place] for place in places)
    if n_usable >= LEAST_USABLE * len(places):
        return
    notes.append(f"{block}: {len(places) - n_usable} of {len(places)} wells are shallow; all are used")
    for place in places:
        wells.usable[place] = True


def _summarize(wells: Wells, profiles: Rows, block: str, *, outside: Collection[int] = ()) -> PlateSummary:
    """Reduce one block to what baselines and noise need, without some of its wells."""
    places = wells.blocks[block]
    return summarize_plate(
        profiles[places],
        plate=block,
        roles=[wells.samples[place].role for place in places],
        groups=[wells.treatments[place] for place in places],
        usable=[wells.usable[place] and place not in outside for place in places],
    )


def _flag_vehicles(wells: Wells, profiles: Rows, noise: Noise, notes: list[str]) -> list[str]:
    """Flag vehicle wells far from the others of their block; return the blocks that have such."""
    vehicles = {block: wells.vehicles(block) for block in wells.blocks}
    distances = {
        block: vehicle_distances(profiles[places], sigma2=noise.sigma2) for block, places in vehicles.items() if places
    }
    changed = []
    for block, far in zip(distances, far_wells(list(distances.values())), strict=True):
        bad = [place for place, is_far in zip(vehicles[block], far.tolist(), strict=True) if is_far]
        if not bad:
            continue
        changed.append(block)
        for place in bad:
            wells.flag(place, OUTLIER)
        names = ", ".join(wells.samples[place].sequenced_id for place in bad)
        notes.append(
            f"{block}: vehicle well {names} is unlike the other {len(far) - len(bad)}; it is left out of baseline and null"
        )
    return changed


def _strengths(wells: Wells, profiles: Rows, noise: Noise, model: BaselineModel) -> dict[Treatment, float]:
    """Give a first strength of each treatment of library wells."""
    baselines = {block: model.of(block) for block in wells.blocks}
    block_of = wells.block_of()
    found = {}
    for treatment, places in wells.of_treatments().items():
        if wells.samples[places[0]].role != "library":
            continue
        blocks = [block_of[place] for place in places]
        deltas = np.concatenate([contrast(profiles[[p]], baselines[b]) for p, b in zip(places, blocks, strict=True)])
        shared = {block: baselines[block].shared_factor for block in blocks}
        found[treatment] = strength(deltas, sigma2=noise.sigma2, shared=shared, plates=blocks)
    return found


def _acting(
    wells: Wells,
    profiles: Rows,
    noise: Noise,
    model: BaselineModel,
    strengths: dict[Treatment, float],
    *,
    scheduler: Scheduler | None,
) -> set[Treatment]:
    """Find the treatments that pass the vehicle wells; none where there are no vehicle wells."""
    treatments = wells.of_treatments()
    null = QuietWells(wells, treatments, profiles, noise=noise, model=model, scheduler=scheduler).strengths()
    limits = {n: activity_threshold(values, level=ACTING_LEVEL) for n, values in null.items()}
    found = set()
    for treatment, value in strengths.items():
        limit = limits.get(min(len(treatments[treatment]), max(limits, default=0)))
        if limit is not None and value > limit:
            found.add(treatment)
    return found


def _shares(wells: Wells, acting: Collection[Treatment]) -> dict[str, float]:
    """Give the share of the library wells of each block whose treatment acts."""
    shares = {}
    for block, places in wells.blocks.items():
        marks = [wells.treatments[p] in acting for p in places if wells.samples[p].role == "library"]
        if marks:
            shares[block] = float(np.mean(marks))
    return shares


def _crowded(wells: Wells, acting: Collection[Treatment], shares: dict[str, float]) -> dict[str, float]:
    """Find the blocks in which too few treatments are quiet to make a center of, with the share that acts."""
    found = {}
    for block, share in shares.items():
        library = [p for p in wells.blocks[block] if wells.samples[p].role == "library" and wells.usable[p]]
        quiet = {wells.treatments[place] for place in library} - set(acting)
        if share > 0 and len(quiet) < MIN_TREATMENTS:
            found[block] = share
    return found


def _note_shares(shares: dict[str, float], crowded: dict[str, float], notes: list[str]) -> None:
    """Say on which plates many compounds act, and what was done."""
    for chosen, done in (
        ([block for block in shares if shares[block] > ACTIVE_SHARE and block not in crowded], OUTSIDE),
        ([block for block in crowded if shares[block] > ACTIVE_SHARE], WEIGHED),
    ):
        if chosen:
            more = f" and {len(chosen) - BLOCKS_TOLD} more" if len(chosen) > BLOCKS_TOLD else ""
            told = ", ".join(f"{block} ({shares[block]:.0%})" for block in chosen[:BLOCKS_TOLD])
            notes.append(
                f"many compounds may act on {told}{more} (share of treatments beyond 95 % of vehicle sets): {done}"
            )


def _positions(
    wells: Wells,
    profiles: Rows,
    noise: Noise,
    model: BaselineModel,
    strengths: dict[Treatment, float],
    *,
    where: list[Place | None],
    notes: list[str],
) -> PositionEffects | None:
    """Learn position effects from the wells of the weaker half of the treatments; None where there are none to take off."""
    if not any(where):
        return None  # the reader of the release has said so
    middle = float(np.median(list(strengths.values()))) if strengths else 0.0
    sums = PositionSums(noise.sigma2)
    for block, places in wells.blocks.items():
        quiet = {}
        for place in places:
            treatment, at = wells.treatments[place], where[place]
            if at is None or treatment is None or not wells.usable[place]:
                continue
            if strengths.get(treatment, np.inf) <= middle:
                quiet[place] = at
        if quiet:
            sums.add(contrast(profiles[list(quiet)], model.of(block)), list(quiet.values()))
    effects = sums.fit()
    if effects.note:
        notes.append(effects.note)
        return None
    if effects.is_zero:
        notes.append(f"{effects.n_wells} quiet wells show no effect of row, column or edge beyond chance")
        return None
    told = ", ".join(f"{kind} {share:.0%}" for kind, share in effects.shares.items())
    notes.append(f"position effects taken off (from {effects.n_wells} quiet wells; kept of what they show: {told})")
    return effects


def _places(wells: Wells) -> list[Place | None]:
    """Row, column and edge of each well, None where they are not known; the rim is the edge where the source says none."""
    known = [
        (s.plate_row, s.plate_column) for s in wells.samples if s.plate_row is not None and s.plate_column is not None
    ]
    rows, columns = {row for row, _ in known}, {column for _, column in known}
    rim_rows = {min(rows), max(rows)} if rows else set()
    rim_columns = {min(columns), max(columns)} if columns else set()
    found: list[Place | None] = []
    for sample in wells.samples:
        row, column, edge = sample.plate_row, sample.plate_column, sample.is_edge
        if row is None or column is None:
            found.append(None)
            continue
        rim = row in rim_rows or column in rim_columns
        found.append((row, column, rim if edge is None else edge))
    return found
