"""``vcpi like``: what else behaves like a compound."""

from typing import Annotated

import typer

from vcpi.cli import joint, render
from vcpi.cli.filtering import (
    ActiveOption,
    CellLineOption,
    ClassOption,
    DoseOption,
    HoldsOption,
    ScaffoldOption,
    TimeOption,
    WhereOption,
    filter_of,
)
from vcpi.cli.options import (
    DatasetOption,
    FastOption,
    FormatOption,
    KOption,
    OutputOption,
    ask_each,
    named,
    open_workspace,
    single,
    tell,
)
from vcpi.cli.plotting import FigureOption, Kind, PlotOption, check, plot_joint

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def like(
    ctx: typer.Context,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="Name, synonym, source id, InChIKey, SMILES, @FILE or -; several are asked together.",
        ),
    ],
    k: KOption = 10,
    dataset: DatasetOption = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="What does the opposite.")] = False,
    exclude_same_plate: Annotated[
        bool, typer.Option("--exclude-same-plate", help="Leave out compounds that share a plate with the query.")
    ] = False,
    method: Annotated[
        str, typer.Option(help="Connectivity score: cosine, xcos, spearman, wtcs, xsum, zhang or ensemble.")
    ] = "cosine",
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without", help="Take the effect of this compound, or 'stress', out of the query; may be repeated."
        ),
    ] = None,
    cell_line: CellLineOption = None,
    dose: DoseOption = None,
    time: TimeOption = None,
    labels: ClassOption = None,
    where: WhereOption = None,
    holds: HoldsOption = None,
    active: ActiveOption = False,
    different_scaffold: ScaffoldOption = False,
    fast: FastOption = False,
    plot: PlotOption = None,
    figure: FigureOption = Kind.rank,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Find what else behaves like a compound, or like several together, with structure beside it.

    \b
    vcpi like everolimus
    vcpi like sirolimus everolimus temsirolimus
    vcpi like everolimus -k 20 --exclude-same-plate -f csv -o everolimus.csv
    vcpi like sirolimus --different-scaffold --where 'mw<600'
    vcpi like vistusertib --without everolimus
    vcpi like sirolimus --reverse
    vcpi like everolimus --plot structure.html --figure structure
    """  # noqa: D301  click keeps the lines after its mark
    check(plot, figure)
    together = len(names) > 1
    if together:
        names = single(names, "like", alone=True)
    database = open_workspace(ctx)
    chosen = filter_of(
        cell_line=cell_line,
        dose=dose,
        time=time,
        labels=labels,
        where=where,
        holds=holds,
        active=active,
        different_scaffold=different_scaffold,
    )
    answers, failures = ask_each(
        [""] if together else named(names[0]),
        lambda text: database.like(
            names if together else text,
            k=k,
            dataset=dataset,
            reverse=reverse,
            exclude_same_plate=exclude_same_plate,
            where=chosen,
            without=without or (),
            method=method,
            fast=fast,
        ),
    )
    joint.write(answers, output_format=output_format, output=output)
    if plot is not None and answers:
        plain = not together and not chosen.any and not without and method == "cosine"
        if len(answers) > 1:
            render.remark(f"note: {plot} shows the first of {len(answers)} answers")
        plot_joint(database, answers[0], plot, kind=figure, name=answers[0].query["inchikey"] if plain else None)
    tell(failures)
