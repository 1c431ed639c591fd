"""The server: one address, one process, bounded connections, an end that lets answers finish."""

from __future__ import annotations

import asyncio
import errno
import logging
import secrets
import socket
import sys
import webbrowser
from ipaddress import ip_address
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from vcpi.errors import InputError, WorkspaceError
from vcpi.web.app import HOSTS, make_app
from vcpi.web.workspace import check

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from starlette.applications import Starlette

HEAD_S = 10.0
GRACE_S = 5
SWITCH_S = 0.001  # until a thread that computes lets the one that answers go on; as much for each that computes
MOST_CONNECTIONS = 256
SHORTEST_TOKEN = 22  # characters: 128 bits in base 64
_LARGEST_HEAD = 65_536


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 that hangs up on whoever does not finish the head of a request in time."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a part; the head of a request must be whole in time."""
        self._wait()
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()

    def _wait(self) -> None:
        """Set the time that is left, unless it runs already."""
        if self._waiting is None and (self.cycle is None or self.cycle.response_complete):
            self._waiting = self.loop.call_later(HEAD_S, self.transport.close)

    def _stop(self) -> None:
        """Take the time off."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def is_loopback(host: str) -> bool:
    """Say whether an address reaches this machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def new_token() -> str:
    """Draw a token of 256 bits."""
    return secrets.token_urlsafe(32)


def check_token(host: str, token: str | None) -> None:
    """Refuse to be asked by others without a token, or with one that can be guessed.

    Raises
    ------
    InputError
        There is none and ``host`` is not loopback, or it is too short or no text for a header.
    """
    if token is None:
        if not is_loopback(host):
            raise InputError(
                f"{host} can be reached by others; give --token, or leave --host out to stay on this machine"
            )
        return
    if (
        len(token) < SHORTEST_TOKEN
        or not all(letter.isalnum() or letter in "-_" for letter in token)
        or not token.isascii()
    ):
        raise InputError(
            f"The token has {len(token)} characters or odd ones; expected {SHORTEST_TOKEN} or more letters, digits, - and _"
        )


def bind(host: str, port: int) -> socket.socket:
    """Take the address.

    Raises
    ------
    WorkspaceError
        It is taken, is not of this machine, or may not be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(*found[:3])  # with its protocol named, asyncio sends small answers without delay
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(found[4])
            listening.listen(128)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} of {host} is in use; choose another with --port, or 0 for any free one"
        elif error.errno == errno.EACCES:
            message = f"Port {port} of {host} may not be opened by this user; choose one from 1024 on with --port"
        else:
            message = f"Cannot listen at {host}, port {port}: {error.strerror or error}; leave --host out to stay on this machine"
        raise WorkspaceError(message) from error
    return listening


def serve(
    home: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    token: str | None = None,
    names: Sequence[str] = (),
    open_browser: bool = False,
    tell: Callable[[str], None],
) -> None:
    """Answer until the process is told to end.

    Parameters
    ----------
    home
        Folder that holds ``db/`` and ``index/``.
    host, port
        Address; port 0 takes a free one.
    token
        What every request must bear; needed where others can reach the address.
    names
        Further names by which the server may be called.
    open_browser
        Show the page in the user's browser.
    tell
        Gets the link, once the server listens.

    Raises
    ------
    WorkspaceError
        There is no workspace, or the address cannot be had.
    InputError
        A token is needed.
    """
    check_token(host, token)
    check(home)
    with bind(host, port) as listening:
        taken = listening.getsockname()[1]
        link = link_of(host, taken, token)
        others = not is_loopback(host)
        hosts = [*HOSTS, *names, *([socket.gethostname(), host] if others else [host])]
        app = make_app(home, token=token, hosts=hosts, any_address=others)
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        tell(link)
        if open_browser:
            webbrowser.open(link)
        sys.setswitchinterval(SWITCH_S)
        uvicorn.Server(config_of(app)).run(sockets=[listening])


def config_of(app: Starlette) -> uvicorn.Config:
    """Bound what one connection and all together may take, and say nothing of the inside."""
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
    )


def link_of(host: str, port: int, token: str | None) -> str:
    """Write the link of the front page; an address that means every one is written as this machine's.

    Examples
    --------
    >>> link_of("127.0.0.1", 8765, None), link_of("::1", 80, None)
    ('http://127.0.0.1:8765/', 'http://[::1]:80/')
    """
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}/" + ("" if token is None else f"?token={token}")
