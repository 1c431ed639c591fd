"""The card of a compound: what it is, what documents report of it, whether it was measured here, and what is like it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from vcpi.database.fact_identity import check_facts
from vcpi.database.queries import find
from vcpi.errors import InputError
from vcpi.store import read
from vcpi.store.facts import FactsOfCompound, fact_documents, facts_of_compound, get_facts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from vcpi.database.conflicts import Conflict
    from vcpi.database.core import Database
    from vcpi.facts import FactFile
    from vcpi.records import Compound

N_NEAREST = 5
MOST_CHECKED = 2_000  # facts of a document: beyond, a card does not check it anew each time


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundCard:
    """A compound with what is reported of it.

    Attributes
    ----------
    compound
        Identity, names, descriptors, annotations and signatures.
    facts
        One entry for each document that speaks of it.
    conflicts
        What in those documents does not go together, as far as it is about this compound.
    nearest_measured
        The compounds with a signature that look most like it: name, InChIKey, compound_id, tanimoto.
    """

    compound: Compound
    facts: tuple[FactsOfCompound, ...]
    conflicts: tuple[Conflict, ...]
    nearest_measured: tuple[dict[str, Any], ...]

    @property
    def measured(self) -> bool:
        """Whether the workspace holds a signature of it."""
        return bool(self.compound.signatures)

    @property
    def potencies(self) -> list[str]:
        """Each reported figure as one text: ``mTOR IC50 = 0.2 nM``."""
        return [
            f"{one.target} {one.measure} {one.relation} {one.value:g} {one.unit}"
            for entry in self.facts
            for one in entry.facts.measurements
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the card as JSON holds it: the fields of the compound, and beside them what is reported."""
        return {
            **asdict(self.compound),
            "measured": self.measured,
            "nearest_measured": list(self.nearest_measured),
            "facts": [{"joined_by": entry.joined_by, **asdict(entry.facts)} for entry in self.facts],
            "conflicts": [asdict(conflict) for conflict in self.conflicts],
        }


def card_of(database: Database, name: str) -> CompoundCard:
    """Make the card of a compound, measured or not.

    Parameters
    ----------
    database
        An open workspace.
    name
        As in :meth:`vcpi.database.Database.compound`.

    Raises
    ------
    UnknownCompoundError
        Nothing in the workspace answers to it.
    InputError
        It is a structure that the workspace does not hold.
    """
    compound = database.compound(name)
    connection = database._connection
    facts = facts_of_compound(connection, compound.compound_id)
    query = find(connection, compound.inchikey or name)
    near = database._measured_analogs(query, None, n=N_NEAREST)
    return CompoundCard(
        compound=compound,
        facts=tuple(facts),
        conflicts=tuple(_conflicts(connection, facts)),
        nearest_measured=tuple(
            {"name": one.name, "inchikey": one.inchikey, "compound_id": one.compound_id, "tanimoto": one.tanimoto}
            for one in near
        ),
    )


def check_documents(database: Database, keys: Sequence[str] = ()) -> list[tuple[FactFile, list[Conflict]]]:
    """Check the documents of a workspace, those with these ids or all.

    Raises
    ------
    InputError
        The workspace holds no document of an id.
    """
    connection = database._connection
    known = [entry["id"] for entry in fact_documents(connection)]
    for key in keys:
        if key not in known:
            message = f"No document is called {key!r}; the workspace holds: {', '.join(known) or 'none'}"
            raise InputError(message)
    return [_checked(connection, key) for key in (keys or known)]


def list_documents(database: Database) -> list[dict[str, Any]]:
    """Return what documents the workspace holds, with how many facts, and which compounds are not joined and why."""
    return fact_documents(database._connection)


def _checked(connection: sqlite3.Connection, key: str) -> tuple[FactFile, list[Conflict]]:
    """Check a document, with the structures of the compounds that it is joined to."""
    found = get_facts(connection, key)
    if found is None:
        message = f"No document is called {key!r}"
        raise InputError(message)
    facts, compound_ids = found
    labels = read.labels(connection, list(compound_ids.values()))
    smiles = {name: labels[number]["smiles"] for name, number in compound_ids.items() if labels[number]["smiles"]}
    return facts, check_facts(facts, smiles=smiles)


def _conflicts(connection: sqlite3.Connection, entries: Sequence[FactsOfCompound]) -> list[Conflict]:
    """Return what does not go together about a compound, in each document."""
    found: list[Conflict] = []
    for entry in entries:
        key, compound = entry.facts.document.id, entry.facts.compounds[0].key
        query = "SELECT count(*) FROM fact JOIN fact_document USING (document_id) WHERE key = ?"
        if connection.execute(query, [key]).fetchone()[0] <= MOST_CHECKED:
            _, conflicts = _checked(connection, key)
            found += [one for one in conflicts if one.compound == compound and one.level != "agrees"]
    return found
