"""The metadata of a release: which well holds what, and which wells are vehicle."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vcpi.errors import DataError, InputError
from vcpi.ingest.columns import SAMPLE_FIELDS, Fields, clean_id, find_fields, require_fields
from vcpi.ingest.tables import Cells, Table, read_table, reject
from vcpi.records import Rejected, Role, SampleRow, SourceFile
from vcpi.units import is_missing, parse_bool, parse_dose, parse_time

VEHICLE_NAMES = frozenset({"dmso", "dimethylsulfoxide", "dimethylsulphoxide", "vehicle"})
"""Names of the vehicle, letters only. Nothing else is vehicle, whatever a control column says."""

CONTROL_NAMES = frozenset({"staurosporin", "staurosporine", "brefeldina", "trichostatina", "rigosertib"})
"""Names of the positive controls of VCPI, letters only."""

PUBLISHED = {
    "tvc-bhr-009": {"plates": 77, "wells": 29172, "DMSO wells": 616, "library compounds": 2277},
    "tvc-kdl-010": {"plates": 51, "wells": 19140, "DMSO wells": 408, "library compounds": 1493},
    "tvc-qnu-012": {"plates": 57, "wells": 21888, "DMSO wells": 456, "library compounds": 10256},
}
"""What the public releases held when they were published; one may change under its id."""

_CONTROL_TYPES = ("control", "poscon", "negcon", "vehicle", "dmso")
_SHOWN = 5
_LAST_POSITION = 10_000  # no plate has more rows or columns
_LONGEST_PLATE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTable:
    """The wells of a metadata file: each of its ``n_read`` rows is used, folded into an identical one, or rejected.

    ``named`` holds every id that the file names, in rows that were rejected too.
    """

    samples: tuple[SampleRow, ...]
    named: frozenset[str]
    rejected: tuple[Rejected, ...]
    n_read: int
    n_folded: int
    job_ids: tuple[str, ...]
    notes: tuple[str, ...]
    file: SourceFile


def read_samples(path: Path, *, ids_by_uuid: Mapping[str, str] | None = None) -> SampleTable:
    """Read the metadata of a release.

    Parameters
    ----------
    path
        CSV, TSV or parquet with a column ``sequenced_id`` and one that names the compound.
    ids_by_uuid
        UUID → id of the chemistry table, for metadata that has UUIDs alone.

    Raises
    ------
    DataError
        The file cannot be read, has no well, or lacks a column that is needed.
    """
    table = _read_metadata(path)
    fields = find_fields(table.columns, SAMPLE_FIELDS, rows=table.rows)
    require_fields(table, fields, ("sequenced_id",), SAMPLE_FIELDS)
    require_fields(table, fields, ("source_compound_id", "compound_uuid", "name"), SAMPLE_FIELDS)
    reader = _Reader(table=table, fields=fields, ids_by_uuid=ids_by_uuid or {})
    rejected = list(table.rejected)
    samples: list[SampleRow] = []
    unique, n_folded, twice = _fold(table, fields)
    rejected += twice
    for number, cells in unique:
        sample = reader.read(number, cells)
        if isinstance(sample, SampleRow):
            samples.append(sample)
        else:
            rejected.append(reject(table.file.name, number, cells, sample))
    return SampleTable(
        samples=tuple(samples),
        named=frozenset(clean_id(fields.first(cells, "sequenced_id")) or "" for _, cells in table.rows),
        rejected=tuple(rejected),
        n_read=table.n_read,
        n_folded=n_folded,
        job_ids=_job_ids(table, fields),
        notes=tuple(_notes(table, fields, samples, n_folded)),
        file=table.file,
    )


def published_notes(name: str, table: SampleTable) -> list[str]:
    """Compare a known release with what was published."""
    expected = PUBLISHED.get(name)
    if expected is None:
        return []
    samples = table.samples
    found = {
        "plates": len({sample.plate for sample in samples}),
        "wells": len(samples),
        "DMSO wells": sum(sample.role == "vehicle" for sample in samples),
        "library compounds": len({s.source_compound_id for s in samples if s.role == "library"}),
    }
    unlike = [f"{found[what]} {what} ({count} published)" for what, count in expected.items() if found[what] != count]
    return [f"{name} differs from the published release: {', '.join(unlike)}"] if unlike else []


def plain_name(name: str) -> str:
    """Write a name in small letters and digits alone.

    Examples
    --------
    >>> plain_name("Brefeldin-A"), plain_name("dimethyl sulfoxide")
    ('brefeldina', 'dimethylsulfoxide')
    """
    return re.sub(r"[^a-z0-9]", "", name.casefold())


@dataclass(slots=True)
class _Reader:
    """Reads the rows of one metadata table and counts what was odd."""

    table: Table
    fields: Fields
    ids_by_uuid: Mapping[str, str]

    def read(self, number: int, cells: Cells) -> SampleRow | str:
        """Read one row, or say why it cannot be used."""
        try:
            return self._sample(number, cells)
        except InputError as error:
            return str(error)

    def _sample(self, number: int, cells: Cells) -> SampleRow:
        """Read one row."""
        first = self.fields.first
        uuid = first(cells, "compound_uuid")
        uuid = uuid.casefold() if uuid else None
        name = first(cells, "name")
        source_id = clean_id(first(cells, "source_compound_id")) or self.ids_by_uuid.get(uuid or "") or name
        role = self._role(cells, [text for text in (source_id, name) if text])
        if source_id is None and uuid is None and role != "vehicle":
            raise InputError("row names no compound")
        dose, percent = self._dose(cells, role)
        return SampleRow(
            file=self.table.file.name,
            row=number,
            sequenced_id=clean_id(first(cells, "sequenced_id")) or "",
            role=role,
            source_compound_id=source_id,
            compound_uuid=uuid,
            plate=_plate(first(cells, "plate")),
            plate_row=_position(first(cells, "plate_row"), "row"),
            plate_column=_position(first(cells, "plate_column"), "column"),
            is_edge=_flag(first(cells, "is_edge")),
            dose_um=dose,
            vehicle_percent=percent,
            time_h=parse_time(first(cells, "time")),
            cell_line=first(cells, "cell_line"),
            extra=self._extra(cells),
        )

    def _role(self, cells: Cells, names: list[str]) -> Role:
        """Tell vehicle, positive control and library apart: by name first, since control columns mix the two."""
        keys = {plain_name(name) for name in names}
        kind = self.fields.first(cells, "sample_type") or ""
        if keys & VEHICLE_NAMES or (not names and plain_name(kind) in VEHICLE_NAMES):
            return "vehicle"
        is_control = parse_bool(self.fields.first(cells, "is_control"))
        if is_control is None:
            is_control = bool(keys & CONTROL_NAMES) or any(word in kind.casefold() for word in _CONTROL_TYPES)
        return "positive_control" if is_control else "library"

    def _dose(self, cells: Cells, role: Role) -> tuple[float | None, float | None]:
        """Read the dose in µM, and the share of vehicle where the source gives one."""
        value, unit = self.fields.first(cells, "dose"), self.fields.first(cells, "dose_unit")
        percent = _number(self.fields.first(cells, "vehicle_percent"))
        if unit is not None and unit.strip() == "%":
            percent = _number(value)
        if role == "vehicle" or "dose_unit" not in self.fields:
            return None, percent
        return parse_dose(value, unit), percent

    def _extra(self, cells: Cells) -> tuple[tuple[str, str], ...]:
        """Keep what has no field of its own, as it was written."""
        used = {places[0] for field, places in self.fields.places.items() if field != "job_id"}
        pairs = enumerate(zip(self.table.columns, cells, strict=True))
        return tuple((column, cell) for place, (column, cell) in pairs if place not in used and cell)


def _read_metadata(path: Path) -> Table:
    """Read the table, and say what an empty one comes from."""
    try:
        return read_table(path)
    except DataError as error:
        if "no rows" not in str(error) and "is empty" not in str(error):
            raise
        raise DataError(
            f"{path.name} holds no wells; the official client returns empty metadata where it cannot read the ids, "
            "so export the release again with scripts/export_release.py"
        ) from error


def _fold(table: Table, fields: Fields) -> tuple[list[tuple[int, Cells]], int, list[Rejected]]:
    """Fold identical rows of one sample into the first; reject all rows of a sample that differ."""
    by_id: dict[str, list[tuple[int, Cells]]] = defaultdict(list)
    rejected: list[Rejected] = []
    for number, cells in table.rows:
        name = clean_id(fields.first(cells, "sequenced_id"))
        if name is None:
            rejected.append(reject(table.file.name, number, cells, "row has no sequenced_id"))
        else:
            by_id[name].append((number, cells))
    unique: list[tuple[int, Cells]] = []
    n_folded = 0
    for rows in by_id.values():
        if len({cells for _, cells in rows}) == 1:
            unique.append(rows[0])
            n_folded += len(rows) - 1
        else:
            reason = f"sequenced_id has {len(rows)} rows that differ"
            rejected += [reject(table.file.name, number, cells, reason) for number, cells in rows]
    return unique, n_folded, rejected


def _notes(table: Table, fields: Fields, samples: list[SampleRow], n_folded: int) -> list[str]:
    """Say what the metadata lacks or holds against expectation."""
    notes = []
    if n_folded:
        notes.append(f"{n_folded} identical rows of metadata were folded")
    if all(sample.plate is None for sample in samples):
        notes.append("no plate ids: plate-aware steps are not possible")
    elif any(sample.plate is None for sample in samples):
        notes.append(f"{sum(sample.plate is None for sample in samples)} wells have no plate id")
    if all(sample.plate_row is None or sample.plate_column is None for sample in samples):
        notes.append("no well positions: position effects cannot be seen")
    if "dose_unit" not in fields:
        notes.append("no unit of concentration: doses are not known")
    odd = Counter(
        sample.source_compound_id or sample.compound_uuid or "?"
        for sample in samples
        if sample.role == "positive_control" and plain_name(sample.source_compound_id or "") not in CONTROL_NAMES
    )
    if odd:
        notes.append(f"controls that are not the vehicle count as positive controls: {_shown(odd)}")
    return notes + _vehicle_notes(samples) + _percent_notes(table)


def _vehicle_notes(samples: list[SampleRow]) -> list[str]:
    """Name the plates that have no vehicle well."""
    if not any(sample.role == "vehicle" for sample in samples):
        return ["no DMSO well: effects against vehicle are not possible"] if samples else []
    plates: dict[str | None, None] = dict.fromkeys(sample.plate for sample in samples if sample.plate is not None)
    for sample in samples:
        if sample.role == "vehicle":
            plates.pop(sample.plate, None)
    return [f"plates without a DMSO well: {_shown(dict.fromkeys(map(str, plates), 0))}"] if plates else []


def _percent_notes(table: Table) -> list[str]:
    """Name the percent columns that hold shares of 1, since releases differ in this."""
    shares = []
    for place, column in enumerate(table.columns):
        if column.startswith("percent_") and column not in SAMPLE_FIELDS["vehicle_percent"]:
            values = [value for _, cells in table.rows if (value := _number(cells[place])) is not None]
            if values and 0 < max(values) <= 1:
                shares.append(column)
    return [f"columns called percent that hold shares of 1: {', '.join(shares)}"] if shares else []


def _job_ids(table: Table, fields: Fields) -> tuple[str, ...]:
    """List the jobs that the rows name."""
    jobs = (fields.first(cells, "job_id") for _, cells in table.rows)
    return tuple(dict.fromkeys(job for job in jobs if job))


def _plate(text: str | None) -> str | None:
    """Read the id of a plate."""
    name = clean_id(text)
    if name is not None and len(name) > _LONGEST_PLATE:
        raise InputError(f"plate id has {len(name):,} characters; expected {_LONGEST_PLATE} or fewer")
    return name


def _position(text: str | None, what: str) -> int | None:
    """Read a row or column of a plate; rows may be letters, as A or AF."""
    name = clean_id(text) or ""
    if name.isdecimal():
        place = int(name) if len(name) <= _LONGEST_PLATE else -1
        if not 0 <= place <= _LAST_POSITION:
            raise InputError(f"plate {what} is {name[:20]!r}; expected 0 to {_LAST_POSITION}")
        return place
    if not re.fullmatch(r"[A-Za-z]{1,2}", name):
        return None
    place = 0
    for letter in name.upper():
        place = 26 * place + ord(letter) - ord("A") + 1
    return place


def _flag(text: str | None) -> bool | None:
    """Read a truth value that nothing depends on."""
    try:
        return parse_bool(text)
    except InputError:
        return None


def _number(text: str | None) -> float | None:
    """Read a number, or None."""
    try:
        return None if text is None or is_missing(text) else float(text)
    except ValueError:
        return None


def _shown(counts: Mapping[str, int]) -> str:
    """Show the first few of many, with counts where there are any."""
    names = [f"{name} ({count})" if count else name for name, count in list(counts.items())[:_SHOWN]]
    return ", ".join(names) + (f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else "")
