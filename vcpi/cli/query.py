"""``vcpi query``: the joint answer for genes or a signature measured elsewhere."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from vcpi.cli import joint
from vcpi.cli.filtering import (
    ActiveOption,
    CellLineOption,
    ClassOption,
    DoseOption,
    HoldsOption,
    TimeOption,
    WhereOption,
    filter_of,
)
from vcpi.cli.options import DatasetOption, FormatOption, KOption, OutputOption, open_workspace
from vcpi.cli.plotting import FigureOption, Kind, PlotOption, check, plot_joint

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def query(
    ctx: typer.Context,
    up: Annotated[
        str | None, typer.Option(help="Genes that go up: a comma list, a file (one a line), or FILE.gmt:SET.")
    ] = None,
    down: Annotated[str | None, typer.Option(help="Genes that go down, likewise.")] = None,
    genes: Annotated[
        str | None,
        typer.Option(
            help="One list that does not say which way, written as for --up; or FILE.gmt:SET, where a pair SET_UP and "
            "SET_DN is taken for both sides."
        ),
    ] = None,
    signature: Annotated[
        Path | None,
        typer.Option(help="A table of DESeq2, edgeR, limma, scanpy or Seurat, of gene and value, a GCT, GCTX or h5ad."),
    ] = None,
    value_column: Annotated[
        str | None, typer.Option(help="Column of the values, or which signature, where there are several.")
    ] = None,
    k: KOption = 10,
    dataset: DatasetOption = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="What does the opposite.")] = False,
    method: Annotated[
        str | None,
        typer.Option(
            help="Connectivity score; left out it is wtcs for --genes, else cosine. A signature takes cosine, xcos, "
            "spearman, wtcs, xsum, zhang or ensemble; --up and --down take cosine, list_cosine, wtcs, xsum, zhang or "
            "ensemble; --genes takes wtcs, xsum or zhang."
        ),
    ] = None,
    min_genes: Annotated[int, typer.Option("--min-genes", help="Fewest genes of the dataset to ask with.", min=1)] = 10,
    cell_line: CellLineOption = None,
    dose: DoseOption = None,
    time: TimeOption = None,
    labels: ClassOption = None,
    where: WhereOption = None,
    holds: HoldsOption = None,
    active: ActiveOption = False,
    plot: PlotOption = None,
    figure: FigureOption = Kind.rank,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Find compounds that do what a signature or gene lists measured elsewhere say.

    Genes are Ensembl ids, symbols, former symbols or Entrez ids of human genes.

    \b
    vcpi query --up MX1,ISG15,IFIT3,OAS1,... --down up.txt
    vcpi query --signature deseq2_results.csv
    vcpi query --genes sets.gmt:HALLMARK_HYPOXIA
    vcpi query --up up.txt --down down.txt --method wtcs --plot mountain.svg --figure mountain
    """  # noqa: D301  click keeps the lines after its mark
    import pandas as pd  # the Python call takes a Series

    from vcpi.errors import InputError
    from vcpi.ingest.gene_sets import GeneLists, read_gene_lists
    from vcpi.ingest.queries import read_query

    texts = {"--up": up, "--down": down, "--genes": genes}
    has_lists = any(text is not None for text in texts.values())
    check(plot, figure, lists=has_lists, structures=False)
    empty = next((option for option, text in texts.items() if text is not None and not text.strip()), None)
    if empty is not None:
        raise InputError(f"{empty} is empty; expected genes, a file of genes or FILE.gmt:SET")
    if signature is not None and has_lists:
        message = "A signature and gene lists are given; a query takes one of the two"
        raise InputError(message)
    if value_column is not None and signature is None:
        raise InputError(f"--value-column {value_column} names a column of --signature; gene lists have none")
    lists, values = GeneLists(), None
    notes: tuple[str, ...] = ()
    if signature is not None:
        found = read_query(signature, value_column=value_column)
        values, notes = pd.Series(found.values, index=list(found.ids), dtype="float64"), found.notes
    elif has_lists:
        lists = read_gene_lists(up=up, down=down, genes=genes)
        notes = lists.notes
    database = open_workspace(ctx)
    answer = database.query(
        up=lists.up if lists.signed else (),
        down=lists.down,
        genes=() if lists.signed else lists.up,
        signature=values,
        k=k,
        dataset=dataset,
        reverse=reverse,
        where=filter_of(
            cell_line=cell_line, dose=dose, time=time, labels=labels, where=where, holds=holds, active=active
        ),
        method=method,
        min_genes=min_genes,
    )
    answer = replace(answer, caveats=(*notes, *answer.caveats))
    joint.write([answer], output_format=output_format, output=output)
    if plot is not None:
        plot_joint(database, answer, plot, kind=figure, up=lists.up, down=lists.down, signed=lists.signed)
