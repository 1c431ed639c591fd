"""The HTTP API: a handler for every verb of the table, and for what goes with them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from vcpi.cli import render
from vcpi.cli.options import Format
from vcpi.web.calls import PROGRESS
from vcpi.web.fields import read_fields
from vcpi.web.jobs import Job, Jobs
from vcpi.web.openapi import document
from vcpi.web.problems import Problem, problem_of
from vcpi.web.table import CSV, JSON, MEDIA, SVG, TSV, VERBS, Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from vcpi.web.calls import Reply
    from vcpi.web.workspace import Workspace

PREFIX = "/api/v1"
TIMEOUT_S = 30.0
DEEPEST = 20  # brackets within brackets; a question needs two
_DRAWN = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_TYPE = re.compile(r"\s*([\w.+*-]+)/([\w.+*-]+)\s*((?:;[^,]*)?)")
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"?')


def api_routes() -> list[BaseRoute]:
    """List the routes of the API: each verb plain and with the suffix of each format, and the OpenAPI document."""
    routes: list[BaseRoute] = [Route(f"{PREFIX}/openapi.json", _openapi, methods=["GET"])]
    for verb in VERBS:
        for suffix in (None, *verb.formats):
            path = f"{PREFIX}/{verb.name}" + ("" if suffix is None else f".{suffix}")
            routes.append(Route(path, _handler(verb, suffix), methods=[verb.method]))
    return routes


async def _openapi(_request: Request) -> Response:
    """Describe the API."""
    return Response(json.dumps(document(PREFIX), ensure_ascii=False), media_type=MEDIA[JSON])


def _handler(verb: Verb, suffix: str | None) -> Any:  # noqa: ANN401  a coroutine function of a request
    """Make the handler of a verb."""

    async def answer(request: Request) -> Response:
        """Read, ask, write."""
        try:
            chosen = suffix or _accepted(request.headers.get("accept", ""), verb)
            values = await _values(request, verb)
            if verb.is_long:
                job = await begin(request, verb, values)
                if not job.is_done:
                    return _running(job)
                reply = job.result()
            else:
                workspace: Workspace = request.app.state.workspace
                timeout_s = request.app.state.timeout_s
                reply = await workspace.ask(lambda database: verb.call(database, values), timeout_s=timeout_s)
            return await run_in_threadpool(_response, verb, reply, chosen)
        except Exception as error:
            problem = problem_of(error)
            if problem.status == 500:  # noqa: PLR2004
                raise
            return problem.response()

    return answer


async def begin(request: Request, verb: Verb, values: Mapping[str, Any], **wait: float) -> Job:
    """Begin long work, or find it begun, by whichever page or program, and wait a moment for it.

    Parameters
    ----------
    request
        Any of the application.
    verb, values
        What is asked, with all its parameters; the work holds a :class:`vcpi.web.calls.Reply`.
    **wait
        ``wait_s`` of :meth:`vcpi.web.jobs.Jobs.ask`.
    """
    jobs: Jobs = request.app.state.jobs
    return await jobs.ask(
        work_key(verb, values), lambda database, progress: verb.call(database, {**values, PROGRESS: progress}), **wait
    )


def work_key(verb: Verb, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Name a piece of long work."""
    return verb.name, *sorted((name, str(value)) for name, value in values.items())


def _running(job: Job) -> Response:
    """Say how far long work is."""
    text = json.dumps(
        {
            "state": "running",
            "seconds": round(job.seconds, 1),
            "step": job.progress.step,
            "share": round(job.progress.share, 3),
            "detail": "Ask this link again until it answers",
        }
    )
    return Response(
        text, status_code=202, media_type=MEDIA[JSON], headers={"Retry-After": "1", "Cache-Control": "no-store"}
    )


