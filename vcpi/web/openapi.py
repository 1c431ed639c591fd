"""The OpenAPI document, made from the same table as the handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcpi.version import __version__
from vcpi.web.fields import Field, Type
from vcpi.web.problems import MEDIA_TYPE
from vcpi.web.table import JSON, MEDIA, VERBS

if TYPE_CHECKING:
    from vcpi.web.table import Verb

_PROBLEMS = {
    "400": "A parameter is unknown, missing or wrong, or the body is no JSON.",
    "401": "The token of the server is missing or wrong.",
    "403": "The request comes from a page of another origin.",
    "404": "No compound is called that; `suggestions` holds the nearest names.",
    "406": "The answer is not written in a format that Accept names.",
    "408": "The body did not arrive in time.",
    "409": "Several unlike compounds are called that.",
    "413": "The body is too large.",
    "414": "The link is too long.",
    "415": "The body is no JSON by its Content-Type.",
    "421": "The server is not called by that Host.",
    "422": "The question cannot be answered as it is; `detail` says why and the way out.",
    "431": "The headers are too large.",
    "501": "A library or system package that this needs is not installed.",
    "503": "Too many questions at once, or the workspace cannot be read now; Retry-After says when to ask again.",
    "504": "The answer took too long.",
}
_OF_BODIES = ("408", "413", "415")


def document(prefix: str) -> dict[str, Any]:
    """Write the OpenAPI 3.1 document of the API.

    Parameters
    ----------
    prefix
        Path before the name of each verb.

    Examples
    --------
    >>> document("/api/v1")["openapi"]
    '3.1.0'
    """
    paths: dict[str, Any] = {}
    for verb in VERBS:
        paths[f"{prefix}/{verb.name}"] = {verb.method.lower(): _operation(verb, verb.formats, verb.name)}
        for name in verb.formats:
            path = f"{prefix}/{verb.name}.{name}"
            paths[path] = {verb.method.lower(): _operation(verb, (name,), f"{verb.name}_{name}")}
    paths[f"{prefix}/openapi.json"] = {"get": _plain("openapi", "This document.", MEDIA[JSON], {"type": "object"})}
    paths["/healthz"] = {"get": _plain("healthz", "Whether the server is up.", "text/plain", {"type": "string"})}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "vcpi",
            "version": __version__,
            "summary": "What else is like this compound, in what it looks like and in what it does to cells, and how sure?",
            "description": "The same JSON as the command line's --format json. Numbers that are not known are null.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _problem()},
            "responses": {code: _refusal(about) for code, about in _PROBLEMS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(verb: Verb, formats: tuple[str, ...], operation: str) -> dict[str, Any]:
    """Describe one route."""
    found: dict[str, Any] = {
        "operationId": operation,
        "summary": verb.about,
        "tags": [verb.name],
        "responses": _responses(verb, formats),
    }
    if verb.method == "GET":
        found["parameters"] = [_parameter(field) for field in verb.fields]
    else:
        example = {field.name: field.example for field in verb.fields if field.example is not None}
        body = {"schema": _body(verb), "example": example}
        found["requestBody"] = {"required": True, "content": {MEDIA[JSON]: body}}
    return found


def _parameter(field: Field) -> dict[str, Any]:
    """Describe one parameter of a link."""
    found: dict[str, Any] = {
        "name": field.name,
        "in": "query",
        "description": field.about,
        "required": field.required,
        "schema": field.schema(),
    }
    if field.type is Type.texts:
        found |= {"style": "form", "explode": True}
    return found if field.example is None else {**found, "example": field.example}


def _body(verb: Verb) -> dict[str, Any]:
    """Describe the body of a question."""
    return {
        "type": "object",
        "properties": {field.name: {**field.schema(), "description": field.about} for field in verb.fields},
        "required": [field.name for field in verb.fields if field.required],
        "additionalProperties": False,
    }


def _responses(verb: Verb, formats: tuple[str, ...]) -> dict[str, Any]:
    """Describe what a route answers."""
    content = {MEDIA[name]: {"schema": _answer(verb) if name == JSON else {"type": "string"}} for name in formats}
    found: dict[str, Any] = {"200": {"description": verb.about, "content": content}}
    if verb.is_long:
        running = {
            "type": "object",
            "required": ["state", "seconds", "step", "share"],
            "properties": {
                "state": {"const": "running"},
                "seconds": {"type": "number"},
                "step": {"type": "string", "description": "What is being done."},
                "share": {"type": "number", "minimum": 0, "maximum": 1, "description": "How much is done."},
                "detail": {"type": "string"},
            },
        }
        found["202"] = {
            "description": "It is being worked out; ask this link again.",
            "headers": {"Retry-After": {"schema": {"type": "integer"}}},
            "content": {MEDIA[JSON]: {"schema": running}},
        }
    left_out = () if verb.method == "POST" else _OF_BODIES
    refusals = {code: {"$ref": f"#/components/responses/{code}"} for code in _PROBLEMS if code not in left_out}
    return found | refusals


def _answer(verb: Verb) -> dict[str, Any]:
    """Describe the JSON of a verb: what it always has."""
    members = {name: {"type": kind} for name, kind in verb.members.items()}
    return {"type": "object", "required": list(members), "properties": members}


def _plain(operation: str, about: str, media: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Describe a route without parameters."""
    return {
        "operationId": operation,
        "summary": about,
        "responses": {"200": {"description": about, "content": {media: {"schema": schema}}}},
    }


def _refusal(about: str) -> dict[str, Any]:
    """Describe a response that is a problem."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": about, "content": {MEDIA_TYPE: {"schema": schema}}}


def _problem() -> dict[str, Any]:
    """Describe a problem (RFC 9457)."""
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "One line: what is wrong, what was expected, the way out."},
            "parameter": {"type": "string", "description": "The parameter that is wrong."},
            "suggestions": {"type": "array", "items": {"type": "string"}, "description": "The nearest names."},
        },
    }
