"""The ``vcpi`` command: options that every verb shares, and what an error looks like."""

from __future__ import annotations

import contextlib
import io
import os
import sqlite3
import sys
from pathlib import Path
from typing import Annotated

import typer

from vcpi.cli.verbs import VerbGroup
from vcpi.errors import InputError, VcpiError
from vcpi.version import __version__

ENGINE, OR_EMBEDDED = "vcpi.engine", "vcpi.or_embedded"

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
    engine: Annotated[
        str | None,
        typer.Option(
            envvar="VCPI_ENGINE",
            help="Where 'like' and 'analogs' take candidates from: milvus://[USER@]HOST:PORT, or embedded.",
            show_default="as the workspace is set, else embedded",
        ),
    ] = None,
    or_embedded: Annotated[
        bool, typer.Option("--or-embedded", help="Where the engine does not answer, the embedded indexes do.")
    ] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=lambda value: _print_version(value=value), is_eager=True)
    ] = False,
) -> None:
    """Ask what else is like a compound, in what it looks like and in what it does to cells.

    Start with 'vcpi demo' in an empty folder, then 'vcpi like everolimus'.
    """
    ctx.obj = home
    ctx.meta.update({ENGINE: engine, OR_EMBEDDED: or_embedded})


def main() -> int:  # noqa: PLR0911  one way out for each kind of error
    """Run the command line and return its exit status: 0 an answer, 1 an error of vcpi, 2 wrong usage."""
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  closed by the shell (>&-)
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows another
    try:
        _refuse_broken_text()
        app(prog_name="vcpi", standalone_mode=True)
        sys.stdout.flush()
    except SystemExit as ended:
        return _status(ended.code)
    except VcpiError as error:
        notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        return _fail(str(error) + notes)
    except sqlite3.DatabaseError as error:
        return _fail(
            f"The store is damaged or cannot be read ({error}); look with 'vcpi verify --deep', restore a copy"
        )
    except BrokenPipeError:
        _silence()  # the reader went away, as `head` does; nothing is left to say
        return 0
    except OSError as error:
        _silence()
        where = f" ({error.filename})" if error.filename else ""
        return _fail(f"{error.strerror or error}{where}; what had been kept stays")
    except (MemoryError, ImportError, RuntimeError) as error:
        if not _is_short_of_memory(error):
            raise
        _silence()
        return _fail(
            "There is not enough memory for this; nothing of it was kept; give it more, or ask for less at once"
        )
    except KeyboardInterrupt:
        return _fail("stopped; what was not finished was not kept", status=130)
    return 0


def _refuse_broken_text() -> None:
    """Refuse arguments that are no text."""
    for argument in sys.argv[1:]:
        if any(0xD800 <= ord(letter) <= 0xDFFF for letter in argument):  # noqa: PLR2004  half of a surrogate pair
            message = f"The argument {argument.encode('utf-8', 'replace').decode()!r} is no UTF-8 text; write it anew"
            raise InputError(message)


def _is_short_of_memory(error: Exception) -> bool:
    """Say whether an error means that memory ran out: Python's, that of a library in C++, or one that cannot load."""
    said = str(error).lower()
    signs = ("cannot allocate memory", "failed to map segment", "bad_alloc", "can't start new thread", "out of memory")
    return isinstance(error, MemoryError) or any(sign in said for sign in signs)


def _silence() -> None:
    """Let nothing more go to stdout, not even when the interpreter ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(text: str, *, status: int = 1) -> int:
    """Say why, on one line."""
    sys.stderr.write(f"vcpi: {_one_line(text)}\n")
    return status


def _status(code: object) -> int:
    """Turn what ``sys.exit`` was given into a number."""
    if code is None:
        return 0
    return code if isinstance(code, int) else 1


def _one_line(text: str) -> str:
    """Keep a message on its line."""
    return " ".join(text.split())
