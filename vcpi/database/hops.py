"""Scaffold hops of a whole dataset: pairs that act alike and look different."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vcpi.answers import LibraryAnswer
from vcpi.database.pairs import (
    bars,
    effect_pairs,
    exact_connectivity,
    judged_pairs,
    marks,
    members_of,
    names,
    structure_pairs,
)
from vcpi.joint import LEAST_BACKGROUND, NOT_SPECIFIC, SURE

if TYPE_CHECKING:
    import sqlite3

    from vcpi.database.library import Library
    from vcpi.database.pairs import Members, Pairs
    from vcpi.records import JointHit


@dataclass(frozen=True, slots=True, kw_only=True)
class HopPair:
    """Two active compounds that act alike and look different, the stronger first.

    ``p_noise``, ``q_noise`` and ``p_specific`` are the larger of the two that ``like`` gives, asked with either
    compound; ``tau`` is the smaller. ``connectivity_low`` and ``connectivity_mean`` are over pairs of single wells.
    """

    rank: int
    name_a: str
    name_b: str
    connectivity: float
    p_noise: float | None
    q_noise: float | None
    p_specific: float | None
    tau: float | None
    tanimoto: float
    connectivity_low: float | None
    connectivity_mean: float | None
    strength_a: float | None
    strength_b: float | None
    n_replicates_a: int | None
    n_replicates_b: int | None
    same_plate: bool | None
    scaffold_a: str
    scaffold_b: str
    inchikey_a: str | None
    inchikey_b: str | None
    compound_id_a: int
    compound_id_b: int
    signature_id_a: int
    signature_id_b: int
    flags: tuple[str, ...] = ()


def find_hops(
    connection: sqlite3.Connection,
    library: Library,
    *,
    k: int,
    cutoff: float | None = None,
    same_plate: bool = False,
) -> LibraryAnswer:
    """Find the pairs of active compounds of a dataset that act alike and look different.

    They act alike if ``like`` says so asked with either one (q_noise below 0.05, or where the dataset has no null
    profiles a connectivity that about 1 % of unrelated pairs reach). They look different below the Tanimoto bar, with
    different Murcko scaffolds.

    Parameters
    ----------
    connection, library
        The store, and the dataset.
    k
        How many pairs at most.
    cutoff
        Tanimoto below which a pair looks different; 0.5 where None.
    same_plate
        List pairs that share a plate too, for which the plate may be what is alike.
    """
    thresholds = bars(library, tanimoto=cutoff)
    members = members_of(connection, library)
    related = structure_pairs(members, cutoff=thresholds.tanimoto)
    rows = np.flatnonzero(members.acting)
    alike, noise = effect_pairs(library, members, rows, related=related, thresholds=thresholds)
    tanimoto = members.tanimoto(alike.first, alike.second)
    shares = members.same_plate(alike.first, alike.second)
    scaffold = _codes(members)
    different = (tanimoto < thresholds.tanimoto) & (scaffold[alike.first] != scaffold[alike.second])
    listed = np.flatnonzero(different & (same_plate | ~shares))
    order = listed[np.lexsort((alike.second[listed], alike.first[listed], -alike.score[listed], alike.p[listed]))]
    shown = order[:k].tolist()
    pairs = [_stronger_first(members, int(alike.first[at]), int(alike.second[at])) for at in shown]
    sides = judged_pairs(connection, library, members, pairs)
    records = tuple(
        _record(library, members, alike, at, pair=pair, sides=side, tanimoto=float(tanimoto[at]), rank=rank)
        for rank, (at, pair, side) in enumerate(zip(shown, pairs, sides, strict=True), start=1)
    )
    told = [*members.notes, *(noise.caveats if noise is not None else ())]
    if not same_plate and (different & shares).any():
        told.append(f"{int((different & shares).sum())} pairs that share a plate are left out; see --same-plate")
    if np.isnan(tanimoto).any():
        told.append(f"{int(np.isnan(tanimoto).sum())} pairs alike in effect are left out: one of them has no structure")
    if not len(order):
        told.append(_reason(members, len(rows), int(np.isfinite(tanimoto).sum())))
    return LibraryAnswer(
        query={"dataset": library.dataset["name"], "cutoff": cutoff, "k": k, "same_plate": same_plate},
        method={
            "name": "cosine",
            "null": None if noise is None else noise.source,
            "n_null": 0 if noise is None else noise.n_null,
            "p_least": None if noise is None else noise.p_least,
            "alike_in_effect": f"q_noise < {SURE:g} from both sides"
            if noise is not None and noise.decides
            else f"connectivity >= {thresholds.connectivity:.3f}",
            "different_in_structure_below": thresholds.tanimoto,
        },
        records=records,
        record_type=HopPair,
        summary={
            "n_compounds": len(members),
            "n_active": len(rows),
            "n_tested": len(rows) * (len(rows) - 1) // 2,
            "n_alike_in_effect": len(alike.first),
            "n_hops": len(order),
        },
        caveats=tuple(told),
    )


def _codes(members: Members) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Give each scaffold a number; a compound without a ring has one of its own."""
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(scaffold or f"row:{row}", row) for row, scaffold in enumerate(members.scaffolds)]
    return np.array(found, dtype=np.int64)


def _stronger_first(members: Members, first: int, second: int) -> tuple[int, int]:
    """Turn a pair so that the stronger one comes first."""
    strength = [members.signatures[row].strength or 0.0 for row in (first, second)]
    return (second, first) if strength[1] > strength[0] else (first, second)


def _record(
    library: Library,
    members: Members,
    alike: Pairs,
    at: int,
    *,
    pair: tuple[int, int],
    sides: tuple[JointHit, JointHit],
    tanimoto: float,
    rank: int,
) -> HopPair:
    """Make one row of the answer."""
    a, b = pair
    specific = [side.p_specific for side in sides if side.p_specific is not None]
    taus = [side.tau for side in sides if side.tau is not None]
    many = int(library.acting.sum()) >= LEAST_BACKGROUND and max(specific, default=0.0) >= NOT_SPECIFIC
    return HopPair(
        rank=rank,
        connectivity=exact_connectivity(library, members, a, b),
        p_noise=None if np.isnan(alike.p[at]) else float(alike.p[at]),
        q_noise=None if np.isnan(alike.q[at]) else float(alike.q[at]),
        p_specific=max(specific, default=None),
        tau=min(taus, default=None),
        tanimoto=tanimoto,
        connectivity_low=sides[0].split_min,
        connectivity_mean=sides[0].split_mean,
        scaffold_a=members.scaffolds[a],
        scaffold_b=members.scaffolds[b],
        flags=(*(("non-specific",) if many else ()), *marks(library, members, a, b)),
        **names(members, a, b),
    )


def _reason(members: Members, n_active: int, n_alike: int) -> str:
    """Say why no pair is listed."""
    if not members.drawn.any():
        return "no compound of this dataset has a structure"
    if n_active < 2:  # noqa: PLR2004 - a pair
        return f"{n_active} of {len(members)} compounds are active; a hop needs two"
    if not n_alike:
        return f"no two of the {n_active} active compounds that have a structure are alike in effect beyond noise"
    return f"all {n_alike} pairs alike in effect look alike, share a scaffold or share a plate"
