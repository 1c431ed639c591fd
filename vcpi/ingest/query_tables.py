"""A signature measured elsewhere, from the table of a tool or of genes and values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import InputError
from vcpi.gene_names import gene_id_kind, gene_key
from vcpi.ingest.choices import brief, choose, listed
from vcpi.ingest.columns import GENE_FIELDS, column_key, is_fraction
from vcpi.ingest.query_cells import QueryTable, is_number, read_query_table
from vcpi.ingest.query_recipes import GROUPS, P_VALUES, Recipe, half_recognized, recognize
from vcpi.units import is_missing

MORE_GENE_NAMES = ("geneid", "genes", "genesymbol", "names", "external_gene_name", "ensgene", "feature", "target_id")
"""What tools call the column of genes beside the names that gene tables have for it."""

_GENE_NAMES = [name for field in ("gene_id", "ensembl_id", "gene_symbol", "entrez_id") for name in GENE_FIELDS[field]]
_PROBED = 200
_WAY = "name one with --value-column"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySignature:
    """A signature measured elsewhere, as read from a file.

    Attributes
    ----------
    ids
        Gene ids as written, each gene once.
    values
        Shape (n_genes,), finite.
    tool
        What wrote the file, ``table`` where nobody can tell.
    value
        What the values are: a column, or what was made of several.
    n_rows
        Rows of the file that name a gene.
    n_without_value
        Rows of them that have no value.
    n_duplicates
        Rows left out because another row of their gene has a value farther from 0.
    notes
        One line for each choice that was made and for what was left out.
    """

    ids: tuple[str, ...]
    values: NDArray[np.float64]
    tool: str = "table"
    value: str = ""
    n_rows: int = 0
    n_without_value: int = 0
    n_duplicates: int = 0
    notes: tuple[str, ...] = ()


def read_tabular(path: Path, *, value_column: str | None = None, id_column: str | None = None) -> QuerySignature:
    """Read one signature from a table of text or parquet; see :func:`vcpi.ingest.queries.read_query`."""
    table = read_query_table(path)
    key, notes = _id_place(table, id_column)
    table, value_column, more = _one_group(table, value_column)
    recipe, places = _value_places(table, key, value_column)
    if id_column is not None:
        fractions = [cell for cell in table.column(key) if is_fraction(cell)]
        if 2 * len(fractions) > len(table.rows):
            raise InputError(
                f"{table.name} has numbers such as {fractions[0]} in column {id_column!r}; expected gene ids"
            )
    known = recognize(table.columns)
    told = [f"{table.name} is read as a {known[0].tool} table" + _instead(value_column, known[0])] if known else []
    named = [(number, cells) for number, cells in table.rows if cells[key].strip() and not is_missing(cells[key])]
    found = [(cells[key].strip(), _value(table, number, cells, places, recipe)) for number, cells in named]
    return gather(
        found,
        file=table.name,
        tool=known[0].tool if known else "table",
        value=recipe.says if recipe else f"column {table.columns[places[0]]!r}",
        notes=[*table.notes, *told, *notes, *more],
    )


def _instead(value_column: str | None, recipe: Recipe) -> str:
    """Say that another column is taken than that of a tool's own recipe."""
    return "" if value_column is None else f", with column {value_column!r} as asked in place of {recipe.says}"


def gather(
    found: Iterable[tuple[str, float | None]], *, file: str, tool: str, value: str, notes: Sequence[str]
) -> QuerySignature:
    """Keep one value for each gene, the one farthest from 0, and say what was left out.

    Raises
    ------
    InputError
        No gene has a value.
    """
    best: dict[str, tuple[str, float]] = {}
    n_rows, missing, twice = 0, 0, dict[str, str]()
    for name, number in found:
        n_rows += 1
        if number is None:
            missing += 1
            continue
        key = gene_key(name)
        if key in best:
            twice.setdefault(key, name)
        if key not in best or abs(number) > abs(best[key][1]):
            best[key] = (name, number)
    if not best:
        raise InputError(f"{file} has no gene with a value in {value}")
    n_duplicates = n_rows - missing - len(best)
    told = [f"the value of a gene is {value}"]
    if missing:
        told.append(f"{missing} of {n_rows} rows have no value")
    if twice:
        shown = listed(list(twice.values())[:3]) + (", …" if len(twice) > 3 else "")  # noqa: PLR2004
        told.append(
            f"{len(twice)} genes stand in several rows ({shown}); of each the value farthest from 0 is used, "
            f"{n_duplicates} rows are left out"
        )
    return QuerySignature(
        ids=tuple(name for name, _ in best.values()),
        values=np.array([number for _, number in best.values()], dtype=np.float64),
        tool=tool,
        value=value,
        n_rows=n_rows,
        n_without_value=missing,
        n_duplicates=n_duplicates,
        notes=(*notes, *told),
    )


def best_ids(candidates: Sequence[Sequence[str]]) -> int:
    """Find the first of several columns whose cells mostly look like gene ids, else the one that most do in."""
    shares = []
    for cells in candidates:
        filled = [cell for cell in cells if not is_missing(cell)][:_PROBED]
        shares.append(sum(gene_id_kind(cell) != "none" for cell in filled) / max(1, len(filled)))
    sure = next((place for place, share in enumerate(shares) if 2 * share > 1), None)
    return sure if sure is not None else int(np.argmax(shares))


