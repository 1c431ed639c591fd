"""What a question may hold: each parameter once, for reading it, for refusing it, and for the OpenAPI document."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from vcpi.web.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST = 4_000  # characters of a name or SMILES
_SHOWN = 60


class Type(StrEnum):
    """What a value is."""

    text = "string"
    whole = "integer"
    number = "number"
    flag = "boolean"
    texts = "array"
    values = "object"  # name → number


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One parameter of a route.

    Attributes
    ----------
    name, type, about
        Its name, what it is, one line on it.
    required
        It has to be given.
    default
        Where it is not given.
    least, above, most
        Bounds of a number: at least, more than, at most.
    longest
        Most characters of a text, and of each of several.
    at_least, at_most
        How many texts or values.
    choices
        The only texts.
    example
        A value that the demonstration answers.
    """

    name: str
    type: Type
    about: str
    required: bool = False
    default: Any = None
    least: float | None = None
    above: float | None = None
    most: float | None = None
    longest: int = LONGEST
    at_least: int = 0
    at_most: int = 50
    choices: tuple[str, ...] = ()
    example: Any = None

    def schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema does."""
        schema: dict[str, Any] = {"type": str(self.type)}
        if self.type is Type.text:
            schema |= {"enum": list(self.choices)} if self.choices else {"minLength": 1, "maxLength": self.longest}
        if self.type in (Type.whole, Type.number):
            bounds = {"minimum": self.least, "exclusiveMinimum": self.above, "maximum": self.most}
            schema |= {name: bound for name, bound in bounds.items() if bound is not None}
        if self.type is Type.texts:
            schema |= {"items": {"type": "string", "minLength": 1, "maxLength": self.longest}, "maxItems": self.at_most}
            schema |= {"minItems": self.at_least} if self.at_least else {}
        if self.type is Type.values:
            schema |= {"additionalProperties": {"type": "number"}, "maxProperties": self.at_most}
        if self.default is not None:
            schema["default"] = self.default
        return schema

    def of_texts(self, texts: Sequence[str]) -> Any:  # noqa: ANN401  of the field's type
        """Read what a link holds.

        Raises
        ------
        Problem
            It is none of that type, or out of bounds.
        """
        if self.type is Type.texts:
            return self._checked(list(texts))
        if len(texts) > 1:
            raise self._wrong(f"{len(texts)} values", "expected one")
        text = texts[0]
        if self.type is Type.flag:
            if text not in ("true", "false"):
                raise self._wrong(repr(text[:_SHOWN]), "expected true or false")
            return text == "true"
        if self.type in (Type.whole, Type.number):
            return self._checked(self._number(text))
        return self._checked(text)

    def of_json(self, value: object) -> Any:  # noqa: ANN401
        """Take what a JSON body holds.

        Raises
        ------
        Problem
            It is none of that type, or out of bounds.
        """
        kinds: dict[Type, tuple[type, ...]] = {
            Type.text: (str,),
            Type.whole: (int,),
            Type.number: (int, float),
            Type.flag: (bool,),
            Type.texts: (list,),
            Type.values: (dict,),
        }
        if not isinstance(value, kinds[self.type]) or (isinstance(value, bool) and self.type is not Type.flag):
            raise self._wrong(f"of type {_json_type(value)}", f"expected {self.type}")
        return self._checked(value)

    def _number(self, text: str) -> float:
        """Read a number, in ASCII and finite."""
        if len(text) <= _SHOWN and text.isascii() and "_" not in text and text == text.strip():
            try:
                return int(text) if self.type is Type.whole else float(text)
            except ValueError:
                pass
        raise self._wrong(repr(text[:_SHOWN]), f"expected a {'whole ' if self.type is Type.whole else ''}number")

    def _checked(self, value: Any) -> Any:  # noqa: ANN401
        """Hold a value against the bounds."""
        if self.type is Type.text:
            return self._text(value)
        if self.type in (Type.whole, Type.number):
            self._check_number(value)
        if self.type in (Type.texts, Type.values) and not self.at_least <= len(value) <= self.at_most:
            least = f"{self.at_least} to " if self.at_least else "at most "
            raise self._wrong(f"{len(value):,} values", f"expected {least}{self.at_most:,}")
        if self.type is Type.texts:
            return [self._text(one) for one in value]
        if self.type is Type.values:
            for one in value.values():
                if isinstance(one, bool) or not isinstance(one, int | float) or not _finite(one):
                    raise self._wrong(f"of a value {repr(one)[:_SHOWN]}", "expected finite numbers")
        return value

    def _check_number(self, value: float) -> None:
        """Refuse a number that is out of bounds."""
        low = self.least is not None and value < self.least
        high = self.most is not None and value > self.most
        if low or high or not _finite(value) or (self.above is not None and value <= self.above):
            bounds = [f"{what} {bound:,}" for what, bound in (("above", self.above), ("from", self.least), ("up to", self.most)) if bound is not None]  # fmt: skip
            raise self._wrong(str(value)[:_SHOWN], f"expected {' '.join(bounds) or 'a finite number'}")

    def _text(self, value: object) -> str:
        """Refuse a text that is none, too long, or no choice."""
        if not isinstance(value, str):
            raise self._wrong(f"of type {_json_type(value)}", "expected texts")
        if self.choices and value not in self.choices:
            raise self._wrong(repr(value[:_SHOWN]), f"expected one of {', '.join(self.choices)}")
        if not value or len(value) > self.longest:
            raise self._wrong(f"{len(value):,} characters long", f"expected 1 to {self.longest:,}")
        if any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):  # noqa: PLR2004  half of a surrogate pair
            raise self._wrong("no Unicode text", "write it anew")
        return value

    def _wrong(self, what: str, expected: str) -> Problem:
        """Say what is wrong with the value."""
        return Problem(400, f"{self.name} is {what}; {expected}", kind="parameter", more={"parameter": self.name})


def read_fields(fields: Sequence[Field], given: Mapping[str, Any], *, json: bool) -> dict[str, Any]:
    """Read all parameters of a question.

    Parameters
    ----------
    fields
        What the route takes.
    given
        Name → texts of the link, or value of the body.
    json
        Whether it comes from a body.

    Raises
    ------
    Problem
        One is unknown, missing or wrong.
    """
    known = {field.name: field for field in fields}
    for name in given:
        if name not in known:
            detail = f"There is no parameter {name[:_SHOWN]!r} here; expected {', '.join(known) or 'none'}"
            raise Problem(400, detail, kind="parameter", more={"parameter": name[:_SHOWN]})
    values = {}
    for field in fields:
        if field.name in given:
            values[field.name] = field.of_json(given[field.name]) if json else field.of_texts(given[field.name])
        elif field.required:
            detail = f"{field.name} is missing; expected {field.about[:1].lower()}{field.about[1:].rstrip('.')}"
            raise Problem(400, detail, kind="parameter", more={"parameter": field.name})
        else:
            values[field.name] = [] if field.default is None and field.type is Type.texts else field.default
    return values


def _finite(value: float) -> bool:
    """Say whether a number is finite, also as a float."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _json_type(value: object) -> str:
    """Name a type as JSON does."""
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
