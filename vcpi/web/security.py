"""The guard before every request: who may ask, by what name, from which page, how much, and with what headers back."""

from __future__ import annotations

import asyncio
import hmac
import re
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse

from vcpi.web.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "vcpi-token"
LONGEST_LINK = 24_000  # a SMILES of 4,000 characters, each written with three
MOST_HEADERS = 100
LARGEST_HEADERS = 32_000
MOST_BODY = 6_000_000
BODY_S = 20.0
_READS = ("GET", "HEAD")
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?", re.ASCII)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """ASGI middleware that lets through only what the machine's own user, or a bearer of the token, asks.

    A page of another origin cannot ask: the Host must be one of ours (so that no foreign name can be pointed at this
    server), an Origin must be ours, and what changes or costs more than a look must not come from another site. There is
    no CORS header, so that no foreign page reads an answer.

    Parameters
    ----------
    app
        What is guarded.
    hosts
        Names by which the server may be called, without port.
    token
        What every request must bear, where given: as ``Authorization: Bearer``, as cookie, or once in the link, which
        then sets the cookie.
    any_address
        Let the server be called by any IP address too, which no foreign page can point elsewhere.
    """

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str], token: str | None, any_address: bool = False) -> None:
        self._app = app
        self._hosts = frozenset(_bare(host.lower()) for host in hosts)
        self._token, self._any_address = token, any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def dressed(message: Message) -> None:
            """Add the headers of every response."""
            if message["type"] == "http.response.start":
                dress(message)
            await send(message)

        headers = Headers(scope=scope)
        try:
            self._check(scope, headers)
            if self._token is not None and scope["path"] != "/healthz" and not self._bears(headers):
                await self._let_in(scope, receive, dressed)
                return
        except Problem as problem:
            await problem.response()(scope, receive, dressed)
            return
        await self._app(scope, _bounded(headers, receive), dressed)

    def _check(self, scope: Scope, headers: Headers) -> None:
        """Refuse what is too large, goes to another name, or comes from another site."""
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_LINK:
            raise Problem(
                414, f"The link is longer than {LONGEST_LINK:,} characters; send gene lists to the query route"
            )
        if len(headers.raw) > MOST_HEADERS or sum(len(a) + len(b) for a, b in headers.raw) > LARGEST_HEADERS:
            raise Problem(
                431, f"The headers are more than {MOST_HEADERS} or longer than {LARGEST_HEADERS:,} characters"
            )
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            raise Problem(400, f"The request has {len(hosts)} Host headers; expected one")
        if not self._is_ours(hosts[0]):
            raise Problem(
                421,
                f"This server is not called {hosts[0][:100]!r}; expected {', '.join(sorted(self._hosts))}",
                kind="host",
            )
        origin = headers.get("origin")
        if origin is not None and place_of(origin) != hosts[0].lower():
            raise Problem(
                403, "The request comes from a page of another origin; ask from a page of this server", kind="origin"
            )
        if scope["method"] not in _READS and headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise Problem(403, "The request comes from another site; ask from a page of this server", kind="origin")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length[:20]) > MOST_BODY:
            raise _too_large()

    def _is_ours(self, host: str) -> bool:
        """Say whether the server may be called so."""
        name = _name(host.lower())
        if name in self._hosts:
            return True
        if not self._any_address:
            return False
        try:
            ip_address(name)
        except ValueError:
            return False
        return True

    def _bears(self, headers: Headers) -> bool:
        """Say whether a request bears the token, in a header or in the cookie."""
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._is_token(given.strip()):
            return True
        cookie = SimpleCookie()
        try:
            cookie.load(headers.get("cookie", ""))
        except CookieError:
            return False
        return COOKIE in cookie and self._is_token(cookie[COOKIE].value)

    def _is_token(self, given: str) -> bool:
        """Compare in a time that tells nothing."""
        return hmac.compare_digest(given.encode(), (self._token or "").encode())

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the token from the link, once, and send the browser on without it."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in pairs if name == "token"]
        if scope["method"] not in _READS or len(given) != 1 or not self._is_token(given[0]):
            raise Problem(
                401,
                "The token is missing or wrong; open the link that 'vcpi serve' printed, or send Authorization: Bearer TOKEN",
                kind="token",
                headers={"WWW-Authenticate": "Bearer"},
            )
        rest = urlencode([(name, value) for name, value in pairs if name != "token"])
        path = "/" + scope["path"].lstrip("/")  # never to another host
        response = RedirectResponse(f"{path}?{rest}" if rest else path, status_code=303)
        response.set_cookie(COOKIE, self._token or "", httponly=True, samesite="strict", path="/")
        await response(scope, receive, send)


def dress(message: Message) -> None:
    """Add the security headers to the start of a response; what a handler has set stays."""
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)


def place_of(origin: str) -> str | None:
    """Return host and port of an origin of the web, in lower case; None for others, such as ``null``.

    Examples
    --------
    >>> place_of("http://LOCALHOST:8765"), place_of("null"), place_of("http://[")
    ('localhost:8765', None, None)
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in ("http", "https") else None


def _name(host: str) -> str:
    """Take the port, and the brackets of an IPv6 address, off a Host; nothing is left of what is none."""
    match = _HOST.fullmatch(host)
    return "" if match is None else match[1] or match[2]


def _bare(host: str) -> str:
    """Take the brackets off an address."""
    return host.removeprefix("[").removesuffix("]")


def _too_large() -> Problem:
    """Refuse a body."""
    return Problem(413, f"The body is larger than {MOST_BODY / 1e6:g} MB; ask with fewer genes", kind="too-large")


def _bounded(headers: Headers, receive: Receive) -> Receive:
    """Refuse a body that grows too large, or does not come."""
    expects = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
    size, whole = 0, not expects
    until: float | None = None

    async def bounded() -> Message:
        """Receive one part."""
        nonlocal size, whole, until
        if whole:
            return await receive()
        now = asyncio.get_running_loop().time()
        until = now + BODY_S if until is None else until
        try:
            message = await asyncio.wait_for(receive(), max(until - now, 0.0))
        except TimeoutError:
            raise Problem(
                408, f"The body did not arrive within {BODY_S:g} s; send it again", kind="slow-body"
            ) from None
        size += len(message.get("body", b""))
        if size > MOST_BODY:
            raise _too_large()
        whole = not message.get("more_body", False)
        return message

    return bounded
