"""The application: pages at ``/``, static files at ``/static``, the API at ``/api/v1``, all behind one guard."""

from __future__ import annotations

import contextlib
import logging
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from vcpi.web.api import PREFIX, TIMEOUT_S, api_routes
from vcpi.web.jobs import Jobs
from vcpi.web.problems import Problem, problem_of
from vcpi.web.security import HEADERS, Guard
from vcpi.web.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

HOSTS = ("localhost", "127.0.0.1", "[::1]")
_STATIC = Path(__file__).parent / "static"
_TOLD = {404: "There is nothing at this address", 405: "This address does not take that method"}
_log = logging.getLogger(__name__)


def make_app(
    home: Path,
    *,
    token: str | None = None,
    hosts: Sequence[str] = HOSTS,
    any_address: bool = False,
    timeout_s: float = TIMEOUT_S,
) -> Starlette:
    """Make the application that answers from a workspace.

    Parameters
    ----------
    home
        Folder that holds ``db/`` and ``index/``.
    token
        What every request must bear, where given.
    hosts
        Names by which the server may be called, without port.
    any_address
        Let it be called by any IP address too.
    timeout_s
        Seconds that one question of the API may take, above 0.

    Returns
    -------
    Starlette
        An ASGI application; ``state.workspace`` is the :class:`~vcpi.web.workspace.Workspace` that handlers ask.
    """
    workspace = Workspace(home)
    jobs = Jobs(workspace)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        workspace.warm()
        yield
        jobs.close()
        workspace.close()

    app = Starlette(
        routes=_routes(),
        middleware=[Middleware(Guard, hosts=hosts, token=token, any_address=any_address)],
        exception_handlers={HTTPException: _refused, Problem: _told, Exception: _failed},
        lifespan=lifespan,
    )
    app.state.workspace, app.state.jobs, app.state.timeout_s = workspace, jobs, timeout_s
    return app


def _routes() -> list[BaseRoute]:
    """List what is served."""
    routes: list[BaseRoute] = [Route("/healthz", _healthz), *api_routes()]
    if _STATIC.is_dir():
        routes.append(Mount("/static", StaticFiles(directory=_STATIC)))
    return [*routes, *_pages()]


def _pages() -> list[BaseRoute]:
    """List the pages, where there are any."""
    try:
        return list(import_module("vcpi.web.pages").ROUTES)
    except ModuleNotFoundError as error:
        if error.name != "vcpi.web.pages":
            raise
        return []


async def _healthz(_request: Request) -> PlainTextResponse:
    """Say that the server is up."""
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


async def _refused(request: Request, error: Exception) -> Response:
    """Tell what Starlette refuses."""
    assert isinstance(error, HTTPException)  # noqa: S101  it is registered for these
    detail = _TOLD.get(error.status_code, error.detail)
    if error.status_code == 404 and request.url.path.startswith(PREFIX):  # noqa: PLR2004
        detail += f"; {PREFIX}/openapi.json lists every route"
    return _written(request, Problem(error.status_code, detail, headers=error.headers))


async def _told(request: Request, error: Exception) -> Response:
    """Tell what the guard refuses while a body is read."""
    return _written(request, problem_of(error))


async def _failed(request: Request, error: Exception) -> Response:
    """Tell that something is wrong inside, and nothing of what it is; the log has it."""
    problem = problem_of(error)
    if problem.status == 500:  # noqa: PLR2004
        _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    response = _written(request, problem)
    for name, value in HEADERS.items():  # this response does not come by the guard
        response.headers.setdefault(name, value)
    return response


def _written(request: Request, problem: Problem) -> Response:
    """Write a problem as a page for a browser, and as JSON for a program."""
    if not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", ""):
        with contextlib.suppress(ModuleNotFoundError, AttributeError):
            page: Response = import_module("vcpi.web.pages.shell").error_page(problem.status, problem.detail)
            return page
    return problem.response()
