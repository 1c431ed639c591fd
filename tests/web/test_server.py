"""The server as a process: its address, its end, its readers, and clients that do not play by the rules."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import uvicorn

from vcpi.errors import InputError, UnknownCompoundError, WorkspaceError
from vcpi.web import server, workspace
from vcpi.web.app import make_app
from vcpi.web.workspace import BusyError, SlowError, Workspace

LINK = re.compile(r"http://[^ ]+")


@contextmanager
def served(home, *words, **variables):
    """Run ``vcpi serve`` on a free port; give the process and its link."""
    environment = {name: value for name, value in os.environ.items() if name not in ("VCPI_HOME", "VCPI_TOKEN")}
    command = [sys.executable, "-m", "vcpi", "--home", str(home), "serve", "--port", "0", *words]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**environment, **variables}
    )
    try:
        line = process.stderr.readline()
        assert line.startswith("vcpi is served at http://"), line + process.stderr.read()
        yield process, LINK.search(line)[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def fetched(link, path="", **headers):
    """Ask the server; return status and body."""
    try:
        with urlopen(Request(link + path, headers=headers), timeout=30) as answer:  # noqa: S310  loopback
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_it_answers_and_ends_in_peace(demo_home, vcpi_command):
    for number in (signal.SIGINT, signal.SIGTERM):
        with served(demo_home) as (process, link):
            assert link.startswith("http://127.0.0.1:")
            said = vcpi_command(demo_home, "analogs", "sirolimus", "-f", "json").out
            assert fetched(link, "api/v1/analogs?name=sirolimus") == (200, said)
            assert fetched(link, "healthz") == (200, "ok\n")
            assert fetched(link, "api/v1/status", Host="evil.example")[0] == 421
            begun = time.monotonic()
            process.send_signal(number)
            out, err = process.communicate(timeout=20)
            assert time.monotonic() - begun < 8
            assert (out, err) == ("", "")
            assert process.returncode in (0, 130, -number)


def test_a_token_is_drawn_or_taken_from_the_environment(demo_home):
    with served(demo_home, "--token") as (_, link):
        front, _, token = link.partition("?token=")
        assert len(token) == 43
        assert fetched(front, "api/v1/status")[0] == 401
        assert fetched(front, "api/v1/status", Authorization=f"Bearer {token}")[0] == 200
    own = "mine-and-long-enough-to-be-a-token"
    with served(demo_home, "--token", VCPI_TOKEN=own) as (_, link):
        assert link.endswith(f"?token={own}")


def test_what_cannot_be_served_gets_one_line(vcpi_command, demo_home, tmp_path):
    def told(home, *words):
        said = vcpi_command(home, "serve", *words)
        assert (said.status, said.out) == (1, "")
        assert said.err.count("\n") == 1
        return said.err

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} of 127.0.0.1 is in use" in told(demo_home, "--port", str(port))
    assert "--token" in told(demo_home, "--host", "0.0.0.0")  # noqa: S104
    assert "Cannot listen at 203.0.113.7" in told(demo_home, "--host", "203.0.113.7", "--token", "--port", "0")
    assert "No workspace" in told(tmp_path, "--port", "0")
    assert "No folder" in told(tmp_path / "absent", "--port", "0")


def test_a_missing_extra_is_told(vcpi_command, demo_home, monkeypatch):
    monkeypatch.setattr("vcpi.cli.serve.NEEDED", ("starlette", "no_such_library"))
    said = vcpi_command(demo_home, "serve")
    assert (said.status, said.err) == (
        1, "vcpi: The server needs no_such_library; run: pip install 'vcpi-search[web]'\n",
    )  # fmt: skip


def test_a_port_below_the_users_is_told(monkeypatch):
    def refuse(*_arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(WorkspaceError, match="may not be opened by this user"):
        server.bind("127.0.0.1", 80)


@contextmanager
def running(app):
    """Run the server in a thread of this process; give its port."""
    instance = uvicorn.Server(server.config_of(app))
    with server.bind("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=instance.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not instance.started:
                time.sleep(0.01)
            yield listening.getsockname()[1]
        finally:
            instance.should_exit = True
            thread.join()


def heard(connection):
    """Read until the server hangs up; return what it said, and after how long it did."""
    begun = time.monotonic()
    connection.settimeout(10)
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts), time.monotonic() - begun


def test_who_does_not_finish_a_request_is_hung_up_on(demo_home, monkeypatch):
    monkeypatch.setattr(server, "HEAD_S", 0.3)
    with running(make_app(demo_home)) as port:
        for beginning in (b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: "):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(beginning)
                said, after = heard(connection)
                assert said == b""
                assert 0.2 < after < 3
        with socket.create_connection(("127.0.0.1", port)) as connection:  # a letter now and then is no request
            begun = time.monotonic()
            with contextlib.suppress(OSError):
                for letter in b"GET / HTTP/1.1\r\nX-A: " + b"x" * 100:
                    connection.sendall(bytes([letter]))
                    time.sleep(0.05)
            assert time.monotonic() - begun < 3
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for _ in range(3):  # whoever asks again in time is answered on the same connection
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                said = b""
                while not said.endswith(b"ok\n"):
                    said += connection.recv(65_536)
                assert said.startswith(b"HTTP/1.1 200")
                time.sleep(0.15)


def test_a_slow_answer_is_not_hung_up_on(demo_home, monkeypatch):
    monkeypatch.setattr(server, "HEAD_S", 0.2)
    monkeypatch.setattr("vcpi.database.health.status", lambda *_: time.sleep(0.6) or {"datasets": []})
    with running(make_app(demo_home)) as port:
        assert fetched(f"http://127.0.0.1:{port}/", "api/v1/status")[0] == 200


@pytest.mark.parametrize(
    "request_",
    [b"\0\0\0\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
     b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
     b"POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
     b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_request_is_refused_and_others_are_answered(demo_home, request_):
    with running(make_app(demo_home)) as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.settimeout(5)
            try:
                connection.sendall(request_)
                said = connection.recv(65_536)
            except ConnectionError:
                said = b""
            assert said == b"" or re.match(rb"HTTP/1.1 4\d\d", said)
            assert b"Traceback" not in said
        assert fetched(f"http://127.0.0.1:{port}/", "healthz")[0] == 200


def asked(home, talk, **options):
    """Talk to a workspace within an event loop."""
    asked_of = Workspace(home, **options)
    try:
        return asyncio.run(talk(asked_of))
    finally:
        asked_of.close()


def test_connections_stay_in_their_threads_and_loading_is_shared(demo_home):
    async def talk(one):
        def question(database):
            time.sleep(0.05)
            index = database._indexes.signatures(1)[0]
            return threading.get_ident(), id(database._connection), id(index)

        await asyncio.wrap_future(one.warm())
        return await asyncio.gather(*(one.ask(question) for _ in range(24)))

    found = asked(demo_home, talk, readers=3)
    assert len({thread for thread, _, _ in found}) == 3
    assert len({(thread, connection) for thread, connection, _ in found}) == 3
    assert len({index for _, _, index in found}) == 1
    assert threading.get_ident() not in {thread for thread, _, _ in found}


def test_the_event_loop_goes_on_while_questions_run(demo_home):
    async def talk(one):
        slow = asyncio.create_task(one.ask(lambda _: time.sleep(0.4)))
        ticks = 0
        while not slow.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks

    assert asked(demo_home, talk, readers=1) > 10


def test_errors_are_the_askers_and_the_reader_goes_on(demo_home):
    async def talk(one):
        with pytest.raises(UnknownCompoundError):
            await one.ask(lambda database: database.like("no such name"))
        with pytest.raises(ZeroDivisionError):
            await one.ask(lambda _: 1 / 0)
        return await one.ask(lambda database: database.like("everolimus").records[0].name)

    assert asked(demo_home, talk, readers=1) == "novolimus"


def test_a_question_that_takes_too_long_is_given_up_and_its_reader_replaced(demo_home):
    gate = threading.Event()

    async def talk(one):
        begun = time.monotonic()
        with pytest.raises(SlowError, match=r"0\.1 s"):
            await one.ask(lambda _: gate.wait(20), timeout_s=0.1)
        name = await one.ask(lambda database: database.compound("rapamycin").name, timeout_s=10)
        assert time.monotonic() - begun < 5
        assert len(one._readers) == 2
        gate.set()
        while len(one._readers) > 1:
            await asyncio.sleep(0.01)
        return name

    try:
        assert asked(demo_home, talk, readers=1) == "sirolimus"
    finally:
        gate.set()


def test_sql_that_never_ends_is_interrupted(demo_home):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    async def talk(one):
        with pytest.raises(SlowError):
            await one.ask(lambda database: database._connection.execute(endless).fetchone(), timeout_s=0.2)
        for _ in range(200):
            if not any(reader.lost for reader in one._readers):
                return True
            await asyncio.sleep(0.02)
        return False

    assert asked(demo_home, talk, readers=1)


def test_too_many_at_once_are_refused_at_once(demo_home, monkeypatch):
    monkeypatch.setattr(workspace, "MOST_WAITING", 3)
    gate = threading.Event()

    async def talk(one):
        tasks = [asyncio.create_task(one.ask(lambda _: gate.wait(20))) for _ in range(4)]
        await asyncio.sleep(0.05)
        with pytest.raises(BusyError, match="ask again"):
            await one.ask(lambda _: 1)
        gate.set()
        await asyncio.gather(*tasks)
        return await one.ask(lambda _: 1)

    assert asked(demo_home, talk, readers=1) == 1


def test_questions_that_never_end_do_not_add_up(demo_home):
    gate = threading.Event()

    async def talk(one):
        for _ in range(workspace.MOST_LOST + 1):
            with pytest.raises(SlowError):
                await one.ask(lambda _: gate.wait(20), timeout_s=0.02)
        with pytest.raises(BusyError):
            await one.ask(lambda _: 1)
        gate.set()
        while any(reader.lost for reader in one._readers):
            await asyncio.sleep(0.01)
        return await one.ask(lambda _: 1)

    try:
        assert asked(demo_home, talk, readers=1) == 1
    finally:
        gate.set()


def test_who_goes_away_is_not_worked_for(demo_home):
    gate, done = threading.Event(), []

    async def talk(one):
        first = asyncio.create_task(one.ask(lambda _: gate.wait(20)))
        second = asyncio.create_task(one.ask(lambda _: done.append(1)))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.sleep(0.05)
        gate.set()
        await first
        await one.ask(lambda _: done.append(2))

    asked(demo_home, talk, readers=1)
    assert done == [2]


def test_a_question_sees_one_state_of_the_store(demo_home, tmp_path, vcpi_command):
    source = tmp_path / "a.smi"
    source.write_text("CCO ethanol\n")
    home = tmp_path / "home"
    assert vcpi_command(home, "ingest", "compounds", source).status == 0
    source.write_text("CCCO propanol\n")

    async def talk(one):
        def question(database):
            first = len(database.table("compounds"))
            done = subprocess.run(
                [sys.executable, "-m", "vcpi", "--home", home, "ingest", "compounds", source],
                check=True,
                capture_output=True,
            )
            assert done.returncode == 0
            return first, len(database.table("compounds"))

        return await one.ask(question), await one.ask(lambda database: len(database.table("compounds")))

    assert asked(home, talk, readers=1) == ((1, 1), 2)


def test_a_store_that_fails_for_a_moment_is_asked_again(demo_home):
    tries = []

    async def talk(one):
        def question(database):
            tries.append(id(database))
            if len(tries) < 3:
                raise sqlite3.OperationalError("disk I/O error")
            return len(tries)

        return await one.ask(question)

    assert asked(demo_home, talk, readers=1) == 3

    async def always(one):
        def question(_database):
            raise sqlite3.OperationalError("disk I/O error")

        with pytest.raises(sqlite3.OperationalError):
            await one.ask(question)
        return await one.ask(lambda database: database.status()["counts"]["compound"])

    assert asked(demo_home, always, readers=1) == 243


def test_closing_waits_for_nobody_long(demo_home, monkeypatch):
    monkeypatch.setattr(workspace, "_LEAVE_S", 0.2)
    gate = threading.Event()

    async def talk(one):
        with pytest.raises(SlowError):
            await one.ask(lambda _: gate.wait(20), timeout_s=0.05)
        begun = time.monotonic()
        one.close()
        assert time.monotonic() - begun < 2
        with pytest.raises(BusyError):
            await one.ask(lambda _: 1)

    try:
        asked(demo_home, talk)
    finally:
        gate.set()


def test_check_refuses_what_cannot_be_opened(tmp_path):
    with pytest.raises(WorkspaceError):
        workspace.check(tmp_path)
    with pytest.raises(InputError):
        server.check_token("0.0.0.0", None)  # noqa: S104
    assert json.dumps(server.link_of("0.0.0.0", 1, "t")) == '"http://127.0.0.1:1/?token=t"'  # noqa: S104


def test_small_answers_are_not_held_back():
    """Without TCP_NODELAY on what is accepted, each answer waits 40 ms for the client's system to acknowledge its head."""
    found = []

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport):
            sock = transport.get_extra_info("socket")
            found.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def ask():
        with server.bind("127.0.0.1", 0) as listening:
            accepting = await asyncio.get_running_loop().create_server(Accepted, sock=listening)
            _, writer = await asyncio.open_connection(*listening.getsockname())
            await asyncio.sleep(0.05)
            writer.close()
            await writer.wait_closed()
            accepting.close()

    asyncio.run(ask())
    assert found
    assert found[0] != 0
