"""Activity cliffs of a whole dataset: pairs that look alike and act differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vcpi.answers import LibraryAnswer
from vcpi.database.calibration import TAIL_REACH, judge_small
from vcpi.database.pairs import (
    bars,
    cosine_rows,
    exact_connectivity,
    judged_rows,
    marks,
    members_of,
    names,
    pair_connectivities,
    structure_pairs,
    well_range,
)
from vcpi.joint import N_NEAREST, NOT_SURE, SURE, pair_relation
from vcpi.landscape import CLOSEST, Agreement, believed_agreement, one_effect, sali, tolerance
from vcpi.signature.calibration import benjamini_hochberg
from vcpi.signature.reproducibility import replicate_cosine
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vcpi.database.calibration import Noise
    from vcpi.database.library import Library
    from vcpi.database.pairs import Members, Pairs
    from vcpi.joint import Thresholds
    from vcpi.signature.nullmodel import NullModel

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

LEAST_ALIKE = 20  # pairs alike in both, to learn from how much mates differ


@dataclass(frozen=True, slots=True, kw_only=True)
class CliffPair:
    """Two compounds that look alike and act differently, the stronger first.

    ``kind`` is ``other-effect`` where both act, and ``no-effect`` where the second is not active as it was measured:
    it may act at a higher dose. ``expected`` is the connectivity that one effect (of the stronger one's strength, where
    the second does not act) would have given with these replicates, less what pairs alike in both fall short of it, ``effect_size`` expected less observed,
    ``p_cliff`` the chance of one as low, ``q_cliff`` the false discovery rate among all tested pairs.
    ``connectivity_low`` and ``connectivity_high`` are over pairs of single wells.
    """

    rank: int
    name_a: str
    name_b: str
    tanimoto: float
    connectivity: float
    expected: float | None
    effect_size: float | None
    p_cliff: float | None
    q_cliff: float | None
    q_noise: float | None
    kind: str
    connectivity_low: float | None
    connectivity_high: float | None
    sali: float
    strength_a: float | None
    strength_b: float | None
    active_a: bool | None
    active_b: bool | None
    n_replicates_a: int | None
    n_replicates_b: int | None
    same_plate: bool | None
    inchikey_a: str | None
    inchikey_b: str | None
    compound_id_a: int
    compound_id_b: int
    signature_id_a: int
    signature_id_b: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """Pairs that look alike of which one acts, the stronger first, with all that is asked of them."""

    first: IntArray
    second: IntArray
    tanimoto: FloatArray
    distant: BoolArray
    connectivity: FloatArray
    q_noise: FloatArray
    differs: BoolArray
    expected: FloatArray | None
    p: FloatArray | None

    @property
    def q(self) -> FloatArray | None:
        """False discovery rate over all pairs."""
        return None if self.p is None else benjamini_hochberg(self.p)


def find_cliffs(
    connection: sqlite3.Connection, library: Library, *, k: int, cutoff: float | None = None, max_q: float = SURE
) -> LibraryAnswer:
    """Find the pairs of a dataset that look alike and act differently.

    Parameters
    ----------
    connection, library
        The store, and the dataset.
    k
        How many pairs at most.
    cutoff
        Tanimoto from which a pair looks alike. Where None it is 0.5, and 0.35 for pairs of which one is among the ten
        nearest of the other.
    max_q
        Pairs with a larger ``q_cliff`` are not listed.
    """
    thresholds = bars(library, tanimoto=cutoff)
    members = members_of(connection, library)
    tested, told = _test(connection, library, members, thresholds, related=cutoff is None)
    order = _order(members, tested, max_q=max_q)
    if library.null is not None:
        _complete(library, members, tested, order[:k])
    records = tuple(
        _record(connection, library, members, tested, at, rank=rank)
        for rank, at in enumerate(order[:k].tolist(), start=1)
    )
    acts = members.acting[tested.second[order]]
    if not len(order):
        told.append(_reason(members, tested, thresholds, max_q))
    return LibraryAnswer(
        query={"dataset": library.dataset["name"], "cutoff": cutoff, "k": k},
        method={
            "name": "one-effect" if tested.p is not None else "sali",
            "score": "cosine",
            "alike_in_structure_from": thresholds.tanimoto,
            "related_from": thresholds.related if cutoff is None else thresholds.tanimoto,
            "q_at_most": max_q,
            "null": None if library.null is None else library.null.source,
            "p_least": None if library.null is None else TAIL_REACH / library.null.n_null,
        },
        records=records,
        record_type=CliffPair,
        summary={
            "n_compounds": len(members),
            "n_tested": len(tested.first),
            "n_acting_differently": int(tested.differs.sum()),
            "n_cliffs": len(order),
            "n_other_effect": int(acts.sum()),
            "n_no_effect": int((~acts).sum()),
        },
        caveats=(*members.notes, *told),
    )


def _test(
    connection: sqlite3.Connection, library: Library, members: Members, thresholds: Thresholds, *, related: bool
) -> tuple[_Tested, list[str]]:
    """Test every pair that looks alike and of which one acts; and say what there is to know about the test."""
    pairs = structure_pairs(members, cutoff=thresholds.related if related else thresholds.tanimoto)
    distant = pairs.score < thresholds.tanimoto
    kept = ~distant | _among_nearest(pairs, len(members))
    kept &= members.acting[pairs.first] | members.acting[pairs.second]
    first, second = _stronger_first(members, pairs.first[kept], pairs.second[kept])
    scores, q_noise, decides, told = _connectivities(library, members, first, second, pairs)
    differs = np.zeros(len(first), dtype=bool)
    for at, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        least = float(q_noise[at]) if decides and np.isfinite(q_noise[at]) else None
        name, flags = pair_relation(
            1.0,  # that they look alike is settled
            float(scores[at]),
            thresholds=thresholds,
            active=(bool(members.acting[a]), bool(members.acting[b])),
            q=(least, least),  # where the side that is closer sees a difference the other does
        )
        differs[at] = name == "activity-cliff" and "near-threshold" not in flags
    mates = members.acting[first] & members.acting[second] & (scores > 0) & (q_noise < SURE)
    expected, p = _against_one_effect(connection, library, members, (first, second), scores=scores, mates=mates)
    if p is None:
        told.append(
            "single wells or null profiles are not kept for this dataset: a difference can't be told from noise; ranked "
            "by the landscape index (1 - connectivity) / (1 - Tanimoto)"
        )
    tested = _Tested(
        first=first,
        second=second,
        tanimoto=pairs.score[kept],
        distant=distant[kept],
        connectivity=scores,
        q_noise=q_noise,
        differs=differs,
        expected=expected,
        p=p,
    )
    return tested, told


def _complete(library: Library, members: Members, tested: _Tested, shown: IntArray) -> None:
    """Work out the q of pairs that are shown where so far it is only known to be large."""
    large = shown[tested.q_noise[shown] >= NOT_SURE]
    if len(large):
        tested.q_noise[large], _ = _whole_q(library, members, tested.first[large], tested.second[large], related=None)


def _among_nearest(pairs: Pairs, n: int) -> BoolArray:
    """Which pairs are of a compound and one of its ten nearest, from either side."""
    found = np.zeros(len(pairs.first), dtype=bool)
    at = np.arange(len(pairs.first))
    rows, others, place = np.tile(at, 2), np.concatenate([pairs.second, pairs.first]), np.tile(at, 2)
    own = np.concatenate([pairs.first, pairs.second])
    order = np.lexsort((others, -pairs.score[rows], own))
    starts = np.searchsorted(own[order], np.arange(n))
    within = np.arange(len(order)) - starts[own[order]]
    found[place[order[within < N_NEAREST]]] = True
    return found


def _stronger_first(members: Members, first: IntArray, second: IntArray) -> tuple[IntArray, IntArray]:
    """Turn pairs so that the one that acts, of two the stronger, comes first."""
    strength = np.array([one.strength or 0.0 for one in members.signatures])
    acts = members.acting
    swap = np.where(acts[first] == acts[second], strength[second] > strength[first], acts[second])
    return np.where(swap, second, first), np.where(swap, first, second)


def _connectivities(
    library: Library, members: Members, first: IntArray, second: IntArray, related: Pairs
) -> tuple[FloatArray, FloatArray, bool, list[str]]:
    """Give connectivity of pairs, the smaller of both q of ``like``, whether that q decides, and its caveats."""
    scores = pair_connectivities(library, members, first, second)
    if library.null is not None:
        return scores, _small_q(library, members, library.null, first, second), True, []
    q, noise = _whole_q(library, members, first, second, related=related)
    told = () if noise is None else noise.caveats
    decides = noise is not None and noise.decides
    return scores, q, decides, [text for text in told if "no noise profiles" not in text]


def _by_row(members: Members, first: IntArray, second: IntArray) -> Iterator[tuple[int, IntArray, IntArray]]:
    """Give each row that is in a pair, which pairs these are, and the library's row of the other of each."""
    rows, others = np.concatenate([first, second]), np.concatenate([second, first])
    place = np.tile(np.arange(len(first)), 2)
    order = np.argsort(rows, kind="stable")
    asked = np.unique(rows)
    bounds = np.searchsorted(rows[order], np.append(asked, len(members)))
    for row, start, stop in zip(asked.tolist(), bounds[:-1], bounds[1:], strict=True):
        mine = order[start:stop]
        yield row, place[mine], members.places[others[mine]]


