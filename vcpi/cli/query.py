"""``vcpi query``: the joint answer for genes or a signature measured elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from vcpi.cli import joint
from vcpi.cli.options import DatasetOption, FormatOption, KOption, OutputOption, open_workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def query(
    ctx: typer.Context,
    up: Annotated[str | None, typer.Option(help="Genes that go up: a file (one a line, GMT) or a comma list.")] = None,
    down: Annotated[str | None, typer.Option(help="Genes that go down, likewise.")] = None,
    signature: Annotated[Path | None, typer.Option(help="CSV or TSV of gene and value.")] = None,
    value_column: Annotated[str | None, typer.Option(help="Column of the values, where there are several.")] = None,
    k: KOption = 10,
    dataset: DatasetOption = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="What does the opposite.")] = False,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Find compounds that do what a signature or gene lists measured elsewhere say.

    Genes are Ensembl ids, symbols, former symbols or Entrez ids. Lists are scored by the plain cosine of the signed list.

    \b
    vcpi query --up MX1,ISG15,IFIT3,OAS1,... --down up.txt
    vcpi query --signature deseq.csv --value-column log2FoldChange
    """  # noqa: D301  click keeps the lines after its mark
    import pandas as pd  # the Python call takes a Series

    from vcpi.ingest.queries import read_gene_list, read_signature

    values = None
    if signature is not None:
        ids, numbers = read_signature(signature, value_column=value_column)
        values = pd.Series(list(numbers), index=list(ids), dtype="float64")
    answer = open_workspace(ctx).query(
        up=read_gene_list(up) if up else (),
        down=read_gene_list(down) if down else (),
        signature=values,
        k=k,
        dataset=dataset,
        reverse=reverse,
    )
    joint.write([answer], output_format=output_format, output=output)
