"""From what a person calls a compound to the one compound that is meant."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from vcpi.errors import AmbiguousCompoundError, UnknownCompoundError
from vcpi.naming import is_inchikey, is_skeleton, name_key
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

_VEHICLE = frozenset(("dmso", "dimethylsulfoxide", "dimethylsulphoxide", "vehicle", "control"))
# An id is exact, a display name is meant, a synonym is a second thought.
_PRECEDENCE = {"source_id": 0, "uuid": 0, "inchikey": 0, "name": 1, "synonym": 2}


@dataclass(frozen=True, slots=True)
class Resolution:
    """The compound that a text means, and what the reader should know about the choice."""

    compound_id: int
    caveats: tuple[str, ...] = ()


def resolve(connection: sqlite3.Connection, text: str, *, dataset_id: int | None = None) -> Resolution:
    """Find the compound that a name, synonym, source id, InChIKey or first block of one means.

    Names are compared without case, punctuation and blanks. A name that contradicts its structure does not count
    while another compound bears the name rightly. Of several stereo forms under one name the measured one is taken (in
    the dataset, where one is given), and the caveats name the others.

    Raises
    ------
    UnknownCompoundError
        Nothing answers to the text; the message suggests the nearest names.
    AmbiguousCompoundError
        Compounds of different skeletons do; the message lists them.
    """
    text = text.strip()
    if is_inchikey(text) or is_skeleton(text):
        return _by_inchikey(connection, text, dataset_id)
    found = read.find_names(connection, name_key(text))
    if not found:
        raise UnknownCompoundError(_unknown(connection, text))
    usable, caveats = _without_conflicts(found)
    best = min(_PRECEDENCE[row["kind"]] for row in usable)
    compounds = {row["compound_id"]: row for row in usable if _PRECEDENCE[row["kind"]] == best}
    others = {row["compound_id"]: row for row in usable if row["compound_id"] not in compounds}
    if others:
        caveats.append(f"{text!r} is also a synonym of {_listed(others.values())}")
    return _choose(text, _measured_first(connection, compounds.values(), dataset_id), caveats)


def _by_inchikey(connection: sqlite3.Connection, text: str, dataset_id: int | None) -> Resolution:
    """Find a compound by InChIKey, falling back to its first block."""
    found = read.find_inchikey(connection, text)
    caveats: list[str] = []
    if not found and "-" in text:
        found = read.find_inchikey(connection, text.split("-", maxsplit=1)[0])
        caveats.append(f"No compound has the InChIKey {text}; this one has the same skeleton")
    if not found:
        message = (
            f"No compound has the InChIKey {text} or its skeleton; list the compounds with 'vcpi export compounds'"
        )
        raise UnknownCompoundError(message)
    marks = ", ".join("?" for _ in found)
    rows = connection.execute(
        f"""SELECT c.compound_id, c.name AS display, c.inchikey, c.skeleton,
              (SELECT count(*) FROM signature s WHERE s.compound_id = c.compound_id) AS n_signatures,
              (SELECT count(*) FROM form f WHERE f.compound_id = c.compound_id) AS n_forms,
              (SELECT source_compound_id FROM form f WHERE f.compound_id = c.compound_id ORDER BY form_id LIMIT 1)
                AS source_id
            FROM compound c WHERE compound_id IN ({marks}) ORDER BY compound_id""",  # noqa: S608
        found,
    )
    return _choose(text, _measured_first(connection, map(dict, rows), dataset_id), caveats)


def _without_conflicts(found: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Leave out names that contradict their structure while a rightful bearer is there; else say so."""
    rightful = [row for row in found if not row["conflict"]]
    doubtful = {row["compound_id"]: row["conflict"] for row in found if row["conflict"]}
    if not rightful:
        return list(found), list(doubtful.values())
    bearers = {row["compound_id"] for row in rightful}
    return rightful, [f"Left out: {text}" for compound_id, text in doubtful.items() if compound_id not in bearers]


def _choose(text: str, rows: list[dict[str, Any]], caveats: list[str]) -> Resolution:
    """Take the one compound, or the first of several stereo forms, or refuse."""
    if len(rows) == 1:
        return Resolution(rows[0]["compound_id"], tuple(caveats))
    skeletons = {row["skeleton"] for row in rows}
    if len(skeletons) > 1 or None in skeletons:
        message = (
            f"{text!r} names {len(rows)} different compounds: {_listed(rows)}; ask with one of these InChIKeys or ids"
        )
        raise AmbiguousCompoundError(message)
    note = f"{text!r} names {len(rows)} stereo forms: {_listed(rows)}; the first is taken"
    return Resolution(rows[0]["compound_id"], (*caveats, note))


def _measured_first(
    connection: sqlite3.Connection, rows: Iterable[dict[str, Any]], dataset_id: int | None
) -> list[dict[str, Any]]:
    """Order compounds: measured in the dataset, measured at all, known from most sources."""
    query = "SELECT DISTINCT compound_id FROM signature WHERE dataset_id = ?"
    here = {row[0] for row in connection.execute(query, [dataset_id])}
    return sorted(
        rows,
        key=lambda row: (row["compound_id"] not in here, row["n_signatures"] == 0, -row["n_forms"], row["compound_id"]),
    )


def _listed(rows: Any) -> str:  # noqa: ANN401  an iterable of rows of either query
    """List compounds by name and InChIKey."""
    return ", ".join(
        f"{row['display']} ({row['inchikey'] or 'id ' + str(row['source_id']) + ', no structure'})" for row in rows
    )


def suggest(connection: sqlite3.Connection, text: str, *, n: int = 5) -> list[str]:
    """Return the names nearest to a text, best first."""
    by_key: dict[str, str] = {}
    for name in read.names_like(connection, text):
        by_key.setdefault(name_key(name), name)
    return [by_key[key] for key in get_close_matches(name_key(text), list(by_key), n=n, cutoff=0.6)]


def _unknown(connection: sqlite3.Connection, text: str) -> str:
    """Say that nothing answers to a text, with the nearest names."""
    shown = text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004
    if name_key(text) in _VEHICLE:
        return f"{shown!r} is the vehicle, which compounds are compared with; name a compound"
    near = suggest(connection, text)
    if near:
        return f"No compound is called {shown!r}; the nearest names are {', '.join(near)}"
    return f"No compound is called {shown!r}; give a name, source id, InChIKey or SMILES, or list them with 'vcpi export compounds'"
