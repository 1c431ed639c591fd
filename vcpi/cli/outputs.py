"""Files that an answer or a figure must not overwrite: those of a workspace, and what the question is read from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vcpi.errors import InputError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OUTPUTS = ("output", "plot", "svg")
MOLFILES = (".mol", ".mdl", ".sdf")
_LISTS = ("up", "down", "genes", "gene_sets")
PARTS = ("db", "index")
STORE = "db/vcpi.sqlite"
_SIDE_FILES = ("-wal", "-shm", "-journal")
_OURS = (b"SQLite format 3", b"\x93NUMPY", b"IxM2", b"IxMp")


def check_outputs(params: Mapping[str, Any], home: Path) -> None:
    """Refuse to write an answer or a figure over the workspace, over another output or over an input of the verb.

    Parameters
    ----------
    params
        Arguments and options of the verb.
    home
        The workspace that is asked.

    Raises
    ------
    WorkspaceError
        An output is part of a workspace.
    InputError
        An output is an input as well, or two outputs are one file.
    """
    outputs = {name: Path(params[name]) for name in OUTPUTS if params.get(name) is not None}
    seen: list[Path] = []
    for name, path in outputs.items():
        refuse_workspace(path, home)
        if any(_same(path, other) for other in seen):
            raise InputError(f"{path} is to hold the answer and a figure; name two files")
        seen.append(path)
        source = next((one for one in _inputs(params) if _same(path, one)), None)
        if source is not None:
            raise InputError(f"{path} is read for this question and would be overwritten (--{name}); name another file")


def refuse_workspace(path: Path, home: Path | None = None) -> None:
    """Refuse a file that is part of a workspace: in its db/ or index/, a store, what SQLite keeps beside one, an index.

    Raises
    ------
    WorkspaceError
        It is.
    """
    whole = path.resolve()
    homes = [parent.parent for parent in whole.parents if parent.name in PARTS and (parent.parent / STORE).is_file()]
    inside = bool(homes) or (home is not None and any(whole.is_relative_to((home / part).resolve()) for part in PARTS))
    store = next((str(whole).removesuffix(end) for end in _SIDE_FILES if whole.name.endswith(end)), None)
    if inside or _is_ours(whole) or (store is not None and _is_ours(Path(store))):
        raise WorkspaceError(f"{path} is a database or an index, or beside one; choose another file for the answer")


def _is_ours(path: Path) -> bool:
    """Say whether a file begins as stores and indexes do."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(16).startswith(_OURS)
    except OSError:
        return False


def _inputs(params: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the files that arguments and options name: a path, @FILE, a drawing, FILE:SET of a list of genes."""
    for name, value in params.items():
        if name in OUTPUTS:
            continue
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, Path) or (isinstance(one, str) and name in _LISTS):
                text = str(one)
                yield Path(text)
                yield from (Path(text[:place]) for place, mark in enumerate(text) if mark == ":" and place)
            elif isinstance(one, str) and (one.startswith("@") or one.lower().endswith(MOLFILES)):
                yield Path(one.removeprefix("@"))


def _same(one: Path, other: Path) -> bool:
    """Say whether two paths are one file."""
    try:
        return one.resolve() == other.resolve() or (one.is_file() and other.is_file() and one.samefile(other))
    except (OSError, ValueError):
        return False
