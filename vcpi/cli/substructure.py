"""``vcpi substructure``: which compounds hold a pattern."""

from typing import Annotated

import typer

from vcpi.cli import render
from vcpi.cli.options import FormatOption, OutputOption, open_workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def substructure(
    ctx: typer.Context,
    smarts: Annotated[str, typer.Argument(help="SMARTS pattern.")],
    k: Annotated[int | None, typer.Option("-k", help="How many hits at most.", min=1)] = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Find compounds that hold a substructure.

    \b
    vcpi substructure 'C(=O)NO'
    vcpi substructure 'c1ccc2[nH]ccc2c1' -f json
    """  # noqa: D301  click keeps the lines after its mark
    output_format = render.chosen(output_format, output)
    answer = open_workspace(ctx).substructure(smarts, k=k)
    columns = {"rank": "rank", "name": "name", "inchikey": "InChIKey"}
    value = answer.to_dict()
    render.write(render.rows(value["hits"], output_format=output_format, columns=columns, value=value), output)
    for caveat in answer.caveats:
        render.remark(f"note: {caveat}")
