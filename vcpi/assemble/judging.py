"""Signatures of a release → features to search with, and the noise that scores are judged against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.errors import InputError
from vcpi.signature.centering import PlateOffsets, plate_offsets
from vcpi.signature.directions import spread_rows
from vcpi.signature.features import fit_features
from vcpi.signature.nullmodel import fit_null_model
from vcpi.signature.reproducibility import replicate_cosine, replicate_null, replicate_p

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vcpi.assemble.spill import Rows
    from vcpi.signature.features import FeatureModel
    from vcpi.signature.nullmodel import NullModel
    from vcpi.signature.nulls import NullProfiles
    from vcpi.signature.recipe import Recipe

MOST_PAIRS = 1_000
MOST_GATED = 2_000


@dataclass(slots=True)
class Effects:
    """The signatures of a release, a row each, in the order in which they enter the store.

    ``z`` is in memory, until :func:`judge` has made features of it; ``lfc`` is on disk.
    ``active`` marks those that are surely stronger than noise, ``telling`` those strong enough to learn features from.
    ``blocks`` names what each was compared within, one or several; ``plate`` its plate, None where several. ``shared``
    is the covariance that its wells have through their baseline, in units of the well variance.
    """

    z: NDArray[np.float32]
    lfc: Rows
    strength: NDArray[np.float64]
    active: NDArray[np.bool_]
    telling: NDArray[np.bool_]
    library: NDArray[np.bool_]
    n_wells: NDArray[np.int64]
    shared: NDArray[np.float64]
    rna_output: NDArray[np.float64]
    mt_share: NDArray[np.float64]
    compound_ids: NDArray[np.int64]
    blocks: list[str | tuple[str, ...] | None]
    plate: list[str | None]


@dataclass(slots=True)
class Judgement:
    """What :func:`judge` learned: features of each signature, and null profiles as features."""

    model: FeatureModel
    offsets: PlateOffsets
    features: NDArray[np.float32]
    stress: NDArray[np.float32]
    replicate_p: NDArray[np.float64]
    halves: list[NDArray[np.float32]]
    null_features: NDArray[np.float32]
    null_kinds: list[str]
    null_plates: list[str | None]
    null_members: list[tuple[str, ...]]
    null_replicate_p: NDArray[np.float64]
    null_model: NullModel | None
    notes: list[str] = field(default_factory=list)


def judge(
    effects: Effects,
    *,
    vehicles: Sequence[NullProfiles],
    differences: Sequence[NullProfiles],
    vehicle_shared: dict[str, float],
    plate_of: dict[str, str | None],
    compounds_of: Callable[[NullProfiles], list[int]],
    wells_z: Callable[[int], NDArray[np.float32]],
    recipe: Recipe,
) -> Judgement:
    """Learn features and noise of a release.

    Parameters
    ----------
    effects
        All signatures; their z is centered in place, and given up once the features are made.
    vehicles, differences
        Null profiles of each block: sets of vehicle wells as if they were compounds, differences of replicates.
    vehicle_shared
        Block → shared factor of its baseline.
    plate_of
        Block → plate.
    compounds_of
        Gives the compound behind each replicate difference of a block.
    wells_z
        Gives the z of the single wells of a signature, shape (n_wells, n_genes).
    recipe
        Which kinds of nuisance are taken out.
    """
    library = effects.library
    weight = 1.0 / (1.0 / effects.n_wells + effects.shared)  # wells that a signature is worth
    offsets = plate_offsets(effects.z, plates=effects.blocks, strength=effects.strength, n_wells=weight, among=library)
    if not recipe.plate_offsets:
        offsets = PlateOffsets(values={}, n_genes=offsets.n_genes, notes=("plate offsets stay, as asked",))
    centered = offsets.remove(effects.z, effects.blocks, n_wells=weight, in_place=True)
    noise = _noise(differences, effects.z.shape[1])
    model = fit_features(
        centered,
        active=effects.telling,
        among=library,
        null_z=noise if len(noise) else None,
        rna_output=effects.rna_output,
        mt_share=effects.mt_share,
        sphering=recipe.sphering,
        remove_stress=recipe.stress_removal,
        weigh_genes=recipe.gene_weights,
    )
    features, stress = model.transform(centered)
    del noise, centered
    effects.z = np.zeros((0, effects.z.shape[1]), dtype=np.float32)
    nulls = _nulls(model, offsets, vehicles, differences, vehicle_shared=vehicle_shared, compounds_of=compounds_of)
    halves = [_halves(model, offsets, effects, row, wells_z(row)) for row in range(len(features))]
    _add_inactive_pairs(nulls, effects, halves)
    null_plates = [plate_of[block] for block in nulls.blocks]
    null_model, notes = _null_model(effects, features, nulls, null_plates)
    gate, null_gate, more = _gate(effects, halves, nulls)
    return Judgement(
        model=model,
        offsets=offsets,
        features=features,
        stress=stress,
        replicate_p=gate,
        halves=halves,
        null_features=nulls.features,
        null_kinds=nulls.kinds,
        null_plates=null_plates,
        null_members=nulls.members,
        null_replicate_p=null_gate,
        null_model=null_model,
        notes=[*offsets.notes, *model.notes, *notes, *more],
    )


def _noise(differences: Sequence[NullProfiles], n_genes: int) -> NDArray[np.float32]:
    """Stack the replicate differences."""
    return np.concatenate([part.z for part in differences]) if differences else np.zeros((0, n_genes), np.float32)


@dataclass(slots=True)
class _Nulls:
    """Null profiles as features, with what each is made of."""

    features: NDArray[np.float32]
    kinds: list[str]
    blocks: list[str]
    members: list[tuple[str, ...]]
    agreement: list[float]
    n_wells: list[int]


def _nulls(
    model: FeatureModel,
    offsets: PlateOffsets,
    vehicles: Sequence[NullProfiles],
    differences: Sequence[NullProfiles],
    *,
    vehicle_shared: dict[str, float],
    compounds_of: Callable[[NullProfiles], list[int]],
) -> _Nulls:
    """Turn null profiles into features: vehicle wells centered like compounds, differences as they are."""
    rows: list[NDArray[np.float32]] = []
    nulls = _Nulls(np.zeros((0, len(model.genes)), dtype=np.float32), [], [], [], [], [])
    for part in vehicles:
        if not len(part.z):
            continue
        weight = 1.0 / (1.0 / len(part.wells[0]) + vehicle_shared[part.plate])
        z = offsets.remove(part.z, [part.plate] * len(part.z), n_wells=weight)
        rows.append(model.transform(z)[0])
        nulls.kinds += [part.kind] * len(z)
        nulls.blocks += [part.plate] * len(z)
        nulls.members += [tuple(f"vehicle:{part.plate}:{well}" for well in wells) for wells in part.wells]
        alone = 1.0 / (1.0 + vehicle_shared[part.plate])
        for single in () if part.halves is None else part.halves:
            rows_of = offsets.remove(single, [part.plate] * len(single), n_wells=alone)
            nulls.agreement.append(replicate_cosine(model.transform(rows_of)[0]))
            nulls.n_wells.append(len(single))
    for part in differences:
        for z, compound in zip(part.z, compounds_of(part), strict=True):
            rows.append(model.transform(z)[0])
            nulls.kinds.append("replicate difference")
            nulls.blocks.append(part.plate)
            nulls.members.append((str(compound),))
    if rows:
        nulls.features = np.concatenate(rows)
    return nulls


def _add_inactive_pairs(nulls: _Nulls, effects: Effects, halves: list[NDArray[np.float32]]) -> None:
    """Add pairs of wells of different compounds without a visible effect, of one block each, as if they were replicates.

    They hold what vehicle wells lack: position, handling, and whatever library wells of a plate have in common.
    """
    quiet = np.flatnonzero(effects.library & ~effects.active & (effects.strength <= np.median(effects.strength)))
    by_block: dict[str, list[int]] = {}
    for row in quiet.tolist():
        block = effects.blocks[row]
        if isinstance(block, str) and len(halves[row]):
            by_block.setdefault(block, []).append(row)
    rng = np.random.default_rng(0)
    pairs = [
        (block, int(left), int(right))
        for block, rows in by_block.items()
        for left, right in rng.permutation(rows)[: len(rows) // 2 * 2].reshape(-1, 2)
    ]
    if not pairs:
        return
    chosen = [pairs[place] for place in np.linspace(0, len(pairs) - 1, min(len(pairs), MOST_PAIRS)).round().astype(int)]
    nulls.features = np.concatenate(
        [nulls.features, np.stack([(halves[left][0] + halves[right][-1]) / np.sqrt(2.0) for _, left, right in chosen])]
    ).astype(np.float32)
    nulls.kinds += ["inactive pair"] * len(chosen)
    nulls.blocks += [block for block, _, _ in chosen]
    nulls.members += [(str(effects.compound_ids[left]), str(effects.compound_ids[right])) for _, left, right in chosen]


def _null_model(
    effects: Effects, features: NDArray[np.float32], nulls: _Nulls, null_plates: list[str | None]
) -> tuple[NullModel | None, list[str]]:
    """Fit what scores noise gives; say why where that cannot be."""
    try:
        fitted = fit_null_model(
            features,
            plates=effects.plate,
            members=[(str(compound),) for compound in effects.compound_ids.tolist()],
            null_features=nulls.features,
            null_plates=null_plates,
            null_members=nulls.members,
            source=", ".join(dict.fromkeys(nulls.kinds)),
        )
    except InputError as error:
        return None, [f"hits cannot be judged against noise: {error}"]
    return fitted, list(fitted.notes)


def _halves(
    model: FeatureModel, offsets: PlateOffsets, effects: Effects, row: int, wells: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Features of the single wells of a signature."""
    weight = 1.0 / (1.0 + float(effects.shared[row]))
    block = effects.blocks[row]
    z = offsets.remove(wells, [block] * len(wells), n_wells=weight)
    return model.transform(z)[0]


