"""The ``vcpi`` command: options that every verb shares, and what an error looks like."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from vcpi.cli.verbs import VerbGroup
from vcpi.errors import VcpiError
from vcpi.version import __version__

app = typer.Typer(
    name="vcpi",
    cls=VerbGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(*, value: bool) -> None:
    """Print the version and end."""
    if value:
        typer.echo(f"vcpi-search {__version__}")
        raise typer.Exit


@app.callback()
def vcpi(
    ctx: typer.Context,
    home: Annotated[
        Path, typer.Option(envvar="VCPI_HOME", help="Folder of the workspace (db/ and index/).", show_default="here")
    ] = Path(),
    _version: Annotated[
        bool, typer.Option("--version", callback=lambda value: _print_version(value=value), is_eager=True)
    ] = False,
) -> None:
    """Ask what else is like a compound, in what it looks like and in what it does to cells.

    Start with 'vcpi demo' in an empty folder, then 'vcpi like everolimus'.
    """
    ctx.obj = home


def main() -> int:
    """Run the command line and return its exit status: 0 an answer, 1 an error of vcpi, 2 wrong usage."""
    try:
        app(prog_name="vcpi", standalone_mode=True)
    except SystemExit as ended:
        return _status(ended.code)
    except VcpiError as error:
        notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        sys.stderr.write(f"vcpi: {_one_line(str(error) + notes)}\n")
        return 1
    except BrokenPipeError:
        # the reader went away, as `head` does; nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("vcpi: stopped; what was not finished was not kept\n")
        return 130
    return 0


def _status(code: object) -> int:
    """Turn what ``sys.exit`` was given into a number."""
    if code is None:
        return 0
    return code if isinstance(code, int) else 1


def _one_line(text: str) -> str:
    """Keep a message on its line."""
    return " ".join(text.split())
