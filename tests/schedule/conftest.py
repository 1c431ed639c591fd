"""A cluster of two processes on loopback, and what a store holds whoever built it."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing

import pytest


@pytest.fixture(scope="session")
def cluster():
    """Two workers in processes of their own, each looked after by a nanny that starts it again."""
    pytest.importorskip("dask", reason="the extra dask is not installed")
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    import dask

    settings = {
        "distributed.worker.memory.terminate": False,
        "distributed.admin.tick.interval": "1s",
        "distributed.scheduler.allowed-failures": 1,  # a part is given up after two workers, not after four
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=":0",
            silence_logs=60, memory_limit=0,
        ) as made,
    ):  # fmt: skip
        yield made


@pytest.fixture
def scheduler(cluster):
    """The cluster, as an ingest sees it."""
    from vcpi.assemble.cluster import dask_scheduler

    with dask_scheduler(cluster.scheduler_address, connect_s=60, patience_s=60) as connected:
        try:
            connected.client.wait_for_workers(2, timeout=15)  # an earlier test may have ended one
        except TimeoutError:  # one that ended before its nanny knew that it had started is not started again
            cluster.scale(len(cluster.worker_spec) + 2 - len(connected.client.nthreads()))
            connected.client.wait_for_workers(2, timeout=60)
        yield connected


@pytest.fixture
def pids(scheduler):
    """Process ids of the workers of this moment."""
    return lambda: sorted(scheduler.client.run(os.getpid).values())


@pytest.fixture(scope="session")
def content():
    """Every row of a store and the bytes of its indexes, as one digest for each table and file."""

    def digest(home):
        found = {}
        with closing(sqlite3.connect(home / "db" / "vcpi.sqlite")) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                rows = connection.execute(f"SELECT * FROM '{table}'").fetchall()  # in the order of writing
                found[table] = hashlib.sha256(repr(rows).encode()).hexdigest(), len(rows)
        for path in sorted((home / "index").iterdir()):
            found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size
        return found

    return digest
