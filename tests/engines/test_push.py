"""Moving rows: nothing is lost by a push that dies, and nothing half is served."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import time

import numpy as np
import pytest

from tests.engines.rows import made_rows
from vcpi.database.moving import pull_workspace, push_workspace
from vcpi.engines import push as pushing
from vcpi.engines.address import parse_address
from vcpi.engines.candidates import Searcher
from vcpi.engines.embedded import EmbeddedBackend
from vcpi.engines.interface import Digest, EngineError, digest
from vcpi.engines.push import push

N_KILLS = int(os.environ.get("VCPI_KILLS", "5"))


class Killed(BaseException):
    """What nothing catches."""


def stretches(rows):
    return lambda start, stop: rows.take(np.flatnonzero((rows.ids >= start) & (rows.ids < stop)))


@pytest.fixture
def short_blocks(monkeypatch):
    monkeypatch.setattr(pushing, "BLOCK", 64)


@pytest.mark.parametrize("kind", ["fingerprints", "signatures"])
def test_a_push_killed_at_every_place_ends_with_an_equal_digest(short_blocks, kind):
    space, rows = made_rows(kind, 700)
    expected = digest(space, rows)
    for place in range(11):
        store, calls = EmbeddedBackend(), []
        put = store.upsert

        def dying(*given, put=put, calls=calls, place=place):
            calls.append(1)
            if len(calls) == place + 1:
                raise Killed
            put(*given)

        store.upsert = dying
        with pytest.raises(Killed):
            push(store, space, stretches(rows), build="b1", last_id=699)
        assert store.sealed(space) is None
        with pytest.raises(EngineError, match="serves no whole"):
            Searcher(store, space)
        done = push(store, space, stretches(rows), build="b1", last_id=699, take_over=True)
        assert done.digest == expected
        assert digest(space, store.scan(space, 0, 700)) == expected


def test_what_an_engine_lost_or_changed_is_sent_again(short_blocks):
    space, rows = made_rows("fingerprints", 700)
    store = EmbeddedBackend()
    put = store.upsert

    def losing(space, build, some):
        if not losing.over:
            some = some.take(np.arange(len(some) - 1))
            some.vectors[0] ^= 1
        put(space, build, some)

    losing.over = False
    store.upsert = losing
    store.settle = lambda *_: setattr(losing, "over", True)
    done = push(store, space, stretches(rows), build="b1", last_id=699)
    assert done.n_sent == 1_400
    assert digest(space, store.scan(space, 0, 700)) == digest(space, rows)


def test_an_engine_that_keeps_losing_serves_nothing(short_blocks):
    space, rows = made_rows("fingerprints", 200)
    store = EmbeddedBackend()
    put = store.upsert
    store.upsert = lambda space, build, some: put(space, build, some.take(np.arange(len(some) - 1)))
    with pytest.raises(EngineError, match="not the 200 it was sent"):
        push(store, space, stretches(rows), build="b1", last_id=199)
    assert store.sealed(space) is None


def test_an_engine_that_is_full_midway_serves_nothing_and_goes_on_when_there_is_room(short_blocks):
    space, rows = made_rows("fingerprints", 700)
    store, sent = EmbeddedBackend(), []
    put = store.upsert

    def full(space, build, some):
        if len(sent) == 6:
            raise EngineError("milvus://x is full (disk quota exceeded); make room there, and push again")
        sent.append(len(some))
        put(space, build, some)

    store.upsert = full
    with pytest.raises(EngineError, match="is full"):
        push(store, space, stretches(rows), build="b1", last_id=699)
    assert store.sealed(space) is None
    store.upsert = put
    done = push(store, space, stretches(rows), build="b1", last_id=699)
    assert done.digest == digest(space, rows)
    assert done.n_sent < 700


def test_a_second_push_is_refused_while_the_first_goes_on():
    space, rows = made_rows("fingerprints", 100)
    store = EmbeddedBackend()
    with (
        store.locked(space, {"host": "elsewhere", "process": 1}),
        pytest.raises(EngineError, match=r"under way.*--take-over"),
    ):
        push(store, space, stretches(rows), build="b1", last_id=99)


def test_the_old_build_is_served_until_the_new_one_is_whole():
    space, rows = made_rows("fingerprints", 300)
    store = EmbeddedBackend()
    push(store, space, stretches(rows.take(np.arange(200))), build="old", last_id=199)
    store.create(space, "new")
    store.upsert(space, "new", rows.take(np.arange(50)))
    assert store.count(space) == 200
    push(store, space, stretches(rows), build="new", last_id=299)
    assert store.count(space) == 300


def test_a_digest_tells_any_change_and_not_the_order():
    space, rows = made_rows("signatures", 50)
    own = digest(space, rows)
    assert digest(space, rows.take(np.random.default_rng(0).permutation(50))) == own
    halves = [digest(space, rows.take(np.arange(start, start + 25))) for start in (0, 25)]
    assert sum(halves, Digest()) == own
    changed = rows.take(np.arange(50))
    changed.vectors[7, 3] = np.nextafter(changed.vectors[7, 3], np.float32(2))
    assert digest(space, changed) != own
    changed = rows.take(np.arange(50))
    changed.scalars["dose_um"][7] = 3.0
    assert digest(space, changed) != own


def test_pulled_indexes_are_the_ones_that_were_built(demo_home, tmp_path):
    home, store = tmp_path / "copy", EmbeddedBackend()
    shutil.copytree(demo_home, home)
    push_workspace(home, "milvus://nowhere:1", store=store)
    before = {path.name: path.read_bytes() for path in (home / "index").iterdir() if path.suffix in {".npy", ".faiss"}}
    for name in before:
        (home / "index" / name).unlink()
    pull_workspace(home, "milvus://nowhere:1", store=store)
    after = {path.name: path.read_bytes() for path in (home / "index").iterdir() if path.suffix in {".npy", ".faiss"}}
    assert {name: after[name] for name in after if name in before} == after
    assert any(name.startswith("fingerprints") for name in after)
    assert any(name.startswith("signatures") for name in after)


def _push_in_child(address: str, kind: str, n: int) -> None:
    """Push, to be killed."""
    from vcpi.engines.milvus import MilvusBackend

    pushing.BLOCK = 256
    space, rows = made_rows(kind, n, name="killed")
    push(MilvusBackend(parse_address(address)), space, stretches(rows), build="b1", last_id=n - 1)


def test_a_real_server_survives_pushes_killed_midway(milvus_name):
    from vcpi.engines.milvus import MilvusBackend

    n, rng = 8_000, np.random.default_rng(1)
    address = f"{milvus_name}&timeout=60"
    space, rows = made_rows("fingerprints", n, name="killed")
    backend = MilvusBackend(parse_address(address))
    context = multiprocessing.get_context("spawn")
    n_midway = 0
    for _ in range(N_KILLS):
        child = context.Process(target=_push_in_child, args=(address, "fingerprints", n))
        child.start()
        deadline = time.monotonic() + 60
        while (backend.holder(space) or {}).get("process") != child.pid and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(float(rng.uniform(0.0, 1.0)))
        if child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
            n_midway += backend.sealed(space) is None
        child.join()
    done = push(backend, space, stretches(rows), build="b1", last_id=n - 1)
    held = sum((digest(space, backend.scan(space, start, start + 2_000)) for start in range(0, n, 2_000)), Digest())
    assert done.digest == held == digest(space, rows)
    assert n_midway > N_KILLS // 2
    backend.drop(space)
    backend.close()


def test_a_real_server_lets_one_of_two_pushers_in(milvus_name):
    from vcpi.engines.milvus import MilvusBackend

    space, rows = made_rows("fingerprints", 600, name="two")
    one, other = (MilvusBackend(parse_address(f"{milvus_name}&timeout=60")) for _ in range(2))
    with (
        one.locked(space, {"host": "elsewhere", "process": 1}),
        pytest.raises(EngineError, match=r"under way \(elsewhere, process 1\).*--take-over"),
    ):
        push(other, space, stretches(rows), build="b1", last_id=599)
    assert other.sealed(space) is None
    done = push(other, space, stretches(rows), build="b1", last_id=599)
    assert done.digest == digest(space, rows)
    assert one.holder(space) is None
    one.drop(space)
    one.close()
    other.close()
