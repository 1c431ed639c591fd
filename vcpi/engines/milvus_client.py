"""The client of Milvus as it is used here: every call ends in time, and what it raises becomes one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcpi.engines.interface import EngineError, EngineTimeoutError

if TYPE_CHECKING:
    from vcpi.engines.address import Address

SLOW_S = 60.0  # of calls that change something
_QUICK = ("has_", "list_", "describe_", "get_", "query", "search")
_TIMELESS = {"close", "create_schema", "prepare_index_params"}


class Limited:
    """The client, with a limit in time for every call that names none: without one it tries for minutes.

    Parameters
    ----------
    client
        A ``pymilvus.MilvusClient``.
    timeout_s
        Of a question; calls that change something have a minute or more.
    """

    def __init__(self, client: Any, timeout_s: float) -> None:  # noqa: ANN401  the client has no types
        self._client, self._timeout_s = client, timeout_s

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        found = getattr(self._client, name)
        if name in _TIMELESS:
            return found
        limit = self._timeout_s if name.startswith(_QUICK) else max(SLOW_S, self._timeout_s)

        def limited(*given: Any, **named: Any) -> Any:  # noqa: ANN401
            return found(*given, **{"timeout": limit, **named})

        return limited


def explained(address: Address, what: str, error: Exception) -> EngineError:
    """Say what went wrong and the way out.

    Parameters
    ----------
    address
        Of the server.
    what
        What was tried: ``ask``, ``write to``.
    error
        What the client raised.

    Examples
    --------
    >>> from vcpi.engines.address import parse_address
    >>> str(explained(parse_address("milvus://node7"), "ask", ValueError("collection not loaded")))
    'Cannot ask milvus://node7: collection not loaded'
    """
    said = " ".join(str(getattr(error, "message", "") or error).split())
    where, small = address.text, said.lower()
    if any(word in f"{small} {_codes(error)}" for word in ("auth check", "unauthenticated", "permission")):
        user = f"user {address.user!r}" if address.user else "a client without a user"
        return EngineError(f"{where} refuses {user}; name the user in the address, its password in the environment")
    if any(word in small for word in ("quota", "exhausted", "no space", "memory limit", "disk full")):
        return EngineError(f"{where} is full ({said[:120]}); make room there, and push again: it goes on where it was")
    if any(word in small for word in ("deadline", "timeout", "timed out")) and "connect" not in small:
        return EngineTimeoutError(f"{where} did not answer in {address.timeout_s:g} s; ask again, or raise timeout=")
    if any(word in small for word in ("fail connecting", "unavailable", "refused", "connect", "closed channel")):
        return EngineError(f"Cannot reach {where}; is the server up, and the address right?")
    return EngineError(f"Cannot {what} {where}: {said[:200]}")


def _codes(error: BaseException | None) -> str:
    """Name what the calls below an error ended with: the client calls a refused user a connection that failed."""
    found, seen = [], set()
    while error is not None and id(error) not in seen:  # the client raises some errors from themselves
        seen.add(id(error))
        code = getattr(error, "code", None)
        found.append(str(code() if callable(code) else code).lower())
        error = error.__cause__
    return " ".join(found)
