"""The application, asked in this process."""

from __future__ import annotations

import pytest


@pytest.fixture
def client_of():
    """Make a client of the application over a workspace: ``client_of(home, token=...)``."""
    from contextlib import ExitStack

    from starlette.testclient import TestClient

    from vcpi.web.app import make_app

    with ExitStack() as stack:

        def make(home, **options):
            app = make_app(home, **options)
            client = TestClient(app, base_url="http://localhost:8765", raise_server_exceptions=False)
            return stack.enter_context(client)

        yield make


@pytest.fixture(scope="module")
def web(demo_home):
    """A client of the demonstration."""
    from starlette.testclient import TestClient

    from vcpi.web.app import make_app

    app = make_app(demo_home)
    with TestClient(app, base_url="http://localhost:8765", raise_server_exceptions=False) as client:
        yield client
