"""``vcpi like``: what else behaves like a compound."""

from typing import Annotated

import typer

from vcpi.cli import joint
from vcpi.cli.options import (
    DatasetOption,
    FormatOption,
    KOption,
    OutputOption,
    ask_each,
    named,
    open_workspace,
    tell,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def like(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name, synonym, source id, InChIKey, SMILES, @FILE or -.")],
    k: KOption = 10,
    dataset: DatasetOption = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="What does the opposite.")] = False,
    exclude_same_plate: Annotated[
        bool, typer.Option("--exclude-same-plate", help="Leave out compounds that share a plate with the query.")
    ] = False,
    method: Annotated[str, typer.Option(help="Connectivity score.")] = "cosine",
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Find what else behaves like a compound, with structure beside it.

    \b
    vcpi like everolimus
    vcpi like everolimus -k 20 --exclude-same-plate -f csv -o everolimus.csv
    vcpi like sirolimus --reverse
    """  # noqa: D301  click keeps the lines after its mark
    database = open_workspace(ctx)
    answers, failures = ask_each(
        named(name),
        lambda text: database.like(
            text, k=k, dataset=dataset, reverse=reverse, exclude_same_plate=exclude_same_plate, method=method
        ),
    )
    joint.write(answers, output_format=output_format, output=output)
    tell(failures)
