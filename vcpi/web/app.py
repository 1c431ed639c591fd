"""The application: pages at ``/``, static files at ``/static``, the API at ``/api/v1``, all behind one guard."""

from __future__ import annotations

import contextlib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from vcpi.web.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

HOSTS = ("localhost", "127.0.0.1", "[::1]")
_STATIC = Path(__file__).parent / "static"


def make_app(home: Path, *, token: str | None = None, hosts: Sequence[str] = HOSTS) -> Starlette:
    """Make the application that answers from a workspace.

    Parameters
    ----------
    home
        Folder that holds ``db/`` and ``index/``.
    token
        What every request must show, where given.
    hosts
        Names by which the server may be called.

    Returns
    -------
    Starlette
        An ASGI application; ``state.workspace`` is the :class:`~vcpi.web.workspace.Workspace` that handlers ask.
    """
    workspace = Workspace(home)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        workspace.close()

    app = Starlette(routes=_routes(), lifespan=lifespan)
    app.state.workspace = workspace
    return app


def _routes() -> list[BaseRoute]:
    """List what is served."""
    routes: list[BaseRoute] = [Route("/healthz", _healthz)]
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
    return PlainTextResponse("ok\n")