async def _values(request: Request, verb: Verb) -> dict[str, Any]:
    """Read the parameters of a request."""
    if verb.method == "GET":
        given: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            given.setdefault(name, []).append(value)
        return read_fields(verb.fields, given, json=False)
    if request.query_params:
        raise Problem(
            400, "The parameters of this question stand in its body; expected none in the link", kind="parameter"
        )
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA[JSON]:
        raise Problem(415, f"The body is no {MEDIA[JSON]}; send JSON with that Content-Type", kind="media-type")
    return read_fields(verb.fields, _object(await request.body()), json=True)


def _object(body: bytes) -> dict[str, Any]:
    """Read a JSON object: text in UTF-8, no NaN, nothing nested deeply, each name once."""
    try:
        text = body.decode("utf-8")
        if _depth(text) > DEEPEST:
            raise Problem(400, f"The JSON is nested more than {DEEPEST} deep; a question needs two", kind="json")
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_pairs)
    except UnicodeDecodeError:
        raise Problem(400, "The body is no UTF-8; send JSON in UTF-8", kind="json") from None
    except json.JSONDecodeError as error:
        raise Problem(400, f"The body is no JSON: {error}", kind="json") from None
    except ValueError:  # more digits than Python reads
        raise Problem(400, "The body holds a number that is too long; expected finite numbers", kind="json") from None
    if not isinstance(value, dict):
        raise Problem(
            400, 'The body is no JSON object; expected such as {"up": ["MX1"], "down": ["LDLR"]}', kind="json"
        )
    return value


def _depth(text: str) -> int:
    """Count how deep brackets stand within brackets, beside strings."""
    deepest = depth = 0
    for sign in re.findall(r"[\[{\]}]", _STRINGS.sub("", text)):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _refuse_constant(name: str) -> float:
    """Refuse what Python takes for numbers and JSON does not."""
    raise Problem(400, f"The body holds {name}, which is no JSON; leave genes without a value out", kind="json")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice."""
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(400, f"The body holds {twice[:60]!r} twice; expected each name once", kind="json")
    return value


def _accepted(header: str, verb: Verb) -> str:
    """Choose the format that the client likes best among those of the verb."""
    wishes = _wishes(header)
    if not wishes:
        return verb.formats[0]
    best, chosen = 0.0, None
    for name in verb.formats:
        quality = _quality(MEDIA[name], wishes)
        if quality > best:
            best, chosen = quality, name
    if chosen is None:
        offered = ", ".join(MEDIA[name] for name in verb.formats)
        raise Problem(406, f"This is not written as {header[:100]!r}; expected {offered}", kind="not-acceptable")
    return chosen


def _wishes(header: str) -> list[tuple[str, str, float]]:
    """Read an Accept header."""
    found = []
    for part in header.split(","):
        match = _TYPE.fullmatch(part)
        if match:
            quality = _QUALITY.search(match[3])
            found.append((match[1].lower(), match[2].lower(), 1.0 if quality is None else float(quality[1])))
    return found


def _quality(media: str, wishes: list[tuple[str, str, float]]) -> float:
    """Say how much a client likes a media type: what it says of it most exactly counts."""
    kind, _, subtype = media.partition("/")
    for wanted in ((kind, subtype), (kind, "*"), ("*", "*")):
        for one, other, quality in wishes:
            if (one, other) == wanted:
                return quality
    return 0.0


def _response(verb: Verb, reply: Reply, chosen: str) -> Response:
    """Write an answer, as the command line writes it."""
    headers = {"Cache-Control": "no-cache", "Vary": "Accept"}
    if chosen in (CSV, TSV):
        text = render.rows(reply.records, output_format=Format(chosen), columns={name: name for name in reply.columns})
        headers["Content-Disposition"] = f'attachment; filename="{verb.name}.{chosen}"'
    elif chosen == JSON:
        text = f"{render.as_json(reply.value)}\n"
    else:
        text = reply.text
    if chosen == SVG:
        headers |= {"Content-Security-Policy": _DRAWN, "Cache-Control": "private, max-age=300"}
    return Response(text, media_type=MEDIA[chosen], headers=headers)
