"""The shell of the served pages: templates, the question to the workspace, errors as pages.

Pages hold no inline script and no inline style, so that ``default-src 'self'`` holds without exception: RDKit's ``style``
attributes are turned into attributes of SVG (:func:`plain_styles`), bars are SVG.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from vcpi.errors import InputError, UnknownChoiceError, VcpiError
from vcpi.report.sections import as_csv, cell
from vcpi.version import __version__
from vcpi.web.pages.params import Params, link
from vcpi.web.pages.tables import MEANING_OF_MARK, MEANING_OF_RELATION, flag_badge, marks_of
from vcpi.web.pages.ways import for_page, ways_of
from vcpi.web.problems import problem_of
from vcpi.web.state import Kept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from vcpi.database.core import Database

T = TypeVar("T")
Handler = Callable[["Request"], Awaitable[Response]]

_STYLES = re.compile(r"\bstyle=(['\"])(.*?)\1")
_NAMED = ("name", "query", "hit", "like", "without")
_ASKED = "That cannot be asked"
_NEAR = re.compile(r"; (?:near it:|the nearest names are) [^;]*")  # a page lists them as links
_NO_STRUCTURE = "nor is it a structure ("
_UNASKED = "Nothing was asked yet"
_MENDABLE = (400, 404, 409, 422)
_MOST_BODY = 6_000_000
_MOST_LABELS = 500
LONGEST_LINK = 6_000


class NothingAskedError(InputError):
    """A box was sent off empty."""


def nothing_asked(params: Params, field: str, message: str, otherwise: str) -> Response:
    """Say what to type where a box was sent off empty; lead to the page with the box where there was none.

    Parameters
    ----------
    params
        Of the request.
    field
        Name of the box.
    message
        One line that says what to type.
    otherwise
        Path of the page with the box.
    """
    if params.has(field):
        raise NothingAskedError(message)
    return RedirectResponse(otherwise, status_code=303)


def _labels_of(database: Database) -> list[str]:
    """List the classes and targets of the workspace, to choose from."""
    query = "SELECT value FROM annotation WHERE kind IN ('class', 'target') GROUP BY value ORDER BY min(kind), value LIMIT ?"
    return [row[0] for row in database._connection.execute(query, [_MOST_LABELS])]


_LABELS: Kept[list[str]] = Kept(_labels_of)
_STATUS: Kept[dict[str, Any]] = Kept(lambda database: database.status())
_templates = Environment(loader=PackageLoader("vcpi.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
_templates.filters["cell"] = cell
_templates.globals.update(
    version=__version__,
    link=link,
    flag_badge=flag_badge,
    marks_of=marks_of,
    relations=MEANING_OF_RELATION,
    marks=MEANING_OF_MARK,
)


async def ask(
    request: Request, question: Callable[[Database], T], *, timeout_s: float = 30
) -> tuple[dict[str, Any], T]:
    """Ask the workspace; the status comes from the same state as the answer."""

    def both(database: Database) -> tuple[dict[str, Any], T]:
        """Answer with the status."""
        return {**_STATUS.of(database), "labels": _LABELS.of(database)}, question(database)

    found: tuple[dict[str, Any], T] = await request.app.state.workspace.ask(both, timeout_s=timeout_s)
    return found


def page(name: str, status: Mapping[str, Any] | None, /, *, code: int = 200, **values: Any) -> Response:  # noqa: ANN401
    """Fill a template.

    Parameters
    ----------
    name
        Of the template.
    status
        What the workspace holds; None where it cannot be asked.
    code
        Of HTTP.
    **values
        What the template names.
    """
    datasets = [] if status is None else status["datasets"]
    shared = {
        "datasets": datasets,
        "simulated": any(one["simulated"] for one in datasets),
        "command": "",
        "csv": "",
        "permalink": "",
        "caveats": (),
        "params": Params([]),
        "here": "/" + name.removesuffix(".html"),
        "labels": [] if status is None else status.get("labels", []),
    }
    values["caveats"] = [text for one in values.get("caveats", ()) if (text := for_page(one))]
    text = _templates.get_template(name).render({**shared, **values})
    return HTMLResponse(text, status_code=code, headers={"Cache-Control": "no-cache"})


def asked(handler: Callable[[Request, Params], Awaitable[Response]]) -> Handler:
    """Hand the parameters to a handler; an error of vcpi becomes a page that says the way out."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        """Answer, or say why not."""
        params = await _params(request)
        try:
            return await handler(request, params)
        except VcpiError as error:
            return await _refusal(request, params, error)

    return answer


async def _params(request: Request) -> Params:
    """Read the parameters of a link, and of a form that was posted."""
    pairs = list(request.query_params.multi_items())
    if request.method == "POST":
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BODY:
                break
        text = "" if len(body) > _MOST_BODY else body.decode("utf-8", errors="replace")
        pairs += parse_qsl(text, keep_blank_values=True) if text else [("too_long", "1")] if body else []
    return Params(pairs)


async def _refusal(request: Request, params: Params, error: VcpiError) -> Response:
    """Say what is wrong, with the nearest names where a name is not known."""
    from vcpi.web.pages.suggestions import complete

    problem = problem_of(error)
    status: Mapping[str, Any] | None = None
    near: list[str] = []
    names = _names(params)
    wrong = next((one for one in names if repr(one[:77]).strip("'\"") in str(error)), "")
    try:
        status, near = await ask(request, lambda database: complete(database, wrong) if wrong else [])
    except VcpiError:  # the workspace itself cannot be asked
        status = None
    links = [(name, _instead(request.url.path, params, wrong, name)) for name in near]
    if isinstance(error, UnknownChoiceError):
        links = [(f"{title}" if key == title else f"{key}: {title}", _chosen(request.url.path, params, key, title)) for key, title in error.near]  # fmt: skip
    return error_page(
        problem.status,
        for_page(_with_fault(_NEAR.sub("", problem.detail) if links else problem.detail, wrong)),
        status=status,
        near=links if problem.status in _MENDABLE else [],
        ways=ways_of(problem.detail, names),
        params=params,
        path=request.url.path,
        title=_UNASKED if isinstance(error, NothingAskedError) else "",
    )


def _with_fault(message: str, text: str) -> str:
    """Say what is wrong with a text that is no structure, where that can be told."""
    from vcpi.structure.faults import fault_of  # RDKit loads with the first structure

    head, found, _ = message.partition(_NO_STRUCTURE)
    fault = fault_of(text.strip()) if found else ""
    return f"{head}{_NO_STRUCTURE.removesuffix(' (')}: {fault}" if fault else message


def _chosen(path: str, params: Params, key: str, title: str) -> str:
    """Write the link of a view with another class, or ranked by something else."""
    field = "class" if title == "class" else "by"
    return params.link(path, **{field: key})


def _names(params: Params) -> list[str]:
    """Return every name of a compound that was asked for."""
    pairs = [(field, line.strip()) for field, value in params.pairs if field in _NAMED for line in value.splitlines()]
    return [name for _, name in pairs if name]


def _instead(path: str, params: Params, wrong: str, right: str) -> str:
    """Write the link of a view with another name."""
    pairs = [
        (field, "\n".join(right if line.strip() == wrong else line for line in value.splitlines()))
        if field in _NAMED
        else (field, value)
        for field, value in params.pairs
        if value.strip()
    ]
    return link(path, pairs)


def error_page(
    code: int,
    detail: str,
    *,
    status: Mapping[str, Any] | None = None,
    near: Sequence[tuple[str, str]] = (),
    ways: Sequence[tuple[str, str]] = (),
    params: Params | None = None,
    path: str = "",
    title: str = "",
) -> Response:
    """Write the page of an error.

    Parameters
    ----------
    code
        Of HTTP.
    detail
        One line: what is wrong, and the way out.
    status
        What the workspace holds, where it can be asked.
    near
        Names that may be meant, each with its link.
    ways
        Other ways out: label and link.
    params
        What was asked, to be mended in the box of the same question.
    path
        Where it was asked.
    title
        Of the page; that of the code where empty.
    """
    titles = {
        400: _ASKED,
        404: "Not found",
        409: "Which one is meant?",
        413: _ASKED,
        422: _ASKED,
        504: "That took too long",
    }
    title = title or titles.get(code, "That cannot be answered now")
    params = params or Params([])
    return page(
        "error.html", status, code=code, title=title, detail=detail, near=near, ways=ways, params=params, path=path
    )


def csv_file(rows: Sequence[Mapping[str, Any]], name: str, *, columns: Sequence[str] = ()) -> Response:
    """Give rows as a CSV file, every field whole."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:80] or "vcpi"
    text = as_csv(rows) if rows else ",".join(columns) + "\n"
    disposition = {"Content-Disposition": f'attachment; filename="{safe}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=disposition)


def html(parts: Sequence[str] | str) -> Markup:
    """Mark HTML that vcpi itself wrote, whose texts are escaped, as such; styles become attributes."""
    text = parts if isinstance(parts, str) else "\n".join(parts)
    text = text.replace(
        '<div class="wide">', '<div class="wide" role="group" tabindex="0" aria-label="table, scrolls">'
    )
    return Markup(plain_styles(text))  # noqa: S704  written by page.py, svg.py, RDKit


def plain_styles(svg: str) -> str:
    r"""Turn ``style`` attributes into attributes of SVG, which a strict content security policy lets stand.

    Examples
    --------
    >>> plain_styles("<path style='fill:none;stroke:#000' d='M 0,0'/>")
    '<path fill="none" stroke="#000" d=\'M 0,0\'/>'
    """

    def attributes(match: re.Match[str]) -> str:
        """Write one style."""
        pairs = [one.split(":", 1) for one in match[2].split(";") if ":" in one]
        return " ".join(f'{name.strip()}="{value.strip()}"' for name, value in pairs)

    return _STYLES.sub(attributes, svg)
