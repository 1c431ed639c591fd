"""Cells of a table for programs: exact, and nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def exact(value: object, *, safe: bool = True) -> str:
    """Write one cell for a program.

    Parameters
    ----------
    value
        None is written as nothing, lists with ``|`` between their parts.
    safe
        Put an apostrophe before a text that a spreadsheet would take for a formula.

    Examples
    --------
    >>> [exact(value) for value in (None, True, 0.1, ["a", "b"], "=1+1")]
    ['', 'true', '0.1', 'a|b', "'=1+1"]
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    text = "|".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if safe and text.startswith(FORMULA) else text