def _gate(
    effects: Effects, halves: list[NDArray[np.float32]], nulls: _Nulls
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """Probability that wells without an effect agree as well as the wells of each signature; NaN with one well.

    The same for null profiles that are sets of vehicle wells, which come first among them; NaN for the others.
    """
    agreement = np.array([replicate_cosine(rows) for rows in halves])
    # all without a visible effect: the weaker half alone would be those whose wells happen to disagree
    quiet = spread_rows(np.flatnonzero(effects.library & ~effects.active & np.isfinite(agreement)), MOST_GATED).tolist()
    of_null = np.full(len(nulls.kinds), np.nan)
    try:
        null = replicate_null(
            np.concatenate([halves[row] for row in quiet]) if quiet else np.zeros((0, 1)),
            compounds=[row for row in quiet for _ in halves[row]],
            plates=[effects.plate[row] for row in quiet for _ in halves[row]],
            rng=np.random.default_rng(0),
        )
    except InputError as error:
        return np.full(len(halves), np.nan), of_null, [f"whether replicates agree cannot be judged: {error}"]
    if nulls.agreement:
        n_wells = np.maximum(nulls.n_wells, 2)
        of_null[: len(nulls.agreement)] = replicate_p(nulls.agreement, null, n_wells=n_wells)
    return replicate_p(agreement, null, n_wells=[max(len(rows), 2) for rows in halves]), of_null, []


def as_payload(values: NDArray[Any]) -> tuple[str, list[int], bytes]:
    """Give type, shape and little-endian bytes of an array, for the store."""
    little = values.astype(values.dtype.newbyteorder("<"))
    return little.dtype.str, list(little.shape), little.tobytes()
