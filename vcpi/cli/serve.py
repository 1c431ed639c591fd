"""``vcpi serve``: the local page and the HTTP API."""

import os
from importlib.util import find_spec
from typing import Annotated

import typer

from vcpi.cli import render

app = typer.Typer(rich_markup_mode=None, add_completion=False)

NEEDED = ("starlette", "uvicorn", "jinja2")


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="Address; others than this machine's own need a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65_535)] = 8765,
    open_browser: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
    token: Annotated[
        bool,
        typer.Option(
            "--token",
            help="Answer only who bears a token: that of the variable VCPI_TOKEN, else a new one, in the link.",
        ),
    ] = False,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="A further name of this server; may be repeated.")
    ] = None,
) -> None:
    """Serve the page and the HTTP API of the workspace until Ctrl-C; nothing leaves this machine.

    The API is under /api/v1, described by /api/v1/openapi.json.

    \b
    vcpi serve
    vcpi serve --port 0 --open
    vcpi serve --host 0.0.0.0 --token
    """  # noqa: D301  click keeps the lines after its mark
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        from vcpi.errors import MissingDependencyError

        raise MissingDependencyError(f"The server needs {', '.join(missing)}; run: pip install 'vcpi-search[web]'")
    from vcpi.web import server  # other verbs pay nothing for it

    secret = (os.environ.get("VCPI_TOKEN") or server.new_token()) if token else None
    server.serve(
        ctx.obj,
        host=host,
        port=port,
        token=secret,
        names=names or (),
        open_browser=open_browser,
        tell=lambda link: render.remark(f"vcpi is served at {link} (Ctrl-C ends it)"),
    )
