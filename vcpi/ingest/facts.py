"""Fact files: YAML that says what a document reports about compounds, read field by field or refused whole.

The form is that of :class:`vcpi.facts.FactFile`: a mapping with ``vcpi_facts: 1``, ``document``, ``compounds`` and the lists
that :data:`vcpi.facts.KINDS` names. Each entry has the fields of its record, no others; README.md shows a file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, is_dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from vcpi.errors import DataError
from vcpi.facts import FORM, KINDS, FactFile, hints_of, must_have, required
from vcpi.ingest.files import source_file
from vcpi.ingest.yaml_tree import Node, read_yaml
from vcpi.naming import is_inchikey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vcpi.facts import Cell, Measurement, Table
    from vcpi.records import SourceFile

POTENCIES = frozenset(("ac50", "cc50", "ec50", "ed50", "gi50", "ic50", "ic90", "kb", "kd", "ki", "ld50"))
UNITS = ("fM", "pM", "nM", "uM", "µM", "mM", "M", "ng/mL", "ug/mL", "µg/mL", "mg/kg")
MAX_TEXT = 5_000
_EXAMPLES = {"unit": "a unit such as nM", "value": "a number", "relation": "one of = < <= > >= ~"}


@dataclass(frozen=True, slots=True)
class FactSource:
    """A fact file that was read.

    Attributes
    ----------
    facts
        What it says.
    file
        The file itself.
    lines
        Line of each field, by its path such as ``compounds[0].smiles``.
    """

    facts: FactFile
    file: SourceFile
    lines: Mapping[str, int]

    def line(self, path: str) -> int:
        """Return the line of a field, or of the nearest part that holds it."""
        return _line(self.lines, path)

    def fault(self, path: str, text: str) -> DataError:
        """Make the error of a field."""
        return _fault(self.file.name, self.lines, path, text)


def read_facts(path: Path) -> FactSource:
    """Read a fact file.

    Parameters
    ----------
    path
        YAML in UTF-8 (``.gz`` too); JSON is read as well.

    Returns
    -------
    FactSource
        Texts have their blanks folded; nothing else is changed.

    Raises
    ------
    DataError
        A field is unknown, missing or of the wrong type, a key or id is there twice, something named in the file is not
        in it, a potency is not positive, or the YAML is broken. The message names file, line and field.
    """
    file = source_file(path)
    tree = read_yaml(path)
    if not isinstance(tree.value, dict):
        raise DataError(f"{path.name} is no fact file: it holds a {_what(tree)}; expected fields such as 'document'")
    form = tree.value.get("vcpi_facts")
    if form is None or form.value != FORM:
        found = "missing" if form is None else f"{_shown(form)}"
        raise DataError(f"{path.name}, line {tree.line}, vcpi_facts: {found}; expected {FORM}, the version of the form")
    reading = _Reading(path.name)
    body = Node({name: node for name, node in tree.value.items() if name != "vcpi_facts"}, tree.line)
    facts: FactFile = reading.record(FactFile, body, "")
    _Checks(facts, reading).run()
    return FactSource(facts, file, reading.lines)


def shipped_fact_files() -> list[Path]:
    """Return the fact files that vcpi brings.

    Examples
    --------
    >>> [path.name for path in shipped_fact_files()]
    ['novolimus.yaml', 'rapamycin-thp1.yaml', 'ridaforolimus.yaml']
    """
    folder = Path(str(files("vcpi.data"))) / "facts"
    return sorted(folder.glob("*.yaml"))


class _Reading:
    """Turns nodes into records and remembers the line of each field."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[str, int] = {}

    def fault(self, path: str, text: str) -> DataError:
        """Make the error of a field, by its path or the nearest part of it."""
        return _fault(self.file, self.lines, path, text)

    def record(self, kind: type, node: Node, path: str) -> Any:  # noqa: ANN401  the record that the kind names
        """Read a mapping as a record."""
        self.lines[path] = node.line
        if not isinstance(node.value, dict):
            raise self.fault(path, f"{_what(node)}; expected fields such as {', '.join(must_have(kind)[:3])}")
        hints = hints_of(kind)
        for name, field in node.value.items():
            if name not in hints:
                self.lines[path] = field.line
                near = get_close_matches(name, list(hints), n=1)
                hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(hints)}"
                raise self.fault(path, f"unknown field {name[:80]!r}; {hint}")
        given = {name: field for name, field in node.value.items() if field.value is not None}
        for name in must_have(kind):
            if name not in given:
                place = f"{path}.{name}" if path else name
                raise self.fault(place, f"missing; expected {_EXAMPLES.get(name, 'a value')}")
        values = {
            name: self.value(hints[name], field, f"{path}.{name}" if path else name) for name, field in given.items()
        }
        return kind(**values)

    def value(self, kind: Any, node: Node, path: str) -> Any:  # noqa: ANN401  what the type says
        """Read a field."""
        kind = required(kind)
        self.lines[path] = node.line
        if is_dataclass(kind):
            return self.record(kind, node, path)  # type: ignore[arg-type]  # a class, not an instance
        if get_origin(kind) is tuple:
            if not isinstance(node.value, list):
                raise self.fault(path, f"{_what(node)}; expected a list")
            return tuple(self._element(kind, one, f"{path}[{place}]") for place, one in enumerate(node.value))
        if not isinstance(node.value, str):
            raise self.fault(path, f"{_what(node)}; expected {'a number' if kind in {int, float} else 'a text'}")
        if get_origin(kind) is Literal:
            if node.value not in get_args(kind):
                raise self.fault(path, f"{_shown(node)} is unknown; expected {', '.join(get_args(kind))}")
            return node.value
        if kind is bool:
            if node.value not in {"true", "false"}:
                raise self.fault(path, f"{_shown(node)} is no truth value; expected true or false")
            return node.value == "true"
        return self._text(node, path) if kind is str else self._number(kind, node, path)

    def _element(self, kind: Any, node: Node, path: str) -> Any:  # noqa: ANN401  what the type says
        """Read an element of a list; only cells may be empty."""
        inner = get_args(kind)[0]
        if node.value is None:
            if inner != required(inner):
                return None
            self.lines[path] = node.line
            raise self.fault(path, "empty; expected a value")
        return self.value(inner, node, path)

    def _text(self, node: Node, path: str) -> str:
        """Read a text without signs that a terminal would obey."""
        text = " ".join(str(node.value).split())
        if not text:
            raise self.fault(path, "empty; expected a text, or leave the field out")
        if not text.isprintable():
            raise self.fault(path, "holds a control sign; expected printable text")
        if len(text) > MAX_TEXT:
            raise self.fault(path, f"{len(text):,} characters; expected at most {MAX_TEXT:,}")
        return text

    def _number(self, kind: Any, node: Node, path: str) -> Any:  # noqa: ANN401  int or float
        """Read a finite number."""
        try:
            number = kind(str(node.value))
        except ValueError as error:
            what = "whole number" if kind is int else "number"
            raise self.fault(path, f"{_shown(node)} is no {what}") from error
        if not math.isfinite(number):
            raise self.fault(path, f"{_shown(node)} is not finite; expected a number")
        return number