def _small_q(library: Library, members: Members, null: NullModel, first: IntArray, second: IntArray) -> FloatArray:
    """Give the smaller of both q of pairs where it is below NOT_SURE, else 1: what differs beyond doubt just differs."""
    q = np.ones(len(first))
    pairs = {row: found for row, *found in _by_row(members, first, second)}
    rows = members.may_be_sure(np.array(list(pairs), dtype=np.int64), NOT_SURE)
    for row, scores in cosine_rows(library, members, rows):
        small = judge_small(library, null, int(members.places[row]), scores, level=NOT_SURE)
        if len(small.rows):
            place, columns = pairs[row]
            at = np.minimum(np.searchsorted(small.rows, columns), len(small.rows) - 1)
            found = small.rows[at] == columns
            q[place[found]] = np.minimum(q[place[found]], small.q[at[found]])
    return q


def _whole_q(
    library: Library, members: Members, first: IntArray, second: IntArray, *, related: Pairs | None
) -> tuple[FloatArray, Noise | None]:
    """Give the smaller of both q of pairs, and what the scores of the last row were judged against."""
    q = np.full(len(first), np.nan)
    pairs = list(_by_row(members, first, second))
    rows = np.array([row for row, _, _ in pairs], dtype=np.int64)
    noise = None
    for (_, place, columns), (_, _, noise) in zip(
        pairs, judged_rows(library, members, rows, related=related), strict=True
    ):
        q[place] = np.fmin(q[place], noise.q[columns])
    return q, noise


