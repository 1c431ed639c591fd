"""Tables of text: CSV, TSV and parquet as rows of strings that know their row number.

Row numbers are those of an editor: the first line of a file is row 1, and in a parquet file the header is.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vcpi.errors import DataError
from vcpi.ingest.files import MAX_EXPANSION, magic, source_file, text_lines
from vcpi.records import Rejected, SourceFile

Cells = tuple[str, ...]
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_RAW_LIMIT = 300
_FREE_CELLS, _CELLS_PER_BYTE = 4_000_000, 100  # counts, mostly zeros, take 10 cells a byte
_FREE_BYTES = 256 << 20  # small files may grow as far


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of text: its columns, its whole rows with their numbers, and the rows that are not whole."""

    file: SourceFile
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Cells], ...]
    rejected: tuple[Rejected, ...] = ()

    @property
    def n_read(self) -> int:
        """Rows of the file that are not blank."""
        return len(self.rows) + len(self.rejected)


def read_table(path: Path) -> Table:
    """Read a CSV, TSV (either may be gzip) or parquet table, every cell as text.

    A comma, tab or semicolon parts the cells, whichever the header has most of. Lines at the top that begin with
    ``!`` or ``#`` are skipped, and a missing value of a parquet file is an empty text. Ragged rows and rows with
    control characters are rejected.

    Raises
    ------
    DataError
        The file cannot be read as a table, has no header or no row, or names a column twice.
    """
    file = source_file(path)
    columns, records = open_records(path)
    rows: list[tuple[int, Cells]] = []
    rejected: list[Rejected] = []
    for number, cells in records:
        reason = row_fault(cells, len(columns))
        if reason:
            rejected.append(reject(file.name, number, cells, reason))
        else:
            rows.append((number, tuple(cell.strip() for cell in cells)))
    if not rows and not rejected:
        raise DataError(f"{path.name} has a header and no rows")
    return Table(file=file, columns=columns, rows=tuple(rows), rejected=tuple(rejected))


def read_columns(path: Path) -> tuple[str, ...]:
    """Read the names of the columns alone."""
    if is_parquet(path):
        return tuple(str(name) for name in open_parquet(path).schema_arrow.names)
    return open_records(path)[0]


def open_records(path: Path) -> tuple[tuple[str, ...], Iterator[tuple[int, Sequence[str]]]]:
    """Open a table for one pass: its columns, and an iterator over row numbers and cells."""
    if is_parquet(path):
        parquet = open_parquet(path)
        names = tuple(str(name) for name in parquet.schema_arrow.names)
        return _checked(path, names), _parquet_records(path, parquet)
    return _open_text(path)


def is_parquet(path: Path) -> bool:
    """Whether a file begins as parquet files do."""
    return magic(path) == b"PAR1"


def open_parquet(path: Path) -> pq.ParquetFile:
    """Open a parquet file, with a DataError where it is damaged."""
    if path.is_file() and not path.stat().st_size:
        raise DataError(f"{path.name} is empty; expected a parquet file")
    with parquet_faults(path):
        parquet = pq.ParquetFile(path)
        if not parquet.schema_arrow.names:
            raise DataError(f"{path.name} is a parquet file without columns; expected a table")
        _refuse_bombs(path, parquet.metadata)
        return parquet


def _refuse_bombs(path: Path, said: pq.FileMetaData) -> None:
    """Refuse a parquet file that says it holds far more than its bytes can tell."""
    size, cells = path.stat().st_size, said.num_rows * said.num_columns
    grown = sum(said.row_group(place).total_byte_size for place in range(said.num_row_groups))
    if cells > max(_FREE_CELLS, _CELLS_PER_BYTE * size):
        raise DataError(f"{path.name} claims {cells:,} cells in {size:,} bytes; expected a table")
    if grown > max(_FREE_BYTES, MAX_EXPANSION * size):
        raise DataError(f"{path.name} expands more than {MAX_EXPANSION}-fold; expected a table")


