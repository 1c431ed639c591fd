"""UMI counts in wide parquet: genes down, one column a sample, read by columns from a file that stays open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vcpi.errors import DataError
from vcpi.genes import strip_version
from vcpi.ingest.columns import clean_id, column_key
from vcpi.ingest.tables import first_line, open_parquet, parquet_faults

_KEYS = ("gene_id", "gene", "ensembl_id", "ensembl_gene_id", "symbol", "gene_symbol", "__index_level_0__")
_SYMBOLS = ("gene_symbol", "symbol", "gene_name")
_LARGEST = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class CountsFault:
    """Why a sample's counts cannot be used: the gene, its value, and what is wrong with it."""

    gene_id: str | None
    value: str
    reason: str


class CountsFile:
    """A parquet file of counts.

    Parameters
    ----------
    path
        The file. It stays open until :meth:`close`; opening a wide file costs far more than reading a column.

    Attributes
    ----------
    gene_ids
        Each gene once, in the order of the file, Ensembl versions stripped.
    symbols
        What the file itself says of the symbols, by gene, or None.
    samples
        Sample name as text → column name, for the columns that are not text.
    text_columns
        Columns that hold text, the gene key aside.

    Raises
    ------
    DataError
        The file is no readable parquet, names a column twice, or has no column of genes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._parquet = open_parquet(path)
        schema = self._parquet.schema_arrow
        twice = [name for name, count in Counter(schema.names).items() if count > 1]
        if twice:
            raise DataError(f"{path.name} has {len(twice)} column names twice, for example {twice[0]!r}")
        self._types = dict(zip(schema.names, schema.types, strict=True))
        texts = [name for name, kind in self._types.items() if _is_text(kind)]
        self.gene_column = _gene_column(path, texts, list(self._types))
        self.text_columns = tuple(name for name in texts if name != self.gene_column)
        self.samples = {
            clean_id(name) or name: name for name in self._types if name not in {*self.text_columns, self.gene_column}
        }
        self._read_genes()

    def close(self) -> None:
        """Close the file."""
        self._parquet.close()

    def read(
        self, samples: Sequence[str], *, genes: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int32], dict[int, CountsFault]]:
        """Read the counts of some samples.

        Parameters
        ----------
        samples
            Sample names; each must be in ``samples`` or name a text column.
        genes
            Places in ``gene_ids`` of those to read; None for all.

        Returns
        -------
        counts
            Shape (n_samples, n_genes), 0 or more, well by well in memory. Rows of one gene id are added up.
        faults
            By place in ``samples``: the rows of ``counts`` that are no counts and hold zeros.
        """
        columns = [self.samples.get(name, name) for name in samples]
        table = self._table(list(dict.fromkeys(columns)))
        counts = np.zeros((len(samples), len(self.gene_ids) if genes is None else len(genes)), dtype=np.int32)
        faults: dict[int, CountsFault] = {}
        for place, name in enumerate(columns):
            column = table.column(name)
            fault = self._fault(column) or self._add(counts[place], _values(column), genes)
            if fault:
                faults[place] = fault
        return counts, faults

    def _add(
        self, row: NDArray[np.int32], values: NDArray[np.generic], genes: NDArray[np.int64] | None
    ) -> CountsFault | None:
        """Place one column's values, adding up those of one gene, or say which gene's sum is no count."""
        kept = values[self._kept] if self.dropped_rows else values
        if self.n_folded:
            sums = np.zeros(len(self.gene_ids), dtype=np.int64)
            np.add.at(sums, self._places, kept.astype(np.int64))
            most = int(sums.argmax()) if len(sums) else 0
            if len(sums) and sums[most] > _LARGEST:
                return CountsFault(self.gene_ids[most], str(sums[most]), f"sum of the gene's rows is beyond {_LARGEST}")
            kept = sums
        row[:] = kept if genes is None else kept[genes]
        return None

    def _read_genes(self) -> None:
        """Read the gene key, and find where each row goes."""
        table = self._table([self.gene_column, *self.text_columns])
        with parquet_faults(self.path):
            said = table[self.gene_column].to_pylist()
        names = [strip_version(str(name)) if name is not None else "" for name in said]
        places: dict[str, int] = {}
        for name in names:
            if name:
                places.setdefault(name, len(places))
        self.gene_ids = tuple(places)
        self.dropped_rows = tuple(row for row, name in enumerate(names) if not name)
        self._kept = np.array([bool(name) for name in names])
        self._row_genes = names
        self._places = np.array([places[name] for name in names if name], dtype=np.int64)
        self.n_folded = len(self._places) - len(places)
        self.symbols: dict[str, str] = {}
        symbol = next((name for name in self.text_columns if column_key(name) in _SYMBOLS), None)
        if symbol:
            with parquet_faults(self.path):
                pairs = zip(names, table[symbol].to_pylist(), strict=True)
            self.symbols = {name: text.strip() for name, text in pairs if name and text and text.strip()}

    def _table(self, columns: list[str]) -> pa.Table:
        """Read columns, with a DataError where the file is damaged."""
        try:
            return self._parquet.read(columns=columns)
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{self.path.name} is damaged: {first_line(error)}") from error

    def _fault(self, column: pa.ChunkedArray) -> CountsFault | None:
        """Say what keeps a column from being counts, if anything."""
        kind = column.type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            return CountsFault(None, str(kind), f"column holds {kind}; expected counts")
        if column.null_count:
            row = int(np.flatnonzero(column.is_null().to_numpy())[0])
            return CountsFault(self._row_genes[row], "", "count is missing")
        values = column.to_numpy()
        if (
            values.dtype.kind in "iu"
            and np.iinfo(values.dtype).max <= _LARGEST
            and not (values.size and values.min() < 0)
        ):
            return None
        checks = [("count is negative", values < 0), (f"count is beyond {_LARGEST}", values > _LARGEST)]
        if pa.types.is_floating(kind):
            finite = np.isfinite(values)
            whole = np.where(finite, np.floor(values), values)
            checks = [
                ("count is not finite", ~finite),
                *checks,
                ("count is no whole number", finite & (values != whole)),
            ]
        for reason, bad in checks:
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                return CountsFault(self._row_genes[row], str(values[row]), reason)
        return None


def _values(column: pa.ChunkedArray) -> NDArray[np.generic]:
    """Give the values of a column without missing ones, uncopied where they stand in one piece."""
    found: NDArray[np.generic] = column.chunk(0).to_numpy() if column.num_chunks == 1 else column.to_numpy()
    return found


def _is_text(kind: pa.DataType) -> bool:
    """Whether a column holds text."""
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _gene_column(path: Path, texts: Sequence[str], columns: Sequence[str]) -> str:
    """Find the column that names the genes."""
    by_key = {column_key(name): name for name in reversed(texts)}
    named = next((by_key[key] for key in _KEYS if key in by_key), None)
    if named is not None:
        return named
    if len(texts) == 1:
        return texts[0]
    shown = ", ".join((texts or list(columns))[:3])
    raise DataError(
        f"{path.name} has {len(texts)} columns of text ({shown}); expected genes in a column gene_id, gene or symbol"
    )


def is_counts(parquet: pq.ParquetFile) -> bool:
    """Whether a parquet file has a column of genes and columns of numbers."""
    kinds = parquet.schema_arrow.types
    texts = sum(_is_text(kind) for kind in kinds)
    return 0 < texts < len(kinds)
