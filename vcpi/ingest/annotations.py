"""What is known of compounds, joined to them by InChIKey, source id or name: synonyms, class, MoA, target."""

from __future__ import annotations

from pathlib import Path

from vcpi.ingest.columns import COMPOUND_FIELDS, find_fields, require_fields
from vcpi.ingest.compounds import CompoundTable, compounds_of
from vcpi.ingest.tables import read_table
from vcpi.records import CompoundRow


def read_annotations(path: Path) -> CompoundTable:
    """Read a table of annotations.

    Parameters
    ----------
    path
        CSV, TSV (either may be gzip) or parquet. Values of one cell are parted at ``|`` and ``;``, targets at
        commas too.

    Returns
    -------
    CompoundTable
        A row without InChIKey, id and name, or with nothing to say beside one of them, is rejected.

    Raises
    ------
    DataError
        The file cannot be read, or has no column to join by.
    """
    table = read_table(path)
    fields = find_fields(table.columns, COMPOUND_FIELDS, rows=table.rows)
    require_fields(table, fields, ("inchikey", "source_compound_id", "compound_uuid", "name"), COMPOUND_FIELDS)
    return compounds_of(table, fields, keep=_why_no_annotation)


def _why_no_annotation(row: CompoundRow) -> str | None:
    """Say why a row adds nothing to any compound."""
    keys = [key for key in (row.inchikey, row.source_compound_id, row.compound_uuid, *row.names) if key]
    if not keys:
        return "row has no InChIKey, id or name to join by"
    if not row.annotations and len(keys) == 1:
        return "row says nothing beside the key it is joined by; expected also a name, synonym, class, moa or target"
    return None