@contextmanager
def parquet_faults(path: Path) -> Iterator[None]:
    """Turn what reading a parquet file and its values raises into a DataError: damage, bad UTF-8, dates beyond years."""
    try:
        yield
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise DataError(f"{path.name} is no readable parquet file: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    """Take the first line of a library's message, which may go on for many."""
    return str(error).strip().split("\n", 1)[0].rstrip(".")


def reject(file: str, row: int | None, raw: Sequence[str] | str, reason: str) -> Rejected:
    """Write down a row that cannot be used; a long one is cut."""
    text = raw if isinstance(raw, str) else "\t".join(raw)
    return Rejected(file=file, row=row, raw=text if len(text) <= _RAW_LIMIT else text[:_RAW_LIMIT] + "…", reason=reason)


def row_fault(cells: Sequence[str], n_columns: int) -> str | None:
    """Say what keeps a row from being read, if anything."""
    if len(cells) != n_columns:
        return f"row has {len(cells)} cells; the header has {n_columns}"
    if not any(cell.strip() for cell in cells):
        return "row is empty"
    if any(_CONTROL.search(cell) for cell in cells):
        return "row holds a control character"
    return None


def _open_text(path: Path) -> tuple[tuple[str, ...], Iterator[tuple[int, list[str]]]]:
    """Open a delimited text file behind its comments."""
    lines = text_lines(path)
    skipped = 0
    header = ""
    for line in lines:
        if line.strip() and not line.startswith(("!", "#")):
            header = line
            break
        skipped += 1
    if not header:
        raise DataError(f"{path.name} is empty; expected a header and rows")
    records = _numbered(path, itertools.chain([header], lines), delimiter=_delimiter(header, path), skipped=skipped)
    names = [name.strip() for name in next(records)[1]]
    first = list(itertools.islice(records, 2))
    if first and all(len(cells) == len(names) + 1 for _, cells in first):  # as R writes row names, or a last comma
        names = [*names, ""] if not any(cells[-1].strip() for _, cells in first) else ["", *names]
    return _checked(path, names), itertools.chain(first, records)


def _numbered(path: Path, lines: Iterator[str], *, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Part lines into cells; blank lines are no rows."""
    if delimiter == "\t":
        for number, line in enumerate(lines, start=skipped + 1):
            if line.strip("\r\n"):
                yield number, _tab_cells(line.rstrip("\r\n"))
        return
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        start = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"{path.name} cannot be parted into cells from row {start} on: {error}") from error
        if cells:
            yield start, cells


def _tab_cells(line: str) -> list[str]:
    """Part one line at its tabs; quotes that do not close are part of the text, as in many such files."""
    if '"' in line:
        try:
            return next(csv.reader([line], delimiter="\t", strict=True))
        except csv.Error:
            pass
    return line.split("\t")


def _delimiter(header: str, path: Path) -> str:
    """Choose what parts the cells of a header."""
    bare = re.sub(r'"[^"]*"', "", header)
    likely = "," if ".csv" in path.suffixes else "\t"  # a lone column may hold commas, as CXSMILES do
    return max("\t,;", key=lambda mark: (bare.count(mark), mark == likely))


def _checked(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Name the columns that have no name, and refuse two of one name."""
    filled = [name or f"unnamed_{place}" for place, name in enumerate(names, start=1)]
    twice = [name for name, count in Counter(filled).items() if count > 1]
    if twice:
        raise DataError(f"{path.name} has {len(twice)} column names twice, for example {twice[0]!r}; rename one")
    return tuple(filled)


def _parquet_records(path: Path, parquet: pq.ParquetFile) -> Iterator[tuple[int, Cells]]:
    """Yield the rows of a parquet file as text."""
    number, n_characters = 2, 0
    most = max(_FREE_BYTES, MAX_EXPANSION * path.stat().st_size)
    texts = [field.name for field in parquet.schema_arrow if pa.types.is_string(field.type)]
    with parquet_faults(path), pq.ParquetFile(path, read_dictionary=texts) as shared:  # a repeated text is kept once
        for batch in shared.iter_batches(batch_size=16384):
            columns = [
                _texts(path, name, column) for name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
            n_characters += sum(sum(map(len, column)) for column in columns)
            if n_characters > most:
                raise DataError(f"{path.name} expands to more than {most:,} characters; expected a table")
            for cells in zip(*columns, strict=True):
                yield number, cells
                number += 1


def _texts(path: Path, name: str, column: pa.Array) -> list[str]:
    """Write the values of one column as text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        names = ["", *_texts(path, name, column.dictionary)]  # shared by the rows that hold it
        return [names[place] for place in column.indices.cast(pa.int64()).fill_null(-1).to_numpy() + 1]
    if pa.types.is_nested(kind) and not pa.types.is_list(kind):
        raise DataError(f"{path.name} column {name!r} holds {kind}; expected text or numbers")
    return [_text(value) for value in column.to_pylist()]


def _text(value: object) -> str:
    """Write one value as text; what is missing is empty."""
    if value is None or value != value:  # noqa: PLR0124  NaN alone differs from itself
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, list):
        return "|".join(_text(item) for item in value)
    return str(value)
