"""Compound facts into the workspace: documents joined to compounds, all of a call or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.assemble.compounds import reference_names, write_compounds
from vcpi.assemble.publish import build_structure_index, writing
from vcpi.assemble.report import IngestReport, versions
from vcpi.errors import DataError, StructureParseError
from vcpi.ingest.facts import read_facts, shipped_fact_files
from vcpi.naming import name_key
from vcpi.records import CompoundRow
from vcpi.store import read, write
from vcpi.store.facts import Join, put_facts
from vcpi.structure.identity import standardize_many

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlite_utils import Database

    from vcpi.facts import FactCompound
    from vcpi.ingest.facts import FactSource
    from vcpi.records import Structure

_MOST_NOTES = 5


def ingest_facts(home: Path, paths: Sequence[Path]) -> IngestReport:
    """Read fact files and join each compound that they speak of to the compounds of the workspace.

    A compound is joined by InChIKey, else by the first block of it where one compound has that, else by name where no
    structures contradict. One that is not there is added where the file draws it, and is kept unjoined, with the reason,
    where it does not. A document that was read before is replaced.

    Parameters
    ----------
    home
        Folder of the workspace.
    paths
        Fact files; those that vcpi brings where empty.

    Raises
    ------
    DataError
        A file is malformed, draws what is no structure or another than its InChIKey says, or two files hold one
        document. The workspace is as it was.
    """
    sources = [read_facts(path) for path in (paths or shipped_fact_files())]
    _refuse_repeats(sources)
    structures = [_structures(source) for source in sources]
    counts = dict.fromkeys(("documents", "compounds", "joined", "added", "unjoined", "facts"), 0)
    notes: list[str] = []
    with writing(home) as database:
        label = ", ".join(source.file.name for source in sources)
        files = [source.file for source in sources]
        ingest_id = write.start_ingest(database, verb="ingest facts", source=label, files=files, versions=versions())
        for source, drawn in zip(sources, structures, strict=True):
            _forget_names(database, _name_source(source))
            joins = [_enter(database, source, place, drawn.get(place)) for place in range(len(source.facts.compounds))]
            if put_facts(database, source.facts, joins, ingest_id=ingest_id):
                notes.append(f"{source.facts.document.id} was there before and is replaced")
            notes += _told(source, joins)
            counts["documents"] += 1
            counts["compounds"] += len(joins)
            counts["joined"] += sum(join.joined_by not in {None, "added"} for join in joins)
            counts["added"] += sum(join.joined_by == "added" for join in joins)
            counts["unjoined"] += sum(join.compound_id is None for join in joins)
            counts["facts"] += source.facts.n_facts
        if counts["added"] or read.artifact(database.conn, kind="fingerprints", dataset_id=0) is None:
            build_structure_index(database, home)
        write.finish_ingest(database, ingest_id, counts)
    return IngestReport(verb="ingest facts", source=label, counts=counts, notes=tuple(notes))


def _refuse_repeats(sources: Sequence[FactSource]) -> None:
    """Refuse one document in two files of a call."""
    seen: dict[str, str] = {}
    for source in sources:
        key = source.facts.document.id
        if key in seen:
            raise DataError(f"{source.file.name}, document.id: {key!r} is that of {seen[key]} too; give each its own")
        seen[key] = source.file.name


def _structures(source: FactSource) -> dict[int, Structure]:
    """Standardize what a file draws, by the place of the compound."""
    drawn = {place: one.smiles for place, one in enumerate(source.facts.compounds) if one.smiles is not None}
    found: dict[int, Structure] = {}
    for place, outcome in zip(drawn, standardize_many(list(drawn.values())), strict=True):
        if isinstance(outcome, StructureParseError):
            raise source.fault(f"compounds[{place}].smiles", str(outcome))
        given = source.facts.compounds[place].inchikey
        if given is not None and given != outcome.inchikey:
            raise source.fault(f"compounds[{place}].inchikey", f"{given}; the SMILES beside it has {outcome.inchikey}")
        found[place] = outcome
    return found


def _enter(database: Database, source: FactSource, place: int, structure: Structure | None) -> Join:
    """Join a compound of a file, or add it, and enter its names."""
    compound = source.facts.compounds[place]
    inchikey = structure.inchikey if structure else compound.inchikey
    join = _join(database, compound, inchikey)
    if join.compound_id is None and structure is not None:
        row = CompoundRow(
            file=source.file.name,
            row=source.line(f"compounds[{place}]"),
            names=(compound.name, *(name.name for name in compound.names)),
            smiles=compound.smiles,
        )
        (compound_id,) = write_compounds(database, [row], source=_name_source(source)).compound_ids
        join = Join(compound_id=compound_id, joined_by="added" if compound_id else None, reason=join.reason)
    if join.compound_id is not None:
        _enter_names(database, join.compound_id, compound, source=_name_source(source))
    return join


def _join(database: Database, compound: FactCompound, inchikey: str | None) -> Join:
    """Find the compound of the store that is meant."""
    reason = "no compound in the workspace has this name"
    if inchikey is not None:
        reason = "no compound in the workspace has this InChIKey, skeleton or name"
        if found := read.find_inchikey(database.conn, inchikey):
            return Join(compound_id=found[0], joined_by="inchikey")
        found = read.find_inchikey(database.conn, inchikey.split("-", maxsplit=1)[0])
        if len(found) == 1:
            return Join(compound_id=found[0], joined_by="skeleton")
        if found:
            reason = f"{len(found)} compounds of the workspace have this skeleton, none this InChIKey"
    # what has a structure of its own must not be joined by name against it
    only = "AND c.inchikey IS NULL" if inchikey is not None else ""
    for name in (compound.name, *(one.name for one in compound.names)):
        query = f"""SELECT DISTINCT n.compound_id FROM name n JOIN compound c USING (compound_id) WHERE n.key = ?
                    AND n.conflict IS NULL AND n.kind IN ('name', 'synonym') {only}"""  # noqa: S608
        named = [row[0] for row in database.execute(query, [name_key(name)])]
        if len(named) == 1:
            return Join(compound_id=named[0], joined_by="name")
        if named:
            reason = f"{name!r} names {len(named)} compounds of the workspace; give an InChIKey"
    return Join(compound_id=None, reason=reason)


def _enter_names(database: Database, compound_id: int, compound: FactCompound, *, source: str) -> None:
    """Let a compound be found by what a document calls it: names, codes, misprints, catalogue numbers with a letter."""
    query = "SELECT skeleton FROM compound WHERE compound_id = ?"
    (skeleton,) = database.execute(query, [compound_id]).fetchone()
    known = {row[0] for row in database.execute("SELECT key FROM name WHERE compound_id = ?", [compound_id])}
    numbers = [one.number for one in compound.catalogue if any(letter.isalpha() for letter in one.number)]
    reference = reference_names()
    for name in (compound.name, *(one.name for one in compound.names), *numbers):
        if name_key(name) not in known:
            conflict = reference.conflict(name, skeleton, source=source)
            write.add_name(database, compound_id, name, kind="synonym", source=source, conflict=conflict)


def _forget_names(database: Database, source: str) -> None:
    """Take away the names that an earlier reading of a document brought, where another name remains."""
    rows = database.execute(
        """SELECT name_id FROM name n WHERE source = ? AND kind = 'synonym' AND EXISTS
           (SELECT 1 FROM name o WHERE o.compound_id = n.compound_id AND o.source != n.source)""",
        [source],
    ).fetchall()
    for (name_id,) in rows:
        database.execute("DELETE FROM name_fts WHERE rowid = ?", [name_id])
        database.execute("DELETE FROM name WHERE name_id = ?", [name_id])


def _name_source(source: FactSource) -> str:
    """Say where the names of a document come from."""
    return f"facts {source.facts.document.id}"


def _told(source: FactSource, joins: Sequence[Join]) -> list[str]:
    """Say which compounds could not be joined, the first few."""
    unjoined = [
        (one.name, join) for one, join in zip(source.facts.compounds, joins, strict=True) if not join.compound_id
    ]
    lines = [f"{name} is kept unjoined: {join.reason}" for name, join in unjoined[:_MOST_NOTES]]
    if len(unjoined) > _MOST_NOTES:
        lines.append(
            f"{len(unjoined) - _MOST_NOTES} more of {source.file.name} are kept unjoined; see 'vcpi facts list'"
        )
    return lines
