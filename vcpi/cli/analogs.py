"""``vcpi analogs``: what looks like a compound."""

from enum import StrEnum
from typing import Annotated

import typer

from vcpi.cli import render
from vcpi.cli.filtering import ClassOption, HoldsOption, ScaffoldOption, WhereOption, filter_of
from vcpi.cli.options import FormatOption, KOption, OutputOption, ask_each, named, open_workspace, tell

app = typer.Typer(rich_markup_mode=None, add_completion=False)

COLUMNS = {
    "rank": "rank",
    "name": "name",
    "tanimoto": "Tanimoto",
    "atom_pairs": "atom pairs",
    "same_scaffold": "same scaffold",
    "same_skeleton": "same skeleton",
    "inchikey": "InChIKey",
}


class Same(StrEnum):
    """What a family has in common, from the closest to the widest."""

    skeleton = "skeleton"
    scaffold = "scaffold"
    framework = "framework"
    macrocycle = "macrocycle"


@app.command()
def analogs(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name, source id, InChIKey, SMILES, @FILE or -.")],
    k: KOption = 10,
    cutoff: Annotated[float | None, typer.Option(help="Lowest Tanimoto, above 0 and up to 1.")] = None,
    same: Annotated[Same | None, typer.Option(help="Only its family: what the hits must share with it.")] = None,
    labels: ClassOption = None,
    where: WhereOption = None,
    holds: HoldsOption = None,
    different_scaffold: ScaffoldOption = False,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Find compounds that look like one: exact Tanimoto on Morgan fingerprints (radius 2, 2048 bits).

    atom pairs: Tanimoto of counted pairs of atoms, which tells large rings apart; same scaffold: of Murcko; same
    skeleton: equal but for stereo, charge and isotopes.

    \b
    vcpi analogs sirolimus
    vcpi analogs sirolimus --cutoff 0.8 -f csv
    vcpi analogs 'CC(=O)Oc1ccccc1C(=O)O' -k 3
    vcpi analogs sirolimus --same macrocycle
    vcpi analogs sirolimus --different-scaffold --where 'mw<600'
    """  # noqa: D301  click keeps the lines after its mark
    output_format = render.chosen(output_format, output)
    database = open_workspace(ctx)
    chosen = filter_of(labels=labels, where=where, holds=holds, different_scaffold=different_scaffold)
    answers, failures = ask_each(
        named(name),
        lambda text: database.analogs(
            text, k=k, cutoff=cutoff, where=chosen, same=None if same is None else same.value
        ),
    )
    value = answers[0].to_dict() if len(answers) == 1 else [answer.to_dict() for answer in answers]
    records = [
        {"query": answer.query["name"], **hit} if len(answers) > 1 else hit
        for answer in answers
        for hit in answer.to_dict()["hits"]
    ]
    columns = {"query": "query", **COLUMNS} if len(answers) > 1 else COLUMNS
    render.write(render.rows(records, output_format=output_format, columns=columns, value=value), output)
    for answer in answers:
        for caveat in answer.caveats:
            render.remark(f"note: {caveat}")
    tell(failures)
