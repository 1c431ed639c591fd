"""A matrix with named rows and columns, as the readers of matrix files hand it to ``signatures``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vcpi.errors import DataError, InputError
from vcpi.genes import gene_id_kind
from vcpi.ingest.choices import brief, listed
from vcpi.ingest.columns import GENE_FIELDS, SIGNATURE_FIELDS, clean_id, column_key, is_fraction
from vcpi.ingest.files import source_file
from vcpi.ingest.tables import Cells, is_parquet, open_parquet, open_records, parquet_faults, reject, row_fault
from vcpi.records import Rejected, SourceFile
from vcpi.units import is_missing

MAX_BYTES = 16 << 30
"""No matrix of signatures is larger; L1000 as a whole is 4.7 GB."""

SIGNATURE_NAMES = {name for names in SIGNATURE_FIELDS.values() for name in names} | {
    "brew_prefix", "pert_type", "pool_id", "distil_cc_q75", "distil_ss", "distil_tas", "tas", "is_gold", "is_hiq",
    "pct_self_rank_q25", "ngenes_modulated_up_lm", "ngenes_modulated_dn_lm", "n_gold_signatures", "signature_group",
    "qc_pass", "cc_q75", "ss_ngene", "det_plate", "det_well",
}  # fmt: skip
GENE_NAMES = {name for names in GENE_FIELDS.values() for name in names} - {"id"} | {
    "pr_gene_title", "gene_title", "title", "description", "is_lm", "is_bing", "pr_is_lm", "pr_is_bing", "pr_pool_id",
}  # fmt: skip
_SAMPLED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The names along one side of a matrix, what is said of each, and where each stands in the file."""

    ids: tuple[str, ...]
    name: str = ""
    columns: tuple[str, ...] = ()
    cells: tuple[Cells, ...] = ()
    rows: tuple[int, ...] = ()

    def row(self, place: int) -> int:
        """Return the row number of an id; that of a column is its place from 1."""
        return self.rows[place] if self.rows else place + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Values of shape (n_rows, n_columns) with their axes; NaN where a cell holds no number.

    ``genes_in_rows`` is what the format itself prescribes, None where it prescribes nothing; ``texts`` keeps the
    cells that hold no number, by row and column.
    """

    file: SourceFile
    rows: Axis
    columns: Axis
    values: NDArray[np.float32]
    genes_in_rows: bool | None = None
    rejected: tuple[Rejected, ...] = ()
    texts: Mapping[tuple[int, int], str] = field(default_factory=dict)


def read_matrix(path: Path, *, id_column: str | None = None) -> Matrix:
    """Read a matrix from CSV, TSV (either may be gzip) or parquet.

    Parameters
    ----------
    path
        A table with a column of ids, columns of numbers, and perhaps columns that say more about each row.
    id_column
        The column of ids; found by name, else the first column that holds text.

    Raises
    ------
    DataError
        The file cannot be read, has no row or no column of numbers, or is too large.
    """
    file = source_file(path)
    return _from_parquet(path, file, id_column) if is_parquet(path) else _from_text(path, file, id_column)


def check_size(path: Path, shape: Sequence[int]) -> None:
    """Refuse a matrix that would not fit.

    Raises
    ------
    DataError
        It is larger than 16 GiB.
    """
    if 4 * int(np.prod([int(n) for n in shape], dtype=object)) > MAX_BYTES:
        raise DataError(
            f"{path.name} claims a matrix of {' x '.join(map(str, shape))}; {MAX_BYTES >> 30} GiB is the limit"
        )


def to_floats(cells: Sequence[str]) -> tuple[NDArray[np.float32], dict[int, str]]:
    """Turn cells into numbers; those that hold none are NaN, and listed where they are not merely missing."""
    try:
        with np.errstate(over="ignore"):  # what is beyond float32 becomes inf and is rejected
            return np.array(cells, dtype=np.float64).astype(np.float32), {}
    except ValueError:
        pass
    values = np.full(len(cells), np.nan, dtype=np.float32)
    texts: dict[int, str] = {}
    for place, cell in enumerate(cells):
        try:
            with np.errstate(over="ignore"):
                values[place] = float(cell)
        except ValueError:
            if not is_missing(cell):
                texts[place] = cell
    return values, texts


def _from_text(path: Path, file: SourceFile, id_column: str | None) -> Matrix:
    """Read a delimited text file row by row."""
    columns, records = open_records(path)
    first = list(islice(records, _SAMPLED))
    whole = [cells for _, cells in first if len(cells) == len(columns)]
    numeric = [
        gene_id_kind(name) == "ensembl" or _looks_numeric([cells[place] for cells in whole])
        for place, name in enumerate(columns)
    ]
    key, values, said = _roles(path, columns, numeric, id_column)
    blocks: list[NDArray[np.float32]] = []
    ids: list[str] = []
    rows: list[int] = []
    notes: list[Cells] = []
    texts: dict[tuple[int, int], str] = {}
    rejected: list[Rejected] = []
    for records_ in (first, records):
        for number, cells in records_:
            fault = row_fault(cells, len(columns)) or (None if clean_id(cells[key]) else "row has no id")
            if fault:
                rejected.append(reject(file.name, number, cells, fault))
                continue
            numbers, odd = to_floats([cells[place] for place in values])
            texts.update({(len(ids), place): text for place, text in odd.items()})
            blocks.append(numbers)
            ids.append(clean_id(cells[key]) or "")
            rows.append(number)
            notes.append(tuple(cells[place].strip() for place in said))
    _refuse_numbers_as_ids(path, ids, id_column)
    if not blocks:
        raise DataError(f"{path.name} has no row that can be read; expected ids and numbers")
    axis = Axis(
        ids=tuple(ids), name=columns[key], columns=tuple(columns[p] for p in said), cells=tuple(notes), rows=tuple(rows)
    )
    return Matrix(
        file=file,
        rows=axis,
        columns=Axis(ids=tuple(columns[place] for place in values)),
        values=np.stack(blocks),
        texts=texts,
        rejected=tuple(rejected),
    )


def _from_parquet(path: Path, file: SourceFile, id_column: str | None) -> Matrix:
    """Read a parquet file in batches of rows."""
    parquet = open_parquet(path)
    columns = tuple(str(name) for name in parquet.schema_arrow.names)
    numeric = [pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in parquet.schema_arrow.types]
    key, values, said = _roles(path, columns, numeric, id_column)
    n_rows = parquet.metadata.num_rows
    if not n_rows:
        raise DataError(f"{path.name} has columns and no rows")
    check_size(path, (n_rows, len(values)))
    matrix = np.empty((n_rows, len(values)), dtype=np.float32)
    ids, cells = _fill(path, parquet, matrix, places=(key, values, said))
    _refuse_numbers_as_ids(path, ids, id_column)
    whole = [place for place, name in enumerate(ids) if name]
    rejected = tuple(reject(file.name, place + 2, "", "row has no id") for place, name in enumerate(ids) if not name)
    axis = Axis(
        ids=tuple(ids[place] for place in whole),
        name=columns[key],
        columns=tuple(columns[place] for place in said),
        cells=tuple(cells[place] for place in whole),
        rows=tuple(place + 2 for place in whole),
    )
    return Matrix(
        file=file,
        rows=axis,
        columns=Axis(ids=tuple(columns[place] for place in values)),
        values=matrix if not rejected else matrix[whole],
        rejected=rejected,
    )


def _fill(
    path: Path, parquet: pq.ParquetFile, matrix: NDArray[np.float32], *, places: tuple[int, list[int], list[int]]
) -> tuple[list[str], list[Cells]]:
    """Fill a matrix from a parquet file; return the ids and what is said of each row."""
    key, values, said = places
    ids: list[str] = []
    cells: list[Cells] = []
    with parquet_faults(path):
        for batch in parquet.iter_batches(batch_size=8192):
            start = len(ids)
            ids += [clean_id(_text(value)) or "" for value in batch.column(key).to_pylist()]
            columns = [[_text(value) for value in batch.column(place).to_pylist()] for place in said]
            cells += list(zip(*columns, strict=True)) if columns else [()] * batch.num_rows
            with np.errstate(over="ignore"):  # what is beyond float32 becomes inf and is rejected
                for at, place in enumerate(values):
                    matrix[start : len(ids), at] = batch.column(place).to_numpy(zero_copy_only=False)
    return ids, cells


def _roles(
    path: Path, columns: Sequence[str], numeric: Sequence[bool], id_column: str | None
) -> tuple[int, list[int], list[int]]:
    """Tell the column of ids, the columns of values, and those that say more about a row."""
    key = _id_place(path, columns, numeric, id_column)
    keys = [column_key(name) for name in columns]
    known = SIGNATURE_NAMES | GENE_NAMES
    values = [p for p in range(len(columns)) if p != key and numeric[p] and keys[p] not in known]
    if not values:
        raise DataError(
            f"{path.name} has no column of numbers beside {columns[key]!r}; expected a matrix of signatures"
        )
    return key, values, [p for p in range(len(columns)) if p != key and p not in set(values)]


def _refuse_numbers_as_ids(path: Path, ids: Sequence[str], id_column: str | None) -> None:
    """Stop where the column that was asked for holds values."""
    numbers = [name for name in ids if is_fraction(name)]
    if id_column is not None and 2 * len(numbers) > len(ids):
        raise InputError(f"{path.name} has numbers such as {numbers[0]} in column {id_column!r}; expected ids")


def _id_place(path: Path, columns: Sequence[str], numeric: Sequence[bool], id_column: str | None) -> int:
    """Find the column of ids: as asked, by name, the first of text, or the first."""
    if id_column is not None:
        if id_column not in columns:
            raise DataError(f"{path.name} has no column {brief(id_column)}; found {listed(columns)}")
        return columns.index(id_column)
    keys = [column_key(name) for name in columns]
    fields = (SIGNATURE_FIELDS["source_signature_id"], GENE_FIELDS["gene_id"], SIGNATURE_FIELDS["source_compound_id"])
    more = (GENE_FIELDS["ensembl_id"], SIGNATURE_FIELDS["name"], GENE_FIELDS["gene_symbol"], GENE_FIELDS["entrez_id"])
    named = next((keys.index(name) for names in (*fields, *more) for name in names if name in keys), None)
    if named is not None:
        return named
    return next((place for place, is_number in enumerate(numeric) if not is_number), 0)


def _looks_numeric(cells: Sequence[str]) -> bool:
    """Whether most cells of a column are numbers; one of missing values counts as numbers."""
    filled = [cell for cell in cells if not is_missing(cell)]
    numbers = 0
    for cell in filled:
        try:
            float(cell)
        except ValueError:
            continue
        numbers += 1
    return 2 * numbers > len(filled) or not filled


def _text(value: object) -> str:
    """Write one value as text."""
    return "" if value is None or value != value else str(value)  # noqa: PLR0124  NaN alone differs from itself
