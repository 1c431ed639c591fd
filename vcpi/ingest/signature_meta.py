"""What is known of a signature: from beside it in its file, and from a table of compounds or of signatures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vcpi.errors import InputError
from vcpi.ingest.columns import COMPOUND_FIELDS, SIGNATURE_FIELDS, Fields, clean_id, column_key, find_fields
from vcpi.ingest.compounds import CompoundTable, compound_row
from vcpi.ingest.matrix import Axis
from vcpi.ingest.tables import Cells, Table, read_table
from vcpi.records import CompoundRow, SignatureRow, SourceFile
from vcpi.units import is_missing, parse_dose, parse_time

_JOIN_FIELDS = ("source_signature_id", "source_compound_id", "name", "inchikey")


class Joined:
    """A table of compounds or of signatures, found by any of its columns of ids.

    Parameters
    ----------
    table
        What was read.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.files: tuple[SourceFile, ...] = (table.file,)
        self.compound_fields = find_fields(table.columns, COMPOUND_FIELDS, rows=table.rows)
        self.fields = find_fields(table.columns, SIGNATURE_FIELDS)
        self._indexes = {place: self._index(place) for place in self._key_places()}

    def share(self, ids: Sequence[str]) -> float:
        """Return the share of ids that the best column holds."""
        counts = [sum(_key(name) in index for name in ids) for index in self._indexes.values()]
        return max(counts, default=0) / max(len(ids), 1)

    def best(self, ids: Sequence[str]) -> tuple[int | None, dict[str, int]]:
        """Return the column that holds most of the ids, and its index; None where none holds any."""
        counts = {place: sum(_key(name) in index for name in ids) for place, index in self._indexes.items()}
        place = max(counts, key=lambda at: counts[at], default=None)
        return (None, {}) if place is None or not counts[place] else (place, self._indexes[place])

    def describes_signatures(self, place: int | None) -> bool:
        """Whether the rows that a column names are of one signature each, not of one compound."""
        if place is None or place in self.fields.places.get("source_signature_id", ()):
            return place is not None
        named = {at for field in _JOIN_FIELDS for at in self.compound_fields.places.get(field, ())}
        return place not in named and any(field in self.fields for field in ("dose", "time", "cell_line"))

    def _key_places(self) -> list[int]:
        """List the columns that may hold ids: those known by name, then any whose texts are all different."""
        named = [self.fields.places.get(field, ()) for field in _JOIN_FIELDS]
        named += [self.compound_fields.places.get(field, ()) for field in _JOIN_FIELDS]
        rows = self.table.rows
        for place in range(len(self.table.columns)):
            texts = {cells[place] for _, cells in rows}
            if len(texts) == len(rows) and not any(text.replace(".", "", 1).isdecimal() for text in texts):
                named.append((place,))
        return list(dict.fromkeys(place for places in named for place in places))

    def _index(self, place: int) -> dict[str, int]:
        """Index one column: id → place of its first row."""
        index: dict[str, int] = {}
        for at, (_, cells) in enumerate(self.table.rows):
            if not is_missing(cells[place]):
                index.setdefault(_key(cells[place]), at)
        return index


def read_joined(path: Path) -> Joined:
    """Read a table of compounds or of signatures.

    Raises
    ------
    DataError
        The file cannot be read as a table.
    """
    return Joined(read_table(path))


