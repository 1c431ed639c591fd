"""``vcpi push``: fingerprints and signatures onto an engine."""

from typing import Annotated

import typer

from vcpi.cli import render
from vcpi.cli.options import DatasetOption, FormatOption

app = typer.Typer(rich_markup_mode=None, add_completion=False)

AddressArgument = Annotated[
    str,
    typer.Argument(
        metavar="milvus://HOST:PORT",
        help="[USER@]HOST:PORT[/NAME][?tls=1&ca=FILE&timeout=10&index=exact|ivf|hnsw|sq8]; the password is VCPI_ENGINE_PASSWORD.",
    ),
]


@app.command()
def push(
    ctx: typer.Context,
    address: AddressArgument,
    dataset: DatasetOption = None,
    structures: Annotated[
        bool, typer.Option("--structures/--no-structures", help="Push the fingerprints of all compounds.")
    ] = True,
    signatures: Annotated[
        bool, typer.Option("--signatures/--no-signatures", help="Push the signatures of the datasets.")
    ] = True,
    use: Annotated[bool, typer.Option("--use", help="Ask this engine from now on, in this workspace.")] = False,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Push although another push seems to be under way: it has died.")
    ] = False,
    output_format: FormatOption = None,
) -> None:
    """Put fingerprints and signatures on an engine. What was killed is taken up by the same command.

    What the engine serves changes only when it holds all rows, read back and held against a digest.

    \b
    vcpi push milvus://node7:19530
    vcpi push 'milvus://me@node7:19530/lab?tls=1' --use
    """  # noqa: D301  click keeps the lines after its mark
    from vcpi.database.moving import push_workspace  # SQLite and the client load when they are asked

    records = push_workspace(
        ctx.obj, address, dataset=dataset, structures=structures, signatures=signatures, take_over=take_over, use=use
    )
    render.write(render.rows(records, output_format=render.chosen(output_format, None)), None)
