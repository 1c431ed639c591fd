"""``vcpi pull``: the indexes back from an engine."""

import typer

from vcpi.cli import render
from vcpi.cli.options import DatasetOption, FormatOption
from vcpi.cli.push import AddressArgument

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def pull(
    ctx: typer.Context, address: AddressArgument, dataset: DatasetOption = None, output_format: FormatOption = None
) -> None:
    """Bring the indexes back from an engine, if it holds what the store holds. What was killed is taken up again.

    Every row is held against the digest of the push, and each file against the digest that the store names.

    \b
    vcpi pull milvus://node7:19530
    """  # noqa: D301  click keeps the lines after its mark
    from vcpi.database.moving import pull_workspace  # SQLite and the client load when they are asked

    render.write(
        render.rows(
            pull_workspace(ctx.obj, address, dataset=dataset), output_format=render.chosen(output_format, None)
        ),
        None,
    )
