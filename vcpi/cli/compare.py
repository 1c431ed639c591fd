"""``vcpi compare``: compounds side by side."""

from pathlib import Path
from typing import Annotated, Any

import typer

from vcpi.cli import render
from vcpi.cli.options import DatasetOption, Format, FormatOption, OutputOption, open_workspace, single
from vcpi.report.compare_sections import effect_sections
from vcpi.report.sections import as_text

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
    "flags": "flags",
}
MEANINGS = {
    "atom_pairs": "atom pairs: Tanimoto of counted pairs of atoms, which tells large rings apart",
    "core_atoms": "core atoms: of the largest common substructure, none under six",
    "q_noise": "q: false discovery rate against noise, the larger of both sides",
}


@app.command()
def compare(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME NAME...", help="Two compounds or more.")],
    dataset: DatasetOption = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
    svg: Annotated[
        Path | None,
        typer.Option(
            "--svg", "--plot", help="Draw the first two structures, with what differs marked, into this file (.svg)."
        ),
    ] = None,
) -> None:
    """Set compounds side by side: what each is and does, what each two share and where they differ.

    With -o FILE.html the answer is a page with the drawings of each two.

    \b
    vcpi compare sirolimus everolimus
    vcpi compare sirolimus tacrolimus --svg pair.svg
    vcpi compare sirolimus everolimus tacrolimus -o rapalogs.html
    vcpi compare sirolimus everolimus temsirolimus -f json
    """  # noqa: D301  click keeps the lines after its mark
    if svg is not None and svg.suffix.lower() != ".svg":
        from vcpi.errors import InputError

        raise InputError(f"{svg} is to be no .svg; the drawing of two structures is one, and -o {svg.stem}.html a page")
    single(names, "compare")
    database = open_workspace(ctx)
    found = database.compare(names, dataset=dataset)
    value = found.to_dict()
    if svg is not None:
        render.write(database.draw_compared(names), svg)
    if output is not None and output_format is None and output.suffix.lower() in render.PAGES:
        from vcpi.database.compare_page import comparison_page

        tables = [render.page_table(_cards(value)), render.page_table(_pairs(value), _shown(value))]
        render.write(comparison_page(found, tables), output)
        return
    output_format = render.chosen(output_format, output)
    if output_format is Format.table:
        render.write(_text(value), output)
        return
    render.write(render.rows(value["pairs"], output_format=output_format, value=value), output)


def _cards(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Set what is known of each compound side by side: a row for each field."""
    compounds = value["compounds"]
    names = [one["name"] for one in compounds]
    return [
        {"": label, **{name: one[field] for name, one in zip(names, compounds, strict=True)}}
        for field, label in FIELDS.items()
        if any(one[field] not in (None, []) for one in compounds)
    ]


def _pairs(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the rows of pairs, without cores that are none."""
    return [
        {
            **pair,
            "core_atoms": pair["core_atoms"] if pair["has_core"] else None,
            "q_noise": render.bounded(pair, pair["p_least"]),
        }
        for pair in value["pairs"]
    ]


def _text(value: dict[str, Any]) -> str:
    """Write a comparison for reading."""
    lines = [render.table(_cards(value)), "", render.table(_pairs(value), _shown(value))]
    for pair in value["pairs"] if len(value["pairs"]) == 1 else ():
        if pair["has_core"] is False:
            lines.append(f"no common core: the largest part of both has {pair['core_atoms']} heavy atoms")
            continue
        for part, name in (("only_a", pair["a"]), ("only_b", pair["b"])):
            if pair[part]:
                lines.append(f"only in {name}: {', '.join(pair[part])}")
    lines += render.legend(_shown(value), MEANINGS)
    effects = effect_sections(value)
    if effects:
        lines.append(as_text("", effects).strip("\n"))
    return "\n".join([*lines, *(f"note: {caveat}" for caveat in value["caveats"])])


def _shown(value: dict[str, Any]) -> dict[str, str]:
    """Leave out flags where there are none."""
    return PAIRS if any(pair["flags"] for pair in value["pairs"]) else {k: v for k, v in PAIRS.items() if k != "flags"}
