"""The map of structure against effect: of all pairs of a dataset, or of one compound against all others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.answers import LibraryAnswer
from vcpi.database.library import Asked
from vcpi.database.pairs import BLOCK_ROWS, bars, effect_pairs, members_of, pair_connectivities, structure_pairs
from vcpi.database.queries import choose_dataset, choose_signature, find, find_measured_twin
from vcpi.database.searching import search
from vcpi.errors import InputError
from vcpi.landscape import Quadrants, quadrants, shuffled_p
from vcpi.structure.search import FingerprintIndex

if TYPE_CHECKING:
    import sqlite3

    from numpy.typing import NDArray

    from vcpi.database.library import Library
    from vcpi.database.pairs import Members, Pairs
    from vcpi.records import JointHit

    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]
    OpenLibrary = Callable[[dict[str, Any]], Library]

STEP = 0.05  # width of a cell of the map, both ways
N_NOTABLE = 5
SHUFFLES, FEWER_SHUFFLES, MANY_PAIRS = 999, 199, 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MapCell:
    """How many pairs of compounds are in one cell of the map; upper ends belong to the next cell, but the last."""

    tanimoto_from: float
    tanimoto_to: float
    connectivity_from: float
    connectivity_to: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoint:
    """One compound on the map of another. ``corner`` is ``both``, ``structure-only``, ``effect-only`` or ``neither``."""

    rank: int
    name: str
    tanimoto: float
    connectivity: float
    q_noise: float | None
    corner: str
    strength: float | None
    same_plate: bool | None
    inchikey: str | None
    compound_id: int
    signature_id: int | None
    flags: tuple[str, ...] = ()


def ask_about(
    connection: sqlite3.Connection, open_library: OpenLibrary, name: str, *, dataset: str | None
) -> tuple[Library, Asked, tuple[str, ...]]:
    """Find the signature that a name asks with, by the rules of ``like``, and the dataset that holds it.

    Raises
    ------
    UnknownCompoundError
        ``name`` is no name in the workspace and no structure.
    InputError
        The compound has no signature there.
    """
    named = None if dataset is None else choose_dataset(connection, dataset=dataset, compound_id=None)[0]
    query = find(connection, name, dataset_id=None if named is None else named["dataset_id"])
    entry, caveats = choose_dataset(connection, dataset=dataset, compound_id=query.compound_id)
    message = f"{query.name} has no signature; 'vcpi analogs' finds measured compounds that look like it"
    if entry is None:
        raise InputError(message)
    library = open_library(entry)
    signature, more = choose_signature(library.catalogue.of_compound(query.compound_id))
    if signature is None:
        twin, more = find_measured_twin(connection, query, dataset_id=entry["dataset_id"])
        if twin is None:
            raise InputError(message)
        query = twin
        signature, _ = choose_signature(library.catalogue.of_compound(twin.compound_id))
        if signature is None:
            raise InputError(message)
    asked = Asked(query=query, signature=signature, vector=library.index.vector(signature.signature_id))
    return library, asked, (*query.caveats, *caveats, *more)


def map_compound(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    *,
    cutoff: float | None = None,
    caveats: tuple[str, ...] = (),
) -> LibraryAnswer:
    """Put every measured compound with a structure on the map of one: Tanimoto against connectivity.

    Parameters
    ----------
    connection, library, asked
        As for ``like``.
    cutoff
        Tanimoto from which a compound looks alike; 0.5 where None.
    caveats
        What is known of the choice of the signature.

    Raises
    ------
    InputError
        The compound has no structure.
    """
    thresholds = bars(library, tanimoto=cutoff)
    if not asked.fingerprints:
        raise InputError(f"{asked.query.name} has no structure in the workspace; ingest its structure to map it")
    found = search(connection, library, asked)
    points = tuple(
        _point(hit, tanimoto=hit.tanimoto, bar=thresholds.tanimoto)
        for hit in found.rows
        if hit.tanimoto is not None and hit.connectivity is not None
    )
    missing = len(found.rows) - len(points)
    told = [f"{missing} measured compounds have no structure and are not on the map"] if missing else []
    if not points:
        told.append("no other measured compound has a structure")
    return LibraryAnswer(
        query={
            **asked.query.to_dict(),
            "dataset": library.dataset["name"],
            "signature_id": None if asked.signature is None else asked.signature.signature_id,
            "active": None if asked.signature is None else asked.signature.active,
            "cutoff": cutoff,
        },
        method=_method(found.noise.decides, thresholds.connectivity, thresholds.tanimoto),
        records=points,
        record_type=MapPoint,
        summary={
            "quadrants": {
                "all": asdict(_quadrants_of(points)),
                "cross_plate": _cross_plate(points),
            }
        },
        caveats=(*caveats, *told, *found.noise.caveats),
    )


def _point(hit: JointHit, *, tanimoto: float, bar: float) -> MapPoint:
    """Make one point of the map."""
    corners = {(True, True): "both", (True, False): "structure-only", (False, True): "effect-only"}
    corner = corners.get((tanimoto >= bar, hit.relation in ("analog-mimic", "scaffold-hop")), "neither")
    return MapPoint(
        rank=hit.rank,
        name=hit.name,
        tanimoto=tanimoto,
        connectivity=hit.connectivity or 0.0,
        q_noise=hit.q_noise,
        corner=corner,
        strength=hit.strength,
        same_plate=hit.same_plate,
        inchikey=hit.inchikey,
        compound_id=hit.compound_id,
        signature_id=hit.signature_id,
        flags=hit.flags,
    )


def _cross_plate(points: tuple[MapPoint, ...]) -> dict[str, Any] | None:
    """Count the corners of points on other plates; None where plates are not known."""
    if all(point.same_plate is None for point in points):
        return None
    return asdict(_quadrants_of([point for point in points if point.same_plate is False]))


def _quadrants_of(points: tuple[MapPoint, ...] | list[MapPoint]) -> Quadrants:
    """Count the corners of some points."""
    corners = [point.corner for point in points]
    both = corners.count("both")
    return quadrants(
        n_pairs=len(points),
        n_structure=both + corners.count("structure-only"),
        n_effect=both + corners.count("effect-only"),
        n_both=both,
    )


def _method(decides: bool, connectivity: float, tanimoto: float) -> dict[str, Any]:  # noqa: FBT001 - one caller's word
    """Say what counts as alike."""
    return {
        "name": "cosine",
        "alike_in_effect": "q_noise < 0.05" if decides else f"connectivity >= {connectivity:.3f}",
        "alike_in_structure_from": tanimoto,
    }


def map_library(
    connection: sqlite3.Connection, library: Library, *, cutoff: float | None = None, seed: int = 0
) -> LibraryAnswer:
    """Count all pairs of a dataset on the map, and test whether what looks alike acts alike.

    Parameters
    ----------
    connection, library
        The store, and the dataset. Of more than 20,000 compounds a random part is looked at.
    cutoff
        Tanimoto from which a pair looks alike; 0.5 where None.
    seed
        Of the shuffles.
    """
    thresholds = bars(library, tanimoto=cutoff)
    members = members_of(connection, library)
    drawn = np.flatnonzero(members.drawn)
    alike = structure_pairs(members, cutoff=thresholds.tanimoto)
    effect, noise = effect_pairs(library, members, drawn, related=alike, thresholds=thresholds)
    decides = noise is not None and noise.decides
    rng = np.random.default_rng(seed)
    known = members.plates.shape[1] > 0
    strata = {
        name: None
        if apart and not known
        else asdict(_stratum(members, population, alike, effect, apart=apart, rng=rng))
        for name, population, apart in (
            ("all", members.drawn, False),
            ("cross_plate", members.drawn, True),
            ("active", members.drawn & members.acting, False),
            ("active_cross_plate", members.drawn & members.acting, True),
        )
    }
    told = [*members.notes, *(noise.caveats if noise is not None else ())]
    if not known:
        told.append("plates are not known: what looks alike may have been on one plate")
    if len(drawn) < len(members):
        told.append(f"{len(members) - len(drawn)} compounds have no structure and are not on the map")
    cells = _cells(library, members, drawn)
    if not cells:
        told.append("fewer than two compounds have a structure: there are no pairs")
    return LibraryAnswer(
        query={"dataset": library.dataset["name"], "cutoff": cutoff},
        method=_method(decides, thresholds.connectivity, thresholds.tanimoto),
        records=cells,
        record_type=MapCell,
        summary={
            "n_compounds": len(drawn),
            "quadrants": strata,
            "notable": _notable(library, members, alike, effect),
        },
        caveats=tuple(told),
    )


def _cells(library: Library, members: Members, drawn: IntArray) -> tuple[MapCell, ...]:
    """Count pairs in cells of the map, some rows at a time."""
    unit = library.index.vectors[members.places[drawn]]
    looks = FingerprintIndex(np.arange(len(drawn)), members.bits[drawn])
    n_across, n_up = round(1 / STEP), round(2 / STEP)
    counts = np.zeros(n_across * n_up, dtype=np.int64)
    for start in range(0, len(drawn), BLOCK_ROWS):
        block = unit[start : start + BLOCK_ROWS] @ unit[start:].T  # each pair once
        for row, scores in enumerate(block, start=start):
            tanimoto = looks.scores(members.bits[drawn[row]])[row + 1 :]
            across = np.clip((tanimoto / STEP + 1e-9).astype(np.int64), 0, n_across - 1)
            above = scores[row + 1 - start :].astype(np.float64) + 1
            up = np.clip((above / STEP + 1e-9).astype(np.int64), 0, n_up - 1)
            counts += np.bincount(across * n_up + up, minlength=len(counts))
    return tuple(
        MapCell(
            tanimoto_from=round(cell // n_up * STEP, 2),
            tanimoto_to=round((cell // n_up + 1) * STEP, 2),
            connectivity_from=round(cell % n_up * STEP - 1, 2),
            connectivity_to=round((cell % n_up + 1) * STEP - 1, 2),
            n=int(counts[cell]),
        )
        for cell in np.flatnonzero(counts).tolist()
    )


def _stratum(
    members: Members, population: BoolArray, alike: Pairs, effect: Pairs, *, apart: bool, rng: np.random.Generator
) -> Quadrants:
    """Count the four corners for pairs of a part of the compounds, without those that share a plate if ``apart``."""
    rows = np.flatnonzero(population)
    number = np.full(len(members), -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    looks, acts = (_within(pairs, number) for pairs in (alike, effect))
    codes = np.sort(acts[:, 0] * len(rows) + acts[:, 1])

    def count(pairs: IntArray) -> tuple[int, int]:
        """Count pairs that are alike in effect, and pairs that count."""
        low, high = pairs.min(axis=1), pairs.max(axis=1)
        kept = ~members.same_plate(rows[low], rows[high]) if apart else np.ones(len(pairs), dtype=bool)
        wanted = (low * len(rows) + high)[kept]
        at = np.minimum(np.searchsorted(codes, wanted), max(len(codes) - 1, 0))
        return (int((codes[at] == wanted).sum()) if len(codes) else 0), int(kept.sum())

    n_pairs = len(rows) * (len(rows) - 1) // 2 - (_sharing(members.plates[rows]) if apart else 0)
    n_both, n_structure = count(looks) if len(looks) else (0, 0)
    n_effect = len(acts) - (int(members.same_plate(rows[acts[:, 0]], rows[acts[:, 1]]).sum()) if apart else 0)
    found = quadrants(n_pairs=n_pairs, n_structure=n_structure, n_effect=n_effect, n_both=n_both)
    if not n_structure or not n_effect:
        return found
    n_shuffles = SHUFFLES if len(looks) <= MANY_PAIRS else FEWER_SHUFFLES
    return replace(found, p_shuffled=shuffled_p(looks, count, n=len(rows), n_shuffles=n_shuffles, rng=rng))


def _within(pairs: Pairs, number: IntArray) -> IntArray:
    """Give the pairs of a part of the compounds by their numbers in it, shape (n_pairs, 2)."""
    found = np.column_stack([number[pairs.first], number[pairs.second]])
    return np.asarray(found[(found >= 0).all(axis=1)])


def _sharing(plates: BoolArray) -> int:
    """Count the pairs of rows that share a plate."""
    membership = plates.astype(np.float32)
    n = 0
    for start in range(0, len(membership), BLOCK_ROWS):
        shared = membership[start : start + BLOCK_ROWS] @ membership.T > 0
        n += int(np.triu(shared, k=start + 1).sum())
    return n


def _notable(library: Library, members: Members, alike: Pairs, effect: Pairs) -> dict[str, list[dict[str, Any]]]:
    """Name the pairs furthest out in each corner but the empty one; effects of active compounds only."""
    n = len(members)
    codes = effect.first * n + effect.second
    at_structure = np.isin(alike.first * n + alike.second, codes)
    one_acts = members.acting[alike.first] | members.acting[alike.second]
    score = pair_connectivities(library, members, alike.first, alike.second)
    both_act = members.acting[effect.first] & members.acting[effect.second]
    tanimoto = members.tanimoto(effect.first, effect.second)
    in_structure = np.isin(codes, alike.first * n + alike.second)
    apart = ~members.same_plate(effect.first, effect.second)
    corners = {
        "both": (effect, tanimoto, effect.score, in_structure & both_act, -effect.score),
        "structure_only": (alike, alike.score, score, ~at_structure & one_acts, score),
        "effect_only": (effect, tanimoto, effect.score, ~in_structure & both_act & apart, -effect.score),
    }
    return {
        name: [
            {
                "name_a": members.label(int(pairs.first[at]))["name"],
                "name_b": members.label(int(pairs.second[at]))["name"],
                "tanimoto": float(looks[at]),
                "connectivity": float(acts[at]),
            }
            for at in (np.flatnonzero(kept)[np.argsort(key[kept], kind="stable")][:N_NOTABLE]).tolist()
        ]
        for name, (pairs, looks, acts, kept, key) in corners.items()
    }
