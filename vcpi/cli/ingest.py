"""``vcpi ingest``: files into the workspace."""

import os
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vcpi.assemble.report import IngestReport
from vcpi.assemble.scheduling import Scheduler
from vcpi.cli import render
from vcpi.cli.progress import progress_bar

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Read a release, signatures, compounds, annotations, gene sets or facts into the workspace. All of a call, or nothing, is kept.",
)


class Baseline(StrEnum):
    """What the wells of a plate are compared with."""

    hybrid = "hybrid"
    vehicle_plate = "vehicle_plate"
    vehicle_pooled = "vehicle_pooled"
    plate_center = "plate_center"
    contest = "contest"


class LibrarySize(StrEnum):
    """What counts are divided by."""

    total = "total"
    tmm = "tmm"
    ratio = "ratio"


class Orientation(StrEnum):
    """Which way round a table lies."""

    auto = "auto"
    signatures_in_rows = "signatures-in-rows"
    genes_in_rows = "genes-in-rows"


class Unit(StrEnum):
    """What the values of a signature are."""

    auto = "auto"
    z = "z"
    lfc = "lfc"


_WORKERS = max(os.cpu_count() or 1, 1)
_DatasetName = Annotated[
    str | None, typer.Option("--dataset", help="Name of the dataset; that of the source if not given.")
]
_Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="Dask scheduler whose workers share the work; the result is the same.",
    ),
]


@app.command()
def release(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="The folder of a release, or its files.")],
    genes: Annotated[Path | None, typer.Option(help="Table of gene ids and symbols.")] = None,
    dataset: _DatasetName = None,
    baseline: Annotated[Baseline, typer.Option(help="What wells are compared with.")] = Baseline.hybrid,
    library_size: Annotated[
        LibrarySize, typer.Option(help="What counts are divided by; tmm and ratio withstand a few huge changes.")
    ] = LibrarySize.total,
    positions: Annotated[
        bool, typer.Option("--positions/--no-positions", help="Take out effects of row, column and edge.")
    ] = True,
    plate_offsets: Annotated[
        bool, typer.Option("--plate-offsets/--no-plate-offsets", help="Take out what all signatures of a plate share.")
    ] = True,
    sphering: Annotated[
        bool, typer.Option("--sphering/--no-sphering", help="Shrink directions that wells without an effect differ in.")
    ] = True,
    stress_removal: Annotated[
        bool, typer.Option("--stress-removal/--no-stress-removal", help="Take the generic stress direction out.")
    ] = True,
    gene_weights: Annotated[
        bool, typer.Option("--gene-weights/--no-gene-weights", help="Weigh genes by their reliability.")
    ] = True,
    scheduler: _Scheduler = None,
) -> None:
    """Read a VCPI release: counts parquet, metadata and chemistry tables → signatures.

    \b
    vcpi ingest release tvc-qnu-012/
    vcpi ingest release counts.parquet metadata.csv compounds.csv --genes gencode.tsv
    """  # noqa: D301  click keeps the lines after its mark
    from vcpi.assemble.releases import ingest_release  # the four verbs share no more than this module
    from vcpi.signature.recipe import Recipe

    recipe = Recipe(
        baseline=baseline.value,
        library_size=library_size.value,
        positions=positions,
        plate_offsets=plate_offsets,
        sphering=sphering,
        stress_removal=stress_removal,
        gene_weights=gene_weights,
    )
    with _connected(scheduler) as connected, progress_bar() as progress:
        report = ingest_release(
            ctx.obj,
            paths,
            genes=genes,
            dataset=dataset,
            recipe=recipe,
            workers=_WORKERS,
            scheduler=connected,
            progress=progress,
        )
    _say(report)


