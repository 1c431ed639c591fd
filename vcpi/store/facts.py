"""Compound facts in the store: a document, the compounds it speaks of, and each fact as a row of JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from vcpi.facts import KINDS, Document, FactCompound, FactFile, from_plain, hints_of, to_plain
from vcpi.store.write import canonical_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from sqlite_utils import Database

    from vcpi.facts import Table

_RECORDS = {kind: get_args(hints_of(FactFile)[kind])[0] for kind in KINDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Which compound of the store a document speaks of.

    Attributes
    ----------
    compound_id
        None where it is none of the store; ``reason`` then says why.
    joined_by
        ``inchikey``, ``skeleton`` or ``name``; ``added`` where the structure came from the document.
    """

    compound_id: int | None
    joined_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsOfCompound:
    """What one document says about one compound of the store: its :class:`~vcpi.facts.FactFile` cut down to that."""

    facts: FactFile
    joined_by: str


def put_facts(database: Database, facts: FactFile, joins: Sequence[Join], *, ingest_id: int) -> bool:
    """Enter a document, taking away what it said before; return whether it was there before.

    Parameters
    ----------
    database
        The store, inside its transaction.
    facts
        What the document says.
    joins
        One for each of its compounds.
    ingest_id
        The ingest that brings it.
    """
    was_there = remove_facts(database, facts.document.id)
    cursor = database.execute(
        "INSERT INTO fact_document (key, ingest_id, body) VALUES (?, ?, ?)",
        [facts.document.id, ingest_id, _json(facts.document)],
    )
    document_id = cursor.lastrowid
    subjects: dict[str | None, int | None] = {None: None}
    for compound, join in zip(facts.compounds, joins, strict=True):
        cursor = database.execute(
            "INSERT INTO fact_subject (document_id, key, compound_id, joined_by, reason, body) VALUES (?, ?, ?, ?, ?, ?)",
            [document_id, compound.key, join.compound_id, join.joined_by, join.reason, _json(compound)],
        )
        subjects[compound.key] = cursor.lastrowid
    rows = [
        (document_id, subjects[getattr(entry, "compound", None)], kind, place, _json(entry))
        for kind in KINDS
        for place, entry in enumerate(getattr(facts, kind))
    ]
    sql = "INSERT INTO fact (document_id, subject_id, kind, place, body) VALUES (?, ?, ?, ?, ?)"
    database.conn.executemany(sql, rows)
    return was_there


def remove_facts(database: Database, key: str) -> bool:
    """Take a document away with all it says; return whether it was there."""
    for table in ("fact", "fact_subject"):
        sql = f"DELETE FROM {table} WHERE document_id IN (SELECT document_id FROM fact_document WHERE key = ?)"  # noqa: S608
        database.execute(sql, [key])
    return database.execute("DELETE FROM fact_document WHERE key = ?", [key]).rowcount > 0


def fact_documents(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return the documents by key: title, kind, how many compounds are joined, the unjoined with reasons, facts by kind."""
    found = []
    for document_id, key, body in connection.execute("SELECT document_id, key, body FROM fact_document ORDER BY key"):
        document = _from(Document, body)
        subjects = connection.execute(
            "SELECT key, compound_id, reason FROM fact_subject WHERE document_id = ? ORDER BY subject_id", [document_id]
        ).fetchall()
        counts = connection.execute(
            "SELECT kind, count(*) FROM fact WHERE document_id = ? GROUP BY kind", [document_id]
        )
        held = dict(map(tuple, counts))
        found.append(
            {
                "id": key,
                "title": document.title,
                "kind": document.kind,
                "n_compounds": len(subjects),
                "n_joined": sum(row[1] is not None for row in subjects),
                "unjoined": {row[0]: row[2] or "its compound was removed" for row in subjects if row[1] is None},
                **{f"n_{kind}": held.get(kind, 0) for kind in KINDS},
            }
        )
    return found


def get_facts(connection: sqlite3.Connection, key: str) -> tuple[FactFile, dict[str, int]] | None:
    """Return everything a document says, equal to what was put, and the compound of each key that is joined to one."""
    row = connection.execute("SELECT document_id, body FROM fact_document WHERE key = ?", [key]).fetchone()
    if row is None:
        return None
    sql = "SELECT key, compound_id, body FROM fact_subject WHERE document_id = ? ORDER BY subject_id"
    subjects = connection.execute(sql, [row[0]]).fetchall()
    held = connection.execute("SELECT kind, body FROM fact WHERE document_id = ? ORDER BY kind, place", [row[0]])
    compounds = tuple(_from(FactCompound, body) for _, _, body in subjects)
    return _file(row[1], compounds, held.fetchall()), {
        name: number for name, number, _ in subjects if number is not None
    }


def facts_of_compound(connection: sqlite3.Connection, compound_id: int) -> list[FactsOfCompound]:
    """Return what each document says about a compound, with the references it cites for that, in the order of their keys."""
    sql = """SELECT s.subject_id, s.document_id, s.joined_by, s.body, d.body FROM fact_subject s
             JOIN fact_document d USING (document_id) WHERE s.compound_id = ? ORDER BY d.key, s.subject_id"""
    found = []
    for subject_id, document_id, joined_by, body, document in connection.execute(sql, [compound_id]).fetchall():
        held = connection.execute(
            """SELECT kind, body FROM fact WHERE document_id = ? AND (subject_id = ?
               OR (subject_id IS NULL AND kind IN ('tables', 'references'))) ORDER BY kind, place""",
            [document_id, subject_id],
        )
        facts = _file(document, (_from(FactCompound, body),), held.fetchall())
        found.append(FactsOfCompound(facts=_about(facts, facts.compounds[0].key), joined_by=joined_by))
    return found


def _about(facts: FactFile, key: str) -> FactFile:
    """Keep the rows of tables that name a compound, and the references that are cited."""
    tables = tuple(_rows_of(table, key) for table in facts.tables)
    entries = [entry for kind in KINDS for entry in getattr(facts, kind)]
    names = facts.compounds[0].names
    cited = {one for entry in (*entries, *names) for one in getattr(entry, "references", ())}
    return replace(
        facts,
        tables=tuple(table for table in tables if table.rows),
        references=tuple(reference for reference in facts.references if reference.id in cited),
    )


def _rows_of(table: Table, key: str) -> Table:
    """Keep a table about the compound as it is; of one about several, the rows of this one."""
    if table.compound is not None:
        return table
    return replace(table, rows=tuple(row for row in table.rows if row[0] == key))


def _file(document: str, compounds: tuple[FactCompound, ...], rows: Sequence[Any]) -> FactFile:
    """Put the rows of a document together."""
    lists: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for kind, body in rows:
        lists[kind].append(_from(_RECORDS[kind], body))
    found: FactFile = FactFile(
        document=_from(Document, document),
        compounds=compounds,
        **{kind: tuple(entries) for kind, entries in lists.items()},
    )
    return found


def _json(record: object) -> str:
    """Write a record."""
    return canonical_json(to_plain(record))


def _from(kind: type, body: str) -> Any:  # noqa: ANN401  the record that the kind names
    """Read a record."""
    return from_plain(kind, json.loads(body))
