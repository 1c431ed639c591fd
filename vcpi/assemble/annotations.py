"""Names, classes, mechanisms and targets from a table to the compounds that are in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.assemble.compounds import add_names, reference_names
from vcpi.assemble.publish import build_structure_index, writing
from vcpi.assemble.report import IngestReport, reasons, versions
from vcpi.ingest.annotations import read_annotations
from vcpi.naming import name_key
from vcpi.records import Rejected
from vcpi.store import read, write

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

    from vcpi.ingest.compounds import CompoundTable
    from vcpi.records import CompoundRow


def ingest_annotations(home: Path, path: Path) -> IngestReport:
    """Read a table of names, classes, mechanisms and targets and join it to the compounds of the workspace.

    A row is joined by InChIKey, else by the first block of it, else by source id, else by name.

    Raises
    ------
    DataError
        The file is unusable as a whole. The workspace is as it was.
    """
    table = read_annotations(path)
    with writing(home) as database:
        source = path.name
        ingest_id = write.start_ingest(
            database, verb="ingest annotations", source=source, files=table.files, versions=versions()
        )
        rejected = write_annotations(database, table, source=source)
        n_rejected = write.reject(database, ingest_id, rejected)
        build_structure_index(database, home)
        counts = {
            "rows": len(table.rows) + len(table.rejected),
            "joined": len(table.rows) + len(table.rejected) - n_rejected,
        }
        counts["rejected"] = n_rejected
        write.finish_ingest(database, ingest_id, counts)
        return IngestReport(verb="ingest annotations", source=source, counts=counts, first_reasons=reasons(rejected))


def write_annotations(database: Database, table: CompoundTable, *, source: str) -> list[Rejected]:
    """Join rows to compounds and enter what they say; return those that join to none."""
    rejected = list(table.rejected)
    reference = reference_names()
    for row in table.rows:
        compound_ids = _join(database, row)
        if not compound_ids:
            raw = " | ".join(part for part in (row.inchikey, row.source_compound_id, *row.names[:1]) if part)
            reason = "no compound in the workspace has this InChIKey, skeleton, id or name"
            rejected.append(Rejected(file=row.file, row=row.row, raw=raw, reason=reason))
            continue
        for compound_id in compound_ids:
            query = "SELECT skeleton FROM compound WHERE compound_id = ?"
            (skeleton,) = database.execute(query, [compound_id]).fetchone()
            add_names(database, compound_id, row, source=source, skeleton=skeleton, reference=reference)
            for kind, value in row.annotations:
                write.add_annotation(database, compound_id, kind=kind, value=value, source=source)
    return rejected


def _join(database: Database, row: CompoundRow) -> list[int]:
    """Find the compounds that a row speaks of: by the first key that finds any."""
    if row.inchikey:
        for key in (row.inchikey, row.inchikey.split("-", maxsplit=1)[0]):
            if found := read.find_inchikey(database.conn, key):
                return found
    if row.source_compound_id:
        query = "SELECT DISTINCT compound_id FROM form WHERE source_compound_id = ? ORDER BY 1"
        if found := [hit[0] for hit in database.execute(query, [row.source_compound_id])]:
            return found
    if row.inchikey:
        return []  # a name must not join what the structures keep apart
    for name in row.names[:1]:
        query = "SELECT DISTINCT compound_id FROM name WHERE key = ? AND conflict IS NULL AND kind IN ('name', 'synonym') ORDER BY 1"
        if found := [hit[0] for hit in database.execute(query, [name_key(name)])]:
            return found
    return []
