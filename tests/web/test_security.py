"""The guard: who may ask, under what name, from which page, and how much."""

from __future__ import annotations

import asyncio
import json

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from vcpi.errors import InputError
from vcpi.web import security
from vcpi.web.security import HEADERS, Guard
from vcpi.web.server import check_token, is_loopback, new_token

TOKEN = "a-token-of-more-than-22-characters"  # noqa: S105
OURS = "http://localhost:8765"
PROBLEM = "application/problem+json"


def refused(answer, status, *parts):
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    assert answer.json()["status"] == status
    for part in parts:
        assert part in answer.json()["detail"]


@pytest.fixture(scope="module")
def guarded(demo_home):
    from vcpi.web.app import make_app

    with TestClient(make_app(demo_home, token=TOKEN), base_url=OURS, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8765", "[::1]:8765", "[::1]"])
def test_our_own_names_are_answered(web, host):
    assert web.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8765", "evil.example:80@localhost", "", "10.0.0.1",
     "[::2]", "[::1", "localhost@evil.example", "0.0.0.0", "127.1", "localhost, evil.example"],  # noqa: S104
)  # fmt: skip
def test_another_host_is_refused_before_anything_else(web, host):
    for path in ("/healthz", "/api/v1/status", "/", "/static/x", "/nothing"):
        answer = web.get(path, headers={"Host": host})
        assert answer.status_code in (400, 421)
        assert answer.headers["content-type"] == PROBLEM


def test_an_address_counts_as_a_name_only_where_others_may_ask(client_of, demo_home):
    others = client_of(demo_home, token=TOKEN, hosts=["server.example"], any_address=True)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    for host, status in (("10.0.0.1:8765", 200), ("[fe80::1]", 200), ("server.example", 200), ("evil.example", 421)):
        assert others.get("/api/v1/status", headers={"Host": host, **bearer}).status_code == status


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:9999", "http://127.0.0.1:8765", "file://", "http://[", "x"],
)
def test_another_origin_is_refused(web, origin):
    for method in ("GET", "POST"):
        answer = web.request(method, "/api/v1/query", headers={"Origin": origin}, json={"up": ["MX1"]})
        refused(answer, 403, "origin")


def test_our_own_origin_is_answered(web):
    headers = {"Origin": OURS, "Sec-Fetch-Site": "same-origin"}
    body = {"up": ["MX1", "ISG15", "IFIT3", "OAS1", "OAS2"], "min_genes": 5}
    assert web.post("/api/v1/query", headers=headers, json=body).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_link_and_not_ask(web, site):
    assert web.get("/api/v1/status", headers={"Sec-Fetch-Site": site}).status_code == 200
    refused(web.post("/api/v1/query", headers={"Sec-Fetch-Site": site}, json={"up": ["MX1"]}), 403, "another site")


def test_every_answer_bears_the_headers_and_none_of_another_origin(web):
    answers = [
        web.get("/healthz"),
        web.get("/api/v1/status"),
        web.get("/api/v1/nothing"),
        web.get("/api/v1/like", params={"name": "evrolimus"}),
        web.post("/api/v1/status"),
        web.options("/api/v1/status", headers={"Access-Control-Request-Method": "GET"}),
        web.get("/", headers={"Host": "evil.example"}),
        web.get("/static/nothing.js"),
    ]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert not [name for name in answer.headers if name.startswith("access-control")]
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_what_fails_inside_says_nothing_of_it(web, monkeypatch, caplog):
    def fail(*_arguments, **_options):
        message = "a secret of the inside"
        raise RuntimeError(message)

    monkeypatch.setattr("vcpi.database.health.status", fail)
    answer = web.get("/api/v1/status")
    refused(answer, 500, "log")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert [name for name, value in HEADERS.items() if answer.headers[name] != value] == []
    assert "a secret of the inside" in caplog.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(web, method):
    for path in ("/api/v1/status", "/api/v1/query", "/healthz"):
        refused(web.request(method, path), 405)


def test_head_is_get_without_a_body(web):
    answer = web.head("/api/v1/analogs", params={"name": "sirolimus"})
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_token_is_asked_for_everywhere_but_for_health(guarded):
    assert guarded.get("/healthz").status_code == 200
    for path in ("/api/v1/status", "/api/v1/openapi.json", "/", "/static/x", "/nothing"):
        answer = guarded.get(path)
        refused(answer, 401, "token")
        assert answer.headers["www-authenticate"] == "Bearer"
    refused(guarded.post("/api/v1/query", json={"up": ["MX1"]}), 401)
    refused(guarded.post(f"/api/v1/query?token={TOKEN}", json={"up": ["MX1"]}), 401)


