"""The picture of an answer: how alike compounds look against how alike they act, hits as links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcpi.report.plots import cloud
from vcpi.svg import WIDTH
from vcpi.web.pages.params import link
from vcpi.web.pages.tables import drawing_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcpi.answers import LibraryAnswer

_FEW = 2
NARROW = 400  # for a phone


def picture(value: Mapping[str, Any], everything: LibraryAnswer | None, *, query: str) -> str:
    """Draw an answer; nothing where hardly a hit has both figures.

    Parameters
    ----------
    value
        ``JointAnswer.to_dict()``.
    everything
        Where all compounds lie, shades behind the hits; only the hits where None.
    query
        The compound that was asked about, by a name that finds it.

    Returns
    -------
    str
        Inline SVG, broad and narrow, one of which the style of the page shows; points of hits and analogs are links to their explanation.
    """
    shown = [hit for hit in (*value["hits"], *value["analogs"]) if None not in (hit["tanimoto"], hit["connectivity"])]
    if len(shown) < _FEW:
        return ""
    links = {str(hit["name"]): _link(hit, query) for hit in shown if hit["inchikey"]}
    behind = [(hit["tanimoto"], hit["connectivity"]) for hit in shown]
    if everything is not None:
        behind = [(point.tanimoto, point.connectivity) for point in everything.records]
    drawn = (
        cloud(
            [0.0, *(x for x, _ in behind)],
            [0.0, *(y for _, y in behind)],
            named=[(hit["tanimoto"], hit["connectivity"], str(hit["name"])) for hit in shown],
            title=f"How alike compounds look ({value['query']['name']} is the query) against how alike they act; the table holds the same figures",
            x_label="looks alike (Tanimoto)",
            y_label="acts alike (connectivity)",
            links=links,
            width=width,
        )
        for width in (WIDTH, NARROW)
    )  # fmt: skip
    return "".join(f'<div class="{kind}">{one}</div>' for kind, one in zip(("broad", "narrow"), drawn, strict=True))


def _link(hit: Mapping[str, Any], query: str) -> tuple[str, str]:
    """Lead to the explanation of a hit, and to its drawing."""
    key = str(hit["inchikey"])
    target = link("/explain", {"query": query, "hit": key}) if query else link("/compound", {"name": key})
    return target, drawing_link(key, query=query)
