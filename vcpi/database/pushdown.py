"""What of a filter an engine can be told: conditions that leave out nothing the filter leaves in.

The whole filter is applied here to what comes back, so that an engine that knows a part of it, or none, gives the same
answer and reads more rows for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.database.filters import KINDS, dose_bounds
from vcpi.engines.conditions import Condition, is_text
from vcpi.engines.interface import FIELDS
from vcpi.structure.filters import parse_filters

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from vcpi.database.filters import Filter
    from vcpi.engines.interface import Kind

_BOUNDS = {"<": ("<=",), "<=": ("<=",), ">": (">=",), ">=": (">=",), "=": ("<=", ">="), "==": ("<=", ">=")}


def labels_of(connection: sqlite3.Connection) -> dict[int, str]:
    """Read one class of each compound, the first by name: what an engine keeps beside a row."""
    query = "SELECT compound_id, min(value) FROM annotation WHERE kind = 'class' GROUP BY compound_id"
    return dict(connection.execute(query).fetchall())


def conditions_of(
    connection: sqlite3.Connection, what: Filter | None, kind: Kind, *, cell_lines: Sequence[str | None] = ()
) -> tuple[Condition, ...]:
    """Translate the parts of a filter that rows of a kind can be told by.

    Parameters
    ----------
    connection
        The store.
    what
        The filter; all rows pass where None.
    kind
        What is searched.
    cell_lines
        Those of the dataset, as the store writes them.

    Returns
    -------
    tuple of Condition
        Cell line, dose, molecular weight, and a class where it is the one class that the engine keeps of all its compounds.
    """
    if what is None:
        return ()
    found = _of_labels(connection, what)
    for bound in parse_filters(what.descriptors).bounds:
        if bound.field in FIELDS[kind] and bound.value >= 0:
            found += [Condition(bound.field, sign, bound.value) for sign in _BOUNDS.get(bound.sign, ())]  # type: ignore[arg-type]
    if kind == "signatures":
        found += _of_treatments(what, cell_lines)
    return tuple(found)


def said(where: tuple[Condition, ...]) -> str:
    """Write what an engine was told.

    Examples
    --------
    >>> said((Condition("cell_line", "==", "A549"), Condition("dose_um", "<=", 10.0)))
    'the engine was told cell_line == A549, dose_um <= 10; the whole filter was applied here'
    """
    if not where:
        return "the engine was told nothing of the filter, which was applied here"
    texts = (
        f"{one.field} {one.operator} {one.value if isinstance(one.value, str) else f'{one.value:g}'}" for one in where
    )
    return f"the engine was told {', '.join(texts)}; the whole filter was applied here"


def _of_treatments(what: Filter, cell_lines: Sequence[str | None]) -> list[Condition]:
    """Translate cell line and dose."""
    found: list[Condition] = []
    if what.cell_line is not None:
        wanted = what.cell_line.strip().casefold()
        named = {one for one in cell_lines if one and one.casefold() == wanted}
        if len(named) == 1 and is_text(one := named.pop()):
            found.append(Condition("cell_line", "==", one))
    if what.dose_um is not None:
        low, high = dose_bounds(what.dose_um)
        found += [Condition("dose_um", ">=", low), Condition("dose_um", "<=", high)]
    return found


def _of_labels(connection: sqlite3.Connection, what: Filter) -> list[Condition]:
    """Translate a class, where the engine keeps it of every compound that has it."""
    if len(what.labels) != 1:
        return []
    wanted = what.labels[0].strip().casefold()
    rows = connection.execute("SELECT compound_id, value FROM annotation WHERE kind IN (?, ?, ?)", KINDS)
    holders = {compound_id for compound_id, value in rows if value.casefold() == wanted}
    kept = labels_of(connection)
    named = {kept.get(compound_id, "") for compound_id in holders}
    if len(named) != 1 or not is_text(one := named.pop()):
        return []
    return [Condition("label", "==", one)] if one.casefold() == wanted else []
