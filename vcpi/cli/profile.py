"""``vcpi profile``: the signalling report of one compound."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vcpi.cli import render
from vcpi.cli.options import DatasetOption, open_workspace, single

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class ReportFormat(StrEnum):
    """How a report is written."""

    text = "text"
    md = "md"
    json = "json"
    html = "html"


GeneSetsOption = Annotated[
    Path | None, typer.Option("--gene-sets", help="GMT file, beside the gene sets that 'vcpi ingest genesets' read.")
]
_SUFFIXES = {".md": "md", ".markdown": "md", ".json": "json", ".html": "html", ".htm": "html"}


@app.command()
def profile(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name, synonym, source id, InChIKey or SMILES.")],
    dataset: DatasetOption = None,
    gene_sets: GeneSetsOption = None,
    genes: Annotated[int, typer.Option("--genes", min=1, help="Genes to name at either end.")] = 15,
    output_format: Annotated[
        ReportFormat | None,
        typer.Option("--format", "-f", help="text, md, json or html; by the suffix of --output, else text."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File for the report: .html, .md, .json.")
    ] = None,
) -> None:
    """Show what one compound does: axes, modules, pathways, genes, quality, neighbours, and what cannot be concluded.

    \b
    vcpi profile sirolimus
    vcpi profile sirolimus -o sirolimus.html
    vcpi profile sirolimus --gene-sets hallmark.gmt -f md
    """  # noqa: D301  click keeps the lines after its mark
    sets = None
    if gene_sets is not None:
        from vcpi.ingest.gene_sets import read_gmt

        sets = read_gmt(gene_sets)
    single([name], "profile")
    found = open_workspace(ctx).profile(name, dataset=dataset, gene_sets=sets, n_genes=genes)
    render.write(_written(found, output_format or _by_suffix(output)), output)


def _by_suffix(output: Path | None) -> ReportFormat:
    """Choose the format by the name of the file."""
    suffix = "" if output is None else output.suffix.lower()
    if suffix not in {*_SUFFIXES, "", ".txt"}:
        from vcpi.errors import InputError

        raise InputError(f"{output} is no kind of report; expected .html, .md, .json or .txt")
    return ReportFormat(_SUFFIXES.get(suffix, "text"))


def _written(found, chosen: ReportFormat) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001  a Profile, loaded when needed
    """Write a report in a format."""
    if chosen is ReportFormat.html:
        return str(found.to_html())
    if chosen is ReportFormat.json:
        return render.as_json(found.to_dict())
    if chosen is ReportFormat.md:
        return str(found.to_markdown())
    from vcpi.report.profile_text import profile_text

    return profile_text(found.to_dict())
