"""From the profiles of wells to the effect of each treatment, and how well its wells agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vcpi.assemble.judging import Effects
from vcpi.assemble.quiet import MOST_WELLS
from vcpi.assemble.spill import SpilledRows
from vcpi.signature.contrast import combine, contrast
from vcpi.signature.moderation import quality_factors, replicate_spread
from vcpi.signature.reproducibility import (
    different_pairs,
    replicate_correlation,
    strong_genes,
    transcriptional_activity,
)
from vcpi.signature.strength import activity_threshold, strength

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from vcpi.assemble.fitting import ReleaseFit
    from vcpi.assemble.spill import Rows
    from vcpi.assemble.wells import Treatment, Wells
    from vcpi.signature.baseline import Baseline
    from vcpi.signature.contrast import Factor
    from vcpi.signature.variance import Noise

TOP_GENES = 1_000  # that vary most between signatures: agreement of wells is read there
PAIRS_A_BLOCK = 40
ACTIVE_LEVEL, TELLING_LEVEL = 0.99, 0.95
LEAST_IN_PAIR = 2
SETS_IN_ALL, LEAST_SETS = 1_500, 100


@dataclass(slots=True, kw_only=True)
class Evidence:
    """How well the wells of each treatment agree, a value each; NaN with one well.

    ``quality`` is the factor on its standard errors; ``correlation`` the Spearman correlation of its wells on the genes
    that vary most, ``excess`` what it has beyond wells of different compounds of the same plates, ``tas`` the
    transcriptional activity score made of the excess, ``n_strong`` genes with abs(z) of 2 or more. ``mixed`` holds the strengths of sets of wells
    of different treatments, by wells in a set.
    """

    quality: NDArray[np.float64]
    correlation: NDArray[np.float64]
    excess: NDArray[np.float64]
    tas: NDArray[np.float64]
    n_strong: NDArray[np.int64]
    mixed: dict[int, NDArray[np.float64]]


def make_effects(
    wells: Wells,
    profiles: Rows,
    ordered: Sequence[Treatment],
    *,
    fit: ReleaseFit,
    baselines: Mapping[str, Baseline],
    thresholds: Mapping[int, float],
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Effects, Evidence]:
    """Combine the wells of each treatment.

    Parameters
    ----------
    wells, profiles
        All wells, and their profiles of shape (n_wells, n_genes).
    ordered
        The treatments, a row each of what is returned.
    fit, baselines
        What was learned of the release, and the baseline of each of its blocks.
    thresholds
        Wells → strength above which a treatment of so many is active; empty where there is no null.
    progress
        Is told how far it has come.

    Returns
    -------
    tuple
        The effects, their z divided by the quality factor: noise of shallow wells then says less in what is learned
        from all signatures; and the evidence beside them.
    """
    n, n_genes, noise = len(ordered), profiles.shape[1], fit.noise
    treatments, block_of = wells.of_treatments(), wells.block_of()
    usual = {block: _usual(wells, block) for block in wells.blocks}
    effects = _empty(ordered, n_genes)
    spreads = np.full((n, 2), np.nan)
    for row, treatment in enumerate(ordered):
        places = treatments[treatment]
        blocks = [block_of[place] for place in places]
        deltas, shared = _deltas(wells, profiles, places, blocks, baselines, outside=fit.outside)
        effect = combine(deltas, sigma2=noise.sigma2, shared=shared, plates=blocks)
        effects.z[row], effects.lfc[row] = effect.z, effect.lfc.astype(np.float32)
        effects.strength[row] = strength(deltas, sigma2=noise.sigma2, shared=shared, plates=blocks)
        effects.library[row] = wells.samples[places[0]].role == "library"
        effects.n_wells[row] = len(places)
        effects.shared[row] = effect.factor - 1.0 / len(places)
        relative = np.array([usual[block] for block in blocks])
        sizes = np.array([wells.sizes[place] for place in places])
        mt = np.maximum([wells.mt_shares[place] for place in places], 1e-6)
        effects.rna_output[row] = float(np.log2(sizes / relative[:, 0]).mean())
        effects.mt_share[row] = float(np.log2(mt / relative[:, 1]).mean())
        names = tuple(dict.fromkeys(blocks))
        effects.blocks.append(names[0] if len(names) == 1 else names)
        plates = {wells.samples[place].plate for place in places}
        effects.plate.append(plates.pop() if len(plates) == 1 else None)
        spreads[row] = replicate_spread(deltas, sigma2=noise.sigma2)
        if progress is not None:
            progress("effects", row + 1, n)
    quality = quality_factors(spreads)
    effects.z /= quality.astype(np.float32)[:, np.newaxis]
    # without vehicle sets, sets of wells of different treatments alone say what is stronger than noise
    numbers = sorted(thresholds) or sorted({min(n, MOST_WELLS) for n in effects.n_wells.tolist()})
    mixed = _mixed_strengths(
        wells, profiles, ordered, effects, quality=quality, numbers=numbers, fit=fit, baselines=baselines
    )
    effects.active[:] = _above(effects, quality, mixed, thresholds or dict.fromkeys(mixed, 0.0), level=ACTIVE_LEVEL)
    effects.telling[:] = _above(effects, quality, mixed, dict.fromkeys(numbers, 0.0), level=TELLING_LEVEL)
    return effects, _evidence(wells, profiles, ordered, effects, quality, noise=noise, baselines=baselines, mixed=mixed)


def _above(
    effects: Effects,
    quality: NDArray[np.float64],
    mixed: Mapping[int, NDArray[np.float64]],
    least: Mapping[int, float],
    *,
    level: float,
) -> list[bool]:
    """Say which treatments are stronger than this share of sets of wells that have nothing in common."""
    limits = {
        n: max(limit, activity_threshold(mixed[n], level=level)) if n in mixed else limit for n, limit in least.items()
    }
    most = max(limits, default=0)
    relative = (effects.strength / quality).tolist()
    return [s > limits.get(min(n, most), 0.0) for s, n in zip(relative, effects.n_wells.tolist(), strict=True)]


def _mixed_strengths(
    wells: Wells,
    profiles: Rows,
    ordered: Sequence[Treatment],
    effects: Effects,
    *,
    quality: NDArray[np.float64],
    numbers: Sequence[int],
    fit: ReleaseFit,
    baselines: Mapping[str, Baseline],
) -> dict[int, NDArray[np.float64]]:
    """Give the relative strengths of sets of wells that have nothing in common but their block, by wells in a set.

    The wells are of different library treatments of the weaker half. Vehicle wells do not show what library wells of a
    plate share: their place, their handling, the rest of the error of their baseline. Strengths are in units of the
    quality factor of their wells, so that shallow wells are held against shallow ones.
    """
    treatments = wells.of_treatments()
    if not effects.library.any():
        return {}
    relative = effects.strength / quality
    weak = effects.library & (relative <= np.median(relative[effects.library]))
    by_block: dict[str, list[int]] = {}
    for row in np.flatnonzero(weak).tolist():
        block = effects.blocks[row]
        if isinstance(block, str):
            by_block.setdefault(block, []).append(row)
    rng = np.random.default_rng(0)
    found: dict[int, NDArray[np.float64]] = {}
    for n in numbers:
        if n < LEAST_IN_PAIR:
            continue
        values = []
        for block, rows in by_block.items():
            for _ in range(max(SETS_IN_ALL // (len(by_block) * max(len(rows) // n, 1)), 1)):
                order = rng.permutation(rows).tolist()
                for at in range(0, len(order) - n + 1, n):
                    places = [int(rng.choice(treatments[ordered[row]])) for row in order[at : at + n]]
                    blocks = [block] * n
                    deltas, shared = _deltas(wells, profiles, places, blocks, baselines, outside=fit.outside)
                    value = strength(deltas, sigma2=fit.noise.sigma2, shared=shared, plates=blocks)
                    values.append(value / float(np.exp(np.log(quality[order[at : at + n]]).mean())))
        if len(values) >= LEAST_SETS:
            found[n] = np.array(values)
    return found


def single_z(
    wells: Wells,
    profiles: Rows,
    places: Sequence[int],
    blocks: Sequence[str],
    *,
    fit: ReleaseFit,
    baselines: Mapping[str, Baseline],
) -> NDArray[np.float32]:
    """Give the z of single wells of one treatment, whose blocks are known, shape (n_wells, n_genes)."""
    deltas, shared = _deltas(wells, profiles, places, blocks, baselines, outside=fit.outside)
    return np.array(
        [
            combine(row[np.newaxis], sigma2=fit.noise.sigma2, shared=shared[block]).z
            for row, block in zip(deltas, blocks, strict=True)
        ],
        dtype=np.float32,
    )


def _empty(ordered: Sequence[Treatment], n_genes: int) -> Effects:
    """Make room for the effects of some treatments."""
    n = len(ordered)
    return Effects(
        z=np.empty((n, n_genes), dtype=np.float32),
        lfc=SpilledRows((n, n_genes)),
        strength=np.zeros(n),
        active=np.zeros(n, dtype=bool),
        telling=np.zeros(n, dtype=bool),
        library=np.zeros(n, dtype=bool),
        n_wells=np.zeros(n, dtype=np.int64),
        shared=np.zeros(n),
        rna_output=np.full(n, np.nan),
        mt_share=np.full(n, np.nan),
        compound_ids=np.array([treatment[0] for treatment in ordered], dtype=np.int64),
        blocks=[],
        plate=[],
    )


def _usual(wells: Wells, block: str) -> tuple[float, float]:
    """Median depth and mitochondrial share of the vehicle wells of a block; NaN where it has none."""
    vehicles = wells.vehicles(block)
    if not vehicles:
        return float("nan"), float("nan")
    mt = float(np.median([wells.mt_shares[place] for place in vehicles]))
    return float(np.median([wells.sizes[place] for place in vehicles])), max(mt, 1e-6)


def _deltas(
    wells: Wells,
    profiles: Rows,
    places: Sequence[int],
    blocks: Sequence[str],
    baselines: Mapping[str, Baseline],
    *,
    outside: Collection[int],
) -> tuple[NDArray[np.float64], dict[str, Factor]]:
    """Subtract the baseline from each well; return also what the wells share through it, by block."""
    deltas = np.concatenate(
        [contrast(profiles[[place]], baselines[block]) for place, block in zip(places, blocks, strict=True)]
    )
    # the center of a plate holds its usable library wells alone, without those that act
    library = wells.samples[places[0]].role == "library"
    inside = library and all(wells.usable[place] and place not in outside for place in places)
    return deltas, {b: baselines[b].shared_factor if inside else baselines[b].variance_factor for b in blocks}


def _evidence(
    wells: Wells,
    profiles: Rows,
    ordered: Sequence[Treatment],
    effects: Effects,
    quality: NDArray[np.float64],
    *,
    noise: Noise,
    baselines: Mapping[str, Baseline],
    mixed: dict[int, NDArray[np.float64]],
) -> Evidence:
    """Say how well the wells of each treatment agree."""
    n, n_genes = effects.z.shape
    treatments = wells.of_treatments()
    library = np.flatnonzero(effects.library).tolist() or list(range(n))
    varies = np.zeros(n_genes)
    for row in library:
        varies += np.square(effects.z[row], dtype=np.float64)
    genes = np.sort(np.argsort(-varies, kind="stable")[:TOP_GENES])
    sigma = np.sqrt(noise.sigma2[genes])
    rows = np.zeros((len(wells.samples), len(genes)), dtype=np.float32)
    for block, places in wells.blocks.items():
        rows[places] = (profiles[places][:, genes] - baselines[block].values[genes]) / sigma
    background = _background(wells, rows)
    n_strong = np.array([strong_genes(effects.z[row], n_replicates=1) for row in range(n)])
    correlation = np.array([replicate_correlation(rows[treatments[treatment]]) for treatment in ordered])
    expected = np.array([np.mean([background.get(b, 0.0) for b in _names(blocks)]) for blocks in effects.blocks])
    excess = correlation - expected
    tas = [
        transcriptional_activity(int(strong), float(beyond), n_genes=n_genes)
        for strong, beyond in zip(n_strong, excess, strict=True)
    ]
    return Evidence(
        quality=quality, correlation=correlation, excess=excess, tas=np.array(tas), n_strong=n_strong, mixed=mixed
    )


def _background(wells: Wells, rows: NDArray[np.float32]) -> dict[str, float]:
    """Mean correlation of library wells of different compounds, by block."""
    found = {}
    rng = np.random.default_rng(0)
    for block, places in wells.blocks.items():
        library = [p for p in places if wells.samples[p].role == "library" and wells.treatments[p] is not None]
        compounds = [(wells.treatments[place] or (None,))[0] for place in library]
        left, right = different_pairs(compounds, [block] * len(library), rng=rng, n_pairs=PAIRS_A_BLOCK)
        pairs = [
            replicate_correlation(rows[[library[one], library[two]]])
            for one, two in zip(left.tolist(), right.tolist(), strict=True)
        ]
        found[block] = float(np.mean(pairs)) if pairs else 0.0
    return found


def _names(blocks: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """Blocks of a treatment."""
    return blocks if isinstance(blocks, tuple) else (blocks or "",)
