"""What a link holds: the parameters of a view, read and written, and the command line that says the same."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from vcpi.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vcpi.database.filters import Filter

MOST_HITS = 1_000
LONGEST = 20_000
LONGEST_LINE, MOST_LINES = 5_000, 100
_YES = ("1", "yes", "true", "on")
_NO = ("", "0", "no", "false", "off")


class Params:
    """The parameters of a question; a wrong one raises InputError.

    Parameters
    ----------
    pairs
        Names and values as they came.

    Examples
    --------
    >>> params = Params([("name", " everolimus "), ("k", "5")])
    >>> params.text("name"), params.whole("k", 10), params.flag("reverse")
    ('everolimus', 5, False)
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = [(name, value.replace("\0", "")) for name, value in pairs]

    def __contains__(self, name: object) -> bool:
        return any(one == name and value.strip() for one, value in self.pairs)

    def has(self, name: str) -> bool:
        """Say whether a parameter was given, even an empty one."""
        return any(one == name for one, _ in self.pairs)

    def raw(self, name: str) -> str:
        """Return a text as it came, for a form."""
        return next((value for one, value in self.pairs if one == name), "")

    def lines(self, name: str) -> str:
        """Return all texts of a name as they came, one below the other, for a form."""
        return "\n".join(value for one, value in self.pairs if one == name)

    def text(self, name: str) -> str:
        """Return a text of bounded length, without blanks around it; empty where there is none."""
        value = self.raw(name).strip()
        if len(value) > LONGEST:
            raise InputError(f"{name} has {len(value):,} characters; expected {LONGEST:,} or fewer")
        return value

    def maybe(self, name: str) -> str | None:
        """Return a text, or None where there is none."""
        return self.text(name) or None

    def every(self, name: str) -> list[str]:
        """Return all values of a name, and their lines, without empty ones."""
        lines = [line.strip() for one, value in self.pairs if one == name for line in value.splitlines()]
        found = [line for line in lines if line]
        longest = max((len(line) for line in found), default=0)
        if longest > LONGEST_LINE or len(found) > MOST_LINES:
            raise InputError(
                f"{name} has {len(found)} lines of up to {longest:,} characters; expected {MOST_LINES} or fewer, of "
                f"{LONGEST_LINE:,} or fewer"
            )
        return found

    def whole(self, name: str, default: int, *, most: int = MOST_HITS) -> int:
        """Return a whole number from 1 on."""
        value = self.text(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and len(value) <= len(str(most)) and 1 <= int(value) <= most):
            raise InputError(f"{name} is {value!r:.60}; expected a whole number from 1 to {most:,}")
        return int(value)

    def share(self, name: str) -> float | None:
        """Return a number above 0 and up to 1, or None."""
        value = self.text(name)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 < number <= 1:
            raise InputError(f"{name} is {value!r:.60}; expected a number above 0 and up to 1")
        return number

    def flag(self, name: str) -> bool:
        """Return yes or no."""
        value = self.text(name).casefold()
        if value not in (*_YES, *_NO):
            raise InputError(f"{name} is {value!r:.60}; expected 1 or nothing")
        return value in _YES

    def filter(self) -> Filter:
        """Return what a search leaves in."""
        from vcpi.database.filters import Filter

        return Filter(
            cell_line=self.maybe("cell_line"),
            labels=tuple(self.every("class")),
            descriptors=tuple(self.every("where")),
            substructure=self.maybe("holds"),
            active=self.flag("active"),
            different_scaffold=self.flag("different_scaffold"),
        )

    def link(self, path: str, **changes: str | None) -> str:
        """Write the link of this view, with some parameters changed; None takes one out."""
        kept = [(name, value) for name, value in self.pairs if name not in changes and value.strip()]
        return link(path, kept + [(name, value) for name, value in changes.items() if value])


def link(path: str, pairs: Sequence[tuple[str, str]] | Mapping[str, str]) -> str:
    """Write a link.

    Examples
    --------
    >>> link("/like", {"name": "a&b"})
    '/like?name=a%26b'
    """
    query = urlencode(list(pairs.items()) if hasattr(pairs, "items") else pairs)
    return f"{path}?{query}" if query else path


def command(verb: str, *words: str, **options: Any) -> str:  # noqa: ANN401  flags, texts, numbers, lists of them
    """Write the command line that says the same.

    Parameters
    ----------
    verb
        Of vcpi.
    *words
        Its arguments.
    **options
        Name → value; those that are None, False or empty are left out.

    Examples
    --------
    >>> command("like", "beta estradiol", k=5, active=True, reverse=False, where=["mw<500"])
    "vcpi like 'beta estradiol' -k 5 --active --where 'mw<500'"
    """
    parts = ["vcpi", verb, *(["--"] if any(word.startswith("-") for word in words) else []), *words]
    tail: list[str] = []
    for name, value in options.items():
        option = f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}"
        if value is True:
            tail.append(option)
        elif isinstance(value, list | tuple):
            tail += [part for one in value for part in (option, str(one))]
        elif value not in (None, False, ""):
            tail += [option, str(value)]
    if "--" in parts:  # options stand before the mark that ends them
        return shlex.join([*parts[:2], *tail, *parts[2:]])
    return shlex.join([*parts, *tail])
