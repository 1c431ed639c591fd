"""Filters that engines can be told: plain comparisons of the values beside each row, all of which must hold.

What they mean is said once, by :func:`mask`; an engine translates them, and the core holds what comes back against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vcpi.engines.interface import MOST_TEXT
from vcpi.errors import InputError

if TYPE_CHECKING:
    from vcpi.engines.interface import Scalars, Space

Operator = Literal["==", ">=", "<="]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: a field, an operator and a value. What is not known passes none.

    Attributes
    ----------
    field
        One of the fields of the space.
    operator
        ``==``, and for numbers ``>=`` and ``<=``.
    value
        A text or a number from 0.
    """

    field: str
    operator: Operator
    value: str | float


def is_text(value: str) -> bool:
    """Say whether a text can be filtered by: every engine reads it as it is, and holds it whole.

    Examples
    --------
    >>> is_text("THP-1"), is_text('the "other"'), is_text("")
    (True, False, False)
    """
    return bool(value) and len(value.encode()) <= MOST_TEXT and not any(letter in value for letter in "\\\"'\0\n\r")


def compiled(space: Space, where: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Check conditions and add what makes their meaning the same everywhere: a bound above excludes the unknown.

    Raises
    ------
    InputError
        A field is unknown, or a value has another type than it.
    """
    found: list[Condition] = []
    for one in where:
        kind = space.fields.get(one.field)
        if kind is None:
            raise InputError(f"{space.kind} have no {one.field!r} to filter by; expected {', '.join(space.fields)}")
        text = isinstance(one.value, str)
        if text != (kind is str) or (text and one.operator != "=="):
            raise InputError(f"Cannot filter {one.field} by {one.operator} {one.value!r}; expected {kind.__name__}")
        if text and not is_text(str(one.value)):
            raise InputError(f"Cannot filter {one.field} by {one.value!r}; expected a text without quotes")
        if not text and not 0 <= float(one.value) < float("inf"):
            raise InputError(f"Cannot filter {one.field} by {one.value!r}; expected a finite number from 0")
        found.append(one)
        if one.operator == "<=":
            found.append(Condition(one.field, ">=", 0))
    return tuple(found)


def mask(scalars: Scalars, where: tuple[Condition, ...], n_rows: int) -> NDArray[np.bool_]:
    """Say which rows pass all conditions, shape (n_rows,).

    Examples
    --------
    >>> values = {"dose_um": np.array([0.1, 10.0, -1.0])}
    >>> mask(values, (Condition("dose_um", "<=", 1.0), Condition("dose_um", ">=", 0)), 3).tolist()
    [True, False, False]
    """
    kept = np.ones(n_rows, dtype=bool)
    for one in where:
        values: NDArray[Any] = scalars[one.field]
        if one.operator == "==":
            kept &= np.asarray(values == one.value, dtype=bool)
        else:
            kept &= values >= one.value if one.operator == ">=" else values <= one.value
    return kept
