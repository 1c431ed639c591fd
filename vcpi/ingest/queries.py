"""Questions from files: one signature measured elsewhere, or a list of genes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import DataError, InputError
from vcpi.genes import gene_id_kind
from vcpi.ingest.columns import GENE_FIELDS, column_key, is_fraction
from vcpi.ingest.files import text_lines
from vcpi.ingest.tables import Cells, is_parquet, read_table
from vcpi.units import is_missing

_GENE_NAMES = [name for field in ("gene_id", "ensembl_id", "gene_symbol", "entrez_id") for name in GENE_FIELDS[field]]
_FILE_LIKE = re.compile(r"[\\/]|\.(?:txt|csv|tsv|gmt|grp|gz|list)\Z", re.IGNORECASE)
_GMT_HEAD = 2


def read_signature(
    path: Path, *, value_column: str | None = None, id_column: str | None = None
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Read one signature: genes and a value for each.

    Parameters
    ----------
    path
        CSV, TSV (either may be gzip) or parquet, with or without a header. Genes without a value are left out.
    value_column
        The column of values, for tables that hold several.
    id_column
        The column of gene ids; found by name, else the first that holds text.

    Returns
    -------
    ids
        Gene ids as written.
    values
        Shape (n_genes,), finite.

    Raises
    ------
    InputError
        Several columns may be the values, there is none, a row has other cells than the header, a value is no finite
        number, or ``id_column`` holds numbers.
    DataError
        The file cannot be read as a table.
    """
    columns, rows = _table(Path(path))
    key = _id_place(columns, rows, id_column, Path(path))
    place = _value_place(columns, rows, key, value_column, Path(path))
    fractions = [cells[key] for _, cells in rows if is_fraction(cells[key])]
    if id_column is not None and 2 * len(fractions) > len(rows):
        raise InputError(
            f"{Path(path).name} has numbers such as {fractions[0]} in column {id_column!r}; expected gene ids"
        )
    ids: list[str] = []
    values: list[float] = []
    for number, cells in rows:
        if is_missing(cells[place]) or not cells[key].strip():
            continue
        ids.append(cells[key].strip())
        values.append(_finite(cells[place], number, columns[place], Path(path)))
    if not ids:
        raise InputError(f"{Path(path).name} has no gene with a value in column {columns[place]!r}")
    return tuple(ids), np.array(values, dtype=np.float64)


def read_gene_list(source: Path | str) -> tuple[str, ...]:
    """Read gene ids from a file or a text.

    Parameters
    ----------
    source
        A path, or the ids themselves: one in a line, or parted by commas, semicolons or blanks. One line of a GMT
        file (name, description, genes, parted by tabs) gives its genes.

    Returns
    -------
    tuple of str
        Ids as written, each once.

    Raises
    ------
    InputError
        There is no such file, no gene, or several sets of a GMT file.

    Examples
    --------
    >>> read_gene_list("MX1, ISG15,MX1")
    ('MX1', 'ISG15')
    """
    lines = [line.strip("\r\n") for line in _lines(source)]
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    sets = [line.split("\t") for line in lines if line.count("\t") >= _GMT_HEAD]
    if len(sets) > 1:
        names = ", ".join(cells[0] for cells in sets[:3])
        raise InputError(f"{_shown(source)} holds {len(sets)} gene sets ({names}, …); give one of them")
    texts = sets[0][_GMT_HEAD:] if sets and len(lines) == 1 else lines
    genes = dict.fromkeys(gene.strip("\"'") for text in texts for gene in re.split(r"[\s,;]+", text.strip()) if gene)
    genes.pop("", None)
    if not genes:
        raise InputError(f"{_shown(source)} holds no gene; expected ids, one in a line or parted by commas")
    return tuple(genes)


def _lines(source: Path | str) -> Sequence[str]:
    """Read the lines of a file, or of the text itself."""
    if isinstance(source, Path):
        return list(text_lines(source))
    try:
        is_file = Path(source).is_file()
    except (OSError, ValueError):  # a long text is no path
        is_file = False
    if is_file:
        return list(text_lines(Path(source)))
    if "\n" not in source and _FILE_LIKE.search(source.strip()):
        raise InputError(f"No file {source}; expected a file of genes, or the genes parted by commas")
    return source.splitlines()


def _shown(source: Path | str) -> str:
    """Name a source in a message."""
    return source.name if isinstance(source, Path) else repr(source[:40])


def _table(path: Path) -> tuple[tuple[str, ...], tuple[tuple[int, Cells], ...]]:
    """Read a table whose header may be missing."""
    try:
        table = read_table(path)
    except DataError as error:
        if "no rows" not in str(error) and "twice" not in str(error):
            raise
        raise DataError(f"{error}; expected gene ids and values") from error
    fault = next((fault for fault in table.rejected if fault.reason != "row is empty"), None)
    if fault:
        raise InputError(f"{path.name} row {fault.row}: {fault.reason}; expected a gene and a value in every row")
    if is_parquet(path) or not any(_is_number(name) for name in table.columns):
        return table.columns, table.rows
    names = tuple("gene" if not _is_number(cell) else f"column {place}" for place, cell in enumerate(table.columns, 1))
    return names, ((1, table.columns), *table.rows)


def _id_place(columns: Cells, rows: Sequence[tuple[int, Cells]], id_column: str | None, path: Path) -> int:
    """Find the column of gene ids."""
    if id_column is not None:
        return _named(columns, id_column, path)
    keys = [column_key(name) for name in columns]
    named = [place for name in _GENE_NAMES for place, key in enumerate(keys) if key == name]
    text = [p for p in range(len(columns)) if not _numeric(rows, p)]
    likely = [p for p in text if any(gene_id_kind(cells[p]) != "none" for _, cells in rows[:20])]
    return next(iter((*named, *likely, *text)), 0)


def _value_place(
    columns: Cells, rows: Sequence[tuple[int, Cells]], key: int, value_column: str | None, path: Path
) -> int:
    """Find the one column of values."""
    if value_column is not None:
        return _named(columns, value_column, path)
    ids = {place for place, name in enumerate(columns) if column_key(name) in _GENE_NAMES}
    places = [p for p in range(len(columns)) if p != key and p not in ids and _numeric(rows, p)]
    if len(places) == 1:
        return places[0]
    if not places and len(columns) == 2:  # noqa: PLR2004  ids and values, where a value tells why below
        return 1 - key
    if not places:
        raise InputError(
            f"{path.name} has no column of numbers; found {', '.join(columns[:8])}; expected genes and values"
        )
    names = ", ".join(columns[place] for place in places[:8])
    raise InputError(f"{path.name} has {len(places)} columns of numbers ({names}); name one with --value-column")


def _named(columns: Cells, name: str, path: Path) -> int:
    """Find a column by its name."""
    if name not in columns:
        raise InputError(f"{path.name} has no column {name!r}; found {', '.join(columns[:8])}")
    return columns.index(name)


def _numeric(rows: Sequence[tuple[int, Cells]], place: int) -> bool:
    """Whether most cells of a column are numbers."""
    filled = [cells[place] for _, cells in rows if not is_missing(cells[place])]
    return bool(filled) and 2 * sum(map(_is_number, filled)) > len(filled)


def _is_number(text: str) -> bool:
    """Whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _finite(text: str, number: int, column: str, path: Path) -> float:
    """Read a value."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{path.name} has {text!r} in column {column!r}, row {number}; expected a finite number")
    return value
