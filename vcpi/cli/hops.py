"""``vcpi hops``: what acts alike and looks different, in a whole dataset."""

from typing import Annotated

import typer

from vcpi.cli import library
from vcpi.cli.options import DatasetOption, FormatOption, KOption, OutputOption, open_workspace
from vcpi.cli.plotting import PlotOption, check, plot_library

app = typer.Typer(rich_markup_mode=None, add_completion=False)

COLUMNS = {
    "rank": "rank",
    "name_a": "stronger",
    "name_b": "weaker",
    "connectivity": "connectivity",
    "q_noise": "q",
    "p_specific": "p specific",
    "tau": "tau",
    "tanimoto": "Tanimoto",
    "connectivity_low": "lowest of wells",
    "strength_a": "strength",
    "strength_b": "of weaker",
    "same_plate": "same plate",
    "flags": "flags",
}
MEANINGS = {
    "p_specific": "p specific: share of active compounds of other scaffolds, about as strong, that come as close",
    "tau": "tau: % of active compounds that come less close, the smaller of both sides",
    "connectivity_low": "lowest of wells: over pairs of single wells",
}


@app.command()
def hops(
    ctx: typer.Context,
    k: KOption = 20,
    cutoff: Annotated[
        float | None, typer.Option(help="Tanimoto below which a pair looks different; 0.5 if left out.")
    ] = None,
    same_plate: Annotated[bool, typer.Option("--same-plate", help="List pairs that share a plate too.")] = False,
    dataset: DatasetOption = None,
    plot: PlotOption = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Find pairs of active compounds that act alike and look different.

    \b
    vcpi hops
    vcpi hops --cutoff 0.3 -k 100 -f json
    """  # noqa: D301  click keeps the lines after its mark
    check(plot)
    database = open_workspace(ctx)
    answer = database.hops(dataset=dataset, k=k, cutoff=cutoff, same_plate=same_plate)
    if plot is not None:
        plot_library(database, answer, plot, kind="hops")
    summary = answer.summary
    headline = (
        f"Act alike and look different in {answer.query['dataset']}: {summary['n_hops']:,} of "
        f"{summary['n_alike_in_effect']:,} pairs alike in effect ({summary['n_active']:,} active compounds)"
    )
    footer = f"alike in effect: {answer.method['alike_in_effect']}; q and p are the larger of both sides"
    library.write(
        answer,
        headline=headline,
        columns=COLUMNS,
        footer=footer if answer.records else "",
        meanings=MEANINGS,
        output_format=output_format,
        output=output,
    )
