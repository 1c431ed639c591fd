"""``vcpi demo``: the demonstration workspace."""

import os
from typing import Annotated

import typer

from vcpi.cli import joint, render
from vcpi.cli.options import FormatOption, KOption, OutputOption
from vcpi.cli.progress import progress_bar
from vcpi.database import Database
from vcpi.demo.run import FOLDER, QUESTION, make_demo

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def demo(
    ctx: typer.Context,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulation.")] = 1,
    plates: Annotated[int, typer.Option(min=1, max=100, help="Plates of the simulation.")] = 3,
    strength: Annotated[float, typer.Option(min=0.0, max=10.0, help="Factor on every planted effect.")] = 1.0,
    k: KOption = 10,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Simulate a screen of real drugs, ingest it as your files are ingested, and ask about everolimus.

    The counts are SIMULATED, with known truth; structures, names and mechanisms are real.

    \b
    vcpi demo
    vcpi --home screen demo --plates 5 --seed 7
    """  # noqa: D301  click keeps the lines after its mark
    with progress_bar() as progress:
        report = make_demo(
            ctx.obj,
            seed=seed,
            n_plates=plates,
            strength=strength,
            workers=max(os.cpu_count() or 1, 1),
            progress=progress,
        )
    if report is None:
        render.remark("The demonstration is here already; answering from it.")
    else:
        counts = ", ".join(f"{number:,} {what}" for what, number in report.counts.items())
        render.remark(f"Simulated release in {FOLDER}/ (SIMULATED counts, real structures); ingested: {counts}")
    joint.write([Database(ctx.obj).like(QUESTION, k=k)], output_format=output_format, output=output)
    render.remark("Try next: vcpi analogs sirolimus · vcpi compound tacrolimus · vcpi like vorinostat")
