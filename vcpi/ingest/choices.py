"""One name out of several that a file offers, with a clear line where it is not there or was not given."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from vcpi.errors import InputError

_SHOWN = 8
_LEAST_ALIKE = 0.5
_LONGEST = 80


def choose(wanted: str | None, names: Sequence[str], *, file: str, what: str, way: str) -> int:
    """Find the place of a name, the only one where none is wanted.

    Parameters
    ----------
    wanted
        The name; case does not matter where that leaves one. None where the file should hold one alone.
    names
        The names on offer, one or more.
    file, what, way
        For the message: the file, what the names are in the plural, and how one is chosen.

    Raises
    ------
    InputError
        No name was given and there are several, the name is not there (close ones are listed), or stands twice.

    Examples
    --------
    >>> choose("hdac_up", ["ER_UP", "HDAC_UP"], file="x.gmt", what="gene sets", way="name one")
    1
    """
    if wanted is None:
        if len(names) == 1:
            return 0
        raise InputError(f"{file} holds {len(names)} {what} ({listed(names)}); {way}")
    for key in (str, str.casefold):
        found = [place for place, name in enumerate(names) if key(name) == key(wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(f"{file} holds {len(found)} {what} of the name {brief(wanted)}; rename all but one")
    close = close_names(wanted, names)
    raise InputError(
        f"{file} has no {what.removesuffix('s')} {brief(wanted)}; "
        + (f"close to it: {listed(close)}" if close else f"found {listed(names)}")
    )


def brief(text: str) -> str:
    """Quote a name as a message does; a long one is cut.

    Examples
    --------
    >>> brief("TNF"), len(brief("x" * 5000))
    ("'TNF'", 83)
    """
    return repr(text) if len(text) <= _LONGEST else f"{text[:_LONGEST]!r}…"


def close_names(wanted: str, names: Sequence[str]) -> list[str]:
    """List the names that are close to what was wanted: those that hold it first, then those spelled alike."""
    written: dict[str, str] = {}
    for name in names:
        written.setdefault(name.casefold(), name)
    key = wanted.casefold()
    holds = [name for small, name in written.items() if key and key in small]
    alike = difflib.get_close_matches(key, list(written), n=_SHOWN, cutoff=_LEAST_ALIKE)
    return list(dict.fromkeys([*holds, *(written[small] for small in alike)]))[:_SHOWN]


def listed(names: Sequence[str]) -> str:
    """Show the first names."""
    return ", ".join(name[:60] for name in names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
