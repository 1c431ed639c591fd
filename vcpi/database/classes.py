"""What classes gather at the top of a ranked list, and how alike whole classes are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vcpi.answers import LibraryAnswer
from vcpi.database.pairs import members_of
from vcpi.database.searching import search
from vcpi.enrichment import LEAST_MEMBERS, PERMUTATIONS, ClassPair, class_connectivity, enrich
from vcpi.errors import InputError
from vcpi.signature.nullmodel import unit_rows
from vcpi.store import read
from vcpi.structure.substructure import find_substructure

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from vcpi.database.library import Asked, Library
    from vcpi.enrichment import SetEnrichment

ANNOTATED = ("class", "moa", "target")
KINDS = (*ANNOTATED, "scaffold", "smarts")
MOST_LEADING = 10
MOST_PAIRS = 20  # of different classes, where nobody says how many
MOST_ROWS = 6_000  # compounds whose connectivities are held at once: 300 MB
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassHit:
    """One class, mechanism, target, scaffold or pattern in a ranked list, each skeleton counted once.

    ``es``, ``nes``, ``p`` and ``q`` are of the running sum over the whole list, ``n_top`` to ``q_top`` of Fisher's test
    of the first hits (``top``); ``leading`` names the members that make the peak, the first of them.
    """

    rank: int
    kind: str
    name: str
    n_members: int
    es: float
    nes: float | None
    p: float
    q: float
    n_top: int
    expected_top: float
    p_top: float
    q_top: float
    mean_connectivity: float
    leading: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One skeleton of the ranked list: its compounds, the best first, and their mean connectivity."""

    compounds: tuple[int, ...]
    name: str
    connectivity: float


def classes_of(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    *,
    k: int | None = None,
    top: int = 50,
    kinds: Sequence[str] = (),
    smarts: Mapping[str, str] | None = None,
    reverse: bool = False,
    exclude_same_plate: bool = False,
    n_permutations: int = PERMUTATIONS,
    seed: int = 0,
    caveats: Sequence[str] = (),
) -> LibraryAnswer:
    """Find what gathers at the top of the ranked list of ``like``.

    Compounds of one skeleton (stereo, salts, charges) are one item with the mean of their connectivities; those of the
    query's own skeleton are left out.

    Parameters
    ----------
    connection, library, asked, reverse, exclude_same_plate
        As for ``like``; reversed, the most opposite are the top.
    k
        How many rows at most; all where None.
    top
        How many of the first hits Fisher's test looks at, 1 or more; all but one where the list is shorter.
    kinds
        Of ``class``, ``moa``, ``target``, ``scaffold`` and ``smarts``; all where empty.
    smarts
        Name → SMARTS pattern: sets of the compounds that hold it.
    n_permutations, seed
        Of the running sum.
    caveats
        What is known of the choice of the signature.

    Raises
    ------
    InputError
        A kind is unknown, or fewer than three compounds are ranked.
    """
    wanted = _checked_kinds(kinds)
    found = search(connection, library, asked, reverse=reverse, exclude_same_plate=exclude_same_plate)
    items = _items(
        connection,
        [(hit.compound_id, hit.name, hit.connectivity or 0.0) for hit in found.rows],
        own=asked.compound_ids,
        reverse=reverse,
    )
    if len(items) <= LEAST_MEMBERS:
        raise InputError(f"{len(items)} compounds are ranked; expected three or more to look for classes among")
    place = {compound_id: at for at, item in enumerate(items) for compound_id in item.compounds}
    told = list(caveats)
    sets = _sets(connection, library, place, wanted)
    for name, pattern in (smarts or {}).items() if "smarts" in wanted else ():
        ids, complete = find_substructure(pattern, read.smiles(connection), timeout_s=TIMEOUT_S)
        sets["smarts", name] = {place[i] for i in ids.tolist() if i in place}
        if not complete:
            told.append(f"{name}: stopped after {TIMEOUT_S:g} s; compounds may be missing")
    if top < 1:
        raise InputError(f"top is {top}; expected 1 or more")
    used = min(top, len(items) - 1)
    if used < top:
        told.append(f"top is {top}, the list holds {len(items)}; the first {used} are looked at")
    names = {f"{kind}\t{value}": (kind, value) for kind, value in sets}
    values = [-item.connectivity if reverse else item.connectivity for item in items]
    tested = enrich(
        values,
        {key: sorted(sets[pair]) for key, pair in names.items()},
        k=used,
        rng=np.random.default_rng(seed),
        n_permutations=n_permutations,
    )
    untested = [names[key] for key in sorted(names.keys() - {one.name for one in tested})]
    told += [
        f"{value} ({kind}) has {len(sets[kind, value])} of {len(items)} compounds and can't be tested"
        for kind, value in untested
        if kind == "smarts"
    ]
    if not tested:
        told.append("no class has two measured members; read some with 'vcpi ingest annotations', or give --smarts")
    return LibraryAnswer(
        query={
            **asked.query.to_dict(),
            "dataset": library.dataset["name"],
            "signature_id": None if asked.signature is None else asked.signature.signature_id,
            "top": used,
            "k": k,
        },
        method={
            "name": "running-sum",
            "score": "cosine",
            "weight": "absolute connectivity",
            "n_permutations": n_permutations,
            "seed": seed,
            "direction": "reverse" if reverse else "similar",
        },
        records=tuple(_hit(rank, one, names[one.name], items) for rank, one in enumerate(tested[:k], start=1)),
        record_type=ClassHit,
        summary={"n_ranked": len(items), "n_tested": len(tested), "n_too_small": len(untested)},
        caveats=tuple(told),
    )


