"""``vcpi rank``: all compounds by one axis, sum score, gene set or gene."""

from typing import Annotated, Any

import typer

from vcpi.answers import LibraryAnswer
from vcpi.cli import library, render
from vcpi.cli.options import DatasetOption, FormatOption, KOption, OutputOption, open_workspace
from vcpi.cli.profile import GeneSetsOption

app = typer.Typer(rich_markup_mode=None, add_completion=False)

COLUMNS = {
    "rank": "rank",
    "name": "name",
    "value": "value",
    "se": "± se",
    "z": "z",
    "q": "q",
    "p_inactive": "p inactive",
    "percentile": "percentile",
    "classes": "class",
    "class_median": "class median",
    "strength": "strength",
    "viability": "cells",
    "n_replicates": "n",
    "also": "also high on",
    "flags": "flags",
}
N_CLASSES, N_GENES, N_ALSO = 8, 8, 3


@app.command()
def rank(
    ctx: typer.Context,
    by: Annotated[
        str,
        typer.Argument(
            help="A panel, module or axis (ifn), a sum (ifn-sum, 'FOS+EGR1+MAPK3'), a gene set, or a gene (gene:TP53)."
        ),
    ],
    label: Annotated[
        str | None,
        typer.Option("--class", help="List only this class, mechanism or target; percentiles stay among all."),
    ] = None,
    lowest: Annotated[bool, typer.Option("--lowest", help="The lowest first.")] = False,
    k: KOption = 20,
    dataset: DatasetOption = None,
    gene_sets: GeneSetsOption = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Rank all compounds by what they do to one process, with their class, viability and what else they move.

    \b
    vcpi rank ifn
    vcpi rank mtorc1 --lowest --class rapalog
    vcpi rank 'FOS+EGR1+MAPK3' -k 10
    """  # noqa: D301  click keeps the lines after its mark
    sets = None
    if gene_sets is not None:
        from vcpi.ingest.gene_sets import read_gmt

        sets = read_gmt(gene_sets)
    answer = open_workspace(ctx).rank(by, dataset=dataset, label=label, lowest=lowest, gene_sets=sets, k=k)
    value = answer.to_dict()
    rows = [{**hit, "also": hit["also"][:N_ALSO]} for hit in value["hits"]]
    library.write(
        answer,
        headline=_headline(answer),
        columns={**COLUMNS, "also": "also low on"} if lowest else COLUMNS,
        rows=rows,
        footer=_footer(value["summary"], lowest=lowest),
        output_format=output_format,
        output=output,
    )


def _headline(answer: LibraryAnswer) -> str:
    """Say what was ranked by what."""
    method, summary = answer.method, answer.summary
    only = f" of class {method['class']}" if method["class"] else ""
    return (
        f"{method['title']} in {method['dataset']}, {method['order']}: {method['value']} over {method['n_measured']} of "
        f"{method['n_total']} genes; {summary['n_ranked']:,} compounds{only}"
    )


def _footer(summary: dict[str, Any], *, lowest: bool) -> str:
    """Show the classes that gather on top, and who moves the genes."""
    parts = [
        "columns: p inactive: share of compounds without an effect that reach the value; percentile: among all compounds of "
        f"the dataset; also {'low' if lowest else 'high'} on: other axes on which it is in the "
        f"{'bottom' if lowest else 'top'} tenth"
    ]
    if summary["classes"]:
        columns = {"class": "class", "n_top": "in top", "expected": "by chance", "n": "members", "median": "median", "p": "p", "q": "q"}  # fmt: skip
        parts += ["classes among the first:", render.table(summary["classes"][:N_CLASSES], columns)]
    if summary["genes"]:
        columns = {"gene": "gene", "way": "way", "share": f"share of {summary['genes'][0]['of']}", "share_of_all": "of all", "share_of_inactive": "of inactive", "baseline_suspect": "baseline suspect"}  # fmt: skip
        parts += ["who moves its genes (z beyond 2):", render.table(summary["genes"][:N_GENES], columns)]
    return "\n".join(parts)
