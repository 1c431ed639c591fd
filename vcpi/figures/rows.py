"""What figures read from rows: numbers that are there, the bar of significance, tooltips, fewer points where many are alike."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from vcpi.errors import InputError
from vcpi.figures import look

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vcpi.figures.figure import Spec

Row = dict[str, Any]

SURE = 0.05
MOST_POINTS = 5_000
_TIPS = {
    "name": "name",
    "rank": "rank",
    "connectivity": "connectivity",
    "q_noise": "q",
    "tanimoto": "Tanimoto",
    "relation": "relation",
    "kind": "kind",
    "class": "class",
    "expected": "one effect would give",
    "strength": "strength",
    "same_plate": "same plate",
    "flags": "flags",
}


def known(rows: Iterable[Mapping[str, Any]], *fields: str) -> list[Row]:
    """Return the rows in which each field holds a finite number."""
    return [dict(row) for row in rows if all(is_number(row.get(field)) for field in fields)]


def is_number(value: object) -> bool:
    """Say whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def checked(rows: Iterable[Mapping[str, Any]], *fields: str) -> list[Row]:
    """Return rows that all have some fields.

    Raises
    ------
    InputError
        A row lacks one.
    """
    found = [dict(row) for row in rows]
    for at, row in enumerate(found):
        missing = [field for field in fields if field not in row]
        if missing:
            raise InputError(f"Row {at} of the figure has no {missing[0]}; expected {', '.join(fields)}")
    return found


def bar(rows: Iterable[Mapping[str, Any]], *, reverse: bool = False) -> float | None:
    """Return the connectivity from which rows have q below 0.05: the lowest of those, reversed the highest.

    Examples
    --------
    >>> bar([{"connectivity": 0.9, "q_noise": 0.01}, {"connectivity": 0.4, "q_noise": 0.04},
    ...      {"connectivity": 0.3, "q_noise": 0.4}])
    0.4
    """
    sure = [float(row["connectivity"]) for row in known(rows, "connectivity", "q_noise") if row["q_noise"] < SURE]
    if not sure:
        return None
    return max(sure) if reverse else min(sure)


def told(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Write what tooltips say of rows, under ``tip_…``; what a row lacks and another has is a dash."""
    written = [{field: _text(row.get(field)) for field in _TIPS} for row in rows]
    used = [field for field in _TIPS if any(row[field] for row in written)]
    return [{f"tip_{field}": row[field] or "-" for field in used} for row in written]


def tips(rows: Sequence[Mapping[str, Any]], *, pictures: bool = False) -> list[Spec]:
    """Encode the tooltip of rows that hold what :func:`told` wrote."""
    fields = [name.removeprefix("tip_") for name in (rows[0] if rows else {}) if name.startswith("tip_")]
    found: list[Spec] = [
        {"field": f"tip_{field}", "type": "nominal", "title": "title" if field == "name" else _TIPS[field]}
        for field in fields
    ]
    return [*found, {"field": "image", "type": "nominal", "title": "image"}] if pictures else found


def _text(value: object) -> str:
    """Write a value for reading."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0e}" if 0 < abs(value) < 0.001 else f"{value:.3f}"  # noqa: PLR2004
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def thinned(rows: Sequence[Row], keep: Sequence[bool], *, most: int = MOST_POINTS) -> list[Row]:
    """Leave out rows at even steps until about so many are left, of those that need not be kept.

    Parameters
    ----------
    rows
        In the order in which steps are counted.
    keep
        Whether a row must stay.
    most
        How many rows are left, where those that must stay are fewer.

    Examples
    --------
    >>> [row["at"] for row in thinned([{"at": at} for at in range(10)], [at == 1 for at in range(10)], most=4)]
    [0, 1, 4, 7]
    """
    if len(rows) <= most:
        return list(rows)
    others = [at for at, must in enumerate(keep) if not must]
    room = max(most - (len(rows) - len(others)), 1)
    step = -(-len(others) // room)
    drawn = set(others[::step])
    return [row for at, row in enumerate(rows) if keep[at] or at in drawn]


def kinds(rows: Sequence[Mapping[str, Any]], *, first: int = 0) -> tuple[list[str], list[str]]:
    """Choose the classes that get a colour, and their colours; all others are pale.

    Parameters
    ----------
    rows
        Ranked.
    first
        How many of the first say which classes matter: the most frequent there, then those most frequent overall.

    Examples
    --------
    >>> kinds([{"class": "HDAC"}, {"class": "mTOR"}, {"class": "mTOR"}, {}], first=1)
    (['HDAC', 'mTOR', 'other or none'], ['#0072B2', '#E69F00', '#B8B8B8'])
    """
    counts = Counter(str(row["class"]) for row in rows if row.get("class"))
    near = Counter(str(row["class"]) for row in rows[:first] if row.get("class"))
    ranked = sorted(counts, key=lambda name: (-near[name], -counts[name], name))[: len(look.CLASS_COLOURS)]
    return [*ranked, "other or none"], [*look.CLASS_COLOURS[: len(ranked)], look.PALE]
