"""Conditions on descriptors, as people type them: ``mw<500``, ``300<=mw<=600``, ``logp>2``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from vcpi.errors import InputError

# What may be asked about: the field of Descriptors → the names that people type, the shortest first
NAMES = {
    "molecular_weight": ("mw", "weight", "molwt"),
    "log_p": ("logp", "clogp"),
    "tpsa": ("tpsa", "psa"),
    "n_h_donors": ("hbd", "donors"),
    "n_h_acceptors": ("hba", "acceptors"),
    "n_rotatable_bonds": ("rotb", "rotatable", "rotatable_bonds"),
    "n_rings": ("rings",),
    "n_heavy_atoms": ("heavy", "heavy_atoms"),
    "fraction_sp3": ("fsp3", "sp3"),
}

_FIELD_OF = {name: field for field, names in NAMES.items() for name in (field, *names)}
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip
_SIGN = re.compile("(" + "|".join(map(re.escape, _OPERATORS)) + ")")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SAME_WAY = ({"<", "<="}, {">", ">="})
_EXPECTED = "expected one such as 'mw<500' or '300<=mw<=600'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One comparison of a descriptor with a number: ``field`` of the record, the sign and the value."""

    field: str
    sign: str
    value: float

    def __call__(self, record: object) -> bool:
        """Say whether a record fulfils it; one that lacks the value does not."""
        found = _value(record, self.field)
        return found is not None and _OPERATORS[self.sign](found, self.value)

    def __str__(self) -> str:
        return f"{NAMES[self.field][0]}{self.sign}{self.value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DescriptorFilter:
    """Bounds that must all hold; called with a ``Descriptors``, a ``Compound`` or a row, it answers yes or no."""

    bounds: tuple[Bound, ...]

    def __call__(self, record: object) -> bool:
        """Say whether a record fulfils every bound."""
        return all(bound(record) for bound in self.bounds)

    def __str__(self) -> str:
        return ", ".join(map(str, self.bounds))


def parse_filter(text: str) -> DescriptorFilter:
    """Read a condition on descriptors.

    Parameters
    ----------
    text
        Name, sign and number in either order (``mw<500``, ``2<logp``), or a range (``300<=mw<=600``); several are joined
        by commas. Signs: ``< <= > >= = == !=``, also ``≤`` and ``≥``; names in any case, see ``NAMES``.

    Returns
    -------
    DescriptorFilter
        A predicate over ``Descriptors``, ``Compound`` or a mapping with their fields. A record without the value, such
        as a compound whose structure is not known, fulfils no condition.

    Raises
    ------
    InputError
        Not a condition, an unknown name (the message lists those known), or a range that holds nothing.

    Examples
    --------
    >>> rule = parse_filter("300<=mw<600, logp>2")
    >>> str(rule), rule({"molecular_weight": 400.0, "log_p": 3.1}), rule({"molecular_weight": 400.0, "log_p": None})
    ('mw>=300, mw<600, logp>2', True, False)
    """
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"Not a condition: {text!r:.80}; {_EXPECTED}")
    return DescriptorFilter(bounds=tuple(bound for part in text.split(",") for bound in _read(part)))


def parse_filters(texts: Iterable[str]) -> DescriptorFilter:
    """Read several conditions into one that holds when all of them do; none at all always holds.

    Examples
    --------
    >>> len(parse_filters(["mw<500", "rings>=2"]).bounds)
    2
    """
    return DescriptorFilter(bounds=tuple(bound for text in texts for bound in parse_filter(text).bounds))


def _read(text: str) -> list[Bound]:
    """Read one condition: one bound, or the two of a range."""
    normal = text.replace("≤", "<=").replace("≥", ">=")
    words = [word.strip() for word in _SIGN.split(normal)]
    match words:
        case [left, sign, right] if _number(left) is None:
            return [_bound(left, sign, right, text)]
        case [left, sign, right]:
            return [_bound(right, _MIRRORED.get(sign, sign), left, text)]
        case [low, first, name, second, high] if any({first, second} <= way for way in _SAME_WAY):
            bounds = [_bound(name, _MIRRORED[first], low, text), _bound(name, second, high, text)]
            return _refuse_empty(bounds, text)
    raise InputError(f"Not a condition: {text.strip()!r:.80}; {_EXPECTED}")


def _bound(name: str, sign: str, number: str, text: str) -> Bound:
    """Make a bound of its parts, or say which of them is wrong."""
    field, value = _FIELD_OF.get(name.casefold().replace(" ", "_")), _number(number)
    if value is None or not name or _number(name) is not None:
        raise InputError(f"Not a condition: {text.strip()!r:.80}; {_EXPECTED}")
    if field is None:
        near = get_close_matches(name.casefold(), list(_FIELD_OF), n=1)
        hint = f"; nearest is {near[0]!r}" if near else ""
        known = ", ".join(names[0] for names in NAMES.values())
        raise InputError(f"Unknown descriptor {name!r:.40} in {text.strip()!r:.80}; expected one of {known}{hint}")
    return Bound(field=field, sign=sign, value=value)


def _refuse_empty(bounds: list[Bound], text: str) -> list[Bound]:
    """Refuse a range whose lower end lies above its upper end."""
    lower, upper = sorted(bounds, key=lambda bound: bound.sign.startswith("<"))
    strict = "=" not in lower.sign or "=" not in upper.sign
    if lower.value > upper.value or (strict and lower.value == upper.value):
        raise InputError(f"No value fulfils {text.strip()!r:.80}; expected the lower number on the smaller side")
    return bounds


def _number(text: str) -> float | None:
    """Read a finite number, None where it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _value(record: Any, field: str) -> float | None:  # noqa: ANN401 - a dataclass, a mapping or a row of sqlite3
    """Take a field from a record, whichever kind it is."""
    if hasattr(record, field):
        found = getattr(record, field)
    else:
        try:
            found = record[field]
        except (KeyError, IndexError):
            return None
    return None if found is None or math.isnan(found) else float(found)