def _checked_kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    """Refuse kinds of sets that there are not."""
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise InputError(f"Kind {unknown[0]!r} is unknown; expected one of {', '.join(KINDS)}")
    return tuple(kinds) or KINDS


def _items(
    connection: sqlite3.Connection,
    ranked: Sequence[tuple[int, str, float]],
    *,
    own: frozenset[int],
    reverse: bool,
) -> list[_Item]:
    """Make one item of all compounds of a skeleton and order them anew."""
    skeletons = dict(connection.execute("SELECT compound_id, skeleton FROM compound WHERE skeleton IS NOT NULL"))
    left_out = {skeletons[i] for i in own if i in skeletons}
    groups: dict[str, list[tuple[int, str, float]]] = defaultdict(list)
    for row in ranked:
        skeleton = skeletons.get(row[0], f"id:{row[0]}")
        if skeleton not in left_out:
            groups[skeleton].append(row)
    items = [
        _Item(
            compounds=tuple(row[0] for row in rows),
            name=rows[0][1],
            connectivity=float(np.mean([row[2] for row in rows])),
        )
        for rows in groups.values()
    ]
    sign = -1.0 if reverse else 1.0
    return sorted(items, key=lambda item: (-sign * item.connectivity, item.compounds[0]))


def _sets(
    connection: sqlite3.Connection, library: Library, place: Mapping[int, int], kinds: Sequence[str]
) -> dict[tuple[str, str], set[int]]:
    """Collect the members of every annotated class and of every scaffold, as places in the list."""
    sets: dict[tuple[str, str], set[int]] = defaultdict(set)
    for compound_id, kind, value in connection.execute("SELECT compound_id, kind, value FROM annotation"):
        if compound_id in place and kind in kinds:
            sets[kind, value].add(place[compound_id])
    for compound_id, at in place.items() if "scaffold" in kinds else ():
        if library.scaffolds.get(compound_id):
            sets["scaffold", library.scaffolds[compound_id]].add(at)
    return sets


def _hit(rank: int, one: SetEnrichment, named: tuple[str, str], items: Sequence[_Item]) -> ClassHit:
    """Make one row of the answer."""
    kind, value = named
    return ClassHit(
        rank=rank,
        kind=kind,
        name=value,
        n_members=one.n,
        es=one.es,
        nes=one.nes,
        p=one.p,
        q=one.q,
        n_top=one.n_top,
        expected_top=one.expected_top,
        p_top=one.p_top,
        q_top=one.q_top,
        mean_connectivity=float(np.mean([items[at].connectivity for at in one.members])),
        leading=tuple(items[at].name for at in one.leading[:MOST_LEADING]),
    )


def class_table(
    connection: sqlite3.Connection,
    library: Library,
    *,
    k: int | None = None,
    kind: str = "class",
    n_permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> LibraryAnswer:
    """Summarize the connectivity within every class and between all classes (MAXQ), against shuffled labels.

    Only active compounds are looked at, one of each skeleton: the best replicated, then the strongest. A row whose
    two classes are one says how cohesive it is.

    Parameters
    ----------
    connection, library
        The store, and the dataset.
    k
        How many rows at most, the surest first; where None every class itself and 20 pairs of different classes.
    kind
        ``class``, ``moa``, ``target`` or ``scaffold``.
    n_permutations, seed
        Of the shuffles.

    Raises
    ------
    InputError
        The kind is unknown.
    """
    if kind not in (*ANNOTATED, "scaffold"):
        raise InputError(f"Kind {kind!r} is unknown; expected one of {', '.join((*ANNOTATED, 'scaffold'))}")
    members = members_of(connection, library)
    told = list(members.notes)
    first: dict[str, int] = {}
    order = sorted(
        np.flatnonzero(members.acting).tolist(),
        key=lambda row: (
            -(members.signatures[row].n_replicates or 1),
            -(members.signatures[row].strength or 0.0),
            members.signatures[row].signature_id,
        ),
    )
    for row in order:
        first.setdefault(members.skeletons[row], row)
    rows = np.array(sorted(first.values()), dtype=np.int64)
    if len(rows) > MOST_ROWS:
        told.append(f"{MOST_ROWS:,} of {len(rows):,} active compounds, drawn at random")
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    place = {int(members.compound_ids[row]): at for at, row in enumerate(rows.tolist())}
    sets = {value: sorted(places) for (_, value), places in _sets(connection, library, place, [kind]).items()}
    unit = unit_rows(library.index.vectors[members.places[rows]])
    found = class_connectivity(unit @ unit.T, sets, rng=np.random.default_rng(seed), n_permutations=n_permutations)
    within = [one for one in found if one.class_a == one.class_b]
    between = [one for one in found if one.class_a != one.class_b]
    if not found:
        told.append(f"no {kind} has two active members; read some with 'vcpi ingest annotations'")
    return LibraryAnswer(
        query={"dataset": library.dataset["name"], "kind": kind, "k": k},
        method={"name": "maxq", "score": "cosine", "n_permutations": n_permutations, "seed": seed},
        records=(*within, *between[:MOST_PAIRS]) if k is None else tuple(found[:k]),
        record_type=ClassPair,
        summary={
            "n_compounds": len(rows),
            "n_classes": len(within),
            "n_too_small": len(sets) - len(within),
            "n_pairs": len(between),
        },
        caveats=tuple(told),
    )