def _against_one_effect(
    connection: sqlite3.Connection,
    library: Library,
    members: Members,
    pairs: tuple[IntArray, IntArray],
    *,
    scores: FloatArray,
    mates: BoolArray,
) -> tuple[FloatArray | None, FloatArray | None]:
    """Hold pairs against what two measurements of one effect would give; None where the dataset keeps no wells.

    Where enough pairs are alike in both (``mates``), what they fall short of one effect is allowed to all.
    """
    first, second = pairs
    if library.null is None or not len(first):
        return None, None if library.null is None else np.zeros(0)
    believed = _agreement(connection, library, members)
    if believed is None:
        return None, None
    same = members.same_plate(first, second).astype(np.int64)
    scale = library.null.scale[members.places]
    spread = np.maximum(scale[first, same], scale[second, same])
    weaker = np.where(members.acting[second], second, first)  # one that does nothing is held against the stronger one
    sides = [
        Agreement(z=believed.z[side], sd=believed.sd[side], n_wells=believed.n_wells[own])
        for side, own in ((first, first), (weaker, second))
    ]
    expected, p = one_effect(scores, sides[0], sides[1], spread=spread)
    if mates.sum() >= LEAST_ALIKE:
        shift, sd = tolerance(expected[mates], scores[mates], spread=spread[mates])
        shifted = np.tanh(np.arctanh(np.clip(scores, -CLOSEST, CLOSEST)) + shift)
        _, p = one_effect(shifted, sides[0], sides[1], spread=np.hypot(spread, sd))
        expected = np.tanh(np.arctanh(np.minimum(expected, CLOSEST)) - shift)
    return expected, np.maximum(p, TAIL_REACH / library.null.n_null)


