"""The fast search in a workspace: its hits are exact ones, judged no more sharply, and what it may miss is told."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

import vcpi
from vcpi.assemble.rebuild import rebuild
from vcpi.database.filters import Filter
from vcpi.errors import ArtifactError, InputError, StaleIndexError
from vcpi.manifest import Manifest
from vcpi.signature import fast
from vcpi.store import read


@pytest.fixture
def home(demo_home, tmp_path, monkeypatch):
    """A workspace with a fast index that proposes 40 of 243 signatures."""
    monkeypatch.setattr(fast, "CANDIDATES", (40,))
    copy = tmp_path / "home"
    shutil.copytree(demo_home, copy)
    rebuild(copy, fast=True)
    return copy


def fast_files(home):
    return sorted(path.name for path in (home / "index").glob("fast-*"))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", ["everolimus", "vorinostat"])
def test_hits_are_those_of_all_signatures_but_for_the_missed(home, name, reverse):
    with vcpi.open(home) as database:
        quick = database.like(name, k=10, fast=True, reverse=reverse)
        exact = database.like(name, k=243, reverse=reverse)
    every = {hit.compound_id: hit for hit in exact.records}
    ranks = [every[hit.compound_id].rank for hit in quick.records]
    assert ranks == sorted(ranks)
    assert len(set(ranks) & set(range(1, 11))) >= 7
    for hit in quick.records:
        known = every[hit.compound_id]
        assert (hit.connectivity, hit.tanimoto) == (known.connectivity, known.tanimoto)
        assert hit.p_noise == known.p_noise
        assert hit.q_noise >= known.q_noise - 1e-12  # what was not looked at counts as chance
    assert any("--fast: " in told and "of the ten nearest are found" in told for told in quick.caveats)
    assert not any("--fast" in told for told in exact.caveats)


def test_all_proposed_is_the_exact_answer(demo_home, tmp_path):
    shutil.copytree(demo_home, tmp_path / "home")
    rebuild(tmp_path / "home", fast=True)
    with vcpi.open(tmp_path / "home") as database:
        quick, exact = (database.like("sirolimus", k=50, fast=one) for one in (True, False))
    assert quick.records == exact.records
    assert quick.analogs == exact.analogs


def test_status_tells_the_recall_and_verify_looks_at_the_file(home):
    with vcpi.open(home) as database:
        recalls = {row["kind"]: row["recall"] for row in database.status()["indexes"]}
        assert 0 < recalls["fast"] <= 1
        assert recalls["signatures"] is None
        assert {row["state"] for row in database.verify(deep=True)} == {"ok"}


def test_a_rebuild_keeps_the_fast_index_and_equal_content_gives_equal_bytes(home):
    before = fast_files(home)
    assert len(before) == 1
    rebuild(home)
    assert fast_files(home) == before


def test_without_an_index_or_with_what_it_cannot_do_it_is_refused(demo, home):
    with pytest.raises(InputError, match="no fast index; run 'vcpi build --fast'"):
        demo.like("everolimus", fast=True)
    with vcpi.open(home) as database:
        with pytest.raises(InputError, match="not wtcs of some genes"):
            database.like("everolimus", fast=True, method="wtcs")
        with pytest.raises(InputError, match="a filter leaves"):
            database.like("everolimus", fast=True, where=Filter(active=True))


def test_a_damaged_or_stale_file_is_not_read(home):
    (path,) = (home / "index").glob("fast-*")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"?")
    with vcpi.open(home) as database, pytest.raises(ArtifactError, match="damaged"):
        database.like("everolimus", fast=True)
    with vcpi.open(home) as database:
        assert "damaged" in {row["state"] for row in database.verify()}
        database.like("everolimus")  # the exact way does without it
    path.unlink()
    with vcpi.open(home) as database, pytest.raises(ArtifactError, match="is missing"):
        database.like("everolimus", fast=True)


def test_an_index_of_other_signatures_is_stale(home, monkeypatch):
    real = read.artifact

    def other(connection, *, kind, dataset_id):
        found = real(connection, kind=kind, dataset_id=dataset_id)
        if kind != "fast":
            return found
        manifest = Manifest.from_json(found[1])
        return found[0], replace(manifest, content_digest="0" * 64).to_json()

    monkeypatch.setattr(read, "artifact", other)
    with vcpi.open(home) as database, pytest.raises(StaleIndexError, match="other signatures"):
        database.like("everolimus", fast=True)
