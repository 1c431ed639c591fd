"""Profiles of wells that share nothing but noise: what every score is judged against."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.baseline import BaselineModel
from vcpi.signature.contrast import combine, contrast
from vcpi.signature.strength import MAX_SETS, vehicle_sets

MIN_WELLS = 2
MATRIX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NullProfiles:
    """Null profiles of one plate: ``z`` of shape (n, n_genes), float32, unit variance, and what each is made of.

    ``wells`` holds for each profile the places of its wells among those handed in; ``halves``, where asked for, the z of
    these wells one by one, shape (n, n_wells, n_genes).
    """

    plate: str
    kind: str
    z: NDArray[np.float32]
    wells: tuple[tuple[int, ...], ...]
    halves: NDArray[np.float32] | None = None


def vehicle_nulls(
    vehicles: ArrayLike,
    *,
    plate: str,
    model: BaselineModel,
    sigma2: ArrayLike,
    n_wells: int = 2,
    max_sets: int = MAX_SETS,
    centered: bool = False,
    halves: bool = False,
) -> NullProfiles:
    """Treat sets of vehicle wells of a plate as compounds.

    Parameters
    ----------
    vehicles
        Profiles of the plate's usable vehicle wells, shape (n_vehicles, n_genes).
    plate
        The plate.
    model
        The fitted baselines of the dataset.
    sigma2
        Variance of one well, shape (n_genes,).
    n_wells, max_sets
        As in :func:`~vcpi.signature.strength.vehicle_sets`.
    centered
        The plate's offset (:func:`vcpi.signature.centering.plate_offsets`) will be taken off: use the baseline of the
        library wells as it is. What remains compares with the library wells alone, and holds none of these wells.
        Without it the baseline is made without them.
    halves
        Keep the z of single wells, to see how far they agree.

    Returns
    -------
    NullProfiles
        The z has the variance of a compound's without an effect. Empty where the plate has too few vehicle wells.
    """
    variance = np.asarray(sigma2, dtype=np.float64)
    own = model.of(plate)
    made, wells, single = [], [], []
    for chosen, deltas, without in vehicle_sets(vehicles, plate=plate, model=model, n_wells=n_wells, max_sets=max_sets):
        # centered z must have the scale of the library's, in whose units the offset is
        shared = own.shared_factor if centered else without.variance_factor
        against = deltas + without.values - own.values if centered else deltas
        made.append(combine(against, sigma2=variance, shared=shared, weighted=False).z.astype(np.float32))
        wells.append(chosen)
        if halves:
            alone = [combine(row[np.newaxis], sigma2=variance, shared=shared).z for row in against]
            single.append(np.array(alone, dtype=np.float32))
    z = np.array(made, dtype=np.float32).reshape(len(made), len(variance))
    kept = np.array(single, dtype=np.float32).reshape(len(single), n_wells, len(variance)) if halves else None
    return NullProfiles(plate=plate, kind="vehicle", z=z, wells=tuple(wells), halves=kept)


def replicate_differences(
    profiles: ArrayLike, *, plate: str, groups: Sequence[Hashable | None], sigma2: ArrayLike
) -> NullProfiles:
    r"""Differences of the first two wells of each treatment of a plate, :math:`(l_1 - l_2) / (\sigma \sqrt 2)`.

    What the treatment does and what the plate shares cancel, whatever it is; noise stays, at the variance of a
    signature without an effect. Active compounds are as good for it as others.

    Parameters
    ----------
    profiles
        Of wells of one plate, shape (n_wells, n_genes); before or after the baseline, it cancels.
    plate
        The plate.
    groups
        Treatment of each well; None for wells without a replicate.
    sigma2
        Variance of one well, shape (n_genes,).

    Returns
    -------
    NullProfiles
        One for each treatment with two wells or more.

    Raises
    ------
    InputError
        Shapes disagree.

    Examples
    --------
    >>> replicate_differences([[3.0], [1.0], [5.0]], plate="p", groups=["a", "a", "b"], sigma2=[2.0]).z.tolist()
    [[1.0]]
    """
    rows = np.asarray(profiles)
    spread = np.sqrt(2.0 * np.asarray(sigma2, dtype=np.float64))
    if rows.ndim != MATRIX or len(groups) != len(rows) or spread.shape != (rows.shape[1],):
        raise InputError(f"Profiles {rows.shape}, {len(groups)} groups, sigma2 {spread.shape}; expected them to fit")
    members: dict[Hashable, list[int]] = {}
    for well, group in enumerate(groups):
        if group is not None:
            members.setdefault(group, []).append(well)
    pairs = [(wells[0], wells[1]) for wells in members.values() if len(wells) >= MIN_WELLS]
    first, second = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    z = ((rows[first].astype(np.float64) - rows[second]) / spread).astype(np.float32)
    return NullProfiles(plate=plate, kind="replicate difference", z=z, wells=tuple(pairs))


def inactive_pairs(
    profiles: ArrayLike,
    *,
    plate: str,
    groups: Sequence[Hashable | None],
    inactive: ArrayLike,
    model: BaselineModel,
    sigma2: ArrayLike,
    rng: np.random.Generator,
    n_wells: int = 2,
) -> NullProfiles:
    """Combine wells of different inactive treatments of a plate as if they were replicates.

    Parameters
    ----------
    profiles
        Of library wells of one plate, shape (n_wells, n_genes).
    plate
        The plate.
    groups
        Treatment of each well.
    inactive
        Mask of wells whose treatment does nothing that could be seen, shape (n_wells,).
    model
        The fitted baselines of the dataset.
    sigma2
        Variance of one well, shape (n_genes,).
    rng
        Draws who meets whom.
    n_wells
        Wells per profile, each of another treatment; every treatment is used once.

    Returns
    -------
    NullProfiles
        These hold what vehicle wells lack: position, handling, and whatever library wells of a plate have in common.
    """
    rows = np.asarray(profiles)
    variance = np.asarray(sigma2, dtype=np.float64)
    mask = np.asarray(inactive, dtype=bool)
    if rows.ndim != MATRIX or not len(groups) == len(rows) == len(mask):
        raise InputError(f"Profiles {rows.shape}, {len(groups)} groups, {len(mask)} marks; expected one per well")
    members: dict[Hashable, list[int]] = {}
    for well, group in enumerate(groups):
        if mask[well]:
            members.setdefault(("single", well) if group is None else ("group", group), []).append(well)
    one_each = [wells[int(rng.integers(len(wells)))] for wells in members.values()]
    order = [one_each[at] for at in rng.permutation(len(one_each)).tolist()]
    sets = [tuple(order[at : at + n_wells]) for at in range(0, len(order) - n_wells + 1, n_wells)]
    baseline = model.of(plate)
    z = np.zeros((len(sets), rows.shape[1]), dtype=np.float32)
    for at, wells in enumerate(sets):
        deltas = contrast(rows[list(wells)], baseline)
        z[at] = combine(deltas, sigma2=variance, shared=baseline.shared_factor, weighted=False).z
    return NullProfiles(plate=plate, kind="inactive pair", z=z, wells=tuple(sets))


def thin_counts(counts: ArrayLike, *, depth: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw fewer reads from each well, as if it had been sequenced less.

    Parameters
    ----------
    counts
        UMI counts, shape (n_wells, n_genes).
    depth
        Reads that a well is brought down to; wells with fewer stay as they are.
    rng
        Where chance comes from.

    Returns
    -------
    ndarray
        Shape (n_wells, n_genes): every read is kept with the same chance (binomial), so sums come near ``depth``.

    Raises
    ------
    InputError
        A count is negative or not a whole number, or the depth is not above 0.
    """
    rows = np.asarray(counts)
    if not depth > 0 or rows.ndim != MATRIX or (rows < 0).any() or (rows != np.floor(rows)).any():
        raise InputError(f"depth {depth}, counts of shape {rows.shape}; expected a depth above 0 and whole numbers")
    sizes = rows.sum(axis=1, keepdims=True)
    share = np.minimum(depth / np.maximum(sizes, 1), 1.0)
    return rng.binomial(rows.astype(np.int64), np.broadcast_to(share, rows.shape))


