"""``vcpi compound``: the card of one compound."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vcpi.cli import render
from vcpi.cli.options import Format, FormatOption, OutputOption, ask_each, named, open_workspace, tell
from vcpi.records import Compound

if TYPE_CHECKING:
    from vcpi.database.cards import CompoundCard

app = typer.Typer(rich_markup_mode=None, add_completion=False)

PAGES = (".html", ".htm")
MARKDOWN = (".md", ".markdown")
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
_NESTED = ("forms", "signatures", "facts", "conflicts", "nearest_measured")


@app.command()
def compound(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name, synonym, source id, InChIKey, SMILES, @FILE or -.")],
    full: Annotated[
        bool, typer.Option("--full", help="Everything that is reported: protocols, tables and references too.")
    ] = False,
    output_format: FormatOption = None,
    output: OutputOption = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the structure into this file.")] = None,
) -> None:
    """Show the card of a compound: structure, names, descriptors, signatures, and what documents report of it.

    \b
    vcpi compound sirolimus
    vcpi compound ridaforolimus --full
    vcpi compound ridaforolimus -o card.html
    vcpi compound QFJCIRLUMZQUOT-HPLJOQBZSA-N -f json
    """  # noqa: D301  click keeps the lines after its mark
    from vcpi.database.cards import card_of

    database = open_workspace(ctx)
    cards, failures = ask_each(named(name), lambda one: card_of(database, one))
    if svg is not None:
        from vcpi.database.drawing import draw  # RDKit's drawing needs libraries that answers do not

        render.write(draw(_only(cards, "--svg").compound), svg)
    suffix = "" if output is None or output_format is not None else output.suffix.lower()
    if suffix in PAGES:
        render.write(_page(_only(cards, "a page")), output)
    elif suffix in MARKDOWN:
        render.write("\n".join(_markdown(card) for card in cards), output)
    else:
        _write(cards, render.chosen(output_format, output), output, full=full)
    tell(failures)


def _write(cards: "Sequence[CompoundCard]", output_format: Format, output: Path | None, *, full: bool) -> None:
    """Write cards as text, or for programs."""
    if output_format is Format.table:
        render.write("\n\n".join(_text(card, full=full) for card in cards), output)
        return
    records = [card.to_dict() for card in cards]
    value = records[0] if len(records) == 1 else records
    rows = [flat_card(card) for card in cards]
    render.write(render.rows(rows, output_format=output_format, value=value), output)


def flat_card(card: "CompoundCard") -> dict[str, Any]:
    """Return a card as one row: the fields that are no tables, and the potencies as texts."""
    return {**{key: value for key, value in card.to_dict().items() if key not in _NESTED}, "potencies": card.potencies}


def _only(cards: "Sequence[CompoundCard]", what: str) -> "CompoundCard":
    """Return the one card, or say that a drawing or page holds one."""
    if len(cards) != 1:
        from vcpi.errors import InputError

        message = f"{len(cards)} compounds for {what}; name one compound"
        raise InputError(message)
    return cards[0]


def _text(card: "CompoundCard", *, full: bool) -> str:
    """Write a card for a terminal."""
    from vcpi.report.card import card_text
    from vcpi.report.card_blocks import fact_blocks

    lines = [card.compound.name]
    for label, text in _pairs(card):
        lines.append(f"  note: {text}" if label == "note" else f"  {label:<17} {text}")
    blocks = [fact_blocks(entry.facts) for entry in card.facts]
    return card_text("\n".join(lines), blocks, _conflicts(card), full=full)


def _markdown(card: "CompoundCard") -> str:
    """Write a card as Markdown."""
    from vcpi.report.card import card_markdown
    from vcpi.report.card_blocks import fact_blocks

    blocks = [fact_blocks(entry.facts) for entry in card.facts]
    return card_markdown(card.compound.name, _pairs(card), blocks, _conflicts(card))


def _page(card: "CompoundCard") -> str:
    """Write a card as a page, with the drawing where the system can draw."""
    from vcpi.report.card import card_page
    from vcpi.report.card_blocks import fact_blocks

    simulated = any(signature["simulated"] for signature in card.compound.signatures)
    blocks = [fact_blocks(entry.facts) for entry in card.facts]
    return card_page(
        card.compound.name, _pairs(card), blocks, _conflicts(card), drawing=_drawing(card.compound), simulated=simulated
    )


def _drawing(compound: Compound) -> str:
    """Draw a compound, or say why not."""
    from html import escape

    from vcpi.database.drawing import draw
    from vcpi.errors import VcpiError

    try:
        return draw(compound)
    except VcpiError as error:
        return f'<p class="note">{escape(str(error))}</p>'


def _conflicts(card: "CompoundCard") -> list[tuple[str, str, str]]:
    """List what does not go together, contradictions first: subject, level, figures with both claims."""
    order = sorted(card.conflicts, key=lambda one: (one.level != "contradiction", bool(one.claims)))
    return [(one.subject, one.level, " Against: ".join(one.claims) or one.found) for one in order]


def _pairs(card: "CompoundCard") -> list[tuple[str, str]]:
    """Write what is known of the compound itself as label and text."""
    pairs: list[tuple[str, str]] = []
    for label, field in _LINES:
        value = getattr(card.compound, field)
        if value in (None, (), ""):
            continue
        if isinstance(value, float):
            value = f"{value:.1f}" if field in _ONE_DECIMAL else f"{value:.2f}"
        pairs.append((label, ", ".join(value) if isinstance(value, tuple) else str(value)))
    pairs += [("signature", _signature(signature)) for signature in card.compound.signatures]
    if not card.measured:
        pairs.append(("signature", "none: not measured in this workspace"))
    near = ", ".join(f"{one['name']} ({one['tanimoto']:.3f})" for one in card.nearest_measured)
    if near:
        pairs.append(("measured analogs", f"{near}; Tanimoto"))
    return pairs + [("note", caveat) for caveat in card.compound.caveats]


def _signature(signature: dict[str, Any]) -> str:
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
