"""Where an engine is: ``milvus://[USER@]HOST[:PORT][/PREFIX][?tls=1&ca=FILE&timeout=10&index=exact]``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qs, unquote, urlsplit

from vcpi.errors import InputError

Index = Literal["exact", "ivf", "hnsw", "sq8"]
PASSWORD_VARIABLE = "VCPI_ENGINE_PASSWORD"  # noqa: S105  the name of the variable
DEFAULT_PORT = 19530
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")
_SHAPE = "milvus://HOST:PORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An engine and how to talk to it.

    Attributes
    ----------
    uri
        For the client: ``http://host:port``, ``https://...`` or ``unix:/path``.
    prefix
        First part of the names of what is kept there: several workspaces can share an engine.
    user
        Whose password the environment holds.
    ca
        File of the authority that signed the server's certificate.
    timeout_s
        Of one question.
    index
        ``exact``, or one that misses some: ``ivf`` for fingerprints and signatures, ``hnsw`` and ``sq8`` for signatures.
    """

    text: str
    uri: str
    prefix: str = "vcpi"
    user: str | None = None
    ca: str | None = None
    timeout_s: float = 10.0
    index: Index = "exact"

    @property
    def password(self) -> str:
        """The password, from the environment."""
        return os.environ.get(PASSWORD_VARIABLE, "")


def parse_address(text: str) -> Address:
    """Read the address of an engine.

    Raises
    ------
    InputError
        It is none, or it holds a password.

    Examples
    --------
    >>> parse_address("milvus://node7:19530/lab?tls=1").uri
    'https://node7:19530'
    """
    try:
        parts = urlsplit(text)
        port = parts.port or DEFAULT_PORT
    except ValueError as error:
        raise InputError(f"{text!r} is no address of an engine ({error}); expected {_SHAPE}") from error
    if parts.password is not None:
        shown = text.replace(f":{parts.password}@", ":...@")
        raise InputError(f"The address {shown} holds a password; set {PASSWORD_VARIABLE} in the environment instead")
    if parts.scheme not in {"milvus", "milvus+unix"} or (parts.scheme == "milvus" and not parts.hostname):
        raise InputError(f"{text!r} is no address of an engine; expected {_SHAPE}, or embedded")
    options = _options(text, parts.query)
    tls = options.pop("tls", "0") in {"1", "true", "yes"}
    prefix = options.pop("prefix", parts.path.strip("/") if parts.scheme == "milvus" else "") or "vcpi"
    if not _PREFIX.fullmatch(prefix):
        raise InputError(f"The name {prefix!r} in {text} does not fit; expected letters, digits and underscores")
    uri = f"unix:{unquote(parts.path)}"
    if parts.scheme == "milvus":
        uri = f"{'https' if tls else 'http'}://{parts.hostname}:{port}"
    return Address(
        text=text,
        uri=uri,
        prefix=prefix,
        user=None if parts.username is None else unquote(parts.username),
        ca=options.get("ca"),
        timeout_s=_seconds(text, options.get("timeout", "10")),
        index=_index(text, options.get("index", "exact")),
    )


def _options(text: str, query: str) -> dict[str, str]:
    """Read what stands behind the question mark."""
    options = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    unknown = sorted(set(options) - {"tls", "ca", "timeout", "index", "prefix"})
    if unknown:
        raise InputError(f"{text!r} has the option {unknown[0]!r}; expected tls, ca, timeout, index or prefix")
    return options


def _seconds(text: str, value: str) -> float:
    """Read a number of seconds."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 3600:  # noqa: PLR2004  an hour
        raise InputError(f"{text!r} has a timeout of {value!r}; expected seconds above 0 and up to 3600")
    return seconds


def _index(text: str, value: str) -> Index:
    """Read the kind of index."""
    for one in get_args(Index):
        if value == one:
            found: Index = one
            return found
    raise InputError(f"{text!r} asks for an index {value!r}; expected {', '.join(get_args(Index))}")
