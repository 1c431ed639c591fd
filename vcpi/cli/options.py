"""Options that several verbs share, and opening the workspace that they name."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from vcpi.cli.outputs import MOLFILES, check_outputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from vcpi.database import Database

_Answer = TypeVar("_Answer")


class Format(StrEnum):
    """How an answer is written."""

    table = "table"
    json = "json"
    csv = "csv"
    tsv = "tsv"


FormatOption = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="How to write the answer; by the suffix of --output, else a table."),
]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="File for the answer instead of stdout.")]
KOption = Annotated[int, typer.Option("-k", help="How many hits.", min=1)]
FastOption = Annotated[
    bool,
    typer.Option("--fast/--exact", help="Look only at what a fast index proposes ('vcpi build --fast'), or at all."),
]
DatasetOption = Annotated[str | None, typer.Option(help="Dataset to search; see 'vcpi status'.")]


def open_workspace(ctx: typer.Context) -> Database:
    """Open the workspace that ``--home`` names, for reading; refuse outputs that would destroy something first."""
    from vcpi.database import Database  # NumPy and RDKit load when a verb asks, not for --help

    check_outputs(ctx.params, ctx.obj)
    database = Database(ctx.obj)
    chosen = engine_of(ctx)
    if chosen is not None:
        database.use_engine(chosen, or_embedded=bool(ctx.meta.get("vcpi.or_embedded")))
    return database


def engine_of(ctx: typer.Context) -> str | None:
    """Say which engine is asked: that of ``--engine``, else of the workspace; None for the embedded indexes."""
    given = ctx.meta.get("vcpi.engine")
    if given is None:
        path = ctx.obj / "db" / "engine"
        given = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    return None if given in {"", "embedded"} else str(given)


def _drawn(path: Path) -> str:
    """Read a structure that was drawn, from a molfile."""
    from vcpi.errors import InputError

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"Cannot read the structure {path}: {reason}; expected a molfile (V2000 or V3000)"
        raise InputError(message) from error
    if "\0" in text:
        message = f"{path} holds a NUL character, so it is no molfile; expected text, V2000 or V3000"
        raise InputError(message)
    if text.count("M  END") > 1:
        message = f"{path} holds {text.count('M  END')} structures; expected one; ask about each, or give names or SMILES as @FILE"
        raise InputError(message)
    if "M  END" not in text:
        message = f"{path} is no molfile (it has no line 'M  END'); expected V2000 or V3000, or give a SMILES"
        raise InputError(message)
    return text[: text.index("M  END") + len("M  END")] + "\n"


def ask_each(names: list[str], ask: Callable[[str], _Answer]) -> tuple[list[_Answer], list[str]]:
    """Ask about each name; of several, one that fails is told and the others are answered.

    Returns
    -------
    tuple
        The answers, and a line for each name that failed. A single name's error is raised.
    """
    from vcpi.errors import VcpiError

    answers: list[_Answer] = []
    failures: list[str] = []
    for place, name in enumerate(names, start=1):
        try:
            answers.append(ask(name))
        except VcpiError as error:
            if len(names) == 1:
                raise
            failures.append(f"name {place}: {error}")
    return answers, failures


def tell(failures: list[str]) -> None:
    """Say which names failed, and end with 1 if any did."""
    for failure in failures:
        typer.echo(f"vcpi: {' '.join(failure.split())}", err=True)
    if failures:
        raise typer.Exit(1)


def named(name: str) -> list[str]:
    """Read names: one, or one a line from ``@FILE`` or from stdin (``-``); a file ``.mol`` holds one drawn structure."""
    from vcpi.errors import InputError

    if name.lower().endswith(MOLFILES):
        return [_drawn(Path(name))]

    if name == "-":
        try:
            lines = sys.stdin.read().removeprefix("\ufeff").splitlines() if sys.stdin else []
        except UnicodeDecodeError as error:
            message = f"stdin is no UTF-8 text ({error.reason}); expected names, one a line"
            raise InputError(message) from error
    elif name.startswith("@"):
        path = Path(name[1:])
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            message = f"Cannot read names from {name}: {reason}; expected @FILE, a text file with one name a line"
            raise InputError(message) from error
    else:
        return [name]
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        message = f"No names in {name}; expected one a line"
        raise InputError(message)
    return found


def single(names: list[str], verb: str, *, alone: bool = False) -> list[str]:
    """Return names that stand for themselves; refuse ``@FILE``, ``-`` and files of a drawing among them.

    Parameters
    ----------
    names
        As on the command line.
    verb
        The verb, for the message.
    alone
        The verb does take such a one, as its only name.
    """
    from vcpi.errors import InputError

    odd = next((one for one in names if one == "-" or one.startswith("@") or one.lower().endswith(MOLFILES)), None)
    if odd is None:
        return names
    what = "names from a file" if odd.startswith("@") else "names from stdin" if odd == "-" else "a drawing"
    if alone:
        raise InputError(
            f"{odd!r} stands for {what} and takes no other name beside it; give it alone, or each name itself"
        )
    raise InputError(f"{odd!r} stands for {what}, which 'vcpi {verb}' does not take; give names, InChIKeys or SMILES")
