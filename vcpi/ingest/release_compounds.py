"""The compounds of a release: those of its chemistry, and those that only its metadata names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vcpi.ingest.compounds import CompoundTable
from vcpi.records import CompoundRow, SampleRow


def named_controls(chemistry: CompoundTable) -> tuple[CompoundRow, ...]:
    """Take an id that is a word, as those of controls are, for a name too."""
    return tuple(_with_name(row) for row in chemistry.rows)


def _with_name(row: CompoundRow) -> CompoundRow:
    """Name a compound by its id where that is a word and there is no name."""
    name = row.source_compound_id
    if row.names or not name or not re.search(r"[A-Za-z]{3}", name):
        return row
    return CompoundRow(
        file=row.file,
        row=row.row,
        source_compound_id=name,
        compound_uuid=row.compound_uuid,
        names=(name,),
        smiles=row.smiles,
        molblock=row.molblock,
        inchikey=row.inchikey,
        annotations=row.annotations,
    )


def all_compounds(
    chemistry: CompoundTable | None, drawn: Sequence[CompoundRow], samples: Sequence[SampleRow]
) -> CompoundTable:
    """Add the compounds that only the metadata names to those of the chemistry."""
    ids = {row.source_compound_id for row in drawn}
    uuids = {row.compound_uuid for row in drawn if row.compound_uuid}
    extra: dict[str, CompoundRow] = {}
    for sample in samples:
        name = sample.source_compound_id or sample.compound_uuid
        if name is None or sample.source_compound_id in ids or (sample.compound_uuid in uuids):
            continue
        row = CompoundRow(
            file=sample.file,
            row=sample.row,
            source_compound_id=sample.source_compound_id,
            compound_uuid=sample.compound_uuid,
        )
        extra.setdefault(name, _with_name(row))
    return CompoundTable(
        rows=(*drawn, *extra.values()),
        rejected=chemistry.rejected if chemistry else (),
        files=chemistry.files if chemistry else (),
        notes=chemistry.notes if chemistry else (),
    )
