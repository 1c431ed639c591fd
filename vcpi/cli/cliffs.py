"""``vcpi cliffs``: what looks alike and acts differently, in a whole dataset."""

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
    "tanimoto": "Tanimoto",
    "connectivity": "connectivity",
    "expected": "expected",
    "effect_size": "effect size",
    "q_cliff": "q cliff",
    "kind": "kind",
    "sali": "SALI",
    "strength_a": "strength",
    "strength_b": "of weaker",
    "same_plate": "same plate",
    "flags": "flags",
}
MEANINGS = {
    "expected": "expected: connectivity of one effect, measured as well as these, less what mates fall short",
    "effect_size": "effect size: expected less connectivity",
    "q_cliff": "q cliff: false discovery rate of the difference, over all tested pairs",
    "kind": "kind: other-effect (both act) or no-effect (the weaker is not active as it was measured)",
    "sali": "SALI: (1 - connectivity) / (1 - Tanimoto)",
}


@app.command()
def cliffs(
    ctx: typer.Context,
    k: KOption = 20,
    cutoff: Annotated[
        float | None,
        typer.Option(
            help="Tanimoto from which a pair looks alike; 0.5, and 0.35 among the nearest analogs, if left out."
        ),
    ] = None,
    dataset: DatasetOption = None,
    plot: PlotOption = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Find pairs that look alike and act differently, with what one effect would have given.

    \b
    vcpi cliffs
    vcpi cliffs --cutoff 0.7 -k 50 -f csv -o cliffs.csv
    """  # noqa: D301  click keeps the lines after its mark
    check(plot)
    database = open_workspace(ctx)
    answer = database.cliffs(dataset=dataset, k=k, cutoff=cutoff)
    if plot is not None:
        plot_library(database, answer, plot, kind="cliffs")
    summary = answer.summary
    headline = (
        f"Look alike and act differently in {answer.query['dataset']}: {summary['n_cliffs']:,} of "
        f"{summary['n_tested']:,} pairs that look alike ({summary['n_other_effect']:,} of two active compounds)"
    )
    library.write(
        answer,
        headline=headline,
        columns=COLUMNS,
        meanings=MEANINGS,
        bounds=("p_cliff", "q_cliff"),
        output_format=output_format,
        output=output,
    )
