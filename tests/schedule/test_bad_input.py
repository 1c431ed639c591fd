"""What is wrong with a scheduler is one clear line, and the workspace stays as it was."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from vcpi.errors import InputError, VcpiError


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "library.smi"
    path.write_text("CCO ethanol\n")
    return path


def refused(said, home, *words):
    """One line on stderr, status 1, nothing made."""
    assert said.status == 1
    assert not said.out
    (line,) = said.err.strip().splitlines()
    for word in words:
        assert word in line
    assert not line.endswith(".")
    assert not home.exists()


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:8786", "127.0.0.1:8786", "tcp://127.0.0.1", "tcp://:8786", "tcp://host:99999", "tcp://host:0",
     "tcp://a b:1", "inproc://x", "", "tcp://host:8786/path", "tcp://user@host:8786"],
)  # fmt: skip
def test_addresses_that_are_none(vcpi_command, tmp_path, library, address):
    home = tmp_path / "home"
    said = vcpi_command(home, "ingest", "compounds", library, "--scheduler", address)
    refused(said, home, "tcp://host:port")


def test_nobody_there(vcpi_command, tmp_path, library, monkeypatch):
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    from vcpi.assemble.cluster import dask_scheduler

    monkeypatch.setitem(dask_scheduler.__wrapped__.__kwdefaults__, "connect_s", 1.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path / "home"
    said = vcpi_command(home, "ingest", "compounds", library, "--scheduler", f"tcp://127.0.0.1:{port}")
    refused(said, home, "No Dask scheduler answers", str(port), "dask scheduler")


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 50])
def test_a_port_at_which_something_else_stands(greeting):
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    from vcpi.assemble.cluster import dask_scheduler

    def greet():
        with suppress(OSError):
            while True:
                calls.append(other.accept()[0])
                calls[-1].sendall(greeting)

    calls = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=greet, daemon=True).start()
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(VcpiError, match="No Dask scheduler answers"), dask_scheduler(address, connect_s=1.0):
            pass
    for call in calls:
        call.close()


def test_no_workers(library):
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    from vcpi.assemble.cluster import dask_scheduler

    with distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0", silence_logs=60) as empty:
        address = empty.scheduler_address
        with (
            pytest.raises(VcpiError, match=r"has no worker for 0\.5 s"),
            dask_scheduler(address, connect_s=60, patience_s=0.5),
        ):
            pass


@pytest.mark.parametrize(
    ("name", "told"), [("rdkit", "rdkit"), ("numpy", "numpy"), ("vcpi", "vcpi"), ("code", "other code")]
)
def test_workers_of_other_versions(cluster, monkeypatch, name, told):
    from vcpi.assemble import cluster as module

    here = {**module.facts(), name: "0.0.1"}
    monkeypatch.setattr(module, "facts", lambda: here)
    told = rf"Worker tcp://\S+ has {told}.* here is 0\.0\.1"
    with pytest.raises(VcpiError, match=told), module.dask_scheduler(cluster.scheduler_address, connect_s=60):
        pass


def test_a_worker_that_ends_while_it_is_asked_is_passed_over(scheduler, monkeypatch):
    from vcpi.assemble import cluster as module

    ask, rounds = scheduler.client.run, []

    def once_mute(*words, **ways):
        rounds.append(1)
        found = ask(*words, **ways)
        return dict.fromkeys(found, OSError("gone")) if len(rounds) == 1 else found

    monkeypatch.setattr(scheduler.client, "run", once_mute)
    scheduler.check()
    assert len(rounds) == 2
    monkeypatch.setattr(module, "ASK_S", 0.0)
    monkeypatch.setattr(scheduler.client, "run", lambda *_, **__: {"tcp://10.0.0.2:4000": OSError("gone\nfor ever")})
    with pytest.raises(VcpiError, match=r"Worker tcp://10\.0\.0\.2:4000 cannot be asked for its versions \(gone\)"):
        scheduler.check()


def test_a_worker_that_joins_later_with_other_versions(scheduler, monkeypatch):
    from vcpi.assemble import cluster as module

    monkeypatch.setattr(module, "facts", lambda: {"rdkit": "0.0.1"})
    with pytest.raises(VcpiError, match="Worker that joined later has rdkit"):
        list(scheduler.run(len, ["a"]))


def test_without_the_extra(vcpi_command, tmp_path, library, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    home = tmp_path / "home"
    said = vcpi_command(home, "ingest", "compounds", library, "--scheduler", "tcp://127.0.0.1:8786")
    refused(said, home, "vcpi-search[dask]")


def test_the_rest_of_vcpi_does_not_load_dask():
    words = "import sys, vcpi.cli.ingest, vcpi.assemble.libraries; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


def test_a_part_that_nobody_survives_ends_the_work(scheduler):
    with pytest.raises(VcpiError, match="Part 2 stopped every worker"):
        list(scheduler.run(end_if_two, [1, 2, 3]))


def test_what_a_function_raises_is_raised_here(scheduler):
    from vcpi.assemble.scheduling import Pool

    for made in (scheduler, Pool(1)):
        with pytest.raises(InputError, match="two is not wanted"):
            list(made.run(refuse_two, [1, 2, 3]))


def end_if_two(number):
    if number == 2:
        import os
        import signal
        import time

        time.sleep(1.5)  # until the worker's nanny knows that it has started
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse_two(number):
    if number == 2:
        raise InputError("two is not wanted")
    return number
