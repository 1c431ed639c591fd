"""Options that several verbs share, and opening the workspace that they name."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vcpi.database import Database


class Format(StrEnum):
    """How an answer is written."""

    table = "table"
    json = "json"
    csv = "csv"
    tsv = "tsv"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to write the answer.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="File for the answer instead of stdout.")]
KOption = Annotated[int, typer.Option("-k", help="How many hits.", min=1)]
DatasetOption = Annotated[str | None, typer.Option(help="Dataset to search; see 'vcpi status'.")]


def open_workspace(ctx: typer.Context) -> Database:
    """Open the workspace that ``--home`` names, for reading."""
    from vcpi.database import Database  # NumPy and RDKit load when a verb asks, not for --help

    return Database(ctx.obj)


def named(name: str) -> list[str]:
    """Read names: one, or one a line from ``@FILE`` or from stdin (``-``)."""
    from vcpi.errors import InputError

    if name == "-":
        lines = typer.get_text_stream("stdin").read().splitlines()
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
