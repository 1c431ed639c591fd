"""What pages fetch beside themselves: drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from vcpi.errors import InputError, VcpiError
from vcpi.structure.pair_drawing import draw_pair
from vcpi.svg import opening, text
from vcpi.web.pages.params import Params
from vcpi.web.pages.shell import plain_styles

if TYPE_CHECKING:
    from starlette.requests import Request

    from vcpi.database.core import Database

_HEADERS = {"Cache-Control": "private, max-age=600", "X-Content-Type-Options": "nosniff"}
_WIDTH, _HEIGHT = 320, 120
_SLOW_S = 60.0  # a page of eight compared compounds asks for 28 common cores at once


async def icon(_request: Request) -> Response:
    """Lead to the icon, for answers that are no page: a browser asks for it at this address."""
    return RedirectResponse("/static/icon.svg", status_code=308)


async def drawing(request: Request) -> Response:
    """Draw a compound; what looks as in another one is shaded."""
    params = Params(list(request.query_params.multi_items()))

    def question(database: Database) -> str:
        """Draw."""
        return database.draw_shared(params.maybe("like"), params.text("name"))

    return await _drawn(request, question)


async def pair(request: Request) -> Response:
    """Draw two compounds, with what differs marked, or with ``mark=core`` what they share."""
    params = Params(list(request.query_params.multi_items()))

    def question(database: Database) -> str:
        """Draw."""
        a, b = params.text("a"), params.text("b")
        if params.text("mark") != "core":
            return database.draw_compared([a, b])
        found = [database.compound(name) for name in (a, b)]
        if any(one.smiles is None for one in found):
            raise InputError("One of the two has no structure")
        labels = (found[0].name, found[1].name)
        return draw_pair(str(found[0].smiles), str(found[1].smiles), labels=labels, mark="core")

    return await _drawn(request, question)


async def _drawn(request: Request, question: object) -> Response:
    """Give a drawing; where there is none, a picture of the reason."""
    try:
        svg = await request.app.state.workspace.ask(question, timeout_s=_SLOW_S)
        return Response(plain_styles(svg), media_type="image/svg+xml", headers=_HEADERS)
    except VcpiError as error:
        return Response(_reason(str(error)), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _reason(message: str) -> str:
    """Draw why there is no drawing."""
    lines: list[str] = [""]
    for word in message.split()[:24]:
        shown = word[:36]
        if len(lines[-1]) + len(shown) > 40:  # noqa: PLR2004  letters in a line
            lines.append("")
        lines[-1] = f"{lines[-1]} {shown}".strip()
    parts = [text(10, 24 + 16 * place, line) for place, line in enumerate(lines[:6])]
    return "".join([opening(_HEIGHT, "no drawing", width=_WIDTH), *parts, "</svg>"])