class _Checks:
    """What has to hold between the parts of a file."""

    def __init__(self, facts: FactFile, reading: _Reading) -> None:
        self.facts, self.fault = facts, reading.fault

    def run(self) -> None:
        """Raise the first fault."""
        self._compounds()
        for kind in ("statements", "protocols", "tables", "contradictions", "references"):
            self._once(((f"{kind}[{place}].id", one.id) for place, one in enumerate(getattr(self.facts, kind))))
        compounds = {compound.key for compound in self.facts.compounds}
        references = {reference.id for reference in self.facts.references}
        for path, entry in self._entries():
            if (key := getattr(entry, "compound", None)) is not None and key not in compounds:
                raise self.fault(f"{path}.compound", f"no compound of this file has the key {key!r}")
            for place, cited in enumerate(getattr(entry, "references", ())):
                if cited not in references:
                    raise self.fault(f"{path}.references[{place}]", f"no reference of this file has the id {cited!r}")
        for place, measurement in enumerate(self.facts.measurements):
            self._measurement(measurement, f"measurements[{place}]")
        self._tables()
        self._claims()

    def _entries(self) -> Iterator[tuple[str, Any]]:
        """Yield each entry of each list with its path."""
        for kind in KINDS:
            for place, entry in enumerate(getattr(self.facts, kind)):
                yield f"{kind}[{place}]", entry
        for place, compound in enumerate(self.facts.compounds):
            for number, name in enumerate(compound.names):
                yield f"compounds[{place}].names[{number}]", name

    def _once(self, found: Iterable[tuple[str, str]]) -> None:
        """Refuse an id that is there twice."""
        seen: set[str] = set()
        for path, text in found:
            if text in seen:
                raise self.fault(path, f"{text!r} is there twice; expected each once")
            seen.add(text)

    def _compounds(self) -> None:
        """Check keys and InChIKeys."""
        if not self.facts.compounds:
            raise self.fault("compounds", "empty; expected at least one compound")
        self._once((f"compounds[{place}].key", one.key) for place, one in enumerate(self.facts.compounds))
        keys = {compound.key for compound in self.facts.compounds}
        for place, compound in enumerate(self.facts.compounds):
            if compound.inchikey is not None and not is_inchikey(compound.inchikey):
                raise self.fault(f"compounds[{place}].inchikey", f"{compound.inchikey!r} is no InChIKey")
            for number, entry in enumerate(compound.properties):
                path = f"compounds[{place}].properties[{number}]"
                if entry.to is not None and entry.to not in keys:
                    raise self.fault(f"{path}.to", f"no compound of this file has the key {entry.to!r}")

    def _measurement(self, found: Measurement, path: str) -> None:
        """Check value and unit of a potency."""
        if found.measure.casefold() not in POTENCIES:
            return
        if found.value <= 0:
            raise self.fault(f"{path}.value", f"{found.measure} is {found.value:g} {found.unit}; expected more than 0")
        if found.unit not in UNITS:
            raise self.fault(
                f"{path}.unit", f"{found.unit!r} is unknown for {found.measure}; expected {', '.join(UNITS)}"
            )

    def _tables(self) -> None:
        """Check that rows are as long as the heading and that cells named elsewhere exist."""
        tables = {table.id: table for table in self.facts.tables}
        for place, table in enumerate(self.facts.tables):
            path = f"tables[{place}]"
            self._once((f"{path}.columns[{number}]", column) for number, column in enumerate(table.columns))
            for number, row in enumerate(table.rows):
                if len(row) != len(table.columns):
                    text = f"{len(row)} cells under {len(table.columns)} columns; write ~ for one that is missing"
                    raise self.fault(f"{path}.rows[{number}]", text)
                if row[0] is None:
                    raise self.fault(f"{path}.rows[{number}][0]", "empty; the first cell names the row")
            self._once((f"{path}.rows[{number}]", str(row[0])) for number, row in enumerate(table.rows))
            for number, one in enumerate(table.sums):
                for column in (one.total, *one.of):
                    if column not in table.columns:
                        raise self.fault(f"{path}.sums[{number}]", f"there is no column {column!r}")
            if table.leading_of is not None:
                self._cell(table.leading_of, tables, f"{path}.leading_of")
        for kind, field in (("equalities", "cells"), ("contradictions", "figures")):
            for place, entry in enumerate(getattr(self.facts, kind)):
                for number, cell in enumerate(getattr(entry, field)):
                    self._cell(cell, tables, f"{kind}[{place}].{field}[{number}]")

    def _cell(self, cell: Cell, tables: dict[str, Table], path: str) -> None:
        """Refuse a cell that is in no table."""
        table = tables.get(cell.table)
        if table is None:
            raise self.fault(f"{path}.table", f"no table of this file has the id {cell.table!r}")
        if cell.column not in table.columns:
            raise self.fault(f"{path}.column", f"table {cell.table} has no column {cell.column!r}")
        if cell.row not in {row[0] for row in table.rows}:
            raise self.fault(f"{path}.row", f"table {cell.table} has no row {cell.row!r}")

    def _claims(self) -> None:
        """Check that a contradiction has two sides that can be read."""
        statements = {statement.id for statement in self.facts.statements}
        for place, entry in enumerate(self.facts.contradictions):
            path = f"contradictions[{place}].claims"
            if len(entry.claims) < 2:  # noqa: PLR2004  two sides
                raise self.fault(path, f"{len(entry.claims)} claims; expected two or more")
            for number, claim in enumerate(entry.claims):
                if (claim.text is None) == (claim.statement is None):
                    raise self.fault(f"{path}[{number}]", "expected either text or statement")
                if claim.statement is not None and claim.statement not in statements:
                    raise self.fault(f"{path}[{number}].statement", f"no statement has the id {claim.statement!r}")


def _line(lines: Mapping[str, int], path: str) -> int:
    """Return the line of a field, or of the nearest part that holds it."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 1)


def _fault(file: str, lines: Mapping[str, int], path: str, text: str) -> DataError:
    """Make the error of a field: file, line, field, what is wrong."""
    return DataError(f"{file}, line {_line(lines, path)}, {path or 'file'}: {text}")


def _what(node: Node) -> str:
    """Say what a node is."""
    if isinstance(node.value, str):
        return f"the text {_shown(node)}"
    return "a list" if isinstance(node.value, list) else "nothing" if node.value is None else "a mapping of fields"


def _shown(node: Node) -> str:
    """Show a value in short."""
    text = str(node.value)
    return repr(text if len(text) <= 60 else text[:57] + "...")  # noqa: PLR2004