class SignatureReader:
    """Reads what is known of the signatures of one file.

    Parameters
    ----------
    file
        Its name.
    axis
        The side of the matrix that is the signatures.
    joined
        A table that says more, or None.
    """

    def __init__(self, file: str, axis: Axis, joined: Joined | None) -> None:
        self.file, self.axis, self.joined = file, axis, joined
        self.fields = find_fields(axis.columns, SIGNATURE_FIELDS)
        self.compound_fields = find_fields(axis.columns, COMPOUND_FIELDS)
        self._place, self._index = joined.best(axis.ids) if joined else (None, {})
        self._own: dict[str, CompoundRow] = {}
        self._bare_doses = 0
        self._lost: list[str] = []
        self._unread: list[str] = []
        self.ids = self._ids()

    def compounds(self, signatures: Sequence[SignatureRow]) -> CompoundTable:
        """Return the compounds of the signatures, then the further rows of the compound table."""
        rows = dict(self._own)
        wanted = {row.source_compound_id for row in signatures}
        rows = {name: row for name, row in rows.items() if name in wanted}
        if self.joined is None:
            return CompoundTable(rows=tuple(rows.values()))
        table = self.joined.table
        if not self.joined.describes_signatures(self._place):
            for number, cells in table.rows:
                row = compound_row(table.file.name, number, cells, self.joined.compound_fields)
                if row.source_compound_id:
                    rows.setdefault(row.source_compound_id, row)
        return CompoundTable(rows=tuple(rows.values()), rejected=table.rejected, files=(table.file,))

    def notes(self) -> list[str]:
        """Say what could not be joined or read."""
        notes = []
        if self._lost and self.joined is not None:
            shown = ", ".join(self._lost[:3]) + ("…" if len(self._lost) > 3 else "")  # noqa: PLR2004
            notes.append(f"{len(self._lost)} signatures are not in {self.joined.files[0].name}: {shown}")
        if self._bare_doses:
            notes.append(f"{self._bare_doses} doses have no unit and are not used")
        if self._unread:
            notes.append(f"{len(self._unread)} doses or times cannot be read and are unknown: {self._unread[0]}")
        return notes

    def read(self, place: int) -> SignatureRow:
        """Read what is known of one signature; a dose or time that cannot be read is unknown, and noted."""
        sources = self._sources(place)
        if self.joined is not None and len(sources) == 1:
            self._lost.append(self.axis.ids[place])
        compound = self._compound(place)
        name = compound.names[0] if compound.names else None
        row = SignatureRow(
            file=self.file,
            row=self.axis.row(place),
            source_signature_id=self.ids[place],
            source_compound_id=compound.source_compound_id,
            name=name,
            dose_um=self._dose(sources),
            time_h=self._time(sources),
            cell_line=_first(sources, "cell_line"),
            n_replicates=_whole(_first(sources, "n_replicates")),
            extra=self._extra(place),
        )
        self._own.setdefault(compound.source_compound_id or "", compound)
        return row

    def _sources(self, place: int) -> list[tuple[Fields, Cells]]:
        """List where fields are looked for: beside the signature, then in the joined table."""
        sources: list[tuple[Fields, Cells]] = [(self.fields, self._beside(place))]
        at = self._index.get(_key(self.axis.ids[place]))
        if self.joined is not None and at is not None:
            sources.append((self.joined.fields, self.joined.table.rows[at][1]))
        return sources

    def _beside(self, place: int) -> Cells:
        """Return the cells beside a signature."""
        return self.axis.cells[place] if self.axis.cells else ()

    def _compound(self, place: int) -> CompoundRow:
        """Say whose signature this is: by the joined table, by what stands beside it, else by its own id."""
        own_id = self.axis.ids[place]
        row = compound_row(self.file, self.axis.row(place), self._beside(place), self.compound_fields)
        at = self._index.get(_key(own_id))
        if self.joined is not None and at is not None:
            number, cells = self.joined.table.rows[at]
            told = compound_row(self.joined.table.file.name, number, cells, self.joined.compound_fields)
            row = replace(
                told,
                source_compound_id=told.source_compound_id or row.source_compound_id,
                names=told.names or row.names,
                smiles=told.smiles or row.smiles,
                inchikey=told.inchikey or row.inchikey,
                annotations=told.annotations or row.annotations,
            )
        if column_key(self.axis.name) in SIGNATURE_FIELDS["source_compound_id"] and not row.source_compound_id:
            row = replace(row, source_compound_id=own_id)
        known = row.source_compound_id or (row.names[0] if row.names else None) or row.inchikey
        nameless = known is None and not (row.smiles or row.molblock)
        names = (own_id,) if nameless and any(letter.isalpha() for letter in own_id) else row.names
        return replace(row, source_compound_id=known or own_id, names=names)

    def _dose(self, sources: Sequence[tuple[Fields, Cells]]) -> float | None:
        """Read the dose in µM; one without a unit is not used."""
        value, unit = _first(sources, "dose"), _first(sources, "dose_unit")
        if value is None:
            return None
        in_um = any("dose" in fields and self._is_um(fields) for fields, _ in sources)
        bare = unit is None and value.replace(".", "", 1).replace("-", "", 1).isdecimal()
        if bare and not in_um:
            self._bare_doses += 1
            return None
        try:
            return parse_dose(value, "uM" if bare else unit)
        except InputError as error:
            self._unread.append(str(error))
            return None

    def _time(self, sources: Sequence[tuple[Fields, Cells]]) -> float | None:
        """Read the time in hours."""
        try:
            return parse_time(_first(sources, "time"), _first(sources, "time_unit"))
        except InputError as error:
            self._unread.append(str(error))
            return None

    def _is_um(self, fields: Fields) -> bool:
        """Whether the column of doses says µM in its name."""
        columns = self.axis.columns if fields is self.fields else self.joined.table.columns if self.joined else ()
        return column_key(columns[fields.places["dose"][0]]) == "dose_um"

    def _extra(self, place: int) -> tuple[tuple[str, str], ...]:
        """Keep what has no field of its own, as it was written."""
        cells = self._beside(place)
        extra = _unused(self.axis.columns, cells, self.fields) if cells else {}
        at = self._index.get(_key(self.axis.ids[place]))
        if self.joined is not None and at is not None and self.joined.describes_signatures(self._place):
            extra |= _unused(self.joined.table.columns, self.joined.table.rows[at][1], self.joined.fields)
        return tuple(extra.items())

    def _ids(self) -> tuple[str, ...]:
        """Name the signatures; where compounds stand for them, dose, time and cell line tell those of one apart."""
        ids = tuple(clean_id(name) or "" for name in self.axis.ids)
        repeated = max(Counter(ids).values(), default=1) > 1
        is_compound = column_key(self.axis.name) not in SIGNATURE_FIELDS["source_signature_id"]
        if not repeated or not is_compound or not self.axis.cells:
            return ids
        told = ("dose", "dose_unit", "time", "time_unit", "cell_line")
        parts = [[self.fields.first(cells, field) for field in told] for cells in self.axis.cells]
        return tuple("|".join([name, *filter(None, part)]) for name, part in zip(ids, parts, strict=True))


def _first(sources: Sequence[tuple[Fields, Cells]], field: str) -> str | None:
    """Return a field from the first source that has it."""
    return next((value for fields, cells in sources if cells and (value := fields.first(cells, field))), None)


def _unused(columns: Sequence[str], cells: Cells, fields: Fields) -> dict[str, str]:
    """Return the columns that are no fields."""
    used = {place for places in fields.places.values() for place in places}
    return {
        column: cell
        for place, (column, cell) in enumerate(zip(columns, cells, strict=True))
        if place not in used and cell
    }


def _whole(text: str | None) -> int | None:
    """Read a whole number of 1 or more, perhaps written with decimals."""
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return int(number) if 1 <= number < 1e9 else None  # noqa: PLR2004


def _key(name: str) -> str:
    """Write an id so that the spellings of two files agree."""
    return (clean_id(name) or "").casefold()