def _agreement(connection: sqlite3.Connection, library: Library, members: Members) -> Agreement | None:
    """Read how well the wells of each signature agree, less what wells of one plate share."""
    if library.null is None:
        return None
    agreement, n_wells = np.full(len(members), np.nan), np.ones(len(members), dtype=np.int64)
    for row, signature in enumerate(members.signatures):
        wells = read.wells(connection, signature.signature_id)
        if wells is not None and len(wells) > 1:
            agreement[row], n_wells[row] = replicate_cosine(wells), len(wells)
    if not np.isfinite(agreement).any():
        return None
    shared = np.array([library.null.center if len(one.plates) == 1 else 0.0 for one in members.signatures])
    return believed_agreement(agreement, n_wells=n_wells, spread=library.null.scale[members.places, 0], offset=shared)


def _order(members: Members, tested: _Tested, *, max_q: float) -> IntArray:
    """Order the pairs that act differently: those of which both act first, then smallest p, then largest effect.

    Where there is no p, by landscape index.
    """
    q = tested.q
    kept = np.flatnonzero(tested.differs if q is None else tested.differs & (q <= max_q))
    ids = (tested.second[kept], tested.first[kept])
    silent = ~members.acting[tested.second[kept]]
    if tested.p is None or tested.expected is None:
        return np.asarray(kept[np.lexsort((*ids, -sali(tested.tanimoto, tested.connectivity)[kept], silent))])
    effect = (tested.expected - tested.connectivity)[kept]
    return np.asarray(kept[np.lexsort((*ids, -effect, tested.p[kept], silent))])


def _record(
    connection: sqlite3.Connection, library: Library, members: Members, tested: _Tested, at: int, *, rank: int
) -> CliffPair:
    """Make one row of the answer."""
    a, b = int(tested.first[at]), int(tested.second[at])
    score = exact_connectivity(library, members, a, b)
    expected = None if tested.expected is None else float(tested.expected[at])
    q = tested.q
    low, _, high = well_range(connection, members, a, b)
    flags = ["distant-analog"] if tested.distant[at] else []
    flags += ["reversal"] if score <= -bars(library).connectivity else []
    flags += ["same-skeleton"] if members.skeletons[a] == members.skeletons[b] else []
    flags += [] if members.acting[b] else [f"{members.label(b)['name']} not active at this dose"]
    return CliffPair(
        rank=rank,
        tanimoto=float(tested.tanimoto[at]),
        connectivity=score,
        expected=expected,
        effect_size=None if expected is None else expected - score,
        p_cliff=None if tested.p is None else float(tested.p[at]),
        q_cliff=None if q is None else float(q[at]),
        q_noise=None if np.isnan(tested.q_noise[at]) else float(tested.q_noise[at]),
        kind="other-effect" if members.acting[b] else "no-effect",
        connectivity_low=low,
        connectivity_high=high,
        sali=float(sali([tested.tanimoto[at]], [score])[0]),
        active_a=members.signatures[a].active,
        active_b=members.signatures[b].active,
        flags=(*flags, *marks(library, members, a, b)),
        **names(members, a, b),
    )


def _reason(members: Members, tested: _Tested, thresholds: Thresholds, max_q: float) -> str:
    """Say why no pair is listed."""
    if not members.drawn.any():
        return "no compound of this dataset has a structure"
    if not len(tested.first):
        return f"no two compounds look alike (Tanimoto {thresholds.tanimoto:g} or more) with one of them active"
    if not tested.differs.any():
        return f"all {len(tested.first)} pairs that look alike act alike, or nearly so"
    return f"of {len(tested.first)} pairs that look alike none acts differently beyond noise (q_cliff <= {max_q:g})"
