"""Questions of a workspace that go to an engine, and what is said where it is not there."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from tests.engines.hostile import HostileBackend
from vcpi.database import Database
from vcpi.database import engine as engines
from vcpi.database.moving import push_workspace
from vcpi.engines.address import parse_address
from vcpi.engines.interface import EngineError, EngineTimeoutError, Sealed
from vcpi.errors import InputError

NOWHERE = "milvus://127.0.0.1:1?timeout=2"


@pytest.fixture
def asked(demo_home, monkeypatch):
    """The demonstration, with an engine that is hostile and holds it."""
    store = HostileBackend(seed=4, most=5_000)
    monkeypatch.setattr(HostileBackend, "_late", lambda _self: None)  # a push does not ask twice
    push_workspace(demo_home, NOWHERE, store=store)
    monkeypatch.undo()
    monkeypatch.setattr(engines, "connect", lambda _text: store)
    with Database(demo_home) as database:
        database.use_engine(NOWHERE)
        yield database, store


@pytest.mark.parametrize("name", ["sirolimus", "tacrolimus", "vorinostat"])
def test_an_engine_gives_the_analogs_that_the_embedded_index_gives(demo, asked, name):
    database, _ = asked
    for options in ({}, {"k": 50}, {"cutoff": 0.3}, {"same": "scaffold"}):
        own, other = demo.analogs(name, **options), database.analogs(name, **options)
        assert other.records == own.records
        assert "answered by hostile" in other.caveats[-1]


@pytest.mark.parametrize("reverse", [False, True])
def test_an_engine_gives_the_hits_and_scores_that_the_embedded_index_gives(demo, asked, reverse):
    database, _ = asked
    for name in ("everolimus", "vorinostat"):
        own, other = demo.like(name, reverse=reverse), database.like(name, reverse=reverse)
        columns = ["name", "connectivity", "tanimoto", "p_noise"]
        assert own.hits[columns].equals(other.hits[columns])
        assert (other.hits["q_noise"].astype(float) >= own.hits["q_noise"].astype(float) - 1e-12).all()


def test_an_engine_with_another_content_is_refused(asked):
    database, store = asked
    for name, sealed in list(store._served.items()):
        store._served[name] = Sealed(build="0" * 64, digest=sealed.digest, settings=sealed.settings)
        store._builds[name, "0" * 64] = store._builds[name, sealed.build]
    with pytest.raises(EngineError, match=r"of build 000000000000, the store holds .* 'vcpi push'"):
        database.analogs("sirolimus")
    with pytest.raises(EngineError, match="of build 000000000000"):
        database.like("everolimus")


def test_a_half_filled_engine_is_refused(asked):
    database, store = asked
    store._served.clear()
    with pytest.raises(EngineError, match="serves no whole compounds; run 'vcpi push'"):
        database.analogs("sirolimus")


def test_an_engine_that_never_answers_is_told_in_one_line(asked, monkeypatch):
    database, store = asked

    def late() -> None:
        raise EngineTimeoutError("milvus://x did not answer in 2 s")

    monkeypatch.setattr(store, "_late", late)
    with pytest.raises(EngineTimeoutError, match="did not answer"):
        database.analogs("sirolimus")


def test_the_embedded_index_answers_only_when_told(demo, demo_home):
    pytest.importorskip("pymilvus")
    with Database(demo_home) as database:
        database.use_engine(NOWHERE)
        with pytest.raises(EngineError, match="Cannot reach milvus:"):
            database.analogs("sirolimus")
        database.use_engine(NOWHERE, or_embedded=True)
        answer = database.analogs("sirolimus")
        assert answer.records == demo.analogs("sirolimus").records
        assert "the engine did not answer" in answer.caveats[0]


def test_another_score_is_not_an_engines(asked):
    database, _ = asked
    with pytest.raises(InputError, match="--engine embedded"):
        database.like("everolimus", method="spearman")


def test_the_command_line_says_why_in_one_line(demo_home, tmp_path, vcpi_command):
    pytest.importorskip("pymilvus")
    said = vcpi_command(demo_home, "--engine", NOWHERE, "analogs", "sirolimus")
    assert said.status == 1
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "Cannot reach" in said.err
    home = tmp_path / "set"
    shutil.copytree(demo_home, home)
    (home / "db" / "engine").write_text(NOWHERE)
    assert vcpi_command(home, "analogs", "sirolimus").status == 1
    assert vcpi_command(home, "--engine", "embedded", "analogs", "sirolimus").status == 0
    assert vcpi_command(demo_home, "push", NOWHERE).status == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("http://host:1", "is no address"),
        ("milvus://", "is no address"),
        ("milvus://me:secret@host", r"me:\.\.\.@host holds a password"),
        ("milvus://host:99999", "is no address"),
        ("milvus://host?timeout=-1", "timeout of '-1'"),
        ("milvus://host?index=magic", "index 'magic'"),
        ("milvus://host?colour=red", "option 'colour'"),
        ("milvus://host/two words", "does not fit"),
    ],
)
def test_a_wrong_address_is_refused(text, message):
    with pytest.raises(InputError, match=message) as told:
        parse_address(text)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("auth check failure, please check username and password", "refuses user 'me'"),
        ("quota exceeded[reason=disk quota exceeded]", "is full"),
        ("Retry run out of 3 retry times, message=deadline exceeded", "did not answer in 10 s"),
        ("Fail connecting to server on host:19530, illegal connection params or server unavailable", "Cannot reach"),
        ("something else", "Cannot ask milvus://me@host: something else"),
    ],
)
def test_what_a_server_says_becomes_one_line(said, message):
    exceptions = pytest.importorskip("pymilvus.exceptions")
    from vcpi.engines.milvus import MilvusBackend

    backend = MilvusBackend.__new__(MilvusBackend)
    backend.address = parse_address("milvus://me@host")
    with pytest.raises(EngineError, match=message) as told, backend._told("ask"):
        raise exceptions.MilvusException(message=said)
    assert "\n" not in str(told.value)


def test_signatures_of_a_store_are_pushed_with_what_they_are_filtered_by(asked, demo):
    _, store = asked
    from vcpi.engines.candidates import Searcher
    from vcpi.engines.conditions import Condition
    from vcpi.engines.interface import Space

    space = Space(name="compounds", kind="fingerprints", width=256)
    found = Searcher(store, space, tries=8).top(
        np.full(256, 255, np.uint8), k=300, where=(Condition("molecular_weight", ">=", 900),)
    )
    heavy = {row["compound_id"] for row in demo.table("compounds") if (row["molecular_weight"] or 0) >= 900}
    assert set(found.ids.tolist()) == heavy
