"""The plan for many rows is arithmetic that can be done by hand, on figures that were measured."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]


@pytest.fixture
def scale():
    spec = importlib.util.spec_from_file_location("scale", TOP / "scripts" / "scale.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_a_billion_compounds_need_fifteen_machines_of_32_gb(scale):
    given = scale.Rates(
        push_fingerprints_s=2_000, push_signatures_s=500, scan_bytes_s=2e9, scan_floats_s=4e9, standardize_s=100
    )
    rows = {one["rows"]: one for one in scale.plan(given)}
    assert rows["10^9 compounds"]["GB"] == 320.0
    assert rows["10^9 compounds"]["machines"] == 15  # 320 / (32 x 0.7) = 14.3
    assert rows["10^7 signatures"]["GB"] == 39.8
    assert rows["10^7 compounds"]["exact query s"] == pytest.approx(10**7 * 256 / (2e9 * 8))
    assert rows["10^8 compounds"]["push h"] == pytest.approx(10**8 / 2_000 / 2 / 3600)
    assert rows["10^8 compounds"]["standardize h"] == pytest.approx(10**8 / 100 / 16 / 3600)
    assert rows["10^6 signatures"]["exact query s"] == pytest.approx(10**6 * 978 * 4 / (4e9 * 8))


def test_the_rates_are_those_that_were_measured(scale):
    held = scale.load()
    found = scale.rates(held)
    flat = next(one for one in held["engines"]["figures"] if one["index"] == "BIN_FLAT")
    assert flat["n"] == 200_000
    assert found.push_fingerprints_s == pytest.approx(flat["n"] / flat["push_s"])
    assert {one["index"] for one in held["engines"]["figures"]} == {
        "BIN_FLAT", "BIN_IVF_FLAT", "FLAT", "HNSW", "IVF_SQ8"
    }  # fmt: skip
    assert all(one["differing"] == 0 for one in held["engines"]["figures"] if one["exact"])


def test_builds_that_were_timed_gave_the_same_store(scale):
    figures = scale.load()["dask"]["figures"]
    for what in ("compounds", "plates"):
        rows = [one for one in figures if one["what"] == what]
        assert len(rows) == 4
        assert len({one["digest"] for one in rows}) == 1


@pytest.mark.parametrize("name", ["README.md", "docs/scale.md"])
def test_both_files_hold_the_plan_of_these_figures(scale, name):
    assert scale.plan_table() in (TOP / name).read_text(encoding="utf-8")
    assert re.sub(r"\s+", " ", scale.rates_said()) in re.sub(r"\s+", " ", (TOP / "docs/scale.md").read_text("utf-8"))
