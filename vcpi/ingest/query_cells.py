"""The cells of a table that somebody made by hand: no header, decimal commas, semicolons or blanks between cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa

from vcpi.errors import DataError, InputError
from vcpi.gene_lists import refuse_too_many
from vcpi.ingest.files import text_lines
from vcpi.ingest.tables import Cells, is_parquet, open_parquet, read_table
from vcpi.units import is_missing

_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?\Z")
_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?\Z")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+\Z")
_INNER_COMMA = re.compile(r"(?<=\d),(?=\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryTable:
    """Columns and numbered rows of text; ``notes`` says what had to be understood to read them."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Cells], ...]
    notes: tuple[str, ...] = ()

    def column(self, place: int) -> list[str]:
        """Return the cells of one column."""
        return [cells[place] for _, cells in self.rows]

    def is_numeric(self, place: int) -> bool:
        """Whether most cells of a column are numbers."""
        filled = [cell for cell in self.column(place) if not is_missing(cell)]
        return bool(filled) and 2 * sum(map(is_number, filled)) > len(filled)


def read_query_table(path: Path) -> QueryTable:
    """Read CSV, TSV, semicolon or blank separated text (each may be gzip) or parquet, with or without a header.

    Raises
    ------
    InputError
        A row has other cells than the header.
    DataError
        The file cannot be read as a table.
    """
    if is_parquet(path):
        _refuse_nested(path)
    mark = None if is_parquet(path) else _odd_mark(path)
    columns, rows = _parted(path, mark) if mark else _plain(path)
    refuse_too_many(len(rows), path.name)
    notes: list[str] = []
    cells = [*columns, *chain.from_iterable(line for _, line in rows)]
    if _has_decimal_commas(cells):
        columns, rows = _points(columns), tuple((number, _points(line)) for number, line in rows)
        notes.append(f"{path.name} has decimal commas")
    if not is_parquet(path) and any(is_number(name) for name in columns):
        rows = ((1, columns), *rows)
        columns = tuple("gene" if not is_number(cell) else f"column {n}" for n, cell in enumerate(columns, 1))
    columns = tuple(" ".join(name.split()) for name in columns)  # a quoted name may hold a line end
    return QueryTable(name=path.name, columns=columns, rows=rows, notes=tuple(notes))


def _refuse_nested(path: Path) -> None:
    """Refuse a parquet file whose cells hold lists or records."""
    for field in open_parquet(path).schema_arrow:
        if pa.types.is_nested(field.type):
            raise InputError(
                f"{path.name} has {field.type} in column {field.name!r}; expected one value in a cell; write the column "
                "as numbers or text"
            )


def is_number(text: str) -> bool:
    """Whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # which Python takes as a mark of thousands


def _plain(path: Path) -> tuple[Cells, tuple[tuple[int, Cells], ...]]:
    """Read a table as the other readers do."""
    try:
        table = read_table(path)
    except DataError as error:
        if "no rows" not in str(error) and "twice" not in str(error):
            raise
        raise DataError(f"{error}; expected gene ids and values") from error
    for fault in table.rejected:
        if fault.reason != "row is empty":
            raise _ragged(path, fault.row or 0, fault.reason)
    return table.columns, table.rows


def _odd_mark(path: Path) -> str | None:
    """Tell the semicolon of a file with decimal commas, and the blank of what R writes by default."""
    lines = islice((line.strip("\r\n") for line in text_lines(path) if line.strip() and line[0] not in "!#"), 2)
    bare = [re.sub(r'"[^"]*"', "x", line).strip() for line in lines] or [""]
    if ";" in bare[0] and "," not in _INNER_COMMA.sub("", bare[0]) and "\t" not in bare[0]:
        return ";"
    return " " if " " in bare[-1] and not re.search(r"[,;\t]", "".join(bare)) else None


def _parted(path: Path, mark: str) -> tuple[Cells, tuple[tuple[int, Cells], ...]]:
    """Part the lines of a file at a mark."""
    rows: list[tuple[int, Cells]] = []
    for number, line in enumerate(text_lines(path), start=1):
        if line.strip() and not line.startswith(("!", "#")):
            rows.append((number, _cells(path, number, line.strip("\r\n").strip(" "), mark)))
    columns, body = rows[0][1], [(number, cells) for number, cells in rows[1:] if any(cells)]
    if body and all(len(cells) == len(columns) + 1 for _, cells in body):
        columns = ("", *columns)
    for number, cells in body:
        if len(cells) != len(columns):
            raise _ragged(path, number, f"row has {len(cells)} cells; the header has {len(columns)}")
    named = tuple(name or f"unnamed_{place}" for place, name in enumerate(columns, start=1))
    twice = next((name for name in named if named.count(name) > 1 and not is_number(name)), None)
    if twice or (not body and not any(map(is_number, map(_point, columns)))):
        fault = f"has two columns {twice!r}" if twice else "has a header and no rows"
        raise DataError(f"{path.name} {fault}; expected gene ids and values")
    return named, tuple(body)


def _cells(path: Path, number: int, line: str, mark: str) -> Cells:
    """Part one line; runs of blanks are one mark."""
    try:
        cells = next(csv.reader([line], delimiter=mark, skipinitialspace=mark == " ", strict=True))
    except csv.Error as error:
        raise DataError(f"{path.name} cannot be parted into cells in row {number}: {error}") from error
    return tuple(cell.strip() for cell in cells)


def _ragged(path: Path, row: int, reason: str) -> InputError:
    """Make the message for a row that does not fit the header."""
    return InputError(f"{path.name} row {row}: {reason}; expected a gene and a value in every row")


def _has_decimal_commas(cells: Iterable[str]) -> bool:
    """Whether the numbers of a table are written with commas: some are, not as thousands are, and none has a point."""
    commas, written = False, False
    for cell in cells:
        if _POINT.match(cell):
            return False
        if _COMMA.match(cell):
            written = True
            commas = commas or not _THOUSANDS.match(cell)
    return written and commas


def _points(cells: Sequence[str]) -> Cells:
    """Write decimal commas as points."""
    return tuple(map(_point, cells))


def _point(cell: str) -> str:
    """Write the decimal comma of one number as a point."""
    return cell.replace(",", ".") if _COMMA.match(cell) else cell
