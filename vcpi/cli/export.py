"""``vcpi export``: tables out."""

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vcpi.cli import render
from vcpi.cli.options import DatasetOption, FormatOption, OutputOption, open_workspace

if TYPE_CHECKING:
    from vcpi.database import Database

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def export(
    ctx: typer.Context,
    table: Annotated[
        str,
        typer.Argument(
            help="compounds, names, annotations, signatures, samples, genes, rejected, ingests, or a compound with --genes."
        ),
    ],
    genes: Annotated[bool, typer.Option("--genes", help="Write the signature of a compound, gene by gene.")] = False,
    dataset: DatasetOption = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Write a table of the store, or the signature of one compound.

    \b
    vcpi export rejected
    vcpi export compounds -f csv -o compounds.csv
    vcpi export sirolimus --genes -f tsv -o sirolimus.tsv
    """  # noqa: D301  click keeps the lines after its mark
    output_format = render.chosen(output_format, output)
    database = open_workspace(ctx)
    records = database.signature(table, dataset=dataset) if genes else _table(database, table, dataset)
    render.write(render.rows(records, output_format=output_format), output)


def _table(database: "Database", name: str, dataset: str | None) -> list[dict[str, Any]]:
    """Read a table; of a compound say how its genes are written."""
    from vcpi.errors import InputError, VcpiError

    try:
        return database.table(name, dataset=dataset)
    except InputError:
        try:
            found = database.compound(name).name
        except VcpiError:
            found = ""
        if not found:
            raise
    raise InputError(
        f"{name!r} is a compound ({found}), no table; its genes come with --genes: vcpi export {shlex.quote(name)} --genes"
    )