@app.command()
def signatures(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="GCTX, GCT, h5ad, parquet, CSV or TSV.")],
    compounds: Annotated[Path | None, typer.Option(help="Table of the compounds or of the signatures.")] = None,
    genes: Annotated[Path | None, typer.Option(help="Table of the genes.")] = None,
    dataset: _DatasetName = None,
    orientation: Annotated[Orientation, typer.Option(help="Which way round the table lies.")] = Orientation.auto,
    id_column: Annotated[str | None, typer.Option(help="Column that holds the ids of the rows.")] = None,
    unit: Annotated[Unit, typer.Option(help="What the values are.")] = Unit.auto,
    scheduler: _Scheduler = None,
) -> None:
    """Read signatures made elsewhere; rows or columns are joined to the compound and gene tables by id.

    \b
    vcpi ingest signatures level5.gctx --compounds sig_info.tsv --genes gene_info.tsv
    vcpi ingest signatures consensus.parquet --compounds compounds.tsv --genes genes.tsv --dataset l1000
    """  # noqa: D301  click keeps the lines after its mark
    from vcpi.assemble.signatures import ingest_signatures

    with _connected(scheduler) as connected, progress_bar() as progress:
        report = ingest_signatures(
            ctx.obj,
            file,
            compounds=compounds,
            genes=genes,
            dataset=dataset,
            orientation=orientation.value,
            id_column=id_column,
            unit=unit.value,
            workers=_WORKERS,
            scheduler=connected,
            progress=progress,
        )
    _say(report)


@app.command()
def compounds(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="SMILES, SDF, CSV, TSV or parquet; .gz is read.")],
    scheduler: _Scheduler = None,
) -> None:
    """Read structures without signatures.

    \b
    vcpi ingest compounds library.sdf.gz
    vcpi ingest compounds molecules.smi
    """  # noqa: D301  click keeps the lines after its mark
    from vcpi.assemble.libraries import ingest_compounds

    with _connected(scheduler) as connected, progress_bar() as progress:
        report = ingest_compounds(ctx.obj, file, workers=_WORKERS, scheduler=connected, progress=progress)
    _say(report)


@app.command()
def annotations(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or TSV: InChIKey or name → names, class, moa, target.")],
) -> None:
    """Read names, classes, mechanisms and targets; joined by InChIKey, then its skeleton, then id or name.

    \b
    vcpi ingest annotations moa.tsv
    """  # noqa: D301  click keeps the lines after its mark
    from vcpi.assemble.annotations import ingest_annotations

    _say(ingest_annotations(ctx.obj, file))


@app.command()
def genesets(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="GMT, plain or .gz: name, description and genes in a line.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the collection; that of the file if not given.")
    ] = None,
) -> None:
    """Read gene sets (Reactome, WikiPathways, Hallmark, your own) for 'profile' and 'rank'; one of this name is replaced.

    \b
    vcpi ingest genesets h.all.v7.0.symbols.gmt
    """  # noqa: D301  click keeps the lines after its mark
    from vcpi.assemble.gene_sets import ingest_gene_sets

    _say(ingest_gene_sets(ctx.obj, file, collection=name))


@app.command()
def facts(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Fact files (YAML or JSON); those that vcpi brings with --shipped.")
    ] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="Read the fact files that vcpi brings.")] = False,
) -> None:
    """Read what documents report of compounds: potencies, mechanisms, protocols, references; joined by InChIKey or name.

    \b
    vcpi ingest facts ridaforolimus.yaml novolimus.yaml
    vcpi ingest facts --shipped
    """  # noqa: D301  click keeps the lines after its mark
    from vcpi.assemble.facts import ingest_facts
    from vcpi.errors import InputError
    from vcpi.ingest.facts import shipped_fact_files

    paths = [*(files or []), *(shipped_fact_files() if shipped else [])]
    if not paths:
        message = "No fact file is named; give one or more, or --shipped for those that vcpi brings"
        raise InputError(message)
    _say(ingest_facts(ctx.obj, paths))


def _connected(address: str | None) -> AbstractContextManager[Scheduler | None]:
    """Connect to the scheduler that is named; without one the work is done here."""
    if address is None:
        return nullcontext()
    from vcpi.assemble.cluster import dask_scheduler

    return dask_scheduler(address)


def _say(report: IngestReport) -> None:
    """Say what came of it: the counts on stdout, remarks on stderr."""
    counts = ", ".join(f"{number:,} {what}" for what, number in report.counts.items())
    render.write(f"{report.verb} {report.source}: {counts}", None)
    for reason in report.first_reasons:
        render.remark(f"rejected: {reason}")
    if report.n_more_reasons:
        render.remark(f"rejected: {report.n_more_reasons} for other reasons")
    if report.n_rejected:
        render.remark("rejected rows are listed by 'vcpi export rejected'")
    for note in report.notes:
        render.remark(f"note: {note}")
