"""Compounds side by side: what each is and does, and how each two of them relate."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from vcpi.answers import Comparisons
from vcpi.database.evidence import simulated_caveats
from vcpi.database.searching import search
from vcpi.errors import InputError
from vcpi.joint import nearest_analogs, pair_relation
from vcpi.store import read
from vcpi.structure.alerts import alerts
from vcpi.structure.drawing import draw_svg
from vcpi.structure.identity import standardize
from vcpi.structure.pair_drawing import draw_pair, draw_shared
from vcpi.structure.pairs import compare
from vcpi.structure.second_view import second_view

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from vcpi.database.library import Asked, Library
    from vcpi.database.queries import Query
    from vcpi.database.searching import Found

MOST = 8
_CARD = (
    "name", "inchikey", "smiles", "formula", "molecular_weight", "log_p", "tpsa", "n_h_donors", "n_h_acceptors",
    "n_rotatable_bonds", "n_rings", "fraction_sp3", "classes", "moas", "targets",
)  # fmt: skip
_EFFECTS = ("connectivity", "p_noise", "p_least", "q_noise", "relation", "same_plate")


def check_number(n: int) -> None:
    """Refuse too few or too many compounds.

    Raises
    ------
    InputError
        Fewer than two, or more than fit side by side.
    """
    if not 2 <= n <= MOST:  # noqa: PLR2004  a comparison takes two
        raise InputError(f"{n} compounds to compare; expected 2 to {MOST}")


def check_different(names: Sequence[str], queries: Sequence[Query]) -> None:
    """Refuse a compound that is named twice, under whichever names.

    Raises
    ------
    InputError
        Two of the names mean one compound.
    """
    seen: dict[object, str] = {}
    for name, query in zip(names, queries, strict=True):
        key = query.inchikey if query.compound_id is None else query.compound_id
        if key in seen:
            both = repr(name) if name == seen[key] else f"{seen[key]!r} and {name!r}"
            raise InputError(
                f"{both} {'is named twice' if name == seen[key] else f'are both {query.name}'}; name each compound once"
            )
        seen[key] = name


def compare_compounds(
    connection: sqlite3.Connection,
    queries: Sequence[Query],
    members: Sequence[Asked | None],
    library: Library | None,
) -> Comparisons:
    """Set compounds side by side.

    Parameters
    ----------
    connection
        The store.
    queries
        The compounds, in the order of the answer.
    members
        The signature of each in one dataset, None where it has none there.
    library
        That dataset, None where none of them was measured.
    """
    cards = [_card(connection, query, member) for query, member in zip(queries, members, strict=True)]
    others = [query.compound_id for query in queries if query.compound_id is not None]
    others += [i for member in members if member is not None for i in member.compound_ids]
    found = [
        None if member is None or library is None else search(connection, library, member, only=others)
        for member in members
    ]
    pairs: list[dict[str, Any]] = []
    caveats: list[str] = []
    for a, b in combinations(range(len(queries)), 2):
        pair: dict[str, Any] = {"a": queries[a].name, "b": queries[b].name, **_structures(queries[a], queries[b])}
        pair |= _effects(members[a], members[b], (found[a], found[b]), pair["tanimoto"])
        if pair.get("timed_out"):
            caveats.append(
                f"the search for the core of {pair['a']} and {pair['b']} was cut short; a larger one may exist"
            )
        pairs.append(pair)
    unmeasured = [query.name for query, member in zip(queries, members, strict=True) if member is None]
    if unmeasured and library is not None:
        caveats.append(f"no signature in {library.dataset['name']}: {', '.join(unmeasured)}")
    if library is None:
        caveats.append("none of these has a signature: they are compared by structure alone")
    else:
        caveats += simulated_caveats(library.dataset)
    return Comparisons(
        compounds=tuple(cards),
        pairs=tuple(pairs),
        dataset=None if library is None else library.dataset["name"],
        caveats=(*dict.fromkeys(caveat for query in queries for caveat in query.caveats), *caveats),
    )


def _effects(
    one: Asked | None, other: Asked | None, sides: tuple[Found | None, Found | None], tanimoto: float | None
) -> dict[str, Any]:
    """Compare two effects as seen from both sides; None throughout where one has none."""
    left, right = sides
    if one is None or other is None or left is None or right is None:
        return {**dict.fromkeys(_EFFECTS), "flags": []}
    rows = [
        next((row for row in side.rows if row.compound_id == asked.query.compound_id), None)
        for side, asked in ((left, other), (right, one))
    ]
    if rows[0] is None:  # one measurement under two names
        return {**dict.fromkeys(_EFFECTS), "flags": []}
    p, q = ([None if row is None else getattr(row, name) for row in rows] for name in ("p_noise", "q_noise"))
    near = [
        asked.query.compound_id
        in nearest_analogs(side.tanimotos, among={hit.compound_id for hit in side.ranked}, exclude=own.compound_ids)
        for side, asked, own in ((left, other, one), (right, one, other))
    ]
    name, flags = pair_relation(
        tanimoto,
        rows[0].connectivity,
        thresholds=left.thresholds,
        active=(_active(one), _active(other)),
        q=(q[0], q[1]) if left.noise.decides else (None, None),
        nearest=any(near),
    )
    return {
        "connectivity": rows[0].connectivity,
        "p_noise": max((value for value in p if value is not None), default=None),
        "p_least": left.noise.p_least,
        "q_noise": max((value for value in q if value is not None), default=None),
        "relation": name,
        "same_plate": rows[0].same_plate,
        "flags": list(flags),
    }


def _active(asked: Asked) -> bool | None:
    """Say whether a compound acts, where that is known."""
    return None if asked.signature is None else asked.signature.active


def draw_compared(queries: Sequence[Query]) -> str:
    """Draw the first two compounds with what differs marked.

    Raises
    ------
    InputError
        One of them has no structure.
    """
    for query in queries[:2]:
        if not query.smiles:
            raise InputError(f"{query.name} has no structure to draw")
    a, b = queries[:2]
    return draw_pair(a.smiles or "", b.smiles or "", labels=(a.name, b.name))


def draw_shared_atoms(query: Query | None, hit: Query) -> str:
    """Draw a hit, the atoms that look as in the query shaded.

    Raises
    ------
    InputError
        The hit has no structure.
    """
    if not hit.smiles:
        raise InputError(f"{hit.name} has no structure to draw")
    if query is None or not query.smiles:
        return draw_svg(hit.smiles)
    return draw_shared(query.smiles, hit.smiles)


def _card(connection: sqlite3.Connection, query: Query, member: Asked | None) -> dict[str, Any]:
    """Say what one compound is and does."""
    card: dict[str, Any] = dict.fromkeys(_CARD)
    card |= {"name": query.name, "inchikey": query.inchikey, "smiles": query.smiles}
    if query.compound_id is not None:
        known = read.compound(connection, query.compound_id)
        card |= {field: _plain(getattr(known, field)) for field in _CARD}
    elif query.smiles:
        described = standardize(query.smiles).descriptors
        card |= {field: getattr(described, field) for field in _CARD if hasattr(described, field)}
    card["alerts"] = (
        [f"{one.catalog} {one.name}" for one in alerts(query.smiles, catalogs=("PAINS",))] if query.smiles else []
    )
    signature = None if member is None else member.signature
    for field in ("strength", "active", "n_replicates", "stress", "rna_output", "replicate_p"):
        card[field] = None if signature is None else getattr(signature, field)
    return card


def _plain(value: object) -> object:
    """Return lists for tuples."""
    return list(value) if isinstance(value, tuple) else value


def _structures(a: Query, b: Query) -> dict[str, Any]:
    """Compare two structures; None throughout where one has none."""
    if not a.smiles or not b.smiles:
        fields = (
            "tanimoto",
            "atom_pairs",
            "core_atoms",
            "has_core",
            "core_smarts",
            "overlap",
            "same_scaffold",
            "only_a",
            "only_b",
        )
        return dict.fromkeys(fields)
    found = compare(a.smiles, b.smiles)
    (pairs,) = second_view(a.smiles, [b.smiles])
    return {
        "tanimoto": found.tanimoto,
        "atom_pairs": pairs.similarity,
        "core_atoms": found.core_atoms,
        "has_core": found.has_core,
        "core_smarts": found.core_smarts,
        "overlap": found.overlap,
        "same_scaffold": found.same_scaffold,
        "only_a": list(found.only_a),
        "only_b": list(found.only_b),
        "changes": [list(change) for change in found.changes],
        "timed_out": found.timed_out,
    }
