"""Errors as RFC 9457 problem details, all in one shape, and which status an error of vcpi has."""

from __future__ import annotations

import json
import re
import sqlite3
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from vcpi.errors import (
    AmbiguousCompoundError,
    ArtifactError,
    DataError,
    InputError,
    MissingDependencyError,
    UnknownChoiceError,
    UnknownCompoundError,
    VcpiError,
    WorkspaceError,
)
from vcpi.web.workspace import BusyError, SlowError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEDIA_TYPE = "application/problem+json"
RETRY_S = 5
# Kind of error, status, name of the kind; the first that fits counts.
KINDS: tuple[tuple[type[Exception], int, str], ...] = (
    (BusyError, 503, "busy"),
    (SlowError, 504, "too-slow"),
    (AmbiguousCompoundError, 409, "ambiguous-compound"),
    (UnknownCompoundError, 404, "unknown-compound"),
    (InputError, 422, "input"),
    (DataError, 422, "data"),
    (MissingDependencyError, 501, "missing-dependency"),
    (WorkspaceError, 503, "workspace"),
    (ArtifactError, 503, "damaged"),
    (VcpiError, 500, "vcpi"),
    (sqlite3.Error, 503, "store"),
)
_STORE = "The store cannot be read now; ask again, and look with 'vcpi verify' if that does not help"
_OPTION = re.compile(r"'vcpi [^']*'|--home|(?<![\w-])--([a-z]+(?:-[a-z]+)*)")
_NEAREST = "the nearest names are "


class Problem(Exception):
    """A request that gets no answer, and why.

    Parameters
    ----------
    status
        Of HTTP, 400 or more.
    detail
        One line: what is wrong, what was expected, the way out.
    kind
        Name of the kind of problem.
    more
        Further members of the problem.
    headers
        Of the response.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str | None = None,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, " ".join(detail.split()), kind
        self.more, self.headers = dict(more or {}), dict(headers or {})

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as JSON holds it."""
        return {
            "type": "about:blank" if self.kind is None else f"urn:vcpi:problem:{self.kind}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }

    def response(self) -> Response:
        """Write the problem as a response."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)
        return Response(text, status_code=self.status, media_type=MEDIA_TYPE, headers=self.headers)


def problem_of(error: Exception) -> Problem:
    """Say what an error means for whoever asked; nothing of the inside where it is none of vcpi's.

    Examples
    --------
    >>> problem_of(UnknownCompoundError("No compound is called 'a'; the nearest names are b, c")).to_dict()["suggestions"]
    ['b', 'c']
    """
    if isinstance(error, Problem):
        return error
    found = next(((status, name) for kind, status, name in KINDS if isinstance(error, kind)), None)
    if found is None:
        return Problem(500, "Something went wrong in vcpi; its log says what", kind="internal")
    status, name = found
    notes: Sequence[str] = getattr(error, "__notes__", ())
    detail = _STORE if isinstance(error, sqlite3.Error) else _as_parameters("; ".join((str(error), *notes)))
    more = {"suggestions": _suggestions(str(error))} if isinstance(error, UnknownCompoundError) else {}
    if isinstance(error, UnknownChoiceError):
        more = {"suggestions": [key for key, _ in error.near]}
    headers = {"Retry-After": str(RETRY_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Problem(status, detail, kind=name, more=more, headers=headers)


def _as_parameters(message: str) -> str:
    """Write the options of a message as parameters, but not those of a command that it names.

    Examples
    --------
    >>> _as_parameters("name one with --value-column, or run 'vcpi build --fast'")
    "name one with value_column, or run 'vcpi build --fast'"
    """
    return _OPTION.sub(lambda match: match[0] if match[1] is None else match[1].replace("-", "_"), message)


def _suggestions(message: str) -> list[str]:
    """Take the nearest names out of the message that lists them."""
    _, found, names = message.partition(_NEAREST)
    return names.split(", ") if found else []