@pytest.mark.parametrize(
    "given",
    [{"Authorization": "Bearer x"}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "Bearer"},
     {"Cookie": "vcpi-token=x"}, {"Cookie": "vcpi-token"}, {"Cookie": f"other={TOKEN}"}, {"Cookie": "\x7f=;;="},
     {"Authorization": "Bearer \xe9".encode("latin-1")}],
)  # fmt: skip
def test_a_wrong_token_is_refused(guarded, given):
    refused(guarded.get("/api/v1/status", headers=given), 401)


def test_the_token_opens_once_by_link_and_then_by_cookie(demo_home):
    from vcpi.web.app import make_app

    client = TestClient(make_app(demo_home, token=TOKEN), base_url=OURS, follow_redirects=False)
    assert client.get("/api/v1/status", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    refused(client.get("/api/v1/status?token=wrong"), 401)
    refused(client.get(f"/api/v1/status?token={TOKEN}&token={TOKEN}"), 401)
    answer = client.get(f"/api/v1/analogs?name=a%26b&token={TOKEN}&k=3")
    assert (answer.status_code, answer.headers["location"]) == (303, "/api/v1/analogs?name=a%26b&k=3")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/api/v1/status").status_code == 200
    away = client.get(f"//evil.example/?token={TOKEN}", headers={"Host": "localhost"})
    assert not away.headers.get("location", "/x").startswith("//")


def test_what_is_too_large_is_refused(web):
    large = {"up": ["x" * 90] * 70_000}
    assert len(json.dumps(large)) > security.MOST_BODY
    refused(web.post("/api/v1/query", json=large), 413, "6 MB")

    def parts():
        for _ in range(10):
            yield b" " * 1_000_000

    refused(web.post("/api/v1/query", content=parts(), headers={"Content-Type": "application/json"}), 413)
    refused(web.get("/api/v1/like?name=" + "x" * 30_000), 414)
    refused(web.get("/" + "x" * 30_000), 414)
    refused(web.get("/healthz", headers={"X-Long": "x" * 40_000}), 431)
    refused(web.get("/healthz", headers={f"X-{place}": "x" for place in range(120)}), 431)
    assert web.get("/healthz").status_code == 200


def asked(app, scope, messages, *, pause_s=0.0):
    """Ask an ASGI application with a scope and messages of one's own; return the messages that it sends."""
    sent, left = [], list(messages)

    async def receive():
        if not left:
            await asyncio.sleep(10)
        if pause_s:
            await asyncio.sleep(pause_s)
        return left.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def scope_of(headers, **more):
    return {
        "type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "headers": headers,
        "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8765), **more,
    }  # fmt: skip


async def echo(request: Request):
    return PlainTextResponse(str(len(await request.body())))


def small_app(**options):
    from vcpi.web.app import _told
    from vcpi.web.problems import Problem

    inner = Starlette(routes=[Route("/", echo, methods=["GET", "POST"])], exception_handlers={Problem: _told})
    return Guard(inner, hosts=["localhost"], token=None, **options)


def test_a_body_that_does_not_come_is_refused(monkeypatch):
    monkeypatch.setattr(security, "BODY_S", 0.05)
    headers = [(b"host", b"localhost"), (b"content-length", b"10")]
    part = {"type": "http.request", "body": b"1", "more_body": True}
    assert asked(small_app(), scope_of(headers), [part])[0]["status"] == 408
    assert asked(small_app(), scope_of(headers), [part] * 9, pause_s=0.02)[0]["status"] == 408
    whole = [{"type": "http.request", "body": b"12", "more_body": False}]
    assert asked(small_app(), scope_of(headers), whole)[1]["body"] == b"2"


@pytest.mark.parametrize("length", [b"7000000", b"9" * 400, b"-1", b"1e3", b"", "٣".encode()])
def test_a_length_that_cannot_be_is_refused(length):
    headers = [(b"host", b"localhost"), (b"content-length", length)]
    assert asked(small_app(), scope_of(headers), [])[0]["status"] == 413


@pytest.mark.parametrize("hosts", [[], [b"localhost", b"localhost"], [b"localhost", b"evil.example"]])
def test_not_one_host_is_refused(hosts):
    assert asked(small_app(), scope_of([(b"host", host) for host in hosts]), [])[0]["status"] == 400


def test_a_socket_is_refused():
    scope = {"type": "websocket", "path": "/", "headers": [(b"host", b"localhost")], "query_string": b""}
    assert asked(small_app(), scope, []) == [{"type": "websocket.close", "code": 1008}]


def test_others_need_a_token_that_cannot_be_guessed():
    for host in ("0.0.0.0", "::", "192.168.1.5", "server.example"):  # noqa: S104
        assert not is_loopback(host)
        with pytest.raises(InputError, match="--token"):
            check_token(host, None)
        check_token(host, new_token())
    for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost"):
        assert is_loopback(host)
        check_token(host, None)
    for token in ("", "short", "x" * 21, "x" * 30 + " ", "é" * 30, "x" * 30 + "\n"):
        with pytest.raises(InputError, match="22 or more"):
            check_token("127.0.0.1", token)
    assert len({new_token() for _ in range(50)}) == 50
