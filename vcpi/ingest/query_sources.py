"""Paths that a question names and that are no files: a folder, a pipe, a device."""

from __future__ import annotations

import stat
from pathlib import Path

from vcpi.errors import InputError

PIPE = "a pipe"


def check_source(path: Path | str, *, expected: str) -> None:
    """Refuse a path that is there and is no file; one that is not there is left to the reader.

    Parameters
    ----------
    path
        The path as it was given.
    expected
        What it should have been, for the message.

    Raises
    ------
    InputError
        It is a folder, a pipe (as ``<(command)`` makes), a socket or a device.
    """
    what = not_a_file(path)
    if what == PIPE:
        raise InputError(f"{str(path)!r} is a pipe and cannot be read; save what it gives to a file first")
    if what:
        empty = " (as an empty value is)" if str(path) in {"", "."} else ""
        raise InputError(f"{str(path)!r} is {what}{empty}, no file; expected {expected}")


def not_a_file(path: Path | str) -> str:
    """Say what a path is that is there and no file; empty where it is a file or not there.

    Examples
    --------
    >>> not_a_file("."), not_a_file("no such file")
    ('a folder', '')
    """
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return ""
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISDIR(mode):
        return "a folder"
    return PIPE if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else "a device"
