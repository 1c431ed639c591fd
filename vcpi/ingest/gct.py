"""GCT 1.2 and 1.3: matrices as tab-separated text, genes in rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import DataError
from vcpi.ingest.files import source_file, text_lines
from vcpi.ingest.matrix import Axis, Matrix, check_size, to_floats
from vcpi.ingest.tables import Cells, reject
from vcpi.records import Rejected

_SIMPLE, _ANNOTATED = "#1.2", "#1.3"
_SIZE_DIGITS = 18


def read_gct(path: Path) -> Matrix:
    """Read a GCT file, version 1.2 or 1.3, plain or gzip.

    Raises
    ------
    DataError
        The file is no GCT, or holds other rows or columns than it says.
    """
    file = source_file(path)
    lines = ((number, line.rstrip("\r\n").split("\t")) for number, line in enumerate(text_lines(path), start=1))
    version = _next(path, lines)[0].strip()
    if version not in {_SIMPLE, _ANNOTATED}:
        raise DataError(f"{path.name} begins with {version[:20]!r}; expected GCT version #1.2 or #1.3")
    n_rows, n_columns, n_said, n_above = _sizes(path, _next(path, lines), version)
    check_size(path, (n_rows, n_columns))
    header = _next(path, lines)
    if len(header) != 1 + n_said + n_columns:
        raise DataError(
            f"{path.name} says {n_columns} columns and {n_said} descriptions; its header has {len(header)} cells"
        )
    above = [_next(path, lines) for _ in range(n_above)]
    if any(len(cells) != len(header) for cells in above):
        raise DataError(f"{path.name} has descriptions of columns that are shorter or longer than its header")
    ids, rows, cells, values, texts, rejected = _rows(file.name, lines, n_said, len(header))
    if len(ids) + len(rejected) != n_rows:
        raise DataError(f"{path.name} says {n_rows} rows and holds {len(ids) + len(rejected)}; fetch the file again")
    if not values:
        raise DataError(f"{path.name} has no row that can be read")
    start = 1 + n_said
    return Matrix(
        file=file,
        rows=Axis(ids=tuple(ids), name=header[0], columns=tuple(header[1:start]), cells=tuple(cells), rows=tuple(rows)),
        columns=Axis(
            ids=tuple(name.strip() for name in header[start:]),
            columns=tuple(line[0] for line in above),
            cells=tuple(tuple(line[start + place].strip() for line in above) for place in range(n_columns)),
        ),
        values=np.stack(values),
        genes_in_rows=True,
        texts=texts,
        rejected=tuple(rejected),
    )


def _rows(
    file: str, lines: Iterator[tuple[int, list[str]]], n_said: int, width: int
) -> tuple[list[str], list[int], list[Cells], list[NDArray[np.float32]], dict[tuple[int, int], str], list[Rejected]]:
    """Read the rows of data."""
    ids, rows, cells, values = list[str](), list[int](), list[Cells](), list[NDArray[np.float32]]()
    texts: dict[tuple[int, int], str] = {}
    rejected: list[Rejected] = []
    for number, line in lines:
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != width:
            rejected.append(reject(file, number, line, f"row has {len(line)} cells; the header has {width}"))
            continue
        numbers, odd = to_floats(line[1 + n_said :])
        texts.update({(len(ids), place): text for place, text in odd.items()})
        ids.append(line[0].strip())
        rows.append(number)
        cells.append(tuple(cell.strip() for cell in line[1 : 1 + n_said]))
        values.append(numbers)
    return ids, rows, cells, values, texts, rejected


def _sizes(path: Path, cells: list[str], version: str) -> tuple[int, int, int, int]:
    """Read the line of sizes: rows, columns, descriptions of rows and of columns."""
    wanted = 2 if version == _SIMPLE else 4
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(filled) != wanted or not all(cell.isdecimal() and len(cell) <= _SIZE_DIGITS for cell in filled):
        raise DataError(f"{path.name} has sizes {' '.join(filled)[:40]!r} in line 2; expected {wanted} whole numbers")
    sizes = [int(cell) for cell in filled]
    return (sizes[0], sizes[1], 1, 0) if version == _SIMPLE else (sizes[0], sizes[1], sizes[2], sizes[3])


def _next(path: Path, lines: Iterator[tuple[int, list[str]]]) -> list[str]:
    """Take the next line of the head."""
    try:
        return next(lines)[1]
    except StopIteration:
        raise DataError(f"{path.name} ends within its head; expected a GCT file") from None
