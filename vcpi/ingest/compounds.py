"""Compounds from tables, SMILES files and SD files: who they are and how they are drawn, nothing parsed by RDKit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vcpi.errors import DataError
from vcpi.ingest.columns import COMPOUND_FIELDS, Fields, clean_id, find_fields, require_fields
from vcpi.ingest.files import source_file, text_lines
from vcpi.ingest.sdf import SdRecord, sd_records
from vcpi.ingest.tables import Cells, Table, read_table, reject, row_fault
from vcpi.records import CompoundRow, Rejected, SourceFile
from vcpi.units import is_missing

NO_STRUCTURE = frozenset({"control", "restricted"})
"""What sources write in a SMILES column for want of a structure, beside the usual missing values."""

_INCHIKEY = re.compile(r"[A-Z]{14}(?:-[A-Z]{10}-[A-Z])?\Z")
_SMILES_SUFFIXES = {".smi", ".smiles", ".ism"}
_TABLE_SUFFIXES = {".csv", ".tsv", ".parquet"}
_SD_SUFFIXES = {".sdf", ".sd", ".mol"}
_ANNOTATIONS = ("class", "moa", "target")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundTable:
    """Compounds of a source. ``n_read`` rows were in it; each is in ``rows`` or in ``rejected``."""

    rows: tuple[CompoundRow, ...]
    rejected: tuple[Rejected, ...] = ()
    files: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n_read(self) -> int:
        """Rows of the source that are not blank."""
        return len(self.rows) + len(self.rejected)


def read_compounds(path: Path) -> CompoundTable:
    """Read compounds from CSV, TSV, parquet, SMILES or SD files; text files may be gzip.

    Parameters
    ----------
    path
        The suffix tells SMILES files (``.smi``, ``.smiles``) and SD files (``.sdf``); all else is a table.

    Returns
    -------
    CompoundTable
        Rows as supplied; structures are not parsed. A row without id, name and structure is rejected.

    Raises
    ------
    DataError
        The file as a whole cannot be read.
    """
    kind = path.suffixes[-2] if path.suffix == ".gz" and len(path.suffixes) > 1 else path.suffix
    if kind.casefold() in _SMILES_SUFFIXES:
        return _gather(path, _smiles_rows(path))
    if kind.casefold() in _SD_SUFFIXES:
        return _gather(path, _sd_rows(path))
    wanted = ("smiles", "source_compound_id", "name", "inchikey")
    try:
        table = read_table(path)
        fields = find_fields(table.columns, COMPOUND_FIELDS, rows=table.rows)
        require_fields(table, fields, wanted, COMPOUND_FIELDS)
    except DataError as error:
        if kind.casefold() in _TABLE_SUFFIXES or not any(text in str(error) for text in ("no rows", "no column that")):
            raise
        raise DataError(f"{error}; name a file of SMILES lines with the suffix .smi, one of mol blocks .sdf") from error
    return compounds_of(table, fields, keep=_why_no_compound)


def compounds_of(table: Table, fields: Fields, *, keep: Callable[[CompoundRow], str | None]) -> CompoundTable:
    """Turn the rows of a table into compounds.

    Parameters
    ----------
    table
        What was read.
    fields
        Where its fields stand.
    keep
        Says why a row is rejected, or None.
    """
    rows: list[CompoundRow] = []
    rejected = list(table.rejected)
    for number, cells in table.rows:
        row = compound_row(table.file.name, number, cells, fields)
        reason = keep(row)
        if reason:
            rejected.append(reject(table.file.name, number, cells, reason))
        else:
            rows.append(row)
    rejected.sort(key=lambda fault: fault.row or 0)
    return CompoundTable(
        rows=tuple(rows), rejected=tuple(rejected), files=(table.file,), notes=_key_notes(table, fields)
    )


def compound_row(file: str, number: int, cells: Cells, fields: Fields) -> CompoundRow:
    """Read one row of a table as a compound."""
    names = dict.fromkeys((*fields.every(cells, "name"), *fields.every(cells, "synonyms")))
    uuid = fields.first(cells, "compound_uuid")
    return CompoundRow(
        file=file,
        row=number,
        source_compound_id=clean_id(fields.first(cells, "source_compound_id")),
        compound_uuid=uuid.casefold() if uuid else None,
        names=tuple(names),
        smiles=clean_smiles(fields.first(cells, "smiles")),
        inchikey=clean_inchikey(fields.first(cells, "inchikey")),
        annotations=tuple((kind, value) for kind in _ANNOTATIONS for value in fields.every(cells, kind)),
    )


def clean_smiles(value: str | None) -> str | None:
    """Take what stands for no structure as missing; a CXSMILES extension stays.

    Examples
    --------
    >>> clean_smiles("Control"), clean_smiles("-666"), clean_smiles(" CCO |c:1| ")
    (None, None, 'CCO |c:1|')
    """
    if value is None or is_missing(value) or value.strip().casefold() in NO_STRUCTURE:
        return None
    return value.strip()


def clean_inchikey(value: str | None) -> str | None:
    """Return an InChIKey or its first block in capitals, and None for what is neither.

    Examples
    --------
    >>> clean_inchikey("InChIKey=QFJCIRLUMZQUOT-HPLJOQBZSA-N"), clean_inchikey("unknown")
    ('QFJCIRLUMZQUOT-HPLJOQBZSA-N', None)
    """
    text = (value or "").strip().upper().removeprefix("INCHIKEY=")
    return text if _INCHIKEY.match(text) else None


def _why_no_compound(row: CompoundRow) -> str | None:
    """Say why a row is no compound."""
    known = row.source_compound_id or row.compound_uuid or row.names or row.smiles or row.molblock or row.inchikey
    return None if known else "row has no id, name or structure"


def _key_notes(table: Table, fields: Fields) -> tuple[str, ...]:
    """Say how many keys are no InChIKeys."""
    values = [(number, fields.first(cells, "inchikey")) for number, cells in table.rows]
    bad = [(number, value) for number, value in values if value and clean_inchikey(value) is None]
    if not bad:
        return ()
    return (
        f"{table.file.name}: {len(bad)} InChIKeys are malformed and not used, first {bad[0][1][:30]!r} in row {bad[0][0]}",
    )


def _gather(path: Path, rows: Iterator[CompoundRow | Rejected]) -> CompoundTable:
    """Part what was read from what was rejected."""
    file = source_file(path)
    found = list(rows)
    if not found:
        raise DataError(f"{path.name} is empty; expected compounds")
    return CompoundTable(
        rows=tuple(row for row in found if isinstance(row, CompoundRow)),
        rejected=tuple(row for row in found if isinstance(row, Rejected)),
        files=(file,),
    )


def _smiles_rows(path: Path) -> Iterator[CompoundRow | Rejected]:
    """Read lines of SMILES, perhaps a CXSMILES extension, and perhaps a name."""
    for number, line in enumerate(text_lines(path), start=1):
        text = line.strip()
        smiles, _, rest = text.partition("\t") if "\t" in text else text.partition(" ")
        if not text or text.startswith("#") or (number == 1 and smiles.casefold() in COMPOUND_FIELDS["smiles"]):
            continue
        if " " in smiles.strip():  # the extension, or a name before a tab that parts further columns
            smiles, _, before = smiles.partition(" ")
            rest = f"{before}\t{rest}"
        if rest.lstrip().startswith("|") and "|" in rest.lstrip()[1:]:
            extension, _, rest = rest.lstrip()[1:].partition("|")
            smiles = f"{smiles} |{extension}|"
        structure = clean_smiles(smiles)
        name = " ".join(rest.split("\t")[0].split()) or " ".join(rest.split())
        fault = row_fault([text], 1) or (None if structure else "row has no structure")
        if fault:
            yield reject(path.name, number, text, fault)
        else:
            names = () if is_missing(name) else (name,)
            yield CompoundRow(file=path.name, row=number, smiles=structure, names=names)


def _sd_rows(path: Path) -> Iterator[CompoundRow | Rejected]:
    """Read the records of an SD file."""
    for record in sd_records(path):
        if record.fault:
            yield reject(path.name, record.row, record.title, record.fault)
        else:
            yield _sd_row(path.name, record)


def _sd_row(file: str, record: SdRecord) -> CompoundRow:
    """Name one record by its data fields, and by its title."""
    fields = find_fields(tuple(record.data), COMPOUND_FIELDS, rows=((record.row, tuple(record.data.values())),))
    row = compound_row(file, record.row, tuple(record.data.values()), fields)
    title = None if is_missing(record.title) else record.title
    source_id, names = row.source_compound_id, row.names
    if title and title.isdigit() and source_id is None:
        source_id = title
    elif title and not title.isdigit() and title not in names:
        names = (*names, title) if names else (title,)
    return CompoundRow(
        file=file,
        row=record.row,
        source_compound_id=source_id,
        compound_uuid=row.compound_uuid,
        names=names,
        molblock=record.molblock,
        inchikey=row.inchikey,
        annotations=row.annotations,
    )
