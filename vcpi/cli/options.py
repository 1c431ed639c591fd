"""Options that several verbs share, and opening the workspace that they name."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from vcpi.database import Database

_Answer = TypeVar("_Answer")
MOLFILES = (".mol", ".mdl", ".sdf")


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
DatasetOption = Annotated[str | None, typer.Option(help="Dataset to search; see 'vcpi status'.")]


def open_workspace(ctx: typer.Context) -> Database:
    """Open the workspace that ``--home`` names, for reading."""
    from vcpi.database import Database  # NumPy and RDKit load when a verb asks, not for --help

    return Database(ctx.obj)


def _drawn(path: Path) -> str:
    """Read a structure that was drawn, from a molfile."""
    from vcpi.errors import InputError

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"Cannot read the structure {path}: {error}; expected a molfile (V2000 or V3000)"
        raise InputError(message) from error
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
            lines = sys.stdin.read().splitlines() if sys.stdin else []
        except UnicodeDecodeError as error:
            message = f"stdin is no UTF-8 text ({error.reason}); expected names, one a line"
            raise InputError(message) from error
    elif name.startswith("@"):
        path = Path(name[1:])
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            message = f"Cannot read names from {path}: {error}; expected a text file with one name a line"
            raise InputError(message) from error
    else:
        return [name]
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        message = f"No names in {name}; expected one a line"
        raise InputError(message)
    return found
