"""The page of a comparison: both tables, and the drawings of each two structures with what differs marked."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from vcpi.errors import MissingDependencyError
from vcpi.page import document
from vcpi.report.compare_sections import effect_sections
from vcpi.report.sections import as_parts
from vcpi.structure.pair_drawing import draw_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcpi.answers import Comparisons

MOST_DRAWN = 10  # pairs: five compounds with each other


def comparison_page(found: Comparisons, tables: Sequence[str], *, timeout_s: float = 12.0) -> str:
    """Write the page.

    Parameters
    ----------
    found
        The comparison.
    tables
        HTML tables: of the compounds, and of the pairs.
    timeout_s
        Seconds for the common core of each two.

    Returns
    -------
    str
        A whole HTML document without script or network.
    """
    value = found.to_dict()
    names = [one["name"] for one in value["compounds"]]
    smiles = {one["name"]: one["smiles"] for one in value["compounds"]}
    drawn = [(pair["a"], pair["b"]) for pair in value["pairs"] if smiles[pair["a"]] and smiles[pair["b"]]]
    parts = [*tables, "<h2>Structures</h2>" if drawn else ""]
    for a, b in drawn[:MOST_DRAWN]:
        try:
            parts.append(draw_pair(smiles[a], smiles[b], labels=(a, b), timeout_s=timeout_s))
        except MissingDependencyError as error:
            parts.append(f'<p class="note">{escape(str(error))}</p>')
            break
    if len(drawn) > MOST_DRAWN:
        parts.append(f'<p class="note">The first {MOST_DRAWN} of {len(drawn)} pairs are drawn.</p>')
    parts += as_parts(effect_sections(value, plots=True))
    parts.append("<ul>" + "".join(f"<li>{escape(caveat)}</li>" for caveat in value["caveats"]) + "</ul>")
    simulated = any("SIMULATED" in caveat for caveat in value["caveats"])
    return document(" · ".join(names), parts, simulated=simulated)
