"""``vcpi build``: the indexes from the store."""

from typing import Annotated

import typer

from vcpi.assemble.accepting import accept_edit as accept
from vcpi.assemble.rebuild import rebuild
from vcpi.cli import render

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def build(
    ctx: typer.Context,
    fast: Annotated[
        bool, typer.Option("--fast", help="Build what 'like --fast' needs, and measure what it misses.")
    ] = False,
    accept_edit: Annotated[
        bool, typer.Option("--accept-edit", help="Keep what another program changed in the store; it is copied first.")
    ] = False,
) -> None:
    """Rebuild the indexes from the store. Ingesting does so by itself; this mends a damaged or deleted index.

    \b
    vcpi build
    vcpi build --fast
    vcpi build --accept-edit
    """  # noqa: D301  click keeps the lines after its mark
    if accept_edit:
        accepted = accept(ctx.obj)
        render.remark(f"{accepted}")
    files = rebuild(ctx.obj, fast=fast)
    render.write("\n".join(f"index/{name}" for name in files), None)
