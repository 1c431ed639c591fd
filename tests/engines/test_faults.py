"""What a server does wrong is one clear line, in the time that was given, through the real client."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("pymilvus", reason="the extra milvus is not installed")

from tests.engines.rows import made_rows
from tests.engines.stub import Stub, make_certificate, served
from vcpi.engines.address import PASSWORD_VARIABLE, parse_address
from vcpi.engines.candidates import Searcher
from vcpi.engines.interface import EngineError, EngineTimeoutError
from vcpi.engines.milvus import MilvusBackend
from vcpi.engines.push import push

SPACE, ROWS = made_rows("fingerprints", 20)


def reached(port, *, user="", more="timeout=3", tls=""):
    return MilvusBackend(parse_address(f"milvus://{user}127.0.0.1:{port}?{more}{tls}"))


def told(error):
    """One line, no closing stop."""
    text = str(error.value)
    assert "\n" not in text
    assert not text.endswith(".")
    return text


@pytest.mark.parametrize("version", ["v2.2.16", "2.1.0-dev", "1.1.1"])
def test_a_server_that_is_too_old_is_refused(version):
    with served(Stub(version=version)) as port, pytest.raises(EngineError, match=r"expected 2\.3 or newer") as error:
        reached(port)
    assert version in told(error)


@pytest.mark.parametrize("version", ["v2.3.5", "v2.6.4", "v3.0.0-beta", "2.10.0"])
def test_a_server_that_is_new_enough_is_asked(version):
    with served(Stub(version=version)) as port:
        backend = reached(port)
        assert backend.version == version
        assert backend.sealed(SPACE) is None
        with pytest.raises(EngineError, match="serves no whole compounds; run 'vcpi push'"):
            Searcher(backend, SPACE)
        backend.close()


def test_user_and_password_reach_the_server(monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, "pässword:1")
    with served(Stub(user="me:pässword:1")) as port:
        reached(port, user="me@").close()


@pytest.mark.parametrize(("user", "named"), [("me@", "user 'me'"), ("", "a client without a user")])
def test_wrong_credentials_are_told_at_once(monkeypatch, user, named):
    monkeypatch.setenv(PASSWORD_VARIABLE, "wrong")
    started = time.monotonic()
    with served(Stub(user="me:right")) as port, pytest.raises(EngineError, match=f"refuses {named}") as error:
        reached(port, user=user)
    assert "wrong" not in told(error)
    assert time.monotonic() - started < 10


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    made = make_certificate(tmp_path_factory.mktemp("tls"))
    return made or pytest.skip("no openssl to make a certificate with")


def test_tls_with_the_authority_that_was_named(certificate):
    with served(Stub(), certificate=certificate) as port:
        backend = reached(port, tls=f"&tls=1&ca={certificate[1]}")
        assert backend.sealed(SPACE) is None
        backend.close()


@pytest.mark.parametrize("tls", ["&tls=1", ""])
def test_a_server_whose_certificate_is_not_known_is_not_talked_to(certificate, tls):
    stub = Stub()
    with served(stub, certificate=certificate) as port, pytest.raises(EngineError, match="Cannot reach") as error:
        reached(port, tls=tls)
    told(error)
    assert stub.calls == []


def test_an_authority_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(EngineError, match=r"none\.pem"):
        reached(1, tls=f"&tls=1&ca={tmp_path / 'none.pem'}")


def test_a_server_that_says_nothing_is_left_in_time():
    with served(Stub(faults={"DescribeCollection": 30.0})) as port:
        backend, started = reached(port, more="timeout=1"), time.monotonic()
        with pytest.raises(EngineTimeoutError, match="did not answer in 1 s") as error:
            backend.sealed(SPACE)
        told(error)
        assert time.monotonic() - started < 8
        backend.close()


def test_a_question_that_times_out_is_put_again():
    stub = Stub(faults={"DescribeCollection": 2.0})
    with served(stub) as port:
        backend = reached(port, more="timeout=0.4")
        with pytest.raises(EngineTimeoutError, match="did not answer"):
            Searcher(backend, SPACE, tries=3)
        assert stub.calls.count("DescribeCollection") == 3
        backend.close()


def test_a_server_that_goes_away_is_left_in_time():
    with served(Stub()) as port:
        backend = reached(port, more="timeout=2")
    started = time.monotonic()
    with pytest.raises(EngineError, match=r"Cannot reach|did not answer") as error:
        backend.sealed(SPACE)
    told(error)
    assert time.monotonic() - started < 20
    backend.close()


@pytest.mark.parametrize(
    "reason",
    [
        "quota exceeded[reason=disk quota exceeded, please allocate more resources]",
        "deny to write, reason: memory quota exhausted",
        "mkdir /var/lib/milvus/insert_log: no space left on device",
    ],
)
def test_a_server_that_is_full_is_told_and_serves_nothing(reason):
    def stretch(start, stop):
        return ROWS

    with served(Stub(faults={"CreateCollection": (1100, reason)})) as port:
        backend = reached(port)
        with pytest.raises(EngineError, match=r"is full .*; make room there, and push again") as error:
            push(backend, SPACE, stretch, build="b1", last_id=19)
        told(error)
        assert backend.sealed(SPACE) is None
        backend.close()


def test_a_real_server_lets_only_its_users_in(milvus_with_users, monkeypatch):
    users = milvus_with_users.replace("milvus+unix://", "milvus+unix://root@")
    for address, password, named in (
        (users, "wrong", "user 'root'"),
        (milvus_with_users, "Milvus", "a client without a user"),
    ):
        monkeypatch.setenv(PASSWORD_VARIABLE, password)
        with pytest.raises(EngineError, match=f"refuses {named}") as error:
            MilvusBackend(parse_address(address))
        told(error)
    monkeypatch.setenv(PASSWORD_VARIABLE, "Milvus")
    backend = MilvusBackend(parse_address(users))
    assert backend.sealed(SPACE) is None
    backend.close()