def stack_nulls(parts: Sequence[NullProfiles]) -> tuple[NDArray[np.float32], list[str], list[str]]:
    """Stack the profiles of several plates: z, plate and kind of each.

    Parameters
    ----------
    parts
        At least one.

    Returns
    -------
    tuple
        The z of shape (n, n_genes), plates, kinds.
    """
    if not parts:
        raise InputError("No null profiles; expected those of one plate or more")
    z = np.concatenate([part.z for part in parts])
    return (
        z,
        [part.plate for part in parts for _ in part.wells],
        [part.kind for part in parts for _ in part.wells],
    )


def unrelated_scores(scores: ArrayLike, *, related: ArrayLike, minimum: int = 50) -> tuple[NDArray[np.float64], str]:
    """Take a query's scores to unrelated compounds as its null, for datasets without vehicle wells.

    Parameters
    ----------
    scores
        Scores of the query to all references, shape (n,).
    related
        Mask of references to leave out: the query itself, its compound, its scaffold, shape (n,).
    minimum
        Fewest scores to accept.

    Returns
    -------
    tuple
        The null scores, and what to tell the user about them.

    Raises
    ------
    InputError
        Too few are left.

    Examples
    --------
    >>> values, note = unrelated_scores(np.arange(60) / 60, related=np.zeros(60, dtype=bool))
    >>> len(values), note
    (60, 'no vehicle wells; judged against 60 unrelated compounds of the dataset, so a score is rare, not certain')
    """
    values = np.asarray(scores, dtype=np.float64)
    kept = values[~np.asarray(related, dtype=bool)]
    if len(kept) < minimum:
        raise InputError(f"{len(kept)} unrelated compounds; expected {minimum} or more to judge a score by")
    note = (
        f"no vehicle wells; judged against {len(kept)} unrelated compounds of the dataset, so a score is rare, "
        "not certain"
    )
    return kept, note


def members_of(parts: Sequence[NullProfiles], wells_of: Mapping[str, Sequence[Hashable]]) -> list[tuple[Hashable, ...]]:
    """Name the wells of stacked null profiles.

    Parameters
    ----------
    parts
        As for :func:`stack_nulls`.
    wells_of
        Kind and plate, joined by a bar → name of each well handed in, for instance ``vehicle|p1``.

    Returns
    -------
    list
        Names of the wells of each profile, to leave out scores of profiles that share a well.
    """
    return [
        tuple(wells_of[f"{part.kind}|{part.plate}"][well] for well in wells) for part in parts for wells in part.wells
    ]
