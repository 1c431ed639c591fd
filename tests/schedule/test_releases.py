"""A release built on a cluster: the store is that of a serial build, whoever dies on the way."""

from __future__ import annotations

import os
import signal

import pytest

from vcpi.assemble import plates
from vcpi.assemble.releases import ingest_release
from vcpi.assemble.scheduling import Pool
from vcpi.demo.simulate import simulate_release
from vcpi.errors import DataError, VcpiError
from vcpi.signature.recipe import Recipe

RECIPE = Recipe(library_size="tmm")  # with one stage more than the default: sizes that are worked out plate by plate


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A small simulated release, for reading only."""
    return simulate_release(tmp_path_factory.mktemp("release") / "files", n_plates=2, n_genes=400, seed=5).folder


@pytest.fixture(scope="module")
def serial(release, tmp_path_factory, content):
    home = tmp_path_factory.mktemp("serial") / "home"
    ingest_release(home, [release], recipe=RECIPE)
    return content(home)


def test_a_cluster_builds_the_same_store_though_a_worker_is_killed(release, serial, scheduler, content, tmp_path, pids):  # noqa: PLR0917
    killed = []

    def kill(stage, done, total):
        if stage == "reading counts" and done >= total // 3 and not killed:
            killed.append(pids()[0])
            os.kill(killed[0], signal.SIGKILL)

    ingest_release(tmp_path / "home", [release], recipe=RECIPE, scheduler=scheduler, progress=kill)
    assert killed
    assert content(tmp_path / "home") == serial


def test_processes_build_the_same_store(release, serial, content, tmp_path):
    ingest_release(tmp_path / "home", [release], recipe=RECIPE, scheduler=Pool(2))
    assert content(tmp_path / "home") == serial


def test_a_worker_that_sees_no_file_is_told(release, scheduler, tmp_path, monkeypatch):
    of = plates.Source.of

    def elsewhere(opened):
        found = of(opened)
        return plates.Source(tmp_path / "nowhere.parquet", found.size, found.tail, found.is_spike_in)

    monkeypatch.setattr(plates.Source, "of", elsewhere)
    with pytest.raises(DataError, match=r"nowhere\.parquet cannot be read by a worker"):
        ingest_release(tmp_path / "home", [release], scheduler=scheduler)
    assert not (tmp_path / "home").exists()


def test_a_worker_with_another_file_is_told(release, scheduler, tmp_path, monkeypatch):
    of = plates.Source.of

    def other(opened):
        found = of(opened)
        return plates.Source(found.path, found.size, "0" * 64, found.is_spike_in)

    monkeypatch.setattr(plates.Source, "of", other)
    with pytest.raises(DataError, match="is another file on a worker"):
        ingest_release(tmp_path / "home", [release], scheduler=scheduler)
    assert not (tmp_path / "home").exists()


def test_a_worker_that_rounds_otherwise_is_refused(release, scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(plates, "arithmetic", lambda: "0" * 16)
    with pytest.raises(VcpiError, match="rounds otherwise"):
        ingest_release(tmp_path / "home", [release], scheduler=scheduler)
    assert not (tmp_path / "home").exists()
