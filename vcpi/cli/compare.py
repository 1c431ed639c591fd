"""``vcpi compare``: compounds side by side."""

from pathlib import Path
from typing import Annotated, Any

import typer

from vcpi.cli import render
from vcpi.cli.options import DatasetOption, Format, FormatOption, OutputOption, open_workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)

FIELDS = {
    "inchikey": "InChIKey",
    "formula": "formula",
    "molecular_weight": "molecular weight",
    "log_p": "logP (Crippen)",
    "tpsa": "TPSA",
    "n_h_donors": "H-bond donors",
    "n_h_acceptors": "H-bond acceptors",
    "n_rotatable_bonds": "rotatable bonds",
    "n_rings": "rings",
    "classes": "class",
    "targets": "targets",
    "alerts": "structural alerts",
    "strength": "strength",
    "active": "active",
    "n_replicates": "n",
}
PAIRS = {
    "a": "a",
    "b": "b",
    "tanimoto": "Tanimoto",
    "atom_pairs": "atom pairs",
    "core_atoms": "core atoms",
    "same_scaffold": "same scaffold",
    "connectivity": "connectivity",
    "q_noise": "q",
    "relation": "relation",
    "same_plate": "same plate",
}


@app.command()
def compare(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME NAME...", help="Two compounds or more.")],
    dataset: DatasetOption = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
    svg: Annotated[
        Path | None, typer.Option(help="Draw the first two, with what differs marked, into this file.")
    ] = None,
) -> None:
    """Set compounds side by side: what each is and does, what each two share and where they differ.

    \b
    vcpi compare sirolimus everolimus
    vcpi compare sirolimus tacrolimus --svg pair.svg
    vcpi compare sirolimus everolimus temsirolimus -f json
    """  # noqa: D301  click keeps the lines after its mark
    database = open_workspace(ctx)
    value = database.compare(names, dataset=dataset).to_dict()
    if svg is not None:
        render.write(database.draw_compared(names), svg)
    output_format = render.chosen(output_format, output)
    if output_format is Format.table:
        render.write(_text(value), output)
        return
    render.write(render.rows(value["pairs"], output_format=output_format, value=value), output)


def _text(value: dict[str, Any]) -> str:
    """Write a comparison for reading."""
    compounds = value["compounds"]
    names = [one["name"] for one in compounds]
    rows = [
        {"": label, **{name: one[field] for name, one in zip(names, compounds, strict=True)}}
        for field, label in FIELDS.items()
        if any(one[field] not in (None, []) for one in compounds)
    ]
    lines = [render.table(rows), "", render.table(value["pairs"], PAIRS)]
    for pair in value["pairs"]:
        for part, name in (("only_a", pair["a"]), ("only_b", pair["b"])):
            if pair[part] and len(value["pairs"]) == 1:
                lines.append(f"only in {name}: {', '.join(pair[part])}")
    return "\n".join([*lines, *(f"note: {caveat}" for caveat in value["caveats"])])
