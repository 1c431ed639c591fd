"""Engines to test with: a real Milvus where ``VCPI_MILVUS`` names an address, or the Python of an environment with one."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest

collect_ignore = [] if importlib.util.find_spec("pymilvus") else ["stub.py"]  # doctests would import it
SERVE = Path(__file__).with_name("serve_milvus.py")
READY_S = 120


@pytest.fixture(scope="session")
def milvus_address(tmp_path_factory):
    """Address of a real server: the one that ``VCPI_MILVUS`` names, or one started here, in a network of its own."""
    named = os.environ.get("VCPI_MILVUS", "")
    if named.startswith("milvus"):
        yield named
        return
    with started(tmp_path_factory.mktemp("milvus")) as address:
        yield address


@pytest.fixture(scope="module")
def milvus_with_users(tmp_path_factory):
    """Address of a real server that asks who is there: ``root``, whose first password is ``Milvus``."""
    if os.environ.get("VCPI_MILVUS", "").startswith("milvus"):
        pytest.skip("VCPI_MILVUS names a server, whose users are not known")
    with started(tmp_path_factory.mktemp("users"), "authorization_enabled") as address:
        yield address


@contextmanager
def started(folder, *settings):
    """Start a server in a network of its own, with settings switched on."""
    named = os.environ.get("VCPI_MILVUS", "")
    if not named:
        pytest.skip("VCPI_MILVUS names no Milvus: an address, or the Python of an environment with the package milvus")
    if sys.platform != "linux":
        pytest.skip("a Milvus is started in a network of its own, which only Linux has")
    words = ["unshare", "--net", named, str(SERVE), str(folder / "data"), str(folder / "s"), *settings]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log)
    try:
        said = server.stdout.readline().decode()
        if not said.startswith("ready"):
            pytest.skip(f"no Milvus could be started: {(folder / 'log').read_text()[-300:]}")
        yield f"milvus+unix://{folder / 's'}"
    finally:
        server.terminate()
        server.wait(READY_S)
        server.stdout.close()


@pytest.fixture
def milvus_name(milvus_address):
    """An address under which nobody else keeps anything."""
    return f"{milvus_address}{'&' if '?' in milvus_address else '?'}prefix=t{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def milvus_backend(milvus_address):
    """A real Milvus server."""
    from vcpi.engines.address import parse_address
    from vcpi.engines.milvus import MilvusBackend

    joint = "&" if "?" in milvus_address else "?"
    backend = MilvusBackend(parse_address(f"{milvus_address}{joint}prefix=s{uuid.uuid4().hex[:10]}&timeout=30"))
    yield backend
    backend.close()