def gene_columns(columns: Sequence[str]) -> list[int]:
    """Find the columns that are called as columns of genes are, the surest first."""
    keys = [column_key(name) for name in columns]
    return [place for name in (*_GENE_NAMES, *MORE_GENE_NAMES) for place, key in enumerate(keys) if key == name]


def _id_place(table: QueryTable, id_column: str | None) -> tuple[int, list[str]]:
    """Find the column of gene ids, and say so where there are several."""
    if id_column is not None:
        return _named(table, id_column), []
    named = list(dict.fromkeys(gene_columns(table.columns)))
    if named:
        place = named[best_ids([table.column(p) for p in named])]
        return place, [f"genes are in column {table.columns[place]!r}"] if len(named) > 1 else []
    text = [p for p in range(len(table.columns)) if not table.is_numeric(p)]
    return (text[best_ids([table.column(p) for p in text])], []) if text else (0, [])


def _one_group(table: QueryTable, wanted: str | None) -> tuple[QueryTable, str | None, list[str]]:
    """Take the rows of one group from a table that holds several below one another."""
    place = next((p for p, name in enumerate(table.columns) if column_key(name) in GROUPS), None)
    if place is None or recognize(table.columns) is None:
        return table, wanted, []
    groups = list(dict.fromkeys(name for name in table.column(place) if name))
    if not groups or (len(groups) == 1 and wanted not in groups):
        return table, wanted, []
    column = wanted if wanted in table.columns else None
    what = f"signatures in column {table.columns[place]!r}"
    chosen = groups[choose(None if column else wanted, groups, file=table.name, what=what, way=_WAY)]
    rows = tuple((number, cells) for number, cells in table.rows if cells[place] == chosen)
    taken = QueryTable(name=table.name, columns=table.columns, rows=rows, notes=table.notes)
    return taken, column, [f"the rows of {table.columns[place]} {chosen!r} are taken, of {len(groups)}"]


def _value_places(table: QueryTable, key: int, value_column: str | None) -> tuple[Recipe | None, tuple[int, ...]]:
    """Find the columns that the value is made of: as asked, as the tool has it, or the one of numbers."""
    if value_column is not None:
        place = _named(table, value_column)
        _refuse_p(table, place)
        return None, (place,)
    known = recognize(table.columns)
    if known is not None:
        return known
    ids = {*gene_columns(table.columns), key}
    places = [p for p in range(len(table.columns)) if p not in ids and table.is_numeric(p)]
    if len(places) == 1:
        _refuse_p(table, places[0])
        return None, (places[0],)
    if not places and len(table.columns) == 2:  # noqa: PLR2004  ids and values, where a value tells why below
        return None, (1 - key,)
    if not places:
        raise InputError(
            f"{table.name} has no column of numbers; found {listed(table.columns)}; expected genes and values"
        )
    tool = half_recognized(table.columns)
    names = listed([table.columns[place] for place in places])
    raise InputError(
        f"{table.name} has {len(places)} columns of numbers ({names})"
        + (f", as {tool} writes for several contrasts" if tool else "")
        + f"; {_WAY}"
    )


def _refuse_p(table: QueryTable, place: int) -> None:
    """Refuse a column of p-values: they are small for genes that go up and for genes that go down.

    Raises
    ------
    InputError
        The column is called as tools call theirs of p- or q-values.
    """
    if column_key(table.columns[place]) in P_VALUES:
        raise InputError(
            f"{table.name}: column {table.columns[place]!r} holds p-values, which do not say which way a gene goes; "
            "expected a value with a sign, as stat, log2FoldChange, t or z"
        )


def _named(table: QueryTable, name: str) -> int:
    """Find a column by its name."""
    if name not in table.columns:
        raise InputError(f"{table.name} has no column {brief(name)}; found {listed(table.columns)}")
    return table.columns.index(name)


def _value(
    table: QueryTable, number: int, cells: Sequence[str], places: Sequence[int], recipe: Recipe | None
) -> float | None:
    """Make the value of one row; None where a part of it is missing."""
    if any(is_missing(cells[place]) for place in places):
        return None
    parts = [_finite(table, number, cells, place) for place in places]
    value = recipe.value(*parts) if recipe else parts[0]
    if not math.isfinite(value):
        place = places[-1]
        raise InputError(
            f"{table.name} has {cells[place]!r} in column {table.columns[place]!r}, row {number}; no {recipe.tool if recipe else 'such'} "
            f"table holds that; {_WAY}"
        )
    return value


def _finite(table: QueryTable, number: int, cells: Sequence[str], place: int) -> float:
    """Read one number."""
    value = float(cells[place]) if is_number(cells[place]) else math.nan
    if not math.isfinite(value):
        raise InputError(
            f"{table.name} has {cells[place]!r} in column {table.columns[place]!r}, row {number}; "
            "expected a finite number"
        )
    return value
