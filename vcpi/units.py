"""Doses, times and truth values as sources write them: µM, hours, bool.

A dose that is a share of the volume (``%``, how vehicle is given) is no dose: it is read as None.
"""

from __future__ import annotations

import math
import re

from vcpi.errors import InputError

# value / _DOSE_DIVISORS or value * _DOSE_FACTORS: both exact powers of ten, so that 300 nM and 0.3 µM are one float
_DOSE_DIVISORS = {"pm": 1e6, "nm": 1e3, "um": 1.0}
_DOSE_FACTORS = {"mm": 1e3, "m": 1e6}
_DOSE_UNITS = ("pM", "nM", "uM", "µM", "mM", "M", "%")
_HOURS = {"h": 1.0, "d": 24.0, "min": 1 / 60, "s": 1 / 3600, "wk": 168.0}
_TIME_NAMES = {
    **dict.fromkeys(("", "h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("wk", "week", "weeks"), "wk"),
}
_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
MISSING = frozenset({"", "nan", "na", "n/a", "none", "null", "<na>", "-666", "-666.0"})
"""What stands for a missing value, in small letters; -666 is how LINCS writes one."""

_LONGEST = 80  # characters of a value that a message repeats
_NUMBER_AND_UNIT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*\Z", re.DOTALL)


def is_missing(value: object) -> bool:
    """Whether a cell stands for a missing value.

    Examples
    --------
    >>> is_missing(" NaN "), is_missing("-666"), is_missing(0)
    (True, True, False)
    """
    return value is None or str(value).strip().casefold() in MISSING


def parse_dose(value: str | float | None, unit: str | None = None) -> float | None:
    """Read a dose in µM.

    Parameters
    ----------
    value
        A number or its text; the unit may stand in it (``"10 µM"``).
    unit
        pM, nM, uM, µM, mM, M or ``%``; case does not matter but for ``M`` after its prefix.

    Returns
    -------
    float or None
        0 or more, in µM. None where the value is missing or where it is a percentage, which is no dose.

    Raises
    ------
    InputError
        The value is no number, is negative or not finite (in µM either), has no unit, or the unit is unknown.

    Examples
    --------
    >>> parse_dose("10000", "nM"), parse_dose("10 µM"), parse_dose("0.15", "%")
    (10.0, 10.0, None)
    """
    if is_missing(value):
        return None
    amount, name = _split(value, unit, what="dose")
    key = name.replace("\u00b5", "u").replace("\u03bc", "u").casefold()
    if key in {"%", "percent"}:
        return None
    if not key:
        raise InputError(f"Dose {_brief(value)} has no unit; expected one of {', '.join(_DOSE_UNITS)}")
    if amount < 0:
        raise InputError(f"Dose is {_brief(value)} {_brief(name)}; expected 0 or more")
    if key in _DOSE_DIVISORS:
        return amount / _DOSE_DIVISORS[key]
    if key in _DOSE_FACTORS:
        return _still_finite(amount * _DOSE_FACTORS[key], "Dose", value, name, "µM")
    raise InputError(f"Unknown dose unit {_brief(name)!r}; expected one of {', '.join(_DOSE_UNITS)}")


def parse_time(value: str | float | None, unit: str | None = None) -> float | None:
    """Read a time in hours.

    Parameters
    ----------
    value
        A number or its text; the unit may stand in it (``"24h"``). Without a unit it is hours.
    unit
        min, h, d, s or week, or their longer names.

    Returns
    -------
    float or None
        0 or more, in hours; None where the value is missing.

    Raises
    ------
    InputError
        The value is no number, is negative or not finite (in hours either), or the unit is unknown.

    Examples
    --------
    >>> parse_time("24h"), parse_time(24), parse_time("1d"), parse_time("60 min")
    (24.0, 24.0, 24.0, 1.0)
    """
    if is_missing(value):
        return None
    amount, name = _split(value, unit, what="time")
    if amount < 0:
        raise InputError(f"Time is {_brief(value)}; expected 0 or more")
    if name.casefold() not in _TIME_NAMES:
        raise InputError(f"Unknown time unit {_brief(name)!r}; expected one of {', '.join(_HOURS)}")
    return _still_finite(amount * _HOURS[_TIME_NAMES[name.casefold()]], "Time", value, name, "hours")


def parse_bool(value: object) -> bool | None:
    """Read a truth value.

    Parameters
    ----------
    value
        True, ``"true"``, ``"True"``, 1, ``"yes"`` and their opposites.

    Returns
    -------
    bool or None
        None where the value is missing.

    Raises
    ------
    InputError
        The value is none of these.

    Examples
    --------
    >>> parse_bool("True"), parse_bool(1), parse_bool("false"), parse_bool("")
    (True, True, False, None)
    """
    if is_missing(value):
        return None
    text = str(value).strip().casefold()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise InputError(f"{_brief(value)!r} is no truth value; expected true or false")


def _still_finite(amount: float, what: str, value: object, name: str, unit: str) -> float:
    """Return a converted amount, unless the conversion took it beyond all floats."""
    if not math.isfinite(amount):
        shown = _brief(value if str(value).endswith(name) else f"{value} {name}")
        raise InputError(f"{what} is {shown}, which is beyond all numbers in {unit}; expected a smaller one")
    return amount


def _split(value: str | float | None, unit: str | None, *, what: str) -> tuple[float, str]:
    """Part a number from the unit behind it, or take the unit from beside it."""
    found = _NUMBER_AND_UNIT.match(str(value))
    amount = float(found[1]) if found else math.nan
    name = found[2] if found else ""
    if not is_missing(unit):
        amount = amount if name.casefold() in {"", str(unit).strip().casefold()} else math.nan
        name = str(unit).strip()
    if not math.isfinite(amount):
        raise InputError(f"{what.capitalize()} is {_brief(value)!r}; expected a finite number")
    return amount, name


def _brief(value: object) -> str:
    """Cut a long value for a message."""
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
