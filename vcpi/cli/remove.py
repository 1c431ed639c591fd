"""``vcpi remove``: a dataset out of the workspace."""

from typing import Annotated

import typer

from vcpi.assemble.removal import remove_dataset
from vcpi.cli import render

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def remove(
    ctx: typer.Context,
    dataset: Annotated[str, typer.Argument(help="Name of the dataset, as 'vcpi status' lists it.")],
) -> None:
    """Take a dataset out of the workspace, to read it again or to be rid of it. Compounds and their names stay.

    \b
    vcpi remove sim-demo-001
    """  # noqa: D301  click keeps the lines after its mark
    report = remove_dataset(ctx.obj, dataset)
    counts = ", ".join(f"{n:,} {what}" for what, n in report.counts.items())
    render.write(f"{report.verb} {report.source}: {counts}", None)
    for note in report.notes:
        render.remark(f"note: {note}")
