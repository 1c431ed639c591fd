"""Engines to test with."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def milvus_backend():
    """A real Milvus server, where VCPI_MILVUS names one."""
    pytest.skip("VCPI_MILVUS names no Milvus server")
