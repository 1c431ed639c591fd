"""``vcpi verify``: whether store and indexes are whole and agree."""

from typing import Annotated

import typer

from vcpi.cli import render
from vcpi.cli.options import FormatOption, OutputOption, open_workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def verify(
    ctx: typer.Context,
    deep: Annotated[bool, typer.Option("--deep", help="Recompute what can be recomputed.")] = False,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Say whether store and indexes are whole and agree; exit 1 if anything is damaged.

    \b
    vcpi verify
    vcpi verify --deep
    """  # noqa: D301  click keeps the lines after its mark
    output_format = render.chosen(output_format, output)
    rows = open_workspace(ctx).verify(deep=deep)
    render.write(render.rows(rows, output_format=output_format), output)
    damaged = [row["part"] for row in rows if row["state"] != "ok"]
    if damaged:
        render.remark(f"vcpi: {len(damaged)} of {len(rows)} parts are damaged: {', '.join(damaged)}")
        raise typer.Exit(1)
