"""The plan for many rows is arithmetic that can be done by hand."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture
def bench():
    path = Path(__file__).parents[2] / "scripts" / "bench_engines.py"
    spec = importlib.util.spec_from_file_location("bench_engines", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_a_billion_compounds_need_fifteen_machines_of_32_gb(bench):
    rows = {one["rows"]: one for one in bench.plan(bench.Rates())}
    assert rows["10^9 compounds"]["GB"] == 320.0
    assert rows["10^9 compounds"]["machines of 32 GB"] == 15  # 320 / (32 x 0.7) = 14.3
    assert rows["10^7 signatures"]["GB"] == 39.8
    assert rows["10^7 compounds"]["exact query s"] == pytest.approx(10**7 * 256 / (2.9e9 * 8), abs=1e-3)
