"""``vcpi compound``: the card of one compound."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from vcpi.cli import render
from vcpi.cli.options import Format, FormatOption, OutputOption, ask_each, named, open_workspace, tell
from vcpi.records import Compound

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_LINES = (
    ("InChIKey", "inchikey"),
    ("SMILES", "smiles"),
    ("formula", "formula"),
    ("molecular weight", "molecular_weight"),
    ("logP (Crippen)", "log_p"),
    ("TPSA", "tpsa"),
    ("H-bond donors", "n_h_donors"),
    ("H-bond acceptors", "n_h_acceptors"),
    ("rotatable bonds", "n_rotatable_bonds"),
    ("rings", "n_rings"),
    ("heavy atoms", "n_heavy_atoms"),
    ("fraction sp3", "fraction_sp3"),
    ("scaffold", "scaffold"),
    ("names", "names"),
    ("source ids", "source_compound_ids"),
    ("class", "classes"),
    ("mechanism", "moas"),
    ("targets", "targets"),
    ("as supplied", "flags"),
)
_ONE_DECIMAL = ("molecular_weight", "tpsa")


@app.command()
def compound(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name, synonym, source id, InChIKey, SMILES, @FILE or -.")],
    output_format: FormatOption = None,
    output: OutputOption = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the structure into this file.")] = None,
) -> None:
    """Show one compound: structure, names, descriptors, signatures.

    \b
    vcpi compound sirolimus
    vcpi compound QFJCIRLUMZQUOT-HPLJOQBZSA-N -f json
    vcpi compound everolimus --svg everolimus.svg
    """  # noqa: D301  click keeps the lines after its mark
    output_format = render.chosen(output_format, output)
    database = open_workspace(ctx)
    compounds, failures = ask_each(named(name), database.compound)
    if svg is not None:
        from vcpi.database.drawing import draw  # RDKit's drawing needs libraries that answers do not
        from vcpi.errors import InputError

        if len(compounds) != 1:
            message = f"{len(compounds)} compounds for one drawing; name one compound with --svg"
            raise InputError(message)
        render.write(draw(compounds[0]), svg)
    if output_format is Format.table:
        render.write("\n\n".join(_card(compound) for compound in compounds), output)
        tell(failures)
        return
    records = [asdict(compound) for compound in compounds]
    value = records[0] if len(records) == 1 else records
    flat = [{key: entry for key, entry in record.items() if key not in ("forms", "signatures")} for record in records]
    render.write(render.rows(flat, output_format=output_format, value=value), output)
    tell(failures)


def _card(compound: Compound) -> str:
    """Write a compound for reading."""
    lines = [compound.name]
    for label, field in _LINES:
        value = getattr(compound, field)
        if value in (None, (), ""):
            continue
        if isinstance(value, float):
            value = f"{value:.1f}" if field in _ONE_DECIMAL else f"{value:.2f}"
        elif isinstance(value, tuple):
            value = ", ".join(value)
        lines.append(f"  {label:<17} {value}")
    for signature in compound.signatures:
        lines.append(f"  {'signature':<17} {_signature(signature)}")
    if not compound.signatures:
        lines.append(f"  {'signature':<17} none: not measured in this workspace")
    lines += [f"  note: {caveat}" for caveat in compound.caveats]
    return "\n".join(lines)


def _signature(signature: dict[str, object]) -> str:
    """Write one signature of a compound."""
    parts = [str(signature["dataset"]) + (" (SIMULATED)" if signature["simulated"] else "")]
    for field, unit in (("dose_um", " µM"), ("time_h", " h"), ("cell_line", ""), ("n_replicates", "")):
        if signature[field] is not None:
            value = signature[field]
            text = f"{value:g}{unit}" if isinstance(value, float) else f"{value}{unit}"
            parts.append(f"n={text}" if field == "n_replicates" else text)
    if isinstance(signature["strength"], float):
        parts.append(f"strength {signature['strength']:.3f}")
    if isinstance(signature["tas"], float):
        parts.append(f"TAS {signature['tas']:.3f}")
    if isinstance(signature["replicate_correlation"], float):
        parts.append(f"replicate correlation {signature['replicate_correlation']:.2f}")
    if signature["active"] is not None:
        parts.append("active" if signature["active"] else "inactive")
    return ", ".join(parts)
